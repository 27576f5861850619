//! The JSON Schema of everything that is printed as JSON.
//!
//! The tests of the whole project validate against these files whatever any case prints; a page finds its
//! schema by its `format`.

use clap::builder::PossibleValuesParser;

/// Each schema with its name.
const SCHEMAS: &[(&str, &str)] = &[
    ("facts", include_str!("../schemas/facts.json")),
    ("findings", include_str!("../schemas/findings.json")),
    ("model", include_str!("../schemas/model.json")),
    ("model-size", include_str!("../schemas/model-size.json")),
    ("partition", include_str!("../schemas/partition.json")),
    ("partition-plan", include_str!("../schemas/partition-plan.json")),
    ("plan", include_str!("../schemas/plan.json")),
    ("version", include_str!("../schemas/version.json")),
    ("world", include_str!("../schemas/world.json")),
];

/// The names that `version --schema` takes.
pub(crate) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(SCHEMAS.iter().map(|(name, _)| *name))
}

/// The text of a schema.
pub(crate) fn text(name: &str) -> Option<&'static str> {
    SCHEMAS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    #[test]
    fn the_schema_of_a_plan_is_that_of_its_type() {
        let schema = schemars::schema_for!(apportion_plan::Plan);
        let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        expect_file!["../schemas/plan.json"].assert_eq(&text);
    }
}

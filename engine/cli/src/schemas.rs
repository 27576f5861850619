//! The JSON Schema of everything that is printed as JSON.
//!
//! The tests of the whole project validate against these files whatever any case prints; a page finds its
//! schema by its `format`.

use clap::builder::PossibleValuesParser;

/// Each schema with its name.
const SCHEMAS: &[(&str, &str)] = &[
    ("doc", include_str!("../schemas/doc.json")),
    ("facts", include_str!("../schemas/facts.json")),
    ("findings", include_str!("../schemas/findings.json")),
    ("model", include_str!("../schemas/model.json")),
    ("model-size", include_str!("../schemas/model-size.json")),
    ("partition", include_str!("../schemas/partition.json")),
    ("partition-plan", include_str!("../schemas/partition-plan.json")),
    ("plan", include_str!("../schemas/plan.json")),
    ("tests", include_str!("../schemas/tests.json")),
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

    /// A schema as data.
    fn schema(name: &str) -> serde_json::Map<String, serde_json::Value> {
        let text = super::text(name).expect("a schema of that name");
        serde_json::from_str(text).expect("JSON")
    }

    /// Whether the definitions of one schema are all in another, word for word.
    #[track_caller]
    fn check_holds(outer: &str, inner: &str) {
        let (outer, inner) = (schema(outer), schema(inner));
        for (name, definition) in inner["$defs"].as_object().expect("definitions") {
            assert_eq!(outer["$defs"].get(name), Some(definition), "`{name}`");
        }
    }

    #[test]
    fn what_is_part_of_another_page_is_there_as_its_own_schema_says() {
        check_holds("tests", "findings");
        check_holds("partition", "world");
        check_holds("partition-plan", "plan");
        let mut plan = schema("plan");
        ["$schema", "$defs", "title"].iter().for_each(|key| drop(plan.remove(*key)));
        assert_eq!(schema("partition-plan")["$defs"]["Plan"], serde_json::Value::Object(plan));
    }
}

//! Everything that is printed as JSON has a JSON Schema, and the schemas let nothing else in.
//!
//! Whatever any case, document or example prints is judged where it is run, in `harness/binary.rs`. Here are
//! the pages that no case can show, since they hold times, and the schemas themselves.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use libtest_mimic::Trial;
use serde_json::{Map, Value, json};

use crate::harness::{binary, root, schemas, sources_below};

/// What prints each format, run in an example.
const PRINTERS: [(&str, &str); 13] = [
    ("apportion plan --no-progress --format json", "apportion.plan/1"),
    ("apportion check --format json", "apportion.findings/1"),
    ("apportion test --coverage --format json", "apportion.tests/1"),
    ("apportion doc --format json", "apportion.doc/1"),
    ("apportion world check --format json", "apportion.findings/1"),
    ("apportion plan --param headrom=1 --format json || true", "apportion.findings/1"),
    ("apportion model --format json", "apportion.model/1"),
    ("apportion model --build-only", "apportion.model-size/1"),
    ("apportion world show --format json", "apportion.facts/1"),
    ("apportion world snapshot", "apportion.world/1"),
    (
        "it=$(mktemp -d) && apportion partition split --parts 2 --into $it -q && cat $it/part-0.json",
        "apportion.partition/1",
    ),
    (
        "it=$(mktemp -d) && apportion partition split --parts 2 --into $it -q \
         && apportion partition solve $it --index 1 && cat $it/plan-1.json",
        "apportion.partition-plan/1",
    ),
    ("apportion version --json", "apportion.version/1"),
];

/// What is part of a page and never one by itself.
const PARTS: [&str; 1] = ["apportion.diagnostic/1"];

/// The tests.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test(
            "json: each format that the sources name has a schema and is printed here",
            || Ok(every_format_has_a_schema()?),
        ),
        Trial::test("json: each schema is closed, describes each field and can be printed", || {
            Ok(every_schema_is_closed()?)
        }),
        Trial::test("json: a page of no known format fails whatever prints it", || {
            Ok(strangers_are_refused()?)
        }),
    ];
    for (command, format) in PRINTERS {
        trials.push(Trial::test(format!("json: `{command}` keeps its schema"), move || {
            Ok(keeps_its_schema(command, format)?)
        }));
    }
    trials
}

fn every_format_has_a_schema() -> Result<()> {
    let mut named = BTreeSet::new();
    for group in ["lang", "engine"] {
        for path in sources_below(&root().join(group)) {
            let text = std::fs::read_to_string(&path)?;
            let literals = text.split("\"apportion.").skip(1).filter_map(|it| it.split('"').next());
            named
                .extend(literals.filter(|it| it.contains('/')).map(|it| format!("apportion.{it}")));
        }
    }
    PARTS.iter().for_each(|part| assert!(named.remove(*part), "`{part}` is no longer printed"));
    let mut described = BTreeSet::new();
    for path in schemas::files() {
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        described.extend(schemas::format_of(&schema).map(str::to_owned));
    }
    let printed: BTreeSet<String> =
        PRINTERS.iter().map(|(_, format)| (*format).to_owned()).collect();
    if named != described || described != printed {
        bail!("named: {named:?}\nwith a schema: {described:?}\nprinted by a test: {printed:?}");
    }
    Ok(())
}

fn every_schema_is_closed() -> Result<()> {
    for path in schemas::files() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path)?;
        let command = format!("apportion version --schema {name}");
        if binary::shell(&command, &root())?.stdout != text {
            bail!("`{command}` does not print {}", path.display());
        }
        let mut faults = Vec::new();
        faults_of(&serde_json::from_str(&text)?, &name, &mut faults);
        if !faults.is_empty() {
            bail!("{}", faults.join("\n"));
        }
    }
    Ok(())
}

/// Objects that take any field, and fields that nothing is said of.
fn faults_of(schema: &Value, at: &str, faults: &mut Vec<String>) {
    let Value::Object(fields) = schema else {
        schema.as_array().into_iter().flatten().for_each(|it| faults_of(it, at, faults));
        return;
    };
    if fields.get("type") == Some(&json!("object")) && !fields.contains_key("additionalProperties")
    {
        faults.push(format!("{at}: takes any field"));
    }
    let properties = fields.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if property.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
            faults.push(format!("{at}/{name}: nothing describes it"));
        }
    }
    for (name, part) in fields {
        faults_of(part, &format!("{at}/{name}"), faults);
    }
}

fn strangers_are_refused() -> Result<()> {
    for command in [
        "echo '{}'",
        "echo '[]'",
        "echo '{\"format\": \"apportion.nothing/1\"}'",
        "echo '{\"format\": \"apportion.version/1\"}'",
        "apportion version --json; echo '{}'",
        "echo '{ no JSON'",
    ] {
        if let Ok(output) = binary::shell(command, &root()) {
            bail!("`{command}` passes: {}", output.stdout);
        }
    }
    Ok(())
}

fn keeps_its_schema(command: &str, format: &str) -> Result<()> {
    // What is printed has been judged when this returns.
    let output = binary::shell(command, &root().join("examples/cloud-purchase"))?;
    let page: Value = serde_json::from_str(&output.stdout)?;
    if page["format"] != format {
        bail!("`{}` came out, not `{format}`", page["format"]);
    }
    let mut paths = Vec::new();
    objects(&page, String::new(), &mut paths);
    for path in paths {
        let mut other = page.clone();
        if let Some(object) = other.pointer_mut(&path).and_then(Value::as_object_mut) {
            object.insert("another".to_owned(), json!(null));
        }
        if schemas::judge(&other).is_ok() {
            bail!("the schema lets another field in at `{path}`");
        }
    }
    Ok(())
}

/// The paths of the objects of a page, of each list the first.
fn objects(value: &Value, path: String, found: &mut Vec<String>) {
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    let within: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            found.push(path.clone());
            let fields: &Map<String, Value> = fields;
            fields.iter().map(|(name, it)| (escaped(name), it)).collect()
        }
        Value::Array(list) => list.first().map(|it| ("0".to_owned(), it)).into_iter().collect(),
        _ => return,
    };
    within.into_iter().for_each(|(name, it)| objects(it, format!("{path}/{name}"), found));
}

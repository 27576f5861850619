//! The JSON Schemas of the project, by the `format` that they describe.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use jsonschema::Validator;
use serde_json::{Deserializer, Value};

use super::{files_below, root};

/// The schemas' files.
pub(crate) fn files() -> Vec<PathBuf> {
    files_below(&root().join("engine/cli/schemas"), "json")
}

/// The format that a schema describes.
pub(crate) fn format_of(schema: &Value) -> Option<&str> {
    schema.pointer("/properties/format/const")?.as_str()
}

/// Judges each page of JSON that was printed; a text is none.
pub(crate) fn judge_printed(printed: &str) -> Result<()> {
    if !printed.starts_with(['{', '[']) {
        return Ok(());
    }
    for page in Deserializer::from_str(printed).into_iter() {
        judge(&page.context("what was printed begins as JSON, and is none")?)?;
    }
    Ok(())
}

/// Judges a page by the schema of its format, and a schema by the draft that it names.
pub(crate) fn judge(page: &Value) -> Result<()> {
    if page.get("$schema").is_some() {
        return jsonschema::meta::validate(page).map_err(|error| anyhow::anyhow!("{error}"));
    }
    let format = page.get("format").and_then(Value::as_str);
    let format = format.with_context(|| format!("no `format` says what this is: {page:.200}"))?;
    let Some(validator) = validators()?.get(format) else { bail!("`{format}` has no schema") };
    let errors: Vec<String> = validator
        .iter_errors(page)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if errors.is_empty() { Ok(()) } else { bail!("not `{format}`:\n{}", errors.join("\n")) }
}

fn validators() -> Result<&'static BTreeMap<String, Validator>> {
    static VALIDATORS: OnceLock<Result<BTreeMap<String, Validator>, String>> = OnceLock::new();
    let read = VALIDATORS.get_or_init(|| read().map_err(|error| format!("{error:#}")));
    read.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn read() -> Result<BTreeMap<String, Validator>> {
    let mut validators = BTreeMap::new();
    for path in files() {
        let name = path.display().to_string();
        let schema: Value =
            serde_json::from_str(&std::fs::read_to_string(&path)?).with_context(|| name.clone())?;
        let format = format_of(&schema).with_context(|| format!("{name}: of which format?"))?;
        let validator = jsonschema::validator_for(&schema).map_err(|it| anyhow::anyhow!("{it}"))?;
        if validators.insert(format.to_owned(), validator).is_some() {
            bail!("two schemas describe `{format}`");
        }
    }
    Ok(validators)
}

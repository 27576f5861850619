//! Rows that a test writes, as the JSON that the loader reads.

use apportion_check::policy::{Entity, Literal, LiteralKind, Type};
use apportion_units::parse_quantity;
use serde_json::{Map, Number, Value};

/// The value as JSON; what it means is found out as for any other file.
pub(crate) fn json(literal: &Literal) -> Value {
    match &literal.kind {
        LiteralKind::Text(text) => Value::String(text.to_string()),
        // A number too large for JSON is told by the loader, as a text that is no number.
        LiteralKind::Number(text) => match text.parse::<Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(text.to_string()),
        },
        LiteralKind::Bool(truth) => Value::Bool(*truth),
        LiteralKind::Absent => Value::Null,
        LiteralKind::List(parts) => Value::Array(parts.iter().map(json).collect()),
        LiteralKind::Record(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.to_string(), json(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// Rows of an entity as JSON. `{}` is a set without elements to the grammar, and a map without entries where the field is
/// one.
pub(crate) fn rows_json(rows: &Literal, entity: &Entity) -> Value {
    let mut value = json(rows);
    for row in value.as_array_mut().into_iter().flatten() {
        for field in
            entity.fields.iter().filter(|it| matches!(it.ty, Type::Map(..) | Type::Amounts))
        {
            if let Some(entries) = row.get_mut(field.name.as_str())
                && entries.as_array().is_some_and(Vec::is_empty)
            {
                *entries = Value::Object(Map::new());
            }
        }
    }
    value
}

/// The value as an author would write it.
pub(crate) fn shown(literal: &Literal) -> String {
    match &literal.kind {
        LiteralKind::Text(text) if is_quantity(text) => text.to_string(),
        LiteralKind::Text(text) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
        LiteralKind::Number(text) => text.to_string(),
        LiteralKind::Bool(truth) => truth.to_string(),
        LiteralKind::Absent => "null".to_owned(),
        LiteralKind::List(parts) => {
            let parts: Vec<String> = parts.iter().map(shown).collect();
            format!("[{}]", parts.join(", "))
        }
        LiteralKind::Record(fields) if fields.is_empty() => "{}".to_owned(),
        LiteralKind::Record(fields) => {
            let fields =
                fields.iter().map(|(name, value)| format!("{}: {}", word(name), shown(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

fn is_quantity(text: &str) -> bool {
    text.contains(' ') && parse_quantity(text).is_ok()
}

/// A name by itself where it is a word, in quotes where it is not.
fn word(name: &str) -> String {
    let is_word = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    if is_word { name.to_owned() } else { format!("\"{name}\"") }
}

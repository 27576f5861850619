//! Rows that a test writes, as the JSON that the loader reads.

use apportion_check::policy::{Literal, LiteralKind};
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

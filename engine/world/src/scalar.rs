//! One cell as one value.

use apportion_units::{QuantityError, Unit, UnitError, parse_quantity, parse_time};

use crate::Symbols;
use crate::keys::{Keys, NoKey};
use crate::raw::{RawCell, RawTable};
use crate::schema::{Kind, NumberKind};

/// A value that a column may hold, as the number or code that it is stored as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    Number(f64),
    Bool(bool),
    Code(u32),
}

/// What the readers of cells need beside the cell.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The field's name, for messages.
    pub(crate) field: &'a str,
    pub(crate) table: &'a RawTable,
    pub(crate) keys: &'a Keys<'a>,
}

impl Context<'_> {
    fn text(&self, cell: RawCell) -> Option<&str> {
        match cell {
            RawCell::Text(start, end) | RawCell::Number(start, end) => {
                Some(&self.table.text[start as usize..end as usize])
            }
            _ => None,
        }
    }

    /// Reads a cell that is not missing; `unit` is what the column says of bare numbers.
    pub(crate) fn scalar(
        &self,
        kind: &Kind,
        cell: RawCell,
        unit: Option<&Unit>,
        symbols: &mut Symbols,
    ) -> Result<Scalar, NoKey> {
        let wrong = |expected: &str| NoKey { code: "bad-data", expected: expected.to_owned() };
        match kind {
            Kind::Bool => match (cell, self.text(cell)) {
                (RawCell::Bool(value), _) => Ok(Scalar::Bool(value)),
                (_, Some("true")) => Ok(Scalar::Bool(true)),
                (_, Some("false")) => Ok(Scalar::Bool(false)),
                _ => Err(wrong("expected `true` or `false`")),
            },
            Kind::Text => match (cell, self.text(cell)) {
                (RawCell::Text(..) | RawCell::Number(..), Some(text)) => {
                    let symbol =
                        symbols.intern(text).ok_or_else(|| wrong("there is too much text"))?;
                    Ok(Scalar::Code(symbol.0))
                }
                _ => Err(wrong("expected a text")),
            },
            Kind::Number(number) => {
                let text = self.text(cell).ok_or_else(|| wrong("expected a number"))?;
                quantity(text, number, unit, self.field).map(Scalar::Number)
            }
            Kind::Time => {
                let text = self.text(cell).ok_or_else(|| wrong("expected a point in time"))?;
                let expected = "expected a point in time: `2027-01-31T10:00:00Z`, `2027-01-31`";
                time(text).map(Scalar::Number).ok_or_else(|| wrong(expected))
            }
            Kind::Enum(id) => {
                let text = self.text(cell).ok_or_else(|| wrong("expected a word"))?;
                self.keys.word(*id, text).map(Scalar::Code)
            }
            Kind::Reference(entity) => {
                let text = self.text(cell).ok_or_else(|| wrong("expected a key"))?;
                self.keys.row(*entity, text, symbols).map(Scalar::Code)
            }
            Kind::Amounts | Kind::Map(..) | Kind::Set(_) => Err(wrong("expected a single value")),
        }
    }
}

/// A number with its unit, in base units and within what the field allows.
pub(crate) fn quantity(
    text: &str,
    number: &NumberKind,
    column_unit: Option<&Unit>,
    field: &str,
) -> Result<f64, NoKey> {
    let fail = |code: &'static str, expected: String| NoKey { code, expected };
    if let Some(unit) = column_unit
        && number.unit.is_none()
        && !unit.dimension.is_plain()
    {
        let expected = format!("a plain number is declared, and the column is in `{}`", unit.name);
        return Err(fail("unit-mismatch", expected));
    }
    if let Some(unit) = column_unit
        && let Some(value) = unit.to_base(text)
    {
        if let Some(declared) = &number.unit
            && declared.dimension != unit.dimension
        {
            return Err(mismatch(unit, declared));
        }
        return within(value, number, field);
    }
    let parsed = match parse_quantity(text) {
        Ok(parsed) => parsed,
        // What is glued to the digits and is no unit is a slip of the number: `12O`, `1,5`.
        Err(QuantityError::Unit(_)) if has_slip(text) => {
            return Err(fail("bad-data", not_a_number(text, number)));
        }
        Err(QuantityError::Unit(UnitError::Unknown { word, nearest })) => {
            let near = nearest.map_or(String::new(), |near| format!("; nearest: `{near}`"));
            return Err(fail("unknown-unit", format!("there is no unit `{word}`{near}")));
        }
        Err(QuantityError::Unit(error)) => return Err(fail("unknown-unit", error.to_string())),
        Err(QuantityError::NotANumber(_)) => {
            return Err(fail("bad-data", not_a_number(text, number)));
        }
    };
    let bare = parsed.unit.name.is_empty();
    match &number.unit {
        Some(_) if bare && column_unit.is_some() => {
            Err(fail("out-of-range", "larger than any number that can be planned with".to_owned()))
        }
        Some(declared) if bare && !declared.dimension.is_plain() => Err(fail(
            "missing-unit",
            format!("a bare number; say its unit: `{text} {}`, or in the header", declared.name),
        )),
        Some(declared) if declared.dimension != parsed.unit.dimension => {
            Err(mismatch(&parsed.unit, declared))
        }
        None if !parsed.unit.dimension.is_plain() => {
            Err(fail("unit-mismatch", "expected a plain number".to_owned()))
        }
        _ => within(parsed.value, number, field),
    }
}

fn mismatch(found: &Unit, declared: &Unit) -> NoKey {
    let expected = match (found.dimension.currency(), declared.dimension.currency()) {
        (Some(found), Some(declared)) if found != declared => format!(
            "in {} where {} is declared; there is no rate to convert it",
            String::from_utf8_lossy(&found),
            String::from_utf8_lossy(&declared),
        ),
        _ => format!(
            "{} where {} is expected, as `{}`",
            found.dimension, declared.dimension, declared.name
        ),
    };
    NoKey { code: "unit-mismatch", expected }
}

fn within(value: f64, number: &NumberKind, field: &str) -> Result<f64, NoKey> {
    let fail = |expected: String| Err(NoKey { code: "out-of-range", expected });
    let show = |value: f64| bound(value, number.unit.as_ref());
    match (number.least, number.most) {
        (Some(least), _) if value < least => {
            fail(format!("below {}, the least that `{field}` allows", show(least)))
        }
        (_, Some(most)) if value > most => {
            fail(format!("above {}, the most that `{field}` allows", show(most)))
        }
        _ if number.whole && value.fract() != 0.0 => fail(format!("`{field}` takes whole numbers")),
        _ => Ok(value),
    }
}

/// A bound as a message shows it.
pub(crate) fn bound(value: f64, unit: Option<&Unit>) -> String {
    match unit {
        Some(unit) if value != 0.0 => apportion_units::display(value, unit, 6),
        _ => apportion_units::format_number(value, 6),
    }
}

/// Letters that look like digits.
const SLIPS: [char; 4] = ['O', 'o', 'l', 'I'];

/// Whether a letter that looks like a digit, or a decimal comma, follows the first digits at once.
fn has_slip(text: &str) -> bool {
    let rest = text.trim_start_matches(|it: char| it.is_ascii_digit());
    rest.len() < text.len() && (rest.starts_with(SLIPS) || rest.starts_with(','))
}

fn not_a_number(text: &str, number: &NumberKind) -> String {
    let lower = text.to_ascii_lowercase();
    if ["nan", "inf", "-inf", "infinity", "+inf", "-infinity", "none", "null", "n/a"]
        .contains(&lower.as_str())
    {
        return "not a number; leave the cell empty if the value is not known".to_owned();
    }
    if text.parse().is_ok_and(f64::is_infinite) {
        return "larger than any number that can be planned with".to_owned();
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && text[digits..].starts_with(SLIPS) {
        let letter = &text[digits..=digits];
        return format!("not a quantity (letter {letter} after {})", &text[..digits]);
    }
    if digits > 0 && text[digits..].starts_with(',') {
        return "not a number: the decimal sign is a point".to_owned();
    }
    match &number.unit {
        Some(unit) if !unit.name.is_empty() => format!("expected a quantity in `{}`", unit.name),
        _ => "expected a number".to_owned(),
    }
}

/// Seconds since 1970-01-01T00:00Z of a date, of a time, or of such a number itself.
fn time(text: &str) -> Option<f64> {
    let number = || text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
    parse_time(text).or_else(number)
}

//! Quantities and times as people write them.

use apportion_check::policy::Type;
use apportion_diagnostic::{Amount, Code};
use apportion_units::{Dimension, QuantityError, Unit, UnitError, format_number, parse_quantity};

/// Significant digits of numbers in messages.
const DIGITS: usize = 6;

/// The number that a text states for that dimension, in base units, or what was expected instead.
pub(crate) fn parse_number(
    text: &str,
    dimension: &Dimension,
    unit: Option<&Unit>,
) -> Result<f64, (Code, String)> {
    let expected = || match unit {
        Some(unit) if !unit.name.is_empty() => {
            format!("{} is expected, in `{}` or the like", dimension.display(), unit.name)
        }
        _ => format!("a {} is expected", dimension.display()),
    };
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first)) {
        return Err(("type-mismatch", expected()));
    }
    let quantity = match parse_quantity(text) {
        Ok(quantity) => quantity,
        Err(QuantityError::NotANumber(_)) => return Err(("type-mismatch", expected())),
        Err(QuantityError::Unit(UnitError::Unknown { word, nearest })) => {
            let near = nearest.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(("unknown-unit", format!("there is no unit `{}`{near}", shorten(&word))));
        }
        Err(QuantityError::Unit(error @ UnitError::Calendar { .. })) => {
            return Err(("month-as-duration", error.to_string()));
        }
        Err(QuantityError::Unit(error)) => {
            return Err(("unknown-unit", shorten(&error.to_string())));
        }
    };
    if quantity.unit.dimension == *dimension {
        return Ok(quantity.value);
    }
    if quantity.unit.name.is_empty() {
        return Err(("unit-unstated", format!("a unit is missing: {}", expected())));
    }
    let found = quantity.unit.dimension.display();
    Err(("unit-mismatch", format!("this is {found}, but {}", expected())))
}

/// A number of base units as a message shows it.
pub(crate) fn amount(number: f64, ty: &Type, unit: Option<&Unit>) -> Amount {
    let dimension = match ty {
        Type::Number(dimension) => dimension.display(),
        _ => "time".to_owned(),
    };
    let (value, unit) = match unit {
        Some(unit) => (unit.value_from_base(number), unit.name.to_string()),
        None => (number, String::new()),
    };
    Amount { value: Some(format_number(value, DIGITS)), dimension, unit }
}

/// At most 40 characters of a text.
pub(crate) fn shorten(text: &str) -> String {
    let mut shortened: String = text.chars().take(40).collect();
    if shortened.len() < text.len() {
        shortened.push('…');
    }
    shortened
}

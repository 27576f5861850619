//! Numbers with units, as text.

use crate::unit::{PeriodicUnit, Unit, UnitError, parse_unit};
use crate::words::unit_word;

/// A number with its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// In base units.
    pub value: f64,
    /// The unit that it was written in; the plain number where none was.
    pub unit: Unit,
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It does not begin with a finite number.
    #[error("`{0}` is no number")]
    NotANumber(String),
    /// What follows the number is no unit.
    #[error(transparent)]
    Unit(#[from] UnitError),
}

/// `4 GiB`, `12%`, `0.25 USD/h`, `1e3`, `1_000`. An amount per calendar period is no quantity, as its value
/// depends on which period is meant.
pub fn parse_quantity(text: &str) -> Result<Quantity, QuantityError> {
    let text = text.trim();
    let not_a_number = || QuantityError::NotANumber(text.to_owned());
    let (number, unit) = text.split_at(number_length(text));
    let first = number.trim_start_matches(['+', '-']).chars().next();
    let glued = unit.chars().next();
    if !first.is_some_and(|it| it.is_ascii_digit() || it == '.')
        || glued.is_some_and(|it| !(it.is_alphabetic() || it.is_whitespace() || it == '%'))
    {
        return Err(not_a_number());
    }
    let unit = match unit.trim() {
        "" => Unit::plain(),
        unit => match parse_unit(unit)? {
            PeriodicUnit { unit, period: None } => unit,
            PeriodicUnit { period: Some(period), .. } => {
                return Err(UnitError::Calendar { word: period.word().to_owned() }.into());
            }
        },
    };
    let digits = number.replace('_', "");
    let value = unit.to_base(&digits).ok_or_else(not_a_number)?;
    Ok(Quantity { value, unit })
}

/// How many bytes of a text are the number that it begins with.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(|it| it.is_ascii_digit() || *it == b'_');
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    while is_digit(at) {
        at += 1;
    }
    if bytes.get(at) == Some(&b'.') && is_digit(at + 1) {
        at += 1;
        while is_digit(at) {
            at += 1;
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if is_digit(at + 1 + sign) {
            at += 1 + sign;
            while is_digit(at) {
                at += 1;
            }
        }
    }
    at
}

/// How many there are, with the word for one or for several: `1 row`, `12 000 rows`.
pub fn counted(count: usize, one: &str, several: &str) -> String {
    let word = if count == 1 { one } else { several };
    format!("{} {word}", format_number(count as f64, 15))
}

/// An amount with the name of its unit, in the plural unless there is one: `4 cores`, `1 core`, `2 cores*h`,
/// `3 USD/core/h`; `1` is the plain number.
pub fn amount(value: f64, unit: &str, digits: usize) -> String {
    let number = format_number(value, digits);
    if unit == "1" || unit.is_empty() {
        return number;
    }
    let (above, below) = unit.split_at(unit.find('/').unwrap_or(unit.len()));
    let words: Vec<String> = above.split('*').map(|word| numbered(word, value == 1.0)).collect();
    format!("{number} {}{below}", words.join("*"))
}

/// A unit's word in the singular or the plural, if it has both.
fn numbered(word: &str, one: bool) -> String {
    let other =
        if one { word.strip_suffix('s').map(str::to_owned) } else { Some(format!("{word}s")) };
    let same = other.filter(|other| match (unit_word(word), unit_word(other)) {
        (Ok(word), Ok(other)) => word.factor == other.factor && word.dimension == other.dimension,
        _ => false,
    });
    same.unwrap_or_else(|| word.to_owned())
}

/// A number of base units in a unit, with at most `digits` significant digits and thin groups of three
/// before the point: `1 200 000 USD`, `83 %`, `4 GiB`.
pub fn display(value: f64, unit: &Unit, digits: usize) -> String {
    let number = format_number(unit.value_from_base(value), digits);
    if unit.name.is_empty() { number } else { format!("{number} {}", unit.name) }
}

/// A number with at most `digits` significant digits, no trailing zeros, digits before the point whole and in
/// groups of three.
pub fn format_number(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { value.to_string() };
    }
    let magnitude = value.abs().log10().floor() as i64;
    let decimals = (digits as i64 - 1 - magnitude).clamp(0, 12) as usize;
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 && whole.len() > 4 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    let is_zero = whole.bytes().chain(fraction.bytes()).all(|digit| digit == b'0');
    let sign = if value < 0.0 && !is_zero { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

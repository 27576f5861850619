//! Units: a dimension and an exact scale.

use smol_str::SmolStr;

use crate::period::Period;
use crate::words::unit_word;
use crate::{Dimension, Rational};

/// A unit of measure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// What it measures.
    pub dimension: Dimension,
    /// How many base units one of it is.
    pub factor: Rational,
    /// As the author writes it: `GiB`, `USD/core/h`.
    pub name: SmolStr,
}

/// A unit, and the calendar period that `per month` and its like add.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PeriodicUnit {
    /// The unit before `per`.
    pub unit: Unit,
    /// The period.
    pub period: Option<Period>,
}

/// Why a text is no unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// A word that no unit is called.
    #[error("there is no unit `{word}`")]
    Unknown {
        /// The word.
        word: String,
        /// The unit that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A month or a year is no fixed stretch of time.
    #[error("a `{word}` is a stretch of the calendar, not a duration")]
    Calendar {
        /// The word.
        word: String,
    },
    /// Nothing where a unit was expected.
    #[error("a unit is missing")]
    Empty,
    /// The scale of the product is too large to be exact.
    #[error("`{0}` multiplies out to a scale that is too large")]
    TooLarge(String),
}

impl Unit {
    /// The plain number.
    pub fn plain() -> Unit {
        Unit { dimension: Dimension::PLAIN, factor: Rational::ONE, name: SmolStr::default() }
    }

    /// The product of words with exponents: `USD` 1, `core` -1, `h` -1.
    pub fn product<'w>(factors: impl Iterator<Item = (&'w str, i8)>) -> Result<Unit, UnitError> {
        let mut product = Unit::plain();
        let mut name = String::new();
        let mut written = 0;
        for (word, exponent) in factors {
            let unit = unit_word(word)?;
            let too_large = || UnitError::TooLarge(word.to_owned());
            let step = if exponent < 0 { unit.factor.inverse() } else { Some(unit.factor) };
            let step = step.ok_or_else(too_large)?;
            for _ in 0..exponent.unsigned_abs() {
                product.factor = product.factor.multiply(step).ok_or_else(too_large)?;
            }
            product.dimension = product.dimension.multiply(unit.dimension.power(exponent));
            match (written, exponent < 0) {
                (0, true) => name.push_str("1/"),
                (_, true) => name.push('/'),
                (0, false) => {}
                (_, false) => name.push('*'),
            }
            name.push_str(word);
            written += 1;
        }
        if written == 0 {
            return Err(UnitError::Empty);
        }
        product.name = name.into();
        Ok(product)
    }

    /// A number as written, in base units: exact, then rounded once. A number with more digits than can be
    /// held exactly is rounded before it is converted, as any `f64` is. `None` where the text is no number
    /// or the result is not finite.
    pub fn to_base(&self, number: &str) -> Option<f64> {
        let exact = Rational::parse(number).and_then(|value| value.multiply(self.factor));
        let value = match exact {
            Some(exact) => exact.to_f64(),
            None => number.parse::<f64>().ok()? * self.factor.to_f64(),
        };
        value.is_finite().then_some(value)
    }

    /// A number of this unit, in base units.
    pub fn value_to_base(&self, value: f64) -> f64 {
        // A whole number survives exactly as long as the product has no more than 53 bits.
        value * self.factor.to_f64()
    }

    /// A number of base units, in this unit.
    pub fn value_from_base(&self, value: f64) -> f64 {
        match self.factor.inverse() {
            // Multiplying by a whole reciprocal is exact where dividing by a fraction is not.
            Some(inverse) if inverse.to_f64() >= 1.0 => value * inverse.to_f64(),
            _ => value / self.factor.to_f64(),
        }
    }
}

/// A unit as written: `GiB`, `USD/core/h`, `1/h`, `%`, `USD per month`.
pub fn parse_unit(text: &str) -> Result<PeriodicUnit, UnitError> {
    let text = text.trim();
    let (unit, period) = match text.rsplit_once(" per ") {
        Some((unit, word)) => match Period::parse(word.trim()) {
            Some(period) => (unit.trim().replace(" per ", "/"), Some(period)),
            None => (text.replace(" per ", "/"), None),
        },
        None => (text.to_owned(), None),
    };
    if unit.is_empty() {
        return Err(UnitError::Empty);
    }
    let mut factors: Vec<(&str, i8)> = Vec::new();
    for (place, part) in unit.split('/').enumerate() {
        for word in part.split('*').map(str::trim) {
            match (word, place) {
                ("1", 0) => {}
                ("", _) => return Err(UnitError::Empty),
                _ => factors.push((word, if place == 0 { 1 } else { -1 })),
            }
        }
    }
    let mut unit_of = Unit::product(factors.into_iter())?;
    unit_of.name = text.into();
    Ok(PeriodicUnit { unit: unit_of, period })
}

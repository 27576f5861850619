//! Affine sums over class columns and auxiliary columns, and what is known of their values.
//!
//! A column below the number of class columns is a class column and stands for all its members; from
//! there on columns are auxiliary, in the order in which they were made.

use apportion_diagnostic::Span;

/// A sum of columns and a constant.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Form {
    pub(crate) terms: Vec<Term>,
    pub(crate) constant: f64,
}

/// A column with its coefficient and origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Term {
    pub(crate) column: u32,
    pub(crate) value: f64,
    pub(crate) span: Span,
}

impl Form {
    pub(crate) fn add(&mut self, column: u32, value: f64, span: Span) {
        self.terms.push(Term { column, value, span });
    }

    /// Each column once, ascending, none with coefficient 0.
    pub(crate) fn normalize(&mut self) {
        if !self.terms.is_sorted_by(|one, next| one.column < next.column) {
            self.merge();
        }
        self.terms.retain(|term| term.value != 0.0);
    }

    fn merge(&mut self) {
        self.terms.sort_by_key(|term| term.column);
        let same = self.terms.chunk_by(|one, next| one.column == next.column);
        self.terms = same.filter_map(summed).collect();
    }
}

/// The sum of terms of one column; 0 where only rounding is left of it, which a solver would read as a number.
fn summed(terms: &[Term]) -> Option<Term> {
    let value: f64 = terms.iter().map(|term| term.value).sum();
    let size: f64 = terms.iter().map(|term| term.value.abs()).sum();
    let value = if value.abs() > ROUNDING * size { value } else { 0.0 };
    terms.first().map(|first| Term { value, ..*first })
}

/// Least and greatest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Interval {
    pub(crate) fn point(value: f64) -> Interval {
        Interval { least: value, greatest: value }
    }

    /// Of the sum of both.
    pub(crate) fn plus(self, other: Interval) -> Interval {
        Interval { least: self.least + other.least, greatest: self.greatest + other.greatest }
    }

    /// Of the multiple; 0 times anything is 0.
    pub(crate) fn times(self, factor: f64) -> Interval {
        let (one, other) = (self.least * factor, self.greatest * factor);
        match factor {
            0.0 => Interval::point(0.0),
            _ => Interval { least: one.min(other), greatest: one.max(other) },
        }
    }

    /// Of the greater of both.
    pub(crate) fn max(self, other: Interval) -> Interval {
        Interval { least: self.least.max(other.least), greatest: self.greatest.max(other.greatest) }
    }

    /// Of either.
    pub(crate) fn hull(self, other: Interval) -> Interval {
        Interval { least: self.least.min(other.least), greatest: self.greatest.max(other.greatest) }
    }

    /// The greatest size.
    pub(crate) fn size(self) -> f64 {
        self.least.abs().max(self.greatest.abs())
    }
}

/// What sums may be off by, as a share of the sizes of their terms.
pub(crate) const ROUNDING: f64 = 1e-12;

/// The greatest number of which all are whole multiples, if it is not tiny beside them.
pub(crate) fn step(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut step = 0.0f64;
    let mut greatest = 0.0f64;
    for value in values {
        greatest = greatest.max(value.abs());
        let mut rest = value.abs();
        while rest > ROUNDING * greatest {
            (step, rest) = (rest, remainder(step, rest, greatest));
        }
    }
    (greatest == 0.0 || step > 1e-7 * greatest).then_some(step)
}

/// The remainder, where a hair below the divisor is none.
fn remainder(value: f64, divisor: f64, greatest: f64) -> f64 {
    let rest = value % divisor;
    if divisor - rest <= ROUNDING * greatest { 0.0 } else { rest }
}

//! Formulas in negation normal form, with what is certain taken out.
//!
//! `not` is pushed down to the comparisons, where it turns them around, and `!=` becomes `< or >`; so
//! what is left is monotone, and each part needs to be said in one direction only. A comparison that the
//! bounds of its columns decide is a constant.

use apportion_ground::{Comparison, Formula, Linear, Piece};

use crate::builder::Builder;
use crate::form::{Interval, ROUNDING};

/// A formula without negation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Claim<'g> {
    Constant(bool),
    Atom(&'g Linear, Relation),
    /// At least two parts, none constant.
    All(Vec<Claim<'g>>),
    /// As for `All`.
    Any(Vec<Claim<'g>>),
}

/// How a sum compares with 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    AtMost { strictly: bool },
    AtLeast { strictly: bool },
    Equal,
}

impl Relation {
    /// Whether a sum of that value keeps it.
    pub(crate) fn holds(self, value: f64, rounding: f64) -> bool {
        match self {
            Relation::AtMost { strictly: true } => value < -rounding,
            Relation::AtMost { strictly: false } => value <= rounding,
            Relation::AtLeast { strictly: true } => value > rounding,
            Relation::AtLeast { strictly: false } => value >= -rounding,
            Relation::Equal => value.abs() <= rounding,
        }
    }

    /// Whether no value of an interval keeps it.
    fn is_shut(self, Interval { least, greatest }: Interval, rounding: f64) -> bool {
        match self {
            Relation::AtMost { .. } => !self.holds(least, rounding),
            Relation::AtLeast { .. } => !self.holds(greatest, rounding),
            Relation::Equal => least > rounding || greatest < -rounding,
        }
    }
}

impl<'g> Builder<'g> {
    /// The formula, or its opposite.
    pub(crate) fn claim(&self, formula: &'g Formula, opposite: bool) -> Claim<'g> {
        match formula {
            Formula::Constant(value) => Claim::Constant(*value != opposite),
            Formula::Not(inner) => self.claim(inner, !opposite),
            Formula::And(parts) => self.joined(parts, opposite, !opposite),
            Formula::Or(parts) => self.joined(parts, opposite, opposite),
            Formula::Atom(linear, comparison) => self.atom_claim(linear, *comparison, opposite),
        }
    }

    fn joined(&self, parts: &'g [Formula], opposite: bool, all: bool) -> Claim<'g> {
        join(parts.iter().map(|part| self.claim(part, opposite)), all)
    }

    fn atom_claim(&self, linear: &'g Linear, comparison: Comparison, opposite: bool) -> Claim<'g> {
        let relation = match (comparison, opposite) {
            (Comparison::Less, false) | (Comparison::GreaterEqual, true) => {
                Relation::AtMost { strictly: true }
            }
            (Comparison::LessEqual, false) | (Comparison::Greater, true) => {
                Relation::AtMost { strictly: false }
            }
            (Comparison::Greater, false) | (Comparison::LessEqual, true) => {
                Relation::AtLeast { strictly: true }
            }
            (Comparison::GreaterEqual, false) | (Comparison::Less, true) => {
                Relation::AtLeast { strictly: false }
            }
            (Comparison::Equal, false) | (Comparison::NotEqual, true) => Relation::Equal,
            (Comparison::NotEqual, false) | (Comparison::Equal, true) => {
                let sides =
                    [Relation::AtMost { strictly: true }, Relation::AtLeast { strictly: true }];
                return join(sides.into_iter().map(|side| self.decided(linear, side)), false);
            }
        };
        self.decided(linear, relation)
    }

    fn decided(&self, linear: &'g Linear, relation: Relation) -> Claim<'g> {
        let interval = self.interval(linear);
        let rounding = self.rounding(linear);
        let always =
            relation.holds(interval.least, rounding) && relation.holds(interval.greatest, rounding);
        let never = relation.is_shut(interval, rounding);
        if always || never { Claim::Constant(always) } else { Claim::Atom(linear, relation) }
    }

    /// What the arithmetic of a sum may be off by.
    pub(crate) fn rounding(&self, linear: &Linear) -> f64 {
        let columns =
            linear.entries.iter().map(|entry| self.bounds(entry.column).times(entry.value));
        let pieces = linear.pieces.iter();
        let pieces = pieces.map(|(piece, value)| self.piece_interval(*piece).times(*value));
        let sizes = columns.chain(pieces).map(Interval::size).filter(|size| size.is_finite());
        ROUNDING * (linear.constant.abs() + sizes.sum::<f64>())
    }

    /// What a sum may be, as far as the bounds of its columns say.
    pub(crate) fn interval(&self, linear: &Linear) -> Interval {
        let mut interval = Interval::point(linear.constant);
        for entry in &linear.entries {
            interval = interval.plus(self.bounds(entry.column).times(entry.value));
        }
        for (piece, value) in &linear.pieces {
            interval = interval.plus(self.piece_interval(*piece).times(*value));
        }
        interval
    }

    /// What a piece may be.
    pub(crate) fn piece_interval(&self, piece: u32) -> Interval {
        let interval = self.stated_interval(piece);
        match &self.ground().pieces[piece as usize] {
            // A single row may be far from the mean of its class.
            _ if self.peak(piece).is_none() => interval,
            Piece::Max(_) => Interval { greatest: f64::INFINITY, ..interval },
            _ => Interval { least: f64::NEG_INFINITY, ..interval },
        }
    }

    fn stated_interval(&self, piece: u32) -> Interval {
        match &self.ground().pieces[piece as usize] {
            Piece::Max(parts) => {
                let nothing = Interval::point(f64::NEG_INFINITY);
                parts.iter().map(|part| self.interval(part)).fold(nothing, Interval::max)
            }
            Piece::Min(parts) => {
                let nothing = Interval::point(f64::NEG_INFINITY);
                let opposite = |part| self.interval(part).times(-1.0);
                parts.iter().map(opposite).fold(nothing, Interval::max).times(-1.0)
            }
            Piece::Abs(part) => {
                let interval = self.interval(part);
                interval
                    .max(interval.times(-1.0))
                    .max(Interval { least: 0.0, greatest: f64::NEG_INFINITY })
            }
            Piece::Holds(_) => Interval { least: 0.0, greatest: 1.0 },
            Piece::Choose(_, then, otherwise) => self.interval(then).hull(self.interval(otherwise)),
        }
    }
}

fn join<'g>(parts: impl Iterator<Item = Claim<'g>>, all: bool) -> Claim<'g> {
    let mut joined = Vec::new();
    for part in parts {
        match part {
            Claim::Constant(value) if value == all => {}
            Claim::Constant(_) => return Claim::Constant(!all),
            Claim::All(inner) if all => joined.extend(inner),
            Claim::Any(inner) if !all => joined.extend(inner),
            other => joined.push(other),
        }
    }
    match (joined.len(), all) {
        (0, _) => Claim::Constant(all),
        (1, _) => joined.remove(0),
        (_, true) => Claim::All(joined),
        (_, false) => Claim::Any(joined),
    }
}

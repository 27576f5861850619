//! What pieces and formulas are worth, given the values of columns.

use crate::model::{Formula, Linear, Piece};

/// What sums may be off by, as a share of the sizes of their terms.
const ROUNDING: f64 = 1e-9;

/// The values of columns, and what follows from them.
#[derive(Clone, Copy, Debug)]
pub struct Meaning<'m, V> {
    /// All pieces; [`Linear::pieces`] are positions among them.
    pub pieces: &'m [Piece],
    /// The value of a column: the sum of its members' values.
    pub column: V,
}

impl<V: Fn(u32) -> f64> Meaning<'_, V> {
    /// The value of a sum.
    pub fn linear(&self, linear: &Linear) -> f64 {
        self.terms(linear).sum::<f64>() + linear.constant
    }

    fn terms<'t>(&'t self, linear: &'t Linear) -> impl Iterator<Item = f64> + 't {
        let columns = linear.entries.iter().map(|entry| entry.value * (self.column)(entry.column));
        columns.chain(linear.pieces.iter().map(|(piece, value)| value * self.piece(*piece)))
    }

    /// The value of a piece.
    pub fn piece(&self, piece: u32) -> f64 {
        match &self.pieces[piece as usize] {
            Piece::Max(parts) => {
                parts.iter().map(|part| self.linear(part)).fold(f64::NEG_INFINITY, f64::max)
            }
            Piece::Min(parts) => {
                parts.iter().map(|part| self.linear(part)).fold(f64::INFINITY, f64::min)
            }
            Piece::Abs(part) => self.linear(part).abs(),
            Piece::Holds(formula) => f64::from(self.holds(formula)),
            Piece::Choose(test, then, otherwise) => {
                self.linear(if self.holds(test) { then } else { otherwise })
            }
        }
    }

    /// Whether a formula holds, but for what arithmetic loses.
    pub fn holds(&self, formula: &Formula) -> bool {
        match formula {
            Formula::Constant(value) => *value,
            Formula::And(parts) => parts.iter().all(|part| self.holds(part)),
            Formula::Or(parts) => parts.iter().any(|part| self.holds(part)),
            Formula::Not(inner) => !self.holds(inner),
            Formula::Atom(linear, comparison) => {
                let size: f64 = self.terms(linear).map(f64::abs).sum();
                let rounding = ROUNDING * (1.0 + size + linear.constant.abs());
                comparison.holds(self.linear(linear), rounding)
            }
        }
    }

    /// By how much a formula is broken; absent: it holds. A comparison is broken by what its sides lack, and
    /// anything else by 1.
    pub fn violation(&self, formula: &Formula) -> Option<f64> {
        use crate::model::Comparison;
        if self.holds(formula) {
            return None;
        }
        Some(match formula {
            Formula::Atom(_, Comparison::NotEqual) => 1.0,
            Formula::Atom(linear, _) => self.linear(linear).abs(),
            _ => 1.0,
        })
    }
}

//! Between which values a number lies, as far as the policy says so without any data.

use super::{ItemIr, checked};
use crate::check::{Checker, on_enough_stack};
use crate::db::ItemSource;
use crate::policy::{Arithmetic, Expr, ExprKind, Param};

/// The least and the greatest value; infinite where there is no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) least: f64,
    pub(super) greatest: f64,
}

impl Checker<'_> {
    /// The value of an expression that has only one, whatever the data and the parameters are.
    pub(super) fn fixed(&self, expr: &Expr) -> Option<f64> {
        let Interval { least, greatest } = self.interval(expr)?;
        (least == greatest).then_some(least)
    }

    /// Between which values an expression lies; absent where that depends on data, or on more than sums and products.
    pub(super) fn interval(&self, expr: &Expr) -> Option<Interval> {
        Some(match &expr.kind {
            ExprKind::Number(value) => Interval { least: *value, greatest: *value },
            ExprKind::Param(id) => {
                match &checked(self.db, *self.names.params.get(id.index())?).ir {
                    ItemIr::Param(param) => allowed(param),
                    _ => return None,
                }
            }
            ExprKind::Let(id, arguments) if arguments.is_empty() => {
                interval_of_let(self.db, *self.names.lets.get(id.index())?)?
            }
            ExprKind::Negate(inner) => self.interval(inner)?.negated(),
            ExprKind::If(_, then, otherwise) => self.interval(then)?.or(self.interval(otherwise)?),
            ExprKind::Arithmetic(operator, left, right) => {
                let (left, right) = (self.interval(left)?, self.interval(right)?);
                match operator {
                    Arithmetic::Add => left.plus(right),
                    Arithmetic::Subtract => left.plus(right.negated()),
                    Arithmetic::Multiply => left.times(right),
                    Arithmetic::Divide | Arithmetic::Remainder => return None,
                }
            }
            _ => return None,
        })
    }
}

/// As for any expression, once for each `let`.
#[salsa::tracked(returns(copy))]
fn interval_of_let<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Option<Interval> {
    match &checked(db, item).ir {
        ItemIr::Let(named, _) => on_enough_stack(|| Checker::new(db, item).interval(&named.value)),
        _ => None,
    }
}

/// What a parameter may be set to.
fn allowed(param: &Param) -> Interval {
    let limit = |bound: &Option<Expr>| match bound.as_ref().map(|bound| &bound.kind) {
        Some(ExprKind::Number(value)) => Some(*value),
        _ => None,
    };
    Interval {
        least: limit(&param.least).unwrap_or(f64::NEG_INFINITY),
        greatest: limit(&param.most).unwrap_or(f64::INFINITY),
    }
}

impl Interval {
    fn negated(self) -> Interval {
        Interval { least: -self.greatest, greatest: -self.least }
    }

    fn plus(self, other: Interval) -> Interval {
        Interval { least: self.least + other.least, greatest: self.greatest + other.greatest }
    }

    fn or(self, other: Interval) -> Interval {
        Interval { least: self.least.min(other.least), greatest: self.greatest.max(other.greatest) }
    }

    fn times(self, other: Interval) -> Interval {
        // Nothing times anything is nothing, however large that may be.
        let product = |one: f64, other: f64| if one == 0.0 { 0.0 } else { one * other };
        let ends = [
            product(self.least, other.least),
            product(self.least, other.greatest),
            product(self.greatest, other.least),
            product(self.greatest, other.greatest),
        ];
        Interval {
            least: ends.iter().copied().fold(f64::INFINITY, f64::min),
            greatest: ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

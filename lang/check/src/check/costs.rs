//! Parts of expressions of which less is better wherever they stand.

use apportion_diagnostic::Span;

use crate::eval::walk;
use crate::policy::{Aggregate, Arithmetic, Expr, ExprKind, Stage};

/// What more of a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// Never better.
    Cost,
    /// Never worse.
    Gain,
    /// Either, as it is made of both.
    Neither,
}

/// What more of a part is that is sought; nothing for any other.
pub(super) type Sought<'s> = &'s dyn Fn(&Expr) -> Option<Sense>;

/// Adds the places of all parts that are `sought`.
pub(super) fn each(sought: Sought<'_>, expr: &Expr, places: &mut Vec<Span>) {
    walk(expr, &mut |part| {
        if sought(part).is_some() {
            places.push(part.span);
        }
    });
}

/// Adds the places of those parts of a value that are `sought` and do not add to it as a cost; `is_cost`: more of the
/// value is worse.
pub(super) fn unlike_costs(
    sought: Sought<'_>,
    value: &Expr,
    is_cost: bool,
    places: &mut Vec<Span>,
) {
    let is_ground = |expr: &Expr| expr.stage == Stage::Ground;
    match &value.kind {
        _ if sought(value) == Some(if is_cost { Sense::Cost } else { Sense::Gain }) => {}
        ExprKind::Aggregate(Aggregate::Sum, _, body) => {
            unlike_costs(sought, body, is_cost, places);
        }
        ExprKind::Arithmetic(Arithmetic::Add, left, right) => {
            unlike_costs(sought, left, is_cost, places);
            unlike_costs(sought, right, is_cost, places);
        }
        ExprKind::Arithmetic(Arithmetic::Subtract, left, right) => {
            unlike_costs(sought, left, is_cost, places);
            unlike_costs(sought, right, !is_cost, places);
        }
        ExprKind::Negate(inner) => unlike_costs(sought, inner, !is_cost, places),
        // Whether a factor is below 0 is seen when facts are there.
        ExprKind::Arithmetic(Arithmetic::Multiply, left, right) if is_ground(left) => {
            unlike_costs(sought, right, is_cost, places);
        }
        ExprKind::Arithmetic(Arithmetic::Multiply | Arithmetic::Divide, left, right)
            if is_ground(right) =>
        {
            unlike_costs(sought, left, is_cost, places);
        }
        ExprKind::If(test, then, otherwise) if is_ground(test) => {
            unlike_costs(sought, then, is_cost, places);
            unlike_costs(sought, otherwise, is_cost, places);
        }
        _ => each(sought, value, places),
    }
}

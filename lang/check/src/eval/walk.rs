//! Visiting the parts of an expression.

use crate::policy::{Argument, Binder, Domain, Expr, ExprKind};

/// The direct parts of an expression, or of a binder, by reference or to change them.
macro_rules! expr_parts {
    ($kind:expr, $visit:expr, $iter:ident, $binder_parts:ident) => {
        match $kind {
            ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Time(_)
            | ExprKind::EnumValue(..)
            | ExprKind::Resource(_)
            | ExprKind::Param(_)
            | ExprKind::Var(_)
            | ExprKind::Now
            | ExprKind::Shares(_)
            | ExprKind::PeriodLength(_)
            | ExprKind::Penalties
            | ExprKind::Unknown => {}
            ExprKind::Field(inner, _)
            | ExprKind::SlotPart(inner, _)
            | ExprKind::Has(inner)
            | ExprKind::Unrefuted(inner)
            | ExprKind::Negate(inner)
            | ExprKind::Not(inner)
            | ExprKind::Priority(_, inner) => $visit(inner),
            ExprKind::Lookup(left, right)
            | ExprKind::Default(left, right)
            | ExprKind::Arithmetic(_, left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::In(left, right)
            | ExprKind::Logic(_, left, right)
            | ExprKind::Implies(left, right) => {
                $visit(left);
                $visit(right);
            }
            ExprKind::If(first, second, third) | ExprKind::Packed(first, second, third) => {
                $visit(first);
                $visit(second);
                $visit(third);
            }
            ExprKind::List(parts) | ExprKind::Set(parts) | ExprKind::Call(_, parts) => {
                parts.$iter().for_each($visit);
            }
            ExprKind::Aggregate(_, binders, body) => {
                for binder in binders {
                    $binder_parts(binder, $visit);
                }
                $visit(body);
            }
            ExprKind::Decision(_, arguments)
            | ExprKind::Moves(_, arguments)
            | ExprKind::Let(_, arguments) => {
                for argument in arguments {
                    if let Argument::At(value) = argument {
                        $visit(value);
                    }
                }
            }
        }
    };
}

macro_rules! binder_parts {
    ($domain:expr, $condition:expr, $visit:expr, $iter:ident) => {
        match $domain {
            Domain::Values(values) => values.$iter().for_each(&mut *$visit),
            Domain::Set(set) => $visit(set),
            Domain::Input(_) | Domain::Enum(_) | Domain::Resources | Domain::Slots(_) => {}
        }
        if let Some(condition) = $condition {
            $visit(condition);
        }
    };
}

/// Calls `visit` with the expression and every part of it, the outer before the inner, in the order of
/// the text. `let`s are not followed.
pub fn walk<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    visit(expr);
    children(expr, &mut |child| walk(child, visit));
}

/// Calls `visit` with the direct parts of the expression.
pub fn children<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    expr_parts!(&expr.kind, visit, iter, binder_parts);
}

/// Calls `visit` with the direct parts of the binder's domain and condition.
pub fn binder_parts<'e>(binder: &'e Binder, visit: &mut dyn FnMut(&'e Expr)) {
    binder_parts!(&binder.domain, &binder.condition, visit, iter);
}

/// As [`children`], to change them.
pub(crate) fn children_mut(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    expr_parts!(&mut expr.kind, visit, iter_mut, binder_parts_mut);
}

fn binder_parts_mut(binder: &mut Binder, visit: &mut dyn FnMut(&mut Expr)) {
    binder_parts!(&mut binder.domain, &mut binder.condition, visit, iter_mut);
}

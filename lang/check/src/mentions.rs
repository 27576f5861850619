//! Names that occur in an expression, before any of them has a meaning.

use apportion_syntax::ast::{Binder, Expr, ExprKind, Statement, StatementKind};
use smol_str::SmolStr;

/// Adds every name that the expression mentions.
pub(crate) fn names(expr: &Expr, into: &mut Vec<SmolStr>) {
    match &expr.kind {
        ExprKind::Missing
        | ExprKind::Number(..)
        | ExprKind::Text(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Date(_) => {}
        ExprKind::Name(name) => into.push(name.clone()),
        ExprKind::Field(base, _) => names(base, into),
        ExprKind::Index(base, indices) => {
            names(base, into);
            indices.iter().flatten().for_each(|index| names(index, into));
        }
        ExprKind::Call(callee, arguments) => {
            names(callee, into);
            let values = arguments.iter().filter_map(|argument| argument.value.as_ref());
            values.for_each(|value| names(value, into));
        }
        ExprKind::List(parts) | ExprKind::Set(parts) => {
            parts.iter().for_each(|part| names(part, into));
        }
        ExprKind::Record(entries) => {
            for (key, value) in entries {
                names(key, into);
                names(value, into);
            }
        }
        ExprKind::Unary(_, inner) => names(inner, into),
        ExprKind::Binary(_, left, right) => {
            names(left, into);
            names(right, into);
        }
        ExprKind::Conditional(test, then, otherwise) => {
            names(test, into);
            names(then, into);
            names(otherwise, into);
        }
        ExprKind::Packed(items, size, bin) => {
            names(items, into);
            names(size, into);
            names(bin, into);
        }
        ExprKind::Aggregate(_, binders, body) => {
            names_in_binders(binders, into);
            body.iter().for_each(|body| names(body, into));
        }
    }
}

/// Adds every name that the binders' domains and conditions mention.
pub(crate) fn names_in_binders(binders: &[Binder], into: &mut Vec<SmolStr>) {
    binders.iter().for_each(|binder| names_in_binder(binder, into));
}

fn names_in_binder(binder: &Binder, into: &mut Vec<SmolStr>) {
    names(&binder.domain, into);
    binder.condition.iter().for_each(|condition| names(condition, into));
}

/// Adds every name that the statements mention.
pub(crate) fn names_in_statements(statements: &[Statement], into: &mut Vec<SmolStr>) {
    for statement in statements {
        match &statement.kind {
            StatementKind::Missing => {}
            StatementKind::For(binders, body) => {
                names_in_binders(binders, into);
                names_in_statements(body, into);
            }
            StatementKind::If(test, then, otherwise) => {
                names(test, into);
                names_in_statements(then, into);
                names_in_statements(otherwise, into);
            }
            StatementKind::Forbid(claim, condition)
            | StatementKind::Permit(claim, condition)
            | StatementKind::Require(claim, condition) => {
                names(claim, into);
                condition.iter().for_each(|condition| names(condition, into));
            }
        }
    }
}

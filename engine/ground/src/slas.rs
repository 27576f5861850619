//! Service levels as sums: `sum of what is forbidden - (1 - share) * what is counted <= 0`.
//!
//! Each tuple that a line speaks of is a column of its class, so that rows which are alike stay one.

use apportion_check::policy::{
    Aggregate, Arithmetic, Eligibility, Expr, ExprKind, Promise, Stage, Statement, Type,
};

use crate::claims::{arithmetic, difference};

/// By how much more is forbidden than the promise leaves.
pub(crate) fn excess(lines: &[Statement], promise: &Promise) -> Expr {
    let Promise { share, of } = promise;
    let number = |number| Expr { kind: ExprKind::Number(number), ..share.clone() };
    let rest = difference(number(1.0), share.clone());
    let allowed = arithmetic(Arithmetic::Multiply, of.clone(), rest);
    let lines = lines.iter().filter_map(|line| match line {
        Statement::Forbid(it) => Some(breaches(it, &of.ty)),
        Statement::Permit(_) | Statement::For { .. } | Statement::Require { .. } => None,
    });
    let breaches = lines.reduce(|sum, line| arithmetic(Arithmetic::Add, sum, line));
    difference(breaches.unwrap_or_else(|| number(0.0)), allowed)
}

/// The sum of the tuples that a `forbid` speaks of, those for which it cannot be evaluated among them.
fn breaches(line: &Eligibility, ty: &Type) -> Expr {
    let expr = |kind, ty: &Type, stage| Expr { kind, ty: ty.clone(), stage, span: line.span };
    let tuple = ExprKind::Decision(line.decision, line.arguments.clone());
    let mut body = expr(tuple, ty, Stage::Affine);
    if let Some(condition) = &line.condition {
        let condition = ExprKind::Unrefuted(Box::new(condition.clone()));
        let condition = expr(condition, &Type::Bool, Stage::Ground);
        let nothing = expr(ExprKind::Number(0.0), ty, Stage::Ground);
        let counted = ExprKind::If(Box::new(condition), Box::new(body), Box::new(nothing));
        body = expr(counted, ty, Stage::Affine);
    }
    match line.binders.is_empty() {
        true => body,
        false => {
            let sum = ExprKind::Aggregate(Aggregate::Sum, line.binders.clone(), Box::new(body));
            expr(sum, ty, Stage::Affine)
        }
    }
}

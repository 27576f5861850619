//! Conditions on decisions as formulas, for one tuple of representatives.

use apportion_check::eval::{EvalError, Facts};
use apportion_check::policy::{Aggregate, Comparison, Expr, ExprKind, Logic, Stage, Type};

use crate::model::{Formula, Linear};
use crate::scan::{Frame, Scene, malformed};
use crate::sums::{Bench, ROUNDING, Sum};

/// The formula that a condition stands for.
pub(crate) fn formula<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    expr: &'f Expr,
    frame: &mut Frame<'f>,
    bench: &mut Bench<'_>,
) -> Result<Formula, EvalError> {
    if expr.stage == Stage::Ground {
        return Ok(Formula::Constant(scene.evaluator.eval_condition(expr, &mut frame.values)?));
    }
    match &expr.kind {
        ExprKind::Logic(Logic::And, left, right) => match formula(scene, left, frame, bench)? {
            Formula::Constant(false) => Ok(Formula::Constant(false)),
            left => Ok(Formula::And(vec![left, formula(scene, right, frame, bench)?])),
        },
        ExprKind::Logic(Logic::Or, left, right) => match formula(scene, left, frame, bench)? {
            Formula::Constant(true) => Ok(Formula::Constant(true)),
            left => Ok(Formula::Or(vec![left, formula(scene, right, frame, bench)?])),
        },
        ExprKind::Not(inner) => Ok(not(formula(scene, inner, frame, bench)?)),
        ExprKind::Implies(premise, claim) => match formula(scene, premise, frame, bench)? {
            Formula::Constant(false) => Ok(Formula::Constant(true)),
            premise => Ok(Formula::Or(vec![not(premise), formula(scene, claim, frame, bench)?])),
        },
        ExprKind::If(test, then, otherwise) => match formula(scene, test, frame, bench)? {
            Formula::Constant(true) => formula(scene, then, frame, bench),
            Formula::Constant(false) => formula(scene, otherwise, frame, bench),
            test => {
                let then = formula(scene, then, frame, bench)?;
                let otherwise = formula(scene, otherwise, frame, bench)?;
                let first = Formula::Or(vec![not(test.clone()), then]);
                Ok(Formula::And(vec![first, Formula::Or(vec![test, otherwise])]))
            }
        },
        ExprKind::Compare(comparison, left, right) if left.ty == Type::Bool => {
            let left = formula(scene, left, frame, bench)?;
            let right = formula(scene, right, frame, bench)?;
            let both = Formula::And(vec![left.clone(), right.clone()]);
            let neither = Formula::And(vec![not(left), not(right)]);
            let same = Formula::Or(vec![both, neither]);
            match comparison {
                Comparison::Equal => Ok(same),
                Comparison::NotEqual => Ok(not(same)),
                _ => Err(malformed(expr.span)),
            }
        }
        ExprKind::Compare(comparison, left, right) => {
            let mut sum = Sum::default();
            scene.subtract(left, right, frame, &mut sum, bench)?;
            Ok(atom(sum.linear(bench.sites), *comparison, ROUNDING * sum.size))
        }
        ExprKind::Aggregate(aggregate @ (Aggregate::All | Aggregate::Any), binders, body) => {
            let mut parts = Vec::new();
            scene.each(binders, frame, &mut |frame| {
                parts.push(formula(scene, body, frame, bench)?);
                Ok(())
            })?;
            Ok(match aggregate {
                Aggregate::All => Formula::And(parts),
                _ => Formula::Or(parts),
            })
        }
        _ => Err(malformed(expr.span)),
    }
}

/// The comparison, decided at once where no decision is left in it.
fn atom(linear: Linear, comparison: Comparison, rounding: f64) -> Formula {
    if !linear.entries.is_empty() || !linear.pieces.is_empty() {
        return Formula::Atom(linear, comparison);
    }
    Formula::Constant(comparison.holds(linear.constant, rounding))
}

fn not(formula: Formula) -> Formula {
    match formula {
        Formula::Constant(value) => Formula::Constant(!value),
        Formula::Not(inner) => *inner,
        other => Formula::Not(Box::new(other)),
    }
}

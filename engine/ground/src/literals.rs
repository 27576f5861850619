//! Conditions on flags as sums of flags.
//!
//! A formula makes the rows that it speaks of stand alone; a sum says the same of whole classes where it can. A
//! condition on one flag is worth 1 where it holds and 0 where it does not: the flag itself for `x == 1`, `1 - x`
//! for `x == 0`. Of several conditions one holds if their worths come to at least 1, and as many hold as they
//! come to. That no flag of a sum is set, or something else holds, is said of each flag: it needs no bound.

use apportion_check::policy::{
    Aggregate, Arithmetic, Binder, DecisionId, Expr, ExprKind, Logic, Policy, Stage, Type,
};
use apportion_diagnostic::Span;
use apportion_units::Dimension;

/// Several conditions on flags, one of which holds.
pub(crate) struct Clause {
    /// What comes to at least 1 where one of them holds, and to 0 or less where none does.
    pub(crate) worth: Expr,
    /// What that is stated for besides: that no flag of several is set is said of each.
    pub(crate) each: Vec<Binder>,
}

impl Clause {
    /// A condition as a clause; absent where it is about something else than flags.
    pub(crate) fn of(policy: &Policy, condition: &Expr) -> Option<Clause> {
        let mut reader = Reader { policy, each: Vec::new() };
        let worth = reader.worth(condition, true, true)?;
        Some(Clause { worth, each: reader.each })
    }
}

/// How many tuples satisfy a condition on one flag.
pub(crate) fn count(
    policy: &Policy,
    binders: &[Binder],
    condition: &Expr,
    span: Span,
) -> Option<Expr> {
    let (flag, [], holds) = flags(policy, condition)? else { return None };
    Some(sum(binders, literal(flag, [holds[0], holds[1]])?, span))
}

struct Reader<'p> {
    policy: &'p Policy,
    each: Vec<Binder>,
}

impl Reader<'_> {
    /// What a condition is worth if it is to be `truth`. `outside`: it stands in no aggregation.
    fn worth(&mut self, condition: &Expr, truth: bool, outside: bool) -> Option<Expr> {
        match (&condition.kind, truth) {
            (ExprKind::Not(inner), _) => self.worth(inner, !truth, outside),
            (ExprKind::Implies(premise, claim), true) => {
                let premise = self.worth(premise, false, outside)?;
                Some(plus(premise, self.worth(claim, true, outside)?))
            }
            (ExprKind::Logic(Logic::Or, left, right), true)
            | (ExprKind::Logic(Logic::And, left, right), false) => {
                let left = self.worth(left, truth, outside)?;
                Some(plus(left, self.worth(right, truth, outside)?))
            }
            (ExprKind::Aggregate(Aggregate::Any, binders, body), true)
            | (ExprKind::Aggregate(Aggregate::All, binders, body), false) => {
                Some(sum(binders, self.worth(body, truth, false)?, condition.span))
            }
            _ => self.comparison(condition, truth, outside),
        }
    }

    fn comparison(&mut self, condition: &Expr, truth: bool, outside: bool) -> Option<Expr> {
        let (flag, binders, holds) = flags(self.policy, condition)?;
        let [none, one, several] = holds.map(|holds| holds == truth);
        if binders.is_empty() {
            return literal(flag, [none, one]);
        }
        match [none, one, several] {
            [false, true, true] => Some(sum(binders, flag.clone(), condition.span)),
            // With two of these each flag of one would have to be said of each of the other.
            [true, false, false] if outside && self.each.is_empty() => {
                self.each = binders.to_vec();
                literal(flag, [true, false])
            }
            _ => None,
        }
    }
}

/// A flag, or a sum of them, that is compared with a number: the flag, the indices of the sum, and whether the
/// comparison holds of 0, of 1 and of more.
fn flags<'e>(policy: &Policy, condition: &'e Expr) -> Option<(&'e Expr, &'e [Binder], [bool; 3])> {
    let ExprKind::Compare(comparison, left, right) = &condition.kind else { return None };
    let (sum, holds) = match (&left.kind, &right.kind) {
        (_, ExprKind::Number(number)) => {
            (left, [0.0, 1.0, 2.0].map(|sum| comparison.holds(sum - number, 0.0)))
        }
        (ExprKind::Number(number), _) => {
            (right, [0.0, 1.0, 2.0].map(|sum| comparison.holds(number - sum, 0.0)))
        }
        _ => return None,
    };
    let (flag, binders): (&Expr, &[Binder]) = match &sum.kind {
        ExprKind::Aggregate(Aggregate::Sum, binders, flag) => (flag, binders),
        _ => (sum, &[]),
    };
    match flag.kind {
        ExprKind::Decision(id, _) if is_flag(policy, id) => Some((flag, binders, holds)),
        _ => None,
    }
}

/// What a condition is worth that holds of a flag of 0, of 1, or of neither.
fn literal(flag: &Expr, holds: [bool; 2]) -> Option<Expr> {
    match holds {
        [false, true] => Some(flag.clone()),
        [true, false] => Some(arithmetic(Arithmetic::Subtract, one(flag.span), flag.clone())),
        _ => None,
    }
}

/// Whether a decision takes 0 and 1 only.
fn is_flag(policy: &Policy, decision: DecisionId) -> bool {
    let Some(decision) = policy.decisions.get(decision.index()) else { return false };
    let is = |bound: &Option<Expr>, number: f64| matches!(bound, Some(Expr { kind: ExprKind::Number(it), .. }) if *it == number);
    let least = decision.lower.is_none() || is(&decision.lower, 0.0);
    decision.whole && least && is(&decision.upper, 1.0)
}

/// The number 1.
pub(crate) fn one(span: Span) -> Expr {
    let ty = Type::Number(Dimension::PLAIN);
    Expr { kind: ExprKind::Number(1.0), ty, stage: Stage::Ground, span }
}

fn plus(left: Expr, right: Expr) -> Expr {
    arithmetic(Arithmetic::Add, left, right)
}

fn arithmetic(operator: Arithmetic, left: Expr, right: Expr) -> Expr {
    let (ty, span) = (right.ty.clone(), right.span);
    let kind = ExprKind::Arithmetic(operator, Box::new(left), Box::new(right));
    Expr { kind, ty, stage: Stage::Affine, span }
}

fn sum(binders: &[Binder], body: Expr, span: Span) -> Expr {
    let ty = body.ty.clone();
    let kind = ExprKind::Aggregate(Aggregate::Sum, binders.to_vec(), Box::new(body));
    Expr { kind, ty, stage: Stage::Affine, span }
}

//! Decisions against their own bounds and `where`.

use apportion_check::eval::{EvalError, Value, walk};
use apportion_check::policy::{Binder, Decision, DecisionId, Expr, ExprKind};
use apportion_facts::{Assignment, DecisionValues};

use crate::reader::{Court, Frame, Quantity, value_of};
use crate::rules::KEPT;
use crate::state::{Indexed, State};
use crate::verdict::{Failure, Fault, IndexValue, Item, Offence, Verdict};

/// The tuples that exist and are not 0, whole numbers rounded; the others are offences of `verdict`.
pub(crate) fn state<'f>(
    court: &Court<'f>,
    assignment: &Assignment,
    verdict: &mut Verdict,
) -> State {
    let decisions = court.policy.decisions.iter().zip(0..).map(|(decision, id)| {
        let id = DecisionId(id);
        let mut checker = Checker { court, decision, id, failed: 0, verdict };
        let kept = match assignment.of(id) {
            Some(values) => checker.kept(values),
            None => DecisionValues::new(decision.indices.len()),
        };
        Indexed::new(kept)
    });
    State::new(decisions.collect())
}

/// Tuples that are 0 although their least value is more, or their greatest less.
pub(crate) fn check_zeros(court: &Court<'_>, state: &State, verdict: &mut Verdict) {
    for ((decision, indexed), id) in court.policy.decisions.iter().zip(&state.decisions).zip(0..) {
        for (bound, sign) in [(&decision.lower, 1.0), (&decision.upper, -1.0)] {
            let Some(bound) =
                bound.as_ref().filter(|bound| may_shut_zero(court, decision, bound, sign))
            else {
                continue;
            };
            let mut checker = Checker { court, decision, id: DecisionId(id), failed: 0, verdict };
            checker.zeros(bound, sign, &indexed.values);
        }
    }
}

/// Whether a bound times the sign is above 0 somewhere, tried on all values of the indices that it reads:
/// most bounds read a row or none, and a decision has far more tuples than rows.
fn may_shut_zero<'f>(
    court: &Court<'f>,
    decision: &'f Decision,
    bound: &'f Expr,
    sign: f64,
) -> bool {
    let mut read = Vec::new();
    walk(bound, &mut |part| {
        if let ExprKind::Var(var) = part.kind {
            read.push(var);
        }
    });
    let indices = decision.indices.iter().filter(|index| read.contains(&index.var));
    let indices: Vec<&'f Binder> = indices.collect();
    let mut frame = vec![Value::Absent; decision.frame.max(decision.indices.len())];
    exceeds_zero(court, &indices, bound, sign, &mut frame)
}

/// Where the values of an index cannot be told, the tuples themselves are asked.
fn exceeds_zero<'f>(
    court: &Court<'f>,
    indices: &[&'f Binder],
    bound: &'f Expr,
    sign: f64,
    frame: &mut Frame<'f>,
) -> bool {
    let Some((index, rest)) = indices.split_first() else {
        return court.evaluator.eval_number(bound, frame).is_ok_and(|bound| bound * sign > 0.0);
    };
    let Ok(values) = court.evaluator.domain(&index.domain, frame) else { return true };
    values.iter().any(|value| {
        if let Some(slot) = frame.get_mut(index.var.index()) {
            *slot = value;
        }
        exceeds_zero(court, rest, bound, sign, frame)
    })
}

/// Calls `visit` with every tuple of the decision that exists, in order.
pub(crate) fn each_tuple<'f>(
    court: &Court<'f>,
    decision: &'f Decision,
    mut visit: impl FnMut(&[u32], &mut Frame<'f>) -> Result<(), EvalError>,
) -> Result<(), EvalError> {
    let mut frame = vec![Value::Absent; decision.frame.max(decision.indices.len())];
    let mut tuple = Vec::with_capacity(decision.indices.len());
    court.evaluator.for_each_tuple(&decision.indices, &mut frame, |frame| {
        if let Some(condition) = &decision.condition
            && !court.evaluator.eval_condition(condition, frame)?
        {
            return Ok(());
        }
        tuple.clear();
        let codes =
            decision.indices.iter().filter_map(|index| frame.get(index.var.index())?.code());
        tuple.extend(codes);
        visit(&tuple, frame)
    })
}

struct Checker<'c, 'f> {
    court: &'c Court<'f>,
    decision: &'f Decision,
    id: DecisionId,
    failed: usize,
    verdict: &'c mut Verdict,
}

impl<'f> Checker<'_, 'f> {
    fn kept(&mut self, values: &DecisionValues) -> DecisionValues {
        let arity = self.decision.indices.len();
        let mut frame = vec![Value::Absent; self.decision.frame.max(arity)];
        let mut kept = Vec::with_capacity(values.len());
        for (tuple, value) in values.iter() {
            if tuple.len() != arity {
                continue;
            }
            if !value.is_finite() {
                self.offence(tuple, value, Fault::NotFinite);
                continue;
            }
            match self.exists(tuple, &mut frame) {
                Ok(true) => {}
                Ok(false) => {
                    self.offence(tuple, value, Fault::Outside);
                    continue;
                }
                Err(error) => {
                    self.fail(tuple, error);
                    continue;
                }
            }
            let value = self.rounded(tuple, value);
            if let Err(error) = self.check_bounds(tuple, value, &mut frame) {
                self.fail(tuple, error);
            }
            kept.push((tuple.to_vec(), value));
        }
        DecisionValues::from_entries(arity, kept)
    }

    fn rounded(&mut self, tuple: &[u32], value: f64) -> f64 {
        if !self.decision.whole {
            return value;
        }
        if (value - value.round()).abs() > self.court.tolerance.integrality {
            self.offence(tuple, value, Fault::NotWhole);
            return value;
        }
        value.round()
    }

    fn exists(&self, tuple: &[u32], frame: &mut Frame<'f>) -> Result<bool, EvalError> {
        let evaluator = &self.court.evaluator;
        for (index, code) in self.decision.indices.iter().zip(tuple) {
            let value = value_of(&index.domain, *code);
            if !evaluator.domain_contains(&index.domain, &value, frame)? {
                return Ok(false);
            }
            if let Some(slot) = frame.get_mut(index.var.index()) {
                *slot = value;
            }
            if let Some(condition) = &index.condition
                && !evaluator.eval_condition(condition, frame)?
            {
                return Ok(false);
            }
        }
        match &self.decision.condition {
            Some(condition) => evaluator.eval_condition(condition, frame),
            None => Ok(true),
        }
    }

    fn check_bounds(
        &mut self,
        tuple: &[u32],
        value: f64,
        frame: &mut Frame<'f>,
    ) -> Result<(), EvalError> {
        let bound = |bound: &'f Option<Expr>, frame: &mut Frame<'f>| match bound {
            Some(bound) => self.court.evaluator.eval_number(bound, frame).map(Some),
            None => Ok(None),
        };
        let least = bound(&self.decision.lower, frame)?.unwrap_or(0.0);
        let most = bound(&self.decision.upper, frame)?;
        let exceeds = |more: f64, less: f64| {
            let tolerance = self.court.tolerance;
            more - less > tolerance.between(Quantity::exact(more), Quantity::exact(less))
        };
        if exceeds(least, value) {
            self.offence(tuple, value, Fault::Below(least));
        } else if let Some(most) = most.filter(|most| exceeds(value, *most)) {
            self.offence(tuple, value, Fault::Above(most));
        }
        Ok(())
    }

    fn zeros(&mut self, bound: &'f Expr, sign: f64, values: &DecisionValues) {
        let court = self.court;
        let run = each_tuple(court, self.decision, |tuple, frame| {
            let bound = court.evaluator.eval_number(bound, frame)?;
            if bound * sign > court.tolerance.absolute && values.get(tuple) == 0.0 {
                let fault = if sign > 0.0 { Fault::Below(bound) } else { Fault::Above(bound) };
                self.offence(tuple, 0.0, fault);
            }
            Ok(())
        });
        if let Err(error) = run {
            self.fail(&[], error);
        }
    }

    fn offence(&mut self, tuple: &[u32], value: f64, fault: Fault) {
        let at = self.at(tuple);
        self.verdict.offences.push(Offence { decision: self.id, at, value, fault });
    }

    fn fail(&mut self, tuple: &[u32], error: EvalError) {
        self.failed += 1;
        if self.failed <= KEPT {
            let at = self.at(tuple);
            self.verdict.failures.push(Failure { item: Item::Decision(self.id), at, error });
        }
    }

    fn at(&self, tuple: &[u32]) -> Vec<IndexValue> {
        let indices = self.decision.indices.iter().zip(tuple);
        indices
            .map(|(index, code)| {
                self.court.index_value(&index.name, &index.domain, &value_of(&index.domain, *code))
            })
            .collect()
    }
}

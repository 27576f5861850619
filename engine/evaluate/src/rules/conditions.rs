//! Statements that must hold.

use std::ops::ControlFlow;

use apportion_check::eval::EvalError;
use apportion_check::policy::{Binder, Comparison, Logic};
use apportion_diagnostic::Span;

use super::{Require, RuleJudge};
use crate::form::Condition;
use crate::reader::{Frame, Quantity, Reader};
use crate::verdict::Tolerance;

/// What became of one instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) holds: bool,
    /// An inequality that holds with nothing to spare.
    pub(crate) binding: bool,
    /// The two sides, for a comparison.
    pub(crate) sides: Option<(f64, f64)>,
    pub(crate) comparison: Option<Comparison>,
    /// By how much it is broken; 0 where it holds.
    pub(crate) amount: f64,
    /// How exact `amount` is.
    pub(crate) tolerance: f64,
}

impl Judged {
    /// A condition that has no sides: broken by 1.
    fn plain(holds: bool) -> Judged {
        let amount = if holds { 0.0 } else { 1.0 };
        Judged { holds, binding: false, sides: None, comparison: None, amount, tolerance: 0.0 }
    }

    pub(super) fn comparison(
        tolerance: &Tolerance,
        comparison: Comparison,
        left: Quantity,
        right: Quantity,
    ) -> Judged {
        let holds = tolerance.keeps(comparison, left, right);
        let exact = tolerance.between(left, right);
        let difference = left.above(right);
        let amount = match comparison {
            _ if holds => 0.0,
            Comparison::NotEqual => 1.0,
            _ => difference.abs(),
        };
        let inequality = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        // Nothing of nothing is no limit that anybody meets.
        let something = left.value.abs().max(right.value.abs()) > exact;
        Judged {
            holds,
            binding: holds && inequality && something && difference.abs() <= exact,
            sides: Some((left.value, right.value)),
            comparison: Some(comparison),
            amount,
            tolerance: exact,
        }
    }

    /// A budget: `spent <= limit`.
    pub(crate) fn budget(tolerance: &Tolerance, spent: Quantity, limit: f64) -> Judged {
        Judged::comparison(tolerance, Comparison::LessEqual, spent, Quantity::exact(limit))
    }

    /// A tuple that must be 0.
    pub(super) fn shut_out(tolerance: &Tolerance, value: f64) -> Judged {
        let value = Quantity::exact(value);
        Judged::comparison(tolerance, Comparison::Equal, value, Quantity::exact(0.0))
    }
}

impl<'f> Reader<'_, 'f> {
    /// Judges a condition that is not taken apart any further.
    fn judged(
        &self,
        condition: &Condition<'f>,
        frame: &mut Frame<'f>,
    ) -> Result<Judged, EvalError> {
        let Condition::Compare(comparison, left, right) = condition else {
            return self.condition(condition, frame).map(Judged::plain);
        };
        let (left, right) = match comparison {
            Comparison::LessEqual => {
                let right = self.quantity(right, frame)?;
                (Reader { enough: Some(right.value), ..*self }.quantity(left, frame)?, right)
            }
            _ => {
                let left = self.quantity(left, frame)?;
                (left, Reader { enough: Some(left.value), ..*self }.quantity(right, frame)?)
            }
        };
        Ok(Judged::comparison(&self.court.tolerance, *comparison, left, right))
    }
}

/// Where a statement stands: the indices around it.
struct Around<'a, 'f> {
    binders: &'a mut Vec<&'f Binder>,
    span: Span,
}

impl<'f> RuleJudge<'_, 'f> {
    pub(super) fn require(&mut self, line: &Require<'f>, frame: &mut Frame<'f>) {
        let mut around = Around { binders: &mut line.binders.clone(), span: line.span };
        self.each(&line.binders, &line.condition, &mut around, frame);
    }

    fn each(
        &mut self,
        binders: &[&'f Binder],
        condition: &Condition<'f>,
        around: &mut Around<'_, 'f>,
        frame: &mut Frame<'f>,
    ) {
        let reader = self.reader;
        let run = reader.each_tuple(binders, frame, &mut |frame| {
            self.statement(condition, around, frame);
            Ok(ControlFlow::Continue(()))
        });
        if let Err(error) = run {
            self.fail(error, Vec::new());
        }
    }

    /// Takes a condition apart as long as that keeps its meaning: what facts decide is decided, and the
    /// parts of a hard rule that must all hold are judged one by one. A soft rule is priced as a whole.
    fn statement(
        &mut self,
        condition: &Condition<'f>,
        around: &mut Around<'_, 'f>,
        frame: &mut Frame<'f>,
    ) {
        let hard = !self.verdict.soft;
        match condition {
            Condition::Implies(premise, conclusion) if premise.is_ground() => {
                if self.decided(premise, around, frame) == Some(true) {
                    self.statement(conclusion, around, frame);
                }
            }
            Condition::Logic(Logic::Or, left, right) if left.is_ground() => {
                if self.decided(left, around, frame) == Some(false) {
                    self.statement(right, around, frame);
                }
            }
            Condition::Choice(which, then, otherwise) if which.is_ground() => {
                match self.decided(which, around, frame) {
                    Some(true) => self.statement(then, around, frame),
                    Some(false) => self.statement(otherwise, around, frame),
                    None => {}
                }
            }
            Condition::Logic(Logic::And, left, right) if hard => {
                self.statement(left, around, frame);
                self.statement(right, around, frame);
            }
            Condition::Quantified(false, binders, body) if hard => {
                let outer = around.binders.len();
                around.binders.extend(binders);
                self.each(binders, body, around, frame);
                around.binders.truncate(outer);
            }
            condition => match self.reader.judged(condition, frame) {
                Ok(judged) => {
                    let at = |judge: &Self, frame: &Frame<'f>| judge.at(around.binders, frame);
                    self.count(judged, around.span, frame, at, |judge, frame| {
                        judge.now.judged(condition, frame)
                    });
                }
                Err(error) => self.unevaluated(error, around, frame),
            },
        }
    }

    /// What facts say of a condition.
    fn decided(
        &mut self,
        condition: &Condition<'f>,
        around: &Around<'_, 'f>,
        frame: &mut Frame<'f>,
    ) -> Option<bool> {
        match self.reader.condition(condition, frame) {
            Ok(decided) => Some(decided),
            Err(error) => {
                self.unevaluated(error, around, frame);
                None
            }
        }
    }

    /// A soft rule skips what has no value, a hard one fails.
    fn unevaluated(&mut self, error: EvalError, around: &Around<'_, 'f>, frame: &Frame<'f>) {
        self.verdict.unevaluated += 1;
        if !self.verdict.soft || error.kind.is_limit() {
            let at = self.at(around.binders, frame);
            self.fail(error, at);
        }
    }
}

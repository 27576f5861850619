//! Service levels: what should not be, held against what the promise leaves of what is counted.

use std::ops::ControlFlow;

use apportion_check::eval::EvalError;
use apportion_check::policy::{Binder, Comparison, Expr, Promise, Rule, Statement};
use apportion_diagnostic::Span;

use super::conditions::Judged;
use super::{Eligible, RuleJudge};
use crate::form::{Form, Reading};
use crate::reader::{Frame, Quantity, Reader};
use crate::verdict::SlaVerdict;

/// A promise, for each tuple of the `for` around it.
#[derive(Debug)]
pub(super) struct Promised<'f> {
    around: Vec<&'f Binder>,
    forbids: Vec<Eligible<'f>>,
    share: &'f Expr,
    of: Form<'f>,
    span: Span,
}

/// What there is of a promise at one tuple.
#[derive(Clone, Copy)]
struct Sides {
    breached: Quantity,
    /// Tuples among them for which a fact was missing.
    unknown: u64,
    counted: Quantity,
    share: f64,
}

impl Sides {
    fn allowed(self) -> Quantity {
        self.counted.scaled(1.0 - self.share)
    }

    /// The share that is kept; all of it where nothing is counted and nothing breached.
    fn reached(self) -> f64 {
        let (breached, counted) = (self.breached.value, self.counted.value);
        match counted > 0.0 {
            true => 1.0 - breached / counted,
            false => f64::from(breached <= 0.0),
        }
    }
}

impl<'f> Promised<'f> {
    pub(super) fn new(rule: &'f Rule, promise: &'f Promise) -> Promised<'f> {
        let (around, lines) = match &rule.body[..] {
            [Statement::For { binders, body }] => (binders.iter().collect(), &body[..]),
            lines => (Vec::new(), lines),
        };
        let forbids = lines.iter().filter_map(|line| match line {
            Statement::Forbid(statement) => Some(Eligible::new(statement, &[])),
            Statement::Permit(_) | Statement::For { .. } | Statement::Require { .. } => None,
        });
        Promised {
            around,
            forbids: forbids.collect(),
            share: &promise.share,
            of: Reading::default().form(&promise.of),
            span: rule.span,
        }
    }

    fn sides(&self, reader: &Reader<'_, 'f>, frame: &mut Frame<'f>) -> Result<Sides, EvalError> {
        let share = reader.court.evaluator.eval_number(self.share, frame)?;
        let counted = reader.quantity(&self.of, frame)?;
        let mut sides = Sides { breached: Quantity::default(), unknown: 0, counted, share };
        for line in &self.forbids {
            reader.each_picked(&line.pick, &line.binders, frame, &mut |_, value, frame| {
                let condition = line.statement.condition.as_ref();
                let holds = condition.map(|it| reader.court.evaluator.eval_condition(it, frame));
                match holds {
                    Some(Ok(false)) => return Ok(ControlFlow::Continue(())),
                    Some(Err(error)) if error.kind.is_limit() => return Err(error),
                    Some(Err(_)) => sides.unknown += 1,
                    Some(Ok(true)) | None => {}
                }
                sides.breached.add(reader.decided(&line.pick, value));
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(sides)
    }
}

impl<'f> RuleJudge<'_, 'f> {
    pub(super) fn sla(&mut self, promised: &Promised<'f>, frame: &mut Frame<'f>) {
        let reader = self.reader;
        let run = reader.each_tuple(&promised.around, frame, &mut |frame| {
            match promised.sides(&reader, frame) {
                Ok(sides) => self.promise(promised, sides, frame),
                Err(error) => {
                    let at = self.at(&promised.around, frame);
                    self.fail(error, at);
                }
            }
            Ok(ControlFlow::Continue(()))
        });
        if let Err(error) = run {
            self.fail(error, Vec::new());
        }
    }

    fn promise(&mut self, promised: &Promised<'f>, sides: Sides, frame: &mut Frame<'f>) {
        let judged = |reader: &Reader<'_, 'f>, sides: Sides| {
            let tolerance = &reader.court.tolerance;
            Judged::comparison(tolerance, Comparison::LessEqual, sides.breached, sides.allowed())
        };
        self.verdict.unevaluated += sides.unknown;
        let known = self.verdict.sla.take();
        let mut kept = known.unwrap_or(SlaVerdict {
            promised: sides.share,
            reached: f64::INFINITY,
            counted: 0.0,
            breached: 0.0,
            least_at: Vec::new(),
        });
        kept.counted += sides.counted.value;
        kept.breached += sides.breached.value;
        if sides.reached() < kept.reached {
            kept.reached = sides.reached();
            kept.least_at = self.at(&promised.around, frame);
        }
        self.verdict.sla = Some(kept);
        let at = |judge: &Self, frame: &Frame<'f>| judge.at(&promised.around, frame);
        let found = judged(&self.reader, sides);
        self.count(found, promised.span, frame, at, |judge, frame| {
            promised.sides(&judge.now, frame).map(|sides| judged(&judge.now, sides))
        });
    }
}

//! Definitions with a frame of their own: `let`s and priorities.

use super::evaluator::{finite, malformed};
use super::{EvalError, EvalErrorKind, Evaluator, Facts, Value};
use crate::policy::{Argument, Binder, Expr, LetId, PriorityId, Stage};

impl<'f, F: Facts + ?Sized> Evaluator<'f, F> {
    pub(super) fn priority(
        &self,
        id: PriorityId,
        row: &'f Expr,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<f64, EvalError> {
        let row = self.value(row, frame)?;
        let priority = self.policy.priorities.get(id.index()).ok_or(malformed(expr))?;
        self.with_frame(priority.frame.max(1), |e, inner| {
            inner[0] = row;
            let Value::Enum(word) = e.value(&priority.by, inner)? else {
                return Err(malformed(&priority.by));
            };
            let weight = priority.weights.get(word as usize).ok_or(malformed(expr))?;
            e.number(weight, inner)
        })
    }

    /// A `let`, summed over the indices whose argument is `*`.
    pub(super) fn named(
        &self,
        id: LetId,
        arguments: &'f [Argument],
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Value<'f>, EvalError> {
        if no_sum(arguments) {
            return self.in_let(id, arguments, expr, frame, |e, body, inner| e.value(body, inner));
        }
        let sum = self.in_let(id, arguments, expr, frame, |e, body, inner| {
            let definition = e.policy.lets.get(id.index()).ok_or(malformed(expr))?;
            e.sum_from(&definition.indices, arguments, body, inner)
        })?;
        Ok(Value::Number(sum))
    }

    /// The sum of `body` over the indices whose argument is `*`; the others are in the frame.
    fn sum_from(
        &self,
        indices: &'f [Binder],
        arguments: &'f [Argument],
        body: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<f64, EvalError> {
        let ([binder, indices @ ..], [argument, arguments @ ..]) = (indices, arguments) else {
            return self.deeper(body, |e| e.number(body, frame));
        };
        if matches!(argument, Argument::At(_)) {
            return self.sum_from(indices, arguments, body, frame);
        }
        let mut sum = 0.0;
        self.for_each_tuple(std::slice::from_ref(binder), frame, |frame| {
            sum += self.sum_from(indices, arguments, body, frame)?;
            Ok::<(), EvalError>(())
        })?;
        finite(sum, body.span)
    }

    /// Runs `then` on the body of a `let` in the `let`'s own frame.
    pub(super) fn in_let<T>(
        &self,
        id: LetId,
        arguments: &'f [Argument],
        expr: &'f Expr,
        frame: &mut [Value<'f>],
        then: impl FnOnce(&Self, &'f Expr, &mut [Value<'f>]) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let definition = self.policy.lets.get(id.index()).ok_or(malformed(expr))?;
        if definition.value.stage != Stage::Ground {
            return Err(EvalError { kind: EvalErrorKind::NotGround, span: expr.span });
        }
        self.with_frame(definition.frame.max(arguments.len()), |e, inner| {
            for (slot, argument) in inner.iter_mut().zip(arguments) {
                if let Argument::At(argument) = argument {
                    *slot = e.value(argument, frame)?;
                }
            }
            then(e, &definition.value, inner)
        })
    }

    /// Runs `then` with a frame of `size` slots that hold nothing.
    fn with_frame<T>(
        &self,
        size: usize,
        then: impl FnOnce(&Self, &mut [Value<'f>]) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let mut inner = self.spare_frames.borrow_mut().pop().unwrap_or_default();
        inner.clear();
        inner.resize(size, Value::Absent);
        let result = then(self, &mut inner);
        self.spare_frames.borrow_mut().push(inner);
        result
    }
}

/// Whether no argument is `*`.
pub(super) fn no_sum(arguments: &[Argument]) -> bool {
    arguments.iter().all(|argument| matches!(argument, Argument::At(_)))
}

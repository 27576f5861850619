//! `sum`, `count`, `min`, `max`, `any`, `all` and `distinct` over tuples.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::collections::Ranked;
use super::evaluator::finite;
use super::{EvalError, EvalErrorKind, Evaluator, Facts, Value};
use crate::policy::{Aggregate, Binder, Expr};

impl<'f, F: Facts + ?Sized> Evaluator<'f, F> {
    pub(super) fn aggregate_number(
        &self,
        aggregate: Aggregate,
        binders: &'f [Binder],
        body: &'f Expr,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<f64, EvalError> {
        let mut result: Option<f64> = None;
        self.for_each_tuple(binders, frame, |frame| {
            let value = match aggregate {
                Aggregate::Count => f64::from(u8::from(self.condition(body, frame)?)),
                _ => self.number(body, frame)?,
            };
            result = Some(match (result, aggregate) {
                (None, _) => value,
                (Some(least), Aggregate::Min) => least.min(value),
                (Some(most), Aggregate::Max) => most.max(value),
                (Some(sum), _) => sum + value,
            });
            Ok::<(), EvalError>(())
        })?;
        match (result, aggregate) {
            (Some(value), _) => finite(value, expr.span),
            (None, Aggregate::Min | Aggregate::Max) => {
                Err(EvalError { kind: EvalErrorKind::EmptyExtreme, span: expr.span })
            }
            (None, _) => Ok(0.0),
        }
    }

    /// The values of the body, each once, in order.
    pub(super) fn distinct(
        &self,
        binders: &'f [Binder],
        body: &'f Expr,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Value<'f>, EvalError> {
        let limit = self.budget.limits.elements;
        let mut values = BTreeSet::new();
        self.for_each_tuple(binders, frame, |frame| {
            values.insert(Ranked(self.value(body, frame)?));
            match values.len() > limit {
                true => {
                    Err(EvalError { kind: EvalErrorKind::ElementLimit(limit), span: expr.span })
                }
                false => Ok(()),
            }
        })?;
        Ok(Value::Collection(values.into_iter().map(|ranked| ranked.0).collect()))
    }

    pub(super) fn aggregate_condition(
        &self,
        aggregate: Aggregate,
        binders: &'f [Binder],
        body: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<bool, EvalError> {
        let decisive = aggregate == Aggregate::Any;
        let flow = self.each_tuple(binders, frame, &mut |frame| -> Result<_, EvalError> {
            Ok(if self.condition(body, frame)? == decisive {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(flow.is_break() == decisive)
    }
}

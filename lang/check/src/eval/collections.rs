//! Lists, sets and the order of values.

use std::cmp::Ordering;
use std::rc::Rc;

use apportion_diagnostic::Span;

use super::evaluator::malformed;
use super::{EvalError, EvalErrorKind, Evaluator, Facts, Value};
use crate::policy::{Expr, ExprKind};

impl<'f, F: Facts + ?Sized> Evaluator<'f, F> {
    pub(super) fn list(
        &self,
        parts: &'f [Expr],
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Value<'f>, EvalError> {
        self.parts(parts, expr, frame).map(|values| Value::Collection(values.into()))
    }

    pub(super) fn set(
        &self,
        parts: &'f [Expr],
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Value<'f>, EvalError> {
        let mut values = self.parts(parts, expr, frame)?;
        values.sort_by(rank);
        values.dedup_by(|a, b| rank(a, b).is_eq());
        Ok(Value::Collection(values.into()))
    }

    fn parts(
        &self,
        parts: &'f [Expr],
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Vec<Value<'f>>, EvalError> {
        let limit = self.budget.limits.elements;
        if parts.len() > limit {
            return Err(EvalError { kind: EvalErrorKind::ElementLimit(limit), span: expr.span });
        }
        parts.iter().map(|part| self.value(part, frame)).collect()
    }

    /// `element in collection`; a collection written in place is not built.
    pub(super) fn is_in(
        &self,
        element: &'f Expr,
        collection: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<bool, EvalError> {
        let value = self.value(element, frame)?;
        if let ExprKind::List(parts) | ExprKind::Set(parts) = &collection.kind {
            let mut found = false;
            for part in parts {
                let part = self.value(part, frame)?;
                found |= self.equal(&value, &part, element.span)?;
            }
            return Ok(found);
        }
        match self.value(collection, frame)? {
            Value::Held(entity, field, row) => Ok(self.facts.holds(entity, field, row, &value)),
            Value::Collection(elements) => {
                self.budget.steps(elements.len() * 16, collection.span)?;
                for part in elements.iter() {
                    if self.equal(&value, part, element.span)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => Err(malformed(collection)),
        }
    }

    /// The elements of a list or set, or the keys of a map.
    pub(super) fn elements(
        &self,
        value: &Value<'f>,
        span: Span,
    ) -> Result<Rc<[Value<'f>]>, EvalError> {
        match value {
            Value::Collection(elements) => Ok(Rc::clone(elements)),
            Value::Held(entity, field, row) => {
                Ok(self.facts.elements(*entity, *field, *row).into())
            }
            _ => Err(EvalError { kind: EvalErrorKind::Malformed, span }),
        }
    }

    pub(super) fn count(&self, value: &Value<'f>, span: Span) -> Result<usize, EvalError> {
        match value {
            Value::Collection(elements) => Ok(elements.len()),
            Value::Held(entity, field, row) => Ok(self.facts.size(*entity, *field, *row)),
            _ => Err(EvalError { kind: EvalErrorKind::Malformed, span }),
        }
    }

    pub(super) fn equal(
        &self,
        left: &Value<'f>,
        right: &Value<'f>,
        span: Span,
    ) -> Result<bool, EvalError> {
        match (left, right) {
            (Value::Collection(_) | Value::Held(..), Value::Collection(_) | Value::Held(..)) => {
                self.equal_collections(left, right, span)
            }
            (Value::Text(left), Value::Text(right)) => {
                self.budget.steps(left.len().min(right.len()), span)?;
                Ok(left == right)
            }
            _ => Ok(left == right),
        }
    }

    /// Same elements in the same order; of maps and amounts, same values under the same keys.
    fn equal_collections(
        &self,
        left: &Value<'f>,
        right: &Value<'f>,
        span: Span,
    ) -> Result<bool, EvalError> {
        let (keys, right_keys) = (self.elements(left, span)?, self.elements(right, span)?);
        self.budget.steps(keys.len() * 16, span)?;
        if keys.len() != right_keys.len() {
            return Ok(false);
        }
        for (key, right_key) in keys.iter().zip(right_keys.iter()) {
            if !self.equal(key, right_key, span)? {
                return Ok(false);
            }
            if let (Value::Held(e, f, row), Value::Held(right_e, right_f, right_row)) =
                (left, right)
            {
                let entry = self.facts.entry(*e, *f, *row, key);
                let right_entry = self.facts.entry(*right_e, *right_f, *right_row, key);
                if !self.equal(&entry, &right_entry, span)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Which of two values of one ordered type comes first.
    pub(super) fn order(
        &self,
        left: &Value<'f>,
        right: &Value<'f>,
        span: Span,
    ) -> Result<Ordering, EvalError> {
        if let (Value::Text(left), Value::Text(right)) = (left, right) {
            self.budget.steps(left.len().min(right.len()), span)?;
        }
        let ordered = matches!(
            (left, right),
            (Value::Number(_), Value::Number(_))
                | (Value::Time(_), Value::Time(_))
                | (Value::Text(_), Value::Text(_))
                | (Value::Bool(_), Value::Bool(_))
                | (Value::Enum(_), Value::Enum(_))
                | (Value::Row(_), Value::Row(_))
                | (Value::Resource(_), Value::Resource(_))
                | (Value::Slot(_), Value::Slot(_))
        );
        if ordered {
            Ok(rank(left, right))
        } else {
            Err(EvalError { kind: EvalErrorKind::Malformed, span })
        }
    }
}

/// A total order over all values: texts by Unicode code points, rows by key, words as declared, lists
/// element by element, and kinds that no checked policy mixes one after the other.
fn rank(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) | (Value::Time(left), Value::Time(right)) => {
            // Zero has two signs and one meaning.
            (left + 0.0).total_cmp(&(right + 0.0))
        }
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Held(e, f, row), Value::Held(right_e, right_f, right_row)) => {
            (e, f, row).cmp(&(right_e, right_f, right_row))
        }
        (Value::Collection(left), Value::Collection(right)) => left
            .iter()
            .zip(right.iter())
            .map(|(left, right)| rank(left, right))
            .find(|order| order.is_ne())
            .unwrap_or(left.len().cmp(&right.len())),
        _ => (kind(left), left.code()).cmp(&(kind(right), right.code())),
    }
}

/// A value in the order of all values.
pub(super) struct Ranked<'f>(pub(super) Value<'f>);

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        rank(&self.0, &other.0)
    }
}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked<'_> {}

fn kind(value: &Value<'_>) -> u8 {
    match value {
        Value::Absent => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::Time(_) => 3,
        Value::Text(_) => 4,
        Value::Enum(_) => 5,
        Value::Row(_) => 6,
        Value::Resource(_) => 7,
        Value::Slot(_) => 8,
        Value::Collection(_) => 9,
        Value::Held(..) => 10,
    }
}

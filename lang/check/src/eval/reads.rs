//! Reading facts: fields, entries, slots, and what to do where one is absent.

use super::evaluator::malformed;
use super::lets::no_sum;
use super::{Absence, EvalError, Evaluator, Facts, Value};
use crate::policy::{Expr, ExprKind, FieldId, SlotPart, Type};

impl<'f, F: Facts + ?Sized> Evaluator<'f, F> {
    /// The value, or `None` where it is a fact that is not there: a path of fields and entries of
    /// which some part is absent, or a choice that ends in one.
    pub(super) fn optional(
        &self,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Option<Value<'f>>, EvalError> {
        match &expr.kind {
            ExprKind::Field(owner, field) => self.deeper(expr, |e| {
                let Some(owner_value) = e.optional(owner, frame)? else { return Ok(None) };
                Ok(e.field_of(owner, &owner_value, *field)?.ok())
            }),
            ExprKind::Lookup(owner, key) => self.deeper(expr, |e| {
                let Some(owner_value) = e.optional(owner, frame)? else { return Ok(None) };
                Ok(e.entry_of(owner, &owner_value, key, frame)?.ok())
            }),
            ExprKind::Default(left, right) => {
                self.deeper(expr, |e| match e.optional(left, frame)? {
                    Some(value) => Ok(Some(value)),
                    None => e.optional(right, frame),
                })
            }
            ExprKind::If(condition, then, otherwise) => self.deeper(expr, |e| {
                let chosen = if e.condition(condition, frame)? { then } else { otherwise };
                e.optional(chosen, frame)
            }),
            ExprKind::Let(id, arguments) if no_sum(arguments) => self.deeper(expr, |e| {
                e.in_let(*id, arguments, expr, frame, |e, body, inner| e.optional(body, inner))
            }),
            _ => self.value(expr, frame).map(Some),
        }
    }

    /// A field or an entry; everything on the way to it must be there.
    pub(super) fn read(
        &self,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Result<Value<'f>, Absence>, EvalError> {
        match &expr.kind {
            ExprKind::Field(owner, field) => {
                if let (ExprKind::Var(var), Type::Row(entity)) = (&owner.kind, &owner.ty) {
                    // By far the most frequent read: a field of an index.
                    self.budget.step(expr.span)?;
                    let Some(Value::Row(row)) = frame.get(var.index()) else {
                        return Err(malformed(owner));
                    };
                    return Ok(match self.facts.field(*entity, *field, *row) {
                        Value::Absent => Err(Absence::Field(*entity, *field, *row)),
                        value => Ok(value),
                    });
                }
                self.deeper(expr, |e| {
                    let owner_value = e.value(owner, frame)?;
                    e.field_of(owner, &owner_value, *field)
                })
            }
            ExprKind::Lookup(owner, key) => self.deeper(expr, |e| {
                let owner_value = e.value(owner, frame)?;
                e.entry_of(owner, &owner_value, key, frame)
            }),
            _ => self.value(expr, frame).map(Ok),
        }
    }

    fn field_of(
        &self,
        owner: &Expr,
        value: &Value<'f>,
        field: FieldId,
    ) -> Result<Result<Value<'f>, Absence>, EvalError> {
        let (Type::Row(entity), Value::Row(row)) = (&owner.ty, value) else {
            return Err(malformed(owner));
        };
        Ok(match self.facts.field(*entity, field, *row) {
            Value::Absent => Err(Absence::Field(*entity, field, *row)),
            value => Ok(value),
        })
    }

    fn entry_of(
        &self,
        owner: &Expr,
        value: &Value<'f>,
        key: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Result<Value<'f>, Absence>, EvalError> {
        match value {
            Value::Held(entity, field, row) => {
                let key = self.value(key, frame)?;
                Ok(match self.facts.entry(*entity, *field, *row, &key) {
                    Value::Absent => Err(Absence::Entry(*entity, *field, *row)),
                    value => Ok(value),
                })
            }
            Value::Collection(elements) => {
                let position = self.number(key, frame)?;
                let element = (position >= 0.0 && position.fract() == 0.0)
                    .then(|| elements.get(position as usize))
                    .flatten();
                Ok(element.cloned().ok_or(Absence::Position))
            }
            _ => Err(malformed(owner)),
        }
    }

    pub(super) fn slot_part(
        &self,
        slot: &'f Expr,
        part: SlotPart,
        frame: &mut [Value<'f>],
    ) -> Result<f64, EvalError> {
        let (Value::Slot(number), Type::Slot(slots)) = (self.value(slot, frame)?, &slot.ty) else {
            return Err(malformed(slot));
        };
        let (_, length) = self.facts.slots(*slots);
        Ok(match part {
            SlotPart::Index => f64::from(number),
            SlotPart::Start => self.facts.slot_start(*slots, number),
            SlotPart::Length => length,
        })
    }
}

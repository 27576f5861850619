//! What an index runs over, one value after the other.

use std::ops::ControlFlow;
use std::rc::Rc;

use super::{EvalError, EvalErrorKind, Evaluator, Facts, Value};
use crate::policy::{Binder, Domain};

/// The values that an index runs over, in their fixed order, before any `where`.
#[derive(Clone, Debug)]
pub struct DomainValues<'f>(Values<'f>);

#[derive(Clone, Debug)]
enum Values<'f> {
    Rows(u32),
    Words(u32),
    Resources(u32),
    Slots(u32),
    Listed(Rc<[Value<'f>]>),
}

/// What is done with each tuple, and whether to go on.
type Visit<'v, 'f, E> = dyn FnMut(&mut [Value<'f>]) -> Result<ControlFlow<()>, E> + 'v;

impl<'f> DomainValues<'f> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Values::Rows(count)
            | Values::Words(count)
            | Values::Resources(count)
            | Values::Slots(count) => *count as usize,
            Values::Listed(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at a position, from 0.
    pub fn get(&self, position: usize) -> Option<Value<'f>> {
        let code = u32::try_from(position).ok()?;
        match &self.0 {
            Values::Rows(count) => (code < *count).then_some(Value::Row(code)),
            Values::Words(count) => (code < *count).then_some(Value::Enum(code)),
            Values::Resources(count) => (code < *count).then_some(Value::Resource(code)),
            Values::Slots(count) => (code < *count).then_some(Value::Slot(code)),
            Values::Listed(values) => values.get(position).cloned(),
        }
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = Value<'f>> + '_ {
        (0..self.len()).filter_map(|position| self.get(position))
    }

    /// Whether `value` is one of them.
    pub fn contains(&self, value: &Value<'_>) -> bool {
        match (&self.0, value) {
            (Values::Rows(count), Value::Row(code))
            | (Values::Words(count), Value::Enum(code))
            | (Values::Resources(count), Value::Resource(code))
            | (Values::Slots(count), Value::Slot(code)) => code < count,
            (Values::Listed(values), value) => values.iter().any(|listed| listed == value),
            _ => false,
        }
    }
}

impl<'f, F: Facts + ?Sized> Evaluator<'f, F> {
    /// What an index runs over, before any `where`. The domain may read indices bound before.
    pub fn domain(
        &self,
        domain: &'f Domain,
        frame: &mut [Value<'f>],
    ) -> Result<DomainValues<'f>, EvalError> {
        self.budget.begin();
        Ok(DomainValues(match domain {
            Domain::Input(input) => Values::Rows(self.facts.rows(*input)),
            Domain::Enum(id) => {
                let words = self.policy.enums.get(id.index()).map_or(0, |list| list.values.len());
                Values::Words(words as u32)
            }
            Domain::Resources => Values::Resources(self.policy.resources.len() as u32),
            Domain::Slots(slots) => Values::Slots(self.facts.slots(*slots).0),
            Domain::Values(parts) => {
                let mut values = Vec::with_capacity(parts.len());
                for part in parts {
                    values.push(self.value(part, frame)?);
                }
                Values::Listed(values.into())
            }
            Domain::Set(set) => {
                let value = self.value(set, frame)?;
                Values::Listed(self.elements(&value, set.span)?)
            }
        }))
    }

    /// Whether `value` is in the domain, before any `where`.
    pub fn domain_contains(
        &self,
        domain: &'f Domain,
        value: &Value<'f>,
        frame: &mut [Value<'f>],
    ) -> Result<bool, EvalError> {
        self.budget.begin();
        Ok(match (domain, value) {
            (Domain::Input(input), Value::Row(row)) => *row < self.facts.rows(*input),
            (Domain::Enum(id), Value::Enum(word)) => {
                let list = self.policy.enums.get(id.index());
                list.is_some_and(|list| (*word as usize) < list.values.len())
            }
            (Domain::Resources, Value::Resource(resource)) => {
                (*resource as usize) < self.policy.resources.len()
            }
            (Domain::Slots(slots), Value::Slot(number)) => *number < self.facts.slots(*slots).0,
            (Domain::Values(parts), value) => {
                for part in parts {
                    if self.value(part, frame)? == *value {
                        return Ok(true);
                    }
                }
                false
            }
            (Domain::Set(set), value) => match self.value(set, frame)? {
                Value::Held(entity, field, row) => self.facts.holds(entity, field, row, value),
                collection => self.elements(&collection, set.span)?.contains(value),
            },
            _ => false,
        })
    }

    /// Calls `visit` for each tuple of the binders whose conditions hold, the last binder varying
    /// fastest, with the tuple in the frame.
    pub fn for_each_tuple<E: From<EvalError>>(
        &self,
        binders: &'f [Binder],
        frame: &mut [Value<'f>],
        mut visit: impl FnMut(&mut [Value<'f>]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_tuple(binders, frame, &mut |frame| visit(frame).map(ControlFlow::Continue))
            .map(|_| ())
    }

    /// [`Evaluator::for_each_tuple`] that ends early on [`ControlFlow::Break`].
    pub(super) fn each_tuple<E: From<EvalError>>(
        &self,
        binders: &'f [Binder],
        frame: &mut [Value<'f>],
        visit: &mut Visit<'_, 'f, E>,
    ) -> Result<ControlFlow<()>, E> {
        let Some((binder, rest)) = binders.split_first() else { return visit(frame) };
        if rest.is_empty() {
            return self.each_value(binder, frame, visit);
        }
        self.each_value(binder, frame, &mut |frame| self.each_tuple(rest, frame, visit))
    }

    /// Calls `visit` for each value of one binder whose condition holds.
    fn each_value<E: From<EvalError>>(
        &self,
        binder: &'f Binder,
        frame: &mut [Value<'f>],
        visit: &mut Visit<'_, 'f, E>,
    ) -> Result<ControlFlow<()>, E> {
        let values = self.domain(&binder.domain, frame)?;
        for value in values.iter() {
            self.budget.begin();
            self.budget.step(binder.span)?;
            let Some(slot) = frame.get_mut(binder.var.index()) else {
                let error = EvalError { kind: EvalErrorKind::Malformed, span: binder.span };
                return Err(error.into());
            };
            *slot = value;
            let taken = match &binder.condition {
                Some(condition) => self.condition(condition, frame)?,
                None => true,
            };
            if taken && visit(frame)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

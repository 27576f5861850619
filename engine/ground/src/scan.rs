//! Walking over tuples of classes with one representative each.

use std::cell::{Cell, RefCell};

use apportion_check::eval::{EvalError, EvalErrorKind, Evaluator, Facts, Value};
use apportion_check::policy::{Binder, Domain, Expr, InputId, Policy};
use apportion_diagnostic::{Diagnostic, Span};
use indexmap::IndexSet;
use rustc_hash::FxHashSet;
use smol_str::{SmolStr, format_smolstr};

use crate::columns::Lookup;
use crate::joins::Joins;
use crate::model::Space;

/// What every part of grounding reads.
pub(crate) struct Scene<'f, F: Facts + ?Sized> {
    pub(crate) policy: &'f Policy,
    pub(crate) facts: &'f F,
    pub(crate) evaluator: Evaluator<'f, F>,
    pub(crate) spaces: Vec<Space>,
    pub(crate) lookup: Lookup,
    /// Texts and numbers that indices range over.
    pub(crate) words: RefCell<IndexSet<SmolStr>>,
    pub(crate) stop: Stop<'f>,
    pub(crate) joins: Joins,
    /// Extremes over rows that may stay together.
    pub(crate) extremes: &'f FxHashSet<*const Expr>,
}

/// Whether to end, asked once in a while.
pub(crate) struct Stop<'s> {
    stop: &'s dyn Fn() -> bool,
    visits: Cell<u32>,
    is_over: Cell<bool>,
}

impl<'s> Stop<'s> {
    pub(crate) fn when(stop: &'s dyn Fn() -> bool) -> Stop<'s> {
        Stop { stop, visits: Cell::new(0), is_over: Cell::new(false) }
    }

    /// Whether it was found that the work is to end.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Goes on to one more tuple, if there is time.
    fn visit(&self, span: Span) -> Result<(), EvalError> {
        let visits = self.visits.get().wrapping_add(1);
        self.visits.set(visits);
        if visits.is_multiple_of(1024) && (self.stop)() {
            self.is_over.set(true);
        }
        if self.is_over.get() {
            return Err(EvalError { kind: EvalErrorKind::Stopped, span });
        }
        Ok(())
    }
}

/// The indices around an expression: for each slot a representative value, the class that it stands for
/// and how many members that has.
pub(crate) struct Frame<'f> {
    pub(crate) values: Vec<Value<'f>>,
    pub(crate) classes: Vec<u32>,
    pub(crate) sizes: Vec<f64>,
}

impl Frame<'_> {
    pub(crate) fn new(slots: usize) -> Self {
        Frame {
            values: vec![Value::Absent; slots],
            classes: vec![0; slots],
            sizes: vec![1.0; slots],
        }
    }
}

/// The visitor of [`Scene::each`].
pub(crate) type Visit<'v, 'f> = &'v mut dyn FnMut(&mut Frame<'f>) -> Result<(), EvalError>;

impl<'f, F: Facts + ?Sized> Scene<'f, F> {
    /// Calls `visit` for each tuple of classes of the binders whose conditions hold, the last varying
    /// fastest.
    pub(crate) fn each(
        &self,
        binders: &'f [Binder],
        frame: &mut Frame<'f>,
        visit: Visit<'_, 'f>,
    ) -> Result<(), EvalError> {
        let Some((binder, rest)) = binders.split_first() else { return visit(frame) };
        self.each_value(binder, frame, &mut |frame| self.each(rest, frame, visit))
    }

    fn each_value(
        &self,
        binder: &'f Binder,
        frame: &mut Frame<'f>,
        visit: Visit<'_, 'f>,
    ) -> Result<(), EvalError> {
        if let Domain::Input(input) = binder.domain {
            return match self.referring(binder, input, frame) {
                Some(classes) => {
                    self.each_class(binder, input, classes.iter().copied(), frame, visit)
                }
                None => {
                    let classes = 0..self.spaces[input.index()].len() as u32;
                    self.each_class(binder, input, classes, frame, visit)
                }
            };
        }
        let values = self.evaluator.domain(&binder.domain, &mut frame.values)?;
        for value in values.iter() {
            let class = self.class(binder, &value)?;
            self.bind(binder, value, class, 1.0, frame)?;
            if self.holds(binder.condition.as_ref(), frame)? {
                visit(frame)?;
            }
        }
        Ok(())
    }

    fn each_class(
        &self,
        binder: &'f Binder,
        input: InputId,
        classes: impl Iterator<Item = u32>,
        frame: &mut Frame<'f>,
        visit: Visit<'_, 'f>,
    ) -> Result<(), EvalError> {
        for class in classes {
            let members = self.spaces[input.index()].members(class);
            self.bind(binder, Value::Row(members[0]), class, members.len() as f64, frame)?;
            if self.holds(binder.condition.as_ref(), frame)? {
                visit(frame)?;
            }
        }
        Ok(())
    }

    fn bind(
        &self,
        binder: &Binder,
        value: Value<'f>,
        class: u32,
        size: f64,
        frame: &mut Frame<'f>,
    ) -> Result<(), EvalError> {
        self.stop.visit(binder.span)?;
        let slot = binder.var.index();
        frame.values[slot] = value;
        frame.classes[slot] = class;
        frame.sizes[slot] = size;
        Ok(())
    }

    fn holds(&self, condition: Option<&'f Expr>, frame: &mut Frame<'f>) -> Result<bool, EvalError> {
        condition.map_or(Ok(true), |it| self.evaluator.eval_condition(it, &mut frame.values))
    }

    /// The class of a value that a list or a set names: rows among those stand alone.
    fn class(&self, binder: &Binder, value: &Value<'f>) -> Result<u32, EvalError> {
        let word = match value {
            Value::Row(row) => {
                let input = self.input_of(binder).ok_or(malformed(binder.span))?;
                return Ok(self.spaces[input].class_of[*row as usize]);
            }
            Value::Text(text) => SmolStr::new(text),
            Value::Number(number) | Value::Time(number) => format_smolstr!("{number}"),
            Value::Bool(truth) => format_smolstr!("{truth}"),
            other => return other.code().ok_or(malformed(binder.span)),
        };
        Ok(self.words.borrow_mut().insert_full(word).0 as u32)
    }

    fn input_of(&self, binder: &Binder) -> Option<usize> {
        match crate::expand::index_type(self.policy, &binder.domain) {
            apportion_check::policy::Type::Row(entity) => {
                self.policy.entities[entity.index()].input.map(|input| input.index())
            }
            _ => None,
        }
    }

    /// Whether all guards have the values that they must have.
    pub(crate) fn guarded(
        &self,
        guards: &'f [(Expr, bool)],
        frame: &mut Frame<'f>,
    ) -> Result<bool, EvalError> {
        for (guard, value) in guards {
            if self.evaluator.eval_condition(guard, &mut frame.values)? != *value {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(crate) fn number(&self, expr: &'f Expr, frame: &mut Frame<'f>) -> Result<f64, EvalError> {
        self.evaluator.eval_number(expr, &mut frame.values)
    }

    /// The finding for an expression that has no value, with the rows for which it was asked.
    pub(crate) fn fault(
        &self,
        error: EvalError,
        what: &str,
        binders: &[Binder],
        frame: &Frame<'f>,
    ) -> Diagnostic {
        let code = if error.kind.is_limit() { "limit-reached" } else { "no-value" };
        let message = format!("{what} cannot be worked out: {error}");
        let finding = Diagnostic::error(code, message).at(error.span, error.describe(self.policy));
        match self.places(binders, frame) {
            Some(places) => finding.note(format!("for {places}")),
            None => finding,
        }
    }

    /// The values of binders, named as people know them.
    pub(crate) fn places(&self, binders: &[Binder], frame: &Frame<'f>) -> Option<String> {
        let indices: Vec<String> = binders
            .iter()
            .filter_map(|it| {
                let value = frame.values.get(it.var.index())?;
                let name = self.show(binder_entity(self.policy, it), value)?;
                Some(format!("`{}` = `{name}`", it.name))
            })
            .collect();
        (!indices.is_empty()).then(|| indices.join(", "))
    }

    fn show(&self, entity: Option<usize>, value: &Value<'f>) -> Option<String> {
        match value {
            Value::Row(row) => {
                let id = entity?;
                let entity = &self.policy.entities[id];
                let id = apportion_check::policy::EntityId(id as u32);
                match self.facts.field(id, entity.key, *row) {
                    Value::Text(text) => Some(text.into_owned()),
                    _ => None,
                }
            }
            Value::Text(text) => Some(text.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Resource(code) => Some(self.policy.resources[*code as usize].name.to_string()),
            Value::Slot(code) => Some(code.to_string()),
            _ => None,
        }
    }
}

fn binder_entity(policy: &Policy, binder: &Binder) -> Option<usize> {
    match crate::expand::index_type(policy, &binder.domain) {
        apportion_check::policy::Type::Row(entity) => Some(entity.index()),
        _ => None,
    }
}

pub(crate) fn malformed(span: Span) -> EvalError {
    EvalError { kind: EvalErrorKind::Malformed, span }
}

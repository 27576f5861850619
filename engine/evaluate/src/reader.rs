//! What forms and conditions are worth on an assignment.

use std::ops::ControlFlow;

use apportion_check::eval::{EvalError, EvalErrorKind, Evaluator, Limits, Value};
use apportion_check::policy::{Binder, Comparison, Domain, Expr, Function, Logic, Policy, Type};
use apportion_diagnostic::Span;
use apportion_facts::WorldFacts;

use crate::form::{Condition, Extreme, Form, Leaf, Match, Node, Pick, Step, Term};
use crate::narrow::Narrowing;
use crate::stack::on_enough_stack;
use crate::state::State;
use crate::verdict::{IndexValue, Tolerance};

pub(crate) type Frame<'f> = [Value<'f>];

/// What is done with each tuple, and whether to go on.
type Visit<'v, 'f> = dyn FnMut(&mut Frame<'f>) -> Result<ControlFlow<()>, EvalError> + 'v;

/// What is done with each tuple of a decision: its position, its value and the frame; a break goes on
/// with the next tuple of the decision.
type VisitPicked<'v, 'f> =
    dyn FnMut(usize, f64, &mut Frame<'f>) -> Result<ControlFlow<()>, EvalError> + 'v;

/// What all reading shares: the policy with its `let`s in place, the facts, and how exact to be.
pub(crate) struct Court<'f> {
    pub(crate) policy: &'f Policy,
    pub(crate) facts: &'f WorldFacts<'f>,
    pub(crate) evaluator: Evaluator<'f, WorldFacts<'f>>,
    pub(crate) tolerance: Tolerance,
}

impl<'f> Court<'f> {
    pub(crate) fn new(
        policy: &'f Policy,
        facts: &'f WorldFacts<'f>,
        tolerance: &Tolerance,
    ) -> Court<'f> {
        let evaluator = Evaluator::new(policy, facts, Limits::default());
        Court { policy, facts, evaluator, tolerance: *tolerance }
    }
}

/// Reads expressions on one assignment.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'r, 'f> {
    pub(crate) court: &'r Court<'f>,
    pub(crate) state: &'r State,
    /// What `penalties` stands for.
    pub(crate) penalties: f64,
    /// The group of the report that is read.
    pub(crate) narrowings: &'r [Narrowing<'f>],
    /// The limit that the value is held against: how it stands to that is all that need be known.
    pub(crate) enough: Option<f64>,
}

/// A sum, and the sum of the sizes of its terms: what its rounding errors are measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Quantity {
    pub(crate) value: f64,
    pub(crate) size: f64,
    /// Whether a decision that need not be whole is part of it, so that it is as exact as a solver is.
    pub(crate) divisible: bool,
}

impl Quantity {
    pub(crate) fn exact(value: f64) -> Quantity {
        Quantity { value, size: value.abs(), divisible: false }
    }

    pub(crate) fn add(&mut self, other: Quantity) {
        self.value += other.value;
        self.size += other.size;
        self.divisible |= other.divisible;
    }

    /// How far it is above another. Extremes of nothing are as far from each other as from anything: not at all.
    pub(crate) fn above(self, other: Quantity) -> f64 {
        let difference = self.value - other.value;
        if difference.is_nan() { 0.0 } else { difference }
    }

    pub(crate) fn scaled(self, factor: f64) -> Quantity {
        Quantity { value: self.value * factor, size: self.size * factor.abs(), ..self }
    }
}

impl Tolerance {
    /// How far a solver's answer may be from what a rule asks for.
    pub(crate) fn between(&self, left: Quantity, right: Quantity) -> f64 {
        // Whole numbers times facts are never a hair away from 0.
        let absolute = if left.divisible || right.divisible { self.absolute } else { 0.0 };
        absolute + self.relative * left.size.max(right.size)
    }

    /// How far the two sides may be apart and still be called equal: sums of whole numbers times facts are
    /// exact but for rounding.
    fn truth(&self, left: Quantity, right: Quantity) -> f64 {
        match left.divisible || right.divisible {
            true => self.between(left, right),
            false => ROUNDING * left.size.max(right.size),
        }
    }

    /// Whether a comparison is true.
    pub(crate) fn compare(&self, comparison: Comparison, left: Quantity, right: Quantity) -> bool {
        comparison.holds(left.above(right), self.truth(left, right))
    }

    /// Whether a rule that asks for a comparison is kept: a solver keeps `<=` and `>=` within a tolerance.
    pub(crate) fn keeps(&self, comparison: Comparison, left: Quantity, right: Quantity) -> bool {
        let tolerance = match comparison {
            Comparison::Less | Comparison::Greater | Comparison::NotEqual => {
                self.truth(left, right)
            }
            Comparison::LessEqual | Comparison::GreaterEqual | Comparison::Equal => {
                self.between(left, right)
            }
        };
        comparison.holds(left.above(right), tolerance)
    }
}

/// What sums of exact numbers may be off by, as a share of the sizes of their terms.
const ROUNDING: f64 = 1e-12;

impl<'r, 'f> Reader<'r, 'f> {
    /// Reads all of an assignment, with nothing set aside.
    pub(crate) fn of(court: &'r Court<'f>, state: &'r State) -> Reader<'r, 'f> {
        Reader { court, state, penalties: 0.0, narrowings: &[], enough: None }
    }
}

impl<'f> Reader<'_, 'f> {
    pub(crate) fn quantity(
        &self,
        form: &Form<'f>,
        frame: &mut Frame<'f>,
    ) -> Result<Quantity, EvalError> {
        let mut total = Quantity::default();
        for term in &form.terms {
            self.add_term(term, &mut total, frame)?;
        }
        Ok(total)
    }

    fn add_term(
        &self,
        term: &Term<'f>,
        total: &mut Quantity,
        frame: &mut Frame<'f>,
    ) -> Result<(), EvalError> {
        let mut known = vec![None; term.steps.len()];
        if let Leaf::Decision(pick) = &term.leaf {
            return self.each_picked(pick, &term.binders, frame, &mut |_, value, frame| {
                if let Some(factor) = self.factor(term, &mut known, frame)? {
                    total.add(self.decided(pick, value).scaled(factor));
                }
                Ok(ControlFlow::Continue(()))
            });
        }
        self.each_tuple(&term.binders, frame, &mut |frame| {
            if let Some(factor) = self.factor(term, &mut known, frame)? {
                total.add(self.leaf(&term.leaf, frame)?.scaled(factor));
            }
            Ok(ControlFlow::Continue(()))
        })
        .map(|_| ())
    }

    /// What a leaf is multiplied with; `None` where it does not count. `known` holds the steps that are the
    /// same for all tuples, once they were needed.
    pub(crate) fn factor(
        &self,
        term: &Term<'f>,
        known: &mut [Option<f64>],
        frame: &mut Frame<'f>,
    ) -> Result<Option<f64>, EvalError> {
        let mut factor = 1.0;
        for ((step, fixed), known) in term.steps.iter().zip(&term.fixed).zip(known) {
            let number = match *known {
                Some(number) => number,
                None => self.step(step, frame)?,
            };
            if *fixed {
                *known = Some(number);
            }
            match step {
                Step::Over(expr) => factor = divide(factor, number, expr.span)?,
                Step::Only(..) if number == 0.0 => return Ok(None),
                _ => factor *= number,
            }
        }
        Ok(Some(factor))
    }

    /// What a step multiplies or divides by; 1 or 0 where it only counts or does not.
    fn step(&self, step: &Step<'f>, frame: &mut Frame<'f>) -> Result<f64, EvalError> {
        let evaluator = &self.court.evaluator;
        Ok(match step {
            Step::Minus => -1.0,
            Step::Times(expr) | Step::Over(expr) => evaluator.eval_number(expr, frame)?,
            Step::Only(condition, wanted) => {
                f64::from(evaluator.eval_condition(condition, frame)? == *wanted)
            }
        })
    }

    fn leaf(&self, leaf: &Leaf<'f>, frame: &mut Frame<'f>) -> Result<Quantity, EvalError> {
        match leaf {
            Leaf::Ground(expr) => {
                self.court.evaluator.eval_number(expr, frame).map(Quantity::exact)
            }
            Leaf::Penalties => Ok(Quantity::exact(self.penalties)),
            Leaf::Inner(node) => on_enough_stack(|| self.node(node, frame)),
            Leaf::Decision(pick) => {
                let mut total = Quantity::default();
                self.each_picked(pick, &[], frame, &mut |_, value, _| {
                    total.add(self.decided(pick, value));
                    Ok(ControlFlow::Continue(()))
                })?;
                Ok(total)
            }
        }
    }

    pub(crate) fn decided(&self, pick: &Pick<'f>, value: f64) -> Quantity {
        let decision = self.court.policy.decisions.get(pick.decision.index());
        let divisible = decision.is_some_and(|decision| !decision.whole);
        Quantity { divisible, ..Quantity::exact(value) }
    }

    fn node(&self, node: &Node<'f>, frame: &mut Frame<'f>) -> Result<Quantity, EvalError> {
        match node {
            Node::Extreme(extreme, parts) => {
                let mut result: Option<Quantity> = None;
                for part in parts {
                    let part = self.quantity(part, frame)?;
                    result = Some(result.map_or(part, |best| extreme.of(best, part)));
                }
                Ok(result.unwrap_or_default())
            }
            Node::ExtremeOver(extreme, binders, body) => {
                let mut result: Option<Quantity> = None;
                let _ = self.each_tuple(binders, frame, &mut |frame| {
                    let value = self.quantity(body, frame)?;
                    result = Some(result.map_or(value, |best| extreme.of(best, value)));
                    Ok(ControlFlow::Continue(()))
                })?;
                Ok(result.unwrap_or(extreme.of_nothing()))
            }
            Node::Count(binders, condition) => {
                let mut count = 0.0;
                let _ = self.each_tuple(binders, frame, &mut |frame| {
                    count += f64::from(u8::from(self.condition(condition, frame)?));
                    Ok(ControlFlow::Continue(()))
                })?;
                Ok(Quantity::exact(count))
            }
            Node::Bins(bins) => self.bins(bins, frame),
            Node::Function(function, part) => {
                let part = self.quantity(part, frame)?;
                let tolerance = self.court.tolerance.between(part, part);
                let value = match function {
                    Function::Abs => part.value.abs(),
                    // What is whole but for rounding errors stays what it is.
                    Function::Floor => (part.value + tolerance).floor(),
                    Function::Ceil => (part.value - tolerance).ceil(),
                    _ => part.value.round(),
                };
                Ok(Quantity { value, ..part })
            }
            Node::Choice(condition, then, otherwise) => {
                let chosen = if self.condition(condition, frame)? { then } else { otherwise };
                self.quantity(chosen, frame)
            }
            Node::Product(left, right) => {
                let (left, right) = (self.quantity(left, frame)?, self.quantity(right, frame)?);
                Ok(Quantity {
                    value: left.value * right.value,
                    size: left.size * right.size,
                    divisible: left.divisible || right.divisible,
                })
            }
            Node::Quotient(left, right, span) => {
                let (left, right) = (self.quantity(left, frame)?, self.quantity(right, frame)?);
                Ok(left.scaled(divide(1.0, right.value, *span)?))
            }
            Node::Unreadable(span) => Err(malformed(*span)),
        }
    }

    pub(crate) fn condition(
        &self,
        condition: &Condition<'f>,
        frame: &mut Frame<'f>,
    ) -> Result<bool, EvalError> {
        on_enough_stack(|| self.condition_here(condition, frame))
    }

    fn condition_here(
        &self,
        condition: &Condition<'f>,
        frame: &mut Frame<'f>,
    ) -> Result<bool, EvalError> {
        match condition {
            Condition::Ground(expr) => self.court.evaluator.eval_condition(expr, frame),
            Condition::Compare(comparison, left, right) => {
                let (left, right) = (self.quantity(left, frame)?, self.quantity(right, frame)?);
                Ok(self.court.tolerance.compare(*comparison, left, right))
            }
            Condition::Same(left, right, negated) => {
                let same = self.condition(left, frame)? == self.condition(right, frame)?;
                Ok(same != *negated)
            }
            Condition::Flag(form) => Ok(self.quantity(form, frame)?.value > 0.5),
            Condition::Not(inner) => Ok(!self.condition(inner, frame)?),
            Condition::Logic(Logic::And, left, right) => {
                Ok(self.condition(left, frame)? && self.condition(right, frame)?)
            }
            Condition::Logic(Logic::Or, left, right) => {
                Ok(self.condition(left, frame)? || self.condition(right, frame)?)
            }
            Condition::Implies(left, right) => {
                Ok(!self.condition(left, frame)? || self.condition(right, frame)?)
            }
            Condition::Choice(condition, then, otherwise) => {
                let chosen = if self.condition(condition, frame)? { then } else { otherwise };
                self.condition(chosen, frame)
            }
            Condition::Quantified(decisive, binders, body) => {
                let flow = self.each_tuple(binders, frame, &mut |frame| {
                    Ok(if self.condition(body, frame)? == *decisive {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    })
                })?;
                Ok(flow.is_break() == *decisive)
            }
            Condition::Unreadable(span) => Err(malformed(*span)),
        }
    }

    /// Calls `visit` for each tuple of the binders, in order.
    pub(crate) fn each_tuple(
        &self,
        binders: &[&'f Binder],
        frame: &mut Frame<'f>,
        visit: &mut Visit<'_, 'f>,
    ) -> Result<ControlFlow<()>, EvalError> {
        let Some((binder, rest)) = binders.split_first() else { return visit(frame) };
        let values = self.court.evaluator.domain(&binder.domain, frame)?;
        for value in values.iter() {
            set(frame, binder, value)?;
            if self.takes(binder, frame)? && self.each_tuple(rest, frame, visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Calls `visit` for each tuple of the decision that is not 0 and agrees with the pick, and each
    /// tuple of the binders that the pick leaves open.
    pub(crate) fn each_picked(
        &self,
        pick: &Pick<'f>,
        binders: &[&'f Binder],
        frame: &mut Frame<'f>,
        visit: &mut VisitPicked<'_, 'f>,
    ) -> Result<(), EvalError> {
        let indexed = match pick.moves {
            true => self.state.moves.get(&pick.decision),
            false => self.state.decisions.get(pick.decision.index()),
        };
        let Some(indexed) = indexed else { return Ok(()) };
        let Some(decision) = self.court.policy.decisions.get(pick.decision.index()) else {
            return Ok(());
        };
        let mut codes = vec![None; pick.matches.len()];
        for (code, matching) in codes.iter_mut().zip(&pick.matches) {
            if let Match::Fixed(expr) = matching {
                *code = Some(self.code(expr, frame)?);
            }
        }
        'tuples: for position in indexed.candidates(&codes).iter() {
            let tuple = indexed.values.tuple(position);
            for (((code, matching), wanted), index) in
                tuple.iter().zip(&pick.matches).zip(&codes).zip(&decision.indices)
            {
                if wanted.is_some_and(|wanted| wanted != *code) {
                    continue 'tuples;
                }
                match matching {
                    Match::Bind(var) => {
                        let slot = frame.get_mut(var.index()).ok_or(malformed(index.span))?;
                        *slot = value_of(&index.domain, *code);
                    }
                    Match::Any if !self.narrowings.is_empty() => {
                        let value = value_of(&index.domain, *code);
                        if !self.admits(&index.name, &value) {
                            continue 'tuples;
                        }
                    }
                    _ => {}
                }
            }
            let value = indexed.values.value(position);
            let _ = self.finish(pick, binders, 0, frame, &mut |frame| {
                for (matching, code) in pick.matches.iter().zip(tuple) {
                    if let Match::Later(expr) = matching
                        && self.code(expr, frame)? != *code
                    {
                        return Ok(ControlFlow::Continue(()));
                    }
                }
                visit(position, value, frame)
            })?;
        }
        Ok(())
    }

    /// Checks the binders that a tuple determines and runs through the others, in their order.
    fn finish(
        &self,
        pick: &Pick<'f>,
        binders: &[&'f Binder],
        done: usize,
        frame: &mut Frame<'f>,
        visit: &mut Visit<'_, 'f>,
    ) -> Result<ControlFlow<()>, EvalError> {
        let Some(binder) = binders.get(done) else { return visit(frame) };
        if pick.determined.get(done).copied().unwrap_or(false) {
            let value = frame.get(binder.var.index()).cloned().ok_or(malformed(binder.span))?;
            let evaluator = &self.court.evaluator;
            if !evaluator.domain_contains(&binder.domain, &value, frame)?
                || !self.takes(binder, frame)?
            {
                return Ok(ControlFlow::Continue(()));
            }
            return self.finish(pick, binders, done + 1, frame, visit);
        }
        let values = self.court.evaluator.domain(&binder.domain, frame)?;
        for value in values.iter() {
            set(frame, binder, value)?;
            if self.takes(binder, frame)?
                && self.finish(pick, binders, done + 1, frame, visit)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether the binder takes the value that its slot holds.
    fn takes(&self, binder: &'f Binder, frame: &mut Frame<'f>) -> Result<bool, EvalError> {
        if !self.narrowings.is_empty() {
            let value = frame.get(binder.var.index()).ok_or(malformed(binder.span))?;
            if !self.admits(&binder.name, value) {
                return Ok(false);
            }
        }
        match &binder.condition {
            Some(condition) => self.court.evaluator.eval_condition(condition, frame),
            None => Ok(true),
        }
    }

    fn admits(&self, name: &str, value: &Value<'f>) -> bool {
        self.narrowings.iter().all(|narrowing| narrowing.admits(name, value))
    }

    fn code(&self, expr: &'f Expr, frame: &mut Frame<'f>) -> Result<u32, EvalError> {
        self.court.evaluator.eval(expr, frame)?.code().ok_or(malformed(expr.span))
    }
}

impl Court<'_> {
    /// An index with its value, for messages.
    pub(crate) fn index_value(&self, name: &str, domain: &Domain, value: &Value<'_>) -> IndexValue {
        let ty = self.facts.index_type(domain).unwrap_or(Type::Text);
        IndexValue { name: name.to_owned(), text: self.facts.name(value, &ty), code: value.code() }
    }
}

impl Extreme {
    /// What constrains nothing.
    fn of_nothing(self) -> Quantity {
        let value = match self {
            Extreme::Least => f64::INFINITY,
            Extreme::Greatest => f64::NEG_INFINITY,
        };
        Quantity { value, ..Quantity::default() }
    }

    fn of(self, left: Quantity, right: Quantity) -> Quantity {
        let left_is_less = left.value <= right.value;
        if left_is_less == (self == Extreme::Least) { left } else { right }
    }
}

/// What a code of a decision's index stands for.
pub(crate) fn value_of<'f>(domain: &Domain, code: u32) -> Value<'f> {
    let by_type = |ty: Option<&Type>| match ty {
        Some(Type::Row(_)) => Value::Row(code),
        Some(Type::Resource) => Value::Resource(code),
        Some(Type::Slot(_)) => Value::Slot(code),
        _ => Value::Enum(code),
    };
    match domain {
        Domain::Input(_) => Value::Row(code),
        Domain::Enum(_) => Value::Enum(code),
        Domain::Resources => Value::Resource(code),
        Domain::Slots(_) => Value::Slot(code),
        Domain::Values(values) => by_type(values.first().map(|value| &value.ty)),
        Domain::Set(set) => match &set.ty {
            Type::Set(element) | Type::List(element) | Type::Map(element, _) => {
                by_type(Some(element))
            }
            _ => by_type(None),
        },
    }
}

fn set<'f>(frame: &mut Frame<'f>, binder: &Binder, value: Value<'f>) -> Result<(), EvalError> {
    let slot = frame.get_mut(binder.var.index()).ok_or(malformed(binder.span))?;
    *slot = value;
    Ok(())
}

fn divide(number: f64, divisor: f64, span: Span) -> Result<f64, EvalError> {
    if divisor == 0.0 {
        return Err(EvalError { kind: EvalErrorKind::DivisionByZero, span });
    }
    Ok(number / divisor)
}

pub(crate) fn malformed(span: Span) -> EvalError {
    EvalError { kind: EvalErrorKind::Malformed, span }
}

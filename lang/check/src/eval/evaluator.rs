//! From an expression to its value.

use std::borrow::Cow;
use std::cell::RefCell;

use apportion_diagnostic::Span;

use super::budget::Budget;
use super::functions::Patterns;
use super::{EvalError, EvalErrorKind, Facts, Limits, Value};
use crate::policy::{
    Aggregate, Arithmetic, Comparison, Expr, ExprKind, Function, Logic, Policy, SlotPart, Type,
};

/// How many levels of recursion lie between two looks at how much stack is left.
const LEVELS: u32 = 32;
/// Bytes that so many levels may take, unoptimised.
const STACK_OF_LEVELS: usize = 512 * 1024;
/// Bytes of each further stretch of stack.
const STACK_STRETCH: usize = 2 * 1024 * 1024;

/// Evaluates ground expressions of one policy over one set of facts.
///
/// A frame holds the values of the expression's indices, by [`crate::policy::VarId`]; it must be as
/// long as the item says and hold a value for every index that is bound around the expression. What
/// the expression binds itself is written into the frame and means nothing afterwards.
///
/// Numbers are worked out without allocating, and texts of facts and policy are never copied.
pub struct Evaluator<'f, F: Facts + ?Sized> {
    pub(super) policy: &'f Policy,
    pub(super) facts: &'f F,
    pub(super) budget: Budget,
    pub(super) patterns: Patterns,
    /// Frames of `let`s, kept for the next one.
    pub(super) spare_frames: RefCell<Vec<Vec<Value<'f>>>>,
}

impl<'f, F: Facts + ?Sized> Evaluator<'f, F> {
    /// An evaluator with all of `limits` left.
    pub fn new(policy: &'f Policy, facts: &'f F, limits: Limits) -> Evaluator<'f, F> {
        Evaluator {
            policy,
            facts,
            budget: Budget::new(limits),
            patterns: Patterns::default(),
            spare_frames: RefCell::default(),
        }
    }

    /// The policy whose expressions these are.
    pub fn policy(&self) -> &'f Policy {
        self.policy
    }

    /// The facts that are read.
    pub fn facts(&self) -> &'f F {
        self.facts
    }

    /// The value of the expression; never [`Value::Absent`].
    pub fn eval(&self, expr: &'f Expr, frame: &mut [Value<'f>]) -> Result<Value<'f>, EvalError> {
        self.budget.begin();
        self.value(expr, frame)
    }

    /// The value of the expression, [`Value::Absent`] where it reads a fact that is not there and does
    /// nothing else with it.
    pub fn eval_optional(
        &self,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Value<'f>, EvalError> {
        self.budget.begin();
        Ok(self.optional(expr, frame)?.unwrap_or(Value::Absent))
    }

    /// The value of a number in base units, or of a point in time in seconds since
    /// 1970-01-01T00:00Z; always finite.
    pub fn eval_number(&self, expr: &'f Expr, frame: &mut [Value<'f>]) -> Result<f64, EvalError> {
        self.budget.begin();
        self.number(expr, frame)
    }

    /// Whether a condition holds.
    pub fn eval_condition(
        &self,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<bool, EvalError> {
        self.budget.begin();
        self.condition(expr, frame)
    }

    pub(super) fn value(
        &self,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Value<'f>, EvalError> {
        match &expr.kind {
            ExprKind::Text(text) => Ok(Value::Text(Cow::Borrowed(text.as_str()))),
            ExprKind::EnumValue(_, position) => Ok(Value::Enum(*position)),
            ExprKind::Resource(resource) => Ok(Value::Resource(resource.0)),
            ExprKind::Param(param) => Ok(self.facts.param(*param)),
            ExprKind::Var(var) => frame.get(var.index()).cloned().ok_or(malformed(expr)),
            ExprKind::Field(..) | ExprKind::Lookup(..) => {
                self.read(expr, frame)?.map_err(|absence| EvalError {
                    kind: EvalErrorKind::AbsentRead(absence),
                    span: expr.span,
                })
            }
            ExprKind::Default(left, right) => {
                match self.deeper(expr, |e| e.optional(left, frame))? {
                    Some(value) => Ok(value),
                    None => self.deeper(expr, |e| e.value(right, frame)),
                }
            }
            ExprKind::If(condition, then, otherwise) => self.deeper(expr, |e| {
                let chosen = if e.condition(condition, frame)? { then } else { otherwise };
                e.value(chosen, frame)
            }),
            ExprKind::Let(id, arguments) => {
                self.deeper(expr, |e| e.named(*id, arguments, expr, frame))
            }
            ExprKind::List(parts) => self.deeper(expr, |e| e.list(parts, expr, frame)),
            ExprKind::Set(parts) => self.deeper(expr, |e| e.set(parts, expr, frame)),
            ExprKind::Aggregate(Aggregate::Distinct, binders, body) => {
                self.deeper(expr, |e| e.distinct(binders, body, expr, frame))
            }
            ExprKind::Arithmetic(Arithmetic::Add, left, right) if expr.ty == Type::Text => {
                self.deeper(expr, |e| e.join(left, right, expr, frame))
            }
            ExprKind::Call(
                function @ (Function::LowerAscii | Function::UpperAscii | Function::Text),
                arguments,
            ) => self.deeper(expr, |e| e.text_function(*function, arguments, expr, frame)),
            ExprKind::Call(Function::Min | Function::Max, _)
            | ExprKind::Aggregate(Aggregate::Min | Aggregate::Max, ..)
            | ExprKind::Arithmetic(..)
            | ExprKind::Time(_)
            | ExprKind::Now
            | ExprKind::SlotPart(_, SlotPart::Start)
                if expr.ty == Type::Time =>
            {
                self.number(expr, frame).map(Value::Time)
            }
            ExprKind::Number(_)
            | ExprKind::Time(_)
            | ExprKind::Now
            | ExprKind::PeriodLength(_)
            | ExprKind::Negate(_)
            | ExprKind::SlotPart(..)
            | ExprKind::Arithmetic(..)
            | ExprKind::Priority(..)
            | ExprKind::Aggregate(
                Aggregate::Sum | Aggregate::Count | Aggregate::Min | Aggregate::Max,
                ..,
            )
            | ExprKind::Call(
                Function::Size
                | Function::Abs
                | Function::Min
                | Function::Max
                | Function::Floor
                | Function::Ceil
                | Function::Round
                | Function::Exp2,
                _,
            ) => self.number(expr, frame).map(Value::Number),
            ExprKind::Bool(_)
            | ExprKind::Has(_)
            | ExprKind::Unrefuted(_)
            | ExprKind::Not(_)
            | ExprKind::Compare(..)
            | ExprKind::In(..)
            | ExprKind::Logic(..)
            | ExprKind::Implies(..)
            | ExprKind::Aggregate(Aggregate::Any | Aggregate::All, ..)
            | ExprKind::Call(
                Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches,
                _,
            ) => self.condition(expr, frame).map(Value::Bool),
            ExprKind::Decision(..)
            | ExprKind::Shares(_)
            | ExprKind::Moves(..)
            | ExprKind::Penalties
            | ExprKind::Packed(..)
            | ExprKind::Aggregate(Aggregate::Bins, ..) => {
                Err(EvalError { kind: EvalErrorKind::NotGround, span: expr.span })
            }
            ExprKind::Unknown => Err(malformed(expr)),
        }
    }

    pub(super) fn number(&self, expr: &'f Expr, frame: &mut [Value<'f>]) -> Result<f64, EvalError> {
        match &expr.kind {
            ExprKind::Number(number) | ExprKind::Time(number) => Ok(*number),
            ExprKind::Now => Ok(self.facts.now()),
            ExprKind::PeriodLength(period) => Ok(period.length_in_utc(self.facts.now())),
            ExprKind::Negate(inner) => Ok(-self.deeper(expr, |e| e.number(inner, frame))?),
            ExprKind::Arithmetic(operator, left, right) if expr.ty != Type::Text => {
                let (left, right) =
                    self.deeper(expr, |e| Ok((e.number(left, frame)?, e.number(right, frame)?)))?;
                arithmetic(*operator, left, right, expr.span)
            }
            ExprKind::SlotPart(slot, part) => {
                self.deeper(expr, |e| e.slot_part(slot, *part, frame))
            }
            ExprKind::Priority(priority, row) => {
                self.deeper(expr, |e| e.priority(*priority, row, expr, frame))
            }
            ExprKind::Aggregate(
                aggregate @ (Aggregate::Sum | Aggregate::Count | Aggregate::Min | Aggregate::Max),
                binders,
                body,
            ) => self.deeper(expr, |e| e.aggregate_number(*aggregate, binders, body, expr, frame)),
            ExprKind::Call(
                function @ (Function::Size
                | Function::Abs
                | Function::Min
                | Function::Max
                | Function::Floor
                | Function::Ceil
                | Function::Round
                | Function::Exp2),
                arguments,
            ) => self.deeper(expr, |e| e.number_function(*function, arguments, expr, frame)),
            ExprKind::If(condition, then, otherwise) => self.deeper(expr, |e| {
                let chosen = if e.condition(condition, frame)? { then } else { otherwise };
                e.number(chosen, frame)
            }),
            _ => match self.value(expr, frame)? {
                Value::Number(number) | Value::Time(number) => Ok(number),
                _ => Err(malformed(expr)),
            },
        }
    }

    pub(super) fn condition(
        &self,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<bool, EvalError> {
        match &expr.kind {
            ExprKind::Bool(value) => Ok(*value),
            ExprKind::Not(inner) => Ok(!self.deeper(expr, |e| e.condition(inner, frame))?),
            ExprKind::Has(inner) => Ok(self.deeper(expr, |e| e.read(inner, frame))?.is_ok()),
            ExprKind::Unrefuted(inner) => match self.deeper(expr, |e| e.condition(inner, frame)) {
                Err(error) if !error.kind.is_limit() => Ok(true),
                known => known,
            },
            ExprKind::Logic(Logic::And, left, right) => {
                self.deeper(expr, |e| Ok(e.condition(left, frame)? && e.condition(right, frame)?))
            }
            ExprKind::Logic(Logic::Or, left, right) => {
                self.deeper(expr, |e| Ok(e.condition(left, frame)? || e.condition(right, frame)?))
            }
            ExprKind::Implies(left, right) => {
                self.deeper(expr, |e| Ok(!e.condition(left, frame)? || e.condition(right, frame)?))
            }
            ExprKind::Compare(comparison, left, right) => {
                self.deeper(expr, |e| e.compare(*comparison, left, right, frame))
            }
            ExprKind::In(element, collection) => {
                self.deeper(expr, |e| e.is_in(element, collection, frame))
            }
            ExprKind::Aggregate(aggregate @ (Aggregate::Any | Aggregate::All), binders, body) => {
                self.deeper(expr, |e| e.aggregate_condition(*aggregate, binders, body, frame))
            }
            ExprKind::Call(
                function @ (Function::Contains
                | Function::StartsWith
                | Function::EndsWith
                | Function::Matches),
                arguments,
            ) => self.deeper(expr, |e| e.condition_function(*function, arguments, expr, frame)),
            ExprKind::If(condition, then, otherwise) => self.deeper(expr, |e| {
                let chosen = if e.condition(condition, frame)? { then } else { otherwise };
                e.condition(chosen, frame)
            }),
            _ => match self.value(expr, frame)? {
                Value::Bool(value) => Ok(value),
                _ => Err(malformed(expr)),
            },
        }
    }

    fn compare(
        &self,
        comparison: Comparison,
        left: &'f Expr,
        right: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<bool, EvalError> {
        if matches!(left.ty, Type::Number(_) | Type::Time) {
            let (left, right) = (self.number(left, frame)?, self.number(right, frame)?);
            return Ok(match comparison {
                Comparison::Equal => left == right,
                Comparison::NotEqual => left != right,
                Comparison::Less => left < right,
                Comparison::LessEqual => left <= right,
                Comparison::Greater => left > right,
                Comparison::GreaterEqual => left >= right,
            });
        }
        let span = left.span;
        let (left, right) = (self.value(left, frame)?, self.value(right, frame)?);
        match comparison {
            Comparison::Equal => self.equal(&left, &right, span),
            Comparison::NotEqual => Ok(!self.equal(&left, &right, span)?),
            _ => {
                let order = self.order(&left, &right, span)?;
                Ok(match comparison {
                    Comparison::Less => order.is_lt(),
                    Comparison::LessEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
        }
    }

    /// Runs `then` one level deeper, for one step.
    #[inline]
    pub(super) fn deeper<T>(
        &self,
        expr: &Expr,
        then: impl FnOnce(&Self) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let depth = self.budget.enter(expr.span)?;
        let result = if depth % LEVELS == 0 {
            stacker::maybe_grow(STACK_OF_LEVELS, STACK_STRETCH, || then(self))
        } else {
            then(self)
        };
        self.budget.leave();
        result
    }
}

fn arithmetic(operator: Arithmetic, left: f64, right: f64, span: Span) -> Result<f64, EvalError> {
    if right == 0.0 && matches!(operator, Arithmetic::Divide | Arithmetic::Remainder) {
        return Err(EvalError { kind: EvalErrorKind::DivisionByZero, span });
    }
    let result = match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
    };
    finite(result, span)
}

pub(super) fn finite(number: f64, span: Span) -> Result<f64, EvalError> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err(EvalError { kind: EvalErrorKind::NotFinite, span })
    }
}

pub(super) fn malformed(expr: &Expr) -> EvalError {
    EvalError { kind: EvalErrorKind::Malformed, span: expr.span }
}

//! Functions of the library.

use std::borrow::Cow;
use std::cell::RefCell;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::evaluator::{finite, malformed};
use super::{EvalError, EvalErrorKind, Evaluator, Facts, Value};
use crate::policy::{Expr, Function, Type};

/// Regular expressions that were compiled already. Most policies write them as literals, so that a
/// handful serves all rows; the ones that data bring are forgotten when there are many.
#[derive(Debug, Default)]
pub(super) struct Patterns(RefCell<FxHashMap<String, Regex>>);

const KEPT_PATTERNS: usize = 256;

impl Patterns {
    fn get(&self, pattern: &str, limit: usize) -> Result<Regex, EvalErrorKind> {
        if let Some(regex) = self.0.borrow().get(pattern) {
            return Ok(regex.clone());
        }
        let regex = regex::RegexBuilder::new(pattern)
            .size_limit(limit)
            .dfa_size_limit(limit)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => EvalErrorKind::RegexTooBig(limit),
                _ => EvalErrorKind::RegexInvalid,
            })?;
        let mut kept = self.0.borrow_mut();
        if kept.len() >= KEPT_PATTERNS {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}

impl<'f, F: Facts + ?Sized> Evaluator<'f, F> {
    pub(super) fn number_function(
        &self,
        function: Function,
        arguments: &'f [Expr],
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<f64, EvalError> {
        let Some((first, rest)) = arguments.split_first() else { return Err(malformed(expr)) };
        if function == Function::Size {
            return self.size(first, frame);
        }
        let mut number = self.number(first, frame)?;
        for argument in rest {
            let next = self.number(argument, frame)?;
            match function {
                Function::Min => number = number.min(next),
                Function::Max => number = number.max(next),
                _ => return Err(malformed(expr)),
            }
        }
        match function {
            Function::Min | Function::Max => Ok(number),
            Function::Abs => Ok(number.abs()),
            Function::Floor => Ok(number.floor()),
            Function::Ceil => Ok(number.ceil()),
            Function::Round => Ok(number.round()),
            Function::Exp2 => finite(number.exp2(), expr.span),
            _ => Err(malformed(expr)),
        }
    }

    fn size(&self, of: &'f Expr, frame: &mut [Value<'f>]) -> Result<f64, EvalError> {
        match self.value(of, frame)? {
            Value::Text(text) => {
                self.budget.steps(text.len(), of.span)?;
                finite(text.chars().count() as f64, of.span)
            }
            value => self.count(&value, of.span).map(|count| count as f64),
        }
    }

    pub(super) fn condition_function(
        &self,
        function: Function,
        arguments: &'f [Expr],
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<bool, EvalError> {
        let [subject, other] = arguments else { return Err(malformed(expr)) };
        let subject = self.text(subject, frame)?;
        let other = self.text(other, frame)?;
        self.budget.steps(subject.len() + other.len(), expr.span)?;
        match function {
            Function::Contains => Ok(subject.contains(&*other)),
            Function::StartsWith => Ok(subject.starts_with(&*other)),
            Function::EndsWith => Ok(subject.ends_with(&*other)),
            Function::Matches => {
                let regex = self
                    .patterns
                    .get(&other, self.budget.limits.pattern)
                    .map_err(|kind| EvalError { kind, span: expr.span })?;
                Ok(regex.is_match(&subject))
            }
            _ => Err(malformed(expr)),
        }
    }

    pub(super) fn text_function(
        &self,
        function: Function,
        arguments: &'f [Expr],
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Value<'f>, EvalError> {
        let [argument] = arguments else { return Err(malformed(expr)) };
        if function == Function::Text {
            let value = self.value(argument, frame)?;
            return self.shown(&value, &argument.ty, argument).map(Value::Text);
        }
        let text = self.text(argument, frame)?;
        self.budget.steps(text.len(), expr.span)?;
        Ok(Value::Text(match function {
            Function::LowerAscii if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Cow::Owned(text.to_ascii_lowercase())
            }
            Function::UpperAscii if text.bytes().any(|byte| byte.is_ascii_lowercase()) => {
                Cow::Owned(text.to_ascii_uppercase())
            }
            Function::LowerAscii | Function::UpperAscii => text,
            _ => return Err(malformed(expr)),
        }))
    }

    pub(super) fn join(
        &self,
        left: &'f Expr,
        right: &'f Expr,
        expr: &'f Expr,
        frame: &mut [Value<'f>],
    ) -> Result<Value<'f>, EvalError> {
        let left = self.text(left, frame)?;
        let right = self.text(right, frame)?;
        let length = left.len() + right.len();
        self.budget.steps(length, expr.span)?;
        let limit = self.budget.limits.text;
        if length > limit {
            return Err(EvalError { kind: EvalErrorKind::TextLimit(limit), span: expr.span });
        }
        let mut joined = left.into_owned();
        joined.push_str(&right);
        Ok(Value::Text(Cow::Owned(joined)))
    }

    fn text(&self, expr: &'f Expr, frame: &mut [Value<'f>]) -> Result<Cow<'f, str>, EvalError> {
        match self.value(expr, frame)? {
            Value::Text(text) => Ok(text),
            _ => Err(malformed(expr)),
        }
    }

    /// `string(a)`: numbers in base units in their shortest form, rows by key, times in UTC.
    fn shown(
        &self,
        value: &Value<'f>,
        ty: &Type,
        expr: &'f Expr,
    ) -> Result<Cow<'f, str>, EvalError> {
        Ok(match (value, ty) {
            (Value::Text(text), _) => text.clone(),
            (Value::Bool(value), _) => Cow::Borrowed(if *value { "true" } else { "false" }),
            (Value::Number(number), _) => Cow::Owned((number + 0.0).to_string()),
            (Value::Slot(number), _) => Cow::Owned(number.to_string()),
            (Value::Time(seconds), _) => Cow::Owned(
                time_text(*seconds)
                    .ok_or(EvalError { kind: EvalErrorKind::NotFinite, span: expr.span })?,
            ),
            (Value::Enum(word), Type::Enum(id)) => {
                let words = self.policy.enums.get(id.index()).ok_or(malformed(expr))?;
                let word = words.values.get(*word as usize).ok_or(malformed(expr))?;
                Cow::Borrowed(word.as_str())
            }
            (Value::Resource(resource), _) => {
                let resource = self.policy.resources.get(*resource as usize);
                Cow::Borrowed(resource.ok_or(malformed(expr))?.name.as_str())
            }
            (Value::Row(row), Type::Row(id)) => {
                let entity = self.policy.entities.get(id.index()).ok_or(malformed(expr))?;
                match self.facts.field(*id, entity.key, *row) {
                    Value::Text(key) => key,
                    _ => return Err(malformed(expr)),
                }
            }
            _ => return Err(malformed(expr)),
        })
    }
}

fn time_text(seconds: f64) -> Option<String> {
    let whole = seconds.floor();
    if !(-1e13..1e13).contains(&whole) {
        return None;
    }
    let nanoseconds = ((seconds - whole) * 1e9) as i32;
    let time = jiff::Timestamp::new(whole as i64, nanoseconds).ok()?;
    Some(time.to_string())
}

//! Why an expression has no value.

use std::fmt;

use apportion_diagnostic::Span;

use crate::policy::{EntityId, FieldId, Policy};

/// Why an expression has no value, and which part of it is to blame. Small and free of texts, as rules
/// that fail closed meet it often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvalError {
    /// What happened.
    pub kind: EvalErrorKind,
    /// The smallest part that has no value.
    pub span: Span,
}

/// The ways in which an evaluation ends without a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EvalErrorKind {
    /// A fact that is not there was read without a guard.
    AbsentRead(Absence),
    /// The right side of `/` or `%` is 0.
    DivisionByZero,
    /// The result is too large for a number, or is none.
    NotFinite,
    /// `min` or `max` of no value at all.
    EmptyExtreme,
    /// A size of a bin that is not greater than 0, or one of an item that is below it.
    SizeOutOfRange,
    /// A number of items for bins that is no whole number, or below 0.
    ItemsNotWhole,
    /// An item that is greater than the bins that it is for.
    ItemTooLarge,
    /// Items of one tuple of a decision, for one row of bins, that are of several sizes.
    ItemsDiffer,
    /// How many bins some items need takes more work to find out than is allowed.
    PackingLimit,
    /// The text given to `matches` is no regular expression.
    RegexInvalid,
    /// A regular expression needs more memory than [`super::Limits::pattern`].
    RegexTooBig(usize),
    /// One evaluation took more than [`super::Limits::steps`].
    StepLimit(u64),
    /// All evaluations together took more than [`super::Limits::total_steps`].
    TotalStepLimit(u64),
    /// Expressions and `let`s nest deeper than [`super::Limits::depth`].
    DepthLimit(u32),
    /// A text grew past [`super::Limits::text`] bytes.
    TextLimit(usize),
    /// A list or set grew past [`super::Limits::elements`].
    ElementLimit(usize),
    /// Whoever asked for the value wants no more values.
    Stopped,
    /// The expression holds a decision, so that facts alone do not decide it.
    NotGround,
    /// The expression is none that the checker lets through.
    Malformed,
}

/// A fact that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// A row leaves the field out.
    Field(EntityId, FieldId, u32),
    /// A map in the row has no entry under the key asked for.
    Entry(EntityId, FieldId, u32),
    /// A list has no such position.
    Position,
}

impl EvalErrorKind {
    /// Whether a fact is missing, rather than the policy at fault.
    pub fn is_absence(self) -> bool {
        matches!(self, EvalErrorKind::AbsentRead(_))
    }

    /// Whether a limit ended the evaluation.
    pub fn is_limit(self) -> bool {
        matches!(
            self,
            EvalErrorKind::RegexTooBig(_)
                | EvalErrorKind::StepLimit(_)
                | EvalErrorKind::TotalStepLimit(_)
                | EvalErrorKind::DepthLimit(_)
                | EvalErrorKind::TextLimit(_)
                | EvalErrorKind::ElementLimit(_)
                | EvalErrorKind::PackingLimit
        )
    }
}

impl EvalError {
    /// What happened, in words of the policy's author: `` a `Workload` has no `latency` ``.
    pub fn describe(&self, policy: &Policy) -> String {
        let EvalErrorKind::AbsentRead(absence) = self.kind else { return self.to_string() };
        let (entity, field) = match absence {
            Absence::Field(entity, field, _) | Absence::Entry(entity, field, _) => (entity, field),
            Absence::Position => return self.to_string(),
        };
        let Some(entity) = policy.entities.get(entity.index()) else { return self.to_string() };
        let Some(field) = entity.fields.get(field.index()) else { return self.to_string() };
        match absence {
            Absence::Entry(..) => {
                format!("a `{}` has no such entry in `{}`", entity.name, field.name)
            }
            _ => format!("a `{}` has no `{}`", entity.name, field.name),
        }
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            EvalErrorKind::AbsentRead(Absence::Field(..)) => f.write_str("a field is absent"),
            EvalErrorKind::AbsentRead(Absence::Entry(..)) => f.write_str("a map has no such entry"),
            EvalErrorKind::AbsentRead(Absence::Position) => {
                f.write_str("a list has no such position")
            }
            EvalErrorKind::DivisionByZero => f.write_str("division by zero"),
            EvalErrorKind::NotFinite => f.write_str("the result is too large to be a number"),
            EvalErrorKind::EmptyExtreme => f.write_str("the least or greatest of no value"),
            EvalErrorKind::SizeOutOfRange => {
                f.write_str("a bin is greater than 0, and no item is below 0")
            }
            EvalErrorKind::ItemsNotWhole => {
                f.write_str("a number of items is whole and not below 0")
            }
            EvalErrorKind::ItemTooLarge => {
                f.write_str("no bin holds an item that is greater than it")
            }
            EvalErrorKind::ItemsDiffer => {
                f.write_str("the items of one tuple are of one size in this version")
            }
            EvalErrorKind::PackingLimit => {
                f.write_str("how many bins these items need takes too long to find out")
            }
            EvalErrorKind::RegexInvalid => f.write_str("this is no regular expression"),
            EvalErrorKind::RegexTooBig(limit) => {
                write!(f, "this regular expression needs more than {limit} bytes")
            }
            EvalErrorKind::StepLimit(limit) => {
                write!(f, "this takes more than {limit} steps to work out")
            }
            EvalErrorKind::TotalStepLimit(limit) => {
                write!(f, "the policy takes more than {limit} steps to work out")
            }
            EvalErrorKind::DepthLimit(limit) => write!(f, "this nests deeper than {limit} levels"),
            EvalErrorKind::TextLimit(limit) => {
                write!(f, "this text grows longer than {limit} bytes")
            }
            EvalErrorKind::ElementLimit(limit) => {
                write!(f, "this list or set grows past {limit} elements")
            }
            EvalErrorKind::Stopped => f.write_str("the run was stopped"),
            EvalErrorKind::NotGround => f.write_str("facts alone do not decide this"),
            EvalErrorKind::Malformed => f.write_str("this expression did not pass the checker"),
        }
    }
}

impl std::error::Error for EvalError {}

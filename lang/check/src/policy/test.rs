//! Tests: what a policy is to decide over facts that its author gives.

use apportion_diagnostic::Span;
use smol_str::SmolStr;

use super::{Binder, Expr, ExprKind, ForecastId, InputId, Logic, ParamId, RuleId};

/// A `test` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its sentence.
    pub name: SmolStr,
    /// Over how many made-up worlds it is run; absent where it is run over the facts that it is given.
    pub worlds: Option<u32>,
    /// What it sets, in the author's order; each thing once.
    pub givens: Vec<Given>,
    /// What is to hold, at least one.
    pub expectations: Vec<Expectation>,
    /// The sentence.
    pub span: Span,
}

impl Test {
    /// Where it says that its plan is kept, if it does.
    pub fn snapshot(&self) -> Option<Span> {
        let mut expectations = self.expectations.iter();
        expectations.find(|it| it.claim == Claim::Snapshot).map(|it| it.span)
    }

    /// The rows that it gives an input, and where it says so.
    pub fn rows(&self, input: InputId) -> Option<(&Data, Span)> {
        self.givens.iter().find_map(|given| match &given.setting {
            Setting::Rows(id, data) if *id == input => Some((data, given.span)),
            _ => None,
        })
    }

    /// What it gives a forecast, and where it says so.
    pub fn forecast(&self, forecast: ForecastId) -> Option<(&Data, Span)> {
        self.givens.iter().find_map(|given| match &given.setting {
            Setting::Forecast(id, data) if *id == forecast => Some((data, given.span)),
            _ => None,
        })
    }

    /// What it says runs now, and where.
    pub fn current(&self) -> Option<(&Data, Span)> {
        self.givens.iter().find_map(|given| match &given.setting {
            Setting::Current(data) => Some((data, given.span)),
            _ => None,
        })
    }
}

/// Something that a test sets in place of the project's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What it sets, and to what.
    pub setting: Setting,
    /// The value, or the file's name.
    pub span: Span,
}

/// What a test can set.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// All rows of an input.
    Rows(InputId, Data),
    /// All values of a forecast.
    Forecast(ForecastId, Data),
    /// What runs now.
    Current(Data),
    /// A parameter: a ground expression without indices, which may read other parameters.
    Param(ParamId, Expr),
    /// The time of the plan, seconds since 1970-01-01T00:00Z.
    Now(f64),
}

/// Where a test has rows from.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A file, by its path from the project's folder.
    File(SmolStr),
    /// Written in the test.
    Written(Literal),
}

/// A value that is written as data has it: nothing is known of its type before it is read as a file is.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// What it is.
    pub kind: LiteralKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a [`Literal`].
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralKind {
    /// A text, a word, a time, or a number with its unit: `eu-1`, `spot`, `2026-11-28`, `4 GiB`.
    Text(SmolStr),
    /// A number without a unit: `3`, `-0.5`.
    Number(SmolStr),
    /// True or false.
    Bool(bool),
    /// Nothing is there.
    Absent,
    /// A set or a list.
    List(Vec<Literal>),
    /// A row, amounts or a map, by name.
    Record(Vec<(SmolStr, Literal)>),
}

/// A line `expect …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What is expected.
    pub claim: Claim,
    /// The rules that must be the reason: without them the claim could be false.
    pub by: Vec<RuleId>,
    /// What stands after `expect`, without its rules.
    pub span: Span,
}

/// What is expected of a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// That there is none.
    Infeasible,
    /// That it is the one that was kept, in all that it consists of.
    Snapshot,
    /// That a condition holds for the best one.
    Holds {
        /// The rows that it names, each an index over its input that is called by the key and takes that row alone.
        rows: Vec<Binder>,
        /// A boolean expression in which the rows are bound.
        condition: Expr,
        /// Slots of its frame.
        frame: usize,
    },
}

impl Claim {
    /// The conditions that `&&` joins, each of which must hold by itself.
    pub fn parts(&self) -> Vec<&Expr> {
        let mut parts = Vec::new();
        if let Claim::Holds { condition, .. } = self {
            split(condition, &mut parts);
        }
        parts
    }
}

fn split<'c>(condition: &'c Expr, into: &mut Vec<&'c Expr>) {
    match &condition.kind {
        ExprKind::Logic(Logic::And, left, right) => {
            split(left, into);
            split(right, into);
        }
        _ => into.push(condition),
    }
}

//! A checked policy: every name resolved, every unit converted, every expression typed and staged.
//!
//! This is what the engine compiles. It refers to no text but for spans, and it holds no facts: rows,
//! prices and the present time come from the world. Numbers are in the base units of
//! `apportion-units`; a literal `4 GiB` is 4 294 967 296.
//!
//! Indices of an item (binders, indices of a decision or a `let`) live in numbered slots of a frame,
//! so that an evaluator keeps one array of values per frame. Each item, each `let` and each
//! decision's `where` and bounds have a frame of their own, of the size stated there.

mod expressions;
mod fairness;
mod forecast;
mod ids;
mod overrides;
mod preemption;
mod rules;
mod test;

use apportion_diagnostic::Span;
use apportion_units::{Dimension, Period, Unit};
use smol_str::SmolStr;

pub use expressions::*;
pub use fairness::*;
pub use forecast::*;
pub use ids::*;
pub use overrides::*;
pub use preemption::*;
pub use rules::*;
pub use test::*;

/// Everything that a policy says. Lists are in the order of the entry module, imported items first.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Policy {
    /// The edition that the entry module names, 2026 where it names none.
    pub edition: u32,
    /// Kinds of row.
    pub entities: Vec<Entity>,
    /// Closed lists of words, inline ones included.
    pub enums: Vec<Enum>,
    /// Where rows come in; an entity has at most one input.
    pub inputs: Vec<Input>,
    /// Values that the manifest or the command line may set.
    pub params: Vec<Param>,
    /// What `amounts` hold one quantity of.
    pub resources: Vec<Resource>,
    /// Rows of equal stretches of time.
    pub slots: Vec<Slots>,
    /// What rows are expected to need or to have, slot by slot.
    pub forecasts: Vec<Forecast>,
    /// What the solver chooses.
    pub decisions: Vec<Decision>,
    /// Named expressions.
    pub lets: Vec<Let>,
    /// Rules of every kind.
    pub rules: Vec<Rule>,
    /// Changes of imported rules.
    pub overrides: Vec<Override>,
    /// Weights by attribute.
    pub priorities: Vec<Priority>,
    /// Shares that levels make fair.
    pub fairness: Vec<Fairness>,
    /// Limits on money.
    pub budgets: Vec<Budget>,
    /// The objective, most important level first. Empty: any placement that obeys the rules.
    pub levels: Vec<Level>,
    /// Values worth seeing.
    pub reports: Vec<Report>,
    /// What it is tested by. No plan depends on them.
    pub tests: Vec<Test>,
}

/// A kind of row.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Its name.
    pub name: SmolStr,
    /// Its fields, in the author's order; behind them those that hold its forecasts, which no file names.
    pub fields: Vec<Field>,
    /// The field that is its key.
    pub key: FieldId,
    /// The input whose rows they are; absent when none is declared, then no row exists.
    pub input: Option<InputId>,
    /// The item.
    pub span: Span,
}

/// A field of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: SmolStr,
    /// Its type, without the option.
    pub ty: Type,
    /// Whether a row may leave it out.
    pub optional: bool,
    /// What a row that leaves it out has: a ground expression without indices.
    pub default: Option<Expr>,
    /// Least and greatest value; quantities without a stated range are at least 0.
    pub range: (Option<f64>, Option<f64>),
    /// Whether only whole numbers are taken.
    pub whole: bool,
    /// The unit that the author declared, for messages and for display.
    pub unit: Option<Unit>,
    /// The field's declaration.
    pub span: Span,
}

/// A closed list of words.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// Its name; `Pool.tier` for one written inside an entity.
    pub name: SmolStr,
    /// Its values.
    pub values: Vec<SmolStr>,
    /// The declaration.
    pub span: Span,
}

/// Where rows of an entity come in.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name, which the manifest gives a source.
    pub name: SmolStr,
    /// The kind of its rows.
    pub entity: EntityId,
    /// The most rows.
    pub max: Option<u64>,
    /// The item.
    pub span: Span,
}

/// A value that the manifest or the command line may set.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: Type,
    /// Its value when nobody sets one: ground, without indices; may read other parameters.
    pub default: Option<Expr>,
    /// Least value allowed, ground.
    pub least: Option<Expr>,
    /// Greatest value allowed, ground.
    pub most: Option<Expr>,
    /// Whether only whole numbers are taken.
    pub whole: bool,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// What `amounts` hold one quantity of.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name.
    pub name: SmolStr,
    /// Its unit.
    pub unit: Unit,
    /// The item.
    pub span: Span,
}

/// Equal stretches of time, numbered from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots {
    /// Its name.
    pub name: SmolStr,
    /// How far it reaches, a ground duration.
    pub over: Expr,
    /// How long one slot is, a ground duration.
    pub every: Expr,
    /// Where the first one begins: at the last whole multiple of its length since 1970-01-01T00:00Z, as those of a
    /// forecast do, so that its rows keep their slots as time goes on; else at the time of the plan.
    pub aligned: bool,
    /// The item.
    pub span: Span,
}

/// What the solver chooses: a value for each tuple of indices for which `condition` holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Its name.
    pub name: SmolStr,
    /// Whether it was declared by `place`: the first index is placed onto the second.
    pub is_place: bool,
    /// Its indices, in slots `0 .. indices.len()`.
    pub indices: Vec<Binder>,
    /// The unit of its value.
    pub dimension: Dimension,
    /// Whether it takes whole numbers only (`count`, `flag`).
    pub whole: bool,
    /// Least value, ground; absent: 0.
    pub lower: Option<Expr>,
    /// Greatest value, ground; absent: none.
    pub upper: Option<Expr>,
    /// Which tuples exist, ground; absent: all.
    pub condition: Option<Expr>,
    /// Slots of the frame in which bounds and condition are evaluated.
    pub frame: usize,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// A named expression, evaluated in a frame of its own whose first slots are its indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Its name.
    pub name: SmolStr,
    /// Its indices, in slots `0 .. indices.len()`.
    pub indices: Vec<Binder>,
    /// Its meaning.
    pub value: Expr,
    /// Slots of its frame.
    pub frame: usize,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// Weights by attribute; `priority(w)` is the weight of the row `w`.
#[derive(Clone, Debug, PartialEq)]
pub struct Priority {
    /// Whose rows are weighed.
    pub entity: EntityId,
    /// What decides: an enum-valued expression over the row in slot 0.
    pub by: Expr,
    /// The weight of each value of the enum, ground.
    pub weights: Vec<Expr>,
    /// Who may be taken away in favour of whom; absent: that is left to the objective.
    pub preemption: Option<Preemption>,
    /// Slots of its frame.
    pub frame: usize,
    /// The item.
    pub span: Span,
}

/// A limit on money. The hard limit is enforced through the rule of kind [`RuleKind::Budget`] that
/// carries the budget's name: `factor * value <= limit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Its name.
    pub name: SmolStr,
    /// What is counted: money, or money per time when `period` is given.
    pub value: Expr,
    /// The limit in money: ground, without indices.
    pub limit: Expr,
    /// The calendar period that the limit is for. A `value` in money per time counts for the length
    /// of the period that holds the time of the plan; a `value` in money counts as it is.
    pub period: Option<Period>,
    /// Shares of the limit at which the plan says so, ground ratios.
    pub alerts: Vec<Expr>,
    /// The share of the limit beyond which a level pays, a ground ratio: enforced through the soft rule of kind
    /// [`RuleKind::Band`] that is called after the budget, as `cloud.band`. It is broken in the unit of the value, so
    /// that a rate is paid as a rate: `value <= band * limit / factor`.
    pub band: Option<Expr>,
    /// Slots of its frame.
    pub frame: usize,
    /// The rule that enforces it.
    pub rule: RuleId,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// One level of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its name.
    pub name: SmolStr,
    /// Whether more is better.
    pub maximize: bool,
    /// What is sought.
    pub value: Expr,
    /// How much later levels may give up: ground; a ratio of the level's value when `relative`.
    pub slack: Option<(Expr, bool)>,
    /// Slots of its frame.
    pub frame: usize,
    /// The level's line.
    pub span: Span,
}

/// A value worth seeing.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its name.
    pub name: SmolStr,
    /// What is shown: a value, or all shares of a `fairness`.
    pub value: Expr,
    /// What it is grouped by. Each reads one index by its name (`p.region`): within the value, every
    /// binder of that name then takes only the rows of the group.
    pub by: Vec<Group>,
    /// Slots of its frame.
    pub frame: usize,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// What a report is grouped by.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The binders' name that is restricted: `p`.
    pub index: SmolStr,
    /// What `p` runs over.
    pub domain: Domain,
    /// The group of a value: ground, the value in slot 0.
    pub key: Expr,
}

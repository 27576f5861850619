//! What a plan consists of; the fields are those of its JSON.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name and version of the format.
pub const FORMAT: &str = "apportion.plan/1";

/// A plan, or the facts of why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Plan {
    /// Name and version of this format.
    #[schemars(extend("const" = FORMAT))]
    pub format: String,
    /// The project's name.
    pub project: String,
    /// What is proven.
    pub status: Status,
    /// What ended the search before it was done: `time_limit`, `interrupt`, …
    pub stopped_by: Option<String>,
    /// Whether there is an assignment below.
    pub point: bool,
    /// The levels of the objective, most important first.
    pub levels: Vec<Level>,
    /// The policy's reports by name.
    pub metrics: BTreeMap<String, Metric>,
    /// What each decision is where it is not 0 or was not; sorted.
    pub decisions: BTreeMap<String, Vec<DecisionEntry>>,
    /// Steps from what runs now, in order.
    pub changes: Vec<Change>,
    /// What was asked for and is not placed.
    pub refused: Vec<Refused>,
    /// The rules by name.
    pub rules: BTreeMap<String, RuleSummary>,
    /// The changes of imported rules that are in force, in the order of the policy.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub overrides: Vec<Override>,
    /// The budgets by name.
    pub budgets: BTreeMap<String, Budget>,
    /// The service levels by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub slas: BTreeMap<String, Sla>,
    /// Every value that was assumed, and by what.
    pub filled: Vec<Filled>,
    /// What deserves attention.
    pub warnings: Vec<Warning>,
    /// The reference evaluator's word.
    pub check: Check,
    /// What the plan was made from and with.
    pub provenance: Provenance,
    /// Present: it was made of plans of parts of the fleet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partitioned: Option<Partitioned>,
    /// Size of the problem that was solved.
    pub model: ModelSize,
    /// Seconds by stage; left out where runs are to be the same to the byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
}

/// How a plan was made of plans of parts of the fleet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Partitioned {
    /// How many parts.
    pub parts: u64,
    /// How rows were dealt: `random` or `blocks`.
    pub by: String,
    /// The rules whose right sides several parts shared.
    pub shared: Vec<String>,
    /// Whether the best plans of the parts are together the best plan of the whole.
    pub exact: bool,
    /// Parts that had no plan, from 0.
    pub without_plan: Vec<u64>,
    /// At most so much, in the first level's unit, is lost to the best plan that is made without parts; absent where
    /// nothing is proven.
    pub loss: Option<f64>,
}

/// What is proven of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing is better.
    Optimal,
    /// Nothing is better by more than the gap that was asked for.
    WithinGap,
    /// The search ended before that was proven.
    Stopped,
    /// No placement obeys every rule.
    Infeasible,
    /// A level can be as good as one likes.
    Unbounded,
}

/// A level of the objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Level {
    /// Its name.
    pub name: String,
    /// `maximize` or `minimize`.
    pub sense: String,
    /// The plan's value, by the reference evaluator, in `unit`.
    pub value: Option<f64>,
    /// No plan is better than this, in `unit`; absent where nothing is proven.
    pub bound: Option<f64>,
    /// What the problem over classes proves by itself, in `unit`; present where `bound` is tighter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub class_bound: Option<f64>,
    /// Distance of value and bound as a share of the value.
    pub gap: Option<f64>,
    /// The unit; `1` for a plain number.
    pub unit: String,
    /// How far the search came.
    pub state: LevelState,
    /// Present where the level seeks fair shares: `value` is the least of them, or the share that, given to every group,
    /// would be worth as much as theirs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shares: Option<Shares>,
}

/// What groups have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Shares {
    /// How many problems were solved for them.
    pub solves: u64,
    /// Present where what shares are worth was approximated by tangents: by what part of `value`, or of the floor where that
    /// is more, a plan could be better at most, when the level was solved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<f64>,
    /// By kind of group, the widest first: the shares, in the order of the groups.
    pub tiers: Vec<Vec<Share>>,
}

/// What one group has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Share {
    /// What the group is called.
    pub group: String,
    /// Its share, in the level's unit.
    pub value: f64,
}

/// How far the search of a level came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LevelState {
    /// The gap is closed, or as small as was asked for.
    Proven,
    /// It ended before.
    Stopped,
    /// It was not begun.
    NotBegun,
}

/// A value that the policy reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Metric {
    /// The value, in `unit`; absent where it has groups.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<f64>,
    /// One value per group.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub groups: Vec<Group>,
    /// The unit; `1` for a plain number.
    pub unit: String,
}

/// The value of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Group {
    /// What the group is called, one word per `by`: keys, words, numbers of slots.
    pub by: Vec<String>,
    /// The same for people, where it differs: slots with the clock time of their beginning, `0 (14:00)`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shown: Option<String>,
    /// Its value, in the metric's unit.
    pub value: f64,
}

/// One tuple of a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DecisionEntry {
    /// The keys or words of its indices.
    pub at: Vec<String>,
    /// Its value, in the decision's unit.
    pub value: f64,
    /// What it is now, in the decision's unit.
    pub was: f64,
}

/// A step. Its subject and places are for people: slots have the clock time of their beginning, `0 (14:00)`; the
/// keys and numbers are in `decisions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Change {
    /// What happens.
    pub kind: ChangeKind,
    /// The decision.
    pub decision: String,
    /// What it happens to: the first index of a placement, every index else.
    pub subject: String,
    /// Where it is now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<String>,
    /// Where it will be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<String>,
    /// How much, in `unit`.
    pub amount: f64,
    /// The decision's unit; `1` for a plain number.
    pub unit: String,
    /// Present: it is taken away from where it runs, and a priority says in whose favour that may be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evicted: Option<Evicted>,
}

/// Why something that runs is taken away, and what is to be done first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Evicted {
    /// The class of what is taken away.
    pub class: String,
    /// Who has more than now where it ran, of classes that preempt it: those that gain most, the most first. Nobody:
    /// the other rules leave it no place.
    pub room_for: Vec<RoomFor>,
    /// How many more there are.
    pub others: u64,
    /// Seconds between the signal to end and the taking.
    pub grace_seconds: f64,
}

/// Something that has more than now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RoomFor {
    /// The row.
    pub row: String,
    /// Its class.
    pub class: String,
    /// Where it gains.
    pub place: String,
    /// How much, in the unit of the change.
    pub amount: f64,
}

/// What happens in a step.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It ends where it is, and goes nowhere.
    Removed,
    /// It goes from one place to another.
    Moved,
    /// It begins.
    Placed,
    /// A value that is no placement changes.
    Set,
}

/// What was asked for and is not placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Refused {
    /// The decision.
    pub decision: String,
    /// What was asked for.
    pub subject: String,
    /// How much of it is not placed, in `unit`.
    pub amount: f64,
    /// The decision's unit; `1` for a plain number.
    pub unit: String,
    /// Why, for people.
    pub reason: String,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RuleSummary {
    /// How often it was judged.
    pub rows: u64,
    /// How often it holds with nothing to spare.
    pub binding: u64,
    /// How often it is broken: soft, or no worse than now.
    pub violated: u64,
    /// What that costs, in the unit of the level that it counts in.
    pub penalty: f64,
    /// Whether it has a price instead of being enforced.
    pub soft: bool,
    /// How far it is rolled out; absent: it is enforced.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rollout: Option<Rollout>,
    /// Pairs that it shut out.
    pub shut_out: u64,
    /// Pairs among them, or instances, for which a fact was missing.
    pub unknown: u64,
    /// The first instance that binds or is broken, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub example: Option<String>,
}

/// A change of an imported rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Override {
    /// The rule.
    pub rule: String,
    /// What became of it.
    pub change: OverrideChange,
    /// The file and the line that say so: `policy/main.alloc:9`.
    pub by: String,
    /// When it ends: `2027-01-31T00:00:00Z`; absent: never.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<String>,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverrideChange {
    /// More holds beside it.
    Tightened,
    /// It has a price.
    Loosened,
}

/// How far a rule that is not enforced is rolled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rollout {
    /// It made no difference; what would have broken it is counted.
    Audit,
    /// It was broken only where nothing else was possible.
    Warn,
}

/// What a budget holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Budget {
    /// What is spent, in `unit`.
    pub spent: f64,
    /// The limit, in `unit`.
    pub limit: f64,
    /// The currency.
    pub unit: String,
    /// The calendar period; absent for a plain amount.
    pub per: Option<String>,
    /// The alerts.
    pub alerts: Vec<Alert>,
}

/// A share of a budget at which the plan says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Alert {
    /// The share of the limit, 1 being all of it.
    pub at: f64,
    /// Whether as much is spent.
    pub reached: bool,
}

/// What a service level promises and reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Sla {
    /// The share that is promised, 1 being all.
    pub promised: f64,
    /// The share that is kept: the least over the rows that the promise is made for.
    pub reached: f64,
    /// What is counted, in `unit`.
    pub counted: f64,
    /// What of it should not be, in `unit`.
    pub breached: f64,
    /// The unit; `1` for a plain number.
    pub unit: String,
    /// Where the least share is kept, in words; absent where the promise is made once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub least_at: Option<String>,
    /// Tuples that count as breaches because a fact was missing.
    pub unknown: u64,
}

/// A value that was assumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Filled {
    /// What was assumed: `Workload.gang = false`.
    pub what: String,
    /// For how many rows.
    pub count: u64,
    /// By what: where the policy says so.
    pub by: String,
}

/// What deserves attention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Warning {
    /// Its code.
    pub code: String,
    /// One line.
    pub message: String,
}

/// The reference evaluator's word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Check {
    /// Whether the assignment obeys every rule.
    pub passed: bool,
    /// How many rules were judged.
    pub rules: u64,
    /// The largest violation of a hard rule, in its own unit.
    pub worst_violation: f64,
}

/// What a plan was made from and with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Provenance {
    /// SHA-256 of the policy's texts, in hexadecimal.
    pub policy: String,
    /// SHA-256 of the facts, in hexadecimal: of keys, values and what runs now.
    pub world: String,
    /// The language's edition, a year.
    pub edition: u32,
    /// Version of this program.
    pub apportion: String,
    /// Name and version of the solver.
    pub solver: String,
    /// Limits, gap, threads, seed.
    pub settings: BTreeMap<String, String>,
    /// Parameters that the manifest or the command line set, as they were written.
    pub params: BTreeMap<String, String>,
    /// The time that the plan is for: `2026-11-23T14:00:00Z`.
    pub at: String,
}

/// Size of a problem.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ModelSize {
    /// Rows of the problem that was solved.
    pub rows: u64,
    /// Its columns.
    pub columns: u64,
    /// Columns among them that are values of decisions; the others help to say a rule.
    pub decisions: u64,
    /// Its coefficients.
    pub nonzeros: u64,
    /// Columns of whole values.
    pub integers: u64,
    /// Values of decisions, if no rows were alike.
    pub single_columns: u64,
    /// Columns that stay at their least, because others do at least as much for no more; by decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dominated: Vec<Dominated>,
}

/// Columns of a decision that others dominate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Dominated {
    /// The decision.
    pub decision: String,
    /// How many of its columns stay at their least.
    pub columns: u64,
    /// One of them.
    pub example: String,
    /// The column that does at least as much as that one for no more.
    pub by: String,
}

/// Seconds by stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Timings {
    /// Reading the policy's text, in seconds.
    pub parse: f64,
    /// Checking it, in seconds.
    pub check: f64,
    /// Reading the inputs, in seconds.
    pub load: f64,
    /// The policy over the world, in seconds.
    pub ground: f64,
    /// The mathematical problem, in seconds.
    pub lower: f64,
    /// Solving it, in seconds.
    pub solve: f64,
    /// From the answer to single placements, in seconds.
    pub lift: f64,
    /// Making single placements better, in seconds.
    pub improve: f64,
    /// Judging them, in seconds.
    pub judge: f64,
    /// Finding why what is not placed is not, in seconds.
    pub reasons: f64,
}

//! What presolve made of a problem, for people and for programs.

use apportion_units::{counted, format_number};
use serde::Serialize;

use crate::classes::Reading;
use crate::model::Dominated;

/// Digits of a number that are shown.
const DIGITS: usize = 6;

/// What presolve made of a problem.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Presolve {
    /// Columns that stay at their least, decision by decision.
    pub dominated: Vec<Outdone>,
    /// What needs no row, in the order of the policy.
    pub dropped: Vec<Dropped>,
    /// Columns that rules bound tighter than they are declared, by rule and decision.
    pub bounded: Vec<Bounded>,
    /// Conditions that are switched by less than declared bounds ask for.
    pub switched: Vec<Switched>,
}

/// Columns of a decision that stay at their least.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outdone {
    /// How many there are, and one of them.
    #[serde(flatten)]
    pub columns: Dominated,
    /// In what the other is better than that one: `level cost`, `rule demand`; empty where both are alike.
    pub better: Vec<String>,
}

/// Tuples for which a rule needs no row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dropped {
    /// The comparison or condition.
    #[serde(flatten)]
    pub rule: Reading,
    /// Why it needs none.
    pub why: Why,
    /// For how many tuples of rows it needs none.
    pub tuples: u64,
    /// For how many it is stated.
    pub of: u64,
    /// One of them: `fits[a-1]`.
    pub example: String,
}

/// Why a rule needs no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// There is no decision in it, and the facts keep it.
    Empty,
    /// The bounds of its decisions keep it.
    NeverBinds,
}

/// Columns that a rule bounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bounded {
    /// The comparison.
    #[serde(flatten)]
    pub rule: Reading,
    /// The decision.
    pub decision: String,
    /// How many of its columns.
    pub columns: u64,
    /// One of them.
    pub example: String,
    /// Its upper bound as declared; absent: none.
    pub from: Option<f64>,
    /// The bound that the rule leaves it.
    pub to: f64,
    /// The unit of both; `1` for counts.
    pub unit: String,
}

/// Conditions of a rule or a level that a column of 0 and 1 switches off.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Switched {
    /// The condition.
    #[serde(flatten)]
    pub rule: Reading,
    /// How many rows.
    pub rows: u64,
    /// One of them.
    pub example: String,
    /// The room that it would need by declared bounds, in the base unit of the comparison; absent: without end.
    pub from: Option<f64>,
    /// The room that it needs.
    pub to: f64,
}

/// Draws what presolve made of a problem; ends in a newline unless that is nothing.
pub fn presolve(presolve: &Presolve) -> String {
    let Presolve { dominated, dropped, bounded, switched } = presolve;
    let lines = dominated.iter().map(of_dominated);
    let lines = lines.chain(dropped.iter().map(of_dropped));
    let lines = lines.chain(bounded.iter().map(of_bounded));
    lines.chain(switched.iter().map(of_switched)).map(|line| format!("{line}\n")).collect()
}

fn of_dominated(it: &Outdone) -> String {
    let Outdone { columns: Dominated { decision, columns, example, by }, better } = it;
    let columns = counted(*columns as usize, "column", "columns");
    let better = match better.is_empty() {
        true => "which is as good".to_owned(),
        false => format!("which is better for {}", better.join(", ")),
    };
    format!("dominated: {columns} of `{decision}`, as `{example}` by `{by}`, {better}")
}

fn of_dropped(it: &Dropped) -> String {
    let why = match it.why {
        Why::Empty => "no decision is in it",
        Why::NeverBinds => "what is decided can never break it",
    };
    let (tuples, of) = (format_number(it.tuples as f64, 15), format_number(it.of as f64, 15));
    format!("rows dropped: {}, {tuples} of {of}, as `{}`: {why}", place(&it.rule), it.example)
}

fn of_bounded(it: &Bounded) -> String {
    let columns = counted(it.columns as usize, "column", "columns");
    let change = change(it.from, it.to, &it.unit);
    let (rule, decision, example) = (place(&it.rule), &it.decision, &it.example);
    format!(
        "bounds from capacity: {rule}, {columns} of `{decision}`, as `{example}` at most {change}"
    )
}

fn of_switched(it: &Switched) -> String {
    let rows = counted(it.rows as usize, "row", "rows");
    let (rule, change) = (place(&it.rule), change(it.from, it.to, "1"));
    format!("switches tightened: {rule}, {rows}, as `{}` by {change}", it.example)
}

fn place(reading: &Reading) -> String {
    format!("{} ({})", reading.item, reading.at)
}

fn change(from: Option<f64>, to: f64, unit: &str) -> String {
    let unit = if unit == "1" { String::new() } else { format!(" {unit}") };
    let to = format!("{}{unit}", format_number(to, DIGITS));
    match from {
        Some(from) => format!("{to} instead of {}{unit}", format_number(from, DIGITS)),
        None => format!("{to}, without end as declared"),
    }
}

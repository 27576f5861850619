//! Columns that are never needed, because another one does at least as much for no more.
//!
//! Column `B` dominates column `A` if both lie in the same rows, both are whole or both are not, and `B` has at least
//! the coefficient of `A` wherever a row has a lower bound, at most that wherever it has an upper one, and is worth at
//! least as much in every level. Whatever `A` exceeds its lower bound by can then be moved to `B`, provided that the
//! upper bound of `B` is never what stops it: no row lets `B` grow further, or none asks for more of it and less of it
//! is no worse. `A` is held at its lower bound (Andersen and Andersen, "Presolving in linear programming", 1995, dominated
//! columns; Gamrath, Koch, Martin, Miltenberger and Weninger, "Progress in presolving for mixed integer programming",
//! 2015, section 4). The best value of every level stays what it was; a row that names only one of two columns keeps
//! both.
//!
//! Columns are grouped by the rows that they lie in, by hashing; in a group each column is compared with at most
//! [`MOST_COMPARED`] that are kept: `n log n` in all. The way back is the identity; the way forth, for a start, is
//! [`Lowered::shift`].

use apportion_check::policy::{LevelId, RuleId};
use apportion_mip::{Columns, Model, Objective};

use crate::Lowered;
use crate::presolved::Held;

/// So many kept columns of a group are compared with each other column of it.
const MOST_COMPARED: usize = 256;
/// By what share a bound may be off that was worked out from a row.
const ROUNDING: f64 = 1e-9;

impl Lowered<'_> {
    /// Holds every dominated column of a decision at its lower bound, but those that have more at `kept`: a point
    /// that is not to be left for one that is no better. Which these are is in [`crate::Trace::presolved`].
    pub fn hold_dominated(&mut self, kept: Option<&[f64]>) {
        let goals: Vec<_> = self.objectives.iter().map(|it| &it.goal).collect();
        let columns = self.trace.num_decision_columns();
        let mut held = match self.with_shares() {
            Some(model) => dominated(&model, columns, &goals),
            None => dominated(&self.model, columns, &goals),
        };
        if let Some(kept) = kept {
            let lower = &self.model.columns.lower;
            held.retain(|it| kept[it.column as usize] <= lower[it.column as usize]);
        }
        for Held { column, .. } in &held {
            let column = *column as usize;
            self.model.columns.upper[column] = self.model.columns.lower[column];
        }
        self.trace.presolved.held = held;
    }

    /// The model with a row for each share that is to be fair, which asks for more than there can be; none without such
    /// shares.
    fn with_shares(&self) -> Option<Model> {
        let shares: Vec<&Objective> =
            self.objectives.iter().flat_map(|it| &it.shares).flat_map(|it| &it.sums).collect();
        (!shares.is_empty()).then(|| {
            let mut model = self.model.clone();
            for share in shares {
                model.push_row(f64::MAX, f64::INFINITY, share.costs.iter());
            }
            model
        })
    }

    /// In what a column differs from the one that it is held for, which is better: levels and rules.
    pub fn advantages(&self, held: &Held) -> (Vec<LevelId>, Vec<RuleId>) {
        let (column, by) = (held.column, held.by);
        let differs = |goal: &Objective| {
            let columns = |column: u32| column as usize..column as usize + 1;
            goal.costs.dense(columns(column)) != goal.costs.dense(columns(by))
        };
        let levels = self.objectives.iter().filter(|it| {
            differs(&it.goal) || it.shares.iter().flat_map(|it| &it.sums).any(differs)
        });
        let rows = 0..self.model.num_rows();
        let differs = |row: &usize| {
            let value = |column| self.model.rows.terms(*row).find(|it| it.0 == column);
            value(column).map(|it| it.1) != value(by).map(|it| it.1)
        };
        let rules = rows.filter(differs).filter_map(|row| self.trace.rule(row as u32));
        let mut rules: Vec<RuleId> = rules.collect();
        rules.sort_unstable();
        rules.dedup();
        (levels.filter_map(|it| it.level).collect(), rules)
    }

    /// The point with what it has of held columns moved to those that dominate them: feasible if it was, and no worse.
    pub fn shift(&self, point: &mut [f64]) {
        shift(&self.trace.presolved.held, &self.model.columns, point);
        self.complete(point);
    }
}

/// Moves as much as upper bounds let: no row asks for more.
pub(crate) fn shift(held: &[Held], columns: &Columns, point: &mut [f64]) {
    for Held { column, by, .. } in held {
        let (held, by) = (*column as usize, *by as usize);
        let moved = point[held] - columns.lower[held];
        point[held] = columns.lower[held];
        point[by] = (point[by] + moved).min(columns.upper[by]);
    }
}

/// Which of the first columns of a well-formed model are dominated by others of these, where it has these levels.
pub(crate) fn dominated(model: &Model, columns: usize, goals: &[&Objective]) -> Vec<Held> {
    let groups = groups(model, columns);
    if groups.is_empty() {
        return Vec::new();
    }
    let columns: Vec<u32> = groups.iter().flatten().copied().collect();
    let entries = Entries::of(model, &columns);
    let activities: Vec<Activity> =
        (0..model.num_rows()).map(|row| Activity::of(model, row)).collect();
    let costs: Vec<Vec<f64>> =
        goals.iter().map(|goal| goal.costs.dense(0..model.num_columns())).collect();
    let mut held = Vec::new();
    for group in &groups {
        let judged = group.iter().map(|column| {
            let entries = entries.of_column(*column);
            let worth = goals.iter().zip(&costs).map(|(goal, costs)| {
                let cost = costs[*column as usize];
                if goal.maximize { cost } else { -cost }
            });
            Judged::new(model, *column, entries, worth, &activities)
        });
        for (column, by) in compare(judged.collect()) {
            held.push(Held { column, by, upper: model.columns.upper[column as usize] });
        }
    }
    held.sort_unstable_by_key(|it| it.column);
    held
}

/// Columns that may be more than their lower bound and lie in the same rows as others, by those rows; two of a group
/// that do not are told apart later.
fn groups(model: &Model, count: usize) -> Vec<Vec<u32>> {
    let columns = &model.columns;
    let kind = |integer: &bool| if *integer { 1 } else { 0 };
    let mut keys: Vec<u64> = columns.integer.iter().map(kind).collect();
    for row in 0..model.num_rows() {
        let key = mixed(row as u64 + 2);
        for run in model.rows.runs(row) {
            run.columns().for_each(|column| {
                let place = &mut keys[column as usize];
                *place = place.wrapping_add(key);
            });
        }
    }
    let free = |column: &u32| {
        let (lower, upper) = (columns.lower[*column as usize], columns.upper[*column as usize]);
        lower.is_finite() && lower < upper && keys[*column as usize] > 1
    };
    // Most columns of a model pair by pair lie in rows of their own: these are not worth sorting.
    let slots = (2 * count).next_power_of_two();
    let slot = |column: &u32| keys[*column as usize] as usize & (slots - 1);
    let mut taken = vec![0u8; slots];
    for column in (0..count as u32).filter(free) {
        let taken = &mut taken[slot(&column)];
        *taken = taken.saturating_add(1);
    }
    let is_shared = |column: &u32| taken[slot(column)] > 1;
    let mut order: Vec<u32> = (0..count as u32).filter(|it| free(it) && is_shared(it)).collect();
    order.sort_unstable_by_key(|column| (keys[*column as usize], *column));
    let same = order.chunk_by(|one, other| keys[*one as usize] == keys[*other as usize]);
    same.filter(|group| group.len() > 1).map(<[u32]>::to_vec).collect()
}

/// A number whose bits depend on all bits of another (the finaliser of SplitMix64).
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Rows and coefficients of some columns.
struct Entries {
    /// By column of the model: its position here.
    places: Vec<u32>,
    /// By position: where its entries begin; one more at the end.
    starts: Vec<usize>,
    rows: Vec<(u32, f64)>,
}

const NOT_HERE: u32 = u32::MAX;

impl Entries {
    fn of(model: &Model, columns: &[u32]) -> Entries {
        let mut places = vec![NOT_HERE; model.num_columns()];
        for (at, column) in columns.iter().enumerate() {
            places[*column as usize] = at as u32;
        }
        let here = |row: usize| {
            let terms = model.rows.terms(row);
            let terms = terms.map(|(column, value)| (places[column as usize], value));
            terms.filter(|(at, value)| *at != NOT_HERE && *value != 0.0)
        };
        let mut starts = vec![0; columns.len() + 1];
        for row in 0..model.num_rows() {
            here(row).for_each(|(at, _)| starts[at as usize + 1] += 1);
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![(0, 0.0); starts[columns.len()]];
        for row in 0..model.num_rows() {
            for (at, value) in here(row) {
                rows[next[at as usize]] = (row as u32, value);
                next[at as usize] += 1;
            }
        }
        Entries { places, starts, rows }
    }

    fn of_column(&self, column: u32) -> &[(u32, f64)] {
        let at = self.places[column as usize] as usize;
        &self.rows[self.starts[at]..self.starts[at + 1]]
    }
}

/// What the terms of a row may come to.
#[derive(Clone, Copy)]
struct Activity {
    least: f64,
    greatest: f64,
}

impl Activity {
    fn of(model: &Model, row: usize) -> Activity {
        let mut activity = Activity { least: 0.0, greatest: 0.0 };
        for (column, value) in model.rows.terms(row) {
            let part = Activity::of_term(model, column, value);
            activity.least += part.least;
            activity.greatest += part.greatest;
        }
        activity
    }

    fn of_term(model: &Model, column: u32, value: f64) -> Activity {
        let column = column as usize;
        let one = value * model.columns.lower[column];
        let other = value * model.columns.upper[column];
        Activity { least: one.min(other), greatest: one.max(other) }
    }
}

/// A column as it is compared with others of its group.
struct Judged<'e> {
    column: u32,
    entries: &'e [(u32, f64)],
    /// What is better when greater: coefficients towards each bound of each row, then what it is worth in each level.
    goods: Vec<f64>,
    /// Whether its upper bound never stops it.
    is_free: bool,
}

impl<'e> Judged<'e> {
    fn new(
        model: &Model,
        column: u32,
        entries: &'e [(u32, f64)],
        worth: impl Iterator<Item = f64>,
        activities: &[Activity],
    ) -> Judged<'e> {
        let mut goods = Vec::new();
        // No row lets it be more; no row asks for more of it.
        let (mut most, mut enough) = (f64::INFINITY, model.columns.lower[column as usize]);
        for (row, value) in entries {
            let row = *row as usize;
            let own = Activity::of_term(model, column, *value);
            let (lower, upper) = (model.rows.lower[row], model.rows.upper[row]);
            // What the row leaves for this column where the others take or give the least, and the most.
            let (least, greatest) =
                (activities[row].least - own.least, activities[row].greatest - own.greatest);
            if lower > f64::NEG_INFINITY {
                goods.push(*value);
                match *value > 0.0 {
                    true => enough = greater(enough, (lower - least) / value),
                    false => most = lesser(most, (lower - greatest) / value),
                }
            }
            if upper < f64::INFINITY {
                goods.push(-value);
                match *value > 0.0 {
                    true => most = lesser(most, (upper - least) / value),
                    false => enough = greater(enough, (upper - greatest) / value),
                }
            }
        }
        let rows = goods.len();
        goods.extend(worth);
        if goods[rows..].iter().any(|worth| *worth > 0.0) {
            enough = f64::INFINITY;
        }
        if model.columns.integer[column as usize] {
            enough = enough.ceil();
            most = (most + ROUNDING * most.abs().max(1.0)).floor();
        }
        let upper = model.columns.upper[column as usize];
        let is_free = upper >= enough.min(most - ROUNDING * most.abs());
        Judged { column, entries, goods, is_free: is_free || upper == f64::INFINITY }
    }

    fn dominates(&self, other: &Judged<'_>) -> bool {
        let rows = |it: &Judged<'e>| it.entries.len();
        let same = |(one, other): (&(u32, f64), &(u32, f64))| one.0 == other.0;
        self.is_free
            && self.goods.iter().zip(&other.goods).all(|(one, other)| one >= other)
            && rows(self) == other.entries.len()
            && self.entries.iter().zip(other.entries).all(same)
    }
}

/// The lesser of two bounds; one that is no number says nothing.
fn lesser(most: f64, bound: f64) -> f64 {
    if bound.is_nan() { most } else { most.min(bound) }
}

/// The greater of two needs; one that is no number is without end.
fn greater(enough: f64, need: f64) -> f64 {
    if need.is_nan() { f64::INFINITY } else { enough.max(need) }
}

/// The dominated columns of a group, each with the one that dominates it: of two, that comes first in this order.
fn compare(mut group: Vec<Judged<'_>>) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    group.sort_by(|one, other| {
        let goods = one.goods.iter().zip(&other.goods);
        let order = goods.map(|(one, other)| other.total_cmp(one)).find(|order| order.is_ne());
        order.unwrap_or(one.column.cmp(&other.column))
    });
    let mut kept: Vec<&Judged<'_>> = Vec::new();
    for judged in &group {
        match kept.iter().find(|it| it.dominates(judged)) {
            Some(by) => pairs.push((judged.column, by.column)),
            None if kept.len() < MOST_COMPARED && judged.is_free => kept.push(judged),
            None => {}
        }
    }
    pairs
}

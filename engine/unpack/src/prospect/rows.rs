//! The single rows and the conditions that a few steps touch, worked out where they are asked for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use apportion_check::policy::RuleId;
use apportion_ground::{
    Columns, Family, Formula, Ground, Instance, Linear, Meaning, Piece, Sense, Sort, Tie,
};
use rustc_hash::FxHashMap;

use super::Cause;
use super::bins::Held;
use super::moves::each_moved;
use crate::moves::Running;
use crate::peaks::{Loads, Peaks};
use crate::slack::size;

/// A change of one tuple.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its column, numbered over all decisions.
    pub(super) column: u32,
    pub(super) tuple: Box<[u32]>,
    pub(super) amount: f64,
}

/// One column's part in one class row.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) family: u32,
    pub(super) row: u32,
    pub(super) term: u32,
    pub(super) coefficient: f64,
}

/// A rule that steps break, or break more than it is broken already.
#[derive(Clone, Debug)]
pub(super) enum Broken {
    /// A single row, and what its left side must change by.
    Sum { family: u32, row: u32, single: usize, lack: f64 },
    /// Bins that do not hold their items, though they are large enough together; by the position of their family.
    Bins(u32),
    /// A condition, by its position.
    Condition(u32),
    /// A class row of too many single rows.
    Unknown,
}

impl Broken {
    pub(super) fn cause(&self, ground: &Ground) -> Cause {
        match self {
            Broken::Sum { family, .. } => Cause::Sum(ground.families[*family as usize].rule),
            Broken::Bins(family) => Cause::Sum(ground.families[*family as usize].rule),
            Broken::Condition(at) => Cause::Condition(ground.instances[*at as usize].rule),
            Broken::Unknown => Cause::Unknown,
        }
    }
}

/// Tuples with their values, by column.
type ByColumn = FxHashMap<u32, Vec<(Box<[u32]>, f64)>>;

/// The left sides of the single rows of a class row.
type Left = Rc<[f64]>;

pub(super) struct Rows<'g> {
    pub(super) ground: &'g Ground,
    /// What runs now of decisions whose moves are counted.
    pub(super) running: Running<'g>,
    /// The tuples of each column that are not 0.
    values: ByColumn,
    /// The sums of these.
    totals: FxHashMap<u32, f64>,
    /// Where the parts of each column begin; one more than there are columns.
    start: Vec<u32>,
    parts: Vec<Part>,
    /// The conditions that speak of a column.
    conditions: FxHashMap<u32, Vec<u32>>,
    /// The left sides of the single rows of class rows that were asked for; absent: too many.
    lefts: RefCell<FxHashMap<(u32, u32), Option<Left>>>,
    /// What is in the bins of class rows that were asked for; absent: too many.
    pub(super) bins: RefCell<FxHashMap<(u32, u32), Option<Held>>>,
    /// Where the single rows of extremes are, what they come to, and what the extremes are.
    pub(super) peaks: Peaks,
    pub(super) loads: Loads,
    pub(super) extremes: Vec<f64>,
    work: Cell<u64>,
}

/// Class rows of more single rows than this are not looked at.
const MOST_SINGLES: usize = 1 << 22;

impl<'g> Rows<'g> {
    /// Parts are kept of the columns that are `looked_at`, and of those that count their moves.
    pub(super) fn new<'a>(
        ground: &'g Ground,
        values: impl IntoIterator<Item = (usize, &'a [u32], f64)>,
        looked_at: &mut [bool],
    ) -> Rows<'g> {
        let running = Running::new(ground);
        for (from, to) in running.columns() {
            looked_at[to as usize] |= looked_at[from as usize];
        }
        let mut by_tuple: Vec<FxHashMap<&[u32], u32>> = Vec::new();
        for columns in &ground.decisions {
            let numbered =
                (0..columns.len()).map(|at| (columns.tuple(at), columns.first + at as u32));
            by_tuple.push(numbered.collect());
        }
        let mut by_column = ByColumn::default();
        let mut totals: FxHashMap<u32, f64> = FxHashMap::default();
        let mut given: FxHashMap<(usize, &[u32]), f64> = FxHashMap::default();
        for (decision, tuple, value) in values {
            if !running.is_empty() {
                *given.entry((decision, tuple)).or_default() += value;
            }
            let sorts = tuple.iter().zip(&ground.decisions[decision].sorts);
            let classes: Vec<u32> = sorts
                .map(|(code, sort)| match sort {
                    Sort::Rows(input) => ground.spaces[input.index()].class_of[*code as usize],
                    Sort::Codes => *code,
                })
                .collect();
            if let Some(column) = by_tuple[decision].get(&*classes) {
                by_column.entry(*column).or_default().push((tuple.into(), value));
                *totals.entry(*column).or_default() += value;
            }
        }
        each_moved(ground, &given, &mut |column, tuple, value| {
            by_column.entry(column).or_default().push((tuple.into(), value));
            *totals.entry(column).or_default() += value;
        });
        let (peaks, loads) = peaked(ground, &by_column);
        let extremes = (0..ground.peaks.len()).map(|it| loads.value(&peaks, it)).collect();
        let (start, parts) = parts(ground, looked_at);
        let mut conditions: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (at, instance) in (0..).zip(&ground.instances) {
            each_column(&instance.formula, &ground.pieces, &mut |column| {
                let list = conditions.entry(column).or_default();
                if list.last() != Some(&at) {
                    list.push(at);
                }
            });
        }
        let (lefts, bins, work) = (RefCell::default(), RefCell::default(), Cell::new(0));
        Rows {
            ground,
            running,
            values: by_column,
            totals,
            start,
            parts,
            conditions,
            lefts,
            bins,
            peaks,
            loads,
            extremes,
            work,
        }
    }

    /// What an extreme is after the steps.
    pub(super) fn extreme_after(&self, peak: usize, steps: &[Step]) -> f64 {
        let mut changes: Vec<(usize, f64)> = Vec::new();
        for step in steps {
            let touches = self.peaks.touches.of(step.column);
            let own = touches.filter(|touch| touch.family as usize == peak);
            let places = places(self.ground, step.column, &step.tuple);
            for (single, more) in Peaks::changes(own, &places, step.amount) {
                match changes.iter_mut().find(|(known, _)| *known == single) {
                    Some((_, all)) => *all += more,
                    None => changes.push((single, more)),
                }
            }
        }
        self.worked(changes.len());
        self.loads.value_after(&self.peaks, (peak, self.extremes[peak]), &changes)
    }

    /// Steps taken so far.
    pub(super) fn work(&self) -> u64 {
        self.work.get()
    }

    pub(super) fn worked(&self, steps: usize) {
        self.work.set(self.work.get() + steps as u64);
    }

    pub(super) fn parts(&self, column: u32) -> &[Part] {
        let at = column as usize;
        &self.parts[self.start[at] as usize..self.start[at + 1] as usize]
    }

    /// The conditions that speak of a column, by position.
    pub(super) fn conditions(&self, column: u32) -> &[u32] {
        self.conditions.get(&column).map_or(&[], Vec::as_slice)
    }

    /// Calls `visit` with each hard rule that speaks of a column.
    pub(super) fn each_rule(&self, column: u32, visit: &mut dyn FnMut(RuleId)) {
        let families =
            self.parts(column).iter().map(|it| &self.ground.families[it.family as usize]);
        families.filter(|it| it.soft.is_none()).for_each(|it| visit(it.rule));
        let conditions = self.conditions(column).iter();
        let conditions = conditions.map(|at| &self.ground.instances[*at as usize]);
        conditions.filter(|it| it.soft.is_none()).for_each(|it| visit(it.rule));
    }

    /// The value of a step's tuple before the step.
    pub(super) fn value(&self, step: &Step) -> f64 {
        let known = self.values.get(&step.column).into_iter().flatten();
        known.filter(|(tuple, _)| *tuple == step.tuple).map(|(_, value)| value).sum()
    }

    pub(super) fn members(&self, columns: &Columns, at: usize) -> Vec<Vec<u32>> {
        let classes = columns.tuple(at).iter().zip(&columns.sorts);
        let members = classes.map(|(class, sort)| match sort {
            Sort::Codes => vec![*class],
            Sort::Rows(input) => self.ground.spaces[input.index()].members(*class).to_vec(),
        });
        members.collect()
    }

    /// What the steps break.
    pub(super) fn broken(&self, steps: &[Step]) -> Vec<Broken> {
        let steps = &*self.with_moves(steps);
        let mut broken: Vec<Broken> = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            for part in self.parts(step.column) {
                let family = &self.ground.families[part.family as usize];
                if family.soft.is_some() {
                    continue;
                }
                self.each_change(part, steps, at, &mut |single, before, after| {
                    let lack = lack(family, part.row, before, after);
                    if let Some(lack) = lack {
                        let Part { family, row, .. } = *part;
                        broken.push(Broken::Sum { family, row, single, lack });
                    } else {
                        broken.extend(self.unpacked(part, single, steps));
                    }
                })
                .unwrap_or_else(|| broken.push(Broken::Unknown));
            }
        }
        for at in self.touched_conditions(steps) {
            let instance = &self.ground.instances[at as usize];
            let (before, after) = self.violations(instance, steps);
            if instance.soft.is_none() && after > before + 1e-9 {
                broken.push(Broken::Condition(at));
            }
        }
        broken
    }

    /// The conditions that speak of the steps' columns, ascending.
    pub(super) fn touched_conditions(&self, steps: &[Step]) -> Vec<u32> {
        let all = steps.iter().flat_map(|step| self.conditions(step.column));
        let mut all: Vec<u32> = all.copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// By how much a condition is broken before and after the steps.
    pub(super) fn violations(&self, instance: &Instance, steps: &[Step]) -> (f64, f64) {
        self.worked(8);
        let before = self.meaning(&[]).violation(&instance.formula).unwrap_or(0.0);
        (before, self.meaning(steps).violation(&instance.formula).unwrap_or(0.0))
    }

    /// What formulas and pieces mean after the steps.
    pub(super) fn meaning<'m>(
        &'m self,
        steps: &'m [Step],
    ) -> Meaning<'m, impl Fn(u32) -> f64 + 'm> {
        let column = |column: u32| {
            let own = steps.iter().filter(|step| step.column == column);
            let total = self.totals.get(&column).copied().unwrap_or(0.0);
            total + own.map(|step| step.amount).sum::<f64>()
        };
        Meaning { pieces: &self.ground.pieces, column }
    }

    /// Calls `visit` with each single row of a part that the step at `at` touches and no step before it, with its
    /// left side before and after all steps; nothing where the class row has too many single rows.
    pub(super) fn each_change(
        &self,
        part: &Part,
        steps: &[Step],
        at: usize,
        visit: &mut dyn FnMut(usize, f64, f64),
    ) -> Option<()> {
        let left = self.left(part.family, part.row)?;
        if let ([step], true) = (steps, self.is_alone(part, steps[at].column)) {
            let change = part.coefficient * step.amount;
            self.each_single(part, &step.tuple, &mut |single| {
                self.worked(1);
                visit(single, left[single], left[single] + change);
            });
            return Some(());
        }
        let contributions = |step: &Step, single: usize| -> Option<f64> {
            let parts = self.parts(step.column).iter();
            let same = parts.filter(|it| (it.family, it.row) == (part.family, part.row));
            let mut total = None;
            for it in same {
                self.each_single(it, &step.tuple, &mut |touched| {
                    if touched == single {
                        *total.get_or_insert(0.0) += it.coefficient * step.amount;
                    }
                });
            }
            total
        };
        let mut singles = Vec::new();
        self.each_single(part, &steps[at].tuple, &mut |single| singles.push(single));
        self.worked(singles.len() * steps.len());
        // A tuple may have several parts in one row, and steps may share one: each row is visited once.
        let own = self.parts(steps[at].column).iter().take_while(|it| !std::ptr::eq(*it, part));
        let mut seen = Vec::new();
        for it in own.filter(|it| (it.family, it.row) == (part.family, part.row)) {
            self.each_single(it, &steps[at].tuple, &mut |single| seen.push(single));
        }
        for single in singles {
            let is_seen = seen.contains(&single)
                || steps[..at].iter().any(|step| contributions(step, single).is_some());
            if is_seen {
                continue;
            }
            let before = left[single];
            let change: f64 = steps.iter().filter_map(|step| contributions(step, single)).sum();
            visit(single, before, before + change);
        }
        Some(())
    }

    /// Whether a column has no other part in the row of this one.
    fn is_alone(&self, part: &Part, column: u32) -> bool {
        let parts = self.parts(column).iter();
        parts.filter(|it| (it.family, it.row) == (part.family, part.row)).count() == 1
    }

    fn left(&self, family: u32, row: u32) -> Option<Left> {
        if let Some(known) = self.lefts.borrow().get(&(family, row)) {
            return known.clone();
        }
        let left = self.worked_out(family, row);
        self.lefts.borrow_mut().insert((family, row), left.clone());
        left
    }

    /// How many single rows a class row has; absent: too many.
    pub(super) fn singles(&self, family: u32, row: u32) -> Option<usize> {
        let stated = &self.ground.families[family as usize];
        let key = stated.key(row as usize).iter().zip(&stated.quantifiers);
        let sizes = key.map(|(class, it)| size(it.sort, *class, &self.ground.spaces));
        let singles = sizes.fold(1usize, |all, size| all.saturating_mul(size));
        (singles <= MOST_SINGLES).then_some(singles)
    }

    /// The tuples of a column that are not 0.
    pub(super) fn values_of(&self, column: u32) -> &[(Box<[u32]>, f64)] {
        self.values.get(&column).map_or(&[], Vec::as_slice)
    }

    fn worked_out(&self, family: u32, row: u32) -> Option<Left> {
        let stated = &self.ground.families[family as usize];
        let mut left = vec![0.0; self.singles(family, row)?];
        for term in 0..stated.terms.len() {
            let (columns, coefficients) = stated.entries(row as usize, term);
            self.worked(columns.len());
            for (column, coefficient) in columns.iter().zip(coefficients) {
                let part = Part { family, row, term: term as u32, coefficient: *coefficient };
                for (tuple, value) in self.values.get(column).into_iter().flatten() {
                    self.each_single(&part, tuple, &mut |single| {
                        left[single] += coefficient * value;
                    });
                }
            }
        }
        Some(left.into())
    }

    /// Calls `visit` with each single row of a part that a tuple is in, by its place in the class row.
    pub(super) fn each_single(&self, part: &Part, tuple: &[u32], visit: &mut dyn FnMut(usize)) {
        let family = &self.ground.families[part.family as usize];
        let ties = &family.terms[part.term as usize].ties;
        let key = family.key(part.row as usize);
        // Of each quantifier over rows: how many members there are, and the place of the tuple's, if it is tied to one.
        let axes = key.iter().zip(&family.quantifiers).enumerate();
        let axes = axes.filter_map(|(number, (class, quantifier))| {
            let Sort::Rows(input) = quantifier.sort else { return None };
            let members = self.ground.spaces[input.index()].members(*class);
            let tied = ties.iter().position(|tie| *tie == Tie::Quantifier(number as u8));
            let place = tied.map(|index| members.binary_search(&tuple[index]).unwrap_or(0));
            Some((members.len(), place))
        });
        each_place(axes, 0, visit);
    }

    /// The members of the quantifiers of a single row.
    pub(super) fn key_of(&self, family: u32, row: u32, single: usize) -> Vec<u32> {
        let family = &self.ground.families[family as usize];
        let key = family.key(row as usize).iter().zip(&family.quantifiers).rev();
        let mut rest = single;
        let mut members: Vec<u32> = key
            .map(|(class, quantifier)| match quantifier.sort {
                Sort::Codes => *class,
                Sort::Rows(input) => {
                    let members = self.ground.spaces[input.index()].members(*class);
                    let member = members[rest % members.len()];
                    rest /= members.len();
                    member
                }
            })
            .collect();
        members.reverse();
        members
    }
}

/// Calls `visit` with the number of each single row, the last axis the fastest.
fn each_place(
    mut axes: impl Iterator<Item = (usize, Option<usize>)> + Clone,
    before: usize,
    visit: &mut dyn FnMut(usize),
) {
    match axes.next() {
        None => visit(before),
        Some((size, Some(place))) => each_place(axes, before * size + place, visit),
        Some((size, None)) => {
            (0..size).for_each(|place| each_place(axes.clone(), before * size + place, visit));
        }
    }
}

fn parts(ground: &Ground, looked_at: &[bool]) -> (Vec<u32>, Vec<Part>) {
    let mut counts = vec![0u32; looked_at.len() + 1];
    let each = |visit: &mut dyn FnMut(u32, Part)| {
        for (number, family) in (0..).zip(&ground.families) {
            for row in 0..family.len() {
                for term in 0..family.terms.len() {
                    let (columns, values) = family.entries(row, term);
                    let entries = columns.iter().zip(values);
                    for (column, value) in
                        entries.filter(|(column, _)| looked_at[**column as usize])
                    {
                        let (row, term, coefficient) = (row as u32, term as u32, *value);
                        visit(*column, Part { family: number, row, term, coefficient });
                    }
                }
            }
        }
    };
    each(&mut |column, _| counts[column as usize + 1] += 1);
    for at in 1..counts.len() {
        counts[at] += counts[at - 1];
    }
    let start = counts.clone();
    let nothing = Part { family: 0, row: 0, term: 0, coefficient: 0.0 };
    let mut parts = vec![nothing; start.last().copied().unwrap_or(0) as usize];
    each(&mut |column, part| {
        parts[counts[column as usize] as usize] = part;
        counts[column as usize] += 1;
    });
    (start, parts)
}

/// By how much a left side is on the wrong side of a row's right side; positive: above.
pub(super) fn excess(family: &Family, row: u32, left: f64) -> f64 {
    let difference = left - family.right[row as usize];
    match family.sense {
        Sense::LessEqual => difference.max(0.0),
        Sense::GreaterEqual => difference.min(0.0),
        Sense::Equal => difference,
    }
}

/// What the left side must change by so that the row holds, or is broken no more than before.
fn lack(family: &Family, row: u32, before: f64, after: f64) -> Option<f64> {
    let (was, is) = (excess(family, row, before), excess(family, row, after));
    let size = family.right[row as usize].abs().max(before.abs()).max(after.abs());
    // What a solver leaves of its arithmetic is no reason, and the step itself is no arithmetic.
    let rounding = (1e-6 * size).min(1e-3 * (after - before).abs());
    (is.abs() > rounding && is.abs() > was.abs() + rounding).then_some(-is)
}

/// The single rows of extremes, and what they come to.
fn peaked(ground: &Ground, values: &ByColumn) -> (Peaks, Loads) {
    let peaks = Peaks::new(ground);
    let mut loads = peaks.nothing();
    if !ground.peaks.is_empty() {
        for (column, tuples) in values {
            for (tuple, value) in tuples {
                loads.add(&peaks, *column, &places(ground, *column, tuple), *value);
            }
        }
    }
    (peaks, loads)
}

/// The places of a tuple's members within their classes.
fn places(ground: &Ground, column: u32, tuple: &[u32]) -> Vec<u32> {
    let decision = ground.decisions.partition_point(|it| it.first <= column) - 1;
    let columns = &ground.decisions[decision];
    let classes = columns.tuple((column - columns.first) as usize).iter();
    let members = classes.zip(&columns.sorts).zip(tuple);
    let places = members.map(|((class, sort), member)| match sort {
        Sort::Codes => 0,
        Sort::Rows(input) => {
            let members = ground.spaces[input.index()].members(*class);
            members.binary_search(member).unwrap_or(0) as u32
        }
    });
    places.collect()
}

/// Calls `visit` with each column that a formula speaks of.
pub(super) fn each_column(formula: &Formula, pieces: &[Piece], visit: &mut dyn FnMut(u32)) {
    match formula {
        Formula::Constant(_) => {}
        Formula::Atom(linear, _) => each_column_of(linear, pieces, visit),
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| each_column(part, pieces, visit));
        }
        Formula::Not(part) => each_column(part, pieces, visit),
    }
}

/// Calls `visit` with each column that a sum speaks of.
pub(super) fn each_column_of(linear: &Linear, pieces: &[Piece], visit: &mut dyn FnMut(u32)) {
    linear.entries.iter().for_each(|entry| visit(entry.column));
    for (piece, _) in &linear.pieces {
        match &pieces[*piece as usize] {
            Piece::Max(parts) | Piece::Min(parts) => {
                parts.iter().for_each(|part| each_column_of(part, pieces, visit));
            }
            Piece::Abs(part) => each_column_of(part, pieces, visit),
            Piece::Holds(formula) => each_column(formula, pieces, visit),
            Piece::Choose(test, then, otherwise) => {
                each_column(test, pieces, visit);
                each_column_of(then, pieces, visit);
                each_column_of(otherwise, pieces, visit);
            }
        }
    }
}

//! What stands in the way of one more unit, and what it would bring.
//!
//! One more unit of a row is tried at each of its places, beside the values that a plan has, together with the
//! side effects that rules demand: where a rule has no room, a decision that is no placement is moved so that it
//! has, and what that breaks is looked at in turn. No other placement is touched. The search is greedy and
//! bounded: that a unit fits is sure but for what [`Cause::Unknown`] hides, and so is a rule without room that no
//! decision gives any.

mod bins;
mod gain;
mod moves;
mod rows;
mod side;

use std::collections::BTreeMap;

use apportion_check::policy::RuleId;
use apportion_ground::{Ground, Sort};
use rustc_hash::FxHashMap;

use crate::place::each_tuple;
use gain::Gains;
use rows::{Rows, Step};

/// A rule that has no room for one more unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A sum that has none, whatever else is decided for what is no placement.
    Sum(RuleId),
    /// A condition that one more unit by itself does not keep; several together may.
    Condition(RuleId),
    /// The search ended before anything was found.
    Unknown,
}

/// What was found about one more unit of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prospect {
    /// At how many places which causes stand in the way; without causes, the place is shut.
    pub blocked: BTreeMap<Vec<Cause>, u64>,
    /// Where it fits: by how much each objective gets better, at the place where that is the most.
    pub fits: Option<Vec<f64>>,
    /// By how much each objective gets better by the unit alone, whether it fits or not.
    pub alone: Vec<f64>,
    /// Whether it may bring more than that: it gives room to a decision that an objective gains from.
    pub gives_room: bool,
    /// Whether there were more places than could be looked at.
    pub is_cut: bool,
}

/// A plan that one more unit is tried beside.
pub struct Prospects<'g> {
    ground: &'g Ground,
    rows: Rows<'g>,
    gains: Gains<'g>,
    /// By decision and class of its first index: its columns, by their place in the decision.
    by_first: Vec<FxHashMap<u32, Vec<u32>>>,
    /// By decision: whether it may be moved as a side effect.
    movable: Vec<bool>,
    /// Whether to end now.
    is_over: &'g dyn Fn() -> bool,
}

/// Places at which a unit fits that are compared.
const FITS: usize = 8;
/// Steps that looking at one place may take, and at all places of all rows together.
const WORK_OF_PLACE: u64 = 20_000;
const WORK: u64 = 4_000_000;

impl<'g> Prospects<'g> {
    /// Beside these values, given by decision and tuple of row numbers and codes. Asked for will be `rows` of
    /// the first index, by decision; decisions that are `movable` may be moved to make room. Once `is_over`, no more
    /// places are looked at.
    pub fn beside<'a>(
        ground: &'g Ground,
        values: impl IntoIterator<Item = (usize, &'a [u32], f64)>,
        rows: &[(usize, u32)],
        movable: Vec<bool>,
        is_over: &'g dyn Fn() -> bool,
    ) -> Prospects<'g> {
        let by_first = ground.decisions.iter().map(|columns| {
            let mut by_first: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
            for at in 0..columns.len() {
                if let Some(first) = columns.tuple(at).first() {
                    by_first.entry(*first).or_default().push(at as u32);
                }
            }
            by_first
        });
        let by_first: Vec<_> = by_first.collect();
        let mut looked_at = vec![false; ground.decisions.iter().map(|it| it.len()).sum()];
        for (decision, row) in rows {
            let columns = &ground.decisions[*decision];
            let class = class_of(ground, *decision, *row);
            for at in class.and_then(|class| by_first[*decision].get(&class)).into_iter().flatten()
            {
                looked_at[(columns.first + at) as usize] = true;
            }
        }
        for (columns, _) in ground.decisions.iter().zip(&movable).filter(|(_, movable)| **movable) {
            let first = columns.first as usize;
            looked_at[first..first + columns.len()].fill(true);
        }
        let mut movable = movable;
        movable.resize(ground.decisions.len(), false);
        let rows = Rows::new(ground, values, &mut looked_at);
        Prospects { ground, rows, gains: Gains::new(ground), by_first, movable, is_over }
    }

    /// The class of a row of the first index of a decision.
    pub fn class_of(&self, decision: usize, row: u32) -> Option<u32> {
        class_of(self.ground, decision, row)
    }

    /// The columns of a row of the first index of a decision, by their place in it.
    pub fn columns_of(&self, decision: usize, row: u32) -> &[u32] {
        let class = self.class_of(decision, row);
        class.and_then(|class| self.by_first[decision].get(&class)).map_or(&[], Vec::as_slice)
    }

    /// The hard rules that speak of a row of the first index of a decision.
    pub fn rules_of(&self, decision: usize, row: u32) -> Vec<RuleId> {
        let first = self.ground.decisions[decision].first;
        let mut rules: Vec<RuleId> = Vec::new();
        for at in self.columns_of(decision, row) {
            self.rows.each_rule(first + at, &mut |rule| {
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            });
        }
        rules.sort();
        rules
    }

    /// What stands in the way of `amount` more of a row of the first index of a decision, all in one place.
    pub fn of(&self, decision: usize, row: u32, amount: f64) -> Prospect {
        let ground = self.ground;
        let columns = &ground.decisions[decision];
        let mut prospect = Prospect::default();
        let mut fits = 0;
        let is_alike = self.gains.are_of_columns() && self.rows.moves_nothing();
        for at in self.columns_of(decision, row) {
            let at = *at as usize;
            if self.is_spent() {
                prospect.is_cut = true;
                break;
            }
            let column = columns.first + at as u32;
            prospect.gives_room |= self.gives_room(column, amount);
            let mut members = self.rows.members(columns, at);
            members[0] = vec![row];
            let mut tuple = vec![0; members.len()];
            let mut is_known = false;
            each_tuple(&members, 0, &mut tuple, &mut |tuple| {
                if fits >= FITS || self.is_spent() {
                    prospect.is_cut |= fits < FITS;
                    return;
                }
                self.rows.worked(1);
                let step = Step { column, tuple: tuple.into(), amount };
                if !std::mem::replace(&mut is_known, is_alike) {
                    let alone = self.gains.of(&self.rows, std::slice::from_ref(&step));
                    if prospect.alone.is_empty() || is_better(&alone, &prospect.alone) {
                        prospect.alone = alone;
                    }
                }
                match self.attempt(step) {
                    Ok(gain) => {
                        fits += 1;
                        if prospect.fits.as_ref().is_none_or(|known| is_better(&gain, known)) {
                            prospect.fits = Some(gain);
                        }
                    }
                    Err(causes) => *prospect.blocked.entry(causes).or_default() += 1,
                }
            });
        }
        if prospect.is_cut {
            *prospect.blocked.entry(vec![Cause::Unknown]).or_default() += 1;
        }
        prospect
    }

    /// Whether no more places are to be looked at.
    fn is_spent(&self) -> bool {
        self.rows.work() > WORK || (self.is_over)()
    }

    /// What a unit at one place brings with its side effects, or what stands in the way.
    fn attempt(&self, step: Step) -> Result<Vec<f64>, Vec<Cause>> {
        let work = self.rows.work();
        if work > WORK {
            return Err(vec![Cause::Unknown]);
        }
        let upper = self.ground.declared[step.column as usize];
        let rounding = 1e-6 * upper.abs().max(step.amount).min(1.0);
        let is_within = self.rows.value(&step) + step.amount <= upper + rounding;
        let mut causes = Vec::new();
        let mut steps = vec![step];
        let fits = is_within && self.settle(&mut steps, work + WORK_OF_PLACE, &mut causes);
        if fits {
            return Ok(self.gains.of(&self.rows, &steps));
        }
        causes.sort();
        causes.dedup();
        Err(causes)
    }
}

/// Whether one list of gains is better than another, the most important first.
fn is_better(a: &[f64], b: &[f64]) -> bool {
    let mut both = a.iter().zip(b);
    both.find(|(a, b)| (*a - *b).abs() > 1e-9 * a.abs().max(b.abs())).is_some_and(|(a, b)| a > b)
}

fn class_of(ground: &Ground, decision: usize, row: u32) -> Option<u32> {
    ground.decisions[decision].sorts.first().map(|sort| match sort {
        Sort::Rows(input) => ground.spaces[input.index()].class_of[row as usize],
        Sort::Codes => row,
    })
}

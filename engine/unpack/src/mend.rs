//! Rows that balance some placements against others.
//!
//! Where a rule asks that one thing be placed only beside another, none of them has room before the other is there.
//! So such rows are left out of account while counts that keep them are placed, and what is still out of balance
//! afterwards is taken away.

use apportion_ground::{Family, Tie};
use rustc_hash::FxHashMap;

use crate::place::{GRAIN, Placer};

/// How often rows are gone through: taking from one may put another out of balance.
const MOST_ROUNDS: usize = 100;
/// What a row may be short of, as a share of its size.
const ROUNDING: f64 = 1e-7;

/// Whether a family's rows balance columns against each other, whichever of their members it is: they must hold,
/// some columns give room, and no member of any class is told from another.
pub(crate) fn is_balance(family: &Family, has_givers: bool) -> bool {
    let mut ties = family.terms.iter().flat_map(|term| &term.ties);
    has_givers && family.soft.is_none() && ties.all(|tie| *tie == Tie::Free)
}

impl Placer<'_> {
    /// Does something with rows of balance left out of account, then takes away what is out of balance. Gives whether
    /// all rows hold again.
    pub(crate) fn unbalanced<T>(&mut self, place: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let has_balances = self.index.balances.contains(&true);
        self.ignores_balances = has_balances;
        let placed = place(self);
        self.ignores_balances = false;
        let is_kept = !has_balances || self.mend();
        (placed, is_kept)
    }

    /// Takes away what rows of balance have no room for, the least valuable first.
    fn mend(&mut self) -> bool {
        let mut takers: FxHashMap<(u32, usize), Vec<(u32, f64)>> = FxHashMap::default();
        for column in 0..self.totals.len() as u32 {
            for touch in self.index.hard.of(column) {
                if self.index.balances[touch.family as usize] && touch.takes > 0.0 {
                    takers
                        .entry((touch.family, touch.first))
                        .or_default()
                        .push((column, touch.takes));
                }
            }
        }
        let mut rows: Vec<_> = takers.into_iter().collect();
        rows.sort_by_key(|(row, _)| *row);
        for (_, columns) in &mut rows {
            let loss = |it: &(u32, f64)| self.gain(it.0) / it.1;
            columns.sort_by(|a, b| loss(a).total_cmp(&loss(b)).then(a.0.cmp(&b.0)));
        }
        let placed = self.by_column();
        for _ in 0..MOST_ROUNDS {
            let mut is_kept = true;
            for ((family, row), columns) in &rows {
                let room = |placer: &Self| placer.slacks.room(*family as usize, *row);
                let least = -ROUNDING * columns.iter().map(|(_, takes)| *takes).fold(0.0, f64::max);
                if room(self) >= least {
                    continue;
                }
                is_kept = false;
                for (column, takes) in columns {
                    let decision = self.index.decision_of(*column);
                    for tuple in placed.get(column).into_iter().flatten() {
                        if room(self) >= least {
                            break;
                        }
                        let held = self.value(decision, tuple);
                        let wanted = -room(self) / takes;
                        let whole = self.ground.decisions[decision].whole;
                        let wanted = if whole { (wanted - GRAIN).ceil() } else { wanted };
                        if held > 0.0 {
                            self.put(decision, *column, tuple, -wanted.min(held));
                        }
                    }
                }
            }
            if is_kept {
                return true;
            }
        }
        false
    }

    /// What one unit of a column brings at the first level.
    fn gain(&self, column: u32) -> f64 {
        let objectives = self.ground.objectives.iter();
        let first = objectives.enumerate().find(|(_, objective)| objective.level.is_some());
        first.map_or(0.0, |(number, objective)| {
            let cost = self.worth.cost(number, column);
            if objective.maximize { cost } else { -cost }
        })
    }

    /// The tuples of each column that has any, ascending.
    fn by_column(&self) -> FxHashMap<u32, Vec<Box<[u32]>>> {
        let mut tuples: FxHashMap<u32, Vec<Box<[u32]>>> = FxHashMap::default();
        for (decision, columns) in self.ground.decisions.iter().enumerate() {
            if columns.moves.is_some() {
                continue;
            }
            for (tuple, _) in self.singles().sorted(decision) {
                if let Some(column) = self.index.column_of(decision, tuple) {
                    tuples.entry(column).or_default().push(tuple.into());
                }
            }
        }
        tuples
    }
}

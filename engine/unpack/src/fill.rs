//! Filling the room that is left.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use crate::counting::{RowKey, tuples};
use crate::place::{Choice, Placer};

/// What is filled first of what is worth the same; of one asker's choices, that where others want the least.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// What asks for little: where there is far too little room, that serves the most.
    Small,
    /// What has the fewest choices, and of that what asks for much: where there is nearly enough, that leaves the
    /// least out.
    Bound,
}

impl Placer<'_> {
    /// Adds units as long as the first level gains from them and they fit, the most valuable first. Gives how many.
    pub(crate) fn fill(&mut self, manner: Manner, interrupted: &dyn Fn() -> bool) -> u64 {
        let order = self.order(manner);
        self.choice = match manner {
            Manner::Small => Choice::Tightest,
            Manner::Bound => Choice::Level,
        };
        let mut added = 0;
        for column in order {
            if interrupted() {
                break;
            }
            let decision = self.index.decision_of(column);
            let columns = &self.ground.decisions[decision];
            let most = columns.most[(column - columns.first) as usize];
            if most.is_finite() {
                added += self.place(decision, column, most, interrupted) as u64;
            }
        }
        self.choice = Choice::Tightest;
        added
    }

    /// What the first level gains from all whole columns.
    pub(crate) fn gained(&self) -> f64 {
        self.gains().iter().map(|(column, gain)| gain * self.totals[*column as usize]).sum()
    }

    /// Columns that the first level gains from, in the order in which they are filled.
    fn order(&self, manner: Manner) -> Vec<u32> {
        let gains = self.gains();
        let demand = Demand::new(self, &gains);
        let mut order: Vec<([f64; 4], u32)> = gains
            .iter()
            .map(|(column, gain)| {
                let (size, wanted) = demand.of(self, *column);
                let asker = self.index.counting.tightest(self.index.hard.of(*column));
                let choices = asker.map_or(f64::INFINITY, |asker| asker.tuples);
                let rank = match manner {
                    Manner::Small => [-gain, size, 0.0, wanted],
                    Manner::Bound => [-gain, choices, -size, wanted],
                };
                (rank, *column)
            })
            .collect();
        order.sort_by(|(a, at), (b, other)| {
            let ranks = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
            ranks.fold(Ordering::Equal, Ordering::then).then(at.cmp(other))
        });
        order.into_iter().map(|(_, column)| column).collect()
    }

    /// Whole columns that the first level gains from, with the gain of one unit.
    pub(crate) fn gains(&self) -> Vec<(u32, f64)> {
        let Some(first) = self.ground.objectives.iter().find(|it| it.level.is_some()) else {
            return Vec::new();
        };
        let columns = self.ground.decisions.iter().map(|it| it.len()).sum();
        let mut gains = vec![0.0; columns];
        for entry in &first.value.entries {
            let gain = if first.maximize { entry.value } else { -entry.value };
            gains[entry.column as usize] += gain;
        }
        let whole = |column: u32| self.ground.decisions[self.index.decision_of(column)].whole;
        let numbered = gains.into_iter().enumerate().map(|(column, gain)| (column as u32, gain));
        numbered.filter(|(column, gain)| *gain > 0.0 && whole(*column)).collect()
    }
}

/// What columns ask for, and what is wanted of the rows that they take from.
struct Demand {
    /// By family: its greatest right side.
    largest: Vec<f64>,
    /// By row that does not count: what the first level could gain there, if every asker spread evenly over its
    /// choices.
    wanted: FxHashMap<RowKey, f64>,
}

impl Demand {
    fn new(placer: &Placer<'_>, gains: &[(u32, f64)]) -> Demand {
        let Placer { index, ground, .. } = placer;
        let largest = ground.families.iter().map(|it| it.right.iter().copied().fold(0.0, f64::max));
        let mut wanted: FxHashMap<RowKey, f64> = FxHashMap::default();
        for (column, gain) in gains {
            let touches = || index.hard.of(*column);
            let Some(asker) = index.counting.tightest(touches()) else { continue };
            let share = gain * asker.units / asker.tuples;
            let columns = &ground.decisions[index.decision_of(*column)];
            let classes = columns.tuple((*column - columns.first) as usize);
            for touch in touches().filter(|touch| !index.counting.has(touch)) {
                let tuples = tuples(ground, classes, &columns.sorts, &touch);
                *wanted.entry(touch.key()).or_default() += tuples * share;
            }
        }
        Demand { largest: largest.collect(), wanted }
    }

    /// How large one unit of a column is beside the largest rows that it could take from, and what is wanted of
    /// the row that it takes from.
    fn of(&self, placer: &Placer<'_>, column: u32) -> (f64, f64) {
        let index = placer.index;
        let touches = index.hard.of(column).filter(|touch| !index.counting.has(touch));
        touches.fold((0.0, 0.0), |(size, wanted), touch| {
            let largest = self.largest[touch.family as usize];
            let share = if largest > 0.0 { touch.takes / largest } else { 0.0 };
            (size.max(share), wanted.max(self.wanted.get(&touch.key()).copied().unwrap_or(0.0)))
        })
    }
}

//! What placing reads of a ground policy again and again, worked out once.

use apportion_ground::{Columns, Ground, Meaning, Sense, Sort};
use rustc_hash::FxHashMap;

use crate::counting::Counting;
use crate::mend::is_balance;
use crate::moves;
use crate::peaks::Peaks;
use crate::place::Placer;
use crate::single::Singles;
use crate::slack::Slacks;
use crate::tallies::Tallies;
use crate::touch::{Touch, Touches, touches};

/// Which rows each column takes from, and how much room they have before anything is placed.
pub struct Index<'g> {
    pub(crate) ground: &'g Ground,
    /// The rows with nothing placed.
    pub(crate) slacks: Slacks,
    /// The rows that must hold.
    pub(crate) hard: Touches,
    /// The rows that may be broken at a price.
    pub(crate) soft: Touches,
    /// By family: whether any column gives its rows room.
    pub(crate) has_givers: Vec<bool>,
    /// By family: whether its rows balance columns against each other.
    pub(crate) balances: Vec<bool>,
    /// Bins that levels count.
    pub(crate) tallies: Tallies,
    /// Extremes that levels keep small or great.
    pub(crate) peaks: Peaks,
    /// What runs now of decisions whose moves are counted.
    pub(crate) running: moves::Running<'g>,
    /// Rows from which every unit takes the same.
    pub(crate) counting: Counting,
    /// How large one unit of each column is beside the tightest row that it takes from, those apart that count.
    pub(crate) weights: Vec<f64>,
    /// By decision: the column of a tuple of classes.
    columns: Vec<Lookup<'g>>,
}

/// Finds a column by its classes.
enum Lookup<'g> {
    /// Columns ascend by their tuples.
    Sorted(&'g Columns),
    Hashed(FxHashMap<&'g [u32], u32>),
}

impl<'g> Index<'g> {
    /// Of a ground policy.
    pub fn new(ground: &'g Ground) -> Index<'g> {
        let slacks = Slacks::new(ground);
        let hard = touches(ground, &slacks, false);
        let soft = touches(ground, &slacks, true);
        let columns = ground.decisions.iter().map(|it| it.len()).sum::<usize>() as u32;
        let counting = Counting::new(ground, &hard);
        let weights =
            (0..columns).map(|column| weight(hard.of(column).filter(|touch| !counting.has(touch))));
        let weights = weights.collect();
        let has_givers = ground.families.iter().map(|family| {
            let sign = if family.sense == Sense::GreaterEqual { -1.0 } else { 1.0 };
            family.values.iter().any(|value| sign * value < 0.0)
        });
        let has_givers: Vec<bool> = has_givers.collect();
        let balances = ground.families.iter().zip(&has_givers);
        let balances = balances.map(|(family, has)| is_balance(family, *has)).collect();
        let columns = ground.decisions.iter().map(Lookup::new).collect();
        let tallies = Tallies::new(ground);
        Index {
            ground,
            slacks,
            hard,
            soft,
            has_givers,
            balances,
            tallies,
            peaks: Peaks::new(ground),
            running: moves::Running::new(ground),
            counting,
            weights,
            columns,
        }
    }

    /// What it is of.
    pub fn ground(&self) -> &'g Ground {
        self.ground
    }

    /// By objective, how much more a plan is worth, by its single rows, than what extremes are of the means of classes.
    pub fn beyond_means(&self, plan: &Singles) -> Vec<f64> {
        let Ground { objectives, pieces, peaks, .. } = self.ground;
        let mut beyond = vec![0.0; objectives.len()];
        if peaks.is_empty() {
            return beyond;
        }
        let Placer { totals, loads, .. } = Placer::holding(self, plan);
        let meaning = Meaning { pieces, column: |it: u32| totals[it as usize] };
        for (beyond, objective) in beyond.iter_mut().zip(objectives) {
            for (piece, factor) in &objective.value.pieces {
                if let Some(peak) = self.peaks.of_piece(*piece) {
                    *beyond += factor * (loads.value(&self.peaks, peak) - meaning.piece(*piece));
                }
            }
        }
        beyond
    }

    /// The rows that a column has a part in, those first that must hold.
    pub(crate) fn touches(&self, column: u32) -> impl Iterator<Item = Touch<'_>> {
        self.hard.of(column).chain(self.soft.of(column))
    }

    /// The column of a tuple of row numbers and codes, if it has one.
    pub(crate) fn column_of(&self, decision: usize, tuple: &[u32]) -> Option<u32> {
        let columns = &self.ground.decisions[decision];
        let classes = tuple.iter().zip(&columns.sorts).map(|(code, sort)| match sort {
            Sort::Rows(input) => self.ground.spaces[input.index()].class_of[*code as usize],
            Sort::Codes => *code,
        });
        let classes: Vec<u32> = classes.collect();
        self.columns[decision].column(&classes)
    }

    /// The decision that a column is of.
    pub(crate) fn decision_of(&self, column: u32) -> usize {
        self.ground.decisions.partition_point(|it| it.first <= column) - 1
    }
}

impl<'g> Lookup<'g> {
    fn new(columns: &'g Columns) -> Lookup<'g> {
        let tuples = || (0..columns.len()).map(|at| columns.tuple(at));
        if tuples().is_sorted() {
            return Lookup::Sorted(columns);
        }
        Lookup::Hashed(tuples().zip(columns.first..).collect())
    }

    fn column(&self, classes: &[u32]) -> Option<u32> {
        match self {
            Lookup::Hashed(columns) => columns.get(classes).copied(),
            Lookup::Sorted(columns) => {
                let mut range = 0..columns.len();
                while !range.is_empty() {
                    let middle = range.start + range.len() / 2;
                    match columns.tuple(middle).cmp(classes) {
                        std::cmp::Ordering::Less => range.start = middle + 1,
                        std::cmp::Ordering::Equal => return Some(columns.first + middle as u32),
                        std::cmp::Ordering::Greater => range.end = middle,
                    }
                }
                None
            }
        }
    }
}

fn weight<'t>(touches: impl Iterator<Item = Touch<'t>>) -> f64 {
    let limited = touches.filter(|touch| touch.takes > 0.0 && touch.right > 0.0);
    limited.map(|touch| touch.takes / touch.right).fold(0.0, f64::max)
}

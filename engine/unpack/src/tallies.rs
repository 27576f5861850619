//! Bins that levels count, kept as placements come and go.

use apportion_ground::Ground;
use apportion_packing::{Least, Load, least};
use rustc_hash::FxHashMap;

use crate::bins::Items;
use crate::place::Placer;
use crate::touch::{Touches, starts, tallied};

/// Where the single rows of tallies are, and what a bin of them counts.
pub(crate) struct Tallies {
    /// The rows that each column puts items into; a touch's family is the number of the tally.
    pub(crate) touches: Touches,
    /// By tally: where the single rows of each class row begin.
    starts: Vec<Vec<usize>>,
    /// By tally: the position of the objective that counts it.
    objectives: Vec<usize>,
}

impl Tallies {
    pub(crate) fn new(ground: &Ground) -> Tallies {
        let starts = ground.tallies.iter().map(|tally| {
            starts(ground, &tally.quantifiers, (0..tally.len()).map(|row| tally.key(row)))
        });
        let starts: Vec<Vec<usize>> = starts.collect();
        let objectives = ground.tallies.iter().map(|tally| {
            let mut levels = ground.objectives.iter();
            levels.position(|it| it.level == Some(tally.level)).unwrap_or(0)
        });
        Tallies { touches: tallied(ground, &starts), objectives: objectives.collect(), starts }
    }

    /// The objective that counts a tally's bins.
    pub(crate) fn objective(&self, tally: u32) -> usize {
        self.objectives[tally as usize]
    }

    /// The class row of a single row.
    pub(crate) fn row_of(&self, tally: u32, single: usize) -> usize {
        self.starts[tally as usize].partition_point(|start| *start <= single) - 1
    }
}

/// What the single rows of tallies hold; those that hold nothing are left out.
#[derive(Clone, Default)]
pub(crate) struct Tallied {
    contents: FxHashMap<(u32, usize), Contents>,
}

#[derive(Clone, Default)]
struct Contents {
    loads: Vec<Load>,
    bins: u64,
}

impl Tallied {
    /// Adds units of a column to a row, or takes them out where they are below 0; gives how many more bins that takes.
    fn put(&mut self, place: (u32, usize), items: Items, units: f64) -> f64 {
        let contents = self.contents.entry(place).or_default();
        let before = contents.bins;
        items.add_to(&mut contents.loads, units);
        contents.bins = match least(&contents.loads) {
            // What the judge may know better is nothing to search for again and again.
            Least::Known(packing) | Least::Between(_, packing) => packing.bins(),
            Least::Never => before,
        };
        let after = contents.bins;
        if contents.loads.is_empty() {
            self.contents.remove(&place);
        }
        after as f64 - before as f64
    }

    /// How much of the bins that a row uses is empty.
    pub(crate) fn empty(&self, place: (u32, usize)) -> f64 {
        let Some(contents) = self.contents.get(&place) else { return 0.0 };
        let held = contents.loads.iter().map(|load| load.share * load.count as f64);
        contents.bins as f64 - held.sum::<f64>()
    }

    /// Whether a row holds nothing.
    pub(crate) fn is_empty(&self, place: (u32, usize)) -> bool {
        !self.contents.contains_key(&place)
    }
}

impl Placer<'_> {
    /// Counts what a column puts into bins at a tuple whose members have these places; gives what that adds to which
    /// objectives.
    pub(crate) fn tally(&mut self, column: u32, places: &[u32], amount: f64) -> Vec<(usize, f64)> {
        let Placer { index, ground, worth, tallied, .. } = self;
        let mut counted = Vec::new();
        for touch in index.tallies.touches.of(column) {
            let Some(items) = touch.items else { continue };
            let tally = touch.family;
            touch.each_single(places, &mut |single| {
                let more = tallied.put((tally, single), items, amount);
                if more != 0.0 {
                    let row = index.tallies.row_of(tally, single);
                    let added = ground.tallies[tally as usize].prices[row] * more;
                    let objective = index.tallies.objective(tally);
                    worth.count(objective, added);
                    counted.push((objective, added));
                }
                true
            });
        }
        counted
    }
}

//! Rows that count: every unit takes the same from them, as in "each task runs once".
//!
//! Such a row says who asks, not how much room is asked for: one task is one of one, however large it is. So a
//! column's size is measured by its other rows, and columns that share a counting row are one asker's choices.

use apportion_ground::{Ground, Sort};
use rustc_hash::FxHashMap;

use crate::touch::{Touch, Touches};

/// A class row: its family and its first single row.
pub(crate) type RowKey = (u32, usize);

/// The counting rows of a ground policy.
pub(crate) struct Counting {
    rows: FxHashMap<RowKey, Count>,
}

/// How much a counting row admits.
pub(crate) struct Count {
    /// What one unit takes.
    takes: f64,
    /// How many units a single row has room for.
    pub(crate) units: f64,
    /// How many tuples take from a single row.
    pub(crate) tuples: f64,
}

impl Counting {
    pub(crate) fn new(ground: &Ground, hard: &Touches) -> Counting {
        let mut rows: FxHashMap<RowKey, Option<Count>> = FxHashMap::default();
        for columns in &ground.decisions {
            for at in 0..columns.len() {
                for touch in hard.of(columns.first + at as u32) {
                    let (takes, units) = (touch.takes, touch.right / touch.takes);
                    let count = Count { takes, units, tuples: 0.0 };
                    let row = rows.entry(touch.key()).or_insert(Some(count));
                    let tuples = tuples(ground, columns.tuple(at), &columns.sorts, &touch);
                    match row {
                        Some(count) if count.takes == takes && takes > 0.0 => {
                            count.tuples += tuples
                        }
                        row => *row = None,
                    }
                }
            }
        }
        let counting = rows.into_iter().filter_map(|(key, count)| Some((key, count?)));
        Counting { rows: counting.collect() }
    }

    /// Whether a part is one in a counting row.
    pub(crate) fn has(&self, touch: &Touch<'_>) -> bool {
        self.rows.contains_key(&touch.key())
    }

    /// The counting row that admits the fewest units of what takes from it.
    pub(crate) fn tightest<'t>(&self, touches: impl Iterator<Item = Touch<'t>>) -> Option<&Count> {
        let rows = touches.filter_map(|touch| self.rows.get(&touch.key()));
        rows.min_by(|a, b| a.units.total_cmp(&b.units))
    }
}

/// How many tuples of a column take from each single row of a part.
pub(crate) fn tuples(ground: &Ground, classes: &[u32], sorts: &[Sort], touch: &Touch<'_>) -> f64 {
    let indices = classes.iter().zip(sorts).zip(touch.strides);
    let free = indices.filter(|(_, stride)| **stride == 0).map(|((class, sort), _)| match sort {
        Sort::Rows(input) => ground.spaces[input.index()].members(*class).len() as f64,
        Sort::Codes => 1.0,
    });
    free.product()
}

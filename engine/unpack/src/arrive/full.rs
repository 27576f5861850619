//! Bins that are known to be too full.
//!
//! That something does not fit is harder to find out than that it does, and places without room are asked for it again and
//! again. It is remembered of a row for as long as what its bins hold stays the same, and of what bins hold, wherever it
//! is: rows that hold the same are many.

use rustc_hash::FxHashMap;

use crate::bins::{Bins, Items};

/// What bins did not hold.
#[derive(Default)]
pub(super) struct Full {
    /// By single row.
    refused: FxHashMap<(u32, usize), Vec<Refused>>,
    /// Whether so many bins hold so many items of each size: the bins first, then sizes, ascending, with their counts.
    known: FxHashMap<Box<[u64]>, bool>,
    /// What is looked for among these.
    key: Vec<u64>,
}

/// Contents that are remembered at most.
const MOST_KNOWN: usize = 1 << 16;

/// So many items of a size.
#[derive(Clone, Copy)]
struct Refused {
    share: f64,
    count: f64,
}

impl Refused {
    /// Whether the other is no less.
    fn is_within(&self, other: &Refused) -> bool {
        self.share <= other.share && self.count <= other.count
    }
}

impl Full {
    /// Whether the bins of a row hold so many units more.
    pub(super) fn hold(
        &mut self,
        bins: &Bins,
        row: (u32, usize),
        items: Items,
        units: f64,
    ) -> bool {
        let asked = Refused { share: items.share, count: items.count * units };
        let known = self.refused.get(&row);
        if known.is_some_and(|known| known.iter().any(|it| it.is_within(&asked))) {
            return false;
        }
        let holds = self.hold_again(bins, row, items, units);
        if !holds {
            let known = self.refused.entry(row).or_default();
            known.retain(|it| !asked.is_within(it));
            known.push(asked);
        }
        holds
    }

    /// The same, if not of this row, then of another whose bins hold the same.
    fn hold_again(&mut self, bins: &Bins, row: (u32, usize), items: Items, units: f64) -> bool {
        if bins.is_room_for(row, items, units) {
            return true;
        }
        self.key.clear();
        self.key.push(items.bins);
        let mut loads = bins.loads(row).to_vec();
        items.add_to(&mut loads, units);
        loads.sort_unstable_by(|a, b| a.share.total_cmp(&b.share));
        self.key.extend(loads.iter().flat_map(|load| [load.share.to_bits(), load.count]));
        if let Some(known) = self.known.get(&*self.key) {
            return *known;
        }
        let holds = bins.hold(row, &[items], units);
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(self.key.as_slice().into(), holds);
        holds
    }

    /// Takes over what the other knows of contents.
    pub(super) fn learn(&mut self, other: &mut Full) {
        self.known = std::mem::take(&mut other.known);
    }

    /// What the bins of a row hold has changed.
    pub(super) fn forget(&mut self, row: (u32, usize)) {
        self.refused.remove(&row);
    }

    /// What any bins hold may have changed.
    pub(super) fn clear(&mut self) {
        self.refused.clear();
    }
}

//! Bins that are known to be too full.

use rustc_hash::FxHashMap;

use crate::bins::{Bins, Items};

/// What the bins of single rows did not hold, for as long as what they hold stays the same: that it does not fit is
/// harder to find out than that it does, and places without room are asked for it again and again.
#[derive(Default)]
pub(super) struct Full {
    refused: FxHashMap<(u32, usize), Vec<Refused>>,
}

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
        let holds = bins.hold(row, &[items], units);
        if !holds {
            let known = self.refused.entry(row).or_default();
            known.retain(|it| !asked.is_within(it));
            known.push(asked);
        }
        holds
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

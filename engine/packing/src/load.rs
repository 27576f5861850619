//! Items by size, and bins by what they hold.

use crate::ROUNDING;
use crate::function::{Function, candidates};

/// Items of one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// How much of a bin one of them takes; greater than 0, at most 1.
    pub share: f64,
    /// How many there are.
    pub count: u64,
}

/// Bins that hold the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How many of them there are.
    pub bins: u64,
    /// What each of them holds, the greatest first, each size once.
    pub loads: Vec<Load>,
}

/// Which bins hold what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packing {
    /// No two runs need differ; none is empty of bins.
    pub runs: Vec<Run>,
}

impl Run {
    /// What is left of one of the bins; negative by no more than [`ROUNDING`].
    pub fn free(&self) -> f64 {
        1.0 - self.loads.iter().map(|load| load.share * load.count as f64).sum::<f64>()
    }
}

impl Packing {
    /// Nothing in so many bins.
    pub fn empty(bins: u64) -> Packing {
        let run = Run { bins, loads: Vec::new() };
        Packing { runs: if bins > 0 { vec![run] } else { Vec::new() } }
    }

    /// How many bins hold something.
    pub fn bins(&self) -> u64 {
        let used = self.runs.iter().filter(|run| !run.loads.is_empty());
        used.fold(0, |all, run| all.saturating_add(run.bins))
    }

    /// How many more items of a size find a place without moving any.
    pub fn room(&self, share: f64) -> u64 {
        let fitting =
            self.runs.iter().map(|run| run.bins.saturating_mul(fitting(run.free(), share)));
        fitting.fold(0, u64::saturating_add)
    }
}

/// How many items of a size go into what is free of a bin.
pub(crate) fn fitting(free: f64, share: f64) -> u64 {
    // A number that is too large for the type is its greatest value, one below 0 is 0.
    ((free + ROUNDING) / share).floor() as u64
}

/// Items of sizes that bins can hold, the greatest first, each size once.
#[derive(Clone, Debug)]
pub(crate) struct Loads(pub(crate) Vec<Load>);

impl Loads {
    /// None where some item fits into no bin.
    pub(crate) fn new(loads: &[Load]) -> Option<Loads> {
        let mut sorted: Vec<Load> = loads.iter().filter(|load| load.count > 0).copied().collect();
        if !sorted.iter().all(|load| load.share > 0.0 && load.share <= 1.0 + ROUNDING) {
            return None;
        }
        sorted.sort_by(|a, b| b.share.total_cmp(&a.share));
        sorted.dedup_by(|next, kept| {
            let same = next.share == kept.share;
            if same {
                kept.count = kept.count.saturating_add(next.count);
            }
            same
        });
        Some(Loads(sorted))
    }

    /// What a function makes of all items together.
    fn sum(&self, function: Function) -> f64 {
        self.0.iter().map(|load| function.value(load.share) * load.count as f64).sum()
    }

    /// So many bins are needed at least.
    pub(crate) fn bound(&self) -> u64 {
        let shares: Vec<f64> = self.0.iter().map(|load| load.share).collect();
        let sums = candidates(&shares)
            .into_iter()
            .chain([Function::Sum])
            .map(|function| self.sum(function));
        let greatest = sums.fold(0.0, f64::max);
        // Each bin may hold a hair more than it has.
        (greatest - 2.0 * ROUNDING * greatest - ROUNDING).ceil() as u64
    }
}

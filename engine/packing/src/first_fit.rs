//! First fit decreasing: the greatest items first, each into the first bin that has room.
//!
//! At most 11/9 of the least number of bins and 6/9 of one (Dósa, "The tight bound of first fit decreasing
//! bin-packing algorithm is FFD(I) <= 11/9 OPT(I) + 6/9", 2007). Bins that hold the same are one run, and items of
//! one size fill a run at once, so that the work depends on how many sizes there are, not on how many items.

use crate::load::{Load, Loads, Packing, Run, fitting};

/// The packing into at most `bins` bins, if this way leads to one.
pub(crate) fn packing(loads: &Loads, bins: u64) -> Option<Packing> {
    let mut packing = Packing::empty(bins);
    for load in &loads.0 {
        let mut left = load.count;
        let mut runs = Vec::with_capacity(packing.runs.len() + 2);
        for run in packing.runs {
            left = fill(run, load.share, left, &mut runs);
        }
        if left > 0 {
            return None;
        }
        packing.runs = runs;
    }
    Some(packing)
}

/// Puts up to `left` items into the bins of a run, bin by bin; gives how many are left.
fn fill(run: Run, share: f64, left: u64, runs: &mut Vec<Run>) -> u64 {
    let most = if left > 0 { fitting(run.free(), share) } else { 0 };
    if most == 0 {
        runs.push(run);
        return left;
    }
    let full = run.bins.min(left / most);
    let rest = if full < run.bins { left - full * most } else { 0 };
    let mut push = |bins: u64, count: u64| {
        if bins == 0 {
            return;
        }
        let mut loads = run.loads.clone();
        if count > 0 {
            loads.push(Load { share, count });
        }
        runs.push(Run { bins, loads });
    };
    push(full, most);
    push(u64::from(rest > 0), rest);
    push(run.bins - full - u64::from(rest > 0), 0);
    left - full * most - rest
}

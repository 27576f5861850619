//! Whether items fit, tried out bin by bin.
//!
//! Bins are filled in turn. The next one takes the greatest item that is left, as some bin must, and with it
//! whatever leaves no room for another item, as moving one more into a bin does no harm: bin completion (Korf, "A
//! new algorithm for optimal bin packing", 2002). What all bins together may leave empty bounds what each may. What
//! was tried in vain with as many bins is not tried again.

use rustc_hash::FxHashMap;

use crate::load::{Load, Loads, Packing, Run, fitting};
use crate::{Fit, ROUNDING};

/// Fillings of single bins that are tried.
const WORK: u32 = 20_000;
/// Bins and items above which nothing is tried.
const MOST_BINS: u64 = 128;
const MOST_ITEMS: u64 = 512;

/// Whether the items fit into `bins` bins.
pub(crate) fn packing(loads: &Loads, bins: u64) -> Fit {
    let items = loads.0.iter().fold(0u64, |all, load| all.saturating_add(load.count));
    if bins > MOST_BINS || items > MOST_ITEMS {
        return Fit::Unsettled;
    }
    let volume: f64 = loads.0.iter().map(|load| load.share * load.count as f64).sum();
    let mut search = Search {
        left: loads.0.clone(),
        filled: Vec::new(),
        failed: FxHashMap::default(),
        work: WORK,
    };
    match search.bins(bins, volume) {
        true => Fit::Packed(Packing { runs: search.filled }),
        false if search.work == 0 => Fit::Unsettled,
        false => Fit::TooMuch,
    }
}

struct Search {
    /// Items that are in no bin yet.
    left: Vec<Load>,
    filled: Vec<Run>,
    /// The most bins into which what was left did not fit, by how many items of each size were left.
    failed: FxHashMap<Vec<u64>, u64>,
    /// Fillings that may still be tried.
    work: u32,
}

impl Search {
    /// Whether what is left, which takes up `volume`, fits into `bins` bins; it is then in them.
    fn bins(&mut self, bins: u64, volume: f64) -> bool {
        let Some(first) = self.left.iter().position(|load| load.count > 0) else { return true };
        let spare = bins as f64 - volume;
        if spare < -ROUNDING * bins as f64 {
            return false;
        }
        let key: Vec<u64> = self.left.iter().map(|load| load.count).collect();
        if self.failed.get(&key).is_some_and(|failed| *failed >= bins) {
            return false;
        }
        self.filled.push(Run { bins: 1, loads: Vec::new() });
        if self.fill(first, 1, 1.0, Bin { bins, volume, spare }) {
            return true;
        }
        self.filled.pop();
        if self.work > 0 {
            self.failed.insert(key, bins);
        }
        false
    }

    /// Tries what goes into the last bin, of sizes from `size` on, which has so much `free`: at least `least` items
    /// of the first size that fits.
    fn fill(&mut self, size: usize, least: u64, free: f64, bin: Bin) -> bool {
        if self.work == 0 {
            return false;
        }
        let fits = |load: &Load| fitting(free, load.share).min(load.count);
        let next = self.left[size..].iter().position(|load| fits(load) > 0);
        let Some(next) = next.map(|at| size + at) else {
            self.work -= 1;
            // A size that was passed over would still fit: another filling has it.
            let is_full = self.left[..size].iter().all(|load| fits(load) == 0);
            let is_wasteful = free > bin.spare + ROUNDING * bin.bins as f64;
            return is_full && !is_wasteful && self.bins(bin.bins - 1, bin.volume);
        };
        let share = self.left[next].share;
        for count in (least..=fits(&self.left[next])).rev() {
            let taken = share * count as f64;
            self.put(next, count);
            let bin = Bin { volume: bin.volume - taken, ..bin };
            if self.fill(next + 1, 0, free - taken, bin) {
                return true;
            }
            self.take(next, count);
        }
        false
    }

    fn put(&mut self, size: usize, count: u64) {
        let share = self.left[size].share;
        self.left[size].count -= count;
        if let (Some(run), true) = (self.filled.last_mut(), count > 0) {
            run.loads.push(Load { share, count });
        }
    }

    fn take(&mut self, size: usize, count: u64) {
        self.left[size].count += count;
        if let (Some(run), true) = (self.filled.last_mut(), count > 0) {
            run.loads.pop();
        }
    }
}

/// Where the bin that is being filled stands.
#[derive(Clone, Copy)]
struct Bin {
    /// Bins that are not closed yet, this one included.
    bins: u64,
    /// What the items take up that are in no bin yet.
    volume: f64,
    /// What all these bins together may leave empty.
    spare: f64,
}

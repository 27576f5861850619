//! Dual feasible functions: sizes that bins hold wherever they hold the true ones.
//!
//! A function `f` of shares is dual feasible where whatever fits into one bin comes to at most 1 by `f` too. Then
//! the sum of `f` over all items is at most the number of bins that hold them: a bound that is a sum, so that it
//! can be stated of counts and added up over bins of many hosts. Each has its own blind spots, so several are used
//! (Fekete and Schepers, "New classes of fast lower bounds for bin packing problems", 2001; the thresholds are
//! those of L2 in Martello and Toth, "Lower bounds and reduction procedures for the bin packing problem", 1990).
//!
//! The contents of a bin may be above it by [`ROUNDING`], and shares are off by as much: a function counts a share
//! as beyond a step only where it is so by more than all of that together.

use crate::ROUNDING;

/// A dual feasible function of shares up to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// The share itself.
    Sum,
    /// `u^(k)`: a share that is a whole number of `1/(k+1)` is itself; of any other, the whole parts count as
    /// `1/k` each. `u^(1)` counts the items that are greater than half a bin.
    Steps(u32),
    /// `U^(e)` for `e` up to 1/2: a share greater than `1 - e` counts as 1, one less than `e` as nothing, as the
    /// two fit together, and any other as itself.
    Threshold(f64),
}

/// By how much a share must be beyond a step to count as such.
const CLEAR: f64 = 1e-6;
/// The most thresholds that are tried.
const MOST_THRESHOLDS: usize = 100;
/// The finest steps that are tried.
const MOST_STEPS: u32 = 12;
/// What two thresholds, or what functions tell, must differ by to differ.
const DISTINCT: f64 = 1e-6;

impl Function {
    /// What an item of that share counts as.
    pub fn value(self, share: f64) -> f64 {
        match self {
            Function::Sum => share,
            Function::Steps(steps) => {
                let parts = share * f64::from(steps + 1);
                let whole = (parts + ROUNDING).floor();
                let per = if parts - whole < CLEAR { steps + 1 } else { steps };
                whole / f64::from(per)
            }
            Function::Threshold(least) if share < least => 0.0,
            Function::Threshold(least) if share > 1.0 - least + CLEAR => 1.0,
            Function::Threshold(_) => share / (1.0 + ROUNDING),
        }
    }
}

/// All functions that may tell something of items with these shares.
pub(crate) fn candidates(shares: &[f64]) -> Vec<Function> {
    let ends = shares.iter().flat_map(|share| [*share, 1.0 - share]);
    let mut thresholds: Vec<f64> = ends.filter(|it| *it > 0.0 && *it <= 0.5 + ROUNDING).collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup_by(|a, b| (*a - *b).abs() <= DISTINCT);
    let every = thresholds.len().div_ceil(MOST_THRESHOLDS).max(1);
    let steps = (1..=MOST_STEPS).map(Function::Steps);
    thresholds
        .into_iter()
        .step_by(every)
        .map(|least| Function::Threshold(least.min(0.5)))
        .chain(steps)
        .collect()
}

/// Up to `most` functions that tell most of items with these shares, [`Function::Sum`] first. `weights` says how
/// many items there are of each.
///
/// What a function tells is how many more bins it counts than those before it for each two sizes, mixed in a few
/// ways: what is the greatest for some mixture is of use where that is asked for, and only there.
pub fn functions(shares: &[f64], weights: &[f64], most: usize) -> Vec<Function> {
    let mixtures = mixtures(shares, weights);
    let counts = |function: Function| -> Vec<f64> {
        let counted = mixtures.iter().map(|mixture| {
            let [(first, few), (second, many)] = mixture.items;
            few * function.value(first) + many * function.value(second)
        });
        counted.collect()
    };
    let mut known = vec![Function::Sum];
    let mut best = counts(Function::Sum);
    let mut rest: Vec<(Function, Vec<f64>)> =
        candidates(shares).into_iter().map(|function| (function, counts(function))).collect();
    while known.len() < most {
        let gains = rest.iter().map(|(_, counts)| -> f64 {
            let more = counts.iter().zip(&best).map(|(count, best)| (count - best).max(0.0));
            more.zip(&mixtures).map(|(more, mixture)| more * mixture.weight).sum()
        });
        let next = gains.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let Some((next, _)) = next.filter(|(_, gain)| *gain > DISTINCT) else { break };
        let (function, counts) = rest.swap_remove(next);
        known.push(function);
        best.iter_mut().zip(counts).for_each(|(best, count)| *best = best.max(count));
    }
    known
}

/// Items of two sizes, each with how many.
struct Mixture {
    items: [(f64, f64); 2],
    weight: f64,
}

/// Sizes that are mixed.
const MOST_MIXED: usize = 40;

/// Each two of the sizes that there are most of; the weights of all sizes come to 1.
fn mixtures(shares: &[f64], weights: &[f64]) -> Vec<Mixture> {
    let mut sizes: Vec<(f64, f64)> = shares.iter().copied().zip(weights.iter().copied()).collect();
    sizes.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.total_cmp(&a.0)));
    sizes.truncate(MOST_MIXED);
    let all: f64 = sizes.iter().map(|(_, weight)| weight).sum();
    let mut mixtures = Vec::new();
    for (at, first) in sizes.iter().enumerate() {
        for second in &sizes[at..] {
            let weight = first.1 / all * second.1 / all;
            for (few, many) in [(1.0, 1.0), (1.0, 2.0), (2.0, 1.0)] {
                mixtures.push(Mixture { items: [(first.0, few), (second.0, many)], weight });
            }
        }
    }
    mixtures
}

/// Whether each of these shares, in order of size, is a whole number of the next smaller one, and a bin one of the
/// greatest. Then first fit decreasing leaves no bin but the last unfilled, and the sum of shares says all that
/// there is to say (Coffman, Garey and Johnson, "Bin packing with divisible item sizes", 1987).
pub fn are_nested(shares: &[f64]) -> bool {
    let mut sorted = shares.to_vec();
    sorted.push(1.0);
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.windows(2).all(|pair| {
        let times = pair[0] / pair[1];
        pair[1] > 0.0 && (times - times.round()).abs() <= ROUNDING * times
    })
}

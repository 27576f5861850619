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
/// What two values of a function must differ by to differ.
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
    thresholds.into_iter().step_by(every).map(|least| Function::Threshold(least.min(0.5))).chain(steps).collect()
}

/// Up to `most` functions that tell most of items with these shares, [`Function::Sum`] first. `weights` says how
/// many items there are of each.
pub fn functions(shares: &[f64], weights: &[f64], most: usize) -> Vec<Function> {
    let values = |function: Function| -> Vec<f64> {
        shares.iter().map(|share| function.value(*share)).collect()
    };
    let mut known: Vec<(Function, Vec<f64>)> = vec![(Function::Sum, values(Function::Sum))];
    let mut rest: Vec<(Function, Vec<f64>)> =
        candidates(shares).into_iter().map(|function| (function, values(function))).collect();
    while known.len() < most {
        rest.retain(|(_, it)| known.iter().all(|(_, known)| tells_more(it, known)));
        let gain = |values: &[f64]| -> f64 {
            let all = values.iter().zip(weights);
            all.map(|(value, weight)| value * weight).sum()
        };
        let best = rest.iter().enumerate().max_by(|(_, (_, a)), (_, (_, b))| gain(a).total_cmp(&gain(b)));
        let Some((best, _)) = best else { break };
        known.push(rest.swap_remove(best));
    }
    known.into_iter().map(|(function, _)| function).collect()
}

/// Whether some share counts for more by one function than by another.
fn tells_more(values: &[f64], others: &[f64]) -> bool {
    values.iter().zip(others).any(|(value, other)| *value > other + DISTINCT)
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

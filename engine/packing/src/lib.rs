//! Items in bins of one size: what fits, how, and bounds that are sums.
//!
//! Sizes are *shares* of a bin, greater than 0 and at most 1. Items of one size are counted, never listed, and so
//! are bins that hold the same. A bin holds what comes to at most 1, but for [`ROUNDING`]: ten items of `0.1` fit.
//!
//! [`pack`] says whether items fit into so many bins, with the packing as its proof; [`least`] how many bins they
//! need. Both are exact within a stated amount of work, and say so where that is not enough. [`Function`]s turn
//! the same question into sums, for whoever cannot ask it item by item: necessary, not sufficient.
//!
//! It knows no policy, no model and no solver, and never fails: sizes that are no shares fit nowhere.
//!
//! Start reading at [`pack`].

mod first_fit;
mod function;
mod load;
mod search;

#[cfg(test)]
mod tests;

pub use function::{Function, are_nested, functions};
pub use load::{Load, Packing, Run};

use load::Loads;

/// What the contents of a bin may be above it: sums of shares such as `0.1` lose as much and no more.
pub const ROUNDING: f64 = 1e-9;

/// Whether items fit.
#[derive(Clone, Debug, PartialEq)]
pub enum Fit {
    /// They do, as here.
    Packed(Packing),
    /// They do not, however they are put.
    TooMuch,
    /// It takes more work to find out than is allowed.
    Unsettled,
}

/// How many bins items need.
#[derive(Clone, Debug, PartialEq)]
pub enum Least {
    /// So many as this packing has, and no fewer.
    Known(Packing),
    /// It takes more work to find out than is allowed: at least so many, and no more than the packing has.
    Between(u64, Packing),
    /// Some item is greater than a bin.
    Never,
}

/// Whether the items fit into `bins` bins.
///
/// First fit decreasing finds nearly every packing that there is, and the bounds of [`functions`] refuse nearly
/// everything else; the few cases between them are searched bin by bin.
pub fn pack(loads: &[Load], bins: u64) -> Fit {
    let Some(loads) = Loads::new(loads) else { return Fit::TooMuch };
    if let Some(packing) = first_fit::packing(&loads, bins) {
        return Fit::Packed(packing);
    }
    if loads.bound() > bins { Fit::TooMuch } else { search::packing(&loads, bins) }
}

/// The least number of bins that hold the items.
pub fn least(loads: &[Load]) -> Least {
    let Some(loads) = Loads::new(loads) else { return Least::Never };
    let Some(mut best) = first_fit::packing(&loads, u64::MAX) else { return Least::Never };
    let bound = loads.bound();
    while best.bins() > bound {
        match search::packing(&loads, best.bins() - 1) {
            Fit::Packed(packing) => best = packing,
            Fit::TooMuch => break,
            Fit::Unsettled => return Least::Between(bound, best),
        }
    }
    Least::Known(best)
}

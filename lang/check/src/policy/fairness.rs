//! What groups have of what is given out, and how fair that is.

use apportion_diagnostic::Span;
use apportion_units::Unit;
use smol_str::SmolStr;

use super::{Binder, Expr};

/// A vector of shares, one for each group of rows, which a level makes as fair as it can be.
///
/// The share of a group is the sum of `amount` over its rows, divided by its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Fairness {
    /// Its name.
    pub name: SmolStr,
    /// What the groups are made of: the rows that the last index runs over. Those before it run over one value each,
    /// which is the same for all rows.
    pub indices: Vec<Binder>,
    /// What a row adds to the share of its group: affine.
    pub amount: Expr,
    /// The groups, the widest first: each is part of one group of the tier before.
    pub tiers: Vec<Tier>,
    /// What is sought of the shares.
    pub sought: Sought,
    /// Slots of its frame.
    pub frame: usize,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// How rows are grouped.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// Rows of one value are one group: ground.
    pub key: Expr,
    /// What the share of a group is divided by, the same for all of its rows: ground, more than 0; absent: 1.
    pub weight: Option<Expr>,
}

/// What is sought of shares.
#[derive(Clone, Debug, PartialEq)]
pub enum Sought {
    /// The least share as great as it can be, then the next, and so on; tier after tier.
    MaxMin,
    /// The sum of what the shares are worth as great as it can be; tier after tier.
    Worth(Box<Utility>),
}

/// What a share is worth: the weight of its group times `share^(1 - alpha) / (1 - alpha)`, or times the logarithm of the
/// share where `alpha` is 1.
///
/// Source: Mo and Walrand, "Fair end-to-end window-based congestion control" (IEEE/ACM Transactions on Networking 8,
/// 2000).
#[derive(Clone, Debug, PartialEq)]
pub struct Utility {
    /// A plain number above 0: ground, and the same for all groups.
    pub alpha: Expr,
    /// Below this share, in the unit of shares, a share loses as much by each unit as at it: ground, more than 0.
    pub floor: Option<Expr>,
}

/// The greatest `alpha` that there may be: above it utilities are too far apart for a solver to compare them, and shares are
/// all but those of [`Sought::MaxMin`].
pub const MOST_ALPHA: f64 = 16.0;

impl Sought {
    /// The expressions that say how shares are weighed against each other.
    pub fn parts(&self) -> impl Iterator<Item = &Expr> {
        let utility = match self {
            Sought::MaxMin => None,
            Sought::Worth(utility) => Some(&**utility),
        };
        utility.into_iter().flat_map(|it| std::iter::once(&it.alpha).chain(&it.floor))
    }
}

//! What whole shares are worth together, kept while later levels are solved.
//!
//! Groups may change places, so that no share is held by itself: a row holds the sum of what all are worth, by tangents.
//! These allow too much between their points; where a plan makes use of that, there are tangents at its own shares, and it
//! is sought again.

use apportion_lower::{Shares, Worth};
use apportion_mip::Model;

use super::Tier;
use super::tangents::{Posed, Tangents, whole};

/// By what part of itself the equal share may fall: what a solver's tolerance leaves.
const ROOM: f64 = 1e-8;
/// How often tangents are added before shares are held one by one.
const MOST_TIMES: usize = 200;

/// The shares of a tier, and the columns that say what they are worth.
#[derive(Clone)]
pub(crate) struct Kept {
    shares: Shares,
    worth: Worth,
    posed: Posed,
    /// The column of the first share.
    first: u32,
    /// What is to be left of the equal share.
    least: f64,
    /// What is left of each share where all of them are held.
    left: Vec<f64>,
    times: usize,
}

impl Kept {
    /// Adds columns and rows to a model, and their values to a point, whose shares are `found`.
    pub(super) fn new(
        model: &mut Model,
        tier: &Tier<'_>,
        worth: &Worth,
        found: Vec<f64>,
        point: &mut Vec<f64>,
    ) -> Kept {
        let unit = tier.shares.unit;
        let equal = worth.equal_share(&found);
        let least = equal - tier.slack.of(equal * unit) / unit;
        let posed = Tangents::new(worth, &found, &vec![false; found.len()])
            .pose(model, tier, worth, &found);
        let goal = model.set_objective(apportion_mip::Objective::default());
        let kept = posed.objective(least - ROOM * least.abs(), worth);
        if kept.is_finite() {
            model.push_row(kept - goal.offset, f64::INFINITY, goal.costs.iter());
        }
        *point = posed.complete(point, tier);
        Kept {
            left: tier.shares.kept(&found, tier.slack),
            shares: tier.shares.clone(),
            worth: worth.clone(),
            posed,
            first: tier.columns.start,
            least,
            times: 0,
        }
    }

    /// Adds rows to a model where the shares of a point are not worth enough; says whether that is so.
    fn refuse(&mut self, model: &mut Model, point: &[f64]) -> bool {
        let shares = whole(model, &self.shares, point);
        if self.worth.equal_share(&shares) >= self.least - 2.0 * ROOM * self.least.abs() {
            return false;
        }
        self.times += 1;
        let above = self.posed.above(point, &shares, &self.worth);
        let utility = self.posed.utility(&self.worth);
        for (group, share) in shares.iter().enumerate() {
            if self.times > MOST_TIMES {
                let column = self.first + group as u32;
                model.push_row(self.left[group], f64::INFINITY, [(column, 1.0)]);
            } else if above[group] > 0.0 {
                let point = self.posed.point_at(group, *share);
                self.posed.add(model, self.first, (group, point), &utility);
            }
        }
        self.times <= MOST_TIMES + 1
    }
}

/// Adds rows to a model where a point leaves less of something than is to be kept; says whether it is to be solved again.
pub(crate) fn refuse(kept: &mut [Kept], model: &mut Model, point: &[f64]) -> bool {
    let mut refused = false;
    for kept in kept {
        refused |= kept.refuse(model, point);
    }
    refused
}

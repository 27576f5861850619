//! Shares of what can be divided at will: a level that rises until some group can have no more.
//!
//! ```text
//! solve   maximize t with share[g] >= t for each group that is open
//! settle  the groups whose rows have a price stay at t: no point with that t gives any of them more
//! repeat  until no group is open
//! ```
//!
//! The prices of the open rows add up to 1, so that each solve settles a group, and solves are at most as many as
//! groups. Source: Radunović and Le Boudec, "A unified framework for max-min and min-max fairness with applications"
//! (IEEE/ACM Transactions on Networking 15, 2007), max-min programming; prices in the place of trials as in Nace and
//! Pióro, "Max-min fairness and its applications to routing and load-balancing in communication networks" (IEEE
//! Communications Surveys and Tutorials 10, 2008). Fair shares of a convex problem are unique, so that each group can be
//! held to its own.
//!
//! Many groups end at what they can have at most by a row of their own, each at another level. So where one did, the next
//! are held to their limits at once, twice as many each time: if the level then rises above all of these, no point gives
//! any group below it more, and they are settled; if not, that solve is forgotten.

use apportion_mip::{Model, Objective};
use apportion_solve::{Proof, Stop};

use super::limits::limits;
use super::{Fair, Solve, Tier};

/// What a price is nothing beside the greatest.
const NO_PRICE: f64 = 1e-6;
/// By what share of a limit a level may be off that reaches it: a solver's own tolerance.
const NO_RISE: f64 = 1e-7;
/// By what share of a level the groups that stay there may fall below: what arithmetic loses.
const ROUNDING: f64 = 1e-12;

/// Settles every share, and holds it.
pub(super) fn settle(model: &mut Model, tier: &Tier<'_>, fair: &mut Fair, solve: &mut Solve<'_>) {
    let mut rising = Rising::new(model, tier);
    let start = fair.start.clone().map(|point| rising.complete(point, tier));
    // How many groups are tried at their limits.
    let mut tried = 0;
    while !rising.open.is_empty() {
        let settled = fair.settled(tier, rising.open.len());
        let limited = rising.next_limited(tried);
        let before = (!limited.is_empty()).then(|| rising.model.columns.clone());
        limited.iter().for_each(|group| rising.hold(*group, rising.limits[*group], tier));
        let outcome = solve(&rising.model, start.as_deref(), &settled);
        let greatest =
            limited.iter().map(|it| rising.limits[*it]).fold(f64::NEG_INFINITY, f64::max);
        let rises = |point: &Vec<f64>| point[rising.level] >= greatest - NO_RISE * greatest.abs();
        let is_high = outcome.point.as_ref().is_some_and(rises);
        let (proof, stopped) = (fair.proof, fair.stopped);
        let found = fair.hear(&outcome);
        if let (Some(columns), false) = (before, found.is_some() && is_high) {
            // They cannot all have what they can have at most.
            rising.model.columns = columns;
            rising.open.extend(limited);
            tried = 0;
            if outcome.stopped != Stop::Completed {
                fair.proof = Proof::None;
                break;
            }
            (fair.proof, fair.stopped) = (proof, stopped);
            continue;
        }
        let Some(point) = found else {
            // What was found on the way keeps every share that is settled.
            keep_better(fair, outcome.point, model.num_columns());
            break;
        };
        let prices = outcome.duals.map_or(Vec::new(), |duals| duals.rows);
        let at_limit = rising.settle(&point, &prices, tier);
        tried = match (limited.len(), at_limit) {
            (0, false) => 0,
            (count, _) => (2 * count).max(2),
        };
        keep_better(fair, Some(point), model.num_columns());
    }
    if let Some(point) = &fair.point {
        for (value, column) in tier.values(point).iter().zip(tier.columns.clone()) {
            let room = ROUNDING * value.abs().max(1.0);
            model.columns.lower[column as usize] = tier.kept(*value) - room;
        }
    }
}

/// Makes the least share as great as it can be, and holds nothing; says whether that came to its end.
pub(super) fn least(
    model: &Model,
    tier: &Tier<'_>,
    fair: &mut Fair,
    solve: &mut Solve<'_>,
) -> bool {
    let rising = Rising::new(model, tier);
    let start = fair.start.clone().map(|point| rising.complete(point, tier));
    let outcome = solve(&rising.model, start.as_deref(), &fair.settled(tier, tier.len()));
    let is_done = fair.note(&outcome);
    keep_better(fair, outcome.point, model.num_columns());
    is_done
}

fn keep_better(fair: &mut Fair, point: Option<Vec<f64>>, columns: usize) {
    if let Some(mut point) = point {
        point.truncate(columns);
        fair.found(point);
    }
}

/// The model with a level under all shares.
struct Rising {
    model: Model,
    /// The column of the level.
    level: usize,
    /// By group: the first column of what an open share may lack of the level, which is nothing.
    first_gap: usize,
    /// By group: the first row that keeps the level under the shares.
    first_row: usize,
    /// By group: what it can have at most by rows of its own.
    limits: Vec<f64>,
    /// Groups that are not settled; those that may be tried at their limits last, the least limit at the end.
    open: Vec<usize>,
}

impl Rising {
    fn new(model: &Model, tier: &Tier<'_>) -> Rising {
        let limits = limits(model, tier.shares);
        let mut model = model.clone();
        model.set_objective(Objective { maximize: true, ..Objective::default() });
        let level = model.push_column(f64::NEG_INFINITY, f64::INFINITY, false, 1.0);
        let first_row = model.num_rows();
        for share in tier.columns.clone() {
            let gap = model.push_column(0.0, 0.0, false, 0.0);
            model.push_row(0.0, f64::INFINITY, [(share, 1.0), (level, -1.0), (gap, 1.0)]);
        }
        let level = level as usize;
        let open = (0..tier.len()).collect();
        Rising { model, level, first_gap: level + 1, first_row, limits, open }
    }

    /// A point with the greatest level that it has.
    fn complete(&self, mut point: Vec<f64>, tier: &Tier<'_>) -> Vec<f64> {
        let least = tier.values(&point).iter().copied().fold(f64::INFINITY, f64::min);
        point.push(least);
        point.resize(self.model.num_columns(), 0.0);
        point
    }

    /// Takes out the open groups with the least limits, so many of them; one at least stays open.
    fn next_limited(&mut self, count: usize) -> Vec<usize> {
        let limits = &self.limits;
        self.open.sort_by(|a, b| limits[*b].total_cmp(&limits[*a]).then(b.cmp(a)));
        let finite = self.open.iter().filter(|group| limits[**group].is_finite()).count();
        let count = count.min(finite).min(self.open.len() - 1);
        self.open.split_off(self.open.len() - count)
    }

    /// A group keeps so much, whatever the level does.
    fn hold(&mut self, group: usize, value: f64, tier: &Tier<'_>) {
        let columns = &mut self.model.columns;
        columns.lower[tier.columns.start as usize + group] = value - ROUNDING * value.abs();
        columns.upper[self.first_gap + group] = f64::INFINITY;
    }

    /// Groups whose rows have a price stay where they are; says whether one of them is at its limit.
    fn settle(&mut self, point: &[f64], prices: &[f64], tier: &Tier<'_>) -> bool {
        let level = point[self.level];
        let first = self.first_row;
        let price = |group: usize| prices.get(first + group).map_or(0.0, |price| price.abs());
        let greatest = self.open.iter().map(|group| price(*group)).fold(0.0, f64::max);
        let is_priced = |group: &usize| greatest > 0.0 && price(*group) > NO_PRICE * greatest;
        let (mut settled, open): (Vec<usize>, Vec<usize>) =
            std::mem::take(&mut self.open).into_iter().partition(is_priced);
        self.open = open;
        if settled.is_empty() {
            // Without prices the group with the least stands for those that have one.
            let values = tier.values(point);
            let order =
                |a: &usize, b: &usize| values[self.open[*a]].total_cmp(&values[self.open[*b]]);
            let least = (0..self.open.len()).min_by(order);
            settled.extend(least.map(|at| self.open.swap_remove(at)));
        }
        settled.iter().for_each(|group| self.hold(*group, level, tier));
        settled.iter().any(|group| level >= self.limits[*group] * (1.0 - NO_RISE))
    }
}

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
//! Communications Surveys and Tutorials 10, 2008). Fair shares of a convex problem are unique, so that each
//! group can be held to its own.

use apportion_mip::{Model, Objective};

use super::{Fair, Solve, Tier};

/// What a price is nothing beside the greatest.
const NO_PRICE: f64 = 1e-6;
/// By what share of a level the groups that stay there may fall below: less than a solver's own tolerance.
const ROUNDING: f64 = 1e-9;

/// Settles every share, and holds it; gives what the least can be at most.
pub(super) fn settle(
    model: &mut Model,
    tier: &Tier<'_>,
    fair: &mut Fair,
    solve: &mut Solve<'_>,
) -> Option<f64> {
    let mut rising = Rising::new(model, tier);
    let mut bound = None;
    let mut start = fair.point.clone().map(|point| rising.complete(point, tier));
    let mut open: Vec<usize> = (0..tier.len()).collect();
    let mut is_first = true;
    while !open.is_empty() {
        let outcome = solve(&rising.model, start.as_deref(), !is_first);
        if is_first {
            bound = outcome.bound;
        }
        let Some(point) = fair.hear(&outcome) else {
            // What was found on the way keeps every share that is settled.
            keep_better(fair, outcome.point, model.num_columns());
            break;
        };
        let level = point[rising.level as usize];
        let prices = outcome.duals.map_or(Vec::new(), |duals| duals.rows);
        let price = |group: usize| prices.get(rising.first_row + group).map_or(0.0, |it| it.abs());
        let greatest = open.iter().map(|group| price(*group)).fold(0.0, f64::max);
        let is_priced = |group: &usize| greatest > 0.0 && price(*group) > NO_PRICE * greatest;
        // Without prices the group with the least stands for those that have one.
        let (mut settled, left): (Vec<usize>, Vec<usize>) = open.into_iter().partition(is_priced);
        open = left;
        if settled.is_empty() {
            let values = tier.values(&point);
            let Some(at) = (0..open.len()).min_by(|a, b| values[open[*a]].total_cmp(&values[open[*b]]))
            else {
                break;
            };
            settled.push(open.swap_remove(at));
        }
        settled.iter().for_each(|group| rising.stop(*group, level, tier));
        keep_better(fair, Some(point.clone()), model.num_columns());
        start = Some(point);
        is_first = false;
    }
    if let Some(point) = &fair.point {
        for (value, column) in tier.values(point).iter().zip(tier.columns.clone()) {
            let room = ROUNDING * value.abs().max(1.0);
            model.columns.lower[column as usize] = tier.kept(*value) - room;
        }
    }
    bound
}

fn keep_better(fair: &mut Fair, point: Option<Vec<f64>>, columns: usize) {
    if let Some(mut point) = point {
        point.truncate(columns);
        fair.point = Some(point);
    }
}

/// The model with a level under all shares.
struct Rising {
    model: Model,
    /// The column of the level.
    level: u32,
    /// By group: the first column of what an open share may lack of the level, which is nothing.
    first_gap: u32,
    /// By group: the first row that keeps the level under the shares.
    first_row: usize,
}

impl Rising {
    fn new(model: &Model, tier: &Tier<'_>) -> Rising {
        let mut model = model.clone();
        model.set_objective(Objective { maximize: true, ..Objective::default() });
        let level = model.push_column(f64::NEG_INFINITY, f64::INFINITY, false, 1.0);
        let first_gap = level + 1;
        let first_row = model.num_rows();
        for share in tier.columns.clone() {
            let gap = model.push_column(0.0, 0.0, false, 0.0);
            model.push_row(0.0, f64::INFINITY, [(share, 1.0), (level, -1.0), (gap, 1.0)]);
        }
        Rising { model, level, first_gap, first_row }
    }

    /// A point with the greatest level that it has.
    fn complete(&self, mut point: Vec<f64>, tier: &Tier<'_>) -> Vec<f64> {
        let least = tier.values(&point).iter().copied().fold(f64::INFINITY, f64::min);
        point.push(least);
        point.resize(self.model.num_columns(), 0.0);
        point
    }

    /// A group stays at a level, whatever the level does.
    fn stop(&mut self, group: usize, level: f64, tier: &Tier<'_>) {
        let columns = &mut self.model.columns;
        let share = tier.columns.start as usize + group;
        columns.lower[share] = level - ROUNDING * level.abs();
        columns.upper[self.first_gap as usize + group] = f64::INFINITY;
    }
}

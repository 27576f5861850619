//! Shares of what is whole: the shares with the least, ranked, without saying whose they are.
//!
//! ```text
//! solve k   maximize k r[k] - sum over g of d[g, k], with d[g, k] >= r[k] - share[g], d >= 0
//! keep      what that is at least, for all solves after it
//! ```
//!
//! Its best value is what the `k` groups with the least have together, `r[k]` being the `k`-th least share. Lists of
//! such sums are compared like the ranked shares themselves, and their maximum is concave, so that no binaries are
//! needed to rank. Source: Ogryczak, Pióro and Tomaszewski, "Telecommunications network design and max-min optimization
//! problem" (Journal of Telecommunications and Information Technology 3, 2005), the cumulated ordered values; the sum as
//! a linear program is from Ogryczak and Tamir, "Minimizing the sum of the k largest functions in linear time" (2003).
//! As many solves as groups, each with a column and a row more per group than the one before: of many groups only the
//! first ranks are settled, and then all together.

use apportion_mip::{Model, Objective};
use apportion_solve::Proof;

use super::{Fair, Solve, Tier};

/// By what share of a sum it may fall: less than a solver's own tolerance.
const ROUNDING: f64 = 1e-9;

/// Ranks that are settled one by one.
const MOST_RANKS: usize = 32;

/// Settles every rank, and holds it.
pub(super) fn settle(model: &mut Model, tier: &Tier<'_>, fair: &mut Fair, solve: &mut Solve<'_>) {
    let mut kept: Vec<(u32, f64)> = Vec::new();
    let is_long = tier.len() > MOST_RANKS;
    for rank in (1..=tier.len().min(MOST_RANKS)).chain(is_long.then_some(tier.len())) {
        let goal = add_rank(model, tier, rank);
        fair.start.iter_mut().for_each(|start| complete(start, tier, rank));
        model.set_objective(goal.clone());
        let open = tier.len() - (rank - 1).min(MOST_RANKS);
        let outcome = solve(model, fair.start.as_deref(), &fair.settled(tier, open));
        let found = fair.hear(&outcome);
        let is_done = found.is_some();
        let Some(point) = found.or(outcome.point) else {
            // Without a point here the one before stands, with columns for this rank too.
            if fair.point.is_some() {
                fair.point.clone_from(&fair.start);
            }
            break;
        };
        // Later solves need not be able to have what the solver's tolerance gave.
        let sum = goal.at(&point).min(least_together(model, tier, &point, rank));
        let room = ROUNDING * sum.abs().max(1.0);
        let row = model.push_row(sum - room, f64::INFINITY, goal.costs.iter());
        kept.push((row, sum));
        fair.found(point);
        if !is_done {
            break;
        }
    }
    if is_long && fair.is_settled() {
        fair.proof = Proof::None;
    }
    for (row, sum) in kept {
        model.rows.lower[row as usize] += tier.kept(sum) - sum;
    }
}

/// What the groups with the least have together, so many of them, as an objective.
fn add_rank(model: &mut Model, tier: &Tier<'_>, rank: usize) -> Objective {
    let ranked = model.push_column(f64::NEG_INFINITY, f64::INFINITY, false, 0.0);
    let mut goal = Objective { maximize: true, ..Objective::default() };
    goal.costs.push(ranked..ranked + 1, rank as f64);
    for share in tier.columns.clone() {
        let lack = model.push_column(0.0, f64::INFINITY, false, 0.0);
        model.push_row(0.0, f64::INFINITY, [(share, 1.0), (ranked, -1.0), (lack, 1.0)]);
        goal.costs.push(lack..lack + 1, -1.0);
    }
    goal
}

/// What so many groups have at most that have the least, once whole columns are whole.
fn least_together(model: &Model, tier: &Tier<'_>, point: &[f64], rank: usize) -> f64 {
    let columns = point.iter().zip(&model.columns.integer);
    let whole: Vec<f64> =
        columns.map(|(value, integer)| if *integer { value.round() } else { *value }).collect();
    let mut shares: Vec<f64> = tier.shares.sums.iter().map(|sum| sum.at(&whole)).collect();
    shares.sort_by(f64::total_cmp);
    shares[..rank].iter().sum()
}

/// Gives the columns of a rank their values at a point.
fn complete(point: &mut Vec<f64>, tier: &Tier<'_>, rank: usize) {
    let values = tier.values(point).to_vec();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let ranked = sorted[rank - 1];
    point.push(ranked);
    point.extend(values.iter().map(|value| (ranked - value).max(0.0)));
}

//! Shares by what they are worth together: tangents above the worth of each, more of them where they matter.
//!
//! ```text
//! first   maximize the least share, a point to begin from
//! solve   maximize sum over g of weight[g] v[g], with v[g] <= U(p) + U'(p) (share[g] - p) for the points p of group g
//! refine  new points where the tangents say more than the shares are worth; repeat until that is as good as nothing
//! ```
//!
//! U is concave, so that no tangent lies below it, and each solve bounds what all shares can be worth: outer linearization.
//! Source: Kelley, "The cutting-plane method for solving convex programs" (Journal of the Society for Industrial and
//! Applied Mathematics 8, 1960); of whole decisions Duran and Grossmann, "An outer-approximation algorithm for a class of
//! mixed-integer nonlinear programs" (Mathematical Programming 36, 1986). What can be divided at will has every mixture of
//! points that were found too, and the best mixture is taken: von Hohenbalken, "Simplicial decomposition in nonlinear
//! programming algorithms" (Mathematical Programming 13, 1977).
//!
//! Everything is measured by equal shares: the share that, given to every group, is worth as much.

use apportion_lower::Worth;
use apportion_mip::Model;
use apportion_solve::Proof;

use super::kept::Kept;
use super::tangents::{Tangents, whole};
use super::{Fair, Solve, Tier, ranked, rising};

/// How far the tangents may be above what shares are worth, as a part of the equal share, where amounts can be divided.
const NEAR: f64 = 1e-10;
/// Tangents no farther off than this are exact: it is what the arithmetic of a solver is good for.
const ACCURACY: f64 = 1e-6;
/// Solves at most.
const MOST_ROUNDS: usize = 60;
/// What a solve leaves of the error at most that brings it down, and how many in a row do not before tangents are given up
/// that are exact already; of others three times as many.
const FASTEST: f64 = 0.7;
const MOST_STALLED: usize = 4;
/// What a share is nothing beside the unit of its sum.
const NOTHING: f64 = 1e-9;
/// By what share of itself a share may fall: what arithmetic loses.
const ROUNDING: f64 = 1e-12;
/// Points of which mixtures are taken.
const MIXED: usize = 8;

/// Settles every share, and holds it, or of whole decisions what all are worth; `gap` will do where decisions are whole.
pub(super) fn settle(
    model: &mut Model,
    tier: &Tier<'_>,
    worth: &Worth,
    (gap, kept): (f64, &mut Vec<Kept>),
    fair: &mut Fair,
    solve: &mut Solve<'_>,
) {
    let is_whole = model.has_integers();
    let has_floor = worth.utility.floor.is_some();
    let free = tier.lower(model).to_vec();
    if !has_floor {
        // A share below 0 makes all of them worth nothing.
        tier.lower(model).fill(0.0);
    }
    let is_settled = rising::least(model, tier, fair, solve);
    let is_below = fair.proof == Proof::Infeasible && !has_floor;
    let least = match &fair.point {
        _ if is_below => 0.0,
        Some(point) if is_settled => {
            tier.values(point).iter().copied().fold(f64::INFINITY, f64::min)
        }
        _ => return,
    };
    let is_short = !has_floor && least <= NOTHING;
    if is_short && (worth.utility.alpha >= 1.0 || is_below) {
        tier.lower(model).copy_from_slice(&free);
        return without_worth(model, tier, fair, solve);
    }
    let mut fixed = vec![false; tier.len()];
    if is_short && !is_whole {
        // Of what can be divided, those that have nothing in the fairest plan have nothing in any.
        rising::settle(model, tier, fair, solve);
        if !fair.is_settled() {
            return;
        }
        let shares = fair.point.as_deref().map_or(&[][..], |point| tier.values(point));
        fixed = shares.iter().map(|share| *share <= NOTHING).collect();
        tier.lower(model).fill(0.0);
    }
    let near = if is_whole { gap.max(NEAR) } else { NEAR };
    Search { model, tier, worth, fixed: &fixed, gap, near }.run(fair, solve);
    let Some(point) = &mut fair.point else { return };
    let values = whole(model, tier.shares, point);
    // Below the floor a share is worth as much to one group as to another.
    let is_even = worth.utility.floor.is_some_and(|floor| values.iter().any(|it| *it < floor));
    if is_whole || is_even {
        kept.push(Kept::new(model, tier, worth, values, point));
        fair.start = fair.point.clone();
        return;
    }
    let left = tier.shares.kept(&values, tier.slack);
    for (lower, left) in tier.lower(model).iter_mut().zip(left) {
        *lower = left - ROUNDING * left.abs().max(1.0);
    }
}

/// No plan gives every group something, so that all are worth as little: the least share as great as it can be, then the
/// next, and so on.
fn without_worth(model: &mut Model, tier: &Tier<'_>, fair: &mut Fair, solve: &mut Solve<'_>) {
    match model.has_integers() {
        true => ranked::settle(model, tier, fair, solve),
        false => rising::settle(model, tier, fair, solve),
    }
    if tier.before == 0 && fair.point.is_some() {
        (fair.least, fair.bound) = (Some(0.0), Some(0.0));
    }
}

struct Search<'s> {
    model: &'s Model,
    tier: &'s Tier<'s>,
    worth: &'s Worth,
    /// By group: whether it has nothing in any plan.
    fixed: &'s [bool],
    gap: f64,
    /// How near to the bound is near enough, as a part of the equal share.
    near: f64,
}

impl Search<'_> {
    /// From the point that is known to the one that is worth most.
    fn run(&self, fair: &mut Fair, solve: &mut Solve<'_>) {
        let Some(mut best) = fair.point.clone() else { return };
        let groups = self.tier.len();
        let mut shares = whole(self.model, self.tier.shares, &best);
        let mut tangents = Tangents::new(self.worth, &shares, self.fixed);
        let mut found: Vec<Vec<f64>> = Vec::new();
        let (mut bound, mut error) = (f64::INFINITY, f64::INFINITY);
        let (mut open, mut stalled) = (groups, 0);
        for _ in 0..MOST_ROUNDS {
            let mut model = self.model.clone();
            let posed = tangents.pose(&mut model, self.tier, self.worth, &shares);
            let start = posed.complete(&best, self.tier);
            let outcome = solve(&model, Some(&start), &fair.settled(self.tier, open));
            let is_done = fair.note(&outcome);
            if let Some(proven) = outcome.bound {
                bound = bound.min(posed.equal_share(proven, self.worth));
            }
            let Some(mut point) = outcome.point else { break };
            let reached = whole(self.model, self.tier.shares, &point);
            let above = posed.above(&point, &reached, self.worth);
            point.truncate(self.model.num_columns());
            if !self.model.has_integers() {
                found.push(point);
                let first = found.len().saturating_sub(MIXED);
                self.mix(&mut best, &found[first..]);
                shares = self.tier.values(&best).to_vec();
            } else if self.worth.equal_share(&reached) > self.worth.equal_share(&shares) {
                (best, shares) = (point, reached.clone());
            }
            let before = error;
            error = self.error(bound, &shares, fair);
            stalled = if error < FASTEST * before { 0 } else { stalled + 1 };
            let is_exact = error <= self.near || stalled >= MOST_STALLED && error <= ACCURACY;
            if !is_done || is_exact || stalled >= 3 * MOST_STALLED {
                break;
            }
            let refined = tangents.refine(&above, [&reached, &shares]);
            open = refined.open;
            if !refined.is_new {
                break;
            }
        }
        fair.found(best);
        fair.error = Some(fair.error.unwrap_or(0.0).max(error));
        if fair.is_settled() {
            fair.proof = match error {
                error if error <= ACCURACY => Proof::Optimal,
                error if error <= self.gap => Proof::WithinGap,
                _ => Proof::None,
            };
        }
    }

    /// By what part of the equal share, or of the floor where that is more, the bound is above it; notes both.
    fn error(&self, bound: f64, shares: &[f64], fair: &mut Fair) -> f64 {
        let equal = self.worth.equal_share(shares);
        if self.tier.before == 0 {
            let unit = self.tier.shares.unit;
            fair.least = Some(equal * unit);
            fair.bound = bound.is_finite().then_some(bound.max(equal) * unit);
        }
        match bound > equal {
            true => (bound - equal) / equal.abs().max(self.worth.utility.floor.unwrap_or(0.0)),
            false => 0.0,
        }
    }

    /// Moves a point to the best mixture of itself and others, one after the other.
    fn mix(&self, best: &mut Vec<f64>, others: &[Vec<f64>]) {
        let equal = |point: &[f64]| self.worth.equal_share(self.tier.values(point));
        for other in others.iter().rev().chain(others) {
            let part = self.part(self.tier.values(best), self.tier.values(other));
            let pairs = best.iter().zip(other);
            let mixed: Vec<f64> =
                pairs.map(|(value, other)| value + part * (other - value)).collect();
            if equal(&mixed) > equal(best) {
                *best = mixed;
            }
        }
    }

    /// How far to go from some shares to others so that they are worth most.
    fn part(&self, from: &[f64], to: &[f64]) -> f64 {
        // Any share above 0 will do.
        let greatest = || to.iter().fold(0.0, |greatest: f64, share| greatest.max(*share));
        let equal = self.worth.equal_share(from).max(self.worth.utility.floor.unwrap_or(0.0));
        let unit = if equal > 0.0 { equal } else { greatest() };
        let utility = self.worth.utility.in_unit(unit);
        let grows = |part: f64| {
            let pairs = self.worth.weights.iter().zip(from.iter().zip(to));
            // Of a share of 0 the slope may be without end.
            let slopes = pairs.filter(|(_, (from, to))| from != to).map(|(weight, (from, to))| {
                weight * utility.slope((from + part * (to - from)) / unit) * (to - from)
            });
            slopes.sum::<f64>() > 0.0
        };
        let (mut least, mut most) = (0.0, 1.0);
        if grows(most) {
            return most;
        }
        for _ in 0..60 {
            let middle = 0.5 * (least + most);
            if grows(middle) { least = middle } else { most = middle }
        }
        least
    }
}

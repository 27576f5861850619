//! Levels that seek fair shares: the least as great as it can be, then the next, and so on, by several solves.
//!
//! Columns for the shares are added to the model, and rows or bounds that keep them, which later levels then solve with.

mod kept;
mod limits;
mod ranked;
mod rising;
mod tangents;
mod worth;

use apportion_ground::Slack;
use apportion_lower::{Objective, Shares};
use apportion_mip::Model;
use apportion_solve::{Outcome, Proof, Stop};

pub(crate) use kept::{Kept, refuse};

/// Solves a model from a start, and hears first how far the shares have come.
pub(crate) type Solve<'s> = dyn FnMut(&Model, Option<&[f64]>, &Settled) -> Outcome + 's;

/// How far a level of shares has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    /// Shares that have their last value.
    pub(crate) settled: usize,
    /// How many shares there are.
    pub(crate) all: usize,
    /// The level's value and what it can be at most, in its own unit; none while the first share is sought.
    pub(crate) least: Option<(f64, Option<f64>)>,
}

/// What became of a level of shares.
#[derive(Clone, Debug)]
pub(crate) struct Fair {
    /// The fairest point known, with a value for each column that the model has now.
    pub(crate) point: Option<Vec<f64>>,
    /// Where the next solve begins: that point, or before there is one a point that may break rows.
    start: Option<Vec<f64>>,
    /// The level's value, in its own unit: the least share, or the equal share that is worth as much as all.
    least: Option<f64>,
    /// What that can be at most.
    pub(crate) bound: Option<f64>,
    /// How far tangents may be off, as a part of the equal share; none where there are none.
    pub(crate) error: Option<f64>,
    /// What one of the sums of the first tier is in the level's own unit.
    unit: f64,
    /// What is proven of all shares.
    pub(crate) proof: Proof,
    /// What ended the last solve.
    pub(crate) stopped: Stop,
    pub(crate) solves: u64,
    pub(crate) seconds: f64,
}

impl Fair {
    fn new(start: Option<Vec<f64>>, unit: f64) -> Fair {
        Fair {
            point: None,
            start,
            least: None,
            bound: None,
            error: None,
            unit,
            proof: Proof::None,
            stopped: Stop::Completed,
            solves: 0,
            seconds: 0.0,
        }
    }

    /// Notes a solve; gives its point if the solve came to its end.
    fn hear(&mut self, outcome: &Outcome) -> Option<Vec<f64>> {
        if self.solves == 0 {
            // The first solve seeks the least share.
            let own = |value: Option<f64>| value.map(|value| value * self.unit);
            (self.least, self.bound) = (own(outcome.objective), own(outcome.bound));
        }
        let is_done = self.note(outcome);
        outcome.point.clone().filter(|_| is_done)
    }

    /// Notes a solve whose value is not the level's; says whether it came to its end.
    fn note(&mut self, outcome: &Outcome) -> bool {
        self.solves += 1;
        self.seconds += outcome.seconds;
        self.stopped = outcome.stopped;
        self.proof = outcome.proof;
        outcome.stopped == Stop::Completed && self.is_settled()
    }

    /// Where it is with a tier that has so many shares that are not settled.
    fn settled(&self, tier: &Tier<'_>, open: usize) -> Settled {
        let settled = tier.before + tier.len() - open;
        let least = self.least.map(|least| (least, self.bound));
        Settled { settled, all: tier.all, least }
    }

    /// Notes a point that keeps every row of the model.
    fn found(&mut self, point: Vec<f64>) {
        self.start = Some(point.clone());
        self.point = Some(point);
    }

    fn is_settled(&self) -> bool {
        matches!(self.proof, Proof::Optimal | Proof::WithinGap)
    }
}

/// Makes shares fair, tier after tier, and keeps them so for later levels, but for the slack; `kept` are whole shares of
/// levels before, and `gap` is the gap that will do.
pub(crate) fn make_fair(
    model: &mut Model,
    objective: &Objective,
    start: Option<Vec<f64>>,
    (gap, kept): (f64, &mut Vec<Kept>),
    solve: &mut Solve<'_>,
) -> Fair {
    let mut fair = Fair::new(start, objective.shares[0].unit);
    let all = objective.shares.iter().map(|shares| shares.sums.len()).sum();
    let mut before = 0;
    for shares in &objective.shares {
        let columns = add_shares(model, shares);
        let with_shares = |point: &mut Vec<f64>| {
            let values: Vec<f64> = shares.sums.iter().map(|sum| sum.at(point)).collect();
            point.extend(values);
        };
        fair.point.iter_mut().chain(&mut fair.start).for_each(with_shares);
        let tier = Tier { shares, columns, slack: objective.slack, before, all };
        loop {
            let known = kept.len();
            let begun = (known > 0).then(|| (model.clone(), fair.clone()));
            match &shares.worth {
                Some(worth) => worth::settle(model, &tier, worth, (gap, kept), &mut fair, solve),
                None if model.has_integers() => ranked::settle(model, &tier, &mut fair, solve),
                None => rising::settle(model, &tier, &mut fair, solve),
            }
            let (Some((mut again, was)), Some(point)) = (begun, &fair.point) else { break };
            if fair.stopped != Stop::Completed || !refuse(&mut kept[..known], &mut again, point) {
                break;
            }
            *model = again;
            kept.truncate(known);
            fair = Fair { solves: fair.solves, seconds: fair.seconds, ..was };
        }
        before += tier.len();
        if !fair.is_settled() || fair.point.is_none() {
            break;
        }
    }
    if fair.proof == Proof::Unbounded {
        // No shares are the fairest of shares without end.
        fair.point = None;
    }
    fair
}

/// The shares of one tier, and their columns in the model.
struct Tier<'s> {
    shares: &'s Shares,
    columns: std::ops::Range<u32>,
    slack: Slack,
    /// Shares of the tiers before it.
    before: usize,
    /// Shares of all tiers.
    all: usize,
}

impl Tier<'_> {
    fn len(&self) -> usize {
        self.columns.len()
    }

    /// What later levels may leave of a sum of shares.
    fn kept(&self, value: f64) -> f64 {
        let unit = self.shares.unit;
        value - self.slack.of(value * unit) / unit
    }

    /// What each share is at least.
    fn lower<'m>(&self, model: &'m mut Model) -> &'m mut [f64] {
        &mut model.columns.lower[self.columns.start as usize..self.columns.end as usize]
    }

    fn values<'p>(&self, point: &'p [f64]) -> &'p [f64] {
        &point[self.columns.start as usize..self.columns.end as usize]
    }
}

/// One column for each share, which is equal to it.
fn add_shares(model: &mut Model, shares: &Shares) -> std::ops::Range<u32> {
    let first = model.num_columns() as u32;
    for sum in &shares.sums {
        let column = model.push_column(f64::NEG_INFINITY, f64::INFINITY, false, 0.0);
        model.push_row(-sum.offset, -sum.offset, sum.costs.iter().chain([(column, -1.0)]));
    }
    first..model.num_columns() as u32
}

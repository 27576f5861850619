//! What a solver makes of a part.

use apportion_lower::{Limits, Resolution, lower};
use apportion_solve::{Highs, Settings, Solver, Stop, Watch};

use apportion_mip::{Costs, Objective};

use super::Part;
use crate::worth::LEAST_GAIN;

/// How far from its best a part may be left, as a share of what its hosts are worth: the last percent takes
/// longer than another part.
const PART_GAP: f64 = 0.01;
/// Nodes of the search tree that a part may cost, and iterations of the linear solver.
const MOST_NODES: u32 = 20;
const MOST_ITERATIONS: u64 = 500;

/// A part with what a solver made of it.
pub(crate) struct Solved {
    pub(crate) part: Part,
    /// By choice: its value, if that is better than what was held.
    pub(crate) values: Option<Vec<f64>>,
    /// Whether nothing better is left in the part.
    pub(crate) exhausted: bool,
}

/// Ends a solve when the search is over.
pub(crate) struct Until<'s>(pub(crate) &'s (dyn Fn() -> bool + Sync));

impl Watch for Until<'_> {
    fn progress(&self, _: &apportion_solve::Progress) {}

    fn interrupted(&self) -> bool {
        (self.0)()
    }
}

/// Solves a part for one level; `allowed` is how much worse each level above may become.
pub(crate) fn solve(
    part: Part,
    objective: usize,
    allowed: &[f64],
    (seed, stay): (u32, bool),
    watch: &Until<'_>,
) -> Solved {
    let (values, exhausted) = match watch.interrupted() {
        true => (None, false),
        false => best(&part, objective, allowed, (seed, stay), watch),
    };
    Solved { part, values, exhausted }
}

fn best(
    part: &Part,
    objective: usize,
    allowed: &[f64],
    (seed, stay): (u32, bool),
    watch: &Until<'_>,
) -> (Option<Vec<f64>>, bool) {
    let Ok(mut lowered) = lower(&part.ground, Resolution::Classes, Limits::default()) else {
        return (None, true);
    };
    let mut start = vec![0.0; lowered.model.num_columns()];
    part.held.iter().for_each(|it| start[it.choice] += it.value);
    lowered.complete(&mut start);
    for (level, allowed) in allowed.iter().enumerate() {
        let mut goal = lowered.goal(level);
        let scale = goal.scale();
        let value = goal.costs.at(&start);
        let room = allowed * scale + LEAST_GAIN * value.abs();
        let (lower, upper) = match goal.maximize {
            true => (value - room, f64::INFINITY),
            false => (f64::NEG_INFINITY, value + room),
        };
        let terms: Vec<(u32, f64)> = goal.costs.iter().collect();
        if !terms.is_empty() {
            lowered.model.push_row(lower, upper, terms);
        }
    }
    let mut goal = lowered.goal(objective);
    let before = goal.costs.at(&start);
    let maximize = goal.maximize;
    if stay {
        prefer(&mut goal, &start[..part.choices.len()]);
    }
    goal.scale();
    lowered.model.set_objective(goal);
    let settings = Settings {
        relative_gap: PART_GAP,
        node_limit: Some(MOST_NODES),
        iteration_limit: Some(MOST_ITERATIONS),
        seed,
        ..Settings::default()
    };
    let outcome = Highs::new().solve(&lowered.model, Some(&start), &settings, watch);
    let exhausted = outcome.stopped == Stop::Completed;
    let Some(point) = outcome.point else { return (None, exhausted) };
    let after = lowered.goal(objective).costs.at(&point);
    let gain = if maximize { after - before } else { before - after };
    let better = gain > LEAST_GAIN * before.abs();
    (better.then(|| point[..part.choices.len()].to_vec()), exhausted)
}

/// Makes values that are held worth keeping: all of them together less than the least that a unit counts.
fn prefer(goal: &mut Objective, held: &[f64]) {
    let least = goal.costs.runs().iter().map(|run| run.cost.abs()).fold(f64::INFINITY, f64::min);
    let units: f64 = held.iter().sum();
    if !least.is_finite() || units <= 0.0 {
        return;
    }
    let worth = least / (4.0 * units) * if goal.maximize { 1.0 } else { -1.0 };
    let end = goal.costs.runs().last().map_or(0, |run| run.columns.end as usize);
    let costs = goal.costs.dense(0..end.max(held.len()));
    goal.costs = Costs::default();
    for (column, cost) in (0..).zip(costs) {
        let is_held = held.get(column as usize).is_some_and(|value| *value > 0.0);
        goal.costs.push(column..column + 1, if is_held { cost + worth } else { cost });
    }
}

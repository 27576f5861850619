//! Every assignment of a tiny world, to judge a solver by.

use std::ops::Add;

use apportion_check::eval::{EvalError, Value};
use apportion_check::policy::{DecisionId, ExprKind, Level, LevelId, Policy};
use apportion_facts::{Assignment, DecisionValues, WorldFacts};

use crate::decisions;
use crate::inline::inline;
use crate::judge::Bench;
use crate::reader::Court;
use crate::state::{Indexed, State};
use crate::verdict::{Failure, Item, Tolerance, Verdict};

/// What trying everything came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Enumeration {
    /// How many assignments there are.
    pub points: u64,
    /// How many of them obey every hard rule.
    pub feasible: u64,
    /// The best of them; absent where there is none.
    pub optimum: Option<Optimum>,
}

/// What is best, level by level.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// By how much rules with an `if broken` must be broken in all, in base units: mending what is
    /// broken today comes before every level.
    pub excused: f64,
    /// The best value of each level among the assignments that levels before it leave, in base units.
    pub levels: Vec<f64>,
    /// The first assignment that every level accepts.
    pub assignment: Assignment,
}

/// Why not everything was tried.
#[derive(Clone, Debug, PartialEq)]
pub enum TooLarge {
    /// There are more assignments than that.
    Points(u64),
    /// A decision has no greatest value.
    Unbounded(DecisionId),
    /// A bound or a `where` cannot be evaluated.
    Failed(Failure),
}

/// Tries every assignment with whole numbers of base units within the decisions' bounds, at most `limit`
/// of them.
pub fn brute_force(
    policy: &Policy,
    facts: &WorldFacts<'_>,
    limit: u64,
) -> Result<Enumeration, TooLarge> {
    let (policy, failures) = inline(policy);
    if let Some(failure) = failures.into_iter().find(|it| !matches!(it.item, Item::Report(_))) {
        return Err(TooLarge::Failed(failure));
    }
    let bench = Bench::new(&policy, facts, &Tolerance::default());
    let axes = axes(&bench.court)?;
    let points = axes.iter().try_fold(1u64, |points, axis| {
        points.checked_mul((axis.most - axis.least + 1).max(0) as u64)
    });
    let points = points.filter(|points| *points <= limit).ok_or(TooLarge::Points(limit))?;
    let mut feasible = Vec::new();
    let mut values: Vec<i64> = axes.iter().map(|axis| axis.least).collect();
    for _ in 0..points {
        feasible.extend(point(&bench, &axes, &values));
        advance(&axes, &mut values);
    }
    let count = feasible.len() as u64;
    let optimum = best(&bench, &axes, feasible)?;
    Ok(Enumeration { points, feasible: count, optimum })
}

/// One tuple of one decision, and the values that it may have.
struct Axis {
    decision: DecisionId,
    tuple: Vec<u32>,
    least: i64,
    most: i64,
}

/// An assignment that obeys every hard rule.
struct Point {
    values: Vec<i64>,
    excused: f64,
    levels: Vec<f64>,
    /// By level, of shares: what makes them fair, one number after the other.
    shares: Vec<Vec<f64>>,
}

fn axes(court: &Court<'_>) -> Result<Vec<Axis>, TooLarge> {
    let mut axes = Vec::new();
    for (decision, id) in court.policy.decisions.iter().zip(0..) {
        let id = DecisionId(id);
        // What stands for what a rule says follows from the rest.
        if court.policy.is_auxiliary(id) {
            continue;
        }
        let mut unbounded = false;
        decisions::each_tuple(court, decision, |tuple, frame| {
            let evaluator = &court.evaluator;
            let least = match &decision.lower {
                Some(lower) => evaluator.eval_number(lower, frame)?,
                None => 0.0,
            };
            let Some(upper) = &decision.upper else {
                unbounded = true;
                return Ok(());
            };
            let most = evaluator.eval_number(upper, frame)?;
            axes.push(Axis {
                decision: id,
                tuple: tuple.to_vec(),
                least: (least - 1e-9).ceil() as i64,
                most: (most + 1e-9).floor() as i64,
            });
            Ok(())
        })
        .map_err(|error| {
            TooLarge::Failed(Failure { item: Item::Decision(id), at: Vec::new(), error })
        })?;
        if unbounded {
            return Err(TooLarge::Unbounded(id));
        }
    }
    Ok(axes)
}

/// The next point; the last axis varies fastest.
fn advance(axes: &[Axis], values: &mut [i64]) {
    for (axis, value) in axes.iter().zip(values).rev() {
        if *value < axis.most {
            *value += 1;
            return;
        }
        *value = axis.least;
    }
}

fn assignment(policy: &Policy, axes: &[Axis], values: &[i64]) -> Assignment {
    let mut entries = vec![Vec::new(); policy.decisions.len()];
    for (axis, value) in axes.iter().zip(values) {
        entries[axis.decision.index()].push((axis.tuple.clone(), *value as f64));
    }
    let decisions = policy.decisions.iter().zip(entries);
    Assignment {
        decisions: decisions
            .map(|(decision, entries)| {
                DecisionValues::from_entries(decision.indices.len(), entries)
            })
            .collect(),
    }
}

/// The point, if it obeys every hard rule. Its tuples exist and keep to their bounds.
fn point(bench: &Bench<'_>, axes: &[Axis], values: &[i64]) -> Option<Point> {
    let assignment = assignment(bench.court.policy, axes, values);
    let state = State::new(assignment.decisions.into_iter().map(Indexed::new).collect());
    let state = bench.beside_now(state);
    let mut verdict = Verdict::default();
    bench.rules_and_levels(&state, &mut verdict);
    verdict.holds().then(|| Point {
        values: values.to_vec(),
        excused: verdict.rules.iter().map(|rule| rule.excused_amount).fold(0.0, f64::add),
        levels: verdict.levels.iter().map(|level| level.value).collect(),
        shares: bench.court.policy.levels.iter().map(|level| shares(level, &verdict)).collect(),
    })
}

fn shares(level: &Level, verdict: &Verdict) -> Vec<f64> {
    match level.value.kind {
        ExprKind::Shares(id) => verdict.fairness[id.index()].merits(),
        _ => Vec::new(),
    }
}

/// Keeps the points of which no merit of their shares is less than those of the fairest, but for the slack.
fn keep_fair<'f>(
    bench: &Bench<'f>,
    (position, level): (usize, &'f Level),
    points: &mut Vec<Point>,
) -> Result<(), EvalError> {
    let sum = |point: &Point, at: usize| point.shares[position][at];
    let rooms = |at: usize| rounding(points.iter().map(|point| sum(point, at)));
    let sums = 0..points.first().map_or(0, |point| point.shares[position].len());
    let rooms: Vec<f64> = sums.map(rooms).collect();
    let mut fairest: Vec<&Point> = points.iter().collect();
    let mut least = Vec::with_capacity(rooms.len());
    for (at, room) in rooms.iter().enumerate() {
        let sums = fairest.iter().map(|point| sum(point, at));
        let best = sums.fold(f64::NEG_INFINITY, f64::max);
        fairest.retain(|point| sum(point, at) >= best - room);
        least.push(best - room - slack(&bench.court, level, best)?);
    }
    points.retain(|point| least.iter().enumerate().all(|(at, least)| sum(point, at) >= *least));
    Ok(())
}

/// Level by level, what the levels before it leave.
fn best(
    bench: &Bench<'_>,
    axes: &[Axis],
    mut points: Vec<Point>,
) -> Result<Option<Optimum>, TooLarge> {
    let policy = bench.court.policy;
    let Some(excused) = points.iter().map(|point| point.excused).min_by(f64::total_cmp) else {
        return Ok(None);
    };
    let room = rounding(points.iter().map(|point| point.excused));
    points.retain(|point| point.excused <= excused + room);
    let mut levels = Vec::with_capacity(policy.levels.len());
    for (position, level) in policy.levels.iter().enumerate() {
        let sign = if level.maximize { -1.0 } else { 1.0 };
        let cost = |point: &Point| sign * point.levels[position];
        let least = points.iter().map(cost).fold(f64::INFINITY, f64::min);
        let failed = |error| {
            let item = Item::Level(LevelId(position as u32));
            TooLarge::Failed(Failure { item, at: Vec::new(), error })
        };
        let slack = slack(&bench.court, level, least).map_err(failed)?;
        let room = rounding(points.iter().map(cost));
        points.retain(|point| cost(point) <= least + slack + room);
        keep_fair(bench, (position, level), &mut points).map_err(failed)?;
        levels.push(sign * least);
    }
    let optimum = points.first().map(|first| Optimum {
        excused,
        levels,
        assignment: assignment(policy, axes, &first.values),
    });
    Ok(optimum)
}

/// What values of this size are off by, summed in another order.
fn rounding(values: impl Iterator<Item = f64>) -> f64 {
    1e-9 * values.map(f64::abs).fold(0.0, f64::max)
}

/// How much later levels may give up of a value.
fn slack<'f>(court: &Court<'f>, level: &'f Level, value: f64) -> Result<f64, EvalError> {
    let Some((slack, relative)) = &level.slack else { return Ok(0.0) };
    let mut frame = vec![Value::Absent; level.frame];
    let slack = court.evaluator.eval_number(slack, &mut frame)?.max(0.0);
    Ok(if *relative { slack * value.abs() } else { slack })
}

//! What placements' subjects ask for, by the bound of their decision, and do not get.

use std::collections::{HashMap, HashSet};

use apportion_check::eval::{Evaluator, Limits, Value, walk};
use apportion_check::policy::{Domain, Expr, ExprKind};
use apportion_facts::{Assignment, WorldFacts};
use apportion_ground::{Bars, barred};
use apportion_plan::Refused;
use apportion_unpack::Prospects;

use crate::build::{Builder, shown, unit_name};
use crate::reasons::{Court, Reached};

/// A row that gets less than it asks for.
pub(crate) struct Missing {
    pub(crate) decision: usize,
    input: usize,
    pub(crate) row: u32,
    /// In the decision's base unit.
    pub(crate) placed: f64,
    pub(crate) amount: f64,
}

/// Places that are looked at for what shuts rows out of them.
const MOST_PLACES: u64 = 500_000;

/// The share of the time limit that reasons have even if the time is up, as a plan that a limit ended has them too.
const OWN_SHARE: f64 = 0.1;
/// What that is at least and at most, in seconds.
const OWN_SECONDS: (f64, f64) = (0.1, 1.0);

/// What is said of a row where there was no time to look.
const NOT_LOOKED_FOR: &str = "not looked for: the time was up";

/// What is missing, and of how many rows it was not looked for why.
#[derive(Default)]
pub(crate) struct Refusals {
    pub(crate) rows: Vec<Refused>,
    pub(crate) unexplained: usize,
}

/// What is missing of each subject, and why it is not there.
pub(crate) fn refused(
    builder: &Builder<'_>,
    assignment: &Assignment,
    reached: &Reached,
) -> Refusals {
    let Builder { policy, ground, request, .. } = builder;
    let until = until(builder);
    let is_over = || builder.observer.elapsed() > until;
    let missing = missing(builder, assignment);
    if missing.is_empty() {
        return Refusals::default();
    }
    let values = assignment.decisions.iter().enumerate();
    let values =
        values.flat_map(|(at, it)| it.iter().map(move |(tuple, value)| (at, tuple, value)));
    let rows: Vec<(usize, u32)> = missing.iter().map(|it| (it.decision, it.row)).collect();
    let movable = policy.decisions.iter().map(|decision| !decision.is_place).collect();
    let prospects = Prospects::beside(ground, values, &rows, movable, &is_over);
    let bars = bars(builder, &prospects, &missing);
    let court = Court { builder, reached, prospects };
    // Rows of one class of which nothing is placed are in one position, unless it counts where they run.
    let mut known: HashMap<(usize, Option<u32>, u64), String> = HashMap::new();
    let runs_alike = builder.ground.decisions.iter().all(|it| it.moves.is_none());
    let mut unexplained = 0;
    let refused = missing.iter().map(|it| {
        let class = court.prospects.class_of(it.decision, it.row);
        let reason = || match bars.get(&(it.decision, class)) {
            Some(bars) => court.barred(it, bars.as_ref()),
            None => court.reason(it),
        };
        let is_alike = it.placed == 0.0 && runs_alike;
        let key = is_alike.then_some((it.decision, class, it.amount.to_bits()));
        let reason = match key.and_then(|key| known.get(&key)) {
            Some(reason) => reason.clone(),
            None if is_over() => {
                unexplained += 1;
                NOT_LOOKED_FOR.to_owned()
            }
            None => {
                let reason = reason();
                known.extend(key.map(|key| (key, reason.clone())));
                reason
            }
        };
        Refused {
            decision: policy.decisions[it.decision].name.to_string(),
            subject: request.world.key(it.input, it.row).to_owned(),
            amount: shown(it.amount, policy.decisions[it.decision].unit.as_ref()),
            unit: unit_name(policy.decisions[it.decision].unit.as_ref()),
            reason,
        }
    });
    let rows = refused.collect();
    Refusals { rows, unexplained }
}

/// When reasons are to be done, in seconds of the run.
fn until(builder: &Builder<'_>) -> f64 {
    let Some(limit) = builder.request.options.time_limit else { return f64::INFINITY };
    let limit = limit.as_secs_f64();
    let (least, most) = OWN_SECONDS;
    limit.max(builder.observer.elapsed() + (limit * OWN_SHARE).clamp(least, most))
}

fn missing(builder: &Builder<'_>, assignment: &Assignment) -> Vec<Missing> {
    let Builder { policy, request, .. } = builder;
    let facts = WorldFacts::new(policy, request.world, request.settings);
    let evaluator = Evaluator::new(policy, &facts, Limits::default());
    let mut all = Vec::new();
    for (at, decision) in policy.decisions.iter().enumerate() {
        let (Some(upper), Some(Domain::Input(input)), true) = (
            decision.upper.as_ref().filter(|upper| reads_first_only(upper)),
            decision.indices.first().map(|it| &it.domain),
            decision.is_place,
        ) else {
            continue;
        };
        let rows = request.world.tables.get(input.index()).map_or(0, |it| it.keys.len());
        let mut placed = vec![0.0; rows];
        for (tuple, value) in assignment.decisions[at].iter() {
            placed[tuple[0] as usize] += value;
        }
        let mut frame = vec![Value::Absent; decision.frame.max(1)];
        for (row, placed) in (0..).zip(placed) {
            frame[decision.indices[0].var.index()] = Value::Row(row);
            let Ok(asked) = evaluator.eval_number(upper, &mut frame) else { continue };
            let amount = asked - placed;
            if amount > 1e-6 {
                all.push(Missing { decision: at, input: input.index(), row, placed, amount });
            }
        }
    }
    all
}

/// What shuts out the rows that no column is open for, by class; nothing where that is not cheap to find.
fn bars(
    builder: &Builder<'_>,
    prospects: &Prospects<'_>,
    missing: &[Missing],
) -> HashMap<(usize, Option<u32>), Option<Bars>> {
    let Builder { policy, ground, request, .. } = builder;
    let (mut classes, mut known) = (Vec::new(), HashSet::new());
    let mut asked = Vec::new();
    for it in missing {
        let columns = &ground.decisions[it.decision];
        let own = prospects.columns_of(it.decision, it.row);
        let is_open = own.iter().any(|at| columns.upper[*at as usize] > 0.0);
        let class = (it.decision, prospects.class_of(it.decision, it.row));
        if !is_open && known.insert(class) {
            classes.push(class);
            asked.push((it.decision, it.row));
        }
    }
    if asked.is_empty() {
        return HashMap::new();
    }
    let facts = WorldFacts::new(policy, request.world, request.settings);
    let answers = barred(policy, &facts, ground, &asked, MOST_PLACES);
    // What is shut out by its bounds alone is a matter of rules with sums.
    let shut = classes.into_iter().zip(answers);
    shut.filter(|(_, bars)| bars.as_ref().is_none_or(|bars| bars.everywhere)).collect()
}

/// Whether an expression reads no index but the first.
pub(crate) fn reads_first_only(expr: &Expr) -> bool {
    let mut only = true;
    walk(expr, &mut |part| {
        if let ExprKind::Var(var) = part.kind {
            only &= var.index() == 0;
        }
    });
    only
}

//! The levels of the objective, one after the other.
//!
//! Lexicographic optimisation by constraints: each level is solved with those before held within their
//! slack of the value that they reached (Isermann, "Linear lexicographic optimization", 1982). Of a time limit each has
//! half of what is left, so that one that is hard leaves some to those after it.

use std::time::Duration;

use apportion_ground::Slack;
use apportion_lower::{LevelRow, Lowered, Objective};
use apportion_mip::Model;
use apportion_solve::{Progress, Proof, Settings, Solver, Split, Stop, Watch};

use crate::fair::{Fair, Kept, Settled, make_fair, refuse};
use crate::request::{Observer, Options, Stage};

/// What became of the levels.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    /// One per level that was begun.
    pub(crate) reached: Vec<Reached>,
    /// The best point.
    pub(crate) point: Option<Vec<f64>>,
    /// What is proven when there is no point.
    pub(crate) proof: Proof,
    /// What ended the first level that did not come to an end.
    pub(crate) stopped: Stop,
    /// Seconds spent in the solver.
    pub(crate) seconds: f64,
}

impl Levels {
    /// What is proven where nothing is known but a bound of the first level.
    pub(crate) fn bounded(lowered: &Lowered<'_>, bound: Option<f64>) -> Levels {
        let reached = (0..lowered.objectives.len()).map(|level| {
            let unit = 1.0 / lowered.goal(level).scale();
            Reached::new(bound.filter(|_| level == 0), unit, Proof::None)
        });
        Levels {
            reached: reached.collect(),
            point: None,
            proof: Proof::None,
            stopped: Stop::Completed,
            seconds: 0.0,
        }
    }

    /// Notes which levels a plan of these values is as good at as later ones were held to.
    pub(crate) fn attain(&mut self, lowered: &Lowered<'_>, values: &[f64]) {
        let mut is_attained = true;
        for ((reached, objective), value) in
            self.reached.iter_mut().zip(&lowered.objectives).zip(values)
        {
            is_attained &= reached.held.is_some_and(|held| {
                let worse = if objective.goal.maximize { held - value } else { value - held };
                worse <= ROUNDING * held.abs()
            });
            reached.is_attained = is_attained;
        }
    }

    /// Notes what ended a level; what ended one before it is not forgotten.
    fn stop(&mut self, stopped: Stop) {
        if self.stopped == Stop::Completed || stopped == Stop::Interrupted {
            self.stopped = stopped;
        }
    }

    /// Ends with a level that has no point: that of the levels before stands, unless no point is the best.
    fn end_without(&mut self, proof: Proof) {
        if proof == Proof::Unbounded {
            self.point = None;
            self.stopped = Stop::Completed;
        }
        if self.point.is_none() {
            self.proof = proof;
        }
    }

    /// Notes what else is proven of the first level.
    pub(crate) fn tighten(&mut self, bound: Option<f64>, maximize: bool) {
        if let (Some(reached), Some(bound)) = (self.reached.first_mut(), bound) {
            let tighter = |known: f64| if maximize { bound.min(known) } else { bound.max(known) };
            reached.bound = Some(reached.bound.map_or(bound, tighter));
        }
    }
}

/// What became of one level.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    /// No point is better.
    pub(crate) bound: Option<f64>,
    /// What the problem over classes proves by itself; [`Reached::bound`] may be tighter.
    pub(crate) class_bound: Option<f64>,
    /// What later levels were held to, but for the slack.
    pub(crate) held: Option<f64>,
    /// Whether a plan is worth that, and all that levels before were held to: then it is the best that there is, and
    /// bounds of later levels hold for all that its slack allows.
    pub(crate) is_attained: bool,
    /// About what a usual column costs for one: a millionth of it is nothing.
    pub(crate) unit: f64,
    /// Whether the bound is met, or as nearly as was asked for. Later levels may have given up the slack.
    pub(crate) proof: Proof,
    /// How many solves a level of shares took; 0 for any other.
    pub(crate) solves: u64,
    /// Of a level of shares: what makes them fair, one number after the other, tier after tier.
    pub(crate) merits: Option<Vec<f64>>,
    /// Of shares that are worth something together: how far tangents may be off, as a part of the equal share.
    pub(crate) error: Option<f64>,
    /// By tier: the shares that were found, in the unit of their sums.
    pub(crate) found: Vec<Vec<f64>>,
}

/// What sums of floating-point numbers are off by at most, as a part of them.
pub(crate) const ROUNDING: f64 = 1e-11;

impl Reached {
    pub(crate) fn new(bound: Option<f64>, unit: f64, proof: Proof) -> Reached {
        Reached {
            bound,
            class_bound: bound,
            held: None,
            is_attained: false,
            unit,
            proof,
            solves: 0,
            merits: None,
            error: None,
            found: Vec::new(),
        }
    }

    /// Whether bounds of later levels hold for a plan that is `worse` than what these were held to by so much.
    pub(crate) fn allows(&self, worse: f64, slack: Slack, rounding: f64) -> bool {
        self.held.is_some_and(|held| {
            let slack = if self.is_attained { slack.of(held) } else { 0.0 };
            worse <= slack + rounding * held.abs()
        })
    }

    /// Whether shares were sought of more groups than are ranked one by one.
    pub(crate) fn has_open_ranks(&self) -> bool {
        self.merits.is_some() && self.error.is_none() && self.proof == Proof::None
    }

    /// Whether tangents say more of what shares are worth than will do.
    pub(crate) fn has_loose_tangents(&self) -> bool {
        self.error.is_some() && self.proof == Proof::None
    }

    pub(crate) fn is_proven(&self) -> bool {
        matches!(self.proof, Proof::Optimal | Proof::WithinGap)
    }
}

/// How exact the solver is asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    Usual,
    /// After the evaluator has rejected an answer.
    Greatest,
}

/// Solves all levels from a start; an interruption, or another limit than that of time, ends the level at hand and leaves
/// the rest, and so does the time for a level of shares.
pub(crate) fn solve_levels(
    lowered: &mut Lowered<'_>,
    start: Option<Vec<f64>>,
    options: &Options,
    care: Care,
    observer: &dyn Observer,
) -> Levels {
    let mut solver = Split::new();
    let mut levels = Levels {
        reached: Vec::new(),
        point: None,
        proof: Proof::None,
        stopped: Stop::Completed,
        seconds: 0.0,
    };
    let mut start = start;
    // Shares that are kept have columns of their own, of which nobody else knows.
    let columns = lowered.model.num_columns();
    let mut original = None;
    let mut kept: Vec<Kept> = Vec::new();
    // Whether the solver has the model but for its objective and its last rows.
    let mut is_known = false;
    let last = lowered.objectives.len().max(1) - 1;
    for level in 0..=last {
        observer.stage(match lowered.objectives.get(level).map(|objective| objective.level) {
            Some(None) => Stage::Mend,
            Some(Some(level)) => Stage::Solve(level.index()),
            None => Stage::Solve(level),
        });
        if let Some(objective) = lowered.objectives.get(level).filter(|it| !it.shares.is_empty()) {
            let objective = objective.clone();
            original.get_or_insert_with(|| lowered.model.clone());
            is_known = false;
            let how = (options, care, observer);
            let fair = solve_fair(lowered, &objective, start, &mut kept, &mut solver, how);
            levels.seconds += fair.seconds;
            levels.stop(fair.stopped);
            let Some(point) = fair.point else {
                levels.end_without(fair.proof);
                break;
            };
            levels.reached.push(Reached {
                held: objective.shares[0].merits(&point).first().copied(),
                solves: fair.solves,
                merits: Some(objective.shares.iter().flat_map(|it| it.merits(&point)).collect()),
                error: fair.error,
                found: objective.shares.iter().map(|it| it.at(&point)).collect(),
                ..Reached::new(fair.bound, objective.shares[0].unit, fair.proof)
            });
            levels.point = Some(point.clone());
            start = Some(point);
            // Shares that are not settled are not held, so that later levels would take them away.
            if fair.stopped != Stop::Completed {
                break;
            }
            continue;
        }
        let mut goal = lowered.goal(level);
        let exact = goal.clone();
        // What a solver counts as nothing must be nothing, whatever the unit of the level.
        let scale = goal.scale();
        lowered.model.set_objective(goal);
        let is_last = level == last;
        let limited = || {
            let whole = self::settings(options, care, observer);
            let share = whole.time_limit.filter(|_| !is_last).map(|left| left.mul_f64(SHARE));
            Settings { time_limit: share.or(whole.time_limit), ..whole }
        };
        let settings = limited();
        let watch = Adapter { observer, scale };
        let mut outcome = match std::mem::replace(&mut is_known, true) {
            false => solver.solve(&lowered.model, start.as_deref(), &settings, &watch),
            true => solver.solve_again(&lowered.model, start.as_deref(), &settings, &watch),
        };
        levels.seconds += outcome.seconds;
        if outcome.point.is_none() && outcome.stopped == Stop::TimeLimit && !is_last {
            // Without a point there is nothing for later levels to begin from.
            let rest = self::settings(options, care, observer);
            outcome = solver.solve_again(&lowered.model, start.as_deref(), &rest, &watch);
            levels.seconds += outcome.seconds;
        }
        while outcome.stopped == Stop::Completed
            && let Some(point) = &outcome.point
            && refuse(&mut kept, &mut lowered.model, point)
        {
            outcome = solver.solve_again(&lowered.model, start.as_deref(), &limited(), &watch);
            levels.seconds += outcome.seconds;
        }
        levels.stop(outcome.stopped);
        let Some(point) = outcome.point.clone().filter(|_| outcome.proof != Proof::Unbounded)
        else {
            levels.end_without(outcome.proof);
            break;
        };
        let Some(objective) = lowered.objectives.get(level) else {
            levels.point = Some(point);
            break;
        };
        let value = worst(lowered, level, &point, &settings);
        let bound = outcome.bound.map(|bound| bound / scale);
        let bound = bound.map(|bound| exact.tightened(bound, &lowered.model.columns));
        let held = Some(value);
        levels.reached.push(Reached { held, ..Reached::new(bound, 1.0 / scale, outcome.proof) });
        if level + 1 < lowered.objectives.len() {
            let size = value.abs() + objective.goal.offset.abs();
            let row = lowered.level_row(level, value);
            hold(&mut lowered.model, &row, size, scale);
        }
        levels.point = Some(point.clone());
        start = Some(point);
        if is_end(outcome.stopped) {
            break;
        }
    }
    if let Some(model) = original {
        lowered.model = model;
        if let Some(point) = &mut levels.point {
            point.truncate(columns);
            settle(lowered, point, &settings(options, care, observer));
        }
    }
    levels
}

/// Keeps a level of about this size near its value in a model, in the scale of its goal.
pub(crate) fn hold(model: &mut Model, row: &LevelRow, size: f64, scale: f64) {
    // What arithmetic loses on the way must not shut the point itself out.
    let room = ROUNDING * size * scale + ROUNDING;
    let terms = row.columns.iter().copied().zip(row.values.iter().map(|it| it * scale));
    model.push_row(row.lower * scale - room, row.upper * scale + room, terms);
}

/// The share of the time that is left which a level has that is not the last.
const SHARE: f64 = 0.5;

/// Whether what ended a level ends all of them: its share of the time does not.
fn is_end(stopped: Stop) -> bool {
    !matches!(stopped, Stop::Completed | Stop::TimeLimit)
}

/// Gives the column of each least share its value, which no solve of single shares asks for.
fn settle(lowered: &Lowered<'_>, point: &mut Vec<f64>, settings: &Settings) {
    let mut completed = point.clone();
    lowered.complete(&mut completed);
    if lowered.model.check_point(&completed, settings.point_tolerance()).is_feasible() {
        *point = completed;
    }
}

/// Solves a level of shares.
fn solve_fair(
    lowered: &mut Lowered<'_>,
    objective: &Objective,
    start: Option<Vec<f64>>,
    kept: &mut Vec<Kept>,
    solver: &mut Split,
    (options, care, observer): (&Options, Care, &dyn Observer),
) -> Fair {
    let scale = 1.0 / objective.shares[0].unit;
    let begun = observer.elapsed();
    let mut solve = |model: &Model, start: Option<&[f64]>, known: &Settled| {
        let Settled { settled, all, least } = *known;
        if let Some(level) = objective.level {
            observer.stage(Stage::Share { level: level.index(), settled, all });
        }
        if let Some((least, bound)) = least {
            observer.progress(&progress(least, bound, observer.elapsed() - begun));
        }
        // Later solves seek other shares than the least, which is the value of the level.
        let watch: &dyn Watch = match least {
            None => &Adapter { observer, scale },
            Some(_) => &Unheard(observer),
        };
        let mut settings = settings(options, care, observer);
        // Of linear models it takes longer than it saves, and it hides prices.
        settings.presolve &= model.has_integers();
        solver.solve(model, start, &settings, watch)
    };
    make_fair(&mut lowered.model, objective, start, (options.gap, kept), &mut solve)
}

/// What a level is worth at a point, or at the same point without what a solver's tolerance gave it, if that is less:
/// later levels need not be able to have as much.
fn worst(lowered: &Lowered<'_>, level: usize, point: &[f64], settings: &Settings) -> f64 {
    let objective = &lowered.objectives[level];
    let value = objective.goal.at(point);
    let mut exact = point.to_vec();
    for (value, integer) in exact.iter_mut().zip(&lowered.model.columns.integer) {
        *value = if *integer { value.round() } else { *value };
    }
    lowered.complete(&mut exact);
    if !lowered.model.check_point(&exact, settings.point_tolerance()).is_feasible() {
        return value;
    }
    let settled = objective.goal.at(&exact);
    if objective.goal.maximize { value.min(settled) } else { value.max(settled) }
}

pub(crate) fn settings(options: &Options, care: Care, observer: &dyn Observer) -> Settings {
    let left = options
        .time_limit
        .map(|limit| Duration::from_secs_f64((limit.as_secs_f64() - observer.elapsed()).max(0.01)));
    let usual = Settings {
        time_limit: left,
        relative_gap: options.gap,
        threads: options.threads,
        seed: options.seed,
        ..Settings::default()
    };
    match care {
        Care::Usual => usual,
        Care::Greatest => Settings {
            feasibility_tolerance: 1e-9,
            integrality_tolerance: 1e-9,
            presolve: false,
            ..usual
        },
    }
}

/// How far a search has come in so many seconds, with the best value of a level and the bound that is known.
pub(crate) fn progress(best: f64, bound: Option<f64>, seconds: f64) -> Progress {
    let gap = bound.filter(|_| best != 0.0).map(|bound| (bound - best).abs() / best.abs());
    Progress { incumbent: Some(best), bound, gap, nodes: 0, seconds }
}

/// Hears of scaled objectives, and tells of them as they are.
pub(crate) struct Adapter<'o> {
    pub(crate) observer: &'o dyn Observer,
    pub(crate) scale: f64,
}

impl Watch for Adapter<'_> {
    fn progress(&self, progress: &Progress) {
        let own = |value: Option<f64>| value.map(|value| value / self.scale);
        let (incumbent, bound) = (own(progress.incumbent), own(progress.bound));
        self.observer.progress(&Progress { incumbent, bound, ..*progress });
    }

    fn interrupted(&self) -> bool {
        self.observer.interrupted()
    }
}

/// Tells nobody of what is solved.
pub(crate) struct Unheard<'o>(pub(crate) &'o dyn Observer);

impl Watch for Unheard<'_> {
    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        self.0.interrupted()
    }
}

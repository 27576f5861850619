//! Models that a few rows hold together, such as a budget over everything: solved part by part at a price.
//!
//! HiGHS alone finds poor points for them: its searches fix columns by their own values and leave the shared row to
//! chance. Here the linear relaxation is solved first. The shared rows are then replaced by their prices there
//! (Geoffrion, "Lagrangean relaxation for integer programming", 1974), the columns that many rows share by their
//! rounded values, and what is left falls apart into small models that are solved one by one. Each gives a
//! choice; one choice of each part is put together so that the shared rows hold, and the relaxation of that selection
//! gives the next prices (the restricted master of Dantzig and Wolfe, "Decomposition principle for linear programs",
//! 1960). HiGHS goes on from there with the time that is left, and the better of its bound and the relaxation's is what
//! is proven.
//!
//! Everything else is handed to HiGHS as it is, large models after a look at what is known of their start.

mod borders;
mod menu;
mod part;
mod search;

use apportion_mip::Model;

use self::borders::Borders;
pub(crate) use self::borders::Scope;
use self::search::{Search, Times};
use crate::near::{proven, relaxed};
use crate::supervise::Deadline;
use crate::{Highs, Outcome, Proof, Settings, Solver, Stop, Watch};

/// What share of the time the parts may take until there is a point, and what share they may take in all.
const FIRST: f64 = 0.9;
const OTHERS: f64 = 0.5;

/// [`Highs`], with a search of its own before it where few rows hold a large model together.
#[derive(Default)]
pub struct Split {
    highs: Highs,
    scope: Scope,
}

impl Split {
    /// Without a model.
    pub fn new() -> Split {
        Split::default()
    }

    /// For models of another size than the usual.
    #[cfg(test)]
    pub(crate) fn with_scope(scope: Scope) -> Split {
        Split { scope, ..Split::default() }
    }

    fn solve_with(
        &mut self,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
        solve: impl FnOnce(&mut Highs, Option<&[f64]>, &Settings) -> Outcome,
    ) -> Outcome {
        let deadline = Deadline::starting_now(settings.time_limit);
        let found = search(model, self.scope, start, settings, watch)
            .or_else(|| proven(model, self.scope.large, start, settings, watch));
        if let Some(found) = found.as_ref().filter(|found| found.proof != Proof::None) {
            return found.clone().took(deadline.elapsed());
        }
        let start = found.as_ref().and_then(|found| found.point.as_deref()).or(start);
        let rest = Settings { time_limit: deadline.left(), ..settings.clone() };
        let mut outcome = solve(&mut self.highs, start, &rest);
        let relaxed = found.as_ref().and_then(|found| found.bound);
        let better = |relaxed: &f64| {
            outcome.bound.is_none_or(|bound| model.objective.prefers(bound, *relaxed))
        };
        if outcome.point.is_some() && relaxed.as_ref().is_some_and(better) {
            outcome = outcome.with_bound(relaxed).settled(settings);
        }
        outcome.took(deadline.elapsed())
    }
}

impl Solver for Split {
    fn name(&self) -> &'static str {
        "HiGHS, split by prices"
    }

    fn version(&self) -> String {
        self.highs.version()
    }

    fn solve(
        &mut self,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Outcome {
        // Where it ends before HiGHS is asked, nothing of another model is left to go on from.
        self.highs = Highs::new();
        let solve = |highs: &mut Highs, start: Option<&[f64]>, settings: &Settings| {
            highs.solve(model, start, settings, watch)
        };
        self.solve_with(model, start, settings, watch, solve)
    }

    fn solve_again(
        &mut self,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Outcome {
        let solve = |highs: &mut Highs, start: Option<&[f64]>, settings: &Settings| {
            highs.solve_again(model, start, settings, watch)
        };
        self.solve_with(model, start, settings, watch, solve)
    }
}

/// The best point that the parts give, the start if that is better, and the bound of the relaxation; none for a model
/// that is not to be split.
pub(crate) fn search(
    model: &Model,
    scope: Scope,
    start: Option<&[f64]>,
    settings: &Settings,
    watch: &dyn Watch,
) -> Option<Outcome> {
    let deadline = Deadline::starting_now(settings.time_limit);
    let whole = model.columns.integer.iter().filter(|it| **it).count();
    if whole < scope.whole || model.check().is_err() {
        return None;
    }
    let borders = Borders::of(model, scope)?;
    let times = Times { first: deadline.share(FIRST), others: deadline.share(OTHERS) };
    // Without it there is no bound either.
    let relaxed =
        relaxed(model, &Settings { time_limit: times.first.left(), ..settings.clone() }, watch);
    let (Some(point), Some(duals), Some(bound)) = (relaxed.point, relaxed.duals, relaxed.bound)
    else {
        return None;
    };
    let prices = borders.rows.iter().map(|row| duals.rows[*row as usize]).collect();
    let tolerance = settings.point_tolerance();
    let start = start.filter(|start| model.check_point(start, tolerance).is_feasible());
    let search = Search::new(model, &borders, (point, bound), start, settings, times, watch);
    let threads = rayon::ThreadPoolBuilder::new().num_threads(settings.threads.into()).build();
    let best = threads.ok()?.install(|| search.run(prices));
    let found = Outcome::empty(Stop::Completed).with_point(model, best.map(|best| best.point));
    Some(found.with_bound(Some(bound)).settled(settings))
}

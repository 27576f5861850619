//! After a change: the plan that runs, mended where the change is.
//!
//! What runs now stays where the rules still allow it and the room that is left is filled, which moves nothing. Then
//! small parts are searched as long as they bring something, those with the most room first, where what left made
//! it. The linear relaxation over classes, solved in milliseconds, bounds what a full solve could still gain: it is
//! done only if that is more than the plan that runs had left to gain and the gap that was asked for together.

use apportion_solve::{Highs, Proof, Settings, Solver, Stop, Unwatched};

use super::{Aim, Levels, Lowered, Run, Singles};
use crate::levels::Reached;
use crate::request::Stage;

/// The plan that runs, mended.
pub(super) struct Resettled {
    pub(super) singles: Singles,
    /// What is proven of it; present if no full solve is worth its moves.
    pub(super) levels: Option<Levels>,
}

/// Parts that may bring nothing for each place that changed, and at least.
const PATIENCE: usize = 1;
const LEAST_PATIENCE: usize = 16;

impl Run<'_> {
    /// `start` is what runs now, as far as it is still allowed, with the room that is left filled.
    pub(super) fn resettled(&mut self, lowered: &Lowered<'_>, start: Singles) -> Resettled {
        let Some((bound, unit, seconds)) = self.relaxed(lowered) else {
            return Resettled { singles: start, levels: None };
        };
        let asked = self.request.options.gap;
        let current = &self.request.world.current;
        let had = current.gap.unwrap_or(0.0);
        let stayed = self.running.iter().filter(|it| {
            start.value(it.decision as usize, &it.at) >= it.value
        });
        let changed = self.running.len() - stayed.count() + current.departed.len();
        let mut bounds = vec![None; lowered.objectives.len()];
        bounds[0] = Some(bound);
        let aim = Aim {
            gap: asked.max(had),
            patience: Some((PATIENCE * changed).max(LEAST_PATIENCE)),
            stay: true,
        };
        let improved = self.improved(&start, &bounds, &aim);
        let value = improved.levels[0];
        let gap = (bound - value).abs() / value.abs().max(unit * 1e-6);
        let is_near = gap <= asked.max(if had > 0.0 { had + asked } else { 0.0 });
        let reached = bounds.into_iter().map(|bound| Reached { bound, unit, proof: Proof::None });
        let stopped = if improved.is_settled { Stop::Completed } else { self.stop() };
        let (point, proof) = (None, Proof::None);
        let levels = Levels { reached: reached.collect(), point, proof, stopped, seconds };
        let is_over = !improved.is_settled;
        Resettled { singles: improved.singles, levels: (is_near || is_over).then_some(levels) }
    }

    /// The best that the first level could have if nothing had to be whole, the size of its unit, and the seconds
    /// that it took. None where what runs now has to be mended first, and where the relaxation is not solved.
    fn relaxed(&mut self, lowered: &Lowered<'_>) -> Option<(f64, f64, f64)> {
        self.ground.objectives.first()?.level?;
        self.observer.stage(Stage::Solve(0));
        let mut model = lowered.model.clone();
        model.columns.integer.fill(false);
        let mut goal = lowered.goal(0);
        let scale = goal.scale();
        model.set_objective(goal);
        let settings = Settings { threads: self.request.options.threads, ..Settings::default() };
        let outcome = Highs::new().solve(&model, None, &settings, &Unwatched);
        self.timings.solve += outcome.seconds;
        let bound = outcome.bound.filter(|_| outcome.proof == Proof::Optimal)?;
        Some((bound / scale, 1.0 / scale, outcome.seconds))
    }
}

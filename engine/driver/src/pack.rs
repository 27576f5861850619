//! Plans made of whole fillings of machines.

use std::cmp::Ordering;

use apportion_evaluate::Verdict;
use apportion_facts::Assignment;
use apportion_lower::Lowered;
use apportion_solve::{Highs, Proof, Solver};
use apportion_unpack::{Packer, Singles};

use crate::levels::{Adapter, Care, Levels, progress, settings};
use crate::prices::Prices;
use crate::request::{Observer, Options, Stage};
use crate::run::Run;

/// A first plan is made where patterns are as near as this to the gap that was asked for, as a share of it: what is lost
/// to uses that are whole is not known before. Then as much as was lost is left for it.
const FIRST_TRY: f64 = 0.9;

impl<'r> Run<'r> {
    /// Who fills machines whole, where the policy lets that be done and nothing runs that had better stay.
    pub(crate) fn packer(&self, start: &Singles) -> Option<Packer<'r>> {
        let mends = self.ground.objectives.first().is_none_or(|it| it.level.is_none());
        let least = self.request.options.pack_from;
        // Of shares patterns know the least alone.
        let is_other = mends || !self.running.is_empty() || self.seeks_shares();
        if is_other { None } else { Packer::new(self.index, start, least) }
    }

    /// The first level over classes, in parts of units too: patterns know better than whole counts what fits, and
    /// prove more. None where it was not solved.
    pub(crate) fn relaxed(
        &mut self,
        lowered: &Lowered<'_>,
        options: &Options,
        observer: &dyn Observer,
    ) -> Option<Levels> {
        observer.stage(Stage::Solve(0));
        let mut model = lowered.model.clone();
        model.columns.integer.fill(false);
        let mut goal = lowered.goal(0);
        let exact = goal.clone();
        let scale = goal.scale();
        model.set_objective(goal);
        let settings = settings(options, Care::Usual, observer);
        let watch = Adapter { observer, scale };
        let outcome = Highs::new().solve(&model, None, &settings, &watch);
        if outcome.proof != Proof::Optimal {
            return None;
        }
        let duals = outcome.duals.as_ref();
        self.prices = duals.map(|duals| Prices::of(lowered, &self.before, duals, scale));
        let bound = outcome.bound.map(|bound| bound / scale);
        let bound = bound.map(|bound| exact.tightened(bound, &lowered.model.columns));
        Some(Levels {
            point: Some(outcome.point?),
            seconds: outcome.seconds,
            ..Levels::bounded(lowered, bound)
        })
    }

    /// A plan by patterns that is better than `start`, if one is found in half of the time that is left. What that
    /// proves is noted.
    pub(crate) fn pack(
        &mut self,
        packer: &Packer<'_>,
        lowered: &Lowered<'_>,
        counts: &[f64],
        start: &Singles,
        levels: &mut Levels,
    ) -> Option<(Singles, (Assignment, Verdict))> {
        self.observer.stage(Stage::Pack);
        let begun = self.observer.elapsed();
        let limit = self.request.options.time_limit.map(|limit| limit.as_secs_f64());
        let until = limit.map_or(f64::INFINITY, |limit| (begun + limit) / 2.0);
        let observer = self.observer;
        let is_over = || observer.elapsed() > until || observer.interrupted();
        let worth = |singles: &Singles| self.worth(lowered, singles);
        let goal = lowered.goal(0);
        let mut known = |value: f64, bound: Option<f64>| {
            let bound = bound.map(|bound| goal.tightened(bound, &lowered.model.columns));
            levels.tighten(bound, goal.maximize);
            let bound = levels.reached[0].bound;
            observer.progress(&progress(value, bound, observer.elapsed() - begun));
            bound
        };
        let mut best = (worth(start), None);
        known(best.0[0], None);
        let mut search = packer.search(lowered, counts, start, &is_over);
        let gap = self.request.options.gap;
        let mut near = gap * FIRST_TRY;
        while let Some(packed) = search.next(near, &is_over, &mut |bound| {
            known(best.0[0], bound);
        }) {
            let worth = worth(&packed.singles);
            if self.compare(&worth, &best.0) == Ordering::Less {
                best = (worth, Some(packed.singles));
            }
            let value = best.0[0];
            let bound = known(value, packed.bound);
            let left = bound.map(|bound| (bound - value).abs());
            if is_over() || left.is_some_and(|left| left <= gap * value.abs()) {
                break;
            }
            let lost = left.map_or(0.0, |left| (left / value.abs() - packed.near).max(0.0));
            near = (gap - lost).min(packed.near * FIRST_TRY).max(packed.near / 4.0);
        }
        self.timings.improve += self.observer.elapsed() - begun;
        let singles = best.1?;
        let assignment = self.assignment_of(&singles);
        let verdict = self.judge(&assignment);
        verdict.holds().then_some((singles, (assignment, verdict)))
    }
}

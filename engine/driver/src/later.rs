//! What is proven of the levels after the first, for plans of single rows.
//!
//! Single rows seldom reach at a level what counts over classes do. What counts prove of the levels after it, held at
//! their own value, is then not proven of plans. So each later level is bounded by the linear relaxation over classes
//! with those before held at what a plan has: no plan that is as good there is better here.

use apportion_lower::Lowered;
use apportion_solve::{Highs, Proof, Solver};

use crate::levels::{Care, Levels, ROUNDING, Reached, Unheard, hold, settings};
use crate::request::Options;
use crate::run::Run;

impl Run<'_> {
    /// Bounds later levels for plans that are no worse than `values`, one for each level, at those before. `rows` are the
    /// rows of the policy.
    pub(crate) fn bound_later(
        &mut self,
        lowered: &Lowered<'_>,
        rows: usize,
        levels: &mut Levels,
        values: &[f64],
    ) {
        let mends = self.ground.objectives.first().is_none_or(|it| it.level.is_none());
        if mends || self.seeks_shares() || levels.reached.len() < 2 || self.is_over() {
            return;
        }
        let mut model = lowered.model.clone();
        model.columns.integer.fill(false);
        model.truncate_rows(rows);
        let mut is_held = true;
        for (level, value) in values.iter().enumerate().take(levels.reached.len()) {
            let mut goal = lowered.goal(level);
            let exact = goal.clone();
            let scale = goal.scale();
            if !is_held {
                model.set_objective(goal.clone());
                // There has to be time for what is done with the bound.
                let limit = self.half_the_time();
                let options = Options { time_limit: limit, ..self.request.options.clone() };
                let settings = settings(&options, Care::Usual, self.observer);
                let watch = Unheard(self.observer);
                let outcome = Highs::new().solve(&model, None, &settings, &watch);
                self.timings.solve += outcome.seconds;
                if outcome.proof != Proof::Optimal {
                    // What was proven of them is of plans that are better before.
                    for reached in &mut levels.reached[level..] {
                        *reached = Reached::new(None, reached.unit, Proof::None);
                    }
                    return;
                }
                let bound = outcome.bound.map(|bound| bound / scale);
                let bound = bound.map(|bound| exact.tightened(bound, &lowered.model.columns));
                levels.reached[level] = Reached::new(bound, 1.0 / scale, Proof::None);
            }
            is_held &= levels.reached[level].held.is_some_and(|held| {
                let worse = if goal.maximize { held - value } else { value - held };
                worse <= ROUNDING * held.abs()
            });
            if !is_held {
                let reached = &mut levels.reached[level];
                (reached.held, reached.is_attained) = (Some(*value), true);
            }
            let value = if is_held { levels.reached[level].held.unwrap_or(*value) } else { *value };
            let size = value.abs() + exact.offset.abs();
            hold(&mut model, &lowered.level_row(level, value), size, scale);
        }
    }
}

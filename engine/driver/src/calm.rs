//! Of plans that are as good, one that moves little of what runs now.
//!
//! A solver gives any of the best points. Where something runs, the levels are held at what they are worth there, and of
//! the points that are left one is sought of which the least of what runs is taken from its place.

use apportion_ground::Moves;
use apportion_lower::Lowered;
use apportion_mip::Objective;
use apportion_solve::{Settings, Solver, Split};

use crate::levels::{Care, Levels, ROUNDING, Unheard, settings};
use crate::run::Run;

/// Iterations of the search: it ends, like the search for the levels themselves, at the same place every time.
const MOST_ITERATIONS: u64 = 50_000;

impl Run<'_> {
    /// Goes on to a point that is worth the same at every level and leaves more of what runs now where it is, if one is
    /// found. `rows` are those of the policy.
    pub(crate) fn calm(&mut self, lowered: &Lowered<'_>, rows: usize, levels: &mut Levels) {
        let is_apt = !self.seeks_shares() && !self.is_over();
        let Some(point) = levels.point.as_ref().filter(|_| is_apt) else { return };
        let mut model = lowered.model.clone();
        model.truncate_rows(rows);
        for objective in &lowered.objectives {
            let mut goal = objective.goal.clone();
            // What a solver counts as nothing must be nothing, whatever the unit of the level.
            goal.scale();
            let value = goal.at(point) - goal.offset;
            let room = ROUNDING * (value.abs() + goal.offset.abs()) + ROUNDING;
            let (lower, upper) = match goal.maximize {
                true => (value - room, f64::INFINITY),
                false => (f64::NEG_INFINITY, value + room),
            };
            model.push_row(lower, upper, goal.costs.iter());
        }
        model.set_objective(Objective::default());
        let mut start = point.clone();
        let mut moved = 0.0;
        let mut finder = lowered.finder();
        for it in &self.running {
            let whole = self.ground.decisions[it.decision as usize].whole;
            let column = finder.column(it.decision, &it.at).filter(|_| whole);
            let Some(column) = column else { continue };
            let gone = Moves::moved(it.value, point[column as usize]);
            let away = model.push_column(0.0, it.value.max(0.0), false, 1.0);
            model.push_row(it.value, f64::INFINITY, [(column, 1.0), (away, 1.0)]);
            start.push(gone);
            moved += gone;
        }
        if moved == 0.0 {
            return;
        }
        let settings = Settings {
            relative_gap: 0.0,
            iteration_limit: Some(MOST_ITERATIONS),
            ..settings(&self.request.options, Care::Usual, self.observer)
        };
        let watch = Unheard(self.observer);
        let outcome = Split::new().solve(&model, Some(&start), &settings, &watch);
        levels.seconds += outcome.seconds;
        self.timings.solve += outcome.seconds;
        if let Some(mut calm) =
            outcome.point.filter(|point| model.objective_at(point) < moved - 0.5)
        {
            calm.truncate(lowered.model.num_columns());
            levels.point = Some(calm);
        }
    }
}

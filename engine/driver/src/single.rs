//! The problem as it is, every row by itself.

use apportion_facts::Assignment;
use apportion_lower::{Lowered, Resolution};
use apportion_solve::{Settings, mended};
use apportion_unpack::Singles;

use crate::build::Outcome;
use crate::levels::{Care, Levels, Unheard, settings, solve_levels};
use crate::run::{Failure, Run};
use crate::size::single_columns;

impl Run<'_> {
    /// Solves the problem as it is, after whole fillings of machines where they find a plan sooner.
    pub(crate) fn small(&mut self, greedy: Singles) -> Result<Outcome, Failure> {
        let is_tiny = single_columns(self.ground) <= self.request.options.tiny;
        if is_tiny || self.ground.objectives.len() != 1 || self.packer(&greedy).is_none() {
            return self.single(&self.assignment_of(&greedy));
        }
        let packed = self.classes(greedy)?;
        if packed.exact || self.is_over() || self.is_near(&packed) {
            return Ok(packed);
        }
        let Some((start, _)) = &packed.judged else { return Ok(packed) };
        let mut proven = self.single(start)?;
        if proven.judged.is_none() {
            return Ok(packed);
        }
        let known = packed.levels.reached.first().and_then(|reached| reached.bound);
        proven.levels.tighten(known, self.ground.objectives[0].maximize);
        Ok(proven)
    }

    /// Whether the first level is as near to its bound as was asked for.
    fn is_near(&self, outcome: &Outcome) -> bool {
        let levels = outcome.judged.iter().flat_map(|(_, verdict)| verdict.levels.first());
        let bounds = outcome.levels.reached.first().and_then(|reached| reached.bound);
        levels.zip(bounds).any(|(level, bound)| {
            (bound - level.value).abs() <= self.request.options.gap * level.value.abs()
        })
    }

    /// Solves the problem as it is from a plan that keeps every sum.
    pub(crate) fn single(&mut self, start: &Assignment) -> Result<Outcome, Failure> {
        let first = self.single_with(start, Care::Usual)?;
        let is_sound = first.is_sound();
        if is_sound && self.holds_levels(&first) {
            return Ok(first);
        }
        let second = self.single_with(start, Care::Greatest)?;
        match second.is_sound() {
            true if second.judged.is_some() => Ok(second),
            _ if is_sound => Ok(first),
            true => Ok(second),
            false => Err(Failure::Rejected(self.rejected(&second))),
        }
    }

    /// Whether no level gave up more to later ones than its slack: through what a solver's tolerance leaves of a
    /// binary, a price of less than a millionth can be missed.
    fn holds_levels(&self, outcome: &Outcome) -> bool {
        let Some((_, verdict)) = &outcome.judged else { return true };
        let levels = self.ground.objectives.iter().zip(&outcome.levels.reached);
        levels.into_iter().all(|(objective, reached)| {
            let worth = objective.level.and_then(|level| verdict.levels.get(level.index()));
            let Some((worth, held)) = worth.zip(reached.held) else { return true };
            let given = if objective.maximize { held - worth.value } else { worth.value - held };
            // Twice what the row that holds the level leaves open.
            given <= objective.slack.of(held) + 2e-6 * reached.unit + 1e-9 * held.abs()
        })
    }

    fn single_with(&mut self, start: &Assignment, care: Care) -> Result<Outcome, Failure> {
        let mut lowered = self.lower(Resolution::Singles)?;
        let decisions = start.decisions.iter().zip(0..);
        let entries = decisions.flat_map(|(values, decision)| {
            values.iter().map(move |(tuple, value)| (decision, tuple, value))
        });
        let mut start = lowered.embed(entries);
        // After a rejected answer everything is looked at.
        if care == Care::Usual {
            self.hold_dominated(&mut lowered, &start);
        }
        let size = self.size(&lowered);
        lowered.shift(&mut start);
        let start = self.restored(&lowered, start);
        let rows = lowered.model.num_rows();
        let given = Some(start.clone());
        let mut levels =
            solve_levels(&mut lowered, given, &self.request.options, care, self.observer);
        self.timings.solve += levels.seconds;
        if !self.running.is_empty() {
            self.stay(&lowered, start, &mut levels);
        }
        // What is rejected once is not risked again.
        if !self.running.is_empty() && care == Care::Usual {
            self.calm(&lowered, rows, &mut levels);
        }
        let begun = self.observer.elapsed();
        let assignment = levels.point.as_ref().map(|point| self.lift(&lowered, point));
        self.timings.lift += self.observer.elapsed() - begun;
        let judged = assignment.map(|assignment| {
            let verdict = self.judge(&assignment);
            (assignment, verdict)
        });
        Ok(self.outcome(levels, judged, size, true))
    }

    /// `start`, or where it breaks a row, the best point with the same whole values: what is divisible gives way.
    pub(crate) fn restored(&self, lowered: &Lowered<'_>, start: Vec<f64>) -> Vec<f64> {
        let settings = settings(&self.request.options, Care::Usual, self.observer);
        let integer = &lowered.model.columns.integer;
        let keeps = lowered.model.check_point(&start, settings.point_tolerance()).is_feasible();
        if keeps || !integer.contains(&false) || self.is_over() {
            return start;
        }
        let mut model = lowered.model.clone();
        let mut goal = lowered.goal(0);
        goal.scale();
        model.set_objective(goal);
        mended(&model, &start, &settings, &Unheard(self.observer)).unwrap_or(start)
    }

    /// Goes back to `start`, which moves nothing that runs now, where no level gained anything.
    fn stay(&self, lowered: &Lowered<'_>, start: Vec<f64>, levels: &mut Levels) {
        let Some(point) = levels.point.as_mut() else { return };
        let is_nothing =
            |gained: f64, found: f64, kept: f64| gained <= 1e-9 * found.abs().max(kept.abs());
        let is_kept = lowered.objectives.iter().all(|objective| {
            let (found, kept) = (objective.goal.at(point), objective.goal.at(&start));
            let gained = if objective.goal.maximize { found - kept } else { kept - found };
            let mut sums = objective
                .shares
                .iter()
                .flat_map(|shares| shares.merits(point).into_iter().zip(shares.merits(&start)));
            is_nothing(gained, found, kept)
                && sums.all(|(found, kept)| is_nothing(found - kept, found, kept))
        });
        let tolerance = Settings::default().point_tolerance();
        if is_kept && lowered.model.check_point(&start, tolerance).is_feasible() {
            *point = start;
        }
    }
}

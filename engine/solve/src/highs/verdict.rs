//! From what HiGHS says to what is so.

use apportion_mip::{Model, Objective};
use highs_sys::*;

use super::ffi::{Instance, Values, Verdict};
use super::run::{Run, Source, run};
use crate::supervise::Deadline;
use crate::{Duals, Outcome, Proof, Settings, Stop, Watch};

/// One solve of a loaded model.
pub(super) struct Job<'a> {
    pub(super) deadline: &'a Deadline,
    pub(super) model: &'a Model,
    /// The best feasible point that is whole where it must be.
    pub(super) known: Option<Vec<f64>>,
    /// The best point that is whole within the tolerance only.
    pub(super) rough: Option<Vec<f64>>,
    pub(super) settings: &'a Settings,
    pub(super) watch: &'a dyn Watch,
}

/// What a status of HiGHS means for a model.
enum Meaning {
    /// The point is best, or within the gap.
    Best,
    Infeasible,
    /// Unbounded, or infeasible: a second look will tell.
    Ambiguous,
    Stopped(Stop),
}

impl Job<'_> {
    /// Solves, and hands the instance back unless it had to be left behind.
    pub(super) fn finish(
        mut self,
        source: Source,
        start: Option<Vec<f64>>,
    ) -> (Outcome, Option<Instance>) {
        let run = run(source, start, self.settings, self.deadline, self.watch);
        let Run { end, improved, bound, nodes } = run;
        self.know(improved);
        let (instance, verdict) = match end {
            Ok(end) => end,
            Err(stop) => {
                let outcome = Outcome { nodes, ..Outcome::empty(stop) };
                let outcome = outcome.with_point(self.model, self.point()).with_bound(bound);
                return (outcome.settled(self.settings), None);
            }
        };
        let count = |outcome: Outcome| Outcome {
            nodes: verdict.nodes,
            iterations: verdict.iterations,
            ..outcome
        };
        match self.meaning(&verdict) {
            Meaning::Best => {
                let (outcome, instance) = self.best(instance, &verdict);
                (count(outcome), instance)
            }
            Meaning::Infeasible if self.known.is_some() || self.rough.is_some() => {
                // The tolerances of point and proof disagree: neither is to be trusted alone.
                let outcome = Outcome::empty(Stop::Numerical).with_point(self.model, self.point());
                (count(outcome), Some(instance))
            }
            Meaning::Infeasible => (count(Outcome::proven(Proof::Infeasible)), Some(instance)),
            Meaning::Ambiguous => {
                let (outcome, instance) = self.look_again(instance);
                (count(outcome), instance)
            }
            Meaning::Stopped(stop) => {
                let (outcome, instance) = self.stopped(stop, instance, &verdict);
                (count(outcome), instance)
            }
        }
    }

    fn meaning(&self, verdict: &Verdict) -> Meaning {
        match verdict.status {
            MODEL_STATUS_OPTIMAL => Meaning::Best,
            MODEL_STATUS_INFEASIBLE => Meaning::Infeasible,
            // Of a linear model HiGHS says so with a point at hand; of one with integers it has
            // only seen the relaxation.
            MODEL_STATUS_UNBOUNDED | MODEL_STATUS_UNBOUNDED_OR_INFEASIBLE => Meaning::Ambiguous,
            MODEL_STATUS_REACHED_TIME_LIMIT => Meaning::Stopped(Stop::TimeLimit),
            // The only limit on solutions that is ever set is the one on nodes.
            MODEL_STATUS_REACHED_SOLUTION_LIMIT => Meaning::Stopped(Stop::NodeLimit),
            MODEL_STATUS_REACHED_INTERRUPT | MODEL_STATUS_HIGHS_INTERRUPT => {
                Meaning::Stopped(match verdict.exhausted {
                    true => Stop::IterationLimit,
                    false if self.deadline.is_over() => Stop::TimeLimit,
                    false => Stop::Interrupted,
                })
            }
            MODEL_STATUS_REACHED_MEMORY_LIMIT => Meaning::Stopped(Stop::Memory),
            _ => Meaning::Stopped(Stop::Numerical),
        }
    }

    fn best(mut self, instance: Instance, verdict: &Verdict) -> (Outcome, Option<Instance>) {
        let Some(values) = self.values(&instance) else {
            let outcome = Outcome::empty(Stop::Numerical).with_point(self.model, self.point());
            return (outcome, Some(instance));
        };
        let linear = !self.model.has_integers();
        let duals = Duals { rows: values.row_duals, columns: values.column_duals };
        self.know(Some(values.point));
        let instance = self.mend(instance);
        let outcome = Outcome::proven(Proof::WithinGap).with_point(self.model, self.point());
        let bound = if linear { outcome.objective } else { Some(verdict.bound) };
        let outcome = Outcome { duals: linear.then_some(duals), ..outcome };
        (outcome.with_bound(bound).settled(self.settings), instance)
    }

    fn stopped(
        mut self,
        stop: Stop,
        instance: Instance,
        verdict: &Verdict,
    ) -> (Outcome, Option<Instance>) {
        let values = verdict.feasible.then(|| self.values(&instance)).flatten();
        self.know(values.map(|values| values.point));
        let instance = self.mend(instance);
        let bound = self.model.has_integers().then_some(verdict.bound);
        let outcome = Outcome::empty(stop).with_point(self.model, self.point()).with_bound(bound);
        (outcome.settled(self.settings), instance)
    }

    /// Makes a rough point whole that is better than the known one: its integer columns are rounded
    /// and held there, and the others settled again.
    ///
    /// What a point gains by being whole only nearly is no gain, and a later level that must keep it
    /// would find nothing else.
    fn mend(&mut self, mut instance: Instance) -> Option<Instance> {
        let objective = &self.model.objective;
        let known = self.known.as_deref().map(|known| objective.at(known));
        let rough = self.rough.take_if(|rough| {
            known.is_none_or(|known| objective.prefers(objective.at(rough), known))
        });
        let Some(rough) = rough else { return Some(instance) };
        let columns = &self.model.columns;
        let held = |bounds: &[f64]| -> Vec<f64> {
            let free = bounds.iter().zip(&rough).zip(&columns.integer);
            free.map(|((bound, value), whole)| if *whole { value.round() } else { *bound })
                .collect()
        };
        let (lower, upper) = (held(&columns.lower), held(&columns.upper));
        if !instance.set_bounds(&lower, &upper) {
            self.rough = Some(rough);
            return None;
        }
        let run = run(Source::Instance(instance), None, self.settings, self.deadline, self.watch);
        let Ok((mut instance, verdict)) = run.end else {
            self.rough = Some(rough);
            return None;
        };
        if matches!(self.meaning(&verdict), Meaning::Best) {
            let point = self.values(&instance).map(|values| values.point);
            self.know(point);
        }
        self.rough = Some(rough);
        instance.set_bounds(&columns.lower, &columns.upper).then_some(instance)
    }

    /// Tells unbounded from infeasible: without an objective nothing is unbounded.
    fn look_again(mut self, mut instance: Instance) -> (Outcome, Option<Instance>) {
        if self.known.is_some() || self.rough.is_some() {
            let outcome = Outcome::proven(Proof::Unbounded).with_point(self.model, self.point());
            return (outcome, Some(instance));
        }
        instance.set_objective(&Objective::default());
        let run = run(Source::Instance(instance), None, self.settings, self.deadline, self.watch);
        self.know(run.improved);
        let (stop, instance) = match run.end {
            Err(stop) => (stop, None),
            Ok((instance, verdict)) => match self.meaning(&verdict) {
                Meaning::Best => {
                    let point = self.values(&instance).map(|values| values.point);
                    self.know(point);
                    (Stop::Completed, Some(instance))
                }
                Meaning::Infeasible => return (Outcome::proven(Proof::Infeasible), Some(instance)),
                Meaning::Ambiguous => (Stop::Numerical, Some(instance)),
                Meaning::Stopped(stop) => (stop, Some(instance)),
            },
        };
        if self.known.is_some() || self.rough.is_some() {
            let outcome = Outcome::proven(Proof::Unbounded).with_point(self.model, self.point());
            return (outcome, instance);
        }
        (Outcome { proof: Proof::InfeasibleOrUnbounded, ..Outcome::empty(stop) }, instance)
    }

    fn values(&self, instance: &Instance) -> Option<Values> {
        instance.values(self.model.num_columns(), self.model.num_rows())
    }

    /// Keeps the better of the points known so far and this one, made whole if that keeps it feasible.
    pub(super) fn know(&mut self, point: Option<Vec<f64>>) {
        let Some(point) = point else { return };
        let objective = &self.model.objective;
        let (point, kept) = match self.whole(point) {
            Ok(point) => (point, &mut self.known),
            Err(point) => (point, &mut self.rough),
        };
        let better = |kept: &Vec<f64>| !objective.prefers(objective.at(kept), objective.at(&point));
        if kept.as_ref().is_none_or(better) {
            *kept = Some(point);
        }
    }

    /// The best point there is: one that is whole, if any.
    fn point(&mut self) -> Option<Vec<f64>> {
        self.known.take().or_else(|| self.rough.take())
    }

    /// The point with integer columns made whole (and never -0), or as it is where that breaks a row.
    fn whole(&self, point: Vec<f64>) -> Result<Vec<f64>, Vec<f64>> {
        let integer = &self.model.columns.integer;
        let rounded: Vec<f64> = point
            .iter()
            .zip(integer)
            .map(|(value, integer)| if *integer { value.round() + 0.0 } else { *value })
            .collect();
        let tolerance = self.settings.point_tolerance();
        let rounds = rounded == point || self.model.check_point(&rounded, tolerance).is_feasible();
        if rounds { Ok(rounded) } else { Err(point) }
    }
}

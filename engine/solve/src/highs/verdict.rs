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
    /// A feasible point, known beforehand.
    pub(super) known: Option<Vec<f64>>,
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
        let improved = improved.map(|point| self.whole(point));
        self.know(improved);
        let (instance, verdict) = match end {
            Ok(end) => end,
            Err(stop) => {
                let outcome = Outcome { nodes, ..Outcome::empty(stop) };
                let outcome = outcome.with_point(self.model, self.known).with_bound(bound);
                return (outcome.settled(self.settings), None);
            }
        };
        let count = |outcome: Outcome| Outcome {
            nodes: verdict.nodes,
            iterations: verdict.iterations,
            ..outcome
        };
        match self.meaning(&verdict) {
            Meaning::Best => (count(self.best(&instance, &verdict)), Some(instance)),
            Meaning::Infeasible if self.known.is_some() => {
                // The tolerances of point and proof disagree: neither is to be trusted alone.
                let outcome = Outcome::empty(Stop::Numerical).with_point(self.model, self.known);
                (count(outcome), Some(instance))
            }
            Meaning::Infeasible => (count(Outcome::proven(Proof::Infeasible)), Some(instance)),
            Meaning::Ambiguous => {
                let (outcome, instance) = self.look_again(instance);
                (count(outcome), instance)
            }
            Meaning::Stopped(stop) => {
                (count(self.stopped(stop, &instance, &verdict)), Some(instance))
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
                let timely = self.deadline.is_over();
                Meaning::Stopped(if timely { Stop::TimeLimit } else { Stop::Interrupted })
            }
            MODEL_STATUS_REACHED_MEMORY_LIMIT => Meaning::Stopped(Stop::Memory),
            _ => Meaning::Stopped(Stop::Numerical),
        }
    }

    fn best(mut self, instance: &Instance, verdict: &Verdict) -> Outcome {
        let Some(values) = self.values(instance) else {
            return Outcome::empty(Stop::Numerical).with_point(self.model, self.known);
        };
        let linear = !self.model.has_integers();
        let duals = Duals { rows: values.row_duals, columns: values.column_duals };
        let point = self.whole(values.point);
        self.know(Some(point));
        let outcome = Outcome::proven(Proof::WithinGap).with_point(self.model, self.known);
        let bound = if linear { outcome.objective } else { Some(verdict.bound) };
        let outcome = Outcome { duals: linear.then_some(duals), ..outcome };
        outcome.with_bound(bound).settled(self.settings)
    }

    fn stopped(mut self, stop: Stop, instance: &Instance, verdict: &Verdict) -> Outcome {
        if verdict.feasible
            && let Some(values) = self.values(instance)
        {
            let point = self.whole(values.point);
            self.know(Some(point));
        }
        let bound = self.model.has_integers().then_some(verdict.bound);
        let outcome = Outcome::empty(stop).with_point(self.model, self.known).with_bound(bound);
        outcome.settled(self.settings)
    }

    /// Tells unbounded from infeasible: without an objective nothing is unbounded.
    fn look_again(mut self, mut instance: Instance) -> (Outcome, Option<Instance>) {
        if self.known.is_some() {
            return (
                Outcome::proven(Proof::Unbounded).with_point(self.model, self.known),
                Some(instance),
            );
        }
        instance.set_objective(&Objective::default());
        let run = run(Source::Instance(instance), None, self.settings, self.deadline, self.watch);
        let improved = run.improved.map(|point| self.whole(point));
        self.know(improved);
        let (stop, instance) = match run.end {
            Err(stop) => (stop, None),
            Ok((instance, verdict)) => match self.meaning(&verdict) {
                Meaning::Best => {
                    let point = self.values(&instance).map(|values| self.whole(values.point));
                    self.know(point);
                    (Stop::Completed, Some(instance))
                }
                Meaning::Infeasible => return (Outcome::proven(Proof::Infeasible), Some(instance)),
                Meaning::Ambiguous => (Stop::Numerical, Some(instance)),
                Meaning::Stopped(stop) => (stop, Some(instance)),
            },
        };
        if self.known.is_some() {
            let outcome = Outcome::proven(Proof::Unbounded).with_point(self.model, self.known);
            return (outcome, instance);
        }
        (Outcome { proof: Proof::InfeasibleOrUnbounded, ..Outcome::empty(stop) }, instance)
    }

    fn values(&self, instance: &Instance) -> Option<Values> {
        instance.values(self.model.num_columns(), self.model.num_rows())
    }

    /// Keeps the better of the point known so far and this one.
    fn know(&mut self, point: Option<Vec<f64>>) {
        let Some(point) = point else { return };
        let better = self.known.as_deref().is_none_or(|known| {
            let objective = &self.model.objective;
            !objective.prefers(objective.at(known), objective.at(&point))
        });
        if better {
            self.known = Some(point);
        }
    }

    /// The point with integer columns made whole (and never -0), if that keeps it feasible.
    fn whole(&self, point: Vec<f64>) -> Vec<f64> {
        let integer = &self.model.columns.integer;
        let rounded: Vec<f64> = point
            .iter()
            .zip(integer)
            .map(|(value, integer)| if *integer { value.round() + 0.0 } else { *value })
            .collect();
        let tolerance = self.settings.point_tolerance();
        let rounds = rounded == point || self.model.check_point(&rounded, tolerance).is_feasible();
        if rounds { rounded } else { point }
    }
}

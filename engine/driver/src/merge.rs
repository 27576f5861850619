//! Plans of parts as one plan of the whole.

use std::time::Duration;

use apportion_check::policy::Type;
use apportion_ground::Running;
use apportion_lower::{Lowered, Resolution};
use apportion_plan::Plan;
use apportion_solve::Progress;
use apportion_unpack::{Singles, filled, repair};

use crate::build::Outcome;
use crate::classes::embedded;
use crate::codes::{Codes, each_value};
use crate::levels::Levels;
use crate::request::{Observer, Options, Request, Stage};
use crate::run::{Failure, Planned, Run, is_over, with_run};

/// Plans of the parts of a fleet.
pub struct Parts<'p> {
    /// The plans; parts without one leave their rows to what is done with the whole.
    pub plans: Vec<&'p Plan>,
    /// Whether the parts come to as much as the whole, so that what is proven of them is proven of it.
    pub is_exact: bool,
}

/// How long after an interruption, or the time limit, the room that parts without a plan leave is filled, and a bound of the whole is sought:
/// without that nobody knows what parts have lost.
const PATIENCE: f64 = 2.0;

/// Hears of no interruption for a while.
struct Patient<'o> {
    observer: &'o dyn Observer,
    /// In seconds of the run.
    until: f64,
}

impl<'o> Patient<'o> {
    fn from_now(observer: &'o dyn Observer) -> Patient<'o> {
        Patient { observer, until: observer.elapsed() + PATIENCE }
    }
}

impl Observer for Patient<'_> {
    fn stage(&self, stage: Stage) {
        self.observer.stage(stage);
    }

    fn progress(&self, progress: &Progress) {
        self.observer.progress(progress);
    }

    fn interrupted(&self) -> bool {
        self.elapsed() > self.until && self.observer.interrupted()
    }

    fn elapsed(&self) -> f64 {
        self.observer.elapsed()
    }
}

/// The whole plan that plans of parts make: put together, filled, and made better in the time that is left. Its bound is
/// the whole problem's, so that it holds for plans that are made without parts too.
pub fn merge(
    request: &Request<'_>,
    parts: &Parts<'_>,
    observer: &dyn Observer,
) -> Result<Planned, Failure> {
    // What was found of parts is put together whatever the time is.
    let stop = || parts.plans.is_empty() && is_over(request, observer);
    with_run(request, &[], observer, &stop, |run| {
        let placed = run.placed(&parts.plans);
        run.merged(&placed, parts)
    })
}

impl Run<'_> {
    fn merged(&mut self, placed: &[Running], parts: &Parts<'_>) -> Result<Outcome, Failure> {
        self.observer.stage(Stage::Start);
        let begun = self.observer.elapsed();
        let patient = Patient::from_now(self.observer);
        let is_over = || is_over(self.request, &patient);
        let entries = placed.iter().map(|it| (it.decision as usize, &*it.at, it.value));
        let together = Singles::of(self.ground.decisions.len(), entries);
        let filled = filled(self.index, &together, &is_over);
        self.timings.lift += self.observer.elapsed() - begun;
        let mut lowered = self.lower(Resolution::Classes)?;
        let start = embedded(&lowered, self.ground, &filled);
        self.hold_dominated(&mut lowered, &start);
        let size = self.size(&lowered);
        let levels = self.proven(&lowered, parts);
        let mut candidates = [&filled, &together].map(|it| (self.worth(&lowered, it), it));
        candidates.sort_by(|(a, _), (b, _)| self.compare(a, b));
        let mut outcome = self.outcome(levels, None, size, false);
        for (_, singles) in candidates {
            let assignment = self.assignment_of(singles);
            let verdict = self.judge(&assignment);
            outcome.judged = Some((assignment, verdict));
            if outcome.is_sound() {
                let better = self.improve(singles, &mut outcome.levels);
                outcome.judged = better.or(outcome.judged);
                outcome.timings = self.timings.clone();
                return Ok(outcome);
            }
        }
        self.mended(placed, outcome)
    }

    /// What the judge leaves of plans of parts that break a rule together: as much of them as keeps every sum.
    fn mended(&mut self, placed: &[Running], rejected: Outcome) -> Result<Outcome, Failure> {
        let singles = repair(self.index, placed, &|| self.is_over());
        let assignment = self.assignment_of(&singles);
        let verdict = self.judge(&assignment);
        if !verdict.holds() {
            return match self.is_over() {
                true => Ok(self.nothing()),
                false => Err(Failure::Rejected(self.rejected(&rejected))),
            };
        }
        let mut outcome = Outcome { judged: Some((assignment, verdict)), ..rejected };
        let better = self.improve(&singles, &mut outcome.levels);
        outcome.judged = better.or(outcome.judged);
        outcome.timings = self.timings.clone();
        Ok(outcome)
    }

    /// What is proven of every plan of the whole.
    fn proven(&mut self, lowered: &Lowered<'_>, parts: &Parts<'_>) -> Levels {
        let patient = Patient::from_now(self.observer);
        let least = Duration::try_from_secs_f64(patient.until).unwrap_or(Duration::MAX);
        let limit = self.request.options.time_limit.map(|limit| limit.max(least));
        let options = Options { time_limit: limit, ..self.request.options.clone() };
        // Of what shares are worth together the relaxation of a level knows nothing, only of the least of them.
        let is_known = lowered
            .objectives
            .first()
            .is_some_and(|first| first.shares.iter().all(|shares| shares.worth.is_none()));
        let relaxed = match is_known {
            true => self.relaxed(lowered, &options, &patient),
            false => None,
        };
        let mut levels = relaxed.unwrap_or_else(|| Levels::bounded(lowered, None));
        self.timings.solve += levels.seconds;
        if let Some(first) = self.ground.objectives.first() {
            levels.tighten(self.bound_of(parts), first.maximize);
        }
        levels
    }

    /// The bounds of parts that come to as much as the whole, together; only of a sum without parts that are in every
    /// one of them.
    fn bound_of(&self, parts: &Parts<'_>) -> Option<f64> {
        let objective = self.ground.objectives.first()?;
        let value = &objective.value;
        let level = &self.request.policy.levels[objective.level?.index()];
        let is_sum = value.pieces.is_empty() && value.constant == 0.0;
        if !parts.is_exact || !is_sum {
            return None;
        }
        let unit = match &level.value.ty {
            Type::Number(dimension) => apportion_check::unit_for(*dimension),
            _ => None,
        };
        let bounds = parts.plans.iter().map(|plan| {
            let bound = plan.levels.first()?.bound?;
            Some(unit.as_ref().map_or(bound, |unit| unit.value_to_base(bound)))
        });
        bounds.sum()
    }

    /// What the plans place, in the numbers of the whole world.
    fn placed(&self, plans: &[&Plan]) -> Vec<Running> {
        let names = self.names();
        let codes = Codes::new(&names);
        let mut placed = Vec::new();
        for plan in plans {
            each_value(names.policy, plan, &mut |decision, at, value| {
                if let Some(at) = codes.tuple(decision, at) {
                    placed.push(Running { decision: decision as u32, at, value });
                }
            });
        }
        placed
    }
}

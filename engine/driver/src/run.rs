//! The stages in order.

use apportion_check::policy::{DecisionId, Policy, RuleId};
use apportion_diagnostic::Diagnostic;
use apportion_evaluate::{Item, Tolerance, Verdict, judge};
use apportion_facts::{Assignment, DecisionValues, WorldFacts};
use apportion_ground::{Ground, Running};
use apportion_lower::{Limits, Lowered, Resolution, lower};
use apportion_plan::{ModelSize, Plan};
use apportion_solve::{Proof, Stop};
use apportion_unpack::{Index, Singles, repair};

use crate::build::{Outcome, build};
use crate::levels::Levels;
use crate::names::Names;
use crate::partition::{Share, apply};
use crate::prices::{Before, Prices};
use crate::request::{Observer, Request, Stage};
use crate::size::{bin_columns, single_columns};

/// A plan, and what is to be said beside it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan, or the facts of why there is none.
    pub plan: Plan,
    /// What the plan gives each decision, in the policy's order; absent where there is no plan.
    pub assignment: Option<Assignment>,
    /// Warnings.
    pub findings: Vec<Diagnostic>,
}

/// Why there is no plan to speak of.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The policy cannot be compiled over these facts.
    Findings(Vec<Diagnostic>),
    /// The evaluator rejects what the solver found.
    Rejected(Rejected),
}

/// An answer that breaks a rule.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// The rule, or the decision that does not keep its bounds.
    pub what: String,
    /// Where, and by how much.
    pub details: Vec<String>,
}

/// A policy over a world, with what was said on the way.
#[derive(Default)]
pub struct Grounded {
    /// Columns and rows over classes.
    pub ground: Ground,
    /// Warnings.
    pub findings: Vec<Diagnostic>,
}

/// The policy over the facts.
pub fn ground_request(request: &Request<'_>) -> Result<Grounded, Failure> {
    let grounded = ground_until(request, &|| false)?;
    grounded.ok_or(Failure::Findings(Vec::new()))
}

/// The same, if it can be done before `stop` says that the work is to end.
pub(crate) fn ground_until(
    request: &Request<'_>,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Grounded>, Failure> {
    let facts = WorldFacts::new(request.policy, request.world, request.settings);
    let grounded = ground_facts(request, &facts, stop);
    match grounded.ground {
        Some(ground) => Ok(Some(Grounded { ground, findings: grounded.findings })),
        None if grounded.stopped => Ok(None),
        None => Err(Failure::Findings(grounded.findings)),
    }
}

/// The policy over facts of which the request's world is a part.
pub(crate) fn ground_facts(
    request: &Request<'_>,
    facts: &WorldFacts<'_>,
    stop: &dyn Fn() -> bool,
) -> apportion_ground::Grounded {
    let options = apportion_ground::Options {
        merge: request.options.merge,
        stop,
        ..apportion_ground::Options::default()
    };
    apportion_ground::ground(request.policy, facts, &running(request), &options)
}

pub(crate) fn running(request: &Request<'_>) -> Vec<Running> {
    let entries = request.world.current.entries.iter();
    entries
        .map(|entry| Running { decision: entry.decision, at: entry.at.clone(), value: entry.value })
        .collect()
}

/// Plans.
pub fn plan(request: &Request<'_>, observer: &dyn Observer) -> Result<Planned, Failure> {
    plan_part(request, &[], observer)
}

/// Plans a part of a fleet, which has shares of what several parts share.
pub fn plan_part(
    request: &Request<'_>,
    shares: &[Share],
    observer: &dyn Observer,
) -> Result<Planned, Failure> {
    let stop = || is_over(request, observer);
    with_run(request, shares, observer, &stop, |run| run.solve())
}

/// Makes a plan of what `solve` finds, unless `stop` says that the work is to end before the policy is read over the
/// facts.
pub(crate) fn with_run(
    request: &Request<'_>,
    shares: &[Share],
    observer: &dyn Observer,
    stop: &dyn Fn() -> bool,
    solve: impl FnOnce(&mut Run<'_>) -> Result<Outcome, Failure>,
) -> Result<Planned, Failure> {
    observer.stage(Stage::Ground);
    let begun = observer.elapsed();
    let grounded = ground_until(request, stop)?;
    let stopped = grounded.is_none();
    let Grounded { mut ground, findings } = grounded.unwrap_or_default();
    let Request { policy, world, .. } = *request;
    let words = ground.words.clone();
    apply(shares, &mut ground, &Names { policy, world, words: &words });
    let ground = Read { ground: &ground, findings, begun };
    with_ground(request, ground, shares, Before::default(), observer, |run| {
        if stopped { Ok(run.nothing()) } else { solve(run) }
    })
}

/// A policy that was read over the request's world.
pub(crate) struct Read<'g> {
    pub(crate) ground: &'g Ground,
    pub(crate) findings: Vec<Diagnostic>,
    /// When that began, in seconds of the run.
    pub(crate) begun: f64,
}

/// Makes a plan of what `solve` finds.
pub(crate) fn with_ground(
    request: &Request<'_>,
    read: Read<'_>,
    shares: &[Share],
    before: Before<'_>,
    observer: &dyn Observer,
    solve: impl FnOnce(&mut Run<'_>) -> Result<Outcome, Failure>,
) -> Result<Planned, Failure> {
    let Read { ground, mut findings, begun } = read;
    let index = Index::new(ground);
    let mut run = Run {
        request,
        observer,
        ground,
        index: &index,
        running: running(request),
        shares,
        before,
        prices: None,
        timings: request.timings.clone(),
        judging: 0.0,
    };
    run.timings.ground = observer.elapsed() - begun;
    let outcome = solve(&mut run)?;
    let plan = build(request, ground, &outcome, observer);
    let verdict = outcome.judged.iter().map(|(_, verdict)| verdict);
    findings.extend(verdict.flat_map(|verdict| missing_reports(request.policy, verdict)));
    let assignment = outcome.judged.map(|(assignment, _)| assignment);
    Ok(Planned { plan, assignment, findings })
}

/// The share of the time that is left to a search which is kept for the evaluator, at most.
const MOST_JUDGING: f64 = 0.25;

pub(crate) struct Run<'r> {
    pub(crate) request: &'r Request<'r>,
    pub(crate) observer: &'r dyn Observer,
    pub(crate) ground: &'r Ground,
    pub(crate) index: &'r Index<'r>,
    pub(crate) running: Vec<Running>,
    /// What it has of what several parts share, if it is a part.
    pub(crate) shares: &'r [Share],
    /// What is known from worlds before.
    pub(crate) before: Before<'r>,
    /// What the linear relaxation over classes found, if it was solved.
    pub(crate) prices: Option<Prices>,
    pub(crate) timings: apportion_plan::Timings,
    /// Seconds that the evaluator took at most: what is found has to be judged before the time is up.
    judging: f64,
}

impl<'r> Run<'r> {
    pub(crate) fn names(&self) -> Names<'r> {
        Names { policy: self.request.policy, world: self.request.world, words: &self.ground.words }
    }

    /// The plan that all stages make.
    pub(crate) fn solve(&mut self) -> Result<Outcome, Failure> {
        let greedy = self.greedy();
        match (self.is_divided(), self.is_small()) {
            (true, _) => self.divided(greedy),
            (_, true) => self.small(greedy),
            _ => self.classes(greedy),
        }
    }

    /// The same run over the policy with more rows, of which nothing is known.
    pub(crate) fn over<'s>(&self, ground: &'s Ground, index: &'s Index<'s>) -> Run<'s>
    where
        'r: 's,
    {
        Run {
            ground,
            index,
            running: self.running.clone(),
            before: Before::default(),
            prices: None,
            timings: self.timings.clone(),
            ..*self
        }
    }

    /// Whether a level seeks fair shares.
    pub(crate) fn seeks_shares(&self) -> bool {
        self.ground.objectives.iter().any(|objective| !objective.shares.is_empty())
    }

    fn is_small(&self) -> bool {
        let whole = self.ground.spaces.iter().all(|space| space.len() == space.members.len());
        let columns = single_columns(self.ground).saturating_add(bin_columns(self.ground));
        whole || columns <= self.request.options.small
    }

    pub(crate) fn lower(&mut self, resolution: Resolution) -> Result<Lowered<'r>, Failure> {
        self.observer.stage(Stage::Lower);
        let begun = self.observer.elapsed();
        let lowered = lower(self.ground, resolution, Limits::default()).map_err(|errors| {
            let names = self.names();
            Failure::Findings(errors.iter().map(|error| error.diagnostic(&names)).collect())
        });
        self.timings.lower += self.observer.elapsed() - begun;
        lowered
    }

    /// Holds what others do as well, but for what there is of it at `start` where something runs now.
    pub(crate) fn hold_dominated(&mut self, lowered: &mut Lowered<'_>, start: &[f64]) {
        let begun = self.observer.elapsed();
        if self.request.options.dominance {
            lowered.hold_dominated((!self.running.is_empty()).then_some(start));
        }
        self.timings.lower += self.observer.elapsed() - begun;
    }

    /// A first plan that keeps every sum and moves nothing that runs now.
    pub(crate) fn greedy(&mut self) -> Singles {
        self.observer.stage(Stage::Start);
        let begun = self.observer.elapsed();
        let interrupted = || self.is_over();
        let singles = repair(self.index, &self.running, &interrupted);
        self.timings.lift += self.observer.elapsed() - begun;
        singles
    }

    pub(crate) fn is_over(&self) -> bool {
        is_over(self.request, self.observer)
    }

    /// Seconds of the run at which a search that begins now is to end, so that there is time to judge what it finds.
    pub(crate) fn end_of_search(&self) -> Option<f64> {
        let begun = self.observer.elapsed();
        self.request.options.time_limit.map(|limit| {
            let limit = limit.as_secs_f64();
            limit - self.judging.min(MOST_JUDGING * (limit - begun).max(0.0))
        })
    }

    /// What ended the work, if it is over.
    pub(crate) fn stop(&self) -> Stop {
        if self.observer.interrupted() { Stop::Interrupted } else { Stop::TimeLimit }
    }

    /// What there is when the time is up before anything is known.
    pub(crate) fn nothing(&self) -> Outcome {
        let levels = Levels {
            reached: Vec::new(),
            point: None,
            proof: Proof::None,
            stopped: self.stop(),
            seconds: 0.0,
        };
        self.outcome(levels, None, ModelSize::default(), false)
    }

    pub(crate) fn judge(&mut self, assignment: &Assignment) -> Verdict {
        self.observer.stage(Stage::Judge);
        let begun = self.observer.elapsed();
        let facts = WorldFacts::new(self.request.policy, self.request.world, self.request.settings);
        let mut verdict = judge(self.request.policy, &facts, assignment, &Tolerance::default());
        let seconds = self.observer.elapsed() - begun;
        self.timings.judge += seconds;
        self.judging = self.judging.max(seconds);
        // What a part keeps is its share, of which the policy says nothing: the whole is judged by it.
        for rule in verdict.rules.iter_mut().filter(|it| self.has_share(it.rule)) {
            rule.broken = 0;
            rule.first_broken.clear();
        }
        verdict
    }

    fn has_share(&self, rule: RuleId) -> bool {
        let name = &self.request.policy.rules[rule.index()].name;
        self.shares.iter().any(|share| share.rule == *name)
    }

    pub(crate) fn lift(&self, lowered: &Lowered<'_>, point: &[f64]) -> Assignment {
        let mut entries: Vec<Vec<(Vec<u32>, f64)>> = vec![Vec::new(); self.ground.decisions.len()];
        for (decision, tuple, value) in lowered.singles(point).into_iter().flatten() {
            let value = self.tidy(decision, value);
            if value != 0.0 {
                entries[decision.index()].push((tuple.into_vec(), value));
            }
        }
        self.assignment(entries)
    }

    /// A whole value is whole, and what is left of a solver's arithmetic around 0 is 0.
    fn tidy(&self, decision: DecisionId, value: f64) -> f64 {
        match self.ground.decisions[decision.index()].whole {
            true => value.round(),
            false if value.abs() < 1e-9 => 0.0,
            false => value,
        }
    }

    fn assignment(&self, entries: Vec<Vec<(Vec<u32>, f64)>>) -> Assignment {
        let decisions = &self.request.policy.decisions;
        let values = decisions.iter().zip(entries);
        Assignment {
            decisions: values
                .map(|(decision, list)| DecisionValues::from_entries(decision.indices.len(), list))
                .collect(),
        }
    }

    pub(crate) fn assignment_of(&self, singles: &Singles) -> Assignment {
        let decisions = 0..self.ground.decisions.len();
        let entries = decisions.map(|decision| {
            let id = DecisionId(decision as u32);
            let sorted = singles.sorted(decision).into_iter();
            sorted.map(|(tuple, value)| (tuple.to_vec(), self.tidy(id, value))).collect()
        });
        self.assignment(entries.collect())
    }

    pub(crate) fn outcome(
        &self,
        levels: Levels,
        judged: Option<(Assignment, Verdict)>,
        size: ModelSize,
        exact: bool,
    ) -> Outcome {
        Outcome { levels, judged, size, exact, timings: self.timings.clone() }
    }
}

/// Whether the time is up, or the run was interrupted.
pub(crate) fn is_over(request: &Request<'_>, observer: &dyn Observer) -> bool {
    let limit = request.options.time_limit;
    let late = limit.is_some_and(|limit| observer.elapsed() > limit.as_secs_f64());
    late || observer.interrupted()
}

/// Warnings of reports that have no value on the plan.
fn missing_reports<'v>(
    policy: &'v Policy,
    verdict: &'v Verdict,
) -> impl Iterator<Item = Diagnostic> + 'v {
    verdict.failures.iter().filter_map(|failure| {
        let Item::Report(position) = failure.item else { return None };
        let report = policy.reports.get(position as usize)?;
        let message = format!("report `{}` cannot be worked out", report.name);
        let label = failure.error.describe(policy);
        Some(Diagnostic::warning("no-value", message).at(report.span, label))
    })
}

impl Outcome {
    /// Whether there is nothing to reject: no point at all, or one that the evaluator passes.
    pub(crate) fn is_sound(&self) -> bool {
        self.judged.as_ref().is_none_or(|(_, verdict)| verdict.holds())
    }

    /// What is proven where there is no point.
    pub(crate) fn proof(&self) -> Proof {
        self.levels.proof
    }

    /// What ended the search.
    pub(crate) fn stop(&self) -> Stop {
        self.levels.stopped
    }
}

//! The stages in order.

use std::cmp::Ordering;
use std::time::Duration;

use apportion_check::policy::{DecisionId, Policy, RuleId};
use apportion_diagnostic::Diagnostic;
use apportion_evaluate::{Fault, Item, Tolerance, Verdict, judge};
use apportion_facts::{Assignment, DecisionValues, WorldFacts};
use apportion_ground::{Ground, Running, Sort};
use apportion_lower::{Dominated, Limits, Lowered, Resolution, lower};
use apportion_plan::{ModelSize, Plan};
use apportion_solve::{Progress, Proof, Stop};
use apportion_unpack::{Improved, Index, Search, Singles, improve, repair, unpack};

use crate::build::{Outcome, build};
use crate::levels::{Care, Levels, solve_levels};
use crate::names::Names;
use crate::request::{Observer, Options, Request, Stage};

/// A plan, and what is to be said beside it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan, or the facts of why there is none.
    pub plan: Plan,
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
fn ground_until(
    request: &Request<'_>,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Grounded>, Failure> {
    let facts = WorldFacts::new(request.policy, request.world, request.settings);
    let running = running(request);
    let options = apportion_ground::Options {
        merge: request.options.merge,
        stop,
        ..apportion_ground::Options::default()
    };
    let grounded = apportion_ground::ground(request.policy, &facts, &running, &options);
    match grounded.ground {
        Some(ground) => Ok(Some(Grounded { ground, findings: grounded.findings })),
        None if grounded.stopped => Ok(None),
        None => Err(Failure::Findings(grounded.findings)),
    }
}

fn running(request: &Request<'_>) -> Vec<Running> {
    let entries = request.world.current.entries.iter();
    entries
        .map(|entry| Running { decision: entry.decision, at: entry.at.clone(), value: entry.value })
        .collect()
}

/// Plans.
pub fn plan(request: &Request<'_>, observer: &dyn Observer) -> Result<Planned, Failure> {
    observer.stage(Stage::Ground);
    let begun = observer.elapsed();
    let grounded = ground_until(request, &|| is_over(request, observer))?;
    let stopped = grounded.is_none();
    let Grounded { ground, mut findings } = grounded.unwrap_or_default();
    let index = Index::new(&ground);
    let mut run = Run {
        request,
        observer,
        ground: &ground,
        index: &index,
        running: running(request),
        timings: request.timings.clone(),
    };
    run.timings.ground = observer.elapsed() - begun;
    let outcome = match stopped {
        true => run.nothing(),
        false if run.is_small() => run.small()?,
        false => run.classes()?,
    };
    let plan = build(request, &ground, &outcome);
    let verdict = outcome.judged.iter().map(|(_, verdict)| verdict);
    findings.extend(verdict.flat_map(|verdict| missing_reports(request.policy, verdict)));
    Ok(Planned { plan, findings })
}

/// When a search for better parts is to end, and what it prefers; see [`Search`].
pub(crate) struct Aim {
    pub(crate) gap: f64,
    pub(crate) patience: Option<usize>,
    pub(crate) stay: bool,
}

/// Columns above which the problem as it is would take longer to solve than anybody waits.
const MOST_SINGLE: u64 = 2_000_000;

pub(crate) struct Run<'r> {
    pub(crate) request: &'r Request<'r>,
    pub(crate) observer: &'r dyn Observer,
    pub(crate) ground: &'r Ground,
    pub(crate) index: &'r Index<'r>,
    pub(crate) running: Vec<Running>,
    pub(crate) timings: apportion_plan::Timings,
}

impl<'r> Run<'r> {
    fn names(&self) -> Names<'r> {
        Names { policy: self.request.policy, world: self.request.world, words: &self.ground.words }
    }

    fn is_small(&self) -> bool {
        let whole = self.ground.spaces.iter().all(|space| space.len() == space.members.len());
        let columns = single_columns(self.ground).saturating_add(bin_columns(self.ground));
        whole || columns <= self.request.options.small
    }

    fn lower(&mut self, resolution: Resolution) -> Result<Lowered<'r>, Failure> {
        self.observer.stage(Stage::Lower);
        let begun = self.observer.elapsed();
        let lowered = lower(self.ground, resolution, Limits::default()).map_err(|errors| {
            let names = self.names();
            Failure::Findings(errors.iter().map(|error| error.diagnostic(&names)).collect())
        });
        self.timings.lower += self.observer.elapsed() - begun;
        lowered
    }

    fn hold_dominated(&mut self, lowered: &mut Lowered<'_>) -> Dominated {
        let begun = self.observer.elapsed();
        let dominated = match self.request.options.dominance {
            true => lowered.hold_dominated(),
            false => Dominated::default(),
        };
        self.timings.lower += self.observer.elapsed() - begun;
        dominated
    }

    /// A first plan that keeps every sum and moves nothing that runs now.
    fn greedy(&mut self) -> Singles {
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

    /// What ended the work, if it is over.
    pub(crate) fn stop(&self) -> Stop {
        if self.observer.interrupted() { Stop::Interrupted } else { Stop::TimeLimit }
    }

    /// What there is when the time is up before anything is known.
    fn nothing(&self) -> Outcome {
        let levels = Levels {
            reached: Vec::new(),
            point: None,
            proof: Proof::None,
            stopped: self.stop(),
            seconds: 0.0,
        };
        self.outcome(levels, None, ModelSize::default(), false)
    }

    /// Whether the time is up by so much that even what was found cannot be settled any more.
    fn is_late(&self) -> bool {
        let limit = self.request.options.time_limit.map(|limit| limit.as_secs_f64());
        limit.is_some_and(|limit| self.observer.elapsed() > limit * 1.05 + 0.1)
    }

    pub(crate) fn judge(&mut self, assignment: &Assignment) -> Verdict {
        self.observer.stage(Stage::Judge);
        let begun = self.observer.elapsed();
        let facts = WorldFacts::new(self.request.policy, self.request.world, self.request.settings);
        let verdict = judge(self.request.policy, &facts, assignment, &Tolerance::default());
        self.timings.judge += self.observer.elapsed() - begun;
        verdict
    }

    /// A limit that leaves half of the time: whatever is found better later counts for less than what is found at all.
    fn half_the_time(&self) -> Option<Duration> {
        let elapsed = self.observer.elapsed();
        let half = |limit: Duration| Duration::from_secs_f64((limit.as_secs_f64() + elapsed) / 2.0);
        self.request.options.time_limit.map(half)
    }

    /// Solves the problem as it is, after whole fillings of machines where they find a plan sooner.
    fn small(&mut self) -> Result<Outcome, Failure> {
        let greedy = self.greedy();
        let is_tiny = single_columns(self.ground) <= self.request.options.tiny;
        if is_tiny || self.ground.objectives.len() != 1 || self.packer(&greedy).is_none() {
            return self.single(&self.assignment_of(&greedy));
        }
        let packed = self.classes()?;
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
    fn single(&mut self, start: &Assignment) -> Result<Outcome, Failure> {
        let first = self.single_with(start, Care::Usual)?;
        if first.is_sound() {
            return Ok(first);
        }
        let second = self.single_with(start, Care::Greatest)?;
        if second.is_sound() {
            return Ok(second);
        }
        Err(Failure::Rejected(self.rejected(&second)))
    }

    fn single_with(&mut self, start: &Assignment, care: Care) -> Result<Outcome, Failure> {
        let mut lowered = self.lower(Resolution::Singles)?;
        // After a rejected answer everything is looked at.
        let dominated = match care {
            Care::Usual => self.hold_dominated(&mut lowered),
            Care::Greatest => Dominated::default(),
        };
        let size = self.size(&lowered, &dominated);
        let decisions = start.decisions.iter().zip(0..);
        let entries = decisions.flat_map(|(values, decision)| {
            values.iter().map(move |(tuple, value)| (decision, tuple, value))
        });
        let mut start = lowered.embed(entries);
        lowered.shift(&dominated, &mut start);
        let levels =
            solve_levels(&mut lowered, Some(start), &self.request.options, care, self.observer);
        self.timings.solve += levels.seconds;
        let begun = self.observer.elapsed();
        let assignment = levels.point.as_ref().map(|point| self.lift(&lowered, point));
        self.timings.lift += self.observer.elapsed() - begun;
        let judged = assignment.map(|assignment| {
            let verdict = self.judge(&assignment);
            (assignment, verdict)
        });
        Ok(self.outcome(levels, judged, size, true))
    }

    fn lift(&self, lowered: &Lowered<'_>, point: &[f64]) -> Assignment {
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

    /// Solves over classes, which bounds every plan, then settles the members.
    fn classes(&mut self) -> Result<Outcome, Failure> {
        let mut greedy = self.greedy();
        let mut lowered = self.lower(Resolution::Classes)?;
        let dominated = self.hold_dominated(&mut lowered);
        let size = self.size(&lowered, &dominated);
        if !self.running.is_empty() {
            let resettled = self.resettled(&lowered, greedy);
            if let Some(levels) = resettled.levels {
                let assignment = self.assignment_of(&resettled.singles);
                let verdict = self.judge(&assignment);
                if verdict.holds() {
                    return Ok(self.outcome(levels, Some((assignment, verdict)), size, false));
                }
            }
            greedy = resettled.singles;
        }
        let mut start = embedded(&lowered, self.ground, &greedy);
        lowered.shift(&dominated, &mut start);
        let packer = self.packer(&greedy);
        let is_one = lowered.objectives.len() == 1;
        let relaxed = packer.as_ref().filter(|_| is_one).and_then(|_| self.relaxed(&lowered));
        let options = Options { time_limit: self.half_the_time(), ..self.request.options.clone() };
        let mut levels = relaxed.unwrap_or_else(|| {
            solve_levels(&mut lowered, Some(start), &options, Care::Usual, self.observer)
        });
        self.timings.solve += levels.seconds;
        let Some(point) = &levels.point else {
            // No sum of placements obeys the rules, so no placement does.
            return Ok(self.outcome(levels, None, size, true));
        };
        self.observer.stage(Stage::Unpack);
        let begun = self.observer.elapsed();
        let counts = lowered.class_values(point);
        let interrupted = || self.observer.interrupted() || self.is_late();
        let unpacked = unpack(self.index, &counts, &self.running, &interrupted);
        if self.observer.interrupted() {
            levels.stopped = Stop::Interrupted;
        }
        self.timings.lift += self.observer.elapsed() - begun;
        // Of those that are as good, the one that moves least comes first.
        let mut candidates = [&greedy, &unpacked.filled, &unpacked.singles].map(|singles| {
            (self.worth(&lowered, &embedded(&lowered, self.ground, singles)), singles)
        });
        candidates.sort_by(|(a, _), (b, _)| self.compare(a, b));
        // The judge's time grows with the plan, so it sees the most promising first.
        let mut best = None;
        for (_, singles) in candidates {
            let assignment = self.assignment_of(singles);
            let verdict = self.judge(&assignment);
            if verdict.holds() {
                best = Some((singles, assignment, verdict));
                break;
            }
        }
        let Some((singles, assignment, verdict)) = best else {
            // What counts cannot see breaks a rule: the problem as it is has the last word, if it may speak.
            if self.is_over() || single_columns(self.ground) > MOST_SINGLE {
                let nothing = Levels { point: None, proof: Proof::None, ..levels };
                return Ok(self.outcome(nothing, None, size, false));
            }
            return self.single(&self.assignment_of(&greedy));
        };
        let packed =
            packer.and_then(|packer| self.pack(&packer, &lowered, &counts, singles, &mut levels));
        let (singles, judged) = match &packed {
            Some((singles, judged)) => (singles, judged.clone()),
            None => (singles, (assignment, verdict)),
        };
        let judged = self.improve(singles, &mut levels).unwrap_or(judged);
        Ok(self.outcome(levels, Some(judged), size, false))
    }

    /// A better plan than `start`, if one is found in the time that is left; what ended the search is noted.
    fn improve(&mut self, start: &Singles, levels: &mut Levels) -> Option<(Assignment, Verdict)> {
        let bounds: Vec<Option<f64>> = levels.reached.iter().map(|level| level.bound).collect();
        let aim = Aim { gap: self.request.options.gap, patience: None, stay: false };
        let improved = self.improved(start, &bounds, &aim);
        if !improved.is_settled && levels.stopped == Stop::Completed {
            levels.stopped = self.stop();
        }
        if improved.taken == 0 {
            return None;
        }
        let assignment = self.assignment_of(&improved.singles);
        let verdict = self.judge(&assignment);
        verdict.holds().then_some((assignment, verdict))
    }

    /// Searches small parts of a plan for better ones.
    pub(crate) fn improved(
        &mut self,
        start: &Singles,
        bounds: &[Option<f64>],
        aim: &Aim,
    ) -> Improved {
        let options = &self.request.options;
        let begun = self.observer.elapsed();
        let observer = self.observer;
        let mut improving = None;
        let improved = improve(
            self.index,
            start,
            &mut Search {
                bounds,
                gap: aim.gap,
                seed: options.seed.into(),
                patience: aim.patience,
                stay: aim.stay,
                is_over: &|| self.is_over(),
                heard: &mut |objective, value| {
                    if improving.replace(objective) != Some(objective) {
                        observer.stage(match self.ground.objectives[objective].level {
                            Some(level) => Stage::Improve(level.index()),
                            None => Stage::Mend,
                        });
                    }
                    // What is proven of counts is proven of plans for the first level only.
                    let bound = bounds.get(objective).copied().flatten();
                    let bound = bound.filter(|_| objective == 0);
                    observer.progress(&Progress {
                        incumbent: Some(value),
                        bound,
                        gap: bound
                            .filter(|_| value != 0.0)
                            .map(|bound| (bound - value).abs() / value.abs()),
                        nodes: 0,
                        seconds: observer.elapsed() - begun,
                    });
                },
            },
        );
        self.timings.improve += self.observer.elapsed() - begun;
        improved
    }

    /// What the levels are worth at a point, the most important first.
    pub(crate) fn worth(&self, lowered: &Lowered<'_>, point: &[f64]) -> Vec<f64> {
        lowered.objectives.iter().map(|objective| objective.goal.at(point)).collect()
    }

    /// The better of two lists of levels' values comes first.
    pub(crate) fn compare(&self, a: &[f64], b: &[f64]) -> Ordering {
        let levels = self.ground.objectives.iter().zip(a.iter().zip(b));
        for (level, (a, b)) in levels {
            let difference = if level.maximize { b - a } else { a - b };
            if difference.abs() > 1e-9 * a.abs().max(b.abs()) {
                return difference.total_cmp(&0.0);
            }
        }
        Ordering::Equal
    }

    fn size(&self, lowered: &Lowered<'_>, dominated: &Dominated) -> ModelSize {
        let model = &lowered.model;
        let names = self.names();
        let word = |column: u32| lowered.trace.column_name(column, &names);
        let decision = |column: u32| lowered.trace.decision(column);
        let by_decision =
            dominated.pairs.chunk_by(|one, other| decision(one.0) == decision(other.0));
        let dominated = by_decision.map(|pairs| apportion_plan::Dominated {
            decision: decision(pairs[0].0)
                .map(|it| self.request.policy.decisions[it.index()].name.to_string())
                .unwrap_or_default(),
            columns: pairs.len() as u64,
            example: word(pairs[0].0),
            by: word(pairs[0].1),
        });
        ModelSize {
            rows: model.num_rows() as u64,
            columns: model.num_columns() as u64,
            decisions: lowered.trace.num_decision_columns() as u64,
            nonzeros: model.num_terms() as u64,
            integers: model.columns.integer.iter().filter(|integer| **integer).count() as u64,
            single_columns: single_columns(self.ground),
            dominated: dominated.collect(),
        }
    }

    fn outcome(
        &self,
        levels: Levels,
        judged: Option<(Assignment, Verdict)>,
        size: ModelSize,
        exact: bool,
    ) -> Outcome {
        Outcome { levels, judged, size, exact, timings: self.timings.clone() }
    }

    fn rejected(&self, outcome: &Outcome) -> Rejected {
        let Some((_, verdict)) = &outcome.judged else {
            return Rejected { what: "the answer".to_owned(), details: Vec::new() };
        };
        let rules = &self.request.policy.rules;
        if let Some(rule) = verdict.rules.iter().find(|rule| !rule.soft && rule.broken > 0) {
            let RuleId(number) = rule.rule;
            let details = rule.first_broken.iter().map(|instance| {
                let at: Vec<String> = instance
                    .at
                    .iter()
                    .map(|index| format!("{} {}", index.name, index.text))
                    .collect();
                let side = |side: Option<f64>| side.map_or("-".to_owned(), |it| it.to_string());
                let (left, right) = (side(instance.left), side(instance.right));
                format!("{}: {left} against {right}, broken by {}", at.join(", "), instance.amount)
            });
            let what = format!("`rule {}`", rules[number as usize].name);
            return Rejected { what, details: details.collect() };
        }
        let offences = verdict.offences.iter().map(|offence| {
            let at: Vec<&str> = offence.at.iter().map(|index| index.text.as_str()).collect();
            format!("[{}] = {}: {}", at.join(", "), offence.value, fault(offence.fault))
        });
        let failures = verdict.failures.iter().map(|failure| failure.error.to_string());
        let details = offences.chain(failures).take(20).collect();
        Rejected { what: "a decision's own bounds".to_owned(), details }
    }
}

/// Whether the time is up, or the run was interrupted.
fn is_over(request: &Request<'_>, observer: &dyn Observer) -> bool {
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

/// What is wrong with a value, in words.
fn fault(fault: Fault) -> String {
    match fault {
        Fault::Outside => "there is no such place".to_owned(),
        Fault::Below(least) => format!("it must be at least {least}"),
        Fault::Above(most) => format!("it must be at most {most}"),
        Fault::NotWhole => "it must be whole".to_owned(),
        Fault::NotFinite => "it is no number".to_owned(),
    }
}

impl Outcome {
    /// Whether there is nothing to reject: no point at all, or one that the evaluator passes.
    fn is_sound(&self) -> bool {
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

pub(crate) fn embedded(lowered: &Lowered<'_>, ground: &Ground, singles: &Singles) -> Vec<f64> {
    let sorted: Vec<Vec<(&[u32], f64)>> =
        (0..ground.decisions.len()).map(|decision| singles.sorted(decision)).collect();
    let all = sorted.iter().enumerate().flat_map(|(decision, list)| {
        list.iter().map(move |(tuple, value)| (decision as u32, *tuple, *value))
    });
    lowered.embed(all)
}

/// How many columns items in bins would need if no rows were alike: one for each bin and size.
fn bin_columns(ground: &Ground) -> u64 {
    let mut total = 0u64;
    for packing in &ground.packings {
        let family = &ground.families[packing.family as usize];
        for row in 0..family.len() {
            let sorts = family.quantifiers.iter().map(|quantifier| quantifier.sort);
            let singles: u64 =
                sorts.zip(family.key(row)).map(|(it, class)| size(ground, it, *class)).product();
            let shares = packing.shares[family.row_range(row)].iter();
            let mut shares: Vec<u64> = shares.map(|it| it.to_bits()).collect();
            shares.sort_unstable();
            shares.dedup();
            let bins = family.right[row].max(0.0) as u64;
            total = total
                .saturating_add(singles.saturating_mul(bins).saturating_mul(shares.len() as u64));
        }
    }
    total
}

fn size(ground: &Ground, sort: Sort, class: u32) -> u64 {
    match sort {
        Sort::Rows(input) => ground.spaces[input.index()].members(class).len() as u64,
        Sort::Codes => 1,
    }
}

/// How many columns there would be if no rows were alike.
pub(crate) fn single_columns(ground: &Ground) -> u64 {
    let mut total = 0u64;
    for columns in &ground.decisions {
        for at in 0..columns.len() {
            let sizes = columns.tuple(at).iter().zip(&columns.sorts);
            let sizes = sizes.map(|(class, sort)| size(ground, *sort, *class));
            total = total.saturating_add(sizes.product());
        }
    }
    total
}

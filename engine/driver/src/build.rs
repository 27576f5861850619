//! From an outcome to a plan's data.

use std::collections::BTreeMap;

use apportion_check::policy::{self, ExprKind, Policy, RuleKind, Type};
use apportion_check::unit_for;
use apportion_evaluate::{IndexValue, Instance, Verdict};
use apportion_facts::Assignment;
use apportion_ground::Ground;
use apportion_plan::{
    Alert, Budget, Check, FORMAT, Filled, Group, Level, LevelState, Metric, ModelSize, Override,
    OverrideChange, Plan, Provenance, Rollout, RuleSummary, Share, Shares, Sla, Status, Timings,
    Warning,
};
use apportion_solve::{Proof, Stop, highs_version};
use apportion_units::{Unit, counted};
use apportion_world::Filling;

use crate::levels::{Levels, Reached};
use crate::names::Names;
use crate::reasons;
use crate::refused::{Refusals, refused};
use crate::request::{Observer, Request, Stage};

/// A gap that arithmetic leaves: strict comparisons and the solver's tolerance move values by that much.
const EXACT: f64 = 1e-5;

/// What a run found.
pub(crate) struct Outcome {
    pub(crate) levels: Levels,
    /// The assignment with the evaluator's word.
    pub(crate) judged: Option<(Assignment, Verdict)>,
    pub(crate) size: ModelSize,
    /// Whether the levels were solved for the assignment itself, and not for a relaxation of it.
    pub(crate) exact: bool,
    pub(crate) timings: Timings,
}

/// The plan's data.
pub(crate) fn build(
    request: &Request<'_>,
    ground: &Ground,
    outcome: &Outcome,
    observer: &dyn Observer,
) -> Plan {
    let builder = Builder {
        request,
        observer,
        policy: request.policy,
        ground,
        outcome,
        names: Names { policy: request.policy, world: request.world, words: &ground.words },
    };
    builder.plan()
}

pub(crate) struct Builder<'b> {
    pub(crate) request: &'b Request<'b>,
    pub(crate) policy: &'b Policy,
    pub(crate) ground: &'b Ground,
    pub(crate) outcome: &'b Outcome,
    pub(crate) observer: &'b dyn Observer,
    pub(crate) names: Names<'b>,
}

impl Builder<'_> {
    fn plan(&self) -> Plan {
        let levels = self.levels();
        let (status, stopped_by) = self.status(&levels);
        let mut warnings = self.warnings();
        warnings.extend(levels.iter().enumerate().filter_map(|(at, level)| self.short(at, level)));
        let mut plan = Plan {
            format: FORMAT.to_owned(),
            project: self.request.project.to_owned(),
            status,
            stopped_by,
            point: self.outcome.judged.is_some(),
            levels,
            metrics: BTreeMap::new(),
            decisions: BTreeMap::new(),
            changes: Vec::new(),
            refused: Vec::new(),
            rules: BTreeMap::new(),
            overrides: self.overrides(),
            budgets: BTreeMap::new(),
            slas: BTreeMap::new(),
            filled: self.filled(),
            warnings,
            check: Check {
                passed: false,
                rules: self.policy.rules.len() as u64,
                worst_violation: 0.0,
            },
            provenance: self.provenance(),
            partitioned: None,
            model: self.outcome.size.clone(),
            timings: Some(self.outcome.timings.clone()),
        };
        let Some((assignment, verdict)) = &self.outcome.judged else { return plan };
        plan.check.passed = verdict.holds();
        if !self.request.options.reasons {
            self.contents(assignment, verdict, &mut plan);
            return plan;
        }
        self.observer.stage(Stage::Reasons);
        let begun = self.observer.elapsed();
        let reached = reasons::Reached { status: plan.status, levels: plan.levels.clone() };
        let refusals = std::thread::scope(|scope| {
            let refusals = scope.spawn(|| refused(self, assignment, &reached));
            self.contents(assignment, verdict, &mut plan);
            refusals.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        let Refusals { rows, unexplained } = refusals;
        plan.refused = rows;
        if unexplained > 0 {
            let rows = counted(unexplained, "refused row", "refused rows");
            let message = format!("the time was up before reasons were found for {rows}");
            plan.warnings.push(Warning { code: "reasons-cut-short".to_owned(), message });
        }
        if let Some(timings) = &mut plan.timings {
            timings.reasons = self.observer.elapsed() - begun;
        }
        plan
    }

    /// Puts in what is placed, and what the judge says of it.
    fn contents(&self, assignment: &Assignment, verdict: &Verdict, plan: &mut Plan) {
        plan.metrics = self.metrics(verdict);
        self.decisions(assignment, plan);
        plan.rules = self.rules(verdict);
        plan.budgets = self.budgets(verdict);
        plan.slas = self.slas(verdict);
    }

    fn levels(&self) -> Vec<Level> {
        let mending = self.mending();
        let verdict = self.outcome.judged.as_ref().map(|(_, verdict)| verdict);
        let is_of_groups = |at: usize| {
            let objective = self.ground.objectives.get(at + mending);
            objective.is_some_and(|objective| !objective.shares.is_empty())
        };
        let levels = self.policy.levels.iter().enumerate().map(|(at, level)| {
            let unit = self.unit(level);
            let reached = self.outcome.levels.reached.get(at + mending);
            let value = verdict.and_then(|verdict| verdict.levels.get(at)).map(|level| level.value);
            // A bound of the sums holds for every plan at the first level, and at later ones where this plan gives
            // up no more than they were allowed to.
            let bounded =
                self.outcome.exact || self.mends_nothing() && (0..at).all(|at| self.is_held(at));
            let reached_bound =
                |reached: &Reached| reached.bound.map(|bound| (bound, reached.unit));
            let bound = reached.filter(|_| bounded).and_then(reached_bound);
            let gap = match (value, bound) {
                (Some(value), Some((bound, unit))) => {
                    gap(value, bound, level.maximize, 1e-6 * unit)
                }
                _ => None,
            };
            let within = gap.is_some_and(|gap| gap <= self.request.options.gap + 1e-9);
            let state = match reached {
                None => LevelState::NotBegun,
                Some(reached) if is_of_groups(at) => match self.is_as_fair(at, reached) {
                    true => LevelState::Proven,
                    false => LevelState::Stopped,
                },
                Some(reached) if within || reached.is_proven() && self.outcome.exact => {
                    LevelState::Proven
                }
                Some(_) => LevelState::Stopped,
            };
            Level {
                name: level.name.to_string(),
                sense: if level.maximize { "maximize" } else { "minimize" }.to_owned(),
                value: value.map(|value| shown(value, unit.as_ref())),
                bound: bound.map(|(bound, _)| shown(bound, unit.as_ref())),
                class_bound: reached
                    .filter(|it| bounded && it.class_bound != it.bound)
                    .and_then(|it| it.class_bound)
                    .map(|bound| shown(bound, unit.as_ref())),
                gap,
                unit: unit_name(unit.as_ref()),
                state,
                shares: self.shares(at, reached),
            }
        });
        levels.collect()
    }

    /// How many objectives there are before the first level.
    fn mending(&self) -> usize {
        usize::from(self.ground.objectives.first().is_some_and(|it| it.level.is_none()))
    }

    /// Whether no rule is broken that may be: nothing could be mended better.
    fn mends_nothing(&self) -> bool {
        let verdict = self.outcome.judged.as_ref().map(|(_, verdict)| verdict);
        self.mending() == 0
            || verdict.is_some_and(|it| it.rules.iter().all(|rule| rule.excused == 0))
    }

    /// The unit that a level is shown in; of shares that of what is shared.
    fn unit(&self, level: &policy::Level) -> Option<Unit> {
        match level.value.kind {
            ExprKind::Shares(id) => self.policy.fairness[id.index()].unit.clone(),
            _ => unit_of(level),
        }
    }

    /// What groups have, where a level seeks fair shares.
    fn shares(&self, at: usize, reached: Option<&Reached>) -> Option<Shares> {
        let ExprKind::Shares(id) = self.policy.levels[at].value.kind else { return None };
        let (_, verdict) = self.outcome.judged.as_ref()?;
        let unit = self.policy.fairness[id.index()].unit.as_ref();
        let shares = |tier: &Vec<apportion_evaluate::Share>| {
            let shares = tier.iter();
            shares
                .map(|it| Share { group: it.group.clone(), value: shown(it.value, unit) })
                .collect()
        };
        let tiers = verdict.fairness.get(id.index())?.tiers.iter().map(shares).collect();
        Some(Shares {
            solves: reached.map_or(0, |reached| reached.solves),
            error: reached.and_then(|reached| reached.error).filter(|error| error.is_finite()),
            tiers,
        })
    }

    /// Whether shares are as fair as is proven that they can be, but for the gap.
    fn is_as_fair(&self, at: usize, reached: &Reached) -> bool {
        let ExprKind::Shares(id) = self.policy.levels[at].value.kind else { return false };
        let verdict = self.outcome.judged.as_ref().map(|(_, verdict)| verdict);
        let found = verdict.and_then(|verdict| verdict.fairness.get(id.index()));
        let (Some(found), Some(best)) = (found, &reached.merits) else { return false };
        let gap = self.request.options.gap;
        reached.is_proven()
            && (self.outcome.exact
                || found
                    .merits()
                    .iter()
                    .zip(best)
                    .all(|(found, best)| best - found <= gap * best.abs() + 1e-6 * reached.unit))
    }

    /// Whether a level's value is no worse than bounds of later ones allow, and shares are as fair.
    fn is_held(&self, at: usize) -> bool {
        let reached = self.outcome.levels.reached.get(at + self.mending());
        if reached.is_some_and(|it| it.merits.is_some() && !self.is_as_fair(at, it)) {
            return false;
        }
        let verdict = self.outcome.judged.as_ref().and_then(|(_, verdict)| verdict.levels.get(at));
        verdict.zip(reached).is_some_and(|(level, reached)| {
            let held = reached.held.unwrap_or_default();
            let worse = match self.policy.levels[at].maximize {
                true => held - level.value,
                false => level.value - held,
            };
            let slack = self.ground.objectives[at + self.mending()].slack;
            reached.allows(worse, slack, 1e-9)
        })
    }

    fn status(&self, levels: &[Level]) -> (Status, Option<String>) {
        let stopped = |by: &str| (Status::Stopped, Some(by.to_owned()));
        let reason = match self.outcome.stop() {
            Stop::Completed => None,
            Stop::TimeLimit => Some("time_limit"),
            Stop::NodeLimit | Stop::IterationLimit => Some("node_limit"),
            Stop::Interrupted => Some("interrupt"),
            Stop::Memory => Some("memory"),
            _ => Some("solver_failed"),
        };
        if self.outcome.judged.is_none() {
            return match self.outcome.proof() {
                Proof::Infeasible => (Status::Infeasible, None),
                Proof::Unbounded | Proof::InfeasibleOrUnbounded => (Status::Unbounded, None),
                _ if self.outcome.exact => stopped(reason.unwrap_or("solver_failed")),
                _ => stopped(reason.unwrap_or("unpacking")),
            };
        }
        let proven = levels.iter().all(|level| level.state == LevelState::Proven);
        if !proven && !self.outcome.exact && reason.is_none() {
            // Every level was proven for the counts; what is lost between counts and machines is the gap.
            return match levels.first().map(|level| level.state) {
                Some(LevelState::Proven) => (Status::WithinGap, None),
                _ => stopped("unpacking"),
            };
        }
        match reason {
            Some(reason) if !proven => stopped(reason),
            _ if !proven && self.outcome.levels.reached.iter().any(Reached::has_open_ranks) => {
                stopped("ranks")
            }
            _ if !proven && self.outcome.levels.reached.iter().any(Reached::has_loose_tangents) => {
                stopped("tangents")
            }
            _ if !proven => stopped("solver_failed"),
            _ if self.is_optimal(levels) => (Status::Optimal, None),
            _ => (Status::WithinGap, None),
        }
    }

    /// Whether no level could be better with those before it kept within their slack.
    fn is_optimal(&self, levels: &[Level]) -> bool {
        let reached = &self.outcome.levels.reached;
        let proven = self.outcome.exact && reached.iter().all(|it| it.proof == Proof::Optimal);
        // Of shares the gap is that of the least alone.
        let is_exact =
            |level: &Level| level.shares.is_none() && level.gap.is_some_and(|gap| gap <= EXACT);
        proven || levels.iter().all(is_exact)
    }

    fn filled(&self) -> Vec<Filled> {
        let filled = self.request.world.filled.iter().filter(|it| it.rows > 0);
        filled
            .map(|it| {
                let what = format!("`{}` of `{}`", it.field, it.input);
                let slots = |slots: &u64| counted(*slots as usize, "slot", "slots");
                let by = match &it.by {
                    Filling::Default => "its default".to_owned(),
                    Filling::Assumed { value, slots: in_slots } => {
                        format!("{value} in {}", slots(in_slots))
                    }
                    Filling::Last { slots: in_slots } => {
                        format!("the last before it in {}", slots(in_slots))
                    }
                };
                Filled { what, count: it.rows, by }
            })
            .collect()
    }

    fn warnings(&self) -> Vec<Warning> {
        let departed = &self.request.world.current.departed;
        let mut warnings = Vec::new();
        if !departed.is_empty() {
            let shown: Vec<String> =
                departed.iter().take(3).map(|it| format!("`{}`", it.at.join(", "))).collect();
            let more = if departed.len() > 3 { ", …" } else { "" };
            let places = counted(departed.len(), "place", "places");
            let message = format!(
                "what runs now names rows that are no longer there, in {places}: {}{more}",
                shown.join("; "),
            );
            warnings.push(Warning { code: "departed".to_owned(), message });
        }
        for it in &self.request.world.excluded {
            let rows = counted(it.rows as usize, "row", "rows");
            let more = if it.rows > 1 { ", …" } else { "" };
            let message = format!(
                "{rows} of `{}` left out, as there is no forecast `{}`: `{}`{more}",
                it.input, it.forecast, it.example,
            );
            warnings.push(Warning { code: "excluded".to_owned(), message });
        }
        let unknown: u64 = self.ground.shut_out.iter().map(|it| it.unknown).sum();
        if unknown > 0 {
            let pairs = counted(unknown as usize, "pair was", "pairs were");
            let message = format!("{pairs} excluded because a fact was missing");
            warnings.push(Warning { code: "failed-closed".to_owned(), message });
        }
        warnings
    }

    /// What is to be known of shares that are worth nothing together, as some group has nothing.
    fn short(&self, at: usize, level: &Level) -> Option<Warning> {
        let ExprKind::Shares(id) = self.policy.levels[at].value.kind else { return None };
        let stated = &self.policy.fairness[id.index()];
        let policy::Sought::Worth(utility) = &stated.sought else { return None };
        let (_, verdict) = self.outcome.judged.as_ref()?;
        let shares = verdict.fairness.get(id.index())?;
        let is_short = utility.floor.is_none() && shares.value() == 0.0;
        if !is_short || level.state != LevelState::Proven {
            return None;
        }
        let groups = shares.tiers.first()?.iter().filter(|share| share.value <= 0.0);
        let groups: Vec<String> = groups.map(|share| format!("`{}`", share.group)).collect();
        let more = if groups.len() > 3 { ", …" } else { "" };
        let some = groups[..groups.len().min(3)].join(", ");
        let message = format!(
            "no plan gives every group of `{}` something, so that they are as fair as `max_min` makes them: nothing \
             for {some}{more}; a `floor` says what that is worth",
            stated.name
        );
        Some(Warning { code: "nothing-for-some".to_owned(), message })
    }

    fn overrides(&self) -> Vec<Override> {
        let at = self.request.settings.at();
        let in_force = self.policy.overrides.iter().filter(|it| it.is_in_force(at));
        let told = in_force.map(|it| Override {
            rule: self.policy.rules[it.rule.index()].name.to_string(),
            change: match it.change {
                policy::Change::Tighten(_) => OverrideChange::Tightened,
                policy::Change::Loosen { .. } => OverrideChange::Loosened,
            },
            by: it.place.clone(),
            until: it.until.map(instant),
        });
        told.collect()
    }

    fn provenance(&self) -> Provenance {
        let options = &self.request.options;
        let mut settings = BTreeMap::new();
        settings.insert("gap".to_owned(), options.gap.to_string());
        settings.insert("threads".to_owned(), options.threads.to_string());
        settings.insert("seed".to_owned(), options.seed.to_string());
        if let Some(limit) = options.time_limit {
            settings.insert("time-limit".to_owned(), format!("{} s", limit.as_secs_f64()));
        }
        for rule in &self.policy.rules {
            let mode = match rule.rollout {
                policy::Rollout::Audit => "audit",
                policy::Rollout::Warn => "warn",
                policy::Rollout::Enforce => continue,
            };
            settings.insert(format!("rollout.{}", rule.name), mode.to_owned());
        }
        let at = instant(self.request.settings.at());
        Provenance {
            policy: self.request.hashes.0.clone(),
            world: self.request.hashes.1.clone(),
            edition: self.policy.edition,
            apportion: env!("CARGO_PKG_VERSION").to_owned(),
            solver: format!("HiGHS {}", highs_version()),
            settings,
            params: self.request.params.clone(),
            at,
        }
    }

    fn metrics(&self, verdict: &Verdict) -> BTreeMap<String, Metric> {
        let mut metrics = BTreeMap::new();
        for (report, shown_by) in self.policy.reports.iter().zip(&verdict.reports) {
            let unit = report.unit.as_ref();
            let mut metric = Metric { value: None, groups: Vec::new(), unit: unit_name(unit) };
            for row in &shown_by.rows {
                let value = shown(row.value, unit);
                if row.group.is_empty() {
                    metric.value = Some(value);
                } else {
                    let by = row.group.clone();
                    let shown = self.by_the_clock(report, &by);
                    metric.groups.push(Group { by, shown, value });
                }
            }
            metrics.insert(report.name.to_string(), metric);
        }
        metrics
    }

    fn rules(&self, verdict: &Verdict) -> BTreeMap<String, RuleSummary> {
        let mut rules: BTreeMap<String, RuleSummary> = BTreeMap::new();
        for judged in &verdict.rules {
            let stated = &self.policy.rules[judged.rule.index()];
            let shut = self.ground.shut_out.iter().filter(|it| it.rule == Some(judged.rule));
            let (tuples, unknown) = shut.fold((0, 0), |(a, b), it| (a + it.tuples, b + it.unknown));
            let example = judged.first_broken.first().or(judged.first_binding.first());
            let example = example.map(example_of).filter(|it| !it.is_empty());
            let level = stated.soft.as_ref().map(|soft| &self.policy.levels[soft.level.index()]);
            let unit = level.and_then(unit_of);
            let summary = RuleSummary {
                rows: judged.instances,
                binding: judged.binding,
                violated: judged.broken + judged.excused,
                penalty: shown(judged.penalty, unit.as_ref()),
                soft: judged.soft,
                rollout: match stated.rollout {
                    policy::Rollout::Audit => Some(Rollout::Audit),
                    policy::Rollout::Warn => Some(Rollout::Warn),
                    policy::Rollout::Enforce => None,
                },
                shut_out: tuples,
                unknown: unknown.max(judged.unevaluated),
                example,
            };
            rules.insert(stated.title(), summary);
        }
        rules
    }

    fn slas(&self, verdict: &Verdict) -> BTreeMap<String, Sla> {
        let judged = verdict.rules.iter().filter_map(|rule| Some((rule, rule.sla.as_ref()?)));
        let slas = judged.filter_map(|(rule, sla)| {
            let stated = &self.policy.rules[rule.rule.index()];
            let RuleKind::Sla(promise) = &stated.kind else { return None };
            let unit = match promise.of.ty {
                Type::Number(dimension) => unit_for(dimension),
                _ => None,
            };
            let summary = Sla {
                promised: sla.promised,
                reached: shown(sla.reached, None),
                counted: shown(sla.counted, unit.as_ref()),
                breached: shown(sla.breached, unit.as_ref()),
                unit: unit_name(unit.as_ref()),
                least_at: (!sla.least_at.is_empty()).then(|| places(&sla.least_at)),
                unknown: rule.unevaluated,
            };
            Some((stated.name.to_string(), summary))
        });
        slas.collect()
    }

    fn budgets(&self, verdict: &Verdict) -> BTreeMap<String, Budget> {
        let budgets = self.policy.budgets.iter().zip(&verdict.budgets);
        budgets
            .map(|(stated, judged)| {
                let unit = stated.unit.as_ref();
                let alerts = judged.alerts.iter();
                let budget = Budget {
                    spent: shown(judged.spent, unit),
                    limit: shown(judged.limit, unit),
                    unit: unit_name(unit),
                    per: stated.period.map(|period| period.word().to_owned()),
                    alerts: alerts.map(|it| Alert { at: it.share, reached: it.reached }).collect(),
                };
                (stated.name.to_string(), budget)
            })
            .collect()
    }
}

fn example_of(instance: &Instance) -> String {
    if let Some(because) = &instance.because {
        return because.clone();
    }
    places(&instance.at)
}

/// A point in time, from seconds since 1970-01-01T00:00Z: `2026-11-23T14:00:00Z`.
fn instant(at: f64) -> String {
    jiff::Timestamp::from_second(at as i64).map_or(at.to_string(), |at| at.to_string())
}

/// The values of indices, in words.
fn places(at: &[IndexValue]) -> String {
    let at: Vec<String> =
        at.iter().map(|index| format!("{} = {}", index.name, index.text)).collect();
    at.join(", ")
}

fn unit_of(level: &policy::Level) -> Option<Unit> {
    match &level.value.ty {
        Type::Number(dimension) => unit_for(*dimension),
        _ => None,
    }
}

pub(crate) fn shown(value: f64, unit: Option<&Unit>) -> f64 {
    let value = unit.map_or(value, |unit| unit.value_from_base(value));
    // What is left of arithmetic in the last digits says nothing.
    let rounded = (value * 1e9).round() / 1e9;
    if value.abs() < 1e6 && (rounded - value).abs() < 1e-9 { rounded + 0.0 } else { value }
}

pub(crate) fn unit_name(unit: Option<&Unit>) -> String {
    match unit {
        Some(unit) if !unit.name.is_empty() => unit.name.to_string(),
        _ => "1".to_owned(),
    }
}

/// How far a value is from its bound, as a share of the value; 0 where it is better, or worse by `nothing`, and none
/// where the value is as good as nothing.
fn gap(value: f64, bound: f64, maximize: bool, nothing: f64) -> Option<f64> {
    let distance = if maximize { bound - value } else { value - bound };
    match distance <= nothing {
        true => Some(0.0),
        false => (value.abs() > nothing).then(|| distance / value.abs()),
    }
}

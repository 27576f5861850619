//! Tests side by side, and one test from its facts to its result.

use std::sync::atomic::{AtomicUsize, Ordering};

use apportion_check::policy::{Policy, Test};
use apportion_diagnostic::{Diagnostic, Severity, Span};
use apportion_driver::{Failure, Observer, Planned, Request, Stage, plan};
use apportion_plan::{Status, Timings, is_settled_by_rows};
use apportion_solve::Progress;
use rayon::prelude::*;

use crate::claim::judge_claims;
use crate::facts::Facts;
use crate::project::{Project, Watch};
use crate::reason::Reasons;
use crate::snapshot::{Snapshot, review, shared};
use crate::tested::{Outcome, RuleUse, Tested};
use crate::worlds::over_worlds;

/// How many characters of an expectation a message can hold.
const LONGEST: usize = 80;

/// Runs tests of the project's policy, side by side; the results are in the order of the tests.
pub fn run(project: &Project<'_>, tests: &[&Test], watch: &dyn Watch) -> Vec<Tested> {
    let done = AtomicUsize::new(0);
    let results = tests.par_iter().map(|test| {
        let tested = one(project, test, watch);
        watch.done(done.fetch_add(1, Ordering::Relaxed) + 1);
        tested
    });
    results.collect()
}

fn one(project: &Project<'_>, test: &Test, watch: &dyn Watch) -> Tested {
    let begun = watch.elapsed();
    let Attempt { outcome, mut findings, rules, snapshot, .. } = match test.worlds {
        _ if watch.interrupted() => Attempt::new(project, Outcome::Stopped),
        None => attempt(project, test, watch),
        Some(worlds) => over_worlds(project, test, worlds, watch),
    };
    findings.sort_by_key(Diagnostic::primary);
    let item = format!("test \"{}\"", test.name);
    findings.iter_mut().for_each(|finding| finding.item = Some(item.clone()));
    let seconds = watch.elapsed() - begun;
    let (name, span) = (test.name.to_string(), test.span);
    Tested { name, span, outcome, findings, snapshot, rules, seconds }
}

/// What became of a test over one world.
pub(crate) struct Attempt {
    pub(crate) outcome: Outcome,
    pub(crate) findings: Vec<Diagnostic>,
    /// What each rule of the policy did.
    pub(crate) rules: Vec<RuleUse>,
    /// Whether there was a plan.
    pub(crate) has_plan: bool,
    /// The plan, where the test keeps it.
    pub(crate) snapshot: Option<Snapshot>,
}

impl Attempt {
    pub(crate) fn new(project: &Project<'_>, outcome: Outcome) -> Attempt {
        let rules = vec![RuleUse::default(); project.policy.rules.len()];
        Attempt { outcome, findings: Vec::new(), rules, has_plan: false, snapshot: None }
    }
}

/// A test over the world that it gives.
pub(crate) fn attempt(project: &Project<'_>, test: &Test, watch: &dyn Watch) -> Attempt {
    let mut attempt = Attempt::new(project, Outcome::Broken);
    match Facts::of(project, test) {
        Ok(facts) => Trial { project, facts, watch }.judge(test, &mut attempt),
        Err(findings) => attempt.findings = findings,
    }
    attempt
}

/// The time of one plan.
struct Clock<'w> {
    watch: &'w dyn Watch,
    /// When it began, in seconds of the run.
    begun: f64,
}

impl Observer for Clock<'_> {
    fn stage(&self, _: Stage) {}

    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        self.watch.interrupted()
    }

    fn elapsed(&self) -> f64 {
        self.watch.elapsed() - self.begun
    }
}

/// A test whose facts have been read.
pub(crate) struct Trial<'t> {
    pub(crate) project: &'t Project<'t>,
    pub(crate) facts: Facts<'t>,
    watch: &'t dyn Watch,
}

impl Trial<'_> {
    fn judge(&self, test: &Test, attempt: &mut Attempt) {
        let planned = match self.plan(&self.facts.policy) {
            Ok(planned) => planned,
            Err(findings) => {
                attempt.findings = findings;
                return;
            }
        };
        if planned.plan.status == Status::Stopped && !is_settled_by_rows(&planned.plan) {
            return self.unfinished(test, attempt);
        }
        let judgement = judge_claims(self, test, &planned);
        attempt.has_plan = planned.assignment.is_some();
        attempt.findings = judgement.findings;
        attempt.rules = judgement.rules;
        if judgement.broken {
            return;
        }
        let mut reasons = Reasons::new(self);
        for (expectation, holds) in test.expectations.iter().zip(&judgement.hold) {
            if expectation.by.is_empty() || !holds {
                continue;
            }
            match reasons.of(expectation) {
                Ok(Some(finding)) => attempt.findings.push(finding),
                Ok(None) => {
                    for rule in &expectation.by {
                        attempt.rules[rule.index()].reasons += 1;
                    }
                }
                Err(findings) if findings.is_empty() => return self.unfinished(test, attempt),
                Err(findings) => {
                    attempt.findings.extend(findings);
                    return;
                }
            }
        }
        if let Some(span) = test.snapshot() {
            if let Some(finding) = shared(self, test) {
                attempt.findings.push(finding);
                return;
            }
            let (snapshot, finding) = review(self, test, &planned.plan, span);
            attempt.snapshot = Some(snapshot);
            attempt.findings.extend(finding);
        }
        attempt.outcome = match attempt.findings.is_empty() {
            true => Outcome::Passed,
            false => Outcome::Failed,
        };
    }

    fn unfinished(&self, test: &Test, attempt: &mut Attempt) {
        attempt.outcome = Outcome::Stopped;
        if !self.watch.interrupted() {
            let message = "the time was up before the best plan was known";
            let finding = Diagnostic::error("stopped-without-plan", message);
            attempt.findings.push(finding.at(test.span, "the manifest sets a limit for each plan"));
        }
    }

    /// The text of an expectation, if it is one line that is short enough for a message.
    pub(crate) fn source_of(&self, span: Span) -> Option<String> {
        let source = self.project.sources.get(span.source)?;
        let text = source.text.get(span.start as usize..span.end as usize)?;
        let is_short = text.chars().count() <= LONGEST && !text.contains('\n');
        is_short.then(|| text.to_owned())
    }

    /// The plan of a policy over the facts of the test.
    pub(crate) fn plan(&self, policy: &Policy) -> Result<Planned, Vec<Diagnostic>> {
        let request = Request {
            project: self.project.name,
            policy,
            world: &self.facts.world,
            settings: &self.facts.settings,
            params: Default::default(),
            options: self.project.options.clone(),
            hashes: Default::default(),
            timings: Timings::default(),
        };
        let clock = Clock { watch: self.watch, begun: self.watch.elapsed() };
        plan(&request, &clock).map_err(|failure| match failure {
            Failure::Findings(findings) => {
                findings.into_iter().filter(|it| it.severity == Severity::Error).collect()
            }
            Failure::Rejected(rejected) => {
                let message =
                    format!("the solver's answer breaks {}, so it is no plan", rejected.what);
                vec![Diagnostic::error("check-failed", message)]
            }
        })
    }
}

//! Tests side by side, and one test from its facts to its result.

use std::sync::atomic::{AtomicUsize, Ordering};

use apportion_check::policy::{Policy, Test};
use apportion_diagnostic::{Diagnostic, Severity, Span};
use apportion_driver::{Failure, Observer, Planned, Request, Stage, plan};
use apportion_plan::{Status, Timings};
use apportion_solve::Progress;
use rayon::prelude::*;

use crate::claim::judge_claims;
use crate::facts::Facts;
use crate::project::{Project, Watch};
use crate::reason::Reasons;
use crate::tested::{Outcome, RuleUse, Tested};

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
    let mut tested = Tested {
        name: test.name.to_string(),
        span: test.span,
        outcome: Outcome::Stopped,
        findings: Vec::new(),
        rules: vec![RuleUse::default(); project.policy.rules.len()],
        seconds: 0.0,
    };
    if !watch.interrupted() {
        let clock = Clock { watch, begun };
        tested.outcome = match Trial::new(project, test, &clock) {
            Ok(trial) => trial.judge(test, &mut tested),
            Err(findings) => {
                tested.findings = findings;
                Outcome::Broken
            }
        };
    }
    tested.findings.sort_by_key(Diagnostic::primary);
    let item = format!("test \"{}\"", test.name);
    tested.findings.iter_mut().for_each(|finding| finding.item = Some(item.clone()));
    tested.seconds = watch.elapsed() - begun;
    tested
}

/// The time of one test.
pub(crate) struct Clock<'w> {
    watch: &'w dyn Watch,
    /// When the test began, in seconds of the run.
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
    clock: &'t Clock<'t>,
}

impl<'t> Trial<'t> {
    fn new(
        project: &'t Project<'_>,
        test: &Test,
        clock: &'t Clock<'_>,
    ) -> Result<Trial<'t>, Vec<Diagnostic>> {
        Ok(Trial { project, facts: Facts::of(project, test)?, clock })
    }

    fn judge(&self, test: &Test, tested: &mut Tested) -> Outcome {
        let planned = match self.plan(&self.facts.policy) {
            Ok(planned) => planned,
            Err(finding) => {
                tested.findings.extend(finding);
                return Outcome::Broken;
            }
        };
        if planned.plan.status == Status::Stopped && !planned.plan.point {
            return self.unfinished(test, tested);
        }
        let judgement = judge_claims(self, test, &planned);
        tested.findings = judgement.findings;
        tested.rules = judgement.rules;
        if judgement.broken {
            return Outcome::Broken;
        }
        let mut reasons = Reasons::new(self);
        for (expectation, holds) in test.expectations.iter().zip(&judgement.hold) {
            if expectation.by.is_empty() || !holds {
                continue;
            }
            match reasons.of(expectation) {
                Ok(Some(finding)) => tested.findings.push(finding),
                Ok(None) => {
                    for rule in &expectation.by {
                        tested.rules[rule.index()].reasons += 1;
                    }
                }
                Err(findings) if findings.is_empty() => return self.unfinished(test, tested),
                Err(findings) => {
                    tested.findings.extend(findings);
                    return Outcome::Broken;
                }
            }
        }
        match tested.findings.is_empty() {
            true => Outcome::Passed,
            false => Outcome::Failed,
        }
    }

    fn unfinished(&self, test: &Test, tested: &mut Tested) -> Outcome {
        if !self.clock.interrupted() {
            let message = "the time was up before there was a plan, or a proof that there is none";
            tested
                .findings
                .push(Diagnostic::error("stopped-without-plan", message).at(test.span, ""));
        }
        Outcome::Stopped
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
        plan(&request, self.clock).map_err(|failure| match failure {
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

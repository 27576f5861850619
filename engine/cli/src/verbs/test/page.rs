//! Results for programs: `schemas/tests.json`.

use apportion_diagnostic::{JsonDiagnostic, to_json};
use apportion_expect::{Outcome, Review, Tested};
use serde::Serialize;

use super::Run;
use super::snapshots::Touched;
use crate::args::Test as Arguments;

/// Everything that is printed.
#[derive(Serialize)]
pub(super) struct Page<'r> {
    format: &'static str,
    passed: usize,
    failed: usize,
    broken: usize,
    stopped: usize,
    /// How many tests were not asked for.
    left_out: usize,
    tests: Vec<Test<'r>>,
    /// The files of plans that are not as they were or should not be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    snapshots: Vec<&'r Touched>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Vec<Rule<'r>>>,
}

/// One test.
#[derive(Serialize)]
struct Test<'r> {
    name: &'r str,
    file: &'r str,
    line: u32,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<Snapshot<'r>>,
    findings: Vec<JsonDiagnostic>,
}

/// The plan that a test keeps, beside the one that was kept before.
#[derive(Serialize)]
struct Snapshot<'r> {
    file: &'r str,
    review: &'static str,
}

/// What the tests made of one rule.
#[derive(Serialize)]
struct Rule<'r> {
    rule: String,
    file: &'r str,
    line: u32,
    instances: u64,
    binding: u64,
    reason_of: u64,
    binds: bool,
}

pub(super) fn of<'r>(runs: &'r [Run<'_>], it: &Arguments) -> Page<'r> {
    let count = |outcome| {
        let all = runs.iter().flat_map(|run| &run.tested);
        all.filter(|tested| tested.outcome == outcome).count()
    };
    let tests = runs.iter().flat_map(|run| run.tested.iter().map(|tested| test(run, tested, it)));
    let coverage = runs.iter().flat_map(|run| {
        run.coverage().into_iter().map(|(rule, span, used)| {
            let (file, line) = run.place(span);
            let (instances, binding) = (used.instances, used.binding);
            Rule {
                rule,
                file,
                line,
                instances,
                binding,
                reason_of: used.reasons,
                binds: used.binds(),
            }
        })
    });
    Page {
        format: "apportion.tests/1",
        passed: count(Outcome::Passed),
        failed: count(Outcome::Failed),
        broken: count(Outcome::Broken),
        stopped: count(Outcome::Stopped),
        left_out: runs.iter().map(|run| run.left_out).sum(),
        tests: tests.collect(),
        snapshots: runs.iter().flat_map(|run| &run.touched).collect(),
        coverage: it.coverage.then(|| coverage.collect()),
    }
}

fn test<'r>(run: &'r Run<'_>, tested: &'r Tested, it: &Arguments) -> Test<'r> {
    let (file, line) = run.place(tested.span);
    Test {
        name: &tested.name,
        file,
        line,
        outcome: match tested.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Broken => "broken",
            Outcome::Stopped => "stopped",
        },
        snapshot: tested.snapshot.as_ref().map(|snapshot| Snapshot {
            file: &snapshot.file,
            review: match snapshot.review {
                Review::Same => "same",
                Review::New => "new",
                Review::Changed => "changed",
            },
        }),
        seconds: (!it.no_timings).then_some(tested.seconds),
        findings: tested.findings.iter().map(|finding| to_json(finding, run.sources)).collect(),
    }
}

//! Results for people.

use std::fmt::Write;

use apportion_diagnostic::{RenderOptions, render_with};
use apportion_expect::{Outcome, Tested};
use apportion_units::counted;

use super::Run;
use super::snapshots::Fate;
use crate::args::{Common, Test};
use crate::findings::color;

/// A list of the tests, what is not as expected, what the tests made of the rules, and the sum of it all.
pub(super) fn printed(runs: &[Run<'_>], it: &Test, common: &Common) -> String {
    let mut sections = vec![list(runs, it, common)];
    let color = color(common, &std::io::stdout());
    let options = RenderOptions { color, ..RenderOptions::default() };
    for run in runs {
        for tested in run.tested.iter().filter(|tested| !tested.findings.is_empty()) {
            let findings = tested.findings.iter();
            let findings: Vec<String> =
                findings.map(|finding| render_with(finding, run.sources, &options)).collect();
            sections.push(format!("test \"{}\"\n{}", tested.name, findings.join("\n")));
        }
    }
    sections.push(snapshots(runs));
    if it.coverage {
        sections.extend(runs.iter().map(coverage));
    }
    sections.push(format!("{}\n", summary(runs)));
    sections.retain(|section| !section.is_empty());
    sections.join("\n")
}

fn list(runs: &[Run<'_>], it: &Test, common: &Common) -> String {
    let mut out = String::new();
    for tested in runs.iter().flat_map(|run| &run.tested) {
        if common.quiet && tested.outcome == Outcome::Passed {
            continue;
        }
        let _ = write!(out, "{:<6} {}", word(tested.outcome), tested.name);
        if common.verbose > 0 && !it.no_timings {
            let _ = write!(out, " ({:.2} s)", tested.seconds);
        }
        out.push('\n');
    }
    out
}

/// The files of plans that were written or removed.
fn snapshots(runs: &[Run<'_>]) -> String {
    let mut out = String::new();
    for touched in runs.iter().flat_map(|run| &run.touched) {
        let word = match touched.fate {
            Fate::New => "kept",
            Fate::Changed => "kept anew",
            Fate::Removed => "removed",
            Fate::Unused => continue,
        };
        let _ = writeln!(out, "{word:<9} {}", touched.file);
    }
    out
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "ok",
        Outcome::Failed => "FAILED",
        Outcome::Broken => "BROKEN",
        Outcome::Stopped => "ended",
    }
}

fn coverage(run: &Run<'_>) -> String {
    let rules = run.coverage();
    let width = rules.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0).max(4);
    let mut out = format!("{:<width$}  judged  binding  reason of\n", "rule");
    for (name, _, used) in &rules {
        let never = match (used.binds(), run.left_out) {
            (true, _) => "",
            (false, 0) => "  no test makes it bind",
            (false, _) => "  none of these tests makes it bind",
        };
        let _ = writeln!(
            out,
            "{name:<width$}  {:>6}  {:>7}  {:>9}{never}",
            used.instances, used.binding, used.reasons
        );
    }
    if run.left_out > 0 {
        let tests = counted(run.left_out, "test was", "tests were");
        let _ = writeln!(out, "{tests} left out, and may make others bind");
    }
    out
}

fn summary(runs: &[Run<'_>]) -> String {
    let tested: Vec<&Tested> = runs.iter().flat_map(|run| &run.tested).collect();
    let count = |outcome| tested.iter().filter(|tested| tested.outcome == outcome).count();
    if tested.is_empty() {
        return "there are no tests".to_owned();
    }
    let all = counted(tested.len(), "test", "tests");
    let parts = [
        (Outcome::Failed, "failed"),
        (Outcome::Broken, "could not be run"),
        (Outcome::Stopped, "did not end"),
    ];
    let parts = parts.into_iter().filter(|(outcome, _)| count(*outcome) > 0);
    let parts: Vec<String> =
        parts.map(|(outcome, words)| format!("{} {words}", count(outcome))).collect();
    match parts.is_empty() {
        true => format!("{all} passed"),
        false => format!("{all}: {} passed, {}", count(Outcome::Passed), parts.join(", ")),
    }
}

//! The whole plan of a test, beside the one that was kept in a file for it.
//!
//! The first plan is kept when it is asked for; from then on every other one is a failure that shows which lines differ,
//! until the new plan is kept in its place. Who calls reads and writes the files ([`Project::snapshots`]); what is in one
//! is what [`text`] draws.

mod difference;
mod file;
mod text;

use apportion_check::policy::Test;
use apportion_diagnostic::{Diagnostic, Span};
use apportion_plan::Plan;
use apportion_units::counted;

pub use file::{SNAPSHOTS, keepers, snapshot_file, snapshot_folder};
pub use text::BEGINNING;
pub(crate) use text::text;

use crate::run::Trial;
use difference::difference;

/// How many lines of a plan, or of what differs in one, are shown.
const SHOWN: usize = 60;

/// What a file holds, or why it cannot be read.
pub type Kept = Result<String, Box<Diagnostic>>;

/// A test's plan as it would be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its file, from the project's folder.
    pub file: String,
    /// What the file is to hold.
    pub text: String,
    /// What it holds now.
    pub review: Review,
}

/// How a plan stands to the one that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// It is the same.
    Same,
    /// None was kept.
    New,
    /// It is another.
    Changed,
}

/// The plan of a test that keeps it, `span` being where it says so, and what is wrong with it.
pub(crate) fn review(
    trial: &Trial<'_>,
    test: &Test,
    plan: &Plan,
    span: Span,
) -> (Snapshot, Option<Diagnostic>) {
    let project = trial.project;
    let file = snapshot_file(project.main_policy, project.sources, test);
    let text = text(&test.name, &trial.facts.policy, plan);
    let (review, finding) = match project.snapshots.get(&file) {
        // A version control that changes the ends of lines changes no plan.
        Some(Ok(kept)) if kept.replace("\r\n", "\n") == text => (Review::Same, None),
        Some(Ok(kept)) => {
            let kept = kept.replace("\r\n", "\n");
            (Review::Changed, Some(changed(&file, &kept, &text, span)))
        }
        Some(Err(finding)) => (Review::Changed, Some((**finding).clone().at(span, ""))),
        None => (Review::New, Some(missing(&file, &text, span))),
    };
    (Snapshot { file, text, review }, finding.filter(|_| !project.keeps_plans))
}

/// What is wrong with the file that a test's plan is kept in, whatever it holds.
pub(crate) fn shared(trial: &Trial<'_>, test: &Test) -> Option<Diagnostic> {
    let project = trial.project;
    let file_of = |test| snapshot_file(project.main_policy, project.sources, test);
    let file = file_of(test);
    let others = project.policy.tests.iter().filter(|other| other.span != test.span);
    let mut keeping = others.filter(|other| other.snapshot().is_some());
    let other = keeping.find(|other| file_of(other) == file)?;
    let message = "two tests would keep their plans in one file";
    Some(
        Diagnostic::error("snapshot-shared", message)
            .at(test.span, format!("`{file}`"))
            .because_of(other.span, "this one too")
            .help("begin the sentence of one of them with other words"),
    )
}

fn changed(file: &str, kept: &str, text: &str, span: Span) -> Diagnostic {
    let (first, lines) = difference(file, kept, text);
    let message = "the plan is another than the one that was kept";
    Diagnostic::error("snapshot-changed", message)
        .at(span, format!("from `{file}:{first}` on"))
        .note(format!("`-` is what was kept, `+` what is planned now:{}", block(&lines)))
        .help("`apportion test --update` keeps the new plan, once it has been reviewed")
}

fn missing(file: &str, text: &str, span: Span) -> Diagnostic {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    Diagnostic::error("snapshot-missing", "no plan has been kept of this test")
        .at(span, format!("`{file}` would hold it"))
        .note(format!("the plan is{}", block(&lines)))
        .help("`apportion test --update` keeps it, once it has been reviewed")
}

/// The first lines, each below the other.
fn block(lines: &[String]) -> String {
    let shown = lines.iter().take(SHOWN).map(|line| format!("\n{line}"));
    let mut block: String = shown.collect();
    if lines.len() > SHOWN {
        let more = counted(lines.len() - SHOWN, "more line", "more lines");
        block.push_str(&format!("\n  … and {more}"));
    }
    block
}

#[cfg(test)]
mod tests;

//! `apportion check`

use std::io::Write;
use std::path::{Path, PathBuf};

use apportion_check::check_text;
use apportion_connect::{Project, read_text};
use apportion_diagnostic::{Diagnostic, Severity, Sources};
use apportion_units::counted;

use crate::args::{Check, Common, Format};
use crate::exit::Exit;
use crate::findings::Report;
use crate::rollout::roll_out;

pub(crate) fn run(it: &Check, common: &Common) -> anyhow::Result<Exit> {
    let here = [PathBuf::from(".")];
    let paths = if it.paths.is_empty() { &here[..] } else { &it.paths };
    let mut report = Report::new(common);
    let mut worst = Exit::Done;
    for path in paths {
        let checked = checked(path);
        report.add(&checked.findings, &checked.sources)?;
        report.add(&checked.manifest, &checked.project)?;
        let findings = checked.findings.iter().chain(&checked.manifest);
        let errors = findings.filter(|it| it.severity == Severity::Error).count();
        worst = match worst {
            _ if checked.unread => Exit::Usage,
            Exit::Done if errors > 0 => Exit::Findings,
            worst => worst,
        };
        if common.format == Format::Text && !common.quiet && !checked.unread {
            let count = match errors {
                0 => "no errors".to_owned(),
                errors => counted(errors, "error", "errors"),
            };
            writeln!(std::io::stdout(), "{}: {count}", path.display())?;
        }
    }
    report.end()?;
    Ok(worst)
}

/// What is to be said of one path.
struct Checked {
    findings: Vec<Diagnostic>,
    sources: Sources,
    /// What is wrong with the manifest in view of the policy, and its text.
    manifest: Vec<Diagnostic>,
    project: Sources,
    /// Whether a file cannot be read, so that there is nothing to judge.
    unread: bool,
}

/// What is said of a file that has no text; a manifest that has one can be as wrong as a policy.
const UNREAD: [&str; 3] = ["unreadable-file", "not-utf8", "text-too-large"];

/// Whether a finding says that a file has no text.
pub(crate) fn is_unread(finding: &Diagnostic) -> bool {
    UNREAD.contains(&finding.code)
}

fn checked(path: &Path) -> Checked {
    let unread = |findings: Vec<Diagnostic>, sources| {
        let unread = findings.iter().any(is_unread);
        Checked { findings, sources, unread, manifest: Vec::new(), project: Sources::default() }
    };
    let (mut manifest, mut project) = (Vec::new(), Sources::default());
    let checked = if path.is_dir() {
        match Project::open(path, None) {
            Ok(Project { files, manifest: stated, sources, .. }) => {
                let checked = apportion_check::Project::new(files, &stated.policy).checked();
                let environments = stated.environments.values().map(|it| &it.rollout);
                for modes in [&stated.rollout].into_iter().chain(environments) {
                    if let Some(mut policy) = checked.policy.clone() {
                        manifest.extend(roll_out(&mut policy, modes, &checked.sources));
                    }
                }
                project = sources;
                checked
            }
            Err((findings, sources)) => return unread(findings, sources),
        }
    } else {
        let name = path.to_string_lossy();
        let mut sources = Sources::default();
        match read_text(path, &name, &mut sources) {
            Ok(text) => check_text(&name, &text),
            Err(finding) => return unread(vec![*finding], sources),
        }
    };
    let (findings, sources) = (checked.diagnostics, checked.sources);
    Checked { findings, sources, manifest, project, unread: false }
}

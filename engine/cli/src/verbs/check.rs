//! `apportion check`

use std::io::Write;

use std::path::Path;

use apportion_check::{Checked, check_text};
use apportion_connect::Project;
use apportion_diagnostic::Severity;

use crate::args::{Check, Common, Format};
use crate::exit::Exit;
use crate::findings;

pub(crate) fn run(it: &Check, common: &Common) -> anyhow::Result<Exit> {
    let here = [std::path::PathBuf::from(".")];
    let paths = if it.paths.is_empty() { &here[..] } else { &it.paths };
    let mut worst = Exit::Done;
    for path in paths {
        let checked = match checked(path, common)? {
            Some(checked) => checked,
            None => {
                worst = Exit::Usage;
                continue;
            }
        };
        findings::print(&checked.diagnostics, &checked.sources, common)?;
        let errors = checked.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
        if errors > 0 && worst == Exit::Done {
            worst = Exit::Findings;
        }
        if common.format == Format::Text && !common.quiet {
            let count = match errors {
                0 => "no errors".to_owned(),
                1 => "1 error".to_owned(),
                several => format!("{several} errors"),
            };
            writeln!(std::io::stdout(), "{}: {count}", path.display())?;
        }
    }
    Ok(worst)
}

fn checked(path: &Path, common: &Common) -> anyhow::Result<Option<Checked>> {
    if path.is_dir() {
        return match Project::open(path, None) {
            Ok(project) => {
                let entry = &project.manifest.policy;
                Ok(Some(apportion_check::Project::new(project.files.clone(), entry).checked()))
            }
            Err((found, sources)) => {
                findings::print(&found, &sources, common)?;
                Ok(None)
            }
        };
    }
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(check_text(&path.to_string_lossy(), &text))),
        Err(error) => {
            eprintln!("error: `{}` cannot be read: {error}", path.display());
            Ok(None)
        }
    }
}

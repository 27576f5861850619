//! The projects below `examples`: each checks clean, passes its own tests and plans.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::{binary, root};

/// The folders of the example projects, sorted.
pub(crate) fn folders() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root().join("examples")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("apportion.toml").exists())
        .collect();
    folders.sort();
    folders
}

/// The examples' tests.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for folder in folders() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (checked, tested, planned) = (folder.clone(), folder.clone(), folder.clone());
        let made = name.clone();
        trials.push(Trial::test(format!("examples: {name} checks clean"), move || {
            Ok(succeeds("apportion check", &checked).map(drop)?)
        }));
        trials.push(Trial::test(format!("examples: {name} passes its own tests"), move || {
            Ok(succeeds("apportion test", &tested).map(drop)?)
        }));
        trials.push(Trial::test(
            format!("examples: {name} plans, and the judge agrees"),
            move || Ok(plans(&planned)?),
        ));
        trials.push(Trial::test(format!("examples: {name} is a template"), move || {
            Ok(is_template(&made, &folder)?)
        }));
    }
    trials
}

/// The standard output of a command that must end with 0.
fn succeeds(command: &str, folder: &Path) -> Result<String> {
    let output = binary::shell(command, folder)?;
    if output.code != 0 {
        bail!("`{command}` fails:\n{}", output.seen());
    }
    Ok(output.stdout)
}

fn plans(folder: &Path) -> Result<()> {
    let text = succeeds("apportion plan --no-progress --format json", folder)?;
    let plan: Value = serde_json::from_str(&text)?;
    let passed = plan.pointer("/check/passed").and_then(Value::as_bool);
    if passed != Some(true) {
        bail!("the judge did not pass the plan: {}", plan["check"]);
    }
    Ok(())
}

/// `apportion new` writes the example's own files, to the byte.
fn is_template(name: &str, example: &Path) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    succeeds(&format!("apportion new made --template {name}"), scratch.path())?;
    let made = scratch.path().join("made");
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(example.join(&folder))?.flatten() {
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
                continue;
            }
            let written = std::fs::read(made.join(&path))
                .with_context(|| format!("{} is missing", path.display()))?;
            let differs = written != std::fs::read(entry.path())?;
            if differs && !path.ends_with("apportion.toml") {
                bail!("{} differs from the example's", path.display());
            }
        }
    }
    Ok(())
}

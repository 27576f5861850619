//! The files that keep the plans of tests: read before a run, written after it where that is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use anyhow::Context;
use apportion_connect::read_bytes;
use apportion_diagnostic::Diagnostic;
use apportion_expect::{BEGINNING, Kept, Outcome, Review, SNAPSHOTS, Tested};
use serde::Serialize;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// It was written for the first time.
    New,
    /// It was written anew.
    Changed,
    /// No test keeps its plan there.
    Unused,
    /// It was removed, as no test keeps its plan there.
    Removed,
}

/// A file, from the project's folder, that is not as it was or should not be.
#[derive(Serialize)]
pub(super) struct Touched {
    pub(super) file: String,
    pub(super) fate: Fate,
}

/// What files hold; those that do not exist are left out.
pub(super) fn read(folder: &Path, files: BTreeSet<String>) -> BTreeMap<String, Kept> {
    let mut kept = BTreeMap::new();
    for file in files {
        let path = folder.join(&file);
        // What a link to nowhere names does not exist either, and cannot be read.
        if path.symlink_metadata().is_err() {
            continue;
        }
        let text = read_bytes(&path).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned())
        });
        let text = text.map_err(|reason| {
            let message = format!("`{file}` cannot be read: {reason}");
            Box::new(Diagnostic::error("unreadable-file", message))
        });
        kept.insert(file, text);
    }
    kept
}

/// Where plans are kept that tests are looked for.
pub(super) struct Scope {
    /// A folder, from the project's.
    pub(super) folder: String,
    /// Whether those below it are looked through too.
    pub(super) is_deep: bool,
}

/// The files that keep plans and are `sought` by their path. Files of other programs that are called alike are none.
pub(super) fn kept(
    folder: &Path,
    scope: Scope,
    sought: impl Fn(&str) -> bool,
) -> anyhow::Result<Vec<String>> {
    let mut kept = Vec::new();
    let mut open = vec![scope.folder];
    while let Some(below) = open.pop() {
        let unread = || format!("`{below}` cannot be read");
        let entries = match folder.join(&below).read_dir() {
            // In a file of that name nothing is kept.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                continue;
            }
            entries => entries.with_context(unread)?,
        };
        for entry in entries {
            let entry = entry.with_context(unread)?;
            let name = format!("{below}/{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().with_context(unread)?;
            if kind.is_dir() && scope.is_deep {
                open.push(name);
            } else if kind.is_file()
                && name.ends_with(".snap")
                && sought(&name)
                && begins_as_ours(&entry.path())
            {
                kept.push(name);
            }
        }
    }
    kept.sort();
    Ok(kept)
}

/// What cannot be read is not known to be ours.
fn begins_as_ours(path: &Path) -> bool {
    let mut beginning = [0; BEGINNING.len()];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut beginning));
    read.is_ok() && beginning == BEGINNING.as_bytes()
}

/// Says of a file that no test keeps its plan there.
pub(super) fn unused_finding(file: &str) -> Diagnostic {
    Diagnostic::warning("snapshot-unused", format!("no test keeps its plan in `{file}`"))
        .help("`apportion test --update` removes it")
}

/// Writes the plans of tests that passed where another was kept, or none.
pub(super) fn write(
    folder: &Path,
    tested: &[Tested],
    touched: &mut Vec<Touched>,
) -> anyhow::Result<()> {
    for test in tested.iter().filter(|test| test.outcome == Outcome::Passed) {
        let Some(snapshot) = &test.snapshot else { continue };
        let fate = match snapshot.review {
            Review::Same => continue,
            Review::New => Fate::New,
            Review::Changed => Fate::Changed,
        };
        replace(&folder.join(&snapshot.file), &snapshot.text)
            .with_context(|| format!("`{}` cannot be written", snapshot.file))?;
        touched.push(Touched { file: snapshot.file.clone(), fate });
    }
    Ok(())
}

/// Puts a text in the place of a file all at once, so that nobody finds half of it.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let done = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

/// Removes files, and the folders that are empty then.
pub(super) fn remove(
    folder: &Path,
    files: Vec<String>,
    touched: &mut Vec<Touched>,
) -> anyhow::Result<()> {
    for file in files {
        let path = folder.join(&file);
        fs::remove_file(&path).with_context(|| format!("`{file}` cannot be removed"))?;
        let folders =
            path.ancestors().skip(1).take_while(|it| it.starts_with(folder.join(SNAPSHOTS)));
        // One that still holds something stays, and so do those above it.
        let _ = folders.map(fs::remove_dir).find(Result::is_err);
        touched.push(Touched { file, fate: Fate::Removed });
    }
    Ok(())
}

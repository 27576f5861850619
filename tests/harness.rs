//! What the suites share: Markdown files, projects made of their blocks, and the built binary.

pub(crate) mod binary;
pub(crate) mod expected;
pub(crate) mod findings;
pub(crate) mod markdown;
pub(crate) mod project;
pub(crate) mod schemas;

use std::path::{Path, PathBuf};

use anyhow::Result;
use libtest_mimic::Trial;

/// The root of the repository, asked of cargo when the tests run: clones may share what is built.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    package.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A file of the data that lie beside the project, or in the folder that `APPORTION_DATA` names.
pub(crate) fn data(file: &str) -> PathBuf {
    let beside = || root().join("../shared/data");
    std::env::var_os("APPORTION_DATA").map_or_else(beside, PathBuf::from).join(file)
}

/// A test that reads data; ignored, with the reason in its name, where one of the files is not there.
pub(crate) fn trial_of_data(
    what: String,
    files: &[&str],
    test: impl FnOnce() -> Result<()> + Send + 'static,
) -> Trial {
    let Some(missing) = files.iter().map(|file| data(file)).find(|it| !it.exists()) else {
        return Trial::test(what, move || Ok(test()?));
    };
    eprintln!("SKIPPED: {what}: {} is not here", missing.display());
    let name = format!("{what} (no {})", missing.display());
    Trial::test(name, || Ok(())).with_ignored_flag(true)
}

/// All files below a folder, sorted, that end in `.extension`.
pub(crate) fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The sources of a crate or a group of crates without their test modules.
pub(crate) fn sources_below(folder: &Path) -> Vec<PathBuf> {
    let of_tests = |path: &PathBuf| {
        let inside = path.strip_prefix(folder).unwrap_or(path);
        let mut parts = inside.components().filter_map(|part| part.as_os_str().to_str());
        parts.any(|part| matches!(part, "tests" | "tests.rs" | "testing" | "testing.rs"))
    };
    files_below(folder, "rs").into_iter().filter(|path| !of_tests(path)).collect()
}

//! The standard library: each module is documented, and tested by a page of cases beside it.
//!
//! A page is `stdlib/tests/MODULE.md`, whose sections are cases as in `suites/cases.rs`: policies that call the module's
//! patterns and test themselves. The example in a pattern's documentation is a line of one of them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use libtest_mimic::Trial;

use super::cases;
use crate::harness::markdown::Document;
use crate::harness::{files_below, root};

/// The library's tests.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("library: every pattern is documented and called", || {
        Ok(every_pattern_is_shown()?)
    })];
    for page in files_below(&root().join("stdlib/tests"), "md") {
        let name = PathBuf::from("library").join(page.file_stem().unwrap_or_default());
        match Document::read(&page) {
            Ok(document) => trials.extend(cases::of_document("library", &name, document)),
            Err(error) => trials.push(Trial::test(name.display().to_string(), move || {
                Err(format!("{error:#}").into())
            })),
        }
    }
    trials
}

fn every_pattern_is_shown() -> Result<()> {
    let reference = read(&root().join("lang/REFERENCE.md"))?;
    let mut missing = Vec::new();
    for module in files_below(&root().join("stdlib/std"), "alloc") {
        let stem = module.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let patterns = patterns(&read(&module)?);
        if patterns.is_empty() {
            continue;
        }
        let page = read(&root().join(format!("stdlib/tests/{stem}.md")))?;
        for Pattern { name, example } in patterns {
            if example.is_empty() || !page.contains(&example) {
                missing.push(format!("std.{stem}: no case has the example of `{name}`: {example}"));
            }
            if !reference.contains(&format!("| `{name}(")) {
                missing.push(format!("std.{stem}: the reference has no `{name}`"));
            }
        }
    }
    if missing.is_empty() { Ok(()) } else { bail!("{}", missing.join("\n")) }
}

/// A pattern of a module.
struct Pattern {
    name: String,
    /// The indented line of its documentation; empty where there is none.
    example: String,
}

/// The patterns that a module declares.
fn patterns(text: &str) -> Vec<Pattern> {
    let mut found = Vec::new();
    let mut example = String::new();
    for line in text.lines() {
        if let Some(shown) = line.strip_prefix("///     ") {
            shown.clone_into(&mut example);
        } else if let Some(rest) = line.strip_prefix("pattern ") {
            let name = rest.split('(').next().unwrap_or_default().to_owned();
            found.push(Pattern { name, example: std::mem::take(&mut example) });
        }
    }
    found
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

//! The standard library: each module is documented, and tested by a page of cases beside it.
//!
//! A page is `stdlib/tests/MODULE.md`, whose sections are cases as in `suites/cases.rs`: policies that call the module's
//! patterns and test themselves. The example in a pattern's documentation is a line of one of them. Cases are judged too:
//! of each mistake of a list that is made in a pattern, one of those that call it prints something else.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use libtest_mimic::Trial;

use super::cases::{self, LIBRARY};
use crate::harness::markdown::{Block, Document, Section};
use crate::harness::{files_below, root};

/// Mistakes: what stands in a pattern, and what might stand there instead.
const MISTAKES: [(&str, &str); 21] = [
    ("<=", ">="),
    (">=", "<="),
    (" == ", " != "),
    (" != ", " == "),
    (" < ", " <= "),
    (" > ", " >= "),
    (" <= 1", " <= 2"),
    ("&&", "||"),
    ("||", "&&"),
    ("!(", "("),
    ("!", ""),
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " / "),
    ("min(", "max("),
    ("max(", "min("),
    ("any(", "all("),
    (" + 1", ""),
    ("1 - ", ""),
    ("where ", "where !"),
    ("exp2(-", "exp2("),
];

/// The library's tests.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("library: every pattern is documented and called", || {
        Ok(every_pattern_is_shown()?)
    })];
    for page in files_below(&root().join("stdlib/tests"), "md") {
        let stem = page.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = PathBuf::from("library").join(&stem);
        match Document::read(&page) {
            Ok(document) => trials.extend(cases::of_document("library", &name, document)),
            Err(error) => trials.push(Trial::test(name.display().to_string(), move || {
                Err(format!("{error:#}").into())
            })),
        }
        trials
            .push(Trial::test(format!("library: mistakes in std.{stem} are noticed"), move || {
                Ok(mistakes_are_noticed(&stem)?)
            }));
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
        for Pattern { name, example, .. } in patterns {
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

/// Makes every mistake in every pattern of a module.
fn mistakes_are_noticed(stem: &str) -> Result<()> {
    let text = read(&root().join(format!("stdlib/std/{stem}.alloc")))?;
    let sections =
        cases::cases_of(Document::read(&root().join(format!("stdlib/tests/{stem}.md")))?);
    let mut unnoticed = Vec::new();
    for Pattern { name, body, .. } in patterns(&text) {
        let calls = |block: &Block| block.text.contains(&format!("{name}("));
        let calls = |section: &&Section| section.blocks.iter().any(calls);
        let callers: Vec<&Section> = sections.iter().filter(calls).collect();
        if is_noticed(&callers, stem, &text)? {
            bail!("the cases of `{name}` do not print what they should");
        }
        for (right, wrong) in MISTAKES {
            for (at, _) in text[body.clone()].match_indices(right) {
                let (before, after) = text.split_at(body.start + at);
                let mistaken = format!("{before}{wrong}{}", &after[right.len()..]);
                if !is_noticed(&callers, stem, &mistaken)? {
                    let line = before.lines().count();
                    unnoticed.push(format!("line {line}, `{name}`: `{wrong}` for `{right}`"));
                }
            }
        }
    }
    if unnoticed.is_empty() { Ok(()) } else { bail!("{}", unnoticed.join("\n")) }
}

/// Whether some of the cases print something else than they should where this is the module's text.
fn is_noticed(cases: &[&Section], stem: &str, module: &str) -> Result<bool> {
    for case in cases {
        let mut blocks = case.blocks.clone();
        for block in blocks.iter_mut().filter(|block| block.language() == "alloc") {
            block.text = block.text.replace(&format!("use std.{stem}."), "use module.");
        }
        blocks.push(Block {
            words: vec!["alloc".to_owned(), "module".to_owned()],
            text: module.to_owned(),
            number: 0,
            range: Range::default(),
        });
        let case = Section { title: case.title.clone(), depth: case.depth, blocks };
        let printed = cases::of_commands(&case, LIBRARY)?;
        if printed.iter().any(|(expected, actual)| expected.text != *actual) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A pattern of a module.
struct Pattern {
    name: String,
    /// The indented line of its documentation; empty where there is none.
    example: String,
    /// Where the text has what it says.
    body: Range<usize>,
}

/// The patterns that a module declares.
fn patterns(text: &str) -> Vec<Pattern> {
    let mut found: Vec<Pattern> = Vec::new();
    let mut example = String::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        if let Some(shown) = line.strip_prefix("///     ") {
            shown.trim_end().clone_into(&mut example);
        } else if let Some(rest) = line.strip_prefix("pattern ") {
            let name = rest.split('(').next().unwrap_or_default().to_owned();
            found.push(Pattern {
                name,
                example: std::mem::take(&mut example),
                body: offset..offset,
            });
        }
        let Some(pattern) = found.last_mut() else { continue };
        match line.trim_end() {
            // The parameters end, on their own line or not.
            ") {" => pattern.body = offset..offset,
            "}" => pattern.body.end = start,
            _ => {}
        }
    }
    found
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

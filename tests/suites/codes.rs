//! Every code of a finding is shown as printed, so that its text is reviewed; and no other code is spoken of.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};
use libtest_mimic::Trial;

use crate::harness::{files_below, root, sources_below};

/// Codes that no case can bring about, each with its reason.
const UNREACHABLE: [(&str, &str); 16] = [
    ("check-failed", "shown by the tests of `engine/cli`, as no case can make the solver err"),
    ("file-too-large", "the limit is beyond what a case should write"),
    ("model-too-large", "as above"),
    ("too-many-rows", "as above"),
    ("limit-reached", "as above, of steps"),
    ("model-over-limit", "as above"),
    ("definition-cycle", "the checker finds the cycle before any parameter is worked out"),
    ("big-m-too-large", "shown by the tests of `engine/lower`, where amounts are at hand"),
    ("reasons-cut-short", "shown by the tests of `engine/driver`, which have a clock of their own"),
    ("duplicate-key", "a cell's code: its words are shown below `bad-data`"),
    ("missing-unit", "as above"),
    ("missing-value", "as above"),
    ("uneven-row", "as above"),
    ("unknown-resource", "as above"),
    ("unknown-word", "as above"),
    ("unit-unstated", "as above"),
];

/// Words of the sources that look like a code and are none.
const OTHER_WORDS: [&str; 6] =
    ["cloud-purchase", "edge-fleet", "gpu-cluster", "model-size", "partition-plan", "time-limit"];

/// The codes' tests.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("codes: each one is shown by a case", || Ok(each_is_shown()?)),
        Trial::test("codes: none is spoken of that no longer exists", || Ok(each_exists()?)),
    ]
}

fn each_is_shown() -> Result<()> {
    let mut shown = shown()?;
    for group in ["lang", "engine"] {
        let all = files_below(&root().join(group), "rs");
        shown.extend(drawn_in(&all)?);
    }
    let excused = |code: &str| UNREACHABLE.iter().any(|(it, _)| *it == code);
    let hidden: Vec<String> =
        declared()?.into_iter().filter(|code| !shown.contains(code) && !excused(code)).collect();
    if hidden.is_empty() { Ok(()) } else { bail!("no case shows {}", hidden.join(", ")) }
}

fn each_exists() -> Result<()> {
    let (declared, shown) = (declared()?, shown()?);
    let excused = UNREACHABLE.iter().map(|(code, _)| (*code).to_owned());
    // A word alone may be a verdict on a plan, which is no finding.
    let spoken = shown.into_iter().filter(|code| code.contains('-')).chain(excused);
    let gone: Vec<String> = spoken.filter(|code| !declared.contains(code)).collect();
    if gone.is_empty() { Ok(()) } else { bail!("nothing gives {}", gone.join(", ")) }
}

/// The codes that the sources give to findings: what a finding is made with, and every other text of words
/// joined by hyphens, as a code may be chosen before the finding is made.
fn declared() -> Result<BTreeSet<String>> {
    let mut codes = BTreeSet::new();
    for group in ["lang", "engine"] {
        for path in sources_below(&root().join(group)) {
            let text = std::fs::read_to_string(&path)?;
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for start in ["Diagnostic::error(", "Diagnostic::warning("] {
                for rest in code.split(start).skip(1) {
                    let literal = rest.trim_start().strip_prefix('"');
                    codes.extend(literal.and_then(|it| it.split('"').next()).map(str::to_owned));
                }
            }
            codes.extend(code.split('"').filter(|text| is_hyphenated(text)).map(str::to_owned));
        }
    }
    if codes.is_empty() {
        bail!("no finding was found in the sources: the search is out of date");
    }
    for word in OTHER_WORDS {
        if !codes.remove(word) {
            bail!("the sources no longer say `{word}`");
        }
    }
    Ok(codes)
}

/// Whether a text is several words in small letters, joined by hyphens.
fn is_hyphenated(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    text.contains('-') && text.split('-').all(is_word)
}

/// The codes that appear in a case or in the reference.
fn shown() -> Result<BTreeSet<String>> {
    let mut files = files_below(&root().join("tests/cases"), "md");
    files.push(root().join("lang/REFERENCE.md"));
    let mut codes = drawn_in(&files)?;
    for path in files {
        codes.extend(between(&path, &[("error=", '\n'), ("\"code\": \"", '"')])?);
    }
    Ok(codes)
}

/// The codes of findings that are drawn in some files.
fn drawn_in<P: AsRef<Path>>(files: &[P]) -> Result<BTreeSet<String>> {
    let mut codes = BTreeSet::new();
    for path in files {
        codes.extend(between(path.as_ref(), &[("error[", ']'), ("warning[", ']')])?);
    }
    Ok(codes)
}

/// What stands in a file between each of some beginnings and its end.
fn between(path: &Path, marks: &[(&str, char)]) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path)?;
    let found = marks.iter().flat_map(|(start, end)| {
        let rests = text.split(start).skip(1);
        rests.filter_map(|rest| rest.split(*end).next().map(str::to_owned))
    });
    Ok(found.collect())
}

//! Every code of a finding is shown by a case, so that its text is reviewed as printed.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use libtest_mimic::Trial;

use crate::harness::{files_below, root, sources_below};

/// Codes that no case can bring about, each with its reason.
const UNREACHABLE: [(&str, &str); 8] = [
    ("check-failed", "shown by the tests of `engine/cli`, as no case can make the solver err"),
    ("file-too-large", "the limit is beyond what a case should write"),
    ("text-too-large", "as above"),
    ("model-too-large", "as above"),
    ("too-many-rows", "as above"),
    ("soft-rule-skipped", "the checker asks for a guard before any fact can be missing"),
    ("definition-cycle", "the checker finds the cycle before any parameter is worked out"),
    ("big-m-too-large", "shown by the tests of `engine/lower`, where amounts are at hand"),
];

/// The codes' test.
pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("codes: each one is shown by a case", || Ok(each_is_shown()?))]
}

fn each_is_shown() -> Result<()> {
    let shown = shown()?;
    let excused = |code: &str| UNREACHABLE.iter().any(|(it, _)| *it == code);
    let hidden: Vec<String> =
        declared()?.into_iter().filter(|code| !shown.contains(code) && !excused(code)).collect();
    if hidden.is_empty() { Ok(()) } else { bail!("no case shows {}", hidden.join(", ")) }
}

/// The codes that the sources give to findings.
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
        }
    }
    if codes.is_empty() {
        bail!("no finding was found in the sources: the search is out of date");
    }
    Ok(codes)
}

/// The codes that appear in a case or in the reference.
fn shown() -> Result<BTreeSet<String>> {
    let mut files = files_below(&root().join("tests/cases"), "md");
    files.push(root().join("lang/REFERENCE.md"));
    let mut codes = BTreeSet::new();
    for path in files {
        let text = std::fs::read_to_string(&path)?;
        for (start, end) in
            [("error[", ']'), ("warning[", ']'), ("error=", '\n'), ("\"code\": \"", '"')]
        {
            for rest in text.split(start).skip(1) {
                codes.extend(rest.split(end).next().map(str::to_owned));
            }
        }
    }
    Ok(codes)
}

//! What the language says of a text, without any data.

use std::sync::Arc;

use apportion_check::{Checked, Project};
use apportion_diagnostic::{Diagnostic, Severity, render};

use super::markdown::Block;

/// The findings of the section's `alloc` blocks, drawn; `no findings` where there is none.
pub(crate) fn of_check(blocks: &[Block]) -> String {
    drawn(&checked(files(blocks)), |_| true)
}

/// The findings that the parser alone is responsible for, drawn as [`of_check`] draws them.
pub(crate) fn of_syntax(blocks: &[Block]) -> String {
    let files = files(blocks);
    let wrong: usize = files
        .iter()
        .flat_map(|(_, text)| apportion_syntax::parse_file(text))
        .map(|(_, parsed)| parsed.errors.len())
        .sum();
    let mut left = wrong;
    drawn(&checked(files), |_| {
        let counts = left > 0;
        left = left.saturating_sub(1);
        counts
    })
}

/// Checks files whose first one is the entry.
pub(crate) fn checked(files: Vec<(String, Arc<str>)>) -> Checked {
    let entry = files.first().map(|(path, _)| path.clone()).unwrap_or_default();
    Project::new(files, &entry).checked()
}

/// The codes of the findings at error level, in order.
pub(crate) fn error_codes(checked: &Checked) -> Vec<&str> {
    let errors = checked.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    errors.map(|finding| finding.code).collect()
}

fn files(blocks: &[Block]) -> Vec<(String, Arc<str>)> {
    let policies = blocks.iter().filter(|block| block.language() == "alloc");
    policies
        .map(|block| {
            let name = block.argument().unwrap_or("main");
            (format!("policy/{name}.alloc"), Arc::from(block.text.as_str()))
        })
        .collect()
}

/// The chosen findings as text; `no findings` where there is none.
pub(crate) fn drawn(checked: &Checked, keep: impl FnMut(&&Diagnostic) -> bool) -> String {
    let findings: Vec<String> = checked
        .diagnostics
        .iter()
        .filter(keep)
        .map(|finding| render(finding, &checked.sources))
        .collect();
    if findings.is_empty() { "no findings\n".to_owned() } else { findings.join("\n") }
}

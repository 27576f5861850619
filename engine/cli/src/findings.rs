//! Printing findings.

use std::io::{IsTerminal, Write};

use apportion_diagnostic::{Diagnostic, RenderOptions, Severity, Sources, render_with, to_json};
use serde_json::json;

use crate::args::{Color, Common, Format};

/// Prints findings where they belong: for people to standard error, for programs to standard output.
pub(crate) fn print(
    findings: &[Diagnostic],
    sources: &Sources,
    common: &Common,
) -> anyhow::Result<()> {
    let shown = findings.iter().filter(|it| !common.quiet || it.severity == Severity::Error);
    if common.format == Format::Json {
        let list: Vec<_> = shown.map(|finding| to_json(finding, sources)).collect();
        let page = json!({ "format": "apportion.findings/1", "findings": list });
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string_pretty(&page)?)?;
        return Ok(());
    }
    let color = color(common, &std::io::stderr());
    let options = RenderOptions { color, ..RenderOptions::default() };
    let mut out = std::io::stderr().lock();
    for finding in shown {
        writeln!(out, "{}", render_with(finding, sources, &options))?;
    }
    Ok(())
}

/// Prints findings for people, so that standard output stays the result's.
pub(crate) fn print_warnings(
    findings: &[Diagnostic],
    sources: &Sources,
    common: &Common,
) -> anyhow::Result<()> {
    print(findings, sources, &Common { format: Format::Text, ..common.clone() })
}

/// Whether to use colour on a stream.
pub(crate) fn color(common: &Common, stream: &impl IsTerminal) -> bool {
    match common.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()) && stream.is_terminal()
        }
    }
}

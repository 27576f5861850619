//! Printing findings.

use std::io::{IsTerminal, Write};

use apportion_diagnostic::{
    Diagnostic, JsonDiagnostic, RenderOptions, Severity, Sources, render_with, to_json,
};
use serde::Serialize;

use crate::args::{Color, Common, Format};

/// Findings on their way out: for people to standard error as they come, for programs to standard output as
/// one page.
pub(crate) struct Report<'c> {
    common: &'c Common,
    page: Vec<JsonDiagnostic>,
}

/// What is printed for programs.
#[derive(Serialize)]
struct Page<'f> {
    format: &'static str,
    findings: &'f [JsonDiagnostic],
}

impl<'c> Report<'c> {
    pub(crate) fn new(common: &'c Common) -> Report<'c> {
        Report { common, page: Vec::new() }
    }

    /// Takes the findings of one text or project; `--quiet` leaves those out that stop nothing.
    pub(crate) fn add(&mut self, findings: &[Diagnostic], sources: &Sources) -> anyhow::Result<()> {
        let quiet = self.common.quiet;
        let shown = findings.iter().filter(|it| !quiet || it.severity == Severity::Error);
        if self.common.format == Format::Json {
            self.page.extend(shown.map(|finding| to_json(finding, sources)));
            return Ok(());
        }
        let color = color(self.common, &std::io::stderr());
        let options = RenderOptions { color, ..RenderOptions::default() };
        let mut out = std::io::stderr().lock();
        for finding in shown {
            writeln!(out, "{}", render_with(finding, sources, &options))?;
        }
        Ok(())
    }

    /// Prints the page, where programs read.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        if self.common.format == Format::Json {
            let page = Page { format: "apportion.findings/1", findings: &self.page };
            writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&page)?)?;
        }
        Ok(())
    }
}

/// Prints all findings of a run.
pub(crate) fn print(
    findings: &[Diagnostic],
    sources: &Sources,
    common: &Common,
) -> anyhow::Result<()> {
    let mut report = Report::new(common);
    report.add(findings, sources)?;
    report.end()
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

//! Printing findings.

use std::io::{IsTerminal, Write};

use apportion_diagnostic::{Diagnostic, Severity, Sources, render};
use serde_json::{Value, json};

use crate::args::{Color, Common, Format};

/// Prints findings where they belong: for people to standard error, for programs to standard output.
pub(crate) fn print(
    findings: &[Diagnostic],
    sources: &Sources,
    common: &Common,
) -> anyhow::Result<()> {
    let shown = findings.iter().filter(|it| !common.quiet || it.severity == Severity::Error);
    if common.format == Format::Json {
        let list: Vec<Value> = shown.map(|finding| to_json(finding, sources)).collect();
        let page = json!({ "format": "apportion.findings/1", "findings": list });
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string_pretty(&page)?)?;
        return Ok(());
    }
    let mut out = std::io::stderr().lock();
    for finding in shown {
        writeln!(out, "{}", render(finding, sources))?;
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

fn to_json(finding: &Diagnostic, sources: &Sources) -> Value {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let labels: Vec<Value> = finding
        .labels
        .iter()
        .filter_map(|label| {
            let source = sources.get(label.span.source)?;
            let start = source.line_column(label.span.start);
            let end = source.line_column(label.span.end);
            Some(json!({
                "role": format!("{:?}", label.role).to_lowercase(),
                "file": source.path,
                "start": { "line": start.line, "column": start.column, "byte": label.span.start },
                "end": { "line": end.line, "column": end.column, "byte": label.span.end },
                "text": label.text,
            }))
        })
        .collect();
    let cells: Vec<Value> = finding
        .cells
        .iter()
        .map(|cell| {
            json!({
                "file": cell.place.file,
                "row": cell.place.row,
                "column": cell.place.column,
                "found": cell.found,
                "expected": cell.expected,
                "kind": cell.code,
            })
        })
        .collect();
    json!({
        "code": finding.code,
        "severity": severity,
        "message": finding.message,
        "item": finding.item,
        "labels": labels,
        "cells": cells,
        "notes": finding.notes.iter().map(|note| &note.text).collect::<Vec<_>>(),
    })
}

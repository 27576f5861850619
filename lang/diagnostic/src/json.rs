//! A finding as a program reads it.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Applicability, Diagnostic, NoteKind, Role, Severity, Sources, Span};

/// A finding as JSON, `apportion.diagnostic/1`: fields, not sentences. `message`, labels and notes are for
/// people and may change; all else is the interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JsonDiagnostic {
    format: &'static str,
    code: &'static str,
    severity: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<String>,
    spans: Vec<Place>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cells: Vec<CellPlace>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    amounts: BTreeMap<&'static str, Amount>,
    notes: Vec<Note>,
    fixes: Vec<Fix>,
    fingerprint: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Place {
    role: &'static str,
    file: String,
    start: Position,
    end: Position,
    label: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Position {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct CellPlace {
    code: &'static str,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    column: String,
    found: String,
    expected: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Amount {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    dimension: String,
    unit: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Note {
    kind: &'static str,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Fix {
    title: String,
    applicability: &'static str,
    edits: Vec<Edit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Edit {
    file: String,
    start: Position,
    end: Position,
    text: String,
}

/// The finding for a program. Labels and edits whose source is unknown are left out.
pub fn to_json(diagnostic: &Diagnostic, sources: &Sources) -> JsonDiagnostic {
    JsonDiagnostic {
        format: "apportion.diagnostic/1",
        code: diagnostic.code,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        message: diagnostic.message.clone(),
        item: diagnostic.item.clone(),
        spans: spans(diagnostic, sources),
        cells: cells(diagnostic),
        amounts: amounts(diagnostic),
        notes: notes(diagnostic),
        fixes: fixes(diagnostic, sources),
        fingerprint: fingerprint(diagnostic, sources),
    }
}

fn spans(diagnostic: &Diagnostic, sources: &Sources) -> Vec<Place> {
    let place = |label: &crate::Label| {
        let (file, start, end) = positions(label.span, sources)?;
        let role = match label.role {
            Role::Primary => "primary",
            Role::Cause => "cause",
        };
        Some(Place { role, file, start, end, label: label.text.clone() })
    };
    diagnostic.labels.iter().filter(|label| !label.is_context()).filter_map(place).collect()
}

fn cells(diagnostic: &Diagnostic) -> Vec<CellPlace> {
    let cell = |cell: &crate::Cell| CellPlace {
        code: cell.code,
        file: cell.place.file.clone(),
        row: cell.place.row,
        column: cell.place.column.clone(),
        found: cell.found.clone(),
        expected: cell.expected.clone(),
    };
    diagnostic.cells.iter().map(cell).collect()
}

fn amounts(diagnostic: &Diagnostic) -> BTreeMap<&'static str, Amount> {
    let amount = |(role, amount): &(&'static str, crate::Amount)| {
        let crate::Amount { value, dimension, unit } = amount.clone();
        (*role, Amount { value, dimension, unit })
    };
    diagnostic.amounts.iter().map(amount).collect()
}

fn notes(diagnostic: &Diagnostic) -> Vec<Note> {
    let note = |note: &crate::Note| Note {
        kind: match note.kind {
            NoteKind::Note => "note",
            NoteKind::Help => "help",
            NoteKind::Evidence => "evidence",
        },
        text: note.text.clone(),
    };
    diagnostic.notes.iter().map(note).collect()
}

fn fixes(diagnostic: &Diagnostic, sources: &Sources) -> Vec<Fix> {
    let edit = |edit: &crate::Edit| {
        let (file, start, end) = positions(edit.span, sources)?;
        Some(Edit { file, start, end, text: edit.text.clone() })
    };
    let fix = |fix: &crate::Fix| Fix {
        title: fix.title.clone(),
        applicability: match fix.applicability {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        },
        edits: fix.edits.iter().filter_map(edit).collect(),
    };
    diagnostic.fixes.iter().map(fix).collect()
}

fn positions(span: Span, sources: &Sources) -> Option<(String, Position, Position)> {
    let source = sources.get(span.source)?;
    let position = |offset: u32| {
        let place = source.line_column(offset);
        Position { line: place.line, column: place.column, offset }
    };
    Some((source.path.clone(), position(span.start), position(span.end)))
}

/// 16 hexadecimal digits that stay while the finding only moves inside its file.
fn fingerprint(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    part(diagnostic.code);
    part(diagnostic.item.as_deref().unwrap_or_default());
    part(&diagnostic.message);
    for label in &diagnostic.labels {
        let Some(source) = sources.get(label.span.source) else { continue };
        part(&source.path);
        part(source.text.get(label.span.start as usize..label.span.end as usize).unwrap_or(""));
    }
    for cell in &diagnostic.cells {
        part(&cell.place.file);
        part(&cell.place.column);
        part(&cell.found);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

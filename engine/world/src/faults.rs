//! Cells that cannot be used, counted and the first of them kept.

use apportion_diagnostic::{Cell, Code, DataPlace, Diagnostic, Note, NoteKind, Severity};
use apportion_units::counted;

/// How many cells of a run are kept to be shown; all are counted.
pub const SHOWN: usize = 20;

/// The faults of one run.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    kept: Vec<Cell>,
    total: usize,
    files: Vec<String>,
    findings: Vec<Diagnostic>,
    withheld: Vec<String>,
    notes: Vec<String>,
}

/// Where a cell stands.
pub(crate) struct At<'a> {
    pub(crate) file: &'a str,
    pub(crate) row: Option<u64>,
    pub(crate) row_word: &'a str,
    pub(crate) column: &'a str,
}

impl Faults {
    /// Notes a cell: what was found, and what is wrong with it.
    pub(crate) fn cell(
        &mut self,
        at: &At<'_>,
        code: Code,
        found: &str,
        expected: impl Into<String>,
    ) {
        self.total += 1;
        if !self.files.iter().any(|file| file == at.file) {
            self.files.push(at.file.to_owned());
        }
        if self.kept.len() < SHOWN {
            self.kept.push(Cell {
                place: DataPlace {
                    file: at.file.to_owned(),
                    row: at.row,
                    row_word: at.row_word.to_owned(),
                    column: at.column.to_owned(),
                },
                found: shortened(found),
                expected: expected.into(),
                code,
            });
        }
    }

    /// Whether a cell of a file was noted.
    pub(crate) fn has_cells_of(&self, file: &str) -> bool {
        self.files.iter().any(|known| known == file)
    }

    /// Takes over what another reader noted about files as wholes.
    pub(crate) fn append(&mut self, other: Faults) {
        self.findings.extend(other.findings);
    }

    /// Notes something about a file as a whole.
    pub(crate) fn finding(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Notes what was not judged, as what it depends on could not be read.
    pub(crate) fn withheld(&mut self, what: String) {
        self.withheld.push(what);
    }

    /// Notes what explains many cells at once.
    pub(crate) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// All findings: one for all cells, then those about files.
    pub(crate) fn into_findings(mut self) -> Vec<Diagnostic> {
        if self.total > 0 {
            let message = format!(
                "{} of {} cannot be used; nothing was solved",
                counted(self.total, "cell", "cells"),
                counted(self.files.len(), "file", "files"),
            );
            let mut finding = Diagnostic::error("bad-data", message);
            if self.total > self.kept.len() {
                finding = finding.note(format!("the first {SHOWN} of {} are shown", self.total));
            }
            finding = self.notes.drain(..).fold(finding, Diagnostic::note);
            let file = |cell: &Cell| self.files.iter().position(|file| *file == cell.place.file);
            let place = |cell: &Cell| (file(cell), cell.place.row_word.clone(), cell.place.row);
            self.kept.sort_by_cached_key(place);
            finding.cells = self.kept;
            self.findings.insert(0, finding);
        }
        // They depend on an input that cannot be read, and that is an error of its own.
        let mut errors = self.findings.iter_mut().filter(|it| it.severity == Severity::Error);
        if let (false, Some(last)) = (self.withheld.is_empty(), errors.next_back()) {
            let what = self.withheld.join(", ");
            let text = format!("not judged, as what they lead to cannot be read: {what}");
            last.notes.push(Note { kind: NoteKind::Note, text });
        }
        self.findings
    }
}

/// At most 40 characters of what was found.
fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let start: String = characters.by_ref().take(40).collect();
    if characters.next().is_some() { format!("{start}…") } else { start }
}

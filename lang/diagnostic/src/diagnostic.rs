//! What a finding consists of.

use crate::Span;

/// Kebab-case name of a finding, stable for two editions, shared with the lints: `unit-mismatch`.
pub type Code = &'static str;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// No plan comes from this.
    Error,
    /// A plan comes, and this was decided for its author.
    Warning,
    /// Worth knowing.
    Note,
}

/// One finding: what is wrong, where, why, and the ways out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// See [`Code`].
    pub code: Code,
    /// See [`Severity`].
    pub severity: Severity,
    /// One line of at most 100 characters that stands alone, names in backticks.
    pub message: String,
    /// The item that the finding lies in, as its author would name it: `rule capacity`.
    pub item: Option<String>,
    /// Places in a text; the primary one first.
    pub labels: Vec<Label>,
    /// Places in a table.
    pub cells: Vec<Cell>,
    /// The two sides, for scripts: role (`left`, `have`, …) and amount.
    pub amounts: Vec<(&'static str, Amount)>,
    /// Notes and helps, in the order in which they are printed.
    pub notes: Vec<Note>,
    /// Edits that the tool can make.
    pub fixes: Vec<Fix>,
}

/// A place in a text and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Whether this is the fault or its cause.
    pub role: Role,
    /// The place.
    pub span: Span,
    /// Drawn beside the underline; may be empty.
    pub text: String,
}

/// Whether a label marks the fault itself or what explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The fault: underlined with `^`.
    Primary,
    /// What explains it: underlined with `-`.
    Cause,
}

/// One cell of an input that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// Where it is.
    pub place: DataPlace,
    /// The cell as it was found, shortened to 40 characters.
    pub found: String,
    /// What is wrong with it or what was expected: ``below 0, the least that `capacity` allows``.
    pub expected: String,
    /// What kind of fault this is: `bad-data`, `duplicate-key`, `unknown-reference`, …
    pub code: Code,
}

/// A place in an input's data.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataPlace {
    /// The file as the manifest names it.
    pub file: String,
    /// Line of a CSV or JSON Lines file from 1, the header included; for JSON and Parquet the item from 0.
    pub row: Option<u64>,
    /// `row` for lines, `items` or the name of the selected array for JSON.
    pub row_word: String,
    /// The column, or the path inside the item: `capacity[memory]`.
    pub column: String,
}

/// A quantity as a message shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    /// The number as text, absent where only the unit matters.
    pub value: Option<String>,
    /// `memory`, `money per time`, …
    pub dimension: String,
    /// `GiB`, `USD/h`, …; empty for a plain number.
    pub unit: String,
}

/// A line below the drawing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// Note or help.
    pub kind: NoteKind,
    /// May have several lines; the first follows `= note: `, the others are indented below it. A line that
    /// begins with a blank is a line of an example or a table: it is never wrapped.
    pub text: String,
}

/// What a [`Note`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteKind {
    /// Evidence.
    Note,
    /// Advice that the tool cannot apply by itself.
    Help,
    /// Lines that stand by themselves, such as places in several files side by side.
    Evidence,
}

/// An edit that the tool can make.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fix {
    /// What it does: `` `fro` -> `for` ``.
    pub title: String,
    /// How sure it is.
    pub applicability: Applicability,
    /// What changes.
    pub edits: Vec<Edit>,
}

/// How sure a fix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applicability {
    /// Keeps the meaning, or there is only one thing that can have been meant.
    Safe,
    /// May change a plan.
    Unsafe,
}

/// Replaces the text of `span` by `text`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What comes in its place.
    pub text: String,
}

impl Label {
    /// Whether the label only asks for its line to be shown.
    pub(crate) fn is_context(&self) -> bool {
        self.role == Role::Cause && self.span.start == self.span.end && self.text.is_empty()
    }
}

impl Diagnostic {
    /// A finding at error level; `message` as [`Diagnostic::message`] wants it.
    pub fn error(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            item: None,
            labels: Vec::new(),
            cells: Vec::new(),
            amounts: Vec::new(),
            notes: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// A finding at warning level.
    pub fn warning(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    /// Marks the fault. The first primary label gives the place of the headline.
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { role: Role::Primary, span, text: text.into() });
        self
    }

    /// Marks what explains the fault. With an empty span and no text the line is shown and nothing marked.
    pub fn because_of(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { role: Role::Cause, span, text: text.into() });
        self
    }

    /// Adds evidence.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(Note { kind: NoteKind::Note, text: text.into() });
        self
    }

    /// Adds lines that are printed as they are, above notes and helps.
    pub fn evidence(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(Note { kind: NoteKind::Evidence, text: text.into() });
        self
    }

    /// Adds advice.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(Note { kind: NoteKind::Help, text: text.into() });
        self
    }

    /// Offers an edit.
    pub fn fix(
        mut self,
        applicability: Applicability,
        title: impl Into<String>,
        edits: Vec<Edit>,
    ) -> Diagnostic {
        self.fixes.push(Fix { title: title.into(), applicability, edits });
        self
    }

    /// The span of the first primary label.
    pub fn primary(&self) -> Option<Span> {
        self.labels.iter().find(|label| label.role == Role::Primary).map(|label| label.span)
    }

    /// The same finding with every span replaced, as when an item's place in its file becomes known.
    pub fn map_spans(mut self, map: impl Fn(Span) -> Span) -> Diagnostic {
        for label in &mut self.labels {
            label.span = map(label.span);
        }
        for edit in self.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.span = map(edit.span);
        }
        self
    }
}

//! Spans, labels, fixes, severities and codes: the one vocabulary of messages, for text and for data.
//!
//! Every stage that reads a text or a table returns its findings as [`Diagnostic`] values beside its
//! result; nothing in this crate prints by itself, reads a file or knows a stage. [`render`] draws a
//! finding for a person, [`to_json`] gives it to a program.
//!
//! Start reading at [`Diagnostic`].

mod diagnostic;
mod json;
mod near;
mod render;
mod source;
#[cfg(test)]
mod tests;

pub use diagnostic::{
    Amount, Applicability, Cell, Code, DataPlace, Diagnostic, Edit, Fix, Label, Note, NoteKind,
    Role, Severity,
};
pub use json::{JsonDiagnostic, to_json};
pub use near::nearest;
pub use render::{RenderOptions, render, render_with};
pub use source::{LineColumn, Source, SourceId, Sources, Span};

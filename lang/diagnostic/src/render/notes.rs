//! Notes, helps, fixes and evidence below the drawing.

use super::page::{Ink, Page};
use super::wrap::wrap;
use crate::{Applicability, Diagnostic, NoteKind};

/// Draws the notes. `gutter` is the width of the line numbers drawn above; without them notes are set off by a
/// blank line and indented by two.
pub(super) fn draw(page: &mut Page, diagnostic: &Diagnostic, gutter: Option<usize>) {
    for note in diagnostic.notes.iter().filter(|note| note.kind == NoteKind::Evidence) {
        page.end_line();
        for line in note.text.split('\n') {
            let line = page.plain(line);
            page.text(&format!("  {line}"));
            page.end_line();
        }
    }
    let mut notes: Vec<(String, &str)> = Vec::new();
    for note in &diagnostic.notes {
        match note.kind {
            NoteKind::Note => notes.push(("note".to_owned(), &note.text)),
            NoteKind::Help => notes.push(("help".to_owned(), &note.text)),
            NoteKind::Evidence => {}
        }
    }
    for fix in &diagnostic.fixes {
        let sure = if fix.applicability == Applicability::Safe { "safe" } else { "unsafe" };
        notes.push((format!("fix ({sure})"), &fix.title));
    }
    if gutter.is_none() && !notes.is_empty() {
        page.end_line();
    }
    let last = notes.len().saturating_sub(1);
    for (number, (word, text)) in notes.iter().enumerate() {
        draw_note(page, word, text, gutter);
        // A note with an example in it ends where the example does.
        if text.contains("\n\n") && number != last {
            page.end_line();
        }
    }
}

fn draw_note(page: &mut Page, word: &str, text: &str, gutter: Option<usize>) {
    let (before, below) = match gutter {
        Some(gutter) => (format!("{:gutter$} = ", ""), gutter + 3),
        None => ("  ".to_owned(), word.len() + 4),
    };
    let text = page.plain(text);
    let width = page.options.width;
    for (number, line) in text.split('\n').enumerate() {
        let head = before.len() + word.len() + 2;
        let first = if number == 0 { head } else { below };
        let lines = match line.starts_with(' ') || line.contains("   ") {
            true => vec![line.to_owned()],
            false => wrap(line, width.saturating_sub(first), width.saturating_sub(below)),
        };
        for (part, line) in lines.iter().enumerate() {
            if number == 0 && part == 0 {
                page.ink(Ink::Frame, &before);
                page.ink(Ink::Strong, word);
                page.text(": ");
            } else {
                page.text(&" ".repeat(below));
            }
            page.text(line);
            page.end_line();
        }
    }
}

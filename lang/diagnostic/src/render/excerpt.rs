//! The author's own lines with underlines.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::page::{Ink, Page, without_controls};
use super::wrap::wrap;
use crate::source::character_start;
use crate::{Diagnostic, Label, Role, Source, SourceId, Sources};

/// Draws every file that a label marks, that of the primary label first; gives the width of the line numbers
/// if anything was drawn.
pub(super) fn draw(
    page: &mut Page,
    diagnostic: &Diagnostic,
    sources: &Sources,
    ink: Ink,
) -> Option<usize> {
    let mut files: Vec<SourceId> = Vec::new();
    let primary = diagnostic.primary().map(|span| span.source);
    for id in primary.into_iter().chain(diagnostic.labels.iter().map(|label| label.span.source)) {
        if !files.contains(&id) && sources.get(id).is_some() {
            files.push(id);
        }
    }
    let lines = diagnostic.labels.iter().filter_map(|label| {
        Some(sources.get(label.span.source)?.line_column(label.span.start).line)
    });
    let gutter = lines.max()?.to_string().len();
    for id in files {
        let labels = diagnostic.labels.iter().filter(|label| label.span.source == id).collect();
        if let Some(source) = sources.get(id) {
            draw_file(page, source, labels, gutter, ink);
        }
    }
    Some(gutter)
}

fn draw_file(page: &mut Page, source: &Source, labels: Vec<&Label>, gutter: usize, ink: Ink) {
    let Some(head) = labels.iter().min_by_key(|label| label.role == Role::Cause) else { return };
    let place = source.line_column(head.span.start);
    page.ink(Ink::Frame, &format!("{:gutter$}-->", ""));
    if source.text.is_empty() {
        // A file that is empty, or that is no text, has nothing to show.
        page.text(&format!(" {}", source.path));
        page.end_line();
        return bar(page, gutter);
    }
    page.text(&format!(" {}:{}:{}", source.path, place.line, place.column));
    page.end_line();
    bar(page, gutter);
    let mut by_line: BTreeMap<u32, Vec<&Label>> = BTreeMap::new();
    for label in labels {
        by_line.entry(source.line_column(label.span.start).line).or_default().push(label);
    }
    for (number, mut labels) in by_line {
        page.ink(Ink::Frame, &format!("{number:gutter$} |"));
        page.text(&format!(" {}", without_controls(source.line(number))));
        page.end_line();
        labels.sort_by_key(|label| (label.span.start, label.role == Role::Cause));
        for label in labels.into_iter().filter(|label| !label.is_context()) {
            draw_label(page, source, label, gutter, ink);
        }
    }
    bar(page, gutter);
}

/// The underline and its text beside it, or below it where it would not fit.
fn draw_label(page: &mut Page, source: &Source, label: &Label, gutter: usize, ink: Ink) {
    let place = source.line_column(label.span.start);
    let line = source.line(place.line);
    let (before, after) = split_at_character(line, place.column as usize - 1);
    let covered = label.span.end.saturating_sub(label.span.start) as usize;
    let covered = &after[..character_start(after, covered)];
    let start = without_controls(before).width();
    let marked = without_controls(covered).width().max(1);
    let (mark, ink) = match label.role {
        Role::Primary => ("^", ink),
        Role::Cause => ("-", Ink::Frame),
    };
    page.ink(Ink::Frame, &format!("{:gutter$} |", ""));
    page.text(&" ".repeat(start + 1));
    page.ink(ink, &mark.repeat(marked));
    let text = page.plain(&label.text);
    let room = page.options.width.saturating_sub(gutter + 3);
    if start + marked + 1 + text.width() <= room {
        page.ink(ink, &format!(" {text}"));
        page.end_line();
        return;
    }
    page.end_line();
    // Below, as far to the left as its text needs.
    let indent = start.min(room.saturating_sub(text.width()));
    for part in wrap(&text, room - indent.min(room), room - indent.min(room)) {
        page.ink(Ink::Frame, &format!("{:gutter$} |", ""));
        page.text(&" ".repeat(indent + 1));
        page.ink(ink, &part);
        page.end_line();
    }
}

fn split_at_character(line: &str, characters: usize) -> (&str, &str) {
    let at = line.char_indices().nth(characters).map_or(line.len(), |(at, _)| at);
    line.split_at(at)
}

fn bar(page: &mut Page, gutter: usize) {
    page.ink(Ink::Frame, &format!("{:gutter$} |", ""));
    page.end_line();
}

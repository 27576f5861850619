//! A finding as a person reads it: headline, place, the author's own lines with underlines, notes.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{Applicability, Diagnostic, Label, NoteKind, Role, Severity, SourceId, Sources};

/// Draws one finding without colour, ending in a newline.
///
/// Labels of one file are drawn together, each marked line once, in order; lines between two marked
/// lines are left out. A label whose source is unknown is left out too.
pub fn render(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut out = String::new();
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    line(&mut out, format_args!("{severity}[{}]: {}", diagnostic.code, diagnostic.message));

    let gutter = gutter_width(diagnostic, sources);
    let primary = diagnostic.primary().map(|span| span.source);
    let mut files: Vec<SourceId> = primary.into_iter().collect();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.source) {
            files.push(label.span.source);
        }
    }
    for file in files {
        draw_file(&mut out, diagnostic, sources, file, gutter);
    }
    draw_notes(&mut out, diagnostic, gutter);
    out
}

/// Appends one line without trailing blanks.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a `String` cannot fail.
    let _ = out.write_fmt(text);
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

/// Digits of the largest line number that is drawn.
fn gutter_width(diagnostic: &Diagnostic, sources: &Sources) -> usize {
    let lines = diagnostic.labels.iter().filter_map(|label| {
        Some(sources.get(label.span.source)?.line_column(label.span.start).line)
    });
    lines.max().unwrap_or(1).to_string().len()
}

fn draw_file(
    out: &mut String,
    diagnostic: &Diagnostic,
    sources: &Sources,
    file: SourceId,
    gutter: usize,
) {
    let Some(source) = sources.get(file) else { return };
    let mut by_line: BTreeMap<u32, Vec<&Label>> = BTreeMap::new();
    for label in diagnostic.labels.iter().filter(|label| label.span.source == file) {
        by_line.entry(source.line_column(label.span.start).line).or_default().push(label);
    }
    let first = diagnostic.labels.iter().filter(|label| label.span.source == file);
    let Some(head) = first.min_by_key(|label| label.role == Role::Cause) else { return };
    let place = source.line_column(head.span.start);
    line(out, format_args!("{:gutter$}--> {}:{}:{}", "", source.path, place.line, place.column));
    line(out, format_args!("{:gutter$} |", ""));
    for (number, labels) in by_line {
        let text = source.text.lines().nth(number as usize - 1).unwrap_or("");
        line(out, format_args!("{number:gutter$} | {}", text.replace('\t', " ")));
        for label in labels {
            let start = source.line_column(label.span.start).column as usize - 1;
            let covered = source.text.get(label.span.start as usize..label.span.end as usize);
            let width = covered.map_or(1, |it| it.lines().next().unwrap_or("").chars().count());
            let mark = if label.role == Role::Primary { "^" } else { "-" };
            let marks = mark.repeat(width.max(1));
            line(out, format_args!("{:gutter$} | {:start$}{marks} {}", "", "", label.text));
        }
    }
    line(out, format_args!("{:gutter$} |", ""));
}

fn draw_notes(out: &mut String, diagnostic: &Diagnostic, gutter: usize) {
    for note in &diagnostic.notes {
        let word = if note.kind == NoteKind::Note { "note" } else { "help" };
        for (number, text) in note.text.lines().enumerate() {
            match number {
                0 => line(out, format_args!("{:gutter$} = {word}: {text}", "")),
                _ => line(out, format_args!("{:gutter$}   {text}", "")),
            }
        }
    }
    for fix in &diagnostic.fixes {
        let sure = if fix.applicability == Applicability::Safe { "safe" } else { "unsafe" };
        line(out, format_args!("{:gutter$} = fix ({sure}): {}", "", fix.title));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::{Edit, Span};

    /// Marks `primary` and `cause` where they stand in `text`, and compares the drawing.
    #[track_caller]
    fn check(text: &str, primary: &str, cause: &str, expected: Expect) {
        let mut sources = Sources::default();
        let id = sources.add("policy/main.alloc", text);
        let span = |part: &str| {
            let start = text.find(part).expect("the part stands in the text") as u32;
            Span::new(id, start, start + part.len() as u32)
        };
        let edit = Edit { span: span(primary), text: "capacity".into() };
        let finding = Diagnostic::error("unknown-field", "`Pool` has no field `capcity`")
            .at(span(primary), "did you mean `capacity`?")
            .because_of(span(cause), "a row of `pools`")
            .note("`p` is a row of `pools: Pool`\nfields: id, capacity")
            .fix(Applicability::Safe, "`capcity` -> `capacity`", vec![edit]);
        expected.assert_eq(&render(&finding, &sources));
    }

    #[test]
    fn the_fault_and_its_cause_are_drawn_under_the_authors_lines() {
        check(
            "rule capacity {\n  for p in pools:\n    used[p] <= p.capcity[cpu]\n}\n",
            "capcity",
            "p in pools",
            expect![[r#"
                error[unknown-field]: `Pool` has no field `capcity`
                 --> policy/main.alloc:3:18
                  |
                2 |   for p in pools:
                  |       ---------- a row of `pools`
                3 |     used[p] <= p.capcity[cpu]
                  |                  ^^^^^^^ did you mean `capacity`?
                  |
                  = note: `p` is a row of `pools: Pool`
                    fields: id, capacity
                  = fix (safe): `capcity` -> `capacity`
            "#]],
        );
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        check(
            "let größe = p.capcity // of p\n",
            "capcity",
            "größe",
            expect![[r#"
                error[unknown-field]: `Pool` has no field `capcity`
                 --> policy/main.alloc:1:15
                  |
                1 | let größe = p.capcity // of p
                  |               ^^^^^^^ did you mean `capacity`?
                  |     ----- a row of `pools`
                  |
                  = note: `p` is a row of `pools: Pool`
                    fields: id, capacity
                  = fix (safe): `capcity` -> `capacity`
            "#]],
        );
    }
}

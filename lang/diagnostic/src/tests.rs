//! Findings and their drawings.

mod properties;
mod specimens;

use expect_test::Expect;

use crate::{Diagnostic, RenderOptions, SourceId, Sources, Span, render_with};

/// A policy whose text begins at a line, so that line numbers are as in a longer file.
struct Text {
    sources: Sources,
    id: SourceId,
    text: String,
}

impl Text {
    fn new(path: &str, first_line: usize, text: &str) -> Text {
        let text = "\n".repeat(first_line - 1) + text;
        let mut sources = Sources::default();
        let id = sources.add(path, text.as_str());
        Text { sources, id, text }
    }

    /// Where `part` stands first.
    #[track_caller]
    fn span(&self, part: &str) -> Span {
        let start = self.text.find(part).expect("the part stands in the text") as u32;
        Span::new(self.id, start, start + part.len() as u32)
    }

    /// The line that begins with `part`, to be shown without a mark.
    #[track_caller]
    fn context(&self, part: &str) -> Span {
        let start = self.span(part).start;
        Span::new(self.id, start, start)
    }
}

/// Compares the drawing of a finding with what is expected.
#[track_caller]
fn check(text: &Text, finding: &Diagnostic, expected: Expect) {
    check_with(text, finding, RenderOptions::default(), expected);
}

#[track_caller]
fn check_with(text: &Text, finding: &Diagnostic, options: RenderOptions, expected: Expect) {
    expected.assert_eq(&render_with(finding, &text.sources, &options));
}

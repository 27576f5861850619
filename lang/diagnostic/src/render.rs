//! A finding as a person reads it: headline, place, the author's own lines with underlines, cells, notes.

mod cells;
mod excerpt;
mod notes;
mod page;
mod wrap;

use crate::{Diagnostic, Severity, Sources};
use page::{Ink, Page};

/// How findings are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Characters per line that prose is wrapped at; the author's own lines are never broken.
    pub width: usize,
    /// Whether to repeat in colour what the words say.
    pub color: bool,
    /// Whether to write `×`, `…`, `≥` and their like in ASCII; the author's own lines stay as they are.
    pub ascii: bool,
}

impl Default for RenderOptions {
    fn default() -> RenderOptions {
        RenderOptions { width: 100, color: false, ascii: false }
    }
}

/// Draws one finding at 100 characters without colour, ending in a newline.
pub fn render(diagnostic: &Diagnostic, sources: &Sources) -> String {
    render_with(diagnostic, sources, &RenderOptions::default())
}

/// Draws one finding, ending in a newline.
///
/// Labels of one file are drawn together, each marked line once, in order; lines between two marked
/// lines are left out. A label whose source is unknown is left out too. A finding without a place in a
/// text has its cells and notes below the headline.
pub fn render_with(diagnostic: &Diagnostic, sources: &Sources, options: &RenderOptions) -> String {
    let mut page = Page::new(*options);
    let (word, ink) = match diagnostic.severity {
        Severity::Error => ("error", Ink::Error),
        Severity::Warning => ("warning", Ink::Warning),
        Severity::Note => ("note", Ink::Note),
    };
    page.ink(ink, &format!("{word}[{}]", diagnostic.code));
    page.ink(Ink::Strong, &format!(": {}", page.plain(&diagnostic.message)));
    page.end_line();
    let drawn = excerpt::draw(&mut page, diagnostic, sources, ink);
    cells::draw(&mut page, diagnostic);
    notes::draw(&mut page, diagnostic, drawn);
    page.finish()
}

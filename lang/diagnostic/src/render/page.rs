//! The text under construction.

use crate::RenderOptions;

/// What a stretch of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Error,
    Warning,
    Note,
    /// Line numbers, bars and the underlines of causes.
    Frame,
    Strong,
}

/// Lines as they are written.
pub(super) struct Page {
    pub(super) options: RenderOptions,
    done: String,
    line: String,
}

impl Page {
    pub(super) fn new(options: RenderOptions) -> Page {
        Page { options, done: String::new(), line: String::new() }
    }

    /// Appends a stretch of text in its colour.
    pub(super) fn ink(&mut self, ink: Ink, text: &str) {
        if !self.options.color || text.trim().is_empty() {
            self.line.push_str(text);
            return;
        }
        let code = match ink {
            Ink::Error => "1;31",
            Ink::Warning => "1;33",
            Ink::Note => "1;36",
            Ink::Frame => "34",
            Ink::Strong => "1",
        };
        self.line.push_str(&format!("\u{1b}[{code}m{text}\u{1b}[0m"));
    }

    /// Appends text without colour.
    pub(super) fn text(&mut self, text: &str) {
        self.line.push_str(text);
    }

    /// Ends the line, without trailing blanks.
    pub(super) fn end_line(&mut self) {
        self.done.push_str(self.line.trim_end_matches(' '));
        self.done.push('\n');
        self.line.clear();
    }

    /// Our own words, in ASCII where that is asked for, and without characters that steer a terminal.
    pub(super) fn plain(&self, text: &str) -> String {
        let text = without_controls(text);
        if !self.options.ascii {
            return text;
        }
        let mut plain = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '×' => plain.push('x'),
                '…' => plain.push_str("..."),
                '≥' => plain.push_str(">="),
                '≤' => plain.push_str("<="),
                '≠' => plain.push_str("!="),
                '→' => plain.push_str("->"),
                '−' | '–' => plain.push('-'),
                '·' => plain.push('*'),
                '²' => plain.push_str("^2"),
                '\u{2009}' | '\u{202f}' | '\u{a0}' => plain.push(' '),
                other => plain.push(other),
            }
        }
        plain
    }

    pub(super) fn finish(self) -> String {
        self.done
    }
}

/// The text with tabs as one blank and every other control character, and those that turn the direction of
/// writing, as a replacement character, so that positions stay and a terminal is never steered by what it
/// shows.
pub(super) fn without_controls(text: &str) -> String {
    let shown = |character: char| match character {
        '\t' => ' ',
        '\n' => '\n',
        control if control.is_control() => char::REPLACEMENT_CHARACTER,
        '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        other => other,
    };
    text.chars().map(shown).collect()
}

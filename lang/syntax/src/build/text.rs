//! Texts in quotes: escapes and holes.

use smol_str::{SmolStr, SmolStrBuilder};

use super::Builder;
use crate::ast::{Expr, Range, Text, TextPart};
use crate::error::SyntaxErrorKind;

impl Builder<'_> {
    /// The text that a token spells; with `holes`, `{…}` in it is read as an expression.
    pub(super) fn text_at(&self, token: usize, holes: bool) -> Text {
        let range = self.token_range(token);
        let word = self.word(token);
        let inner = word.get(1..).unwrap_or_default();
        let closed = inner.strip_suffix(|last| word.starts_with(last)).unwrap_or(inner);
        let mut reader = TextReader { builder: self, at: range.start + 1, rest: closed };
        if !word.contains(['\\', '{', '}']) || !holes && !word.contains('\\') {
            let value = SmolStr::new(closed);
            let parts = if holes && !closed.is_empty() {
                vec![TextPart::Literal(value.clone())]
            } else {
                Vec::new()
            };
            return Text { value, parts, range };
        }
        let (value, parts) = reader.read(holes);
        Text { value, parts, range }
    }
}

struct TextReader<'reader, 'item> {
    builder: &'reader Builder<'item>,
    /// Where `rest` begins in the item.
    at: u32,
    rest: &'item str,
}

impl TextReader<'_, '_> {
    fn read(&mut self, holes: bool) -> (SmolStr, Vec<TextPart>) {
        let mut value = SmolStrBuilder::new();
        let mut literal = SmolStrBuilder::new();
        let mut parts = Vec::new();
        while let Some(next) = self.rest.chars().next() {
            if next == '{' && holes {
                let finished = std::mem::replace(&mut literal, SmolStrBuilder::new()).finish();
                if !finished.is_empty() {
                    parts.push(TextPart::Literal(finished));
                }
                let (source, hole) = self.hole();
                value.push_str(source);
                parts.extend(hole.map(TextPart::Hole));
                continue;
            }
            let character =
                if next == '\\' { self.escape() } else { Some(self.skip(next.len_utf8(), next)) };
            if let Some(character) = character {
                value.push(character);
                literal.push(character);
            }
        }
        let finished = literal.finish();
        if holes && !finished.is_empty() {
            parts.push(TextPart::Literal(finished));
        }
        (value.finish(), parts)
    }

    fn skip<T>(&mut self, bytes: usize, result: T) -> T {
        self.at += bytes as u32;
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        result
    }
}

impl<'item> TextReader<'_, 'item> {
    /// Reads `{…}`: its text and, if it holds anything, its expression.
    fn hole(&mut self) -> (&'item str, Option<Expr>) {
        let (start, length) = (self.at, hole_length(self.rest));
        let source = self.rest.get(..length).unwrap_or(self.rest);
        self.skip(source.len(), ());
        let inner = source.strip_prefix('{').unwrap_or(source);
        let inner = inner.strip_suffix('}').unwrap_or(inner);
        (source, self.builder.hole(inner, start + 1))
    }

    /// Reads an escape; none if it is unknown, which is reported.
    fn escape(&mut self) -> Option<char> {
        let start = self.at;
        let letter = self.rest[1..].chars().next();
        let (length, character) = match letter {
            Some('a') => (2, Some('\u{7}')),
            Some('b') => (2, Some('\u{8}')),
            Some('f') => (2, Some('\u{c}')),
            Some('n') => (2, Some('\n')),
            Some('r') => (2, Some('\r')),
            Some('t') => (2, Some('\t')),
            Some('v') => (2, Some('\u{b}')),
            Some(same @ ('\\' | '?' | '"' | '\'' | '`' | '{' | '}')) => (2, Some(same)),
            Some('x' | 'X') => self.code(2, 2, 16),
            Some('u') => self.code(2, 4, 16),
            Some('U') => self.code(2, 8, 16),
            Some('0'..='3') => self.code(1, 3, 8),
            other => (1 + other.map_or(0, char::len_utf8), None),
        };
        let escape = SmolStr::new(self.rest.get(..length).unwrap_or(self.rest));
        self.skip(length, ());
        if character.is_none() {
            let range = Range { start, end: self.at };
            self.builder.error(range, SyntaxErrorKind::UnknownEscape { escape });
        }
        character
    }

    /// The length of an escape whose `digits` begin after `skip` bytes, and its character.
    fn code(&self, skip: usize, digits: usize, radix: u32) -> (usize, Option<char>) {
        let code = self.rest.get(skip..skip + digits);
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match code.and_then(|code| u32::from_str_radix(code, radix).ok()).and_then(char::from_u32) {
            Some(character) => (skip + digits, Some(character)),
            None => (2, None),
        }
    }
}

/// How many bytes the hole at the start of `text` has, its braces included.
fn hole_length(text: &str) -> usize {
    let (mut depth, mut quote) = (0, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
        if depth == 0 {
            return at + character.len_utf8();
        }
    }
    text.len()
}

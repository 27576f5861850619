//! Text to tokens, blanks and comments included: the tokens of a text, end to end, are the text.
//!
//! A number's unit, and whether `%` follows a number or divides, depends on what stands before; the
//! layout decides that. Here a token is what its characters say.

use crate::ast::Range;
use crate::kind::{Kind, word_kind};

/// A stretch of text that is one word, number, sign, comment or blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub class: TokenClass,
    /// Where it stands.
    pub range: Range,
}

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// Blanks and tabs.
    Blank,
    /// One end of a line.
    Newline,
    /// `// …` up to the end of its line.
    Comment,
    /// `/// …` up to the end of its line.
    DocComment,
    /// A word, whether it has a meaning of its own or not.
    Word,
    /// `1_200_000`, `0.5`, `1e-3`
    Number,
    /// `2027-01-31`, `2027-01-31T10:00:00Z`
    Date,
    /// `"…"` or `'…'`; without its second quote where the line ends first.
    Text,
    /// A sign such as `<=` or `{`.
    Sign,
    /// A character without a meaning.
    Unknown,
}

/// All tokens of a text; their ranges follow each other without a gap.
pub fn tokens(text: &str) -> Vec<Token> {
    Lexer::new(text)
        .map(|lexeme| Token {
            class: lexeme.class(),
            range: Range { start: lexeme.start, end: lexeme.end },
        })
        .collect()
}

/// A token with its kind for the grammar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    pub(crate) what: What,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Whether the grammar sees a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Blank,
    Newline,
    Comment,
    DocComment,
    Token(Kind),
}

impl Lexeme {
    fn class(self) -> TokenClass {
        match self.what {
            What::Blank => TokenClass::Blank,
            What::Newline => TokenClass::Newline,
            What::Comment => TokenClass::Comment,
            What::DocComment => TokenClass::DocComment,
            What::Token(Kind::Number) => TokenClass::Number,
            What::Token(Kind::Date) => TokenClass::Date,
            What::Token(Kind::Text) => TokenClass::Text,
            What::Token(Kind::Unknown) => TokenClass::Unknown,
            What::Token(kind) if kind.is_word() => TokenClass::Word,
            What::Token(_) => TokenClass::Sign,
        }
    }
}

/// Yields the tokens of a text in order.
pub(crate) struct Lexer<'text> {
    text: &'text str,
    at: usize,
}

impl<'text> Lexer<'text> {
    pub(crate) fn new(text: &'text str) -> Lexer<'text> {
        Lexer { text, at: 0 }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// The first place from `at` on whose byte does not satisfy `test`.
    fn skip(&self, mut at: usize, test: impl Fn(u8) -> bool) -> usize {
        let bytes = self.text.as_bytes();
        while at < bytes.len() && test(bytes[at]) {
            at += 1;
        }
        at
    }

    fn lex(&self, start: usize) -> (What, usize) {
        match self.byte(start) {
            b' ' | b'\t' => (What::Blank, self.skip(start, |byte| matches!(byte, b' ' | b'\t'))),
            b'\n' => (What::Newline, start + 1),
            b'\r' if self.byte(start + 1) == b'\n' => (What::Newline, start + 2),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let end = self.word_end(start);
                (What::Token(word_kind(&self.text[start..end])), end)
            }
            b'0'..=b'9' => {
                let (kind, end) = self.number(start);
                (What::Token(kind), end)
            }
            b'"' | b'\'' => (What::Token(Kind::Text), self.quoted(start)),
            b'/' if self.byte(start + 1) == b'/' => {
                let doc = self.byte(start + 2) == b'/' && self.byte(start + 3) != b'/';
                let what = if doc { What::DocComment } else { What::Comment };
                (what, self.end_of_line(start))
            }
            0x80.. => {
                let character = self.text[start..].chars().next().unwrap_or_default();
                if character.is_alphanumeric() {
                    (What::Token(Kind::Word), self.word_end(start))
                } else {
                    (What::Token(Kind::Unknown), start + character.len_utf8())
                }
            }
            _ => {
                let (kind, end) = self.sign(start);
                (What::Token(kind), end)
            }
        }
    }

    fn word_end(&self, start: usize) -> usize {
        let end = self.skip(start, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if self.byte(end) < 0x80 {
            return end;
        }
        let rest = &self.text[end..];
        let other = rest.find(|character: char| !character.is_alphanumeric() && character != '_');
        other.map_or(self.text.len(), |length| end + length)
    }

    fn number(&self, start: usize) -> (Kind, usize) {
        if let Some(end) = self.date(start) {
            return (Kind::Date, end);
        }
        let digits = |at| self.skip(at, |byte| byte.is_ascii_digit() || byte == b'_');
        let mut end = digits(start);
        if self.byte(end) == b'.' && self.byte(end + 1).is_ascii_digit() {
            end = digits(end + 1);
        }
        if matches!(self.byte(end), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
            if self.byte(end + 1 + sign).is_ascii_digit() {
                end = digits(end + 1 + sign);
            }
        }
        (Kind::Number, end)
    }

    /// The end of `2027-01-31` or `2027-01-31T10:00:00+02:00`, if one starts here.
    fn date(&self, start: usize) -> Option<usize> {
        let shape = self.text.as_bytes().get(start..start + 10)?;
        let fits = |(at, byte): (usize, &u8)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        let end = start + 10;
        if !shape.iter().enumerate().all(fits) || self.byte(end).is_ascii_digit() {
            return None;
        }
        if self.byte(end) != b'T' || !self.byte(end + 1).is_ascii_digit() {
            return Some(end);
        }
        let end = self.skip(end + 1, |byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
        match self.byte(end) {
            b'Z' => Some(end + 1),
            b'+' | b'-' if self.byte(end + 1).is_ascii_digit() => {
                Some(self.skip(end + 1, |byte| byte.is_ascii_digit() || byte == b':'))
            }
            _ => Some(end),
        }
    }

    /// The end of the text in quotes that starts here: its second quote or the end of the line.
    fn quoted(&self, start: usize) -> usize {
        let quote = self.byte(start);
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while let Some(length) = memchr::memchr3(quote, b'\\', b'\n', &bytes[at..]) {
            at += length;
            match bytes[at] {
                b'\n' => return self.end_of_line(at),
                b'\\' if matches!(self.byte(at + 1), b'\\' | b'"' | b'\'') => at += 2,
                b'\\' => at += 1,
                _ => return at + 1,
            }
        }
        bytes.len()
    }

    /// The end of the line that `at` lies in, before its line break.
    fn end_of_line(&self, at: usize) -> usize {
        let rest = &self.text.as_bytes()[at..];
        let end = memchr::memchr(b'\n', rest).map_or(self.text.len(), |length| at + length);
        if end > 0 && end < self.text.len() && self.byte(end - 1) == b'\r' { end - 1 } else { end }
    }

    fn sign(&self, start: usize) -> (Kind, usize) {
        let (first, second) = (self.byte(start), self.byte(start + 1));
        let long = match (first, second) {
            (b'=', b'=') => Some(Kind::Equal),
            (b'!', b'=') => Some(Kind::NotEqual),
            (b'<', b'=') => Some(Kind::LessEqual),
            (b'>', b'=') => Some(Kind::GreaterEqual),
            (b'&', b'&') => Some(Kind::And),
            (b'|', b'|') => Some(Kind::Or),
            (b'?', b'?') => Some(Kind::Default),
            (b'.', b'.') => Some(Kind::Range),
            _ => None,
        };
        if let Some(kind) = long {
            return (kind, start + 2);
        }
        let short = match first {
            b'(' => Kind::ParenOpen,
            b')' => Kind::ParenClose,
            b'[' => Kind::BracketOpen,
            b']' => Kind::BracketClose,
            b'{' => Kind::BraceOpen,
            b'}' => Kind::BraceClose,
            b'<' => Kind::Less,
            b'>' => Kind::Greater,
            b',' => Kind::Comma,
            b':' => Kind::Colon,
            b';' => Kind::Semicolon,
            b'.' => Kind::Dot,
            b'?' => Kind::Question,
            b'!' => Kind::Not,
            b'+' => Kind::Plus,
            b'-' => Kind::Minus,
            b'*' => Kind::Star,
            b'/' => Kind::Slash,
            b'%' => Kind::Percent,
            b'=' => Kind::Assign,
            _ => Kind::Unknown,
        };
        (short, start + 1)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        if self.at >= self.text.len() {
            return None;
        }
        let (what, end) = self.lex(self.at);
        let lexeme = Lexeme { what, start: self.at as u32, end: end as u32 };
        self.at = end;
        Some(lexeme)
    }
}

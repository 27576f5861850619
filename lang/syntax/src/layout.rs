//! Tokens as the grammar wants them: without blanks and comments, with ends of lines where they mean
//! something, and with the kinds that depend on what stands around a token.

use crate::ast::Range;
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::kind::Kind;
use crate::lexer::{Lexeme, Lexer, What};

/// The most brackets, `for`s and `if`s that may stand inside each other: 64.
pub const MAX_NESTING: usize = 64;

/// The tokens of one item.
#[derive(Default)]
pub(crate) struct Layout {
    /// Where the first byte stands in the item.
    pub(crate) origin: u32,
    /// One character for each token.
    pub(crate) kinds: String,
    /// Where each token stands.
    pub(crate) ranges: Vec<Range>,
    /// Doc comments, each with the number of the token that follows it.
    pub(crate) docs: Vec<(usize, Range)>,
    /// What is wrong with the tokens themselves.
    pub(crate) errors: Vec<SyntaxError>,
    /// Tokens that are read as if another word stood there.
    pub(crate) respelled: Vec<(usize, &'static str)>,
    /// The first token from which on the grammar could nest deeper than [`MAX_NESTING`].
    pub(crate) too_deep: Option<Range>,
}

/// Reads the tokens of an item.
pub(crate) fn layout(text: &str) -> Layout {
    let mut reader = Reader::new(text);
    for lexeme in Lexer::new(text) {
        reader.read(lexeme);
    }
    reader.finish()
}

/// What is open at a place of the text.
#[derive(Clone, Copy)]
struct Level {
    /// The kind of the bracket, or `Start` for the item itself.
    bracket: Kind,
    /// The number of the bracket's token.
    token: usize,
    nesting: Nesting,
}

/// Everything but brackets that makes the grammar descend.
#[derive(Clone, Copy, Default)]
struct Nesting {
    /// `for` and `if` that are the body of another one, without braces.
    statements: usize,
    /// `?` still without its `:`.
    conditions: usize,
    /// `set<` and `map<` still without their `>`.
    types: usize,
}

impl Nesting {
    fn total(self) -> usize {
        self.statements + self.conditions + self.types
    }
}

struct Reader<'text> {
    text: &'text str,
    kinds: Vec<u8>,
    out: Layout,
    /// What is open, innermost last; never empty.
    levels: Vec<Level>,
    /// How many of the levels are braces.
    braces: usize,
    /// The nesting of all levels but the last.
    outer_nesting: usize,
    /// The last token and, before it, the second last.
    previous: [Kind; 2],
    /// One past the last byte of the last token.
    previous_end: u32,
    /// Whether a line has ended since the last token.
    new_line: bool,
    /// How many `-` and `!` stand in a row.
    prefixes: usize,
}

impl<'text> Reader<'text> {
    fn new(text: &'text str) -> Reader<'text> {
        let ground = Level { bracket: Kind::Start, token: 0, nesting: Nesting::default() };
        let size = text.len() / 3 + 1;
        Reader {
            text,
            kinds: Vec::with_capacity(size),
            out: Layout { ranges: Vec::with_capacity(size), ..Layout::default() },
            levels: vec![ground],
            braces: 0,
            outer_nesting: 0,
            previous: [Kind::Start; 2],
            previous_end: 0,
            new_line: false,
            prefixes: 0,
        }
    }

    fn read(&mut self, lexeme: Lexeme) {
        match lexeme.what {
            What::Blank | What::Comment => {}
            What::Newline => self.new_line = true,
            What::DocComment => {
                let range = Range { start: lexeme.start, end: lexeme.end };
                self.out.docs.push((usize::MAX, range));
            }
            What::Token(kind) => self.token(kind, lexeme),
        }
    }

    fn token(&mut self, kind: Kind, lexeme: Lexeme) {
        let kind = self.in_context(kind, lexeme);
        if self.ends_line(kind, lexeme) {
            self.close_parentheses();
            let end = self.previous_end;
            self.push(Kind::Line, Range { start: end, end });
        }
        self.check(kind, lexeme);
        let kind = self.nest(kind);
        let range = Range { start: lexeme.start, end: lexeme.end };
        if self.out.too_deep.is_none() && self.depth() > MAX_NESTING {
            self.out.too_deep = Some(range);
        }
        for doc in self.out.docs.iter_mut().rev().take_while(|doc| doc.0 == usize::MAX) {
            doc.0 = self.kinds.len();
        }
        self.push(kind, range);
        self.previous_end = lexeme.end;
        self.new_line = false;
    }

    fn push(&mut self, kind: Kind, range: Range) {
        self.kinds.push(kind as u8);
        self.out.ranges.push(range);
        self.previous = [kind, self.previous[0]];
    }

    /// The kind of a token, seen with its neighbours.
    fn in_context(&self, kind: Kind, lexeme: Lexeme) -> Kind {
        let after = self.text.as_bytes().get(lexeme.end as usize).copied().unwrap_or(b' ');
        let glued = lexeme.start == self.previous_end;
        let after_number = self.previous[0] == Kind::Number && !self.new_line;
        match kind {
            Kind::Word | Kind::Aggregate if after_number => Kind::Unit,
            Kind::Percent if after_number && !after.is_ascii_digit() && after != b'(' => {
                Kind::PercentUnit
            }
            Kind::Slash if glued && (after.is_ascii_alphabetic() || after >= 0x80) => {
                Kind::SlashTight
            }
            Kind::Greater if self.levels.last().is_some_and(|level| level.nesting.types > 0) => {
                Kind::AngleClose
            }
            _ => kind,
        }
    }

    /// Whether the line before this token has ended a line of a block.
    fn ends_line(&self, kind: Kind, lexeme: Lexeme) -> bool {
        if !self.new_line || !kind.starts_operand() || kind == Kind::BraceOpen {
            return false;
        }
        let optional_type = self.previous[0] == Kind::Question && self.glued_question(lexeme);
        let complete = self.previous[0].ends_operand() || optional_type;
        let continues = matches!(kind, Kind::ParenOpen | Kind::BracketOpen);
        complete && (self.braces > 0 || continues)
    }

    /// Whether the `?` before `lexeme` is the last sign of a type: no blank stands before it.
    fn glued_question(&self, lexeme: Lexeme) -> bool {
        let before = &self.text[..lexeme.start.min(self.previous_end) as usize];
        before.trim_end_matches('?').ends_with(|last: char| !last.is_whitespace())
    }

    /// Reports a token that is wrong by itself.
    fn check(&mut self, kind: Kind, lexeme: Lexeme) {
        let Some(text) = self.text.get(lexeme.start as usize..lexeme.end as usize) else { return };
        let error = match kind {
            Kind::Unknown => {
                let character = text.chars().next().unwrap_or_default();
                SyntaxErrorKind::UnknownCharacter { character }
            }
            Kind::Text if !is_closed(text) => SyntaxErrorKind::UnclosedText,
            _ => return,
        };
        let range = Range { start: lexeme.start, end: lexeme.end };
        self.out.errors.push(SyntaxError { kind: error, range });
    }

    /// Follows brackets and whatever else nests; gives the kind of a brace that has no partner.
    fn nest(&mut self, kind: Kind) -> Kind {
        self.prefixes = match kind {
            Kind::Minus | Kind::Not => self.prefixes + 1,
            _ => 0,
        };
        let [previous, second] = self.previous;
        let nesting = self.nesting();
        match kind {
            Kind::For | Kind::If => {
                let inside = matches!(previous, Kind::Colon | Kind::Then | Kind::Else);
                nesting.statements = if inside { nesting.statements + 1 } else { 0 };
            }
            Kind::Question => nesting.conditions += 1,
            Kind::Colon => nesting.conditions = nesting.conditions.saturating_sub(1),
            Kind::Comma | Kind::Semicolon | Kind::Assign => nesting.conditions = 0,
            Kind::Set | Kind::Map if !matches!(previous, Kind::Less | Kind::Comma) => {
                nesting.types = 0;
            }
            Kind::Less if matches!(previous, Kind::Set | Kind::Map) && second != Kind::Dot => {
                nesting.types += 1;
            }
            Kind::AngleClose => nesting.types = nesting.types.saturating_sub(1),
            Kind::ParenOpen | Kind::BracketOpen | Kind::BraceOpen => self.open(kind),
            Kind::ParenClose => self.close(Kind::ParenOpen),
            Kind::BracketClose => self.close(Kind::BracketOpen),
            Kind::BraceClose if self.braces == 0 => return Kind::BraceStray,
            Kind::BraceClose => {
                self.close_parentheses();
                self.close(Kind::BraceOpen);
            }
            _ => {}
        }
        kind
    }

    /// How deep the grammar may be at the last token that was followed.
    fn depth(&mut self) -> usize {
        let nesting = self.nesting().total();
        self.levels.len() - 1 + self.outer_nesting + nesting + self.prefixes
    }

    fn nesting(&mut self) -> &mut Nesting {
        let last = self.levels.len() - 1;
        &mut self.levels[last].nesting
    }

    fn open(&mut self, bracket: Kind) {
        self.outer_nesting += self.nesting().total();
        let token = self.kinds.len();
        self.levels.push(Level { bracket, token, nesting: Nesting::default() });
        self.braces += usize::from(bracket == Kind::BraceOpen);
    }

    /// Closes the innermost level if it is a `bracket`.
    fn close(&mut self, bracket: Kind) {
        if self.levels.last().is_none_or(|level| level.bracket != bracket) {
            return;
        }
        self.levels.pop();
        self.outer_nesting -= self.nesting().total();
        self.braces -= usize::from(bracket == Kind::BraceOpen);
    }

    /// A new line of a block or its end leaves all parentheses inside the block behind.
    fn close_parentheses(&mut self) {
        while let Some(Level { bracket: bracket @ (Kind::ParenOpen | Kind::BracketOpen), .. }) =
            self.levels.last()
        {
            self.close(*bracket);
        }
        *self.nesting() = Nesting { statements: self.nesting().statements, ..Nesting::default() };
    }

    fn finish(mut self) -> Layout {
        for level in self.levels.iter().filter(|level| level.bracket == Kind::BraceOpen) {
            self.kinds[level.token] = Kind::BraceUnclosed as u8;
            self.out.errors.push(SyntaxError {
                kind: SyntaxErrorKind::UnclosedBrace,
                range: self.out.ranges[level.token],
            });
        }
        self.out.kinds = self.kinds.into_iter().map(char::from).collect();
        self.out
    }
}

fn is_closed(text: &str) -> bool {
    let mut characters = text.chars();
    let quote = characters.next();
    let mut escaped = false;
    for character in characters {
        if !escaped && Some(character) == quote {
            return true;
        }
        escaped = character == '\\' && !escaped;
    }
    false
}

impl Layout {
    /// How many tokens there are.
    pub(crate) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// From the first token to the last.
    pub(crate) fn range(&self) -> Range {
        let start = self.ranges.first().map_or(0, |range| range.start);
        Range { start, end: self.ranges.last().map_or(start, |range| range.end) }
    }

    /// Moves every place by `bytes`.
    pub(crate) fn shift(&mut self, bytes: u32) {
        self.origin += bytes;
        let docs = self.docs.iter_mut().map(|doc| &mut doc.1).chain(&mut self.too_deep);
        let errors = self.errors.iter_mut().map(|error| &mut error.range);
        for range in self.ranges.iter_mut().chain(docs).chain(errors) {
            *range = Range { start: range.start + bytes, end: range.end + bytes };
        }
    }

    /// Reads a token as if `word`, which is of a `kind`, stood there.
    pub(crate) fn respell(&mut self, token: usize, word: &'static str, kind: Kind) {
        self.set_kind(token, kind);
        self.respelled.push((token, word));
    }

    /// Takes the last [`Layout::respell`] back; `kind` is what the token was.
    pub(crate) fn unspell(&mut self, kind: Kind) {
        if let Some((token, _)) = self.respelled.pop() {
            self.set_kind(token, kind);
        }
    }

    fn set_kind(&mut self, token: usize, kind: Kind) {
        let kind = char::from(kind as u8);
        self.kinds.replace_range(token..token + 1, kind.encode_utf8(&mut [0; 4]));
    }

    /// The character that stands for the token at `at`; 0 past the end.
    pub(crate) fn kind(&self, at: usize) -> u8 {
        self.kinds.as_bytes().get(at).copied().unwrap_or(0)
    }
}

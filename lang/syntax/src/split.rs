//! Where the top-level items of a text begin and end, without reading the items.
//!
//! An item begins with a word that starts items, followed by what can follow that word: at the start
//! of a line outside of all brackets, right after `}` or `;`, and at the very start of any line even
//! inside brackets, so that a brace that is never closed does not swallow the items after it.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::kind::Kind;
use crate::lexer::{Lexeme, Lexer, What};

/// One top-level item of a text, not yet read. Between two chunks there are only blanks and comments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chunk {
    /// The word that starts the item; `None` where it is no such word.
    pub keyword: Option<ItemKeyword>,
    /// The item's name as far as it can be seen without reading the item; may be empty.
    pub name: SmolStr,
    /// How many chunks before this one have the same keyword and name.
    pub ordinal: u32,
    /// First byte: that of the item's doc comment, or of its first word.
    pub start: u32,
    /// One past the last byte of the last token.
    pub end: u32,
}

impl Chunk {
    /// The chunk's stretch of the text that it was split from.
    pub fn text<'text>(&self, text: &'text str) -> &'text str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Declares [`ItemKeyword`] with the words as they are written.
macro_rules! item_keywords {
    ($($variant:ident $word:literal,)*) => {
        /// The words that start an item.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is the word that it is named after")]
        pub enum ItemKeyword { $($variant,)* }

        impl ItemKeyword {
            /// The word as it is written.
            pub fn word(self) -> &'static str {
                match self { $(ItemKeyword::$variant => $word,)* }
            }

            fn of(word: &str) -> Option<ItemKeyword> {
                match word {
                    $($word => Some(ItemKeyword::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

item_keywords! {
    Edition "edition",
    Use "use",
    Param "param",
    Enum "enum",
    Entity "entity",
    Resource "resource",
    Slots "slots",
    Input "input",
    Forecast "forecast",
    Place "place",
    Decide "decide",
    Let "let",
    Report "report",
    Rule "rule",
    Compliance "compliance",
    Sla "sla",
    Priority "priority",
    Fairness "fairness",
    Budget "budget",
    Objective "objective",
    Test "test",
    Pattern "pattern",
    Tighten "tighten",
    Loosen "loosen",
}

/// Finds the top-level items of a text in one pass.
pub fn split(text: &str) -> Vec<Chunk> {
    let mut splitter = Splitter { text, ..Splitter::default() };
    for lexeme in Lexer::new(text) {
        splitter.read(lexeme);
    }
    splitter.finish()
}

#[derive(Default)]
struct Splitter<'text> {
    text: &'text str,
    chunks: Vec<Chunk>,
    ordinals: HashMap<(Option<ItemKeyword>, SmolStr), u32>,
    /// A token that starts an item if the next one fits.
    candidate: Option<Candidate>,
    /// How many brackets are open.
    depth: usize,
    /// The last token, `None` at the start of the text.
    previous: Option<Kind>,
    /// One past the last byte of the last token.
    previous_end: u32,
    /// Whether a line has ended since the last token, or none was read yet.
    new_line: bool,
    /// The first of the doc comments since the last token.
    doc: Option<u32>,
}

/// A word that may start an item.
#[derive(Clone, Copy)]
struct Candidate {
    kind: Kind,
    word: Lexeme,
    /// The first byte of the item with its doc comment.
    start: u32,
    /// Where the item before it would end.
    previous_end: u32,
    /// The rule of the place: the item before it must be over.
    outside: bool,
}

impl Splitter<'_> {
    fn read(&mut self, lexeme: Lexeme) {
        match lexeme.what {
            What::Blank | What::Comment => {}
            What::Newline => self.new_line = true,
            What::DocComment => self.doc = self.doc.or(Some(lexeme.start)),
            What::Token(kind) => {
                self.token(kind, lexeme);
                self.previous = Some(kind);
                self.previous_end = lexeme.end;
                self.new_line = false;
                self.doc = None;
            }
        }
    }

    fn token(&mut self, kind: Kind, lexeme: Lexeme) {
        if let Some(candidate) = self.candidate.take()
            && candidate.fits(kind, self.new_line)
        {
            self.start(candidate, lexeme, kind);
        }
        let start = self.doc.unwrap_or(lexeme.start);
        if self.chunks.is_empty() && self.previous.is_none() {
            // Whatever comes first starts the first chunk; its name is known with the next token.
            self.candidate = Some(self.candidate_at(kind, lexeme, start));
            self.open_chunk(kind, lexeme, start);
        } else if self.may_start(kind, lexeme) {
            self.candidate = Some(self.candidate_at(kind, lexeme, start));
        }
        match kind {
            Kind::ParenOpen | Kind::BracketOpen | Kind::BraceOpen => self.depth += 1,
            Kind::ParenClose | Kind::BracketClose | Kind::BraceClose => {
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn candidate_at(&self, kind: Kind, word: Lexeme, start: u32) -> Candidate {
        let outside = self.depth == 0;
        Candidate { kind, word, start, previous_end: self.previous_end, outside }
    }

    /// Whether the place of a token is one where an item may begin.
    fn may_start(&self, kind: Kind, lexeme: Lexeme) -> bool {
        let first_column = lexeme.start == 0
            || self.text.as_bytes().get(lexeme.start as usize - 1) == Some(&b'\n');
        let after_end = matches!(self.previous, Some(Kind::BraceClose | Kind::Semicolon));
        if kind.starts_item() {
            return first_column || self.depth == 0 && (self.new_line || after_end);
        }
        kind == Kind::Word && self.depth == 0 && first_column
    }

    /// Begins the item of a candidate, whose next token is `next`.
    fn start(&mut self, candidate: Candidate, next: Lexeme, kind: Kind) {
        let named = kind.is_name() || kind == Kind::Text;
        let name = if named { self.slice(next.start, next.end) } else { "" };
        let name = SmolStr::new(name.trim_matches(['"', '\'']));
        let is_open = self.chunks.last().is_some_and(|chunk| chunk.start == candidate.start);
        if !is_open {
            self.close_chunk(candidate.previous_end);
            self.open_chunk(candidate.kind, candidate.word, candidate.start);
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.name = name;
        }
        self.depth = 0;
    }

    fn slice(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn open_chunk(&mut self, kind: Kind, word: Lexeme, start: u32) {
        let keyword = ItemKeyword::of(self.slice(word.start, word.end));
        let keyword = keyword.filter(|_| kind.starts_item());
        self.chunks.push(Chunk {
            keyword,
            name: SmolStr::default(),
            ordinal: 0,
            start,
            end: start,
        });
    }

    /// Ends the last chunk, whose keyword and name are known by now.
    fn close_chunk(&mut self, end: u32) {
        let Some(chunk) = self.chunks.last_mut() else { return };
        chunk.end = end;
        let next = self.ordinals.entry((chunk.keyword, chunk.name.clone())).or_default();
        chunk.ordinal = *next;
        *next += 1;
    }

    fn finish(mut self) -> Vec<Chunk> {
        self.close_chunk(self.previous_end);
        self.chunks
    }
}

impl Candidate {
    /// Whether `next` can follow the word if it starts an item.
    fn fits(self, next: Kind, new_line: bool) -> bool {
        let word = next.is_name();
        // A word that the language keeps for itself is a mistaken name, of an item all the same.
        let reserved = next.is_word() && !new_line && self.outside;
        match self.kind {
            Kind::Objective => next == Kind::BraceOpen,
            Kind::Edition => next == Kind::Number,
            Kind::Test => next == Kind::Text,
            kind if kind.starts_item() => word && (!new_line || self.outside) || reserved,
            _ => !new_line && (word || matches!(next, Kind::Number | Kind::Text | Kind::BraceOpen)),
        }
    }
}

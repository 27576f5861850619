//! What can be wrong with a text, as data; [`SyntaxError::diagnostic`] puts it into words.

mod words;

use smol_str::SmolStr;

use crate::ast::Range;

/// Something that could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where, counted from the first byte of the item. Where something is missing at the end of a
    /// line, the word or sign that it had to follow.
    pub range: Range,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SyntaxErrorKind {
    /// Something else had to follow.
    Expected {
        /// What had to follow.
        what: Expected,
        /// The text before it; empty at the start of an item.
        after: SmolStr,
        /// The text that stands there; empty at the end of a line or an item.
        found: SmolStr,
    },
    /// Words that do not belong where they stand.
    Unexpected {
        /// The first of them.
        found: SmolStr,
        /// The text before it; empty where it starts a `place`.
        after: SmolStr,
        /// What it stands in: `a line of a rule`, `an item`.
        place: &'static str,
    },
    /// A word that was read as another one.
    Misspelled {
        /// What stands there.
        found: SmolStr,
        /// What it was read as.
        meant: SmolStr,
        /// What the word starts: `a line`, `an item`.
        place: &'static str,
    },
    /// A brace that is never closed.
    UnclosedBrace,
    /// A text without its closing quote.
    UnclosedText,
    /// An escape in a text that means nothing.
    UnknownEscape {
        /// The escape with its backslash.
        escape: SmolStr,
    },
    /// A character that has no meaning in a policy.
    UnknownCharacter {
        /// The character.
        character: char,
    },
    /// Brackets, `for`s and `if`s lie deeper inside each other than the limit. Nothing of the item
    /// was read.
    TooDeep {
        /// The most that are read.
        limit: usize,
    },
    /// An expression has more operands and operators in a row than the limit, those of the expressions
    /// around it included. It was not read.
    TooLong {
        /// The most that are read.
        limit: usize,
    },
}

/// What had to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// An expression.
    Amount,
    /// A name.
    Name,
    /// A type or a unit.
    Type,
    /// A text in quotes.
    Text,
    /// A number.
    Number,
    /// `w in workloads`
    Index,
    /// `workloads w`
    Dimension,
    /// A line of a rule.
    Statement,
    /// A certain sign or word, or one of a few: `` `:` ``, `` `maximize` or `minimize` ``.
    Words(&'static str),
}

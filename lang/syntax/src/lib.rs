//! Text to a tree plus errors, never failing; the only crate that knows pest.
//!
//! A file goes through [`decode`] (bytes to text), [`split`] (where each top-level item begins) and
//! [`parse_item`] (one item to its tree, with ranges that count from the item's first byte, so that
//! an item keeps its tree wherever it moves). [`parse_file`] does all of it for a whole text.
//!
//! Every text gives a tree: a part that cannot be read is missing in the tree and has a
//! [`SyntaxError`], and what follows it is read all the same. Trees, chunks and [`tokens`] together
//! give the text back byte for byte. This crate knows no name, no type and no unit, reads no file and
//! never panics.
//!
//! pest matches tokens instead of characters: a small lexer writes one character for each token, and
//! the grammar is a grammar of these. So no rule skips blanks, a line's end is a token only where it
//! means something, and words keep their meaning to their places. On one core of the build machine
//! `examples/parse_speed.rs` shows 235,000 lines a second from text to tree, of which the lexer alone
//! makes 4.4 million; a flat pest grammar over characters was measured at 156,000 to 200,000 on other
//! text of this kind.
//!
//! Start reading at [`ast::Item`].

pub mod ast;
mod build;
mod decode;
mod error;
mod grammar;
mod kind;
mod layout;
mod lexer;
mod parse;
mod repair;
mod split;

#[cfg(test)]
mod tests;

pub use build::MAX_EXPRESSION_LENGTH;
pub use decode::{DecodeError, MAX_TEXT_BYTES, decode};
pub use error::{Expected, SyntaxError, SyntaxErrorKind};
pub use layout::MAX_NESTING;
pub use lexer::{Token, TokenClass, tokens};
pub use parse::parse_item;
pub use split::{Chunk, ItemKeyword, split};

use rayon::prelude::*;

/// The tree of one item and what is wrong with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The tree; its kind is [`ast::ItemKind::Unknown`] where nothing could be recognised.
    pub item: ast::Item,
    /// In the order of the text, with ranges that count from the item's first byte.
    pub errors: Vec<SyntaxError>,
}

/// Reads all items of a text, in parallel; each with its place in the text.
pub fn parse_file(text: &str) -> Vec<(Chunk, Parsed)> {
    let chunks = split(text);
    chunks
        .into_par_iter()
        .with_min_len(64)
        .map(|chunk| {
            let parsed = parse_item(chunk.text(text));
            (chunk, parsed)
        })
        .collect()
}

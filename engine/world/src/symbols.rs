//! Texts by number.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};

/// A text of a [`Symbols`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Symbol(pub u32);

/// Each text once, in one buffer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct Symbols {
    buffer: String,
    /// Where each text ends.
    ends: Vec<u32>,
    /// Numbers by the hash of their text; a rare second text of one hash is in `others`.
    by_hash: FxHashMap<u64, u32>,
    others: Vec<u32>,
}

impl PartialEq for Symbols {
    fn eq(&self, other: &Symbols) -> bool {
        self.buffer == other.buffer && self.ends == other.ends
    }
}

impl From<Symbols> for Vec<String> {
    fn from(symbols: Symbols) -> Vec<String> {
        (0..symbols.len() as u32).map(|at| symbols.text(Symbol(at)).to_owned()).collect()
    }
}

impl TryFrom<Vec<String>> for Symbols {
    type Error = &'static str;

    fn try_from(texts: Vec<String>) -> Result<Symbols, &'static str> {
        let mut symbols = Symbols::default();
        for (number, text) in texts.iter().enumerate() {
            match symbols.intern(text) {
                Some(Symbol(at)) if at as usize == number => {}
                _ => return Err("a text stands twice"),
            }
        }
        Ok(symbols)
    }
}

impl Symbols {
    /// The number of a text, new if it was not known. `None` once there are 4 GiB of texts.
    pub fn intern(&mut self, text: &str) -> Option<Symbol> {
        if let Some(known) = self.get(text) {
            return Some(known);
        }
        let number = u32::try_from(self.ends.len()).ok()?;
        let end = u32::try_from(self.buffer.len() + text.len()).ok()?;
        self.buffer.push_str(text);
        self.ends.push(end);
        let hash = hash(text);
        match self.by_hash.entry(hash) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(number);
            }
            std::collections::hash_map::Entry::Occupied(_) => self.others.push(number),
        }
        Some(Symbol(number))
    }

    /// The number of a text that is known.
    pub fn get(&self, text: &str) -> Option<Symbol> {
        let first = *self.by_hash.get(&hash(text))?;
        if self.text(Symbol(first)) == text {
            return Some(Symbol(first));
        }
        let other = self.others.iter().find(|other| self.text(Symbol(**other)) == text);
        other.map(|other| Symbol(*other))
    }

    /// The text of a symbol; empty for one of another table.
    pub fn text(&self, symbol: Symbol) -> &str {
        let at = symbol.0 as usize;
        let Some(end) = self.ends.get(at) else { return "" };
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.buffer[start as usize..*end as usize]
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

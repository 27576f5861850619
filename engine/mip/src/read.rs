//! What both readers share: what they return, and how they number names.

use rustc_hash::FxHashMap;
use thiserror::Error;

use crate::{Model, NameList, unescape_name};

/// A model as it was read, with the names it came with.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The model; well formed.
    pub model: Model,
    /// Its names, unescaped.
    pub names: NameList,
}

/// Why a text is not a model that this crate writes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct ReadError {
    /// Line, from 1.
    pub line: usize,
    /// What was found or expected there.
    pub reason: String,
}

impl ReadError {
    pub(crate) fn new(line: usize, reason: impl Into<String>) -> ReadError {
        ReadError { line, reason: reason.into() }
    }
}

/// Names in the order of their first appearance.
#[derive(Default)]
pub(crate) struct Numbering<'t> {
    numbers: FxHashMap<&'t str, u32>,
    names: Vec<&'t str>,
}

impl<'t> Numbering<'t> {
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The number of a name, and whether the name is new.
    pub(crate) fn add(&mut self, name: &'t str) -> (u32, bool) {
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.names.push(name);
        }
        (number, number == next)
    }

    pub(crate) fn unescaped(&self) -> Vec<String> {
        self.names.iter().map(|name| unescape_name(name)).collect()
    }
}

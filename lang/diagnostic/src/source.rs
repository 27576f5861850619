//! Texts by id, and positions inside them.

use std::sync::Arc;

/// Names one text of a [`Sources`] list, or, inside the checker, one item of a file whose final
/// position is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A stretch of a text: bytes `start .. end` of `source`, `start <= end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text that the offsets count in.
    pub source: SourceId,
    /// First byte, from 0.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The stretch `start .. end` of `source`.
    pub fn new(source: SourceId, start: u32, end: u32) -> Span {
        debug_assert!(start <= end);
        Span { source, start, end }
    }

    /// The smallest stretch that holds both; both must lie in the same text.
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.source, other.source);
        Span::new(self.source, self.start.min(other.start), self.end.max(other.end))
    }
}

/// One text with the name under which people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Relative to the project's folder, with `/`; `std/…` for the standard library.
    pub path: String,
    /// The whole text.
    pub text: Arc<str>,
}

/// A place as people count it: both from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineColumn {
    /// From 1.
    pub line: u32,
    /// From 1, in Unicode scalar values.
    pub column: u32,
}

/// The texts that the spans of a list of findings point into.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// Adds a text and returns its id.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        self.list.push(Source { path: path.into(), text: text.into() });
        SourceId(self.list.len() as u32 - 1)
    }

    /// The text behind `id`; `None` for an id that was never added.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)
    }

    /// All texts, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.list.iter().enumerate().map(|(i, source)| (SourceId(i as u32), source))
    }
}

impl Source {
    /// Line and column of the byte `offset`; an offset past the end gives the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = (offset as usize).min(self.text.len());
        let before = self.text.as_bytes()[..offset].iter();
        let line = before.filter(|&&byte| byte == b'\n').count() as u32 + 1;
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        LineColumn { line, column: self.text[start..offset].chars().count() as u32 + 1 }
    }
}

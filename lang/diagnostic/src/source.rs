//! Texts by id, and positions inside them.

use std::sync::{Arc, OnceLock};

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
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative to the project's folder, with `/`; `std/…` for the standard library.
    pub path: String,
    /// The whole text.
    pub text: Arc<str>,
    /// Where each line begins; found when a place is asked for first, as most texts have no finding.
    starts: OnceLock<Vec<u32>>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Source) -> bool {
        self.path == other.path && self.text == other.text
    }
}

impl Eq for Source {}

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
        let source = Source { path: path.into(), text: text.into(), starts: OnceLock::new() };
        self.list.push(source);
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
    /// Line and column of the byte `offset`; an offset past the end gives the end, one inside a character its
    /// start.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = character_start(&self.text, offset as usize);
        let starts = self.starts();
        let line = starts.partition_point(|start| *start as usize <= offset);
        let start = starts[line - 1] as usize;
        let column = self.text[start..offset].chars().count() as u32 + 1;
        LineColumn { line: line as u32, column }
    }

    /// The text of a line from 1, without its end; empty for one that is not there.
    pub fn line(&self, line: u32) -> &str {
        let starts = self.starts();
        let Some(start) = (line as usize).checked_sub(1).and_then(|at| starts.get(at)) else {
            return "";
        };
        let end = starts.get(line as usize).map_or(self.text.len(), |next| *next as usize);
        self.text[*start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// Where each line begins, in bytes, ascending; the first is 0.
    fn starts(&self) -> &[u32] {
        self.starts.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect()
        })
    }
}

/// The greatest place up to `offset` where a character of the text begins, or the text's end.
pub(crate) fn character_start(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

//! Markdown files as suites: a section with fenced blocks is a case.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A Markdown file.
pub(crate) struct Document {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its sections, in order; one per heading.
    pub(crate) sections: Vec<Section>,
}

/// A heading and what follows it, up to the next heading of any depth.
pub(crate) struct Section {
    /// The headings that lead to it below the file's title, joined by ` / `; the title itself for the
    /// first section.
    pub(crate) title: String,
    /// How many `#` its heading has.
    pub(crate) depth: usize,
    /// Its fenced blocks.
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Clone)]
pub(crate) struct Block {
    /// The words after the fence: language first.
    pub(crate) words: Vec<String>,
    /// What stands between the fences.
    pub(crate) text: String,
    /// How many blocks of the file stand before it.
    pub(crate) number: usize,
    /// The bytes of `text` in the file.
    pub(crate) range: Range<usize>,
}

impl Document {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Document> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Ok(Document { path: path.to_path_buf(), sections: sections(&text) })
    }
}

impl Block {
    /// The language: the first word after the fence.
    pub(crate) fn language(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// The second word after the fence.
    pub(crate) fn argument(&self) -> Option<&str> {
        self.words.get(1).map(String::as_str)
    }
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut headings: Vec<String> = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    let mut number = 0;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let ticks = line.len() - line.trim_start_matches('`').len();
        if let Some((fence, mut block)) = open.take() {
            if ticks >= fence && line.trim_end().len() == ticks {
                block.range.end = start;
                block.text = text.get(block.range.clone()).unwrap_or_default().to_owned();
                if let Some(section) = sections.last_mut() {
                    section.blocks.push(block);
                }
            } else {
                open = Some((fence, block));
            }
        } else if ticks >= 3 {
            let words = line[ticks..].split_whitespace().map(str::to_owned).collect();
            open =
                Some((ticks, Block { words, text: String::new(), number, range: offset..offset }));
            number += 1;
        } else if let Some((depth, title)) = heading(line) {
            headings.truncate(depth - 1);
            headings.push(title.to_owned());
            let below_title = if headings.len() > 1 { &headings[1..] } else { &headings[..] };
            sections.push(Section { title: below_title.join(" / "), depth, blocks: Vec::new() });
        }
    }
    sections
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let depth = line.len() - line.trim_start_matches('#').len();
    let title = line[depth..].strip_prefix(' ')?;
    (depth > 0).then_some((depth, title.trim()))
}

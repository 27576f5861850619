//! Expected blocks: compared, or rewritten when `UPDATE_EXPECT=1` is set.

use std::path::Path;
use std::sync::Mutex;

use libtest_mimic::Failed;
use similar::TextDiff;

use super::markdown::{Block, Document};

/// Tests run side by side, and two cases of one file may be rewritten at once.
static REWRITING: Mutex<()> = Mutex::new(());

/// Compares a block with what came out. With `UPDATE_EXPECT=1` a differing block is rewritten in its
/// file, the difference is printed, and the case passes.
pub(crate) fn compare(file: &Path, block: &Block, actual: &str) -> Result<(), Failed> {
    if block.text == actual {
        return Ok(());
    }
    let diff = TextDiff::from_lines(block.text.as_str(), actual)
        .unified_diff()
        .context_radius(4)
        .header("expected", "actual")
        .to_string();
    if std::env::var_os("UPDATE_EXPECT").is_none() {
        return Err(format!("{}: UPDATE_EXPECT=1 accepts this\n{diff}", file.display()).into());
    }
    eprintln!("{}: rewritten\n{diff}", file.display());
    rewrite(file, block, actual)
}

/// Puts `actual` in place of the block. Other blocks of the file may have been rewritten since it was
/// read, so the block is found again by its number.
fn rewrite(file: &Path, block: &Block, actual: &str) -> Result<(), Failed> {
    let _guard = REWRITING.lock();
    let document = Document::read(file)?;
    let mut blocks = document.sections.iter().flat_map(|section| &section.blocks);
    let found = blocks.find(|it| it.number == block.number && it.words == block.words);
    let range = found.ok_or("the block is no longer in its file")?.range.clone();
    let mut text = std::fs::read_to_string(file)?;
    text.replace_range(range, actual);
    Ok(std::fs::write(file, text)?)
}

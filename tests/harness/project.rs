//! A project in a temporary folder, made of a section's blocks.
//!
//! ```text
//! alloc            policy/main.alloc
//! alloc NAME       policy/NAME.alloc
//! csv INPUT        data/INPUT.csv          json and jsonl likewise
//! toml             the manifest, less what it leaves to be said: project and inputs
//! ```

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::markdown::Block;

/// A folder that holds one project and is removed with this value.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// Writes the files that the blocks stand for. Blocks of other languages are left alone.
    pub(crate) fn new(blocks: &[Block]) -> Result<Project> {
        let folder = tempfile::tempdir()?;
        let mut inputs = String::new();
        let mut manifest = String::new();
        for block in blocks {
            let name = match (block.language(), block.argument()) {
                ("alloc", name) => format!("policy/{}.alloc", name.unwrap_or("main")),
                (kind @ ("csv" | "json" | "jsonl"), Some(name)) if block.words.len() == 2 => {
                    let file = format!("data/{name}.{kind}");
                    writeln!(inputs, "{name} = \"{file}\"")?;
                    file
                }
                ("toml", None) => {
                    manifest.push_str(&block.text);
                    continue;
                }
                _ => continue,
            };
            write(folder.path(), &name, &block.text)?;
        }
        if !manifest.contains("[project]") {
            let head = "[project]\nname = \"case\"\npolicy = \"policy/main.alloc\"\n";
            let inputs = if manifest.contains("[inputs]") { String::new() } else { inputs };
            manifest = format!("{head}\n[inputs]\n{inputs}\n{manifest}");
        }
        write(folder.path(), "apportion.toml", &manifest)?;
        Ok(Project { folder })
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Writes a file below a folder, and the folders on the way to it.
pub(crate) fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> Result<()> {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    fs::write(&path, text).with_context(|| path.display().to_string())
}

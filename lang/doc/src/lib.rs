//! What the modules of a policy say of themselves: their items with signatures and comments, found by name and drawn for
//! people.
//!
//! All of it is read off the trees: no name is looked up and nothing is checked, so that a module with mistakes in it is
//! documented as far as it can be read. Types, units and defaults are those that the author wrote. Nothing here reads a file.
//!
//! Start reading at [`Module`].

mod find;
mod page;
mod read;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Serialize;

pub use find::{Answer, find};
pub use page::page;
pub use read::read;

/// A module: one file of a policy or of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The path by which a policy uses it: `std.topology`.
    pub name: String,
    /// The file, as findings name it.
    pub file: String,
    /// The comment that the file begins with.
    pub doc: Option<String>,
    /// What it declares, in the order of the text; each level of an objective is an item of its own.
    pub items: Vec<Item>,
}

/// Something that a module declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The word that begins it, or `level`.
    pub kind: &'static str,
    /// Its name; empty for a `priority`, which has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The line where it begins, from 1.
    pub line: u32,
    /// The text before its body, in one line and without comments.
    pub signature: String,
    /// The lines of `///` before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// All of its text.
    pub text: String,
    /// The parameters of a pattern, the fields of an entity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// A parameter of a pattern, or a field of an entity; types and values as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Whether it is the key of its entity.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub key: bool,
    /// The indices of a parameter: `p in P`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub indices: Vec<String>,
    /// Its type or unit.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its value where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The least and the greatest value that it takes: `1 h .. 7 d`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// The lines of `///` before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
}

/// The modules of a policy's files, the entry's first, and those of the library; `entry` is the path of the first module.
pub fn modules(files: &[(String, Arc<str>)], entry: &str) -> Vec<Module> {
    own(files, entry).into_iter().chain(library()).collect()
}

/// The modules of a policy's files, the entry's first.
fn own(files: &[(String, Arc<str>)], entry: &str) -> Vec<Module> {
    let folder = entry.rfind('/').map_or("", |end| &entry[..=end]);
    let mut own: Vec<Module> = files
        .iter()
        .map(|(path, text)| {
            let name = path.strip_prefix(folder).unwrap_or(path);
            let name = name.strip_suffix(".alloc").unwrap_or(name);
            read(&name.replace('/', "."), path, text)
        })
        .collect();
    own.sort_by(|a, b| (a.file != entry, &a.name).cmp(&(b.file != entry, &b.name)));
    own
}

/// The modules of the library.
fn library() -> impl Iterator<Item = Module> {
    apportion_stdlib::modules().filter_map(|name| {
        let file = format!("{}.alloc", name.replace('.', "/"));
        Some(read(name, &file, apportion_stdlib::module(name)?))
    })
}

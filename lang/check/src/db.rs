//! Inputs and queries over the text: files, items, trees.
//!
//! A file is split into items, and an item's text is tracked apart from its place, so that an edit reads
//! again only the item that it falls in: everything about an item counts from the item's first byte.

use std::sync::Arc;

use apportion_syntax::{ItemKeyword, Parsed, split};
use smol_str::SmolStr;

/// A file of a project.
#[salsa::input]
pub(crate) struct SourceFile {
    /// As people know it: `policy/main.alloc`.
    #[returns(ref)]
    pub(crate) path: String,
    #[returns(ref)]
    pub(crate) text: Arc<str>,
}

/// All files; the first is the entry.
#[salsa::input(singleton)]
pub(crate) struct Program {
    #[returns(ref)]
    pub(crate) files: Vec<SourceFile>,
}

/// What makes an item the same item after an edit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, salsa::SalsaValue)]
pub(crate) struct ItemKey {
    keyword: Option<ItemKeyword>,
    name: SmolStr,
    ordinal: u32,
}

/// One top-level item of a file. It stays the same item wherever it moves in its file, whatever comes before it.
#[salsa::tracked]
pub(crate) struct ItemSource<'db> {
    #[returns(copy)]
    pub(crate) file: SourceFile,
    #[returns(ref)]
    pub(crate) key: ItemKey,
    #[tracked]
    #[returns(ref)]
    pub(crate) text: String,
    /// Where it begins in its file, in bytes.
    #[tracked]
    #[returns(copy)]
    pub(crate) start: u32,
}

/// The items of a file, in the order of the text.
#[salsa::tracked(returns(ref))]
pub(crate) fn items<'db>(db: &'db dyn salsa::Database, file: SourceFile) -> Vec<ItemSource<'db>> {
    let text = file.text(db);
    let chunks = split(text);
    let item = |chunk: apportion_syntax::Chunk| {
        let item_text = chunk.text(text).to_owned();
        let key = ItemKey { keyword: chunk.keyword, name: chunk.name, ordinal: chunk.ordinal };
        ItemSource::new(db, file, key, item_text, chunk.start)
    };
    chunks.into_iter().map(item).collect()
}

/// The tree of an item.
#[salsa::tracked(returns(ref))]
pub(crate) fn parsed<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Parsed {
    apportion_syntax::parse_item(item.text(db))
}

/// The database, with a log of the queries that ran.
#[salsa::db]
#[derive(Clone)]
pub(crate) struct Database {
    storage: salsa::Storage<Self>,
}

#[salsa::db]
impl salsa::Database for Database {}

impl Database {
    /// A database that tells `ran` the name of every query that runs.
    pub(crate) fn new(ran: Option<Box<dyn Fn(String) + Send + Sync>>) -> Database {
        let callback = ran.map(|ran| -> Box<dyn Fn(salsa::Event) + Send + Sync> {
            Box::new(move |event| {
                if let salsa::EventKind::WillExecute { database_key } = event.kind {
                    ran(format!("{database_key:?}"));
                }
            })
        });
        Database { storage: salsa::Storage::new(callback) }
    }
}

//! Every fact that a plan depends on, in plain columns.
//!
//! [`load`] takes the bytes of files and a [`schema::Schema`] and gives a [`World`], or every cell that cannot
//! be used: nothing is coerced, nothing is guessed. Rows are sorted by key, texts are interned, quantities are
//! in base units, references are row numbers. This crate knows no policy and reads no file, clock or
//! environment by itself.
//!
//! Start reading at [`World`], then at [`schema`], then at `load`.

mod attempt;
mod binding;
mod columnar;
mod columns;
mod csv;
mod current;
mod describe;
mod faults;
mod forecast;
mod hash;
mod json;
mod keys;
mod later;
mod load;
mod raw;
mod scalar;
pub mod schema;
mod snapshot;
mod source;
mod subset;
mod symbols;
mod table;
mod world;

pub use describe::{ColumnDescription, TableDescription};
pub use faults::SHOWN;
pub use later::LaterRows;
pub use load::{Loaded, load};
pub use snapshot::{Snapshot, SnapshotError};
pub use source::{Format, InputBytes, Mapping};
pub use subset::Reference;
pub use symbols::{Symbol, Symbols};
pub use table::{Column, ColumnData, RowPlace, Table};
pub use world::{Current, CurrentEntry, DepartedEntry, Excluded, Filled, Filling, World};

//! What a policy means: names, types, units, stages; the one evaluator of ground expressions.
//!
//! [`Project`] holds the texts of a policy's files and gives the checked [`policy::Policy`], or everything that
//! is wrong with them at once, each finding at the smallest expression. It is built on salsa: a file is split
//! into items, each item is parsed and checked by queries of its own, and findings are values, so that an edit
//! checks again only the items that it reaches. Nothing here reads a file, a clock or an input's data.
//!
//! Start reading at [`policy`], then at `check` (expressions) and `items` (one file per kind of item).

mod assembly;
mod check;
mod db;
mod display;
pub mod eval;
mod expansion;
mod index;
mod items;
mod mentions;
pub mod policy;
mod project;
mod signature;
mod slots;
mod spans;
#[cfg(test)]
mod tests;
mod types;

pub use display::unit_for;
pub use project::{Checked, Project, check_text};
pub use slots::count_slots;

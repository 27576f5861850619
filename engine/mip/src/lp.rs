//! The LP format: sections of readable expressions.
//!
//! ```text
//! \ 2 columns, 1 row
//! Maximize
//!  obj: + 3 x + 2 y + 10
//! Subject To
//!  limit: + 1 x + 1 y <= 4
//! Bounds
//!  x <= 3
//! General
//!  x
//! End
//! ```
//!
//! The objective names every column, also those that cost nothing: so every reader sees the columns
//! in the model's order. A row with two bounds becomes two rows, `name` and `name#upper`, because
//! few readers know rows with two bounds; [`read_lp`] joins them again. Terms with coefficient zero
//! are left out; a row without terms gets one with coefficient zero, which [`read_lp`] forgets.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read_lp;
pub use write::write_lp;

/// Marks the second half of a row with two bounds.
const UPPER: &str = "#upper";

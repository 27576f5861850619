//! A solver-neutral mixed-integer model in column arrays.
//!
//! A [`Model`] is a struct of arrays: bounds and integrality by column, bounds and runs of terms by
//! row, one linear objective. It can be built without an allocation per term,
//! validated ([`Model::check`]), asked about a point ([`Model::check_point`]), brought to a common
//! scale ([`Model::scale_rows`]) and written to and read from LP, MPS and JSON, exactly.
//!
//! It never knows where a row came from, what a column means to an author, or which solver will
//! read it; names are the caller's, handed in when a model is written ([`Names`]). Several
//! objectives in order of importance are the caller's too: it swaps the objective and appends rows.
//!
//! Start reading at [`Model`].

mod check;
mod costs;
mod duality;
mod json;
mod lp;
mod model;
mod mps;
mod names;
mod number;
mod point;
mod read;
mod rows;
mod scale;
mod step;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use check::ModelError;
pub use costs::{Costs, Run};
pub use lp::{read_lp, write_lp};
pub use model::{Columns, Model, Objective};
pub use mps::{read_mps, write_mps};
pub use names::{NameList, Names, Numbered, escape_name, unescape_name};
pub use point::{PointReport, Violation};
pub use read::{Named, ReadError};
pub use rows::{Rows, TermRun};
pub use scale::RowScale;

//! The free MPS format: what nearly every solver reads.
//!
//! ```text
//! NAME model
//! ROWS
//!  N  obj
//!  L  limit
//! COLUMNS
//!     x  obj  3
//!     x  limit  1
//! RHS
//!     RHS_V  limit  4
//! BOUNDS
//!  UP BOUND_V  x  3
//! ENDATA
//! ```
//!
//! Every integer column gets its bounds in full, because readers disagree on what an integer column
//! without any may take. An objective to be maximised is written as its negative, called
//! `obj#negated`: of two widespread readers one refuses the section that says `MAX`, and one ignores
//! it. A row with two bounds is written as one bound and a width; where no width
//! gives the other bound back exactly, that bound is the nearest that one does.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read_mps;
pub use write::write_mps;

/// Marks an objective row that is to be maximised, and holds the negative of it.
const NEGATED: &str = "#negated";

/// The kinds of row that the ROWS section tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No bound.
    Free,
    /// At most the right-hand side; with a width, at least that much less.
    Less,
    /// At least the right-hand side; with a width, at most that much more.
    Greater,
    /// Just the right-hand side.
    Equal,
}

impl Kind {
    const ALL: [(Kind, &'static str); 4] =
        [(Kind::Free, "N"), (Kind::Less, "L"), (Kind::Greater, "G"), (Kind::Equal, "E")];

    fn letter(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, _)| *kind == self).map_or("N", |(_, letter)| letter)
    }

    fn parse(letter: &str) -> Option<Kind> {
        Kind::ALL.iter().find(|(_, known)| *known == letter).map(|(kind, _)| *kind)
    }

    /// Bounds of a row with this right-hand side and width.
    fn bounds(self, right: f64, width: Option<f64>) -> (f64, f64) {
        match (self, width) {
            (Kind::Free, _) => (f64::NEG_INFINITY, f64::INFINITY),
            (Kind::Less, None) => (f64::NEG_INFINITY, right),
            (Kind::Less, Some(width)) => (right - width, right),
            (Kind::Greater, None) => (right, f64::INFINITY),
            (Kind::Greater, Some(width)) => (right, right + width),
            (Kind::Equal, _) => (right, right),
        }
    }
}

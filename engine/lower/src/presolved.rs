//! What presolve changed in a model, so that all of it can be shown and undone.
//!
//! ```text
//! held        a dominated column is fixed to its least value   undone by its upper bound of before
//! bounded     a column is at most what rows leave it           undone by its upper bound as declared
//! tightened   a condition is switched by a smaller big-M       undone by the big-M of declared bounds
//! certain     a condition that bounds decide has no rows       nothing to undo: every point keeps it
//! empty       a comparison without decisions has no row        nothing to undo, see [`Trace::dropped`]
//! ```
//!
//! Over single tuples what is undone allows the same points. Over classes, bounds say more than rows do, as they are
//! rounded for every single tuple: what is undone allows at least the same points.

use std::ops::Range;

use apportion_ground::{Columns, Ground};

use crate::Trace;
use crate::layout::Layout;

/// What presolve changed in a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presolved {
    /// Dominated columns, ascending.
    pub held: Vec<Held>,
    /// The positions in [`Ground::instances`] of conditions that bounds decide, ascending.
    pub certain: Vec<u32>,
    /// Rows with a smaller big-M than declared bounds ask for, ascending.
    pub tightened: Vec<Tightened>,
}

/// A column that is fixed to its lower bound, because another one does at least as much for no more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// The column.
    pub column: u32,
    /// The column that dominates it, which is not held.
    pub by: u32,
    /// Its upper bound before.
    pub upper: f64,
}

/// A row that matters where a column of 0 and 1 says so, and has room enough where it does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tightened {
    /// The row.
    pub row: u32,
    /// The column of 0 and 1.
    pub switch: u32,
    /// Whether the row matters where the column is 1; else where it is 0.
    pub at_one: bool,
    /// The room that declared bounds ask for, in the unit of the comparison; may be infinite.
    pub from: f64,
    /// The room that it has, in the same unit.
    pub to: f64,
}

/// Columns that follow each other, of tuples that are alike, which a row bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The columns.
    pub columns: Range<u32>,
    /// The upper bound of each as declared; may be infinite.
    pub from: f64,
    /// The upper bound that the row leaves each.
    pub to: f64,
    /// The row, or the first of those that are alike.
    pub row: u32,
}

impl Trace<'_> {
    /// What presolve changed in the model.
    pub fn presolved(&self) -> &Presolved {
        &self.presolved
    }

    /// The columns of decisions that rows bound, ascending.
    pub fn bounds(&self) -> impl Iterator<Item = Bound> {
        let Layout { ground, .. } = self.layout;
        // What is moved is no decision: what runs now bounds it.
        let decided = ground.decisions.iter().filter(|it| it.moves.is_none());
        let columns = decided.flat_map(|it| (0..it.len()).map(move |at| (it, at)));
        columns.filter_map(|(columns, at)| self.bound(columns, at))
    }

    fn bound(&self, columns: &Columns, at: usize) -> Option<Bound> {
        let column = columns.first + at as u32;
        let bounded = self.ground().presolved.bounded.get(column as usize)?;
        let (row, from, to) = match self.layout.is_identity() {
            true => {
                let size = self.layout.product(&columns.sorts, columns.tuple(at)) as f64;
                let from = declared(self.ground(), columns, at) * size;
                (bounded.sum()?, from, class_greatest(&self.layout, columns, at))
            }
            false => {
                let from = declared(self.ground(), columns, at);
                let to = single_greatest(&self.layout, columns, at);
                let row = if to < columns.upper[at] { bounded.sum() } else { bounded.single() };
                (row?, from, to)
            }
        };
        let (family, class_row) = self.ground().family_row(row);
        let rows = self.families.get(family as usize)?;
        let row = rows.first + rows.row(class_row, 0);
        Some(Bound { columns: self.layout.members(column), from, to, row })
    }
}

/// The greatest value of a single tuple by its own bounds alone.
pub(crate) fn declared(ground: &Ground, columns: &Columns, at: usize) -> f64 {
    let declared = ground.declared.get(columns.first as usize + at);
    declared.copied().unwrap_or(columns.upper[at])
}

/// The greatest value of all members of a class column together: at most what ground found for the sum.
pub(crate) fn class_greatest(layout: &Layout<'_>, columns: &Columns, at: usize) -> f64 {
    let size = layout.product(&columns.sorts, columns.tuple(at)) as f64;
    let least = columns.lower[at] * size;
    (columns.upper[at] * size).min(columns.most[at]).max(least)
}

/// The greatest value of one member of a class column: at most what the sum leaves, of which the others have at least
/// their lower bounds.
pub(crate) fn single_greatest(layout: &Layout<'_>, columns: &Columns, at: usize) -> f64 {
    let (lower, upper) = (columns.lower[at], columns.upper[at]);
    let members = layout.product(&columns.sorts, columns.tuple(at));
    let others = if members > 1 { lower * (members - 1) as f64 } else { 0.0 };
    upper.min(columns.most[at] - others).max(lower)
}

//! Ground rules to rows and columns, by small reversible passes.
//!
//! [`lower`] turns a [`Ground`] into a [`Lowered`]: a solver-neutral model, its objectives in order of
//! importance, and a [`Trace`] that says of every column, row and coefficient where it comes from. The
//! way back is [`Lowered::class_values`] and [`Lowered::singles`]; the way forth, from an assignment to
//! a start that includes every helping column, is [`Lowered::embed`]. Columns that others dominate are
//! held by [`Lowered::hold_dominated`], where that is asked for. What this and all other presolve changed is in
//! [`Trace::presolved`], [`Trace::bounds`] and [`Trace::dropped`].
//!
//! Each pass is one file, whose head states the formula and its published source: `families` (sums),
//! `breaches` (soft rules and reliefs), `packings` (items in bins), `logic` (formulas), `pieces` (extremes, counts, choices), `peaks` (extremes over rows that are alike),
//! `tallies` (bins that a level counts), `moves` (what is not left where it runs), `instances` and `objectives`. Columns and rows are made through `builder` only, which takes an
//! origin with each.
//!
//! It never reads the policy's text or the world, evaluates no facts, and knows no solver.
//!
//! Start reading at [`Lowered`].

mod breaches;
mod builder;
mod census;
mod dominance;
mod dropped;
mod embed;
mod error;
mod families;
mod form;
mod formula;
mod instances;
mod layout;
mod lift;
mod logic;
mod lowered;
mod moves;
mod names;
mod objectives;
mod packings;
mod peaks;
mod pieces;
mod presolved;
mod tallies;
mod trace;
mod utility;

#[cfg(test)]
mod tests;

use apportion_ground::Ground;

pub use census::{Census, Count};
pub use dropped::{Dropped, Why};
pub use embed::Finder;
pub use error::{LowerError, LowerErrorKind};
pub use lowered::{Coefficient, LevelRow, Lowered, Objective, Shares};
pub use names::{Named, Naming};
pub use presolved::{Bound, Held, Presolved, Tightened};
pub use trace::{Auxiliary, AuxiliaryKind, ColumnOrigin, Members, Owner, RowOrigin, Trace};
pub use utility::{Utility, Worth};

use builder::Builder;
use layout::Layout;

/// What columns and rows stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// One column per tuple of classes, one row per tuple of classes: sums over all their members. What
    /// holds of single tuples holds of their sums, but not the other way round.
    Classes,
    /// One column per tuple of members, one row per tuple of members.
    Singles,
}

/// Numbers that the formulations depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// How far from a whole number the solver takes a value for whole.
    pub integrality: f64,
    /// By what share of the greatest size of both sides together a strict comparison of amounts that
    /// need not be whole must hold. Greater than what the evaluator allows for rounding.
    pub strictness: f64,
    /// Which share of its range is the least amount that matters of a column that need not be whole.
    pub grain: f64,
}

impl Default for Limits {
    /// 1e-6 as solvers have it; twice the evaluator's 1e-6; a thousandth.
    fn default() -> Limits {
        Limits { integrality: 1e-6, strictness: 2e-6, grain: 1e-3 }
    }
}

/// The model of a ground policy, or everything that stands in its way.
pub fn lower(
    ground: &Ground,
    resolution: Resolution,
    limits: Limits,
) -> Result<Lowered<'_>, Vec<LowerError>> {
    let layout = Layout::new(ground, resolution).map_err(|error| vec![error])?;
    let mut builder = Builder::new(layout, limits);
    builder.decisions();
    for family in 0..ground.families.len() {
        builder.family(family);
    }
    for instance in 0..ground.instances.len() {
        builder.instance(instance);
    }
    builder.moves();
    // Sums of counts say nothing of single bins.
    if resolution == Resolution::Singles {
        ground.packings.iter().for_each(|packing| builder.packing(packing));
    }
    (0..ground.tallies.len()).for_each(|tally| builder.tally(tally, resolution));
    let objectives = (0..ground.objectives.len()).map(|at| builder.objective(at)).collect();
    builder.finish(objectives)
}

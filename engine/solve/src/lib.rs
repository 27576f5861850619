//! Model in, honest [`Outcome`] out; every solver lives here and nowhere else.
//!
//! A [`Solver`] takes a model, perhaps a point to start from, [`Settings`] and a [`Watch`] that
//! hears of progress and may interrupt. What comes back are separate facts: why the solver stopped,
//! what it proved, the best point it has, the bound on all others. So a time limit never reads as
//! "infeasible", and a plan within a gap never as the best one.
//!
//! It never reads or writes a file, and looks at a clock only to keep the deadline it was handed:
//! a solve is back within 1.1 times its time limit plus 0.2 s, whatever the solver inside does.
//!
//! [`Highs`] is the main solver, [`Split`] the same with a search of its own for large models that a few
//! rows hold together, [`GoodLp`] the bridge to others; [`conformance`] is what each must pass. Start
//! reading at [`Solver`].

pub mod conformance;
mod good_lp;
mod highs;
mod mend;
mod near;
mod outcome;
mod settings;
mod solver;
mod split;
mod supervise;

#[cfg(test)]
mod tests;

pub use good_lp::GoodLp;
pub use highs::{Highs, highs_version};
pub use mend::mended;
pub use outcome::{Duals, Outcome, Proof, Stop};
pub use settings::Settings;
pub use solver::{Progress, Solver, Unwatched, Watch};
pub use split::Split;
pub use supervise::any_left_behind;

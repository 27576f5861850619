//! What every solver here can do, and who may look on.

use apportion_mip::Model;

use crate::{Outcome, Settings};

/// Something that solves models.
pub trait Solver {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Which version of it this is.
    fn version(&self) -> String;

    /// Solves a model.
    ///
    /// `start` is any point, one value per column: when it satisfies the model, the outcome's point
    /// is at least as good. The watch is told by one thread at a time; it may be asked from several.
    fn solve(
        &mut self,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Outcome;

    /// Solves the model of the last call again, after its objective was replaced, rows were
    /// appended, or rows appended since [`Solver::solve`] were truncated.
    ///
    /// Other changes are not noticed. Solvers that keep nothing between calls solve it afresh.
    fn solve_again(
        &mut self,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Outcome {
        self.solve(model, start, settings, watch)
    }
}

/// Who hears of a solve's progress and may end it.
pub trait Watch: Sync {
    /// Something is new; called a few times a second at most.
    fn progress(&self, progress: &Progress);

    /// Whether the solve should end now; asked many times a second.
    fn interrupted(&self) -> bool;
}

/// Hears nothing and never interrupts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        false
    }
}

/// How far a solve has come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Objective of the best point so far.
    pub incumbent: Option<f64>,
    /// No feasible point is better than this.
    pub bound: Option<f64>,
    /// Distance of the two as a part of the incumbent.
    pub gap: Option<f64>,
    /// Nodes of the search tree so far.
    pub nodes: u64,
    /// Wall-clock time since the solve began, in seconds.
    pub seconds: f64,
}

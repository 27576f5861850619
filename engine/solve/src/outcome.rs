//! How a solve ended, as separate facts.

use std::time::Duration;

use apportion_mip::{Model, ModelError};

use crate::Settings;

/// Everything a solve found out. No field can be derived from another by guessing: a solve may
/// have stopped at a limit and still hold a point, or have a proof and no point.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Why the solver stopped.
    pub stopped: Stop,
    /// What is proven.
    pub proof: Proof,
    /// The best point known, one value per column: feasible within the tolerances.
    pub point: Option<Vec<f64>>,
    /// Value of the objective at the point.
    pub objective: Option<f64>,
    /// No feasible point has a better objective than this.
    pub bound: Option<f64>,
    /// Distance of objective and bound as a part of the objective; 0 or more, infinite when the
    /// objective is 0 and the bound is not.
    pub gap: Option<f64>,
    /// Prices of rows and columns; only of a linear model solved to the end.
    pub duals: Option<Duals>,
    /// Nodes of the search tree.
    pub nodes: u64,
    /// Iterations of the linear solver, in all.
    pub iterations: u64,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
}

/// Why a solver stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// It had nothing left to do.
    Completed,
    /// The time was up.
    TimeLimit,
    /// The search tree reached its limit.
    NodeLimit,
    /// The linear solver reached its limit of iterations.
    IterationLimit,
    /// The watch asked it to.
    Interrupted,
    /// It ran out of memory.
    Memory,
    /// It could not go on with the numbers it had.
    Numerical,
    /// The model is not well formed; nothing was solved.
    Malformed(ModelError),
    /// The solver does not take such models; nothing was solved.
    Unsupported(&'static str),
}

/// What a solve proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The point is the best there is, but for the solver's accuracy.
    Optimal,
    /// The point is within the gap that was asked for.
    WithinGap,
    /// No point satisfies the model.
    Infeasible,
    /// There are points, as good as one likes.
    Unbounded,
    /// Either of the last two.
    InfeasibleOrUnbounded,
    /// Nothing.
    None,
}

/// Prices of a linear model at its optimum.
#[derive(Debug, Clone, PartialEq)]
pub struct Duals {
    /// By how much the objective grows when a row's binding bound grows by one unit.
    pub rows: Vec<f64>,
    /// The same for the binding bound of each column.
    pub columns: Vec<f64>,
}

/// Objective and bound no further apart than this, absolutely or as a part of the objective, are
/// equal: it is what the arithmetic of a solver is good for.
const ACCURACY: f64 = 1e-6;

impl Outcome {
    /// Nothing found, nothing proven.
    pub(crate) fn empty(stopped: Stop) -> Outcome {
        Outcome {
            stopped,
            proof: Proof::None,
            point: None,
            objective: None,
            bound: None,
            gap: None,
            duals: None,
            nodes: 0,
            iterations: 0,
            seconds: 0.0,
        }
    }

    /// Stopped because this is proven.
    pub(crate) fn proven(proof: Proof) -> Outcome {
        Outcome { proof, ..Outcome::empty(Stop::Completed) }
    }

    /// The outcome for a model without columns: the empty point satisfies it or nothing does.
    pub(crate) fn without_columns(model: &Model, satisfied: bool) -> Outcome {
        if !satisfied {
            return Outcome::proven(Proof::Infeasible);
        }
        let outcome = Outcome::proven(Proof::Optimal).with_point(model, Some(Vec::new()));
        outcome.with_bound(Some(model.objective.offset))
    }

    /// Whether a solver calls a point good enough that its own bound does not.
    ///
    /// Seen of HiGHS where presolve removes most of a small model and a start is given.
    pub(crate) fn contradicts_itself(&self, settings: &Settings) -> bool {
        let (Some(objective), Some(bound)) = (self.objective, self.bound) else { return false };
        let allowed = (settings.relative_gap * objective.abs()).max(settings.absolute_gap);
        matches!(self.proof, Proof::Optimal | Proof::WithinGap)
            && !meets(objective, bound)
            && (objective - bound).abs() > 1.01 * allowed
    }

    /// Adds the proof that objective and bound give by themselves, if there is no other; a bound that
    /// the objective meets becomes equal to it.
    pub(crate) fn settled(mut self, settings: &Settings) -> Outcome {
        if let (Proof::None | Proof::WithinGap, Some(objective), Some(bound)) =
            (self.proof, self.objective, self.bound)
        {
            if meets(objective, bound) {
                self.proof = Proof::Optimal;
                self = self.with_bound(Some(objective));
            } else if relative_gap(objective, bound) <= settings.relative_gap
                || (objective - bound).abs() <= settings.absolute_gap
            {
                self.proof = Proof::WithinGap;
            }
        }
        self
    }

    pub(crate) fn with_point(mut self, model: &Model, point: Option<Vec<f64>>) -> Outcome {
        self.objective = point.as_deref().map(|point| model.objective_at(point));
        self.point = point;
        self.settle_gap();
        self
    }

    pub(crate) fn with_bound(mut self, bound: Option<f64>) -> Outcome {
        self.bound = bound.filter(|bound| bound.is_finite());
        self.settle_gap();
        self
    }

    pub(crate) fn took(mut self, time: Duration) -> Outcome {
        self.seconds = time.as_secs_f64();
        self
    }

    fn settle_gap(&mut self) {
        self.gap = match (self.objective, self.bound) {
            (Some(objective), Some(bound)) => Some(relative_gap(objective, bound)),
            _ => None,
        };
    }
}

/// Whether objective and bound are equal but for the solver's accuracy.
fn meets(objective: f64, bound: f64) -> bool {
    (objective - bound).abs() <= ACCURACY * objective.abs().max(1.0)
}

pub(crate) fn relative_gap(objective: f64, bound: f64) -> f64 {
    if objective == bound { 0.0 } else { (objective - bound).abs() / objective.abs() }
}

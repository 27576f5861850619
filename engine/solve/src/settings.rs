//! What a solve is asked to keep to.

use std::time::Duration;

/// Limits, gaps and tolerances of one solve.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Wall-clock time; none means no limit. Kept within 10 % and 0.2 s.
    pub time_limit: Option<Duration>,
    /// Stop when objective and bound differ by at most this part of the objective; 0 or more.
    pub relative_gap: f64,
    /// Stop when objective and bound differ by at most this, in the objective's unit; 0 or more.
    pub absolute_gap: f64,
    /// Threads to use; 0 leaves it to the solver. The same number gives the same answer.
    pub threads: u16,
    /// Seed of the solver's own choices.
    pub seed: u32,
    /// How far a row or bound may be violated, in its own unit; 1e-10 to 1e-3.
    pub feasibility_tolerance: f64,
    /// How far an integer column may be from a whole number; 1e-10 to 1e-3.
    pub integrality_tolerance: f64,
    /// Most nodes of the search tree; none means no limit.
    pub node_limit: Option<u32>,
    /// Most iterations of the linear solver in a search tree, looked at once in a while; none means no limit.
    /// Unlike a time limit it ends the same search at the same place every time.
    pub iteration_limit: Option<u64>,
    /// Whether the solver may simplify the model first.
    pub presolve: bool,
    /// Whether a linear model is solved by an interior point method alone: of a large one sooner, to prices that are
    /// nearly right and a point that need not satisfy it quite.
    pub interior: bool,
    /// Whether the solver may look for points in smaller models of its own making; of a small model it takes longer
    /// than to search the model itself.
    pub neighbourhoods: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            time_limit: None,
            relative_gap: 1e-4,
            absolute_gap: 1e-6,
            threads: 1,
            seed: 0,
            feasibility_tolerance: 1e-7,
            integrality_tolerance: 1e-6,
            node_limit: None,
            iteration_limit: None,
            presolve: true,
            interior: false,
            neighbourhoods: true,
        }
    }
}

impl Settings {
    /// What a point is held to: the looser of the two tolerances.
    pub fn point_tolerance(&self) -> f64 {
        self.feasibility_tolerance.max(self.integrality_tolerance)
    }
}

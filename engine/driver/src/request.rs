//! What a run is given, and who looks on.

use std::collections::BTreeMap;
use std::time::Duration;

use apportion_check::policy::Policy;
use apportion_facts::Settings;
use apportion_plan::Timings;
use apportion_solve::Progress;
use apportion_world::World;

/// A policy and a world, and how much may be spent on them.
pub struct Request<'a> {
    /// The project's name.
    pub project: &'a str,
    /// The checked policy.
    pub policy: &'a Policy,
    /// The facts.
    pub world: &'a World,
    /// Parameters, time, slots.
    pub settings: &'a Settings,
    /// Texts of the parameters that are not left to their defaults, for the plan.
    pub params: BTreeMap<String, String>,
    /// Limits.
    pub options: Options,
    /// Hashes of policy and world, for the plan.
    pub hashes: (String, String),
    /// What the stages before took.
    pub timings: Timings,
}

/// Limits of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Wall-clock time for solving and everything after it.
    pub time_limit: Option<Duration>,
    /// The gap that will do, as a share.
    pub gap: f64,
    /// Threads of the solver.
    pub threads: u16,
    /// Seed of the solver's own choices.
    pub seed: u32,
    /// Whether rows that are alike share a class.
    pub merge: bool,
    /// Whether columns that others dominate are held at their least.
    pub dominance: bool,
    /// Problems of up to so many single columns are solved as they are: what counts cannot see is then seen.
    pub small: u64,
    /// Of up to so many, they are solved as they are at once.
    pub tiny: u64,
    /// Machines per class of them from which on they are filled whole, by patterns: of fewer, most patterns would be
    /// used less than once.
    pub pack_from: usize,
    /// Whether the plan says why what is not placed is not.
    pub reasons: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            time_limit: None,
            gap: 1e-4,
            threads: 1,
            seed: 0,
            merge: true,
            dominance: true,
            small: 20_000,
            tiny: 2_000,
            pack_from: 2,
            reasons: true,
        }
    }
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The policy over the world.
    Ground,
    /// The mathematical problem.
    Lower,
    /// A first plan.
    Start,
    /// The least that what runs now must break of the rules, before every level.
    Mend,
    /// A level of the policy's objective, by its position.
    Solve(usize),
    /// A level of fair shares, by its position, some of whose shares are settled.
    Share {
        /// The level.
        level: usize,
        /// Shares that have their last value.
        settled: usize,
        /// How many shares there are.
        all: usize,
    },
    /// From counts to single placements.
    Unpack,
    /// Whole fillings of machines, for the first level.
    Pack,
    /// A better plan for single placements, at a level, by its position.
    Improve(usize),
    /// The reference evaluator.
    Judge,
    /// Why what is not placed is not.
    Reasons,
}

/// Who hears of a run's progress, knows the time and may end it.
pub trait Observer: Sync {
    /// A stage begins.
    fn stage(&self, stage: Stage);

    /// The solver is this far with the level at hand.
    fn progress(&self, progress: &Progress);

    /// Whether to end now with what was found.
    fn interrupted(&self) -> bool;

    /// Seconds since the run began.
    fn elapsed(&self) -> f64;
}

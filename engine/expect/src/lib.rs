//! The tests of a policy: the real engine over given facts, and what is expected of its plan.
//!
//! A test changes facts, and a rule that is named as a reason is taken out of the policy; then [`apportion_driver::plan`]
//! plans as it does for everyone, and the reference evaluator reads the expectation on what was planned. There is no
//! second model. Tests are independent of each other and run side by side; their results are in the order asked for.
//!
//! It does no I/O and reads no clock of its own: who calls has read the files that tests name ([`Project::files`]) and
//! those that keep their plans ([`Project::snapshots`]), writes new ones, and a [`Watch`] tells the time and may end the run.
//!
//! Start reading at [`run`].

mod claim;
mod facts;
mod literal;
mod made_up;
mod placed;
mod project;
mod reason;
mod run;
mod shrink;
mod snapshot;
mod tested;
#[cfg(test)]
mod tests;
mod worlds;

pub use project::{File, FileOf, Project, Watch};
pub use run::run;
pub use snapshot::{
    BEGINNING, Kept, Review, SNAPSHOTS, Snapshot, keepers, snapshot_file, snapshot_folder,
};
pub use tested::{Outcome, RuleUse, Tested};

/// The time that a test plans for unless it says another: the first moment of the edition's year, so that a test that
/// passes today passes tomorrow.
pub const AT: f64 = 1_767_225_600.0;

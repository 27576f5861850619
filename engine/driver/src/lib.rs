//! World and policy in, plan out: the stages in order, once. Every front end calls [`plan`].
//!
//! It does no I/O and reads no clock of its own: an [`Observer`] tells the time and may interrupt. Whatever
//! the solver says, the plan is what the reference evaluator has judged; an answer that it rejects is solved
//! again with more care, and is never shown as a plan.
//!
//! A fleet beyond one solve is planned in parts: [`partition`] makes them, [`plan_part`] plans one, [`merge`] makes one plan
//! of their plans.
//!
//! [`Planner`] plans a world that changes, again and again, from what it knows of the one before.
//!
//! [`Standing`] places rows that arrive after a plan was made, one by one, without solving anything.
//!
//! Start reading at [`plan`].

mod again;
mod build;
mod calm;
mod census;
mod classes;
mod clock;
mod codes;
mod divided;
mod evictions;
mod fair;
mod floors;
mod later;
mod levels;
mod merge;
mod names;
mod pack;
mod partition;
mod presolve;
mod prices;
mod reasons;
mod refused;
mod rejected;
mod request;
mod resettle;
mod run;
mod single;
mod size;
mod standing;
mod tuples;

pub use again::Planner;
pub use apportion_unpack::Index;
pub use census::classes_of;
pub use codes::current_of;
pub use merge::{Parts, merge};
pub use names::Names;
pub use partition::{Part, Parting, Partition, Share, Way, partition};
pub use presolve::{hold_dominated, presolve_of};
pub use request::{Observer, Options, Request, Stage};
pub use run::{Failure, Grounded, Planned, Rejected, ground_request, plan, plan_part};
pub use standing::{Decision, Placed, Row, Standing};

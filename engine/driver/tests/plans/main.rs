//! The whole spine: what it plans is the best there is, how it ends before it knows, and what
//! arrives beside it.

mod again;
mod arrivals;
mod brute_force;
mod case;
mod fair;
mod library;
mod limits;
mod moves;
mod parts;
mod patterns;
mod peaks;
mod policy;
mod preemption;
mod presolve;
mod progress;
mod resettle;
mod rollout;
mod world;

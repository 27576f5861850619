//! The whole spine: what it plans is the best there is, and how it ends before it knows.

mod brute_force;
mod case;
mod limits;
mod policy;
mod world;

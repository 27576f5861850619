//! A world as the facts that a checked policy reads.
//!
//! A policy speaks of entities and fields, a world has tables and columns; this crate is the one
//! reading of the second as the first, which grounding and judging share. It makes the [`schema`] that
//! the loader needs, works out the [`Settings`] of a run from texts, reads fields for the evaluator
//! ([`WorldFacts`]), and holds what an [`Assignment`] gives to each decision.
//!
//! It does no I/O, knows no rule and no mathematics, and never changes a fact.

mod assignment;
mod facts;
mod params;
mod quantity;
mod schema;
mod settings;

pub use assignment::{Assignment, DecisionValues};
pub use facts::WorldFacts;
pub use params::{Given, ParamValue};
pub use schema::schema;
pub use settings::Settings;

//! Settings from texts, schemas from policies, facts from worlds, and assignments.

#[path = "facts/assignment.rs"]
mod assignment;
#[path = "facts/params.rs"]
mod params;
#[path = "facts/reads.rs"]
mod reads;
#[path = "facts/schema.rs"]
mod schema;

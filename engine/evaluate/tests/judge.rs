//! Verdicts on small worlds, and brute force over tiny ones.

#[path = "judge/brute_force.rs"]
mod brute_force;
#[path = "judge/build.rs"]
mod build;
#[path = "judge/decisions.rs"]
mod decisions;
#[path = "judge/properties.rs"]
mod properties;
#[path = "judge/rules.rs"]
mod rules;
#[path = "judge/values.rs"]
mod values;

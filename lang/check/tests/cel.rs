//! The evaluator of ground expressions: against the `cel` crate where an expression is plain CEL, and
//! against the language's own words where it is not.

#[path = "cel/build.rs"]
mod build;
#[path = "cel/conformance.rs"]
mod conformance;
#[path = "cel/limits.rs"]
mod limits;
#[path = "cel/own.rs"]
mod own;
#[path = "cel/properties.rs"]
mod properties;
#[path = "cel/table.rs"]
mod table;
#[path = "cel/textproto.rs"]
mod textproto;

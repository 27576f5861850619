//! What a ground expression is worth over some facts.
//!
//! This is the one evaluator of ground expressions: the engine's grounding and the judge both call it.
//! It reads facts through [`Facts`] only, does no I/O and never panics: an expression that asks for
//! too much ends with an error that names the [`Limits`] it met.
//!
//! Where an expression is plain CEL it means what CEL says. The differences, all towards errors:
//!
//! - There is one number type, a double. Arithmetic whose result is not finite is an error, division
//!   by zero among them; `%` keeps the sign of its left side, as CEL's does on integers.
//! - Errors are not absorbed: `error || true` and `error && false` are errors, `true || error` and
//!   `false && error` are not. `any` and `all` take their tuples in order and stop at the first that
//!   decides; an error met before is an error.
//! - Values of different types are never equal, and comparing them is a mistake that the checker reports.
//! - An absent fact may be asked for with `has`, or replaced with `??`; any other use is an error.
//!
//! Start reading at [`Evaluator`].

mod aggregates;
mod budget;
mod collections;
mod error;
mod evaluator;
mod facts;
mod functions;
mod lets;
mod reads;
mod tuples;
mod walk;

pub use budget::Limits;
pub use error::{Absence, EvalError, EvalErrorKind};
pub use evaluator::Evaluator;
pub use facts::{Facts, Value};
pub use tuples::DomainValues;
pub(crate) use walk::children_mut;
pub use walk::{binder_parts, children, walk};

//! The judge: each source rule on an assignment, by brute reading.
//!
//! [`judge`] takes a checked policy, its facts and what each decision is, and says which rules hold and
//! which are broken, where and by how much; what each level, budget and report is worth; and whether
//! every decision keeps to its own bounds and `where`. It reads the author's expressions and nothing
//! else: it knows no classes, no model and no solver, so that a wrong expansion cannot fool it.
//!
//! What the language leaves to whoever reads a rule, decided here:
//!
//! - A tuple that a decision's `where` leaves out, and a tuple that is 0, are no term of a sum: what
//!   they are multiplied with is not evaluated.
//! - Comparisons of decisions allow for [`Tolerance`]; a strict one must hold by more than it. Decisions
//!   that take whole numbers are rounded first.
//! - A comparison is broken by the difference of its sides, a `forbid` or `permit` by the value that
//!   should be 0, anything else by 1. What facts alone decide is decided first: `if g then a <= b` is broken
//!   by `a - b` where `g` holds. The parts of a hard rule that must all hold are judged one by one; a soft
//!   rule is priced as a whole.
//! - A hard rule that cannot be evaluated is not obeyed: a `forbid` then forbids, anything else is an
//!   error of the verdict. A soft one is skipped and counted.
//! - An `sla` is broken by what its `forbid`s speak of beyond what its promise leaves. A tuple for which they
//!   cannot be evaluated is such, whether the `sla` is soft or not.
//! - What a preemption leaves of what runs now is judged row by row, on what runs and what is planned alone; like a rule that is
//!   to warn, it is excused where it is broken.
//! - A rule that is audited is judged as if it were hard, and makes no difference to anything else. One that is to
//!   warn is excused wherever it is broken.
//!
//! [`brute_force`] tries every assignment of a tiny world, to judge a solver by.

mod bins;
mod brute_force;
mod budgets;
mod decisions;
mod form;
mod inline;
mod judge;
mod moves;
mod narrow;
mod reader;
mod reports;
mod rules;
mod shares;
mod stack;
mod state;
mod verdict;

pub use brute_force::{Enumeration, Optimum, TooLarge, brute_force};
pub use judge::judge;
pub use verdict::{
    Alert, BudgetVerdict, Failure, FairnessVerdict, Fault, IndexValue, Instance, Item,
    LevelVerdict, Offence, ReportRow, ReportVerdict, RuleVerdict, Share, SlaVerdict, Tolerance,
    Verdict,
};

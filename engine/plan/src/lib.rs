//! A plan as plain data, and its drawing for people.
//!
//! [`Plan`] is what every front end prints: it can be written as JSON and read back without loss, and
//! [`preview`] draws it. Nothing here decides anything: values, reasons and verdicts come from the driver, and
//! a reason's text is for people only.
//!
//! Start reading at [`Plan`].

mod changes;
mod classes;
mod ending;
mod model;
mod presolve;
mod preview;
mod table;
#[cfg(test)]
mod tests;

pub use changes::{Placed, changes};
pub use classes::{InputClasses, Reading, Split, classes};
pub use ending::{ended, gap, is_settled_by_rows, percent};
pub use model::{
    Alert, Budget, Change, ChangeKind, Check, DecisionEntry, Dominated, Evicted, FORMAT, Filled,
    Group, Level, LevelState, Metric, ModelSize, Override, OverrideChange, Partitioned, Plan,
    Provenance, Refused, Rollout, RoomFor, RuleSummary, Share, Shares, Sla, Status, Timings,
    Warning,
};
pub use presolve::{Bounded, Dropped, Outdone, Presolve, Switched, Why, presolve};
pub use preview::{Style, preview};

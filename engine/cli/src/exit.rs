//! Exit codes, as scripts rely on them.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Clean, or a valid plan.
    Done,
    /// Findings at error level, bad policy, bad data.
    Findings,
    /// Wrong usage, an unreadable file, an internal error; a plan that changes something, where that was asked.
    Usage,
    /// Proven: no placement obeys every rule, or a level is unbounded.
    NoPlan,
    /// Stopped by a limit.
    Stopped,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::NoPlan => 3,
            Exit::Stopped => 4,
        })
    }
}

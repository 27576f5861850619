//! Exit codes, as scripts rely on them.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Clean, or a valid plan.
    Done,
    /// Findings at error level, bad policy, bad data; of verbs that read facts, whatever else keeps them from it.
    Findings,
    /// Wrong usage; of verbs that make no plan, a file that cannot be used too; a plan that changes something,
    /// where that was asked.
    Usage,
    /// Proven: no placement obeys every rule, or a level is unbounded.
    NoPlan,
    /// Not proven as near to the best as was asked for: a limit, Ctrl-C, or single rows placed one by one.
    Stopped,
}

impl Exit {
    /// The number that a script sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::NoPlan => 3,
            Exit::Stopped => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

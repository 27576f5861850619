//! Progress on the terminal, Ctrl-C, and the clock.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use apportion_check::policy::Policy;
use apportion_driver::{Observer, Stage};
use apportion_expect::Watch;
use apportion_solve::Progress;
use apportion_units::counted;
use terminal_size::{Width, terminal_size_of};

use crate::args::Common;
use crate::exit::Exit;
use crate::progress::{Level, Moment};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static PLANNING: AtomicBool = AtomicBool::new(false);

/// Ends a run at the first Ctrl-C with what was found, at the second at once. Before planning begins nothing has
/// been found and nothing printed, so the first is enough.
pub(crate) fn listen_for_interrupts() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if !PLANNING.load(Ordering::SeqCst) {
            eprintln!("{}", stopped_without_plan("interrupted"));
            std::process::exit(Exit::Stopped.code().into());
        }
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        eprintln!("\nstopping with what was found; once more to stop at once");
    })?;
    Ok(())
}

/// What is said where a run ended before it found a plan.
pub(crate) fn stopped_without_plan(ended: &str) -> String {
    format!(
        "error[stopped-without-plan]: {ended} before any placement was found\n  \
         this does not say that none exists"
    )
}

/// Shows how far a run has come, on one line of a terminal that is written over. No escape sequence is used,
/// so that it is as plain with `NO_COLOR` as without.
pub(crate) struct Terminal {
    begun: Instant,
    shows: bool,
    levels: Vec<Level>,
    limit: Option<Duration>,
    stage: Mutex<Option<Stage>>,
    /// How wide the line on the terminal is.
    width: AtomicUsize,
}

impl Terminal {
    /// For a policy and a time limit; planning begins.
    pub(crate) fn new(common: &Common, policy: &Policy, limit: Option<Duration>) -> Terminal {
        PLANNING.store(true, Ordering::SeqCst);
        Terminal {
            begun: Instant::now(),
            shows: shows(common),
            levels: Level::of(policy),
            limit,
            stage: Mutex::new(None),
            width: AtomicUsize::new(0),
        }
    }

    fn show(&self, progress: Option<&Progress>) {
        if self.shows {
            let moment = Moment {
                levels: &self.levels,
                stage: self.stage.lock().ok().and_then(|stage| *stage),
                progress,
                elapsed: self.elapsed(),
                limit: self.limit,
            };
            self.write(&moment.line());
        }
    }

    /// Writes over the line, with blanks where the one before was longer. What has no room is left out, as a line
    /// that goes on below cannot be written over.
    fn write(&self, line: &str) {
        let room = terminal_size_of(std::io::stderr()).map_or(80, |(Width(width), _)| width);
        let line: String = line.chars().take(usize::from(room).saturating_sub(1)).collect();
        let width = line.chars().count();
        let before = self.width.swap(width, Ordering::Relaxed);
        let blanks = " ".repeat(before.saturating_sub(width));
        // What cannot be shown is no reason to end.
        let _ = write!(std::io::stderr().lock(), "\r{line}{blanks}");
    }

    /// Clears the line.
    pub(crate) fn done(&self) {
        if self.shows {
            self.write("");
            let _ = write!(std::io::stderr().lock(), "\r");
        }
    }
}

/// Shows how many tests are done.
pub(crate) struct Counter {
    begun: Instant,
    shows: bool,
    tests: usize,
}

impl Counter {
    /// For so many tests; they begin.
    pub(crate) fn new(common: &Common, tests: usize) -> Counter {
        PLANNING.store(true, Ordering::SeqCst);
        Counter { begun: Instant::now(), shows: shows(common), tests }
    }

    /// Clears the line.
    pub(crate) fn end(&self) {
        if self.shows {
            let blanks = " ".repeat(self.line(self.tests).len());
            let _ = write!(std::io::stderr().lock(), "\r{blanks}\r");
        }
    }

    fn line(&self, done: usize) -> String {
        format!("{done} of {}", counted(self.tests, "test", "tests"))
    }
}

impl Watch for Counter {
    fn done(&self, tests: usize) {
        if self.shows {
            let _ = write!(std::io::stderr().lock(), "\r{}", self.line(tests));
        }
    }

    fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

/// Whether progress is shown.
fn shows(common: &Common) -> bool {
    !common.quiet && !common.no_progress && std::io::stderr().is_terminal()
}

impl Observer for Terminal {
    fn stage(&self, stage: Stage) {
        if let Ok(mut current) = self.stage.lock() {
            *current = Some(stage);
        }
        self.show(None);
    }

    fn progress(&self, progress: &Progress) {
        self.show(Some(progress));
    }

    fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

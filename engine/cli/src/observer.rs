//! Progress on the terminal, Ctrl-C, and the clock.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use apportion_driver::{Observer, Stage};
use apportion_solve::Progress;

use crate::args::Common;
use crate::exit::Exit;

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

/// Shows how far a run has come, on one line of a terminal that is written over.
pub(crate) struct Terminal {
    begun: Instant,
    shows: bool,
    names: Vec<String>,
    stage: Mutex<Option<Stage>>,
}

impl Terminal {
    /// For levels of these names; planning begins.
    pub(crate) fn new(common: &Common, names: Vec<String>) -> Terminal {
        PLANNING.store(true, Ordering::SeqCst);
        let shows = !common.quiet && !common.no_progress && std::io::stderr().is_terminal();
        Terminal { begun: Instant::now(), shows, names, stage: Mutex::new(None) }
    }

    fn show(&self, text: &str) {
        if self.shows {
            // What cannot be shown is no reason to end.
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K{text}");
        }
    }

    /// Clears the line.
    pub(crate) fn done(&self) {
        self.show("");
    }

    fn word(&self, stage: Stage) -> String {
        match stage {
            Stage::Ground => "reading the policy over the facts".to_owned(),
            Stage::Lower => "building the problem".to_owned(),
            Stage::Start => "making a first plan".to_owned(),
            Stage::Solve(level) => match self.names.get(level) {
                Some(name) => {
                    format!("solving level {} of {}: {name}", level + 1, self.names.len())
                }
                None => "solving".to_owned(),
            },
            Stage::Unpack => "settling single placements".to_owned(),
            Stage::Pack => "choosing what machines hold together".to_owned(),
            Stage::Improve(level) => match self.names.get(level) {
                Some(name) => format!("improving single placements: {name}"),
                None => "improving single placements".to_owned(),
            },
            Stage::Judge => "checking every rule".to_owned(),
        }
    }
}

impl Observer for Terminal {
    fn stage(&self, stage: Stage) {
        if let Ok(mut current) = self.stage.lock() {
            *current = Some(stage);
        }
        self.show(&format!("{} …", self.word(stage)));
    }

    fn progress(&self, progress: &Progress) {
        let stage = self.stage.lock().ok().and_then(|stage| *stage);
        let word = stage.map_or(String::new(), |stage| self.word(stage));
        let gap = progress.gap.filter(|gap| gap.is_finite()).map_or(String::new(), |gap| {
            format!(", gap {} %", apportion_units::format_number(gap * 100.0, 3))
        });
        self.show(&format!("{word}{gap}, {:.0} s", self.elapsed()));
    }

    fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

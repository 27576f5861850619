//! Progress on the terminal, Ctrl-C, and the clock.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use apportion_check::policy::Policy;
use apportion_driver::{Observer, Stage};
use apportion_expect::Watch;
use apportion_solve::Progress;
use apportion_units::counted;
use terminal_size::{Width, terminal_size_of};

use crate::args::Common;
use crate::exit::Exit;
use crate::progress::Course;

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

/// How often the line is written anew.
const BEAT: Duration = Duration::from_millis(200);

/// Shows how far a run has come, on one line of a terminal that is written over as long as this lives. No escape
/// sequence is used, so that it is as plain with `NO_COLOR` as without.
pub(crate) struct Terminal {
    begun: Instant,
    course: Arc<Mutex<Course>>,
    ticker: Option<Ticker>,
}

impl Terminal {
    /// For a policy and a time limit; planning begins.
    pub(crate) fn new(common: &Common, policy: &Policy, limit: Option<Duration>) -> Terminal {
        PLANNING.store(true, Ordering::SeqCst);
        let begun = Instant::now();
        let course = Arc::new(Mutex::new(Course::new(policy, limit)));
        let told = Arc::clone(&course);
        let line =
            move |room| told.lock().ok().map(|it| it.line(begun.elapsed().as_secs_f64(), room));
        let ticker = if shows(common) { Ticker::start(line) } else { None };
        Terminal { begun, course, ticker }
    }

    /// Clears the line.
    pub(crate) fn done(self) {}
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(ticker) = self.ticker.take() {
            ticker.end();
        }
    }
}

/// Writes a line over and over: the time goes on where nothing else is new.
struct Ticker {
    ends: Sender<()>,
    thread: JoinHandle<()>,
}

impl Ticker {
    /// `line` gives the line for so many characters. Without a thread for it nothing is shown.
    fn start(line: impl Fn(usize) -> Option<String> + Send + 'static) -> Option<Ticker> {
        let (ends, ended) = mpsc::channel();
        let work = move || {
            let mut shown = 0;
            while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                // A line that fills a terminal to its end goes on below, where it cannot be written over.
                let room =
                    terminal_size_of(std::io::stderr()).map_or(80, |(Width(width), _)| width);
                let line = line(usize::from(room).saturating_sub(1)).unwrap_or_default();
                write_over(&mut shown, &line);
            }
            write_over(&mut shown, "");
            let _ = write!(std::io::stderr().lock(), "\r");
        };
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(work).ok()?;
        Some(Ticker { ends, thread })
    }

    /// Clears the line.
    fn end(self) {
        drop(self.ends);
        // A line that cannot be cleared is no reason to end.
        let _ = self.thread.join();
    }
}

/// Writes a line over one of so many characters, with blanks where that was longer.
fn write_over(shown: &mut usize, line: &str) {
    let width = line.chars().count();
    let blanks = " ".repeat(shown.saturating_sub(width));
    *shown = width;
    // What cannot be shown is no reason to end.
    let _ = write!(std::io::stderr().lock(), "\r{line}{blanks}");
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
        if let Ok(mut course) = self.course.lock() {
            course.begin(stage);
        }
    }

    fn progress(&self, progress: &Progress) {
        if let Ok(mut course) = self.course.lock() {
            course.hear(progress);
        }
    }

    fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

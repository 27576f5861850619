//! Progress on the terminal, Ctrl-C, and the clock.

use std::io::{IsTerminal, Read, Write};
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
use crate::progress::{Course, Work};
use crate::workers::Report;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// Whether that was by a signal: another process that says so too does not make it the second time.
static SIGNALLED: AtomicBool = AtomicBool::new(false);
static PLANNING: AtomicBool = AtomicBool::new(false);

/// Ends a run at the first Ctrl-C with what was found, at the second at once. Before planning begins nothing has
/// been found and nothing printed, so the first is enough.
pub(crate) fn listen_for_interrupts() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if !PLANNING.load(Ordering::SeqCst) {
            eprintln!("{}", stopped_without_plan("interrupted"));
            std::process::exit(Exit::Stopped.code().into());
        }
        if SIGNALLED.swap(true, Ordering::SeqCst) {
            // A solver is at work, of which nothing is taken away.
            signal_hook::low_level::exit(130);
        }
        INTERRUPTED.store(true, Ordering::SeqCst);
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

/// Obeys another process of this program: the first byte on standard input ends the run with what was found, the end
/// of it at once, as nobody is left who wants the plan.
pub(crate) fn listen_to_standard_input() -> anyhow::Result<()> {
    let listen = || {
        let mut input = std::io::stdin().lock();
        while input.read_exact(&mut [0]).is_ok() {
            INTERRUPTED.store(true, Ordering::SeqCst);
        }
        // A solver is at work, of which nothing is taken away.
        signal_hook::low_level::exit(130);
    };
    std::thread::Builder::new().name("standard input".to_owned()).spawn(listen)?;
    Ok(())
}

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
        let begun = Instant::now();
        let mut shown = 0;
        let text = move |course: &Course, goes_on: bool| {
            // A line that fills a terminal to its end goes on below, where it cannot be written over.
            let room = terminal_size_of(std::io::stderr()).map_or(80, |(Width(width), _)| width);
            let room = if goes_on { usize::from(room).saturating_sub(1) } else { 0 };
            over(&mut shown, &course.line(begun.elapsed().as_secs_f64(), room))
        };
        Terminal::writing(begun, Course::new(policy, limit), |course| {
            if shows(common) { Ticker::start(course, text, std::io::stderr()) } else { None }
        })
    }

    /// For a process that another one started, which reads from standard output how far this has come.
    pub(crate) fn reporting(policy: &Policy, limit: Option<Duration>) -> Terminal {
        let text = |course: &Course, _| course.first_level().map_or_else(String::new, Report::line);
        Terminal::writing(Instant::now(), Course::new(policy, limit), |course| {
            Ticker::start(course, text, std::io::stdout())
        })
    }

    fn writing(
        begun: Instant,
        course: Course,
        ticker: impl FnOnce(Arc<Mutex<Course>>) -> Option<Ticker>,
    ) -> Terminal {
        PLANNING.store(true, Ordering::SeqCst);
        let course = Arc::new(Mutex::new(course));
        let ticker = ticker(Arc::clone(&course));
        Terminal { begun, course, ticker }
    }

    /// Changes what is shown from the next beat on.
    pub(crate) fn tell(&self, change: impl FnOnce(&mut Course)) {
        if let Ok(mut course) = self.course.lock() {
            change(&mut course);
        }
    }

    /// Shows what has changed at once.
    fn wake(&self) {
        if let Some(ticker) = &self.ticker {
            ticker.wake();
        }
    }

    /// Clears the line, or reports for the last time.
    pub(crate) fn done(self) {}
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(ticker) = self.ticker.take() {
            ticker.end();
        }
    }
}

/// How often it is written how far a run has come: the time goes on where nothing else is new.
const BEAT: Duration = Duration::from_millis(200);

/// Writes how far a run has come, over and over.
struct Ticker {
    wakes: Sender<()>,
    thread: JoinHandle<()>,
}

impl Ticker {
    /// `text` is told whether the run goes on. Without a thread nothing is written.
    fn start(
        course: Arc<Mutex<Course>>,
        mut text: impl FnMut(&Course, bool) -> String + Send + 'static,
        mut out: impl Write + Send + 'static,
    ) -> Option<Ticker> {
        let (wakes, woken) = mpsc::channel();
        let work = move || {
            let mut goes_on = true;
            while goes_on {
                goes_on = woken.recv_timeout(BEAT) != Err(RecvTimeoutError::Disconnected);
                let text = course.lock().map_or_else(|_| String::new(), |it| text(&it, goes_on));
                // What cannot be written is no reason to end.
                let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            }
        };
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(work).ok()?;
        Some(Ticker { wakes, thread })
    }

    /// Writes now.
    fn wake(&self) {
        // Where nobody writes any more, nothing is to be woken.
        let _ = self.wakes.send(());
    }

    fn end(self) {
        drop(self.wakes);
        // It writes no more, if only because it has panicked.
        let _ = self.thread.join();
    }
}

/// A line to be written over one of so many characters, with blanks where that was longer.
fn over(shown: &mut usize, line: &str) -> String {
    let width = line.chars().count();
    let blanks = " ".repeat(shown.saturating_sub(width));
    *shown = width;
    let back = if line.is_empty() { "\r" } else { "" };
    format!("\r{line}{blanks}{back}")
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
        self.tell(|course| course.begin(Work::Stage(stage)));
        self.wake();
    }

    fn progress(&self, progress: &Progress) {
        self.tell(|course| course.hear(progress));
    }

    fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

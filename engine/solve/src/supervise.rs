//! Runs a solver that can't be trusted with the time on a thread of its own.
//!
//! The thread is told to stop at the limit. If it does not within the grace, it is left behind: it
//! ends, and frees what it holds, when the solver next looks at its flag. Whoever waits is back in
//! time either way.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Progress, Watch};

/// Threads that work.
static WORKING: AtomicUsize = AtomicUsize::new(0);

/// Whether a solver that was left behind still works: a process that ends in the usual way takes away what it uses.
pub fn any_left_behind() -> bool {
    WORKING.load(Ordering::SeqCst) > 0
}

/// Counts a thread for as long as it has anything of a solver.
struct AtWork;

impl AtWork {
    fn begin() -> AtWork {
        WORKING.fetch_add(1, Ordering::SeqCst);
        AtWork
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        WORKING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How often the watch is asked.
const BEAT: Duration = Duration::from_millis(10);

/// How often the watch is told.
const REPORT: Duration = Duration::from_millis(200);

/// How long after an interruption the solver may take to stop.
const INTERRUPT_GRACE: Duration = Duration::from_millis(500);

/// When a solve must end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    begun: Instant,
    limit: Option<Duration>,
}

impl Deadline {
    pub(crate) fn starting_now(limit: Option<Duration>) -> Deadline {
        Deadline { begun: Instant::now(), limit }
    }

    /// A deadline after this share of the time, for what begins with the whole.
    pub(crate) fn share(&self, share: f64) -> Deadline {
        Deadline { limit: self.limit.map(|limit| limit.mul_f64(share)), ..*self }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// Time left; none when there is no limit.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.limit.map(|limit| limit.saturating_sub(self.elapsed()))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }

    /// Whether even the grace is used up: half of what a solve may exceed its limit by.
    fn grace_is_over(&self) -> bool {
        let latest =
            |limit: Duration| limit.saturating_add(limit / 20 + Duration::from_millis(100));
        self.limit.is_some_and(|limit| self.elapsed() >= latest(limit))
    }
}

/// How supervised work ended.
pub(crate) enum Ending<T> {
    /// The work returned.
    Returned(T),
    /// The work was left behind after the watch interrupted it.
    LeftInterrupted,
    /// The work was left behind because its time was up.
    LeftAtLimit,
    /// The thread could not be started, or died.
    Failed,
}

/// Runs `work` until it returns, or its deadline or an interruption passes; `stop` tells it to end.
///
/// `progress` is asked now and then whether there is news for the watch.
pub(crate) fn supervise<T: Send + 'static>(
    deadline: &Deadline,
    watch: &dyn Watch,
    stop: &AtomicBool,
    mut progress: impl FnMut() -> Option<Progress>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Ending<T> {
    let (done, result) = mpsc::sync_channel(1);
    let thread = thread::Builder::new().name(String::from("solver")).spawn(move || {
        let _at_work = AtWork::begin();
        // When nobody waits any more, the value is freed here.
        let _ = done.send(work());
    });
    if thread.is_err() {
        return Ending::Failed;
    }
    let mut interrupted: Option<Instant> = None;
    let mut reported = Instant::now();
    loop {
        match result.recv_timeout(BEAT) {
            Ok(value) => return Ending::Returned(value),
            Err(RecvTimeoutError::Disconnected) => return Ending::Failed,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if interrupted.is_none() && watch.interrupted() {
            interrupted = Some(Instant::now());
        }
        if interrupted.is_some() || deadline.is_over() {
            stop.store(true, Ordering::Relaxed);
        }
        if interrupted.is_some_and(|since| since.elapsed() >= INTERRUPT_GRACE) {
            return Ending::LeftInterrupted;
        }
        if deadline.grace_is_over() {
            return Ending::LeftAtLimit;
        }
        if reported.elapsed() >= REPORT {
            reported = Instant::now();
            if let Some(news) = progress() {
                watch.progress(&news);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unwatched;

    /// Interrupts at once.
    struct Impatient;

    impl Watch for Impatient {
        fn progress(&self, _: &Progress) {}

        fn interrupted(&self) -> bool {
            true
        }
    }

    /// Work that does not listen, and sleeps.
    #[track_caller]
    fn check(limit: Option<Duration>, watch: &dyn Watch, work: Duration, ending: &str, most: u64) {
        let deadline = Deadline::starting_now(limit);
        let stop = AtomicBool::new(false);
        let ended = supervise(&deadline, watch, &stop, || None, move || thread::sleep(work));
        let ended = match ended {
            Ending::Returned(()) => "returned",
            Ending::LeftInterrupted => "interrupted",
            Ending::LeftAtLimit => "limit",
            Ending::Failed => "failed",
        };
        assert_eq!(ended, ending);
        assert_eq!(stop.load(Ordering::Relaxed), ending != "returned");
        assert!(ending == "returned" || any_left_behind());
        assert!(deadline.elapsed() < Duration::from_millis(most), "{:?}", deadline.elapsed());
    }

    #[test]
    fn work_that_ends_in_time_returns() {
        check(Some(Duration::from_secs(60)), &Unwatched, Duration::ZERO, "returned", 1000);
    }

    #[test]
    fn work_that_does_not_listen_is_left_at_its_limit() {
        let limit = Some(Duration::from_millis(400));
        check(limit, &Unwatched, Duration::from_secs(60), "limit", 640);
    }

    #[test]
    fn work_that_does_not_listen_is_left_when_interrupted() {
        check(None, &Impatient, Duration::from_secs(60), "interrupted", 1000);
    }

    #[test]
    fn work_that_dies_has_failed() {
        let deadline = Deadline::starting_now(None);
        let stop = AtomicBool::new(false);
        let work = || std::panic::resume_unwind(Box::new("dead"));
        let ended: Ending<()> = supervise(&deadline, &Unwatched, &stop, || None, work);
        assert!(matches!(ended, Ending::Failed));
    }
}

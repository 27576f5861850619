//! Parts of a fleet planned by processes of this program, side by side.

use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use apportion_driver::Observer;

use crate::exit::Exit;
use crate::partitions::Folder;

/// How often a worker is looked at.
const STEP: Duration = Duration::from_millis(5);
/// The least time that a worker is given, in seconds.
const LEAST: f64 = 0.1;
/// How long workers may take to end after an interruption.
const GRACE: Duration = Duration::from_secs(2);

/// Plans all parts of a folder; with a time limit all of them end about then, in seconds of the observer's clock. After
/// an interruption parts may be without a plan; nothing else is left out.
pub(crate) fn solve_all(
    folder: &Folder<'_>,
    parts: usize,
    until: Option<f64>,
    observer: &dyn Observer,
) -> anyhow::Result<()> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(parts);
    let next = AtomicUsize::new(0);
    // What a worker takes beside what its limit says, at most so far.
    let beside = Mutex::new(0.0f64);
    let work = || -> anyhow::Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            if index >= parts || observer.interrupted() {
                return Ok(());
            }
            let begun = observer.elapsed();
            let known = beside.lock().map_or(0.0, |beside| *beside);
            let limit = until.map(|until| {
                let rounds = (parts - index).div_ceil(at_once) as f64;
                let even = (until - begun) / rounds;
                (even - known).max(even / 2.0).max(LEAST)
            });
            if let Err(error) = solve(&folder.part(index), limit, observer) {
                // The others need not begin what will not be used.
                next.store(parts, Ordering::SeqCst);
                return Err(error);
            }
            if let (Some(limit), Ok(mut beside)) = (limit, beside.lock()) {
                *beside = beside.max(observer.elapsed() - begun - limit);
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(outcome) => outcome,
            Err(_) => bail!("a worker's thread ended early"),
        })
    })
}

/// Plans one part in a process of its own, with one thread and at most so many seconds.
fn solve(part: &Path, limit: Option<f64>, observer: &dyn Observer) -> anyhow::Result<()> {
    let what = || format!("the worker of `{}`", part.display());
    let program = std::env::current_exe().with_context(what)?;
    let mut command = Command::new(program);
    command.args(["partition", "solve", "--quiet"]).arg(part);
    if let Some(limit) = limit {
        command.arg(format!("--time-limit={:.0}ms", limit * 1e3));
    }
    // A file takes all that is said, where a pipe that nobody reads by then would hold the worker up.
    let mut said = tempfile::tempfile().with_context(what)?;
    let child = command
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said.try_clone().with_context(what)?)
        .spawn()
        .with_context(what)?;
    let Some(status) = wait(child, observer).with_context(what)? else { return Ok(()) };
    // What a worker found that was interrupted is a plan.
    let is_interrupted = status.code() == Some(Exit::Stopped.code().into());
    if !status.success() && !is_interrupted {
        let mut bytes = Vec::new();
        said.rewind().and_then(|()| said.read_to_end(&mut bytes)).with_context(what)?;
        let said = String::from_utf8_lossy(&bytes);
        bail!("{} failed ({status}); run it again\n{}", what(), said.trim_end());
    }
    Ok(())
}

/// Waits for a process; after an interruption, of which it hears too, not for long. None where it was ended.
fn wait(mut child: Child, observer: &dyn Observer) -> std::io::Result<Option<ExitStatus>> {
    let mut interrupted: Option<Instant> = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if observer.interrupted() {
            let since = *interrupted.get_or_insert_with(Instant::now);
            if since.elapsed() > GRACE {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
        }
        sleep(STEP);
    };
    let is_cut = observer.interrupted() && !status.success();
    Ok((!is_cut).then_some(status))
}

//! Parts of a fleet planned by processes of this program, side by side.
//!
//! A worker reports on its standard output how far it has come. Its standard input is the word to stop: at a byte it ends
//! with what it has found, and where that ends at once, so that no worker outlives whoever started it.

use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use apportion_driver::Observer;
use apportion_solve::Progress;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::observer::Terminal;
use crate::partitions::Folder;
use crate::progress::Work;

/// How often a worker is looked at.
const STEP: Duration = Duration::from_millis(5);
/// The least time that a worker is given, in seconds.
const LEAST: f64 = 0.1;
/// How long workers may take to end after an interruption: what they have found has to be checked.
const GRACE: Duration = Duration::from_secs(10);

/// What a worker knows of the first level of its part, in base units.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    best: Option<f64>,
    bound: Option<f64>,
}

impl Report {
    /// A line for the process that started this one.
    pub(crate) fn line(known: &Progress) -> String {
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        let report = Report { best: finite(known.incumbent), bound: finite(known.bound) };
        serde_json::to_string(&report).map_or_else(|_| String::new(), |line| line + "\n")
    }
}

/// The parts that are to be planned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fleet {
    pub(crate) parts: usize,
    /// Whether its first level is the sum of what it is of the parts.
    pub(crate) is_sum: bool,
}

/// How far the workers have come.
struct Reports<'t> {
    fleet: Fleet,
    solved: usize,
    /// By part: what is known of it.
    known: Vec<Option<Report>>,
    terminal: &'t Terminal,
}

impl Reports<'_> {
    fn show(&self) {
        let (solved, all) = (self.solved, self.fleet.parts);
        self.terminal.tell(|course| {
            course.begin(Work::Parts { solved, all });
            course.hear(&self.together());
        });
    }

    /// The parts that have a plan, taken together.
    fn together(&self) -> Progress {
        let known = self.known.iter().flatten().filter(|_| self.fleet.is_sum);
        let known: Vec<(f64, Option<f64>)> =
            known.filter_map(|report| Some((report.best?, report.bound))).collect();
        if known.is_empty() {
            return Progress::default();
        }
        let best: f64 = known.iter().map(|(best, _)| best).sum();
        let bound: Option<f64> = known.iter().map(|(_, bound)| *bound).sum();
        let gap = bound.map(|bound| (bound - best).abs() / best.abs());
        Progress { incumbent: Some(best), bound, gap, ..Progress::default() }
    }
}

/// Plans all parts of a folder; with a time limit all of them end about then, in seconds of the observer's clock. After
/// an interruption parts may be without a plan; nothing else is left out.
pub(crate) fn solve_all(
    folder: &Folder<'_>,
    fleet: Fleet,
    until: Option<f64>,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    let parts = fleet.parts;
    let reports = Reports { fleet, solved: 0, known: vec![None; parts], terminal };
    reports.show();
    let reports = Mutex::new(reports);
    let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(parts);
    let next = AtomicUsize::new(0);
    // What a worker takes beside what its limit says, at most so far.
    let beside = Mutex::new(0.0f64);
    let work = || -> anyhow::Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            if index >= parts || terminal.interrupted() {
                return Ok(());
            }
            let begun = terminal.elapsed();
            let known = beside.lock().map_or(0.0, |beside| *beside);
            let limit = until.map(|until| {
                let rounds = (parts - index).div_ceil(at_once) as f64;
                let even = (until - begun) / rounds;
                (even - known).max(even / 2.0).max(LEAST)
            });
            let hear = |report| change(&reports, |it| it.known[index] = Some(report));
            if let Err(error) = solve(&folder.part(index), limit, terminal, &hear) {
                // The others need not begin what will not be used.
                next.store(parts, Ordering::SeqCst);
                return Err(error);
            }
            change(&reports, |it| it.solved += 1);
            if let (Some(limit), Ok(mut beside)) = (limit, beside.lock()) {
                *beside = beside.max(terminal.elapsed() - begun - limit);
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

fn change(reports: &Mutex<Reports<'_>>, change: impl FnOnce(&mut Reports<'_>)) {
    if let Ok(mut reports) = reports.lock() {
        change(&mut reports);
        reports.show();
    }
}

/// Plans one part in a process of its own, with one thread and at most so many seconds.
fn solve(
    part: &Path,
    limit: Option<f64>,
    observer: &dyn Observer,
    hear: &(dyn Fn(Report) + Sync),
) -> anyhow::Result<()> {
    let what = || format!("the worker of `{}`", part.display());
    let program = std::env::current_exe().with_context(what)?;
    let mut command = Command::new(program);
    command.args(["partition", "solve", "--quiet", "--worker"]).arg(part);
    if let Some(limit) = limit {
        command.arg(format!("--time-limit={:.0}ms", limit * 1e3));
    }
    // A file takes all that is said, where a pipe that nobody reads by then would hold the worker up.
    let mut said = tempfile::tempfile().with_context(what)?;
    let mut child = command
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(said.try_clone().with_context(what)?)
        .spawn()
        .with_context(what)?;
    let reports = child.stdout.take().map(BufReader::new);
    let status = std::thread::scope(|scope| {
        scope.spawn(|| {
            let lines = reports.into_iter().flat_map(|it| it.lines().map_while(Result::ok));
            lines.filter_map(|line| serde_json::from_str(&line).ok()).for_each(hear);
        });
        wait(&mut child, observer)
    });
    let Some(status) = status.with_context(what)? else { return Ok(()) };
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

/// Waits for a process; after an interruption, of which it is told, not for long. None where it was ended.
fn wait(child: &mut Child, observer: &dyn Observer) -> std::io::Result<Option<ExitStatus>> {
    // As long as this is open the process goes on.
    let mut word: Option<ChildStdin> = child.stdin.take();
    let mut interrupted: Option<Instant> = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if observer.interrupted() {
            if interrupted.is_none() {
                // One that has ended by itself hears no more.
                let _ = word.as_mut().map(|word| word.write_all(b"\n"));
            }
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

//! One run of HiGHS on a thread that may be left behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use apportion_mip::Model;

use super::ffi::{Hook, Instance, Verdict, end_helper_threads};
use super::options;
use crate::outcome::relative_gap;
use crate::supervise::{Deadline, Ending, supervise};
use crate::{Progress, Settings, Stop, Watch};

/// How a run ended, and what was found on the way.
pub(super) struct Run {
    /// The instance and its verdict, or why there are none.
    pub(super) end: Result<(Instance, Verdict), Stop>,
    /// The last improving point.
    pub(super) improved: Option<Vec<f64>>,
    /// The last bound that was heard of.
    pub(super) bound: Option<f64>,
    pub(super) nodes: u64,
}

/// Where the instance with the model in it comes from.
pub(super) enum Source {
    /// It is there.
    Instance(Instance),
    /// It is made, on the run's own thread, from a copy of the model.
    Copy(Box<Model>),
}

impl Source {
    fn instance(self) -> Result<Instance, Stop> {
        match self {
            Source::Instance(instance) => Ok(instance),
            Source::Copy(model) => load(&model),
        }
    }
}

/// A new instance with a well-formed model in it.
pub(super) fn load(model: &Model) -> Result<Instance, Stop> {
    let mut instance = Instance::new().ok_or(Stop::Memory)?;
    options::set_for_loading(&mut instance);
    if instance.load(model) { Ok(instance) } else { Err(Stop::Numerical) }
}

/// Runs the instance; it is gone afterwards when the run had to be left behind.
pub(super) fn run(
    source: Source,
    start: Option<Vec<f64>>,
    settings: &Settings,
    deadline: &Deadline,
    watch: &dyn Watch,
) -> Run {
    let live = Arc::new(Live { most_iterations: settings.iteration_limit, ..Live::default() });
    let news = || {
        let mut news = live.found().news?;
        news.seconds = deadline.elapsed().as_secs_f64();
        Some(news)
    };
    let (inside, settings, until) = (Arc::clone(&live), settings.clone(), *deadline);
    let ending = supervise(deadline, watch, &live.stop, news, move || {
        let mut instance = source.instance()?;
        options::set_for_run(&mut instance, &settings, start.is_some(), &until);
        if let Some(start) = start {
            instance.set_start(&start);
        }
        let verdict = instance.run(&*inside);
        let verdict = Verdict { exhausted: inside.exhausted.load(Ordering::Relaxed), ..verdict };
        end_helper_threads();
        Ok((instance, verdict))
    });
    let mut found = live.found();
    let progress = found.news.unwrap_or_default();
    Run {
        end: match ending {
            Ending::Returned(end) => end,
            Ending::LeftInterrupted => Err(Stop::Interrupted),
            Ending::LeftAtLimit => Err(Stop::TimeLimit),
            Ending::Failed => Err(Stop::Memory),
        },
        improved: found.point.take(),
        bound: progress.bound,
        nodes: progress.nodes,
    }
}

/// What the thread of HiGHS and the waiting one share.
#[derive(Default)]
struct Live {
    stop: AtomicBool,
    most_iterations: Option<u64>,
    exhausted: AtomicBool,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    point: Option<Vec<f64>>,
    news: Option<Progress>,
}

impl Live {
    fn found(&self) -> MutexGuard<'_, Found> {
        // What is stored is whole after each assignment, whoever panicked in between.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        let mut found = self.found();
        let mut news = found.news.unwrap_or_default();
        change(&mut news);
        news.gap = match (news.incumbent, news.bound) {
            (Some(incumbent), Some(bound)) => Some(relative_gap(incumbent, bound)),
            _ => None,
        };
        found.news = Some(news);
    }
}

impl Hook for Live {
    fn improved(&self, point: &[f64], objective: f64) {
        self.found().point = Some(point.to_vec());
        self.tell(|news| news.incumbent = Some(objective));
    }

    fn at(&self, nodes: u64, iterations: u64, bound: f64) {
        if self.most_iterations.is_some_and(|most| iterations > most) {
            self.exhausted.store(true, Ordering::Relaxed);
        }
        self.tell(|news| {
            news.nodes = nodes;
            news.bound = Some(bound).filter(|bound| bound.is_finite()).or(news.bound);
        });
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.exhausted.load(Ordering::Relaxed)
    }
}

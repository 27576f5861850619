//! HiGHS, the main solver, with its deadlines kept from outside.
//!
//! HiGHS may exceed its time limit twofold and return nothing. So each run has a thread of its own
//! under [`supervise`]; improving points are kept as they are found, and a feasible start counts as
//! one. When a run is left behind, its instance goes with it, and the next solve loads the model
//! anew.

mod blocks;
mod ffi;
mod options;
mod run;
mod verdict;

pub use ffi::highs_version;
#[cfg(test)]
pub(crate) use ffi::read_model_file;

use apportion_mip::Model;

use self::ffi::Instance;
use self::run::Source;
use self::verdict::Job;
use crate::supervise::Deadline;
use crate::{Outcome, Progress, Settings, Solver, Stop, Watch};

/// Columns and terms that are handed over in a few milliseconds. Of a greater model with a deadline
/// a copy is made, which the run's thread hands over: that too may take too long.
const QUICKLY_LOADED: usize = 100_000;

/// Tolerance of a second look at an answer that contradicts itself.
const CAREFUL: f64 = 1e-9;

/// The HiGHS solver. Keeps the last model it loaded, for [`Solver::solve_again`].
#[derive(Default)]
pub struct Highs {
    loaded: Option<Loaded>,
}

/// An instance with a model in it.
struct Loaded {
    instance: Instance,
    columns: usize,
    /// Rows that came with the model; those after them may be replaced.
    base: usize,
    /// Rows that are there now.
    rows: usize,
}

impl Solver for Highs {
    fn name(&self) -> &'static str {
        "HiGHS"
    }

    fn version(&self) -> String {
        highs_version()
    }

    fn solve(
        &mut self,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Outcome {
        let deadline = Deadline::starting_now(settings.time_limit);
        self.loaded = None;
        let outcome = self.solve_by(&deadline, model, start, settings, watch);
        outcome.took(deadline.elapsed())
    }

    fn solve_again(
        &mut self,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Outcome {
        let deadline = Deadline::starting_now(settings.time_limit);
        let outcome = self.solve_by(&deadline, model, start, settings, watch);
        outcome.took(deadline.elapsed())
    }
}

impl Highs {
    /// HiGHS without a model.
    pub fn new() -> Highs {
        Highs::default()
    }

    /// Hands a model to HiGHS without solving it, which [`Solver::solve_again`] then does.
    pub fn load(&mut self, model: &Model) -> Result<(), Stop> {
        model.check().map_err(Stop::Malformed)?;
        self.loaded = Some(Loaded::new(model)?);
        Ok(())
    }

    fn solve_by(
        &mut self,
        deadline: &Deadline,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Outcome {
        if let Err(error) = model.check() {
            return Outcome::empty(Stop::Malformed(error));
        }
        let tolerance = settings.point_tolerance();
        let feasible = |point: &[f64]| model.check_point(point, tolerance).is_feasible();
        if model.num_columns() == 0 {
            return Outcome::without_columns(model, feasible(&[]));
        }
        let known = start.filter(|start| feasible(start)).map(<[f64]>::to_vec);
        if let Some(known) = &known {
            let incumbent = Some(model.objective_at(known));
            watch.progress(&Progress { incumbent, ..Progress::default() });
        }
        let (source, base) = match self.source(deadline, model) {
            Ok(source) => source,
            Err(stop) => return Outcome::empty(stop).with_point(model, known),
        };
        // A linear model is solved from its last basis, which a point would displace.
        let start = start.filter(|start| {
            let fits = start.len() == model.num_columns();
            model.has_integers() && fits && start.iter().all(|value| value.is_finite())
        });
        let job = Job { deadline, model, known, rough: None, settings, watch };
        let (mut outcome, mut instance) = job.finish(source, start.map(<[f64]>::to_vec));
        if outcome.contradicts_itself(settings) && !deadline.is_over() {
            // A bound may be that of points that are whole or feasible only nearly.
            let careful = Settings {
                presolve: false,
                feasibility_tolerance: settings.feasibility_tolerance.min(CAREFUL),
                integrality_tolerance: settings.integrality_tolerance.min(CAREFUL),
                ..settings.clone()
            };
            let known = outcome.point.take();
            let job = Job { deadline, model, known, rough: None, settings: &careful, watch };
            (outcome, instance) = job.finish(Source::Copy(Box::new(model.clone())), None);
        }
        let (columns, rows) = (model.num_columns(), model.num_rows());
        self.loaded = instance.map(|instance| Loaded { instance, columns, base, rows });
        outcome
    }

    /// Where the instance comes from that has the model in it, and how many of its rows stay.
    fn source(&mut self, deadline: &Deadline, model: &Model) -> Result<(Source, usize), Stop> {
        let size = model.num_columns() + model.num_terms();
        let loaded = match self.loaded.take() {
            Some(loaded) if loaded.can_become(model) => loaded.update(model)?,
            _ if deadline.is_limited() && size > QUICKLY_LOADED => {
                return Ok((Source::Copy(Box::new(model.clone())), model.num_rows()));
            }
            _ => Loaded::new(model)?,
        };
        Ok((Source::Instance(loaded.instance), loaded.base))
    }
}

impl Loaded {
    fn new(model: &Model) -> Result<Loaded, Stop> {
        let instance = run::load(model)?;
        let (columns, rows) = (model.num_columns(), model.num_rows());
        Ok(Loaded { instance, columns, base: rows, rows })
    }

    fn can_become(&self, model: &Model) -> bool {
        self.columns == model.num_columns() && self.base <= model.num_rows()
    }

    /// Puts the objective and the rows after the base in the place of those that are there.
    fn update(mut self, model: &Model) -> Result<Loaded, Stop> {
        let updated = self.instance.set_objective(&model.objective)
            && self.instance.delete_rows(self.base..self.rows)
            && self.instance.append_rows(model, self.base..model.num_rows());
        self.rows = model.num_rows();
        if updated { Ok(self) } else { Loaded::new(model) }
    }
}

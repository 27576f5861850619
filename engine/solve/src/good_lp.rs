//! The bridge to what good_lp offers, here with the backend microlp, written in Rust.
//!
//! What it can't tell, because good_lp does not hand it on: bounds of a solve that stopped early,
//! duals, nodes and iterations, and progress. It does not stop when told to: an interrupted solve is
//! left behind on its thread, where it runs on to its own time limit, or its end. It refuses
//! integer columns beyond 32 bits, also unbounded ones, which the backend would silently cut off
//! there. A model whose limit passed before any point was found may be infeasible or not; the
//! outcome proves nothing then.

use std::sync::atomic::AtomicBool;

use apportion_mip::Model;
use good_lp::solvers::microlp::microlp;
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution, SolutionStatus, SolverModel, Variable,
    WithInitialSolution, WithMipGap, WithTimeLimit, constraint, variable,
};

use crate::supervise::{Deadline, Ending, supervise};
use crate::{Outcome, Proof, Settings, Solver, Stop, Watch};

/// A solver reached through good_lp.
#[derive(Debug, Clone, Copy, Default)]
pub struct GoodLp;

impl Solver for GoodLp {
    fn name(&self) -> &'static str {
        "microlp (good_lp)"
    }

    fn version(&self) -> String {
        String::from("good_lp 1")
    }

    fn solve(
        &mut self,
        model: &Model,
        start: Option<&[f64]>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Outcome {
        let deadline = Deadline::starting_now(settings.time_limit);
        solve_by(&deadline, model, start, settings, watch).took(deadline.elapsed())
    }
}

fn solve_by(
    deadline: &Deadline,
    model: &Model,
    start: Option<&[f64]>,
    settings: &Settings,
    watch: &dyn Watch,
) -> Outcome {
    if let Err(error) = model.check() {
        return Outcome::empty(Stop::Malformed(error));
    }
    // Looser than what the backend was asked for, as its own tolerance can't be set.
    let tolerance = settings.point_tolerance().max(1e-6);
    let feasible = |point: &[f64]| model.check_point(point, tolerance).is_feasible();
    if model.num_columns() == 0 {
        return Outcome::without_columns(model, feasible(&[]));
    }
    if !integers_fit(model) {
        return Outcome::empty(Stop::Unsupported("integer columns must be bounded within 32 bits"));
    }
    let known = start.filter(|start| feasible(start)).map(<[f64]>::to_vec);
    // The backend needs a model of its own: good_lp's terms are by far larger than ours.
    let (task, first, limits) = (model.clone(), known.clone(), settings.clone());
    let left = deadline.left();
    let work = move || solve_inside(&task, first.as_deref(), &limits, left);
    let end = match supervise(deadline, watch, &AtomicBool::new(false), || None, work) {
        Ending::Returned(end) => end,
        Ending::LeftInterrupted => {
            return Outcome::empty(Stop::Interrupted).with_point(model, known);
        }
        Ending::LeftAtLimit => return Outcome::empty(Stop::TimeLimit).with_point(model, known),
        Ending::Failed => return Outcome::empty(Stop::Numerical).with_point(model, known),
    };
    match end {
        Ok((point, _)) if !feasible(&point) => {
            Outcome::empty(Stop::Numerical).with_point(model, known)
        }
        Ok((point, status)) => {
            let (stop, proof) = match status {
                SolutionStatus::Optimal => (Stop::Completed, Proof::Optimal),
                SolutionStatus::GapLimit => (Stop::Completed, Proof::WithinGap),
                _ => (Stop::TimeLimit, Proof::None),
            };
            let outcome = Outcome { proof, ..Outcome::empty(stop) };
            let outcome = outcome.with_point(model, Some(better(model, point, known)));
            let bound = outcome.objective.filter(|_| proof == Proof::Optimal);
            outcome.with_bound(bound)
        }
        Err(ResolutionError::Infeasible) if known.is_none() => Outcome::proven(Proof::Infeasible),
        Err(ResolutionError::Unbounded) => unbounded(model, known),
        Err(_) if deadline.is_over() => Outcome::empty(Stop::TimeLimit).with_point(model, known),
        Err(_) => Outcome::empty(Stop::Numerical).with_point(model, known),
    }
}

/// The backend says so of the relaxation: with whole columns there may be no point at all.
fn unbounded(model: &Model, known: Option<Vec<f64>>) -> Outcome {
    let certain = known.is_some() || !model.has_integers();
    let proof = if certain { Proof::Unbounded } else { Proof::InfeasibleOrUnbounded };
    Outcome::proven(proof).with_point(model, known)
}

fn better(model: &Model, point: Vec<f64>, known: Option<Vec<f64>>) -> Vec<f64> {
    match known {
        Some(known)
            if model.objective.prefers(model.objective_at(&known), model.objective_at(&point)) =>
        {
            known
        }
        _ => point,
    }
}

fn integers_fit(model: &Model) -> bool {
    let columns = &model.columns;
    let fits = |bound: f64| (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&bound);
    let bounds = columns.lower.iter().zip(&columns.upper).zip(&columns.integer);
    bounds.into_iter().all(|((lower, upper), integer)| !integer || (fits(*lower) && fits(*upper)))
}

type Found = Result<(Vec<f64>, SolutionStatus), ResolutionError>;

fn solve_inside(
    model: &Model,
    start: Option<&[f64]>,
    settings: &Settings,
    left: Option<std::time::Duration>,
) -> Found {
    let mut variables = ProblemVariables::new();
    let columns: Vec<Variable> = (0..model.num_columns())
        .map(|column| {
            let (lower, upper) = (model.columns.lower[column], model.columns.upper[column]);
            let definition = variable().min(lower).max(upper);
            let integer = model.columns.integer[column];
            variables.add(if integer { definition.integer() } else { definition })
        })
        .collect();
    let goal = expression(&columns, model.objective.costs.iter());
    let problem =
        if model.objective.maximize { variables.maximise(goal) } else { variables.minimise(goal) };
    let mut problem = problem.using(microlp);
    for row in 0..model.num_rows() {
        let (lower, upper) = (model.rows.lower[row], model.rows.upper[row]);
        let activity = expression(&columns, model.rows.terms(row));
        if lower == upper {
            problem.add_constraint(constraint::eq(activity, lower));
            continue;
        }
        if lower.is_finite() {
            problem.add_constraint(constraint::geq(activity.clone(), lower));
        }
        if upper.is_finite() {
            problem.add_constraint(constraint::leq(activity, upper));
        }
    }
    if let Some(start) = start {
        problem = problem.with_initial_solution(columns.iter().copied().zip(start.iter().copied()));
    }
    if let Some(left) = left {
        problem = problem.with_time_limit(left.as_secs_f64());
    }
    let gap = (settings.relative_gap as f32).clamp(0.0, f32::MAX);
    problem = problem.with_mip_gap(gap).map_err(|error| ResolutionError::Str(error.to_string()))?;
    let solution = problem.solve()?;
    let integer = &model.columns.integer;
    let value = |(column, integer): (&Variable, &bool)| {
        let value = solution.value(*column);
        // Never -0.
        if *integer { value.round() + 0.0 } else { value }
    };
    Ok((columns.iter().zip(integer).map(value).collect(), solution.status()))
}

fn expression(columns: &[Variable], terms: impl Iterator<Item = (u32, f64)>) -> Expression {
    let mut expression = Expression::with_capacity(terms.size_hint().0);
    for (column, value) in terms {
        expression.add_mul(value, columns[column as usize]);
    }
    expression
}

//! What every solver must get right: small models with known answers, and limits that are kept.
//!
//! ```
//! use apportion_solve::{Highs, conformance};
//!
//! let failures = conformance::run(&mut Highs::new(), &[]);
//! assert!(failures.is_empty(), "{failures:#?}");
//! ```

mod limits;
mod problems;

use std::fmt;

use apportion_mip::Model;

use crate::{Outcome, Proof, Settings, Solver, Stop, Unwatched};

pub use problems::problems;

/// A model with its answer.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What it is about, as a sentence.
    pub name: &'static str,
    /// The model; well formed unless the answer says otherwise.
    pub model: Model,
    /// A point to start from.
    pub start: Option<Vec<f64>>,
    /// What is known of it.
    pub answer: Answer,
}

/// What a solve of a problem must prove.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The best objective.
    Best(f64),
    /// The best objective, and the only point that has it.
    BestAt(f64, Vec<f64>),
    /// No point.
    Infeasible,
    /// No limit to the objective.
    Unbounded,
    /// The model is refused.
    Malformed,
}

/// A check that a solver is known not to pass.
#[derive(Debug, Clone, Copy)]
pub struct Exclusion {
    /// Name of the check.
    pub name: &'static str,
    /// Why it can't be asked of this solver.
    pub reason: &'static str,
}

/// A check that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Name of the check.
    pub name: &'static str,
    /// What came instead.
    pub found: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: {}", self.name, self.found)
    }
}

/// Objectives and values this close to the answer are right.
const CLOSE: f64 = 1e-6;

/// Runs every check but the excluded ones. An exclusion that names no check is a failure too.
pub fn run(solver: &mut dyn Solver, exclusions: &[Exclusion]) -> Vec<Failure> {
    let excluded = |name: &str| exclusions.iter().any(|exclusion| exclusion.name == name);
    let mut failures = Vec::new();
    let mut names = Vec::new();
    let mut note = |name, verdict: Result<(), String>| {
        failures.extend(verdict.err().map(|found| Failure { name, found }));
    };
    for problem in problems() {
        names.push(problem.name);
        if !excluded(problem.name) {
            note(problem.name, solve_and_judge(solver, &problem));
        }
    }
    for (name, check) in limits::CHECKS {
        names.push(name);
        if !excluded(name) {
            note(name, check(solver));
        }
    }
    for exclusion in exclusions.iter().filter(|exclusion| !names.contains(&exclusion.name)) {
        note(exclusion.name, Err(String::from("is excluded but is no check")));
    }
    failures
}

fn solve_and_judge(solver: &mut dyn Solver, problem: &Problem) -> Result<(), String> {
    let settings = Settings { relative_gap: 0.0, ..Settings::default() };
    let outcome = solver.solve(&problem.model, problem.start.as_deref(), &settings, &Unwatched);
    judge(problem, &outcome)
}

/// Whether an outcome is the answer to a problem, and consistent in itself.
pub fn judge(problem: &Problem, outcome: &Outcome) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{what}, in {outcome:?}"));
    match &problem.answer {
        Answer::Malformed if matches!(outcome.stopped, Stop::Malformed(_)) => return Ok(()),
        Answer::Malformed => return wrong("the model should be refused"),
        _ if outcome.stopped != Stop::Completed => return wrong("should have completed"),
        Answer::Infeasible if outcome.proof != Proof::Infeasible => {
            return wrong("should be infeasible");
        }
        Answer::Infeasible if outcome.point.is_some() => return wrong("has a point all the same"),
        Answer::Unbounded if outcome.proof != Proof::Unbounded => {
            return wrong("should be unbounded");
        }
        Answer::Infeasible | Answer::Unbounded => return Ok(()),
        Answer::Best(_) | Answer::BestAt(..) => {}
    }
    let (Some(point), Some(objective)) = (&outcome.point, outcome.objective) else {
        return wrong("should have a point and an objective");
    };
    let best = match &problem.answer {
        Answer::BestAt(best, at) => {
            if !at.iter().zip(point).all(|(one, other)| (one - other).abs() <= CLOSE) {
                return wrong("should be at another point");
            }
            *best
        }
        Answer::Best(best) => *best,
        _ => return Ok(()),
    };
    let report = problem.model.check_point(point, CLOSE);
    if outcome.proof != Proof::Optimal {
        wrong("should be optimal")
    } else if !report.is_feasible() {
        wrong("the point does not satisfy the model")
    } else if (objective - best).abs() > CLOSE || (report.objective - best).abs() > CLOSE {
        wrong("should have another objective")
    } else if outcome.bound.is_some_and(|bound| (bound - best).abs() > CLOSE) {
        wrong("should have another bound")
    } else {
        Ok(())
    }
}

//! The solvers against the conformance suite, each other, and brute force.

mod brute;
mod formats;
mod split;

use std::time::{Duration, Instant};

use apportion_mip::Model;
use expect_test::{Expect, expect};

use crate::conformance::{self, Exclusion};
use crate::{GoodLp, Highs, Outcome, Settings, Solver, Stop, Unwatched};

#[track_caller]
fn check(solver: &mut dyn Solver, exclusions: &[Exclusion]) {
    let failures = conformance::run(solver, exclusions);
    let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn highs_conforms() {
    check(&mut Highs::new(), &[]);
}

#[test]
fn good_lp_conforms_but_for_what_it_cannot_tell() {
    let exclusions = [
        Exclusion {
            name: "progress is told during a long solve",
            reason: "good_lp has no callbacks",
        },
        Exclusion {
            name: "whole numbers without limit",
            reason: "the backend cuts integer columns off at 32 bits, so they are refused",
        },
    ];
    check(&mut GoodLp, &exclusions);
}

#[test]
fn highs_tells_its_version() {
    assert!(Highs::new().version().split('.').count() == 3, "{}", Highs::new().version());
}

fn solve(model: &Model, settings: &Settings) -> Outcome {
    Highs::new().solve(model, None, settings, &Unwatched)
}

/// Two columns and two rows, of which only the first row is at its bound.
fn linear(maximize: bool) -> Model {
    let mut model = Model::new();
    let free = f64::INFINITY;
    let (lower, upper) = if maximize { (-free, 4.0) } else { (4.0, free) };
    model.push_column(0.0, free, false, 3.0);
    model.push_column(0.0, free, false, if maximize { 2.0 } else { 5.0 });
    model.push_row(lower, upper, [(0, 1.0), (1, 1.0)]);
    model.push_row(-free, 60.0, [(0, 1.0), (1, 3.0)]);
    model.objective.maximize = maximize;
    model
}

#[track_caller]
fn check_duals(maximize: bool, duals: Expect) {
    let outcome = solve(&linear(maximize), &Settings::default());
    let found = outcome.duals.map(|duals| format!("{:?} {:?}", duals.rows, duals.columns));
    duals.assert_eq(&found.unwrap_or_default());
}

#[test]
fn duals_tell_what_the_objective_gains_when_a_bound_grows() {
    check_duals(true, expect!["[3.0, 0.0] [-0.0, -1.0]"]);
    check_duals(false, expect!["[3.0, -0.0] [0.0, 2.0]"]);
}

#[test]
fn a_gap_that_is_allowed_is_no_proof_of_the_best() {
    let model = hard(12, 6);
    let wide = solve(&model, &Settings { relative_gap: 0.9, ..Settings::default() });
    let tight = solve(&model, &Settings { relative_gap: 0.0, ..Settings::default() });
    assert_eq!((wide.stopped, tight.stopped), (Stop::Completed, Stop::Completed));
    assert_eq!(tight.proof, crate::Proof::Optimal);
    assert!(wide.gap.is_some_and(|gap| gap <= 0.9), "{wide:?}");
    let within = wide.gap.is_some_and(|gap| gap > 1e-3);
    assert_eq!(wide.proof == crate::Proof::WithinGap, within, "{wide:?}");
}

#[test]
fn a_node_limit_stops_the_search_and_proves_nothing() {
    let settings =
        Settings { node_limit: Some(1), presolve: false, relative_gap: 0.0, ..Settings::default() };
    let outcome = solve(&hard(40, 5), &settings);
    assert_eq!((outcome.stopped, outcome.proof), (Stop::NodeLimit, crate::Proof::None));
}

#[test]
fn a_limit_on_iterations_stops_the_search_at_the_same_place() {
    let settings = Settings {
        iteration_limit: Some(200),
        presolve: false,
        relative_gap: 0.0,
        ..Settings::default()
    };
    let [one, other] = [(); 2].map(|()| solve(&hard(40, 5), &settings));
    assert_eq!((one.stopped, one.proof), (Stop::IterationLimit, crate::Proof::None));
    assert_eq!((one.iterations, one.point), (other.iterations, other.point));
}

#[test]
fn the_same_settings_give_the_same_answer() {
    let model = hard(14, 2);
    let settings = Settings { relative_gap: 0.0, ..Settings::default() };
    let answers = [(); 3].map(|()| Outcome { seconds: 0.0, ..solve(&model, &settings) });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

#[test]
fn a_model_too_big_for_its_limit_is_left_and_the_next_one_is_solved() {
    let big = hard(6000, 60);
    let limit = Duration::from_millis(300);
    let settings = Settings { time_limit: Some(limit), ..Settings::default() };
    let mut highs = Highs::new();
    for _ in 0..2 {
        let begun = Instant::now();
        let outcome = highs.solve_again(&big, None, &settings, &Unwatched);
        assert_eq!(outcome.stopped, Stop::TimeLimit);
        assert!(begun.elapsed() <= limit.mul_f64(1.1) + Duration::from_millis(200));
    }
    let outcome = highs.solve_again(&linear(true), None, &Settings::default(), &Unwatched);
    assert_eq!(outcome.objective, Some(12.0));
}

#[test]
fn a_loaded_model_is_solved_without_loading_it_again() {
    let mut highs = Highs::new();
    assert_eq!(highs.load(&linear(true)), Ok(()));
    let outcome = highs.solve_again(&linear(true), None, &Settings::default(), &Unwatched);
    assert_eq!(outcome.objective, Some(12.0));
    assert!(matches!(highs.load(&crossed()), Err(Stop::Malformed(_))));
}

fn crossed() -> Model {
    let mut model = Model::new();
    model.push_column(1.0, 0.0, false, 0.0);
    model
}

/// Market split with so many binaries and rows: the least sum of what the halves are missed by.
fn hard(columns: u32, rows: u32) -> Model {
    let mut model = Model::new();
    for _ in 0..columns {
        model.push_column(0.0, 1.0, true, 0.0);
    }
    for row in 0..rows {
        let over = model.push_column(0.0, f64::INFINITY, false, 1.0);
        let under = model.push_column(0.0, f64::INFINITY, false, 1.0);
        let weights = (0..columns).map(|column| (column, weight(row, column)));
        let half = f64::floor(weights.clone().map(|(_, weight)| weight).sum::<f64>() / 2.0);
        model.push_row(half, half, weights.chain([(over, -1.0), (under, 1.0)]));
    }
    model
}

/// A number from 1 to 100 that looks like chance.
fn weight(row: u32, column: u32) -> f64 {
    let mixed = (row * 7919 + column + 1).wrapping_mul(2_654_435_761);
    f64::from((mixed >> 16) % 100 + 1)
}

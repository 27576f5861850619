//! Which columns are held, and that nothing is lost by it, by enumeration of small models.

use apportion_mip::{Model, Objective};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;

use crate::dominance::{dominated, shift};
use crate::presolved::Held;

const FREE: f64 = f64::INFINITY;

/// Columns from 0 to `upper` with the costs of a level that is minimised, and rows.
fn model(uppers: &[f64], costs: &[f64], rows: &[(f64, &[f64], f64)]) -> Model {
    let mut model = Model::new();
    for (upper, cost) in uppers.iter().zip(costs) {
        model.push_column(0.0, *upper, true, *cost);
    }
    for (lower, values, upper) in rows {
        let terms = (0..).zip(values.iter().copied()).filter(|(_, value)| *value != 0.0);
        model.push_row(*lower, *upper, terms);
    }
    model
}

#[track_caller]
fn check(model: &Model, pairs: &[(u32, u32)]) {
    assert_eq!(found(model, &[&model.objective]), pairs);
}

/// The dominated columns, each with the one that dominates it.
fn found(model: &Model, goals: &[&Objective]) -> Vec<(u32, u32)> {
    let held = dominated(model, model.num_columns(), goals);
    held.iter().map(|it| (it.column, it.by)).collect()
}

#[test]
fn what_does_as_much_for_less_dominates() {
    check(&model(&[9.0, 9.0], &[3.0, 2.0], &[(4.0, &[1.0, 1.0], FREE)]), &[(0, 1)]);
    check(&model(&[9.0, 9.0], &[2.0, 2.0], &[(4.0, &[1.0, 2.0], FREE)]), &[(0, 1)]);
}

#[test]
fn of_two_that_are_equal_the_first_is_kept() {
    check(&model(&[9.0; 3], &[2.0; 3], &[(4.0, &[1.0; 3], FREE)]), &[(1, 0), (2, 0)]);
}

#[test]
fn what_is_better_in_one_way_and_worse_in_another_does_not_dominate() {
    check(&model(&[9.0, 9.0], &[3.0, 2.0], &[(4.0, &[2.0, 1.0], FREE)]), &[]);
    let limited = [(4.0, [1.0, 1.0].as_slice(), FREE), (-FREE, &[1.0, 2.0], 40.0)];
    check(&model(&[9.0, 9.0], &[3.0, 2.0], &limited), &[]);
}

#[test]
fn an_upper_bound_that_may_be_reached_keeps_others_in_use() {
    check(&model(&[9.0, 3.0], &[3.0, 2.0], &[(4.0, &[1.0, 1.0], FREE)]), &[]);
}

#[test]
fn an_upper_bound_above_all_that_is_asked_for_stops_nothing() {
    check(&model(&[9.0, 4.0], &[3.0, 2.0], &[(4.0, &[1.0, 1.0], FREE)]), &[(0, 1)]);
    // What is asked for may be made greater by others.
    let rows = [(4.0, [1.0, 1.0, -1.0].as_slice(), FREE)];
    check(&model(&[9.0, 4.0, 1.0], &[3.0, 2.0, -9.0], &rows), &[]);
    check(&model(&[9.0, 5.0, 1.0], &[3.0, 2.0, -9.0], &rows), &[(0, 1)]);
}

#[test]
fn an_upper_bound_that_a_row_implies_stops_nothing() {
    let rows = |limit| [(-FREE, [2.0, 2.0].as_slice(), limit)];
    check(&model(&[9.0, 2.0], &[-1.0, -2.0], &rows(5.0)), &[(0, 1)]);
    check(&model(&[9.0, 2.0], &[-1.0, -2.0], &rows(6.0)), &[]);
}

#[test]
fn more_than_is_asked_for_is_not_given_back_where_it_is_worth_something() {
    check(&model(&[9.0, 4.0], &[-1.0, -2.0], &[(4.0, &[1.0, 1.0], FREE)]), &[]);
}

#[test]
fn an_equation_wants_equal_coefficients() {
    check(&model(&[9.0, 9.0], &[3.0, 2.0], &[(4.0, &[1.0, 2.0], 4.0)]), &[]);
    check(&model(&[9.0, 9.0], &[3.0, 2.0], &[(4.0, &[1.0, 1.0], 4.0)]), &[(0, 1)]);
}

#[test]
fn a_row_that_names_one_of_two_keeps_both() {
    let rows = [(4.0, [1.0, 1.0].as_slice(), FREE), (-FREE, &[1.0, 0.0], 5.0)];
    check(&model(&[9.0, 9.0], &[3.0, 2.0], &rows), &[]);
}

#[test]
fn amounts_and_counts_are_not_exchanged() {
    let mut model = model(&[9.0, 9.0], &[3.0, 2.0], &[(4.0, &[1.0, 1.0], FREE)]);
    model.columns.integer[1] = false;
    check(&model, &[]);
    model.columns.integer[0] = false;
    check(&model, &[(0, 1)]);
}

#[test]
fn every_level_must_agree() {
    let model = model(&[9.0, 9.0], &[3.0, 2.0], &[(4.0, &[1.0, 1.0], FREE)]);
    let other =
        Objective { costs: [(0, 1.0), (1, 2.0)].into_iter().collect(), ..Objective::default() };
    assert_eq!(found(&model, &[&model.objective, &other]), []);
    let other = Objective { maximize: true, ..other };
    assert_eq!(found(&model, &[&model.objective]), [(0, 1)]);
    // Worth something in one level, it is never enough, but its bound may be implied.
    assert_eq!(found(&model, &[&model.objective, &other]), []);
}

/// All feasible points.
fn feasible(model: &Model) -> Vec<Vec<f64>> {
    let mut points = Vec::new();
    let mut point = model.columns.lower.clone();
    loop {
        if model.check_point(&point, 1e-9).is_feasible() {
            points.push(point.clone());
        }
        let Some(next) = (0..point.len()).find(|at| point[*at] < model.columns.upper[*at]) else {
            return points;
        };
        point[next] += 1.0;
        point[..next].copy_from_slice(&model.columns.lower[..next]);
    }
}

fn row() -> impl Strategy<Value = (f64, Vec<f64>, f64)> {
    let bounds = prop_oneof![
        (1..6).prop_map(|bound| (f64::from(bound), FREE)),
        (1..9).prop_map(|bound| (-FREE, f64::from(bound))),
        (1..5).prop_map(|bound| (f64::from(bound), f64::from(bound + 2))),
    ];
    let values = vec(select(vec![-1.0, 1.0, 1.0, 2.0, 3.0]), 4);
    (bounds, values).prop_map(|((lower, upper), values)| (lower, values, upper))
}

fn goal() -> impl Strategy<Value = Objective> {
    let costs = vec(select(vec![-1.0, 0.0, 1.0, 2.0]), 4);
    (costs, any::<bool>()).prop_map(|(costs, maximize)| Objective {
        maximize,
        offset: 0.0,
        costs: (0..).zip(costs).collect(),
    })
}

/// Models of four whole columns with two levels.
fn small() -> impl Strategy<Value = (Model, Vec<Objective>)> {
    let bounds = vec((0..2, 1..5), 4);
    (bounds, vec(row(), 1..3), vec(goal(), 1..3)).prop_map(|(bounds, rows, goals)| {
        let mut model = model(&[], &[], &[]);
        for (lower, more) in bounds {
            model.push_column(f64::from(lower), f64::from(lower + more), true, 0.0);
        }
        for (lower, values, upper) in rows {
            model.push_row(lower, upper, (0..).zip(values));
        }
        (model, goals)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// So the best values stay, whatever the levels' order and slack.
    #[test]
    fn each_feasible_point_has_one_without_dominated_columns_that_is_no_worse(
        (model, goals) in small()
    ) {
        let found = dominated(&model, model.num_columns(), &goals.iter().collect::<Vec<_>>());
        let mut held = model.clone();
        for Held { column, .. } in &found {
            held.columns.upper[*column as usize] = held.columns.lower[*column as usize];
        }
        for point in feasible(&model) {
            let mut moved = point.clone();
            shift(&found, &held.columns, &mut moved);
            prop_assert!(held.check_point(&moved, 1e-9).is_feasible(), "{:?} {:?}", found, point);
            for goal in &goals {
                prop_assert!(!goal.prefers(goal.at(&point), goal.at(&moved)), "{:?} {:?}", found, point);
            }
        }
    }
}

#[test]
fn many_random_models_have_dominated_columns() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let some = (0..500).filter(|_| {
        let (model, goals) = small().new_tree(&mut runner).expect("a model").current();
        !dominated(&model, 4, &goals.iter().collect::<Vec<_>>()).is_empty()
    });
    assert!(some.count() > 50);
}

//! Models in parts: where they fall apart, that what the parts give is feasible and near, and that nothing is lost.

use apportion_mip::Model;
use proptest::prelude::*;

use super::brute::{enumerate, models};
use crate::conformance;
use crate::near::proven;
use crate::split::{Scope, Split, search};
use crate::{Proof, Settings, Solver, Unwatched, mended};

/// Every model that falls into parts at all.
const ANY: Scope = Scope { whole: 1, long: 6, parts: 2, held: 2, large: usize::MAX };

/// Every model is large, and none falls into parts.
const LARGE: Scope = Scope { whole: usize::MAX, large: 1, ..ANY };

const FREE: f64 = f64::INFINITY;

/// Machines of two sizes and what is not carried, for each demand; committed machines of the first size for all
/// demands of a region, which are three; one budget.
fn purchase(demands: &[[f64; 3]], budget: f64) -> Model {
    let mut model = Model::new();
    let mut spent = Vec::new();
    for region in demands {
        let committed = model.push_column(0.0, 9.0, true, 4.0);
        spent.push((committed, 4.0));
        for demand in region {
            let small = model.push_column(0.0, 9.0, true, 2.0);
            let large = model.push_column(0.0, 9.0, true, 5.0);
            let short = model.push_column(0.0, *demand, false, 3.0);
            spent.extend([(small, 2.0), (large, 5.0)]);
            let carried = [(committed, 2.0), (small, 2.0), (large, 7.0), (short, 1.0)];
            model.push_row(*demand, FREE, carried);
        }
    }
    model.push_row(-FREE, budget, spent);
    model
}

/// The same as a model that is maximised.
fn negated(mut model: Model) -> Model {
    model.objective.maximize = true;
    model.objective.costs.multiply(-1.0);
    model
}

fn demands() -> impl Strategy<Value = Vec<[f64; 3]>> {
    let demand = (1..20).prop_map(f64::from);
    prop::collection::vec([demand.clone(), demand.clone(), demand], 3..6)
}

#[test]
fn a_solver_that_splits_what_it_can_conforms() {
    let failures = conformance::run(&mut Split::with_scope(ANY), &[]);
    let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_solver_that_looks_at_the_relaxation_first_conforms() {
    let failures = conformance::run(&mut Split::with_scope(LARGE), &[]);
    let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// No machine is whole in the relaxation, which needs 10.5 of what 11 carry.
#[test]
fn a_start_that_is_near_enough_is_not_searched_for_a_better_one() {
    let mut model = Model::new();
    let machines = model.push_column(0.0, 99.0, true, 1.0);
    model.push_row(21.0, FREE, [(machines, 2.0)]);
    let near = |start: f64, gap: f64| {
        let settings = Settings { relative_gap: gap, ..Settings::default() };
        let found = proven(&model, 1, Some(&[start]), &settings, &Unwatched).expect("a bound");
        assert!((found.bound.expect("a bound") - 10.5).abs() < 1e-3, "{found:?}");
        found.proof
    };
    assert_eq!(near(11.0, 0.05), Proof::WithinGap);
    assert_eq!(near(11.0, 0.01), Proof::None);
    assert_eq!(near(12.0, 0.05), Proof::None);
    assert!(proven(&model, 2, None, &Settings::default(), &Unwatched).is_none());
}

#[test]
fn small_models_and_such_as_do_not_fall_apart_are_left_alone() {
    let model = purchase(&[[3.0, 4.0, 5.0]; 4], 30.0);
    let is_split = |scope| search(&model, scope, None, &Settings::default(), &Unwatched).is_some();
    assert!(is_split(ANY));
    assert!(!is_split(Scope::default()));
    assert!(!is_split(Scope { whole: 1_000, ..ANY }));
    assert!(!is_split(Scope { parts: 1_000, ..ANY }));
}

#[test]
fn a_budget_over_many_parts_is_kept_and_nearly_spent() {
    let demands: Vec<[f64; 3]> =
        (0..100).map(|it| [7, 11, 13].map(|step| f64::from(it * step % 19 + 1))).collect();
    let scope = Scope { long: 100, held: 4, ..ANY };
    for model in [purchase(&demands, 1_500.0), negated(purchase(&demands, 1_500.0))] {
        let found = search(&model, scope, None, &Settings::default(), &Unwatched).expect("parts");
        assert!(model.check_point(&found.point.expect("a point"), 1e-6).is_feasible());
        let gap = found.gap.expect("a gap");
        assert!(gap < 0.05, "{gap}");
    }
}

#[test]
fn the_same_model_gives_the_same_point() {
    let model = purchase(&[[3.0, 14.0, 5.0], [9.0, 2.0, 6.0], [1.0, 8.0, 12.0]], 30.0);
    let settings = Settings { threads: 2, ..Settings::default() };
    let find = || search(&model, ANY, None, &settings, &Unwatched).expect("parts");
    assert_eq!(find(), find());
}

#[test]
fn a_better_start_is_kept() {
    let model = purchase(&[[2.0, 2.0, 2.0]; 4], 16.0);
    let mut best = vec![0.0; model.num_columns()];
    (0..4).for_each(|region| best[region * 10] = 1.0);
    let found = search(&model, ANY, Some(&best), &Settings::default(), &Unwatched).expect("parts");
    assert_eq!(found.objective, Some(16.0));
    assert_eq!(found.proof, Proof::Optimal);
}

#[test]
fn a_good_start_is_gone_on_from_where_it_is_furthest_from_the_best() {
    let demands: Vec<[f64; 3]> =
        (0..100).map(|it| [7, 11, 13].map(|step| f64::from(it * step % 19 + 1))).collect();
    let scope = Scope { long: 100, held: 4, ..ANY };
    let found = |model: &Model, start: Option<&[f64]>, gap: f64| {
        let settings = Settings { relative_gap: gap, ..Settings::default() };
        search(model, scope, start, &settings, &Unwatched).expect("parts").point.expect("a point")
    };
    let mut model = purchase(&demands, 1_500.0);
    let before = found(&model, None, 0.01);
    assert_eq!(found(&model, Some(&before), 0.1), before);
    // Small machines of the last demand are a little cheaper.
    let last = model.num_columns() - 3;
    let mut costs = model.objective.costs.dense(0..model.num_columns());
    costs[last] *= 0.9;
    model.objective.costs = (0..).zip(costs).collect();
    let after = found(&model, Some(&before), 0.0);
    assert!(model.objective_at(&after) < model.objective_at(&before));
    let other = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    let afresh = found(&model, None, 0.0);
    let anew = before.iter().zip(&afresh).filter(|(before, after)| before != after).count();
    assert!(other < anew, "{other} columns are others, {anew} from nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn parts_give_feasible_points_and_bounds_that_hold(demands in demands(), budget in 5..60, negate: bool) {
        let model = purchase(&demands, f64::from(budget));
        let model = if negate { negated(model) } else { model };
        let settings = Settings { relative_gap: 0.0, ..Settings::default() };
        let best = crate::Highs::new().solve(&model, None, &settings, &Unwatched);
        let (best, gap) = (best.objective.expect("a best point"), 1e-4);
        let found = search(&model, ANY, None, &settings, &Unwatched).expect("parts");
        let better = |one: f64, other: f64| if negate { one > other + gap } else { one < other - gap };
        if let Some(point) = &found.point {
            prop_assert!(model.check_point(point, 1e-6).is_feasible());
            prop_assert!(!better(model.objective_at(point), best));
        }
        prop_assert!(!better(best, found.bound.expect("a bound")));
        let whole = Split::with_scope(ANY).solve(&model, None, &settings, &Unwatched);
        prop_assert_eq!(whole.proof, Proof::Optimal);
        prop_assert!((whole.objective.expect("a point") - best).abs() <= gap * best.abs().max(1.0));
    }

    #[test]
    fn what_is_divisible_makes_up_for_whole_columns_as_they_are(demands in demands(), budget in 5..60, seed: u64) {
        let model = purchase(&demands, f64::from(budget));
        let mut rng = fastrand::Rng::with_seed(seed);
        let point: Vec<f64> = (0..model.num_columns()).map(|_| f64::from(rng.u32(0..4))).collect();
        let whole = |point: &[f64]| -> Vec<f64> {
            let columns = point.iter().zip(&model.columns.integer);
            columns.filter(|(_, integer)| **integer).map(|(value, _)| *value).collect()
        };
        // The budget is all that what is short cannot make up for.
        let spent: f64 = model.rows.terms(model.num_rows() - 1).map(|(column, cost)| cost * point[column as usize]).sum();
        let mended = mended(&model, &point, &Settings::default(), &Unwatched);
        prop_assert_eq!(mended.is_some(), spent <= f64::from(budget));
        if let Some(mended) = mended {
            prop_assert!(model.check_point(&mended, 1e-6).is_feasible());
            prop_assert_eq!(whole(&mended), whole(&point));
        }
    }

    #[test]
    fn any_model_is_solved_as_without_parts(model in models()) {
        let scope = Scope { long: 2, ..ANY };
        let settings = Settings { relative_gap: 0.0, ..Settings::default() };
        let outcome = Split::with_scope(scope).solve(&model, None, &settings, &Unwatched);
        match enumerate(&model) {
            Some(best) => {
                prop_assert_eq!(outcome.proof, Proof::Optimal);
                prop_assert!((outcome.objective.expect("a point") - best).abs() < 1e-6);
            }
            None => prop_assert_eq!(outcome.proof, Proof::Infeasible),
        }
    }
}

//! Tiny whole-number models, where every point can be tried.

use apportion_mip::Model;
use proptest::prelude::*;

use crate::{GoodLp, Highs, Outcome, Proof, Settings, Solver, Stop, Unwatched};

/// Up to four integer columns of at most five values each, up to four rows of any kind.
pub(super) fn models() -> impl Strategy<Value = Model> {
    let column = (-3i32..3, 0i32..5, -4i32..5);
    let row = (0..4, -8i32..9, 0i32..6, prop::collection::vec(-3i32..4, 4));
    let columns = prop::collection::vec(column, 1..5);
    let rows = prop::collection::vec(row, 0..5);
    (columns, rows, any::<bool>(), -5i32..5).prop_map(|(columns, rows, maximize, offset)| {
        let mut model = Model::new();
        for (lower, width, cost) in columns {
            model.push_column(f64::from(lower), f64::from(lower + width), true, f64::from(cost));
        }
        let count = model.num_columns();
        for (kind, bound, width, values) in rows {
            let (bound, width) = (f64::from(bound), f64::from(width));
            let (lower, upper) = match kind {
                0 => (f64::NEG_INFINITY, bound),
                1 => (bound, f64::INFINITY),
                2 => (bound, bound),
                _ => (bound, bound + width),
            };
            let terms = values.into_iter().take(count).enumerate();
            let terms = terms.filter(|(_, value)| *value != 0);
            model.push_row(
                lower,
                upper,
                terms.map(|(column, value)| (column as u32, f64::from(value))),
            );
        }
        model.objective.maximize = maximize;
        model.objective.offset = f64::from(offset);
        model
    })
}

/// The best objective of all points, or none when no point satisfies the model.
pub(super) fn enumerate(model: &Model) -> Option<f64> {
    let mut point = model.columns.lower.clone();
    let mut best: Option<f64> = None;
    loop {
        let report = model.check_point(&point, 1e-9);
        if report.is_feasible()
            && best.is_none_or(|best| model.objective.prefers(report.objective, best))
        {
            best = Some(report.objective);
        }
        let next = (0..point.len()).find(|column| point[*column] < model.columns.upper[*column]);
        let Some(column) = next else { return best };
        point[column] += 1.0;
        point[..column].copy_from_slice(&model.columns.lower[..column]);
    }
}

fn solve(solver: &mut dyn Solver, model: &Model) -> Outcome {
    let settings = Settings { relative_gap: 0.0, ..Settings::default() };
    solver.solve(model, None, &settings, &Unwatched)
}

fn agrees(outcome: &Outcome, best: Option<f64>) -> Result<(), TestCaseError> {
    prop_assert_eq!(outcome.stopped, Stop::Completed);
    match best {
        Some(best) => {
            prop_assert_eq!(outcome.proof, Proof::Optimal);
            prop_assert!(outcome.objective.is_some_and(|found| (found - best).abs() < 1e-6));
        }
        None => prop_assert_eq!(outcome.proof, Proof::Infeasible),
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_point_is_beyond_what_prices_prove(
        model in models(), prices in prop::collection::vec(-3i32..4, 5),
    ) {
        let prices: Vec<f64> = prices.iter().map(|price| f64::from(*price) / 2.0).collect();
        let bound = model.priced_bound(&model.objective, &prices);
        if let Some(best) = enumerate(&model) {
            prop_assert!(!model.objective.prefers(best, bound), "{best} is beyond {bound}");
        }
    }

    #[test]
    fn prices_of_a_linear_solver_prove_its_optimum(mut model in models()) {
        model.columns.integer.fill(false);
        let outcome = solve(&mut Highs::new(), &model);
        let (Some(best), Some(duals)) = (outcome.objective, outcome.duals) else { return Ok(()) };
        let bound = model.priced_bound(&model.objective, &duals.rows);
        prop_assert!((bound - best).abs() <= 1e-6, "{bound} is not {best}");
    }

    #[test]
    fn both_solvers_find_what_enumeration_finds(model in models()) {
        let best = enumerate(&model);
        agrees(&solve(&mut Highs::new(), &model), best)?;
        agrees(&solve(&mut GoodLp, &model), best)?;
    }

    #[test]
    fn solving_again_is_like_solving_afresh(model in models(), keep in 0..5usize) {
        let mut highs = Highs::new();
        let mut first = model.clone();
        first.truncate_rows(keep);
        first.set_objective(apportion_mip::Objective::default());
        solve(&mut highs, &first);
        let settings = Settings { relative_gap: 0.0, ..Settings::default() };
        let again = highs.solve_again(&model, None, &settings, &Unwatched);
        agrees(&again, enumerate(&model))?;
    }

    #[test]
    fn scaled_rows_have_the_same_answer(model in models()) {
        let mut scaled = model.clone();
        // A row without terms has no scale to be brought to.
        let rows = (0..model.num_rows()).filter(|row| !model.rows.runs(*row).is_empty());
        for (row, factor) in rows.zip([1e9, 1e-6, 3e12, 7e-3]) {
            scaled.rows.multiply(row, factor);
        }
        scaled.scale_rows(0..model.num_rows());
        agrees(&solve(&mut Highs::new(), &scaled), enumerate(&model))?;
    }
}

//! Growing, checking, scaling and serialising models.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::testing::{models, showcase};
use crate::{Model, ModelError, Objective, Rows};

#[track_caller]
fn check(model: &Model, point: &[f64], report: Expect) {
    report.assert_debug_eq(&model.check_point(point, 1e-6));
}

/// One integer column in 0..3, one free column, and `x + 2 y <= 4`.
fn small() -> Model {
    let mut model = Model::new();
    model.push_column(0.0, 3.0, true, 1.0);
    model.push_column(f64::NEG_INFINITY, f64::INFINITY, false, 10.0);
    model.push_row(f64::NEG_INFINITY, 4.0, [(0, 1.0), (1, 2.0)]);
    model
}

#[test]
fn a_point_that_satisfies_all_has_no_violations() {
    check(
        &small(),
        &[3.0, 0.5],
        expect![[r#"
        PointReport {
            bound: None,
            row: None,
            integrality: None,
            objective: 8.0,
            fits: true,
        }
    "#]],
    );
}

#[test]
fn each_kind_of_violation_is_told_with_its_amount() {
    check(
        &small(),
        &[3.25, 1.0],
        expect![[r#"
            PointReport {
                bound: Some(
                    Violation {
                        index: 0,
                        amount: 0.25,
                    },
                ),
                row: Some(
                    Violation {
                        index: 0,
                        amount: 1.25,
                    },
                ),
                integrality: Some(
                    Violation {
                        index: 0,
                        amount: 0.25,
                    },
                ),
                objective: 13.25,
                fits: true,
            }
        "#]],
    );
}

#[test]
fn a_point_of_another_length_does_not_fit() {
    assert!(!small().check_point(&[1.0], 1.0).is_feasible());
}

#[test]
fn a_point_that_is_no_number_is_infinitely_wrong() {
    let report = small().check_point(&[f64::NAN, 0.0], 1.0);
    assert_eq!(report.bound.map(|violation| violation.amount), Some(f64::INFINITY));
    assert!(report.row.is_some() && report.integrality.is_some());
}

#[test]
fn rounding_in_a_long_sum_is_no_violation() {
    let mut model = Model::new();
    let terms: Vec<(u32, f64)> =
        (0..1000).map(|_| (model.push_column(0.0, 1e12, false, 0.0), 0.1)).collect();
    let point = vec![1e11 / 3.0; 1000];
    let sum: f64 = terms.iter().rev().map(|(column, value)| value * point[*column as usize]).sum();
    model.push_row(sum, sum, terms);
    assert!(model.check_point(&point, 1e-9).is_feasible());
}

fn add(model: &mut Model, terms: &[(u32, f64)]) {
    model.push_row(0.0, 1.0, terms.iter().copied());
}

#[test]
fn a_model_that_is_not_well_formed_says_why() {
    type Damage = fn(&mut Model);
    let errors: [(&str, Damage); 10] = [
        ("columns", |model| model.columns.upper.truncate(1)),
        ("costs", |model| model.objective.costs.push(2..3, 1.0)),
        ("row bounds", |model| model.rows.upper.truncate(0)),
        ("bound", |model| model.columns.lower[1] = f64::INFINITY),
        ("crossed", |model| model.columns.lower[0] = 4.0),
        ("row bound", |model| model.rows.upper[0] = f64::NAN),
        ("row crossed", |model| model.rows.lower[0] = 5.0),
        ("coefficient", |model| add(model, &[(1, f64::INFINITY)])),
        ("column", |model| add(model, &[(0, 1.0), (2, 1.0)])),
        ("twice", |model| add(model, &[(0, 1.0), (1, 2.0), (0, 1.0)])),
    ];
    let told: Vec<String> = errors
        .iter()
        .map(|(what, damage)| {
            let mut model = small();
            damage(&mut model);
            let error = model.check().expect_err(what);
            format!("{what}: {error}\n")
        })
        .collect();
    expect![[r#"
        columns: the arrays of the columns differ in length
        costs: the costs name columns that do not exist, or out of order
        row bounds: the arrays of the rows do not fit together
        bound: column 1 has a bound that is no number or infinite on the wrong side
        crossed: column 0 has its lower bound above its upper bound
        row bound: row 0 has a bound that is no number or infinite on the wrong side
        row crossed: row 0 has its lower bound above its upper bound
        coefficient: row 1 has a coefficient for column 1 that is not finite
        column: row 1 names column 2, which does not exist
        twice: row 1 names column 0 twice
    "#]]
    .assert_eq(&told.concat());
}

#[test]
fn a_cost_that_is_no_number_is_told_by_its_column() {
    let mut model = small();
    model.objective.costs = [(1, f64::NAN)].into_iter().collect();
    assert_eq!(model.check(), Err(ModelError::Cost(1)));
    model.objective = Objective { offset: f64::INFINITY, ..Objective::default() };
    assert_eq!(model.check(), Err(ModelError::Offset));
}

#[test]
fn json_has_null_for_a_bound_that_is_not_there() {
    let text = serde_json::to_string(&small()).expect("a model is JSON");
    expect![[r#"{"columns":{"lower":[0.0,null],"upper":[3.0,null],"integer":[true,false]},"rows":{"lower":[null],"upper":[4.0],"starts":[0,2],"columns":[0,1],"values":[1.0,2.0]},"objective":{"maximize":false,"offset":0.0,"costs":{"columns":[0,1],"values":[1.0,10.0]}}}"#]].assert_eq(&text);
}

#[test]
fn scaling_brings_bytes_to_a_size_where_tolerances_mean_something() {
    let mut model = Model::new();
    let gib = f64::from(1 << 30);
    let terms = [(model.push_column(0.0, 9.0, true, 0.0), 2.0 * gib)];
    model.push_row(f64::NEG_INFINITY, 64.0 * gib, terms);
    let scale = model.scale_rows(0..1);
    assert_eq!((model.rows.runs(0)[0].value, model.rows.upper[0]), (1.0, 32.0));
    assert_eq!((scale.unit(0), scale.unit(1)), (2.0 * gib, 1.0));
}

#[test]
fn rows_are_truncated_with_their_terms() {
    let (mut model, _) = showcase();
    let before = model.clone();
    model.push_row(0.0, 1.0, [(0, 1.0), (1, 1.0)]);
    model.truncate_rows(before.num_rows());
    assert_eq!(model, before);
    model.truncate_rows(before.num_rows() + 5);
    assert_eq!(model, before);
}

proptest! {
    #[test]
    fn generated_models_are_well_formed(model in models()) {
        prop_assert_eq!(model.check(), Ok(()));
    }

    #[test]
    fn scaling_can_be_undone_to_the_bit(model in models()) {
        let mut scaled = model.clone();
        let scale = scaled.scale_rows(0..model.num_rows());
        prop_assert_eq!(scaled.check(), Ok(()));
        scaled.unscale_rows(&scale);
        prop_assert_eq!(scaled, model);
    }

    #[test]
    fn scaling_makes_no_coefficient_of_a_row_larger_than_the_inverse_of_another(model in models()) {
        let mut scaled = model.clone();
        let scale = scaled.scale_rows(0..model.num_rows());
        for row in 0..model.num_rows() {
            let sizes = || scaled.rows.terms(row).map(|(_, value)| value.abs());
            let (least, most) = (sizes().fold(f64::MAX, f64::min), sizes().fold(0.0, f64::max));
            let mut before = model.rows.terms(row).map(|(_, value)| value.abs());
            let moderate = before.all(|size| (1e-100..1e100).contains(&size));
            if scale.exponents[row] != 0 && moderate {
                prop_assert!((0.1..=16.0).contains(&(least * most)), "{least} {most}");
            }
        }
    }

    #[test]
    fn terms_come_back_as_they_were_added(
        terms in prop::collection::vec((0..12u32, 0..2u8), 0..30),
        splits in prop::collection::vec(any::<bool>(), 30),
    ) {
        let mut rows = Rows::default();
        let mut wanted = vec![Vec::new()];
        for ((column, value), split) in terms.into_iter().zip(splits) {
            rows.term(column, f64::from(value));
            wanted.last_mut().expect("a row").push((column, f64::from(value)));
            if split {
                rows.close(0.0, 1.0);
                wanted.push(Vec::new());
            }
        }
        rows.close(0.0, 1.0);
        prop_assert_eq!(rows.num_terms(), wanted.iter().map(Vec::len).sum::<usize>());
        for (row, wanted) in wanted.iter().enumerate() {
            prop_assert_eq!(&rows.terms(row).collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn json_gives_back_what_was_written(model in models()) {
        let text = serde_json::to_string(&model).expect("a model is JSON");
        let read: Model = serde_json::from_str(&text).expect("what was written can be read");
        prop_assert_eq!(read, model);
    }
}

#[test]
fn an_objective_is_scaled_by_a_power_of_two() {
    let objective = |costs: &[(u32, f64)], offset| Objective {
        maximize: false,
        offset,
        costs: costs.iter().copied().collect(),
    };
    let mut prices = objective(&[(0, 3e-9), (2, 1.1e-6)], -0.25);
    let factor = prices.scale();
    assert_eq!(factor, 2f64.powi(25));
    assert_eq!(prices, objective(&[(0, 3e-9 * factor), (2, 1.1e-6 * factor)], -0.25 * factor));
    for unscaled in [objective(&[], 1.0), objective(&[(0, 5e-324)], 0.0)] {
        let mut same = unscaled.clone();
        assert_eq!((same.scale(), same), (1.0, unscaled));
    }
}

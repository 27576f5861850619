//! Models for the tests of this crate.

use proptest::prelude::*;

use crate::{Model, NameList};

/// Any number that a format must carry to the bit.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-20i32..20).prop_map(f64::from),
        4 => -1e6..1e6f64,
        1 => any::<f64>().prop_filter("finite", |value| value.is_finite()),
    ]
}

fn coefficient() -> impl Strategy<Value = f64> {
    number().prop_filter("not zero", |value| *value != 0.0)
}

/// Bounds of every kind: none, one, two, equal.
fn bounds() -> impl Strategy<Value = (f64, f64)> {
    (number(), number(), 0..5).prop_map(|(one, other, kind)| match kind {
        0 => (f64::NEG_INFINITY, f64::INFINITY),
        1 => (one, f64::INFINITY),
        2 => (f64::NEG_INFINITY, one),
        3 => (one, one),
        _ => (one.min(other), one.max(other)),
    })
}

/// Well-formed models with their terms in the order of the columns and none of them zero.
pub(crate) fn models() -> impl Strategy<Value = Model> {
    let columns = prop::collection::vec((bounds(), any::<bool>(), number()), 1..6);
    let row = (bounds(), prop::collection::vec(prop::option::of(coefficient()), 6));
    let rows = prop::collection::vec(row, 0..6);
    (columns, rows, any::<bool>(), number()).prop_map(|(columns, rows, maximize, offset)| {
        let mut model = Model::new();
        for ((lower, upper), integer, cost) in columns {
            model.push_column(lower, upper, integer, cost);
        }
        let count = model.num_columns();
        for ((lower, upper), values) in rows {
            let terms = values.into_iter().take(count).enumerate();
            model.push_row(
                lower,
                upper,
                terms.filter_map(|(column, value)| Some((column as u32, value?))),
            );
        }
        model.objective.maximize = maximize;
        model.objective.offset = offset;
        model
    })
}

/// A small model that shows everything the formats must say.
pub(crate) fn showcase() -> (Model, NameList) {
    let mut model = Model::new();
    model.push_column(0.0, 3.0, true, 2.5);
    model.push_column(f64::NEG_INFINITY, f64::INFINITY, false, -1.0);
    model.push_column(1.0, f64::INFINITY, true, 0.0);
    model.push_column(2.0, 2.0, false, 1e-9);
    model.push_column(f64::NEG_INFINITY, -4.0, false, 1.0);
    model.push_row(f64::NEG_INFINITY, 10.0, [(0, 1.0), (1, 2.0)]);
    model.push_row(-1.5, 4.0, [(1, 1.0), (2, -0.1)]);
    model.push_row(3.0, 3.0, [(3, 1.5e20)]);
    model.push_row(0.0, f64::INFINITY, [(0, 1.0), (4, 1.0)]);
    model.push_row(f64::NEG_INFINITY, f64::INFINITY, [(0, 1.0)]);
    model.push_row(-1.0, 0.0, []);
    model.objective.maximize = true;
    model.objective.offset = 7.0;
    let columns = ["x[web,eu-1]", "y", "n[4]", "free", "e1"].map(String::from).to_vec();
    let rows = ["capacity[n1]", "ranged", "fixed", "capacity[n1]", "free", "1st"];
    (model, NameList { columns, rows: rows.map(String::from).to_vec() })
}

//! What the MPS format looks like, and that it can be read back.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{read_mps, write_mps};
use crate::testing::{models, showcase};
use crate::{Model, NameList, Names, Numbered};

fn written(model: &Model, names: &dyn Names) -> String {
    let mut text = Vec::new();
    write_mps(model, names, &mut text).expect("writing to memory does not fail");
    String::from_utf8(text).expect("the text is ASCII")
}

#[track_caller]
fn check_refused(text: &str, why: Expect) {
    why.assert_eq(&read_mps(text).expect_err("the text is no model").to_string());
}

#[test]
fn everything_a_model_can_say_is_written() {
    let (model, names) = showcase();
    expect![[r#"
        NAME model
        ROWS
         N  obj#negated
         L  capacity(n1)
         L  ranged
         E  fixed
         G  capacity(n1)#2
         N  %66ree
         L  %31st
        COLUMNS
            MARKER1  'MARKER'  'INTORG'
            x(web,eu~1)  obj#negated  -2.5
            x(web,eu~1)  capacity(n1)  1
            x(web,eu~1)  capacity(n1)#2  1
            x(web,eu~1)  %66ree  1
            MARKER2  'MARKER'  'INTEND'
            y  obj#negated  1
            y  capacity(n1)  2
            y  ranged  1
            MARKER3  'MARKER'  'INTORG'
            n(4)  ranged  -0.1
            MARKER4  'MARKER'  'INTEND'
            %66ree  obj#negated  -1e-9
            %66ree  fixed  1.5e20
            %651  obj#negated  -1
            %651  capacity(n1)#2  1
        RHS
            RHS_V  obj#negated  7
            RHS_V  capacity(n1)  10
            RHS_V  ranged  4
            RHS_V  fixed  3
        RANGES
            RANGE_V  ranged  5.5
            RANGE_V  %31st  1
        BOUNDS
         LO BOUND_V  x(web,eu~1)  0
         UP BOUND_V  x(web,eu~1)  3
         FR BOUND_V  y
         LO BOUND_V  n(4)  1
         PL BOUND_V  n(4)
         FX BOUND_V  %66ree  2
         MI BOUND_V  %651
         UP BOUND_V  %651  -4
        ENDATA
    "#]]
    .assert_eq(&written(&model, &names));
}

#[test]
fn names_come_back_and_doubles_are_numbered() {
    let (model, names) = showcase();
    let read = read_mps(&written(&model, &names)).expect("what was written can be read");
    assert_eq!(read.model, model);
    let mut rows = names.rows.clone();
    rows[3] = String::from("capacity[n1]#2");
    assert_eq!(read.names, NameList { columns: names.columns, rows });
}

#[test]
fn a_text_without_its_end_is_refused() {
    check_refused("NAME m\nROWS\n N  obj\n", expect!["line 3: the text ends before `ENDATA`"]);
}

#[test]
fn a_term_in_an_unknown_row_is_refused() {
    check_refused(
        "NAME m\nROWS\n N  obj\nCOLUMNS\n    x  r  1\nENDATA\n",
        expect!["line 5: no row is called `r`"],
    );
}

#[test]
fn two_rows_of_one_name_are_refused() {
    check_refused(
        "NAME m\nROWS\n N  obj\n L  r\n G  r\nENDATA\n",
        expect!["line 5: two rows are called `r`"],
    );
}

#[test]
fn a_width_of_an_equality_is_refused() {
    check_refused(
        "NAME m\nROWS\n N  obj\n E  r\nRANGES\n    RANGE_V  r  1\nENDATA\n",
        expect!["line 6: row `r` can't have a width"],
    );
}

#[test]
fn a_section_of_other_dialects_is_refused() {
    check_refused("NAME m\nSOS\nENDATA\n", expect!["line 2: unknown section `SOS`"]);
}

/// The one thing MPS can't say exactly: a row with two bounds, as one bound and a width.
fn nearly_equal(one: &Model, other: &Model) -> bool {
    let mut one = one.clone();
    for row in 0..one.num_rows().min(other.num_rows()) {
        let size = one.rows.lower[row].abs().max(one.rows.upper[row].abs());
        if size.is_finite() {
            let close = |one: &mut f64, other: f64| {
                if (*one - other).abs() <= size * 4.0 * f64::EPSILON {
                    *one = other;
                }
            };
            close(&mut one.rows.lower[row], other.rows.lower[row]);
            close(&mut one.rows.upper[row], other.rows.upper[row]);
        }
    }
    one == *other
}

proptest! {
    #[test]
    fn reading_gives_back_what_was_written(model in models()) {
        let read = read_mps(&written(&model, &Numbered)).expect("what was written can be read");
        prop_assert!(nearly_equal(&model, &read.model), "{:?}", read.model);
    }

    #[test]
    fn a_damaged_text_is_read_or_refused(model in models(), at in any::<prop::sample::Index>()) {
        let mut text = written(&model, &Numbered);
        text.remove(at.index(text.len()));
        if let Ok(read) = read_mps(&text) {
            prop_assert_eq!(read.model.check(), Ok(()));
        }
    }
}

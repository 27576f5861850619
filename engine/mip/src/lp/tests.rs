//! What the LP format looks like, and that it can be read back.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{read_lp, write_lp};
use crate::testing::{models, showcase};
use crate::{Model, NameList, Names, Numbered};

fn written(model: &Model, names: &dyn Names) -> String {
    let mut text = Vec::new();
    write_lp(model, names, &mut text).expect("writing to memory does not fail");
    String::from_utf8(text).expect("the text is ASCII")
}

#[track_caller]
fn check_refused(text: &str, why: Expect) {
    why.assert_eq(&read_lp(text).expect_err("the text is no model").to_string());
}

#[test]
fn everything_a_model_can_say_is_written() {
    let (model, names) = showcase();
    expect![[r#"
        \ 5 columns, 6 rows
        Maximize
         obj: + 2.5 x(web,eu~1) - 1 y + 0 n(4) + 1e-9 %66ree + 1 %651 + 7
        Subject To
         capacity(n1): + 1 x(web,eu~1) + 2 y <= 10
         ranged: + 1 y - 0.1 n(4) >= -1.5
         ranged#upper: + 1 y - 0.1 n(4) <= 4
         fixed: + 1.5e20 %66ree = 3
         capacity(n1)#2: + 1 x(web,eu~1) + 1 %651 >= 0
         %66ree: + 1 x(web,eu~1) >= -inf
         %31st: + 0 x(web,eu~1) >= -1
         %31st#upper: + 0 x(web,eu~1) <= 0
        Bounds
         0 <= x(web,eu~1) <= 3
         y free
         n(4) >= 1
         %66ree = 2
         -inf <= %651 <= -4
        General
         x(web,eu~1)
         n(4)
        End
    "#]]
    .assert_eq(&written(&model, &names));
}

#[test]
fn names_come_back_and_doubles_are_numbered() {
    let (model, names) = showcase();
    let read = read_lp(&written(&model, &names)).expect("what was written can be read");
    assert_eq!(read.model, model);
    let mut rows = names.rows.clone();
    rows[3] = String::from("capacity[n1]#2");
    assert_eq!(read.names, NameList { columns: names.columns, rows });
}

#[test]
fn a_text_without_its_end_is_refused() {
    check_refused("Minimize\n obj: + 1 x\n", expect!["line 2: the text ends before `End`"]);
}

#[test]
fn a_row_over_an_unknown_column_is_refused() {
    check_refused(
        "Minimize\n obj: + 1 x\nSubject To\n r: + 1 y <= 1\nEnd\n",
        expect!["line 4: no column is called `y`"],
    );
}

#[test]
fn two_rows_of_one_name_are_refused() {
    check_refused(
        "Minimize\n obj: + 1 x\nSubject To\n r: + 1 x <= 1\n r: + 2 x <= 1\nEnd\n",
        expect!["line 5: two rows are called `r`"],
    );
}

#[test]
fn an_upper_half_of_other_terms_is_refused() {
    check_refused(
        "Minimize\n obj: + 1 x\nSubject To\n r: + 1 x >= 1\n r#upper: + 2 x <= 1\nEnd\n",
        expect!["line 5: row `r#upper` does not complete the row of that name"],
    );
}

#[test]
fn crossed_bounds_are_refused() {
    check_refused(
        "Minimize\n obj: + 1 x\nSubject To\nBounds\n 2 <= x <= 1\nEnd\n",
        expect!["line 6: column 0 has its lower bound above its upper bound"],
    );
}

proptest! {
    #[test]
    fn reading_gives_back_what_was_written(model in models()) {
        let read = read_lp(&written(&model, &Numbered)).expect("what was written can be read");
        prop_assert_eq!(read.model, model);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-+<>=#:. \n0-9a-eMTinmzeSubjctToBdsGrlE]{0,80}") {
        let _ = read_lp(&format!("Minimize\n obj: + 1 a\nSubject To\n{text}\nEnd"));
        let _ = read_lp(&text);
    }

    #[test]
    fn a_damaged_text_is_read_or_refused(model in models(), at in any::<prop::sample::Index>()) {
        let mut text = written(&model, &Numbered);
        text.remove(at.index(text.len()));
        if let Ok(read) = read_lp(&text) {
            prop_assert_eq!(read.model.check(), Ok(()));
        }
    }
}

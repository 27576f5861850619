//! Where items begin.

use expect_test::{Expect, expect};

use crate::split;

#[track_caller]
fn check(text: &str, expected: Expect) {
    let show = |chunk: &crate::Chunk| {
        let word = chunk.keyword.map_or("?", |keyword| keyword.word());
        format!("{word} {} {}: {:?}\n", chunk.name, chunk.ordinal, chunk.text(text))
    };
    expected.assert_eq(&split(text).iter().map(show).collect::<String>());
}

#[test]
fn blanks_and_comments_between_items_belong_to_none() {
    check(
        "// a\n\nlet a = 1 // b\n\n/// doc\n/// more\nlet b = 2\n// c",
        expect![[r#"
        let a 0: "let a = 1"
        let b 0: "/// doc\n/// more\nlet b = 2"
    "#]],
    );
}

#[test]
fn items_of_one_name_are_numbered() {
    check(
        "let a = 1\nlet a = 2\nrule a { b }\nobjective { }\nobjective {}",
        expect![[r#"
        let a 0: "let a = 1"
        let a 1: "let a = 2"
        rule a 0: "rule a { b }"
        objective  0: "objective { }"
        objective  1: "objective {}"
    "#]],
    );
}

#[test]
fn items_may_be_indented_and_share_a_line() {
    check(
        "  enum A {x} enum B {y}\n  let c = 1; let d = 2\n  let e = d",
        expect![[r#"
        enum A 0: "enum A {x}"
        enum B 0: "enum B {y}"
        let c 0: "let c = 1;"
        let d 0: "let d = 2"
        let e 0: "let e = d"
    "#]],
    );
}

#[test]
fn a_word_of_the_first_column_starts_an_item_inside_an_open_brace() {
    check(
        "rule a {\n  x <= (1\nrule b { y }\nobjective {",
        expect![[r#"
        rule a 0: "rule a {\n  x <= (1"
        rule b 0: "rule b { y }"
        objective  0: "objective {"
    "#]],
    );
}

#[test]
fn words_that_start_items_are_names_elsewhere() {
    check(
        "entity A {\nkey id: string\npriority: count\nrule: slots\n}\nlet b = rule\n  + test",
        expect![[r#"
            entity A 0: "entity A {\nkey id: string\npriority: count\nrule: slots\n}"
            let b 0: "let b = rule\n  + test"
        "#]],
    );
    check(
        "enum A {\nslots,\ntest\n}",
        expect![[r#"
        enum A 0: "enum A {\nslots,\ntest\n}"
    "#]],
    );
}

#[test]
fn an_unknown_word_in_the_first_column_starts_an_item() {
    check(
        "let a = 1\nrulle b {\n c }\nlet d = 1 +\ne",
        expect![[r#"
        let a 0: "let a = 1"
        ? b 0: "rulle b {\n c }"
        let d 0: "let d = 1 +\ne"
    "#]],
    );
}

#[test]
fn quotes_and_comments_hide_what_is_in_them() {
    check(
        "let a = \"{\" // {\nlet b = 1",
        expect![[r#"
        let a 0: "let a = \"{\""
        let b 0: "let b = 1"
    "#]],
    );
}

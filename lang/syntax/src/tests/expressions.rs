//! How expressions and their parts are read.

use expect_test::expect;

use super::check;

#[test]
fn operators_bind_as_in_cel() {
    check(
        "let a = 1 + 2 * 3 - 4 / b % (6)",
        expect![[r#"
            let a = ((1 Add (2 Multiply 3)) Subtract ((4 Divide b) Remainder 6))
        "#]],
    );
    check(
        "let a = a || b && !c == d",
        expect![[r#"
        let a = (a Or (b And ((Not c) Equal d)))
    "#]],
    );
    check(
        "let a = a < b + 1 && c in d",
        expect![[r#"
        let a = ((a Less (b Add 1)) And (c In d))
    "#]],
    );
    check(
        "let a = c ? d : e ? f : g",
        expect![[r#"
        let a = (c ? d : (e ? f : g))
    "#]],
    );
    check(
        "let a = -a.b(c)[d] - -1",
        expect![[r#"
        let a = ((Negate a.b(c)[d]) Subtract (Negate 1))
    "#]],
    );
}

#[test]
fn a_default_binds_tighter_than_a_comparison_and_looser_than_a_sum() {
    check(
        "let a = b ?? c + 1 <= d ?? e",
        expect![[r#"
        let a = ((b Default (c Add 1)) LessEqual (d Default e))
    "#]],
    );
}

#[test]
fn a_range_is_the_loosest() {
    check(
        "let a = b ? 1 : 2 .. c || d",
        expect![[r#"
        let a = ((b ? 1 : 2) Range (c Or d))
    "#]],
    );
}

#[test]
fn a_unit_stands_on_the_line_of_its_number() {
    check(
        "let a = 4 GiB + 5 USD/core/h - 1_200_000 USD per month",
        expect![[r#"
        let a = ((4<GiB^1> Add 5<USD^1·core^-1·h^-1>) Subtract 1200000<USD^1 per month>)
    "#]],
    );
    check(
        "let a = 3 per h + 2 1/h",
        expect![[r#"
        let a = (3< per h> Add 2<h^-1>)
    "#]],
    );
    check(
        "let a = f(1\nGiB)",
        expect![[r#"
        let a = f(1)
        error[expected-sign]: expected `,` or `)` after `1`
         --> policy.alloc:1:11
          |
        1 | let a = f(1
          |           ^ `,` or `)` must follow
          |
    "#]],
    );
}

#[test]
fn a_slash_with_blanks_divides() {
    check(
        "let a = 4 GiB / w + b/c + 6/2",
        expect![[r#"
        let a = (((4<GiB^1> Divide w) Add (b Divide c)) Add (6 Divide 2))
    "#]],
    );
}

#[test]
fn a_percent_sign_after_a_number_is_a_unit_unless_an_operand_follows_at_once() {
    check(
        "let a = 12 % + 5% + 7 %(a) + 7 %2 + b % 2",
        expect![[r#"
        let a = ((((12<%^1> Add 5<%^1>) Add (7 Remainder a)) Add (7 Remainder 2)) Add (b Remainder 2))
    "#]],
    );
}

#[test]
fn a_number_cannot_be_called() {
    check(
        "let a = 5 % (6)",
        expect![[r#"
        let a = 5<%^1>
        error[unexpected-sign]: `(` cannot follow `%` in this item
         --> policy.alloc:1:13
          |
        1 | let a = 5 % (6)
          |             ^ not read from here on
          |
    "#]],
    );
}

#[test]
fn a_date_is_one_token() {
    check(
        "let a = 2027-01-31 - 2027-01-31T10:00:00+02:00 + 2027-01",
        expect![[r#"
        let a = (((@2027-01-31 Subtract @2027-01-31T10:00:00+02:00) Add 2027) Subtract 01)
    "#]],
    );
}

#[test]
fn parentheses_and_brackets_go_on_with_an_expression_only_on_its_line() {
    check(
        "rule a {\n  f (x)\n  [a][0] == b\n  (c) <= d\n    + e\n}",
        expect![[r#"
        rule a
          f(x)
          ([a][0] Equal b)
          (c LessEqual (d Add e))
    "#]],
    );
}

#[test]
fn words_with_a_meaning_elsewhere_are_names() {
    check(
        "let weight = key.set[rule] + max + forbid(slots) + sum",
        expect![[r#"
        let weight = (((key.set[rule] Add max) Add forbid(slots)) Add sum)
    "#]],
    );
    check(
        "entity on { key key: string; missing: count; in_: bool }",
        expect![[r#"
        entity on
          key key: string^1
          missing: count^1
          in_: bool^1
    "#]],
    );
}

#[test]
fn aggregates_are_told_from_calls_by_their_index() {
    check(
        "let a = max(a, b) + max(w in ws) + count(w in ws, p in ps where c: d)",
        expect![[r#"
        let a = ((max(a, b) Add max(w in ws)) Add count(w in ws, p in ps where c: d))
    "#]],
    );
}

#[test]
fn bins_hold_items_of_a_size() {
    check(
        "let a = bins(p in ps where c: x[p] * 2 each p.share / 2 in 1 device) + each",
        expect![[r#"
            let a = (bins(p in ps where c: (x[p] Multiply 2) each (p.share Divide 2) in 1<device^1>) Add each)
        "#]],
    );
}

#[test]
fn braces_hold_a_set_or_a_record() {
    check(
        "let a = {} + {b, c,} + {d: 1, \"e\": {f}}",
        expect![[r#"
        let a = (({} Add {b, c}) Add {d: 1, "e": {f}})
    "#]],
    );
}

#[test]
fn texts_have_escapes_and_reasons_have_holes() {
    check(
        r#"let a = "a\"b\n\u00e9\x41" + 'it "is"'"#,
        expect![[r#"
        let a = ("a\"b\néA" Add "it \"is\"")
    "#]],
    );
    check(
        r#"rule a because "{w.id}: {x[w, *] + 1} \{kept\} {f('}')}" { b }"#,
        expect![[r#"
        rule a because <w.id> ": " <(x[w, *] Add 1)> " {kept} " <f("}")>
          b
    "#]],
    );
}

#[test]
fn a_lone_word_of_a_rule_may_stand_on_many_lines() {
    check(
        "rule a {\n  for w in ws,\n    p in ps\n    where c\n  :\n    x[w]\n      <= 1\n}",
        expect![[r#"
            rule a
              for w in ws, p in ps where c:
                (x[w] LessEqual 1)
        "#]],
    );
}

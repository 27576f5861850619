//! Constructs that the language has and this version does not compile: each is refused by its name.

use expect_test::expect;

use super::check;

#[test]
fn parts_of_items() {
    check(
        "entity A { key id: string; size: count on missing assume 3 }",
        expect![[r#"
        not-implemented: `on missing` cannot be compiled yet `size`
    "#]],
    );
    check(
        "entity A { key id: string }\ninput all: A max 3 fresh within 1 h on missing deny",
        expect![[r#"
            not-implemented: `on missing` cannot be compiled yet `all`
            not-implemented: `fresh within` cannot be compiled yet `1 h`
        "#]],
    );
    check(
        "budget all: 0 * used[*] * 1 USD/core <= 3 USD by p.id",
        expect![[r#"
        not-implemented: a budget by groups cannot be compiled yet `p.id`
    "#]],
    );
}

#[test]
fn parts_of_expressions() {
    check(
        "let row = { id: \"a\", replicas: 3 }",
        expect![[r#"
        not-implemented: a row written in a policy cannot be compiled yet `{ id: "a", replicas: 3 }`
    "#]],
    );
    check(
        "let a = null",
        expect![[r#"
        type-mismatch: `null` is no value of this language `null`
    "#]],
    );
    check(
        "let a[j in jobs, t in {j.id}] = used[*]",
        expect![[r#"
        not-implemented: a `let` over decisions and data-dependent sets cannot be compiled yet `a`
    "#]],
    );
}

#[test]
fn nothing_follows_from_a_name_whose_item_is_refused() {
    check(
        "forecast shares over 24 h every 1 h: ratio\nobjective { equity: maximize shares[1] + 3 USD }",
        expect![[r#"
            type-mismatch: `shares` is not of the rows of one input `shares`
        "#]],
    );
}

#[test]
fn functions_that_do_not_exist_and_wrong_numbers_of_arguments() {
    check(
        "let a = sizee({1})\nlet b = {1}.lengthy()\nlet c = size()\nlet d = {1}.size(3)",
        expect![[r#"
            unknown-name: there is no function `sizee` `sizee`
            unknown-name: there is no function `lengthy` `lengthy`
            type-mismatch: `size` takes 1 argument `size()`
            type-mismatch: `size` takes 0 arguments `{1}.size(3)`
        "#]],
    );
    check(
        "let a = has()\nlet b[j in jobs] = priority(j, 3)",
        expect![[r#"
        type-mismatch: `has` takes 1 argument `has()`
        type-mismatch: `priority` takes 1 argument `priority(j, 3)`
    "#]],
    );
    check(
        "let a = total(p in pools: used[p])\nlet b = sum(p in pools)\nlet c = max()",
        expect![[r#"
            expected-sign: expected `,` or `)` after `pools`, found `:` `:`
            type-mismatch: `sum` needs to know of what `sum(p in pools)`
            type-mismatch: `max` takes 1 argument or more `max()`
        "#]],
    );
    check(
        "let a = size(3)\nlet b = \"a\".contains(3)\nlet c = {\"a\"}.contains(\"a\")\nlet d = has(3)",
        expect![[r#"
            type-mismatch: plain number has no size `size(3)`
            type-mismatch: a text is expected, and this is plain number `3`
            type-mismatch: `contains` looks into texts `{"a"}.contains("a")`
            type-mismatch: `has` asks for a fact `3`
        "#]],
    );
    check(
        "let a = size(of: {1})\nlet b = 3(4)\nlet c = 1 .. 2",
        expect![[r#"
        pattern-argument: `of:` names no argument of this function `of`
        unexpected-sign: `(` cannot follow `3` in this item `(`
        type-mismatch: a range is no value `1 .. 2`
    "#]],
    );
}

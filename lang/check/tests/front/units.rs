//! Units and types of two sides.

use expect_test::expect;

use super::check;

#[test]
fn units_of_two_sides_must_agree() {
    check(
        "let odd[p in pools] = p.capacity[cpu] + p.capacity[memory]",
        expect![[r#"
        unit-mismatch: cannot add cores and memory `p.capacity[memory]`
    "#]],
    );
    check(
        "let odd[p in pools] = p.capacity[cpu] - 1 GiB",
        expect![[r#"
        unit-mismatch: cannot take the difference of cores and memory `1 GiB`
    "#]],
    );
    check(
        "let odd[p in pools] = p.capacity[cpu] % 1 GiB",
        expect![[r#"
        unit-mismatch: cannot take the remainder of cores and memory `1 GiB`
    "#]],
    );
    check(
        "let odd[p in pools] = min(p.capacity[cpu], 1 GiB)",
        expect![[r#"
        unit-mismatch: cannot compare cores with memory `1 GiB`
    "#]],
    );
    check(
        "let odd[p in pools] = has(p.reclaim) ? 1 core : 1 GiB",
        expect![[r#"
        unit-mismatch: cannot choose between cores and memory `1 GiB`
    "#]],
    );
    check(
        "rule odd { for p in pools: used[p] <= p.capacity[memory] }",
        expect![[r#"
        unit-mismatch: cannot compare cores with memory `p.capacity[memory]`
    "#]],
    );
}

#[test]
fn nothing_follows_from_two_sides_that_do_not_agree() {
    check(
        "rule odd { for p in pools: p.capacity[cpu] + p.capacity[memory] + 3 devices <= 4 USD }",
        expect![[r#"
            unit-mismatch: cannot add cores and memory `p.capacity[memory]`
        "#]],
    );
    check(
        "rule odd { for p in pools: min(1 core, 1 GiB) * 2 h <= (true ? 1 h : 1 USD) }",
        expect![[r#"
        unit-mismatch: cannot compare cores with memory `1 GiB`
        unit-mismatch: cannot choose between time and money (USD) `1 USD`
    "#]],
    );
    check(
        "let odd = 1 core % 1 GiB\nlet more = odd + 1 USD",
        expect![[r#"
        unit-mismatch: cannot take the remainder of cores and memory `1 GiB`
    "#]],
    );
    check(
        "let odd[p in pools] = (p.reclaim ?? 1 GiB) + 3 cores",
        expect![[r#"
        unit-mismatch: cannot replace number per time by memory `1 GiB`
    "#]],
    );
}

#[test]
fn a_text_is_not_added_to_a_number() {
    check(
        "let odd[j in jobs] = j.id + 1",
        expect![[r#"
        type-mismatch: cannot add a text and plain number `1`
    "#]],
    );
    check(
        "let odd[j in jobs] = 1 + j.id",
        expect![[r#"
        type-mismatch: cannot add plain number and a text `j.id`
    "#]],
    );
    check(
        "let odd[j in jobs] = j.id - j.id\nlet fine[j in jobs] = j.id + \"!\"",
        expect![[r#"
        type-mismatch: cannot take the difference of a text `j.id - j.id`
    "#]],
    );
}

#[test]
fn a_bare_zero_has_the_unit_of_the_other_side() {
    check(
        "rule off { for p in pools: used[p] == 0 }\nlet none: GiB = 0\nparam least: cores = 0",
        expect![""],
    );
}

#[test]
fn a_zero_with_a_unit_keeps_it_and_no_zero_is_a_text() {
    check(
        "rule off { for p in pools: used[p] == 0 GiB }",
        expect![[r#"
        unit-mismatch: cannot compare cores with memory `0 GiB`
    "#]],
    );
    check(
        "let none: GiB = 0 cores\nparam least: cores = 0 GiB\nparam name: string = 0",
        expect![[r#"
        unit-mismatch: `none` is declared as memory and is cores `0 cores`
        unit-mismatch: the default must be cores, and this is memory `0 GiB`
        type-mismatch: the default must be a text, and this is plain number `0`
    "#]],
    );
    check(
        "let odd[j in jobs] = j.id == 0",
        expect![[r#"
        type-mismatch: cannot compare a text with plain number `0`
    "#]],
    );
}

#[test]
fn a_number_without_unit_is_told_which_unit_it_lacks() {
    check(
        "rule odd { for p in pools: used[p] <= 4 }",
        expect![[r#"
        unit-missing: a number without unit cannot be used with cores `4`
    "#]],
    );
}

#[test]
fn products_of_more_units_than_are_told_apart_are_not_compared() {
    let seven = "1 core * 1 USD * 1 s * 1 GiB * 1 device * 1 kWh";
    check(
        &format!("let a = {seven} * 1 credit\nlet b = {seven} * 1 req\nrule odd {{ a <= b }}"),
        expect![[r#"
            unit-mismatch: cannot compare a product of too many units with a product of too many units `b`
        "#]],
    );
    check(
        &format!("let a = {seven} * 1 credit\nlet b = sum(j in jobs: a * j.replicas)"),
        expect![""],
    );
}

#[test]
fn a_time_is_moved_by_a_duration_and_two_times_are_a_duration_apart() {
    check(
        "let soon = now + 2 h\nlet ahead: duration = soon - now\nlet early = 2 h + now",
        expect![""],
    );
    check(
        "let odd = now + now",
        expect![[r#"
        type-mismatch: cannot add a point in time `now + now`
    "#]],
    );
    check(
        "let odd = 2 h - now",
        expect![[r#"
        type-mismatch: cannot take the difference of time and a point in time `now`
    "#]],
    );
    check(
        "let odd = now + 3 cores",
        expect![[r#"
        type-mismatch: cannot add a point in time and cores `3 cores`
    "#]],
    );
}

#[test]
fn calendar_periods_are_no_durations() {
    check(
        "let odd = 2 month\nparam odd2: USD per month = 3 USD per month",
        expect![[r#"
        month-as-duration: a `month` is a stretch of the calendar, not a duration `month`
        month-as-duration: a type cannot be per calendar month `USD per month`
        month-as-duration: an amount per calendar month stands in a budget only `3 USD per month`
    "#]],
    );
}

#[test]
fn rounding_asks_of_what() {
    check(
        "let odd[p in pools] = ceil(p.capacity[cpu])\nlet fine[j in jobs] = ceil(j.replicas / 3)",
        expect![[r#"
        unit-mismatch: what is a whole amount of cores? `ceil(p.capacity[cpu])`
    "#]],
    );
}

#[test]
fn what_has_no_order_is_not_compared_by_order() {
    check(
        "rule odd { for p in pools, q in pools: p < q }",
        expect![[r#"
        type-mismatch: a `Pool` has no order `p < q`
    "#]],
    );
    check(
        "rule odd { for j in jobs: j.class <= batch }\nrule fine { for j in jobs: j.id < \"b\" }",
        expect![[r#"
        type-mismatch: a value of `Job.class` has no order `j.class <= batch`
    "#]],
    );
}

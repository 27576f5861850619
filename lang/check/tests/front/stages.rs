//! What depends on a decision, in which shape, and where that is allowed.

use apportion_check::check_text;
use apportion_check::policy::Stage;
use expect_test::expect;

use super::{WORLD, check};

/// The stage of an expression over the world, as a `let` of no index has it.
#[track_caller]
fn stage(expression: &str) -> Stage {
    let text = format!("{WORLD}let it = {expression}");
    let checked = check_text("main.alloc", &text);
    assert_eq!(checked.diagnostics, [], "{expression}");
    let named = checked.policy.into_iter().flat_map(|policy| policy.lets).next_back();
    named.map(|named| named.value.stage).expect("a policy without findings has its lets")
}

#[test]
fn what_reads_no_decision_is_ground() {
    assert_eq!(stage("sum(p in pools: p.capacity[cpu])"), Stage::Ground);
    assert_eq!(stage("count(j in jobs where j.class == gold)"), Stage::Ground);
}

#[test]
fn sums_of_decisions_with_facts_before_them_are_affine() {
    assert_eq!(stage("sum(p in pools: used[p])"), Stage::Affine);
    assert_eq!(stage("3 core - 2 * sum(p in pools: used[p] / 4)"), Stage::Affine);
    assert_eq!(stage("count(p in pools) > 3 ? used[*] : 2 * used[*]"), Stage::Affine);
}

#[test]
fn a_maximum_bends_upward_and_a_minimum_downward() {
    assert_eq!(stage("max(p in pools: used[p])"), Stage::Convex);
    assert_eq!(stage("max(used[*], 3 cores)"), Stage::Convex);
    assert_eq!(stage("abs(used[*] - 3 cores)"), Stage::Convex);
    assert_eq!(stage("min(p in pools: used[p])"), Stage::Concave);
    assert_eq!(stage("sum(p in pools: min(used[p], 3 cores))"), Stage::Concave);
}

#[test]
fn a_negative_factor_turns_the_bend_over_and_an_unknown_one_loses_it() {
    assert_eq!(stage("-max(p in pools: used[p])"), Stage::Concave);
    assert_eq!(stage("3 core - min(p in pools: used[p])"), Stage::Convex);
    assert_eq!(stage("-2 * min(p in pools: used[p])"), Stage::Convex);
    assert_eq!(stage("2 * max(p in pools: used[p])"), Stage::Convex);
    assert_eq!(stage("count(p in pools) * max(p in pools: used[p])"), Stage::Neither);
}

#[test]
fn what_bends_both_ways_or_depends_on_a_condition_is_neither() {
    assert_eq!(stage("max(p in pools: used[p]) - max(p in pools: used[p])"), Stage::Neither);
    assert_eq!(stage("max(p in pools: used[p]) + min(p in pools: used[p])"), Stage::Neither);
    assert_eq!(stage("max(p in pools: min(used[p], 1 core))"), Stage::Neither);
    assert_eq!(stage("abs(max(p in pools: used[p]))"), Stage::Neither);
    assert_eq!(stage("used[*] > 3 core ? 1 : 2"), Stage::Neither);
    assert_eq!(stage("count(p in pools: used[p] >= 1 core)"), Stage::Neither);
    assert_eq!(stage("any(p in pools: used[p] >= 1 core)"), Stage::Neither);
}

#[test]
fn decisions_are_neither_multiplied_nor_divided_by() {
    check(
        "let odd = sum(p in pools: used[p] * used[p])",
        expect![[r#"
        product-of-decisions: two decisions are multiplied, which no linear rule can say as it stands `used[p] * used[p]`
    "#]],
    );
    check(
        "let odd = sum(p in pools: p.capacity[cpu] / used[p])",
        expect![[r#"
        product-of-decisions: a division by a decision, which no linear rule can say as it stands `used[p]`
    "#]],
    );
    check(
        "let odd = sum(p in pools: used[p] % 2 cores)",
        expect![[r#"
        decision-in-where: a remainder can only use facts, and this depends on what will be decided `used[p]`
    "#]],
    );
}

#[test]
fn facts_are_chosen_before_anything_is_decided() {
    check(
        "rule odd { for p in pools where used[p] > 1 core: x[*, p, *] <= 1 }",
        expect![[r#"
        decision-in-where: a `where` can only use facts, and this depends on what will be decided `used[p]`
    "#]],
    );
    check(
        "decide more[p in pools]: cores <= used[p] where used[p] > 1 core",
        expect![[r#"
        decision-in-where: a bound can only use facts, and this depends on what will be decided `used[p]`
        decision-in-where: a `where` can only use facts, and this depends on what will be decided `used[p]`
    "#]],
    );
    check(
        "let odd = sum(n in {used[*]}: 1)\nlet odd2 = used[*] in {1 core}",
        expect![[r#"
        decision-in-where: a set or a list can only use facts, and this depends on what will be decided `used[*]`
        decision-in-where: `in` can only use facts, and this depends on what will be decided `used[*]`
    "#]],
    );
    check(
        "let odd[p in pools] = p.price[used[p] > 1 core ? spot : on_demand]",
        expect![[r#"
        optional-unguarded: this entry may be absent here `p.price[used[p] > 1 core ? spot : on_demand]`
        decision-in-where: a key can only use facts, and this depends on what will be decided `used[p]`
    "#]],
    );
    check(
        "rule odd { forbid x[j, p, *] where used[p] > 1 core }",
        expect![[r#"
        decision-in-where: a `where` can only use facts, and this depends on what will be decided `used[p]`
    "#]],
    );
    check(
        "rule odd { if used[*] > 1 core then { forbid x[j, p, spot] } }",
        expect![[r#"
        decision-in-where: what is forbidden or permitted can only use facts, and this depends on what will be decided `used[*]`
        comparison-strict: a strict comparison of divisible amounts has no best answer `used[*] > 1 core`
    "#]],
    );
    check(
        "rule odd soft at cost, used[*] { 1 <= 2 }\nobjective { cost: minimize penalties }",
        expect![[r#"
            decision-in-where: a price can only use facts, and this depends on what will be decided `used[*]`
        "#]],
    );
    check(
        "let odd = ceil(used[*] / 1 core)",
        expect![[r#"
        decision-in-where: this function can only use facts, and this depends on what will be decided `used[*]`
    "#]],
    );
    check(
        "let odd[j in jobs] = x[j, *, used[*] > 1 core ? spot : on_demand]",
        expect![[r#"
        decision-in-index: an index cannot depend on what will be decided `used[*] > 1 core ? spot : on_demand`
    "#]],
    );
}

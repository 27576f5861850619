//! Rules of every kind, broken and kept.

use apportion_check::policy::*;
use expect_test::{Expect, expect};

use crate::build::*;

#[track_caller]
fn check(scene: Scene, tuples: &[(u32, u32, f64)], expected: Expect) {
    let verdict = scene.judge(tuples);
    expected.assert_eq(&shown(&scene, &verdict));
}

/// Two workloads, three pools.
fn scene() -> Scene {
    Scene::new(
        &[("api", 2.0, 4.0, Some("eu")), ("etl", 3.0, 2.0, None)],
        &[("a", 8.0, Some(1.0), "eu"), ("b", 6.0, None, "us"), ("c", 4.0, Some(2.0), "us")],
    )
}

fn because(mut rule: Rule, parts: Vec<TextPart>) -> Rule {
    rule.because = parts;
    rule
}

fn soft(mut rule: Rule, price: f64) -> Rule {
    rule.soft = Some(Soft { level: LevelId(0), price: number(price) });
    rule
}

fn if_broken(mut rule: Rule, if_broken: IfBroken) -> Rule {
    rule.if_broken = if_broken;
    rule
}

fn forbid(condition: Expr) -> Rule {
    rule("no", vec![Statement::Forbid(eligibility(Some(condition)))])
}

fn stays_home() -> Expr {
    compare(Comparison::NotEqual, field(p(), REGION), field(w(), HOME))
}

#[test]
fn bins_count_what_is_not_split() {
    // Items of 2 and 3 in bins of 5: what comes to 12 takes three bins.
    let held = || bins(vec![each_w()], x(Some(w()), Some(p())), cpu(w()), number(5.0));
    let whole =
        rule("whole", vec![for_each(vec![each_p()], vec![require(at_most(held(), cpu(p())))])]);
    let taken = sum(vec![each_p()], held());
    check(
        scene().rule(whole).report("taken", taken, vec![]),
        &[(0, 0, 2.0), (0, 1, 1.0), (1, 1, 1.0), (0, 2, 3.0), (1, 2, 2.0)],
        expect![[r#"
            whole: 3 judged, 0 binding, 1 broken
              broken [p=c] 15 against 4, by 11
            report taken [] = 25
            does not hold
        "#]],
    );
    let none = |size: f64, bin: f64| {
        let held = bins(vec![each_w()], x(Some(w()), None), number(size), number(bin));
        rule("odd", vec![require(at_most(held, number(9.0)))])
    };
    check(
        scene().rule(none(2.0, 1.0)),
        &[(0, 0, 1.0)],
        expect![[r#"
        odd: 0 judged, 0 binding, 1 unevaluated
        failure Rule(RuleId(0)) []: no bin holds an item that is greater than it
        does not hold
    "#]],
    );
    check(
        scene().rule(none(1.0, 0.0)),
        &[(0, 0, 1.0)],
        expect![[r#"
        odd: 0 judged, 0 binding, 1 unevaluated
        failure Rule(RuleId(0)) []: a bin is greater than 0, and no item is below 0
        does not hold
    "#]],
    );
    check(
        scene().rule(none(0.0, 1.0)),
        &[(0, 0, 1.0)],
        expect![[r#"
        odd: 1 judged, 0 binding
        holds
    "#]],
    );
}

#[test]
fn a_capacity_holds_binds_and_breaks() {
    let reason =
        vec![TextPart::Hole(field(p(), FieldId(0))), TextPart::Literal(" would run out".into())];
    check(
        scene().rule(because(capacity(), reason)),
        &[(0, 0, 4.0), (0, 1, 1.0), (1, 2, 2.0)],
        expect![[r#"
            capacity: 3 judged, 1 binding, 1 broken
              broken [p=c] 6 against 4, by 2, because c would run out
              binding [p=a] 8 against 8, because a would run out
            does not hold
        "#]],
    );
}

#[test]
fn a_sum_over_one_index_reads_whole_rows() {
    let asked = at_most(x(Some(w()), None), field(w(), REPLICAS));
    let demand = rule("demand", vec![for_each(vec![each_w()], vec![require(asked)])]);
    check(
        scene().rule(demand),
        &[(0, 0, 3.0), (0, 1, 2.0), (1, 2, 1.0)],
        expect![[r#"
            demand: 2 judged, 0 binding, 1 broken
              broken [w=api] 5 against 4, by 1
            does not hold
        "#]],
    );
}

#[test]
fn a_forbid_meets_only_what_is_placed() {
    check(
        scene().rule(forbid(equal(field(p(), REGION), text("us")))),
        &[(0, 0, 1.0), (0, 2, 3.0)],
        expect![[r#"
            no: 1 judged, 0 binding, 1 broken
              broken [w=api p=c] 3 against 0, by 3
            does not hold
        "#]],
    );
}

#[test]
fn a_hard_forbid_that_cannot_be_evaluated_forbids() {
    check(
        scene().rule(forbid(stays_home())),
        &[(0, 0, 1.0), (1, 0, 1.0)],
        expect![[r#"
            no: 1 judged, 0 binding, 1 broken, 1 unevaluated
              broken [w=etl p=a] 1 against 0, by 1
            does not hold
        "#]],
    );
}

#[test]
fn a_soft_forbid_that_cannot_be_evaluated_is_skipped() {
    check(
        scene().rule(soft(forbid(stays_home()), 10.0)).level("penalties", false, penalties()),
        &[(0, 1, 2.0), (1, 0, 1.0)],
        expect![[r#"
            no: 1 judged, 0 binding, 1 broken, 1 unevaluated, penalty 20
              broken [w=api p=b] 2 against 0, by 2
            level penalties = 20
            holds
        "#]],
    );
}

#[test]
fn a_forbid_inside_a_for_reads_its_index() {
    let mut statement = eligibility(None);
    statement.binders = vec![each_w()];
    let us = only(each_p(), equal(field(p(), REGION), text("us")));
    let not_us = rule("no", vec![for_each(vec![us], vec![Statement::Forbid(statement)])]);
    check(
        scene().rule(not_us),
        &[(0, 0, 1.0), (1, 1, 1.0)],
        expect![[r#"
            no: 1 judged, 0 binding, 1 broken
              broken [w=etl p=b] 1 against 0, by 1
            does not hold
        "#]],
    );
}

#[test]
fn permits_forbid_what_none_of_them_covers() {
    let permit = |condition| Statement::Permit(eligibility(Some(condition)));
    let only = rule(
        "only",
        vec![permit(equal(field(p(), REGION), field(w(), HOME))), permit(has(p(), PRICE))],
    );
    check(
        scene().rule(only),
        &[(0, 0, 1.0), (0, 1, 1.0), (1, 1, 1.0), (1, 2, 1.0)],
        expect![[r#"
            only: 4 judged, 0 binding, 2 broken, 1 unevaluated
              broken [w=api p=b] 1 against 0, by 1
              broken [w=etl p=b] 1 against 0, by 1
            does not hold
        "#]],
    );
}

#[test]
fn a_soft_rule_is_priced_by_the_unit_of_violation() {
    check(
        scene().rule(soft(capacity(), 0.5)).level(
            "cost",
            false,
            plus(sum(vec![each_w()], x(Some(w()), None)), penalties()),
        ),
        &[(0, 2, 4.0), (1, 2, 2.0)],
        expect![[r#"
            capacity: 3 judged, 0 binding, 1 broken, penalty 5
              broken [p=c] 14 against 4, by 10
            level cost = 11
            holds
        "#]],
    );
}

#[test]
fn a_hard_rule_without_a_value_is_a_failure_and_a_soft_one_is_skipped() {
    let priced = || {
        let limit = at_most(x(None, Some(p())), field(p(), PRICE));
        rule("priced", vec![for_each(vec![each_p()], vec![require(limit)])])
    };
    check(
        scene().rule(priced()).rule(soft(priced(), 1.0)).level("penalties", false, penalties()),
        &[(0, 0, 1.0)],
        expect![[r#"
            priced: 2 judged, 1 binding, 1 unevaluated
              binding [p=a] 1 against 1
            priced: 2 judged, 1 binding, 1 unevaluated
              binding [p=a] 1 against 1
            failure Rule(RuleId(0)) [b]: a `Pool` has no `price`
            level penalties = 0
            does not hold
        "#]],
    );
}

#[test]
fn no_worse_allows_as_much_as_today() {
    let today = || scene().running(&[(0, 2, 3.0)]);
    check(
        today().rule(if_broken(capacity(), IfBroken::NoWorse)),
        &[(0, 2, 3.0)],
        expect![[r#"
            capacity: 3 judged, 0 binding, 1 excused
            holds
        "#]],
    );
    check(
        today().rule(if_broken(capacity(), IfBroken::NoWorse)),
        &[(0, 2, 4.0)],
        expect![[r#"
            capacity: 3 judged, 0 binding, 1 broken
              broken [p=c] 8 against 4, by 4
            does not hold
        "#]],
    );
}

#[test]
fn soften_excuses_only_what_is_broken_today() {
    let softened = || scene().running(&[(0, 2, 3.0)]).rule(if_broken(capacity(), IfBroken::Soften));
    check(
        softened(),
        &[(0, 2, 4.0)],
        expect![[r#"
            capacity: 3 judged, 0 binding, 1 excused
            holds
        "#]],
    );
    check(
        softened(),
        &[(0, 1, 4.0)],
        expect![[r#"
            capacity: 3 judged, 0 binding, 1 broken
              broken [p=b] 8 against 6, by 2
            does not hold
        "#]],
    );
}

#[test]
fn what_is_audited_is_counted_and_what_is_to_warn_is_excused() {
    let rolled_out = |rollout| Rule { rollout, ..capacity() };
    check(
        scene().rule(rolled_out(Rollout::Audit)),
        &[(0, 1, 4.0)],
        expect![[r#"
        capacity: 3 judged, 0 binding, 1 broken
          broken [p=b] 8 against 6, by 2
        holds
    "#]],
    );
    check(
        scene().rule(rolled_out(Rollout::Warn)),
        &[(0, 1, 4.0)],
        expect![[r#"
        capacity: 3 judged, 0 binding, 1 excused
          broken [p=b] 8 against 6, by 2
        holds
    "#]],
    );
}

#[test]
fn a_promise_leaves_a_share_and_what_has_no_value_breaks_it() {
    let promised = |share: f64, condition: Expr| {
        let of = sum(vec![each_w(), each_p()], x(Some(w()), Some(p())));
        let promise = Promise { share: number(share), of };
        Rule { kind: RuleKind::Sla(Box::new(promise)), ..forbid(condition) }
    };
    let us = || equal(field(p(), REGION), text("us"));
    check(
        scene().rule(promised(0.75, us())),
        &[(0, 0, 3.0), (0, 1, 1.0)],
        expect![[r#"
        no: 1 judged, 1 binding
          binding [] 1 against 1
        holds
    "#]],
    );
    check(
        scene().rule(promised(0.75, us())),
        &[(0, 0, 2.0), (0, 1, 2.0)],
        expect![[r#"
        no: 1 judged, 0 binding, 1 broken
          broken [] 2 against 1, by 1
        does not hold
    "#]],
    );
    let dear = at_most(number(5.0), field(p(), PRICE));
    check(
        scene().rule(promised(0.5, dear)),
        &[(0, 0, 1.0), (0, 1, 2.0)],
        expect![[r#"
        no: 1 judged, 0 binding, 1 broken, 1 unevaluated
          broken [] 2 against 1.5, by 0.5
        does not hold
    "#]],
    );
}

#[test]
fn no_worse_for_a_forbid_is_as_many_as_today() {
    let us = || equal(field(p(), REGION), text("us"));
    let shrink = || if_broken(forbid(us()), IfBroken::NoWorse);
    check(
        scene().running(&[(0, 2, 3.0)]).rule(shrink()),
        &[(0, 1, 1.0), (0, 2, 2.0)],
        expect![[r#"
            no: 2 judged, 0 binding, 1 broken, 1 excused
              broken [w=api p=b] 1 against 0, by 1
            does not hold
        "#]],
    );
}

#[test]
fn an_implication_of_decisions_is_broken_by_one() {
    let used = |slot| compare(Comparison::Greater, x(None, Some(pool_in(slot))), number(0.0));
    let pairs = implies(used(1), used(2));
    let named = |slot, name: &str| {
        only(
            binder(slot, name, Domain::Input(POOLS)),
            equal(field(pool_in(slot), FieldId(0)), text(if slot == 1 { "a" } else { "b" })),
        )
    };
    let together =
        rule("together", vec![for_each(vec![named(1, "p"), named(2, "q")], vec![require(pairs)])]);
    check(
        scene().rule(together),
        &[(0, 0, 1.0)],
        expect![[r#"
            together: 1 judged, 0 binding, 1 broken
              broken [p=a q=b], by 1
            does not hold
        "#]],
    );
}

#[test]
fn what_facts_decide_leaves_the_rest_to_be_measured() {
    let premise = equal(field(p(), REGION), text("us"));
    let measured = implies(premise, at_most(x(None, Some(p())), number(1.0)));
    let in_us = rule("few", vec![for_each(vec![each_p()], vec![require(measured)])]);
    check(
        scene().rule(in_us),
        &[(0, 0, 4.0), (0, 2, 3.0)],
        expect![[r#"
            few: 2 judged, 0 binding, 1 broken
              broken [p=c] 3 against 1, by 2
            does not hold
        "#]],
    );
}

#[test]
fn a_count_of_conditions_on_decisions() {
    let used = compare(Comparison::Greater, x(None, Some(p())), number(0.0));
    let count = aggregate(Aggregate::Count, vec![each_p()], used);
    check(
        scene().rule(rule("few", vec![require(at_most(count, number(1.0)))])),
        &[(0, 0, 1.0), (1, 2, 1.0)],
        expect![[r#"
            few: 1 judged, 0 binding, 1 broken
              broken [] 2 against 1, by 1
            does not hold
        "#]],
    );
}

#[test]
fn any_and_all_over_decisions() {
    let two = compare(Comparison::GreaterEqual, x(None, Some(p())), number(2.0));
    let any = aggregate(Aggregate::Any, vec![each_p()], two.clone());
    let all = aggregate(Aggregate::All, vec![each_p()], two);
    check(
        scene().rule(rule("any", vec![require(any)])).rule(rule("all", vec![require(all)])),
        &[(0, 0, 2.0), (0, 1, 1.0)],
        expect![[r#"
            any: 1 judged, 0 binding
            all: 3 judged, 1 binding, 2 broken
              broken [p=b] 1 against 2, by 1
              broken [p=c] 0 against 2, by 2
              binding [p=a] 2 against 2
            does not hold
        "#]],
    );
}

#[test]
fn a_comparison_forgives_what_rounding_costs_and_no_more() {
    let share = times(x(Some(w()), Some(p())), number(0.1));
    let total = sum(vec![each_w(), each_p()], share);
    let exact = |limit| rule("exact", vec![require(equal(total.clone(), number(limit)))]);
    check(
        scene().rule(exact(0.3)).rule(exact(0.3001)),
        &[(0, 0, 3.0)],
        expect![[r#"
            exact: 1 judged, 0 binding
            exact: 1 judged, 0 binding, 1 broken
              broken [] 0.30000000000000004 against 0.3001, by 0.00009999999999993348
            does not hold
        "#]],
    );
}

#[test]
fn a_strict_comparison_does_not_hold_at_its_limit() {
    let below = compare(Comparison::Less, x(None, None), number(3.0));
    check(
        scene().rule(rule("below", vec![require(below)])),
        &[(0, 0, 3.0)],
        expect![[r#"
            below: 1 judged, 0 binding, 1 broken
              broken [] 3 against 3
            does not hold
        "#]],
    );
}

/// `x[w, p] <= 1 && x[w, p] <= 0` for every pool, in one statement.
fn two_limits() -> Expr {
    let limit = |most| at_most(x(None, Some(p())), number(most));
    aggregate(Aggregate::All, vec![each_p()], logic(Logic::And, limit(1.0), limit(0.0)))
}

#[test]
fn parts_of_a_hard_rule_are_judged_one_by_one() {
    check(
        scene().rule(rule("limits", vec![require(two_limits())])),
        &[(0, 1, 3.0)],
        expect![[r#"
        limits: 6 judged, 0 binding, 2 broken
          broken [p=b] 3 against 1, by 2
          broken [p=b] 3 against 0, by 3
        does not hold
    "#]],
    );
}

#[test]
fn a_soft_rule_is_priced_as_a_whole() {
    let limits = soft(rule("limits", vec![require(two_limits())]), 10.0);
    check(
        scene().rule(limits).level("penalties", false, penalties()),
        &[(0, 1, 3.0)],
        expect![[r#"
            limits: 1 judged, 0 binding, 1 broken, penalty 10
              broken [], by 1
            level penalties = 10
            holds
        "#]],
    );
}

#[test]
fn a_guard_keeps_what_it_guards_from_being_read() {
    let priced = at_most(x(None, Some(p())), field(p(), PRICE));
    let guarded = logic(Logic::Or, not(has(p(), PRICE)), priced);
    check(
        scene().rule(rule("priced", vec![for_each(vec![each_p()], vec![require(guarded)])])),
        &[(0, 0, 3.0), (0, 1, 1.0)],
        expect![[r#"
            priced: 2 judged, 0 binding, 1 broken
              broken [p=a] 3 against 1, by 2
            does not hold
        "#]],
    );
}

#[test]
fn a_choice_by_facts_is_judged_by_the_side_that_they_choose() {
    let us = equal(field(p(), REGION), text("us"));
    let limit = |most| at_most(x(None, Some(p())), number(most));
    let chosen = choice(us, limit(1.0), limit(2.0));
    check(
        scene().rule(rule("few", vec![for_each(vec![each_p()], vec![require(chosen)])])),
        &[(0, 0, 2.0), (0, 2, 2.0)],
        expect![[r#"
            few: 3 judged, 1 binding, 1 broken
              broken [p=c] 2 against 1, by 1
              binding [p=a] 2 against 2
            does not hold
        "#]],
    );
}

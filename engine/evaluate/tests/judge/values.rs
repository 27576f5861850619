//! Levels, budgets and reports.

use apportion_check::eval::EvalErrorKind;
use apportion_check::policy::*;
use apportion_units::Period;
use expect_test::{Expect, expect};

use crate::build::*;

#[track_caller]
fn check(scene: Scene, tuples: &[(u32, u32, f64)], expected: Expect) {
    let verdict = scene.judge(tuples);
    expected.assert_eq(&shown(&scene, &verdict));
}

fn scene() -> Scene {
    Scene::new(
        &[("api", 2.0, 4.0, Some("eu")), ("etl", 3.0, 2.0, None)],
        &[("a", 8.0, Some(1.0), "eu"), ("b", 6.0, Some(3.0), "us"), ("c", 4.0, Some(2.0), "us")],
    )
}

/// `let spend[w, p] = x[w, p] * p.price`
fn with_spend(mut scene: Scene) -> Scene {
    scene.policy.lets.push(named("spend", times(x(Some(w()), Some(p())), field(p(), PRICE))));
    scene
}

fn by(index: &str, domain: Domain, key: Expr) -> Group {
    Group { index: index.into(), domain, key }
}

fn by_region() -> Group {
    by("p", Domain::Input(POOLS), field(pool_in(0), REGION))
}

const PLACED: [(u32, u32, f64); 4] = [(0, 0, 2.0), (0, 1, 1.0), (1, 1, 1.0), (1, 2, 1.0)];

#[test]
fn a_let_is_read_in_place() {
    let summed = || read(0, vec![None, None], Stage::Affine);
    let named_sum =
        sum(vec![each_w(), each_p()], read(0, vec![Some(w()), Some(p())], Stage::Affine));
    let of_one = sum(vec![each_w()], read(0, vec![Some(w()), None], Stage::Affine));
    check(
        with_spend(scene())
            .report("stars", summed(), vec![])
            .report("tuples", named_sum, vec![])
            .report("mixed", of_one, vec![]),
        &PLACED,
        expect![[r#"
            report stars [] = 10
            report tuples [] = 10
            report mixed [] = 10
            holds
        "#]],
    );
}

#[test]
fn a_report_by_group_narrows_every_index_of_that_name() {
    let spend = || read(0, vec![None, None], Stage::Affine);
    let share = arithmetic(Arithmetic::Divide, sum(vec![each_p()], cpu(p())), number(2.0));
    check(
        with_spend(scene())
            .report("spend", spend(), vec![by_region()])
            .report("half", share, vec![by_region()])
            .report("placed", sum(vec![each_w()], x(Some(w()), None)), vec![by_region()]),
        &PLACED,
        expect![[r#"
            report spend [eu] = 2
            report spend [us] = 8
            report half [eu] = 4
            report half [us] = 5
            report placed [eu] = 2
            report placed [us] = 3
            holds
        "#]],
    );
}

#[test]
fn groups_of_one_index_are_those_that_occur_and_groups_of_two_are_all() {
    let placed = || x(None, None);
    let key = |slot| field(pool_in(slot), FieldId(0));
    let pools = || by("p", Domain::Input(POOLS), key(0));
    let workloads = by("w", Domain::Input(WORKLOADS), field(workload_in(0), FieldId(0)));
    check(
        scene().report("one", placed(), vec![by_region(), pools()]).report(
            "two",
            placed(),
            vec![workloads, by_region()],
        ),
        &PLACED,
        expect![[r#"
            report one [eu, a] = 2
            report one [us, b] = 2
            report one [us, c] = 1
            report two [api, eu] = 2
            report two [api, us] = 1
            report two [etl, eu] = 0
            report two [etl, us] = 2
            holds
        "#]],
    );
}

#[test]
fn a_term_without_decisions_counts_every_tuple() {
    let body = plus(x(Some(w()), Some(p())), number(1.0));
    check(
        scene().report("sum", sum(vec![each_w(), each_p()], body), vec![]),
        &PLACED,
        expect![[r#"
            report sum [] = 11
            holds
        "#]],
    );
}

#[test]
fn an_index_that_the_decision_lacks_repeats_its_terms() {
    let body = x(Some(w()), Some(p()));
    let extra = binder(2, "r", Domain::Values(vec![number(1.0), number(2.0)]));
    let late = only(each_w(), has(w(), HOME));
    check(
        scene().report("sum", sum(vec![late, extra, each_p()], body), vec![]),
        &PLACED,
        expect![[r#"
            report sum [] = 6
            holds
        "#]],
    );
}

#[test]
fn conditions_and_signs_inside_a_sum() {
    let inner = choice(equal(field(p(), REGION), text("us")), x(Some(w()), Some(p())), number(0.0));
    let body = minus(arithmetic(Arithmetic::Divide, inner, number(2.0)), x(Some(w()), Some(p())));
    check(
        scene().report("sum", sum(vec![each_w(), each_p()], body), vec![]),
        &PLACED,
        expect![[r#"
            report sum [] = -3.5
            holds
        "#]],
    );
}

#[test]
fn extremes_over_tuples_and_arguments() {
    let load = || x(None, Some(p()));
    let most = aggregate(Aggregate::Max, vec![each_p()], load());
    let least = aggregate(Aggregate::Min, vec![each_p()], load());
    let larger = call(Function::Max, vec![least.clone(), number(1.5)]);
    let apart = call(Function::Abs, vec![minus(number(1.0), most.clone())]);
    check(
        scene()
            .report("most", most, vec![])
            .report("least", least, vec![])
            .report("larger", larger, vec![])
            .report("apart", apart, vec![]),
        &PLACED,
        expect![[r#"
            report most [] = 2
            report least [] = 1
            report larger [] = 1.5
            report apart [] = 1
            holds
        "#]],
    );
}

#[test]
fn a_tuple_named_by_an_expression() {
    let first = aggregate(Aggregate::Min, vec![each_p()], cpu(p()));
    let same = times(x(Some(w()), Some(pool_in(2))), first);
    let pools = binder(2, "q", Domain::Input(POOLS));
    let c_only = only(pools, equal(field(pool_in(2), FieldId(0)), text("c")));
    check(
        scene().report("sum", sum(vec![each_w(), c_only], same), vec![]),
        &PLACED,
        expect![[r#"
            report sum [] = 4
            holds
        "#]],
    );
}

#[test]
fn levels_are_worth_what_they_say() {
    check(
        scene().level("service", true, x(None, None)).level(
            "cost",
            false,
            sum(vec![each_p()], times(x(None, Some(p())), field(p(), PRICE))),
        ),
        &PLACED,
        expect![[r#"
            level service = 5
            level cost = 10
            holds
        "#]],
    );
}

#[test]
fn a_budget_counts_the_whole_period_and_alerts_at_shares() {
    let budget = |limit: f64, rule: u32| Budget {
        name: "cloud".into(),
        value: x(None, None),
        limit: number(limit),
        period: Some(Period::Month),
        alerts: vec![number(0.5), number(1.0)],
        band: None,
        frame: 0,
        rule: RuleId(rule),
        unit: None,
        span: span(),
    };
    let enforced =
        |position: u32| Rule { kind: RuleKind::Budget(position), ..rule("cloud", Vec::new()) };
    let seconds = 30.0 * 86_400.0;
    let mut scene = scene();
    scene.policy.budgets = vec![budget(6.0 * seconds, 0), budget(4.0 * seconds, 1)];
    check(
        scene.rule(enforced(0)).rule(enforced(1)),
        &PLACED,
        expect![[r#"
            cloud: 1 judged, 0 binding
            cloud: 1 judged, 0 binding, 1 broken
              broken [] 12960000 against 10368000, by 2592000
            budget 12960000 of 15552000, alerts [true, false]
            budget 12960000 of 10368000, alerts [true, true]
            does not hold
        "#]],
    );
}

/// The verdict on a report, read in a thread of two megabytes.
#[track_caller]
fn check_in_a_small_thread(scene: Scene, expected: Expect) {
    let run = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let verdict = scene.judge(&PLACED);
        shown(&scene, &verdict)
    });
    let text = run.ok().and_then(|thread| thread.join().ok());
    expected.assert_eq(&text.unwrap_or_else(|| "no verdict".to_owned()));
}

#[test]
fn deep_expressions_are_read_up_to_a_limit() {
    let nested = |levels| {
        (0..levels).fold(x(None, None), |inner, _| call(Function::Max, vec![inner, number(0.0)]))
    };
    check_in_a_small_thread(
        scene().report("deep", nested(600), vec![]),
        expect![[r#"
        report deep [] = 5
        holds
    "#]],
    );
    check_in_a_small_thread(
        scene().report("deep", nested(700), vec![]),
        expect![[r#"
        failure Report(0) []: this nests deeper than 640 levels
        holds
    "#]],
    );
}

#[test]
fn lets_that_double_each_other_meet_a_limit() {
    let mut scene = scene();
    for id in 0..40 {
        let value = match id {
            0 => x(None, None),
            _ => {
                let before = || read(id - 1, vec![], Stage::Affine);
                plus(before(), before())
            }
        };
        scene.policy.lets.push(Let { indices: vec![], ..named("twice", value) });
    }
    let verdict = scene.report("huge", read(39, vec![], Stage::Affine), vec![]).judge(&PLACED);
    let kinds: Vec<_> = verdict.failures.iter().map(|failure| failure.error.kind).collect();
    assert_eq!(kinds, [EvalErrorKind::StepLimit(1_000_000)]);
}

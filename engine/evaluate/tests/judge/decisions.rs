//! Decisions against their own bounds and `where`.

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
        &[("a", 8.0, Some(1.0), "eu"), ("b", 6.0, None, "us")],
    )
}

#[test]
fn bounds_are_kept_but_for_rounding() {
    check(
        scene(),
        &[(0, 0, 4.0000001), (0, 1, 5.0), (1, 0, -1.0)],
        expect![[r#"
            offence [api, b] = 5: Above(4.0)
            offence [etl, a] = -1: Below(0.0)
            does not hold
        "#]],
    );
}

#[test]
fn whole_numbers_are_whole() {
    check(
        scene(),
        &[(0, 0, 1.5), (1, 0, 0.9999999)],
        expect![[r#"
            offence [api, a] = 1.5: NotWhole
            does not hold
        "#]],
    );
}

#[test]
fn a_tuple_that_does_not_exist_is_an_offence_and_no_term() {
    let mut scene = scene();
    scene.policy.decisions[0].condition = Some(has(p(), PRICE));
    let spent = times(x(Some(w()), Some(p())), field(p(), PRICE));
    check(
        scene.report("spent", sum(vec![each_w(), each_p()], spent), vec![]),
        &[(0, 0, 2.0), (0, 1, 1.0), (1, 9, 1.0)],
        expect![[r#"
            offence [api, b] = 1: Outside
            offence [etl, ] = 1: Outside
            report spent [] = 2
            does not hold
        "#]],
    );
}

#[test]
fn a_least_value_binds_tuples_that_are_zero() {
    let mut scene = scene();
    scene.policy.decisions[0].lower = Some(number(1.0));
    check(
        scene,
        &[(0, 0, 2.0), (1, 0, 1.0), (1, 1, 1.0)],
        expect![[r#"
            offence [api, b] = 0: Below(1.0)
            does not hold
        "#]],
    );
}

#[test]
fn a_greatest_value_below_zero_leaves_no_value() {
    let mut scene = scene();
    scene.policy.decisions[0].upper = Some(number(-1.0));
    check(
        scene,
        &[],
        expect![[r#"
        offence [api, a] = 0: Above(-1.0)
        offence [api, b] = 0: Above(-1.0)
        offence [etl, a] = 0: Above(-1.0)
        offence [etl, b] = 0: Above(-1.0)
        does not hold
    "#]],
    );
}

#[test]
fn a_bound_without_a_value_is_a_failure() {
    let mut scene = scene();
    scene.policy.decisions[0].upper = Some(field(p(), PRICE));
    check(
        scene,
        &[(0, 0, 1.0), (0, 1, 1.0)],
        expect![[r#"
            failure Decision(DecisionId(0)) [api, b]: a `Pool` has no `price`
            does not hold
        "#]],
    );
}

#[test]
fn what_is_no_number_is_an_offence() {
    check(
        scene(),
        &[(0, 0, f64::NAN), (0, 1, f64::INFINITY)],
        expect![[r#"
            offence [api, a] = NaN: NotFinite
            offence [api, b] = inf: NotFinite
            does not hold
        "#]],
    );
}

#[test]
fn an_index_has_its_own_condition() {
    let mut scene = scene();
    scene.policy.decisions[0].indices[0] = only(each_w(), has(w(), HOME));
    check(
        scene,
        &[(0, 0, 1.0), (1, 0, 1.0)],
        expect![[r#"
            offence [etl, a] = 1: Outside
            does not hold
        "#]],
    );
}

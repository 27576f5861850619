//! Every assignment of tiny worlds.

use apportion_check::policy::*;
use apportion_evaluate::{TooLarge, brute_force};
use expect_test::{Expect, expect};

use crate::build::*;

#[track_caller]
fn check(scene: Scene, expected: Expect) {
    let found = scene.with(|policy, facts| brute_force(policy, facts, 10_000));
    let text = match found {
        Err(why) => format!("{why:?}\n"),
        Ok(found) => {
            let mut text = format!("{} of {} points\n", found.feasible, found.points);
            if let Some(optimum) = found.optimum {
                let placed: Vec<_> = optimum.assignment.decisions[0].iter().collect();
                text += &format!(
                    "levels {:?}, excused {}\n{placed:?}\n",
                    optimum.levels, optimum.excused
                );
            }
            text
        }
    };
    expected.assert_eq(&text);
}

fn scene() -> Scene {
    Scene::new(
        &[("api", 2.0, 2.0, None), ("etl", 3.0, 1.0, None)],
        &[("a", 4.0, Some(3.0), "eu"), ("b", 3.0, Some(1.0), "us")],
    )
}

fn demand() -> Rule {
    let asked = at_most(x(Some(w()), None), field(w(), REPLICAS));
    rule("demand", vec![for_each(vec![each_w()], vec![require(asked)])])
}

fn cost() -> Expr {
    sum(vec![each_p()], times(x(None, Some(p())), field(p(), PRICE)))
}

#[test]
fn the_best_is_found_level_by_level() {
    check(
        scene().rule(capacity()).rule(demand()).level("service", true, x(None, None)).level(
            "cost",
            false,
            cost(),
        ),
        expect![[r#"
            10 of 36 points
            levels [3.0, 7.0], excused 0
            [([0, 0], 2.0), ([1, 1], 1.0)]
        "#]],
    );
}

fn in_eu() -> Expr {
    let eu = only(each_p(), equal(field(p(), REGION), text("eu")));
    sum(vec![eu], x(None, Some(p())))
}

#[test]
fn slack_gives_later_levels_room() {
    check(
        scene()
            .rule(capacity())
            .rule(demand())
            .level("service", true, x(None, None))
            .slack(1.0, false)
            .level("cost", false, cost())
            .slack(0.1, true)
            .level("in_eu", true, in_eu()),
        expect![[r#"
            10 of 36 points
            levels [3.0, 4.0, 1.0], excused 0
            [([0, 1], 1.0), ([1, 0], 1.0)]
        "#]],
    );
}

#[test]
fn no_point_is_no_optimum() {
    let impossible = at_most(number(7.0), x(None, None));
    check(
        scene().rule(rule("impossible", vec![require(impossible)])),
        expect![[r#"
            0 of 36 points
        "#]],
    );
}

#[test]
fn what_runs_now_is_mended_as_far_as_it_goes() {
    let mut softened = capacity();
    softened.if_broken = IfBroken::Soften;
    let all = equal(x(None, None), number(5.0));
    check(
        scene()
            .running(&[(0, 1, 2.0), (1, 1, 1.0), (0, 0, 1.0), (1, 0, 1.0)])
            .rule(softened)
            .rule(rule("all", vec![require(all)])),
        expect![[r#"
            4 of 36 points
            levels [], excused 4
            [([0, 0], 2.0), ([0, 1], 2.0), ([1, 1], 1.0)]
        "#]],
    );
}

#[test]
fn a_decision_without_a_greatest_value_cannot_be_enumerated() {
    let mut scene = scene();
    scene.policy.decisions[0].upper = None;
    let found = scene.with(|policy, facts| brute_force(policy, facts, 10_000));
    assert_eq!(found, Err(TooLarge::Unbounded(X)));
}

#[test]
fn more_points_than_the_limit_are_not_tried() {
    let found = scene().with(|policy, facts| brute_force(policy, facts, 35));
    assert_eq!(found, Err(TooLarge::Points(35)));
}

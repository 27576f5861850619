//! What holds for every assignment.

use apportion_check::policy::*;
use proptest::prelude::*;

use crate::build::*;

fn scene() -> Scene {
    Scene::new(
        &[("a", 2.0, 9.0, Some("eu")), ("b", 3.0, 9.0, None), ("c", 5.0, 9.0, Some("us"))],
        &[("k", 8.0, Some(1.0), "eu"), ("l", 6.0, Some(7.0), "us"), ("m", 4.0, Some(3.0), "us")],
    )
}

const REQUESTS: [f64; 3] = [2.0, 3.0, 5.0];
const PRICES: [f64; 3] = [1.0, 7.0, 3.0];
const US: [bool; 3] = [false, true, true];

/// The same sum, written in different ways.
fn spellings() -> Vec<Expr> {
    let here = || x(Some(w()), Some(p()));
    let priced = |amount: Expr| times(times(amount, cpu(w())), field(p(), PRICE));
    let us = || equal(field(p(), REGION), text("us"));
    let us_pools = || only(each_p(), us());
    vec![
        sum(vec![each_w(), us_pools()], priced(here())),
        sum(vec![us_pools(), each_w()], priced(here())),
        sum(vec![each_w()], sum(vec![us_pools()], priced(here()))),
        sum(
            vec![us_pools()],
            times(field(p(), PRICE), sum(vec![each_w()], times(cpu(w()), here()))),
        ),
        sum(vec![each_w(), each_p()], choice(us(), priced(here()), number(0.0))),
        sum(
            vec![each_w(), us_pools()],
            minus(priced(plus(here(), number(1.0))), priced(number(1.0))),
        ),
        read(0, vec![None, None], Stage::Affine),
        sum(vec![each_w()], read(0, vec![Some(w()), None], Stage::Affine)),
    ]
}

/// `let owed[w, p in pools where us] = …`
fn with_let(mut scene: Scene) -> Scene {
    let here = x(Some(w()), Some(p()));
    let mut owed = named("owed", times(times(here, cpu(w())), field(p(), PRICE)));
    owed.indices[1] = only(each_p(), equal(field(p(), REGION), text("us")));
    scene.policy.lets.push(owed);
    scene
}

proptest! {
    #[test]
    fn sums_follow_the_tuples_that_are_not_zero(values in prop::array::uniform9(0u8..4)) {
        let mut expected = 0.0;
        let mut tuples = Vec::new();
        for (position, value) in values.iter().enumerate() {
            let (w, p) = (position / 3, position % 3);
            tuples.push((w as u32, p as u32, f64::from(*value)));
            if US[p] {
                expected += f64::from(*value) * REQUESTS[w] * PRICES[p];
            }
        }
        let mut scene = with_let(scene());
        for spelling in spellings() {
            scene = scene.report("sum", spelling, vec![]);
        }
        let verdict = scene.judge(&tuples);
        prop_assert!(verdict.holds());
        for report in &verdict.reports {
            prop_assert_eq!(report.rows[0].value, expected);
        }
    }

    #[test]
    fn groups_add_up_to_the_whole(values in prop::array::uniform9(0u8..4)) {
        let tuples: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(position, value)| {
                ((position / 3) as u32, (position % 3) as u32, f64::from(*value))
            })
            .collect();
        let region = Group {
            index: "p".into(),
            domain: Domain::Input(POOLS),
            key: field(pool_in(0), REGION),
        };
        let total = || read(0, vec![None, None], Stage::Affine);
        let scene = with_let(scene()).report("by", total(), vec![region]).report("all", total(), vec![]);
        let verdict = scene.judge(&tuples);
        let whole: f64 = verdict.reports[0].rows.iter().map(|row| row.value).sum();
        prop_assert_eq!(whole, verdict.reports[1].rows[0].value);
    }

    #[test]
    fn no_rule_is_worse_than_what_runs_now(values in prop::array::uniform9(0u8..4)) {
        let tuples: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(position, value)| {
                ((position / 3) as u32, (position % 3) as u32, f64::from(*value))
            })
            .collect();
        for if_broken in [IfBroken::NoWorse, IfBroken::Soften] {
            let kept = Rule { if_broken, ..capacity() };
            prop_assert!(scene().running(&tuples).rule(kept).judge(&tuples).holds());
        }
    }
}

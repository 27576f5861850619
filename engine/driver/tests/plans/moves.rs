//! What is moved: few where that is asked for, and no more than a limit allows, by classes as by single rows.

use apportion_driver::Options;
use apportion_plan::{Plan, Status};
use apportion_world::InputBytes;

use crate::case::{Case, Silent};
use crate::world::{csv, running};

const POLICY: &str = "edition 2026
    entity Task { key id: string; size: count; worth: count; fixed: bool }
    entity Box { key id: string; room: count }
    input tasks: Task
    input boxes: Box
    place tasks t onto boxes b as x: flag
    rule once { for t in tasks: x[t, *] <= 1 }
    rule fits { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }
    report moved = moves(x)
";

/// Twelve tasks of three kinds, four boxes of two.
fn files() -> [InputBytes; 2] {
    let tasks = (0..12).map(|at| format!("t{at},{},{},{}\n", 2 + at % 3, 1 + at % 3, at % 3 == 1));
    let boxes = (0..4).map(|at| format!("b{at},{}\n", 7 + at % 2));
    [
        csv("tasks", format!("id,size,worth,fixed\n{}", tasks.collect::<String>())),
        csv("boxes", format!("id,room\n{}", boxes.collect::<String>())),
    ]
}

/// What is worth little runs now, in all boxes.
fn now() -> InputBytes {
    let at = [(0, 0), (3, 0), (6, 1), (9, 1), (1, 2), (4, 2), (7, 3)];
    let runs = at.map(|(t, b)| format!("{{\"at\": [\"t{t}\", \"b{b}\"], \"value\": 1}}"));
    running(&format!("{{\"x\": [{}]}}", runs.join(", ")))
}

fn planned(items: &str, options: Options) -> Plan {
    let case = Case::new(&format!("{POLICY}{items}"), &files(), &now());
    let planned = case.plan(Options { gap: 0.0, ..options }, &Silent);
    let Ok(planned) = planned else { panic!("{planned:?}") };
    assert!(planned.plan.check.passed, "{:#?}", planned.plan);
    planned.plan
}

fn values(plan: &Plan) -> Vec<f64> {
    plan.levels.iter().map(|level| level.value.expect("a plan has values")).collect()
}

/// Every single row by itself, merged rows by themselves, and counts per class, which are settled afterwards.
#[track_caller]
fn check(items: &str, most: f64) {
    let plain = planned(items, Options { merge: false, ..Options::default() });
    assert_eq!(plain.status, Status::Optimal);
    let merged = planned(items, Options::default());
    let by_classes = planned(items, Options { small: 0, ..Options::default() });
    assert_eq!((values(&merged), values(&by_classes)), (values(&plain), values(&plain)));
    for plan in [plain, merged, by_classes] {
        let moved = plan.metrics["moved"].value.expect("a report has a value");
        assert!(moved <= most, "{moved} moved");
    }
}

#[test]
fn a_level_after_others_moves_no_more_than_they_ask_for() {
    check(
        "objective { served: maximize sum(t in tasks: x[t, *] * t.worth); calm: minimize moves(x) }",
        f64::INFINITY,
    );
}

#[test]
fn a_limit_is_kept() {
    for most in 0..4 {
        check(
            &format!(
                "rule calm {{ moves(x) <= {most} }}
                 objective {{ served: maximize sum(t in tasks: x[t, *] * t.worth) }}"
            ),
            f64::from(most),
        );
    }
}

#[test]
fn what_is_fixed_stays_and_what_is_priced_moves_where_it_pays() {
    check(
        "rule still { for t in tasks where t.fixed: moves(x[t, *]) == 0 }
         objective { net: maximize sum(t in tasks: x[t, *] * t.worth) - sum(t in tasks: moves(x[t, *]) * t.size) }",
        4.0,
    );
}

#[test]
fn of_plans_as_good_one_that_moves_the_fewest_is_given_unasked() {
    let served = "served: maximize sum(t in tasks: x[t, *] * t.worth)";
    let moved = |plan: &Plan| plan.metrics["moved"].value.expect("a report has a value");
    for merge in [true, false] {
        let planned = |levels: &str| {
            planned(&format!("objective {{ {levels} }}"), Options { merge, ..Options::default() })
        };
        let asked = planned(&format!("{served}; calm: minimize moves(x)"));
        let unasked = planned(served);
        assert_eq!(values(&unasked)[0], values(&asked)[0]);
        assert_eq!(moved(&unasked), moved(&asked));
    }
}

//! A change: what runs stays where it is, and a full solve is done where what runs is too far from the best.

use apportion_driver::Options;
use apportion_plan::{ChangeKind, Plan};
use apportion_world::InputBytes;

use crate::case::{Case, Silent};
use crate::world::{csv, running};

const POLICY: &str = "edition 2026
    entity Task { key id: string; size: count; worth: count }
    entity Box { key id: string; room: count }
    input tasks: Task
    input boxes: Box
    place tasks t onto boxes b as x: flag
    rule once { for t in tasks: x[t, *] <= 1 }
    rule fits { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }
    objective { served: maximize sum(t in tasks: x[t, *] * t.worth) }
";

/// Tasks of three kinds; boxes that hold two or three of them.
fn files(
    tasks: impl Iterator<Item = usize>,
    boxes: impl Iterator<Item = usize>,
) -> [InputBytes; 2] {
    let tasks = tasks.map(|at| format!("t{at},{},{}\n", 2 + at % 3, 1 + at % 3));
    let boxes = boxes.map(|at| format!("b{at},{}\n", 7 + at % 2));
    [
        csv("tasks", format!("id,size,worth\n{}", tasks.collect::<String>())),
        csv("boxes", format!("id,room\n{}", boxes.collect::<String>())),
    ]
}

/// Planned over classes, however small.
fn planned(inputs: &[InputBytes], now: &str) -> Plan {
    let case = Case::new(POLICY, inputs, &running(now));
    let planned = case.plan(Options { small: 0, gap: 0.01, ..Options::default() }, &Silent);
    let Ok(planned) = planned else { panic!("{planned:?}") };
    assert!(planned.plan.check.passed, "{:#?}", planned.plan);
    planned.plan
}

fn json(plan: &Plan) -> String {
    serde_json::to_string(plan).expect("a plan is JSON")
}

fn moved(plan: &Plan) -> f64 {
    let moved = plan.changes.iter().filter(|it| it.kind == ChangeKind::Moved);
    moved.map(|it| it.amount).sum()
}

fn value(plan: &Plan) -> f64 {
    plan.levels[0].value.expect("a plan has a value")
}

#[test]
fn an_unchanged_world_keeps_its_plan() {
    let inputs = files(0..60, 0..20);
    let before = planned(&inputs, "{}");
    let after = planned(&inputs, &json(&before));
    assert_eq!((after.changes.len(), value(&after)), (0, value(&before)));
}

#[test]
fn what_is_lost_with_a_box_is_placed_again_with_few_moves() {
    let before = planned(&files(0..60, 0..20), "{}");
    let mut moves = (0, 0);
    for gone in [2, 7, 13] {
        let inputs = files(0..60, (0..20).filter(|at| *at != gone));
        let after = planned(&inputs, &json(&before));
        let afresh = planned(&inputs, "{}");
        let gone = format!("b{gone}");
        let lost = before.decisions["x"].iter().filter(|it| it.at[1] == gone).count();
        assert!(moved(&after) <= 2.0 * lost as f64, "{} moved, {lost} were lost", moved(&after));
        assert!(value(&after) >= 0.99 * value(&afresh), "{} of {}", value(&after), value(&afresh));
        let elsewhere = |plan: &Plan| {
            let was = |task: &str| before.decisions["x"].iter().find(|it| it.at[0] == task);
            let is_moved = |at: &[String]| {
                was(&at[0]).is_some_and(|was| was.at[1] != at[1] && was.at[1] != gone)
            };
            plan.decisions["x"].iter().filter(|it| is_moved(&it.at)).count()
        };
        moves = (moves.0 + elsewhere(&after), moves.1 + elsewhere(&afresh));
    }
    assert!(moves.0 < moves.1, "{} moved from what runs, {} from nothing", moves.0, moves.1);
}

#[test]
fn what_runs_is_given_up_where_a_full_solve_gains_more_than_the_gap() {
    let inputs = files(0..60, 0..20);
    let best = planned(&inputs, "{}");
    // One task of little worth alone in each box.
    let poor: Vec<String> = (0..20)
        .map(|at| format!("{{\"at\": [\"t{}\", \"b{at}\"], \"value\": 1}}", 3 * at))
        .collect();
    let after = planned(&inputs, &format!("{{\"x\": [{}]}}", poor.join(", ")));
    assert!(value(&after) >= 0.99 * value(&best), "{} of {}", value(&after), value(&best));
}

#[test]
fn fair_shares_are_sought_anew_after_a_change() {
    let fair = "fairness shares: max_min(x[t, *] * t.worth) for t.size
        objective { fair: maximize shares }";
    let at = POLICY.find("objective").expect("an objective");
    let policy = format!("{}{fair}\n", &POLICY[..at]);
    let shares = |inputs: &[InputBytes], now: &str| {
        let case = Case::new(&policy, inputs, &running(now));
        let planned = case.plan(Options { small: 0, gap: 0.01, ..Options::default() }, &Silent);
        let Ok(planned) = planned else { panic!("{planned:?}") };
        let sums = case.judged(&planned.plan).fairness[0].merits();
        (planned.plan, sums)
    };
    let inputs = files(0..60, 0..20);
    let (afresh, fairest) = shares(&inputs, "{}");
    // One task of each of two kinds in half of the boxes, and none of the third.
    let poor: Vec<String> = (0..10)
        .map(|at| format!("{{\"at\": [\"t{}\", \"b{at}\"], \"value\": 1}}", 3 * at + at % 2))
        .collect();
    let (after, sums) = shares(&inputs, &format!("{{\"x\": [{}]}}", poor.join(", ")));
    assert_eq!(after.levels[0].state, afresh.levels[0].state);
    for (sum, fairest) in sums.iter().zip(&fairest) {
        assert!(*sum >= 0.99 * fairest, "{sums:?} of {fairest}");
    }
}

//! The greatest of alike rows made small, and the least great: by classes near to what every row by itself comes to, and
//! never better than what is proven.

use std::cell::Cell;

use apportion_driver::Options;
use apportion_plan::{Plan, Status};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::case::{Case, Silent, trials};
use crate::world::{csv, running};

const POLICY: &str = "edition 2026
    entity Task { key id: string; size: count; worth: count }
    entity Box { key id: string; room: count; speed: count }
    input tasks: Task
    input boxes: Box
    place tasks t onto boxes b as x: flag
    rule once { for t in tasks: x[t, *] <= 1 }
    rule fits { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }
    objective { served: maximize sum(t in tasks: x[t, *] * t.worth); ";

/// What is sought after what is served, and the most that it may be by classes beyond the best, in sizes of one task.
const LEVELS: [(&str, f64); 5] = [
    ("even: minimize max(b in boxes: sum(t in tasks: x[t, b] * t.size))", 1.0),
    ("even: maximize min(b in boxes: b.room - sum(t in tasks: x[t, b] * t.size))", 1.0),
    ("even: minimize 2 * max(b in boxes: sum(t in tasks: x[t, b] * t.size) / b.speed)", 2.0),
    ("even: maximize 3 - max(b in boxes: x[*, b]) / 2", 0.5),
    ("even: minimize max(b in boxes: sum(t in tasks: x[t, b] * t.size)) + x[*, *]", 1.0),
];

/// The greatest size of a task.
const LARGEST: u32 = 4;

/// Tasks of a few kinds, and boxes of two.
fn case(level: usize, tasks: &[(u32, u32)], boxes: &[bool]) -> Case {
    let tasks = tasks.iter().enumerate();
    let tasks: String =
        tasks.map(|(at, (size, worth))| format!("t{at},{size},{worth}\n")).collect();
    let boxes = boxes.iter().enumerate().map(|(at, large)| {
        let (room, speed) = if *large { (14, 2) } else { (9, 1) };
        format!("b{at},{room},{speed}\n")
    });
    let inputs = [
        csv("tasks", format!("id,size,worth\n{tasks}")),
        csv("boxes", format!("id,room,speed\n{}", boxes.collect::<String>())),
    ];
    Case::new(&format!("{POLICY}{} }}", LEVELS[level].0), &inputs, &running("{\"x\": []}"))
}

fn planned(case: &Case, options: Options) -> Result<Plan, TestCaseError> {
    let planned = case.plan(Options { gap: 0.0, ..options }, &Silent);
    let Ok(planned) = planned else {
        return Err(TestCaseError::fail(format!("{planned:?}\n{}", case.story)));
    };
    prop_assert!(planned.plan.check.passed, "{:#?}\n{}", planned.plan, case.story);
    Ok(planned.plan)
}

fn values(plan: &Plan) -> Vec<f64> {
    plan.levels.iter().map(|level| level.value.expect("a plan has values")).collect()
}

/// How far the level is from the best by classes, if what comes before it is as good.
fn check(level: usize, tasks: &[(u32, u32)], boxes: &[bool]) -> Result<Option<f64>, TestCaseError> {
    let case = case(level, tasks, boxes);
    let story = &case.story;
    let plain = planned(&case, Options { merge: false, ..Options::default() })?;
    prop_assert_eq!(plain.status, Status::Optimal, "{}", story);
    let best = values(&plain);
    let merged = planned(&case, Options::default())?;
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
    prop_assert!(near(&values(&merged), &best), "{:?} {:?}\n{}", values(&merged), best, story);
    let by_classes = planned(&case, Options { small: 0, ..Options::default() })?;
    prop_assert!(by_classes.model.columns < plain.model.columns, "{}", story);
    let found = values(&by_classes);
    for (at, level) in by_classes.levels.iter().enumerate() {
        let sign = if level.sense == "maximize" { 1.0 } else { -1.0 };
        if let Some(bound) = level.bound {
            let is_proven = sign * bound >= sign * found[at] - 1e-6;
            prop_assert!(is_proven, "{} beyond {bound}\n{story}", found[at]);
            // What bounds the second holds for plans that are as good at the first.
            let is_bound = at > 0 && best[0] > found[0] || sign * bound >= sign * best[at] - 1e-6;
            prop_assert!(is_bound, "{} beyond {bound}\n{story}", best[at]);
        }
        if (found[at] - best[at]).abs() > 1e-6 && at == 0 {
            return Ok(None);
        }
    }
    let short = (found[1] - best[1]).abs();
    let most = LEVELS[level].1 * f64::from(if level == 3 { 1 } else { LARGEST });
    prop_assert!(short <= most + 1e-6, "{found:?} where {best:?} is the best\n{story}");
    Ok(Some(short))
}

#[test]
fn by_classes_an_extreme_is_as_good_as_row_by_row() {
    let shown = Cell::new((0u32, 0u32, 0u32));
    let tasks = vec((1..=LARGEST, 1..3u32), 6..14);
    let boxes = vec(any::<bool>(), 3..6);
    let generated = (0..LEVELS.len(), tasks, boxes);
    let outcome = TestRunner::new(trials(120, 200)).run(&generated, |(level, tasks, boxes)| {
        let short = check(level, &tasks, &boxes)?;
        let (all, known, best) = shown.get();
        let is_best = short.is_some_and(|it| it < 1e-6);
        shown.set((all + 1, known + u32::from(short.is_some()), best + u32::from(is_best)));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (all, known, best) = shown.get();
    assert!(known * 10 >= all * 9, "{known} of {all} serve as much");
    assert!(best * 10 >= known * 8, "{best} of {known} are as even");
}

#[test]
fn many_alike_rows_come_to_the_mean_as_near_as_whole_tasks_can() {
    let tasks: Vec<(u32, u32)> = (0..90).map(|at| (1 + at % LARGEST, 1)).collect();
    // Tasks of 223 in all on 30 boxes: one of these has eight.
    let case = case(0, &tasks, &(0..30).map(|at| at % 2 == 0).collect::<Vec<_>>());
    let planned = planned(&case, Options { small: 0, ..Options::default() });
    let plan = planned.expect("a plan");
    assert_eq!(values(&plan), [90.0, 8.0]);
    assert!(plan.model.columns <= 12, "{:?}", plan.model);
}

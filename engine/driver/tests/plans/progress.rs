//! What is told while a plan is made: it is so, and no search goes on in silence.

use std::sync::Mutex;

use apportion_driver::{Observer, Options, Stage};
use apportion_plan::Plan;
use apportion_solve::Progress;

use crate::case::Case;
use crate::world::{csv, running};

/// Writes down what it is told, with the stage.
#[derive(Default)]
struct Notes {
    stages: Mutex<Vec<Stage>>,
    told: Mutex<Vec<(Stage, Progress)>>,
}

impl Observer for Notes {
    fn stage(&self, stage: Stage) {
        self.stages.lock().expect("no panic elsewhere").push(stage);
    }

    fn progress(&self, progress: &Progress) {
        let stage = *self.stages.lock().expect("no panic elsewhere").last().expect("a stage");
        self.told.lock().expect("no panic elsewhere").push((stage, *progress));
    }

    fn interrupted(&self) -> bool {
        false
    }

    fn elapsed(&self) -> f64 {
        0.0
    }
}

fn planned(case: &Case, options: Options) -> (Plan, Vec<Stage>, Vec<(Stage, Progress)>) {
    let notes = Notes::default();
    let plan = case.plan(options, &notes).expect("a plan").plan;
    let stages = notes.stages.into_inner().expect("no panic elsewhere");
    (plan, stages, notes.told.into_inner().expect("no panic elsewhere"))
}

/// Twelve boxes of one kind, and more tasks of three sizes than they have room for.
fn boxes() -> Case {
    let tasks: String = (0..60).map(|at| format!("t{at},{}\n", [3, 5, 7][at % 3])).collect();
    let boxes: String = (0..12).map(|at| format!("b{at},16\n")).collect();
    let text = "edition 2026
        entity Task { key id: string; size: count }
        entity Box { key id: string; room: count }
        input tasks: Task
        input boxes: Box
        place tasks t onto boxes b as x: flag
        rule once { for t in tasks: x[t, *] <= 1 }
        rule fits { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }
        objective { served: maximize sum(t in tasks, b in boxes: x[t, b] * (t.size + 1)) }
    ";
    let inputs =
        [csv("tasks", format!("id,size\n{tasks}")), csv("boxes", format!("id,room\n{boxes}"))];
    Case::new(text, &inputs, &running("{\"x\": []}"))
}

#[test]
fn filling_by_patterns_and_searching_for_better_rows_tell_best_and_bound_from_their_beginning() {
    let (plan, _, told) = planned(&boxes(), Options { small: 0, gap: 0.0, ..Options::default() });
    let value = plan.levels[0].value.expect("a value");
    for stage in [Stage::Pack, Stage::Improve(0)] {
        let of_stage: Vec<&Progress> =
            told.iter().filter(|(at, _)| *at == stage).map(|(_, progress)| progress).collect();
        assert!(!of_stage.is_empty(), "{stage:?}: {told:#?}");
        let mut before = (f64::NEG_INFINITY, f64::INFINITY);
        for progress in of_stage {
            let (best, bound) = progress.incumbent.zip(progress.bound).expect("both are known");
            let gap = progress.gap.expect("a gap");
            assert!((gap - (bound - best) / best).abs() < 1e-9, "{progress:?}");
            assert!(best >= before.0 && bound <= before.1 + 1e-9, "{before:?}, {progress:?}");
            assert!(best <= value + 1e-9 && bound >= value - 1e-9, "{value}, {progress:?}");
            before = (best, bound);
        }
    }
    let (_, last) = told.last().expect("something was told");
    assert_eq!(last.incumbent, Some(value));
}

/// Boxes of three prices, of which the cheap ones have room for a part of all tasks.
fn priced() -> Case {
    let tasks: String = (0..12).map(|at| format!("t{at},{}\n", [3, 5, 7][at % 3])).collect();
    let boxes: String = (0..12).map(|at| format!("b{at},16,{}\n", at / 4 + 1)).collect();
    let text = "edition 2026
        entity Task { key id: string; size: count }
        entity Box { key id: string; room: count; price: count }
        input tasks: Task
        input boxes: Box
        place tasks t onto boxes b as x: flag
        rule once { for t in tasks: x[t, *] <= 1 }
        rule fits { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }
        objective {
          served: maximize sum(t in tasks, b in boxes: x[t, b] * t.size)
          cost: minimize sum(t in tasks, b in boxes: x[t, b] * t.size * b.price)
        }
    ";
    let boxes = format!("id,room,price\n{boxes}");
    let inputs = [csv("tasks", format!("id,size\n{tasks}")), csv("boxes", boxes)];
    Case::new(text, &inputs, &running("{\"x\": []}"))
}

#[test]
fn a_later_level_tells_a_bound_that_is_proven_of_the_plan() {
    let (plan, _, told) = planned(&priced(), Options { small: 0, gap: 0.0, ..Options::default() });
    let value = plan.levels[1].value.expect("a value");
    let bounds = told.iter().filter(|(stage, _)| *stage == Stage::Improve(1));
    let bounds: Vec<f64> = bounds.filter_map(|(_, progress)| progress.bound).collect();
    assert!(!bounds.is_empty() && bounds.iter().all(|bound| *bound <= value + 1e-9), "{told:#?}");
}

/// Four tenants, of whom each can use less than the one before.
fn tenants(kind: &str) -> Case {
    let text = format!(
        "edition 2026
        resource cpu: cores
        entity Pool {{ key id: string; capacity: amounts }}
        entity Tenant {{ key id: string; most: count }}
        input pools: Pool
        input tenants: Tenant
        place tenants t onto pools p as x: {kind} <= 20
        rule capacity {{ for p in pools: sum(t in tenants: x[t, p] * 1 core) <= p.capacity[cpu] }}
        rule most {{ for t in tenants: x[t, *] <= t.most }}
        fairness shares: max_min(x) for t
        objective {{ equity: maximize shares }}"
    );
    let inputs = [
        csv("pools", "id,capacity.cpu[cores]\np0,24\n".to_owned()),
        csv("tenants", "id,most\nt0,9\nt1,7\nt2,5\nt3,3\n".to_owned()),
    ];
    Case::new(&text, &inputs, &running("{\"x\": []}"))
}

#[test]
fn a_level_of_shares_tells_how_many_are_settled_and_the_least_once_it_is_found() {
    for kind in ["ratio", "count"] {
        let (_, stages, told) = planned(&tenants(kind), Options::default());
        let settled: Vec<usize> = stages
            .iter()
            .filter_map(|stage| match stage {
                Stage::Share { level: 0, settled, all: 4 } => Some(*settled),
                _ => None,
            })
            .collect();
        assert!(settled[0] == 0 && settled.is_sorted() && settled.len() > 1, "{kind}: {stages:?}");
        let of_shares = told
            .iter()
            .filter(|(stage, _)| matches!(stage, Stage::Share { settled, .. } if *settled > 0));
        let of_shares: Vec<&Progress> = of_shares.map(|(_, progress)| progress).collect();
        assert!(!of_shares.is_empty(), "{kind}: {told:?}");
        for progress in of_shares {
            // The last tenant can use no more than 3.
            let is_three = |value: Option<f64>| value.is_some_and(|it| (it - 3.0).abs() < 1e-6);
            assert!(is_three(progress.incumbent) && is_three(progress.bound), "{progress:?}");
        }
    }
}

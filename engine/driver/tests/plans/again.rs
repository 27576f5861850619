//! A world that changes: what is planned with what is known of the world before is what is planned without.

use std::cell::Cell;

use apportion_driver::{Failure, Options, Planned, Planner, Request, current_of, plan};
use apportion_facts::Settings;
use apportion_plan::{Plan, Status};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::case::{AT, Case, Silent, trials};
use crate::{policy, world};

/// Plans worlds one after the other, each of some tasks and boxes; gives of how many the policy was not read again.
fn check(
    text: &policy::Text,
    tables: &world::Tables,
    worlds: &[(u32, u32)],
    options: &Options,
) -> Result<usize, TestCaseError> {
    let case = Case::new(&text.policy, &tables.inputs(), &world::running("{\"x\": []}"));
    let mut planner = Planner::new(&case.policy, &case.schema);
    let mut before: Option<Plan> = None;
    let mut known = 0;
    for (tasks, boxes) in worlds {
        let mut world = case.world(&tables.only(*tasks, *boxes));
        if let Some(before) = &before {
            world.current = current_of(&case.policy, &world, before);
        }
        let request = case.request_over(&world, options.clone());
        known += usize::from(planner.knows(&request));
        let (again, afresh) = (planner.plan(&request, &Silent), plan(&request, &Silent));
        let story = || format!("tasks {tasks:b}, boxes {boxes:b} of {worlds:?}\n{}", case.story);
        let (again, afresh) = match (again, afresh) {
            (Ok(again), Ok(afresh)) => (again, afresh),
            (Err(Failure::Findings(again)), Err(Failure::Findings(afresh))) => {
                prop_assert_eq!(again, afresh, "{}", story());
                continue;
            }
            (again, afresh) => {
                let both = format!("{again:?}, and from nothing {afresh:?}\n{}", story());
                return Err(TestCaseError::fail(both));
            }
        };
        same(&again, &afresh, &story)?;
        before = again.plan.point.then_some(again.plan);
    }
    Ok(known)
}

/// Whether two plans say the same of the policy, and neither claims more than the other reaches.
fn same(
    again: &Planned,
    afresh: &Planned,
    story: &dyn Fn() -> String,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(&again.findings, &afresh.findings, "{}", story());
    let (again, afresh) = (&again.plan, &afresh.plan);
    prop_assert_eq!(
        again.point,
        afresh.point,
        "{:?}, {:?}\n{}",
        again.status,
        afresh.status,
        story()
    );
    prop_assert!(!again.point || again.check.passed, "{again:#?}\n{}", story());
    let shut = |plan: &Plan| {
        let rules = plan.rules.iter();
        rules.map(|(name, it)| (name.clone(), it.rows, it.shut_out, it.unknown)).collect::<Vec<_>>()
    };
    prop_assert_eq!(shut(again), shut(afresh), "{}", story());
    // Of later levels no more is known than what the slack of those before left.
    for (one, other) in again.levels.iter().zip(&afresh.levels).take(1) {
        for (one, other) in [(one, other), (other, one)] {
            let Some((value, bound)) = one.value.zip(other.bound) else { continue };
            let beyond = if one.sense == "maximize" { value - bound } else { bound - value };
            let rounding = 1e-6 * value.abs().max(bound.abs()).max(1e-6);
            prop_assert!(beyond <= rounding, "{value} beyond {bound}\n{}", story());
        }
    }
    let is_proven = again.status == Status::Optimal && afresh.status == Status::Optimal;
    if let ([one, ..], [other, ..], true) = (&*again.levels, &*afresh.levels, is_proven) {
        let (one, other) = (one.value.unwrap_or(0.0), other.value.unwrap_or(0.0));
        let apart = (one - other).abs();
        prop_assert!(apart <= 2e-4 * one.abs().max(other.abs()), "{one}, {other}\n{}", story());
    }
    Ok(())
}

/// Whether what is known of a world is known of a later one, under rules that are added to a policy.
fn knows(rules: &str, change: &str, later: f64) -> bool {
    let policy = format!(
        "edition 2026
        slots hours over 2 h every 1 h
        entity Team {{ key id: string; weight: count }}
        entity Task {{ key id: string; size: count; team: Team }}
        entity Box {{ key id: string; room: count }}
        input teams: Team
        input tasks: Task
        input boxes: Box
        place tasks t onto boxes b as x: flag
        let dear = now > 2027-01-01 ? 5 : 1
        {rules}
        "
    );
    let inputs = |change: &str| {
        let (weight, task, size) = match change {
            "weight" => ("2", "", "1"),
            "task" => ("1", "t2,1,a\n", "1"),
            "kind" => ("1", "", "2"),
            _ => ("1", "", "1"),
        };
        [
            world::csv("teams", format!("id,weight\na,{weight}\n")),
            world::csv("tasks", format!("id,size,team\nt0,1,a\nt1,{size},a\n{task}")),
            world::csv("boxes", "id,room\nb0,2\nb1,2\n".to_owned()),
        ]
    };
    let case = Case::new(&policy, &inputs(""), &world::running("{\"x\": []}"));
    let mut planner = Planner::new(&case.policy, &case.schema);
    let first = planner.plan(&case.request(Options::default()), &Silent);
    assert!(first.is_ok(), "{first:?}");
    let world = case.world(&inputs(change));
    let settings = Settings::new(&case.policy, &[], AT + later).expect("no parameters");
    let request = case.request_over(&world, Options::default());
    planner.knows(&Request { settings: &settings, ..request })
}

#[test]
fn what_one_world_does_not_say_of_another_is_read_anew() {
    let served = "objective { served: maximize x[*, *] }";
    let hour = 3600.0;
    let is_known = |rules: &str, change: &str, later: f64, known: bool| {
        assert_eq!(knows(rules, change, later), known, "{rules} {change} {later}");
    };
    is_known(served, "task", hour, true);
    is_known(served, "weight", hour, true);
    is_known(
        "objective { served: maximize sum(t in tasks: x[t, *] * t.size) }",
        "task",
        hour,
        true,
    );
    is_known(
        "objective { served: maximize sum(t in tasks: x[t, *] * t.size) }",
        "kind",
        hour,
        false,
    );
    // What is added up over all rows says something else of others, and of those that they refer to.
    let all = "objective { served: maximize sum(t in tasks: (x[t, *] - 1) * t.team.weight) }";
    is_known(all, "", hour, true);
    is_known(all, "task", 0.0, false);
    is_known(all, "weight", 0.0, false);
    // So does another time: of slots, of a price behind a `let`, of what goes into bins.
    let due = "rule due { for h in hours, t in tasks where h.start > 2026-11-23: x[t, *] <= 1 }";
    is_known(&format!("{due} {served}"), "", 0.0, true);
    is_known(&format!("{due} {served}"), "", hour, false);
    let soft = "rule few soft at served, dear { x[*, *] <= 1 }
        objective { served: maximize x[*, *] - penalties }";
    is_known(soft, "", 0.0, true);
    is_known(soft, "", hour, false);
    let bins = "rule fits { for b in boxes:
        bins(t in tasks where t.size * 1 s + 2026-11-22 < now: x[t, b] each t.size in 4) <= 2 }";
    is_known(&format!("{bins} {served}"), "", 0.0, true);
    is_known(&format!("{bins} {served}"), "", hour, false);
}

fn holds(options: &Options, cases: u32) {
    let config = trials(cases, 4000);
    let cases = config.cases as usize;
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let known = Cell::new(0);
    let worlds = proptest::collection::vec((0..8u32, 1..4u32), 3);
    let strategy = (policy::policy(), world::tables(), worlds);
    let outcome = runner.run(&strategy, |(text, tables, worlds)| {
        known.set(known.get() + check(&text, &tables, &worlds, options)?);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let known = known.get();
    assert!(5 * known > cases, "{known} worlds of {cases} cases were known: they say too little");
}

#[test]
fn what_is_known_of_the_world_before_plans_the_next() {
    holds(&Options::default(), 600);
}

#[test]
fn over_classes_too() {
    holds(&Options { small: 0, ..Options::default() }, 600);
}

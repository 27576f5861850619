//! The library's patterns: a rule that calls one is broken as much as the same rule by hand, whatever is placed.

use std::cell::Cell;

use apportion_facts::Assignment;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::case::{Case, trials};
use crate::world::{csv, running};

const POLICY: &str = "edition 2026
use std.topology.*
entity Zone { key id: string }
entity Pool { key id: string; zone: Zone; retired: bool }
entity Task { key id: string; size: count }
input zones: Zone
input pools: Pool
input tasks: Task
place tasks t onto pools p as x: count <= 3
objective { paid: minimize penalties }
";

/// Three zones, the first of two pools.
fn case(rules: &str) -> Case {
    let inputs = [
        csv("zones", "id\nz0\nz1\nz2\n".to_owned()),
        csv(
            "pools",
            "id,zone,retired\np0,z0,false\np1,z0,true\np2,z1,false\np3,z2,false\n".to_owned(),
        ),
        csv("tasks", "id,size\nt0,2\nt1,3\nt2,4\n".to_owned()),
    ];
    Case::new(&format!("{POLICY}{rules}"), &inputs, &running("{}"))
}

/// Judges both on assignments of all kinds, of which some break the rule and some do not.
#[track_caller]
fn check(call: &str, by_hand: &str) {
    let rule = |name: &str, body: &str| format!("rule {name} soft at paid, 1 {{ {body} }}\n");
    let case = case(&(rule("called", call) + &rule("by_hand", by_hand)));
    let shown = Cell::new((0, 0));
    let some = prop_oneof![2 => Just(0u32), 1 => 1..4u32];
    let outcome = TestRunner::new(trials(400, 400)).run(&vec(some, 12), |values| {
        let mut assignment = Assignment::zero(&case.policy);
        for (at, value) in (0..).zip(values) {
            assignment.decisions[0].set(&[at / 4, at % 4], f64::from(value));
        }
        let verdict = case.judge(&assignment);
        prop_assert!(verdict.failures.is_empty(), "{:?}", verdict.failures);
        let [called, by_hand] = [0, 1].map(|rule| &verdict.rules[rule]);
        prop_assert_eq!((called.broken, called.amount), (by_hand.broken, by_hand.amount));
        let (kept, broken) = shown.get();
        let is_broken = called.broken > 0;
        shown.set((kept + u32::from(!is_broken), broken + u32::from(is_broken)));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{call}\n{by_hand}\n{error}");
    }
    let (kept, broken) = shown.get();
    assert!(kept > 0 && broken > 0, "{call}: kept {kept} times and broken {broken}");
}

#[test]
fn spread_holds_every_group_to_the_least() {
    check(
        "for t in tasks: spread(x[t], over: p.zone, max_skew: 1)",
        "for t in tasks, z in zones:
           sum(p in pools where p.zone == z: x[t, p]) - min(y in zones: sum(p in pools where p.zone == y: x[t, p])) <= 1",
    );
    check(
        "for t in tasks: spread(x[t], over: p.id, max_skew: t.size - 1, among: !p.retired)",
        "for t in tasks, q in pools where !q.retired:
           x[t, q] - min(p in pools where !p.retired: x[t, p]) <= t.size - 1",
    );
}

#[test]
fn apart_and_survives_count_by_group() {
    check(
        "for t in tasks: apart(x[t], over: p.zone, at_most: 2)",
        "for t in tasks, z in zones: sum(p in pools where p.zone == z: x[t, p]) <= 2",
    );
    check(
        "for t in tasks: survives(x[t], over: p.zone, keeping: 2)",
        "for t in tasks, z in zones: sum(p in pools where p.zone != z: x[t, p]) >= 2",
    );
}

#[test]
fn gang_and_few_are_all_or_nothing() {
    check(
        "for t in tasks: gang(x[t], size: t.size)",
        "for t in tasks: x[t, *] == 0 || x[t, *] == t.size",
    );
    check(
        "for t in tasks: few(x[t], over: p.zone, groups: 1)",
        "for t in tasks: count(z in zones: sum(p in pools where p.zone == z: x[t, p]) > 0) <= 1",
    );
}

#[test]
fn affinity_and_anti_affinity_look_at_two() {
    check(
        "for t in tasks, u in tasks where t != u: affinity(x[t], with: x[u], over: p.zone)",
        "for t in tasks, u in tasks, z in zones where t != u:
           if sum(p in pools where p.zone == z: x[u, p]) == 0 then sum(p in pools where p.zone == z: x[t, p]) == 0",
    );
    check(
        "for t in tasks, u in tasks where t != u: anti_affinity(x[t], from: x[u], over: p.id)",
        "for t in tasks, u in tasks, p in pools where t != u: x[t, p] == 0 || x[u, p] == 0",
    );
}

//! The standard library: what is planned under a rule that calls a pattern is the best of all assignments that obey it.

use std::cell::Cell;
use std::fmt::Write;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::brute_force::against_all;
use crate::case::{Case, trials};
use crate::world::{csv, running};

/// Facts that say little by themselves, for patterns to compare.
const FACTS: &str = "\
entity Pool {
  key id: string; zone: string; labels: set<string>; odd: bool; a: count; b: count; c: ratio; worth: count
}
entity Task { key id: string; group: string; labels: set<string>; odd: bool; a: count; b: count; worth: count }
slots hours over 2 h every 1 h
input pools: Pool
input tasks: Task
";

/// Work onto places.
const PLACED: &str = "\
place tasks t onto pools p as x: count <= 2
let used[p in pools] = x[*, p]
let got[t in tasks] = x[t, *]
objective { worth: maximize sum(t in tasks, p in pools: x[t, p] * t.worth); cost: minimize sum(p in pools: used[p] * p.worth) }
";

/// Load on places, some of which are open.
const LOADED: &str = "\
decide load[p in pools]: count <= 2
decide open[p in pools]: flag
objective { worth: maximize sum(p in pools: load[p] * p.worth); cost: minimize open[*] }
";

/// What runs in which hour, and what is bought for both.
const TIMED: &str = "\
decide run[p in pools, t in hours]: count <= 1
decide bought[p in pools]: count <= 2
let hourly[t in hours] = run[*, t]
objective {
  worth: maximize sum(p in pools, t in hours: run[p, t] * (p.worth + t.index)) - bought[*]
}
";

/// What runs now where a decision is `load`.
const NOW: &str = r#"{ "load": [{ "at": ["p0"], "value": 2 }, { "at": ["p1"], "value": 1 }] }"#;

/// Rows of numbers, of which each is one field's.
type Rows = Vec<[u32; 6]>;

/// Three pools and two tasks.
fn rows() -> impl Strategy<Value = (Rows, Rows)> {
    let row = || [0..2u32, 0..4, 0..2, 0..4, 0..4, 1..4];
    (vec(row(), 3), vec(row(), 2))
}

/// One of two words, and a set of some of them.
fn words(one: u32, some: u32) -> [&'static str; 2] {
    [["a", "b"][one as usize], ["[]", "a", "b", "a;b"][some as usize]]
}

fn case(module: &str, decisions: &str, call: &str, (pools, tasks): &(Rows, Rows)) -> Case {
    let mut places = "id,zone,labels,odd,a,b,c,worth\n".to_owned();
    for (at, [one, some, odd, a, b, worth]) in pools.iter().enumerate() {
        let ([zone, labels], odd, c) = (words(*one, *some), *odd == 1, f64::from(*b) / 4.0);
        let _ = writeln!(places, "p{at},{zone},{labels},{odd},{a},{b},{c},{worth}");
    }
    let mut work = "id,group,labels,odd,a,b,worth\n".to_owned();
    for (at, [one, some, odd, a, b, worth]) in tasks.iter().enumerate() {
        let ([group, labels], odd) = (words(*one, *some), *odd == 1);
        let _ = writeln!(work, "t{at},{group},{labels},{odd},{a},{b},{worth}");
    }
    let policy =
        format!("edition 2026\nuse std.{module}.*\n{FACTS}{decisions}rule called {{ {call} }}\n");
    let now = if decisions == LOADED { NOW } else { "{}" };
    Case::new(&policy, &[csv("pools", places), csv("tasks", work)], &running(now))
}

/// Plans over some facts, under a rule for each of the calls: there is a plan where an assignment obeys the rule, and none is
/// better. Some facts let some assignments obey it and others not.
#[track_caller]
fn check(module: &str, decisions: &str, calls: &[&str]) {
    for call in calls {
        let decides = Cell::new(false);
        let outcome = TestRunner::new(trials(8, 200)).run(&rows(), |rows| {
            let shown = against_all(&case(module, decisions, call, &rows))?;
            decides.set(decides.get() || shown.decides);
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("{call}\n{error}");
        }
        assert!(decides.get(), "{call}: everything obeys it, or nothing does");
    }
}

#[test]
fn every_pattern_of_the_library_is_tried() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stdlib/std");
    let here = include_str!("library.rs");
    for file in std::fs::read_dir(library).expect("the library") {
        let text = std::fs::read_to_string(file.expect("a module").path()).expect("a text");
        for line in text.lines().filter_map(|line| line.strip_prefix("pattern ")) {
            let name = line.split('(').next().unwrap_or_default();
            assert!(here.contains(&format!("{name}(")), "`{name}` is not tried");
        }
    }
}

#[test]
fn balance_patterns_are_planned_as_they_say() {
    check(
        "balance",
        LOADED,
        &[
            "utilisation(load, capacity: p.a, at_most: 50 %)",
            "even(load, capacity: p.a + 1, within: 50 %)",
            "near_mean(load, capacity: p.a + 1, within: 25 %)",
            "near_ideal(load, ideal: p.a, within: 1)",
            "nth_largest(load, n: 2, at_most: 1)",
            "largest_share(load, over: p.zone, at_most: 60 %)",
            "only_open(load, open: open[p], capacity: p.a)",
            "headroom(load, capacity: p.a, keeping: 40 %)",
            "overcommit(load, capacity: p.a, factor: p.worth / 2, compressible: false, accepted: p.odd)",
        ],
    );
}

#[test]
fn budgets_patterns_are_planned_as_they_say() {
    check(
        "budgets",
        LOADED,
        &[
            "limit_of_each(load, over: p.zone, limit: p.a)",
            "remaining(load[*], limit: 4, spent_already: 1)",
            "minimum_spend(load[*] - open[*], at_least: 4)",
            "concentration(load, over: p.zone, at_most: 60 %)",
        ],
    );
    check("budgets", TIMED, &["pace(hourly, limit: 3, ahead: 10 %)", "burst(hourly, at_most: 2)"]);
}

#[test]
fn change_patterns_are_planned_as_they_say() {
    check(
        "change",
        LOADED,
        &[
            "few_moves(load, at_most: 1)",
            "few_moves_from_each(load, over: p.zone, at_most: 1)",
            "moved_only_from(load, may: p.odd)",
            "moved_only_while(load, open: 2027-01-01 < now)",
            "migration_cost(load, each: p.a, at_most: 2)",
            "pinned(load)",
            "step_down(load, now: p.a, at_most: 50 %, stop: p.odd)",
        ],
    );
}

#[test]
fn compliance_patterns_are_planned_as_they_say() {
    check(
        "compliance",
        PLACED,
        &[
            "residency(x, covers: t.odd, allowed: t.labels, country: p.zone)",
            "certification(x, required: t.labels, held: p.labels)",
            "clearance(x, classified: t.a, cleared: p.a)",
            "allow_list(x, allowed: t.labels, value: p.zone)",
            "deny_list(x, denied: t.labels, value: p.zone)",
            "dedicated_hosts(x, tenant: t.group, owner: p.zone, dedicated: p.odd)",
            "separation_of_tenants(x, tenant: t.group, over: p.zone)",
            "separation_of_duties(x, one: t.odd, other: !t.odd, over: p.zone)",
            "separation_of_tenants(x, tenant: t.id, over: p.id)",
        ],
    );
}

#[test]
fn edge_patterns_are_planned_as_they_say() {
    check(
        "edge",
        PLACED,
        &[
            "reachable(x, home: t.group, site: p.zone, uptime: p.c, needed: t.a * 25 %)",
            "autonomous(x, home: t.group, site: p.zone, keeping: t.a)",
        ],
    );
    check(
        "edge",
        LOADED,
        &[
            "warm_spares(load, serving: open[p], share: 150 %, at_least: 1)",
            "failover(load, serving: open[p] * 2, over: p.zone)",
        ],
    );
    check(
        "edge",
        TIMED,
        &[
            "for p in pools: store_and_forward(run[p], produced: p.a / 2, link: p.b, buffer: 2, before: 1)",
        ],
    );
}

#[test]
fn energy_patterns_are_planned_as_they_say() {
    check(
        "energy",
        LOADED,
        &[
            "power_cap(load, each: p.b * 1 W, on: open[p], idle: 2 W, over: p.zone, limit: p.a * 2 W)",
            "renewable_share(load, renewable: p.c, at_least: 60 %)",
        ],
    );
    check(
        "energy",
        TIMED,
        &[
            "energy_limit(run, each: p.a * 1 W, overhead: 1.5, at_most: 6 Wh)",
            "carbon_limit(run, each: 1 kW, intensity: (p.a + t.index) * 1 gCO2/kWh, at_most: 4 gCO2)",
            "mean_intensity(run, each: p.b * 1 W, intensity: (p.a + t.index) * 1 gCO2/kWh, at_most: 1 gCO2/kWh)",
            "only_when_clean(run, intensity: (p.a + t.index) * 1 gCO2/kWh, at_most: 2 gCO2/kWh)",
        ],
    );
}

#[test]
fn fairness_patterns_are_planned_as_they_say() {
    check(
        "fairness",
        PLACED,
        &[
            "minimum_guarantee(got, over: t.group, guaranteed: t.a, asked: t.b)",
            "weighted_share(got, over: t.id, weight: t.worth, within: 50 %)",
            "at_most_share(got, over: t.group, weight: t.worth, all: 4, above: 25 %)",
            "finish_time(got, left: t.a * 1 h, elapsed: t.b * 1 h, alone: 1 h, at_most: 3.5)",
            "for t in tasks: effective_throughput(x[t], rate: p.a, machines: p.b, part: 25 %)",
            "decayed_share(got, over: t.id, weight: t.worth, used: t.a, age: t.b * 1 h, half_life: 2 h, all: 4)",
        ],
    );
}

#[test]
fn purchase_patterns_are_planned_as_they_say() {
    check(
        "purchase",
        TIMED,
        &[
            "reserved(run, committed: bought[p])",
            "savings_plan(run, rate: p.a, commitment: bought[*])",
            "break_even(run, committed: bought[p], price: 3, instead: p.a) \n bought[*] >= 2",
        ],
    );
    check(
        "purchase",
        LOADED,
        &[
            "payback(saved: load[*] * 1 USD/h, cost: open[*] * 3 USD + 3 USD, within: 2 h)",
            "spot_share(load, all: open[p] * p.a, at_most: 50 %)",
            "interruptions(load, rate: p.a * 1 1/h, within: 2 h, at_most: 4)",
            "diversified(load, over: p.zone, at_most: 60 %)",
        ],
    );
}

#[test]
fn quotas_patterns_are_planned_as_they_say() {
    check(
        "quotas",
        PLACED,
        &[
            "quota(got, over: t.group, limit: t.a)",
            "cohort(got, over: t.group, nominal: t.a, borrowing: 2, lending: t.b)",
            "guaranteed(got, nominal: t.a, asked: t.b)",
            "reclaim(got, over: \"all\", nominal: t.a, asked: t.b, rest: 1)",
            "quota(got, over: t.id, limit: t.b)",
        ],
    );
}

#[test]
fn sla_patterns_are_planned_as_they_say() {
    check("sla", PLACED, &["latency(x, measured: t.a * p.a * 1 ms, limit: t.b * 1 ms)"]);
    check(
        "sla",
        LOADED,
        &[
            "mean_latency(load, measured: p.a * 1 ms, limit: 1 ms)",
            "throughput(load, rate: p.a, at_least: 3)",
            "coverage(load, demand: p.a, share: 50 %)",
            "availability(open, nines: p.a, at_least: 2)",
            "error_budget(load, uptime: p.c, promised: 70 %)",
            "coverage(open, demand: p.a, share: 30 %)",
        ],
    );
}

#[test]
fn topology_patterns_are_planned_as_they_say() {
    check(
        "topology",
        PLACED,
        &[
            "for t in tasks: spread(x[t], over: p.zone, max_skew: 1)",
            "for t in tasks: spread(x[t], over: p.id, max_skew: 1, among: !p.odd, min_domains: 3)",
            "for t in tasks: apart(x[t], over: p.zone, at_most: 1)",
            "for t in tasks: survives(x[t], over: p.zone, keeping: t.a)",
            "n_plus_one(used, capacity: p.a, over: p.zone)",
            "for t in tasks: gang(x[t], size: t.a + 1)",
            "for t in tasks: few(x[t], over: p.zone, groups: 1)",
            "colocation(x, set: t.group, over: p.zone)",
            "for t in tasks, u in tasks where t != u: affinity(x[t], with: x[u], over: p.zone)",
            "for t in tasks, u in tasks where t != u: anti_affinity(x[t], from: x[u], over: p.zone)",
            "node_selector(x, selected: t.labels, labels: p.labels)",
            "tolerations(x, tolerated: t.labels, taints: p.labels)",
            "colocation(x, set: t.id, over: p.id)",
            "coscheduling(x, set: t.group, size: t.a)",
            "for t in tasks: partial_admission(x[t], at_least: t.a)",
        ],
    );
}

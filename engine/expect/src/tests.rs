//! What literate cases cannot show: who ends a run, in which order results come, and that worlds get smaller.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use apportion_check::check_text;
use apportion_check::policy::{InputId, Literal, LiteralKind, Policy};
use apportion_diagnostic::{SourceId, Sources, Span};
use apportion_driver::Options;
use expect_test::{Expect, expect};

use crate::literal::shown;
use crate::shrink::smaller;
use crate::worlds::{RowsOf, World};
use crate::{Project, Watch, run};

const POLICY: &str = "entity Pool { key id: string; capacity: count }
entity Job { key id: string; replicas: count }
input pools: Pool
input jobs: Job
place jobs j onto pools p as x: count <= j.replicas
rule capacity { for p in pools: x[*, p] <= p.capacity }
objective { service: maximize sum(j in jobs: x[j, *]) }
";

/// Ends a run after so many tests; its clock stands still.
struct After {
    tests: usize,
    done: AtomicUsize,
}

impl Watch for After {
    fn done(&self, _: usize) {
        self.done.fetch_add(1, Ordering::SeqCst);
    }

    fn interrupted(&self) -> bool {
        self.done.load(Ordering::SeqCst) >= self.tests
    }

    fn elapsed(&self) -> f64 {
        0.0
    }
}

/// A policy by itself: no parameters, no files, no plans that are kept.
pub(crate) fn project<'p>(policy: &'p Policy, sources: &'p Sources) -> Project<'p> {
    Project {
        name: "test",
        policy,
        sources,
        main_policy: "main.alloc",
        has_manifest: false,
        params: Vec::new(),
        files: BTreeMap::new(),
        snapshots: BTreeMap::new(),
        keeps_plans: false,
        options: Options::default(),
    }
}

/// Runs the tests of a text until so many are done, and shows how each ended.
#[track_caller]
fn check(tests: &str, until: usize, expected: Expect) {
    let checked = check_text("main.alloc", &format!("{POLICY}{tests}"));
    assert_eq!(checked.diagnostics, []);
    let policy = checked.policy.expect("a policy without findings");
    let project = project(&policy, &checked.sources);
    let watch = After { tests: until, done: AtomicUsize::new(0) };
    let tests: Vec<_> = policy.tests.iter().collect();
    let tested = run(&project, &tests, &watch);
    let lines = tested.iter().map(|it| format!("{}: {:?}\n", it.name, it.outcome));
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn results_come_in_the_order_of_the_tests() {
    let tests = (0..20).map(|number| {
        let expected = if number % 7 == 3 { 1 } else { number };
        format!(
            "test \"{number}\" {{\n  given pools = [{{ id: \"a\", capacity: {number} }}]\n  \
             given jobs = [{{ id: \"web\", replicas: 30 }}]\n  expect x[\"web\", *] == {expected}\n}}\n"
        )
    });
    check(
        &tests.collect::<String>(),
        usize::MAX,
        expect![[r#"
        0: Passed
        1: Passed
        2: Passed
        3: Failed
        4: Passed
        5: Passed
        6: Passed
        7: Passed
        8: Passed
        9: Passed
        10: Failed
        11: Passed
        12: Passed
        13: Passed
        14: Passed
        15: Passed
        16: Passed
        17: Failed
        18: Passed
        19: Passed
    "#]],
    );
}

#[test]
fn a_run_that_is_ended_says_so_of_every_test() {
    let tests = "test \"one\" { given worlds = 10\n  expect all(j in jobs: x[j, *] <= j.replicas) }
test \"two\" { expect all(j in jobs: x[j, *] <= j.replicas) }
";
    check(
        tests,
        0,
        expect![[r#"
        one: Stopped
        two: Stopped
    "#]],
    );
}

fn literal(kind: LiteralKind) -> Literal {
    Literal { kind, span: Span::new(SourceId(0), 0, 0) }
}

#[test]
fn whatever_fails_gets_smaller_until_nothing_is_left() {
    let row = literal(LiteralKind::Record(vec![
        ("id".into(), literal(LiteralKind::Text("a \"b\"".into()))),
        ("size".into(), literal(LiteralKind::Text("20 cores".into()))),
        ("price".into(), literal(LiteralKind::Number("-7.5".into()))),
        ("data".into(), literal(LiteralKind::List(vec![literal(LiteralKind::Bool(true))]))),
    ]));
    let rows = LiteralKind::List(vec![row.clone(), row]);
    let mut world: World = vec![(RowsOf::Input(InputId(0)), literal(rows))];
    let mut steps = String::new();
    // The last of what is tried each time, so that values are made smaller before rows go.
    while let Some(next) = smaller(&world).pop() {
        world = next;
        steps.push_str(&format!("{}\n", shown(&world[0].1)));
    }
    expect![[r#"
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 20 cores, price: -7.5, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 20 cores, price: -3, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 20 cores, price: -1, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 20 cores, price: 0, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 10 cores, price: 0, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 5 cores, price: 0, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 2 cores, price: 0, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 1 cores, price: 0, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 0 cores, price: 0, data: [] }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 0 cores, price: 0 }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"", size: 0 cores }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, { id: "a \"b\"" }]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [true] }, {}]
        [{ id: "a \"b\"", size: 20 cores, price: -7.5, data: [] }, {}]
        [{ id: "a \"b\"", size: 20 cores, price: -3, data: [] }, {}]
        [{ id: "a \"b\"", size: 20 cores, price: -1, data: [] }, {}]
        [{ id: "a \"b\"", size: 20 cores, price: 0, data: [] }, {}]
        [{ id: "a \"b\"", size: 10 cores, price: 0, data: [] }, {}]
        [{ id: "a \"b\"", size: 5 cores, price: 0, data: [] }, {}]
        [{ id: "a \"b\"", size: 2 cores, price: 0, data: [] }, {}]
        [{ id: "a \"b\"", size: 1 cores, price: 0, data: [] }, {}]
        [{ id: "a \"b\"", size: 0 cores, price: 0, data: [] }, {}]
        [{ id: "a \"b\"", size: 0 cores, price: 0 }, {}]
        [{ id: "a \"b\"", size: 0 cores }, {}]
        [{ id: "a \"b\"" }, {}]
        [{}, {}]
        [{}]
        []
    "#]].assert_eq(&steps);
}

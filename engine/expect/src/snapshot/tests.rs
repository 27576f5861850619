//! Names of files, what differs in plans, and that a plan has one text.

use apportion_check::check_text;
use expect_test::{Expect, expect};

use super::difference::difference;
use super::{Kept, Review, keepers, snapshot_file, snapshot_folder};
use crate::tests::project;
use crate::{Outcome, Project, Tested, Watch, run};

const POLICY: &str = "entity Pool { key id: string; capacity: count }
entity Job { key id: string; replicas: count; speed: ratio }
input pools: Pool
input jobs: Job
place jobs j onto pools p as x: count <= j.replicas
rule demand { for j in jobs: x[j, *] <= j.replicas }
rule capacity { for p in pools: x[*, p] <= p.capacity }
report speed = sum(j in jobs: x[j, *] * j.speed)
objective { service: maximize sum(j in jobs: x[j, *] * j.speed) }
";

/// Waits for ever; its clock stands still.
struct Patient;

impl Watch for Patient {
    fn done(&self, _: usize) {}

    fn interrupted(&self) -> bool {
        false
    }

    fn elapsed(&self) -> f64 {
        0.0
    }
}

/// What becomes of a test over these rows, where its file holds `kept`.
#[track_caller]
fn tested(pools: &[&str], jobs: &[&str], kept: Option<Kept>, keeps_plans: bool) -> Tested {
    let rows = |rows: &[&str]| rows.join(", ");
    let test = format!(
        "test \"all of it\" {{ given pools = [{}]\n given jobs = [{}]\n expect snapshot }}",
        rows(pools),
        rows(jobs)
    );
    let checked = check_text("main.alloc", &format!("{POLICY}{test}"));
    assert_eq!(checked.diagnostics, []);
    let policy = checked.policy.expect("a policy without findings");
    let kept = kept.map(|kept| ("snapshots/main/all_of_it.snap".to_owned(), kept));
    let project = Project {
        snapshots: kept.into_iter().collect(),
        keeps_plans,
        ..project(&policy, &checked.sources)
    };
    let tests: Vec<_> = policy.tests.iter().collect();
    run(&project, &tests, &Patient).remove(0)
}

fn text(pools: &[&str], jobs: &[&str]) -> String {
    tested(pools, jobs, None, true).snapshot.expect("a plan that is kept").text
}

const POOLS: [&str; 3] =
    ["{ id: \"a\", capacity: 3 }", "{ id: \"b\", capacity: 5 }", "{ id: \"c\", capacity: 0 }"];
const JOBS: [&str; 3] = [
    "{ id: \"web\", replicas: 4, speed: 0.3333333333 }",
    "{ id: \"pay\", replicas: 2, speed: 0.1 }",
    "{ id: \"log\", replicas: 9, speed: 0.1 }",
];

/// The orders of three things.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

#[test]
fn one_plan_has_one_text_in_whatever_order_its_rows_are_given() {
    let first = text(&POOLS, &JOBS);
    for order in ORDERS {
        let (pools, jobs) = (order.map(|at| POOLS[at]), order.map(|at| JOBS[at]));
        assert_eq!(text(&pools, &jobs), first, "{order:?}");
    }
}

#[test]
fn whatever_is_decided_is_in_the_text() {
    let first = text(&POOLS, &JOBS);
    for (from, to) in
        [("capacity: 3", "capacity: 4"), ("replicas: 4", "replicas: 3"), ("0.1", "0.4")]
    {
        let pools = POOLS.map(|row| row.replace(from, to));
        let jobs = JOBS.map(|row| row.replace(from, to));
        let other = text(&pools.each_ref().map(|it| &**it), &jobs.each_ref().map(|it| &**it));
        assert_ne!(other, first, "{to}");
    }
}

#[test]
fn what_was_kept_decides_unless_plans_are_to_be_kept() {
    let kept = || Some(Ok(text(&POOLS, &JOBS)));
    let other = || Some(Ok("test \"all of it\"\n".to_owned()));
    for (kept, keeps_plans, outcome, review) in [
        (kept(), false, Outcome::Passed, Review::Same),
        (kept(), true, Outcome::Passed, Review::Same),
        (other(), false, Outcome::Failed, Review::Changed),
        (other(), true, Outcome::Passed, Review::Changed),
        (None, false, Outcome::Failed, Review::New),
        (None, true, Outcome::Passed, Review::New),
    ] {
        let tested = tested(&POOLS, &JOBS, kept, keeps_plans);
        assert_eq!(tested.outcome, outcome, "{review:?}, {keeps_plans}");
        assert_eq!(tested.snapshot.map(|it| it.review), Some(review), "{keeps_plans}");
    }
}

/// The file of the plan of a test with this sentence.
#[track_caller]
fn check_name(sentence: &str, expected: &str) {
    let checked =
        check_text("main.alloc", &format!("{POLICY}test \"{sentence}\" {{ expect snapshot }}"));
    let policy = checked.policy.expect("a policy without findings");
    assert_eq!(
        snapshot_file("main.alloc", &checked.sources, &policy.tests[0]),
        format!("snapshots/main/{expected}.snap")
    );
}

#[test]
fn a_file_is_named_by_the_words_of_a_sentence() {
    check_name("Data stays in DE: Art. 44", "data_stays_in_de_art_44");
    check_name("../../etc/passwd", "etc_passwd");
    check_name("größer als 3 %", "größer_als_3");
    check_name("?!", "test");
    check_name(&"é".repeat(300), &"é".repeat(60));
    check_name(&"word ".repeat(100), &["word"; 12].join("_"));
}

#[test]
fn a_folder_is_that_of_a_module() {
    for (main_policy, module, folder) in [
        ("policy/main.alloc", "policy/main.alloc", "snapshots/main"),
        ("policy/main.alloc", "policy/tests/home.alloc", "snapshots/tests/home"),
        ("policy/main.alloc", "variants/main.alloc", "snapshots/variants/main"),
        ("./policy/main.alloc", "policy/main.alloc", "snapshots/main"),
        ("main.alloc", "std/topology.alloc", "snapshots/std/topology"),
    ] {
        assert_eq!(snapshot_folder(main_policy, module), folder);
        let modules = keepers(main_policy, &format!("{folder}/all_of_it.snap"));
        assert!(modules.is_some_and(|it| it.contains(&module.to_owned())), "{module}");
    }
    assert_eq!(keepers("main.alloc", "snapshots/all_of_it.snap"), None);
    assert_eq!(keepers("main.alloc", "other/main/all_of_it.snap"), None);
}

fn check_difference(kept: &str, planned: &str, expected: Expect) {
    let (first, lines) = difference("f", kept, planned);
    expected.assert_eq(&format!("{first}\n{}\n", lines.join("\n")));
}

#[test]
fn what_differs_is_shown_with_the_lines_around_it() {
    check_difference(
        "a\nb\nc\nd\ne\nf\ng\nh\ni\n",
        "a\nb\nc\nD\ne\nf\ng\nh\ni\nj\n",
        expect![[r#"
            4
            f:2
                b
                c
              - d
              + D
                e
                f
            f:8
                h
                i
              + j
        "#]],
    );
    check_difference(
        "",
        "a\n",
        expect![[r#"
        1
        f:1
          + a
    "#]],
    );
}

#[test]
fn of_plans_that_are_too_long_the_first_difference_is_shown() {
    let lines = |until: u32| (0..until).map(|line| format!("{line}\n")).collect::<String>();
    check_difference(
        &lines(20_000),
        &lines(20_001),
        expect![[r#"
        20001
        f:20001, the first of many lines
          + 20000
    "#]],
    );
}

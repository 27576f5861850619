//! Ctrl-C and a time limit, at each stage: what was found by then is a plan, or the words that there is none.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use apportion_driver::{Observer, Options, Planned, Stage};
use apportion_plan::{LevelState, Plan, Status};
use apportion_solve::Progress;

use crate::case::Case;
use crate::world::{csv, running};

/// What ends a run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// Ctrl-C.
    Interrupt,
    /// A clock that jumps past the limit.
    Late,
}

/// Ends the run as soon as a stage begins.
struct Ending {
    stage: Stage,
    end: End,
    over: Mutex<bool>,
}

const LIMIT: f64 = 1e6;

impl Ending {
    fn is(&self, end: End) -> bool {
        self.end == end && *self.over.lock().expect("no panic elsewhere")
    }
}

impl Observer for Ending {
    fn stage(&self, stage: Stage) {
        if stage == self.stage {
            *self.over.lock().expect("no panic elsewhere") = true;
        }
    }

    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        self.is(End::Interrupt)
    }

    fn elapsed(&self) -> f64 {
        if self.is(End::Late) { 2.0 * LIMIT } else { 0.0 }
    }
}

const STAGES: [Stage; 7] = [
    Stage::Ground,
    Stage::Lower,
    Stage::Start,
    Stage::Solve(0),
    Stage::Solve(1),
    Stage::Unpack,
    Stage::Judge,
];

/// Tasks of these sizes onto so many boxes of one room.
fn case(text: &str, sizes: &[u32], boxes: usize, room: u32) -> Case {
    let facts = "edition 2026
        entity Task { key id: string; size: count }
        entity Box { key id: string; room: count }
        input tasks: Task
        input boxes: Box
        place tasks t onto boxes b as x: flag
        rule fits { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }
    ";
    let tasks = sizes.iter().enumerate().map(|(at, size)| format!("t{at},{size}\n"));
    let tasks: String = tasks.collect();
    let boxes: String = (0..boxes).map(|at| format!("b{at},{room}\n")).collect();
    let inputs =
        [csv("tasks", format!("id,size\n{tasks}")), csv("boxes", format!("id,room\n{boxes}"))];
    Case::new(&format!("{facts}{text}"), &inputs, &running("{\"x\": []}"))
}

fn ended(case: &Case, stage: Stage, end: End, small: u64) -> Plan {
    let observer = Ending { stage, end, over: Mutex::new(false) };
    let time_limit = Some(Duration::from_secs_f64(LIMIT));
    let planned = case.plan(Options { time_limit, small, ..Options::default() }, &observer);
    let Ok(Planned { plan, .. }) = planned else { panic!("{stage:?}, {end:?}: {planned:?}") };
    plan
}

#[test]
fn what_was_found_by_then_is_a_plan() {
    let case = case(
        "rule once { for t in tasks: x[t, *] <= 1 }
         objective { served: maximize sum(t in tasks: x[t, *]); spread: minimize max(b in boxes: x[*, b]) }",
        &[2; 6],
        4,
        3,
    );
    for stage in STAGES {
        for (end, word) in [(End::Interrupt, "interrupt"), (End::Late, "time_limit")] {
            for small in [0, 20_000] {
                let plan = ended(&case, stage, end, small);
                let what = format!("{stage:?}, {end:?}, {small}: {plan:#?}");
                assert!(plan.point && plan.check.passed, "{what}");
                assert!(case.judged(&plan).holds(), "{what}");
                // Reasons have a little time of their own.
                assert!(plan.warnings.is_empty(), "{what}");
                let by = plan.stopped_by.as_deref();
                assert!(by.is_none_or(|by| by == word || by == "unpacking"), "{what}");
                assert_eq!(plan.status == Status::Stopped, by.is_some(), "{what}");
                let open = plan.levels.iter().any(|level| level.state != LevelState::Proven);
                // Counts prove the first level only.
                assert!(small == 0 || open == by.is_some(), "{what}");
            }
        }
    }
}

/// Counts fit where members do not: beside a task of 4 a box of 6 has no room for one of 3. Only the problem as
/// it is can tell, for which there is no time.
#[test]
fn without_a_plan_by_then_there_is_none() {
    let case = case("rule all { for t in tasks: x[t, *] == 1 }", &[4, 4, 4, 3, 3], 3, 6);
    let plan = ended(&case, Stage::Judge, End::Late, 0);
    assert_eq!((plan.status, plan.point), (Status::Stopped, false), "{plan:#?}");
    assert_eq!(plan.stopped_by.as_deref(), Some("unpacking"));
    let patient = case.plan(Options { small: 0, ..Options::default() }, &crate::case::Silent);
    assert_eq!(patient.map(|it| it.plan.status).ok(), Some(Status::Infeasible));
}

/// Splitting markets exactly (Cornuéjols and Dawande, "A class of hard small 0-1 programs", 1999) takes a solver far longer
/// than anybody waits.
#[test]
fn a_hard_level_leaves_time_to_those_after_it() {
    let policy = "edition 2026
        entity Retailer { key id: string; buys: map<Product, count> }
        entity Product { key id: string; half: count }
        input retailers: Retailer
        input products: Product
        decide first[r in retailers]: flag
        objective {
          even: minimize sum(p in products:
            abs(sum(r in retailers: first[r] * (r.buys[p] ?? 0)) - p.half))
          few: minimize sum(r in retailers: first[r])
        }
    ";
    let bought = |retailer: u32, product: u32| (retailer * 7919 + product * 104_729) * 31 % 101;
    let rows = (0..40).map(|retailer| {
        let buys = (0..5).map(|product| format!(",{}", bought(retailer, product)));
        format!("r{retailer}{}\n", buys.collect::<String>())
    });
    let header = "id,buys[a],buys[b],buys[c],buys[d],buys[e]";
    let retailers = csv("retailers", format!("{header}\n{}", rows.collect::<String>()));
    let products = "abcde".chars().zip(0..).map(|(name, product)| {
        format!("{name},{}\n", (0..40).map(|retailer| bought(retailer, product)).sum::<u32>() / 2)
    });
    let products = csv("products", format!("id,half\n{}", products.collect::<String>()));
    let case = Case::new(policy, &[retailers, products], &running("{}"));
    let options = Options { time_limit: Some(Duration::from_secs(2)), ..Options::default() };
    let planned = case.plan(options, &Running(Instant::now()));
    let Ok(Planned { plan, .. }) = planned else { panic!("{planned:?}") };
    assert_eq!((plan.status, plan.stopped_by.as_deref()), (Status::Stopped, Some("time_limit")));
    assert_eq!(plan.levels[0].state, LevelState::Stopped);
    assert_ne!(plan.levels[1].state, LevelState::NotBegun);
}

/// A clock that goes.
struct Running(Instant);

impl Observer for Running {
    fn stage(&self, _: Stage) {}

    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        false
    }

    fn elapsed(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// A clock that stands still until reasons are looked for, and then goes on by an eighth of the limit whenever it is
/// looked at.
#[derive(Default)]
struct Ticking {
    ticks: Mutex<Option<u32>>,
}

impl Observer for Ticking {
    fn stage(&self, stage: Stage) {
        if stage == Stage::Reasons {
            *self.ticks.lock().expect("no panic elsewhere") = Some(0);
        }
    }

    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        false
    }

    fn elapsed(&self) -> f64 {
        let mut ticks = self.ticks.lock().expect("no panic elsewhere");
        let Some(ticks) = ticks.as_mut() else { return 0.0 };
        *ticks += 1;
        f64::from(*ticks) * LIMIT / 8.0
    }
}

#[test]
fn reasons_that_there_is_no_time_for_are_not_made_up() {
    let sizes: Vec<u32> = (10..40).collect();
    let case = case("objective { served: maximize sum(t in tasks: x[t, *]) }", &sizes, 2, 10);
    let time_limit = Some(Duration::from_secs_f64(LIMIT));
    let options = Options { time_limit, ..Options::default() };
    let planned = case.plan(options, &Ticking::default());
    let Ok(Planned { plan, .. }) = planned else { panic!("{planned:?}") };
    let cut = plan.refused.iter().filter(|it| it.reason == "not looked for: the time was up");
    let (cut, all) = (cut.count(), plan.refused.len());
    assert!(0 < cut && cut < all && all == 29, "{:#?}", plan.refused);
    let warnings: Vec<&str> = plan.warnings.iter().map(|it| it.message.as_str()).collect();
    let expected = format!("the time was up before reasons were found for {cut} refused rows");
    assert_eq!(warnings, [expected]);
    assert!(plan.timings.is_some_and(|times| times.reasons > 0.0));
}

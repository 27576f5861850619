//! Parts of a fleet: what their plans make together keeps every rule, is no better than the whole can be, and is as
//! good where nothing is across parts.

use std::cell::Cell;

use apportion_driver::{
    Failure, Options, Part, Parting, Partition, Parts, Way, merge, partition, plan_part,
};
use apportion_evaluate::{Enumeration, brute_force};
use apportion_plan::{Plan, Status};
use apportion_world::{InputBytes, Snapshot};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::case::{Case, Silent, trials};
use crate::world::{csv, running};
use crate::{policy, world};

fn parted(case: &Case, way: Way, parts: usize) -> Result<Partition, Failure> {
    let request = case.request(Options::default());
    partition(&request, &case.schema, &Parting { way, parts, seed: 1 })
}

/// Plans of the parts as they come back from a file.
fn plan_of(case: &Case, part: &Part, options: &Options) -> Result<Plan, Failure> {
    let snapshot = Snapshot { at: 0.0, params: Default::default(), world: part.world.clone() };
    let json = snapshot.to_json().expect("a snapshot is JSON");
    let read = Snapshot::from_json(json.as_bytes()).expect("what was written can be read");
    let world = read.fitting(&case.schema).expect("a part is a world of the policy");
    assert_eq!(world, part.world);
    let mut request = case.request(options.clone());
    request.world = &world;
    plan_part(&request, &part.shares, &Silent).map(|planned| planned.plan)
}

/// The whole plan that plans of the parts make; none where a part has no plan.
fn together(case: &Case, parted: &Partition, options: &Options) -> Result<Option<Plan>, Failure> {
    let plans = parted.parts.iter().map(|part| plan_of(case, part, options));
    let plans: Vec<Plan> = plans.collect::<Result<_, _>>()?;
    if plans.iter().any(|plan| !plan.point) {
        return Ok(None);
    }
    let parts = Parts { plans: plans.iter().collect(), is_exact: parted.is_exact };
    merge(&case.request(options.clone()), &parts, &Silent).map(|planned| Some(planned.plan))
}

/// What is in a part, in words.
fn told(part: &Part) -> String {
    let tables = part.world.tables.iter().enumerate();
    let keys = tables.flat_map(|(table, it)| {
        (0..it.keys.len() as u32).map(move |row| part.world.key(table, row))
    });
    let keys: Vec<&str> = keys.collect();
    format!("{}: {:?}", keys.join(" "), part.shares)
}

/// What a case showed: parts that were made, plans of them, plans of exact parts.
type Shown = [u32; 3];

fn check(text: &policy::Text, tables: &world::Tables) -> Result<Shown, TestCaseError> {
    let now = tables.running(text.places, text.rest);
    let case = Case::new(&text.policy, &tables.inputs(), &now);
    let Ok(all) = brute_force(&case.policy, &case.facts(), 3000) else { return Ok([0; 3]) };
    let mut shown = [0; 3];
    for (way, parts) in [(Way::Random, 2), (Way::Random, 3), (Way::Blocks, 3)] {
        let of = in_parts(&case, &all, way, parts)?;
        shown.iter_mut().zip(of).for_each(|(all, of)| *all += of);
    }
    Ok(shown)
}

fn in_parts(
    case: &Case,
    all: &Enumeration,
    way: Way,
    parts: usize,
) -> Result<Shown, TestCaseError> {
    let Ok(parted) = parted(case, way, parts) else { return Ok([0; 3]) };
    let told: Vec<String> = parted.parts.iter().map(told).collect();
    let story = format!("{way:?} in {parts}:\n{}\n{}", told.join("\n"), case.story);
    let options = Options { gap: 0.0, ..Options::default() };
    let plan = match together(case, &parted, &options) {
        Ok(Some(plan)) => plan,
        Ok(None) if parted.is_exact => {
            prop_assert!(all.optimum.is_none(), "a part has no plan, the whole has\n{}", story);
            return Ok([1, 0, 0]);
        }
        Ok(None) | Err(Failure::Findings(_)) => return Ok([1, 0, 0]),
        Err(Failure::Rejected(rejected)) => {
            return Err(TestCaseError::fail(format!("rejected: {rejected:#?}\n{story}")));
        }
    };
    if !plan.point {
        prop_assert!(
            all.optimum.is_none(),
            "{:?}, but the whole has a plan\n{}",
            plan.status,
            story
        );
        return Ok([1, 0, 0]);
    }
    let verdict = case.judged(&plan);
    prop_assert!(verdict.holds(), "{:#?}\n{}", verdict, story);
    let Some(best) = &all.optimum else {
        return Err(TestCaseError::fail(format!("the whole has no plan\n{story}")));
    };
    if let (Some(level), Some(best)) = (plan.levels.first(), best.levels.first()) {
        let room = 1e-6 * best.abs() + 1e-9;
        let sign = if level.sense == "maximize" { 1.0 } else { -1.0 };
        let mends = plan.rules.values().any(|rule| !rule.soft && rule.violated > 0);
        if let (Some(value), false) = (level.value, mends) {
            let bound = level.bound.unwrap_or(sign * f64::INFINITY);
            prop_assert!(
                sign * value <= sign * best + room && sign * best <= sign * bound + room,
                "value {}, best {}, bound {}\n{}",
                value,
                best,
                bound,
                story
            );
            prop_assert!(
                !parted.is_exact || (value - best).abs() <= room,
                "value {}, best {}\n{}",
                value,
                best,
                story
            );
        }
    }
    Ok([1, 1, parted.is_exact.into()])
}

#[test]
fn plans_of_parts_keep_every_rule_of_the_whole() {
    let cases = if cfg!(debug_assertions) { 200 } else { 2500 };
    let config = trials(cases, 1000);
    let cases = config.cases;
    let shown = Cell::new([0u32; 3]);
    let outcome =
        TestRunner::new(config).run(&(policy::policy(), world::tables()), |(text, tables)| {
            let of = check(&text, &tables)?;
            let mut all = shown.get();
            all.iter_mut().zip(of).for_each(|(all, of)| *all += of);
            shown.set(all);
            Ok(())
        });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let [made, planned, exact] = shown.get();
    let says_enough = made * 10 > cases && planned * 2 > made && exact > cases / 100;
    assert!(says_enough, "{made} made, {planned} planned, {exact} exact of {cases} cases");
}

const POLICY: &str = "edition 2026
    entity Task { key id: string; size: count; worth: count; site: count }
    entity Box { key id: string; room: count; site: count }
    input tasks: Task
    input boxes: Box
    place tasks t onto boxes b as x: flag where t.site == b.site
    rule once { for t in tasks: x[t, *] <= 1 }
    rule fits { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }
    RULE
    objective { served: maximize sum(t in tasks: x[t, *] * t.worth) }
";

/// Boxes and tasks at three sites.
fn case(rule: &str) -> Case {
    let tasks = (0..60).map(|at| format!("t{at},{},{},{}\n", 2 + at % 5, 1 + at % 3, at % 3));
    let boxes = (0..18).map(|at| format!("b{at},{},{}\n", 7 + at % 2, at % 3));
    let inputs: [InputBytes; 2] = [
        csv("tasks", format!("id,size,worth,site\n{}", tasks.collect::<String>())),
        csv("boxes", format!("id,room,site\n{}", boxes.collect::<String>())),
    ];
    Case::new(&POLICY.replace("RULE", rule), &inputs, &running("{}"))
}

fn value(plan: &Plan) -> f64 {
    plan.levels[0].value.expect("a plan has a value")
}

#[test]
fn blocks_that_nothing_couples_come_to_as_much_as_the_whole() {
    let case = case("");
    let options = Options { gap: 0.0, ..Options::default() };
    let parted = parted(&case, Way::Blocks, 8).expect("sites are blocks");
    assert_eq!((parted.parts.len(), parted.is_exact), (3, true));
    let plan = together(&case, &parted, &options).expect("a plan").expect("of every part");
    let whole = case.plan(options, &Silent).expect("a plan").plan;
    assert_eq!(value(&plan), value(&whole));
    assert_eq!((plan.status, whole.status), (Status::Optimal, Status::Optimal));
}

#[test]
fn a_limit_for_all_is_shared_in_whole_numbers() {
    let case = case("rule few { sum(t in tasks, b in boxes: x[t, b]) <= 20 }");
    for (way, parts) in [(Way::Blocks, 3), (Way::Random, 7)] {
        let parted = parted(&case, way, parts).expect("parts");
        assert_eq!((parted.shared.as_slice(), parted.is_exact), (&["few".to_owned()][..], false));
        let rights = parted.parts.iter().flat_map(|part| &part.shares).map(|share| share.right);
        let rights: Vec<f64> = rights.collect();
        assert!(rights.iter().all(|right| right.fract() == 0.0), "{rights:?}");
        assert_eq!((rights.len(), rights.iter().sum::<f64>()), (parted.parts.len(), 20.0));
        let plan = together(&case, &parted, &Options::default()).expect("a plan");
        assert!(plan.expect("of every part").check.passed);
    }
}

#[test]
fn one_part_is_the_whole_and_more_than_there_are_rows_are_one_for_each() {
    let case = case("");
    let options = Options { gap: 0.0, ..Options::default() };
    let whole = case.plan(options.clone(), &Silent).expect("a plan").plan;
    for way in [Way::Random, Way::Blocks] {
        let one = parted(&case, way, 1).expect("one part");
        assert_eq!(one.parts.len(), 1);
        let plan = together(&case, &one, &options).expect("a plan").expect("of the part");
        assert_eq!(value(&plan), value(&whole));
    }
    let parts = |way| parted(&case, way, usize::MAX).expect("parts").parts.len();
    assert_eq!((parts(Way::Random), parts(Way::Blocks)), (60 + 18, 3));
}

/// Each part is planned as though it had all of what they share.
#[test]
fn of_plans_that_break_a_rule_together_is_kept_what_keeps_it() {
    let case = case("rule few { sum(t in tasks, b in boxes: x[t, b]) <= 20 }");
    let parted = parted(&case, Way::Blocks, 3).expect("sites are blocks");
    let options = Options::default();
    let alone = parted.parts.into_iter().map(|part| Part { shares: Vec::new(), ..part });
    let plans = alone.map(|part| plan_of(&case, &part, &options).expect("a plan of the part"));
    let plans: Vec<Plan> = plans.collect();
    let placed: usize = plans.iter().map(|plan| plan.decisions["x"].len()).sum();
    assert!(placed > 20, "{placed} placed by parts");
    let parts = Parts { plans: plans.iter().collect(), is_exact: false };
    let whole = merge(&case.request(options), &parts, &Silent).expect("a plan").plan;
    assert!(whole.check.passed, "{:?}", whole.check);
    assert_eq!(whole.decisions["x"].len(), 20);
    let best_part = plans.iter().map(value).fold(0.0, f64::max);
    assert!(value(&whole) >= best_part, "{} of {best_part}", value(&whole));
}

/// Why a policy with a rule cannot be parted at random.
#[track_caller]
fn check_refused(rule: &str, expected: &str) {
    let Err(Failure::Findings(findings)) = parted(&case(rule), Way::Random, 4) else {
        panic!("parts are made");
    };
    let finding = &findings[0];
    let labels = finding.labels.iter().map(|label| label.text.as_str());
    let all: Vec<&str> = std::iter::once(finding.message.as_str()).chain(labels).collect();
    assert_eq!(all.join(": "), expected);
}

#[test]
fn what_means_something_else_in_a_part_is_refused_by_name() {
    check_refused(
        "rule fair { for b in boxes: sum(t in tasks: x[t, b]) <= 40 / count(c in boxes where c.site == b.site) }",
        "rows of `boxes` cannot be dealt to parts: this would be worth something else in a part",
    );
    check_refused(
        "decide open: flag\n rule closed { for b in boxes: x[*, b] <= 60 * open }",
        "`open` is one decision for all parts: it is made for no row",
    );
    check_refused(
        "rule even { for b in boxes: 20 * sum(t in tasks: x[t, b]) <= sum(t in tasks, c in boxes: x[t, c]) + 20 }",
        "no 4 parts can be made: all rows hang together: `even` speaks of rows that would be in several parts",
    );
}

//! One more row beside a plan: where it may go and that it may go nowhere is what the reference evaluator says.

use apportion_check::policy::{Domain, Policy};
use apportion_driver::{Decision, Failure, Options, Standing, ground_request};
use apportion_facts::Assignment;
use apportion_plan::Plan;
use expect_test::expect;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::case::{Case, Silent, trials};
use crate::{policy, world};

/// What an arrival showed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Placed {
        /// Whether the row is like none that was planned.
        is_new: bool,
    },
    Refused {
        is_new: bool,
    },
}

/// Whether two decisions are one, but for what sums of floating-point numbers lose on gains.
fn is_same(one: &Decision, other: &Decision) -> bool {
    match (one, other) {
        (
            Decision::Placed { places, gains },
            Decision::Placed { places: others, gains: of_others },
        ) => {
            let mut both = gains.iter().zip(of_others);
            places == others && both.all(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(1.0))
        }
        _ => one == other,
    }
}

/// Plans the first tasks; those behind them arrive one after the other, until one is refused.
fn check(
    text: &policy::Text,
    tables: &world::Tables,
    planned: usize,
) -> Result<Vec<Shown>, TestCaseError> {
    let nothing = world::running("{\"x\": []}");
    let alone = Case::new(&text.policy, &tables.first(planned), &nothing);
    let Ok(first) = alone.plan(Options::default(), &Silent) else { return Ok(Vec::new()) };
    if !first.plan.point {
        return Ok(Vec::new());
    }
    let now = world::running(&running(&first.plan));
    let case = Case::new(&text.policy, &tables.first(planned), &now);
    let request = case.request(Options::default());
    let Ok(mut standing) = Standing::new(&request, &case.schema, "tasks") else {
        return Ok(Vec::new());
    };
    let mut plan = case.assignment(&first.plan);
    let mut shown = Vec::new();
    for task in planned..tables.len() {
        let all = Case::new(&text.policy, &tables.first(task + 1), &now);
        let known = standing.kinds();
        let row = match standing.read(&tables.task(task)) {
            Ok(row) => row,
            // With this row a rule ties tasks to each other that spoke of none before.
            Err(findings) if findings[0].code == "joint-rows" => return Ok(shown),
            Err(findings) => {
                let whole = ground_request(&all.request(Options::default()));
                let Err(Failure::Findings(of_all)) = whole else {
                    return Err(TestCaseError::fail(format!("{findings:?}\n{}", all.story)));
                };
                prop_assert_eq!(findings, of_all, "{}", all.story);
                return Ok(shown);
            }
        };
        let is_new = standing.kinds() > known;
        let decision = standing.admit(&row[0]);
        // What is released leaves the room that was there.
        standing.release(&row[0].key);
        let again = standing.admit(&row[0]);
        prop_assert!(
            is_same(&again, &decision),
            "{again:?} after a release of {decision:?}\n{}",
            all.story
        );
        match &decision {
            Decision::Placed { places, .. } => {
                for place in places {
                    let decision = decision_of(&all.policy, &place.decision);
                    let codes: Vec<u32> = place.at.iter().map(|word| all.code(word)).collect();
                    plan.decisions[decision].set(&codes, place.value);
                }
                let verdict = all.judge(&plan);
                prop_assert!(verdict.holds(), "{:?}: {:#?}\n{}", decision, verdict, all.story);
                shown.push(Shown::Placed { is_new });
            }
            Decision::Refused { .. } => {
                for single in singles(&all, row[0].key.as_str(), &plan) {
                    let holds = all.judge(&single).holds();
                    prop_assert!(!holds, "{:?}, yet {:?}\n{}", decision, single, all.story);
                }
                shown.push(Shown::Refused { is_new });
                return Ok(shown);
            }
            Decision::Known => return Err(TestCaseError::fail("nothing arrived before")),
        }
    }
    Ok(shown)
}

/// A plan's decisions as what runs now.
fn running(plan: &Plan) -> String {
    let decisions = plan.decisions.iter().map(|(name, entries)| {
        let entries =
            entries.iter().map(|it| format!("{{\"at\": {:?}, \"value\": {}}}", it.at, it.value));
        format!("{name:?}: [{}]", entries.collect::<Vec<_>>().join(", "))
    });
    format!("{{{}}}", decisions.collect::<Vec<_>>().join(", "))
}

fn decision_of(policy: &Policy, name: &str) -> usize {
    policy.decisions.iter().position(|it| it.name == name).unwrap_or(usize::MAX)
}

/// Values that are tried at one place.
const AMOUNTS: u32 = 6;

/// The plan with one tuple more, for each tuple of a task and each value that it might have.
fn singles(case: &Case, task: &str, plan: &Assignment) -> Vec<Assignment> {
    let mut singles = Vec::new();
    for (number, decision) in case.policy.decisions.iter().enumerate() {
        let tasks = |domain: &Domain| matches!(domain, Domain::Input(input) if case.policy.inputs[input.index()].name == "tasks");
        if !decision.indices.iter().any(|index| tasks(&index.domain)) {
            continue;
        }
        let mut tuples: Vec<Vec<u32>> = vec![Vec::new()];
        for index in &decision.indices {
            let codes = match &index.domain {
                domain if tasks(domain) => case.code(task)..case.code(task) + 1,
                // No index of these policies has more than three values.
                _ => 0..3,
            };
            let longer = tuples.iter().flat_map(|tuple| {
                codes.clone().map(move |code| tuple.iter().copied().chain([code]).collect())
            });
            tuples = longer.collect();
        }
        for tuple in tuples {
            for amount in 1..=AMOUNTS {
                let mut single = plan.clone();
                single.decisions[number].set(&tuple, f64::from(amount));
                singles.push(single);
            }
        }
    }
    singles
}

#[test]
fn a_row_that_arrives_is_placed_where_the_judge_agrees_and_refused_where_no_place_is_left() {
    let config = trials(4000, 4000);
    let cases = config.cases;
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let shown = std::cell::RefCell::new(Vec::new());
    let outcome =
        runner.run(&(policy::policy(), world::tables(), 1..3usize), |(text, tables, arriving)| {
            let arrivals = check(&text, &tables, (tables.len() - arriving).max(1))?;
            shown.borrow_mut().extend(arrivals);
            Ok(())
        });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    for is_new in [false, true] {
        let count = |kind: Shown| shown.borrow().iter().filter(|it| **it == kind).count();
        let (placed, refused) = (count(Shown::Placed { is_new }), count(Shown::Refused { is_new }));
        assert!(
            placed * 40 > cases as usize,
            "{placed} of {cases} are placed: they say too little"
        );
        assert!(
            refused * 40 > cases as usize,
            "{refused} of {cases} are refused: they say too little"
        );
    }
}

/// How arrivals of tasks are refused under a rule.
fn refusal(rule: &str) -> String {
    let policy = format!(
        "edition 2026
        entity Task {{ key id: string; size: count }}
        entity Box {{ key id: string; room: count }}
        input tasks: Task
        input boxes: Box
        place tasks t onto boxes b as x: count <= 3
        rule fits {{ for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }}
        rule other {{ {rule} }}
        objective {{ served: maximize x[*, *] }}
        "
    );
    let inputs = [
        world::csv("tasks", "id,size\nt0,1\nt1,2\n".into()),
        world::csv("boxes", "id,room\nb0,4\n".into()),
    ];
    let case = Case::new(&policy, &inputs, &world::running("{}"));
    let request = case.request(Options::default());
    let findings = match Standing::new(&request, &case.schema, "tasks") {
        Ok(_) => return "none\n".to_owned(),
        Err(findings) => findings,
    };
    let [finding] = findings.as_slice() else { return format!("{findings:?}\n") };
    let why = finding.notes.iter().map(|it| it.text.clone());
    let labels = finding.labels.iter().map(|it| {
        let part = &policy[it.span.start as usize..it.span.end as usize];
        format!("`{part}`: {}", it.text)
    });
    let why: Vec<String> = why.chain(labels).collect();
    format!("error[{}]: {}\n  {}\n", finding.code, finding.message, why.join("\n  "))
}

#[test]
fn what_is_said_of_rows_together_is_refused_by_name() {
    let rules = [
        "for t in tasks: x[t, *] <= 2",
        "for b in boxes: x[*, b] <= 2 * b.room + sum(t in tasks: t.size)",
        "for t in tasks: if x[t, *] >= 1 then x[t, *] >= 2",
        "for t in tasks, u in tasks where t != u: x[t, *] + x[u, *] <= 3",
        "for t in tasks, u in tasks where t.size < u.size: x[t, *] + x[u, *] <= 3",
    ];
    let refused: String = rules.iter().map(|rule| format!("{rule}\n{}", refusal(rule))).collect();
    expect![[r#"
        for t in tasks: x[t, *] <= 2
        none
        for b in boxes: x[*, b] <= 2 * b.room + sum(t in tasks: t.size)
        error[joint-rows]: rows of `tasks` cannot be placed one by one
          `sum(t in tasks: t.size)`: this is worth something else with one more row
        for t in tasks: if x[t, *] >= 1 then x[t, *] >= 2
        error[joint-rows]: rows of `tasks` cannot be placed one by one
          a condition is stated of its rows, other than by a sum
        for t in tasks, u in tasks where t != u: x[t, *] + x[u, *] <= 3
        error[joint-rows]: rows of `tasks` cannot be placed one by one
          the policy tells its rows apart by which row they are
        for t in tasks, u in tasks where t.size < u.size: x[t, *] + x[u, *] <= 3
        error[joint-rows]: rows of `tasks` cannot be placed one by one
          `rule other { for t in tasks, u in tasks where t.size < u.size: x[t, *] + x[u, *] <= 3 }`: this rule ties its rows to each other
    "#]]
    .assert_eq(&refused);
}

#[test]
fn bins_that_were_too_full_have_room_again_for_whoever_comes_after_a_release() {
    let policy = "edition 2026
        entity Task { key id: string; share: number }
        entity Box { key id: string; bins: count }
        input tasks: Task
        input boxes: Box
        place tasks t onto boxes b as x: flag
        rule once { for t in tasks: x[t, *] <= 1 }
        rule fits { for b in boxes: bins(t in tasks: x[t, b] each t.share in 1) <= b.bins }
        objective { served: maximize x[*, *] }
        ";
    let inputs = [
        world::csv("tasks", "id,share\nt0,0.6\nt1,0.5\n".into()),
        world::csv("boxes", "id,bins\nb0,2\n".into()),
    ];
    let now = r#"{"x": [{"at": ["t0", "b0"], "value": 1}, {"at": ["t1", "b0"], "value": 1}]}"#;
    let case = Case::new(policy, &inputs, &world::running(now));
    let request = case.request(Options::default());
    let Ok(mut standing) = Standing::new(&request, &case.schema, "tasks") else {
        panic!("tasks arrive one by one")
    };
    let admits = |standing: &mut Standing<'_>, key: &str| {
        let row = standing.read(&world::csv("tasks", format!("id,share\n{key},0.6\n")));
        let row = row.expect("the row is fine");
        matches!(standing.admit(&row[0]), Decision::Placed { .. })
    };
    assert!(!admits(&mut standing, "t2"));
    // One that is planned leaves, then one that arrived.
    assert!(standing.release("t1"));
    assert!(admits(&mut standing, "t3"));
    assert!(!admits(&mut standing, "t4"));
    assert!(standing.release("t3"));
    assert!(admits(&mut standing, "t5"));
    // Where another kind is compiled, who left stays away and who arrived stays.
    let row = standing.read(&world::csv("tasks", "id,share\nt6,0.41\n".into()));
    let row = row.expect("the row is fine");
    assert!(!matches!(standing.admit(&row[0]), Decision::Placed { .. }));
    assert!(standing.release("t0"));
    assert!(matches!(standing.admit(&row[0]), Decision::Placed { .. }));
}

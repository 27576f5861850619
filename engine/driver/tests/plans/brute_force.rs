//! What the whole spine finds against every assignment of tiny worlds, tried by the reference evaluator.

use apportion_check::policy::{Expr, ExprKind, Level, Rollout};
use apportion_diagnostic::Diagnostic;
use apportion_driver::{Failure, Options};
use apportion_evaluate::{Enumeration, TooLarge, brute_force};
use apportion_plan::{Plan, Status};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::case::{Case, Silent, trials};
use crate::{policy, world};

/// Assignments that are tried at most.
const POINTS: u64 = 3000;

/// The plan; none where its numbers are refused.
fn planned(case: &Case, options: Options) -> Result<Option<Plan>, String> {
    match case.plan(Options { gap: 0.0, ..options }, &Silent) {
        Ok(planned) => Ok(Some(planned.plan)),
        Err(Failure::Findings(findings)) if findings.iter().all(is_of_numbers) => Ok(None),
        Err(Failure::Findings(findings)) => Err(format!("findings: {findings:#?}")),
        Err(Failure::Rejected(rejected)) => Err(format!("rejected: {rejected:#?}")),
    }
}

/// Bounds that leave a decision no value, and amounts too far apart for a condition.
fn is_of_numbers(finding: &Diagnostic) -> bool {
    ["contradictory-bounds", "big-m-too-large"].contains(&finding.code)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()) + 1e-12
}

/// What a level may give up; only the first has a slack here, and its value is the best one.
fn slack(level: &Level, best: &[f64]) -> f64 {
    match &level.slack {
        Some((Expr { kind: ExprKind::Number(slack), .. }, true)) => slack * best[0].abs(),
        Some((Expr { kind: ExprKind::Number(slack), .. }, false)) => *slack,
        _ => 0.0,
    }
}

/// What a case showed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shown {
    /// There is a plan.
    feasible: bool,
    /// Some assignments obey every hard rule, and some do not.
    pub(crate) decides: bool,
    /// Counts per class came to a plan.
    by_classes: bool,
}

fn check(
    text: &policy::Text,
    tables: &world::Tables,
    modes: &[Rollout],
) -> Result<Shown, TestCaseError> {
    let now = tables.running(text.places, text.rest);
    against_all(&Case::new(&text.policy, &tables.inputs(), &now).rolled_out(modes))
}

/// Plans a case in every way, and compares with the best of all of its assignments, where they are few enough.
pub(crate) fn against_all(case: &Case) -> Result<Shown, TestCaseError> {
    let story = &case.story;
    let all = match brute_force(&case.policy, &case.facts(), POINTS) {
        Ok(all) => all,
        Err(TooLarge::Points(_)) => return Ok(Shown::default()),
        Err(other) => panic!("{other:?}\n{story}"),
    };
    for (merge, dominance) in [(true, true), (false, true), (false, false)] {
        exact(case, &all, merge, dominance)?;
    }
    // Machines filled whole, and not.
    let by_classes = classes(case, &all, usize::MAX)?;
    classes(case, &all, 1)?;
    let decides = (1..all.points).contains(&all.feasible);
    Ok(Shown { feasible: all.optimum.is_some(), decides, by_classes })
}

/// The problem as it is: the best of all assignments.
fn exact(
    case: &Case,
    all: &Enumeration,
    merge: bool,
    dominance: bool,
) -> Result<(), TestCaseError> {
    let story = format!("merge {merge}, dominance {dominance}\n{}", case.story);
    let planned = planned(case, Options { merge, dominance, ..Options::default() });
    let plan = match planned {
        Ok(Some(plan)) => plan,
        Ok(None) => return Ok(()),
        Err(why) => return Err(TestCaseError::fail(format!("{why}\n{story}"))),
    };
    let Some(best) = &all.optimum else {
        let status = plan.status;
        prop_assert_eq!(status, Status::Infeasible, "{}", story);
        return Ok(());
    };
    prop_assert_eq!(plan.status, Status::Optimal, "best {:?}\n{}", best, story);
    let verdict = case.judged(&plan);
    prop_assert!(verdict.holds(), "{:#?}\n{}", verdict, story);
    let excused: f64 = verdict.rules.iter().map(|rule| rule.excused_amount).sum();
    // Mending is measured by shares of what is broken, here by amounts: they need not agree on which of
    // several plans is mended best, only on none being mended more than is possible.
    if best.excused > 1e-12 {
        prop_assert!(excused >= best.excused * (1.0 - 1e-6), "best {:?}\n{}", best, story);
        return Ok(());
    }
    let found: Vec<f64> = verdict.levels.iter().map(|level| level.value).collect();
    // A level may end within its slack of the best where later ones gain by that.
    let mut slacks = case.policy.levels.iter().map(|level| slack(level, &best.levels));
    let same = found.iter().zip(&best.levels).all(|(found, best)| {
        let slack = slacks.next().unwrap_or(0.0) * (1.0 + 1e-6);
        close(*found, *best) || (found - best).abs() <= slack
    });
    if case.policy.levels.iter().all(|level| level.slack.is_none()) {
        let fairest = case.judge(&best.assignment);
        for (found, best) in verdict.fairness.iter().zip(&fairest.fairness) {
            let mut sums = found.merits().into_iter().zip(best.merits());
            prop_assert!(sums.all(|(a, b)| close(a, b)), "{:?} {:?}\n{}", found, best, story);
        }
    }
    let last = found.last().zip(best.levels.last()).is_none_or(|(a, b)| close(*a, *b));
    prop_assert!(
        same && last && close(excused, best.excused),
        "found {:?} with {} excused, best {:?}\n{}",
        found,
        excused,
        best,
        story
    );
    Ok(())
}

/// Over classes: each level's bound holds for every assignment that is as good at those before, and the plan for the
/// judge. Says whether the plan came from counts per class, and not from the problem as it is.
fn classes(case: &Case, all: &Enumeration, pack_from: usize) -> Result<bool, TestCaseError> {
    let story = &case.story;
    let planned = planned(case, Options { small: 0, pack_from, ..Options::default() });
    let plan = match planned {
        Ok(Some(plan)) => plan,
        Ok(None) => return Ok(false),
        Err(why) => return Err(TestCaseError::fail(format!("classes: {why}\n{story}"))),
    };
    let Some(best) = &all.optimum else {
        prop_assert_eq!(plan.status, Status::Infeasible, "classes\n{}", story);
        return Ok(false);
    };
    prop_assert!(plan.point, "classes: no plan, best {:?}\n{}", best, story);
    let verdict = case.judged(&plan);
    prop_assert!(verdict.holds(), "classes: {:#?}\n{}", verdict, story);
    let by_classes = plan.model.columns < plan.model.single_columns;
    let mends = plan.rules.values().any(|rule| !rule.soft && rule.violated > 0);
    for (level, best) in plan.levels.iter().zip(&best.levels).filter(|_| !mends) {
        let sign = if level.sense == "maximize" { 1.0 } else { -1.0 };
        let room = 1e-6 * best.abs() + 1e-12;
        let Some(value) = level.value else { break };
        if let Some(bound) = level.bound {
            prop_assert!(
                sign * bound >= sign * best - room && sign * bound >= sign * value - room,
                "classes, `{}`: bound {}, value {}, best {}\n{}",
                level.name,
                bound,
                value,
                best,
                story
            );
        }
        // What bounds later levels holds for plans that are no worse here; of shares the value is the least alone.
        if level.shares.is_some() || sign * best < sign * value - room {
            break;
        }
    }
    Ok(by_classes)
}

#[test]
fn the_plan_is_the_best_of_all_assignments() {
    let cases = if cfg!(debug_assertions) { 200 } else { 2500 };
    let config = trials(cases, 4000);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let counts = std::cell::Cell::new((0u32, 0u32, 0u32));
    let generated = (policy::policy(), world::tables(), policy::rollouts());
    let outcome = runner.run(&generated, |(text, tables, modes)| {
        let Shown { feasible, by_classes, .. } = check(&text, &tables, &modes)?;
        let (all, plans, classes) = counts.get();
        counts.set((all + 1, plans + u32::from(feasible), classes + u32::from(by_classes)));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (all, plans, classes) = counts.get();
    assert!(plans * 3 > all, "{plans} of {all} cases have a plan: they say too little");
    assert!(
        classes * 6 > plans,
        "{classes} of {plans} plans come from classes: they say too little"
    );
}

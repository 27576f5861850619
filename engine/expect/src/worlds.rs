//! A test over worlds that are made up: each of them that has a plan has to be as expected.
//!
//! World number `n` of a test is the same in every run. A world without a plan says nothing of what a plan is like, so that
//! it counts only where the test expects that there is none. The first world that fails is made as small as can be, and
//! shown as the lines that would give it.

use apportion_check::policy::{Claim, Data, ForecastId, Given, InputId, Literal, Setting, Test};
use apportion_diagnostic::{Diagnostic, Span};
use apportion_units::counted;

use crate::literal::shown;
use crate::made_up::Maker;
use crate::project::{Project, Watch};
use crate::run::{Attempt, attempt};
use crate::shrink::smaller;
use crate::tested::Outcome;

/// How many smaller worlds are tried at most.
const MOST_TRIES: u32 = 2_000;

/// Rows of each input and forecast that is made up.
pub(crate) type World = Vec<(RowsOf, Literal)>;

/// What rows are of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RowsOf {
    Input(InputId),
    Forecast(ForecastId),
}

pub(crate) fn over_worlds(
    project: &Project<'_>,
    test: &Test,
    worlds: u32,
    watch: &dyn Watch,
) -> Attempt {
    let mut all = Attempt::new(project, Outcome::Passed);
    let maker = match Maker::new(project, test) {
        Ok(maker) => maker,
        Err(findings) => return Attempt { outcome: Outcome::Broken, findings, ..all },
    };
    let mut counted_worlds = 0;
    for number in 0..worlds {
        let world = maker.world(u64::from(number));
        let one = over(project, test, &world, watch);
        if one.outcome == Outcome::Failed && !says_something(test, &one) {
            continue;
        }
        counted_worlds += 1;
        match one.outcome {
            Outcome::Passed => {
                all.rules.iter_mut().zip(&one.rules).for_each(|(all, one)| *all += *one);
            }
            Outcome::Failed | Outcome::Broken => {
                let (world, one) = smallest(project, test, (world, one), watch);
                return shown_with(test, number + 1, &world, one, project);
            }
            Outcome::Stopped => return Attempt { rules: all.rules, ..one },
        }
    }
    if counted_worlds == 0 {
        let worlds = counted(worlds as usize, "made-up world", "made-up worlds");
        let message = format!("none of {worlds} has a plan, so that nothing was expected of one");
        let finding = Diagnostic::error("test-cannot-fail", message)
            .at(test.span, "")
            .help("give the rows without which there is no plan");
        all.findings.push(finding);
        all.outcome = Outcome::Broken;
    }
    all
}

/// The test over one world.
fn over(project: &Project<'_>, test: &Test, world: &World, watch: &dyn Watch) -> Attempt {
    let mut test = test.clone();
    let span = test.span;
    test.givens.extend(world.iter().map(|(of, rows)| {
        let data = Data::Written(rows.clone());
        let setting = match of {
            RowsOf::Input(input) => Setting::Rows(*input, data),
            RowsOf::Forecast(forecast) => Setting::Forecast(*forecast, data),
        };
        Given { setting, span }
    }));
    attempt(project, &test, watch)
}

/// Whether a world that fails has a plan, or should have none.
fn says_something(test: &Test, one: &Attempt) -> bool {
    one.has_plan || test.expectations.iter().any(|it| it.claim == Claim::Infeasible)
}

/// Whether a smaller world cannot be judged for the same reason: taking a row away that others refer to is another one.
fn is_broken_alike(one: &Attempt, broken: &Attempt) -> bool {
    let reasons = |attempt: &Attempt| -> Vec<(String, Option<Span>)> {
        attempt.findings.iter().map(|it| (it.code.to_string(), it.primary())).collect()
    };
    one.outcome == Outcome::Broken && reasons(one) == reasons(broken)
}

/// The world from which nothing more can be taken so that it still fails, or the smallest for which there was time.
fn smallest(
    project: &Project<'_>,
    test: &Test,
    (mut world, mut failed): (World, Attempt),
    watch: &dyn Watch,
) -> (World, Attempt) {
    let mut tries = 0;
    loop {
        let next = smaller(&world).into_iter().find_map(|candidate| {
            tries += 1;
            if tries > MOST_TRIES || watch.interrupted() {
                return None;
            }
            let one = over(project, test, &candidate, watch);
            let fails = match failed.outcome {
                Outcome::Broken => is_broken_alike(&one, &failed),
                _ => one.outcome == Outcome::Failed && says_something(test, &one),
            };
            fails.then_some((candidate, one))
        });
        match next {
            Some(next) => (world, failed) = next,
            None => return (world, failed),
        }
    }
}

/// What is wrong in a world, with the world.
fn shown_with(
    test: &Test,
    number: u32,
    world: &World,
    mut attempt: Attempt,
    project: &Project<'_>,
) -> Attempt {
    let lines = world.iter().map(|(of, rows)| {
        let name = match of {
            RowsOf::Input(input) => &project.policy.inputs[input.index()].name,
            RowsOf::Forecast(forecast) => &project.policy.forecasts[forecast.index()].name,
        };
        format!("\n  given {name} = {}", shown(rows))
    });
    let lines: String = lines.collect();
    let text = format!("made-up world {number}, as small as it can be and still fail:{lines}");
    attempt.findings.sort_by_key(Diagnostic::primary);
    match attempt.findings.pop() {
        Some(last) => attempt.findings.push(last.note(text)),
        None => attempt.findings.push(Diagnostic::error("bad-data", text).at(test.span, "")),
    }
    attempt
}

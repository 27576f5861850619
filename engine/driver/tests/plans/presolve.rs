//! What presolve did is in the trace, all of it: undone by what the trace says, a problem has the optimum that it had.

use std::cell::Cell;
use std::collections::BTreeMap;

use apportion_driver::{Options, ground_request};
use apportion_facts::Assignment;
use apportion_ground::Ground;
use apportion_lower::{Held, Limits, Lowered, Resolution, Tightened, lower};
use apportion_mip::{Columns, Model};
use apportion_solve::{Highs, Outcome, Proof, Settings, Solver, Unwatched};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::case::{Case, trials};
use crate::{policy, world};

/// How far values may be apart that are the same but for rounding.
const NEAR: f64 = 1e-5;

/// The problem with dominated columns free, bounds as declared and switches as wide as those ask for.
fn undone(lowered: &Lowered<'_>) -> Model {
    let Lowered { model, trace, .. } = lowered;
    let mut undone = Model { columns: freed(lowered), ..Model::new() };
    for bound in trace.bounds() {
        undone.columns.upper[bound.columns.start as usize..bound.columns.end as usize]
            .fill(bound.from);
    }
    let tightened = trace.presolved().tightened.iter().map(|it| (it.row, it));
    let tightened: BTreeMap<u32, &Tightened> = tightened.collect();
    for row in 0..model.num_rows() {
        let mut terms: BTreeMap<u32, f64> = model.rows.terms(row).collect();
        let (mut lower, mut upper) = (model.rows.lower[row], model.rows.upper[row]);
        if let Some(it) = tightened.get(&(row as u32)).filter(|it| it.from.is_finite()) {
            // `sum + room * switch <= limit + room`, or `sum - room * switch <= limit`; or the other way round.
            let more = (it.from - it.to) / trace.unscale(row as u32);
            let more = if upper.is_finite() { more } else { -more };
            *terms.entry(it.switch).or_default() += if it.at_one { more } else { -more };
            if it.at_one {
                lower += more;
                upper += more;
            }
        }
        undone.push_row(lower, upper, terms);
    }
    undone
}

/// The columns with the dominated ones free.
fn freed(lowered: &Lowered<'_>) -> Columns {
    let mut columns = lowered.model.columns.clone();
    for Held { column, upper, .. } in &lowered.trace.presolved().held {
        columns.upper[*column as usize] = *upper;
    }
    columns
}

/// Undone, decisions are bounded as in a problem that no row ever bounded.
fn declared(
    case: &Case,
    ground: &Ground,
    lowered: &Lowered<'_>,
    resolution: Resolution,
) -> Result<(), TestCaseError> {
    let mut unbounded = ground.clone();
    for columns in unbounded.decisions.iter_mut().filter(|it| it.moves.is_none()) {
        let first = columns.first as usize;
        for at in 0..columns.len() {
            let sorts = columns.sorts.iter().zip(columns.tuple(at));
            let size: u64 = sorts.map(|(sort, class)| sort.size(*class, &ground.spaces)).product();
            columns.upper[at] = ground.declared[first + at];
            columns.most[at] = columns.upper[at] * size as f64;
        }
    }
    let Ok(unbounded) = lower(&unbounded, resolution, Limits::default()) else { return Ok(()) };
    let decided = lowered.trace.num_decision_columns();
    let (undone, as_declared) = (undone(lowered).columns, unbounded.model.columns);
    prop_assert_eq!(&undone.upper[..decided], &as_declared.upper[..decided], "{}", case.story);
    Ok(())
}

/// The row that a bound is said to come from does not let the column be more.
fn implied(case: &Case, lowered: &Lowered<'_>) -> Result<(), TestCaseError> {
    let (rows, columns) = (&lowered.model.rows, freed(lowered));
    for bound in lowered.trace.bounds() {
        let (row, column) = (bound.row as usize, bound.columns.start);
        let (mut own, mut least, mut greatest) = (0.0, 0.0, 0.0);
        for (other, value) in rows.terms(row) {
            let (lower, upper) = (columns.lower[other as usize], columns.upper[other as usize]);
            match other == column {
                true => own = value,
                false if value > 0.0 => {
                    (least, greatest) = (least + value * lower, greatest + value * upper)
                }
                false => (least, greatest) = (least + value * upper, greatest + value * lower),
            }
        }
        let left = if own > 0.0 { rows.upper[row] - least } else { rows.lower[row] - greatest };
        let most = (left / own).max(columns.lower[column as usize]);
        let most = if columns.integer[column as usize] { (most + NEAR).floor() } else { most };
        prop_assert!(own != 0.0 && bound.to < bound.from, "{:?}\n{}", bound, case.story);
        prop_assert!(most <= bound.to + NEAR, "{} {:?}\n{}", most, bound, case.story);
    }
    Ok(())
}

fn solved(model: &Model, lowered: &Lowered<'_>, level: usize) -> Outcome {
    let mut model = model.clone();
    model.set_objective(lowered.goal(level));
    let settings = Settings { relative_gap: 0.0, absolute_gap: 0.0, ..Settings::default() };
    Highs::new().solve(&model, None, &settings, &Unwatched)
}

/// How much there was of each kind of change.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    held: usize,
    bounded: usize,
    tightened: usize,
    certain: usize,
    empty: usize,
}

impl Shown {
    fn add(&mut self, lowered: &Lowered<'_>) {
        let presolved = lowered.trace.presolved();
        self.held += presolved.held.len();
        self.bounded += lowered.trace.bounds().count();
        self.tightened += presolved.tightened.len();
        self.certain += presolved.certain.len();
        self.empty += lowered.trace.ground().presolved.empty.len();
    }
}

fn check(
    text: &policy::Text,
    tables: &world::Tables,
    shown: &mut Shown,
) -> Result<(), TestCaseError> {
    let now = tables.running(text.places, text.rest);
    let case = Case::new(&text.policy, &tables.inputs(), &now);
    for merge in [true, false] {
        let request = case.request(Options { merge, ..Options::default() });
        // What cannot be ground or lowered is tested elsewhere.
        let Ok(grounded) = ground_request(&request) else { return Ok(()) };
        for resolution in [Resolution::Singles, Resolution::Classes] {
            let lowered = lower(&grounded.ground, resolution, Limits::default());
            let Ok(mut lowered) = lowered else { return Ok(()) };
            let before = lowered.model.columns.clone();
            lowered.hold_dominated(None);
            shown.add(&lowered);
            prop_assert_eq!(&freed(&lowered), &before, "{}", case.story);
            declared(&case, &grounded.ground, &lowered, resolution)?;
            names(&case, &lowered)?;
            let exact = resolution == Resolution::Singles || !merge;
            if exact {
                implied(&case, &lowered)?;
            }
            for level in 0..lowered.objectives.len() {
                optimum(&case, &lowered, level, exact)?;
            }
        }
    }
    Ok(())
}

/// A dominated column lies in the same rows as the one that dominates it: a rule that names one of them holds neither.
fn names(case: &Case, lowered: &Lowered<'_>) -> Result<(), TestCaseError> {
    for row in 0..lowered.model.num_rows() {
        let named: Vec<u32> = lowered.model.rows.terms(row).map(|it| it.0).collect();
        for held in &lowered.trace.presolved().held {
            let alike = named.contains(&held.column) == named.contains(&held.by);
            prop_assert!(alike, "row {} has one of {:?}\n{}", row, held, case.story);
        }
    }
    Ok(())
}

/// The best of the problem and of the one that is undone: the same, and over classes no more than a bound.
fn optimum(
    case: &Case,
    lowered: &Lowered<'_>,
    level: usize,
    exact: bool,
) -> Result<(), TestCaseError> {
    let before = undone(lowered);
    let (found, best) = (solved(&lowered.model, lowered, level), solved(&before, lowered, level));
    let story = format!("level {level}\n{}", case.story);
    if let Some(point) = &found.point {
        // The way back is the identity: every dominated column has its least, and is free to.
        let report = before.check_point(point, NEAR);
        prop_assert!(report.is_feasible(), "{:?}\n{}", report, story);
    }
    if !exact {
        let goal = lowered.goal(level);
        if let (Some(found), Some(best)) = (found.objective, best.objective) {
            let room = NEAR * found.abs().max(1.0);
            let sign = if goal.maximize { 1.0 } else { -1.0 };
            prop_assert!(sign * best >= sign * found - room, "{} {}\n{}", found, best, story);
        }
        return Ok(());
    }
    prop_assert_eq!(found.proof, best.proof, "{}", story);
    let (Some(at), Some(value), Some(was)) = (best.point, found.objective, best.objective) else {
        return Ok(());
    };
    prop_assert!((value - was).abs() <= NEAR * was.abs().max(1.0), "{} {}\n{}", value, was, story);
    if found.proof != Proof::Optimal {
        return Ok(());
    }
    // What needs no row is kept without one: the judge reads every rule.
    if let Some(assignment) = assignment(case, lowered.trace.ground(), lowered, &at) {
        let verdict = case.judge(&assignment);
        prop_assert!(verdict.holds(), "{:#?}\n{}", verdict, story);
    }
    // A plan that uses dominated columns is brought to one that does not, which is no worse.
    let mut shifted = at.clone();
    lowered.shift(&mut shifted);
    let report = lowered.model.check_point(&shifted, NEAR);
    prop_assert!(report.is_feasible(), "{:?}\n{}", report, story);
    let (goal, shifted) = (lowered.goal(level), lowered.goal(level).at(&shifted));
    let worse = goal.prefers(goal.at(&at), shifted)
        && (goal.at(&at) - shifted).abs() > NEAR * was.abs().max(1.0);
    prop_assert!(!worse, "{} {}\n{}", was, shifted, story);
    Ok(())
}

/// What a point of single tuples gives each decision.
fn assignment(
    case: &Case,
    ground: &Ground,
    lowered: &Lowered<'_>,
    point: &[f64],
) -> Option<Assignment> {
    let mut assignment = Assignment::zero(&case.policy);
    for (decision, at, value) in lowered.singles(point)? {
        let whole = ground.decisions[decision.index()].whole;
        if let Some(values) = assignment.decisions.get_mut(decision.index()) {
            values.set(&at, if whole { value.round() } else { value });
        }
    }
    Some(assignment)
}

#[test]
fn what_the_trace_says_undoes_presolve() {
    let cases = if cfg!(debug_assertions) { 100 } else { 600 };
    let mut runner = proptest::test_runner::TestRunner::new(trials(cases, 1000));
    let shown = Cell::new(Shown::default());
    let outcome = runner.run(&(policy::policy(), world::tables()), |(text, tables)| {
        let mut now = shown.get();
        check(&text, &tables, &mut now)?;
        shown.set(now);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let Shown { held, bounded, tightened, certain, empty } = shown.get();
    let least = [held, bounded, tightened, certain, empty].into_iter().min();
    assert!(least.is_some_and(|it| it * 20 >= cases as usize), "{:?} says too little", shown.get());
}

//! That limits and interruptions are kept, on a model that no solver finishes.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use apportion_mip::Model;

use crate::{Outcome, Progress, Proof, Settings, Solver, Stop, Unwatched, Watch};

type Check = fn(&mut dyn Solver) -> Result<(), String>;

pub(super) const CHECKS: [(&str, Check); 5] = [
    ("a time limit is kept and proves nothing", time_limit),
    ("a time limit of nothing still gives the start back", no_time),
    ("an interruption ends the solve", interruption),
    ("progress is told during a long solve", progress),
    ("a model is solved again with more rows and another objective", again),
];

const LIMIT: Duration = Duration::from_millis(1500);

/// A market split: equalities over binaries, and the least sum of slacks. Forty columns and five
/// rows keep branch and bound busy for hours (Cornuéjols and Dawande 1998).
fn market_split() -> Model {
    const ROWS: usize = 5;
    const COLUMNS: usize = 40;
    let mut model = Model::new();
    for _ in 0..COLUMNS {
        model.push_column(0.0, 1.0, true, 0.0);
    }
    let mut random = 1u64;
    for _ in 0..ROWS {
        let over = model.push_column(0.0, f64::INFINITY, false, 1.0);
        let under = model.push_column(0.0, f64::INFINITY, false, 1.0);
        let mut total = 0.0;
        for column in 0..COLUMNS as u32 {
            // Knuth's 64-bit linear congruential generator: any fixed sequence would do.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let weight = (random >> 33) as f64 % 100.0;
            total += weight;
            model.rows.term(column, weight);
        }
        model.rows.term(over, -1.0);
        model.rows.term(under, 1.0);
        let half = f64::floor(total / 2.0);
        model.rows.close(half, half);
    }
    model
}

/// All binaries 0, and slacks that make up for it.
fn feasible_point(model: &Model) -> Vec<f64> {
    let mut point = vec![0.0; model.num_columns()];
    for row in 0..model.num_rows() {
        if let Some((under, _)) = model.rows.terms(row).last() {
            point[under as usize] = model.rows.lower[row];
        }
    }
    point
}

fn settings(limit: Option<Duration>) -> Settings {
    Settings { time_limit: limit, relative_gap: 0.0, ..Settings::default() }
}

fn time_limit(solver: &mut dyn Solver) -> Result<(), String> {
    let model = market_split();
    let start = feasible_point(&model);
    let begun = Instant::now();
    let outcome = solver.solve(&model, Some(&start), &settings(Some(LIMIT)), &Unwatched);
    in_time(begun, LIMIT)?;
    stopped_by(&outcome, Stop::TimeLimit)?;
    good_point(&model, &outcome)
}

fn no_time(solver: &mut dyn Solver) -> Result<(), String> {
    let model = market_split();
    let start = feasible_point(&model);
    let begun = Instant::now();
    let outcome = solver.solve(&model, Some(&start), &settings(Some(Duration::ZERO)), &Unwatched);
    in_time(begun, Duration::ZERO)?;
    stopped_by(&outcome, Stop::TimeLimit)?;
    good_point(&model, &outcome)
}

fn interruption(solver: &mut dyn Solver) -> Result<(), String> {
    let model = market_split();
    let start = feasible_point(&model);
    let after = Duration::from_millis(300);
    let watch = Ears { interrupt_after: Some((Instant::now(), after)), ..Ears::default() };
    let begun = Instant::now();
    let outcome = solver.solve(&model, Some(&start), &settings(None), &watch);
    in_time(begun, after + Duration::from_millis(600))?;
    stopped_by(&outcome, Stop::Interrupted)?;
    good_point(&model, &outcome)
}

fn progress(solver: &mut dyn Solver) -> Result<(), String> {
    let watch = Ears::default();
    let outcome = solver.solve(&market_split(), None, &settings(Some(LIMIT)), &watch);
    if watch.told.load(Ordering::Relaxed) == 0 {
        return Err(format!("was told nothing, in {outcome:?}"));
    }
    if watch.wrong.load(Ordering::Relaxed) {
        return Err(String::from("a bound was above an incumbent that is to be small"));
    }
    Ok(())
}

/// What lexicographic levels do: the first objective becomes a row under the second.
fn again(solver: &mut dyn Solver) -> Result<(), String> {
    let mut model = Model::new();
    for _ in 0..3 {
        model.push_column(0.0, 4.0, true, 1.0);
    }
    model.push_row(5.0, f64::INFINITY, [(0, 1.0), (1, 2.0), (2, 1.0)]);
    let settings = settings(None);
    let expect = |outcome: Outcome, best: f64| {
        let right = outcome.proof == Proof::Optimal
            && outcome.objective.is_some_and(|objective| (objective - best).abs() <= 1e-6);
        if right { Ok(outcome.point) } else { Err(format!("should be {best}, in {outcome:?}")) }
    };
    let first = expect(solver.solve(&model, None, &settings, &Unwatched), 3.0)?;
    let costs = [(1, 1.0), (2, 3.0)].into_iter().collect();
    let objective = apportion_mip::Objective { maximize: false, offset: 1.0, costs };
    let sum = model.set_objective(objective).costs;
    let terms = || sum.iter();
    model.push_row(f64::NEG_INFINITY, 3.0, terms());
    let second = expect(solver.solve_again(&model, first.as_deref(), &settings, &Unwatched), 3.0)?;
    model.truncate_rows(1);
    model.push_row(f64::NEG_INFINITY, 4.0, terms());
    expect(solver.solve_again(&model, second.as_deref(), &settings, &Unwatched), 2.0)?;
    model.truncate_rows(1);
    model.objective.costs = (0..3).map(|column| (column, -1.0)).collect();
    expect(solver.solve_again(&model, None, &settings, &Unwatched), -11.0)?;
    Ok(())
}

fn in_time(begun: Instant, limit: Duration) -> Result<(), String> {
    let (took, most) = (begun.elapsed(), limit.mul_f64(1.1) + Duration::from_millis(200));
    if took <= most { Ok(()) } else { Err(format!("took {took:?}, with a limit of {limit:?}")) }
}

fn stopped_by(outcome: &Outcome, stop: Stop) -> Result<(), String> {
    if outcome.stopped == stop && outcome.proof == Proof::None {
        Ok(())
    } else {
        Err(format!("should have stopped by {stop:?} and prove nothing, in {outcome:?}"))
    }
}

fn good_point(model: &Model, outcome: &Outcome) -> Result<(), String> {
    let start = model.objective_at(&feasible_point(model));
    let good = outcome.point.as_deref().is_some_and(|point| {
        let report = model.check_point(point, 1e-6);
        report.is_feasible() && report.objective <= start
    });
    if good { Ok(()) } else { Err(format!("should have a point like the start, in {outcome:?}")) }
}

/// Counts what it hears, and interrupts after a while.
#[derive(Default)]
struct Ears {
    told: AtomicU32,
    wrong: AtomicBool,
    interrupt_after: Option<(Instant, Duration)>,
}

impl Watch for Ears {
    fn progress(&self, progress: &Progress) {
        self.told.fetch_add(1, Ordering::Relaxed);
        if let (Some(incumbent), Some(bound)) = (progress.incumbent, progress.bound)
            && bound > incumbent + 1e-6
        {
            self.wrong.store(true, Ordering::Relaxed);
        }
    }

    fn interrupted(&self) -> bool {
        self.interrupt_after.is_some_and(|(since, after)| since.elapsed() >= after)
    }
}

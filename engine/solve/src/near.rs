//! A start that is as good as was asked for, told before a large model is searched.
//!
//! Before HiGHS has a bound of a model of many whole columns it simplifies it, looks for cliques and seeks first points,
//! which may take many times what its linear relaxation does. That is solved first, in half of the time at most: often a
//! start is near enough to its bound, and where the time is up before HiGHS has one there is a bound at all.

use apportion_mip::Model;

use crate::supervise::Deadline;
use crate::{Highs, Outcome, Settings, Solver, Stop, Watch};

/// The share of the time that the relaxation may take.
const SHARE: f64 = 0.5;
/// What part of the greatest price is nothing.
const DUST: f64 = 1e-7;

/// What the linear relaxation of a model of at least `large` whole columns proves of its start; none for other models, and
/// where it is not solved.
///
/// Its prices come from inside of what is allowed, where they are nearly right after a few steps; what they prove
/// holds whether they are right or not.
pub(crate) fn proven(
    model: &Model,
    large: usize,
    start: Option<&[f64]>,
    settings: &Settings,
    watch: &dyn Watch,
) -> Option<Outcome> {
    let whole = model.columns.integer.iter().filter(|it| **it).count();
    if whole < large || model.check().is_err() {
        return None;
    }
    // The search itself has to have time, too.
    let time_limit = Deadline::starting_now(settings.time_limit).share(SHARE).left();
    let inside = Settings { time_limit, interior: true, ..settings.clone() };
    let prices = without_dust(relaxed(model, &inside, watch).duals?.rows);
    let bound = model.priced_bound(&model.objective, &prices);
    let tolerance = settings.point_tolerance();
    let start = start.filter(|start| model.check_point(start, tolerance).is_feasible());
    let found = Outcome::empty(Stop::Completed).with_point(model, start.map(<[f64]>::to_vec));
    Some(found.with_bound(bound.is_finite().then_some(bound)).settled(settings))
}

/// Prices that are nothing beside the greatest are 0: of a column without an upper bound any price would be too much.
fn without_dust(mut prices: Vec<f64>) -> Vec<f64> {
    let greatest = prices.iter().fold(0.0, |greatest: f64, price| greatest.max(price.abs()));
    for price in prices.iter_mut().filter(|price| price.abs() <= DUST * greatest) {
        *price = 0.0;
    }
    prices
}

/// The model with columns that need not be whole.
pub(crate) fn relaxed(model: &Model, settings: &Settings, watch: &dyn Watch) -> Outcome {
    let mut relaxed = model.clone();
    relaxed.columns.integer.fill(false);
    Highs::new().solve(&relaxed, None, settings, watch)
}

//! How much of a choice is taken at a place, and what that gains.

use apportion_check::policy::RuleId;
use apportion_ground::{Ground, Meaning};

use super::interval::Interval;
use super::kind::{Choice, Part};
use crate::peaks::Peaks;
use crate::place::Placer;
use crate::worth::breach;

/// Amounts that are tried where conditions speak of them.
const AMOUNTS: usize = 64;

/// What was worked out for a choice, by amount.
pub(super) struct Amounts<'c> {
    placer: &'c Placer<'c>,
    choice: &'c Choice,
    /// The first condition that each amount breaks.
    broken: Vec<(f64, Option<u32>)>,
    /// What bent goals gain from an amount.
    bent: Option<(f64, Vec<f64>)>,
    /// By peak: what it is.
    peaks: Vec<f64>,
    pub(super) gains: Vec<f64>,
}

impl<'c> Amounts<'c> {
    pub(super) fn new(placer: &'c Placer<'c>, choice: &'c Choice) -> Amounts<'c> {
        let number = if choice.bends { placer.ground.peaks.len() } else { 0 };
        let value = |peak| placer.loads.value(&placer.index.peaks, peak);
        let peaks = (0..number).map(value).collect();
        Amounts { placer, choice, broken: Vec::new(), bent: None, peaks, gains: Vec::new() }
    }

    /// The amount that the levels would rather have, among those that rows and conditions allow; else the rule that
    /// allows none.
    pub(super) fn best(&mut self, interval: &Interval) -> Result<f64, RuleId> {
        let Interval { least, most, .. } = *interval;
        let gain = self.choice.gains.iter().find(|gain| **gain != 0.0);
        let is_more = gain.is_some_and(|gain| *gain > 0.0) && most.is_finite();
        let best = if is_more { most } else { least };
        if self.choice.formulas.is_empty() {
            return Ok(best);
        }
        let count = ((most - least + 1.0) as usize).min(AMOUNTS);
        let step = if is_more { -1.0 } else { 1.0 };
        let mut first = None;
        for amount in (0..count).map(|at| best + step * at as f64) {
            match self.broken(amount) {
                None => return Ok(amount),
                broken => first = first.or(broken),
            }
        }
        first.map_or(Ok(best), |first| Err(self.placer.ground.instances[first as usize].rule))
    }

    /// The first condition that more of the column breaks.
    fn broken(&mut self, amount: f64) -> Option<u32> {
        if let Some((_, known)) = self.broken.iter().find(|(known, _)| *known == amount) {
            return *known;
        }
        let after = meaning(self.placer, self.choice.column, amount);
        let broken = self.choice.formulas.iter().copied().find(|number| {
            let instance = &self.placer.ground.instances[*number as usize];
            // A strict comparison may be broken by nothing.
            let violation = after.violation(&instance.formula);
            violation.is_some_and(|it| instance.relief.is_none_or(|most| it > most * (1.0 + 1e-9)))
        });
        self.broken.push((amount, broken));
        broken
    }

    /// Works out what the levels gain from an amount at a place; `room` is that of a single row, `own` what the row that
    /// arrives has added to its own row of a peak.
    pub(super) fn gain(
        &mut self,
        amount: f64,
        places: &[usize],
        room: &dyn Fn(&Part, usize) -> f64,
        own: &dyn Fn(usize, usize) -> f64,
    ) {
        let Amounts { placer, choice, bent, gains, peaks, .. } = self;
        gains.clear();
        gains.extend(choice.gains.iter().map(|gain| gain * amount));
        if choice.bends {
            let known = bent.take().filter(|(known, _)| *known == amount);
            let (_, more) =
                bent.insert(known.unwrap_or_else(|| (amount, bends(placer, choice, amount))));
            gains.iter_mut().zip(more).for_each(|(gain, more)| *gain += *more);
        }
        if choice.bends {
            extremes(placer, choice, places, (amount, peaks), own, gains);
        }
        let mut takes: Vec<(u32, usize, f64, usize)> = Vec::new();
        for (number, part) in choice.soft.iter().enumerate() {
            part.each_single(places, &mut |single| {
                takes.push((part.family, single, part.takes, number));
            });
        }
        takes.sort_by_key(|it| (it.0, it.1));
        for of_one in takes.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (_, single, _, number) = of_one[0];
            let part = &choice.soft[number];
            let Some((objective, price)) = part.payer else { continue };
            let all: f64 = of_one.iter().map(|it| it.2).sum();
            let room = room(part, single);
            let more = breach(part.sense, room - all * amount) - breach(part.sense, room);
            gains[objective] -= cost_of_penalties(placer.ground, objective) * price * more;
        }
    }
}

/// How much worse an objective gets with each unit of its penalties.
fn cost_of_penalties(ground: &Ground, objective: usize) -> f64 {
    let stated = &ground.objectives[objective];
    if stated.maximize { -stated.penalties } else { stated.penalties }
}

/// Adds what extremes gain, whose single rows tell one place from another; `own` is what the row that arrives has of its
/// own by now, by peak and row.
fn extremes(
    placer: &Placer<'_>,
    choice: &Choice,
    places: &[usize],
    (amount, before): (f64, &[f64]),
    own: &dyn Fn(usize, usize) -> f64,
    gains: &mut [f64],
) {
    let peaks = &placer.index.peaks;
    let places: Vec<u32> = places.iter().map(|place| *place as u32).collect();
    for (gain, objective) in gains.iter_mut().zip(&placer.ground.objectives) {
        for (piece, factor) in &objective.value.pieces {
            let Some(peak) = peaks.of_piece(*piece) else { continue };
            let of_peak = || {
                let touches = peaks.touches.of(choice.column);
                touches.filter(|touch| touch.family as usize == peak)
            };
            let others = of_peak().filter(|touch| !choice.is_own(touch));
            let changes = Peaks::changes(others, &places, amount);
            let known = (peak, before[peak]);
            let mut after = placer.loads.value_after(peaks, known, &changes);
            let own_rows = of_peak().filter(|touch| choice.is_own(touch));
            for (single, more) in Peaks::changes(own_rows, &places, amount) {
                let load = peaks.without_any(peak, single) + own(peak, single) + more;
                after = peaks.extreme(peak, [after, load].into_iter());
            }
            let change = factor * (after - before[peak]);
            *gain += if objective.maximize { change } else { -change };
        }
    }
}

/// By objective, what pieces and soft conditions gain from more of a column.
fn bends(placer: &Placer<'_>, choice: &Choice, amount: f64) -> Vec<f64> {
    let ground = placer.ground;
    let (before, after) =
        (meaning(placer, choice.column, 0.0), meaning(placer, choice.column, amount));
    let mut gains: Vec<f64> = Vec::with_capacity(ground.objectives.len());
    for objective in &ground.objectives {
        let peaks = &placer.index.peaks;
        let pieces = objective.value.pieces.iter();
        let pieces = pieces.filter(|(piece, _)| peaks.of_piece(*piece).is_none());
        let change: f64 =
            pieces.map(|(piece, value)| value * (after.piece(*piece) - before.piece(*piece))).sum();
        gains.push(if objective.maximize { change } else { -change });
    }
    for instance in &ground.instances {
        let Some(soft) = instance.soft else { continue };
        let paying = ground.objectives.iter().position(|it| it.level == soft.level);
        let Some(objective) = paying else { continue };
        let broken = |it: Option<f64>| it.unwrap_or(0.0);
        let more = broken(after.violation(&instance.formula))
            - broken(before.violation(&instance.formula));
        gains[objective] -= cost_of_penalties(ground, objective) * soft.price * more;
    }
    gains
}

fn meaning<'p>(
    placer: &'p Placer<'_>,
    changed: u32,
    amount: f64,
) -> Meaning<'p, impl Fn(u32) -> f64> {
    let column = move |column: u32| {
        placer.totals[column as usize] + if column == changed { amount } else { 0.0 }
    };
    Meaning { pieces: &placer.ground.pieces, column }
}

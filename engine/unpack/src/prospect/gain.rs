//! What objectives gain from a few steps.

use apportion_ground::{Ground, Objective, Piece, Tier};
use rustc_hash::FxHashMap;

use super::rows::{Rows, Step, excess};

/// The coefficients of the objectives by column.
pub(super) struct Gains<'g> {
    ground: &'g Ground,
    coefficients: Vec<FxHashMap<u32, f64>>,
}

/// What of a difference is arithmetic, as a share of what it is the difference of.
const ROUNDING: f64 = 1e-9;

impl<'g> Gains<'g> {
    pub(super) fn new(ground: &'g Ground) -> Gains<'g> {
        let coefficients = ground.objectives.iter().map(|objective| {
            let mut coefficients: FxHashMap<u32, f64> = FxHashMap::default();
            for entry in &objective.value.entries {
                *coefficients.entry(entry.column).or_default() += entry.value;
            }
            // Of shares every one is sought, not only the least.
            if let Some(Tier { piece, unit, .. }) = objective.shares.first()
                && let Piece::Min(shares) = &ground.pieces[*piece as usize]
            {
                for entry in shares.iter().flat_map(|share| &share.entries) {
                    *coefficients.entry(entry.column).or_default() += entry.value * unit;
                }
            }
            coefficients
        });
        Gains { ground, coefficients: coefficients.collect() }
    }

    /// By how much each objective gets better.
    pub(super) fn of(&self, rows: &Rows<'_>, steps: &[Step]) -> Vec<f64> {
        let steps = &*rows.with_moves(steps);
        let objectives = self.ground.objectives.iter().zip(&self.coefficients);
        objectives.map(|(it, coefficients)| self.gain(it, coefficients, rows, steps)).collect()
    }

    /// Whether all tuples of a column bring the same: no objective pays for what single rows break, or for the greatest
    /// of them.
    pub(super) fn are_of_columns(&self) -> bool {
        self.ground.peaks.is_empty()
            && self.ground.objectives.iter().all(|objective| objective.penalties == 0.0)
    }

    fn gain(
        &self,
        objective: &Objective,
        coefficients: &FxHashMap<u32, f64>,
        rows: &Rows<'_>,
        steps: &[Step],
    ) -> f64 {
        let mut change = 0.0;
        let mut size = 0.0;
        for step in steps {
            let part = coefficients.get(&step.column).map_or(0.0, |it| it * step.amount);
            change += part;
            size += part.abs();
        }
        let (before, after) = (rows.meaning(&[]), rows.meaning(steps));
        let pieces = objective.value.pieces.iter().filter(|_| objective.shares.is_empty());
        for (piece, coefficient) in pieces {
            let (before, after) = match rows.peaks.of_piece(*piece) {
                Some(peak) => (rows.extremes[peak], rows.extreme_after(peak, steps)),
                None => (before.piece(*piece), after.piece(*piece)),
            };
            change += coefficient * (after - before);
            size += coefficient.abs() * before.abs().max(after.abs());
        }
        if objective.penalties != 0.0 {
            let (penalties, of_penalties) = self.penalties(objective, rows, steps);
            change += objective.penalties * penalties;
            size += objective.penalties.abs() * of_penalties;
        }
        if change.abs() <= ROUNDING * size {
            return 0.0;
        }
        if objective.maximize { change } else { -change }
    }

    /// By how much the penalties of a level grow, and what that is a difference of.
    fn penalties(&self, objective: &Objective, rows: &Rows<'_>, steps: &[Step]) -> (f64, f64) {
        let (mut change, mut size) = (0.0, 0.0);
        let mut add = |price: f64, before: f64, after: f64| {
            change += price * (after - before);
            size += price.abs() * before.max(after);
        };
        for (at, step) in steps.iter().enumerate() {
            for part in rows.parts(step.column) {
                let family = &self.ground.families[part.family as usize];
                let Some(soft) = family.soft.filter(|it| it.level == objective.level) else {
                    continue;
                };
                let broken = |left: f64| excess(family, part.row, left).abs();
                // A class row of too many single rows is left out, as it is where rows are looked at.
                let _ = rows.each_change(part, steps, at, &mut |_, before, after| {
                    add(soft.price, broken(before), broken(after));
                });
            }
        }
        for at in rows.touched_conditions(steps) {
            let instance = &self.ground.instances[at as usize];
            if let Some(soft) = instance.soft.filter(|it| it.level == objective.level) {
                let (before, after) = rows.violations(instance, steps);
                add(soft.price, before, after);
            }
        }
        (change, size)
    }

    /// Whether some objective gains from a change of a column in this direction.
    pub(super) fn seeks(&self, column: u32, direction: f64) -> bool {
        self.ground.objectives.iter().zip(&self.coefficients).any(|(objective, coefficients)| {
            let coefficient = coefficients.get(&column).copied().unwrap_or(0.0);
            let gain = if objective.maximize { coefficient } else { -coefficient };
            gain * direction > 0.0
        })
    }

    /// Whether an objective may gain from a change of a column, in whichever direction.
    pub(super) fn speaks_of(&self, column: u32) -> bool {
        self.seeks(column, 1.0) || self.seeks(column, -1.0)
    }
}

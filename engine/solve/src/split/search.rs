//! Rounds of prices: parts solved at them, choices put together, new prices.

use std::time::Duration;

use apportion_mip::Model;
use rayon::prelude::*;

use super::borders::Borders;
use super::menu::Menu;
use super::part::{Choice, Part, parts};
use crate::outcome::relative_gap;
use crate::supervise::Deadline;
use crate::{Progress, Settings, Watch};

/// How near to its best each part is solved at first, as a share, so that there is a point soon.
const COARSE: f64 = 0.05;
/// The same from then on.
const FINE: f64 = 0.005;
/// How often each part is solved finely, at most.
const PASSES: usize = 6;
/// How often choices are put together in each pass.
const CHUNKS: usize = 8;
/// Parts that are solved between two times that choices are put together, at least.
const LEAST_CHUNK: usize = 16;
/// By what share of its price a shared row gets dearer that no mixture of choices keeps.
const DEARER: f64 = 0.25;
/// What a pass must gain for another one to follow, as a share of the objective.
const LEAST_GAIN: f64 = 2e-4;

/// How near to the bound a start is, as a share, that is gone on from: most of its parts are then good as they are.
const GOOD_START: f64 = 0.1;
/// How long a selection of choices may take.
const MOST_SELECTING: Duration = Duration::from_secs(1);

/// A model in parts.
pub(super) struct Search<'s> {
    model: &'s Model,
    settings: &'s Settings,
    watch: &'s dyn Watch,
    times: Times,
    parts: Vec<Part>,
    menu: Menu,
    /// Values of held columns, and of the others what they were last.
    point: Vec<f64>,
    bound: f64,
    best: Option<Best>,
}

/// The best point so far.
pub(super) struct Best {
    pub(super) point: Vec<f64>,
    objective: f64,
}

/// When to end.
pub(super) struct Times {
    /// As long as there is no point.
    pub(super) first: Deadline,
    /// When there is one.
    pub(super) others: Deadline,
}

/// Interrupted at a deadline, too.
struct Until<'s> {
    watch: &'s dyn Watch,
    deadline: Deadline,
}

impl Watch for Until<'_> {
    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        self.deadline.is_over() || self.watch.interrupted()
    }
}

impl<'s> Search<'s> {
    /// `relaxed` is the best point of the relaxation and its value, `start` a feasible point.
    pub(super) fn new(
        model: &'s Model,
        borders: &Borders,
        relaxed: (Vec<f64>, f64),
        start: Option<&[f64]>,
        settings: &'s Settings,
        times: Times,
        watch: &'s dyn Watch,
    ) -> Search<'s> {
        let (mut point, bound) = relaxed;
        let good = start.filter(|it| relative_gap(model.objective_at(it), bound) <= GOOD_START);
        for column in borders.columns.iter().map(|column| *column as usize) {
            let (lower, upper) = (model.columns.lower[column], model.columns.upper[column]);
            if let Some(start) = good {
                point[column] = start[column];
            } else if model.columns.integer[column] {
                // Bounds of whole columns may lie between whole numbers.
                point[column] = point[column].round().max(lower.ceil()).min(upper.floor());
            }
        }
        let parts = parts(model, borders, &point);
        let mut held = vec![0.0; model.num_columns()];
        borders.columns.iter().for_each(|column| held[*column as usize] = point[*column as usize]);
        let bounds = borders.rows.iter().map(|row| {
            let row = *row as usize;
            let terms = model.rows.terms(row).map(|(column, value)| value * held[column as usize]);
            let held: f64 = terms.sum();
            (model.rows.lower[row] - held, model.rows.upper[row] - held)
        });
        let mut menu = Menu::new(parts.len(), bounds.collect(), model.objective.maximize);
        for (number, part) in parts.iter().enumerate() {
            good.into_iter().for_each(|it| menu.add(number, part.choice(it, borders.rows.len())));
        }
        let best =
            start.map(|start| Best { point: start.to_vec(), objective: model.objective_at(start) });
        Search { model, settings, watch, times, parts, menu, point, bound, best }
    }

    /// The best point found, from the prices of the relaxation on.
    pub(super) fn run(mut self, mut prices: Vec<f64>) -> Option<Best> {
        self.tell();
        if self.is_near() {
            return self.best;
        }
        let worth = |part: &Part| part.choice(&self.point, prices.len()).worth(&prices);
        let relaxed: Vec<f64> = self.parts.iter().map(worth).collect();
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        let is_begun = self.menu.is_complete();
        if !is_begun {
            self.solve(&order, &prices, COARSE);
        }
        if !self.menu.is_complete() {
            return self.best;
        }
        // What is furthest from its relaxation has the most to gain.
        let loss: Vec<f64> = self
            .menu
            .latest()
            .zip(&relaxed)
            .map(|(it, relaxed)| (it.worth(&prices) - relaxed).abs())
            .collect();
        order.sort_by(|one, other| loss[*other].total_cmp(&loss[*one]));
        if !is_begun {
            let Some(next) = self.choose(prices) else { return self.best };
            prices = next;
        }
        for _ in 0..PASSES {
            let before = self.best.as_ref().map(|best| best.objective);
            for chunk in order.chunks(order.len().div_ceil(CHUNKS).max(LEAST_CHUNK)) {
                if self.is_near() || self.until().interrupted() {
                    return self.best;
                }
                self.solve(chunk, &prices, FINE);
                let Some(next) = self.choose(prices) else { return self.best };
                prices = next;
            }
            let after = self.best.as_ref().map(|best| best.objective);
            let gain = before.zip(after).map(|(before, after)| relative_gap(after, before));
            if gain.is_some_and(|gain| gain < LEAST_GAIN) {
                break;
            }
        }
        self.best
    }

    /// A choice more of some parts, within a gap.
    fn solve(&mut self, numbers: &[usize], prices: &[f64], gap: f64) {
        let (parts, settings, until) = (&self.parts, self.settings, self.until());
        let solve = |number: &usize| parts[*number].solve(prices, gap, settings, &until);
        let choices: Vec<Option<Choice>> = numbers.par_iter().map(solve).collect();
        for (part, choice) in numbers.iter().zip(choices) {
            choice.into_iter().for_each(|choice| self.menu.add(*part, choice));
        }
    }

    /// Puts choices together, and gives the prices that follow from those before; none where what is put together
    /// breaks a row that no part has a column in.
    fn choose(&mut self, prices: Vec<f64>) -> Option<Vec<f64>> {
        if let Some(picked) = self.menu.pick(&self.quick(), self.watch) {
            for (part, choice) in self.parts.iter().zip(picked) {
                for (column, value) in part.columns.iter().zip(&choice.values) {
                    self.point[*column as usize] = *value;
                }
            }
            if !self.keep() {
                return None;
            }
        }
        let mixed = self.menu.prices(&self.quick(), self.watch);
        Some(mixed.unwrap_or_else(|| self.menu.dearer(&prices, DEARER, self.bound)))
    }

    /// Keeps the point if it is better than the best; gives whether it is feasible.
    fn keep(&mut self) -> bool {
        let report = self.model.check_point(&self.point, self.settings.point_tolerance());
        let better = |best: &Best| self.model.objective.prefers(report.objective, best.objective);
        if report.is_feasible() && self.best.as_ref().is_none_or(better) {
            self.best = Some(Best { point: self.point.clone(), objective: report.objective });
            self.tell();
        }
        report.is_feasible()
    }

    fn tell(&self) {
        self.watch.progress(&Progress {
            incumbent: self.best.as_ref().map(|best| best.objective),
            bound: Some(self.bound),
            gap: self.gap(),
            nodes: 0,
            seconds: self.times.others.elapsed().as_secs_f64(),
        });
    }

    fn until(&self) -> Until<'s> {
        let deadline = if self.best.is_some() { self.times.others } else { self.times.first };
        Until { watch: self.watch, deadline }
    }

    fn is_near(&self) -> bool {
        self.gap().is_some_and(|gap| gap <= self.settings.relative_gap)
    }

    fn gap(&self) -> Option<f64> {
        Some(relative_gap(self.best.as_ref()?.objective, self.bound))
    }

    /// For a selection of choices: small beside the parts.
    fn quick(&self) -> Settings {
        let left = self.until().deadline.left();
        let limit = left.map_or(MOST_SELECTING, |left| left.min(MOST_SELECTING));
        Settings { time_limit: Some(limit), ..self.settings.clone() }
    }
}

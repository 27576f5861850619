//! One choice of each part, so that the shared rows hold.

use apportion_mip::Model;

use super::part::Choice;
use crate::{Highs, Settings, Solver, Watch};

/// Choices of all parts.
pub(super) struct Menu {
    /// By part, the latest last.
    choices: Vec<Vec<Choice>>,
    /// Least and greatest that the choices may add to each shared row.
    bounds: Vec<(f64, f64)>,
    maximize: bool,
}

impl Menu {
    /// A menu of so many parts without choices.
    pub(super) fn new(parts: usize, bounds: Vec<(f64, f64)>, maximize: bool) -> Menu {
        let choices = std::iter::repeat_with(Vec::new).take(parts).collect();
        Menu { choices, bounds, maximize }
    }

    pub(super) fn add(&mut self, part: usize, choice: Choice) {
        let choices = &mut self.choices[part];
        choices.retain(|it| it.values != choice.values);
        choices.push(choice);
    }

    /// The latest choice of each part that has one.
    pub(super) fn latest(&self) -> impl Iterator<Item = &Choice> {
        self.choices.iter().filter_map(|choices| choices.last())
    }

    /// Whether each part has a choice.
    pub(super) fn is_complete(&self) -> bool {
        self.choices.iter().all(|choices| !choices.is_empty())
    }

    /// The best choice of each part that together keep the shared rows.
    pub(super) fn pick(&self, settings: &Settings, watch: &dyn Watch) -> Option<Vec<&Choice>> {
        let point = Highs::new().solve(&self.model(true), None, settings, watch).point?;
        let mut taken = point.into_iter().map(|value| value > 0.5);
        let picked = |choices: &'_ Vec<Choice>| -> Option<usize> {
            let taken: Vec<bool> = taken.by_ref().take(choices.len()).collect();
            taken.iter().position(|taken| *taken)
        };
        let picks: Option<Vec<usize>> = self.choices.iter().map(picked).collect();
        Some(self.choices.iter().zip(picks?).map(|(choices, at)| &choices[at]).collect())
    }

    /// What the shared rows are worth where choices may be mixed; none if no mixture keeps them.
    pub(super) fn prices(&self, settings: &Settings, watch: &dyn Watch) -> Option<Vec<f64>> {
        let duals = Highs::new().solve(&self.model(false), None, settings, watch).duals?;
        Some(duals.rows[..self.bounds.len()].to_vec())
    }

    /// Prices at which parts take less of shared rows that their latest choices break; `objective` is about what all
    /// is worth.
    pub(super) fn dearer(&self, prices: &[f64], share: f64, objective: f64) -> Vec<f64> {
        let latest = |row: usize| -> f64 { self.latest().map(|it| it.uses[row]).sum() };
        let sign = if self.maximize { 1.0 } else { -1.0 };
        let rows = prices.iter().zip(&self.bounds).enumerate();
        rows.map(|(row, (price, (lower, upper)))| {
            let used = latest(row);
            let direction = match used {
                _ if used > *upper => sign,
                _ if used < *lower => -sign,
                _ => return *price,
            };
            // A row without a price gets one at which what is used of it is worth that share of all.
            let whole = if *price == 0.0 { objective / used.abs().max(1.0) } else { *price };
            price + direction * share * whole.abs()
        })
        .collect()
    }

    /// The selection as a model: a column for each choice, the shared rows, a row for each part.
    fn model(&self, whole: bool) -> Model {
        let mut model = Model::new();
        model.objective.maximize = self.maximize;
        for choice in self.choices.iter().flatten() {
            model.push_column(0.0, 1.0, whole, choice.cost);
        }
        for (row, (lower, upper)) in self.bounds.iter().enumerate() {
            let uses = self.choices.iter().flatten().map(|choice| choice.uses[row]);
            model.push_row(*lower, *upper, (0..).zip(uses).filter(|(_, value)| *value != 0.0));
        }
        let mut first = 0;
        for choices in &self.choices {
            let next = first + choices.len() as u32;
            model.push_row(1.0, 1.0, (first..next).map(|column| (column, 1.0)));
            first = next;
        }
        model
    }
}

//! A part of a model at the prices of what it shares with the others.

use apportion_mip::{Costs, Model};

use super::borders::{Borders, Extent};
use crate::{Highs, Settings, Solver, Watch};

/// Nodes of the search tree that a part may cost.
const MOST_NODES: u32 = 500;

/// A small model of its own.
pub(super) struct Part {
    /// The whole's number of each column.
    pub(super) columns: Vec<u32>,
    /// Without an objective.
    model: Model,
    /// What one unit of each column costs in the whole.
    costs: Vec<f64>,
    /// What its columns have in shared rows.
    shared: Vec<Shared>,
}

/// A term of a shared row.
struct Shared {
    /// Position among the shared rows.
    row: usize,
    /// Position among the part's columns.
    column: usize,
    value: f64,
}

/// A point of a part.
pub(super) struct Choice {
    /// By column.
    pub(super) values: Vec<f64>,
    /// What it adds to the whole's objective.
    pub(super) cost: f64,
    /// What it adds to each shared row.
    pub(super) uses: Vec<f64>,
}

/// The parts of a model whose held columns stay at the values of `point`.
pub(super) fn parts(model: &Model, borders: &Borders, point: &[f64]) -> Vec<Part> {
    let costs = model.objective.costs.dense(0..model.num_columns());
    let mut places = vec![None; model.num_columns()];
    for (number, extent) in borders.parts.iter().enumerate() {
        for (at, column) in extent.columns.iter().enumerate() {
            places[*column as usize] = Some((number, at));
        }
    }
    let place = |column: u32| places[column as usize];
    let extents = borders.parts.iter();
    let mut parts: Vec<Part> =
        extents.map(|extent| Part::new(model, extent, &costs, &place, point)).collect();
    for (at, row) in borders.rows.iter().enumerate() {
        for (column, value) in model.rows.terms(*row as usize) {
            if let Some((part, column)) = place(column) {
                parts[part].shared.push(Shared { row: at, column, value });
            }
        }
    }
    parts
}

impl Part {
    fn new(
        model: &Model,
        extent: &Extent,
        costs: &[f64],
        place: &impl Fn(u32) -> Option<(usize, usize)>,
        point: &[f64],
    ) -> Part {
        let Extent { columns, rows } = extent;
        let mut own = Model::new();
        for column in columns.iter().map(|column| *column as usize) {
            let (lower, upper) = (model.columns.lower[column], model.columns.upper[column]);
            own.push_column(lower, upper, model.columns.integer[column], 0.0);
        }
        for row in rows.iter().map(|row| *row as usize) {
            let mut held = 0.0;
            for (column, value) in model.rows.terms(row) {
                match place(column) {
                    Some((_, column)) => own.rows.term(column as u32, value),
                    None => held += value * point[column as usize],
                }
            }
            own.rows.close(model.rows.lower[row] - held, model.rows.upper[row] - held);
        }
        own.objective.maximize = model.objective.maximize;
        let costs = columns.iter().map(|column| costs[*column as usize]).collect();
        Part { columns: columns.clone(), model: own, costs, shared: Vec::new() }
    }

    /// The best point at prices of the shared rows, within a gap; none where there is none in time.
    pub(super) fn solve(
        &self,
        prices: &[f64],
        gap: f64,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Option<Choice> {
        if watch.interrupted() {
            return None;
        }
        let mut priced = self.costs.clone();
        for Shared { row, column, value } in &self.shared {
            priced[*column] -= prices[*row] * value;
        }
        let mut model = self.model.clone();
        model.objective.costs = (0..).zip(priced).collect::<Costs>();
        let settings = Settings {
            time_limit: None,
            relative_gap: gap,
            threads: 1,
            node_limit: Some(MOST_NODES),
            neighbourhoods: false,
            ..settings.clone()
        };
        let values = Highs::new().solve(&model, None, &settings, watch).point?;
        Some(self.worked_out(values, prices.len()))
    }

    /// What a point of the whole chooses here, where so many rows are shared.
    pub(super) fn choice(&self, point: &[f64], shared: usize) -> Choice {
        let values = self.columns.iter().map(|column| point[*column as usize]).collect();
        self.worked_out(values, shared)
    }

    fn worked_out(&self, values: Vec<f64>, shared: usize) -> Choice {
        let cost = self.costs.iter().zip(&values).map(|(cost, value)| cost * value).sum();
        let mut uses = vec![0.0; shared];
        for Shared { row, column, value } in &self.shared {
            uses[*row] += value * values[*column];
        }
        Choice { values, cost, uses }
    }
}

impl Choice {
    /// What it is worth at prices of the shared rows.
    pub(super) fn worth(&self, prices: &[f64]) -> f64 {
        let charged = prices.iter().zip(&self.uses).map(|(price, used)| price * used);
        self.cost - charged.sum::<f64>()
    }
}

//! The best filling of one host at given prices.

use apportion_mip::{Model, Objective};
use apportion_solve::{Highs, Settings, Solver};

use super::Pattern;
use super::knapsack::{self, Item};
use super::kinds::{Kind, Kinds};
use crate::part::Until;

/// How far from its best a filling may be left.
const FILLING_GAP: f64 = 1e-3;
/// Nodes of the search tree that a filling may cost, and iterations of the linear solver.
const MOST_NODES: u32 = 100;
const MOST_ITERATIONS: u64 = 2_000;

/// Fills a host of one kind.
pub(super) struct Filler<'k> {
    kind: usize,
    of: &'k Kind,
    /// Whether a host may always hold less than it does.
    only_takes: bool,
    /// Whether all units are whole besides.
    is_knapsack: bool,
}

/// A filling and what it is worth.
pub(super) struct Filling {
    pub(super) patterns: Vec<Pattern>,
    /// No filling is worth more.
    pub(super) bound: f64,
}

impl<'k> Filler<'k> {
    pub(super) fn new(kinds: &'k Kinds<'_>, kind: usize) -> Filler<'k> {
        let of = &kinds.kinds[kind];
        let takes = of.rows.iter().flat_map(|row| &row.entries).all(|(_, takes)| *takes >= 0.0);
        let free = of.rows.iter().all(|row| row.least == f64::NEG_INFINITY);
        let none = of.columns.iter().all(|stock| stock.least <= 0.0);
        let only_takes = takes && free && none;
        let is_knapsack = only_takes && of.columns.iter().all(|stock| stock.whole);
        Filler { kind, of, only_takes, is_knapsack }
    }

    /// The filling whose units bring the most; `surplus` says what one unit of each column of the policy brings.
    pub(super) fn fill(
        &self,
        surplus: &[f64],
        supply: Option<&[f64]>,
        watch: &Until<'_>,
    ) -> Option<Filling> {
        if self.is_knapsack && std::env::var("HIGHS").is_err() {
            return self.knapsack(surplus, supply, watch);
        }
        let stocks = self.of.columns.iter();
        let mut place: Vec<Option<u32>> = Vec::with_capacity(stocks.len());
        let mut model = Model::new();
        for stock in stocks {
            let worth = surplus[stock.column as usize];
            let is_wanted = !self.only_takes || worth > 0.0;
            place.push(
                is_wanted
                    .then(|| model.push_column(stock.least, stock.most, stock.whole, worth)),
            );
        }
        if model.num_columns() == 0 {
            return Some(Filling { patterns: Vec::new(), bound: 0.0 });
        }
        for row in &self.of.rows {
            let entries = row.entries.iter();
            let terms = entries.filter_map(|(at, takes)| Some((place[*at as usize]?, *takes)));
            let terms: Vec<(u32, f64)> = terms.collect();
            if !terms.is_empty() {
                model.push_row(row.least, row.most, terms);
            }
        }
        let Objective { costs, .. } = std::mem::take(&mut model.objective);
        model.objective = Objective { maximize: true, offset: 0.0, costs };
        let settings = Settings {
            relative_gap: FILLING_GAP,
            node_limit: Some(MOST_NODES),
            iteration_limit: Some(MOST_ITERATIONS),
            ..Settings::default()
        };
        let outcome = Highs::new().solve(&model, None, &settings, watch);
        let (point, bound) = (outcome.point?, outcome.bound?);
        let stocks = self.of.columns.iter().zip(&place);
        let units = stocks.filter_map(|(stock, place)| {
            let value = point[(*place)? as usize];
            let value = if stock.whole { value.round() } else { value };
            (value > 0.0).then_some((stock.column, value))
        });
        Some(Filling { patterns: vec![self.pattern(units.collect())], bound })
    }

    fn knapsack(
        &self,
        surplus: &[f64],
        supply: Option<&[f64]>,
        watch: &Until<'_>,
    ) -> Option<Filling> {
        let rows = self.of.rows.len();
        let mut items: Vec<Item> = self
            .of
            .columns
            .iter()
            .map(|stock| Item {
                value: surplus[stock.column as usize],
                most: stock.most.floor(),
                takes: vec![0.0; rows],
            })
            .collect();
        for (number, row) in self.of.rows.iter().enumerate() {
            for (at, takes) in &row.entries {
                let item = &mut items[*at as usize];
                item.takes[number] += takes / row.most.max(f64::MIN_POSITIVE);
            }
        }
        for item in &mut items {
            let largest = item.takes.iter().copied().fold(0.0, f64::max);
            if largest > 0.0 {
                item.most = item.most.min((1.0 / largest + 1e-9).floor());
            }
        }
        let many = if supply.is_some() { usize::MAX } else { std::env::var("MULTI").map_or(3, |it| it.parse().unwrap()) };
        let mut supply: Vec<f64> = match supply {
            Some(supply) => self.of.columns.iter().map(|stock| (supply[stock.column as usize] + 1e-6).floor()).collect(),
            None => self.of.columns.iter().map(|stock| stock.supply).collect(),
        };
        let mut wanted: Vec<u32> = (0..items.len() as u32)
            .filter(|at| items[*at as usize].value > 0.0 && items[*at as usize].most >= 1.0 && supply[*at as usize] >= 1.0)
            .collect();
        if wanted.is_empty() {
            return Some(Filling { patterns: Vec::new(), bound: 0.0 });
        }
        let mut hosts = self.of.hosts.len() as f64;
        let mut patterns = Vec::new();
        let chosen: Vec<Item> = wanted.iter().map(|at| items[*at as usize].clone()).collect();
        let (prices, relaxed) = relaxed(&chosen, rows, watch)?;
        let mut bound = relaxed;
        while hosts >= 1.0 && patterns.len() < many && !wanted.is_empty() {
            let chosen: Vec<Item> = wanted.iter().map(|at| {
                let item = &items[*at as usize];
                Item { most: item.most.min(supply[*at as usize]), ..item.clone() }
            }).collect();
            let packed = knapsack::pack(&chosen, &prices, FILLING_GAP);
            if patterns.is_empty() {
                bound = bound.min(packed.bound);
            }
            let held = wanted.iter().zip(&packed.units).filter(|(_, units)| **units > 0.0);
            let held: Vec<(u32, f64)> = held.map(|(at, units)| (*at, *units)).collect();
            if held.is_empty() {
                break;
            }
            let times = held.iter().map(|(at, units)| (supply[*at as usize] / units).floor()).fold(hosts, f64::min).max(1.0);
            hosts -= times;
            for (at, units) in &held {
                supply[*at as usize] -= times * units;
            }
            wanted.retain(|at| supply[*at as usize] >= 1.0);
            patterns.push(self.pattern(held.iter().map(|(at, units)| (self.of.columns[*at as usize].column, *units)).collect()));
        }
        Some(Filling { patterns, bound })
    }

    fn pattern(&self, mut units: Vec<(u32, f64)>) -> Pattern {
        units.sort_unstable_by_key(|(column, _)| *column);
        Pattern { kind: self.kind, units }
    }
}

/// What the rows are worth where units need not be whole, and what no packing is worth more than.
fn relaxed(items: &[Item], rows: usize, watch: &Until<'_>) -> Option<(Vec<f64>, f64)> {
    let mut model = Model::new();
    for item in items {
        model.push_column(0.0, item.most, false, item.value);
    }
    for row in 0..rows {
        let terms = items.iter().zip(0..).filter(|(item, _)| item.takes[row] > 0.0);
        model.push_row(f64::NEG_INFINITY, 1.0, terms.map(|(item, at)| (at, item.takes[row])));
    }
    model.objective.maximize = true;
    let outcome = Highs::new().solve(&model, None, &Settings { presolve: false, ..Settings::default() }, watch);
    Some((outcome.duals?.rows, outcome.objective?))
}

//! The best fillings of one kind of host at given prices.

use apportion_mip::Model;
use apportion_solve::{Highs, Settings, Solver, Watch};

use super::Pattern;
use super::kinds::{Kind, Kinds};
use super::knapsack::Knapsack;
use crate::part::Until;
use crate::place::GRAIN;

/// How far from its best a filling may be left, as a share.
const FILLING_GAP: f64 = 1e-3;
/// Nodes of the search tree that a filling may cost, and iterations of the linear solver.
const MOST_NODES: u32 = 300;
const MOST_SOLVER_NODES: u32 = 100;
const MOST_ITERATIONS: u64 = 2_000;
/// Fillings of a kind that are sought at once.
const AT_ONCE: usize = 3;

/// Fills hosts of one kind.
pub(super) struct Filler<'k> {
    kind: usize,
    of: &'k Kind,
    /// By column of the kind: what one unit takes of each row, as a share of it. None where rows give as well as
    /// take, or units need not be whole: those fillings are a solver's work.
    shares: Option<Vec<Vec<f64>>>,
}

/// The best filling, others for when what it is made of has run out, and what that proves.
pub(super) struct Fillings {
    pub(super) patterns: Vec<Pattern>,
    /// No filling is worth more; with a supply, none that it is enough for.
    pub(super) bound: f64,
}

impl<'k> Filler<'k> {
    pub(super) fn new(kinds: &'k Kinds<'_>, kind: usize) -> Filler<'k> {
        let of = &kinds.kinds[kind];
        Filler { kind, of, shares: shares(of) }
    }

    /// The fillings whose units bring the most; `surplus` says what one unit of each column of the policy brings.
    /// Given how much of each column there is, fillings for all hosts.
    pub(super) fn fill(
        &self,
        surplus: &[f64],
        supply: Option<&[f64]>,
        watch: &Until<'_>,
    ) -> Option<Fillings> {
        match &self.shares {
            Some(shares) => self.knapsacks(shares, surplus, supply, watch),
            None => self.solved(surplus, watch),
        }
    }

    fn knapsacks(
        &self,
        shares: &[Vec<f64>],
        surplus: &[f64],
        supply: Option<&[f64]>,
        watch: &Until<'_>,
    ) -> Option<Fillings> {
        let columns = &self.of.columns;
        let mut left: Vec<f64> = columns
            .iter()
            .map(|stock| match supply {
                Some(supply) => (supply[stock.column as usize] - GRAIN).ceil(),
                None => stock.supply,
            })
            .collect();
        let mut hosts = self.of.hosts.len() as f64;
        let mut fillings = Fillings { patterns: Vec::new(), bound: 0.0 };
        let mut prices: Option<Vec<f64>> = None;
        let most = if supply.is_some() { usize::MAX } else { AT_ONCE };
        while hosts >= 1.0 && fillings.patterns.len() < most {
            if !fillings.patterns.is_empty() && watch.interrupted() {
                break;
            }
            let wanted: Vec<usize> = (0..columns.len())
                .filter(|at| surplus[columns[*at].column as usize] > 0.0 && left[*at] >= 1.0)
                .collect();
            let mut knapsack = Knapsack { rows: self.of.rows.len(), ..Knapsack::default() };
            for at in &wanted {
                let most = columns[*at].most.min(left[*at]).floor();
                knapsack.push(surplus[columns[*at].column as usize], most, &shares[*at]);
            }
            let prices = match &mut prices {
                Some(prices) => prices,
                unknown => {
                    let (known, bound) = relaxed(&knapsack, watch)?;
                    fillings.bound = bound;
                    unknown.insert(known)
                }
            };
            let holds = |units: &[(usize, f64)]| {
                let units = units.iter().map(|(item, units)| (wanted[*item], *units));
                self.of.holds(&units.collect::<Vec<_>>())
            };
            let packed = knapsack.pack(prices, FILLING_GAP, MOST_NODES, &holds, watch.0);
            if fillings.patterns.is_empty() {
                fillings.bound = fillings.bound.min(packed.bound);
            }
            let units = wanted.iter().zip(packed.units).filter(|(_, units)| *units > 0.0);
            let units: Vec<(usize, f64)> = units.map(|(at, units)| (*at, units)).collect();
            if units.is_empty() {
                break;
            }
            let times = units.iter().map(|(at, units)| (left[*at] / units).floor());
            let times = times.fold(hosts, f64::min).max(1.0);
            hosts -= times;
            units.iter().for_each(|(at, units)| left[*at] -= times * units);
            fillings.patterns.push(self.pattern(units));
        }
        Some(fillings)
    }

    fn solved(&self, surplus: &[f64], watch: &Until<'_>) -> Option<Fillings> {
        let mut model = Model::new();
        model.objective.maximize = true;
        for stock in &self.of.columns {
            let worth = surplus[stock.column as usize];
            model.push_column(stock.least, stock.most, stock.whole, worth);
        }
        for row in &self.of.rows {
            model.push_row(row.least, row.most, row.entries.iter().copied());
        }
        let settings = Settings {
            relative_gap: FILLING_GAP,
            node_limit: Some(MOST_SOLVER_NODES),
            iteration_limit: Some(MOST_ITERATIONS),
            ..Settings::default()
        };
        let outcome = Highs::new().solve(&model, None, &settings, watch);
        let (point, bound) = (outcome.point?, outcome.bound?);
        let units = self.of.columns.iter().zip(point).enumerate();
        let units =
            units.map(|(at, (stock, value))| (at, if stock.whole { value.round() } else { value }));
        let units = units.filter(|(_, units)| *units > 0.0).collect();
        Some(Fillings { patterns: vec![self.pattern(units)], bound })
    }

    fn pattern(&self, units: Vec<(usize, f64)>) -> Pattern {
        let units = units.into_iter().map(|(at, units)| (self.of.columns[at].column, units));
        let mut units: Vec<(u32, f64)> = units.collect();
        units.sort_unstable_by_key(|(column, _)| *column);
        Pattern { kind: self.kind, units }
    }
}

/// By column, what one unit takes of each row, if all that hosts of a kind hold is whole and only takes.
fn shares(of: &Kind) -> Option<Vec<Vec<f64>>> {
    let mut shares = vec![vec![0.0; of.rows.len()]; of.columns.len()];
    for (number, row) in of.rows.iter().enumerate() {
        if row.least > f64::NEG_INFINITY || row.most < 0.0 {
            return None;
        }
        for (at, takes) in &row.entries {
            // What takes of a row that has nothing has no place at all.
            let share = if *takes == 0.0 { 0.0 } else { takes / row.most };
            shares[*at as usize][number] += share.min(f64::MAX);
        }
    }
    let is_whole = of.columns.iter().all(|stock| stock.whole && stock.least <= 0.0);
    let takes = shares.iter().flatten().all(|share| *share >= 0.0);
    (is_whole && takes).then_some(shares)
}

/// What the rows are worth where units need not be whole, and what no packing is worth more than.
fn relaxed(knapsack: &Knapsack, watch: &Until<'_>) -> Option<(Vec<f64>, f64)> {
    let mut model = Model::new();
    model.objective.maximize = true;
    for (value, most) in knapsack.values.iter().zip(&knapsack.most) {
        model.push_column(0.0, *most, false, *value);
    }
    for row in 0..knapsack.rows {
        let takes = (0..knapsack.len()).map(|item| knapsack.takes(item)[row]);
        let terms = takes.zip(0..).filter(|(takes, _)| *takes > 0.0);
        model.push_row(f64::NEG_INFINITY, 1.0, terms.map(|(takes, item)| (item, takes)));
    }
    if model.num_columns() == 0 {
        return Some((vec![0.0; knapsack.rows], 0.0));
    }
    let settings = Settings { presolve: false, ..Settings::default() };
    let outcome = Highs::new().solve(&model, None, &settings, watch);
    Some((outcome.duals?.rows, outcome.objective?))
}

//! Prices of what hosts share, and how often each pattern is used at them.
//!
//! The linear program over uses of patterns is kept as its dual: there a new pattern is a new row, after which
//! a solver goes on from where it was.

use apportion_lower::{Lowered, RowOrigin};
use apportion_mip::{Model, Objective};
use apportion_solve::{Highs, Settings, Solver};

use super::kinds::{Kinds, is_of_hosts};
use super::pricing::Fillings;
use super::{Pattern, ROUNDING};
use crate::part::Until;

/// The program of prices: least worth of all that is shared and of all hosts, such that no pattern and no other
/// column is worth more than what it takes.
pub(super) struct Prices {
    model: Model,
    highs: Highs,
    is_loaded: bool,
    /// By price of a shared row: the row, and the sign of what it stands for.
    rows: Vec<(u32, f64)>,
    /// Columns that help to say a rule, with the prices of their upper and their lower bounds.
    helpers: Vec<(u32, Option<u32>, Option<u32>)>,
    /// By kind: the column that is the price of a host.
    first_host: u32,
    /// By kind: how many hosts.
    hosts: Vec<f64>,
    /// By column of the problem over classes: what one unit brings.
    worth: Vec<f64>,
    /// By column of the problem over classes: what one unit takes, by the column that is its price.
    takes: Vec<Vec<(u32, f64)>>,
    /// Whether patterns decide all that is decided.
    is_whole: bool,
}

/// An optimal solution.
pub(super) struct Found {
    /// What all is worth, in the program's own scale.
    pub(super) value: f64,
    /// By column of the program.
    pub(super) point: Vec<f64>,
    /// By pattern.
    pub(super) uses: Vec<f64>,
}

impl Prices {
    /// Of the problem over classes; decisions that are not hosts' stay at `totals`.
    pub(super) fn new(kinds: &Kinds<'_>, lowered: &Lowered<'_>, totals: &[f64]) -> Prices {
        let (goal, sign, _) = goal(lowered);
        let all = lowered.model.num_columns();
        let worth = goal.costs.dense(0..all).into_iter().map(|cost| sign * cost).collect();
        let role = roles(kinds, lowered);
        let mut prices = Prices {
            model: Model::new(),
            highs: Highs::new(),
            is_loaded: false,
            rows: Vec::new(),
            helpers: Vec::new(),
            first_host: 0,
            hosts: kinds.kinds.iter().map(|kind| kind.hosts.len() as f64).collect(),
            worth,
            takes: vec![Vec::new(); all],
            is_whole: !role.contains(&Role::Fixed),
        };
        for row in 0..lowered.trace.num_rows() {
            if !is_shared(kinds, lowered, row) {
                continue;
            }
            let terms: Vec<(u32, f64)> = lowered.model.rows.terms(row as usize).collect();
            let fixed = terms.iter().filter(|(column, _)| role[*column as usize] == Role::Fixed);
            let fixed: f64 = fixed.map(|(column, value)| totals[*column as usize] * value).sum();
            let free: Vec<(u32, f64)> =
                terms.into_iter().filter(|it| role[it.0 as usize] != Role::Fixed).collect();
            if free.is_empty() {
                continue;
            }
            let rows = &lowered.model.rows;
            let (least, most) = (rows.lower[row as usize], rows.upper[row as usize]);
            prices.price(row, least - fixed, most - fixed, &free);
        }
        prices.others(lowered, &role);
        prices.first_host = prices.model.num_columns() as u32;
        for hosts in prices.hosts.clone() {
            prices.model.push_column(f64::NEG_INFINITY, f64::INFINITY, false, hosts);
        }
        prices
    }

    /// Makes the price of a row, two where it is bounded on both sides.
    fn price(&mut self, row: u32, least: f64, most: f64, terms: &[(u32, f64)]) {
        if least == most {
            return self.price_of(row, f64::NEG_INFINITY, most, 1.0, terms);
        }
        if most.is_finite() {
            self.price_of(row, 0.0, most, 1.0, terms);
        }
        if least.is_finite() {
            self.price_of(row, 0.0, -least, -1.0, terms);
        }
    }

    fn price_of(&mut self, row: u32, lowest: f64, cost: f64, sign: f64, terms: &[(u32, f64)]) {
        let price = self.model.push_column(lowest, f64::INFINITY, false, cost);
        self.rows.push((row, sign));
        for (column, value) in terms {
            self.takes[*column as usize].push((price, sign * value));
        }
    }

    /// Columns that help to say a rule are worth what they take, but for what their own bounds are worth.
    fn others(&mut self, lowered: &Lowered<'_>, role: &[Role]) {
        let columns = &lowered.model.columns;
        for column in (0..role.len()).filter(|column| role[*column] == Role::Helper) {
            let mut terms = self.takes[column].clone();
            let mut price = |bound: f64, sign: f64| {
                bound.is_finite().then(|| {
                    let price = self.model.push_column(0.0, f64::INFINITY, false, sign * bound);
                    terms.push((price, sign));
                    price
                })
            };
            let upper = price(columns.upper[column], 1.0);
            let lower = price(columns.lower[column], -1.0);
            let worth = self.worth[column];
            self.model.push_row(worth, worth, terms);
            self.helpers.push((column as u32, upper, lower));
        }
    }

    /// The prices at which the counts of classes are best, where single hosts are not told apart.
    pub(super) fn of_classes(
        &self,
        kinds: &Kinds<'_>,
        lowered: &Lowered<'_>,
        watch: &Until<'_>,
    ) -> Option<Vec<f64>> {
        let mut model = lowered.model.clone();
        model.truncate_rows(lowered.trace.num_rows() as usize);
        model.columns.integer.fill(false);
        // What the shared rows imply of a column is theirs to price.
        for kind in &kinds.kinds {
            for stock in &kind.columns {
                let most = stock.most * kind.hosts.len() as f64;
                model.columns.upper[stock.column as usize] = most;
            }
        }
        let (goal, sign, _) = goal(lowered);
        model.set_objective(goal);
        let outcome = Highs::new().solve(&model, None, &Settings::default(), watch);
        let duals = outcome.duals?.rows;
        let mut point = vec![0.0; self.model.num_columns()];
        for (price, (row, of)) in point.iter_mut().zip(&self.rows) {
            *price = sign * of * duals[*row as usize];
        }
        for (price, lowest) in point.iter_mut().zip(&self.model.columns.lower) {
            *price = price.max(*lowest);
        }
        let surplus = self.surplus(&point);
        for (column, upper, lower) in &self.helpers {
            let surplus = surplus[*column as usize];
            let bound = if surplus > 0.0 { upper } else { lower };
            match bound {
                Some(price) => point[*price as usize] = surplus.abs(),
                None if surplus.abs() > ROUNDING => return None,
                None => {}
            }
        }
        Some(point)
    }

    /// Takes a pattern in.
    pub(super) fn add(&mut self, pattern: &Pattern) {
        let mut terms: Vec<(u32, f64)> = Vec::new();
        let mut worth = 0.0;
        for (column, units) in &pattern.units {
            worth += self.worth[*column as usize] * units;
            terms.extend(self.takes[*column as usize].iter().map(|it| (it.0, it.1 * units)));
        }
        terms.sort_unstable_by_key(|(price, _)| *price);
        terms.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        terms.push((self.first_host + pattern.kind as u32, 1.0));
        self.model.push_row(worth, f64::INFINITY, terms);
    }

    /// Prices and uses at the optimum; none where it was not reached.
    pub(super) fn solve(&mut self, watch: &Until<'_>) -> Option<Found> {
        let settings = Settings::default();
        let outcome = match std::mem::replace(&mut self.is_loaded, true) {
            false => self.highs.solve(&self.model, None, &settings, watch),
            true => self.highs.solve_again(&self.model, None, &settings, watch),
        };
        let uses = outcome.duals?.rows.split_off(self.helpers.len());
        Some(Found { value: outcome.objective?, point: outcome.point?, uses })
    }

    /// What one unit of each column brings beyond what it takes.
    pub(super) fn surplus(&self, point: &[f64]) -> Vec<f64> {
        let columns = self.worth.iter().zip(&self.takes);
        columns
            .map(|(worth, takes)| {
                worth
                    - takes.iter().map(|(price, value)| point[*price as usize] * value).sum::<f64>()
            })
            .collect()
    }

    /// What no plan is worth more than, in the program's own scale: everything shared at its price, and every host filled as well as can be.
    pub(super) fn bound(&self, point: &[f64], fillings: &[Option<Fillings>]) -> Option<f64> {
        let shared = &self.model.objective.costs;
        let shared: f64 = shared
            .iter()
            .filter(|(column, _)| *column < self.first_host)
            .map(|(column, cost)| cost * point[column as usize])
            .sum();
        let hosts = self.hosts.iter().zip(fillings);
        let hosts: Option<f64> =
            hosts.map(|(hosts, filling)| Some(hosts * filling.as_ref()?.bound)).sum();
        Some(shared + hosts?)
    }

    /// A bound as a value of the level; none where more is decided than patterns decide.
    pub(super) fn level(&self, bound: f64, lowered: &Lowered<'_>) -> Option<f64> {
        let (_, sign, scale) = goal(lowered);
        let bound = bound + ROUNDING * bound.abs();
        self.is_whole.then(|| sign * bound / scale + lowered.goal(0).offset)
    }
}

/// The first level scaled, with the sign that makes more the better, and the scale.
fn goal(lowered: &Lowered<'_>) -> (Objective, f64, f64) {
    let mut goal = lowered.goal(0);
    let scale = goal.scale();
    let sign = if goal.maximize { 1.0 } else { -1.0 };
    (goal, sign, scale)
}

/// What becomes of a column of the problem over classes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Patterns say how much there is of it.
    Hosted,
    /// It stays as it is.
    Fixed,
    /// It helps to say a rule.
    Helper,
}

fn roles(kinds: &Kinds<'_>, lowered: &Lowered<'_>) -> Vec<Role> {
    let mut roles = vec![Role::Helper; lowered.model.num_columns()];
    for (columns, index) in kinds.ground.decisions.iter().zip(&kinds.index) {
        let role = if index.is_some() { Role::Hosted } else { Role::Fixed };
        let first = columns.first as usize;
        roles[first..first + columns.len()].fill(role);
    }
    roles
}

/// Whether a row limits what hosts hold together; the others limit one host each, as its patterns know.
fn is_shared(kinds: &Kinds<'_>, lowered: &Lowered<'_>, row: u32) -> bool {
    match lowered.trace.row(row) {
        RowOrigin::Family { family, .. } => {
            !is_of_hosts(&kinds.ground.families[family as usize], kinds.input)
        }
        RowOrigin::Helper(_) => true,
    }
}

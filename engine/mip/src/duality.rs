//! What prices of rows prove of an objective.

use crate::{Model, Objective};

/// What sums of floating-point numbers are off by at most, as a part of the size of what is added.
const ROUNDING: f64 = 1e-11;

impl Model {
    /// No point has a better objective than this, whatever the prices are (weak duality): each row is worth its price
    /// times its activity, which is at most what its bound allows, and what is left of the costs is as good as the
    /// columns' bounds allow. The nearer prices are to a linear solver's, the nearer is the bound to its optimum. A price
    /// is by how much the objective grows when the row's bound grows by one unit; one that asks for a bound which the
    /// row does not have counts for 0. Infinite where the columns' bounds leave the objective without an end.
    pub fn priced_bound(&self, objective: &Objective, prices: &[f64]) -> f64 {
        let sign = if objective.maximize { 1.0 } else { -1.0 };
        let mut left = vec![0.0; self.num_columns()];
        for (column, cost) in objective.costs.iter() {
            left[column as usize] += sign * cost;
        }
        // From here on greater is better.
        let (mut bound, mut size) = (sign * objective.offset, objective.offset.abs());
        let mut add = |part: f64| {
            bound += part;
            size += part.abs();
        };
        for (row, price) in prices.iter().enumerate().take(self.num_rows()) {
            let price = sign * price;
            let allowed = if price > 0.0 { self.rows.upper[row] } else { self.rows.lower[row] };
            if price == 0.0 || !allowed.is_finite() {
                continue;
            }
            add(price * allowed);
            for (column, value) in self.rows.terms(row) {
                left[column as usize] -= price * value;
            }
        }
        for (column, left) in left.iter().enumerate().filter(|(_, left)| **left != 0.0) {
            let bounds = if *left > 0.0 { &self.columns.upper } else { &self.columns.lower };
            add(left * bounds[column]);
        }
        sign * (bound + ROUNDING * size)
    }
}

//! What a model says of a point.

use crate::Model;

/// How far a point is from satisfying a model, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointReport {
    /// The column that is furthest outside its bounds.
    pub bound: Option<Violation>,
    /// The row whose activity is furthest outside its bounds.
    pub row: Option<Violation>,
    /// The integer column that is furthest from a whole number.
    pub integrality: Option<Violation>,
    /// Value of the objective at the point.
    pub objective: f64,
    /// Whether the point has one value per column; when it has not, nothing else was looked at.
    pub fits: bool,
}

/// One violation of a model by a point, greater than the tolerance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Violation {
    /// Number of the column or row.
    pub index: usize,
    /// By how much, in the column's or row's own unit; `∞` where a value is not finite.
    pub amount: f64,
}

impl PointReport {
    /// Whether the point satisfies bounds, rows and integrality within the tolerance.
    pub fn is_feasible(&self) -> bool {
        self.fits && self.bound.is_none() && self.row.is_none() && self.integrality.is_none()
    }
}

impl Model {
    /// The worst violations that exceed `tolerance` (absolute, ≥ 0), and the objective. A row must
    /// exceed it by more than rounding alone may make of its sum.
    ///
    /// The model must be well formed; the point may be anything.
    pub fn check_point(&self, point: &[f64], tolerance: f64) -> PointReport {
        if point.len() != self.num_columns() {
            return PointReport {
                bound: None,
                row: None,
                integrality: None,
                objective: f64::NAN,
                fits: false,
            };
        }
        let mut bound = Worst::new(tolerance);
        let mut integrality = Worst::new(tolerance);
        for (column, value) in point.iter().enumerate() {
            bound.see(
                column,
                outside(*value, self.columns.lower[column], self.columns.upper[column]),
            );
            if self.columns.integer[column] {
                integrality.see(column, (value - value.round()).abs());
            }
        }
        let mut row_worst = Worst::new(tolerance);
        for row in 0..self.num_rows() {
            let (mut activity, mut size) = (0.0, 0.0);
            for (column, value) in self.rows.terms(row) {
                let term = value * point[column as usize];
                activity += term;
                size += term.abs();
            }
            let amount = outside(activity, self.rows.lower[row], self.rows.upper[row]);
            row_worst.see_beyond(ROUNDING * size, row, amount);
        }
        PointReport {
            bound: bound.found,
            row: row_worst.found,
            integrality: integrality.found,
            objective: self.objective_at(point),
            fits: true,
        }
    }
}

/// What summing the terms of a row may be off by, as a part of the sum of their sizes.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

struct Worst {
    tolerance: f64,
    found: Option<Violation>,
}

impl Worst {
    fn new(tolerance: f64) -> Worst {
        Worst { tolerance, found: None }
    }

    fn see(&mut self, index: usize, amount: f64) {
        self.see_beyond(0.0, index, amount);
    }

    /// As `see`, with an allowance on top of the tolerance.
    fn see_beyond(&mut self, allowance: f64, index: usize, amount: f64) {
        let amount = if amount.is_nan() { f64::INFINITY } else { amount };
        let worse = self.found.is_none_or(|found| amount > found.amount);
        // An overflowing sum makes the allowance infinite or no number: nothing is allowed then.
        let allowance = if allowance.is_finite() { allowance } else { 0.0 };
        if worse && amount > self.tolerance + allowance {
            self.found = Some(Violation { index, amount });
        }
    }
}

fn outside(value: f64, lower: f64, upper: f64) -> f64 {
    if value.is_finite() { (lower - value).max(value - upper).max(0.0) } else { f64::INFINITY }
}

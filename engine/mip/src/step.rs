//! Values between which an objective has none.

use crate::{Columns, Objective};

/// What a bound may be off, as a share of it, and in steps.
const SHARE: f64 = 1e-6;
const STEPS: f64 = 1e-4;
/// Costs above which doubles are no longer every whole number.
const LARGEST: f64 = 9e15;

impl Objective {
    /// What is known of the objective at whole points from a bound of it: the next value that it can have, if that
    /// is tighter.
    pub fn tightened(&self, bound: f64, columns: &Columns) -> f64 {
        let Some(step) = self.step(columns) else { return bound };
        let steps = (bound - self.offset) / step;
        let slack = STEPS + SHARE * steps.abs();
        match self.maximize {
            true => bound.min(self.offset + (steps + slack).floor() * step),
            false => bound.max(self.offset + (steps - slack).ceil() * step),
        }
    }

    /// What every two values of the objective differ by a multiple of; none where a column that it counts need not
    /// be whole, or costs something else than a whole number.
    fn step(&self, columns: &Columns) -> Option<f64> {
        let mut step = 0;
        for run in self.costs.runs() {
            let (first, end) = (run.columns.start as usize, run.columns.end as usize);
            let cost = run.cost.abs();
            let is_whole = cost.fract() == 0.0 && cost <= LARGEST;
            if !is_whole || !columns.integer[first..end].iter().all(|integer| *integer) {
                return None;
            }
            step = greatest_common_divisor(cost as u64, step);
        }
        (step > 0).then_some(step as f64)
    }
}

fn greatest_common_divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

#[cfg(test)]
mod tests {
    use crate::Model;

    fn check(costs: &[(f64, bool)], maximize: bool, offset: f64, bound: f64, expected: f64) {
        let mut model = Model::new();
        model.objective.maximize = maximize;
        model.objective.offset = offset;
        for (cost, whole) in costs {
            model.push_column(0.0, 9.0, *whole, *cost);
        }
        assert_eq!(model.objective.tightened(bound, &model.columns), expected);
    }

    #[test]
    fn a_bound_lies_at_a_value_that_whole_columns_can_give() {
        let tens = [(30.0, true), (100.0, true), (0.0, false)];
        check(&tens, true, 0.0, 154_477.3, 154_470.0);
        check(&tens, true, 3.0, 154_477.3, 154_473.0);
        check(&tens, false, 0.0, 154_477.3, 154_480.0);
        check(&[(-4.0, true), (6.0, true)], true, 0.5, -0.6, -1.5);
    }

    #[test]
    fn what_arithmetic_loses_costs_no_step() {
        check(&[(10.0, true)], true, 0.0, 99.9999999, 99.9999999);
        check(&[(10.0, true)], false, 0.0, 100.0000001, 100.0000001);
    }

    #[test]
    fn what_need_not_be_whole_has_any_value() {
        check(&[(10.0, false)], true, 0.0, 77.3, 77.3);
        check(&[(0.5, true)], true, 0.0, 77.3, 77.3);
        check(&[], true, 0.0, 77.3, 77.3);
        check(&[(10.0, true)], true, 0.0, f64::INFINITY, f64::INFINITY);
    }
}

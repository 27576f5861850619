//! Rows in a common scale, so that one absolute tolerance means something in each.
//!
//! A solver accepts a row when it is violated by less than some 1e-6, whatever the row counts. In
//! bytes that is nothing and can't be met; in terabytes it is a megabyte. Each row is multiplied by
//! the power of two that brings the geometric mean of its least and greatest coefficient to about 1.
//! Multiplying by a power of two changes no digit, so the way back is exact; columns are left alone,
//! so whole numbers stay whole. An objective, of which a solver counts differences of some 1e-6 as
//! nothing, is multiplied in the same way.

use std::ops::Range;

use crate::{Model, Objective};

/// The powers of two by which rows were multiplied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowScale {
    /// Number of the first row.
    pub first: usize,
    /// Exponent for each row from `first` on: it was multiplied by 2 to this power.
    pub exponents: Vec<i16>,
}

/// Exponents are kept within this, far from where a `f64` loses digits or overflows.
const FURTHEST: i32 = 1000;

impl Model {
    /// Scales the rows of a well-formed model that are in the range, and returns how.
    ///
    /// A row without terms, or whose numbers are too far apart to be scaled exactly, stays as it is.
    pub fn scale_rows(&mut self, rows: Range<usize>) -> RowScale {
        let rows = rows.start.min(self.num_rows())..rows.end.min(self.num_rows());
        let exponents = rows.clone().map(|row| self.row_exponent(row)).collect();
        let scale = RowScale { first: rows.start, exponents };
        self.multiply_rows(&scale, 1);
        scale
    }

    /// Undoes [`Model::scale_rows`] to the bit.
    pub fn unscale_rows(&mut self, scale: &RowScale) {
        self.multiply_rows(scale, -1);
    }

    fn multiply_rows(&mut self, scale: &RowScale, direction: i32) {
        for (offset, exponent) in scale.exponents.iter().enumerate() {
            if *exponent == 0 {
                continue;
            }
            let row = scale.first + offset;
            let factor = power_of_two(direction * i32::from(*exponent));
            self.rows.multiply(row, factor);
        }
    }

    fn row_exponent(&self, row: usize) -> i16 {
        let mut terms: Option<(i32, i32)> = None;
        for run in self.rows.runs(row) {
            let Ok(exponent) = exponent(run.value) else { return 0 };
            if let Some(exponent) = exponent {
                let (least, greatest) = terms.unwrap_or((exponent, exponent));
                terms = Some((least.min(exponent), greatest.max(exponent)));
            }
        }
        let Some((mut least, mut greatest)) = terms else { return 0 };
        let wanted = (-(least + greatest).div_euclid(2)).clamp(-FURTHEST, FURTHEST);
        for bound in [self.rows.lower[row], self.rows.upper[row]] {
            match exponent(bound) {
                Ok(Some(exponent)) => {
                    least = least.min(exponent);
                    greatest = greatest.max(exponent);
                }
                Ok(None) => {}
                Err(TooSmall) => return 0,
            }
        }
        if least + wanted < -FURTHEST || greatest + wanted > FURTHEST { 0 } else { wanted as i16 }
    }
}

impl Objective {
    /// Multiplies the objective by the power of two that brings the geometric mean of its least and greatest
    /// cost to about 1, and returns the factor: 1 where there are no costs, or none that can be scaled exactly.
    pub fn scale(&mut self) -> f64 {
        let costs = self.costs.runs().iter().map(|run| exponent(run.cost));
        let Ok(exponents) = costs.collect::<Result<Vec<_>, _>>() else { return 1.0 };
        let exponents = || exponents.iter().copied().flatten();
        let (Some(least), Some(greatest)) = (exponents().min(), exponents().max()) else {
            return 1.0;
        };
        let wanted = -(least + greatest).div_euclid(2);
        let factor = power_of_two(wanted.clamp(-FURTHEST, FURTHEST));
        let offset = self.offset * factor;
        if offset / factor != self.offset {
            return 1.0;
        }
        self.offset = offset;
        self.costs.multiply(factor);
        factor
    }
}

impl RowScale {
    /// What one unit of the scaled row is in the unit of the row as it was; 1 for rows not scaled.
    pub fn unit(&self, row: usize) -> f64 {
        let offset = row.checked_sub(self.first);
        let exponent = offset.and_then(|offset| self.exponents.get(offset)).copied().unwrap_or(0);
        power_of_two(-i32::from(exponent))
    }
}

/// A number with fewer digits than others of its size: scaling it could not be undone.
struct TooSmall;

/// Binary exponent of a number; none for zero and the infinities, which scaling does not change.
fn exponent(value: f64) -> Result<Option<i32>, TooSmall> {
    if value == 0.0 || value.is_infinite() {
        Ok(None)
    } else if value.is_normal() {
        Ok(Some(((value.to_bits() >> 52) & 0x7ff) as i32 - 1023))
    } else {
        Err(TooSmall)
    }
}

/// Two to a power within ±1022, exact by construction.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

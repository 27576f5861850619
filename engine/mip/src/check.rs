//! Whether a model is well formed.

use thiserror::Error;

use crate::Model;

/// The first thing that makes a model unfit for a solver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Arrays that describe the columns differ in length.
    #[error("the arrays of the columns differ in length")]
    ColumnArrays,
    /// Arrays that describe the rows differ in length.
    #[error("the arrays of the rows do not fit together")]
    RowArrays,
    /// More columns, rows or terms than [`Model::LIMIT`].
    #[error("the model has more than {} columns, rows or terms", Model::LIMIT)]
    TooLarge,
    /// A bound of a column is not a number, or is infinite on the wrong side.
    #[error("column {0} has a bound that is no number or infinite on the wrong side")]
    ColumnBound(usize),
    /// The lower bound of a column is above its upper bound.
    #[error("column {0} has its lower bound above its upper bound")]
    ColumnCrossed(usize),
    /// A bound of a row is not a number, or is infinite on the wrong side.
    #[error("row {0} has a bound that is no number or infinite on the wrong side")]
    RowBound(usize),
    /// The lower bound of a row is above its upper bound.
    #[error("row {0} has its lower bound above its upper bound")]
    RowCrossed(usize),
    /// A coefficient is not finite.
    #[error("row {row} has a coefficient for column {column} that is not finite")]
    Coefficient {
        /// The row.
        row: usize,
        /// The column.
        column: u32,
    },
    /// A row names a column that does not exist.
    #[error("row {row} names column {column}, which does not exist")]
    NoSuchColumn {
        /// The row.
        row: usize,
        /// The column.
        column: u32,
    },
    /// A row names a column twice.
    #[error("row {row} names column {column} twice")]
    Repeated {
        /// The row.
        row: usize,
        /// The column.
        column: u32,
    },
    /// The objective's runs of columns overlap or name columns that do not exist.
    #[error("the costs name columns that do not exist, or out of order")]
    CostColumns,
    /// A cost is not finite.
    #[error("column {0} has a cost that is not finite")]
    Cost(usize),
    /// The objective's constant part is not finite.
    #[error("the objective's constant part is not finite")]
    Offset,
}

impl Model {
    /// Most columns, rows or terms that a model may have: what solvers count in 32 bits with a sign.
    pub const LIMIT: usize = i32::MAX as usize;

    /// Whether the arrays fit together, every number is finite (bounds may be infinite on their own
    /// side), every term names an existing column once, and no lower bound exceeds its upper bound.
    ///
    /// Crossed bounds are an error here, not an infeasible model: whoever derives a bound must
    /// notice, because only there can the author be told which rule made it so.
    pub fn check(&self) -> Result<(), ModelError> {
        self.check_shape()?;
        let columns = &self.columns;
        for (column, (lower, upper)) in columns.lower.iter().zip(&columns.upper).enumerate() {
            match judge_bounds(*lower, *upper) {
                Bounds::Good => {}
                Bounds::Bad => return Err(ModelError::ColumnBound(column)),
                Bounds::Crossed => return Err(ModelError::ColumnCrossed(column)),
            }
        }
        for (row, (lower, upper)) in self.rows.lower.iter().zip(&self.rows.upper).enumerate() {
            match judge_bounds(*lower, *upper) {
                Bounds::Good => {}
                Bounds::Bad => return Err(ModelError::RowBound(row)),
                Bounds::Crossed => return Err(ModelError::RowCrossed(row)),
            }
        }
        self.objective.costs.check(self.num_columns())?;
        if !self.objective.offset.is_finite() {
            return Err(ModelError::Offset);
        }
        self.check_terms()
    }

    fn check_shape(&self) -> Result<(), ModelError> {
        let (columns, rows, terms) = (self.num_columns(), self.num_rows(), self.num_terms());
        if columns.max(rows).max(terms) > Model::LIMIT {
            return Err(ModelError::TooLarge);
        }
        let lengths = [self.columns.upper.len(), self.columns.integer.len()];
        if lengths.iter().any(|length| *length != columns) {
            return Err(ModelError::ColumnArrays);
        }
        let whole = self.rows.lower.len() == rows && self.rows.upper.len() == rows;
        if whole { Ok(()) } else { Err(ModelError::RowArrays) }
    }

    fn check_terms(&self) -> Result<(), ModelError> {
        // The number of the row that named a column last, plus one.
        let mut named = Vec::new();
        for row in 0..self.num_rows() {
            let runs = self.rows.runs(row);
            for run in runs {
                if run.last() >= self.num_columns() as u64 {
                    let beyond = |column: &u32| *column as usize >= self.num_columns();
                    let column = run.columns().find(beyond).unwrap_or(run.first);
                    return Err(ModelError::NoSuchColumn { row, column });
                }
                if !run.value.is_finite() {
                    return Err(ModelError::Coefficient { row, column: run.first });
                }
            }
            // Runs that ascend without overlap name no column twice.
            if runs.is_sorted_by(|one, next| one.last() < u64::from(next.first)) {
                continue;
            }
            named.resize(self.num_columns(), 0u32);
            for (column, _) in self.rows.terms(row) {
                let last = &mut named[column as usize];
                if *last == row as u32 + 1 {
                    return Err(ModelError::Repeated { row, column });
                }
                *last = row as u32 + 1;
            }
        }
        Ok(())
    }
}

enum Bounds {
    Good,
    Bad,
    Crossed,
}

fn judge_bounds(lower: f64, upper: f64) -> Bounds {
    if lower.is_nan() || upper.is_nan() || lower == f64::INFINITY || upper == f64::NEG_INFINITY {
        Bounds::Bad
    } else if lower > upper {
        Bounds::Crossed
    } else {
        Bounds::Good
    }
}

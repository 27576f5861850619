//! The arrays of a model, and how they grow.

use serde::{Deserialize, Serialize};

use crate::{Costs, json};

/// Minimise or maximise a linear function of the columns, subject to linear rows and bounds.
///
/// The arrays are public so that a builder may fill them directly and a solver may read them in
/// place. Nothing is validated while a model grows; [`Model::check`] says whether it is well formed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// The unknowns.
    pub columns: Columns,
    /// The linear rows over them.
    pub rows: Rows,
    /// What is to be made small or large.
    pub objective: Objective,
}

/// The unknowns: three arrays of one length.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Columns {
    /// Least value of each column; `-∞` when it has none.
    #[serde(with = "json::lower")]
    pub lower: Vec<f64>,
    /// Greatest value of each column; `∞` when it has none.
    #[serde(with = "json::upper")]
    pub upper: Vec<f64>,
    /// Whether the column takes whole values only.
    pub integer: Vec<bool>,
}

/// Rows `lower ≤ Σ value · column ≤ upper`, their terms in compressed sparse rows.
///
/// INVARIANT (of a well-formed model): `starts` has one entry more than there are rows, begins with
/// 0, never falls, and ends with the number of terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// Least activity of each row; `-∞` when it has none.
    #[serde(with = "json::lower")]
    pub lower: Vec<f64>,
    /// Greatest activity of each row; `∞` when it has none.
    #[serde(with = "json::upper")]
    pub upper: Vec<f64>,
    /// Where the terms of each row begin, and at the end where the last row's stop.
    pub starts: Vec<u32>,
    /// Column of each term.
    pub columns: Vec<u32>,
    /// Coefficient of each term.
    pub values: Vec<f64>,
}

/// One linear objective: `offset + Σ cost · column`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Objective {
    /// Whether greater is better; otherwise less is.
    pub maximize: bool,
    /// Constant part, in the objective's unit.
    pub offset: f64,
    /// Cost of one unit of each column.
    pub costs: Costs,
}

impl Model {
    /// A model without columns and rows.
    pub fn new() -> Model {
        Model::default()
    }

    /// How many columns there are.
    pub fn num_columns(&self) -> usize {
        self.columns.lower.len()
    }

    /// How many rows there are.
    pub fn num_rows(&self) -> usize {
        self.rows.lower.len()
    }

    /// How many terms the rows hold.
    pub fn num_terms(&self) -> usize {
        self.rows.columns.len()
    }

    /// Whether any column takes whole values only.
    pub fn has_integers(&self) -> bool {
        self.columns.integer.contains(&true)
    }

    /// Adds a column with its cost and returns its number.
    pub fn push_column(&mut self, lower: f64, upper: f64, integer: bool, cost: f64) -> u32 {
        let number = narrow(self.num_columns());
        self.columns.lower.push(lower);
        self.columns.upper.push(upper);
        self.columns.integer.push(integer);
        self.objective.costs.push(number..number.saturating_add(1), cost);
        number
    }

    /// Adds a row and returns its number.
    pub fn push_row(
        &mut self,
        lower: f64,
        upper: f64,
        terms: impl IntoIterator<Item = (u32, f64)>,
    ) -> u32 {
        for (column, value) in terms {
            self.rows.term(column, value);
        }
        self.rows.close(lower, upper)
    }

    /// Puts another objective in the place of the present one, which is handed back.
    pub fn set_objective(&mut self, objective: Objective) -> Objective {
        std::mem::replace(&mut self.objective, objective)
    }

    /// Forgets all rows from number `rows` on; does nothing when there are no more than that.
    pub fn truncate_rows(&mut self, rows: usize) {
        self.rows.truncate(rows);
    }

    /// Value of the objective at a point, which has one value per column.
    pub fn objective_at(&self, point: &[f64]) -> f64 {
        self.objective.at(point)
    }
}

impl Columns {
    /// Makes room for so many more columns.
    pub fn reserve(&mut self, columns: usize) {
        self.lower.reserve(columns);
        self.upper.reserve(columns);
        self.integer.reserve(columns);
    }
}

impl Default for Rows {
    fn default() -> Rows {
        Rows {
            lower: Vec::new(),
            upper: Vec::new(),
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl Rows {
    /// Makes room for so many more rows and terms.
    pub fn reserve(&mut self, rows: usize, terms: usize) {
        self.lower.reserve(rows);
        self.upper.reserve(rows);
        self.starts.reserve(rows);
        self.columns.reserve(terms);
        self.values.reserve(terms);
    }

    /// Adds a term to the row that the next [`Rows::close`] ends.
    pub fn term(&mut self, column: u32, value: f64) {
        self.columns.push(column);
        self.values.push(value);
    }

    /// Ends the row made of the terms since the last row's end, and returns its number.
    pub fn close(&mut self, lower: f64, upper: f64) -> u32 {
        let number = narrow(self.lower.len());
        self.lower.push(lower);
        self.upper.push(upper);
        self.starts.push(narrow(self.columns.len()));
        number
    }

    /// Appends a whole block of rows: `starts` counts from the block's own beginning, has one entry
    /// more than there are bounds, and ends with the number of terms.
    pub fn append(
        &mut self,
        lower: &[f64],
        upper: &[f64],
        starts: &[u32],
        columns: &[u32],
        values: &[f64],
    ) {
        let base = narrow(self.columns.len());
        self.lower.extend_from_slice(lower);
        self.upper.extend_from_slice(upper);
        self.starts.extend(starts.iter().skip(1).map(|start| base.saturating_add(*start)));
        self.columns.extend_from_slice(columns);
        self.values.extend_from_slice(values);
    }

    /// Columns and coefficients of a row of a well-formed model.
    pub fn terms(&self, row: usize) -> impl ExactSizeIterator<Item = (u32, f64)> + '_ {
        let span = self.span(row);
        self.columns[span.clone()].iter().copied().zip(self.values[span].iter().copied())
    }

    /// Where the terms of a row of a well-formed model are in `columns` and `values`.
    pub fn span(&self, row: usize) -> std::ops::Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }

    fn truncate(&mut self, rows: usize) {
        if rows >= self.lower.len() {
            return;
        }
        let terms = self.starts[rows] as usize;
        self.lower.truncate(rows);
        self.upper.truncate(rows);
        self.starts.truncate(rows + 1);
        self.columns.truncate(terms);
        self.values.truncate(terms);
    }
}

impl Objective {
    /// Value at a point, which has one value per column.
    pub fn at(&self, point: &[f64]) -> f64 {
        self.offset + self.costs.at(point)
    }

    /// Whether the first value is better than the second.
    pub fn prefers(&self, one: f64, other: f64) -> bool {
        if self.maximize { one > other } else { one < other }
    }
}

/// Numbers beyond 32 bits stick at the last one, which `Model::check` then refuses as too large.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

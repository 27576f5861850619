//! The arrays of a model, and how they grow.

use serde::{Deserialize, Serialize};

use crate::rows::narrow;
use crate::{Costs, Rows, json};

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
        self.rows.len()
    }

    /// How many terms the rows hold.
    pub fn num_terms(&self) -> usize {
        self.rows.num_terms()
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

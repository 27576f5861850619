//! What columns count in an objective.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ModelError;

/// The cost of one unit of each column; 0 for a column that is not named.
///
/// Columns that stand for what is alike are neighbours and cost the same, so costs are kept as runs.
///
/// INVARIANT (of a well-formed model): runs ascend, do not overlap, and name existing columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Costs {
    runs: Vec<Run>,
}

/// Neighbouring columns of one cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The columns.
    pub columns: Range<u32>,
    /// What one unit of each costs; not 0.
    pub cost: f64,
}

impl Costs {
    /// Says what columns cost that come after all named before.
    pub fn push(&mut self, columns: Range<u32>, cost: f64) {
        if cost == 0.0 || columns.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.columns.end == columns.start && last.cost == cost => {
                last.columns.end = columns.end;
            }
            _ => self.runs.push(Run { columns, cost }),
        }
    }

    /// Multiplies every cost.
    pub fn multiply(&mut self, factor: f64) {
        self.runs.iter_mut().for_each(|run| run.cost *= factor);
    }

    /// The runs, ascending.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The columns that cost something, ascending, and their costs.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.runs.iter().flat_map(|run| run.columns.clone().map(|column| (column, run.cost)))
    }

    /// The cost of each column of a range.
    pub fn dense(&self, columns: Range<usize>) -> Vec<f64> {
        let mut costs = vec![0.0; columns.len()];
        let first = self.runs.partition_point(|run| run.columns.end as usize <= columns.start);
        for run in &self.runs[first..] {
            if run.columns.start as usize >= columns.end {
                break;
            }
            let start = (run.columns.start as usize).max(columns.start) - columns.start;
            let end = (run.columns.end as usize).min(columns.end) - columns.start;
            costs[start..end].fill(run.cost);
        }
        costs
    }

    /// Sum of cost times value at a point, which has one value per column.
    pub fn at(&self, point: &[f64]) -> f64 {
        self.iter().map(|(column, cost)| cost * point[column as usize]).sum()
    }

    /// Whether the invariant holds for so many columns, and every cost is finite.
    pub(crate) fn check(&self, columns: usize) -> Result<(), ModelError> {
        let mut end = 0;
        for run in &self.runs {
            if run.columns.start < end || run.columns.end as usize > columns {
                return Err(ModelError::CostColumns);
            }
            end = run.columns.end;
            if !run.cost.is_finite() {
                return Err(ModelError::Cost(run.columns.start as usize));
            }
        }
        Ok(())
    }
}

impl FromIterator<(u32, f64)> for Costs {
    /// Costs in any order; those of one column are added up.
    fn from_iter<I: IntoIterator<Item = (u32, f64)>>(costs: I) -> Costs {
        let mut listed: Vec<(u32, f64)> = costs.into_iter().collect();
        // Stable, so that what is added up is added in the order given.
        listed.sort_by_key(|(column, _)| *column);
        let mut all = Costs::default();
        for same in listed.chunk_by(|(one, _), (other, _)| one == other) {
            let column = same[0].0;
            all.push(column..column.saturating_add(1), same.iter().map(|(_, cost)| cost).sum());
        }
        all
    }
}

/// As JSON: the columns that cost something, and their costs.
#[derive(Serialize, Deserialize)]
struct Listed {
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl Serialize for Costs {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (columns, values) = self.iter().unzip();
        Listed { columns, values }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Costs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Costs, D::Error> {
        let Listed { columns, values } = Listed::deserialize(from)?;
        if columns.len() != values.len() {
            return Err(serde::de::Error::custom("as many values are wanted as columns"));
        }
        Ok(columns.into_iter().zip(values).collect())
    }
}

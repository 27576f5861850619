//! Rows of one input as columns.

use serde::{Deserialize, Serialize};

use crate::Symbol;

/// The rows of one input, sorted by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The input's name.
    pub input: String,
    /// One key per row, ascending by text.
    pub keys: Vec<Symbol>,
    /// One column per field of the entity, in the schema's order; the key's column too.
    pub columns: Vec<Column>,
    /// Where each row was read: position in [`crate::World::files`] and line or item number.
    pub places: Vec<RowPlace>,
}

/// Where a row was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPlace {
    /// Position in [`crate::World::files`].
    pub file: u32,
    /// Line from 1, or item from 0, as the file's format counts.
    pub row: u32,
}

/// The values of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The values, one per row; a row that has none holds a value that means nothing.
    pub data: ColumnData,
    /// Which rows have a value; absent: all of them.
    pub present: Option<Vec<bool>>,
}

/// Values of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnData {
    /// Numbers in base units, finite; times as seconds since 1970-01-01T00:00Z.
    Number(Vec<f64>),
    /// True or false.
    Bool(Vec<bool>),
    /// Texts.
    Text(Vec<Symbol>),
    /// Positions in an enum.
    Enum(Vec<u32>),
    /// Rows of the referred entity's table.
    Reference(Vec<u32>),
    /// `stride` quantities per row, one per resource.
    Amounts {
        /// How many resources there are.
        stride: usize,
        /// `rows * stride` values, in base units.
        values: Vec<f64>,
    },
    /// Entries `start[row] .. start[row + 1]`, ascending by key within a row.
    Map {
        /// One more than there are rows.
        start: Vec<u32>,
        /// Enum positions, rows, slots, resources, or symbols' numbers.
        keys: Vec<u32>,
        /// The values, as a column without absences.
        values: Box<ColumnData>,
    },
    /// Entries `start[row] .. start[row + 1]`, ascending and without doubles within a row.
    Set {
        /// One more than there are rows.
        start: Vec<u32>,
        /// The elements, as a column without absences.
        values: Box<ColumnData>,
    },
}

impl ColumnData {
    /// How many values there are; for amounts, maps and sets how many rows.
    pub fn rows(&self) -> usize {
        match self {
            ColumnData::Number(values) => values.len(),
            ColumnData::Bool(values) => values.len(),
            ColumnData::Text(values) => values.len(),
            ColumnData::Enum(values) | ColumnData::Reference(values) => values.len(),
            ColumnData::Amounts { stride: 0, .. } => 0,
            ColumnData::Amounts { stride, values } => values.len() / stride,
            ColumnData::Map { start, .. } | ColumnData::Set { start, .. } => {
                start.len().saturating_sub(1)
            }
        }
    }
}

impl Column {
    /// Whether a row has a value.
    pub fn has(&self, row: usize) -> bool {
        self.present.as_ref().is_none_or(|present| present.get(row) == Some(&true))
    }
}

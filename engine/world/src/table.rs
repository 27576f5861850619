//! Rows of one input as columns.

use std::ops::Range;

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

impl Table {
    /// Adds a row of another table of the same input.
    pub(crate) fn push(&mut self, other: &Table, row: usize) {
        self.keys.extend(other.keys.get(row));
        self.places.extend(other.places.get(row));
        let columns = self.columns.iter_mut().zip(&other.columns);
        columns.for_each(|(column, other)| column.push(other, row));
    }
}

impl ColumnData {
    /// Adds rows of another column of the same field.
    fn extend(&mut self, other: &ColumnData, rows: Range<usize>) {
        match (self, other) {
            (ColumnData::Number(values), ColumnData::Number(other)) => {
                values.extend(other.get(rows).into_iter().flatten());
            }
            (ColumnData::Bool(values), ColumnData::Bool(other)) => {
                values.extend(other.get(rows).into_iter().flatten());
            }
            (ColumnData::Text(values), ColumnData::Text(other)) => {
                values.extend(other.get(rows).into_iter().flatten());
            }
            (ColumnData::Enum(values), ColumnData::Enum(other))
            | (ColumnData::Reference(values), ColumnData::Reference(other)) => {
                values.extend(other.get(rows).into_iter().flatten());
            }
            (ColumnData::Amounts { stride, values }, ColumnData::Amounts { values: other, .. }) => {
                let amounts = rows.start * *stride..rows.end * *stride;
                values.extend(other.get(amounts).into_iter().flatten());
            }
            (
                ColumnData::Map { start, keys, values },
                ColumnData::Map { start: begins, keys: other_keys, values: other },
            ) => {
                for row in rows {
                    let Some(entries) = entries(begins, row) else { continue };
                    keys.extend(other_keys.get(entries.clone()).into_iter().flatten());
                    values.extend(other, entries);
                    start.push(keys.len() as u32);
                }
            }
            (
                ColumnData::Set { start, values },
                ColumnData::Set { start: begins, values: other },
            ) => {
                for row in rows {
                    let Some(entries) = entries(begins, row) else { continue };
                    values.extend(other, entries);
                    start.push(values.rows() as u32);
                }
            }
            // Columns of one field are of one kind.
            _ => {}
        }
    }

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

/// Where the entries of a row of a map or a set are.
fn entries(start: &[u32], row: usize) -> Option<Range<usize>> {
    Some(*start.get(row)? as usize..*start.get(row + 1)? as usize)
}

impl Column {
    fn push(&mut self, other: &Column, row: usize) {
        let has = other.has(row);
        if !has || self.present.is_some() {
            let rows = self.data.rows();
            self.present.get_or_insert_with(|| vec![true; rows]).push(has);
        }
        self.data.extend(&other.data, row..row + 1);
    }

    /// Whether a row has a value.
    pub fn has(&self, row: usize) -> bool {
        self.present.as_ref().is_none_or(|present| present.get(row) == Some(&true))
    }
}

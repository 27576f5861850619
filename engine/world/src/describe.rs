//! What a world holds, in a few numbers per column.

use std::collections::BTreeSet;

use crate::schema::Schema;
use crate::{Column, ColumnData, Table, World};

/// An input.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TableDescription {
    /// Its name.
    pub input: String,
    /// How many rows it has.
    pub rows: usize,
    /// Its fields, in the policy's order.
    pub columns: Vec<ColumnDescription>,
}

/// A field of an input.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ColumnDescription {
    /// Its name.
    pub field: String,
    /// `number`, `bool`, `text`, `word`, `reference`, `amounts`, `map` or `set`.
    pub kind: &'static str,
    /// How many rows have a value.
    pub present: usize,
    /// How many different values there are; for amounts, maps and sets among their entries.
    pub distinct: usize,
    /// The least number, in base units; absent where there is none.
    pub least: Option<f64>,
    /// The greatest number, in base units; absent where there is none.
    pub most: Option<f64>,
}

impl World {
    /// Rows, and per field the kind, how many rows have a value, how many values differ and their range.
    /// `schema` is the one that the world was loaded with.
    pub fn describe(&self, schema: &Schema) -> Vec<TableDescription> {
        let inputs = self.tables.iter().zip(&schema.inputs);
        inputs
            .map(|(table, input)| {
                let fields = &schema.entities[input.entity].fields;
                let columns = table.columns.iter().zip(fields);
                let columns = columns.map(|(it, field)| column(&field.name, table, it)).collect();
                TableDescription { input: table.input.clone(), rows: table.keys.len(), columns }
            })
            .collect()
    }
}

fn column(field: &str, table: &Table, column: &Column) -> ColumnDescription {
    let rows: Vec<usize> = (0..table.keys.len()).filter(|row| column.has(*row)).collect();
    let mut seen = Seen::default();
    rows.iter().for_each(|row| seen.add(&column.data, *row));
    let numbers = || seen.numbers.iter().map(|bits| f64::from_bits(*bits));
    ColumnDescription {
        field: field.to_owned(),
        kind: kind(&column.data),
        present: rows.len(),
        distinct: seen.numbers.len() + seen.codes.len(),
        least: numbers().reduce(f64::min),
        most: numbers().reduce(f64::max),
    }
}

fn kind(data: &ColumnData) -> &'static str {
    match data {
        ColumnData::Number(_) => "number",
        ColumnData::Bool(_) => "bool",
        ColumnData::Text(_) => "text",
        ColumnData::Enum(_) => "word",
        ColumnData::Reference(_) => "reference",
        ColumnData::Amounts { .. } => "amounts",
        ColumnData::Map { .. } => "map",
        ColumnData::Set { .. } => "set",
    }
}

/// Different values so far.
#[derive(Default)]
struct Seen {
    numbers: BTreeSet<u64>,
    codes: BTreeSet<u32>,
}

impl Seen {
    fn add(&mut self, data: &ColumnData, row: usize) {
        match data {
            ColumnData::Number(values) => self.number(values[row]),
            ColumnData::Bool(values) => self.code(u32::from(values[row])),
            ColumnData::Text(values) => self.code(values[row].0),
            ColumnData::Enum(values) | ColumnData::Reference(values) => self.code(values[row]),
            ColumnData::Amounts { stride, values } => {
                values[row * stride..(row + 1) * stride].iter().for_each(|it| self.number(*it));
            }
            ColumnData::Map { start, values, .. } | ColumnData::Set { start, values } => {
                (start[row]..start[row + 1]).for_each(|at| self.add(values, at as usize));
            }
        }
    }

    fn number(&mut self, value: f64) {
        self.numbers.insert((value + 0.0).to_bits());
    }

    fn code(&mut self, code: u32) {
        self.codes.insert(code);
    }
}

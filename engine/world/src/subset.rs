//! A world of some of the rows.

use std::ops::Range;

use crate::schema::{Kind, MapKey, Schema};
use crate::{Column, ColumnData, Current, Symbol, Symbols, Table, World};

/// A reference from a row to a row, each with the position of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The row that refers.
    pub from: (usize, u32),
    /// Position of the field in the entity.
    pub field: usize,
    /// The row that is referred to.
    pub to: (usize, u32),
}

impl World {
    /// The world of some rows: `kept` has those of each table, ascending. What runs now stays where all of its rows
    /// do; what ran of rows that are gone is left out, and so is what defaults gave. None where a row that is kept
    /// refers to one that is not.
    ///
    /// Whatever was in order stays so: rows and texts keep the order of their numbers.
    pub fn subset(&self, schema: &Schema, kept: &[Vec<u32>]) -> Option<World> {
        let rows = self.tables.iter().zip(kept).map(|(table, kept)| {
            let mut rows = vec![None; table.keys.len()];
            for (new, old) in kept.iter().enumerate() {
                *rows.get_mut(*old as usize)? = Some(new as u32);
            }
            Some(rows)
        });
        let rows: Vec<Vec<Option<u32>>> = rows.collect::<Option<_>>()?;
        let is_kept = |(table, row): (usize, u32)| rows[table][row as usize].is_some();
        let mut is_whole = true;
        self.each_reference(schema, &mut |reference: Reference| {
            is_whole &= !is_kept(reference.from) || is_kept(reference.to);
        });
        if !is_whole {
            return None;
        }
        let mut texts = vec![false; self.symbols.len()];
        for ((table, kept), input) in self.tables.iter().zip(kept).zip(&schema.inputs) {
            kept.iter().for_each(|row| texts[table.keys[*row as usize].0 as usize] = true);
            for (column, field) in table.columns.iter().zip(&schema.entities[input.entity].fields) {
                note_texts(&field.kind, &column.data, &positions(kept), &mut texts);
            }
        }
        let mut symbols = Symbols::default();
        let known = texts.iter().enumerate().map(|(number, is_used)| {
            is_used.then(|| symbols.intern(self.symbols.text(Symbol(number as u32)))).flatten()
        });
        let known: Vec<Option<Symbol>> = known.collect();
        let numbers = Numbers { rows: &rows, symbols: &known, schema };
        let tables = self.tables.iter().zip(kept).zip(&schema.inputs);
        let tables = tables.map(|((table, kept), input)| {
            let fields = schema.entities[input.entity].fields.iter();
            let columns = table.columns.iter().zip(fields);
            Table {
                input: table.input.clone(),
                keys: kept.iter().map(|row| numbers.symbol(table.keys[*row as usize])).collect(),
                columns: columns
                    .map(|(column, field)| numbers.column(&field.kind, column, kept))
                    .collect(),
                places: kept.iter().map(|row| table.places[*row as usize]).collect(),
            }
        });
        let tables = tables.collect();
        let current = Current {
            entries: numbers.current(&self.current),
            departed: Vec::new(),
            gap: self.current.gap,
        };
        Some(World { files: self.files.clone(), symbols, tables, current, ..World::default() })
    }

    /// Every reference from a row to a row, table by table.
    pub fn each_reference(&self, schema: &Schema, visit: &mut dyn FnMut(Reference)) {
        for ((from, table), input) in self.tables.iter().enumerate().zip(&schema.inputs) {
            let fields = schema.entities[input.entity].fields.iter().enumerate();
            for (column, (field, described)) in table.columns.iter().zip(fields) {
                for row in (0..table.keys.len()).filter(|row| column.has(*row)) {
                    let at = row..row + 1;
                    each_row(schema, &described.kind, &column.data, at, &mut |to| {
                        visit(Reference { from: (from, row as u32), field, to });
                    });
                }
            }
        }
    }
}

/// Every row that the values at some positions refer to.
fn each_row(
    schema: &Schema,
    kind: &Kind,
    data: &ColumnData,
    at: Range<usize>,
    visit: &mut dyn FnMut((usize, u32)),
) {
    let table = |entity: usize| schema.entities[entity].input;
    match (kind, data) {
        (Kind::Reference(entity), ColumnData::Reference(rows)) => {
            let Some(table) = table(*entity) else { return };
            rows[at].iter().for_each(|row| visit((table, *row)));
        }
        (Kind::Map(key, value), ColumnData::Map { start, keys, values }) => {
            let within = span(start, at);
            if let MapKey::Reference(entity) = key
                && let Some(table) = table(*entity)
            {
                keys[within.clone()].iter().for_each(|row| visit((table, *row)));
            }
            each_row(schema, value, values, within, visit);
        }
        (Kind::Set(element), ColumnData::Set { start, values }) => {
            each_row(schema, element, values, span(start, at), visit);
        }
        _ => {}
    }
}

/// Marks the texts of the values at some positions.
fn note_texts(kind: &Kind, data: &ColumnData, at: &[usize], texts: &mut [bool]) {
    match (kind, data) {
        (_, ColumnData::Text(values)) => {
            at.iter().for_each(|at| texts[values[*at].0 as usize] = true);
        }
        (Kind::Map(key, value), ColumnData::Map { start, keys, values }) => {
            let within = entries(start, at);
            if *key == MapKey::Text {
                within.iter().for_each(|at| texts[keys[*at] as usize] = true);
            }
            note_texts(value, values, &within, texts);
        }
        (Kind::Set(element), ColumnData::Set { start, values }) => {
            note_texts(element, values, &entries(start, at), texts);
        }
        _ => {}
    }
}

/// The new numbers of what is kept.
struct Numbers<'s> {
    /// By table and row.
    rows: &'s [Vec<Option<u32>>],
    symbols: &'s [Option<Symbol>],
    schema: &'s Schema,
}

impl Numbers<'_> {
    fn column(&self, kind: &Kind, column: &Column, kept: &[u32]) -> Column {
        let at = positions(kept);
        Column {
            data: self.data(kind, &column.data, &at),
            present: column
                .present
                .as_ref()
                .map(|present| at.iter().map(|row| present[*row]).collect()),
        }
    }

    fn data(&self, kind: &Kind, data: &ColumnData, at: &[usize]) -> ColumnData {
        match (kind, data) {
            (_, ColumnData::Number(values)) => ColumnData::Number(pick(values, at)),
            (_, ColumnData::Bool(values)) => ColumnData::Bool(pick(values, at)),
            (_, ColumnData::Enum(values)) => ColumnData::Enum(pick(values, at)),
            (_, ColumnData::Text(values)) => {
                ColumnData::Text(at.iter().map(|at| self.symbol(values[*at])).collect())
            }
            (kind, ColumnData::Reference(values)) => {
                let key = match kind {
                    Kind::Reference(entity) => MapKey::Reference(*entity),
                    _ => MapKey::Resource,
                };
                ColumnData::Reference(at.iter().map(|at| self.code(key, values[*at])).collect())
            }
            (_, ColumnData::Amounts { stride, values }) => {
                let rows = at.iter().flat_map(|at| &values[at * stride..(at + 1) * stride]);
                ColumnData::Amounts { stride: *stride, values: rows.copied().collect() }
            }
            (kind, ColumnData::Map { start, keys, values }) => {
                let (key, value) = match kind {
                    Kind::Map(key, value) => (*key, &**value),
                    _ => (MapKey::Resource, kind),
                };
                let within = entries(start, at);
                ColumnData::Map {
                    start: starts(start, at),
                    keys: within.iter().map(|at| self.code(key, keys[*at])).collect(),
                    values: Box::new(self.data(value, values, &within)),
                }
            }
            (kind, ColumnData::Set { start, values }) => {
                let element = if let Kind::Set(element) = kind { element } else { kind };
                let within = entries(start, at);
                let values = Box::new(self.data(element, values, &within));
                ColumnData::Set { start: starts(start, at), values }
            }
        }
    }

    /// A code's new number. A row without a value holds 0, which means nothing.
    fn code(&self, key: MapKey, code: u32) -> u32 {
        match key {
            MapKey::Text => self.symbol(Symbol(code)).0,
            MapKey::Reference(entity) => {
                let input = self.schema.entities[entity].input;
                input.and_then(|input| self.row(input, code)).unwrap_or(0)
            }
            MapKey::Enum(_) | MapKey::Slot(_) | MapKey::Resource => code,
        }
    }

    fn row(&self, table: usize, row: u32) -> Option<u32> {
        self.rows[table].get(row as usize).copied().flatten()
    }

    fn symbol(&self, symbol: Symbol) -> Symbol {
        self.symbols.get(symbol.0 as usize).copied().flatten().unwrap_or(Symbol(0))
    }

    fn current(&self, current: &Current) -> Vec<crate::CurrentEntry> {
        let entries = current.entries.iter().filter_map(|entry| {
            let indices = &self.schema.decisions.get(entry.decision as usize)?.indices;
            let at = indices.iter().zip(&entry.at).map(|(key, code)| match key {
                MapKey::Reference(entity) => self.row(self.schema.entities[*entity].input?, *code),
                key => Some(self.code(*key, *code)),
            });
            Some(crate::CurrentEntry { at: at.collect::<Option<_>>()?, ..entry.clone() })
        });
        entries.collect()
    }
}

fn positions(rows: &[u32]) -> Vec<usize> {
    rows.iter().map(|row| *row as usize).collect()
}

fn pick<T: Copy>(values: &[T], at: &[usize]) -> Vec<T> {
    at.iter().map(|at| values[*at]).collect()
}

fn span(start: &[u32], at: Range<usize>) -> Range<usize> {
    start[at.start] as usize..start[at.end] as usize
}

/// The entries of some rows.
fn entries(start: &[u32], at: &[usize]) -> Vec<usize> {
    at.iter().flat_map(|row| span(start, *row..*row + 1)).collect()
}

/// Where the entries of some rows start when they are put one after the other.
fn starts(start: &[u32], at: &[usize]) -> Vec<u32> {
    let mut end = 0;
    let ends = at.iter().map(|row| {
        end += start[row + 1] - start[*row];
        end
    });
    std::iter::once(0).chain(ends).collect()
}

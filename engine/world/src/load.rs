//! Bytes to a world.

use std::cell::Cell;

use apportion_diagnostic::{Diagnostic, Severity};
use rustc_hash::FxHashMap;

use crate::binding::{Binding, bind};
use crate::columns::FieldReader;
use crate::faults::{At, Faults};
use crate::keys::Keys;
use crate::raw::{RawCell, RawTable};
use crate::scalar::Context;
use crate::schema::Schema;
use crate::source::{Format, InputBytes};
use crate::table::RowPlace;
use crate::{Filled, Symbol, Symbols, Table, World, columnar, csv, current, json};

/// What [`load`] gives: a world unless there is a finding at error level.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The facts.
    pub world: Option<World>,
    /// Every cell that cannot be used, columns left unread, files that cannot be read.
    pub findings: Vec<Diagnostic>,
}

/// Reads the inputs of a schema, and `now`, the file of what runs now. An input without bytes has no rows.
pub fn load(schema: &Schema, inputs: &[InputBytes], now: Option<&InputBytes>) -> Loaded {
    let mut faults = Faults::default();
    let mut world = World::default();
    let mut raws: Vec<Option<RawInput<'_>>> = Vec::new();
    for input in &schema.inputs {
        let bytes = inputs.iter().find(|bytes| bytes.input == input.name);
        raws.push(bytes.and_then(|bytes| read_input(schema, input.entity, bytes, &mut faults)));
        if bytes.is_none() {
            let message = format!("the manifest gives no source for the input `{}`", input.name);
            let help = format!("[inputs]\n{} = \"data/{}.csv\"", input.name, input.name);
            faults.finding(Diagnostic::error("missing-input", message).help(help));
        }
    }
    let mut keys = Keys {
        schema,
        rows: vec![FxHashMap::default(); schema.entities.len()],
        searches: Cell::new(0),
    };
    for (position, input) in schema.inputs.iter().enumerate() {
        let Some(raw) = &mut raws[position] else {
            world.tables.push(empty(schema, position));
            continue;
        };
        let file = world.files.len() as u32;
        world.files.push(raw.bytes.file.clone());
        let table = raw.keys(schema, position, file, &mut world.symbols, &mut faults);
        keys.rows[input.entity] =
            table.keys.iter().zip(0..).map(|(key, row)| (*key, row)).collect();
        world.tables.push(table);
    }
    for (position, raw) in raws.iter().enumerate() {
        let Some(raw) = raw else { continue };
        let entity = &schema.entities[schema.inputs[position].entity];
        for (field, binding) in entity.fields.iter().zip(&raw.bindings) {
            let reader = FieldReader {
                file: &raw.bytes.file,
                context: Context { field: &field.name, table: &raw.table, keys: &keys },
                field,
                binding,
                order: &raw.order,
            };
            let column = reader.read(&mut world.symbols, &mut faults);
            world.tables[position].columns.push(column);
            let rows = reader.filled();
            if rows > 0 {
                let (input, field) = (schema.inputs[position].name.clone(), field.name.clone());
                world.filled.push(Filled { input, field, rows });
            }
        }
    }
    if let Some(now) = now {
        world.current = current::read(now, &keys, &world.symbols, &mut faults);
    }
    let findings = faults.into_findings();
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    Loaded { world: (!failed).then_some(world), findings }
}

fn empty(schema: &Schema, position: usize) -> Table {
    Table {
        input: schema.inputs[position].name.clone(),
        keys: Vec::new(),
        columns: Vec::new(),
        places: Vec::new(),
    }
}

/// A file taken apart, before its rows are known to others.
struct RawInput<'b> {
    bytes: &'b InputBytes,
    table: RawTable,
    bindings: Vec<Binding>,
    /// Raw rows in the order of their keys.
    order: Vec<u32>,
}

/// The rows of a file as cells.
pub(crate) fn read_table(bytes: &InputBytes, key: &str, faults: &mut Faults) -> Option<RawTable> {
    let file = &bytes.file;
    if bytes.format == Format::Parquet {
        return columnar::read(file, &bytes.bytes, faults);
    }
    let text = match simdutf8::compat::from_utf8(&bytes.bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = &bytes.bytes[..error.valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let message = format!("`{file}`, line {line}, is not UTF-8");
            let help = "write the file as UTF-8: `iconv -f LATIN1 -t UTF-8`";
            faults.finding(Diagnostic::error("wrong-encoding", message).help(help));
            return None;
        }
    };
    match bytes.format {
        Format::Csv => csv::read(file, text, faults),
        Format::Json => json::read(file, text, (bytes.select.as_deref(), key), faults),
        Format::JsonLines => json::read_lines(file, text, faults),
        Format::Parquet => None,
    }
}

fn read_input<'b>(
    schema: &Schema,
    entity: usize,
    bytes: &'b InputBytes,
    faults: &mut Faults,
) -> Option<RawInput<'b>> {
    let entity = &schema.entities[entity];
    let table = read_table(bytes, &entity.fields[entity.key].name, faults)?;
    let bindings =
        bind(&bytes.file, &table, entity, schema, (&bytes.mapping, &bytes.ignore), faults);
    Some(RawInput { bytes, table, bindings, order: Vec::new() })
}

impl RawInput<'_> {
    /// Interns the keys, puts the rows in their order and keeps the first of them if a limit is set.
    fn keys(
        &mut self,
        schema: &Schema,
        position: usize,
        file: u32,
        symbols: &mut Symbols,
        faults: &mut Faults,
    ) -> Table {
        let input = &schema.inputs[position];
        let entity = &schema.entities[input.entity];
        let mut table = empty(schema, position);
        let key_field = &entity.fields[entity.key];
        let part = self.bindings[entity.key].whole.clone();
        // A list without rows has no columns either, and that is no fault.
        if self.table.names.is_empty() && self.table.len() == 0 {
            return table;
        }
        let Some(column) = part.and_then(|part| part.column) else {
            let message =
                format!("`{}` has no column for `{}`, the key", self.bytes.file, key_field.name);
            let columns: Vec<String> =
                self.table.names.iter().map(|it| format!("`{it}`")).collect();
            let note = format!("columns: {}", columns.join(", "));
            faults.finding(Diagnostic::error("missing-key", message).note(note));
            return table;
        };
        let mut rows: Vec<(&str, u32)> = Vec::with_capacity(self.table.len());
        for (raw, cell) in self.table.columns[column].iter().enumerate() {
            match cell {
                RawCell::Text(start, end) | RawCell::Number(start, end) => {
                    rows.push((&self.table.text[*start as usize..*end as usize], raw as u32));
                }
                cell => {
                    let found = self.table.found(*cell);
                    let at = self.at(raw, &key_field.name);
                    faults.cell(&at, "missing-key", &found, "a row needs a key");
                }
            }
        }
        rows.sort();
        for pair in rows.windows(2) {
            if pair[0].0 == pair[1].0 {
                let first = rows.partition_point(|(key, _)| *key < pair[0].0);
                let first = self.table.place_name(rows[first].1 as usize);
                let expected = format!("this key is taken by {first}");
                faults.cell(
                    &self.at(pair[1].1 as usize, &key_field.name),
                    "duplicate-key",
                    pair[1].0,
                    expected,
                );
            }
        }
        rows.dedup_by(|next, kept| next.0 == kept.0);
        rows.truncate(self.bytes.limit.unwrap_or(usize::MAX));
        if let Some(max) = input.max
            && rows.len() as u64 > max
        {
            let message = format!(
                "`{}` has {} rows; the policy takes at most {max}",
                self.bytes.file,
                rows.len()
            );
            let help =
                format!("raise it: `input {}: {} max {}`", input.name, entity.name, rows.len());
            faults.finding(Diagnostic::error("too-many-rows", message).help(help));
        }
        table.keys = rows.iter().map(|(key, _)| symbols.intern(key).unwrap_or(Symbol(0))).collect();
        let order: Vec<u32> = rows.iter().map(|(_, raw)| *raw).collect();
        table.places = order
            .iter()
            .map(|raw| RowPlace { file, row: self.table.places[*raw as usize] })
            .collect();
        self.order = order;
        table
    }

    fn at<'a>(&'a self, raw: usize, column: &'a str) -> At<'a> {
        At {
            file: &self.bytes.file,
            row: Some(u64::from(self.table.places[raw])),
            row_word: &self.table.row_word,
            column,
        }
    }
}

//! Bytes to a world.

use apportion_diagnostic::{Diagnostic, Severity};
use apportion_units::counted;
use rustc_hash::FxHashSet;

use crate::binding::{Binding, bind};
use crate::columns::FieldReader;
use crate::faults::{At, Faults};
use crate::keys::Keys;
use crate::raw::{RawCell, RawTable};
use crate::scalar::Context;
use crate::schema::Schema;
use crate::source::{Format, InputBytes};
use crate::table::RowPlace;
use crate::{
    Filled, Filling, Symbol, Symbols, Table, World, columnar, csv, current, forecast, json,
};

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
    let mut forecasts: Vec<Vec<forecast::Values<'_>>> = Vec::new();
    let mut keys = Keys::new(schema);
    for input in &schema.inputs {
        let bytes = inputs.iter().find(|bytes| bytes.input == input.name);
        let raw = bytes.and_then(|bytes| read_input(schema, input.entity, bytes, &mut faults));
        keys.unread[input.entity] = raw.is_none();
        raws.push(raw);
        if bytes.is_none() {
            let message = format!("the manifest gives no source for the input `{}`", input.name);
            let help = format!("[inputs]\n{} = \"data/{}.csv\"", input.name, input.name);
            faults.finding(Diagnostic::error("missing-input", message).help(help));
        }
    }
    for (position, input) in schema.inputs.iter().enumerate() {
        let Some(raw) = &mut raws[position] else {
            world.tables.push(empty(schema, position));
            forecasts.push(Vec::new());
            continue;
        };
        let file = world.files.len() as u32;
        world.files.push(raw.bytes.file.clone());
        let table = raw.keys(schema, position, file, &mut world.symbols, &mut faults);
        keys.unread[input.entity] = table.is_none();
        keys.left_out[input.entity] = std::mem::take(&mut raw.left_out);
        let has_keys = table.is_some();
        let mut table = table.unwrap_or_else(|| empty(schema, position));
        if has_keys {
            let of = (&mut table, &world.symbols, &keys);
            let found = forecast::read(schema, position, inputs, of, &mut faults);
            raw.keep(&found.kept);
            keys.excluded[input.entity] = found.left_out;
            world.excluded.extend(found.excluded);
            forecasts.push(found.values);
        } else {
            forecasts.push(Vec::new());
        }
        keys.rows[input.entity] =
            table.keys.iter().zip(0..).map(|(key, row)| (*key, row)).collect();
        world.tables.push(table);
    }
    for (position, raw) in raws.iter().enumerate() {
        let Some(raw) = raw else { continue };
        let entity = &schema.entities[schema.inputs[position].entity];
        let own = entity.fields.len() - schema.forecast_fields(position);
        let fields = entity.fields.iter().zip(&raw.bindings).take(own);
        for (number, (field, binding)) in fields.enumerate() {
            let reader = FieldReader {
                file: &raw.bytes.file,
                context: Context { field: &field.name, table: &raw.table, keys: &keys },
                field,
                binding,
                order: raw.order_of(number == entity.key),
            };
            let column = reader.read(&mut world.symbols, &mut faults);
            world.tables[position].columns.push(column);
            let rows = reader.filled();
            if rows > 0 {
                let (input, field) = (schema.inputs[position].name.clone(), field.name.clone());
                world.filled.push(Filled { input, field, rows, by: Filling::Default });
            }
        }
        for values in &forecasts[position] {
            world.tables[position].columns.extend(values.columns());
            world.filled.extend(values.filled(&schema.inputs[position].name));
        }
    }
    if let Some(now) = now {
        world.current = current::read(now, &keys, &world.symbols, &mut faults);
    }
    for (entity, withheld) in schema.entities.iter().zip(keys.withheld.take()) {
        let input = entity.input.map_or(entity.name.as_str(), |it| &schema.inputs[it].name);
        if withheld > 0 {
            faults
                .withheld(counted(withheld, "reference", "references") + &format!(" to `{input}`"));
        }
    }
    for (input, bytes) in schema
        .inputs
        .iter()
        .filter_map(|input| Some((input, inputs.iter().find(|bytes| bytes.input == input.name)?)))
    {
        let cut = keys.cut.borrow()[input.entity];
        if let (Some(limit), true) = (bytes.limit, cut > 0) {
            let references = counted(cut, "reference leads", "references lead");
            faults.note(format!(
                "{references} to rows that `--limit {}={limit}` leaves out",
                input.name
            ));
        }
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
pub(crate) struct RawInput<'b> {
    bytes: &'b InputBytes,
    pub(crate) table: RawTable,
    pub(crate) bindings: Vec<Binding>,
    /// Raw rows in the order of their keys, then those without a key.
    order: Vec<u32>,
    /// How many of them have a key.
    with_key: usize,
    /// The keys that the limit leaves out.
    left_out: FxHashSet<String>,
}

/// What a file is that holds bytes of no text in UTF-8: these are told before what merely is not UTF-8.
fn no_text(file: &str, bytes: &[u8]) -> Option<Diagnostic> {
    let (message, help) = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        (
            format!("`{file}` is UTF-16, not UTF-8"),
            "write the file as UTF-8: `iconv -f UTF-16 -t UTF-8`",
        )
    } else if bytes.contains(&0) {
        (
            format!("`{file}` holds NUL bytes, so it is no text"),
            "export the rows as text in UTF-8, from the program that wrote the file",
        )
    } else {
        return None;
    };
    Some(Diagnostic::error("wrong-encoding", message).help(help))
}

/// The rows of a file as cells.
pub(crate) fn read_table(bytes: &InputBytes, key: &str, faults: &mut Faults) -> Option<RawTable> {
    let file = &bytes.file;
    if bytes.format == Format::Parquet {
        return columnar::read(file, &bytes.bytes, faults);
    }
    if let Some(finding) = no_text(file, &bytes.bytes) {
        faults.finding(finding);
        return None;
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

pub(crate) fn read_input<'b>(
    schema: &Schema,
    entity: usize,
    bytes: &'b InputBytes,
    faults: &mut Faults,
) -> Option<RawInput<'b>> {
    let entity = &schema.entities[entity];
    let table = read_table(bytes, &entity.fields[entity.key].name, faults)?;
    let bindings =
        bind(&bytes.file, &table, entity, schema, (&bytes.mapping, &bytes.ignore), faults);
    Some(RawInput {
        bytes,
        table,
        bindings,
        order: Vec::new(),
        with_key: 0,
        left_out: FxHashSet::default(),
    })
}

impl RawInput<'_> {
    /// Interns the keys, puts the rows in their order and keeps the first of them if a limit is set. Nothing where
    /// there is no column of keys.
    pub(crate) fn keys(
        &mut self,
        schema: &Schema,
        position: usize,
        file: u32,
        symbols: &mut Symbols,
        faults: &mut Faults,
    ) -> Option<Table> {
        let input = &schema.inputs[position];
        let entity = &schema.entities[input.entity];
        let mut table = empty(schema, position);
        let key_field = &entity.fields[entity.key];
        let part = self.bindings[entity.key].whole.clone();
        if self.table.len() == 0 {
            let message = format!("`{}`, the input `{}`, has no rows", self.bytes.file, input.name);
            faults.finding(Diagnostic::warning("no-rows", message));
        }
        // A list without rows has no columns either, and that is no fault.
        if self.table.names.is_empty() && self.table.len() == 0 {
            return Some(table);
        }
        let Some(column) = part.and_then(|part| part.column) else {
            let message =
                format!("`{}` has no column for `{}`, the key", self.bytes.file, key_field.name);
            let columns: Vec<String> =
                self.table.names.iter().map(|it| format!("`{it}`")).collect();
            let note = format!("columns: {}", columns.join(", "));
            let mut finding = Diagnostic::error("missing-key", message).note(note);
            if let [only] = &self.table.names[..]
                && only.contains([';', '\t', '|'])
            {
                finding =
                    finding.help("cells are parted by commas: save the file as CSV with commas");
            }
            faults.finding(finding);
            return None;
        };
        let mut rows: Vec<(&str, u32)> = Vec::with_capacity(self.table.len());
        // Rows that are refused for their key, so that their other cells are judged all the same.
        let (mut repeated, mut without) = (Vec::new(), Vec::new());
        for (raw, cell) in self.table.columns[column].iter().enumerate() {
            match cell {
                RawCell::Text(start, end) | RawCell::Number(start, end) => {
                    rows.push((&self.table.text[*start as usize..*end as usize], raw as u32));
                }
                cell => {
                    let found = self.table.found(*cell);
                    let at = self.at(raw, &key_field.name);
                    faults.cell(&at, "missing-key", &found, "a row needs a key");
                    without.push(raw as u32);
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
                repeated.push(pair[1].1);
            }
        }
        rows.dedup_by(|next, kept| next.0 == kept.0);
        if let Some(limit) = self.bytes.limit {
            self.left_out = rows.iter().skip(limit).map(|(key, _)| (*key).to_owned()).collect();
            rows.truncate(limit);
        }
        if let Some(max) = input.max
            && rows.len() as u64 > max
        {
            let have = counted(rows.len(), "row", "rows");
            let message =
                format!("`{}` has {have}; the policy takes at most {max}", self.bytes.file);
            let help =
                format!("raise it: `input {}: {} max {}`", input.name, entity.name, rows.len());
            faults.finding(Diagnostic::error("too-many-rows", message).help(help));
        }
        table.keys = rows.iter().map(|(key, _)| symbols.intern(key).unwrap_or(Symbol(0))).collect();
        let mut order: Vec<u32> = rows.iter().map(|(_, raw)| *raw).collect();
        table.places = order
            .iter()
            .map(|raw| RowPlace { file, row: self.table.places[*raw as usize] })
            .collect();
        order.extend(repeated);
        self.with_key = order.len();
        order.extend(without);
        self.order = order;
        Some(table)
    }

    /// Keeps only some of the table's rows, which are the first of the order.
    fn keep(&mut self, kept: &[bool]) {
        let mut number = 0;
        self.order.retain(|_| {
            number += 1;
            kept.get(number - 1) != Some(&false)
        });
        self.with_key -= kept.iter().filter(|kept| !**kept).count();
    }

    /// The raw rows that a field is read of. A row without a key has been told of its key already.
    pub(crate) fn order_of(&self, is_key: bool) -> &[u32] {
        &self.order[..if is_key { self.with_key } else { self.order.len() }]
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

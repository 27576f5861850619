//! The cells of one field as a column.

use apportion_units::Unit;

use crate::binding::{Binding, Part};
use crate::faults::{At, Faults};
use crate::keys::NoKey;
use crate::raw::RawCell;
use crate::scalar::{Context, Scalar};
use crate::schema::{FieldSchema, Kind, MapKey, NumberKind, Value};
use crate::{Column, ColumnData, Symbol, Symbols};

/// The reader of one field of one table.
pub(crate) struct FieldReader<'a> {
    pub(crate) file: &'a str,
    pub(crate) context: Context<'a>,
    pub(crate) field: &'a FieldSchema,
    pub(crate) binding: &'a Binding,
    /// The raw rows that are taken, in the order of their keys.
    pub(crate) order: &'a [u32],
}

impl FieldReader<'_> {
    /// The column; cells that cannot be used are noted and stand for nothing.
    pub(crate) fn read(&self, symbols: &mut Symbols, faults: &mut Faults) -> Column {
        self.shape(faults);
        match &self.field.kind {
            Kind::Amounts => self.amounts(symbols, faults),
            Kind::Map(key, value) => self.map(*key, value, symbols, faults),
            Kind::Set(element) => self.set(element, symbols, faults),
            kind => self.scalars(kind, symbols, faults),
        }
    }

    /// Notes what the file has for the field in another shape than the field's: entries of a single value, a
    /// single value where entries are wanted, no column at all.
    fn shape(&self, faults: &mut Faults) {
        let by_entry = matches!(self.field.kind, Kind::Amounts | Kind::Map(..));
        let (wrong, expected): (Vec<&Part>, String) = match by_entry {
            true => (
                self.binding.whole.iter().collect(),
                format!("expected entries: `{0}.key`, or a column `{0}[key]`", self.field.name),
            ),
            false => (
                self.binding.entries.iter().map(|it| &it.1).collect(),
                format!("`{}` has no entries", self.field.name),
            ),
        };
        for part in wrong {
            for raw in self.order {
                // An object without members is no entries, which is fine.
                let cell = self.cell(part, *raw);
                if cell == RawCell::Missing || (by_entry && cell == RawCell::Other) {
                    continue;
                }
                let error = NoKey { code: "bad-data", expected: expected.clone() };
                self.fault(*raw, &part.name, cell, error, faults);
            }
        }
        let silent = self.binding.is_empty() && !self.binding.unusable;
        if self.is_required() && silent && !self.order.is_empty() {
            let at = At { file: self.file, row: None, row_word: "", column: &self.field.name };
            let expected = "the field has no default and is not optional";
            faults.cell(&at, "missing-value", "no column", expected);
        }
    }

    fn is_required(&self) -> bool {
        !self.field.optional && self.field.default.is_none()
    }

    /// For how many rows the default stands in, as they say nothing themselves.
    pub(crate) fn filled(&self) -> u64 {
        if self.field.default.is_none() {
            return 0;
        }
        let parts: Vec<&Part> = match &self.field.kind {
            Kind::Amounts | Kind::Map(..) => self.binding.entries.iter().map(|it| &it.1).collect(),
            _ => self.binding.whole.iter().collect(),
        };
        let silent = |raw: &&u32| {
            parts.iter().all(|it| it.constant.is_none() && self.cell(it, **raw) == RawCell::Missing)
        };
        self.order.iter().filter(silent).count() as u64
    }

    fn scalars(&self, kind: &Kind, symbols: &mut Symbols, faults: &mut Faults) -> Column {
        let mut values = Values::of(kind, self.order.len());
        let mut present = Vec::with_capacity(self.order.len());
        for raw in self.order {
            let part = self.binding.whole.as_ref();
            let cell = part.map_or(RawCell::Missing, |part| self.cell(part, *raw));
            let constant = part.and_then(|part| part.constant.as_deref());
            let unit = part.and_then(|part| part.unit.as_ref());
            let read = match (constant, cell) {
                (Some(text), _) => Some(self.constant(kind, text, unit, symbols)),
                (None, RawCell::Missing) => None,
                (None, cell) => Some(self.context.scalar(kind, cell, unit, symbols)),
            };
            let value = match read {
                Some(Ok(value)) => Some(value),
                Some(Err(error)) => {
                    self.fault(
                        *raw,
                        part.map_or(&self.field.name, |it| &it.name),
                        cell,
                        error,
                        faults,
                    );
                    present.push(true);
                    values.push(Scalar::Code(0));
                    continue;
                }
                None => self.default(symbols),
            };
            match value {
                Some(value) => values.push(value),
                None => {
                    if !self.field.optional {
                        self.missing(*raw, &self.field.name, faults);
                    }
                    values.push(Scalar::Code(0));
                }
            }
            present.push(value.is_some());
        }
        Column { data: values.into_data(kind), present: some_absent(present) }
    }

    fn amounts(&self, symbols: &mut Symbols, faults: &mut Faults) -> Column {
        let resources = &self.context.keys.schema.resources;
        let stride = resources.len();
        let default = match self.field.default {
            Some(Value::EveryResource(amount)) => Some(amount),
            Some(Value::Empty) => Some(0.0),
            _ => None,
        };
        for (key, part) in &self.binding.entries {
            if let Err(error) = self.context.keys.resource(key) {
                faults.cell(&self.first(part), error.code, key, error.expected);
            }
        }
        let mut values = vec![0.0; stride * self.order.len()];
        for (number, resource) in resources.iter().enumerate() {
            let bound = self.binding.entries.iter().find(|(key, _)| *key == resource.name);
            let kind = NumberKind {
                unit: Some(resource.unit.clone()),
                whole: false,
                least: Some(0.0),
                most: None,
            };
            for (row, raw) in self.order.iter().enumerate() {
                let slot = &mut values[row * stride + number];
                let part = bound.map(|(_, part)| part);
                let cell = part.map_or(RawCell::Missing, |part| self.cell(part, *raw));
                let unit = part.and_then(|part| part.unit.as_ref());
                let constant = part.and_then(|part| part.constant.as_deref());
                let kind = Kind::Number(kind.clone());
                let read = match (constant, cell) {
                    (Some(text), _) => self.constant(&kind, text, unit, symbols),
                    (None, RawCell::Missing) => match default {
                        Some(default) => Ok(Scalar::Number(default)),
                        None => {
                            self.missing(
                                *raw,
                                &format!("{}[{}]", self.field.name, resource.name),
                                faults,
                            );
                            continue;
                        }
                    },
                    (None, cell) => self.context.scalar(&kind, cell, unit, symbols),
                };
                match read {
                    Ok(Scalar::Number(value)) => *slot = value,
                    Ok(_) => {}
                    Err(error) => {
                        let name = part.map_or(&self.field.name, |part| &part.name);
                        self.fault(*raw, name, cell, error, faults);
                    }
                }
            }
        }
        Column { data: ColumnData::Amounts { stride, values }, present: None }
    }

    fn map(&self, key: MapKey, kind: &Kind, symbols: &mut Symbols, faults: &mut Faults) -> Column {
        let mut parts: Vec<(u32, &Part)> = Vec::new();
        for (name, part) in &self.binding.entries {
            match self.context.keys.map_key(key, name, symbols) {
                Ok(code) => parts.push((code, part)),
                Err(error) => faults.cell(&self.first(part), error.code, name, error.expected),
            }
        }
        parts.sort_by_key(|(code, _)| *code);
        let mut start = vec![0];
        let mut keys = Vec::new();
        let mut values = Values::of(kind, 0);
        for raw in self.order {
            for (code, part) in &parts {
                let cell = self.cell(part, *raw);
                let unit = part.unit.as_ref();
                let read = match (&part.constant, cell) {
                    (Some(text), _) => self.constant(kind, text, unit, symbols),
                    (None, RawCell::Missing) => continue,
                    (None, cell) => self.context.scalar(kind, cell, unit, symbols),
                };
                match read {
                    Ok(value) => {
                        keys.push(*code);
                        values.push(value);
                    }
                    Err(error) => self.fault(*raw, &part.name, cell, error, faults),
                }
            }
            start.push(keys.len() as u32);
        }
        let values = Box::new(values.into_data(kind));
        Column { data: ColumnData::Map { start, keys, values }, present: None }
    }

    fn set(&self, element: &Kind, symbols: &mut Symbols, faults: &mut Faults) -> Column {
        let mut start = vec![0];
        let mut all: Vec<Scalar> = Vec::new();
        let mut present = Vec::with_capacity(self.order.len());
        for raw in self.order {
            let begin = all.len();
            let part = self.binding.whole.as_ref();
            match part {
                None => {}
                Some(part) => self.elements(part, *raw, element, &mut all, symbols, faults),
            }
            let cell = part.map_or(RawCell::Missing, |part| self.cell(part, *raw));
            present.push(!self.field.optional || cell != RawCell::Missing);
            let own = &mut all[begin..];
            own.sort_by(|a, b| order(*a).total_cmp(&order(*b)));
            let mut kept = begin;
            for at in begin..all.len() {
                if kept == begin || all[kept - 1] != all[at] {
                    all[kept] = all[at];
                    kept += 1;
                }
            }
            all.truncate(kept);
            start.push(all.len() as u32);
        }
        let mut values = Values::of(element, all.len());
        all.into_iter().for_each(|value| values.push(value));
        let values = Box::new(values.into_data(element));
        Column { data: ColumnData::Set { start, values }, present: some_absent(present) }
    }

    /// The elements of one cell: a list, or texts with separators between them. An empty cell of a column is
    /// an empty set.
    fn elements(
        &self,
        part: &Part,
        raw: u32,
        element: &Kind,
        all: &mut Vec<Scalar>,
        symbols: &mut Symbols,
        faults: &mut Faults,
    ) {
        let cell = self.cell(part, raw);
        let table = self.context.table;
        let unit = part.unit.as_ref();
        let mut push = |read: Result<Scalar, NoKey>, cell: RawCell| match read {
            Ok(value) => all.push(value),
            Err(error) => self.fault(raw, &part.name, cell, error, faults),
        };
        match (cell, &part.constant) {
            (_, Some(text)) => {
                for text in text.split(part.separator.as_str()).filter(|it| !it.trim().is_empty()) {
                    push(self.constant(element, text.trim(), unit, symbols), cell);
                }
            }
            (RawCell::Missing, None) => {}
            (RawCell::List(start, end), None) => {
                for cell in &table.lists[start as usize..end as usize] {
                    push(self.context.scalar(element, *cell, unit, symbols), *cell);
                }
            }
            (RawCell::Text(start, end), None) => {
                let text = &table.text[start as usize..end as usize];
                let mut at = start as usize;
                for piece in text.split(part.separator.as_str()) {
                    let left = at + (piece.len() - piece.trim_start().len());
                    at += piece.len() + part.separator.len();
                    let trimmed = piece.trim();
                    if !trimmed.is_empty() {
                        let cell = RawCell::Text(left as u32, (left + trimmed.len()) as u32);
                        push(self.context.scalar(element, cell, unit, symbols), cell);
                    }
                }
            }
            (cell, None) => push(self.context.scalar(element, cell, unit, symbols), cell),
        }
    }

    fn cell(&self, part: &Part, raw: u32) -> RawCell {
        let column = part.column.and_then(|column| self.context.table.columns.get(column));
        column.map_or(RawCell::Missing, |cells| cells[raw as usize])
    }

    /// A value that the manifest gives to all rows.
    fn constant(
        &self,
        kind: &Kind,
        text: &str,
        unit: Option<&Unit>,
        symbols: &mut Symbols,
    ) -> Result<Scalar, NoKey> {
        let mut table = crate::raw::RawTable::default();
        let cell = table.push(text).map_or(RawCell::Missing, |(a, b)| RawCell::Text(a, b));
        Context { table: &table, ..self.context }.scalar(kind, cell, unit, symbols)
    }

    fn default(&self, symbols: &mut Symbols) -> Option<Scalar> {
        Some(match self.field.default.as_ref()? {
            Value::Number(number) => Scalar::Number(*number),
            Value::Text(text) => Scalar::Code(symbols.intern(text)?.0),
            Value::Bool(value) => Scalar::Bool(*value),
            Value::Enum(position) => Scalar::Code(*position),
            Value::Empty | Value::EveryResource(_) => return None,
        })
    }

    /// Notes a row that has no value, unless the field has no column, or one that cannot be read: that is noted once.
    fn missing(&self, raw: u32, column: &str, faults: &mut Faults) {
        if self.binding.is_empty() || self.binding.unusable {
            return;
        }
        let error = NoKey {
            code: "missing-value",
            expected: format!("`{}` has no default and is not optional", self.field.name),
        };
        self.fault(raw, column, RawCell::Missing, error, faults);
    }

    /// Where a column's name stands: in its header, or in the first of the rows that have it.
    fn first<'s>(&'s self, part: &'s Part) -> At<'s> {
        let table = self.context.table;
        let mut rows = self.order.iter().filter(|_| table.named_by_row);
        let raw = rows.find(|raw| self.cell(part, **raw) != RawCell::Missing);
        let row = raw.map(|raw| u64::from(table.places[*raw as usize]));
        At { file: self.file, row, row_word: &table.row_word, column: &part.name }
    }

    fn fault(&self, raw: u32, column: &str, cell: RawCell, error: NoKey, faults: &mut Faults) {
        let table = self.context.table;
        let parts = self.binding.whole.iter().chain(self.binding.entries.iter().map(|it| &it.1));
        let constant = parts.filter(|part| part.name == column).find_map(|it| it.constant.as_ref());
        if let Some(constant) = constant {
            // What the manifest says for all rows is wrong once.
            if self.order.first() == Some(&raw) {
                let at = At { file: self.file, row: None, row_word: "", column };
                faults.cell(&at, error.code, constant, error.expected);
            }
            return;
        }
        let row = Some(u64::from(table.places[raw as usize]));
        let at = At { file: self.file, row, row_word: &table.row_word, column };
        faults.cell(&at, error.code, &table.found(cell), error.expected);
    }
}

fn order(value: Scalar) -> f64 {
    match value {
        Scalar::Number(number) => number,
        Scalar::Bool(value) => f64::from(u8::from(value)),
        Scalar::Code(code) => f64::from(code),
    }
}

fn some_absent(present: Vec<bool>) -> Option<Vec<bool>> {
    if present.iter().all(|present| *present) { None } else { Some(present) }
}

/// Values of one kind under construction.
enum Values {
    Numbers(Vec<f64>),
    Bools(Vec<bool>),
    Codes(Vec<u32>),
}

impl Values {
    fn of(kind: &Kind, rows: usize) -> Values {
        match kind {
            Kind::Number(_) | Kind::Time => Values::Numbers(Vec::with_capacity(rows)),
            Kind::Bool => Values::Bools(Vec::with_capacity(rows)),
            _ => Values::Codes(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Scalar) {
        match (self, value) {
            (Values::Numbers(values), Scalar::Number(value)) => values.push(value),
            (Values::Bools(values), Scalar::Bool(value)) => values.push(value),
            (Values::Codes(values), Scalar::Code(value)) => values.push(value),
            // A place holder of a row without a value.
            (Values::Numbers(values), _) => values.push(0.0),
            (Values::Bools(values), _) => values.push(false),
            (Values::Codes(values), _) => values.push(0),
        }
    }

    fn into_data(self, kind: &Kind) -> ColumnData {
        match (self, kind) {
            (Values::Numbers(values), _) => ColumnData::Number(values),
            (Values::Bools(values), _) => ColumnData::Bool(values),
            (Values::Codes(values), Kind::Enum(_)) => ColumnData::Enum(values),
            (Values::Codes(values), Kind::Reference(_)) => ColumnData::Reference(values),
            (Values::Codes(values), _) => {
                ColumnData::Text(values.into_iter().map(Symbol).collect())
            }
        }
    }
}

//! One name for all facts of a world.

use sha2::{Digest, Sha256};

use crate::schema::{Kind, MapKey, Schema};
use crate::{ColumnData, Symbol, Table, World};

impl World {
    /// SHA-256 of the facts, in hexadecimal: of keys, values and what runs now, whatever file, format or order
    /// of rows and columns they came in. `schema` is the one that the world was loaded with.
    pub fn hash(&self, schema: &Schema) -> String {
        let mut canon = Canon { world: self, hash: Sha256::new() };
        for (table, input) in self.tables.iter().zip(&schema.inputs) {
            canon.table(table, schema, input.entity);
        }
        canon.current(schema);
        canon.finish()
    }

    /// The same of the rows of one input alone.
    pub fn hash_of(&self, schema: &Schema, input: usize) -> String {
        let mut canon = Canon { world: self, hash: Sha256::new() };
        if let Some((table, input)) = self.tables.get(input).zip(schema.inputs.get(input)) {
            canon.table(table, schema, input.entity);
        }
        canon.finish()
    }
}

/// The canonical form, as it goes into the hash: every text and list with its length before it.
struct Canon<'w> {
    world: &'w World,
    hash: Sha256,
}

impl Canon<'_> {
    fn finish(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn table(&mut self, table: &Table, schema: &Schema, entity: usize) {
        self.text(&table.input);
        self.length(table.keys.len());
        for key in &table.keys {
            self.symbol(*key);
        }
        for (field, column) in schema.entities[entity].fields.iter().zip(&table.columns) {
            self.text(&field.name);
            for row in 0..table.keys.len() {
                let has = column.has(row);
                self.hash.update([u8::from(has)]);
                if has {
                    self.value(&field.kind, &column.data, row);
                }
            }
        }
    }

    fn value(&mut self, kind: &Kind, data: &ColumnData, row: usize) {
        match data {
            ColumnData::Number(values) => self.number(values[row]),
            ColumnData::Bool(values) => self.hash.update([u8::from(values[row])]),
            ColumnData::Text(values) => self.symbol(values[row]),
            ColumnData::Enum(values) | ColumnData::Reference(values) => self.code(values[row]),
            ColumnData::Amounts { stride, values } => {
                values[row * stride..(row + 1) * stride].iter().for_each(|it| self.number(*it));
            }
            ColumnData::Map { start, keys, values } => {
                let Kind::Map(key, value) = kind else { return };
                let mut entries: Vec<usize> = range(start, row).collect();
                let texts = *key == MapKey::Text;
                if texts {
                    entries.sort_by_key(|at| self.world.symbols.text(Symbol(keys[*at])));
                }
                self.length(entries.len());
                for at in entries {
                    match texts {
                        true => self.symbol(Symbol(keys[at])),
                        false => self.code(keys[at]),
                    }
                    self.value(value, values, at);
                }
            }
            ColumnData::Set { start, values } => {
                let Kind::Set(element) = kind else { return };
                let mut elements: Vec<usize> = range(start, row).collect();
                if let ColumnData::Text(texts) = &**values {
                    elements.sort_by_key(|at| self.world.symbols.text(texts[*at]));
                }
                self.length(elements.len());
                elements.into_iter().for_each(|at| self.value(element, values, at));
            }
        }
    }

    fn current(&mut self, schema: &Schema) {
        let current = &self.world.current;
        let name = |decision: u32| {
            schema.decisions.get(decision as usize).map_or("", |decision| decision.name.as_str())
        };
        self.length(current.entries.len());
        for entry in &current.entries {
            self.text(name(entry.decision));
            self.length(entry.at.len());
            entry.at.iter().for_each(|code| self.code(*code));
            self.number(entry.value);
        }
        self.length(current.departed.len());
        for entry in &current.departed {
            self.text(name(entry.decision));
            self.length(entry.at.len());
            entry.at.iter().for_each(|text| self.text(text));
            self.number(entry.value);
        }
        current.gap.into_iter().for_each(|gap| self.number(gap));
    }

    fn number(&mut self, value: f64) {
        // Both zeros are one number.
        self.hash.update((value + 0.0).to_bits().to_le_bytes());
    }

    fn code(&mut self, code: u32) {
        self.hash.update(code.to_le_bytes());
    }

    fn length(&mut self, length: usize) {
        self.hash.update((length as u64).to_le_bytes());
    }

    fn symbol(&mut self, symbol: Symbol) {
        self.text(self.world.symbols.text(symbol));
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.hash.update(text.as_bytes());
    }
}

fn range(start: &[u32], row: usize) -> std::ops::Range<usize> {
    start[row] as usize..start[row + 1] as usize
}

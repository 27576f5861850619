//! Whether a world that was read back is one that could have been loaded.

use crate::schema::{Kind, MapKey, Schema};
use crate::{ColumnData, Symbol, Table, World};

/// Says the first thing that does not fit.
pub(super) fn fits(world: &World, schema: &Schema) -> Result<(), String> {
    let names = world.tables.iter().map(|table| &table.input);
    if !names.eq(schema.inputs.iter().map(|input| &input.name)) {
        return Err("its inputs are not those of the policy".to_owned());
    }
    let checks = Checks { world, schema };
    for (table, input) in world.tables.iter().zip(&schema.inputs) {
        checks.table(table, input.entity)?;
    }
    checks.current()
}

struct Checks<'a> {
    world: &'a World,
    schema: &'a Schema,
}

impl Checks<'_> {
    fn table(&self, table: &Table, entity: usize) -> Result<(), String> {
        let fault = |what: &str| Err(format!("`{}`: {what}", table.input));
        let rows = table.keys.len();
        let known = |symbol: &Symbol| (symbol.0 as usize) < self.world.symbols.len();
        if !table.keys.iter().all(known) {
            return fault("a key is no text of it");
        }
        if !table.keys.is_sorted_by(|a, b| self.text(*a) < self.text(*b)) {
            return fault("its keys are not in order");
        }
        let file = |row: u32| (row as usize) < self.world.files.len();
        if table.places.len() != rows || !table.places.iter().all(|place| file(place.file)) {
            return fault("it does not say where each row was read");
        }
        let fields = &self.schema.entities[entity].fields;
        if table.columns.len() != fields.len() {
            return fault("its fields are not those of the policy");
        }
        for (field, column) in fields.iter().zip(&table.columns) {
            let present = column.present.as_ref().is_none_or(|it| it.len() == rows);
            let all_there = present && column.data.rows() == rows;
            if !all_there || !self.column(&field.kind, &column.data) {
                return fault(&format!("field `{}` holds something else", field.name));
            }
        }
        Ok(())
    }

    /// Whether data is of a kind, with every position inside of what it points into.
    fn column(&self, kind: &Kind, data: &ColumnData) -> bool {
        match (kind, data) {
            (Kind::Number(_) | Kind::Time, ColumnData::Number(values)) => finite(values),
            (Kind::Bool, ColumnData::Bool(_)) => true,
            (Kind::Text, ColumnData::Text(values)) => {
                values.iter().all(|it| (it.0 as usize) < self.world.symbols.len())
            }
            (Kind::Enum(id), ColumnData::Enum(values)) => self.codes(MapKey::Enum(*id), values),
            (Kind::Reference(entity), ColumnData::Reference(values)) => {
                self.codes(MapKey::Reference(*entity), values)
            }
            (Kind::Amounts, ColumnData::Amounts { stride, values }) => {
                *stride == self.schema.resources.len() && finite(values)
            }
            (Kind::Map(key, value), ColumnData::Map { start, keys, values }) => {
                spans(start, keys.len())
                    && values.rows() == keys.len()
                    && self.codes(*key, keys)
                    && start.windows(2).all(|row| {
                        keys[row[0] as usize..row[1] as usize].is_sorted_by(|a, b| a < b)
                    })
                    && self.column(value, values)
            }
            (Kind::Set(element), ColumnData::Set { start, values }) => {
                spans(start, values.rows()) && self.column(element, values)
            }
            _ => false,
        }
    }

    fn codes(&self, key: MapKey, codes: &[u32]) -> bool {
        let count = match key {
            MapKey::Text => self.world.symbols.len(),
            MapKey::Enum(id) => self.schema.enums[id].values.len(),
            MapKey::Reference(entity) => {
                let input = self.schema.entities[entity].input;
                input.map_or(0, |input| self.world.tables[input].keys.len())
            }
            MapKey::Slot(id) => self.schema.slots[id].count as usize,
            MapKey::Resource => self.schema.resources.len(),
        };
        // A row without a value holds a code that means nothing, and that is 0.
        codes.iter().all(|code| (*code as usize) < count.max(1))
    }

    fn current(&self) -> Result<(), String> {
        let current = &self.world.current;
        let indices = |decision: u32| Some(&self.schema.decisions.get(decision as usize)?.indices);
        let entries = current.entries.iter().all(|entry| {
            entry.value.is_finite()
                && indices(entry.decision).is_some_and(|indices| {
                    indices.len() == entry.at.len()
                        && indices.iter().zip(&entry.at).all(|(key, at)| self.codes(*key, &[*at]))
                })
        });
        let departed = current.departed.iter().all(|entry| {
            entry.value.is_finite()
                && indices(entry.decision).is_some_and(|it| it.len() == entry.at.len())
        });
        let gap = current.gap.is_none_or(|gap| gap.is_finite() && gap >= 0.0);
        match entries && departed && gap {
            true => Ok(()),
            false => Err("what runs now is not of the policy's decisions".to_owned()),
        }
    }

    fn text(&self, symbol: Symbol) -> &str {
        self.world.symbols.text(symbol)
    }
}

fn finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// Whether `start` cuts `count` entries into rows.
fn spans(start: &[u32], count: usize) -> bool {
    start.first() == Some(&0)
        && start.last().is_some_and(|last| *last as usize == count)
        && start.is_sorted()
}

//! Rows that come after a world was read.

use apportion_diagnostic::{Diagnostic, Severity};

use crate::columns::FieldReader;
use crate::faults::{At, Faults};
use crate::keys::Keys;
use crate::load::read_input;
use crate::scalar::Context;
use crate::schema::Schema;
use crate::{InputBytes, Table, World, forecast};

/// Reads more rows of one input: their references lead to the rows of a world that stands.
pub struct LaterRows<'s> {
    schema: &'s Schema,
    position: usize,
    keys: Keys<'s>,
    /// The world, with the rows that were read last in the place of the input's own.
    world: World,
    /// The input's own rows, and behind them those that were taken in.
    own: Table,
    /// How many files the world was read from.
    files: usize,
}

impl<'s> LaterRows<'s> {
    /// Of an input of the schema that the world was loaded with; nothing if it has no such input.
    pub fn new(schema: &'s Schema, world: &World, input: &str) -> Option<LaterRows<'s>> {
        let position = schema.inputs.iter().position(|it| it.name == input)?;
        let mut keys = Keys::new(schema);
        for (input, table) in schema.inputs.iter().zip(&world.tables) {
            keys.rows[input.entity] = table.keys.iter().copied().zip(0..).collect();
        }
        let mut world = World { current: Default::default(), ..world.clone() };
        let table = world.tables.get_mut(position)?;
        let none = Table {
            input: table.input.clone(),
            keys: Vec::new(),
            columns: Vec::new(),
            places: Vec::new(),
        };
        let own = std::mem::replace(table, none);
        Some(LaterRows { schema, position, keys, files: world.files.len(), world, own })
    }

    /// Hands a world to `make` that has some of the rows read last too, behind the input's own, in which every row
    /// keeps its number; [`World::row`] does not find them. They are taken in if `make` succeeds.
    pub fn take_in<T, E>(
        &mut self,
        rows: &[u32],
        make: impl FnOnce(&World) -> Result<T, E>,
    ) -> Result<T, E> {
        let read = &self.world.tables[self.position];
        let mut own = self.own.clone();
        rows.iter().for_each(|row| own.push(read, *row as usize));
        let read = std::mem::replace(&mut self.world.tables[self.position], own);
        let made = make(&self.world);
        let own = std::mem::replace(&mut self.world.tables[self.position], read);
        if made.is_ok() {
            self.own = own;
        }
        made
    }

    /// Reads rows. The world that is given has them, and no others, in the place of the input's; texts of rows
    /// that were read before are kept. Findings are errors: a cell that cannot be used, a key that is taken.
    pub fn read(&mut self, bytes: &InputBytes) -> Result<&World, Vec<Diagnostic>> {
        let mut faults = Faults::default();
        let table = self.table(bytes, &mut faults);
        let findings = faults.into_findings();
        let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
        match table {
            Some(table) if !failed => {
                self.world.tables[self.position] = table;
                Ok(&self.world)
            }
            _ => Err(findings),
        }
    }

    fn table(&mut self, bytes: &InputBytes, faults: &mut Faults) -> Option<Table> {
        let LaterRows { schema, position, keys, world, files, .. } = self;
        let input = &schema.inputs[*position];
        let entity = &schema.entities[input.entity];
        let mut raw = read_input(schema, input.entity, bytes, faults)?;
        world.files.truncate(*files);
        world.files.push(bytes.file.clone());
        let symbols = &mut world.symbols;
        let mut table = raw.keys(schema, *position, *files as u32, symbols, faults)?;
        for (key, place) in table.keys.iter().zip(&table.places) {
            if keys.rows[input.entity].contains_key(key) {
                let column = &entity.fields[entity.key].name;
                let at = At {
                    file: &bytes.file,
                    row: Some(u64::from(place.row)),
                    row_word: "row",
                    column,
                };
                let expected = format!("this key is taken by a row of `{}`", input.name);
                faults.cell(&at, "duplicate-key", symbols.text(*key), expected);
            }
        }
        let own = entity.fields.len() - schema.forecast_fields(*position);
        let fields = entity.fields.iter().zip(&raw.bindings).take(own);
        for (number, (field, binding)) in fields.enumerate() {
            let reader = FieldReader {
                file: &bytes.file,
                context: Context { field: &field.name, table: &raw.table, keys },
                field,
                binding,
                order: raw.order_of(number == entity.key),
            };
            table.columns.push(reader.read(symbols, faults));
        }
        let forecasts = forecast::of_later_rows(schema, *position, (&table, symbols), faults);
        table.columns.extend(forecasts);
        Some(table)
    }
}

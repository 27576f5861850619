//! Reading a world's columns as the fields of a policy's entities.

use std::borrow::Cow;

use apportion_check::eval::{Facts, Value};
use apportion_check::policy::{
    Domain, EntityId, Expr, ExprKind, FieldId, InputId, ParamId, Policy, SlotsId, Type,
};
use apportion_units::{self as units, Unit};
use apportion_world::{Column, ColumnData, Symbol, Table, World};

use crate::Settings;

/// Significant digits of numbers in texts for people.
const DIGITS: usize = 6;

/// The facts of one world under one policy: reads cost the same however large the world is.
#[derive(Clone, Debug)]
pub struct WorldFacts<'w> {
    policy: &'w Policy,
    world: &'w World,
    settings: &'w Settings,
    /// The table that holds each entity's rows.
    tables: Vec<Option<&'w Table>>,
}

impl<'w> WorldFacts<'w> {
    /// `world` must have been loaded with the [`crate::schema`] of the same policy and settings; where
    /// it was not, facts are absent.
    pub fn new(policy: &'w Policy, world: &'w World, settings: &'w Settings) -> WorldFacts<'w> {
        let tables = policy
            .entities
            .iter()
            .map(|entity| entity.input.and_then(|input| world.tables.get(input.index())))
            .collect();
        WorldFacts { policy, world, settings, tables }
    }

    /// The policy that the facts are for.
    pub fn policy(&self) -> &'w Policy {
        self.policy
    }

    /// The world that is read.
    pub fn world(&self) -> &'w World {
        self.world
    }

    /// Parameters, time and slots of the run.
    pub fn settings(&self) -> &'w Settings {
        self.settings
    }

    /// The key of a row; empty for a row that does not exist.
    pub fn key(&self, entity: EntityId, row: u32) -> &'w str {
        self.table(entity)
            .and_then(|table| table.keys.get(row as usize))
            .map_or("", |key| self.world.symbols.text(*key))
    }

    /// How a value of that type reads: a row's key, an enum's word, a resource's name, a slot's number.
    pub fn name(&self, value: &Value<'_>, ty: &Type) -> String {
        match (value, ty) {
            (Value::Row(row), Type::Row(entity)) => self.key(*entity, *row).to_owned(),
            (Value::Enum(word), Type::Enum(id)) => self
                .policy
                .enums
                .get(id.index())
                .and_then(|list| list.values.get(*word as usize))
                .map_or_else(String::new, |word| word.to_string()),
            (Value::Resource(resource), _) => self
                .policy
                .resources
                .get(*resource as usize)
                .map_or_else(String::new, |resource| resource.name.to_string()),
            (Value::Slot(number), _) => number.to_string(),
            (Value::Text(text), _) => text.to_string(),
            (Value::Number(number), _) => number.to_string(),
            (Value::Bool(value), _) => value.to_string(),
            _ => String::new(),
        }
    }

    /// How the value of an expression reads, numbers in the unit that its author declared: `4 GiB`.
    pub fn display(&self, value: &Value<'_>, expr: &Expr) -> String {
        match (value, self.unit(expr)) {
            (Value::Number(number), Some(unit)) => units::display(*number, unit, DIGITS),
            (Value::Number(number), None) => units::format_number(*number, DIGITS),
            _ => self.name(value, &expr.ty),
        }
    }

    fn unit(&self, expr: &Expr) -> Option<&'w Unit> {
        match &expr.kind {
            ExprKind::Param(param) => self.policy.params.get(param.index())?.unit.as_ref(),
            ExprKind::Let(id, _) => self.policy.lets.get(id.index())?.unit.as_ref(),
            ExprKind::Decision(id, _) | ExprKind::Moves(id, _) => {
                self.policy.decisions.get(id.index())?.unit.as_ref()
            }
            ExprKind::Default(left, _) => self.unit(left),
            ExprKind::Lookup(owner, key) => match (&owner.ty, &key.kind) {
                (Type::Amounts, ExprKind::Resource(resource)) => {
                    Some(&self.policy.resources.get(resource.index())?.unit)
                }
                _ => self.unit(owner),
            },
            ExprKind::Field(owner, field) => {
                let Type::Row(entity) = &owner.ty else { return None };
                let entity = self.policy.entities.get(entity.index())?;
                entity.fields.get(field.index())?.unit.as_ref()
            }
            _ => None,
        }
    }

    /// The type of what an index runs over; absent for an empty list of values.
    pub fn index_type(&self, domain: &Domain) -> Option<Type> {
        match domain {
            Domain::Input(input) => {
                self.policy.inputs.get(input.index()).map(|input| Type::Row(input.entity))
            }
            Domain::Enum(id) => Some(Type::Enum(*id)),
            Domain::Values(values) => values.first().map(|value| value.ty.clone()),
            Domain::Resources => Some(Type::Resource),
            Domain::Slots(slots) => Some(Type::Slot(*slots)),
            Domain::Set(set) => match &set.ty {
                Type::Set(element) | Type::List(element) | Type::Map(element, _) => {
                    Some(element.as_ref().clone())
                }
                _ => None,
            },
        }
    }

    fn table(&self, entity: EntityId) -> Option<&'w Table> {
        self.tables.get(entity.index()).copied().flatten()
    }

    fn column(&self, entity: EntityId, field: FieldId, row: u32) -> Option<&'w Column> {
        let column = self.table(entity)?.columns.get(field.index())?;
        let present = column
            .present
            .as_ref()
            .is_none_or(|present| present.get(row as usize).copied().unwrap_or(false));
        present.then_some(column)
    }

    fn field_type(&self, entity: EntityId, field: FieldId) -> Option<&'w Type> {
        Some(&self.policy.entities.get(entity.index())?.fields.get(field.index())?.ty)
    }

    fn cell(&self, data: &'w ColumnData, position: usize, ty: &Type) -> Option<Value<'w>> {
        match data {
            ColumnData::Number(values) => values.get(position).map(|number| match ty {
                Type::Time => Value::Time(*number),
                _ => Value::Number(*number),
            }),
            ColumnData::Bool(values) => values.get(position).map(|value| Value::Bool(*value)),
            ColumnData::Text(values) => values.get(position).map(|symbol| self.text(*symbol)),
            ColumnData::Enum(values) => values.get(position).map(|word| Value::Enum(*word)),
            ColumnData::Reference(values) => values.get(position).map(|row| Value::Row(*row)),
            ColumnData::Amounts { .. } | ColumnData::Map { .. } | ColumnData::Set { .. } => None,
        }
    }

    fn text(&self, symbol: Symbol) -> Value<'w> {
        Value::Text(Cow::Borrowed(self.world.symbols.text(symbol)))
    }

    fn key_value(&self, code: u32, ty: &Type) -> Value<'w> {
        match ty {
            Type::Enum(_) => Value::Enum(code),
            Type::Row(_) => Value::Row(code),
            Type::Slot(_) => Value::Slot(code),
            Type::Resource => Value::Resource(code),
            _ => self.text(Symbol(code)),
        }
    }

    /// What stands for `key` among a map's keys.
    fn code_of(&self, key: &Value<'_>) -> Option<u32> {
        match key {
            Value::Text(text) => self.world.symbols.get(text).map(|symbol| symbol.0),
            key => key.code(),
        }
    }

    fn elements_of(&self, entity: EntityId, field: FieldId, row: u32) -> Option<Vec<Value<'w>>> {
        let column = self.column(entity, field, row)?;
        let mut elements = match (&column.data, self.field_type(entity, field)?) {
            (ColumnData::Amounts { stride, .. }, _) => {
                (0..*stride as u32).map(Value::Resource).collect()
            }
            (ColumnData::Map { start, keys, .. }, Type::Map(key, _)) => {
                let keys = keys.get(stretch(start, row)?)?;
                keys.iter().map(|code| self.key_value(*code, key)).collect()
            }
            (ColumnData::Set { start, values }, Type::Set(element)) => stretch(start, row)?
                .map(|position| self.cell(values, position, element))
                .collect::<Option<Vec<_>>>()?,
            _ => return None,
        };
        // Symbols are numbered as they were met, and the order of texts is the texts' own.
        if let [Value::Text(_), ..] = elements[..] {
            elements.sort_by(|left, right| match (left, right) {
                (Value::Text(left), Value::Text(right)) => left.cmp(right),
                _ => std::cmp::Ordering::Equal,
            });
        }
        Some(elements)
    }
}

impl Facts for WorldFacts<'_> {
    fn field(&self, entity: EntityId, field: FieldId, row: u32) -> Value<'_> {
        let Some(column) = self.column(entity, field, row) else { return Value::Absent };
        match &column.data {
            ColumnData::Amounts { .. } | ColumnData::Map { .. } | ColumnData::Set { .. } => {
                Value::Held(entity, field, row)
            }
            data => self
                .field_type(entity, field)
                .and_then(|ty| self.cell(data, row as usize, ty))
                .unwrap_or(Value::Absent),
        }
    }

    fn entry(&self, entity: EntityId, field: FieldId, row: u32, key: &Value<'_>) -> Value<'_> {
        let Some(column) = self.column(entity, field, row) else { return Value::Absent };
        let found = match &column.data {
            ColumnData::Amounts { stride, values } => match key {
                Value::Resource(resource) if (*resource as usize) < *stride => {
                    let position = row as usize * stride + *resource as usize;
                    values.get(position).map(|number| Value::Number(*number))
                }
                _ => None,
            },
            ColumnData::Map { start, keys, values } => {
                let ty = self.field_type(entity, field);
                self.code_of(key).zip(ty).zip(stretch(start, row)).and_then(
                    |((code, ty), range)| {
                        let first = range.start;
                        let position = first + keys.get(range)?.binary_search(&code).ok()?;
                        let Type::Map(_, value) = ty else { return None };
                        self.cell(values, position, value)
                    },
                )
            }
            _ => None,
        };
        found.unwrap_or(Value::Absent)
    }

    fn elements(&self, entity: EntityId, field: FieldId, row: u32) -> Vec<Value<'_>> {
        self.elements_of(entity, field, row).unwrap_or_default()
    }

    fn holds(&self, entity: EntityId, field: FieldId, row: u32, element: &Value<'_>) -> bool {
        let Some(column) = self.column(entity, field, row) else { return false };
        match (&column.data, element) {
            (ColumnData::Amounts { stride, .. }, Value::Resource(resource)) => {
                (*resource as usize) < *stride
            }
            (ColumnData::Map { start, keys, .. }, element) => self
                .code_of(element)
                .zip(stretch(start, row).and_then(|range| keys.get(range)))
                .is_some_and(|(code, keys)| keys.binary_search(&code).is_ok()),
            (ColumnData::Set { start, values }, element) => {
                stretch(start, row).is_some_and(|mut range| {
                    range.any(|position| self.is_at(values, position, element))
                })
            }
            _ => false,
        }
    }

    fn size(&self, entity: EntityId, field: FieldId, row: u32) -> usize {
        let Some(column) = self.column(entity, field, row) else { return 0 };
        match &column.data {
            ColumnData::Amounts { stride, .. } => *stride,
            ColumnData::Map { start, .. } | ColumnData::Set { start, .. } => {
                stretch(start, row).map_or(0, |range| range.len())
            }
            _ => 0,
        }
    }

    fn rows(&self, input: InputId) -> u32 {
        self.world.tables.get(input.index()).map_or(0, |table| table.keys.len() as u32)
    }

    fn param(&self, param: ParamId) -> Value<'_> {
        self.settings.param(param)
    }

    fn slots(&self, slots: SlotsId) -> (u32, f64) {
        self.settings.slots(slots)
    }

    fn slot_start(&self, slots: SlotsId, number: u32) -> f64 {
        self.settings.slot_start(slots, number)
    }

    fn now(&self) -> f64 {
        self.settings.at()
    }
}

impl WorldFacts<'_> {
    fn is_at(&self, data: &ColumnData, position: usize, element: &Value<'_>) -> bool {
        match (data, element) {
            (ColumnData::Text(values), Value::Text(text)) => values
                .get(position)
                .is_some_and(|symbol| self.world.symbols.text(*symbol) == text.as_ref()),
            (ColumnData::Number(values), Value::Number(number) | Value::Time(number)) => {
                values.get(position) == Some(number)
            }
            (ColumnData::Bool(values), Value::Bool(value)) => values.get(position) == Some(value),
            (ColumnData::Enum(values), Value::Enum(code))
            | (ColumnData::Reference(values), Value::Row(code)) => {
                values.get(position) == Some(code)
            }
            _ => false,
        }
    }
}

/// Where the entries of a row stand.
fn stretch(start: &[u32], row: u32) -> Option<std::ops::Range<usize>> {
    let row = row as usize;
    Some(*start.get(row)? as usize..*start.get(row + 1)? as usize)
}

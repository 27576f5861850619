//! Values, and where they come from.

use std::borrow::Cow;
use std::rc::Rc;

use crate::policy::{EntityId, FieldId, InputId, ParamId, SlotsId};

/// The value of a ground expression. Collections in facts are named, not copied.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'f> {
    /// No value: a fact that is not there.
    Absent,
    /// True or false.
    Bool(bool),
    /// A number in base units.
    Number(f64),
    /// A point in time, seconds since 1970-01-01T00:00Z.
    Time(f64),
    /// A text.
    Text(Cow<'f, str>),
    /// A position in the enum that the expression's type names.
    Enum(u32),
    /// A row of the table of the entity that the expression's type names.
    Row(u32),
    /// A resource's position.
    Resource(u32),
    /// A slot's number.
    Slot(u32),
    /// A list, or a set in order and without doubles, that the policy wrote down.
    Collection(Rc<[Value<'f>]>),
    /// A set, map or amounts that a row holds.
    Held(EntityId, FieldId, u32),
}

impl Value<'_> {
    /// The position that the value stands for where it names a row, an enum's word, a resource or a
    /// slot: what a decision is indexed by.
    pub fn code(&self) -> Option<u32> {
        match *self {
            Value::Enum(code) | Value::Row(code) | Value::Resource(code) | Value::Slot(code) => {
                Some(code)
            }
            _ => None,
        }
    }
}

/// The facts that an expression may read. Rows are numbered from 0 in the order of their keys.
pub trait Facts {
    /// The value of a field; sets, maps and amounts as [`Value::Held`]; [`Value::Absent`] where the row
    /// has none.
    fn field(&self, entity: EntityId, field: FieldId, row: u32) -> Value<'_>;

    /// The entry of a held map or amounts under `key`; [`Value::Absent`] where there is none.
    fn entry(&self, entity: EntityId, field: FieldId, row: u32, key: &Value<'_>) -> Value<'_>;

    /// The elements of a held set, or the keys of a held map, ascending.
    fn elements(&self, entity: EntityId, field: FieldId, row: u32) -> Vec<Value<'_>>;

    /// Whether `element` is an element of a held set or a key of a held map.
    fn holds(&self, entity: EntityId, field: FieldId, row: u32, element: &Value<'_>) -> bool {
        self.elements(entity, field, row).contains(element)
    }

    /// How many elements a held set has, or entries a held map.
    fn size(&self, entity: EntityId, field: FieldId, row: u32) -> usize {
        self.elements(entity, field, row).len()
    }

    /// How many rows an input has.
    fn rows(&self, input: InputId) -> u32;

    /// The value of a parameter.
    fn param(&self, param: ParamId) -> Value<'_>;

    /// How many slots there are, and the length of one in seconds.
    fn slots(&self, slots: SlotsId) -> (u32, f64);

    /// When a slot begins, seconds since 1970-01-01T00:00Z.
    fn slot_start(&self, slots: SlotsId, number: u32) -> f64 {
        self.now() + f64::from(number) * self.slots(slots).1
    }

    /// The time of the plan, seconds since 1970-01-01T00:00Z.
    fn now(&self) -> f64;
}

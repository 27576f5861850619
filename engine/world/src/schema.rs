//! What a policy expects of its inputs, as plain data: the loader knows no policy.

use apportion_units::Unit;

/// Everything that the tables of a world must look like.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Schema {
    /// Kinds of row.
    pub entities: Vec<EntitySchema>,
    /// Closed lists of words.
    pub enums: Vec<EnumSchema>,
    /// What `amounts` hold one quantity of.
    pub resources: Vec<ResourceSchema>,
    /// Rows of slots: name and number of slots.
    pub slots: Vec<SlotsSchema>,
    /// The inputs, one table each.
    pub inputs: Vec<InputSchema>,
    /// Forecasts of the inputs' rows.
    pub forecasts: Vec<ForecastSchema>,
    /// The decisions, for reading what runs now.
    pub decisions: Vec<DecisionSchema>,
}

/// What a solver chooses, as far as a file of what runs now names it.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionSchema {
    /// Its name.
    pub name: String,
    /// What each index is keyed by.
    pub indices: Vec<MapKey>,
    /// The unit of its value; absent for a plain number.
    pub unit: Option<Unit>,
    /// Whether only whole numbers are taken.
    pub whole: bool,
    /// The least value that can run, in base units. There is no greatest: what runs may be beyond a limit that
    /// has changed since, and the plan takes it back.
    pub least: Option<f64>,
}

/// A kind of row.
#[derive(Clone, Debug, PartialEq)]
pub struct EntitySchema {
    /// Its name.
    pub name: String,
    /// Its fields; exactly one is the key.
    pub fields: Vec<FieldSchema>,
    /// Position of the key in `fields`; its kind is [`Kind::Text`].
    pub key: usize,
    /// Position of its input in [`Schema::inputs`], to which references to it lead.
    pub input: Option<usize>,
}

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldSchema {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row may leave it out.
    pub optional: bool,
    /// What a row that leaves it out has.
    pub default: Option<Value>,
    /// Where the policy declares it, for messages: `policy/main.alloc:31:3`.
    pub declared: String,
}

/// What a field, or an element of it, holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A text.
    Text,
    /// True or false.
    Bool,
    /// A number.
    Number(NumberKind),
    /// A point in time.
    Time,
    /// A word of [`Schema::enums`].
    Enum(usize),
    /// The key of a row of [`Schema::entities`].
    Reference(usize),
    /// One quantity per resource, none below 0.
    Amounts,
    /// Values by key; the key is a text, an enum's word, a reference, or a slot's number.
    Map(MapKey, Box<Kind>),
    /// Values without doubles.
    Set(Box<Kind>),
}

impl Kind {
    /// The entities whose rows a value refers to.
    pub fn references(&self) -> Vec<usize> {
        match self {
            Kind::Reference(entity) => vec![*entity],
            Kind::Map(MapKey::Reference(entity), value) => {
                let mut entities = value.references();
                entities.push(*entity);
                entities
            }
            Kind::Map(_, inner) | Kind::Set(inner) => inner.references(),
            Kind::Text
            | Kind::Bool
            | Kind::Number(_)
            | Kind::Time
            | Kind::Enum(_)
            | Kind::Amounts => Vec::new(),
        }
    }
}

/// What a map is keyed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKey {
    /// Any text.
    Text,
    /// A word of [`Schema::enums`].
    Enum(usize),
    /// The key of a row of [`Schema::entities`].
    Reference(usize),
    /// A slot of [`Schema::slots`] by its number from 0.
    Slot(usize),
    /// A resource of [`Schema::resources`].
    Resource,
}

/// What a number must be.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberKind {
    /// Its unit; absent for a plain number. A bare number in the data is an error where a unit is
    /// declared, unless the column or the manifest states one; a plain number takes none but `%`.
    pub unit: Option<Unit>,
    /// Whether only whole numbers are taken.
    pub whole: bool,
    /// Least value, in base units.
    pub least: Option<f64>,
    /// Greatest value, in base units.
    pub most: Option<f64>,
}

/// A closed list of words.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumSchema {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<String>,
}

/// A resource.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceSchema {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
}

/// A row of slots.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotsSchema {
    /// Its name.
    pub name: String,
    /// How many there are.
    pub count: u32,
}

/// An input.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSchema {
    /// Its name.
    pub name: String,
    /// Position of its entity in [`Schema::entities`].
    pub entity: usize,
    /// The most rows.
    pub max: Option<u64>,
}

/// What is expected of the rows of an input, slot by slot. A file of its own has it; the values are the last fields of
/// the input's entity, one for each quantile, in the order of the forecasts: maps by slot.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastSchema {
    /// Its name.
    pub name: String,
    /// Position in [`Schema::inputs`].
    pub input: usize,
    /// The columns of its values, the lowest quantile first: `p50`, `p95`, or `value`.
    pub quantiles: Vec<String>,
    /// What a value is.
    pub kind: NumberKind,
    /// Position of its slots in [`Schema::slots`].
    pub slots: usize,
    /// Where its first slot begins, seconds since 1970-01-01T00:00Z.
    pub first: f64,
    /// How long a slot is, in seconds.
    pub every: f64,
    /// What happens where a row has no value for a slot.
    pub missing: Missing,
}

/// What happens where a row has no value for a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Missing {
    /// There is no world.
    Deny,
    /// The row is left out.
    Exclude,
    /// A value in base units in its place, for every quantile.
    Assume(f64),
    /// The last one before it, if it is no older than so many seconds when the slot begins.
    Last(f64),
}

impl Schema {
    /// How many of the last fields of an input's entity hold forecasts.
    pub fn forecast_fields(&self, input: usize) -> usize {
        let own = self.forecasts.iter().filter(|it| it.input == input);
        own.map(|it| it.quantiles.len()).sum()
    }
}

/// A value outside of any table: a default.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number in base units.
    Number(f64),
    /// A text.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A position in an enum.
    Enum(u32),
    /// No elements.
    Empty,
    /// The same quantity for every resource, in each resource's base unit.
    EveryResource(f64),
}

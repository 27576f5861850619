//! What a row is told apart by: fields, what expressions on one row are worth, and words for their values.

use apportion_check::eval::{Evaluator, Facts, Value};
use apportion_check::policy::{EntityId, EnumId, Expr, FieldId, Policy, Type};
use rustc_hash::FxHashMap;

/// An attribute of a row: a field, or a field of a row that it refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Path {
    /// The kind of row that it starts from.
    pub(crate) entity: EntityId,
    /// Each field belongs to the entity that the one before refers to.
    pub(crate) fields: Vec<(EntityId, FieldId)>,
    /// The only entry that is read of a map or of amounts; absent: all.
    pub(crate) key: Option<Key>,
}

/// A key of a map or of amounts that the policy writes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A value of an enum.
    Enum(EnumId, u32),
    /// A resource, by its position.
    Resource(u32),
}

impl Key {
    /// The value to look up.
    pub(crate) fn value(self) -> Value<'static> {
        match self {
            Key::Enum(_, code) => Value::Enum(code),
            Key::Resource(code) => Value::Resource(code),
        }
    }
}

/// An expression that reads one row and nothing else but what is the same for all: rows for which it is worth
/// the same are alike as far as it goes, whatever their fields are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowValue {
    /// The kind of row that it reads.
    pub(crate) entity: EntityId,
    /// The row is in the only slot of its frame.
    pub(crate) expr: Expr,
}

/// One of the things that rows are told apart by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attribute<'r> {
    Path(&'r Path),
    Value(&'r RowValue),
}

impl Attribute<'_> {
    /// The kind of row that has it.
    pub(crate) fn entity(self) -> EntityId {
        match self {
            Attribute::Path(path) => path.entity,
            Attribute::Value(value) => value.entity,
        }
    }
}

/// Turns what attributes are worth into words that differ where they do.
pub(crate) struct Encoder<'f, 'e, F: Facts + ?Sized> {
    policy: &'f Policy,
    facts: &'f F,
    evaluator: &'e Evaluator<'f, F>,
    words: Words,
}

impl<'f, 'e, F: Facts + ?Sized> Encoder<'f, 'e, F> {
    pub(crate) fn new(
        policy: &'f Policy,
        facts: &'f F,
        evaluator: &'e Evaluator<'f, F>,
    ) -> Encoder<'f, 'e, F> {
        Encoder::with(policy, facts, evaluator, Words::default())
    }

    /// One that goes on with the words of another.
    pub(crate) fn with(
        policy: &'f Policy,
        facts: &'f F,
        evaluator: &'e Evaluator<'f, F>,
        words: Words,
    ) -> Encoder<'f, 'e, F> {
        Encoder { policy, facts, evaluator, words }
    }

    /// The words so far.
    pub(crate) fn into_words(self) -> Words {
        self.words
    }

    /// Appends what the attribute is worth at a row.
    pub(crate) fn encode(&mut self, attribute: Attribute<'f>, row: u32, key: &mut Vec<u64>) {
        let value = match attribute {
            Attribute::Path(path) => self.at(path, row),
            Attribute::Value(value) => {
                match self.evaluator.eval_optional(&value.expr, &mut [Value::Row(row)]) {
                    Ok(value) => value,
                    // Whoever uses the expression meets the same error for each of these rows.
                    Err(error) => return key.extend([7, u64::from(error.kind.is_absence())]),
                }
            }
        };
        self.push(&value, key);
    }

    fn at(&self, path: &Path, row: u32) -> Value<'f> {
        let mut value = Value::Row(row);
        for (entity, field) in &path.fields {
            let Value::Row(row) = value else { break };
            value = self.facts.field(*entity, *field, row);
        }
        match (&value, path.key) {
            (Value::Held(entity, field, row), Some(one)) => {
                self.facts.entry(*entity, *field, *row, &one.value())
            }
            _ => value,
        }
    }

    /// Appends words that differ where values differ.
    fn push(&mut self, value: &Value<'_>, key: &mut Vec<u64>) {
        match value {
            Value::Absent => key.push(0),
            Value::Bool(value) => key.extend([1, u64::from(*value)]),
            // -0 and 0 are equal, so they get one word.
            Value::Number(value) | Value::Time(value) => key.extend([2, (value + 0.0).to_bits()]),
            Value::Text(text) => key.extend([3, self.words.number(text)]),
            Value::Enum(code) | Value::Row(code) | Value::Resource(code) | Value::Slot(code) => {
                key.extend([4, u64::from(*code)]);
            }
            Value::Collection(values) => {
                key.extend([5, values.len() as u64]);
                values.iter().for_each(|value| self.push(value, key));
            }
            Value::Held(entity, field, row) => {
                let ty = &self.policy.entities[entity.index()].fields[field.index()].ty;
                match ty {
                    Type::Amounts => {
                        for resource in 0..self.policy.resources.len() as u32 {
                            let resource = Value::Resource(resource);
                            let amount = self.facts.entry(*entity, *field, *row, &resource);
                            self.push(&amount, key);
                        }
                    }
                    ty => {
                        let elements = self.facts.elements(*entity, *field, *row);
                        key.extend([6, elements.len() as u64]);
                        for element in &elements {
                            self.push(element, key);
                            if matches!(ty, Type::Map(..)) {
                                let entry = self.facts.entry(*entity, *field, *row, element);
                                self.push(&entry, key);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Texts by number, so that keys are numbers only.
#[derive(Default)]
pub(crate) struct Words(FxHashMap<String, u64>);

impl Words {
    fn number(&mut self, text: &str) -> u64 {
        if let Some(number) = self.0.get(text) {
            return *number;
        }
        let number = self.0.len() as u64;
        self.0.insert(text.to_owned(), number);
        number
    }
}

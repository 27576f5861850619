//! Which rows are alike.
//!
//! Two rows of an input are alike when they agree on every attribute that the policy reads of that
//! input, and neither stands alone. Classes are numbered in the order of their first rows.

use apportion_check::eval::{Evaluator, Facts, Value};
use apportion_check::policy::{Domain, InputId, Policy, Type};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::Space;
use crate::reads::{Path, Pinned, Reads};

/// The classes of each input's rows.
pub(crate) fn spaces<'f, F: Facts + ?Sized>(
    policy: &'f Policy,
    facts: &'f F,
    evaluator: &Evaluator<'f, F>,
    reads: &Reads<'f>,
    merge: bool,
) -> Vec<Space> {
    let mut alone: FxHashMap<InputId, FxHashSet<u32>> = FxHashMap::default();
    for pinned in &reads.pinned {
        pin(facts, evaluator, pinned, &mut alone);
    }
    let mut words = Words::default();
    let inputs = policy.inputs.iter().enumerate().map(|(number, input)| {
        let id = InputId(number as u32);
        let rows = facts.rows(id);
        if !merge || reads.identified.contains(&input.entity) {
            return identity(rows);
        }
        let paths: Vec<&Path> = reads.paths.iter().filter(|it| it.entity == input.entity).collect();
        let none = FxHashSet::default();
        let alone = alone.get(&id).unwrap_or(&none);
        partition(rows, |row, key| {
            key.push(if alone.contains(&row) { u64::from(row) + 1 } else { 0 });
            for path in &paths {
                encode_path(policy, facts, path, row, &mut words, key);
            }
        })
    });
    inputs.collect()
}

/// Every row a class of its own.
fn identity(rows: u32) -> Space {
    Space {
        class_of: (0..rows).collect(),
        start: (0..=rows).collect(),
        members: (0..rows).collect(),
    }
}

fn partition(rows: u32, mut describe: impl FnMut(u32, &mut Vec<u64>)) -> Space {
    let mut known: FxHashMap<Box<[u64]>, u32> = FxHashMap::default();
    let mut class_of = Vec::with_capacity(rows as usize);
    let mut sizes: Vec<u32> = Vec::new();
    let mut key = Vec::new();
    for row in 0..rows {
        key.clear();
        describe(row, &mut key);
        let class = match known.get(key.as_slice()) {
            Some(class) => *class,
            None => {
                let class = sizes.len() as u32;
                known.insert(key.as_slice().into(), class);
                sizes.push(0);
                class
            }
        };
        sizes[class as usize] += 1;
        class_of.push(class);
    }
    let mut start = Vec::with_capacity(sizes.len() + 1);
    let mut total = 0;
    start.push(0);
    for size in &sizes {
        total += size;
        start.push(total);
    }
    let mut next = start.clone();
    let mut members = vec![0; rows as usize];
    for (row, class) in class_of.iter().enumerate() {
        let at = &mut next[*class as usize];
        members[*at as usize] = row as u32;
        *at += 1;
    }
    Space { class_of, start, members }
}

/// Marks the rows that a formula speaks of one by one.
fn pin<'f, F: Facts + ?Sized>(
    facts: &'f F,
    evaluator: &Evaluator<'f, F>,
    pinned: &Pinned<'f>,
    alone: &mut FxHashMap<InputId, FxHashSet<u32>>,
) {
    // A listed domain's rows stand alone already, as the list names them.
    let Domain::Input(input) = pinned.binder.domain else { return };
    let mut frame = vec![Value::Absent; pinned.frame];
    let alone = alone.entry(input).or_default();
    for row in 0..facts.rows(input) {
        frame[pinned.binder.var.index()] = Value::Row(row);
        let spoken_of = pinned.conditions.iter().all(|(condition, value)| {
            // A condition that has no value is met again, and reported, where it is used.
            evaluator.eval_condition(condition, &mut frame).is_ok_and(|it| it == *value)
        });
        if spoken_of {
            alone.insert(row);
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

pub(crate) fn encode_path<F: Facts + ?Sized>(
    policy: &Policy,
    facts: &F,
    path: &Path,
    row: u32,
    words: &mut Words,
    key: &mut Vec<u64>,
) {
    let mut value = Value::Row(row);
    for (entity, field) in &path.fields {
        let Value::Row(row) = value else { break };
        value = facts.field(*entity, *field, row);
    }
    if let (Value::Held(entity, field, row), Some(one)) = (&value, path.key) {
        value = facts.entry(*entity, *field, *row, &one.value());
    }
    encode(policy, facts, &value, words, key);
}

/// Appends words that differ where values differ.
fn encode<F: Facts + ?Sized>(
    policy: &Policy,
    facts: &F,
    value: &Value<'_>,
    words: &mut Words,
    key: &mut Vec<u64>,
) {
    match value {
        Value::Absent => key.push(0),
        Value::Bool(value) => key.extend([1, u64::from(*value)]),
        // -0 and 0 are equal, so they get one word.
        Value::Number(value) | Value::Time(value) => key.extend([2, (value + 0.0).to_bits()]),
        Value::Text(text) => key.extend([3, words.number(text)]),
        Value::Enum(code) | Value::Row(code) | Value::Resource(code) | Value::Slot(code) => {
            key.extend([4, u64::from(*code)]);
        }
        Value::Collection(values) => {
            key.extend([5, values.len() as u64]);
            values.iter().for_each(|value| encode(policy, facts, value, words, key));
        }
        Value::Held(entity, field, row) => {
            let ty = &policy.entities[entity.index()].fields[field.index()].ty;
            match ty {
                Type::Amounts => {
                    for resource in 0..policy.resources.len() as u32 {
                        let amount = facts.entry(*entity, *field, *row, &Value::Resource(resource));
                        encode(policy, facts, &amount, words, key);
                    }
                }
                ty => {
                    let elements = facts.elements(*entity, *field, *row);
                    key.extend([6, elements.len() as u64]);
                    for element in &elements {
                        encode(policy, facts, element, words, key);
                        if matches!(ty, Type::Map(..)) {
                            let entry = facts.entry(*entity, *field, *row, element);
                            encode(policy, facts, &entry, words, key);
                        }
                    }
                }
            }
        }
    }
}

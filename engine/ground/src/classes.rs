//! Which rows are alike.
//!
//! Two rows of an input are alike when they agree on every attribute that the policy reads of that
//! input, and neither stands alone. Classes are numbered in the order of their first rows.

use apportion_check::eval::{Evaluator, Facts, Value};
use apportion_check::policy::{Domain, InputId, Policy};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::attributes::{Attribute, Encoder};
use crate::model::Space;
use crate::preemption::Told;
use crate::reads::{Pinned, Reads};

/// The classes of each input's rows.
pub(crate) fn spaces<'f, F: Facts + ?Sized>(
    policy: &'f Policy,
    facts: &'f F,
    evaluator: &Evaluator<'f, F>,
    (reads, told): (&'f Reads<'f>, &Told),
    merge: bool,
) -> Vec<Space> {
    let mut alone: FxHashMap<InputId, FxHashSet<u32>> = FxHashMap::default();
    for pinned in &reads.pinned {
        if let Some((input, rows)) = pinned_rows(facts, evaluator, pinned) {
            alone.entry(input).or_default().extend(rows);
        }
    }
    let mut encoder = Encoder::new(policy, facts, evaluator);
    let inputs = policy.inputs.iter().enumerate().map(|(number, input)| {
        let id = InputId(number as u32);
        let rows = facts.rows(id);
        if !merge || reads.identified.contains_key(&input.entity) {
            return identity(rows);
        }
        let attributes: Vec<Attribute> = reads.attributes(input.entity).map(|(it, _)| it).collect();
        let none = FxHashSet::default();
        let alone = alone.get(&id).unwrap_or(&none);
        partition(rows, |row, key| {
            key.push(if alone.contains(&row) { u64::from(row) + 1 } else { 0 });
            told.encode(id, row, key);
            attributes.iter().for_each(|attribute| encoder.encode(*attribute, row, key));
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

/// Rows with equal keys share a class.
pub(crate) fn partition(rows: u32, mut describe: impl FnMut(u32, &mut Vec<u64>)) -> Space {
    let mut known: FxHashMap<Box<[u64]>, u32> = FxHashMap::default();
    let mut class_of = Vec::with_capacity(rows as usize);
    let mut key = Vec::new();
    for row in 0..rows {
        key.clear();
        describe(row, &mut key);
        let next = known.len() as u32;
        let class = match known.get(key.as_slice()) {
            Some(class) => *class,
            None => *known.entry(key.as_slice().into()).or_insert(next),
        };
        class_of.push(class);
    }
    Space::of(class_of, known.len())
}

/// The rows that a formula speaks of one by one; none where a list names them, which makes every row stand alone.
pub(crate) fn pinned_rows<'f, F: Facts + ?Sized>(
    facts: &'f F,
    evaluator: &Evaluator<'f, F>,
    pinned: &Pinned<'f>,
) -> Option<(InputId, Vec<u32>)> {
    let Domain::Input(input) = pinned.binder.domain else { return None };
    let mut frame = vec![Value::Absent; pinned.frame];
    let mut is_spoken_of = |row: &u32| {
        frame[pinned.binder.var.index()] = Value::Row(*row);
        pinned.conditions.iter().all(|(condition, value)| {
            // A condition that has no value is met again, and reported, where it is used.
            evaluator.eval_condition(condition, &mut frame).is_ok_and(|it| it == *value)
        })
    };
    Some((input, (0..facts.rows(input)).filter(|row| is_spoken_of(row)).collect()))
}

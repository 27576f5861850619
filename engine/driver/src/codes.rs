//! What [`Names`] says, read backwards: a plan's words as the codes of a world.

use std::collections::BTreeMap;

use apportion_check::policy::{DecisionId, Policy, Type};
use apportion_plan::{Level, Plan};
use apportion_world::{Current, CurrentEntry, DepartedEntry, World};
use rustc_hash::FxHashMap;

use crate::names::Names;

/// What runs once a plan is carried out, in the numbers of a world that may have changed since.
pub fn current_of(policy: &Policy, world: &World, plan: &Plan) -> Current {
    let names = Names { policy, world, words: &[] };
    let codes = Codes::new(&names);
    let mut current =
        Current { gap: plan.levels.first().and_then(class_gap), ..Current::default() };
    each_value(policy, plan, &mut |decision, at, value| {
        let number = decision as u32;
        match codes.tuple(decision, at) {
            Some(at) => current.entries.push(CurrentEntry { decision: number, at, value }),
            None => {
                let at = at.to_vec();
                current.departed.push(DepartedEntry { decision: number, at, value });
            }
        }
    });
    current.entries.sort_by(|a, b| (a.decision, &a.at).cmp(&(b.decision, &b.at)));
    current.departed.sort_by(|a, b| (a.decision, &a.at).cmp(&(b.decision, &b.at)));
    current
}

/// How far a level is from what classes prove of it, as a share of its value.
pub(crate) fn class_gap(level: &Level) -> Option<f64> {
    let (value, bound) = (level.value?, level.class_bound.or(level.bound)?);
    Some((bound - value).abs() / value.abs()).filter(|gap| gap.is_finite())
}

/// Calls `visit` with each tuple of a plan that is not 0: the decision, the words, and the value in base units.
pub(crate) fn each_value(
    policy: &Policy,
    plan: &Plan,
    visit: &mut dyn FnMut(usize, &[String], f64),
) {
    for (number, decision) in policy.decisions.iter().enumerate() {
        let entries = plan.decisions.get(decision.name.as_str()).into_iter().flatten();
        for entry in entries.filter(|entry| entry.value != 0.0) {
            let unit = decision.unit.as_ref();
            let value = unit.map_or(entry.value, |unit| unit.value_to_base(entry.value));
            visit(number, &entry.at, if decision.whole { value.round() } else { value });
        }
    }
}

/// Codes by word.
pub(crate) struct Codes<'n> {
    names: &'n Names<'n>,
    /// The type of each index of each decision.
    types: Vec<Vec<Type>>,
    /// Codes of the words of enums, resources and values.
    words: Vec<Vec<BTreeMap<String, u32>>>,
    /// By input: rows by key.
    rows: Vec<FxHashMap<&'n str, u32>>,
}

impl<'n> Codes<'n> {
    pub(crate) fn new(names: &'n Names<'n>) -> Codes<'n> {
        let policy = names.policy;
        let types = policy.decisions.iter().enumerate().map(|(number, decision)| {
            let id = DecisionId(number as u32);
            (0..decision.indices.len()).map(|index| names.index_type(id, index)).collect()
        });
        let types: Vec<Vec<Type>> = types.collect();
        let words = types.iter().map(|types| {
            let words = types.iter().map(|ty| {
                let count = match ty {
                    Type::Row(_) | Type::Slot(_) => 0,
                    Type::Enum(id) => policy.enums[id.index()].values.len(),
                    Type::Resource => policy.resources.len(),
                    _ => names.words.len(),
                };
                (0..count as u32).map(|code| (names.code(ty, code).into_owned(), code)).collect()
            });
            words.collect()
        });
        let words = words.collect();
        let rows = names.world.tables.iter().map(|table| {
            let keys = table.keys.iter().map(|key| names.world.symbols.text(*key));
            keys.zip(0..).collect()
        });
        let rows = rows.collect();
        Codes { names, words, types, rows }
    }

    /// The codes of a tuple; none where a word is of nothing that is there.
    pub(crate) fn tuple(&self, decision: usize, at: &[String]) -> Option<Vec<u32>> {
        let words = at.iter().enumerate();
        words.map(|(index, word)| self.code(decision, index, word)).collect()
    }

    fn code(&self, decision: usize, index: usize, word: &str) -> Option<u32> {
        match self.types[decision].get(index)? {
            Type::Row(entity) => {
                let input = self.names.policy.entities[entity.index()].input?;
                self.rows.get(input.index())?.get(word).copied()
            }
            Type::Slot(_) => word.parse().ok(),
            _ => self.words[decision][index].get(word).copied(),
        }
    }
}

//! The single rows that one more row of an input brings with it.

use apportion_check::policy::{IfBroken, InputId, Policy, RuleId};
use apportion_ground::{Family, Ground, Sense, Sort, Tie};
use rustc_hash::FxHashMap;

use crate::place::Placer;
use crate::touch::{TOLERANCE, distances, each_untied};
use crate::worth::breach;

/// The families that are stated for each row of an input, and what they are short of before the row has anything.
pub(super) struct Own {
    /// By family: the quantifier that ranges over the input.
    quantifiers: Vec<Option<usize>>,
    /// By family: what holds where a row that has nothing breaks it, as it has nothing now.
    if_broken: Vec<IfBroken>,
    /// What decisions that are not the row's own take of the room of its rows, by family and single row; each
    /// counted for the first member of its class, as they take the same of all.
    taken: FxHashMap<(u32, usize), f64>,
}

impl Own {
    /// Refuses rules that tie rows of the input to each other.
    pub(super) fn new(placer: &Placer<'_>, policy: &Policy, input: InputId) -> Result<Own, RuleId> {
        let ground = placer.ground;
        let mut quantifiers = Vec::with_capacity(ground.families.len());
        for family in &ground.families {
            quantifiers.push(quantifier(ground, family, input)?);
        }
        let families = ground.families.iter();
        let if_broken = families.map(|it| policy.rules[it.rule.index()].if_broken).collect();
        let mut own = Own { quantifiers, if_broken, taken: FxHashMap::default() };
        for (number, columns) in ground.decisions.iter().enumerate() {
            if !columns.sorts.contains(&Sort::Rows(input)) {
                own.take(placer, number);
            }
        }
        Ok(own)
    }

    /// Whether the rows of a family are brought by the row that they are stated for.
    pub(super) fn has(&self, family: u32) -> bool {
        self.quantifiers[family as usize].is_some()
    }

    /// What decisions of others take of the room in a single row that a row brings.
    pub(super) fn taken(&self, family: u32, single: usize) -> f64 {
        if self.taken.is_empty() {
            return 0.0;
        }
        self.taken.get(&(family, single)).copied().unwrap_or(0.0)
    }

    /// By how much a single row that a row brings may be broken; `room` is what it has with nothing placed.
    pub(super) fn relief(&self, family: u32, sense: Sense, room: f64) -> f64 {
        match self.if_broken[family as usize] {
            IfBroken::Fail => 0.0,
            IfBroken::NoWorse => breach(sense, room),
            IfBroken::Soften if breach(sense, room) > 0.0 => f64::INFINITY,
            IfBroken::Soften => 0.0,
        }
    }

    /// How many single rows of one more row of a class are broken as long as it has nothing, and the first's rule.
    pub(super) fn demands(&self, placer: &Placer<'_>, class: u32) -> (u64, Option<RuleId>) {
        let ground = placer.ground;
        let mut demands = (0, None);
        for (number, family) in ground.families.iter().enumerate() {
            let Some(quantifier) = self.quantifiers[number] else { continue };
            if family.soft.is_some() || self.if_broken[number] != IfBroken::Fail {
                continue;
            }
            for row in (0..family.len()).filter(|row| family.key(*row)[quantifier] == class) {
                let distances = distances(&family.quantifiers, family.key(row), ground);
                let others: Vec<(usize, usize)> = distances
                    .iter()
                    .enumerate()
                    .filter(|(at, (_, size))| *at != quantifier && *size > 1)
                    .map(|(_, distance)| *distance)
                    .collect();
                let room = room(family, row);
                each_untied(&others, placer.slacks.first(number, row), &mut |single| {
                    let room = room - self.taken(number as u32, single);
                    if is_broken(family.sense, room, family.right[row]) {
                        demands = (demands.0 + 1, demands.1.or(Some(family.rule)));
                    }
                    true
                });
            }
        }
        demands
    }

    /// Counts what a decision of others takes.
    fn take(&mut self, placer: &Placer<'_>, decision: usize) {
        let (ground, index) = (placer.ground, placer.index);
        for (tuple, value) in placer.singles().sorted(decision) {
            let Some(column) = index.column_of(decision, tuple) else { continue };
            let places = placer.places(decision, tuple);
            for touch in index.touches(column) {
                let Some(quantifier) = self.quantifiers[touch.family as usize] else { continue };
                let family = &ground.families[touch.family as usize];
                let row = placer.slacks.row_of(touch.family as usize, touch.first);
                let of_input = distances(&family.quantifiers, family.key(row), ground)[quantifier];
                let untied = touch.untied.iter().filter(|it| **it != of_input);
                let untied: Vec<(usize, usize)> = untied.copied().collect();
                let strides = places.iter().zip(touch.strides);
                let offset: usize = strides.map(|(place, stride)| *place as usize * stride).sum();
                each_untied(&untied, touch.first + offset, &mut |single| {
                    *self.taken.entry((touch.family, single)).or_default() += touch.takes * value;
                    true
                });
            }
        }
    }
}

/// The room in the single rows of a class row before anything is placed.
pub(super) fn room(family: &Family, row: usize) -> f64 {
    let right = family.right[row];
    if family.sense == Sense::GreaterEqual { -right } else { right }
}

/// Whether a row is broken by more than arithmetic.
pub(super) fn is_broken(sense: Sense, room: f64, right: f64) -> bool {
    let rounding = TOLERANCE * right.abs();
    room < -rounding || sense == Sense::Equal && room > rounding
}

/// The one quantifier of a family that ranges over an input; decisions of the input are all tied to it.
fn quantifier(ground: &Ground, family: &Family, input: InputId) -> Result<Option<usize>, RuleId> {
    let sort = Sort::Rows(input);
    let mut over = (0..family.quantifiers.len()).filter(|at| family.quantifiers[*at].sort == sort);
    let Some(quantifier) = over.next() else { return Ok(None) };
    let tied = family.terms.iter().all(|term| {
        let sorts = &ground.decisions[term.decision.index()].sorts;
        sorts
            .iter()
            .zip(&term.ties)
            .all(|(it, tie)| *it != sort || *tie == Tie::Quantifier(quantifier as u8))
    });
    if over.next().is_some() || !tied { Err(family.rule) } else { Ok(Some(quantifier)) }
}

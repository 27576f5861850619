//! What stands in the way of one more unit.

use apportion_check::policy::RuleId;
use apportion_ground::Sort;
use rustc_hash::FxHashMap;

use crate::index::Index;
use crate::place::{GRAIN, Placer, each_tuple};

/// The room that values of single tuples leave in the sums that must hold.
pub struct Room<'g> {
    placer: Placer<'g>,
    /// By decision and code of its first index's class: its columns, by their place in the decision.
    by_first: Vec<FxHashMap<u32, Vec<u32>>>,
}

/// Why a row of a decision's first index gets no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocked {
    /// The rules that have no room for one more unit somewhere, those first that have none in the most
    /// places.
    pub rules: Vec<RuleId>,
    /// Whether there is a place where every sum, and the tuple's own bound, has room for one more.
    pub free: bool,
}

impl<'g> Room<'g> {
    /// What is left beside these values, given by decision and tuple of row numbers and codes.
    pub fn beside<'a>(
        index: &'g Index<'g>,
        values: impl IntoIterator<Item = (usize, &'a [u32], f64)>,
    ) -> Room<'g> {
        let mut placer = Placer::new(index, &[]);
        for (decision, tuple, value) in values {
            placer.put_at(decision, tuple, value);
        }
        let by_first = index.ground.decisions.iter().map(|columns| {
            let mut by_first: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
            for at in 0..columns.len() {
                if let Some(first) = columns.tuple(at).first() {
                    by_first.entry(*first).or_default().push(at as u32);
                }
            }
            by_first
        });
        let by_first = by_first.collect();
        Room { placer, by_first }
    }

    /// Whether the rows of a family are looked at: those of soft rules are not.
    pub fn is_tracked(&self, family: usize) -> bool {
        self.placer.ground.families[family].soft.is_none() && self.placer.slacks.is_tracked(family)
    }

    /// The columns of a row of the first index of a decision, by their place in it.
    pub fn columns_of(&self, decision: usize, subject: u32) -> &[u32] {
        let class = self.placer.ground.decisions[decision].sorts.first().map(|sort| match sort {
            Sort::Rows(input) => {
                self.placer.ground.spaces[input.index()].class_of[subject as usize]
            }
            Sort::Codes => subject,
        });
        let columns = class.and_then(|class| self.by_first[decision].get(&class));
        columns.map_or(&[], Vec::as_slice)
    }

    /// What keeps a row of the first index of a decision from one more unit; `subject` is its number.
    pub fn blocked(&self, decision: usize, subject: u32) -> Blocked {
        let ground = self.placer.ground;
        let columns = &ground.decisions[decision];
        let unit = if columns.whole { 1.0 } else { GRAIN };
        let mut counts: Vec<(RuleId, u64)> = Vec::new();
        let mut blocked = Blocked::default();
        for at in self.columns_of(decision, subject) {
            let at = *at as usize;
            let mut members = self.placer.members(columns, at);
            members[0] = vec![subject];
            let mut tuple = vec![0; members.len()];
            each_tuple(&members, 0, &mut tuple, &mut |tuple| {
                let before: u64 = counts.iter().map(|(_, count)| count).sum();
                self.placer.each_full(decision, at, tuple, &mut |family| {
                    let rule = ground.families[family].rule;
                    match counts.iter_mut().find(|(known, _)| *known == rule) {
                        Some((_, count)) => *count += 1,
                        None => counts.push((rule, 1)),
                    }
                });
                let is_within = self.placer.value(decision, tuple) + unit <= columns.upper[at];
                let after: u64 = counts.iter().map(|(_, count)| count).sum();
                blocked.free |= is_within && before == after;
            });
        }
        counts.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), rule.index()));
        blocked.rules = counts.into_iter().map(|(rule, _)| rule).collect();
        blocked
    }
}

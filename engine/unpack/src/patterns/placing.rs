//! Uses of patterns to single rows.

use apportion_ground::Sort;
use rustc_hash::FxHashMap;

use super::Pattern;
use super::kinds::Kinds;
use crate::fill::Manner;
use crate::index::Index;
use crate::place::{GRAIN, Placer};
use crate::single::Singles;

/// What of a use is nothing: the accuracy of a linear solver.
const ROUNDING: f64 = 1e-6;

/// A plan that uses each pattern as often as `uses` says, rounded down; hosts that remain get the patterns of
/// which the most is left. What fits nowhere is left out, and the room that is left is filled.
pub(super) fn place(
    index: &Index<'_>,
    start: &Singles,
    kinds: &Kinds<'_>,
    patterns: &[Pattern],
    uses: &[f64],
    interrupted: &dyn Fn() -> bool,
) -> Singles {
    let mut placer = Placer::new(index, &[]);
    for (decision, _) in kinds.index.iter().enumerate().filter(|(_, index)| index.is_none()) {
        for (tuple, value) in start.sorted(decision) {
            placer.put_at(decision, tuple, value);
        }
    }
    placer.unbalanced(|placer| {
        let mut stacker = Stacker { placer, kinds, next: FxHashMap::default() };
        stacker.fill_all(patterns, uses);
    });
    placer.fill(Manner::Small, interrupted);
    placer.singles().clone()
}

/// Puts patterns onto hosts.
struct Stacker<'p, 'g, 'k> {
    placer: &'p mut Placer<'g>,
    kinds: &'k Kinds<'g>,
    /// By decision and classes of all other indices: the number of the tuple that the next unit is tried at.
    next: FxHashMap<(usize, Box<[u32]>), usize>,
}

impl Stacker<'_, '_, '_> {
    fn fill_all(&mut self, patterns: &[Pattern], uses: &[f64]) {
        let mut free: Vec<&[u32]> = self.kinds.kinds.iter().map(|kind| &*kind.hosts).collect();
        let mut rests: Vec<(f64, &Pattern)> = Vec::new();
        for (pattern, uses) in patterns.iter().zip(uses) {
            let whole = (uses + ROUNDING).floor().max(0.0);
            rests.push((uses - whole, pattern));
            for _ in 0..whole as u64 {
                self.fill_next(pattern, &mut free);
            }
        }
        rests.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (rest, pattern) in rests {
            if rest > ROUNDING {
                self.fill_next(pattern, &mut free);
            }
        }
    }

    fn fill_next(&mut self, pattern: &Pattern, free: &mut [&[u32]]) {
        let Some((host, rest)) = free[pattern.kind].split_first() else { return };
        free[pattern.kind] = rest;
        for (column, units) in &pattern.units {
            self.stack(*column, *units, *host);
        }
    }

    /// Puts up to `units` of a column at a host.
    fn stack(&mut self, column: u32, units: f64, host: u32) {
        let (ground, index) = (self.placer.ground, self.placer.index);
        let decision = index.decision_of(column);
        let Some(hosting) = self.kinds.index[decision] else { return };
        let columns = &ground.decisions[decision];
        let classes = columns.tuple((column - columns.first) as usize);
        let members =
            classes.iter().zip(&columns.sorts).enumerate().map(|(at, (class, sort))| match sort {
                _ if at == hosting => std::slice::from_ref(&host),
                Sort::Codes => std::slice::from_ref(class),
                Sort::Rows(input) => ground.spaces[input.index()].members(*class),
            });
        let members: Vec<&[u32]> = members.collect();
        let count: usize = members.iter().map(|members| members.len()).product();
        let mut key: Box<[u32]> = classes.into();
        key[hosting] = 0;
        let next = self.next.entry((decision, key)).or_default();
        let mut left = units;
        let mut tried = 0;
        while left >= GRAIN && tried < count {
            let tuple = nth(&members, *next);
            let most = self.placer.capacity(decision, column, &tuple);
            let amount = self.placer.portion(decision, most.min(left));
            if amount > 0.0 {
                self.placer.put(decision, column, &tuple, amount);
                left -= amount;
            }
            if left >= GRAIN {
                *next = (*next + 1) % count;
                tried += 1;
            }
        }
    }
}

/// A tuple of members by its number.
fn nth(members: &[&[u32]], mut number: usize) -> Vec<u32> {
    let mut tuple: Vec<u32> = members
        .iter()
        .rev()
        .map(|members| {
            let member = members[number % members.len()];
            number /= members.len();
            member
        })
        .collect();
    tuple.reverse();
    tuple
}

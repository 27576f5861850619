//! Which definitions read themselves or lie too deep: to check either kind would never end, or take more of the
//! stack than there is.

use rustc_hash::FxHashMap;

use super::scope::{Names, Refusal, Symbol};
use super::{Declared, declared};
use crate::db::ItemSource;

/// The longest chain of definitions each of which reads the next.
pub(crate) const MAX_DEPTH: usize = 100;

/// The definitions that are not looked into.
pub(super) fn refused<'db>(
    db: &'db dyn salsa::Database,
    names: &Names<'db>,
) -> FxHashMap<ItemSource<'db>, Refusal> {
    let kinds = [
        &names.lets,
        &names.params,
        &names.decisions,
        &names.priorities,
        &names.slots,
        &names.patterns,
    ];
    let nodes: Vec<ItemSource<'db>> = kinds.into_iter().flatten().copied().collect();
    let numbers: FxHashMap<ItemSource<'db>, usize> =
        nodes.iter().enumerate().map(|(at, item)| (*item, at)).collect();
    let reads: Vec<Vec<usize>> = nodes
        .iter()
        .map(|item| {
            let read = read_by(names, *item, db);
            read.iter().filter_map(|read| numbers.get(read).copied()).collect()
        })
        .collect();
    let mut refused = FxHashMap::default();
    let mut depths = vec![0; nodes.len()];
    for group in groups(&reads) {
        let circle = group.len() > 1 || group.iter().any(|it| reads[*it].contains(it));
        for node in group {
            let below = reads[node].iter().map(|read| depths[*read]).max();
            let depth = below.map_or(1, |below: usize| below + 1);
            if circle {
                refused.insert(nodes[node], Refusal::Itself);
            } else if depth > MAX_DEPTH {
                refused.insert(nodes[node], Refusal::TooDeep);
            } else {
                depths[node] = depth;
            }
        }
    }
    refused
}

/// How many definitions are looked at for a circle that can be named.
const MAX_SEEN: usize = 64;

/// The shortest circle of definitions that leads from an item that reads itself back to it: what it reads, what that
/// reads, and so on to the item. Empty where that is long.
pub(crate) fn circle<'db>(
    db: &'db dyn salsa::Database,
    names: &Names<'db>,
    item: ItemSource<'db>,
) -> Vec<ItemSource<'db>> {
    // Each definition that was reached, with the number of the one that reads it.
    let mut reached = vec![(item, 0)];
    let mut at = 0;
    while at < reached.len().min(MAX_SEEN) {
        for read in read_by(names, reached[at].0, db) {
            if read == item {
                let mut way = vec![item];
                while at > 0 {
                    way.push(reached[at].0);
                    at = reached[at].1;
                }
                way.reverse();
                return way;
            }
            if reached.iter().all(|(known, _)| *known != read) {
                reached.push((read, at));
            }
        }
        at += 1;
    }
    Vec::new()
}

/// The definitions whose names an item mentions.
fn read_by<'db>(
    names: &Names<'db>,
    item: ItemSource<'db>,
    db: &'db dyn salsa::Database,
) -> Vec<ItemSource<'db>> {
    let Some(scope) = names.scopes.get(&item.file(db)) else { return Vec::new() };
    let Declared { mentions, .. } = declared(db, item);
    let mut read = Vec::new();
    for name in mentions {
        let found = match scope.symbols.get(name) {
            Some(Symbol::Let(id)) => names.lets.get(id.index()),
            Some(Symbol::Param(id)) => names.params.get(id.index()),
            Some(Symbol::Decision(id)) => names.decisions.get(id.index()),
            Some(Symbol::Slots(id)) => names.slots.get(id.index()),
            Some(Symbol::Forecast(id)) => names.forecasts.get(id.index()).map(|it| &it.item),
            Some(Symbol::Pattern(number)) => names.patterns.get(*number),
            _ => None,
        };
        read.extend(found);
        // The function keeps its meaning where an item bears its name.
        if name == "priority" {
            read.extend(&names.priorities);
        }
    }
    read
}

/// Nodes that reach each other, grouped; a group comes after all that it reads. (Tarjan's algorithm, with a
/// stack of its own, as a chain may be long.)
fn groups(reads: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut found = vec![NEW; reads.len()];
    let mut lowest = vec![NEW; reads.len()];
    let mut grouped = vec![false; reads.len()];
    let (mut count, mut open, mut groups) = (0, Vec::new(), Vec::new());
    for start in 0..reads.len() {
        if found[start] != NEW {
            continue;
        }
        // Nodes on the way, each with how many of its reads were followed.
        let mut way = vec![(start, 0)];
        while let Some((node, followed)) = way.pop() {
            if followed == 0 {
                (found[node], lowest[node]) = (count, count);
                count += 1;
                open.push(node);
            } else {
                lowest[node] = lowest[node].min(lowest[reads[node][followed - 1]]);
            }
            let ahead = reads[node][followed..].iter().position(|read| {
                if found[*read] != NEW && !grouped[*read] {
                    lowest[node] = lowest[node].min(found[*read]);
                }
                found[*read] == NEW
            });
            if let Some(ahead) = ahead {
                let next = followed + ahead;
                way.push((node, next + 1));
                way.push((reads[node][next], 0));
            } else if lowest[node] == found[node] {
                let first = open.iter().rposition(|it| *it == node).unwrap_or_default();
                let group = open.split_off(first);
                group.iter().for_each(|it| grouped[*it] = true);
                groups.push(group);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_are_what_reaches_each_other_and_come_after_what_they_read(
            edges in prop::collection::vec((0..12usize, 0..12usize), 0..30)
        ) {
            let mut reads = vec![Vec::new(); 12];
            edges.iter().for_each(|(from, to)| reads[*from].push(*to));
            let mut reaches = [[false; 12]; 12];
            edges.iter().for_each(|(from, to)| reaches[*from][*to] = true);
            for via in 0..12 {
                for (from, to) in (0..12).flat_map(|from| (0..12).map(move |to| (from, to))) {
                    reaches[from][to] |= reaches[from][via] && reaches[via][to];
                }
            }
            let mut place = [usize::MAX; 12];
            for (at, group) in groups(&reads).into_iter().enumerate() {
                for node in group {
                    prop_assert_eq!(place[node], usize::MAX, "each node is in one group");
                    place[node] = at;
                }
            }
            for (from, to) in (0..12).flat_map(|from| (0..12).map(move |to| (from, to))) {
                let together = from == to || reaches[from][to] && reaches[to][from];
                prop_assert_eq!(place[from] == place[to], together);
                prop_assert!(!reaches[from][to] || place[to] <= place[from]);
            }
        }
    }
}

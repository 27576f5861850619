//! Classes of hosts, and what one host of each has room for.

use apportion_check::policy::InputId;
use apportion_ground::{Family, Ground, Sense, Sort, Term, Tie};
use apportion_packing::{Fit, Load, pack};
use rustc_hash::FxHashMap;

use super::Pattern;
use crate::bins::Items;
use crate::index::Index;
use crate::part::host_index;
use crate::place::Placer;
use crate::touch::Touch;

/// The classes of an input's rows, as hosts.
pub(super) struct Kinds<'g> {
    pub(super) ground: &'g Ground,
    pub(super) input: InputId,
    /// By decision: the index that is the host's, if it has one.
    pub(super) index: Vec<Option<usize>>,
    pub(super) kinds: Vec<Kind>,
}

/// A class of hosts.
pub(super) struct Kind {
    /// Its members, ascending.
    pub(super) hosts: Vec<u32>,
    pub(super) columns: Vec<Stock>,
    /// What limits the units at one host.
    pub(super) rows: Vec<Limit>,
    /// Bins of one host, none of which holds a part of an item.
    pub(super) bins: Vec<Bins>,
}

/// So many bins, and what units put into them.
pub(super) struct Bins {
    count: u64,
    /// Positions among the kind's columns, ascending, with what one unit puts there.
    items: Vec<(u32, Items)>,
}

impl Bins {
    /// What one unit of a column puts there.
    fn items(&self, position: usize) -> impl Iterator<Item = &Items> {
        let first = self.items.partition_point(|it| (it.0 as usize) < position);
        let own = self.items[first..].iter().take_while(move |it| it.0 as usize == position);
        own.map(|(_, items)| items)
    }
}

impl Kind {
    /// Whether the bins of one host hold these units, by position of the column; what takes too long to find out is
    /// taken for granted.
    pub(super) fn holds(&self, units: &[(usize, f64)]) -> bool {
        self.bins.iter().all(|bins| {
            let mut loads: Vec<Load> = Vec::new();
            for (at, units) in units {
                bins.items(*at).for_each(|items| items.add_to(&mut loads, *units));
            }
            pack(&loads, bins.count) != Fit::TooMuch
        })
    }
}

/// What a host may hold of one column: the sum over the members of all other indices.
pub(super) struct Stock {
    /// Its number among those of all decisions.
    pub(super) column: u32,
    pub(super) least: f64,
    pub(super) most: f64,
    /// Most units at all hosts of the kind together.
    pub(super) supply: f64,
    pub(super) whole: bool,
}

/// A row over the units of one host.
pub(super) struct Limit {
    pub(super) least: f64,
    pub(super) most: f64,
    /// Positions among the kind's columns, with what one unit takes.
    pub(super) entries: Vec<(u32, f64)>,
}

impl<'g> Kinds<'g> {
    /// The kinds of an input's hosts that hold anything. None where rows of single hosts say more than sums
    /// over what the host holds.
    pub(super) fn new(index: &Index<'g>, input: InputId) -> Option<Kinds<'g>> {
        let ground = index.ground;
        let hosting: Vec<Option<usize>> =
            ground.decisions.iter().map(|it| host_index(it, input)).collect();
        let first = ground.objectives.first().and_then(|objective| objective.level);
        let is_paid_later = |it: &Family| it.soft.is_some_and(|soft| soft.level != first);
        // What only a later level pays for limits nothing that the first one fills.
        let mut of_hosts = ground
            .families
            .iter()
            .filter(|family| is_of_hosts(family, input) && !is_paid_later(family));
        if !of_hosts.all(|family| is_sum_of_host(family, input, &hosting)) {
            return None;
        }
        let space = &ground.spaces[input.index()];
        let mut kinds: Vec<Kind> = (0..space.len())
            .map(|class| Kind {
                hosts: space.members(class as u32).to_vec(),
                columns: Vec::new(),
                rows: Vec::new(),
                bins: Vec::new(),
            })
            .collect();
        let mut rows: Vec<FxHashMap<(u32, usize), usize>> = vec![FxHashMap::default(); kinds.len()];
        let mut bins = rows.clone();
        for (columns, host) in ground.decisions.iter().zip(&hosting) {
            let Some(host) = *host else { continue };
            for at in 0..columns.len() {
                let tuple = columns.tuple(at);
                let (column, class) = (columns.first + at as u32, tuple[host] as usize);
                let sizes = tuple.iter().zip(&columns.sorts).enumerate().map(|(place, it)| {
                    if place == host { 1 } else { crate::slack::size(*it.1, *it.0, &ground.spaces) }
                });
                let sizes: Vec<f64> = sizes.map(|size| size as f64).collect();
                let others: f64 = sizes.iter().product();
                let kind = &mut kinds[class];
                let position = kind.columns.len() as u32;
                kind.columns.push(Stock {
                    column,
                    least: columns.lower[at] * others,
                    most: (columns.upper[at] * others).min(columns.most[at]),
                    supply: columns.most[at],
                    whole: columns.whole,
                });
                for touch in index.hard.of(column) {
                    if touch.strides[host] == 0 {
                        continue;
                    }
                    let number =
                        *rows[class].entry((touch.family, touch.first)).or_insert_with(|| {
                            kind.rows.push(limit(index, &touch, &sizes));
                            kind.rows.len() - 1
                        });
                    let times: f64 = touch.untied.iter().map(|(_, size)| *size as f64).product();
                    kind.rows[number].entries.push((position, touch.takes * times));
                    let Some(items) = touch.items.filter(|_| is_alone(&touch, &sizes)) else {
                        continue;
                    };
                    let number =
                        *bins[class].entry((touch.family, touch.first)).or_insert_with(|| {
                            kind.bins.push(Bins { count: items.bins, items: Vec::new() });
                            kind.bins.len() - 1
                        });
                    kind.bins[number].items.push((position, items));
                }
            }
        }
        kinds.retain(|kind| !kind.columns.is_empty());
        Some(Kinds { ground, input, index: hosting, kinds })
    }

    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(super) fn num_hosts(&self) -> usize {
        self.kinds.iter().map(|kind| kind.hosts.len()).sum()
    }

    /// What each host holds now.
    pub(super) fn patterns_of(&self, placer: &Placer<'_>) -> Vec<Pattern> {
        let mut kind_of: FxHashMap<u32, usize> = FxHashMap::default();
        for (kind, it) in self.kinds.iter().enumerate() {
            kind_of.extend(it.hosts.iter().map(|host| (*host, kind)));
        }
        let mut units: FxHashMap<u32, FxHashMap<u32, f64>> = FxHashMap::default();
        for (decision, index) in self.index.iter().enumerate() {
            let Some(index) = *index else { continue };
            for (tuple, value) in placer.singles().sorted(decision) {
                let Some(column) = placer.index.column_of(decision, tuple) else { continue };
                *units.entry(tuple[index]).or_default().entry(column).or_default() += value;
            }
        }
        let hosts = self.kinds.iter().flat_map(|kind| &kind.hosts);
        let patterns = hosts.map(|host| {
            let held = units.get(host).into_iter().flatten();
            let mut units: Vec<(u32, f64)> =
                held.map(|(column, value)| (*column, *value)).collect();
            units.sort_unstable_by_key(|(column, _)| *column);
            Pattern { kind: kind_of[host], units }
        });
        patterns.collect()
    }
}

/// Whether a family has a row for each host.
pub(super) fn is_of_hosts(family: &Family, input: InputId) -> bool {
    family.quantifiers.iter().any(|quantifier| quantifier.sort == Sort::Rows(input))
}

/// Whether the rows of a family are hard sums over what is held by the one host that each is for.
fn is_sum_of_host(family: &Family, input: InputId, index: &[Option<usize>]) -> bool {
    let mut own = (0..family.quantifiers.len())
        .filter(|at| family.quantifiers[*at].sort == Sort::Rows(input));
    let (Some(quantifier), None) = (own.next(), own.next()) else { return false };
    let is_tied = |(at, term): (usize, &Term)| {
        let has_entries = (0..family.len()).any(|row| !family.entries(row, at).0.is_empty());
        let host = index[term.decision.index()];
        let tie = host.map(|host| term.ties[host]);
        !has_entries || tie == Some(Tie::Quantifier(quantifier as u8))
    };
    family.soft.is_none()
        && family.reliefs.is_empty()
        && family.terms.iter().enumerate().all(is_tied)
}

/// Whether one host has one single row of a class row: the sizes of all other indices are known.
fn is_alone(touch: &Touch<'_>, sizes: &[f64]) -> bool {
    let mut tied = sizes.iter().zip(touch.strides).filter(|(_, stride)| **stride > 0);
    touch.untied.is_empty() && tied.all(|(size, _)| *size == 1.0)
}

/// The row of one host, with nothing placed: the sum over all else that the rule is stated for.
fn limit(index: &Index<'_>, touch: &Touch<'_>, sizes: &[f64]) -> Limit {
    let tied = sizes.iter().zip(touch.strides).filter(|(_, stride)| **stride > 0);
    let tied: f64 = tied.map(|(size, _)| size).product();
    let untied: f64 = touch.untied.iter().map(|(_, size)| *size as f64).product();
    let family = touch.family as usize;
    let room = index.slacks.room(family, touch.first) * tied * untied;
    let is_equal = index.ground.families[family].sense == Sense::Equal;
    Limit {
        least: if is_equal { room } else { f64::NEG_INFINITY },
        most: room,
        entries: Vec::new(),
    }
}

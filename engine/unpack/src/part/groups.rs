//! Which members of a class a part need not tell apart.

use apportion_ground::Sort;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Maker;

/// A row that the members of one class are told apart by.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Distinction {
    family: u32,
    base: usize,
    stride: usize,
    untied: Vec<(usize, usize)>,
}

impl Maker<'_> {
    /// Makes the groups of every class and code that the columns name.
    pub(super) fn group(&mut self, candidates: &[(u32, usize)]) {
        let ground = self.placer.ground;
        let mut distinctions: FxHashMap<(Sort, u32), FxHashSet<Distinction>> = FxHashMap::default();
        let mut alone: FxHashSet<(Sort, u32)> = FxHashSet::default();
        for (column, host) in candidates {
            let decision = &ground.decisions[self.placer.index.decision_of(*column)];
            let tuple = decision.tuple((column - decision.first) as usize);
            for (index, (class, sort)) in tuple.iter().zip(&decision.sorts).enumerate() {
                if index == *host || self.size(*sort, *class) == 1 {
                    continue;
                }
                let known = distinctions.entry((*sort, *class)).or_default();
                // What is moved is told apart by its own rows.
                let touched = &self.placer.index;
                let moved = touched.running.column(*column);
                let touches = [Some(*column), moved].into_iter().flatten();
                let touches = touches.flat_map(|column| touched.touches(column));
                for touch in touches.filter(|touch| touch.strides[index] > 0) {
                    let beside = (0..tuple.len()).any(|other| {
                        other != index
                            && other != *host
                            && touch.strides[other] > 0
                            && self.size(decision.sorts[other], tuple[other]) > 1
                    });
                    if beside {
                        alone.insert((*sort, *class));
                    }
                    let mut distinguish = |base: usize| {
                        known.insert(Distinction {
                            family: touch.family,
                            base,
                            stride: touch.strides[index],
                            untied: touch.untied.to_vec(),
                        });
                    };
                    if touch.strides[*host] == 0 {
                        distinguish(touch.first);
                        continue;
                    }
                    for member in &self.hosts[&tuple[*host]] {
                        let place = self.placer.place_of(decision.sorts[*host], *member) as usize;
                        distinguish(touch.first + place * touch.strides[*host]);
                    }
                }
            }
        }
        let runs = self.runs();
        for (column, _) in candidates {
            let decision = &ground.decisions[self.placer.index.decision_of(*column)];
            let tuple = decision.tuple((column - decision.first) as usize);
            for (class, sort) in tuple.iter().zip(&decision.sorts) {
                if self.of_class.contains_key(&(*sort, *class)) {
                    continue;
                }
                let groups = match sort {
                    Sort::Codes => vec![vec![*class]],
                    Sort::Rows(input) if *input == self.hosting.input => {
                        match self.hosts.get(class) {
                            Some(hosts) => hosts.iter().map(|host| vec![*host]).collect(),
                            None => Vec::new(),
                        }
                    }
                    Sort::Rows(input) => {
                        let members = ground.spaces[input.index()].members(*class);
                        let known = distinctions.get(&(*sort, *class));
                        let runs = |member: u32| runs.get(&(*sort, member));
                        self.split(members, known, &runs, alone.contains(&(*sort, *class)))
                    }
                };
                let numbers = groups.into_iter().map(|members| {
                    self.groups.push(members);
                    self.groups.len() as u32 - 1
                });
                let numbers = numbers.collect();
                self.of_class.insert((*sort, *class), numbers);
            }
        }
    }

    /// Members of a class by the room that the rows leave that tell them apart, and by what runs of them now.
    fn split<'r>(
        &self,
        members: &[u32],
        distinctions: Option<&FxHashSet<Distinction>>,
        runs: &dyn Fn(u32) -> Option<&'r Vec<u32>>,
        alone: bool,
    ) -> Vec<Vec<u32>> {
        if alone {
            return members.iter().map(|member| vec![*member]).collect();
        }
        let mut known: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut ordered: Vec<&Distinction> = distinctions.into_iter().flatten().collect();
        ordered.sort_unstable_by_key(|it| (it.family, it.base, it.stride));
        let mut key = Vec::new();
        for (place, member) in members.iter().enumerate() {
            key.clear();
            for it in &ordered {
                crate::touch::each_untied(&it.untied, it.base + place * it.stride, &mut |single| {
                    let room = self.placer.slacks.room(it.family as usize, single);
                    // What sums lose on the way tells nothing apart.
                    key.push((room as f32 + 0.0).to_bits());
                    true
                });
            }
            key.extend(runs(*member).into_iter().flatten());
            match known.get(&key) {
                Some(group) => groups[*group].push(*member),
                None => {
                    known.insert(key.clone(), groups.len());
                    groups.push(vec![*member]);
                }
            }
        }
        groups
    }
}

//! A part of a plan set free: a small problem of its own, with all the rest held as it is.
//!
//! Some rows of one input, the *hosts*, give up what they hold; what can go there instead is decided anew. Rows
//! of other inputs that are alike and have the same room left share a *group*, so that a part has few columns
//! whatever the size of the fleet. The part is a ground policy, over single hosts and groups, and is lowered
//! and solved like any other: what its rows lack of their sides is what the rest leaves them.

mod formulas;

use apportion_check::policy::InputId;
use apportion_ground::{
    Columns, Entry, Family, Ground, Instance, Linear, Objective, Sense, Slack, Sort, Term, Tie,
};
use rustc_hash::{FxHashMap, FxHashSet};

use self::formulas::Substitution;

use crate::place::{GRAIN, Placer};
use crate::touch::Touch;

/// What hosts have given up, and the problem of giving it out again.
pub(crate) struct Part {
    /// One column per choice, each index a code: the number of a group.
    pub(crate) ground: Ground,
    /// What the columns stand for.
    pub(crate) choices: Vec<Choice>,
    /// Rows or codes of which each is as good as the other.
    pub(crate) groups: Vec<Vec<u32>>,
    /// What the hosts held, with the choice that it was.
    pub(crate) held: Vec<Held>,
}

/// So many units of one column at members of some groups.
pub(crate) struct Choice {
    pub(crate) decision: usize,
    /// The column of the whole problem.
    pub(crate) column: u32,
    /// A group per index.
    pub(crate) groups: Box<[u32]>,
}

/// The value of a tuple.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) column: u32,
    pub(crate) decision: usize,
    pub(crate) tuple: Box<[u32]>,
    pub(crate) value: f64,
    /// The position of its choice.
    pub(crate) choice: usize,
}

/// The columns that an input's rows are hosts of.
pub(crate) struct Hosting {
    pub(crate) input: InputId,
    /// By class of the input: columns, with the index that is the host's.
    pub(crate) columns: Vec<Vec<(u32, usize)>>,
    /// By column: the formulas that read it.
    instances: Vec<Vec<u32>>,
    /// By piece: the columns that it reads, ascending.
    pieces: Vec<Vec<u32>>,
}

impl Hosting {
    /// Columns in which the input occurs just once.
    pub(crate) fn new(ground: &Ground, input: InputId) -> Hosting {
        let mut columns = vec![Vec::new(); ground.spaces[input.index()].len()];
        for decision in &ground.decisions {
            let mut own = decision.sorts.iter().enumerate();
            let mut own = own.by_ref().filter(|(_, sort)| **sort == Sort::Rows(input));
            let (Some((index, _)), None) = (own.next(), own.next()) else { continue };
            for at in 0..decision.len() {
                let class = decision.tuple(at)[index] as usize;
                columns[class].push((decision.first + at as u32, index));
            }
        }
        let pieces = formulas::columns_of_pieces(ground);
        let instances = formulas::instances_of_columns(ground, &pieces);
        Hosting { input, columns, instances, pieces }
    }
}

/// A row that the members of one class are told apart by.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Distinction {
    family: u32,
    base: usize,
    stride: usize,
    untied: Vec<(usize, usize)>,
}

/// A row of the part under construction.
struct Row {
    family: u32,
    /// How many single rows it is the sum of.
    size: f64,
    /// What is left in each of them.
    room: f64,
    entries: Vec<(u32, f64)>,
}

/// A part under construction.
struct Maker<'p> {
    placer: &'p Placer<'p>,
    hosting: &'p Hosting,
    /// The hosts, by class.
    hosts: FxHashMap<u32, Vec<u32>>,
    groups: Vec<Vec<u32>>,
    /// The groups of a class of an input, or of a code.
    of_class: FxHashMap<(Sort, u32), Vec<u32>>,
    choices: Vec<Choice>,
    /// By choice: the greatest value.
    most: Vec<f64>,
    rows: Vec<Row>,
    row_of: FxHashMap<(u32, usize), u32>,
    /// Single rows that are part of a row's sum without being the one that stands for it.
    covered: FxHashSet<(u32, usize)>,
}

impl Placer<'_> {
    /// The problem of what `hosts`, rows of the hosting input, hold; `held` is what that is. None where it
    /// cannot be stated: something held is shut out today. The placer is left as it was.
    pub(crate) fn part(
        &mut self,
        hosting: &Hosting,
        hosts: &[u32],
        mut held: Vec<Held>,
    ) -> Option<Part> {
        held.iter().for_each(|it| self.put(it.decision, it.column, &it.tuple, -it.value));
        let made = self.made(hosting, hosts, &mut held);
        held.iter().for_each(|it| self.put(it.decision, it.column, &it.tuple, it.value));
        let (ground, choices, groups) = made?;
        Some(Part { ground, choices, groups, held })
    }

    fn made(
        &self,
        hosting: &Hosting,
        hosts: &[u32],
        held: &mut [Held],
    ) -> Option<(Ground, Vec<Choice>, Vec<Vec<u32>>)> {
        let space = &self.ground.spaces[hosting.input.index()];
        let mut by_class: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for host in hosts {
            by_class.entry(space.class_of[*host as usize]).or_default().push(*host);
        }
        let mut maker = Maker {
            placer: self,
            hosting,
            hosts: by_class,
            groups: Vec::new(),
            of_class: FxHashMap::default(),
            choices: Vec::new(),
            most: Vec::new(),
            rows: Vec::new(),
            row_of: FxHashMap::default(),
            covered: FxHashSet::default(),
        };
        let candidates = maker.candidates();
        maker.group(&candidates);
        for (column, _) in &candidates {
            maker.choose(*column);
        }
        if maker.choices.is_empty() {
            return None;
        }
        maker.find(held)?;
        maker.rows(&candidates, held);
        let ground = maker.ground(&candidates);
        Some((ground, maker.choices, maker.groups))
    }
}

impl Maker<'_> {
    /// The columns that hosts have a part in, ascending.
    fn candidates(&self) -> Vec<(u32, usize)> {
        let classes = self.hosts.keys().flat_map(|class| &self.hosting.columns[*class as usize]);
        let mut candidates: Vec<(u32, usize)> = classes.copied().collect();
        candidates.sort_unstable();
        candidates
    }

    /// Makes the groups of every class and code that the columns name.
    fn group(&mut self, candidates: &[(u32, usize)]) {
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
                for touch in
                    self.placer.index.touches(*column).filter(|touch| touch.strides[index] > 0)
                {
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
                        self.split(members, known, alone.contains(&(*sort, *class)))
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

    /// Members of a class by the room that the rows leave that tell them apart.
    fn split(
        &self,
        members: &[u32],
        distinctions: Option<&FxHashSet<Distinction>>,
        alone: bool,
    ) -> Vec<Vec<u32>> {
        if alone {
            return members.iter().map(|member| vec![*member]).collect();
        }
        let Some(distinctions) = distinctions else { return vec![members.to_vec()] };
        let mut known: FxHashMap<Vec<u64>, usize> = FxHashMap::default();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut ordered: Vec<&Distinction> = distinctions.iter().collect();
        ordered.sort_unstable_by_key(|it| (it.family, it.base, it.stride));
        let mut key = Vec::new();
        for (place, member) in members.iter().enumerate() {
            key.clear();
            for it in &ordered {
                crate::touch::each_untied(&it.untied, it.base + place * it.stride, &mut |single| {
                    let room = self.placer.slacks.room(it.family as usize, single);
                    key.push((room + 0.0).to_bits());
                    true
                });
            }
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

    fn size(&self, sort: Sort, class: u32) -> usize {
        crate::slack::size(sort, class, &self.placer.ground.spaces)
    }

    /// Makes the choices of a column for which there is room.
    fn choose(&mut self, column: u32) {
        let decision = self.placer.index.decision_of(column);
        let columns = &self.placer.ground.decisions[decision];
        let at = (column - columns.first) as usize;
        let lists = columns.tuple(at).iter().zip(&columns.sorts);
        let lists: Vec<Vec<u32>> =
            lists.map(|(class, sort)| self.of_class[&(*sort, *class)].clone()).collect();
        let mut tuple = vec![0; lists.len()];
        let mut made: Vec<(Box<[u32]>, f64)> = Vec::new();
        crate::place::each_tuple(&lists, 0, &mut tuple, &mut |groups| {
            let most = self.most(column, groups);
            let least = if columns.whole { 1.0 } else { GRAIN };
            if most >= least || columns.lower[at] > 0.0 {
                made.push((groups.into(), most));
            }
        });
        for (groups, most) in made {
            self.choices.push(Choice { decision, column, groups });
            self.most.push(most);
        }
    }

    /// The greatest value that the rows of a choice have room for, each by itself.
    fn most(&self, column: u32, groups: &[u32]) -> f64 {
        let columns = &self.placer.ground.decisions[self.placer.index.decision_of(column)];
        let at = (column - columns.first) as usize;
        let sizes: Vec<f64> =
            groups.iter().map(|group| self.groups[*group as usize].len() as f64).collect();
        let mut most = columns.upper[at] * sizes.iter().product::<f64>();
        let first = self.first(columns, groups);
        for touch in self.placer.index.hard.of(column) {
            if touch.takes <= 0.0 {
                continue;
            }
            let rows: f64 = tied_size(&touch, &sizes);
            touch.each_single(&first, &mut |single| {
                let room = self.placer.slacks.room(touch.family as usize, single);
                let one = room.max(0.0) / touch.takes;
                let one = if columns.whole { (one + GRAIN).floor() } else { one };
                most = most.min(rows * one);
                most > 0.0
            });
        }
        most
    }

    /// The places of the first members of groups.
    fn first(&self, columns: &Columns, groups: &[u32]) -> Vec<u32> {
        let members = groups.iter().zip(&columns.sorts);
        members
            .map(|(group, sort)| self.placer.place_of(*sort, self.groups[*group as usize][0]))
            .collect()
    }

    /// Finds the choice that each held tuple is.
    fn find(&self, held: &mut [Held]) -> Option<()> {
        let choices = self.choices.iter().enumerate();
        let by_groups: FxHashMap<(u32, &[u32]), usize> =
            choices.map(|(at, choice)| ((choice.column, &*choice.groups), at)).collect();
        let mut group_of: FxHashMap<(Sort, u32), u32> = FxHashMap::default();
        for ((sort, _), groups) in &self.of_class {
            for group in groups {
                let members = self.groups[*group as usize].iter();
                group_of.extend(members.map(|member| ((*sort, *member), *group)));
            }
        }
        for it in held {
            let sorts = &self.placer.ground.decisions[it.decision].sorts;
            let groups = it.tuple.iter().zip(sorts);
            let groups = groups.map(|(member, sort)| group_of.get(&(*sort, *member)).copied());
            let groups: Vec<u32> = groups.collect::<Option<_>>()?;
            it.choice = *by_groups.get(&(it.column, &groups[..]))?;
        }
        Some(())
    }

    /// Makes the rows that choices have a part in.
    fn rows(&mut self, candidates: &[(u32, usize)], held: &[Held]) {
        let some_untied = candidates.iter().any(|(column, _)| {
            self.placer.index.touches(*column).any(|touch| !touch.untied.is_empty())
        });
        // Rows that name their members come first, so that the others find them made.
        for untied in [false, true] {
            for number in 0..self.choices.len() {
                self.rows_of(number, untied, some_untied);
            }
        }
        let mut values = vec![0.0; self.choices.len()];
        held.iter().for_each(|it| values[it.choice] += it.value);
        for row in &mut self.rows {
            // What is broken now, and may be, gets no worse.
            let now: f64 =
                row.entries.iter().map(|(choice, takes)| takes * values[*choice as usize]).sum();
            let hard = self.placer.ground.families[row.family as usize].soft.is_none();
            let right = row.room * row.size;
            row.room = if hard { right.max(now) } else { right };
        }
    }

    fn rows_of(&mut self, number: usize, untied: bool, some_untied: bool) {
        let choice = &self.choices[number];
        let columns = &self.placer.ground.decisions[choice.decision];
        let sorts = &columns.sorts;
        let groups: Vec<&[u32]> =
            choice.groups.iter().map(|group| &*self.groups[*group as usize]).collect();
        let sizes: Vec<f64> = groups.iter().map(|members| members.len() as f64).collect();
        let first = self.first(columns, &choice.groups);
        let placer = self.placer;
        for touch in placer.index.touches(choice.column) {
            if touch.untied.is_empty() == untied {
                continue;
            }
            let size = tied_size(&touch, &sizes);
            touch.each_single(&first, &mut |single| {
                let key = (touch.family, single);
                if self.covered.contains(&key) {
                    return true;
                }
                let row = *self.row_of.entry(key).or_insert_with(|| {
                    self.rows.push(Row {
                        family: touch.family,
                        size,
                        room: placer.slacks.room(touch.family as usize, single),
                        entries: Vec::new(),
                    });
                    self.rows.len() as u32 - 1
                });
                let row = &mut self.rows[row as usize];
                let takes = touch.takes * row.size / size;
                row.entries.push((number as u32, takes));
                true
            });
            if some_untied && size > 1.0 && !untied {
                let places: Vec<Vec<u32>> = groups
                    .iter()
                    .zip(sorts)
                    .zip(touch.strides)
                    .map(|((members, sort), stride)| {
                        let members = if *stride > 0 { members } else { &members[..1] };
                        members.iter().map(|it| placer.place_of(*sort, *it)).collect()
                    })
                    .collect();
                let covered = &mut self.covered;
                let mut place = vec![0; places.len()];
                crate::place::each_tuple(&places, 0, &mut place, &mut |places| {
                    if places != first {
                        touch.each_single(places, &mut |single| {
                            covered.insert((touch.family, single));
                            true
                        });
                    }
                });
            }
        }
    }

    /// The part as a ground policy.
    fn ground(&self, candidates: &[(u32, usize)]) -> Ground {
        let whole = self.placer.ground;
        let mut part = Ground { words: whole.words.clone(), ..Ground::default() };
        let mut choices = self.choices.iter().zip(&self.most).peekable();
        for (number, columns) in whole.decisions.iter().enumerate() {
            let mut own = Columns {
                first: part.decisions.iter().map(|it| it.len() as u32).sum(),
                sorts: vec![Sort::Codes; columns.sorts.len()],
                tuples: Vec::new(),
                lower: Vec::new(),
                upper: Vec::new(),
                most: Vec::new(),
                decision: columns.decision,
                whole: columns.whole,
            };
            while let Some((choice, most)) = choices.next_if(|(it, _)| it.decision == number) {
                let sizes = choice.groups.iter().map(|group| self.groups[*group as usize].len());
                let lower = columns.lower[(choice.column - columns.first) as usize];
                own.tuples.extend_from_slice(&choice.groups);
                own.lower.push(lower * sizes.product::<usize>() as f64);
                own.upper.push(*most);
                own.most.push(*most);
            }
            part.decisions.push(own);
        }
        self.families(&mut part);
        let of_column = self.choices.iter().zip(0..).map(|(choice, at)| (choice.column, at));
        let mut terms = Substitution::new(whole, &self.placer.totals, of_column);
        for (number, objective) in whole.objectives.iter().enumerate() {
            let mut value = Linear::default();
            if let Some(Entry { span, .. }) = objective.value.entries.first() {
                for (choice, column) in self.choices.iter().zip(0..) {
                    let cost = self.placer.worth.cost(number, choice.column);
                    if cost != 0.0 {
                        value.entries.push(Entry { column, value: cost, span: *span });
                    }
                }
            }
            for (piece, factor) in &objective.value.pieces {
                if terms.reads_any(&self.hosting.pieces[*piece as usize]) {
                    value.pieces.push((terms.piece(*piece), *factor));
                }
            }
            part.objectives.push(Objective {
                level: objective.level,
                maximize: objective.maximize,
                value,
                penalties: objective.penalties,
                slack: Slack::default(),
            });
        }
        let mut read: Vec<u32> = candidates
            .iter()
            .flat_map(|(column, _)| &self.hosting.instances[*column as usize])
            .copied()
            .collect();
        read.sort_unstable();
        read.dedup();
        for number in read {
            let instance = &whole.instances[number as usize];
            let formula = terms.formula(&instance.formula);
            let Instance { rule, span, soft, relief, .. } = *instance;
            part.instances.push(Instance { rule, span, key: Vec::new(), formula, soft, relief });
        }
        part.pieces = terms.pieces;
        part
    }

    fn families(&self, part: &mut Ground) {
        let whole = self.placer.ground;
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| row.family);
        for rows in rows.chunk_by(|a, b| a.family == b.family) {
            let stated = &whole.families[rows[0].family as usize];
            let terms = whole.decisions.iter().map(|columns| Term {
                decision: columns.decision,
                span: stated.span,
                ties: vec![Tie::Free; columns.sorts.len()],
            });
            let mut family = Family {
                rule: stated.rule,
                span: stated.span,
                quantifiers: Vec::new(),
                sense: if stated.sense == Sense::Equal { Sense::Equal } else { Sense::LessEqual },
                terms: terms.collect(),
                keys: Vec::new(),
                start: vec![0],
                columns: Vec::new(),
                values: Vec::new(),
                right: Vec::new(),
                soft: stated.soft,
                reliefs: Vec::new(),
            };
            for row in rows {
                let mut entries = row.entries.clone();
                entries.sort_by_key(|(choice, _)| *choice);
                let mut entries = entries.chunk_by(|a, b| a.0 == b.0).peekable();
                for columns in &part.decisions {
                    let end = columns.first + columns.len() as u32;
                    while let Some(parts) = entries.next_if(|parts| parts[0].0 < end) {
                        family.columns.push(parts[0].0);
                        family.values.push(parts.iter().map(|(_, value)| value).sum());
                    }
                    family.start.push(family.columns.len() as u32);
                }
                family.right.push(row.room);
            }
            part.families.push(family);
        }
    }
}

/// How many single rows the members of groups have of a touched row.
fn tied_size(touch: &Touch<'_>, sizes: &[f64]) -> f64 {
    let tied = sizes.iter().zip(touch.strides).filter(|(_, stride)| **stride > 0);
    tied.map(|(size, _)| size).product()
}

//! A part of a plan set free: a small problem of its own, with all the rest held as it is.
//!
//! Some rows of one input, the *hosts*, give up what they hold; what can go there instead is decided anew. Rows
//! of other inputs that are alike and have the same room left share a *group*, so that a part has few columns
//! whatever the size of the fleet. The part is a ground policy, over single hosts and groups, and is lowered
//! and solved like any other: what its rows lack of their sides is what the rest leaves them.

mod formulas;
mod groups;
mod moves;
mod peaks;
mod rows;
mod solve;
mod state;
mod tallies;

use apportion_check::policy::InputId;
use apportion_ground::{Columns, Ground, Sort};
use rustc_hash::{FxHashMap, FxHashSet};

pub(crate) use self::formulas::{columns_of_pieces, instances_of_columns};
use self::moves::Moved;
pub(crate) use self::solve::{Solved, Until, solve};

use crate::place::{GRAIN, Placer};
use crate::touch::Touch;

/// What hosts have given up, and the problem of giving it out again.
pub(crate) struct Part {
    /// One column per choice, each index a code: the number of a group. Then those that count moves.
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
    /// By decision: the index that is the host's, if it is one whose placements are moved.
    pub(crate) index: Vec<Option<usize>>,
    /// By class of the input: columns, with the index that is the host's.
    pub(crate) columns: Vec<Vec<(u32, usize)>>,
    /// By column: the formulas that read it.
    pub(crate) instances: Vec<Vec<u32>>,
    /// By piece: the columns that it reads, ascending.
    pieces: Vec<Vec<u32>>,
    /// By row of the input: the tuples in which it is the host that run now, where their moves are counted.
    pub(crate) running: Vec<Vec<(usize, Box<[u32]>)>>,
}

impl Hosting {
    /// Of an input.
    pub(crate) fn new(ground: &Ground, input: InputId) -> Hosting {
        let index: Vec<Option<usize>> =
            ground.decisions.iter().map(|it| host_index(it, input)).collect();
        let mut columns = vec![Vec::new(); ground.spaces[input.index()].len()];
        for (decision, index) in ground.decisions.iter().zip(&index) {
            let Some(index) = *index else { continue };
            for at in 0..decision.len() {
                let class = decision.tuple(at)[index] as usize;
                columns[class].push((decision.first + at as u32, index));
            }
        }
        let pieces = formulas::columns_of_pieces(ground);
        let instances = formulas::instances_of_columns(ground, &pieces);
        let running = moves::by_host(ground, input, &index);
        Hosting { input, index, columns, instances, pieces, running }
    }
}

/// The one index of a decision that ranges over an input. None where there are several, and where values may
/// be below 0: less of those is not nothing, so they are left as they are.
pub(crate) fn host_index(decision: &Columns, input: InputId) -> Option<usize> {
    let mut own = (0..decision.sorts.len()).filter(|at| decision.sorts[*at] == Sort::Rows(input));
    let index = own.next()?;
    let is_signed = decision.lower.iter().any(|lower| *lower < 0.0);
    if decision.moves.is_some() {
        return None;
    }
    (own.next().is_none() && !is_signed).then_some(index)
}

/// A row of the part under construction.
struct Row {
    family: u32,
    /// How many single rows it is the sum of.
    size: f64,
    /// What is left in each of them.
    room: f64,
    /// What is left in all of them beyond that once nothing of the part is moved.
    given: f64,
    entries: Vec<(u32, f64)>,
}

/// A part under construction.
struct Maker<'p> {
    placer: &'p Placer<'p>,
    hosting: &'p Hosting,
    /// What is to get better; objectives after it do not matter.
    objective: usize,
    /// The hosts, by class.
    hosts: FxHashMap<u32, Vec<u32>>,
    groups: Vec<Vec<u32>>,
    /// The groups of a class of an input, or of a code.
    of_class: FxHashMap<(Sort, u32), Vec<u32>>,
    choices: Vec<Choice>,
    /// By choice: the greatest value.
    most: Vec<f64>,
    /// What is moved of choices of which something runs now.
    moves: Vec<Moved>,
    rows: Vec<Row>,
    row_of: FxHashMap<(u32, usize), u32>,
    /// Single rows that are part of a row's sum without being the one that stands for it.
    covered: FxHashSet<(u32, usize)>,
}

impl Placer<'_> {
    /// The problem of what `hosts`, rows of the hosting input, hold; `held` is what that is, and `objective` what is to
    /// get better. None where it cannot be stated: something held is shut out today. The placer is left as it was.
    pub(crate) fn part(
        &mut self,
        hosting: &Hosting,
        hosts: &[u32],
        mut held: Vec<Held>,
        objective: usize,
    ) -> Option<Part> {
        held.iter().for_each(|it| self.put(it.decision, it.column, &it.tuple, -it.value));
        let made = self.made(hosting, hosts, &mut held, objective);
        held.iter().for_each(|it| self.put(it.decision, it.column, &it.tuple, it.value));
        let (ground, choices, groups) = made?;
        Some(Part { ground, choices, groups, held })
    }

    fn made(
        &self,
        hosting: &Hosting,
        hosts: &[u32],
        held: &mut [Held],
        objective: usize,
    ) -> Option<(Ground, Vec<Choice>, Vec<Vec<u32>>)> {
        let space = &self.ground.spaces[hosting.input.index()];
        let mut by_class: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for host in hosts {
            by_class.entry(space.class_of[*host as usize]).or_default().push(*host);
        }
        let mut maker = Maker {
            placer: self,
            hosting,
            objective,
            hosts: by_class,
            groups: Vec::new(),
            of_class: FxHashMap::default(),
            choices: Vec::new(),
            most: Vec::new(),
            moves: Vec::new(),
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
        maker.find_moves(hosts);
        maker.rows(&candidates);
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
        let mut most = (columns.upper[at] * sizes.iter().product::<f64>()).min(columns.most[at]);
        let first = self.first(columns, groups);
        for touch in self.placer.index.hard.of(column) {
            // Where another choice may give room, the rows of the part have the last word.
            if touch.takes <= 0.0 || self.placer.index.has_givers[touch.family as usize] {
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
        let finder = Finder::new(self);
        for it in held {
            it.choice = finder.choice(it.decision, it.column, &it.tuple)?;
        }
        Some(())
    }
}

/// Which choice a tuple is.
struct Finder<'m> {
    ground: &'m Ground,
    by_groups: FxHashMap<(u32, &'m [u32]), usize>,
    group_of: FxHashMap<(Sort, u32), u32>,
}

impl<'m> Finder<'m> {
    fn new(maker: &'m Maker<'_>) -> Finder<'m> {
        let choices = maker.choices.iter().enumerate();
        let by_groups = choices.map(|(at, choice)| ((choice.column, &*choice.groups), at));
        let mut group_of: FxHashMap<(Sort, u32), u32> = FxHashMap::default();
        for ((sort, _), groups) in &maker.of_class {
            for group in groups {
                let members = maker.groups[*group as usize].iter();
                group_of.extend(members.map(|member| ((*sort, *member), *group)));
            }
        }
        Finder { ground: maker.placer.ground, by_groups: by_groups.collect(), group_of }
    }

    fn choice(&self, decision: usize, column: u32, tuple: &[u32]) -> Option<usize> {
        let members = tuple.iter().zip(&self.ground.decisions[decision].sorts);
        let groups = members.map(|(member, sort)| self.group_of.get(&(*sort, *member)).copied());
        let groups: Vec<u32> = groups.collect::<Option<_>>()?;
        self.by_groups.get(&(column, &groups[..])).copied()
    }
}

/// How many single rows the members of groups have of a touched row.
fn tied_size(touch: &Touch<'_>, sizes: &[f64]) -> f64 {
    let tied = sizes.iter().zip(touch.strides).filter(|(_, stride)| **stride > 0);
    tied.map(|(size, _)| size).product()
}

//! How much room each single row has left.

use apportion_ground::{Family, Ground, Relief, Sense, Sort, Space};

/// The room in the single rows of every family, class row by class row.
#[derive(Clone)]
pub(crate) struct Slacks {
    families: Vec<FamilySlack>,
    /// The place of each input's row among the members of its class.
    pub(crate) places: Vec<Vec<u32>>,
}

#[derive(Clone)]
struct FamilySlack {
    /// Where the single rows of each class row begin; empty where the family is not tracked.
    start: Vec<usize>,
    /// How far each single row is from its right side, positive where it is kept.
    room: Vec<f64>,
    /// By how much rows may be broken that what runs now breaks, ascending by row.
    reliefs: Vec<(usize, f64)>,
}

/// Families with more single rows than this are left to the judge: they would need more memory than the
/// plan, and are as a rule bounds on single tuples, which the tuples' own bounds repeat.
const TRACKED: usize = 1 << 25;

impl Slacks {
    pub(crate) fn new(ground: &Ground) -> Slacks {
        Slacks {
            families: ground.families.iter().map(|it| family_slack(it, &ground.spaces)).collect(),
            places: ground.spaces.iter().map(places).collect(),
        }
    }

    /// Whether a family's rows are kept.
    pub(crate) fn is_tracked(&self, family: usize) -> bool {
        !self.families[family].start.is_empty()
    }

    /// The number of the first single row of a class row.
    pub(crate) fn first(&self, family: usize, row: usize) -> usize {
        self.families[family].start[row]
    }

    /// The class row that a single row is of.
    pub(crate) fn row_of(&self, family: usize, single: usize) -> usize {
        self.families[family].start.partition_point(|start| *start <= single) - 1
    }

    pub(crate) fn room(&self, family: usize, single: usize) -> f64 {
        self.families[family].room[single]
    }

    /// The most room in any single row of the class row that begins with `first`.
    pub(crate) fn most_room(&self, family: usize, first: usize) -> f64 {
        let FamilySlack { start, room, .. } = &self.families[family];
        let next = start.partition_point(|start| *start <= first);
        room[first..start[next]].iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// By how much a single row may be broken, because what runs now breaks it.
    pub(crate) fn relief(&self, family: usize, single: usize) -> f64 {
        let reliefs = &self.families[family].reliefs;
        let found = reliefs.binary_search_by_key(&single, |(single, _)| *single);
        found.map_or(0.0, |at| reliefs[at].1)
    }

    /// Lets rows that what runs now breaks be as broken as they are, and no more: what is left of them is no room.
    pub(crate) fn forgive(&mut self, ground: &Ground) {
        for (family, slack) in ground.families.iter().zip(&mut self.families) {
            for (single, _) in &slack.reliefs {
                let room = &mut slack.room[*single];
                *room = if family.sense == Sense::Equal { 0.0 } else { room.max(0.0) };
            }
        }
    }

    /// The room in all single rows of a family.
    pub(crate) fn rooms(&self, family: usize) -> &[f64] {
        &self.families[family].room
    }

    pub(crate) fn take(&mut self, family: usize, single: usize, amount: f64) {
        self.families[family].room[single] -= amount;
    }
}

fn places(space: &Space) -> Vec<u32> {
    let mut places = vec![0; space.class_of.len()];
    for class in 0..space.len() as u32 {
        for (place, member) in space.members(class).iter().enumerate() {
            places[*member as usize] = place as u32;
        }
    }
    places
}

/// How many members the class of a quantifier has.
pub(crate) fn size(sort: Sort, class: u32, spaces: &[Space]) -> usize {
    match sort {
        Sort::Codes => 1,
        Sort::Rows(input) => spaces[input.index()].members(class).len(),
    }
}

fn family_slack(family: &Family, spaces: &[Space]) -> FamilySlack {
    let untracked = FamilySlack { start: Vec::new(), room: Vec::new(), reliefs: Vec::new() };
    let mut start = Vec::with_capacity(family.len() + 1);
    let mut total = 0usize;
    start.push(0);
    for row in 0..family.len() {
        let key = family.key(row).iter().zip(&family.quantifiers);
        let singles: usize = key.map(|(class, it)| size(it.sort, *class, spaces)).product();
        total = total.saturating_add(singles);
        start.push(total);
    }
    if total > TRACKED {
        return untracked;
    }
    let mut room = Vec::with_capacity(total);
    for (row, right) in family.right.iter().enumerate() {
        let room_now = if family.sense == Sense::GreaterEqual { -right } else { *right };
        room.resize(start[row + 1], room_now);
    }
    let reliefs = family.reliefs.iter();
    let mut reliefs: Vec<(usize, f64)> =
        reliefs.map(|it| (start[it.row as usize] + offset(family, it, spaces), it.most)).collect();
    reliefs.sort_by_key(|(single, _)| *single);
    FamilySlack { start, room, reliefs }
}

fn offset(family: &Family, relief: &Relief, spaces: &[Space]) -> usize {
    let key = family.key(relief.row as usize);
    let parts = relief.members.iter().zip(key).zip(&family.quantifiers);
    parts.fold(0, |offset, ((member, class), quantifier)| match quantifier.sort {
        Sort::Codes => offset,
        Sort::Rows(input) => {
            let members = spaces[input.index()].members(*class);
            let place = members.binary_search(member).unwrap_or(0);
            offset * members.len() + place
        }
    })
}

//! Which rows each column takes room from.

use apportion_ground::{Ground, Sense, Sort, Tie};

use crate::slack::{Slacks, size};

/// What a row may be short of, relative to its size: rounding on the way, not a broken rule.
pub(crate) const TOLERANCE: f64 = 1e-9;

/// One column's part in one class row.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    pub(crate) family: u32,
    /// The first single row of the class row.
    pub(crate) first: usize,
    /// What one unit takes from the room; negative where it gives.
    pub(crate) takes: f64,
    /// The room before anything is placed, for telling large units from small ones.
    pub(crate) right: f64,
    /// For each index of the decision, the distance between the single rows of neighbouring members; 0 for
    /// an index that the row does not tell apart.
    pub(crate) strides: Vec<usize>,
    /// Distances and numbers of members of quantifiers that the column does not tell apart: all of those rows
    /// are touched.
    pub(crate) untied: Vec<(usize, usize)>,
}

/// The rows of each column, column after column.
pub(crate) struct Touches {
    /// Those that must hold.
    pub(crate) hard: Vec<Vec<Touch>>,
    /// Those that may be broken at a price.
    pub(crate) soft: Vec<Vec<Touch>>,
}

pub(crate) fn touches(ground: &Ground, slacks: &Slacks) -> Touches {
    let columns = ground.decisions.iter().map(|it| it.len()).sum();
    let mut all = Touches { hard: vec![Vec::new(); columns], soft: vec![Vec::new(); columns] };
    for (number, family) in ground.families.iter().enumerate() {
        if !slacks.is_tracked(number) {
            continue;
        }
        let touches = if family.soft.is_some() { &mut all.soft } else { &mut all.hard };
        let sign = if family.sense == Sense::GreaterEqual { -1.0 } else { 1.0 };
        for row in 0..family.len() {
            let distances = distances(family.key(row), &family.quantifiers, ground);
            for (at, term) in family.terms.iter().enumerate() {
                let indices = ground.decisions[term.decision.index()].sorts.len();
                let strides: Vec<usize> = (0..indices)
                    .map(|index| match term.ties[index] {
                        Tie::Quantifier(quantifier) => distances[quantifier as usize].0,
                        Tie::Free => 0,
                    })
                    .collect();
                let tied =
                    |quantifier: usize| term.ties.contains(&Tie::Quantifier(quantifier as u8));
                let untied: Vec<(usize, usize)> = distances
                    .iter()
                    .enumerate()
                    .filter(|(quantifier, (_, size))| *size > 1 && !tied(*quantifier))
                    .map(|(_, distance)| *distance)
                    .collect();
                let (entries, values) = family.entries(row, at);
                for (column, value) in entries.iter().zip(values) {
                    touches[*column as usize].push(Touch {
                        family: number as u32,
                        first: slacks.first(number, row),
                        takes: sign * value,
                        right: family.right[row].abs(),
                        strides: strides.clone(),
                        untied: untied.clone(),
                    });
                }
            }
        }
    }
    all
}

/// For each quantifier, the distance between single rows of neighbouring members, and how many there are.
fn distances(
    key: &[u32],
    quantifiers: &[apportion_ground::Quantifier],
    ground: &Ground,
) -> Vec<(usize, usize)> {
    let mut distances: Vec<(usize, usize)> = key
        .iter()
        .zip(quantifiers)
        .map(|(class, quantifier)| (0, size(quantifier.sort, *class, &ground.spaces)))
        .collect();
    let mut distance = 1;
    for (place, (of_one, size)) in distances.iter_mut().enumerate().rev() {
        if quantifiers[place].sort != Sort::Codes {
            *of_one = distance;
            distance *= *size;
        }
    }
    distances
}

impl Touch {
    /// Whether it is a part in the same class row.
    pub(crate) fn is_beside(&self, other: &Touch) -> bool {
        (self.family, self.first) == (other.family, other.first)
    }

    /// As [`Touch::each_single`], where only the index at `index` tells single rows apart.
    pub(crate) fn each_single_of(
        &self,
        index: usize,
        place: u32,
        visit: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        each_untied(&self.untied, self.first + place as usize * self.strides[index], visit)
    }

    /// Calls `visit` with each single row that a tuple is part of; `places` are the tuple's members' places
    /// within their classes. Ends early, with `false`, when `visit` says so.
    pub(crate) fn each_single(&self, places: &[u32], visit: &mut dyn FnMut(usize) -> bool) -> bool {
        let parts = places.iter().zip(&self.strides);
        let single: usize = parts.map(|(place, stride)| *place as usize * stride).sum();
        each_untied(&self.untied, self.first + single, visit)
    }
}

pub(crate) fn each_untied(
    untied: &[(usize, usize)],
    single: usize,
    visit: &mut dyn FnMut(usize) -> bool,
) -> bool {
    let Some(((distance, size), rest)) = untied.split_first() else { return visit(single) };
    (0..*size).all(|member| each_untied(rest, single + member * distance, visit))
}

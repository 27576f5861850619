//! Which rows each column takes room from.

use apportion_ground::{Ground, Quantifier, Sense, Sort, Term, Tie};

use crate::bins::Items;
use crate::slack::{Slacks, size};

/// What a row may be short of, relative to its size: rounding on the way, not a broken rule.
pub(crate) const TOLERANCE: f64 = 1e-9;

/// One column's part in one class row.
#[derive(Clone, Copy)]
pub(crate) struct Touch<'t> {
    pub(crate) family: u32,
    /// The first single row of the class row.
    pub(crate) first: usize,
    /// What one unit takes from the room; negative where it gives.
    pub(crate) takes: f64,
    /// The room before anything is placed, for telling large units from small ones.
    pub(crate) right: f64,
    /// Where the row stands for bins: what one unit puts into them.
    pub(crate) items: Option<Items>,
    /// For each index of the decision, the distance between the single rows of neighbouring members; 0 for
    /// an index that the row does not tell apart.
    pub(crate) strides: &'t [usize],
    /// Distances and numbers of members of quantifiers that the column does not tell apart: all of those rows
    /// are touched.
    pub(crate) untied: &'t [(usize, usize)],
}

/// The rows of each column. Columns of one class row and term share how they spread over its single rows.
pub(crate) struct Touches {
    /// Where the parts of each column begin in `parts`; one more than there are columns.
    start: Vec<usize>,
    parts: Vec<Part>,
    spreads: Vec<Spread>,
}

struct Part {
    family: u32,
    spread: u32,
    first: usize,
    takes: f64,
    right: f64,
    items: Option<Items>,
}

#[derive(PartialEq)]
struct Spread {
    strides: Vec<usize>,
    untied: Vec<(usize, usize)>,
}

impl Touches {
    /// The rows that a column has a part in.
    pub(crate) fn of(&self, column: u32) -> impl Iterator<Item = Touch<'_>> + Clone {
        let column = column as usize;
        self.parts[self.start[column]..self.start[column + 1]].iter().map(|part| self.touch(part))
    }

    /// One of the rows of a column, by its position.
    pub(crate) fn nth(&self, column: u32, number: usize) -> Touch<'_> {
        self.touch(&self.parts[self.start[column as usize] + number])
    }

    fn touch(&self, part: &Part) -> Touch<'_> {
        let Part { family, spread, first, takes, right, items } = *part;
        let Spread { strides, untied } = &self.spreads[spread as usize];
        Touch { family, first, takes, right, items, strides, untied }
    }
}

/// The rows of each column, column after column: of soft families, or of all others.
pub(crate) fn touches(ground: &Ground, slacks: &Slacks, soft: bool) -> Touches {
    let columns = ground.decisions.iter().map(|it| it.len()).sum::<usize>();
    let families = ground.families.iter().enumerate();
    let families = families
        .filter(|(number, it)| it.soft.is_some() == soft && slacks.is_tracked(*number))
        .collect::<Vec<_>>();
    let mut start = vec![0; columns + 1];
    for (_, family) in &families {
        family.columns.iter().for_each(|column| start[*column as usize + 1] += 1);
    }
    for column in 0..columns {
        start[column + 1] += start[column];
    }
    let mut next = start.clone();
    let mut parts: Vec<Part> = Vec::new();
    parts.resize_with(start[columns], || Part {
        family: 0,
        spread: 0,
        first: 0,
        takes: 0.0,
        right: 0.0,
        items: None,
    });
    let mut spreads: Vec<Spread> = Vec::new();
    for (number, family) in families {
        let sign = if family.sense == Sense::GreaterEqual { -1.0 } else { 1.0 };
        let packing = ground.packings.iter().find(|it| it.family as usize == number);
        let mut latest = vec![usize::MAX; family.terms.len()];
        for row in 0..family.len() {
            let distances = distances(&family.quantifiers, family.key(row), ground);
            for (at, term) in family.terms.iter().enumerate() {
                let spread = spread(term, &distances);
                // Rows whose classes are of one size spread alike.
                if spreads.get(latest[at]) != Some(&spread) {
                    latest[at] = spreads.len();
                    spreads.push(spread);
                }
                for entry in family.range(row, at) {
                    let (column, value) = (family.columns[entry], family.values[entry]);
                    let place = &mut next[column as usize];
                    parts[*place] = Part {
                        family: number as u32,
                        spread: latest[at] as u32,
                        first: slacks.first(number, row),
                        takes: sign * value,
                        right: family.right[row].abs(),
                        items: packing.map(|packing| Items {
                            count: packing.counts[entry],
                            share: packing.shares[entry],
                            bins: family.right[row].max(0.0) as u64,
                        }),
                    };
                    *place += 1;
                }
            }
        }
    }
    Touches { start, parts, spreads }
}

/// The single rows of tallies that each column puts items into; `starts` says where those of each class row begin.
pub(crate) fn tallied(ground: &Ground, starts: &[Vec<usize>]) -> Touches {
    let mut gathered = Gathered::new(ground);
    for ((tally, starts), family) in ground.tallies.iter().zip(starts).zip(0..) {
        for (row, first) in (0..tally.len()).zip(starts) {
            let distances = distances(&tally.quantifiers, tally.key(row), ground);
            for (at, term) in tally.terms.iter().enumerate() {
                let parts = tally.range(row, at).map(|entry| {
                    let (count, share) = (tally.counts[entry], tally.shares[entry]);
                    let items = Some(Items { count, share, bins: u64::MAX });
                    let takes = count * share;
                    let first = *first;
                    (
                        tally.columns[entry],
                        Part { family, spread: 0, first, takes, right: 0.0, items },
                    )
                });
                gathered.add(spread(term, &distances), parts);
            }
        }
    }
    gathered.touches()
}

/// The single rows of peaks that each column counts in; `starts` says where those of each class row begin.
pub(crate) fn peaked(ground: &Ground, starts: &[Vec<usize>]) -> Touches {
    let mut gathered = Gathered::new(ground);
    for ((peak, starts), family) in ground.peaks.iter().zip(starts).zip(0..) {
        for (row, first) in (0..peak.len()).zip(starts) {
            let distances = distances(&peak.quantifiers, peak.key(row), ground);
            for (at, term) in peak.terms.iter().enumerate() {
                let parts = peak.range(row, at).map(|entry| {
                    let (takes, first) = (peak.values[entry], *first);
                    let part = Part { family, spread: 0, first, takes, right: 0.0, items: None };
                    (peak.columns[entry], part)
                });
                gathered.add(spread(term, &distances), parts);
            }
        }
    }
    gathered.touches()
}

/// Where the single rows of each class row begin, one after the other; one more than there are class rows.
pub(crate) fn starts<'k>(
    ground: &Ground,
    quantifiers: &[Quantifier],
    keys: impl Iterator<Item = &'k [u32]>,
) -> Vec<usize> {
    let mut starts = vec![0usize];
    for key in keys {
        let sizes = key.iter().zip(quantifiers);
        let singles: usize =
            sizes.map(|(class, it)| size(it.sort, *class, &ground.spaces)).product();
        starts.push(starts[starts.len() - 1].saturating_add(singles));
    }
    starts
}

/// Parts by column, in the order in which they are found.
struct Gathered {
    of_column: Vec<Vec<Part>>,
    spreads: Vec<Spread>,
}

impl Gathered {
    fn new(ground: &Ground) -> Gathered {
        let mut of_column = Vec::new();
        of_column.resize_with(ground.decisions.iter().map(|it| it.len()).sum(), Vec::new);
        Gathered { of_column, spreads: Vec::new() }
    }

    /// Adds the parts of one term of a class row, each with its column.
    fn add(&mut self, spread: Spread, parts: impl ExactSizeIterator<Item = (u32, Part)>) {
        if parts.len() > 0 && self.spreads.last() != Some(&spread) {
            self.spreads.push(spread);
        }
        for (column, part) in parts {
            let spread = self.spreads.len() as u32 - 1;
            self.of_column[column as usize].push(Part { spread, ..part });
        }
    }

    fn touches(self) -> Touches {
        let mut start = vec![0];
        start.extend(self.of_column.iter().scan(0, |end, parts| {
            *end += parts.len();
            Some(*end)
        }));
        let parts = self.of_column.into_iter().flatten().collect();
        Touches { start, parts, spreads: self.spreads }
    }
}

fn spread(term: &Term, distances: &[(usize, usize)]) -> Spread {
    let strides = term.ties.iter().map(|tie| match tie {
        Tie::Quantifier(quantifier) => distances[*quantifier as usize].0,
        Tie::Free => 0,
    });
    let tied = |quantifier: usize| term.ties.contains(&Tie::Quantifier(quantifier as u8));
    let untied = distances
        .iter()
        .enumerate()
        .filter(|(quantifier, (_, size))| *size > 1 && !tied(*quantifier))
        .map(|(_, distance)| *distance);
    Spread { strides: strides.collect(), untied: untied.collect() }
}

/// For each quantifier, the distance between single rows of neighbouring members, and how many there are.
pub(crate) fn distances(
    quantifiers: &[Quantifier],
    key: &[u32],
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

impl Touch<'_> {
    /// The class row.
    pub(crate) fn key(&self) -> (u32, usize) {
        (self.family, self.first)
    }

    /// Whether it is a part in the same class row.
    pub(crate) fn is_beside(&self, other: &Touch<'_>) -> bool {
        self.key() == other.key()
    }

    /// As [`Touch::each_single`], where only the index at `index` tells single rows apart.
    pub(crate) fn each_single_of(
        &self,
        index: usize,
        place: u32,
        visit: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        each_untied(self.untied, self.first + place as usize * self.strides[index], visit)
    }

    /// Calls `visit` with each single row that a tuple is part of; `places` are the tuple's members' places
    /// within their classes. Ends early, with `false`, when `visit` says so.
    pub(crate) fn each_single(&self, places: &[u32], visit: &mut dyn FnMut(usize) -> bool) -> bool {
        let parts = places.iter().zip(self.strides);
        let single: usize = parts.map(|(place, stride)| *place as usize * stride).sum();
        each_untied(self.untied, self.first + single, visit)
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

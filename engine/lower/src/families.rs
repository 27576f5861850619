//! Sums: a comparison for each tuple of its quantifiers, as one row.
//!
//! Single row of members `m`: `sum of c[j] * x[j] (sense) b`, over the columns `j` whose tied indices
//! are `m`'s. Class row, the sum over all `m`: every coefficient times the sizes of the quantifiers that
//! its term does not tie, the right side times the sizes of all. Summing rows of a symmetric group is
//! the orbit aggregation of Rogers, Plante, Wong and Evans, "Aggregation and Disaggregation Techniques
//! and Methodology in Optimization", Operations Research 39 (1991).
//!
//! The way back is the trace's: a row's number gives its tuple. This is the hot loop of a model over
//! single tuples: no search, no hashing and no allocation for an entry.

use apportion_check::policy::DecisionId;
use apportion_ground::{Family, Sense, Term, Tie};

use crate::breaches::Breaches;
use crate::builder::Builder;
use crate::layout::Layout;

impl Builder<'_> {
    /// Makes the rows of a family. All families come before any helping row.
    pub(crate) fn family(&mut self, number: usize) {
        let family = &self.ground().families[number];
        let rows = match self.trace.layout.family_rows(family, self.model.num_rows() as u32) {
            Ok(rows) => rows,
            Err(error) => return self.fail(error),
        };
        let len = rows.len;
        self.trace.families.push(rows);
        let breaches = self.breaches(number as u32);
        self.model.rows.reserve(len as usize, self.count_entries(family));
        if self.trace.layout.is_identity() {
            self.class_rows(family, &breaches);
        } else {
            self.single_rows(family, &breaches);
        }
        self.trace.first_helper_term = self.model.num_terms();
    }

    fn class_rows(&mut self, family: &Family, breaches: &Breaches) {
        let mut merger = Merger::new(family, self.model.num_columns());
        for row in 0..family.len() {
            let begin = self.model.rows.columns.len();
            for (at, term) in family.terms.iter().enumerate() {
                let (columns, values) = family.entries(row, at);
                let factor = untied_size(&self.trace.layout, family, family.key(row), &term.ties);
                self.model.rows.columns.extend_from_slice(columns);
                self.model.rows.values.extend(values.iter().map(|value| value * factor));
            }
            if let Some(merger) = &mut merger {
                merger.merge(&mut self.model.rows, begin);
            }
            let sorts = family.quantifiers.iter().map(|it| it.sort);
            let sizes = sorts.zip(family.key(row));
            let size: f64 = sizes
                .map(|(sort, class)| f64::from(self.trace.layout.size(sort, *class)))
                .product();
            self.close(family.sense, family.right[row] * size, row as u32, breaches);
        }
    }

    fn single_rows(&mut self, family: &Family, breaches: &Breaches) {
        let mut merger = Merger::new(family, self.model.num_columns());
        let mut free = Vec::new();
        let mut digits = vec![0; family.quantifiers.len()];
        let mut number = 0;
        for row in 0..family.len() {
            let key = family.key(row);
            loop {
                let begin = self.model.rows.columns.len();
                for (at, term) in family.terms.iter().enumerate() {
                    let (columns, values) = family.entries(row, at);
                    for (column, value) in columns.iter().zip(values) {
                        let layout = &self.trace.layout;
                        let target = &mut self.model.rows.columns;
                        tied_members(layout, *column, term, &digits, &mut free, target);
                        let length = target.len();
                        self.model.rows.values.resize(length, *value);
                    }
                }
                if let Some(merger) = &mut merger {
                    merger.merge(&mut self.model.rows, begin);
                }
                self.close(family.sense, family.right[row], number, breaches);
                number += 1;
                if !advance(&self.trace.layout, family, key, &mut digits) {
                    break;
                }
            }
        }
    }

    fn close(&mut self, sense: Sense, right: f64, row: u32, breaches: &Breaches) {
        for (column, value) in breaches.of(row) {
            self.model.rows.term(column, value);
        }
        let (lower, upper) = match sense {
            Sense::LessEqual => (f64::NEG_INFINITY, right),
            Sense::GreaterEqual => (right, f64::INFINITY),
            Sense::Equal => (right, right),
        };
        self.model.rows.close(lower, upper);
    }

    /// How many entries the rows of a family have before columns of the same row are merged.
    fn count_entries(&self, family: &Family) -> usize {
        let layout = &self.trace.layout;
        if layout.is_identity() {
            return family.columns.len();
        }
        let mut count = 0;
        for row in 0..family.len() {
            for (at, term) in family.terms.iter().enumerate() {
                // Every member of a column is in as many single rows as untied quantifiers have members.
                let untied = untied_size(layout, family, family.key(row), &term.ties) as usize;
                let columns = family.entries(row, at).0;
                count += untied * columns.iter().map(|it| layout.members(*it).len()).sum::<usize>();
            }
        }
        count
    }
}

/// In how many single rows of a class row the same single column of a term occurs.
pub(crate) fn untied_size(layout: &Layout<'_>, family: &Family, key: &[u32], ties: &[Tie]) -> f64 {
    let quantifiers = family.quantifiers.iter().zip(key).enumerate();
    let untied = quantifiers.filter(|(at, _)| !ties.contains(&Tie::Quantifier(*at as u8)));
    untied.map(|(_, (it, class))| f64::from(layout.size(it.sort, *class))).product()
}

/// Appends the model columns of a class column in the single row whose quantifiers stand for the members
/// at positions `digits`. `free` is room to work in.
pub(crate) fn tied_members(
    layout: &Layout<'_>,
    class_column: u32,
    term: &Term,
    digits: &[u32],
    free: &mut Vec<(u32, u32)>,
    target: &mut Vec<u32>,
) {
    let members = layout.members(class_column);
    if members.len() == 1 {
        return target.push(members.start);
    }
    let decision = &layout.ground.decisions[term.decision.index()];
    let at = (class_column - decision.first) as usize;
    let mut first = members.start;
    let mut stride = 1;
    free.clear();
    for ((sort, class), tie) in decision.sorts.iter().zip(decision.tuple(at)).zip(&term.ties).rev()
    {
        let size = layout.size(*sort, *class);
        match tie {
            Tie::Quantifier(quantifier) => first += stride * digits[*quantifier as usize],
            Tie::Free if size == 1 => {}
            Tie::Free => match free.last_mut() {
                // Neighbours that are both free are one run.
                Some((inner, length)) if *inner * *length == stride => *length *= size,
                _ => free.push((stride, size)),
            },
        }
        stride *= size;
    }
    spread(first, free, target);
}

fn spread(first: u32, free: &[(u32, u32)], target: &mut Vec<u32>) {
    match free {
        [] => target.push(first),
        [(1, length)] => target.extend(first..first + length),
        [rest @ .., (stride, length)] => {
            (0..*length).for_each(|at| spread(first + at * stride, rest, target));
        }
    }
}

/// The next tuple of positions, the last quantifier fastest; false after the last, which becomes the first.
pub(crate) fn advance(
    layout: &Layout<'_>,
    family: &Family,
    key: &[u32],
    digits: &mut [u32],
) -> bool {
    for (at, quantifier) in family.quantifiers.iter().enumerate().rev() {
        digits[at] += 1;
        if digits[at] < layout.size(quantifier.sort, key[at]) {
            return true;
        }
        digits[at] = 0;
    }
    false
}

/// Sums entries of the same column in a row.
struct Merger {
    /// By column: where it was put last. Right only if that place is in this row and has this column.
    place: Vec<u32>,
}

impl Merger {
    /// None where no two terms of the family share a decision.
    fn new(family: &Family, columns: usize) -> Option<Merger> {
        let decisions: Vec<DecisionId> = family.terms.iter().map(|term| term.decision).collect();
        let repeated = (1..decisions.len()).any(|at| decisions[..at].contains(&decisions[at]));
        repeated.then(|| Merger { place: vec![0; columns] })
    }

    fn merge(&mut self, rows: &mut apportion_mip::Rows, begin: usize) {
        let mut kept = begin;
        for at in begin..rows.columns.len() {
            let (column, value) = (rows.columns[at], rows.values[at]);
            let place = self.place[column as usize] as usize;
            if place >= begin && place < kept && rows.columns[place] == column {
                rows.values[place] += value;
            } else {
                self.place[column as usize] = kept as u32;
                rows.columns[kept] = column;
                rows.values[kept] = value;
                kept += 1;
            }
        }
        rows.columns.truncate(kept);
        rows.values.truncate(kept);
    }
}

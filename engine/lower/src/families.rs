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
use apportion_ground::{Family, Quantifier, Sense, Term, Tie};
use apportion_mip::{Rows, TermRun};

use crate::breaches::Breaches;
use crate::builder::Builder;
use crate::form::ROUNDING;
use crate::layout::Layout;

impl Builder<'_> {
    /// Makes the rows of a family. All families come before any helping row.
    pub(crate) fn family(&mut self, number: usize) {
        let family = &self.ground().families[number];
        let rows = match self.trace.layout.family_rows(family, self.model.num_rows() as u32) {
            Ok(rows) => rows,
            Err(error) => return self.fail(error),
        };
        self.trace.families.push(rows);
        let breaches = self.breaches(number as u32);
        if self.trace.layout.is_identity() {
            self.class_rows(family, &breaches);
        } else {
            self.single_rows(family, &breaches);
        }
    }

    fn class_rows(&mut self, family: &Family, breaches: &Breaches) {
        let mut merger = Merger::new(family, self.model.num_columns());
        for row in 0..family.len() {
            for (at, term) in family.terms.iter().enumerate() {
                let (columns, values) = family.entries(row, at);
                let (key, layout) = (family.key(row), &self.trace.layout);
                let factor = untied_size(layout, &family.quantifiers, key, &term.ties);
                for (column, value) in columns.iter().zip(values) {
                    let run = Steps::one(*column).run(value * factor);
                    add(&mut self.model.rows, &mut merger, run);
                }
            }
            let sorts = family.quantifiers.iter().map(|it| it.sort);
            let sizes = sorts.zip(family.key(row));
            let size: f64 = sizes
                .map(|(sort, class)| f64::from(self.trace.layout.size(sort, *class)))
                .product();
            self.end(&mut merger);
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
                for (at, term) in family.terms.iter().enumerate() {
                    let (columns, values) = family.entries(row, at);
                    for (column, value) in columns.iter().zip(values) {
                        let layout = &self.trace.layout;
                        let rows = &mut self.model.rows;
                        tied_members(layout, *column, term, &digits, &mut free, &mut |steps| {
                            add(rows, &mut merger, steps.run(*value));
                        });
                    }
                }
                self.end(&mut merger);
                self.close(family.sense, family.right[row], number, breaches);
                number += 1;
                if !advance(&self.trace.layout, &family.quantifiers, key, &mut digits) {
                    break;
                }
            }
        }
    }

    /// Adds to the open row what was merged of it.
    fn end(&mut self, merger: &mut Option<Merger>) {
        let merged = merger.iter_mut().flat_map(Merger::take);
        merged.for_each(|(column, value)| self.model.rows.term(column, value));
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
}

/// Adds terms to the open row, or to what is merged before.
fn add(rows: &mut Rows, merger: &mut Option<Merger>, run: TermRun) {
    match merger {
        Some(merger) => run.columns().for_each(|column| merger.add(column, run.value)),
        None => rows.run(run),
    }
}

/// In how many single rows of a class row the same single column of a term occurs.
pub(crate) fn untied_size(
    layout: &Layout<'_>,
    quantifiers: &[Quantifier],
    key: &[u32],
    ties: &[Tie],
) -> f64 {
    let quantifiers = quantifiers.iter().zip(key).enumerate();
    let untied = quantifiers.filter(|(at, _)| !ties.contains(&Tie::Quantifier(*at as u8)));
    untied.map(|(_, (it, class))| f64::from(layout.size(it.sort, *class))).product()
}

/// Columns at equal steps.
pub(crate) struct Steps {
    first: u32,
    step: u32,
    count: u32,
}

impl Steps {
    fn one(first: u32) -> Steps {
        Steps { first, step: 1, count: 1 }
    }

    /// The terms of these columns.
    pub(crate) fn run(&self, value: f64) -> TermRun {
        TermRun { first: self.first, step: self.step, count: self.count, value }
    }
}

/// Gives the model columns of a class column in the single row whose quantifiers stand for the members
/// at positions `digits`. `free` is room to work in.
pub(crate) fn tied_members(
    layout: &Layout<'_>,
    class_column: u32,
    term: &Term,
    digits: &[u32],
    free: &mut Vec<(u32, u32)>,
    give: &mut impl FnMut(Steps),
) {
    let members = layout.members(class_column);
    if members.len() == 1 {
        return give(Steps::one(members.start));
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
    spread(first, free, give);
}

fn spread(first: u32, free: &[(u32, u32)], give: &mut impl FnMut(Steps)) {
    match free {
        [] => give(Steps::one(first)),
        [(step, count)] => give(Steps { first, step: *step, count: *count }),
        [rest @ .., (stride, length)] => {
            (0..*length).for_each(|at| spread(first + at * stride, rest, give));
        }
    }
}

/// The next tuple of positions, the last quantifier fastest; false after the last, which becomes the first.
pub(crate) fn advance(
    layout: &Layout<'_>,
    quantifiers: &[Quantifier],
    key: &[u32],
    digits: &mut [u32],
) -> bool {
    for (at, quantifier) in quantifiers.iter().enumerate().rev() {
        digits[at] += 1;
        if digits[at] < layout.size(quantifier.sort, key[at]) {
            return true;
        }
        digits[at] = 0;
    }
    false
}

/// Sums terms of the same column in a row.
struct Merger {
    /// By column: where it was put last. Right only if that place has this column.
    place: Vec<u32>,
    terms: Vec<Merged>,
}

/// The terms of one column.
struct Merged {
    column: u32,
    value: f64,
    /// The sum of their sizes, by which rounding is measured.
    size: f64,
}

impl Merger {
    /// None where no two terms of the family share a decision.
    fn new(family: &Family, columns: usize) -> Option<Merger> {
        let decisions: Vec<DecisionId> = family.terms.iter().map(|term| term.decision).collect();
        let repeated = (1..decisions.len()).any(|at| decisions[..at].contains(&decisions[at]));
        repeated.then(|| Merger { place: vec![0; columns], terms: Vec::new() })
    }

    fn add(&mut self, column: u32, value: f64) {
        let place = &mut self.place[column as usize];
        match self.terms.get_mut(*place as usize) {
            Some(known) if known.column == column => {
                known.value += value;
                known.size += value.abs();
            }
            _ => {
                *place = self.terms.len() as u32;
                self.terms.push(Merged { column, value, size: value.abs() });
            }
        }
    }

    /// The terms of the row, each column once, in the order in which columns came first. What only rounding has left of
    /// terms that take each other away is none: a solver would read it as a number.
    fn take(&mut self) -> impl Iterator<Item = (u32, f64)> {
        let left = self.terms.drain(..).filter(|it| it.value.abs() > ROUNDING * it.size);
        left.map(|it| (it.column, it.value))
    }
}

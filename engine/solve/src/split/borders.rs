//! What holds a model together: the few rows and columns without which it falls apart.
//!
//! A row is shared when it is longer than any part should be; a column is held when it lies in more rows than
//! most. How many rows that is, is tried out by halves from the greatest number down, and the try whose largest part
//! is the smallest wins. It takes one union-find pass over the terms per try.

use apportion_mip::Model;

/// Which models are split, and which are large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// Integer columns at least.
    pub(crate) whole: usize,
    /// Rows of more terms are shared.
    pub(crate) long: usize,
    /// The largest part has at most one in so many columns.
    pub(crate) parts: usize,
    /// At most one in so many columns is held.
    pub(crate) held: usize,
    /// Integer columns from which on a model is large that is not split.
    pub(crate) large: usize,
}

impl Default for Scope {
    /// Models that HiGHS does not finish in seconds, and whose parts it finishes in milliseconds.
    fn default() -> Scope {
        Scope { whole: 5_000, long: 2_000, parts: 16, held: 20, large: 50_000 }
    }
}

/// Shared rows at most: each is one more price to find.
const MOST_SHARED: usize = 64;

/// Where a model falls apart.
#[derive(Debug)]
pub(super) struct Borders {
    /// Rows that many parts share, ascending.
    pub(super) rows: Vec<u32>,
    /// Columns that are held at a value, ascending.
    pub(super) columns: Vec<u32>,
    /// The parts: no row but the shared ones has columns of two of them.
    pub(super) parts: Vec<Extent>,
}

/// What lies in a part.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// Its columns, ascending.
    pub(super) columns: Vec<u32>,
    /// The rows that its columns lie in but for the shared ones, ascending.
    pub(super) rows: Vec<u32>,
}

impl Borders {
    /// The borders of a well-formed model; none where it does not fall into many parts.
    pub(super) fn of(model: &Model, scope: Scope) -> Option<Borders> {
        let is_long = |row: &u32| length(model, *row) > scope.long;
        let rows = 0..model.num_rows() as u32;
        let (shared, own): (Vec<u32>, Vec<u32>) = rows.partition(is_long);
        if shared.len() > MOST_SHARED {
            return None;
        }
        let degrees = degrees(model, &own);
        let mut most = degrees.iter().copied().filter(|it| *it != FIXED).max().unwrap_or(0);
        let mut best: Option<(usize, u32)> = None;
        while most > 0 {
            let held = degrees.iter().filter(|it| **it > most && **it != FIXED).count();
            if held * scope.held > model.num_columns() {
                break;
            }
            let largest = Sets::joined(model, &own, &degrees, most).largest();
            if best.is_none_or(|(least, _)| largest < least) {
                best = Some((largest, most));
            }
            most /= 2;
        }
        let (_, most) = best.filter(|(largest, _)| largest * scope.parts <= model.num_columns())?;
        let columns = 0..model.num_columns() as u32;
        let held = columns.filter(|column| degrees[*column as usize] > most).collect();
        let parts = Sets::joined(model, &own, &degrees, most).parts(model, &own);
        (parts.len() >= scope.parts).then_some(Borders { rows: shared, columns: held, parts })
    }
}

/// The degree of a column that can have one value only: it is held, and joins nothing.
const FIXED: u32 = u32::MAX;

/// In how many of the rows each column lies.
fn degrees(model: &Model, rows: &[u32]) -> Vec<u32> {
    let columns = &model.columns;
    let bounds = columns.lower.iter().zip(&columns.upper);
    let mut degrees: Vec<u32> =
        bounds.map(|(lower, upper)| if lower == upper { FIXED } else { 0 }).collect();
    let terms = rows.iter().flat_map(|row| model.rows.terms(*row as usize));
    for (column, _) in terms {
        let degree = &mut degrees[column as usize];
        *degree = degree.saturating_add(1);
    }
    degrees
}

fn length(model: &Model, row: u32) -> usize {
    model.rows.runs(row as usize).iter().map(|run| run.count as usize).sum()
}

/// A held column is in no set.
const HELD_MARK: u32 = u32::MAX;

/// Columns that rows join, by union-find.
struct Sets {
    /// By column: one that it is joined to, itself at the root.
    parents: Vec<u32>,
}

impl Sets {
    /// Columns in at most so many of the rows, joined by them; those that lie in none are one set.
    fn joined(model: &Model, rows: &[u32], degrees: &[u32], most: u32) -> Sets {
        let columns = 0..degrees.len() as u32;
        let parents = columns
            .map(|column| if degrees[column as usize] > most { HELD_MARK } else { column })
            .collect();
        let mut sets = Sets { parents };
        for row in rows {
            let mut first = None;
            for (column, _) in model.rows.terms(*row as usize) {
                if sets.parents[column as usize] != HELD_MARK {
                    sets.join(*first.get_or_insert(column), column);
                }
            }
        }
        let mut alone = (0..degrees.len() as u32).filter(|it| degrees[*it as usize] == 0);
        if let Some(first) = alone.next() {
            alone.for_each(|column| sets.join(first, column));
        }
        sets
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        // The least column stays the root, so that parts come in the order of their columns.
        self.parents[one.max(other) as usize] = one.min(other);
    }

    fn root(&mut self, column: u32) -> u32 {
        let mut at = column;
        while self.parents[at as usize] != at {
            let above = self.parents[self.parents[at as usize] as usize];
            self.parents[at as usize] = above;
            at = above;
        }
        at
    }

    /// Columns of the largest set.
    fn largest(mut self) -> usize {
        let mut sizes = vec![0; self.parents.len()];
        for column in 0..self.parents.len() as u32 {
            if self.parents[column as usize] != HELD_MARK {
                sizes[self.root(column) as usize] += 1;
            }
        }
        sizes.into_iter().max().unwrap_or(0)
    }

    fn parts(mut self, model: &Model, rows: &[u32]) -> Vec<Extent> {
        let mut numbers = vec![HELD_MARK; self.parents.len()];
        let mut parts: Vec<Extent> = Vec::new();
        for column in 0..self.parents.len() as u32 {
            if self.parents[column as usize] == HELD_MARK {
                continue;
            }
            let root = self.root(column) as usize;
            if numbers[root] == HELD_MARK {
                numbers[root] = parts.len() as u32;
                parts.push(Extent::default());
            }
            numbers[column as usize] = numbers[root];
            parts[numbers[root] as usize].columns.push(column);
        }
        for row in rows {
            let mut numbers =
                model.rows.terms(*row as usize).map(|(column, _)| numbers[column as usize]);
            if let Some(part) = numbers.find(|number| *number != HELD_MARK) {
                parts[part as usize].rows.push(*row);
            }
        }
        parts
    }
}

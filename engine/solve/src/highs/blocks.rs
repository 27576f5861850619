//! A model's terms turned from rows into columns, a block of columns at a time.
//!
//! HiGHS keeps columns. Handed rows, it turns them itself, with a second copy of all of them at hand
//! and a hash table for the length of a row; blocks of columns are taken as they are.

use std::ops::Range;

use apportion_mip::{Model, Rows};
use highs_sys::HighsInt;

/// Columns that are turned at once: their terms, of about four each, fit in a core's own cache.
pub(super) const WIDTH: usize = 1 << 14;

/// Gives the blocks of a well-formed model in the order of its columns.
pub(super) struct Blocks<'m> {
    model: &'m Model,
    /// By row: the first term that no block has yet; none if its columns are not ascending.
    cursors: Vec<Option<u32>>,
    next: usize,
}

/// Some columns that follow each other, in compressed sparse columns.
#[derive(Default)]
pub(super) struct Block {
    /// Their numbers in the model.
    pub(super) columns: Range<usize>,
    /// Where the terms of each column begin, and at the end where the last one's stop.
    pub(super) starts: Vec<HighsInt>,
    /// Row of each term.
    pub(super) rows: Vec<HighsInt>,
    /// Coefficient of each term.
    pub(super) values: Vec<f64>,
}

impl<'m> Blocks<'m> {
    pub(super) fn new(model: &'m Model) -> Blocks<'m> {
        let rows = &model.rows;
        let cursor = |row| rows.columns[rows.span(row)].is_sorted().then(|| rows.starts[row]);
        let cursors = (0..model.num_rows()).map(cursor).collect();
        Blocks { model, cursors, next: 0 }
    }

    /// Whether all columns are taken.
    pub(super) fn is_empty(&self) -> bool {
        self.next == self.model.num_columns()
    }

    /// The next columns, at most so many.
    pub(super) fn take(&mut self, most: usize) -> Block {
        let columns = self.next..self.model.num_columns().min(self.next + most);
        self.next = columns.end;
        let terms =
            most.min(columns.len()) * self.model.num_terms() / self.model.num_columns().max(1);
        let mut block = Block {
            columns: columns.clone(),
            starts: Vec::with_capacity(columns.len() + 2),
            rows: Vec::with_capacity(terms),
            values: Vec::with_capacity(terms),
        };
        block.starts.push(0);
        for first in columns.clone().step_by(WIDTH) {
            self.append(first..columns.end.min(first + WIDTH), &mut block);
        }
        block
    }

    fn append(&mut self, columns: Range<usize>, block: &mut Block) {
        let Block { starts, rows, values, .. } = block;
        let terms = &self.model.rows;
        // Counted two places on and summed one place on, so that filling ends with the starts in place.
        let here = starts.len() - 1;
        starts.resize(here + columns.len() + 2, 0);
        for (row, cursor) in self.cursors.iter().enumerate() {
            for at in ahead(terms, row, *cursor, &columns) {
                starts[here + terms.columns[at] as usize - columns.start + 2] += 1;
            }
        }
        starts[here + 1] = starts[here];
        for at in here + 2..starts.len() {
            starts[at] += starts[at - 1];
        }
        let end = starts.pop().unwrap_or(0) as usize;
        rows.resize(end, 0);
        values.resize(end, 0.0);
        for (row, cursor) in self.cursors.iter_mut().enumerate() {
            let mut last = None;
            for at in ahead(terms, row, *cursor, &columns) {
                let place = &mut starts[here + terms.columns[at] as usize - columns.start + 1];
                rows[*place as usize] = row as HighsInt;
                values[*place as usize] = terms.values[at];
                *place += 1;
                last = Some(at as u32 + 1);
            }
            *cursor = cursor.map(|cursor| last.unwrap_or(cursor));
        }
    }
}

/// Where the terms of a row are whose columns are in the range, which no block has yet.
fn ahead<'m>(
    rows: &'m Rows,
    row: usize,
    cursor: Option<u32>,
    columns: &Range<usize>,
) -> impl Iterator<Item = usize> + use<'m> {
    let span = rows.span(row);
    let (first, end) = (columns.start as u32, columns.end as u32);
    let sorted = cursor.is_some();
    (cursor.map_or(span.start, |it| it as usize)..span.end)
        .take_while(move |at| !sorted || rows.columns[*at] < end)
        .filter(move |at| sorted || (first..end).contains(&rows.columns[*at]))
}

//! A model's terms turned from rows into columns, some columns at a time.
//!
//! HiGHS keeps columns. Handed rows, it turns them itself, with a second copy of all of them at hand
//! and a hash table for the length of a row; columns are taken as they are.

use std::ops::Range;

use apportion_mip::{Model, TermRun};
use highs_sys::HighsInt;

/// Columns that are turned at once: their terms, of about four each, fit in a core's own cache.
const WIDTH: usize = 1 << 14;

/// Gives the columns of a well-formed model in their order.
pub(super) struct Blocks<'m> {
    model: &'m Model,
    /// By row: how many runs have no columns left; none for a row whose runs do not ascend.
    done: Vec<Option<u32>>,
    begun: bool,
    /// The first column that is not taken.
    next: usize,
    /// Terms taken so far.
    terms: usize,
}

/// Some columns that follow each other, in compressed sparse columns.
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
        let ascends = |row| {
            let runs: &[TermRun] = model.rows.runs(row);
            runs.is_sorted_by(|one, next| one.last() < u64::from(next.first))
        };
        let done = (0..model.num_rows()).map(|row| ascends(row).then_some(0)).collect();
        Blocks { model, done, begun: false, next: 0, terms: 0 }
    }

    /// The first columns, so many that at least half of the columns and half of the terms are theirs.
    fn half(&mut self) -> Block {
        let (columns, terms) = (self.model.num_columns(), self.model.num_terms());
        let mut block = Block::new(0, columns / 2 + WIDTH, terms / 2 + terms / 16);
        while self.next < columns && (2 * self.next < columns || 2 * self.terms < terms) {
            self.append(&mut block);
        }
        block
    }

    fn append(&mut self, block: &mut Block) {
        let columns = self.next..self.model.num_columns().min(self.next + WIDTH);
        self.next = columns.end;
        block.columns.end = columns.end;
        let Block { starts, rows, values, .. } = block;
        let before = rows.len();
        // Counted two places on and summed one place on, so that filling ends with the starts in place.
        let here = starts.len() - 1;
        starts.resize(here + columns.len() + 2, 0);
        for row in 0..self.model.num_rows() {
            self.forget(row, columns.start);
            for (inside, _) in self.inside(row, &columns) {
                inside.for_each(|column| starts[here + column + 2] += 1);
            }
        }
        starts[here + 1] = starts[here];
        for at in here + 2..starts.len() {
            starts[at] += starts[at - 1];
        }
        let end = starts.pop().unwrap_or(0) as usize;
        self.terms += end - before;
        rows.resize(end, 0);
        values.resize(end, 0.0);
        for row in 0..self.model.num_rows() {
            for (inside, value) in self.inside(row, &columns) {
                for column in inside {
                    let place = &mut starts[here + column + 1];
                    rows[*place as usize] = row as HighsInt;
                    values[*place as usize] = value;
                    *place += 1;
                }
            }
        }
    }

    /// Passes over the runs of a row whose columns are all before `start`.
    fn forget(&mut self, row: usize, start: usize) {
        let Some(done) = &mut self.done[row] else { return };
        let runs = &self.model.rows.runs(row)[*done as usize..];
        *done += runs.iter().take_while(|run| run.last() < start as u64).count() as u32;
    }

    /// What each run of a row has within some columns, counted from the first of them.
    fn inside(
        &self,
        row: usize,
        columns: &Range<usize>,
    ) -> impl Iterator<Item = (impl Iterator<Item = usize> + use<>, f64)> {
        let Range { start, end } = columns.clone();
        let ascends = self.done[row].is_some();
        let runs = &self.model.rows.runs(row)[self.done[row].unwrap_or(0) as usize..];
        runs.iter().take_while(move |run| !ascends || (run.first as usize) < end).map(move |run| {
            let (first, step) = (run.first as usize, run.step as usize);
            let before = start.saturating_sub(first).div_ceil(step);
            let until = end.saturating_sub(first).div_ceil(step).min(run.count as usize);
            let inside = (before..until.max(before)).map(move |at| first + at * step - start);
            (inside, run.value)
        })
    }
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    /// Half of the columns first, and then the others a cache full at a time; one empty block for a
    /// model without columns.
    fn next(&mut self) -> Option<Block> {
        if !std::mem::replace(&mut self.begun, true) {
            return Some(self.half());
        }
        (self.next < self.model.num_columns()).then(|| {
            let mut block = Block::new(self.next, WIDTH, 4 * WIDTH);
            self.append(&mut block);
            block
        })
    }
}

impl Block {
    fn new(first: usize, columns: usize, terms: usize) -> Block {
        let mut starts = Vec::with_capacity(columns + 2);
        starts.push(0);
        let (rows, values) = (Vec::with_capacity(terms), Vec::with_capacity(terms));
        Block { columns: first..first, starts, rows, values }
    }
}

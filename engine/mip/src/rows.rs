//! Rows, their terms kept as runs.
//!
//! What is alike in a policy has neighbouring columns and one coefficient, so the rows of a model over
//! single machines repeat themselves: kept as runs they take a small part of the memory that a solver's
//! own arrays of them take.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json;

/// Rows `lower ≤ Σ value · column ≤ upper`.
///
/// INVARIANT (of a well-formed model): both bounds are as many as the closed rows.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Least activity of each row; `-∞` when it has none.
    pub lower: Vec<f64>,
    /// Greatest activity of each row; `∞` when it has none.
    pub upper: Vec<f64>,
    /// Where the runs of each row stop.
    ends: Vec<u32>,
    runs: Vec<TermRun>,
    terms: usize,
}

/// Terms of one coefficient, whose columns follow each other at equal steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TermRun {
    /// The first column.
    pub first: u32,
    /// From one column to the next; at least 1.
    pub step: u32,
    /// How many there are; at least 1.
    pub count: u32,
    /// Their coefficient.
    pub value: f64,
}

impl TermRun {
    /// The last column; it may be beyond any model's.
    pub fn last(&self) -> u64 {
        u64::from(self.first) + u64::from(self.step) * u64::from(self.count.saturating_sub(1))
    }

    /// The columns, ascending.
    pub fn columns(&self) -> impl DoubleEndedIterator<Item = u32> + use<> {
        let TermRun { first, step, count, .. } = *self;
        (0..count).map(move |at| first + at * step)
    }

    /// Adds what another run holds, if it goes on where this one stops.
    fn extend(&mut self, next: TermRun) -> bool {
        let gap = u64::from(next.first).checked_sub(self.last());
        let Some(gap) = gap.and_then(|gap| u32::try_from(gap).ok()).filter(|gap| *gap > 0) else {
            return false;
        };
        let steps = |run: &TermRun| run.count == 1 || run.step == gap;
        let Some(count) = self.count.checked_add(next.count) else { return false };
        let fits = self.value.to_bits() == next.value.to_bits() && steps(self) && steps(&next);
        if fits {
            (self.step, self.count) = (gap, count);
        }
        fits
    }
}

impl Rows {
    /// How many rows are closed.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many terms all rows hold.
    pub fn num_terms(&self) -> usize {
        self.terms
    }

    /// Adds a term to the row that the next [`Rows::close`] ends.
    pub fn term(&mut self, column: u32, value: f64) {
        self.run(TermRun { first: column, step: 1, count: 1, value });
    }

    /// Adds terms to the row that the next [`Rows::close`] ends.
    pub fn run(&mut self, run: TermRun) {
        self.terms = self.terms.saturating_add(run.count as usize);
        let open = self.ends.last().map_or(0, |end| *end as usize);
        if !self.runs[open..].last_mut().is_some_and(|last| last.extend(run)) {
            self.runs.push(run);
        }
    }

    /// Ends the row made of the terms since the last row's end, and returns its number.
    pub fn close(&mut self, lower: f64, upper: f64) -> u32 {
        let number = narrow(self.ends.len());
        self.lower.push(lower);
        self.upper.push(upper);
        self.ends.push(narrow(self.runs.len()));
        number
    }

    /// The runs of a row, in the order in which they were added.
    pub fn runs(&self, row: usize) -> &[TermRun] {
        &self.runs[self.span(row)]
    }

    /// Columns and coefficients of a row.
    pub fn terms(&self, row: usize) -> impl DoubleEndedIterator<Item = (u32, f64)> + '_ {
        let runs = self.runs(row).iter();
        runs.flat_map(|run| run.columns().map(|column| (column, run.value)))
    }

    /// Multiplies a row's coefficients and bounds.
    pub fn multiply(&mut self, row: usize, factor: f64) {
        let span = self.span(row);
        self.lower[row] *= factor;
        self.upper[row] *= factor;
        self.runs[span].iter_mut().for_each(|run| run.value *= factor);
    }

    /// Forgets all rows from number `rows` on; does nothing when there are no more than that.
    pub(crate) fn truncate(&mut self, rows: usize) {
        if rows >= self.len() {
            return;
        }
        self.ends.truncate(rows);
        let runs = self.ends.last().map_or(0, |end| *end as usize);
        self.terms -= self.runs.drain(runs..).map(|run| run.count as usize).sum::<usize>();
        self.lower.truncate(rows);
        self.upper.truncate(rows);
    }

    fn span(&self, row: usize) -> std::ops::Range<usize> {
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        begin..self.ends[row] as usize
    }
}

impl PartialEq for Rows {
    /// Whether bounds and terms are the same, whatever the runs are that the terms are kept in.
    fn eq(&self, other: &Rows) -> bool {
        let same = |row: usize| self.terms(row).eq(other.terms(row));
        (&self.lower, &self.upper, self.len()) == (&other.lower, &other.upper, other.len())
            && (0..self.len()).all(same)
    }
}

/// As JSON: compressed sparse rows.
#[derive(Serialize, Deserialize)]
struct Listed {
    #[serde(with = "json::lower")]
    lower: Vec<f64>,
    #[serde(with = "json::upper")]
    upper: Vec<f64>,
    starts: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut starts = vec![0];
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for row in 0..self.len() {
            for (column, value) in self.terms(row) {
                columns.push(column);
                values.push(value);
            }
            starts.push(narrow(columns.len()));
        }
        let (lower, upper) = (self.lower.clone(), self.upper.clone());
        Listed { lower, upper, starts, columns, values }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Rows, D::Error> {
        let listed = Listed::deserialize(from)?;
        let count = listed.columns.len();
        let fits = listed.starts.first() == Some(&0)
            && listed.starts.last().is_some_and(|last| *last as usize == count)
            && listed.starts.is_sorted()
            && listed.values.len() == count
            && listed.starts.len() == listed.lower.len() + 1
            && listed.upper.len() == listed.lower.len();
        if !fits {
            return Err(serde::de::Error::custom("the arrays of the rows do not fit together"));
        }
        let mut rows = Rows::default();
        for (row, span) in listed.starts.windows(2).enumerate() {
            let span = span[0] as usize..span[1] as usize;
            let columns = listed.columns[span.clone()].iter();
            columns
                .zip(&listed.values[span])
                .for_each(|(column, value)| rows.term(*column, *value));
            rows.close(listed.lower[row], listed.upper[row]);
        }
        Ok(rows)
    }
}

/// Numbers beyond 32 bits stick at the last one, which `Model::check` then refuses as too large.
pub(crate) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

//! A ground policy without classes that have no rows.
//!
//! Such classes have no single rows and no single tuples: what is stated for them says nothing.

use std::ops::Range;

use crate::model::{
    Columns, Family, Formula, Ground, Linear, Peak, Piece, Quantifier, ShutOut, Sort, Space, Tally,
};
use crate::presolved::{Empty, Tuples};

impl Ground {
    /// The same single rows and tuples, of classes that have members; and by input and class which of these it was.
    pub(crate) fn inhabited(mut self) -> (Ground, Vec<Vec<u32>>) {
        let left = Left::of(&self);
        let before = left.classes.iter().map(|numbers| {
            let classes = (0..).zip(numbers).filter(|(_, number)| number.is_some());
            classes.map(|(class, _)| class).collect()
        });
        let before = before.collect();
        if left.is_all() {
            return (self, before);
        }
        self.declared = left.of_columns(&self.declared);
        let mut first = 0;
        for columns in &mut self.decisions {
            left.narrow_columns(columns);
            columns.first = first;
            first += columns.len() as u32;
        }
        for (number, family) in (0..).zip(&mut self.families) {
            let entries = left.narrow_family(family);
            for packing in self.packings.iter_mut().filter(|it| it.family == number) {
                packing.counts = pick(&packing.counts, &entries);
                packing.shares = pick(&packing.shares, &entries);
            }
        }
        self.tallies.iter_mut().for_each(|it| left.narrow_tally(it));
        self.peaks.iter_mut().for_each(|it| left.narrow_peak(it));
        // Rows and columns have other numbers now.
        self.presolved.bounded.clear();
        self.presolved.empty.iter_mut().for_each(|it| left.narrow_empty(it));
        self.instances.iter_mut().for_each(|it| left.narrow_formula(&mut it.formula));
        self.pieces.iter_mut().for_each(|it| left.narrow_piece(it));
        self.objectives.iter_mut().for_each(|it| left.narrow(&mut it.value));
        for shut in &mut self.shut_out {
            let sorts = &self.decisions[shut.decision.index()].sorts;
            left.narrow_shut_out(shut, sorts);
        }
        for (space, numbers) in self.spaces.iter_mut().zip(&left.classes) {
            let class_of = space.class_of.iter().filter_map(|class| numbers[*class as usize]);
            *space = Space::of(class_of.collect(), numbers.iter().flatten().count());
        }
        (self, before)
    }
}

/// The new numbers of what is left.
struct Left {
    /// By input and class.
    classes: Vec<Vec<Option<u32>>>,
    columns: Vec<Option<u32>>,
}

/// The rows of a family, a tally or a peak that are left.
struct Rows {
    rows: Vec<usize>,
    keys: Vec<u32>,
    start: Vec<u32>,
    /// The positions of the entries.
    entries: Vec<usize>,
}

impl Left {
    fn of(ground: &Ground) -> Left {
        let classes = ground.spaces.iter().map(|space| {
            let classes = 0..space.len() as u32;
            numbered(classes.map(|class| !space.members(class).is_empty()))
        });
        let mut left = Left { classes: classes.collect(), columns: Vec::new() };
        let columns = ground.decisions.iter().flat_map(|columns| {
            let tuples = (0..columns.len()).map(|at| columns.tuple(at));
            tuples.map(|tuple| left.tuple(tuple, columns.sorts.iter().copied()).is_some())
        });
        left.columns = numbered(columns);
        left
    }

    fn is_all(&self) -> bool {
        self.classes.iter().flatten().all(Option::is_some)
    }

    fn tuple(&self, classes: &[u32], sorts: impl Iterator<Item = Sort>) -> Option<Vec<u32>> {
        let classes = classes.iter().zip(sorts).map(|(class, sort)| match sort {
            Sort::Rows(input) => self.classes[input.index()][*class as usize],
            Sort::Codes => Some(*class),
        });
        classes.collect()
    }

    /// What is left of a value per column.
    fn of_columns(&self, values: &[f64]) -> Vec<f64> {
        let values = values.iter().zip(&self.columns);
        values.filter(|(_, column)| column.is_some()).map(|(value, _)| *value).collect()
    }

    fn narrow_columns(&self, columns: &mut Columns) {
        let own = columns.first as usize..columns.first as usize + columns.len();
        let is_left: Vec<bool> = self.columns[own].iter().map(Option::is_some).collect();
        let sorts = columns.sorts.iter().copied();
        let tuples =
            (0..columns.len()).filter_map(|at| self.tuple(columns.tuple(at), sorts.clone()));
        columns.tuples = tuples.flatten().collect();
        for values in [&mut columns.lower, &mut columns.upper, &mut columns.most] {
            let mut is_left = is_left.iter();
            values.retain(|_| is_left.next().is_none_or(|it| *it));
        }
    }

    fn rows(
        &self,
        quantifiers: &[Quantifier],
        keys: impl Iterator<Item = Vec<u32>>,
        columns: &[u32],
        range: &dyn Fn(usize) -> Vec<Range<usize>>,
    ) -> Rows {
        let mut rows =
            Rows { rows: Vec::new(), keys: Vec::new(), start: vec![0], entries: Vec::new() };
        for (row, key) in keys.enumerate() {
            let sorts = quantifiers.iter().map(|it| it.sort);
            let Some(key) = self.tuple(&key, sorts) else { continue };
            rows.rows.push(row);
            rows.keys.extend(key);
            for term in range(row) {
                let is_left = |at: &usize| self.columns[columns[*at] as usize].is_some();
                rows.entries.extend(term.filter(is_left));
                rows.start.push(rows.entries.len() as u32);
            }
        }
        rows
    }

    /// Gives the positions of the entries that are left.
    fn narrow_family(&self, family: &mut Family) -> Vec<usize> {
        let terms = family.terms.len();
        let keys = (0..family.len()).map(|row| family.key(row).to_vec());
        let range = |row| (0..terms).map(|term| family.range(row, term)).collect();
        let left = self.rows(&family.quantifiers, keys, &family.columns, &range);
        family.right = pick(&family.right, &left.rows);
        family.columns = self.renumbered(&family.columns, &left.entries);
        family.values = pick(&family.values, &left.entries);
        (family.keys, family.start) = (left.keys, left.start);
        left.entries
    }

    fn narrow_tally(&self, tally: &mut Tally) {
        let terms = tally.terms.len();
        let keys = (0..tally.len()).map(|row| tally.key(row).to_vec());
        let range = |row| (0..terms).map(|term| tally.range(row, term)).collect();
        let left = self.rows(&tally.quantifiers, keys, &tally.columns, &range);
        tally.prices = pick(&tally.prices, &left.rows);
        tally.columns = self.renumbered(&tally.columns, &left.entries);
        tally.counts = pick(&tally.counts, &left.entries);
        tally.shares = pick(&tally.shares, &left.entries);
        (tally.keys, tally.start) = (left.keys, left.start);
    }

    fn narrow_peak(&self, peak: &mut Peak) {
        let terms = peak.terms.len();
        let keys = (0..peak.len()).map(|row| peak.key(row).to_vec());
        let range = |row| (0..terms).map(|term| peak.range(row, term)).collect();
        let left = self.rows(&peak.quantifiers, keys, &peak.columns, &range);
        peak.constants = pick(&peak.constants, &left.rows);
        peak.columns = self.renumbered(&peak.columns, &left.entries);
        peak.values = pick(&peak.values, &left.entries);
        (peak.keys, peak.start) = (left.keys, left.start);
    }

    fn narrow_empty(&self, empty: &mut Empty) {
        let sorts = empty.quantifiers.iter().map(|it| it.sort);
        let mut tuples = Tuples::of(empty.quantifiers.len());
        let left = empty.tuples.iter().filter_map(|it| self.tuple(&it, sorts.clone()));
        left.for_each(|tuple| tuples.push(tuple.into_iter()));
        empty.tuples = tuples;
    }

    fn renumbered(&self, columns: &[u32], entries: &[usize]) -> Vec<u32> {
        entries.iter().filter_map(|at| self.columns[columns[*at] as usize]).collect()
    }

    fn narrow(&self, sum: &mut Linear) {
        sum.entries.retain_mut(|entry| {
            let column = self.columns[entry.column as usize];
            entry.column = column.unwrap_or(entry.column);
            column.is_some()
        });
    }

    fn narrow_piece(&self, piece: &mut Piece) {
        match piece {
            Piece::Max(sums) | Piece::Min(sums) => sums.iter_mut().for_each(|it| self.narrow(it)),
            Piece::Abs(sum) => self.narrow(sum),
            Piece::Holds(formula) => self.narrow_formula(formula),
            Piece::Choose(formula, then, otherwise) => {
                self.narrow_formula(formula);
                self.narrow(then);
                self.narrow(otherwise);
            }
        }
    }

    fn narrow_formula(&self, formula: &mut Formula) {
        match formula {
            Formula::Constant(_) => {}
            Formula::Atom(sum, _) => self.narrow(sum),
            Formula::And(parts) | Formula::Or(parts) => {
                parts.iter_mut().for_each(|it| self.narrow_formula(it));
            }
            Formula::Not(inner) => self.narrow_formula(inner),
        }
    }

    fn narrow_shut_out(&self, shut: &mut ShutOut, sorts: &[Sort]) {
        for classes in [&mut shut.classes, &mut shut.unknown_classes] {
            let tuples = classes.chunks_exact(sorts.len().max(1));
            let tuples = tuples.filter_map(|tuple| self.tuple(tuple, sorts.iter().copied()));
            *classes = tuples.flatten().collect();
        }
    }
}

/// New numbers, in order, for those that are left.
fn numbered(is_left: impl Iterator<Item = bool>) -> Vec<Option<u32>> {
    let mut next = 0;
    let numbers = is_left.map(|is_left| {
        let number = next;
        next += u32::from(is_left);
        is_left.then_some(number)
    });
    numbers.collect()
}

fn pick(values: &[f64], at: &[usize]) -> Vec<f64> {
    at.iter().map(|at| values[*at]).collect()
}

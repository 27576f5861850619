//! From an assignment to a point of the model, every auxiliary column completed.
//!
//! Moves are at least what runs now and has no value any more; pieces take the value that they have in the policy, over all single rows where these are told apart; bins hold what is packed into them; a violation takes what its rows lack; a binary takes
//! 1 (a violation 0) if the rows that then matter hold, else the other. Binaries are completed from the
//! last to the first, because what a formula's parts need is made after the formula's own.

use apportion_ground::{Meaning, Sort};
use rustc_hash::FxHashMap;

use crate::Lowered;
use crate::layout::Layout;
use crate::moves::Places;
use crate::trace::{AuxiliaryKind, Block, Serves};

/// Finds the columns of single tuples; what it knows of a decision is made when it is first asked for.
pub struct Finder<'l> {
    layout: &'l Layout<'l>,
    /// By decision: the class column of each tuple of classes.
    lookup: Vec<Option<FxHashMap<&'l [u32], u32>>>,
    classes: Vec<u32>,
}

impl Finder<'_> {
    /// The column of a decision's tuple, that of its class where rows stay together; none if it has no column.
    pub fn column(&mut self, decision: u32, tuple: &[u32]) -> Option<u32> {
        let layout = self.layout;
        let columns = layout.ground.decisions.get(decision as usize)?;
        let lookup = self.lookup[decision as usize].get_or_insert_with(|| {
            let numbers = columns.first..;
            (0..columns.len()).map(|at| columns.tuple(at)).zip(numbers).collect()
        });
        self.classes.clear();
        self.classes.extend(columns.sorts.iter().zip(tuple).map(|(sort, code)| match sort {
            Sort::Codes => *code,
            Sort::Rows(input) => {
                let class_of = &layout.ground.spaces[input.index()].class_of;
                class_of.get(*code as usize).copied().unwrap_or(u32::MAX)
            }
        }));
        let class_column = *lookup.get(self.classes.as_slice())?;
        let member = match layout.is_identity() {
            true => 0,
            false => layout.number(&columns.sorts, &self.classes, tuple)?,
        };
        Some(layout.members(class_column).start + member)
    }
}

impl Lowered<'_> {
    /// A point from values of single tuples; tuples without a column are left out.
    pub fn embed<'a>(&self, singles: impl IntoIterator<Item = (u32, &'a [u32], f64)>) -> Vec<f64> {
        let mut point = vec![0.0; self.model.num_columns()];
        let moves = Places::begin(&self.trace.layout, &mut point);
        let mut finder = self.finder();
        for (decision, tuple, value) in singles {
            let columns = self.trace.ground().decisions.get(decision as usize);
            if columns.is_some_and(|it| it.moves.is_none()) {
                moves.put(decision, tuple, value, &mut point);
                if let Some(column) = finder.column(decision, tuple) {
                    point[column as usize] += value;
                }
            }
        }
        self.complete(&mut point);
        point
    }

    /// What finds the columns of single tuples.
    pub fn finder(&self) -> Finder<'_> {
        let layout = &self.trace.layout;
        Finder { layout, lookup: vec![None; layout.ground.decisions.len()], classes: Vec::new() }
    }

    /// Gives every auxiliary column the value that follows from those of decisions.
    pub fn complete(&self, point: &mut [f64]) {
        self.complete_moves(point);
        let classes = self.class_values(point);
        let column = |column: u32| classes[column as usize];
        let meaning = Meaning { pieces: &self.trace.ground().pieces, column };
        for (first, block) in self.trace.block_starts.iter().zip(&self.trace.blocks) {
            if let Block::One(auxiliary) = block
                && let AuxiliaryKind::Piece(piece) = auxiliary.kind
            {
                point[*first as usize] = meaning.piece(piece);
            }
        }
        self.complete_families(point);
        self.complete_packings(point);
        self.complete_helpers(point);
    }

    fn complete_families(&self, point: &mut [f64]) {
        let own = self.trace.layout.columns() as u32;
        for row in 0..self.trace.helpers_from() {
            // Violations come last in a row.
            let terms = self.model.rows.terms(row as usize).rev();
            let helping: Vec<(u32, f64)> = terms.take_while(|(column, _)| *column >= own).collect();
            for (column, _) in &helping {
                point[*column as usize] = 0.0;
            }
            for (column, value) in helping {
                let lack = self.lack(point, row) / value;
                point[column as usize] += lack.max(0.0);
            }
        }
    }

    fn complete_helpers(&self, point: &mut [f64]) {
        let mut serving: Vec<(u32, u32, Serves)> = Vec::new();
        for (at, helper) in self.trace.helpers.iter().enumerate() {
            let row = self.trace.helpers_from() + at as u32;
            match helper.serves {
                Some(serves @ (Serves::Guard { column, .. } | Serves::Amount { column, .. })) => {
                    serving.push((column, row, serves));
                }
                None => {}
            }
        }
        serving.sort_unstable_by_key(|(column, row, _)| (*column, *row));
        // A violation without rows stays 0, an indicator without rows costs nothing to be 1.
        let mut end = serving.len();
        for (first, block) in self.trace.block_starts.iter().zip(&self.trace.blocks).rev() {
            let begin = serving[..end].partition_point(|(column, ..)| column < first);
            let rows = &serving[begin..end];
            end = begin;
            let Block::One(auxiliary) = block else { continue };
            let wanted = match auxiliary.kind {
                AuxiliaryKind::Packed => continue,
                // Its value is known but for what single rows are.
                AuxiliaryKind::Piece(_) => {
                    self.complete_peak(*first, rows, point);
                    continue;
                }
                AuxiliaryKind::Violation | AuxiliaryKind::Relief | AuxiliaryKind::Bins => 0.0,
                AuxiliaryKind::Indicator | AuxiliaryKind::Selector => 1.0,
            };
            if matches!(auxiliary.owner, crate::Owner::Family(..)) {
                continue;
            }
            let column = *first as usize;
            point[column] = wanted;
            for (_, row, serves) in rows {
                match serves {
                    Serves::Amount { sign, .. } => {
                        let unit = self.trace.unscale(*row);
                        point[column] += (self.lack(point, *row) * unit / sign).max(0.0);
                    }
                    Serves::Guard { value, .. } if *value == wanted && !self.holds(point, *row) => {
                        point[column] = 1.0 - wanted;
                        break;
                    }
                    Serves::Guard { .. } => {}
                }
            }
            if auxiliary.kind == AuxiliaryKind::Bins && self.model.columns.integer[column] {
                point[column] = (point[column] - ROUNDING * (1.0 + point[column])).ceil();
            }
        }
    }

    /// Moves an extreme from the mean of classes to what the single rows are that it is of, if it has any.
    fn complete_peak(&self, column: u32, rows: &[(u32, u32, Serves)], point: &mut [f64]) {
        for (_, row, serves) in rows {
            if let Serves::Amount { sign, .. } = serves {
                point[column as usize] += self.lack(point, *row) * self.trace.unscale(*row) / sign;
            }
        }
    }

    /// What must be added to a row's activity so that it lies within its bounds.
    fn lack(&self, point: &[f64], row: u32) -> f64 {
        let row = row as usize;
        let activity: f64 =
            self.model.rows.terms(row).map(|(column, value)| value * point[column as usize]).sum();
        if activity < self.model.rows.lower[row] {
            self.model.rows.lower[row] - activity
        } else if activity > self.model.rows.upper[row] {
            self.model.rows.upper[row] - activity
        } else {
            0.0
        }
    }

    fn holds(&self, point: &[f64], row: u32) -> bool {
        let terms = self.model.rows.terms(row as usize);
        let size: f64 = terms.map(|(column, value)| (value * point[column as usize]).abs()).sum();
        self.lack(point, row).abs() <= ROUNDING * (1.0 + size)
    }
}

/// What sums may be off by, as a share of the sizes of their terms.
const ROUNDING: f64 = 1e-9;

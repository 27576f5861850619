//! Extremes over rows of which some are alike: a row for each single one.
//!
//! A column `t` stands for the greatest of several, where less of it is better:
//!
//! ```text
//! sum of c[j] * x[j] - t  <=  -b      for each single row, b what it is without decisions
//! ```
//!
//! and for the least, where more is better, `t - sum of c[j] * x[j] <= b`: the epigraph form, as in `pieces`. Over classes
//! the row of a class is the sum of these divided by their number, which is what [`apportion_ground::Peak`] has in the
//! piece: there `pieces` makes it.
//!
//! The way back is the decisions' columns alone; the way forth makes `t` as great, or as small, as its rows ask.

use apportion_ground::{Peak, Piece};

use crate::builder::Builder;
use crate::families::{advance, tied_members};
use crate::trace::{Owner, Serves};

impl<'g> Builder<'g> {
    /// The single rows behind a piece, where the model tells members of classes apart.
    pub(crate) fn peak(&self, piece: u32) -> Option<&'g Peak> {
        let layout = &self.trace.layout;
        if layout.is_identity() { None } else { layout.ground.peak(piece) }
    }

    /// The rows that keep a column, in the numbering of forms, at what a piece's single rows are.
    pub(crate) fn peak_rows(&mut self, owner: Owner, column: u32, peak: &Peak) {
        let is_greatest = matches!(self.ground().pieces[peak.piece as usize], Piece::Max(_));
        let sign = if is_greatest { 1.0 } else { -1.0 };
        let column = self.model_columns(column).start;
        let serves = Some(Serves::Amount { column, sign: -sign });
        let span = self.span(owner);
        let mut free = Vec::new();
        let mut digits = vec![0; peak.quantifiers.len()];
        for (row, constant) in peak.constants.iter().enumerate() {
            loop {
                let mut terms = Vec::new();
                for (number, term) in peak.terms.iter().enumerate() {
                    for at in peak.range(row, number) {
                        let (layout, value) = (&self.trace.layout, sign * peak.values[at]);
                        let class_column = peak.columns[at];
                        tied_members(
                            layout,
                            class_column,
                            term,
                            &digits,
                            &mut free,
                            &mut |steps| {
                                let columns = steps.run(value).columns();
                                terms.extend(columns.map(|column| (column, value, term.span)));
                            },
                        );
                    }
                }
                terms.sort_by_key(|(column, ..)| *column);
                terms.dedup_by(|next, kept| {
                    let is_same = next.0 == kept.0;
                    kept.1 += if is_same { next.1 } else { 0.0 };
                    is_same
                });
                let terms = terms.into_iter().chain([(column, -sign, span)]);
                self.single_row(owner, serves, terms, f64::NEG_INFINITY, -sign * constant);
                let (layout, key) = (&self.trace.layout, peak.key(row));
                if !advance(layout, &peak.quantifiers, key, &mut digits) {
                    break;
                }
            }
        }
    }
}

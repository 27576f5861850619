//! Extremes over rows that are alike: what single rows are, and what is the same of all members of a class.
//!
//! The greatest of several is no less than the mean of any of them. So a class has one part in a piece: the sum over its
//! single rows, divided by how many these are. What the greatest of the single rows is, is looked at where these are.

use apportion_check::policy::{Binder, Policy};

use crate::families::{entries, quantifier, terms};
use crate::model::{Entry, Ground, Linear, Peak, Piece, Quantifier, Space, Tie};
use crate::sums::{Bench, Sum};

impl Bench<'_> {
    /// The number of the piece that is the greatest or the least of sums, each with the classes that it is stated for.
    pub(crate) fn peak(
        &mut self,
        policy: &Policy,
        spaces: &[Space],
        binders: &[Binder],
        rows: Vec<(Vec<u32>, Sum)>,
        is_greatest: bool,
    ) -> u32 {
        let piece = self.pieces.len() as u32;
        let mut peak = Peak {
            piece,
            quantifiers: binders.iter().map(|it| quantifier(policy, it)).collect(),
            terms: terms(self.sites, binders),
            keys: Vec::new(),
            start: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            constants: Vec::new(),
        };
        for (key, mut sum) in rows {
            peak.keys.extend(key);
            peak.constants.push(sum.constant);
            let Peak { terms, start, columns, values, .. } = &mut peak;
            entries(&mut sum, terms.len(), start, columns, values);
        }
        let means = peak.means(spaces);
        self.pieces.push(if is_greatest { Piece::Max(means) } else { Piece::Min(means) });
        self.peaks.push(peak);
        piece
    }
}

impl Peak {
    /// The mean of the single rows of each class row.
    fn means(&self, spaces: &[Space]) -> Vec<Linear> {
        let means = self.constants.iter().enumerate().map(|(row, constant)| {
            let sizes = self.quantifiers.iter().zip(self.key(row));
            let sizes = sizes.map(|(it, class): (&Quantifier, &u32)| it.sort.size(*class, spaces));
            let sizes: Vec<f64> = sizes.map(|size| size as f64).collect();
            let mut mean = Linear { constant: *constant, ..Linear::default() };
            for (number, term) in self.terms.iter().enumerate() {
                let is_tied = |at: &usize| term.ties.contains(&Tie::Quantifier(*at as u8));
                let members: f64 = (0..sizes.len()).filter(is_tied).map(|at| sizes[at]).product();
                mean.entries.extend(self.range(row, number).map(|at| Entry {
                    column: self.columns[at],
                    value: self.values[at] / members,
                    span: term.span,
                }));
            }
            mean
        });
        means.collect()
    }
}

impl Ground {
    /// Works out the means of classes anew, where these have other members.
    pub(crate) fn settle_peaks(&mut self) {
        let Ground { peaks, pieces, spaces, .. } = self;
        for peak in peaks {
            if let Piece::Max(parts) | Piece::Min(parts) = &mut pieces[peak.piece as usize] {
                *parts = peak.means(spaces);
            }
        }
    }
}

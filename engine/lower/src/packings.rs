//! Items in bins, bin by bin: the sums of a packing's families bound what fits, these rows say it.
//!
//! For a single row with `m` bins and items of sizes `s`, `y[s,b]` is how many items of a size lie in a bin:
//!
//! ```text
//! sum of c[j] * x[j] over the columns j with items of size s  <=  sum of y[s,b] over b      for each s
//! sum of s * y[s,b] over s  <=  1                                                          for each b
//! sum of s * y[s,b] over s  >=  sum of s * y[s,b+1] over s                                 for each b but the last
//! ```
//!
//! This is the assignment model of Kantorovich ("Mathematical methods of organizing and planning production", 1939,
//! 1960) with items of one size counted together, as in Martello and Toth ("Knapsack Problems", 1990, chapter 8);
//! the last rows order bins that are as good as each other. Cost: as many columns as sizes times bins. Over classes,
//! and where there is one bin, the families say all that is said.
//!
//! The way back is the decisions' columns alone; the way forth packs what they hold.

use std::ops::Range;

use apportion_diagnostic::Span;
use apportion_ground::{Packing, Term};
use apportion_packing::{Fit, Load, ROUNDING, pack};

use crate::builder::Builder;
use crate::families::{advance, tied_members};
use crate::trace::{Block, Owner};
use crate::{LowerErrorKind, Lowered};

/// The most columns that one single row's bins may take.
const MOST_COLUMNS: f64 = 100_000.0;

/// Where the bins of a single row are in a model.
#[derive(Clone, Debug)]
pub(crate) struct PackedRow {
    /// The column of the first size in the first bin; sizes follow, then bins.
    first_column: u32,
    /// The row that counts the items of the first size; sizes follow.
    first_row: u32,
    bins: u32,
    /// The sizes as shares of a bin, the greatest first.
    shares: Vec<f64>,
    /// What is put into them.
    items: Vec<Item>,
    /// Where they are counted: by bin, the column that is 1 where it holds anything, the first of them.
    used: Option<u32>,
}

/// What one unit of a model column puts into the bins of a single row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) column: u32,
    pub(crate) count: f64,
    pub(crate) share: f64,
    pub(crate) span: Span,
}

impl PackedRow {
    /// Whether these are the items.
    fn holds(&self, items: &[Item]) -> bool {
        let key = |item: &Item| (item.column, item.count, item.share);
        self.items.iter().map(key).eq(items.iter().map(key))
    }
}

impl Builder<'_> {
    /// Makes the bins of all single rows of a packing.
    pub(crate) fn packing(&mut self, packing: &Packing) {
        let family = &self.ground().families[packing.family as usize];
        let mut digits = vec![0; family.quantifiers.len()];
        let mut number = 0;
        for row in 0..family.len() {
            loop {
                let items = self.items(&family.terms, &digits, &|term| {
                    let entries = family.range(row, term);
                    let item = |at| (family.columns[at], packing.counts[at], packing.shares[at]);
                    entries.map(item).collect()
                });
                self.bins(Owner::Family(packing.family, number), family.right[row], items);
                number += 1;
                let layout = &self.trace.layout;
                if layout.is_identity()
                    || !advance(layout, &family.quantifiers, family.key(row), &mut digits)
                {
                    break;
                }
            }
        }
    }

    /// What the model columns put into the bins of the single row at positions `digits`, or of a class row; `entries`
    /// gives the columns, the counts and the shares of a term.
    pub(crate) fn items(
        &self,
        terms: &[Term],
        digits: &[u32],
        entries: &dyn Fn(usize) -> Vec<(u32, f64, f64)>,
    ) -> Vec<Item> {
        let mut items = Vec::new();
        let mut free = Vec::new();
        for (at, term) in terms.iter().enumerate() {
            for (column, count, share) in entries(at) {
                tied_members(&self.trace.layout, column, term, digits, &mut free, &mut |steps| {
                    let columns = steps.run(count).columns();
                    items.extend(columns.map(|column| Item {
                        column,
                        count,
                        share,
                        span: term.span,
                    }));
                });
            }
        }
        items.sort_by(|a, b| a.column.cmp(&b.column).then(b.share.total_cmp(&a.share)));
        items.dedup_by(|next, kept| {
            let same = (next.column, next.share) == (kept.column, kept.share);
            if same {
                kept.count += next.count;
            }
            same
        });
        items
    }

    fn bins(&mut self, owner: Owner, bins: f64, items: Vec<Item>) {
        let shares = sizes(&items);
        let bins = bins.min(self.most_items(&items).iter().sum());
        if bins <= 1.0 || shares.is_empty() {
            return;
        }
        if bins * shares.len() as f64 > MOST_COLUMNS {
            return self.refuse(owner, LowerErrorKind::TooManyBins { bins });
        }
        let (bins, sizes) = (bins as u32, shares.len() as u32);
        let first_column = self.packed(owner, bins * sizes);
        for (column, share) in
            (first_column..).zip(shares.iter().cycle()).take((bins * sizes) as usize)
        {
            self.model.columns.upper[column as usize] = ((1.0 + ROUNDING) / share).floor();
        }
        let span = self.span(owner);
        let first_row = self.model.num_rows() as u32;
        for (size, share) in (0..).zip(&shares) {
            let own = items.iter().filter(|item| item.share == *share);
            let counted = own.map(|item| (item.column, item.count, item.span));
            let held = (0..bins).map(|bin| (first_column + bin * sizes + size, -1.0, span));
            self.single_row(owner, None, counted.chain(held), f64::NEG_INFINITY, 0.0);
        }
        let content = |bin: u32, sign: f64| {
            let columns = first_column + bin * sizes..;
            columns.zip(&shares).map(move |(column, share)| (column, sign * share, span))
        };
        for bin in 0..bins {
            self.single_row(owner, None, content(bin, 1.0), f64::NEG_INFINITY, 1.0);
            if bin + 1 < bins {
                let terms = content(bin, 1.0).chain(content(bin + 1, -1.0));
                self.single_row(owner, None, terms, 0.0, f64::INFINITY);
            }
        }
        let used = None;
        self.trace.packed.push(PackedRow { first_column, first_row, bins, shares, items, used });
    }

    /// Counts the bins that hold any of these items, in bins made for them before or now: gives by bin the column
    /// that is 1 where it is in use. None where one bin holds all.
    pub(crate) fn used_bins(&mut self, owner: Owner, items: &[Item]) -> Option<Range<u32>> {
        let known = |builder: &Self| builder.trace.packed.iter().position(|it| it.holds(items));
        if known(self).is_none() {
            // Of two bins that are not full enough to hold what the other has, first fit opens but one.
            let counts = self.most_items(items).into_iter().zip(items);
            let volume: f64 = counts.map(|(count, item)| count * item.share).sum();
            self.bins(owner, (2.0 * volume).floor() + 1.0, items.to_vec());
        }
        let at = known(self)?;
        let PackedRow { first_column, bins, used, .. } = self.trace.packed[at];
        let first = used.unwrap_or_else(|| {
            let first = self.packed(owner, bins);
            let shares = self.trace.packed[at].shares.clone();
            let (sizes, span) = (shares.len() as u32, self.span(owner));
            for bin in 0..bins {
                self.model.columns.upper[(first + bin) as usize] = 1.0;
                let held = (first_column + bin * sizes..).zip(&shares);
                let held = held.map(|(column, share)| (column, *share, span));
                let terms = held.chain([(first + bin, -1.0, span)]);
                self.single_row(owner, None, terms, f64::NEG_INFINITY, 0.0);
            }
            first
        });
        self.trace.packed[at].used = Some(first);
        Some(first..first + bins)
    }

    /// How many of each of these items there may be.
    pub(crate) fn most_items(&self, items: &[Item]) -> Vec<f64> {
        let most = |item: &Item| self.model.columns.upper[item.column as usize] * item.count;
        items.iter().map(most).collect()
    }

    fn packed(&mut self, owner: Owner, count: u32) -> u32 {
        let bounds = crate::form::Interval { least: 0.0, greatest: 0.0 };
        self.push_block(Block::Packed(owner), count, bounds, true, true)
    }
}

/// The sizes that fit into a bin, the greatest first.
pub(crate) fn sizes(items: &[Item]) -> Vec<f64> {
    let mut shares: Vec<f64> = items.iter().map(|item| item.share).collect();
    shares.retain(|share| *share <= 1.0 + ROUNDING);
    shares.sort_by(|a, b| b.total_cmp(a));
    shares.dedup();
    shares
}

impl Lowered<'_> {
    /// Puts what decisions hold into bins. Where it does not fit, or that takes too long to find out, bins stay
    /// empty, as the point is then none of the model's.
    pub(crate) fn complete_packings(&self, point: &mut [f64]) {
        for packed in &self.trace.packed {
            let sizes = packed.shares.len() as u32;
            let last = packed.first_column + packed.bins * sizes;
            let used = packed.used.map_or(0..0, |first| first..first + packed.bins);
            let loads: Vec<Load> = (packed.first_row..)
                .zip(&packed.shares)
                .map(|(row, share)| {
                    let terms = self.model.rows.terms(row as usize);
                    let terms = terms.filter(|(column, _)| *column < packed.first_column);
                    let count: f64 =
                        terms.map(|(column, value)| value * point[column as usize]).sum();
                    let count = (count * self.trace.unscale(row)).round().max(0.0) as u64;
                    Load { share: *share, count }
                })
                .collect();
            (packed.first_column..last).chain(used).for_each(|column| point[column as usize] = 0.0);
            let Fit::Packed(packing) = pack(&loads, u64::from(packed.bins)) else { continue };
            let mut runs = packing.runs;
            runs.sort_by(|a, b| a.free().total_cmp(&b.free()));
            let bins = runs.iter().flat_map(|run| (0..run.bins).map(|_| &run.loads));
            for (bin, held) in (0..packed.bins).zip(bins) {
                if let Some(first) = packed.used.filter(|_| !held.is_empty()) {
                    point[(first + bin) as usize] = 1.0;
                }
                for load in held {
                    let size = packed.shares.iter().position(|share| *share == load.share);
                    let Some(size) = size else { continue };
                    let column = packed.first_column + bin * sizes + size as u32;
                    point[column as usize] = load.count as f64;
                }
            }
        }
    }
}

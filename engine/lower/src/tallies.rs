//! Bins that a level counts: what they cost, and how many there are at least.
//!
//! For a row with items of shares `s`, `c[j]` of them in one unit of column `j`, the level pays for a column `t`:
//!
//! ```text
//! sum of f(s[j]) * c[j] * x[j]  <=  t      for each dual feasible function f of the tally
//! sum of z[b] over bins b       <=  t      in a single row whose sizes are not nested
//! sum of s * y[s,b] over s      <=  z[b]   for each bin b, y and the bins as in `packings`
//! ```
//!
//! The functions bound the bins of single rows, and so of all members of a class together (Fekete and Schepers, "New
//! classes of fast lower bounds for bin packing problems", 2001). For one single row `t` is whole, and exact: nested
//! sizes take no more bins than their sum rounded up, and for others the bins are there one by one. Bins that a hard
//! rule limits are those that are counted. Cost: a column and as many rows as functions, and a column per bin.
//!
//! The way back is the decisions' columns alone; the way forth makes `t` as great as its rows ask.

use apportion_ground::Tally;
use apportion_packing::{ROUNDING, are_nested};

use crate::builder::{Builder, Counted};
use crate::families::{advance, untied_size};
use crate::form::Interval;
use crate::packings::{Item, sizes};
use crate::trace::{Auxiliary, AuxiliaryKind, Owner, Serves};
use crate::{LowerErrorKind, Resolution};

impl Builder<'_> {
    /// Makes the columns that a tally's rows cost. All packings come before it.
    pub(crate) fn tally(&mut self, number: usize, resolution: Resolution) {
        let ground = self.ground();
        let tally = &ground.tallies[number];
        let of_level = |level| level == Some(tally.level);
        let Some(objective) = ground.objectives.iter().position(|it| of_level(it.level)) else {
            return;
        };
        let owner = Owner::Objective(objective as u32);
        let sign = if ground.objectives[objective].maximize { -1.0 } else { 1.0 };
        if tally.prices.iter().any(|price| sign * price < 0.0) {
            return self.refuse(owner, LowerErrorKind::BinsRewarded { level: tally.level });
        }
        let sorts: Vec<_> = tally.quantifiers.iter().map(|it| it.sort).collect();
        let mut digits = vec![0; sorts.len()];
        for row in 0..tally.len() {
            let is_single = resolution == Resolution::Singles
                || self.trace.layout.product(&sorts, tally.key(row)) == 1;
            loop {
                let items = self.tallied(tally, row, &digits);
                let (items, unfit): (Vec<Item>, Vec<Item>) =
                    items.into_iter().partition(|item| item.share <= 1.0 + ROUNDING);
                // No bin holds them: there may be none, though bounds say that there are.
                for item in unfit {
                    let terms = std::iter::once((item.column, 1.0, item.span));
                    self.single_row(owner, None, terms, f64::NEG_INFINITY, 0.0);
                }
                let column = self.bins_in_use(owner, tally, &items, is_single);
                if resolution == Resolution::Singles {
                    self.count_bins(owner, &items, column);
                }
                self.counted.push(Counted { objective, column, price: tally.prices[row] });
                let layout = &self.trace.layout;
                if layout.is_identity()
                    || !advance(layout, &tally.quantifiers, tally.key(row), &mut digits)
                {
                    break;
                }
            }
        }
    }

    fn tallied(&self, tally: &Tally, row: usize, digits: &[u32]) -> Vec<Item> {
        let layout = &self.trace.layout;
        self.items(&tally.terms, digits, &|term| {
            let times = match layout.is_identity() {
                true => {
                    let ties = &tally.terms[term].ties;
                    untied_size(layout, &tally.quantifiers, tally.key(row), ties)
                }
                false => 1.0,
            };
            let entries = tally.range(row, term);
            entries
                .map(|at| (tally.columns[at], times * tally.counts[at], tally.shares[at]))
                .collect()
        })
    }

    /// The model's column of how many bins a row has, bounded by what the functions say.
    fn bins_in_use(&mut self, owner: Owner, tally: &Tally, items: &[Item], whole: bool) -> u32 {
        let most = self.most_items(items).iter().sum();
        let bounds = Interval { least: 0.0, greatest: most };
        let origin = Auxiliary { owner, kind: AuxiliaryKind::Bins };
        let column = self.auxiliary(origin, bounds, whole, true);
        let column = self.model_columns(column).start;
        let serves = Some(Serves::Amount { column, sign: -1.0 });
        for function in &tally.functions {
            let mut terms: Vec<_> = items
                .iter()
                .map(|item| (item.column, function.value(item.share) * item.count, tally.span))
                .collect();
            terms.retain(|(_, value, _)| *value != 0.0);
            terms.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
            let terms = terms.into_iter().chain([(column, -1.0, tally.span)]);
            self.single_row(owner, serves, terms, f64::NEG_INFINITY, 0.0);
        }
        column
    }

    /// Where sums do not say how many bins a single row needs, they are told apart.
    fn count_bins(&mut self, owner: Owner, items: &[Item], column: u32) {
        if are_nested(&sizes(items)) {
            return;
        }
        let Some(used) = self.used_bins(owner, items) else { return };
        let serves = Some(Serves::Amount { column, sign: -1.0 });
        let span = self.span(owner);
        let terms = used.map(|bin| (bin, 1.0, span)).chain([(column, -1.0, span)]);
        self.single_row(owner, serves, terms, f64::NEG_INFINITY, 0.0);
    }
}

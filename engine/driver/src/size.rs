//! How large a problem is.

use apportion_ground::{Ground, Packing, Tally};
use apportion_lower::{Held, Lowered, Naming, Trace};
use apportion_plan::{Dominated, ModelSize};

use crate::names::Names;
use crate::run::Run;

impl Run<'_> {
    pub(crate) fn size(&self, lowered: &Lowered<'_>) -> ModelSize {
        let model = &lowered.model;
        let names = self.names();
        let dominated = dominated(&lowered.trace).map(|held| of_decision(lowered, held, &names));
        ModelSize {
            rows: model.num_rows() as u64,
            columns: model.num_columns() as u64,
            decisions: lowered.trace.num_decision_columns() as u64,
            nonzeros: model.num_terms() as u64,
            integers: model.columns.integer.iter().filter(|integer| **integer).count() as u64,
            single_columns: single_columns(self.ground),
            dominated: dominated.collect(),
        }
    }
}

/// The columns of one decision that are held, in words.
pub(crate) fn of_decision(lowered: &Lowered<'_>, held: &[Held], names: &Names<'_>) -> Dominated {
    let word = |column: u32| lowered.trace.column_name(column, names);
    let decision = held.first().and_then(|it| lowered.trace.decision(it.column));
    Dominated {
        decision: decision.map(|it| names.decision(it)).unwrap_or_default(),
        columns: held.len() as u64,
        example: held.first().map(|it| word(it.column)).unwrap_or_default(),
        by: held.first().map(|it| word(it.by)).unwrap_or_default(),
    }
}

/// The columns that are held, decision by decision.
pub(crate) fn dominated<'t>(trace: &'t Trace<'_>) -> impl Iterator<Item = &'t [Held]> {
    let decision = |it: &Held| trace.decision(it.column);
    trace.presolved().held.chunk_by(move |one, other| decision(one) == decision(other))
}

/// How many columns items in bins would need if no rows were alike: one for each bin and size.
pub(crate) fn bin_columns(ground: &Ground) -> u64 {
    let mut total = 0u64;
    for packing in &ground.packings {
        let family = &ground.families[packing.family as usize];
        for row in 0..family.len() {
            let sorts = family.quantifiers.iter().map(|quantifier| quantifier.sort);
            let singles: u64 = sorts
                .zip(family.key(row))
                .map(|(it, class)| it.size(*class, &ground.spaces))
                .product();
            let shares = packing.shares[family.row_range(row)].iter();
            let mut shares: Vec<u64> = shares.map(|it| it.to_bits()).collect();
            shares.sort_unstable();
            shares.dedup();
            let bins = family.right[row].max(0.0) as u64;
            total = total
                .saturating_add(singles.saturating_mul(bins).saturating_mul(shares.len() as u64));
        }
    }
    total.saturating_add(ground.tallies.iter().map(|tally| tallied_columns(ground, tally)).sum())
}

/// How many columns the bins of a tally need; none where these are the bins of a packing.
fn tallied_columns(ground: &Ground, tally: &Tally) -> u64 {
    let is_same = |it: &Packing| it.counts == tally.counts && it.shares == tally.shares;
    if tally.is_nested() || ground.packings.iter().any(is_same) {
        return 0;
    }
    let mut total = 0u64;
    for row in 0..tally.len() {
        let sorts = tally.quantifiers.iter().map(|quantifier| quantifier.sort);
        let singles: u64 =
            sorts.zip(tally.key(row)).map(|(it, class)| it.size(*class, &ground.spaces)).product();
        let entries = tally.row_range(row);
        let mut shares: Vec<u64> =
            tally.shares[entries.clone()].iter().map(|it| it.to_bits()).collect();
        shares.sort_unstable();
        shares.dedup();
        let items = entries.map(|at| {
            let column = tally.columns[at];
            let decision = ground.decisions.partition_point(|it| it.first <= column) - 1;
            let columns = &ground.decisions[decision];
            let tuple = columns.tuple((column - columns.first) as usize).iter();
            let tuples: u64 = tuple
                .zip(&columns.sorts)
                .map(|(class, sort)| sort.size(*class, &ground.spaces))
                .product();
            ground.declared[column as usize]
                * tally.counts[at]
                * (tuples / singles.max(1)).max(1) as f64
        });
        let bins = items.sum::<f64>() as u64;
        total = total
            .saturating_add(singles.saturating_mul(bins).saturating_mul(shares.len() as u64 + 1));
    }
    total
}

/// How many columns there would be if no rows were alike.
pub(crate) fn single_columns(ground: &Ground) -> u64 {
    let mut total = 0u64;
    for columns in &ground.decisions {
        for at in 0..columns.len() {
            let sizes = columns.tuple(at).iter().zip(&columns.sorts);
            let sizes = sizes.map(|(class, sort)| sort.size(*class, &ground.spaces));
            total = total.saturating_add(sizes.product());
        }
    }
    total
}

//! What a world proved of its plan, for the next: prices of the rows of rules, by kinds of rows.
//!
//! Prices that were right for one world prove a bound in any other, and a good one where little has changed: then the
//! linear relaxation, which found them, need not be solved again.

use apportion_ground::{Ground, Sort};
use apportion_lower::{Lowered, RowOrigin};
use apportion_solve::Duals;
use rustc_hash::FxHashMap;

/// A row of a rule: its family, and what its quantifiers stand for, by the class of the first world.
type Row = (u32, Box<[u32]>);

/// Prices of the rows of rules, of the first level over classes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prices {
    rows: FxHashMap<Row, f64>,
}

/// What is known from worlds before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before<'b> {
    /// By input and class: which class of the first world it is; none where this is the first world.
    pub(crate) classes: Option<&'b [Vec<u32>]>,
    pub(crate) prices: Option<&'b Prices>,
    /// How far from its bound the plan was that the prices are of, as a share.
    pub(crate) gap: Option<f64>,
}

impl Before<'_> {
    fn row(&self, ground: &Ground, family: u32, class_row: u32) -> Row {
        let stated = &ground.families[family as usize];
        let key = stated.key(class_row as usize).iter().zip(&stated.quantifiers);
        let classes = key.map(|(class, quantifier)| match (quantifier.sort, self.classes) {
            (Sort::Rows(input), Some(known)) => known[input.index()][*class as usize],
            _ => *class,
        });
        (family, classes.collect())
    }

    /// What the prices prove of the first level over classes.
    pub(crate) fn bound(&self, lowered: &Lowered<'_>) -> Option<f64> {
        let known = self.prices?;
        let mut prices = vec![0.0; lowered.model.num_rows()];
        each_row(lowered, self, &mut |number, row| {
            let price = known.rows.get(&row).copied().unwrap_or(0.0);
            prices[number as usize] = price * lowered.trace.unscale(number);
        });
        let goal = lowered.goal(0);
        let bound = lowered.model.priced_bound(&goal, &prices);
        bound.is_finite().then(|| goal.tightened(bound, &lowered.model.columns))
    }
}

impl Prices {
    /// Of a relaxation whose objective was multiplied by `scale`.
    pub(crate) fn of(
        lowered: &Lowered<'_>,
        before: &Before<'_>,
        duals: &Duals,
        scale: f64,
    ) -> Prices {
        let mut rows = FxHashMap::default();
        each_row(lowered, before, &mut |number, row| {
            let price = duals.rows[number as usize] / scale;
            if price != 0.0 {
                // By the unit of the comparison: rows are scaled by what they hold.
                rows.insert(row, price / lowered.trace.unscale(number));
            }
        });
        Prices { rows }
    }
}

fn each_row(lowered: &Lowered<'_>, before: &Before<'_>, visit: &mut dyn FnMut(u32, Row)) {
    let ground = lowered.trace.ground();
    for number in 0..lowered.trace.helpers_from() {
        if let RowOrigin::Family { family, class_row, .. } = lowered.trace.row(number) {
            visit(number, before.row(ground, family, class_row));
        }
    }
}

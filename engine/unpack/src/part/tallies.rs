//! What a part says of bins that levels count.

use std::collections::BTreeMap;

use apportion_ground::{Ground, Tally, Term, Tie};

use super::{Maker, tied_size};

/// The items of a single row: the choice, how many one unit is, and how much of a bin each takes.
type Items = Vec<(u32, f64, f64)>;

impl Maker<'_> {
    /// The bins of rows that hold nothing but what the part gives out. What others hold as well, or several members
    /// of a group each by itself, the part does not see; whether its answer is better is found out when it is put in
    /// place.
    pub(super) fn tallies(&self, part: &mut Ground) {
        let whole = self.placer.ground;
        let tallies = &self.placer.index.tallies;
        let mut rows: BTreeMap<(u32, usize), Option<Items>> = BTreeMap::new();
        for (choice, number) in self.choices.iter().zip(0..) {
            let columns = &whole.decisions[choice.decision];
            let sizes = choice.groups.iter().map(|group| self.groups[*group as usize].len() as f64);
            let sizes: Vec<f64> = sizes.collect();
            let first = self.first(columns, &choice.groups);
            let touches = tallies.touches.of(choice.column);
            for touch in touches.filter(|it| tallies.objective(it.family) <= self.objective) {
                let Some(items) = touch.items else { continue };
                touch.each_single(&first, &mut |single| {
                    let place = (touch.family, single);
                    let is_seen = tied_size(&touch, &sizes) == 1.0;
                    let is_free = || self.placer.tallied.is_empty(place);
                    let row = rows.entry(place).or_insert_with(|| is_free().then(Vec::new));
                    match row {
                        Some(row) if is_seen => row.push((number, items.count, items.share)),
                        row => *row = None,
                    }
                    true
                });
            }
        }
        let mut latest = None;
        for ((number, single), items) in rows {
            let Some(items) = items else { continue };
            let stated = &whole.tallies[number as usize];
            if latest.replace(number) != Some(number) {
                part.tallies.push(self.blank(stated));
            }
            let Some(tally) = part.tallies.last_mut() else { continue };
            let mut items = items.into_iter().peekable();
            for columns in &part.decisions {
                let end = columns.first + columns.len() as u32;
                while let Some((choice, count, share)) = items.next_if(|item| item.0 < end) {
                    tally.columns.push(choice);
                    tally.counts.push(count);
                    tally.shares.push(share);
                }
                tally.start.push(tally.columns.len() as u32);
            }
            tally.prices.push(stated.prices[tallies.row_of(number, single)]);
        }
    }

    /// A tally of the part without rows.
    fn blank(&self, stated: &Tally) -> Tally {
        let terms = self.placer.ground.decisions.iter().map(|columns| Term {
            decision: columns.decision,
            span: stated.span,
            ties: vec![Tie::Free; columns.sorts.len()],
        });
        let functions = stated.functions.clone();
        Tally::new(stated.level, stated.span, Vec::new(), terms.collect(), functions)
    }
}

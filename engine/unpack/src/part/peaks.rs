//! What a part says of extremes that levels keep small or great.

use std::collections::BTreeMap;

use apportion_ground::{Entry, Linear, Piece};

use super::{Choice, Maker, tied_size};

impl Maker<'_> {
    /// An extreme over the single rows that the part counts in, and what it is of all others, unless it is `alone`. None
    /// where the part counts in none. Where a choice is of several members that are told apart, it is their mean; whether
    /// the answer is better is found out when it is put in place.
    pub(super) fn peak(&self, peak: usize, alone: bool) -> Option<Piece> {
        let (peaks, loads) = (&self.placer.index.peaks, &self.placer.loads);
        let span = self.placer.ground.peaks[peak].terms.first()?.span;
        let mut rows: BTreeMap<usize, Linear> = BTreeMap::new();
        let mut count = |choice: &Choice, column: u32, runs: f64| {
            let columns = &self.placer.ground.decisions[choice.decision];
            let sizes = choice.groups.iter().map(|group| self.groups[*group as usize].len() as f64);
            let sizes: Vec<f64> = sizes.collect();
            let first = self.first(columns, &choice.groups);
            let own = peaks.touches.of(choice.column).filter(|it| it.family as usize == peak);
            for touch in own {
                let value = touch.takes / tied_size(&touch, &sizes);
                touch.each_single(&first, &mut |single| {
                    let constant = loads.rows(peak)[single];
                    let row =
                        rows.entry(single).or_insert(Linear { constant, ..Linear::default() });
                    row.entries.push(Entry { column, value, span });
                    // With all of the part taken away, all that runs there counts as moved.
                    row.constant -= value * runs;
                    true
                });
            }
        };
        for (choice, column) in self.choices.iter().zip(0..) {
            count(choice, column, 0.0);
        }
        for (moved, column) in self.moves.iter().zip(self.choices.len() as u32..) {
            count(&moved.choice, column, moved.runs);
        }
        if rows.is_empty() {
            return None;
        }
        let others = loads.rows(peak).iter().enumerate();
        let others = others.filter(|(single, _)| !alone && !rows.contains_key(single));
        let rest = peaks.extreme(peak, others.map(|(_, load)| *load));
        let mut parts: Vec<Linear> = rows.into_values().collect();
        if rest.is_finite() {
            parts.push(Linear { constant: rest, ..Linear::default() });
        }
        Some(if peaks.is_greatest(peak) { Piece::Max(parts) } else { Piece::Min(parts) })
    }
}

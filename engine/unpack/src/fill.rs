//! Filling the room that is left.

use crate::place::Placer;

impl Placer<'_> {
    /// Adds units as long as the first level gains from them and they fit: the most valuable first, the
    /// smaller one among equals. Gives how many.
    pub(crate) fn fill(&mut self, interrupted: &dyn Fn() -> bool) -> u64 {
        let mut order = self.gains();
        let weight = |it: &(u32, f64)| self.index.weights[it.0 as usize];
        order.sort_by(|a, b| {
            let value = b.1.total_cmp(&a.1);
            value.then(weight(a).total_cmp(&weight(b))).then(a.0.cmp(&b.0))
        });
        let mut added = 0;
        for (column, _) in order {
            if interrupted() {
                break;
            }
            let decision = self.index.decision_of(column);
            let columns = &self.ground.decisions[decision];
            let most = columns.most[(column - columns.first) as usize];
            if most.is_finite() {
                added += self.place(decision, column, most, interrupted) as u64;
            }
        }
        added
    }

    /// Whole columns that the first level gains from, with the gain of one unit.
    pub(crate) fn gains(&self) -> Vec<(u32, f64)> {
        let Some(first) = self.ground.objectives.iter().find(|it| it.level.is_some()) else {
            return Vec::new();
        };
        let columns = self.ground.decisions.iter().map(|it| it.len()).sum();
        let mut gains = vec![0.0; columns];
        for entry in &first.value.entries {
            let gain = if first.maximize { entry.value } else { -entry.value };
            gains[entry.column as usize] += gain;
        }
        let whole = |column: u32| self.ground.decisions[self.index.decision_of(column)].whole;
        let numbered = gains.into_iter().enumerate().map(|(column, gain)| (column as u32, gain));
        numbered.filter(|(column, gain)| *gain > 0.0 && whole(*column)).collect()
    }
}

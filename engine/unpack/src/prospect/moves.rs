//! What steps move of what runs now.

use std::borrow::Cow;

use apportion_ground::{Ground, Moves};
use rustc_hash::FxHashMap;

use super::rows::{Rows, Step};

/// Calls `visit` with all that a plan with these values moves: the column that counts it, the tuple and how much.
pub(super) fn each_moved(
    ground: &Ground,
    values: &FxHashMap<(usize, &[u32]), f64>,
    visit: &mut dyn FnMut(u32, &[u32], f64),
) {
    for columns in &ground.decisions {
        let Some(moves) = &columns.moves else { continue };
        for (at, column) in (0..columns.len()).zip(columns.first..) {
            for (tuple, runs) in moves.of_column(at) {
                let value = values.get(&(moves.of.index(), tuple)).copied().unwrap_or(0.0);
                visit(column, tuple, Moves::moved(runs, value));
            }
        }
    }
}

impl Rows<'_> {
    /// The steps, and after them what they move: less where what runs there stays, more where it is taken away.
    pub(super) fn with_moves<'s>(&self, steps: &'s [Step]) -> Cow<'s, [Step]> {
        let mut all = Cow::Borrowed(steps);
        if self.running.is_empty() {
            return all;
        }
        for (at, step) in steps.iter().enumerate() {
            let decision = self.ground.decisions.partition_point(|it| it.first <= step.column) - 1;
            let is_same = |it: &&Step| it.column == step.column && it.tuple == step.tuple;
            let Some(it) = self.running.of(decision, &step.tuple) else { continue };
            if steps[..at].iter().any(|it| is_same(&it)) {
                continue;
            }
            let before = self.value(step);
            let more: f64 = steps.iter().filter(is_same).map(|it| it.amount).sum();
            let amount = it.change(before, before + more);
            if amount != 0.0 {
                all.to_mut().push(Step { column: it.column, tuple: step.tuple.clone(), amount });
            }
        }
        all
    }

    /// Whether no moves are counted.
    pub(super) fn moves_nothing(&self) -> bool {
        self.running.is_empty()
    }
}

//! Moves: what runs now and is not left where it is.
//!
//! For a tuple of which `r > 0` runs now, `m` is what is moved of it:
//!
//! ```text
//! x + m >= r        m >= 0
//! ```
//!
//! Less of `m` is never worse, so that it is `max(0, r - x)` wherever it matters: the epigraph of a convex function. A
//! class row is the sum over the members that run: `r` is then all that runs of the class, and the sums of a plan's
//! values keep it, while `m` may be less there than what single rows move. Cost: a column and a row for each tuple, or
//! tuple of classes, that runs now; no whole numbers.
//!
//! The way back leaves these columns out; the way forth gives each the value that it has in a plan.

use apportion_ground::Moves;
use rustc_hash::FxHashMap;

use crate::Lowered;
use crate::builder::Builder;
use crate::layout::Layout;
use crate::trace::Owner;

/// A tuple of a decision that runs now, or a tuple of classes: what runs of it, and its columns.
struct Running {
    runs: f64,
    /// The column of the moves over classes.
    class_column: u32,
    /// Columns of the model: of the decision, and of its moves.
    decided: u32,
    moved: u32,
}

/// Calls `visit` with all that runs now, by decision whose moves are counted.
fn each_running<'g>(layout: &Layout<'g>, visit: &mut dyn FnMut(&'g Moves, Running)) {
    for columns in &layout.ground.decisions {
        let Some(moves) = &columns.moves else { continue };
        for (at, from) in moves.from.iter().enumerate() {
            let class_column = columns.first + at as u32;
            let (decided, moved) =
                (layout.members(*from).start, layout.members(class_column).start);
            if layout.is_identity() {
                let runs = moves.total(at);
                visit(moves, Running { runs, class_column, decided, moved });
                continue;
            }
            for (tuple, runs) in moves.of_column(at) {
                let number = layout.number(&columns.sorts, columns.tuple(at), tuple);
                let Some(number) = number else { continue };
                let (decided, moved) = (decided + number, moved + number);
                visit(moves, Running { runs, class_column, decided, moved });
            }
        }
    }
}

impl Builder<'_> {
    /// Ties the columns of moves to those of decisions.
    pub(crate) fn moves(&mut self) {
        let mut rows = Vec::new();
        each_running(&self.trace.layout, &mut |moves, it| rows.push((moves.span, it)));
        for (span, Running { runs, class_column, decided, moved }) in rows {
            let terms = [(decided, 1.0, span), (moved, 1.0, span)];
            let owner = Owner::Moves(class_column);
            self.single_row(owner, None, terms.into_iter(), runs, f64::INFINITY);
        }
    }
}

/// Where the moves of single tuples are in a model, by decision and tuple.
pub(crate) struct Places<'g> {
    places: FxHashMap<(u32, &'g [u32]), (u32, f64)>,
}

impl<'g> Places<'g> {
    /// Gives all that runs now the value that it has where nothing is left.
    pub(crate) fn begin(layout: &Layout<'g>, point: &mut [f64]) -> Places<'g> {
        let mut places = FxHashMap::default();
        for columns in &layout.ground.decisions {
            let Some(moves) = &columns.moves else { continue };
            for at in 0..columns.len() {
                let first = layout.members(columns.first + at as u32).start;
                for (tuple, runs) in moves.of_column(at) {
                    let number = match layout.is_identity() {
                        true => Some(0),
                        false => layout.number(&columns.sorts, columns.tuple(at), tuple),
                    };
                    let Some(number) = number else { continue };
                    point[(first + number) as usize] += runs;
                    places.insert((moves.of.0, tuple), (first + number, runs));
                }
            }
        }
        Places { places }
    }

    /// A tuple has a value.
    pub(crate) fn put(&self, decision: u32, tuple: &[u32], value: f64, point: &mut [f64]) {
        if let Some((moved, runs)) = self.places.get(&(decision, tuple)) {
            point[*moved as usize] += Moves::moved(*runs, value) - runs;
        }
    }
}

impl Lowered<'_> {
    /// Raises what is moved to what the values of decisions make of it at least.
    pub(crate) fn complete_moves(&self, point: &mut [f64]) {
        each_running(&self.trace.layout, &mut |_, it| {
            let least = Moves::moved(it.runs, point[it.decided as usize]);
            let moved = &mut point[it.moved as usize];
            *moved = moved.max(least);
        });
    }
}

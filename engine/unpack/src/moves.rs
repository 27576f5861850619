//! What runs now and is not left where it is, kept as placements come and go.

use apportion_ground::{Ground, Moves};
use rustc_hash::FxHashMap;

use crate::place::Placer;

/// By decision whose moves are counted, its tuples that run now.
pub(crate) struct Running<'g> {
    decisions: Vec<FxHashMap<&'g [u32], Move>>,
    /// By column of which something runs now: that which counts its moves.
    columns: FxHashMap<u32, u32>,
}

/// A tuple that runs now: how much, and where its moves are counted.
#[derive(Clone, Copy)]
pub(crate) struct Move {
    pub(crate) decision: usize,
    pub(crate) column: u32,
    pub(crate) runs: f64,
}

impl<'g> Running<'g> {
    /// Of a ground policy.
    pub(crate) fn new(ground: &'g Ground) -> Running<'g> {
        let mut decisions = vec![FxHashMap::default(); ground.decisions.len()];
        let mut by_column = FxHashMap::default();
        for (decision, columns) in ground.decisions.iter().enumerate() {
            let Some(moves) = &columns.moves else { continue };
            by_column.extend(moves.from.iter().copied().zip(columns.first..));
            for (at, column) in (0..columns.len()).zip(columns.first..) {
                let tuples = moves.of_column(at);
                let runs = tuples.map(|(tuple, runs)| (tuple, Move { decision, column, runs }));
                decisions[moves.of.index()].extend(runs);
            }
        }
        Running { decisions, columns: by_column }
    }

    /// Where the moves of a tuple are counted, if it runs now.
    pub(crate) fn of(&self, decision: usize, tuple: &[u32]) -> Option<Move> {
        self.decisions[decision].get(tuple).copied()
    }

    /// The column that counts the moves of another, if any do.
    pub(crate) fn column(&self, column: u32) -> Option<u32> {
        self.columns.get(&column).copied()
    }

    /// All columns of which something runs now, each with that which counts its moves.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (u32, u32)> {
        self.columns.iter().map(|(from, to)| (*from, *to))
    }

    /// Whether no moves are counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

impl Move {
    /// What a change of its tuple's value moves beyond what was moved.
    pub(crate) fn change(self, before: f64, after: f64) -> f64 {
        Moves::moved(self.runs, after) - Moves::moved(self.runs, before)
    }
}

impl Placer<'_> {
    /// Takes all that runs now for moved, as nothing is placed yet.
    pub(crate) fn move_all(&mut self) {
        for (decision, columns) in self.ground.decisions.iter().enumerate() {
            let Some(moves) = &columns.moves else { continue };
            for (at, column) in (0..columns.len()).zip(columns.first..) {
                for (tuple, runs) in moves.of_column(at) {
                    self.set_down(decision, column, tuple, runs);
                }
            }
        }
    }
}

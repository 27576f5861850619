//! Pieces that a claim states again and again, made once.
//!
//! What a claim says of each group, such as how far it is above the group that holds the least, often has a part that is
//! the same for all groups: one piece, and one column of the problem, serve them all.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::model::{Formula, Linear, Piece};
use crate::sums::Bench;

impl Bench<'_> {
    /// The number of a piece: of one like it that the claim has stated, if there is one.
    pub(crate) fn number(&mut self, piece: Piece) -> u32 {
        let mut hasher = FxHasher::default();
        hash_piece(&piece, &mut hasher);
        let hash = hasher.finish();
        let known = self.known.get(&hash).copied();
        if let Some(number) = known.filter(|number| self.pieces[*number as usize] == piece) {
            return number;
        }
        let number = self.pieces.len() as u32;
        self.pieces.push(piece);
        self.known.insert(hash, number);
        number
    }
}

fn hash_piece(piece: &Piece, hasher: &mut FxHasher) {
    std::mem::discriminant(piece).hash(hasher);
    match piece {
        Piece::Max(parts) | Piece::Min(parts) => {
            parts.iter().for_each(|part| hash_linear(part, hasher));
        }
        Piece::Abs(part) => hash_linear(part, hasher),
        Piece::Holds(formula) => hash_formula(formula, hasher),
        Piece::Choose(test, then, otherwise) => {
            hash_formula(test, hasher);
            hash_linear(then, hasher);
            hash_linear(otherwise, hasher);
        }
    }
}

fn hash_formula(formula: &Formula, hasher: &mut FxHasher) {
    std::mem::discriminant(formula).hash(hasher);
    match formula {
        Formula::Constant(value) => value.hash(hasher),
        Formula::Atom(sum, _) => hash_linear(sum, hasher),
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| hash_formula(part, hasher));
        }
        Formula::Not(part) => hash_formula(part, hasher),
    }
}

fn hash_linear(sum: &Linear, hasher: &mut FxHasher) {
    for entry in &sum.entries {
        (entry.column, entry.value.to_bits()).hash(hasher);
    }
    for (piece, value) in &sum.pieces {
        (piece, value.to_bits()).hash(hasher);
    }
    sum.constant.to_bits().hash(hasher);
}

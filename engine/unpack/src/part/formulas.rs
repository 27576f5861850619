//! What formulas and pieces say of a part: the columns outside it are constants.

use apportion_ground::{Entry, Formula, Ground, Linear, Piece};
use rustc_hash::FxHashMap;

/// By column, the formulas that read it.
pub(crate) fn instances_of_columns(ground: &Ground, pieces: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let count = ground.decisions.iter().map(|it| it.len()).sum();
    let mut instances = vec![Vec::new(); count];
    for (number, instance) in ground.instances.iter().enumerate() {
        let mut read = Vec::new();
        columns_of_formula(&instance.formula, pieces, &mut read);
        read.sort_unstable();
        read.dedup();
        read.iter().for_each(|column| instances[*column as usize].push(number as u32));
    }
    instances
}

/// By piece, the columns that it reads, ascending. Pieces are made after those that they read.
pub(crate) fn columns_of_pieces(ground: &Ground) -> Vec<Vec<u32>> {
    let mut pieces: Vec<Vec<u32>> = Vec::with_capacity(ground.pieces.len());
    for piece in &ground.pieces {
        let mut read = Vec::new();
        let mut linear = |linear: &Linear| columns_of(linear, &pieces, &mut read);
        match piece {
            Piece::Max(parts) | Piece::Min(parts) => parts.iter().for_each(linear),
            Piece::Abs(part) => linear(part),
            Piece::Holds(_) => {}
            Piece::Choose(_, then, otherwise) => [then, otherwise].into_iter().for_each(linear),
        }
        if let Piece::Holds(formula) | Piece::Choose(formula, ..) = piece {
            columns_of_formula(formula, &pieces, &mut read);
        }
        read.sort_unstable();
        read.dedup();
        pieces.push(read);
    }
    pieces
}

fn columns_of(linear: &Linear, pieces: &[Vec<u32>], read: &mut Vec<u32>) {
    read.extend(linear.entries.iter().map(|entry| entry.column));
    for (piece, _) in &linear.pieces {
        read.extend(pieces.get(*piece as usize).into_iter().flatten());
    }
}

fn columns_of_formula(formula: &Formula, pieces: &[Vec<u32>], read: &mut Vec<u32>) {
    match formula {
        Formula::Constant(_) => {}
        Formula::Atom(linear, _) => columns_of(linear, pieces, read),
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| columns_of_formula(part, pieces, read));
        }
        Formula::Not(inner) => columns_of_formula(inner, pieces, read),
    }
}

/// Puts a part's choices in the place of the columns of the whole.
pub(super) struct Substitution<'s> {
    whole: &'s Ground,
    /// What columns come to outside the part.
    totals: &'s [f64],
    /// By column: its choices.
    of_column: FxHashMap<u32, Vec<u32>>,
    /// The part's pieces so far.
    pub(super) pieces: Vec<Piece>,
    /// By piece of the whole: the part's.
    known: FxHashMap<u32, u32>,
}

impl<'s> Substitution<'s> {
    pub(super) fn new(
        whole: &'s Ground,
        totals: &'s [f64],
        choices: impl Iterator<Item = (u32, u32)>,
    ) -> Substitution<'s> {
        let mut of_column: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        choices.for_each(|(column, choice)| of_column.entry(column).or_default().push(choice));
        Substitution { whole, totals, of_column, pieces: Vec::new(), known: FxHashMap::default() }
    }

    /// Whether any of the columns has choices.
    pub(super) fn reads_any(&self, columns: &[u32]) -> bool {
        columns.iter().any(|column| self.of_column.contains_key(column))
    }

    /// The number of a piece in the part.
    pub(super) fn piece(&mut self, number: u32) -> u32 {
        if let Some(known) = self.known.get(&number) {
            return *known;
        }
        let whole = self.whole;
        let piece = match &whole.pieces[number as usize] {
            Piece::Max(parts) => Piece::Max(parts.iter().map(|it| self.linear(it)).collect()),
            Piece::Min(parts) => Piece::Min(parts.iter().map(|it| self.linear(it)).collect()),
            Piece::Abs(part) => Piece::Abs(self.linear(part)),
            Piece::Holds(formula) => Piece::Holds(self.formula(formula)),
            Piece::Choose(test, then, otherwise) => {
                Piece::Choose(self.formula(test), self.linear(then), self.linear(otherwise))
            }
        };
        self.pieces.push(piece);
        let made = self.pieces.len() as u32 - 1;
        self.known.insert(number, made);
        made
    }

    pub(super) fn formula(&mut self, formula: &Formula) -> Formula {
        match formula {
            Formula::Constant(value) => Formula::Constant(*value),
            Formula::Atom(linear, comparison) => Formula::Atom(self.linear(linear), *comparison),
            Formula::And(parts) => Formula::And(parts.iter().map(|it| self.formula(it)).collect()),
            Formula::Or(parts) => Formula::Or(parts.iter().map(|it| self.formula(it)).collect()),
            Formula::Not(inner) => Formula::Not(Box::new(self.formula(inner))),
        }
    }

    fn linear(&mut self, linear: &Linear) -> Linear {
        let pieces = linear.pieces.iter().map(|(piece, value)| (self.piece(*piece), *value));
        let mut made =
            Linear { pieces: pieces.collect(), constant: linear.constant, ..Linear::default() };
        for entry in &linear.entries {
            made.constant += entry.value * self.totals[entry.column as usize];
            let choices = self.of_column.get(&entry.column).into_iter().flatten();
            made.entries.extend(choices.map(|choice| Entry { column: *choice, ..*entry }));
        }
        made
    }
}

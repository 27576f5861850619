//! Where columns and rows come from.
//!
//! What stands in blocks is computed from the block; what was made one by one has its origin beside it.
//! Every look-up takes logarithmic time. The trace holds no coefficients: those of rules are in the
//! [`apportion_ground::Ground`], those of helping rows are in the model, with their spans here.

use apportion_check::policy::{DecisionId, RuleId};
use apportion_diagnostic::Span;
use apportion_ground::{Ground, Objective};
use apportion_mip::RowScale;

use crate::layout::{FamilyRows, Layout, sorts};
use crate::packings::PackedRow;
use crate::presolved::Presolved;

/// Provenance of the columns and rows of a model.
#[derive(Clone, Debug)]
pub struct Trace<'g> {
    pub(crate) layout: Layout<'g>,
    /// By family, ascending by first row.
    pub(crate) families: Vec<FamilyRows>,
    /// The first column of each block of auxiliary columns, ascending.
    pub(crate) block_starts: Vec<u32>,
    /// What each block is.
    pub(crate) blocks: Vec<Block>,
    /// The rows after those of the families.
    pub(crate) helpers: Vec<Helper>,
    /// The origin of each coefficient of the helping rows.
    pub(crate) helper_spans: Vec<Span>,
    /// Where single rows have their bins.
    pub(crate) packed: Vec<PackedRow>,
    /// How rows were scaled.
    pub(crate) scale: RowScale,
    /// What presolve changed.
    pub(crate) presolved: Presolved,
}

/// Auxiliary columns that follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Block {
    /// One for each row of a family: by how much it is broken.
    Family(u32),
    /// One for each bin and size of item of a single row, or one for each bin.
    Packed(Owner),
    /// One alone.
    One(Auxiliary),
}

/// Which way a row is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The left side is too great.
    Over,
    /// The left side is too small.
    Under,
}

impl Side {
    /// What the violation is multiplied by in the row.
    pub(crate) fn sign(self) -> f64 {
        match self {
            Side::Over => -1.0,
            Side::Under => 1.0,
        }
    }
}

/// A row that serves a formula or a piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Helper {
    pub(crate) owner: Owner,
    /// The auxiliary column that is completed from this row.
    pub(crate) serves: Option<Serves>,
    /// Where the origins of its coefficients begin.
    pub(crate) spans: u32,
}

/// How a row decides what value an auxiliary column has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Serves {
    /// The row matters only where the column has this value.
    Guard { column: u32, value: f64 },
    /// The column makes up for what the row lacks.
    Amount { column: u32, sign: f64 },
}

/// Members of one class: one, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Members {
    /// The row or code, of several the first.
    pub code: u32,
    /// How many there are.
    pub count: u32,
}

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnOrigin {
    /// A decision's value for one tuple, or its sum over a tuple of classes.
    Decision {
        /// The decision.
        decision: DecisionId,
        /// The column's number among those of all decisions over classes.
        class_column: u32,
        /// What each index stands for.
        at: Vec<Members>,
    },
    /// A column that helps to say something.
    Auxiliary(Auxiliary),
}

/// A column that helps to say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auxiliary {
    /// What it was made for.
    pub owner: Owner,
    /// What its value means.
    pub kind: AuxiliaryKind,
}

/// What an auxiliary column's value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuxiliaryKind {
    /// By how much a soft rule is broken, or 1 where it is.
    Violation,
    /// By how much a rule is broken that what runs now breaks, or 1 where it is.
    Relief,
    /// 1 where a part of a formula must hold.
    Indicator,
    /// 1 where an extreme is this part.
    Selector,
    /// How many items of one size lie in one bin, or whether any does.
    Packed,
    /// How many bins a level counts.
    Bins,
    /// The value of a part that is not affine, by its number in [`Ground::pieces`].
    Piece(u32),
}

/// What a helping column or row was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A row of [`Ground::families`], counted within the family.
    Family(u32, u32),
    /// One of [`Ground::instances`].
    Instance(u32),
    /// One of [`Ground::objectives`].
    Objective(u32),
    /// A column that counts moves, numbered over all decisions.
    Moves(u32),
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOrigin {
    /// A comparison of a rule for one tuple, or the sum over a tuple of classes.
    Family {
        /// The family's position in [`Ground::families`].
        family: u32,
        /// The class row within the family.
        class_row: u32,
        /// What each quantifier stands for.
        at: Vec<Members>,
    },
    /// A row that helps to say something.
    Helper(Owner),
}

impl Owner {
    /// The rule behind it; none for an objective, and for moves, which several may count.
    pub fn rule(self, ground: &Ground) -> Option<RuleId> {
        match self {
            Owner::Family(family, _) => Some(ground.families[family as usize].rule),
            Owner::Instance(instance) => Some(ground.instances[instance as usize].rule),
            Owner::Objective(_) | Owner::Moves(_) => None,
        }
    }

    /// The statement in the author's text; none for an objective that has no columns.
    pub fn span(self, ground: &Ground) -> Option<Span> {
        match self {
            Owner::Family(family, _) => Some(ground.families[family as usize].span),
            Owner::Instance(instance) => Some(ground.instances[instance as usize].span),
            Owner::Objective(at) => {
                let Objective { level, value, .. } = &ground.objectives[at as usize];
                let tallies = ground.tallies.iter().filter(|tally| Some(tally.level) == *level);
                let spans = value.entries.iter().map(|it| it.span);
                let pieces = value.pieces.iter().filter_map(|(piece, _)| ground.peak(*piece));
                let peaks = pieces.flat_map(|peak| peak.terms.iter().map(|term| term.span));
                spans.chain(tallies.map(|it| it.span)).chain(peaks).reduce(Span::to)
            }
            Owner::Moves(column) => {
                let of = ground.decisions.partition_point(|it| it.first <= column) - 1;
                ground.decisions[of].moves.as_ref().map(|moves| moves.span)
            }
        }
    }
}

impl<'g> Trace<'g> {
    /// The ground policy behind the model.
    pub fn ground(&self) -> &'g Ground {
        self.layout.ground
    }

    /// How many columns are values of decisions; the others help to say a rule.
    pub fn num_decision_columns(&self) -> usize {
        self.layout.columns()
    }

    /// The decision that a column is a value of, if it is.
    pub fn decision(&self, column: u32) -> Option<DecisionId> {
        let is_own = (column as usize) < self.layout.columns();
        is_own.then(|| self.layout.decision(self.layout.class_column(column).0).0.decision)
    }

    /// What a column of the model is.
    pub fn column(&self, column: u32) -> ColumnOrigin {
        if (column as usize) < self.layout.columns() {
            let (class_column, number) = self.layout.class_column(column);
            let (columns, at) = self.layout.decision(class_column);
            let number = (!self.layout.is_identity()).then_some(number);
            let at = self.layout.tuple(&columns.sorts, columns.tuple(at), number);
            return ColumnOrigin::Decision { decision: columns.decision, class_column, at };
        }
        ColumnOrigin::Auxiliary(self.auxiliary(column))
    }

    /// What an auxiliary column is.
    pub(crate) fn auxiliary(&self, column: u32) -> Auxiliary {
        let block = self.block_starts.partition_point(|start| *start <= column) - 1;
        match self.blocks[block] {
            Block::One(auxiliary) => auxiliary,
            Block::Packed(owner) => Auxiliary { owner, kind: AuxiliaryKind::Packed },
            Block::Family(family) => Auxiliary {
                owner: Owner::Family(family, column - self.block_starts[block]),
                kind: AuxiliaryKind::Violation,
            },
        }
    }

    /// What a row of the model is.
    pub fn row(&self, row: u32) -> RowOrigin {
        match row.checked_sub(self.helpers_from()) {
            Some(helper) => RowOrigin::Helper(self.helpers[helper as usize].owner),
            None => {
                let family = self.families.partition_point(|it| it.first <= row) - 1;
                self.family_row(family as u32, row - self.families[family].first)
            }
        }
    }

    /// The rule that a row of the model serves, if it serves one.
    pub fn rule(&self, row: u32) -> Option<RuleId> {
        match self.row(row) {
            RowOrigin::Family { family, .. } => Some(self.ground().families[family as usize].rule),
            RowOrigin::Helper(owner) => owner.rule(self.ground()),
        }
    }

    /// The statement in the author's text that a row of the model serves; none for an objective without columns.
    pub fn span(&self, row: u32) -> Option<Span> {
        match self.row(row) {
            RowOrigin::Family { family, .. } => Some(self.ground().families[family as usize].span),
            RowOrigin::Helper(owner) => owner.span(self.ground()),
        }
    }

    /// What a row of a family is.
    pub(crate) fn family_row(&self, family: u32, row: u32) -> RowOrigin {
        let stated = &self.ground().families[family as usize];
        let (class_row, number) = self.families[family as usize].class_row(row);
        let at = self.layout.tuple(&sorts(stated), stated.key(class_row), number);
        RowOrigin::Family { family, class_row: class_row as u32, at }
    }

    /// The number of the first helping row: all before it are rows of families.
    pub fn helpers_from(&self) -> u32 {
        self.families.last().map_or(0, |last| last.first + last.len)
    }

    /// How many rows the trace knows; what comes after them was added to the model later.
    pub fn num_rows(&self) -> u32 {
        self.helpers_from() + self.helpers.len() as u32
    }

    /// What one unit of a row of the model is in the unit of its comparison; 1 for rows added later.
    pub fn unscale(&self, row: u32) -> f64 {
        self.scale.unit(row as usize)
    }
}

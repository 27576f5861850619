//! A policy over one world: columns and rows over classes of rows that are alike.
//!
//! A *class* holds rows of one input that agree on everything that the policy reads of them. A
//! column of a decision stands for all tuples of members of its classes at once: its value is the sum
//! of theirs. A row of a [`Family`] stands for one *single* row per tuple of members of its
//! quantifiers' classes; what is written down is the single row, and each [`Term`] says how its columns
//! are tied to the quantifiers, so that both the class row (the sum of the single rows) and every single
//! row follow from it without anything else.
//!
//! # From a single row to its class row
//!
//! Let `n(q)` be the size of the class of quantifier `q`. The class row is the sum over all tuples of
//! members: the right side is multiplied by the product of all `n(q)`; the coefficient of a column is
//! multiplied by the product of `n(q)` over the quantifiers that its term does *not* tie.

use apportion_check::policy::{DecisionId, InputId, LevelId, RuleId, Type};
use apportion_diagnostic::Span;
use apportion_packing::{Function, are_nested};
use smol_str::SmolStr;

use crate::moves::Moves;
use crate::presolved::Presolved;

/// A policy over one world.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// The classes of each input's rows, in the order of the policy's inputs.
    pub spaces: Vec<Space>,
    /// The columns of each decision, in the policy's order; where moves are counted, then those of the moves of each.
    pub decisions: Vec<Columns>,
    /// For each column, numbered over all decisions, the greatest value of one single tuple by its own bounds
    /// alone: [`Columns::upper`] may be lower, where rules say so.
    pub declared: Vec<f64>,
    /// Comparisons of affine expressions.
    pub families: Vec<Family>,
    /// Comparisons of bins with how many there are, each beside one of the families.
    pub packings: Vec<Packing>,
    /// Bins that levels count.
    pub tallies: Vec<Tally>,
    /// The single rows of extremes that levels keep small or great.
    pub peaks: Vec<Peak>,
    /// Everything else that must hold. Its quantifiers have classes of one member.
    pub instances: Vec<Instance>,
    /// Parts of expressions that are not affine; [`Linear::pieces`] refers to them.
    pub pieces: Vec<Piece>,
    /// What is sought, most important first. Only the first may have no level: it mends what is broken now.
    pub objectives: Vec<Objective>,
    /// How many pairs each rule shut out, and why.
    pub shut_out: Vec<ShutOut>,
    /// What presolve took off.
    pub presolved: Presolved,
    /// Texts and numbers that quantifiers range over, by code.
    pub words: Vec<SmolStr>,
}

impl Ground {
    /// The single rows behind a piece, where it is an extreme that a level keeps small or great.
    pub fn peak(&self, piece: u32) -> Option<&Peak> {
        // They are made in the order of their pieces.
        let at = self.peaks.binary_search_by_key(&piece, |peak| peak.piece).ok()?;
        Some(&self.peaks[at])
    }
}

/// The classes of one input's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// The class of each row.
    pub class_of: Vec<u32>,
    /// Where the members of each class begin in `members`; one more than there are classes.
    pub start: Vec<u32>,
    /// Rows by class, ascending within one.
    pub members: Vec<u32>,
}

impl Space {
    /// How many classes there are.
    pub fn len(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    /// Whether the input has no rows.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The rows of a class, ascending.
    pub fn members(&self, class: u32) -> &[u32] {
        let class = class as usize;
        &self.members[self.start[class] as usize..self.start[class + 1] as usize]
    }

    /// The space of rows whose classes are these, of so many.
    pub(crate) fn of(class_of: Vec<u32>, classes: usize) -> Space {
        let mut start = vec![0; classes + 1];
        class_of.iter().for_each(|class| start[*class as usize + 1] += 1);
        for class in 0..classes {
            start[class + 1] += start[class];
        }
        let mut next = start.clone();
        let mut members = vec![0; class_of.len()];
        for (row, class) in (0..).zip(&class_of) {
            let at = &mut next[*class as usize];
            members[*at as usize] = row;
            *at += 1;
        }
        Space { class_of, start, members }
    }
}

/// What an index ranges over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Rows of an input, in classes.
    Rows(InputId),
    /// Enum values, resources, slots or words: each code is a class of its own, of one member.
    Codes,
}

impl Sort {
    /// How many members a class has.
    pub fn size(self, class: u32, spaces: &[Space]) -> u64 {
        match self {
            Sort::Rows(input) => spaces[input.index()].members(class).len() as u64,
            Sort::Codes => 1,
        }
    }
}

/// The columns of one decision: one per tuple of classes that `where`, `forbid` and `permit` leave.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The decision.
    pub decision: DecisionId,
    /// The number of the first column among those of all decisions; the rest follow.
    pub first: u32,
    /// What each index ranges over.
    pub sorts: Vec<Sort>,
    /// One class per index, column after column.
    pub tuples: Vec<u32>,
    /// Whether only whole numbers are taken.
    pub whole: bool,
    /// Least value of one single tuple.
    pub lower: Vec<f64>,
    /// Greatest value of one single tuple, may be infinite.
    pub upper: Vec<f64>,
    /// Greatest value of the column, derived from `upper` and from the rows; may be infinite.
    pub most: Vec<f64>,
    /// Present: nothing is decided here, as the values follow from those of a decision.
    pub moves: Option<Moves>,
}

impl Columns {
    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.lower.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lower.is_empty()
    }

    /// The classes of a column, counted within this decision.
    pub fn tuple(&self, column: usize) -> &[u32] {
        &self.tuples[column * self.sorts.len()..(column + 1) * self.sorts.len()]
    }
}

/// The rows of one comparison of one rule: for each tuple of its quantifiers, `left (sense) right`.
#[derive(Clone, Debug)]
pub struct Family {
    /// The rule.
    pub rule: RuleId,
    /// The comparison in the author's text.
    pub span: Span,
    /// What the comparison is stated for, in order; none for a single row.
    pub quantifiers: Vec<Quantifier>,
    /// How the sides compare.
    pub sense: Sense,
    /// How entries are tied to the quantifiers, and where they come from.
    pub terms: Vec<Term>,
    /// One class per quantifier, row after row.
    pub keys: Vec<u32>,
    /// Entries of row `r` and term `t` are `start[r * terms.len() + t] .. start[r * terms.len() + t + 1]`.
    /// A column occurs at most once per row and term.
    pub start: Vec<u32>,
    /// Columns, numbered over all decisions.
    pub columns: Vec<u32>,
    /// Coefficients of the single row.
    pub values: Vec<f64>,
    /// Right sides of the single rows.
    pub right: Vec<f64>,
    /// Present: breaking it costs.
    pub soft: Option<Soft>,
    /// Single rows that what runs now breaks, under `if broken no worse` or `soften`.
    pub reliefs: Vec<Relief>,
}

impl Family {
    /// How many class rows there are.
    pub fn len(&self) -> usize {
        self.right.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.right.is_empty()
    }

    /// The classes of a row.
    pub fn key(&self, row: usize) -> &[u32] {
        &self.keys[row * self.quantifiers.len()..(row + 1) * self.quantifiers.len()]
    }

    /// Columns and single coefficients of one term of a row.
    pub fn entries(&self, row: usize, term: usize) -> (&[u32], &[f64]) {
        let range = self.range(row, term);
        (&self.columns[range.clone()], &self.values[range])
    }

    /// Where the entries of a row are.
    pub fn row_range(&self, row: usize) -> std::ops::Range<usize> {
        let terms = self.terms.len();
        self.start[row * terms] as usize..self.start[(row + 1) * terms] as usize
    }

    /// Where the entries of one term of a row are.
    pub fn range(&self, row: usize, term: usize) -> std::ops::Range<usize> {
        let at = row * self.terms.len() + term;
        self.start[at] as usize..self.start[at + 1] as usize
    }
}

/// Items that no bin may hold a part of, beside the family that says that all bins together hold them.
///
/// The family's coefficients are what one unit of a column takes of a bin in all, its right sides are how many bins
/// there are. Other families of the same rule say more of the same; none of it is enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Packing {
    /// The position of the family.
    pub family: u32,
    /// For each entry of the family: how many items one unit of the column is.
    pub counts: Vec<f64>,
    /// For each entry of the family: how much of a bin one item takes; more than 1 where no bin holds it.
    pub shares: Vec<f64>,
}

/// Bins that a level counts: for each tuple of its quantifiers, the least number that holds the items, times a price.
///
/// A row of classes stands for one single row per tuple of members, as in a [`Family`]. No sum says how many bins
/// single rows need; each of the functions says how many these are at least, and of all members together as well.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// The level. Fewer bins are better: the price is not below 0 where it is minimized, not above 0 where it is
    /// maximized.
    pub level: LevelId,
    /// The bins in the author's text.
    pub span: Span,
    /// What the bins are stated for, in order.
    pub quantifiers: Vec<Quantifier>,
    /// How entries are tied to the quantifiers, and where they come from.
    pub terms: Vec<Term>,
    /// One class per quantifier, row after row.
    pub keys: Vec<u32>,
    /// Where the entries of rows and terms are, as in a [`Family`].
    pub start: Vec<u32>,
    /// Columns, numbered over all decisions.
    pub columns: Vec<u32>,
    /// For each entry: how many items one unit of the column is.
    pub counts: Vec<f64>,
    /// For each entry: how much of a bin one item takes, at most 1.
    pub shares: Vec<f64>,
    /// By row: what one bin adds to the level.
    pub prices: Vec<f64>,
    /// Dual feasible functions, whose sums over items are at most the number of bins.
    pub functions: Vec<Function>,
}

impl Tally {
    /// Bins that no row states yet.
    pub fn new(
        level: LevelId,
        span: Span,
        quantifiers: Vec<Quantifier>,
        terms: Vec<Term>,
        functions: Vec<Function>,
    ) -> Tally {
        Tally {
            level,
            span,
            quantifiers,
            terms,
            keys: Vec::new(),
            start: vec![0],
            columns: Vec::new(),
            counts: Vec::new(),
            shares: Vec::new(),
            prices: Vec::new(),
            functions,
        }
    }

    /// How many class rows there are.
    pub fn len(&self) -> usize {
        self.prices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.prices.is_empty()
    }

    /// Whether sizes are so that the sum of shares says how many bins are needed.
    pub fn is_nested(&self) -> bool {
        are_nested(&self.shares)
    }

    /// The classes of a row.
    pub fn key(&self, row: usize) -> &[u32] {
        &self.keys[row * self.quantifiers.len()..(row + 1) * self.quantifiers.len()]
    }

    /// Where the entries of one term of a row are.
    pub fn range(&self, row: usize, term: usize) -> std::ops::Range<usize> {
        let at = row * self.terms.len() + term;
        self.start[at] as usize..self.start[at + 1] as usize
    }

    /// Where the entries of a row are.
    pub fn row_range(&self, row: usize) -> std::ops::Range<usize> {
        let terms = self.terms.len();
        self.start[row * terms] as usize..self.start[(row + 1) * terms] as usize
    }
}

/// The single rows that a piece is the greatest or the least of, where rows that are alike may be of one class.
///
/// The piece itself, among [`Ground::pieces`], has one part for each class row: the mean of its single rows, which is no
/// greater than the greatest of them and no less than the least. So it bounds what a level can have that keeps the
/// greatest small, or the least great; a level that does neither has every row of its extremes stand alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// The piece, a [`Piece::Max`] or a [`Piece::Min`].
    pub piece: u32,
    /// What the extreme is over, in order.
    pub quantifiers: Vec<Quantifier>,
    /// How entries are tied to the quantifiers, and where they come from.
    pub terms: Vec<Term>,
    /// One class per quantifier, row after row.
    pub keys: Vec<u32>,
    /// Where the entries of rows and terms are, as in a [`Family`].
    pub start: Vec<u32>,
    /// Columns, numbered over all decisions.
    pub columns: Vec<u32>,
    /// Coefficients of the single row.
    pub values: Vec<f64>,
    /// By row: what a single row is where nothing is decided.
    pub constants: Vec<f64>,
}

impl Peak {
    /// How many class rows there are.
    pub fn len(&self) -> usize {
        self.constants.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.constants.is_empty()
    }

    /// The classes of a row.
    pub fn key(&self, row: usize) -> &[u32] {
        &self.keys[row * self.quantifiers.len()..(row + 1) * self.quantifiers.len()]
    }

    /// Where the entries of one term of a row are.
    pub fn range(&self, row: usize, term: usize) -> std::ops::Range<usize> {
        let at = row * self.terms.len() + term;
        self.start[at] as usize..self.start[at + 1] as usize
    }
}

/// An index that a comparison is stated for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantifier {
    /// The author's word.
    pub name: SmolStr,
    /// What it ranges over.
    pub sort: Sort,
    /// The type of its values, which says what a code means: [`Ground::words`] for texts and numbers.
    pub ty: Type,
}

/// How two sides compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sense {
    /// `<=`
    LessEqual,
    /// `>=`
    GreaterEqual,
    /// `==`
    Equal,
}

/// A group of entries with one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whose columns they are.
    pub decision: DecisionId,
    /// The author's text that they come from.
    pub span: Span,
    /// For each index of the decision: the quantifier that it equals, or free.
    pub ties: Vec<Tie>,
}

/// What an index of a column is bound to in a single row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tie {
    /// Only the member that this quantifier stands for occurs.
    Quantifier(u8),
    /// Every member of the column's class occurs.
    Free,
}

/// A price on breaking a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Soft {
    /// The level that pays; absent: the one before every level, which mends what is broken.
    pub level: Option<LevelId>,
    /// Price of one unit of violation.
    pub price: f64,
}

/// A single row that what runs now breaks: it may be broken by at most `most`, and mending it comes first.
#[derive(Clone, Debug, PartialEq)]
pub struct Relief {
    /// The class row.
    pub row: u32,
    /// The member of each quantifier: row numbers or codes.
    pub members: Box<[u32]>,
    /// The greatest violation, infinite for `soften`.
    pub most: f64,
}

/// A sum of columns and pieces with coefficients.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Linear {
    /// Columns with coefficients and origins; a column may occur more than once.
    pub entries: Vec<Entry>,
    /// Pieces with coefficients.
    pub pieces: Vec<(u32, f64)>,
    /// The rest.
    pub constant: f64,
}

/// A column in a [`Linear`]: every member tuple of the column occurs with the same coefficient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// The column, numbered over all decisions.
    pub column: u32,
    /// Its coefficient.
    pub value: f64,
    /// The author's text that it comes from.
    pub span: Span,
}

/// A part of an expression that is not affine.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// The greatest of several, never empty.
    Max(Vec<Linear>),
    /// The least of several, never empty.
    Min(Vec<Linear>),
    /// The absolute value.
    Abs(Linear),
    /// 1 where the formula holds, else 0.
    Holds(Formula),
    /// The first where the formula holds, else the second.
    Choose(Formula, Linear, Linear),
}

/// A condition on decisions.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// Known already.
    Constant(bool),
    /// The sum compared with 0.
    Atom(Linear, Comparison),
    /// All hold.
    And(Vec<Formula>),
    /// At least one holds.
    Or(Vec<Formula>),
    /// It does not hold.
    Not(Box<Formula>),
}

/// Comparisons with 0.
pub use apportion_check::policy::Comparison;

/// A formula that must hold, or costs where it does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The rule.
    pub rule: RuleId,
    /// The statement in the author's text.
    pub span: Span,
    /// The quantifiers with the member that each stands for: row numbers or codes.
    pub key: Vec<(Quantifier, u32)>,
    /// What must hold.
    pub formula: Formula,
    /// Present: breaking it costs: by amount where the formula is an [`Formula::Atom`], else 1.
    pub soft: Option<Soft>,
    /// Present: what runs now breaks it; it may be broken by at most this much.
    pub relief: Option<f64>,
}

/// One level of what is sought.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The level; absent: the least violation of what runs now breaks, before every level.
    pub level: Option<LevelId>,
    /// Whether more is better.
    pub maximize: bool,
    /// What is sought.
    pub value: Linear,
    /// What the level's penalties are multiplied by; 0 where it names none.
    pub penalties: f64,
    /// How much later levels may give up.
    pub slack: Slack,
    /// Shares that are to be fair, the widest groups first; the value is the least of the first tier, whatever is sought of
    /// them.
    pub shares: Vec<Tier>,
}

/// The shares of the groups of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// The piece that is the least of the shares.
    pub piece: u32,
    /// What one of the piece is in the unit of shares.
    pub unit: f64,
    /// By part of the piece: the weight of the group, by which its share is divided already.
    pub weights: Vec<f64>,
    /// What shares are worth; absent: the least is to be as great as it can be, then the next, and so on.
    pub utility: Option<Utility>,
}

/// What a share is worth, as [`apportion_check::policy::Utility`] has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utility {
    /// More than 0.
    pub alpha: f64,
    /// In the unit of shares, more than 0.
    pub floor: Option<f64>,
}

/// How much of a level's value later levels may give up.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Slack {
    /// In the value's base unit.
    pub absolute: f64,
    /// As a share of the value.
    pub relative: f64,
}

impl Slack {
    /// What may be given up of a value, in its base unit.
    pub fn of(&self, value: f64) -> f64 {
        self.absolute + self.relative * value.abs()
    }
}

/// What a `forbid`, a `permit` or a `where` did.
#[derive(Clone, Debug, PartialEq)]
pub struct ShutOut {
    /// The rule; absent for a decision's own `where`.
    pub rule: Option<RuleId>,
    /// The statement.
    pub span: Span,
    /// The decision.
    pub decision: DecisionId,
    /// Single tuples that it shut out and nothing before it did.
    pub tuples: u64,
    /// Those among them for which a fact was missing, so that it failed closed.
    pub unknown: u64,
    /// Their classes, one per index of the decision, tuple after tuple.
    pub classes: Vec<u32>,
    /// The classes of those for which a fact was missing.
    pub unknown_classes: Vec<u32>,
}

impl ShutOut {
    /// None yet.
    pub(crate) fn new(rule: Option<RuleId>, span: Span, decision: DecisionId) -> ShutOut {
        let (classes, unknown_classes) = (Vec::new(), Vec::new());
        ShutOut { rule, span, decision, tuples: 0, unknown: 0, classes, unknown_classes }
    }

    /// Notes the single tuples of a tuple of classes.
    pub(crate) fn note(&mut self, classes: &[u32], tuples: u64, is_unknown: bool) {
        self.tuples += tuples;
        self.classes.extend(classes);
        if is_unknown {
            self.unknown += tuples;
            self.unknown_classes.extend(classes);
        }
    }

    /// Counts again, where classes have other members. A decision without indices has one tuple for ever.
    pub(crate) fn count(&mut self, sorts: &[Sort], spaces: &[Space]) {
        if sorts.is_empty() {
            return;
        }
        let count = |classes: &[u32]| -> u64 {
            classes.chunks_exact(sorts.len()).map(|tuple| singles(tuple, sorts, spaces)).sum()
        };
        self.tuples = count(&self.classes);
        self.unknown = count(&self.unknown_classes);
    }
}

/// How many single tuples a tuple of classes has.
pub(crate) fn singles(classes: &[u32], sorts: &[Sort], spaces: &[Space]) -> u64 {
    classes.iter().zip(sorts).map(|(class, sort)| sort.size(*class, spaces)).product()
}

//! Parts of sums that are not affine: extremes, absolute values, counts and choices.
//!
//! Each piece gets a column `t`, and rows only for the direction in which it matters: where `t` stands on
//! the lesser side, `t` must not be below the piece, on the greater side not above it.
//!
//! - `t >= max(a, b)`: `t >= a`, `t >= b`; no binary.
//! - `t <= max(a, b)`: a binary for each part, `z = 1` implies `t <= part`, and `sum of z >= 1`; parts that can
//!   never be the greatest are left out.
//! - `min(a, b)` is `-max(-a, -b)`; `abs(a)` is `max(a, -a)`.
//! - `t >= holds(F)`: `t = 0` implies not `F`; `t <= holds(F)`: `t = 1` implies `F`. At most `k` of many is
//!   the first of these in a sum.
//! - `if F then a else b`: a binary that is exactly `F`, and `t` follows one or the other.
//!
//! Sources: Williams, "Model Building in Mathematical Programming", 5th edition, chapters 7 and 9; for
//! directions, Grant, Boyd and Ye, "Disciplined Convex Programming" (2006).

use apportion_ground::{Formula, Linear, Piece};

use crate::builder::Builder;
use crate::form::Form;
use crate::formula::Claim;
use crate::logic::Literal;
use crate::trace::{Auxiliary, AuxiliaryKind, Owner};

/// In which direction a piece's column must be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Not below the piece.
    above: bool,
    /// Not above the piece.
    below: bool,
}

impl Need {
    pub(crate) const ABOVE: Need = Need { above: true, below: false };
    pub(crate) const BELOW: Need = Need { above: false, below: true };
    pub(crate) const BOTH: Need = Need { above: true, below: true };

    /// What a term needs whose coefficient is given, in a sum that needs this.
    fn times(self, value: f64) -> Need {
        if value < 0.0 { Need { above: self.below, below: self.above } } else { self }
    }
}

/// What was made for a piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// In the numbering of [`Form`].
    pub(crate) column: u32,
    need: Need,
    /// Of a choice: the binary that is its condition.
    test: Option<Literal>,
}

impl<'g> Builder<'g> {
    /// `factor` times a sum, its pieces replaced by columns that are right in the direction needed.
    pub(crate) fn form(
        &mut self,
        owner: Owner,
        linear: &'g Linear,
        factor: f64,
        need: Need,
    ) -> Form {
        let mut form = Form::default();
        self.add(owner, linear, factor, need, &mut form);
        form.normalize();
        form
    }

    fn add(&mut self, owner: Owner, linear: &'g Linear, factor: f64, need: Need, form: &mut Form) {
        form.constant += factor * linear.constant;
        form.terms.reserve(linear.entries.len());
        for entry in &linear.entries {
            form.add(entry.column, factor * entry.value, entry.span);
        }
        for (piece, value) in &linear.pieces {
            self.add_piece(owner, *piece, factor * value, need, form);
        }
    }

    fn add_piece(&mut self, owner: Owner, piece: u32, factor: f64, need: Need, form: &mut Form) {
        let span = self.span(owner);
        match &self.ground().pieces[piece as usize] {
            Piece::Max(parts) | Piece::Min(parts)
                if parts.len() == 1 && self.peak(piece).is_none() =>
            {
                return self.add(owner, &parts[0], factor, need, form);
            }
            Piece::Abs(part) if self.interval(part).least >= 0.0 => {
                return self.add(owner, part, factor, need, form);
            }
            Piece::Abs(part) if self.interval(part).greatest <= 0.0 => {
                return self.add(owner, part, -factor, need, form);
            }
            Piece::Holds(formula) => {
                let claim = self.claim(formula, false);
                if let Claim::Constant(holds) = claim {
                    form.constant += if holds { factor } else { 0.0 };
                    return;
                }
                if let Some(literal) = self.literal(&claim) {
                    return literal.add_to(form, factor, span);
                }
            }
            Piece::Choose(test, then, otherwise) => {
                if let Claim::Constant(holds) = self.claim(test, false) {
                    let chosen = if holds { then } else { otherwise };
                    return self.add(owner, chosen, factor, need, form);
                }
            }
            Piece::Max(_) | Piece::Min(_) | Piece::Abs(_) => {}
        }
        if factor != 0.0 {
            let column = self.piece(owner, piece, need.times(factor));
            form.add(column, factor, span);
        }
    }

    /// The column of a piece, right in the direction needed.
    fn piece(&mut self, owner: Owner, number: u32, need: Need) -> u32 {
        let piece = &self.ground().pieces[number as usize];
        let before = self.pieces[number as usize].unwrap_or_else(|| {
            let kind = AuxiliaryKind::Piece(number);
            let binary = matches!(piece, Piece::Holds(_));
            let whole = self.peak(number).is_none() && self.is_whole_piece(piece);
            let bounds = self.piece_interval(number);
            let column = self.auxiliary(Auxiliary { owner, kind }, bounds, binary, whole);
            let test = match piece {
                Piece::Choose(test, ..) => Some(self.exactly(owner, test)),
                _ => None,
            };
            Made { column, need: Need { above: false, below: false }, test }
        });
        let missing = Need {
            above: need.above && !before.need.above,
            below: need.below && !before.need.below,
        };
        let need =
            Need { above: need.above || before.need.above, below: need.below || before.need.below };
        self.pieces[number as usize] = Some(Made { need, ..before });
        match self.peak(number) {
            Some(peak) if missing != (Need { above: false, below: false }) => {
                self.peak_rows(owner, before.column, peak);
            }
            Some(_) => {}
            None => self.pin(owner, piece, &before, missing),
        }
        before.column
    }

    fn pin(&mut self, owner: Owner, piece: &'g Piece, made: &Made, need: Need) {
        let column = made.column;
        match piece {
            Piece::Max(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| (part, 1.0)).collect();
                self.extreme(owner, column, 1.0, &parts, need);
            }
            Piece::Min(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| (part, -1.0)).collect();
                self.extreme(owner, column, -1.0, &parts, need.times(-1.0));
            }
            Piece::Abs(part) => {
                self.extreme(owner, column, 1.0, &[(part, 1.0), (part, -1.0)], need);
            }
            Piece::Holds(formula) => self.pin_flag(owner, formula, column, need),
            Piece::Choose(_, then, otherwise) => {
                let Some(test) = made.test else { return };
                let otherwise_test = Literal { positive: !test.positive, ..test };
                for (part, guard) in [(then, test), (otherwise, otherwise_test)] {
                    if need.above {
                        self.follow(owner, column, part, -1.0, guard);
                    }
                    if need.below {
                        self.follow(owner, column, part, 1.0, guard);
                    }
                }
            }
        }
    }

    /// `sign * column` is the greatest of the parts with their factors.
    fn extreme(
        &mut self,
        owner: Owner,
        column: u32,
        sign: f64,
        parts: &[(&'g Linear, f64)],
        need: Need,
    ) {
        let span = self.span(owner);
        if need.above {
            for (part, factor) in parts {
                let mut form = self.form(owner, part, *factor, Need::ABOVE);
                form.add(column, -sign, span);
                form.normalize();
                self.at_most(owner, None, form, 0.0, -1.0);
            }
        }
        if !need.below {
            return;
        }
        let ranges: Vec<_> =
            parts.iter().map(|(part, factor)| self.interval(part).times(*factor)).collect();
        let floor = ranges.iter().map(|it| it.least).fold(f64::NEG_INFINITY, f64::max);
        let best = ranges.iter().position(|it| it.least == floor).unwrap_or(0);
        let mut selectors = Vec::new();
        for (at, (part, factor)) in parts.iter().enumerate() {
            if at != best && ranges[at].greatest <= floor {
                continue;
            }
            let selector = self.binary(owner, AuxiliaryKind::Selector);
            let mut form = self.form(owner, part, -factor, Need::ABOVE);
            form.add(column, sign, span);
            form.normalize();
            self.guarded(owner, form, 0.0, selector, (part, -factor));
            selectors.push(selector);
        }
        self.clause(owner, &selectors, None);
    }

    /// `column <= part` where the guard is 1; `column >= part` for sign -1.
    fn follow(&mut self, owner: Owner, column: u32, part: &'g Linear, sign: f64, guard: Literal) {
        let mut form = self.form(owner, part, -sign, Need::ABOVE);
        let span = self.span(owner);
        form.add(column, sign, span);
        form.normalize();
        self.guarded(owner, form, 0.0, guard, (part, -sign));
    }

    fn pin_flag(&mut self, owner: Owner, formula: &'g Formula, column: u32, need: Need) {
        if need.above {
            let opposite = self.claim(formula, true);
            self.enforce(owner, &opposite, Some(Literal { column, positive: false }));
        }
        if need.below {
            let claim = self.claim(formula, false);
            self.enforce(owner, &claim, Some(Literal { column, positive: true }));
        }
    }

    /// A literal that is 1 exactly where the formula holds.
    fn exactly(&mut self, owner: Owner, formula: &'g Formula) -> Literal {
        let claim = self.claim(formula, false);
        if let Some(literal) = self.literal(&claim) {
            return literal;
        }
        let literal = self.binary(owner, AuxiliaryKind::Indicator);
        self.pin_flag(owner, formula, literal.column, Need::BOTH);
        literal
    }

    /// Whether a piece takes whole values only.
    fn is_whole_piece(&self, piece: &Piece) -> bool {
        match piece {
            Piece::Max(parts) | Piece::Min(parts) => {
                parts.iter().all(|part| self.is_whole_sum(part))
            }
            Piece::Abs(part) => self.is_whole_sum(part),
            Piece::Holds(_) => true,
            Piece::Choose(_, then, otherwise) => {
                self.is_whole_sum(then) && self.is_whole_sum(otherwise)
            }
        }
    }

    fn is_whole_sum(&self, linear: &Linear) -> bool {
        let whole = |value: f64| value == value.round();
        let columns =
            |entry: &apportion_ground::Entry| whole(entry.value) && self.is_whole(entry.column);
        let pieces = |(piece, value): &(u32, f64)| {
            whole(*value) && self.is_whole_piece(&self.ground().pieces[*piece as usize])
        };
        whole(linear.constant)
            && linear.entries.iter().all(columns)
            && linear.pieces.iter().all(pieces)
    }
}

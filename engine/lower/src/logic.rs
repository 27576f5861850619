//! Formulas as rows: indicators and big-M.
//!
//! - all of `F`: the rows of each.
//! - any of `F`: a binary `z` for each, `z = 1` implies it, and `sum of z >= 1`; a part that compares a
//!   column of 0 and 1 is its own binary. Of two parts, one follows from `z = 1` and the other from `z = 0`.
//! - `s <= 0` where `z = 1`: `s <= M * (1 - z)` with `M` the greatest value of `s` (Williams, "Model
//!   Building in Mathematical Programming", 5th edition, chapter 9).
//! - `s < 0`: where all columns are whole and all coefficients multiples of one step, `s` is at most the
//!   next value below 0; else `s <= -e`, with `e` the share [`crate::Limits::strictness`] of the greatest size
//!   that `s` may have, and what lies between counts neither as `<` nor as `>=`.
//!
//! At the root nothing is conditional and a comparison is a plain row. Formulas come without negation, so
//! implications in one direction are exact.

use apportion_ground::{Linear, Piece};

use crate::LowerErrorKind;
use crate::builder::Builder;
use crate::form::{Form, Interval, ROUNDING, step};
use crate::formula::{Claim, Relation};
use crate::pieces::Need;
use crate::presolved::Tightened;
use crate::trace::{Auxiliary, AuxiliaryKind, Owner, Serves};

/// A column of 0 and 1, or what it lacks of 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// In the numbering of [`Form`].
    pub(crate) column: u32,
    pub(crate) positive: bool,
}

impl Literal {
    fn opposite(self) -> Literal {
        Literal { positive: !self.positive, ..self }
    }

    /// Adds `factor` times the literal.
    pub(crate) fn add_to(self, form: &mut Form, factor: f64, span: apportion_diagnostic::Span) {
        if self.positive {
            form.add(self.column, factor, span);
        } else {
            form.constant += factor;
            form.add(self.column, -factor, span);
        }
    }
}

impl<'g> Builder<'g> {
    /// Makes the claim hold, or hold where the guard is 1.
    pub(crate) fn enforce(&mut self, owner: Owner, claim: &Claim<'g>, guard: Option<Literal>) {
        match claim {
            Claim::Constant(true) => {}
            Claim::Constant(false) => self.clause(owner, &[], guard),
            Claim::All(parts) => parts.iter().for_each(|part| self.enforce(owner, part, guard)),
            Claim::Any(parts) => self.any(owner, parts, guard),
            Claim::Atom(linear, relation) => self.atom(owner, linear, *relation, guard),
        }
    }

    fn any(&mut self, owner: Owner, parts: &[Claim<'g>], guard: Option<Literal>) {
        let mut literals = Vec::new();
        let mut others = Vec::new();
        for part in parts {
            match self.literal(part) {
                Some(literal) => literals.push(literal),
                None => others.push(part),
            }
        }
        match (literals.as_slice(), others.as_slice(), guard) {
            ([literal], [other], None) => self.enforce(owner, other, Some(literal.opposite())),
            ([], [one, other], None) => {
                let literal = self.binary(owner, AuxiliaryKind::Indicator);
                self.enforce(owner, one, Some(literal));
                self.enforce(owner, other, Some(literal.opposite()));
            }
            _ => {
                for other in others {
                    let literal = self.binary(owner, AuxiliaryKind::Indicator);
                    self.enforce(owner, other, Some(literal));
                    literals.push(literal);
                }
                self.clause(owner, &literals, guard);
            }
        }
    }

    pub(crate) fn binary(&mut self, owner: Owner, kind: AuxiliaryKind) -> Literal {
        let bounds = Interval { least: 0.0, greatest: 1.0 };
        let column = self.auxiliary(Auxiliary { owner, kind }, bounds, true, true);
        Literal { column, positive: true }
    }

    /// At least one literal is 1, where the guard is.
    pub(crate) fn clause(&mut self, owner: Owner, literals: &[Literal], guard: Option<Literal>) {
        let span = self.span(owner);
        let mut form = Form::default();
        literals.iter().for_each(|literal| literal.add_to(&mut form, 1.0, span));
        match guard {
            Some(guard) => guard.add_to(&mut form, -1.0, span),
            None => form.constant -= 1.0,
        }
        form.normalize();
        let serves = guard.and_then(|guard| self.serves(guard));
        self.row(owner, serves, &form, 0.0, f64::INFINITY);
    }

    /// The row is looked at when the guard's column is completed, if that is one that was made for it.
    fn serves(&self, guard: Literal) -> Option<Serves> {
        let made = guard.column as usize >= self.trace.layout.classes;
        let value = if guard.positive { 1.0 } else { 0.0 };
        made.then(|| Serves::Guard { column: self.model_columns(guard.column).start, value })
    }

    /// The column of 0 and 1 that says the same as an atom.
    pub(crate) fn literal(&self, claim: &Claim<'g>) -> Option<Literal> {
        let Claim::Atom(linear, relation) = claim else { return None };
        let first = linear.entries.first()?;
        let same = linear.entries.iter().all(|entry| entry.column == first.column);
        if !linear.pieces.is_empty() || !same || !self.is_whole(first.column) {
            return None;
        }
        if self.bounds(first.column) != (Interval { least: 0.0, greatest: 1.0 }) {
            return None;
        }
        let value: f64 = linear.entries.iter().map(|entry| entry.value).sum();
        let rounding = self.rounding(linear);
        let positive = relation.holds(linear.constant + value, rounding);
        let otherwise = relation.holds(linear.constant, rounding);
        (positive != otherwise).then_some(Literal { column: first.column, positive })
    }

    fn atom(
        &mut self,
        owner: Owner,
        linear: &'g Linear,
        relation: Relation,
        guard: Option<Literal>,
    ) {
        match (relation, guard) {
            (Relation::AtMost { strictly }, _) => self.side(owner, linear, 1.0, strictly, guard),
            (Relation::AtLeast { strictly }, _) => self.side(owner, linear, -1.0, strictly, guard),
            (Relation::Equal, Some(_)) => {
                self.side(owner, linear, 1.0, false, guard);
                self.side(owner, linear, -1.0, false, guard);
            }
            (Relation::Equal, None) => {
                let form = self.form(owner, linear, 1.0, Need::BOTH);
                self.row(owner, None, &form, 0.0, 0.0);
            }
        }
    }

    /// `sign * linear <= 0`, or `< 0`, where the guard is 1.
    fn side(
        &mut self,
        owner: Owner,
        linear: &'g Linear,
        sign: f64,
        strictly: bool,
        guard: Option<Literal>,
    ) {
        let form = self.form(owner, linear, sign, Need::ABOVE);
        let limit = if strictly { self.below_zero(&form) } else { 0.0 };
        match guard {
            _ if self.range(&form).greatest <= limit + self.rounding(linear) => {}
            None => self.at_most(owner, None, form, limit, sign),
            Some(guard) => self.guarded(owner, form, limit, guard, (linear, sign)),
        }
    }

    /// `form <= limit` where the guard is 1. The sum and sign that the form was made of say, where the
    /// form has no greatest value, why.
    pub(crate) fn guarded(
        &mut self,
        owner: Owner,
        mut form: Form,
        limit: f64,
        guard: Literal,
        source: (&'g Linear, f64),
    ) {
        let Some(slack) = self.big_m(owner, &form, limit, source) else { return };
        self.note_tightened(&form, limit, guard, slack);
        let span = self.span(owner);
        guard.add_to(&mut form, slack, span);
        form.constant -= slack;
        form.normalize();
        let serves = self.serves(guard);
        self.at_most(owner, serves, form, limit, source.1);
    }

    /// `form <= limit`, written with the author's signs.
    pub(crate) fn at_most(
        &mut self,
        owner: Owner,
        serves: Option<Serves>,
        mut form: Form,
        limit: f64,
        sign: f64,
    ) {
        if sign > 0.0 {
            return self.row(owner, serves, &form, f64::NEG_INFINITY, limit);
        }
        form.terms.iter_mut().for_each(|term| term.value = -term.value);
        form.constant = -form.constant;
        self.row(owner, serves, &form, -limit, f64::INFINITY);
    }

    /// What a form may be.
    pub(crate) fn range(&self, form: &Form) -> Interval {
        let terms = form.terms.iter().map(|term| self.bounds(term.column).times(term.value));
        terms.fold(Interval::point(form.constant), Interval::plus)
    }

    /// By how much a form may exceed a limit; none, with a finding, if that isn't known or is too much.
    pub(crate) fn big_m(
        &mut self,
        owner: Owner,
        form: &Form,
        limit: f64,
        source: (&'g Linear, f64),
    ) -> Option<f64> {
        let greatest = self.range(form).greatest - limit;
        if !greatest.is_finite() {
            if let Some(kind) = self.unbounded(source.0, source.1) {
                self.refuse(owner, kind);
            }
            return None;
        }
        let least = form.terms.iter().filter_map(|term| {
            let Interval { least, greatest } = self.bounds(term.column);
            let grain = match self.is_whole(term.column) {
                true => 1.0,
                false => (greatest - least) * self.limits.grain,
            };
            (least < greatest).then_some(term.value.abs() * grain)
        });
        let least = least.fold(f64::INFINITY, f64::min);
        if greatest * self.limits.integrality >= least {
            self.refuse(owner, LowerErrorKind::BigMTooLarge { greatest, least });
            return None;
        }
        Some(greatest)
    }

    /// Keeps what the big-M of the next row would be by declared bounds, if that is more.
    fn note_tightened(&mut self, form: &Form, limit: f64, guard: Literal, to: f64) {
        let terms = form.terms.iter();
        let terms = terms.map(|term| self.declared_bounds(term.column).times(term.value).greatest);
        let from = form.constant + terms.sum::<f64>() - limit;
        if from > to {
            let row = self.model.num_rows() as u32;
            let switch = self.model_columns(guard.column).start;
            let at_one = guard.positive;
            self.trace.presolved.tightened.push(Tightened { row, switch, at_one, from, to });
        }
    }

    /// The first decision that makes a sum have no greatest value.
    fn unbounded(&self, linear: &'g Linear, sign: f64) -> Option<LowerErrorKind> {
        let columns = linear.entries.iter().find_map(|entry| {
            let range = self.bounds(entry.column).times(sign * entry.value);
            let decision = self.trace.layout.decision(entry.column).0.decision;
            let missing = LowerErrorKind::BoundMissing { decision, at: entry.span };
            (range.greatest == f64::INFINITY).then_some(missing)
        });
        let either = |linear| self.unbounded(linear, 1.0).or_else(|| self.unbounded(linear, -1.0));
        columns.or_else(|| {
            linear.pieces.iter().find_map(|(piece, _)| {
                match &self.ground().pieces[*piece as usize] {
                    Piece::Max(parts) | Piece::Min(parts) => parts.iter().find_map(either),
                    Piece::Abs(part) => either(part),
                    Piece::Holds(_) => None,
                    Piece::Choose(_, then, otherwise) => either(then).or_else(|| either(otherwise)),
                }
            })
        })
    }

    /// The greatest value of a form that counts as less than 0.
    fn below_zero(&self, form: &Form) -> f64 {
        let whole = form.terms.iter().all(|term| self.is_whole(term.column));
        let step = step(form.terms.iter().map(|term| term.value)).filter(|step| *step > 0.0);
        if let (true, Some(step)) = (whole, step) {
            let steps = -form.constant / step;
            let nearest = steps.round();
            let near = (steps - nearest).abs() <= 10.0 * ROUNDING * steps.abs().max(1.0);
            let below = if near { nearest - 1.0 } else { steps.floor() };
            return form.constant + step * below;
        }
        let sizes = form.terms.iter().map(|term| {
            let size = self.bounds(term.column).times(term.value).size();
            if size.is_finite() { size } else { term.value.abs() }
        });
        -self.limits.strictness * (1.0 + form.constant.abs() + sizes.sum::<f64>())
    }
}

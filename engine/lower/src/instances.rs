//! Formulas that must hold, that cost where they don't, or that what runs now breaks.
//!
//! A comparison that may be broken gets a violation `v >= 0`: `s <= 0` becomes `s - v <= 0`, `s >= 0` becomes
//! `s + v >= 0`, `s == 0` becomes both, with one `v`. Strictness is not priced: what a strict comparison lacks is
//! as much as its closed form lacks. Any other formula, and `!=`, gets a binary `b`, and `b = 0` implies it.
//! What the bounds of columns decide can neither bind nor cost: it gets nothing.

use apportion_ground::{Comparison, Formula, Instance, Linear};

use crate::breaches::scale;
use crate::builder::{Builder, Charge};
use crate::form::Interval;
use crate::formula::Claim;
use crate::logic::Literal;
use crate::pieces::Need;
use crate::trace::{Auxiliary, AuxiliaryKind, Owner, Serves};

impl<'g> Builder<'g> {
    /// Makes the rows of an instance.
    pub(crate) fn instance(&mut self, number: usize) {
        let instance = &self.ground().instances[number];
        let owner = Owner::Instance(number as u32);
        let claim = self.claim(&instance.formula, false);
        if claim == Claim::Constant(true) {
            return self.trace.presolved.certain.push(number as u32);
        }
        let Some(charged) = Charged::of(instance) else {
            return self.enforce(owner, &claim, None);
        };
        match &instance.formula {
            Formula::Atom(linear, comparison) if *comparison != Comparison::NotEqual => {
                self.by_amount(owner, linear, *comparison, charged);
            }
            _ => {
                let broken = self.binary(owner, charged.kind);
                let unbroken = Literal { positive: false, ..broken };
                self.enforce(owner, &claim, Some(unbroken));
                self.charge(owner, broken.column, charged, 1.0);
            }
        }
    }

    fn by_amount(
        &mut self,
        owner: Owner,
        linear: &'g Linear,
        comparison: Comparison,
        charged: Charged,
    ) {
        let origin = Auxiliary { owner, kind: charged.kind };
        let bounds = Interval { least: 0.0, greatest: charged.most };
        let column = self.auxiliary(origin, bounds, false, false);
        let signs: &[f64] = match comparison {
            Comparison::Less | Comparison::LessEqual => &[1.0],
            Comparison::Greater | Comparison::GreaterEqual => &[-1.0],
            Comparison::Equal | Comparison::NotEqual => &[1.0, -1.0],
        };
        for sign in signs {
            let mut form = self.form(owner, linear, *sign, Need::ABOVE);
            let span = self.span(owner);
            form.add(column, -1.0, span);
            form.normalize();
            let amount = self.model_columns(column).start;
            let serves = Serves::Amount { column: amount, sign: -sign };
            self.at_most(owner, Some(serves), form, 0.0, *sign);
        }
        self.charge(owner, column, charged, scale(charged.most, linear.constant));
    }

    fn charge(&mut self, owner: Owner, column: u32, charged: Charged, scale: f64) {
        let columns = self.model_columns(column);
        let price = charged.price.unwrap_or(1.0 / scale);
        self.charges.push(Charge { level: charged.level, owner, columns, price });
    }
}

/// What breaking an instance costs.
#[derive(Clone, Copy)]
struct Charged {
    kind: AuxiliaryKind,
    level: Option<apportion_check::policy::LevelId>,
    /// None where the amount is measured by what it is now.
    price: Option<f64>,
    most: f64,
}

impl Charged {
    fn of(instance: &Instance) -> Option<Charged> {
        if let Some(soft) = instance.soft {
            return Some(Charged {
                kind: AuxiliaryKind::Violation,
                level: soft.level,
                price: Some(soft.price),
                most: f64::INFINITY,
            });
        }
        let most = instance.relief?;
        Some(Charged { kind: AuxiliaryKind::Relief, level: None, price: None, most })
    }
}

//! What is known to be present: by `has`, by `where`, by the tuple of a decision.

use std::fmt::Write;

use crate::policy::{Argument, Comparison, Expr, ExprKind, Logic, VarId};

/// Facts that are known to be present, by a text that names them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    facts: Vec<String>,
}

impl Known {
    /// How many facts are known, to forget later ones.
    pub(crate) fn mark(&self) -> usize {
        self.facts.len()
    }

    /// Forgets what was learnt since the mark.
    pub(crate) fn forget(&mut self, mark: usize) {
        self.facts.truncate(mark);
    }

    /// Whether the fact that an expression reads is known to be present.
    pub(crate) fn has(&self, expr: &Expr) -> bool {
        name_of(expr).is_some_and(|name| self.facts.contains(&name))
    }

    /// Learns what follows from a condition that is `value`.
    pub(crate) fn learn(&mut self, condition: &Expr, value: bool) {
        match (&condition.kind, value) {
            (ExprKind::Has(read), true) => self.facts.extend(name_of(read)),
            (ExprKind::Not(inner), _) => self.learn(inner, !value),
            (ExprKind::Logic(Logic::And, left, right), true)
            | (ExprKind::Logic(Logic::Or, left, right), false) => {
                self.learn(left, value);
                self.learn(right, value);
            }
            (ExprKind::Logic(Logic::Or, left, right), true) => {
                if decided(left) == Some(false) {
                    self.learn(right, true);
                }
                if decided(right) == Some(false) {
                    self.learn(left, true);
                }
            }
            (ExprKind::Implies(premise, claim), true) if decided(premise) == Some(true) => {
                self.learn(claim, true);
            }
            _ => {}
        }
    }
}

/// Whether a comparison of constants holds.
fn decided(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Not(inner) => decided(inner).map(|value| !value),
        ExprKind::Logic(Logic::And, left, right) => match (decided(left), decided(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        ExprKind::Logic(Logic::Or, left, right) => match (decided(left), decided(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        ExprKind::Compare(comparison, left, right) => {
            let (ExprKind::EnumValue(_, a), ExprKind::EnumValue(_, b)) = (&left.kind, &right.kind)
            else {
                return None;
            };
            match comparison {
                Comparison::Equal => Some(a == b),
                Comparison::NotEqual => Some(a != b),
                _ => None,
            }
        }
        ExprKind::In(value, set) => {
            let (ExprKind::EnumValue(_, value), ExprKind::Set(parts) | ExprKind::List(parts)) =
                (&value.kind, &set.kind)
            else {
                return None;
            };
            let mut codes = parts.iter().map(|part| match part.kind {
                ExprKind::EnumValue(_, code) => Some(code),
                _ => None,
            });
            codes.try_fold(false, |found, code| code.map(|code| found || code == *value))
        }
        _ => None,
    }
}

/// A text that two reads of the same fact share.
fn name_of(expr: &Expr) -> Option<String> {
    let mut name = String::new();
    write_name(expr, &mut name)?;
    Some(name)
}

fn write_name(expr: &Expr, name: &mut String) -> Option<()> {
    match &expr.kind {
        ExprKind::Var(var) => write!(name, "v{}", var.0).ok(),
        ExprKind::Field(base, field) => {
            write_name(base, name)?;
            write!(name, ".{}", field.0).ok()
        }
        ExprKind::Lookup(base, key) => {
            write_name(base, name)?;
            name.push('[');
            write_name(key, name)?;
            name.push(']');
            Some(())
        }
        ExprKind::EnumValue(id, code) => write!(name, "e{}:{code}", id.0).ok(),
        ExprKind::Resource(id) => write!(name, "r{}", id.0).ok(),
        ExprKind::Text(text) => write!(name, "{text:?}").ok(),
        ExprKind::Number(number) => write!(name, "{number}").ok(),
        ExprKind::Param(id) => write!(name, "p{}", id.0).ok(),
        _ => None,
    }
}

/// A decision's `where` for the tuple that some arguments name: its indices, in the slots `0 ..`, replaced.
/// An index that is summed over stays unknown.
pub(crate) fn condition_at(condition: &Expr, arguments: &[Argument]) -> Expr {
    let mut at = condition.clone();
    replace(&mut at, arguments);
    at
}

/// A slot that no frame has: nothing is known of it.
const NO_SLOT: VarId = VarId(u32::MAX);

fn replace(expr: &mut Expr, arguments: &[Argument]) {
    if let ExprKind::Var(var) = expr.kind {
        match arguments.get(var.index()) {
            Some(Argument::At(value)) => *expr = value.clone(),
            _ => expr.kind = ExprKind::Var(NO_SLOT),
        }
        return;
    }
    match &mut expr.kind {
        ExprKind::Field(inner, _)
        | ExprKind::SlotPart(inner, _)
        | ExprKind::Has(inner)
        | ExprKind::Negate(inner)
        | ExprKind::Not(inner)
        | ExprKind::Priority(_, inner) => replace(inner, arguments),
        ExprKind::Lookup(left, right)
        | ExprKind::Default(left, right)
        | ExprKind::Arithmetic(_, left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::In(left, right)
        | ExprKind::Logic(_, left, right)
        | ExprKind::Implies(left, right) => {
            replace(left, arguments);
            replace(right, arguments);
        }
        ExprKind::If(test, then, otherwise) => {
            replace(test, arguments);
            replace(then, arguments);
            replace(otherwise, arguments);
        }
        ExprKind::List(parts) | ExprKind::Set(parts) | ExprKind::Call(_, parts) => {
            parts.iter_mut().for_each(|part| replace(part, arguments));
        }
        // Nothing is learnt from the rest.
        _ => {}
    }
}

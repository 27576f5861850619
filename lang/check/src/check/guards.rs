//! What is known where an expression stands: by `has`, by `where`, by a choice, by the tuple of a decision.

use std::fmt::Write;

use apportion_diagnostic::{SourceId, Span};

use crate::eval::{children_mut, walk};
use crate::policy::{Argument, Comparison, Expr, ExprKind, Logic, Type, VarId};

/// What is known where an expression stands: facts that are present, by a text that names them, and conditions
/// with what they come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    facts: Vec<String>,
    conditions: Vec<(Expr, bool)>,
}

/// How much is known somewhere, to forget what is learnt later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    facts: usize,
    conditions: usize,
}

impl Known {
    /// How much is known.
    pub(crate) fn mark(&self) -> Mark {
        Mark { facts: self.facts.len(), conditions: self.conditions.len() }
    }

    /// Forgets what was learnt since the mark.
    pub(crate) fn forget(&mut self, mark: Mark) {
        self.facts.truncate(mark.facts);
        self.conditions.truncate(mark.conditions);
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
                self.conditions.push((bare(condition), value));
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
            _ => self.conditions.push((bare(condition), value)),
        }
    }

    /// Whether a condition is known to be `value`.
    pub(crate) fn implies(&self, condition: &Expr, value: bool) -> bool {
        let follows = match (&condition.kind, value) {
            (ExprKind::Has(read), true) => self.has(read),
            (ExprKind::Not(inner), _) => self.implies(inner, !value),
            (ExprKind::Logic(Logic::And, left, right), true)
            | (ExprKind::Logic(Logic::Or, left, right), false) => {
                self.implies(left, value) && self.implies(right, value)
            }
            (ExprKind::Logic(Logic::Or, left, right), true)
            | (ExprKind::Logic(Logic::And, left, right), false) => {
                self.implies(left, value) || self.implies(right, value)
            }
            (ExprKind::In(element, set), true) => self.is_among(element, set),
            _ => false,
        };
        let same = |known: &(Expr, bool)| known.1 == value && known.0 == bare(condition);
        follows
            || decided(condition) == Some(value)
            || is_definite(condition) && self.conditions.iter().any(same)
    }

    /// Whether an element is one of some constants, because it is one itself or one of fewer.
    fn is_among(&self, element: &Expr, set: &Expr) -> bool {
        let Some(wanted) = constants(set) else { return false };
        let element = bare(element);
        let listed = |part: &Expr| wanted.iter().any(|it| it.kind == part.kind);
        let fewer = |(known, value): &(Expr, bool)| match (&known.kind, value) {
            (ExprKind::In(known, set), true) => {
                **known == element && constants(set).is_some_and(|it| it.iter().all(listed))
            }
            _ => false,
        };
        listed(&element) || is_definite(&element) && self.conditions.iter().any(fewer)
    }
}

/// The values that a set or a list names, where they are all constants.
fn constants(set: &Expr) -> Option<&[Expr]> {
    let (ExprKind::Set(parts) | ExprKind::List(parts)) = &set.kind else { return None };
    parts.iter().all(|part| is_constant(&part.kind)).then_some(parts)
}

/// Whether an expression is a value as it stands.
pub(super) fn is_constant(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::EnumValue(..)
            | ExprKind::Resource(_)
            | ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
    )
}

/// An expression without its places, and without the types that follow from the rest.
fn bare(expr: &Expr) -> Expr {
    fn strip(expr: &mut Expr) {
        expr.span = Span::new(SourceId(0), 0, 0);
        expr.ty = Type::Unknown;
        if let ExprKind::Aggregate(_, binders, _) = &mut expr.kind {
            binders.iter_mut().for_each(|binder| binder.span = expr.span);
        }
        children_mut(expr, &mut strip);
    }
    let mut bare = expr.clone();
    strip(&mut bare);
    bare
}

/// Whether an expression means the same wherever it is written: no mistake and no index of elsewhere is in it.
fn is_definite(expr: &Expr) -> bool {
    let mut definite = true;
    walk(expr, &mut |part| {
        definite &= !matches!(part.kind, ExprKind::Unknown | ExprKind::Var(NO_SLOT));
    });
    definite
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

/// A condition of a decision or a `let` for the tuple that some arguments name: its indices, in the slots `0 ..`, replaced.
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
    children_mut(expr, &mut |part| replace(part, arguments));
}

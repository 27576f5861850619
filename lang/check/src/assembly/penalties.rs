//! The units of levels that count nothing but penalties: the soft rules that are paid for there say them.

use apportion_diagnostic::{Diagnostic, Span};
use apportion_units::Dimension;
use smol_str::SmolStr;

use super::Assembly;
use crate::check::is_zero;
use crate::db::parsed;
use crate::eval::walk;
use crate::index::declared;
use crate::items::{ItemIr, Override, changed_rule, odd_slack};
use crate::policy::{Arithmetic, Expr, ExprKind, Level, Type};

/// The units that soft rules give their levels.
pub(super) struct Penalties {
    /// For each level, what the first soft rule comes to; absent where none is paid for there.
    units: Vec<Option<Dimension>>,
    /// Rules that come to another unit, and slacks in another one.
    pub(super) findings: Vec<Diagnostic>,
}

/// A soft rule that says what its level counts.
struct Paid {
    rule: SmolStr,
    level: usize,
    price: Span,
    dimension: Dimension,
}

impl Assembly<'_> {
    pub(super) fn penalties(&self) -> Penalties {
        let mut penalties = Penalties { units: Vec::new(), findings: Vec::new() };
        let objective = self.items.iter().find_map(|(item, checked)| match &checked.ir {
            ItemIr::Levels(levels) => Some((*item, levels)),
            _ => None,
        });
        let Some((objective, levels)) = objective else { return penalties };
        let paid = self.paid();
        penalties
            .findings
            .extend(paid.iter().filter_map(|it| uncounted(levels.get(it.level)?, it)));
        for (at, level) in levels.iter().enumerate() {
            let mut here =
                paid.iter().filter(|it| it.level == at && level.value.ty == Type::Unknown);
            let first = here.next();
            penalties.units.push(first.map(|first| first.dimension));
            let Some(first) = first else { continue };
            let before = penalties.findings.len();
            for other in here.filter(|it| it.dimension != first.dimension) {
                penalties.findings.push(disagreement(level, first, other));
            }
            if penalties.findings.len() > before {
                continue;
            }
            if let Some(slack) = slack_in_another_unit(&settled(level, first.dimension)) {
                let finding = slack.map_spans(|span| self.moved(objective, span));
                penalties.findings.push(finding);
            }
        }
        penalties
    }

    /// The soft rules whose text has no fault.
    fn paid(&self) -> Vec<Paid> {
        let rules = self.items.iter().filter_map(|(item, checked)| {
            let (rule, soft, dimension) = match &checked.ir {
                ItemIr::Rule(rule, dimension) => (rule.name.clone(), &rule.soft, *dimension),
                ItemIr::Budget(_, _, Some(band)) => {
                    (band.rule.name.clone(), &band.rule.soft, band.paid)
                }
                ItemIr::Override(Override::Loosen { soft, .. }, dimension) => {
                    let rule = changed_rule(self.db, *item)?;
                    (declared(self.db, rule).name.clone(), &Some(soft.clone()), *dimension)
                }
                _ => return None,
            };
            let dimension = dimension?;
            let soft = soft.as_ref().filter(|_| parsed(self.db, *item).errors.is_empty())?;
            Some(Paid {
                rule,
                level: soft.level.index(),
                price: self.moved(*item, soft.price.span),
                dimension,
            })
        });
        rules.collect()
    }
}

/// A price that nothing counts: it would cost nothing to break the rule.
fn uncounted(level: &Level, paid: &Paid) -> Option<Diagnostic> {
    let mut counts = false;
    walk(&level.value, &mut |part| counts |= matches!(part.kind, ExprKind::Penalties));
    if counts {
        return None;
    }
    let message =
        format!("level `{}` does not count what `{}` is paid for there", level.name, paid.rule);
    let way_out = match (&level.value.kind, level.maximize) {
        (ExprKind::Shares(_), _) => {
            "shares stand alone in a level: pay at another one, such as `minimize penalties`"
        }
        (_, true) => "take them from what is maximized: `… - penalties`, or pay at another level",
        (_, false) => "add them: `… + penalties`, or pay at another level",
    };
    let finding = Diagnostic::error("penalties-uncounted", message)
        .at(paid.price, "breaking the rule would cost nothing");
    Some(finding.help(way_out))
}

fn disagreement(level: &Level, first: &Paid, other: &Paid) -> Diagnostic {
    let message = format!(
        "rules `{}` and `{}` are paid for at level `{}` in different units",
        first.rule, other.rule, level.name
    );
    Diagnostic::error("unit-mismatch", message)
        .at(other.price, format!("comes to {}", other.dimension.display()))
        .because_of(first.price, format!("comes to {}", first.dimension.display()))
        .help("what is added up has one unit: state one price in that of the other, or use two levels")
}

impl Penalties {
    /// Gives each level the unit that its soft rules come to.
    pub(super) fn settle(&self, levels: &mut [Level]) {
        for (level, unit) in levels.iter_mut().zip(&self.units) {
            if let Some(unit) = unit {
                *level = settled(level, *unit);
            }
        }
    }
}

/// A level whose penalties have a unit.
fn settled(level: &Level, penalties: Dimension) -> Level {
    let mut level = level.clone();
    give_unit(&mut level.value, penalties);
    if let Some((slack, relative)) = &mut level.slack {
        // A bare number is an amount in a level that counts plain numbers, and else a share.
        let bare = slack.ty == Type::Number(Dimension::PLAIN);
        *relative |= bare && level.value.ty != slack.ty;
    }
    level
}

/// Types what is made of penalties, which had no unit when the level was checked by itself.
fn give_unit(expr: &mut Expr, penalties: Dimension) {
    if expr.ty != Type::Unknown {
        return;
    }
    expr.ty = match &mut expr.kind {
        ExprKind::Penalties => Type::Number(penalties),
        ExprKind::Negate(inner) => of_first(&mut [inner.as_mut()], penalties),
        ExprKind::If(_, then, otherwise) => of_first(&mut [then, otherwise], penalties),
        ExprKind::Call(_, arguments) => {
            of_first(&mut arguments.iter_mut().collect::<Vec<_>>(), penalties)
        }
        ExprKind::Arithmetic(operator, left, right) => {
            let first = of_first(&mut [left, right], penalties);
            match (operator, first, &right.ty) {
                (Arithmetic::Multiply, Type::Number(a), Type::Number(b)) => {
                    Type::Number(a.multiply(*b))
                }
                (Arithmetic::Divide, Type::Number(a), Type::Number(b)) => {
                    Type::Number(a.divide(*b))
                }
                (_, first, _) => first,
            }
        }
        _ => Type::Unknown,
    };
}

/// Types parts and returns the type of the first.
fn of_first(parts: &mut [&mut Expr], penalties: Dimension) -> Type {
    parts.iter_mut().for_each(|part| give_unit(part, penalties));
    parts.first().map_or(Type::Unknown, |part| part.ty.clone())
}

fn slack_in_another_unit(level: &Level) -> Option<Diagnostic> {
    let (slack, relative) = level.slack.as_ref()?;
    let (Type::Number(value), Type::Number(given)) = (&level.value.ty, &slack.ty) else {
        return None;
    };
    if *relative || value == given || is_zero(slack) {
        return None;
    }
    Some(odd_slack(&value.display(), &given.display(), slack.span))
}

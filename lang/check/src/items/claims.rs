//! What a claim on decisions must be, beside well typed: not strict where amounts are divisible, and priced in
//! the unit of the level that pays.

use apportion_diagnostic::{Diagnostic, Span};
use apportion_units::Dimension;

use super::{ItemIr, checked};
use crate::check::{Checker, is_bare, on_enough_stack, unit_missing};
use crate::db::ItemSource;
use crate::eval::walk;
use crate::policy::{Comparison, Expr, ExprKind, Soft, Stage, Statement, Type};
use crate::signature::Signature;

impl Checker<'_> {
    /// Refuses `<` and `>` between divisible amounts: there is no greatest amount below a limit.
    pub(super) fn refuse_strict(&mut self, claim: &Expr) {
        let mut strict = Vec::new();
        walk(claim, &mut |part| {
            let instead = match part.kind {
                ExprKind::Compare(Comparison::Less, ..) => "`<=`",
                ExprKind::Compare(Comparison::Greater, ..) => "`>=`",
                _ => return,
            };
            if part.stage != Stage::Ground && self.is_divisible(part) {
                strict.push((part.span, instead));
            }
        });
        for (span, instead) in strict {
            let message = "a strict comparison of divisible amounts has no best answer";
            let finding = Diagnostic::error("comparison-strict", message)
                .at(span, format!("write {instead}"))
                .note("an amount can come as near to the limit as one likes without reaching it");
            self.report(finding);
        }
    }

    /// Whether an expression depends on a decision that may take any value between two others.
    fn is_divisible(&self, expr: &Expr) -> bool {
        let mut divisible = false;
        walk(expr, &mut |part| match &part.kind {
            ExprKind::Decision(id, _) if !divisible => {
                let signature = self.signature(self.names.decisions[id.index()]);
                divisible = matches!(signature, Signature::Decision(it) if !it.whole);
            }
            ExprKind::Let(id, _) if !divisible => {
                divisible = is_divisible_let(self.db, self.names.lets[id.index()]);
            }
            _ => {}
        });
        divisible
    }

    /// Requires that what is broken has an amount, and that a price times it has the unit of the level that pays.
    pub(super) fn priced(&mut self, soft: &Soft, body: &[Statement]) {
        for (span, instead) in strict_claims(body) {
            let message = "a strict comparison that may be broken costs nothing at its limit";
            let finding = Diagnostic::error("comparison-strict", message)
                .at(span, format!("write {instead}, with the first value that is good enough"))
                .note("a price is paid for each unit by which the limit is missed");
            self.report(finding);
        }
        let Some(level) = self.level_dimension(soft) else { return };
        let Type::Number(price) = soft.price.ty else { return };
        for violation in violations(body) {
            let paid = price.multiply(violation);
            if paid == level {
                continue;
            }
            let wanted = level.divide(violation);
            if is_bare(&soft.price) {
                let message =
                    format!("the level counts {}, and this price has no unit", level.display());
                self.report(unit_missing(&soft.price, wanted, message));
                return;
            }
            let message = format!(
                "the level counts {}, and this price on {} gives {}",
                level.display(),
                violation.display(),
                paid.display()
            );
            let text = format!("{} is expected", wanted.display());
            self.report(Diagnostic::error("unit-mismatch", message).at(soft.price.span, text));
            return;
        }
    }

    /// What a level counts; absent where it says nothing but `penalties`.
    fn level_dimension(&self, soft: &Soft) -> Option<Dimension> {
        let checked = checked(self.db, self.names.objective?);
        let ItemIr::Levels(levels) = &checked.ir else { return None };
        match levels.get(soft.level.index())?.value.ty {
            Type::Number(dimension) => Some(dimension),
            _ => None,
        }
    }
}

/// Whether a `let` is divisible: worked out once, as several may read it, and several those.
#[salsa::tracked(returns(copy))]
fn is_divisible_let<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> bool {
    match &checked(db, item).ir {
        ItemIr::Let(named, _) => {
            on_enough_stack(|| Checker::new(db, item).is_divisible(&named.value))
        }
        _ => false,
    }
}

/// The claims that are `<` or `>`, and what to write instead.
fn strict_claims(body: &[Statement]) -> Vec<(Span, &'static str)> {
    fn strict(condition: &Expr) -> Option<(Span, &'static str)> {
        match &condition.kind {
            ExprKind::Compare(Comparison::Less, ..) => Some((condition.span, "`<=`")),
            ExprKind::Compare(Comparison::Greater, ..) => Some((condition.span, "`>=`")),
            ExprKind::Implies(premise, claim) if premise.stage == Stage::Ground => strict(claim),
            _ => None,
        }
    }
    let claims = body.iter().flat_map(|statement| match statement {
        Statement::For { body, .. } => strict_claims(body),
        Statement::Require { condition, .. } => strict(condition).into_iter().collect(),
        Statement::Forbid(_) | Statement::Permit(_) => Vec::new(),
    });
    claims.collect()
}

/// The units of what each statement can be broken by: that of a comparison's sides, else a plain number.
fn violations(body: &[Statement]) -> Vec<Dimension> {
    let mut found = Vec::new();
    for statement in body {
        match statement {
            Statement::For { body, .. } => found.extend(violations(body)),
            Statement::Require { condition, .. } => found.push(violation(condition)),
            // A tuple that should be 0 is counted in its own unit, which the decision knows.
            Statement::Forbid(_) | Statement::Permit(_) => {}
        }
    }
    found
}

fn violation(condition: &Expr) -> Dimension {
    match &condition.kind {
        ExprKind::Compare(_, left, _) => match left.ty {
            Type::Number(dimension) => dimension,
            _ => Dimension::PLAIN,
        },
        ExprKind::Implies(premise, claim) if premise.stage == Stage::Ground => violation(claim),
        _ => Dimension::PLAIN,
    }
}

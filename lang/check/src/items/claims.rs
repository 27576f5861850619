//! What a claim on decisions must be, beside well typed: not strict where amounts are divisible, and priced in
//! the unit of the level that pays.

use apportion_diagnostic::{Diagnostic, Span};
use apportion_units::{Base, Dimension};

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
            ExprKind::Decision(id, _) | ExprKind::Moves(id, _) if !divisible => {
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

    /// Refuses a price below 0: a rule would be broken to gain by it.
    pub(super) fn refuse_negative_price(&mut self, price: &Expr) {
        if self.interval(price).is_some_and(|it| it.greatest < 0.0) {
            let message = "the price is negative, so that breaking the rule would be a gain";
            let finding = Diagnostic::error("out-of-range", message)
                .at(price.span, "less than 0")
                .help("state a price of at least 0: `minimize penalties` makes it a cost");
            self.report(finding);
        }
    }

    /// Requires that what is broken has an amount, and that a price times it has the unit of the level that pays.
    /// Where only its soft rules say what a level counts, that is what one unit of the violation comes to.
    pub(super) fn priced(&mut self, soft: &Soft, body: &[Statement]) -> Option<Dimension> {
        for (span, instead) in strict_claims(body) {
            let message = "a strict comparison that may be broken costs nothing at its limit";
            let finding = Diagnostic::error("comparison-strict", message)
                .at(span, format!("write {instead}, with the first value that is good enough"))
                .note("a price is paid for each unit by which the limit is missed");
            self.report(finding);
        }
        let violations = self.violations(body);
        self.paid(soft, &violations)
    }

    /// What one unit of a violation comes to at its price, if that is what the level counts.
    pub(super) fn paid(&mut self, soft: &Soft, violations: &[Dimension]) -> Option<Dimension> {
        let Type::Number(price) = soft.price.ty else { return None };
        let fault = match self.level_dimension(soft) {
            _ if violations.iter().any(|it| is_of_resources(*it)) => Some(priced_resources(soft)),
            Some(level) => violations.iter().find_map(|it| mispriced(soft, price, *it, level)),
            None => unpriced(soft, price, violations),
        };
        match fault {
            Some(fault) => {
                self.report(fault);
                None
            }
            None => Some(price.multiply(*violations.first()?)),
        }
    }

    /// The units of what each statement can be broken by: that of a comparison's sides or of a decision, else a
    /// plain number.
    fn violations(&self, body: &[Statement]) -> Vec<Dimension> {
        let mut found = Vec::new();
        for statement in body {
            match statement {
                Statement::For { body, .. } => found.extend(self.violations(body)),
                Statement::Require { condition, .. } => found.push(violation(condition)),
                // What should be 0 is counted in its own unit.
                Statement::Forbid(it) | Statement::Permit(it) => {
                    let decision = self.signature(self.names.decisions[it.decision.index()]);
                    if let Signature::Decision(decision) = decision {
                        found.push(decision.dimension);
                    }
                }
            }
        }
        found
    }

    /// What a level counts; absent where it says nothing but `penalties`.
    pub(super) fn level_dimension(&self, soft: &Soft) -> Option<Dimension> {
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

/// Whether an amount is of whichever resource is meant.
fn is_of_resources(dimension: Dimension) -> bool {
    dimension.factors().any(|(base, _)| matches!(base, Base::Resource(_)))
}

fn priced_resources(soft: &Soft) -> Diagnostic {
    Diagnostic::error("unit-mismatch", "one price cannot be paid for every resource")
        .at(soft.price.span, "each resource has its own unit")
        .help("write a rule for each resource, or divide both sides by an amount, so that a share has the price")
}

/// What is wrong with a price at a level that says by itself what it counts.
fn mispriced(
    soft: &Soft,
    price: Dimension,
    violation: Dimension,
    level: Dimension,
) -> Option<Diagnostic> {
    let paid = price.multiply(violation);
    if paid == level {
        return None;
    }
    let wanted = level.divide(violation);
    if is_bare(&soft.price) {
        let message = format!("the level counts {}, and this price has no unit", level.display());
        return Some(unit_missing(&soft.price, wanted, message));
    }
    let message = format!(
        "the level counts {}, and this price on {} gives {}",
        level.display(),
        violation.display(),
        paid.display()
    );
    let text = format!("{} is expected", wanted.display());
    Some(Diagnostic::error("unit-mismatch", message).at(soft.price.span, text))
}

/// What is wrong with a price at a level that counts nothing but its penalties. A price that is not per what is
/// broken would make the level count that, which nobody means.
fn unpriced(soft: &Soft, price: Dimension, violations: &[Dimension]) -> Option<Diagnostic> {
    let is_lacking = |violation: &&Dimension| {
        violation.factors().any(|(base, power)| power > 0 && price.power_of(base) == 0)
    };
    if let Some(violation) = violations.iter().find(is_lacking) {
        let message =
            format!("a price is per unit of what is broken, which is {}", violation.display());
        let credit = Dimension::of(Base::Credit);
        if is_bare(&soft.price) {
            return Some(unit_missing(&soft.price, credit.divide(*violation), message));
        }
        let wanted = crate::display::unit_for(price.divide(*violation));
        let text =
            wanted.map_or(String::new(), |unit| format!("per which unit? as `{}`", unit.name));
        return Some(Diagnostic::error("unit-mismatch", message).at(soft.price.span, text));
    }
    let (first, rest) = violations.split_first()?;
    let other = rest.iter().find(|it| *it != first)?;
    let message =
        format!("one price cannot be paid for both {} and {}", first.display(), other.display());
    let finding = Diagnostic::error("unit-mismatch", message).at(soft.price.span, "");
    Some(finding.help("write two rules, each with its own price"))
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

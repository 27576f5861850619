//! The objective and its levels.

use apportion_diagnostic::{Diagnostic, Span};
use apportion_syntax::ast;
use apportion_units::Dimension;

use super::ItemIr;
use super::ranges::Interval;
use crate::check::{Checker, fits, is_zero};
use crate::index::Symbol;
use crate::policy::{Expr, ExprKind, Level, Stage, Type};
use crate::signature::Signature;

impl Checker<'_> {
    pub(super) fn objective_item(&mut self, it: &ast::Objective) -> ItemIr {
        let names: Vec<ast::Name> = it.levels.iter().map(|level| level.name.clone()).collect();
        self.distinct(&names, "level");
        let levels = it.levels.iter().map(|level| self.level(level)).collect();
        ItemIr::Levels(levels)
    }

    /// Levels share the item's slots: a name that a level before has used keeps its slot.
    fn level(&mut self, it: &ast::Level) -> Level {
        self.in_objective = true;
        let shares = self.shares(&it.value);
        let is_shares = shares.is_some();
        let value = shares.unwrap_or_else(|| self.expr(&it.value, None));
        self.in_objective = false;
        if is_shares && !it.maximize {
            let message = "shares are as fair as can be where the least is as great as can be";
            let finding = Diagnostic::error("type-mismatch", message)
                .at(value.span, "least shares are not made small");
            self.report(finding.help("write `maximize`"));
        }
        self.refuse_bins_in_level(&value, it.maximize);
        self.refuse_moves_in_level(&value, it.maximize);
        if !matches!(value.ty, Type::Number(_) | Type::Unknown) {
            let message =
                format!("a level seeks a number, and this is {}", self.type_name(&value.ty));
            self.report(Diagnostic::error("type-mismatch", message).at(value.span, ""));
        }
        let slack = it.slack.as_ref().map(|slack| {
            let checked = self.expr(slack, None);
            self.require_ground(&checked, "a slack");
            let plain = Type::Number(Dimension::PLAIN);
            // A percentage is a share of the value; an amount, or a bare number, is one in the level's unit. What
            // penalties count is known when all rules are.
            let percentage = matches!(&slack.kind, ast::ExprKind::Number(_, Some(unit))
                if unit.factors.iter().any(|(name, _)| name.text == "%"));
            let elsewhere = value.ty != plain && value.ty != Type::Unknown;
            let relative = checked.ty == plain && (percentage || elsewhere);
            if !relative && !fits(&checked.ty, &value.ty) && !is_zero(&checked) {
                let (counted, given) = (self.type_name(&value.ty), self.type_name(&checked.ty));
                self.report(odd_slack(&counted, &given, checked.span));
            }
            self.refuse_negative(&checked);
            (checked, relative)
        });
        Level {
            name: it.name.text.clone(),
            maximize: it.maximize,
            value,
            slack,
            frame: self.frame,
            span: self.span(it.range),
        }
    }

    /// The shares of a `fairness`, where an expression is nothing else.
    pub(super) fn shares(&self, written: &ast::Expr) -> Option<Expr> {
        let ast::ExprKind::Name(name) = &written.kind else { return None };
        let Some(Symbol::Fairness(id)) = self.symbol(name) else { return None };
        let ty = match self.signature(self.names.fairness[id.index()]) {
            Signature::Fairness(ty) => ty.clone(),
            _ => Type::Unknown,
        };
        Some(self.make(ExprKind::Shares(id), ty, Stage::Concave, written.range))
    }

    /// A level that had to become better than it can be would leave no plan.
    fn refuse_negative(&mut self, slack: &Expr) {
        let Some(Interval { least, greatest }) = self.interval(slack) else { return };
        if least >= 0.0 {
            return;
        }
        let (message, text) = if greatest < 0.0 {
            ("a slack is what later levels may give up, so it is not negative", "less than 0")
        } else {
            (
                "a slack is what later levels may give up, and this may be negative",
                "may be less than 0",
            )
        };
        let finding = Diagnostic::error("out-of-range", message).at(slack.span, text);
        self.report(match greatest < 0.0 {
            true => finding,
            false => finding.help("give each parameter that it reads a range: `in 0 % .. 50 %`"),
        });
    }
}

/// Says that a slack is in another unit than its level.
pub(crate) fn odd_slack(counted: &str, given: &str, slack: Span) -> Diagnostic {
    let message = format!("a slack is a share or {counted}, and this is {given}");
    Diagnostic::error("unit-mismatch", message).at(slack, "")
}

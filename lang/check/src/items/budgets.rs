//! Budgets.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, Range};
use apportion_units::{Base, Dimension, Period, Unit};

use super::ItemIr;
use super::ranges::Interval;
use crate::check::{Checker, is_bare, is_zero, unit_missing};
use crate::policy::{Budget, Expr, ExprKind, IfBroken, Rule, RuleId, RuleKind, Stage, Type};

impl Checker<'_> {
    pub(super) fn budget_item(&mut self, it: &ast::Budget, range: Range) -> ItemIr {
        if let Some(by) = it.by.first() {
            self.not_implemented("a budget by groups", by.range);
        }
        if let Some((_, soft)) = &it.soft {
            self.not_implemented("a soft band of a budget", soft.range);
        }
        let value = self.expr(&it.value, None);
        if value.stage > Stage::Affine {
            let message = "a budget counts sums of decisions, and this is none";
            let text = "extremes and conditions on decisions are no sums";
            self.report(Diagnostic::error("not-convex-here", message).at(value.span, text));
        }
        let (mut limit, unit, period) = self.limit(&it.limit);
        self.require_ground(&limit, "a limit");
        if is_zero(&limit) && matches!(value.ty, Type::Number(_)) {
            limit.ty = value.ty.clone();
        }
        self.comparable(&value, &limit, period);
        let plain = Type::Number(Dimension::PLAIN);
        let alerts = it.alerts.iter().map(|alert| {
            let checked = self.expr(alert, None);
            self.require_ground(&checked, "an alert");
            if self.require_type(&checked, &plain, "an alert") {
                self.refuse_unreachable(&checked);
            }
            checked
        });
        let alerts = alerts.collect();
        let span = self.span(range);
        let budget = Budget {
            name: it.name.text.clone(),
            value,
            limit,
            period,
            alerts,
            frame: self.frame,
            // Which rule and which budget these are is known when the policy is put together.
            rule: RuleId(0),
            unit,
            span,
        };
        let rule = Rule {
            name: it.name.text.clone(),
            kind: RuleKind::Budget(0),
            soft: None,
            if_broken: IfBroken::Fail,
            because: Vec::new(),
            body: Vec::new(),
            frame: self.frame,
            span,
        };
        ItemIr::Budget(budget, rule)
    }

    /// Refuses an alert that no plan reaches, as none exceeds the limit, and one that every plan does.
    fn refuse_unreachable(&mut self, alert: &Expr) {
        let Some(Interval { least, greatest }) = self.interval(alert) else { return };
        let (message, text) = if least > 1.0 {
            ("no plan exceeds its budget, so that this alert is never reached", "over 100 %")
        } else if greatest <= 0.0 {
            ("every plan reaches this alert, so that it says nothing", "not over 0 %")
        } else {
            return;
        };
        let finding = Diagnostic::error("out-of-range", message)
            .at(alert.span, text)
            .help("an alert is a share of the limit, as `alert at 80 %`");
        self.report(finding);
    }

    /// The limit in money, the unit that it was written in, and the period that it is for.
    fn limit(&mut self, limit: &ast::Expr) -> (Expr, Option<Unit>, Option<Period>) {
        if let A::Number(number, Some(written)) = &limit.kind {
            if written.factors.is_empty() {
                let message = format!("`{}` needs its currency", number.text);
                self.error("unit-missing", message, number.range, "which currency? as `USD`");
                return (self.unknown(limit.range), None, None);
            }
            let Some((unit, period)) = self.unit(written) else {
                return (self.unknown(limit.range), None, None);
            };
            let Some(value) = unit.to_base(&number.text) else {
                let message = format!("`{}` is too large a number", number.text);
                self.error("out-of-range", message, number.range, "");
                return (self.unknown(limit.range), None, None);
            };
            let ty = Type::Number(unit.dimension);
            let checked = self.ground(ExprKind::Number(value), ty, limit.range);
            let money = match unit.name.split_once(" per ") {
                Some((money, _)) => apportion_units::parse_unit(money).ok().map(|unit| unit.unit),
                None => Some(unit),
            };
            return (checked, money, period);
        }
        let checked = self.expr(limit, None);
        let unit = self.display_unit(None, &checked.ty);
        (checked, unit, None)
    }

    fn comparable(&mut self, value: &Expr, limit: &Expr, period: Option<Period>) {
        for side in [value, limit] {
            if !matches!(side.ty, Type::Number(_) | Type::Unknown) {
                let message = format!("a budget counts money, not {}", self.type_name(&side.ty));
                self.report(Diagnostic::error("type-mismatch", message).at(side.span, ""));
            }
        }
        let (Type::Number(value_dimension), Type::Number(limit_dimension)) = (&value.ty, &limit.ty)
        else {
            return;
        };
        let expected = match period {
            Some(_) => limit_dimension.divide(Dimension::of(Base::Second)),
            None => *limit_dimension,
        };
        if *value_dimension == expected {
            if expected.currency().is_none() {
                let message = format!("a budget counts money, not {}", expected.display());
                self.report(Diagnostic::error("unit-mismatch", message).at(value.span, ""));
            }
            return;
        }
        if let (true, Some(code)) = (is_bare(limit), value_dimension.currency()) {
            let currency = String::from_utf8_lossy(&code);
            let money = Dimension::of(Base::Currency(code));
            let message = format!("a limit of {} needs its currency", value_dimension.display());
            let finding = match value_dimension.is_money() {
                true => unit_missing(limit, money, message),
                false => Diagnostic::error("unit-missing", message).at(
                    limit.span,
                    format!("of what, and for how long? as `{currency} per month`"),
                ),
            };
            return self.report(finding.because_of(value.span, value_dimension.display()));
        }
        let per = period.map_or(String::new(), |period| format!(" per {}", period.word()));
        let code = if limit_dimension.is_plain() { "unit-missing" } else { "unit-mismatch" };
        let message = format!(
            "cannot hold {} to {}{per}",
            value_dimension.display(),
            limit_dimension.display(),
        );
        let text = match period {
            Some(_) if value_dimension == limit_dimension => "an amount is held to an amount",
            Some(_) => "a rate is held to an amount per period",
            None if *value_dimension == limit_dimension.divide(Dimension::of(Base::Second)) => {
                "for how long? as `per month`"
            }
            None => "",
        };
        let finding = Diagnostic::error(code, message)
            .at(limit.span, text)
            .because_of(value.span, value_dimension.display());
        self.report(match period {
            Some(_) if value_dimension == limit_dimension => finding.help(format!(
                "leave `{}` out, or hold a rate to it, as an amount in `USD/h`",
                per.trim()
            )),
            _ => finding,
        });
    }
}

//! Budgets.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, Range};
use apportion_units::{Base, Dimension, Period, Unit};

use super::ranges::Interval;
use super::{Band, ItemIr};
use crate::check::{Checker, is_bare, is_zero, unit_missing};
use crate::policy::{
    Budget, Expr, ExprKind, IfBroken, Rollout, Rule, RuleId, RuleKind, Stage, Type,
};

/// What a share of a limit is for.
struct Share {
    /// With its article.
    word: &'static str,
    noun: &'static str,
    /// Whether it is what lies beyond that counts, and not that it is reached.
    is_passed: bool,
    help: &'static str,
}

const ALERT: Share = Share {
    word: "an alert",
    noun: "alert",
    is_passed: false,
    help: "an alert is a share of the limit, as `alert at 80 %`",
};
const BAND: Share = Share {
    word: "a soft band",
    noun: "band",
    is_passed: true,
    help: "a band begins at a share of the limit, as `soft from 90 % at cost, 3 USD per USD`",
};

impl Checker<'_> {
    pub(crate) fn budget_item(&mut self, it: &ast::Budget, range: Range) -> ItemIr {
        if let Some(by) = it.by.first() {
            self.not_implemented("a budget by groups", by.range);
        }
        let value = self.expr(&it.value, None);
        if value.stage > Stage::Affine {
            let message = "a budget counts sums of decisions, and this is none";
            let text = "extremes and conditions on decisions are no sums";
            self.report(Diagnostic::error("not-convex-here", message).at(value.span, text));
        }
        self.refuse_moves_in_budget(&value);
        let (mut limit, unit, period) = self.limit(&it.limit);
        self.require_ground(&limit, "a limit");
        if is_zero(&limit) && matches!(value.ty, Type::Number(_)) {
            limit.ty = value.ty.clone();
        }
        self.comparable(&value, &limit, period);
        let alerts = it.alerts.iter().map(|alert| self.share_of_limit(alert, &ALERT));
        let alerts = alerts.collect();
        let span = self.span(range);
        let band = it.soft.as_ref().map(|(from, soft)| {
            let from = self.share_of_limit(from, &BAND);
            (from, self.band(&it.name.text, soft, &value))
        });
        let (from, band) = band.unzip();
        let budget = Budget {
            name: it.name.text.clone(),
            value,
            limit,
            period,
            alerts,
            band: from,
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
            rollout: Rollout::Enforce,
            because: Vec::new(),
            body: Vec::new(),
            frame: self.frame,
            span,
        };
        ItemIr::Budget(budget, rule, band.flatten())
    }

    /// The soft rule of a band, with what one unit beyond it comes to at its price.
    fn band(&mut self, budget: &str, soft: &ast::Soft, value: &Expr) -> Option<Box<Band>> {
        let checked = self.soft(soft)?;
        let paid = match (&value.ty, &checked.price.ty) {
            // Money for money is a plain number.
            (Type::Number(spent), Type::Number(price))
                if price.is_plain() && self.level_dimension(&checked).is_none() =>
            {
                Some(*spent)
            }
            (Type::Number(spent), _) => self.paid(&checked, &[*spent]),
            _ => None,
        };
        let rule = Rule {
            name: format!("{budget}.band").into(),
            kind: RuleKind::Band(0),
            soft: Some(checked),
            if_broken: IfBroken::Fail,
            rollout: Rollout::Enforce,
            because: Vec::new(),
            body: Vec::new(),
            frame: self.frame,
            span: self.span(soft.range),
        };
        Some(Box::new(Band { rule, paid }))
    }

    /// A share of the limit that some plans reach and others do not: none exceeds the limit.
    fn share_of_limit(&mut self, share: &ast::Expr, what: &Share) -> Expr {
        let checked = self.expr(share, None);
        self.require_ground(&checked, what.word);
        if !self.require_type(&checked, &Type::Number(Dimension::PLAIN), what.word) {
            return checked;
        }
        let Some(Interval { least, greatest }) = self.interval(&checked) else { return checked };
        let Share { noun, help, .. } = what;
        let (message, text) = if least > 1.0 || least == 1.0 && what.is_passed {
            let text = if what.is_passed { "not under 100 %" } else { "over 100 %" };
            (format!("no plan exceeds its budget, so that this {noun} is never reached"), text)
        } else if greatest <= 0.0 && !what.is_passed || greatest < 0.0 {
            (format!("every plan reaches this {noun}, so that it says nothing"), "not over 0 %")
        } else {
            return checked;
        };
        self.report(Diagnostic::error("out-of-range", message).at(checked.span, text).help(*help));
        checked
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

//! Every span of a checked item moved to its file.

use apportion_diagnostic::Span;

use crate::eval::children_mut;
use crate::items::{ItemIr, Override};
use crate::policy::{
    Argument, Binder, Budget, Claim, Data, Domain, Eligibility, Expr, ExprKind, Fairness, Level,
    Literal, LiteralKind, Missing, Promise, Report, Rule, RuleKind, Setting, Sought, Statement,
    Test, TextPart,
};

/// Applies a function to every span of an item's part of the policy.
pub(crate) fn map(ir: &mut ItemIr, to: &dyn Fn(Span) -> Span) {
    let mapper = Mapper { to };
    match ir {
        ItemIr::Nothing | ItemIr::Edition(_) => {}
        ItemIr::Entity(it, enums) => {
            mapper.span(&mut it.span);
            enums.iter_mut().for_each(|it| mapper.span(&mut it.span));
            for field in &mut it.fields {
                mapper.span(&mut field.span);
                mapper.option(&mut field.default);
            }
        }
        ItemIr::Enum(it) => mapper.span(&mut it.span),
        ItemIr::Input(it) => mapper.span(&mut it.span),
        ItemIr::Param(it) => {
            mapper.span(&mut it.span);
            mapper.option(&mut it.default);
            mapper.option(&mut it.least);
            mapper.option(&mut it.most);
        }
        ItemIr::Resource(it) => mapper.span(&mut it.span),
        ItemIr::Slots(it) => {
            mapper.span(&mut it.span);
            mapper.expr(&mut it.over);
            mapper.expr(&mut it.every);
        }
        ItemIr::Forecast(it, slots) => {
            mapper.span(&mut it.span);
            mapper.missing(&mut it.missing);
            mapper.span(&mut slots.span);
            mapper.expr(&mut slots.over);
            mapper.expr(&mut slots.every);
        }
        ItemIr::Decision(it, _) => {
            mapper.span(&mut it.span);
            mapper.binders(&mut it.indices);
            mapper.option(&mut it.lower);
            mapper.option(&mut it.upper);
            mapper.option(&mut it.condition);
        }
        ItemIr::Let(it, _) => {
            mapper.span(&mut it.span);
            mapper.binders(&mut it.indices);
            mapper.expr(&mut it.value);
        }
        ItemIr::Rule(it, _) => mapper.rule(it),
        ItemIr::Override(Override::Tighten(it), _) => mapper.rule(it),
        ItemIr::Override(Override::Loosen { soft, span, .. }, _) => {
            mapper.span(span);
            mapper.expr(&mut soft.price);
        }
        ItemIr::Budget(budget, rule, band) => {
            mapper.budget(budget);
            mapper.rule(rule);
            band.iter_mut().for_each(|band| mapper.rule(&mut band.rule));
        }
        ItemIr::Priority(it) => {
            mapper.span(&mut it.span);
            mapper.expr(&mut it.by);
            it.weights.iter_mut().for_each(|weight| mapper.expr(weight));
            let graces = it.preemption.iter_mut().flat_map(|it| it.grace.iter_mut().flatten());
            graces.for_each(|grace| mapper.expr(grace));
        }
        ItemIr::Fairness(it) => mapper.fairness(it),
        ItemIr::Levels(levels) => levels.iter_mut().for_each(|level| mapper.level(level)),
        ItemIr::Report(it) => mapper.report(it),
        ItemIr::Test(it, by) => {
            mapper.test(it);
            by.iter_mut().flatten().for_each(|rule| mapper.span(&mut rule.span));
        }
    }
}

/// Applies a function to every span of an expression.
pub(crate) fn map_expr(expr: &mut Expr, to: &dyn Fn(Span) -> Span) {
    Mapper { to }.expr(expr);
}

struct Mapper<'m> {
    to: &'m dyn Fn(Span) -> Span,
}

impl Mapper<'_> {
    fn span(&self, span: &mut Span) {
        *span = (self.to)(*span);
    }

    fn option(&self, expr: &mut Option<Expr>) {
        expr.iter_mut().for_each(|expr| self.expr(expr));
    }

    fn missing(&self, missing: &mut Missing) {
        if let Missing::Assume(expr) | Missing::Last(expr) = missing {
            self.expr(expr);
        }
    }

    fn rule(&self, rule: &mut Rule) {
        self.span(&mut rule.span);
        if let RuleKind::Sla(promise) = &mut rule.kind {
            let Promise { share, of } = &mut **promise;
            self.expr(share);
            self.expr(of);
        }
        if let Some(soft) = &mut rule.soft {
            self.expr(&mut soft.price);
        }
        for part in &mut rule.because {
            if let TextPart::Hole(hole) = part {
                self.expr(hole);
            }
        }
        rule.body.iter_mut().for_each(|statement| self.statement(statement));
    }

    fn budget(&self, budget: &mut Budget) {
        self.span(&mut budget.span);
        self.expr(&mut budget.value);
        self.expr(&mut budget.limit);
        budget.alerts.iter_mut().for_each(|alert| self.expr(alert));
        self.option(&mut budget.band);
    }

    fn fairness(&self, fairness: &mut Fairness) {
        self.span(&mut fairness.span);
        self.binders(&mut fairness.indices);
        self.expr(&mut fairness.amount);
        for tier in &mut fairness.tiers {
            self.expr(&mut tier.key);
            self.option(&mut tier.weight);
        }
        if let Sought::Worth(utility) = &mut fairness.sought {
            self.expr(&mut utility.alpha);
            self.option(&mut utility.floor);
        }
    }

    fn level(&self, level: &mut Level) {
        self.span(&mut level.span);
        self.expr(&mut level.value);
        if let Some((slack, _)) = &mut level.slack {
            self.expr(slack);
        }
    }

    fn report(&self, report: &mut Report) {
        self.span(&mut report.span);
        self.expr(&mut report.value);
        for group in &mut report.by {
            self.domain(&mut group.domain);
            self.expr(&mut group.key);
        }
    }

    fn test(&self, test: &mut Test) {
        self.span(&mut test.span);
        for given in &mut test.givens {
            self.span(&mut given.span);
            match &mut given.setting {
                Setting::Rows(_, Data::Written(rows))
                | Setting::Forecast(_, Data::Written(rows))
                | Setting::Current(Data::Written(rows)) => {
                    self.literal(rows);
                }
                Setting::Param(_, value) => self.expr(value),
                Setting::Rows(..)
                | Setting::Forecast(..)
                | Setting::Current(_)
                | Setting::Now(_) => {}
            }
        }
        for expectation in &mut test.expectations {
            self.span(&mut expectation.span);
            if let Claim::Holds { rows, condition, .. } = &mut expectation.claim {
                self.binders(rows);
                self.expr(condition);
            }
        }
    }

    fn literal(&self, literal: &mut Literal) {
        self.span(&mut literal.span);
        match &mut literal.kind {
            LiteralKind::List(parts) => parts.iter_mut().for_each(|part| self.literal(part)),
            LiteralKind::Record(fields) => {
                fields.iter_mut().for_each(|(_, value)| self.literal(value));
            }
            LiteralKind::Text(_)
            | LiteralKind::Number(_)
            | LiteralKind::Bool(_)
            | LiteralKind::Absent => {}
        }
    }

    fn statement(&self, statement: &mut Statement) {
        match statement {
            Statement::For { binders, body } => {
                self.binders(binders);
                body.iter_mut().for_each(|statement| self.statement(statement));
            }
            Statement::Forbid(it) | Statement::Permit(it) => self.eligibility(it),
            Statement::Require { condition, span } => {
                self.expr(condition);
                self.span(span);
            }
        }
    }

    fn eligibility(&self, it: &mut Eligibility) {
        self.span(&mut it.span);
        self.binders(&mut it.binders);
        self.arguments(&mut it.arguments);
        self.option(&mut it.condition);
    }

    fn binders(&self, binders: &mut [Binder]) {
        for binder in binders {
            self.span(&mut binder.span);
            self.domain(&mut binder.domain);
            self.option(&mut binder.condition);
        }
    }

    fn domain(&self, domain: &mut Domain) {
        match domain {
            Domain::Values(values) => values.iter_mut().for_each(|value| self.expr(value)),
            Domain::Set(set) => self.expr(set),
            Domain::Input(_) | Domain::Enum(_) | Domain::Resources | Domain::Slots(_) => {}
        }
    }

    fn arguments(&self, arguments: &mut [Argument]) {
        for argument in arguments {
            if let Argument::At(value) = argument {
                self.expr(value);
            }
        }
    }

    fn expr(&self, expr: &mut Expr) {
        self.span(&mut expr.span);
        if let ExprKind::Aggregate(_, binders, _) = &mut expr.kind {
            binders.iter_mut().for_each(|binder| self.span(&mut binder.span));
        }
        children_mut(expr, &mut |part| self.expr(part));
    }
}

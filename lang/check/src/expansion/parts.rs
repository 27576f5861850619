//! The expressions of an item.

use crate::eval::binder_parts;
use crate::items::{ItemIr, Override};
use crate::policy::{
    Argument, Binder, Claim, Eligibility, Expr, Missing, RuleKind, Setting, Statement, TextPart,
};

/// Calls `visit` with every expression of an item that stands in no other.
pub(super) fn for_each_part<'e>(ir: &'e ItemIr, visit: &mut dyn FnMut(&'e Expr)) {
    match ir {
        ItemIr::Nothing
        | ItemIr::Edition(_)
        | ItemIr::Enum(_)
        | ItemIr::Input(_)
        | ItemIr::Resource(_) => {}
        ItemIr::Entity(it, _) => {
            it.fields.iter().filter_map(|field| field.default.as_ref()).for_each(visit);
        }
        ItemIr::Param(it) => {
            [&it.default, &it.least, &it.most].into_iter().flatten().for_each(visit);
        }
        ItemIr::Slots(it) => [&it.over, &it.every].into_iter().for_each(visit),
        ItemIr::Forecast(it, slots) => {
            let missing = match &it.missing {
                Missing::Assume(expr) | Missing::Last(expr) => Some(expr),
                Missing::Deny | Missing::Exclude => None,
            };
            [&slots.over, &slots.every].into_iter().chain(missing).for_each(visit);
        }
        ItemIr::Decision(it, _) => {
            binders(&it.indices, visit);
            [&it.lower, &it.upper, &it.condition].into_iter().flatten().for_each(visit);
        }
        ItemIr::Let(it, _) => {
            binders(&it.indices, visit);
            visit(&it.value);
        }
        ItemIr::Rule(it, _) => {
            if let RuleKind::Sla(promise) = &it.kind {
                [&promise.share, &promise.of].into_iter().for_each(&mut *visit);
            }
            it.soft.iter().for_each(|soft| visit(&soft.price));
            for part in &it.because {
                if let TextPart::Hole(hole) = part {
                    visit(hole);
                }
            }
            statements(&it.body, visit);
        }
        ItemIr::Override(Override::Tighten(it), _) => statements(&it.body, visit),
        ItemIr::Override(Override::Loosen { soft, .. }, _) => visit(&soft.price),
        ItemIr::Budget(it, _, band) => {
            let soft = band.iter().flat_map(|band| &band.rule.soft).map(|soft| &soft.price);
            let all = [&it.value, &it.limit].into_iter().chain(&it.alerts).chain(&it.band);
            all.chain(soft).for_each(visit);
        }
        ItemIr::Priority(it) => {
            let graces = it.preemption.iter().flat_map(|it| it.grace.iter().flatten());
            [&it.by].into_iter().chain(&it.weights).chain(graces).for_each(visit);
        }
        ItemIr::Fairness(it) => {
            binders(&it.indices, visit);
            let tiers = it.tiers.iter().flat_map(|tier| tier.weight.iter().chain([&tier.key]));
            tiers.chain([&it.amount]).chain(it.sought.parts()).for_each(visit);
        }
        ItemIr::Levels(levels) => {
            for level in levels {
                visit(&level.value);
                level.slack.iter().for_each(|(slack, _)| visit(slack));
            }
        }
        ItemIr::Report(it) => {
            visit(&it.value);
            it.by.iter().for_each(|group| visit(&group.key));
        }
        ItemIr::Test(it, _) => {
            for given in &it.givens {
                if let Setting::Param(_, value) = &given.setting {
                    visit(value);
                }
            }
            for expectation in &it.expectations {
                if let Claim::Holds { condition, .. } = &expectation.claim {
                    visit(condition);
                }
            }
        }
    }
}

fn statements<'e>(body: &'e [Statement], visit: &mut dyn FnMut(&'e Expr)) {
    for statement in body {
        match statement {
            Statement::For { binders: over, body } => {
                binders(over, visit);
                statements(body, visit);
            }
            Statement::Forbid(it) | Statement::Permit(it) => eligibility(it, visit),
            Statement::Require { condition, .. } => visit(condition),
        }
    }
}

fn eligibility<'e>(it: &'e Eligibility, visit: &mut dyn FnMut(&'e Expr)) {
    binders(&it.binders, visit);
    for argument in &it.arguments {
        if let Argument::At(value) = argument {
            visit(value);
        }
    }
    it.condition.iter().for_each(visit);
}

fn binders<'e>(binders: &'e [Binder], visit: &mut dyn FnMut(&'e Expr)) {
    binders.iter().for_each(|binder| binder_parts(binder, visit));
}

//! `gold = 1000 preempts batch grace 5 min`: who may be taken away in favour of whom.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ItemKind, Name};

use super::ranges::Interval;
use crate::check::Checker;
use crate::db::parsed;
use crate::policy::{Domain, EntityId, EnumId, Expr, Preemption, Type};
use crate::signature::Signature;
use crate::types::second;

impl Checker<'_> {
    /// What the cases of a priority say of preemption; nothing where none says anything.
    pub(super) fn preemption(
        &mut self,
        it: &ast::Priority,
        (entity, classes): (EntityId, EnumId),
        weights: &[Expr],
    ) -> Option<Preemption> {
        let values = self.enum_values(classes);
        let position = |name: &Name| values.iter().position(|value| *value == name.text);
        let mut preemption = Preemption {
            preempts: vec![Vec::new(); values.len()],
            grace: vec![None; values.len()],
        };
        for case in &it.cases {
            self.distinct(&case.preempts, "value");
            let by = position(&case.value);
            for preempted in &case.preempts {
                let Some(of) = position(preempted) else {
                    self.name_of_enum(preempted, classes);
                    continue;
                };
                let Some(by) = by else { continue };
                self.weighs_more(case, preempted, (&weights[by], &weights[of]));
                preemption.preempts[by].push(of as u32);
            }
            let grace = case.grace.as_ref().map(|grace| self.grace(case, grace));
            if let (Some(by), Some(grace)) = (by, grace) {
                preemption.grace[by] = Some(grace);
            }
        }
        for preempted in &mut preemption.preempts {
            preempted.sort_unstable();
            preempted.dedup();
        }
        let first = it.cases.iter().find_map(|case| case.preempts.first())?;
        self.is_placed_whole(entity, first);
        Some(preemption)
    }

    /// Requires that what preempts weighs more than what it preempts, whatever parameters are set to.
    fn weighs_more(&mut self, case: &ast::PriorityCase, preempted: &Name, weights: (&Expr, &Expr)) {
        let (by, of) = weights;
        if by.ty == Type::Unknown || of.ty == Type::Unknown {
            return;
        }
        let (more, less) = (self.interval(by), self.interval(of));
        let (value, other) = (&case.value.text, &preempted.text);
        let known = more.zip(less);
        if known.is_some_and(|(more, less)| more.least > less.greatest) {
            return;
        }
        let never = known.is_some_and(|(more, less)| more.greatest <= less.least);
        let message = match never {
            true => format!("`{value}` weighs no more than `{other}`, so it cannot preempt it"),
            false => {
                format!("`{value}` may weigh no more than `{other}`, and then cannot preempt it")
            }
        };
        let finding = Diagnostic::error("preemption-form", message)
            .at(self.span(preempted.range), "nobody makes way for an equal")
            .because_of(by.span, "its weight")
            .because_of(of.span, format!("the weight of `{other}`"));
        self.report(match never {
            true => finding,
            false => finding
                .help("give weights as numbers, or each parameter in them a range that says so"),
        });
    }

    /// How long those that are preempted may take to end.
    fn grace(&mut self, case: &ast::PriorityCase, grace: &ast::Expr) -> Expr {
        let checked = self.expr(grace, None);
        self.require_ground(&checked, "a grace");
        self.require_settled(&checked, "a grace");
        let is_duration = self.require_type(&checked, &Type::Number(second().dimension), "a grace");
        if case.preempts.is_empty() {
            let value = &case.value.text;
            let finding =
                Diagnostic::error("preemption-form", format!("`{value}` preempts nobody"))
                    .at(checked.span, "a grace for whom?")
                    .help(format!("say whom, as `{value} = … preempts batch grace 5 min`"));
            self.report(finding);
        } else if is_duration
            && let Some(Interval { least, .. }) = self.interval(&checked)
            && least < 0.0
        {
            let message = "a grace is no less than 0";
            self.report(Diagnostic::error("out-of-range", message).at(checked.span, ""));
        }
        checked
    }

    /// Requires that some decision places the rows, and that each of them does so in whole numbers.
    fn is_placed_whole(&mut self, entity: EntityId, first: &Name) {
        let mut is_placed = false;
        for item in &self.names.decisions {
            let Signature::Decision(decision) = self.signature(*item) else { continue };
            let Some(Domain::Input(input)) = decision.domains.first() else { continue };
            let placed = self.names.input_entities.get(input.index()).copied().flatten();
            let ItemKind::Place(_) = parsed(self.db, *item).item.kind else { continue };
            if placed != Some(entity) {
                continue;
            }
            is_placed = true;
            if !decision.whole {
                let message = format!(
                    "`preempts` where `{}` places any amounts cannot be compiled yet",
                    decision.name
                );
                let declared = self.declaration(*item);
                let finding = Diagnostic::error("not-implemented", message)
                    .at(self.span(first.range), "this version reads it and does no more")
                    .because_of(declared, "no `count` or `flag`")
                    .help("place whole numbers of what is preempted");
                self.report(finding);
            }
        }
        if !is_placed && !self.lacks_names() {
            let name = self.entity(entity).map(|it| it.name.clone()).unwrap_or_default();
            let message = format!("no decision places rows of `{name}`, so none is preempted");
            let finding = Diagnostic::error("preemption-form", message)
                .at(self.span(first.range), "taken from where?")
                .help("rows are preempted where a `place … onto …` has them");
            self.report(finding);
        }
    }
}

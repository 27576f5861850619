//! What keeps a policy from being planned in parts.

use apportion_check::policy::{InputId, RuleId};
use apportion_diagnostic::Diagnostic;
use apportion_world::Reference;

use super::Fleet;

/// The way out that is always there.
const WHOLE: &str = "plan it whole, without parts";

fn finding(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("no-partition", message).help(WHOLE)
}

impl Fleet<'_> {
    /// Refuses decisions that are one for all parts, facts that mean something else in a part, and what runs now
    /// and breaks a rule that parts share.
    pub(super) fn refuse(&self) -> Result<(), Diagnostic> {
        let policy = self.request.policy;
        for (columns, decision) in self.ground.decisions.iter().zip(&policy.decisions) {
            if columns.sorts.iter().all(|sort| self.dealt(*sort).is_none()) {
                let message = format!("`{}` is one decision for all parts", decision.name);
                return Err(finding(message).at(decision.span, "it is made for no row"));
            }
        }
        for input in (0..self.dealt.len()).filter(|input| self.dealt[*input]) {
            let now = self.request.settings.at();
            let id = InputId(input as u32);
            if let Some(span) = apportion_ground::joint_facts(policy, now, id) {
                let name = &policy.inputs[input].name;
                let message = format!("rows of `{name}` cannot be dealt to parts");
                let label = "this would be worth something else in a part";
                return Err(finding(message).at(span, label));
            }
        }
        let broken = self.ground.families.iter().find(|family| {
            let mut sorts = family.quantifiers.iter().map(|quantifier| quantifier.sort);
            !family.reliefs.is_empty() && sorts.all(|sort| self.dealt(sort).is_none())
        });
        match broken {
            Some(family) => {
                let rule = &policy.rules[family.rule.index()];
                let message = format!("rule `{}` is broken by what runs now", rule.name);
                Err(finding(message).at(rule.span, "parts would share how far it may be broken"))
            }
            None => Ok(()),
        }
    }

    /// Rows that all parts have refer to rows that only one has.
    pub(super) fn refers_to_dealt(&self, reference: Reference) -> Diagnostic {
        let input = |table: usize| &self.request.policy.inputs[table].name;
        let (from, to) = (input(reference.from.0), input(reference.to.0));
        let message = format!("rows of `{to}` cannot be dealt to parts");
        finding(message).note(format!("rows of `{from}`, which all parts have, refer to them"))
    }

    /// A part lacks a row that one of its rows refers to.
    pub(super) fn broken_reference(&self) -> Diagnostic {
        finding("a part lacks a row that one of its rows refers to")
    }

    /// Too much hangs together; `rules` and `fields` are what ties rows to each other.
    pub(super) fn tied(
        &self,
        parts: usize,
        blocks: usize,
        rules: &[RuleId],
        fields: &[String],
        is_by_blocks: bool,
    ) -> Diagnostic {
        let policy = self.request.policy;
        let found = match blocks {
            1 => "all rows hang together".to_owned(),
            _ => format!("rows hang together in {blocks} blocks, too few or too large"),
        };
        let mut finding = finding(format!("no {parts} parts can be made: {found}"));
        for rule in rules {
            let rule = &policy.rules[rule.index()];
            let label = format!("`{}` speaks of rows that would be in several parts", rule.name);
            finding = finding.because_of(rule.span, label);
        }
        if !fields.is_empty() {
            finding = finding.note(format!("rows refer to each other by {}", fields.join(", ")));
        }
        match is_by_blocks && rules.is_empty() {
            true => finding.help("deal rows at random: `--by random`"),
            false => finding,
        }
    }
}

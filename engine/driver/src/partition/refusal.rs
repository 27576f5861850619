//! What keeps a policy from being planned in parts.

use apportion_check::policy::{DecisionId, IfBroken, InputId, Rule, RuleId, RuleKind};
use apportion_diagnostic::Diagnostic;
use apportion_ground::{Family, Meaning};
use apportion_world::Reference;

use super::Fleet;

/// The way out that is always there.
const WHOLE: &str = "plan it whole, without parts";

fn finding(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("no-partition", message).help(WHOLE)
}

impl Fleet<'_> {
    /// Refuses decisions that are one for all parts, facts that mean something else in a part, and what a rule
    /// that parts share says of being broken now.
    pub(super) fn refuse(&self) -> Result<(), Box<Diagnostic>> {
        let policy = self.request.policy;
        // A part sees neither all that runs of a row nor all that gains at a place.
        let is_preemption = |it: &&Rule| matches!(it.kind, RuleKind::Preemption(_));
        let preemption = policy.rules.iter().filter(|rule| !rule.is_audited()).find(is_preemption);
        if let Some(rule) = preemption.filter(|_| !self.request.world.current.entries.is_empty()) {
            let message = "parts cannot share what may be taken away for what";
            let label = "what runs now may be in another part than what preempts it";
            return Err(Box::new(finding(message).at(rule.span, label)));
        }
        let decisions = self.ground.decisions.iter().zip(&policy.decisions).zip(0..);
        let stated = decisions.filter(|(_, id)| !policy.is_auxiliary(DecisionId(*id)));
        for ((columns, decision), _) in stated {
            if columns.sorts.iter().all(|sort| self.dealt(*sort).is_none()) {
                let message = format!("`{}` is one decision for all parts", decision.name);
                let finding = finding(message).at(decision.span, "it is made for no row");
                return Err(Box::new(finding));
            }
        }
        for input in (0..self.dealt.len()).filter(|input| self.dealt[*input]) {
            let now = self.request.settings.at();
            let id = InputId(input as u32);
            if let Some(span) = apportion_ground::joint_facts(policy, now, id) {
                let name = &policy.inputs[input].name;
                let message = format!("rows of `{name}` cannot be dealt to parts");
                let label = "this would be worth something else in a part";
                return Err(Box::new(finding(message).at(span, label)));
            }
        }
        let rule = |family: &Family| &policy.rules[family.rule.index()];
        let relieved = self.ground.families.iter().find(|family| {
            let mut sorts = family.quantifiers.iter().map(|quantifier| quantifier.sort);
            let is_shared = sorts.all(|sort| self.dealt(sort).is_none());
            is_shared && family.soft.is_none() && rule(family).if_broken != IfBroken::Fail
        });
        if let Some(rule) = relieved.map(rule) {
            let message = format!("parts cannot share how far rule `{}` is broken", rule.name);
            let label = "it says what holds where it is broken now";
            return Err(Box::new(finding(message).at(rule.span, label)));
        }
        match self.asking() {
            Some(rule) => {
                let message = format!("parts cannot share what rule `{}` asks for", rule.name);
                let label = "a part that has nothing of what it speaks of would break it";
                Err(Box::new(finding(message).at(rule.span, label)))
            }
            None => Ok(()),
        }
    }

    /// A rule with a condition on the whole that does not hold where there is nothing.
    fn asking(&self) -> Option<&Rule> {
        let nothing = Meaning { pieces: &self.ground.pieces, column: |_| 0.0 };
        let mut hard = self.ground.instances.iter().filter(|it| it.soft.is_none());
        let asking = hard.find(|instance| {
            let mut key = instance.key.iter();
            key.all(|(it, _)| self.dealt(it.sort).is_none()) && !nothing.holds(&instance.formula)
        });
        asking.map(|instance| &self.request.policy.rules[instance.rule.index()])
    }

    /// Rows that all parts have refer to rows that only one has.
    pub(super) fn refers_to_dealt(&self, reference: Reference) -> Box<Diagnostic> {
        let input = |table: usize| &self.request.policy.inputs[table].name;
        let (from, to) = (input(reference.from.0), input(reference.to.0));
        let message = format!("rows of `{to}` cannot be dealt to parts");
        let note = format!("rows of `{from}`, which all parts have, refer to them");
        Box::new(finding(message).note(note))
    }

    /// A part lacks a row that one of its rows refers to.
    pub(super) fn broken_reference(&self) -> Box<Diagnostic> {
        Box::new(finding("a part lacks a row that one of its rows refers to"))
    }

    /// Too much hangs together; `rules` and `others` are what ties rows to each other.
    pub(super) fn tied(
        &self,
        parts: usize,
        blocks: usize,
        rules: &[RuleId],
        others: &[String],
        is_by_blocks: bool,
    ) -> Box<Diagnostic> {
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
        for other in others {
            finding = finding.note(other);
        }
        Box::new(match is_by_blocks && rules.is_empty() {
            true => finding.help("deal rows at random: `--by random`"),
            false => finding,
        })
    }
}

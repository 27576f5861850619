//! The rules that a `priority` is enforced by.

use apportion_units::Dimension;
use smol_str::{SmolStr, format_smolstr};

use super::overrides::unlike;
use crate::policy::{
    Binder, Decision, DecisionId, Domain, EnumId, Eviction, Expr, ExprKind, IfBroken, Policy,
    Priority, PriorityId, Rollout, Rule, RuleKind, Stage, Type, VarId,
};

/// Adds a rule for each decision that places rows of which a `priority` says who preempts whom, and the decision that
/// stands for what the rule says. These come last, so that the author's keep their numbers.
pub(super) fn add(policy: &mut Policy) {
    let mut added = Vec::new();
    for (number, priority) in policy.priorities.iter().enumerate() {
        let Type::Enum(classes) = priority.by.ty else { continue };
        if priority.preemption.is_none() {
            continue;
        }
        let decisions = policy.decisions.iter().enumerate();
        let placed = decisions.filter(|(_, decision)| places(policy, priority, decision));
        added.extend(placed.map(|(decision, _)| (number, DecisionId(decision as u32), classes)));
    }
    for (number, decision, classes) in added {
        let span = policy.priorities[number].span;
        let gains = gains(policy, number, decision, classes);
        let rule = Eviction {
            priority: PriorityId(number as u32),
            decision,
            gains: DecisionId(policy.decisions.len() as u32),
        };
        policy.decisions.push(gains);
        let is_taken = |name: &str| policy.rules.iter().any(|rule| rule.name == name);
        policy.rules.push(Rule {
            name: unlike(is_taken, &SmolStr::new_static("preemption")),
            kind: RuleKind::Preemption(rule),
            soft: None,
            if_broken: IfBroken::Fail,
            rollout: Rollout::Enforce,
            because: Vec::new(),
            body: Vec::new(),
            frame: 0,
            span,
        });
    }
}

/// Whether a decision places rows of a priority in whole numbers.
fn places(policy: &Policy, priority: &Priority, decision: &Decision) -> bool {
    let Some(Domain::Input(input)) = decision.indices.first().map(|index| &index.domain) else {
        return false;
    };
    let rows = policy.inputs.get(input.index());
    decision.is_place && decision.whole && rows.is_some_and(|it| it.entity == priority.entity)
}

fn gains(policy: &Policy, number: usize, of: DecisionId, classes: EnumId) -> Decision {
    let (placing, span) = (&policy.decisions[of.index()], policy.priorities[number].span);
    let places = placing.indices[1].clone();
    let name = SmolStr::new_static("class");
    let one = Expr {
        kind: ExprKind::Number(1.0),
        ty: Type::Number(Dimension::PLAIN),
        stage: Stage::Ground,
        span,
    };
    Decision {
        name: format_smolstr!("{}.gains", placing.name),
        is_place: false,
        indices: vec![
            Binder { var: VarId(0), condition: None, ..places },
            Binder { var: VarId(1), name, domain: Domain::Enum(classes), condition: None, span },
        ],
        dimension: Dimension::PLAIN,
        whole: true,
        lower: None,
        upper: Some(one),
        condition: None,
        frame: 2,
        unit: None,
        span,
    }
}

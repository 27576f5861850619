//! What runs now and is not left where it is: of each tuple, what runs less what it has, at least 0.

use apportion_check::eval::walk;
use apportion_check::policy::{DecisionId, Expr, ExprKind, Policy, Statement};
use apportion_facts::DecisionValues;

use crate::state::{Indexed, State};

/// The decisions whose moves any item counts; `let`s are in place.
pub(crate) fn counted(policy: &Policy) -> Vec<DecisionId> {
    let mut decisions = Vec::new();
    let mut look = |expr: &Expr| {
        walk(expr, &mut |part| match part.kind {
            ExprKind::Moves(id, _) if !decisions.contains(&id) => decisions.push(id),
            _ => {}
        });
    };
    policy.rules.iter().for_each(|rule| in_statements(&rule.body, &mut look));
    policy.budgets.iter().for_each(|budget| look(&budget.value));
    policy.levels.iter().for_each(|level| look(&level.value));
    policy.reports.iter().for_each(|report| look(&report.value));
    decisions
}

fn in_statements(statements: &[Statement], look: &mut dyn FnMut(&Expr)) {
    for statement in statements {
        match statement {
            Statement::For { body, .. } => in_statements(body, look),
            Statement::Require { condition, .. } => look(condition),
            Statement::Forbid(_) | Statement::Permit(_) => {}
        }
    }
}

impl State {
    /// The same, with what some decisions do not leave of what runs `now`.
    pub(crate) fn beside(mut self, now: &State, counted: &[DecisionId]) -> State {
        for decision in counted {
            let (Some(running), Some(kept)) = (now.of(*decision), self.of(*decision)) else {
                continue;
            };
            let moved = running.values.iter().filter(|(_, runs)| *runs > 0.0).map(|(at, runs)| {
                let stays = kept.values.get(at);
                (at.to_vec(), (runs - stays).max(0.0))
            });
            let moved = DecisionValues::from_entries(running.values.arity(), moved);
            self.moves.insert(*decision, Indexed::new(moved));
        }
        self
    }

    fn of(&self, decision: DecisionId) -> Option<&Indexed> {
        self.decisions.get(decision.index())
    }
}

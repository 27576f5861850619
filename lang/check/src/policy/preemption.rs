//! Who may be taken away in favour of whom.

use super::{DecisionId, Expr, Policy, PriorityId, RuleKind};

/// What a `priority` says of preemption. It is enforced through rules of kind [`RuleKind::Preemption`], one for each
/// decision of whole numbers that places the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Preemption {
    /// By value of the enum: the values that it preempts, each of less weight, ascending.
    pub preempts: Vec<Vec<u32>>,
    /// By value of the enum: how long it lets those end whose place it takes, a ground duration; absent: not at all.
    pub grace: Vec<Option<Expr>>,
}

impl Preemption {
    /// Whether something preempts a value.
    pub fn is_preempted(&self, value: u32) -> bool {
        self.preempts.iter().any(|preempted| preempted.contains(&value))
    }
}

/// What a rule of kind [`RuleKind::Preemption`] is about.
///
/// Of each row that the decision places, with `r` what runs of it now and `x` what the plan has, place by place:
///
/// ```text
/// sum(p: r[p]) - sum(p: x[p])  <=  sum(p where something that preempts the row gains at p: r[p])
/// ```
///
/// Rows that preempt it gain at a place where all of them together have more there than now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// Who preempts whom.
    pub priority: PriorityId,
    /// The decision that places rows: what its second index runs over are the places.
    pub decision: DecisionId,
    /// A flag for each place and class: whether what preempts the class gains there. Nobody asked for it, so that no
    /// plan shows it.
    pub gains: DecisionId,
}

impl Policy {
    /// Whether a decision stands for what a rule says, and is nothing that anybody decides.
    pub fn is_auxiliary(&self, decision: DecisionId) -> bool {
        self.rules
            .iter()
            .any(|rule| matches!(&rule.kind, RuleKind::Preemption(it) if it.gains == decision))
    }
}

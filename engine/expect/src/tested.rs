//! What became of a test.

use apportion_diagnostic::{Diagnostic, Span};

use crate::snapshot::Snapshot;

/// One test's result.
#[derive(Clone, Debug)]
pub struct Tested {
    /// Its sentence.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// How it ended.
    pub outcome: Outcome,
    /// What failed, or why there is no result.
    pub findings: Vec<Diagnostic>,
    /// Its plan, where it keeps it and there was a result.
    pub snapshot: Option<Snapshot>,
    /// What each rule of the policy did in it, in the policy's order.
    pub rules: Vec<RuleUse>,
    /// Wall-clock seconds that it took.
    pub seconds: f64,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that it expects is so.
    Passed,
    /// Something that it expects is not so.
    Failed,
    /// There was nothing to judge: facts that cannot be used, a key that no row has.
    Broken,
    /// It was ended before there was a result.
    Stopped,
}

/// What a rule did in a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleUse {
    /// How often it was judged on the plan.
    pub instances: u64,
    /// How often it held with nothing to spare, shut something out, or was broken at its price.
    pub binding: u64,
    /// Of how many expectations it was proven to be the reason.
    pub reasons: u64,
}

impl RuleUse {
    /// Whether the plan would have been free to be another without the rule.
    pub fn binds(&self) -> bool {
        self.binding > 0 || self.reasons > 0
    }
}

impl std::ops::AddAssign for RuleUse {
    fn add_assign(&mut self, other: RuleUse) {
        self.instances += other.instances;
        self.binding += other.binding;
        self.reasons += other.reasons;
    }
}

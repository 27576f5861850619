//! Changes of imported rules.

use apportion_diagnostic::Span;

use super::{Policy, RuleId, Soft};

/// A change of an imported rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The rule that is changed.
    pub rule: RuleId,
    /// How.
    pub change: Change,
    /// When it ends, seconds since 1970-01-01T00:00Z; absent: never.
    pub until: Option<f64>,
    /// Its file and line: `policy/main.alloc:9`.
    pub place: String,
    /// The item.
    pub span: Span,
}

/// How a rule is changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Another rule holds beside it.
    Tighten(RuleId),
    /// It may be broken at a price.
    Loosen {
        /// The price.
        soft: Soft,
        /// Slots of the frame that the price is evaluated in.
        frame: usize,
    },
}

impl Override {
    /// Whether it applies to a plan for a point in time, in seconds since 1970-01-01T00:00Z.
    pub fn is_in_force(&self, at: f64) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

impl Policy {
    /// The policy of a point in time, in seconds since 1970-01-01T00:00Z: its rules are as loose as is in force then.
    pub fn loosened(mut self, at: f64) -> Policy {
        for it in self.overrides.iter().filter(|it| it.is_in_force(at)) {
            if let (Change::Loosen { soft, frame }, Some(rule)) =
                (&it.change, self.rules.get_mut(it.rule.index()))
            {
                rule.soft = Some(soft.clone());
                rule.frame = rule.frame.max(*frame);
            }
        }
        self
    }
}

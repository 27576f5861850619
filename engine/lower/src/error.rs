//! Why a policy has no model.

use apportion_check::policy::{DecisionId, LevelId, RuleId};
use apportion_diagnostic::{Diagnostic, Span};

use crate::Naming;

/// One thing that stands in the way of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct LowerError {
    /// What is wrong.
    pub kind: LowerErrorKind,
    /// The rule that it was found in; none in an objective.
    pub rule: Option<RuleId>,
    /// The statement.
    pub span: Option<Span>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LowerErrorKind {
    /// A condition needs to know how great an amount can be, and a decision in it has no bound.
    BoundMissing {
        /// The decision.
        decision: DecisionId,
        /// Where it is named.
        at: Span,
    },
    /// Amounts in a condition are so far apart that the smallest would be lost.
    BigMTooLarge {
        /// The greatest amount that the condition compares, in its base unit.
        greatest: f64,
        /// The least amount that matters, in the same unit.
        least: f64,
    },
    /// A level is the better the more its rules are broken.
    PenaltiesRewarded {
        /// The level.
        level: LevelId,
    },
    /// A level is the better the more bins it counts.
    BinsRewarded {
        /// The level.
        level: LevelId,
    },
    /// A row has more bins than can be told apart.
    TooManyBins {
        /// How many.
        bins: f64,
    },
    /// More unknowns or rows than any solver takes.
    TooLarge,
}

impl LowerError {
    pub(crate) fn too_large() -> LowerError {
        LowerError { kind: LowerErrorKind::TooLarge, rule: None, span: None }
    }

    /// The finding as it is shown.
    pub fn diagnostic(&self, naming: &dyn Naming) -> Diagnostic {
        let place = match self.rule {
            Some(rule) => format!("rule `{}`", naming.rule(rule)),
            None => String::from("the objective"),
        };
        let diagnostic = match &self.kind {
            LowerErrorKind::BoundMissing { decision, at } => {
                let name = naming.decision(*decision);
                let message = format!("a condition in {place} needs a greatest value of `{name}`");
                Diagnostic::error("bound-missing", message)
                    .at(*at, "nothing says how great this can be")
                    .help(format!(
                        "state a bound where `{name}` is declared, or limit it by a rule"
                    ))
            }
            LowerErrorKind::BigMTooLarge { greatest, least } => {
                let message = format!("a condition in {place} compares amounts too far apart");
                Diagnostic::error("big-m-too-large", message)
                    .note(format!("amounts reach {greatest}, and {least} still matters"))
                    .help("state tighter bounds on the decisions in the condition")
            }
            LowerErrorKind::PenaltiesRewarded { level } => {
                let name = naming.level(*level);
                let message = format!("level `{name}` gains from breaking {place}");
                Diagnostic::error("penalties-rewarded", message)
                    .help("write `minimize penalties` with prices of at least 0, or subtract them from what is maximized")
            }
            LowerErrorKind::BinsRewarded { level } => {
                let name = naming.level(*level);
                let message = format!("level `{name}` is the better the more bins there are");
                Diagnostic::error("bins-rewarded", message)
                    .note("what they are multiplied by has the other sign for some row")
                    .help("leave such rows out with `where`, or write `max(…, 0)`")
            }
            LowerErrorKind::TooManyBins { bins } => {
                let message = format!("{place} has too many bins for one row: {bins}");
                Diagnostic::error("model-too-large", message)
                    .help("use larger bins, fewer sizes, or a `sum` in the place of `bins`")
            }
            LowerErrorKind::TooLarge => {
                let message = "the policy speaks of more than 2 147 483 647 tuples at once";
                Diagnostic::error("model-too-large", message)
                    .help("shut pairs out with `where` or `forbid`, or split the policy")
            }
        };
        match self.span {
            Some(span) if diagnostic.primary().is_some() => {
                diagnostic.because_of(span, "needed here")
            }
            Some(span) => diagnostic.at(span, "stated here"),
            None => diagnostic,
        }
    }
}

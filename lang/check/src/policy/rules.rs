//! Rules and their statements.

use apportion_diagnostic::Span;
use smol_str::SmolStr;

use super::{Aggregate, Argument, Binder, DecisionId, Eviction, Expr, ExprKind, LevelId};
use crate::eval::walk;

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: SmolStr,
    /// `rule`, `compliance`, `sla`, or what a budget is enforced by.
    pub kind: RuleKind,
    /// Absent: hard.
    pub soft: Option<Soft>,
    /// What holds where what runs now breaks it already.
    pub if_broken: IfBroken,
    /// How far it is rolled out: [`Rollout::Enforce`] in a text, another mode is set from outside of it.
    pub rollout: Rollout,
    /// Why, for people: evaluated with the indices of the statement that it is asked for.
    pub because: Vec<TextPart>,
    /// What it says.
    pub body: Vec<Statement>,
    /// Slots of its frame.
    pub frame: usize,
    /// The item.
    pub span: Span,
}

/// The kinds of rule that are compiled.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleKind {
    /// `rule`
    Rule,
    /// `compliance`: locked, with what it cites.
    Compliance {
        /// `GDPR Art. 44`
        cites: Option<SmolStr>,
    },
    /// `sla`: what its `forbid`s speak of may be, up to what the promise leaves. The body is these, or one `for` around
    /// them.
    Sla(Box<Promise>),
    /// A `budget` seen as a rule; the position in [`Policy::budgets`](super::Policy::budgets).
    Budget(u32),
    /// The soft band of the budget at that position.
    Band(u32),
    /// Rows are taken away only in favour of those that preempt them. It has no body.
    Preemption(Eviction),
}

/// How far a rule is rolled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Rollout {
    /// It binds nothing and costs nothing; what breaks it is counted.
    Audit,
    /// It is broken only where nothing else is possible: each unit of violation costs more than any other gain.
    Warn,
    /// As the text says.
    #[default]
    Enforce,
}

impl Rule {
    /// Whether it is broken only where nothing else is possible. A rule with a price stays at that. What runs now may
    /// have no place any more, so that preemption is kept as far as the other rules leave room for it.
    pub fn is_warned(&self) -> bool {
        let is_warned = self.rollout == Rollout::Warn || self.is_preemption();
        is_warned && self.soft.is_none() && !self.is_audited()
    }

    /// Whether it says in whose favour rows are taken away.
    pub fn is_preemption(&self) -> bool {
        matches!(self.kind, RuleKind::Preemption(_))
    }

    /// Whether it counts `bins`, which no price can be put on.
    pub fn has_bins(&self) -> bool {
        let mut has = false;
        for condition in conditions(&self.body) {
            walk(condition, &mut |part| {
                has |= matches!(part.kind, ExprKind::Aggregate(Aggregate::Bins, ..));
            });
        }
        has
    }

    /// Whether it is counted and nothing more.
    pub fn is_audited(&self) -> bool {
        self.rollout == Rollout::Audit
    }

    /// What messages and plans call it.
    pub fn title(&self) -> String {
        match self.kind {
            RuleKind::Budget(_) => format!("budget {}", self.name),
            RuleKind::Rule
            | RuleKind::Compliance { .. }
            | RuleKind::Sla(_)
            | RuleKind::Band(_)
            | RuleKind::Preemption(_) => self.name.to_string(),
        }
    }
}

/// What an `sla` promises: at most `1 - share` of `of` may be what its `forbid`s speak of.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// A ground ratio, over 0 and at most 1.
    pub share: Expr,
    /// What is counted, in the unit of the decisions that are forbidden; may read the indices of the `for`.
    pub of: Expr,
}

/// The conditions that some statements require.
fn conditions(body: &[Statement]) -> Vec<&Expr> {
    let each = body.iter().flat_map(|statement| match statement {
        Statement::For { body, .. } => conditions(body),
        Statement::Require { condition, .. } => vec![condition],
        Statement::Forbid(_) | Statement::Permit(_) => Vec::new(),
    });
    each.collect()
}

/// A price on breaking a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Soft {
    /// The level that pays.
    pub level: LevelId,
    /// Price of one base unit of violation, ground, without indices.
    pub price: Expr,
}

/// What holds where what runs now breaks a rule already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IfBroken {
    /// The rule holds all the same.
    Fail,
    /// It may be broken as much as now, not more.
    NoWorse,
    /// It is soft where it is broken now: each unit of violation costs more than any other gain.
    Soften,
}

/// A part of a text with holes.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// As it stands.
    Literal(SmolStr),
    /// A ground expression.
    Hole(Expr),
}

/// A line of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// For each tuple of the binders, in order, each may read those before it.
    For {
        /// What varies.
        binders: Vec<Binder>,
        /// What holds for each.
        body: Vec<Statement>,
    },
    /// Tuples of a decision that must be 0 where `condition` holds or cannot be evaluated.
    Forbid(Eligibility),
    /// The only tuples of a decision that need not be 0: those where the condition of some `permit`
    /// of the same rule and decision holds.
    Permit(Eligibility),
    /// A comparison or a logical combination of comparisons that must hold.
    Require {
        /// A boolean expression.
        condition: Expr,
        /// Where the statement stands.
        span: Span,
    },
}

/// A `forbid` or a `permit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Eligibility {
    /// Indices that the statement binds by itself, as `w` and `p` in `forbid x[w, p, *]`.
    pub binders: Vec<Binder>,
    /// The decision.
    pub decision: DecisionId,
    /// One argument per index of the decision.
    pub arguments: Vec<Argument>,
    /// Ground; absent: always.
    pub condition: Option<Expr>,
    /// Where the statement stands.
    pub span: Span,
}

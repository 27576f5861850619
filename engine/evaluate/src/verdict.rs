//! What the judge found.

use apportion_check::eval::EvalError;
use apportion_check::policy::{Comparison, DecisionId, FairnessId, LevelId, RuleId};
use apportion_diagnostic::Span;

/// How exact a value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// What a comparison of amounts that need not be whole may miss by, in base units, however small its
    /// sides are.
    pub absolute: f64,
    /// What it may miss by beyond that, as a share of the sum of the sizes of its terms.
    pub relative: f64,
    /// How far a whole number may be from one.
    pub integrality: f64,
}

impl Default for Tolerance {
    /// A millionth of each.
    fn default() -> Tolerance {
        Tolerance { absolute: 1e-6, relative: 1e-6, integrality: 1e-6 }
    }
}

/// What a policy says of an assignment. Lists are in the policy's order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Verdict {
    /// Every rule.
    pub rules: Vec<RuleVerdict>,
    /// Every `fairness`.
    pub fairness: Vec<FairnessVerdict>,
    /// Every level of the objective.
    pub levels: Vec<LevelVerdict>,
    /// Every budget.
    pub budgets: Vec<BudgetVerdict>,
    /// Every report.
    pub reports: Vec<ReportVerdict>,
    /// Decisions that do not keep to their own bounds or `where`.
    pub offences: Vec<Offence>,
    /// What could not be evaluated, at most 20 per item.
    pub failures: Vec<Failure>,
}

impl Verdict {
    /// Whether the assignment is a plan: every hard rule holds, every decision keeps to its bounds, and
    /// nothing that matters for it could not be evaluated.
    pub fn holds(&self) -> bool {
        self.offences.is_empty()
            && self.rules.iter().all(|rule| rule.soft || rule.audited || rule.broken == 0)
            && self.failures.iter().all(|failure| matches!(failure.item, Item::Report(_)))
    }
}

/// What became of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleVerdict {
    /// The rule.
    pub rule: RuleId,
    /// Whether it has a price instead of being enforced.
    pub soft: bool,
    /// Whether it is counted and nothing more: it makes no difference to whether the assignment is a plan.
    pub audited: bool,
    /// How often it was judged: comparisons and conditions, and tuples that a `forbid` or `permit` met.
    pub instances: u64,
    /// How many inequalities hold with nothing to spare.
    pub binding: u64,
    /// How many are broken and not excused.
    pub broken: u64,
    /// How many are broken, as what runs now breaks them too: allowed by `if broken no worse`, or
    /// softened by `if broken soften`,
    /// or the rule is rolled out to warn.
    pub excused: u64,
    /// By how much the excused are broken in all, in base units.
    pub excused_amount: f64,
    /// How many could not be evaluated: shut out by a hard `forbid`, breaches of an `sla`, skipped by a soft rule.
    pub unevaluated: u64,
    /// By how much the rule is broken in all, in base units, the excused left out.
    pub amount: f64,
    /// What that costs its level: 0 for a hard rule.
    pub penalty: f64,
    /// The first of the broken, at most 20.
    pub first_broken: Vec<Instance>,
    /// The instance that is broken most.
    pub worst: Option<Instance>,
    /// The first of the binding, at most 20.
    pub first_binding: Vec<Instance>,
    /// What an `sla` promises and reaches; absent for other rules, and where it was judged nowhere.
    pub sla: Option<SlaVerdict>,
}

/// What a service level promises and reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct SlaVerdict {
    /// The share that is promised, a ratio.
    pub promised: f64,
    /// The share that is kept: the least over the tuples that the promise is made for.
    pub reached: f64,
    /// What is counted, over all tuples, in base units.
    pub counted: f64,
    /// What should not be of it, over all tuples, in base units.
    pub breached: f64,
    /// Where the least share is kept: empty where the promise is made once.
    pub least_at: Vec<IndexValue>,
}

/// One place where a rule was judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Where: the values of the indices around the statement, or of the decision that is forbidden.
    pub at: Vec<IndexValue>,
    /// The left side in base units; of a `forbid` or `permit` the decision's value; of a condition
    /// without sides absent.
    pub left: Option<f64>,
    /// The right side in base units.
    pub right: Option<f64>,
    /// How the sides were compared.
    pub comparison: Option<Comparison>,
    /// By how much it is broken, in base units; 0 where it holds.
    pub amount: f64,
    /// The rule's `because` with its holes filled; absent where it has none or a hole has no value.
    pub because: Option<String>,
    /// The statement.
    pub span: Span,
}

/// The value of one index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexValue {
    /// The index as the author named it.
    pub name: String,
    /// The value as people know it: a row's key, an enum's word, a resource's name, a slot's number.
    pub text: String,
    /// The code that a decision knows it by; absent for texts.
    pub code: Option<u32>,
}

/// What groups have.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FairnessVerdict {
    /// By tier, the widest groups first: the shares, in the order of the groups. None where a share has no value.
    pub tiers: Vec<Vec<Share>>,
    /// By tier: the share that, given to every group, would be worth as much, in base units; empty where the least is
    /// sought. 0 where a share of 0 is worth less than anything.
    pub equal: Vec<f64>,
}

/// What one group has.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The group, as people know it.
    pub group: String,
    /// Its share, in base units.
    pub value: f64,
}

/// What a level of the objective is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelVerdict {
    /// Its value in base units, of shares the least, or the equal share that is worth as much; not a number where it could not be evaluated.
    pub value: f64,
    /// The penalties of the soft rules that name it, part of the value where it says `penalties`.
    pub penalties: f64,
}

/// What a budget holds.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetVerdict {
    /// What is spent, over the period if there is one, in the currency's base unit.
    pub spent: f64,
    /// The limit.
    pub limit: f64,
    /// Length of the period that holds the time of the plan, in seconds; 1 without a period.
    pub factor: f64,
    /// The alerts, in the author's order.
    pub alerts: Vec<Alert>,
}

/// A share of a budget at which the plan says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// The share of the limit, a ratio.
    pub share: f64,
    /// Whether as much is spent.
    pub reached: bool,
}

/// What a report shows.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReportVerdict {
    /// One row per group, ascending; one row without groups.
    pub rows: Vec<ReportRow>,
}

/// One value of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportRow {
    /// The group, one text per `by`.
    pub group: Vec<String>,
    /// The value in base units.
    pub value: f64,
}

/// A decision that does not keep to its own bounds or `where`.
#[derive(Clone, Debug, PartialEq)]
pub struct Offence {
    /// The decision.
    pub decision: DecisionId,
    /// The tuple.
    pub at: Vec<IndexValue>,
    /// Its value in base units.
    pub value: f64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with the value of a decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// There is no such tuple: an index has no such value, or `where` leaves it out.
    Outside,
    /// It is below the least value.
    Below(f64),
    /// It is above the greatest value.
    Above(f64),
    /// It is not a whole number.
    NotWhole,
    /// It is not a number.
    NotFinite,
}

/// Something that could not be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What it belongs to.
    pub item: Item,
    /// Where.
    pub at: Vec<IndexValue>,
    /// Why.
    pub error: EvalError,
}

/// A part of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A rule.
    Rule(RuleId),
    /// A decision's bounds or `where`.
    Decision(DecisionId),
    /// A budget, by its position.
    Budget(u32),
    /// A `fairness`.
    Fairness(FairnessId),
    /// A level of the objective.
    Level(LevelId),
    /// A report, by its position.
    Report(u32),
}

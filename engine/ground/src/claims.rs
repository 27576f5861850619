//! What a policy demands and seeks, before any fact: statements as claims, one comparison or condition each.

use apportion_check::policy::{
    Aggregate, Argument, Arithmetic, Binder, Comparison, DecisionId, Expr, ExprKind, Fairness,
    Function, IfBroken, LevelId, Logic, Policy, Promise, Rule, RuleId, RuleKind, Sought, Stage,
    Statement, Tier, Type, Utility,
};
use apportion_diagnostic::Span;

use crate::counted::{Counted, counted};
use crate::expand::Expander;
use crate::literals::{Clause, one};
use crate::model::Sense;
use crate::slas;

/// A whole policy as claims.
pub(crate) struct Program {
    pub(crate) decisions: Vec<Existence>,
    pub(crate) eligibilities: Vec<Eligibilities>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) aims: Vec<Aim>,
}

impl Program {
    /// Every expression of rules, and of decisions' bounds.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let existences = self.decisions.iter().flat_map(|it| {
            let bounds = [&it.condition, &it.lower, &it.upper].into_iter().flatten();
            bounds.chain(it.indices.iter().flat_map(|index| &index.condition))
        });
        let cases = self.eligibilities.iter().flat_map(|it| &it.cases).flat_map(|case| {
            let conditions = case.binders.iter().flat_map(|binder| &binder.condition);
            case.condition.iter().chain(case.arguments.iter().flatten()).chain(conditions)
        });
        let claims = self.claims.iter().flat_map(|claim| {
            let bodies = match &claim.body {
                Body::Affine(_, body) | Body::Condition(body) => vec![body],
                Body::Bins(it) => it.0.expressions().chain([&it.1]).collect(),
            };
            let conditions = claim.quantifiers.iter().flat_map(|binder| &binder.condition);
            claim.guards.iter().map(|(guard, _)| guard).chain(conditions).chain(bodies)
        });
        existences.chain(cases).chain(claims)
    }

    /// Every expression of levels.
    pub(crate) fn sought(&self) -> impl Iterator<Item = &Expr> {
        self.aims.iter().flat_map(|aim| {
            let counted = aim.counted.iter().flat_map(|it| {
                let conditions = it.quantifiers.iter().flat_map(|binder| &binder.condition);
                let guards = it.guards.iter().map(|(guard, _)| guard);
                conditions.chain(guards).chain([&it.factor]).chain(it.bins.expressions())
            });
            std::iter::once(&aim.value).chain(aim.slack.iter().map(|(it, _)| it)).chain(counted)
        })
    }
}

/// Which tuples of a decision there are, and between which bounds.
pub(crate) struct Existence {
    pub(crate) indices: Vec<Binder>,
    pub(crate) condition: Option<Expr>,
    pub(crate) lower: Option<Expr>,
    pub(crate) upper: Option<Expr>,
    pub(crate) frame: usize,
}

/// The `forbid`s, or all `permit`s, of one rule on one decision.
pub(crate) struct Eligibilities {
    pub(crate) rule: RuleId,
    pub(crate) decision: DecisionId,
    /// Whether what is described is what may be, rather than what may not be.
    pub(crate) permit: bool,
    pub(crate) cases: Vec<Case>,
    pub(crate) span: Span,
}

/// One `forbid` or `permit`.
pub(crate) struct Case {
    /// Indices around the statement and of the statement itself.
    pub(crate) binders: Vec<Binder>,
    /// One per index of the decision; absent: any.
    pub(crate) arguments: Vec<Option<Expr>>,
    pub(crate) condition: Option<Expr>,
    pub(crate) frame: usize,
}

/// A comparison or a condition, stated for each tuple of its quantifiers for which its guards hold.
pub(crate) struct Claim {
    pub(crate) rule: RuleId,
    pub(crate) span: Span,
    pub(crate) quantifiers: Vec<Binder>,
    /// Ground conditions and the value that they must have.
    pub(crate) guards: Vec<(Expr, bool)>,
    pub(crate) body: Body,
    pub(crate) frame: usize,
}

/// What a claim says.
pub(crate) enum Body {
    /// An affine expression compared with 0.
    Affine(Sense, Expr),
    /// A condition.
    Condition(Expr),
    /// Items in bins, and what these are at most.
    Bins(Box<(Bins, Expr)>),
}

/// `bins(binders: items each size in bin)`
pub(crate) struct Bins {
    pub(crate) binders: Vec<Binder>,
    pub(crate) items: Expr,
    pub(crate) size: Expr,
    pub(crate) bin: Expr,
}

impl Bins {
    fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let conditions = self.binders.iter().flat_map(|binder| &binder.condition);
        conditions.chain([&self.items, &self.size, &self.bin])
    }
}

/// A level of the objective.
pub(crate) struct Aim {
    pub(crate) level: LevelId,
    pub(crate) maximize: bool,
    /// The level's value but for bins.
    pub(crate) value: Expr,
    pub(crate) counted: Vec<Counted>,
    /// The shares that are to be fair, in place of a value.
    pub(crate) fair: Option<Fair>,
    /// The allowance and whether it is a share of the value.
    pub(crate) slack: Option<(Expr, bool)>,
    pub(crate) frame: usize,
}

/// Shares of groups, as [`apportion_check::policy::Fairness`] has them.
pub(crate) struct Fair {
    pub(crate) indices: Vec<Binder>,
    pub(crate) amount: Expr,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) utility: Option<Utility>,
    pub(crate) frame: usize,
}

/// Takes a policy apart, for a plan made at `now`: budgets count for the calendar period around it.
pub(crate) fn program(policy: &Policy, now: f64) -> Program {
    let mut program = Program {
        decisions: policy.decisions.iter().map(|decision| existence(policy, decision)).collect(),
        eligibilities: Vec::new(),
        claims: Vec::new(),
        aims: Vec::new(),
    };
    for (number, rule) in policy.rules.iter().enumerate() {
        if rule.is_audited() {
            continue;
        }
        let mut reader = RuleReader {
            policy,
            rule,
            id: RuleId(number as u32),
            quantifiers: Vec::new(),
            guards: Vec::new(),
            now,
            program: &mut program,
        };
        match &rule.kind {
            RuleKind::Budget(budget) => reader.budget(*budget as usize, None),
            RuleKind::Band(budget) => {
                let band = policy.budgets[*budget as usize].band.as_ref();
                reader.budget(*budget as usize, band);
            }
            RuleKind::Sla(promise) => reader.sla(promise),
            RuleKind::Rule | RuleKind::Compliance { .. } => reader.statements(&rule.body),
            // What it says depends on what runs now.
            RuleKind::Preemption(_) => {}
        }
    }
    for (number, level) in policy.levels.iter().enumerate() {
        let mut expander = Expander::new(policy, level.frame);
        let fair = match level.value.kind {
            ExprKind::Shares(id) => Some(fair(policy, &policy.fairness[id.index()])),
            _ => None,
        };
        let (value, counted) = counted(expander.expr(&level.value));
        let slack = level.slack.as_ref().map(|(slack, relative)| (expander.expr(slack), *relative));
        program.aims.push(Aim {
            level: LevelId(number as u32),
            maximize: level.maximize,
            value,
            counted,
            fair,
            slack,
            frame: expander.frame,
        });
    }
    program
}

fn existence(policy: &Policy, decision: &apportion_check::policy::Decision) -> Existence {
    let mut expander = Expander::new(policy, decision.frame);
    Existence {
        indices: expander.binders(&decision.indices),
        condition: decision.condition.as_ref().map(|it| expander.expr(it)),
        lower: decision.lower.as_ref().map(|it| expander.expr(it)),
        upper: decision.upper.as_ref().map(|it| expander.expr(it)),
        frame: expander.frame,
    }
}

fn fair(policy: &Policy, fairness: &Fairness) -> Fair {
    let mut expander = Expander::new(policy, fairness.frame);
    let tiers = fairness.tiers.iter().map(|tier| Tier {
        key: expander.expr(&tier.key),
        weight: tier.weight.as_ref().map(|weight| expander.expr(weight)),
    });
    let tiers = tiers.collect();
    let utility = match &fairness.sought {
        Sought::MaxMin => None,
        Sought::Worth(utility) => Some(Utility {
            alpha: expander.expr(&utility.alpha),
            floor: utility.floor.as_ref().map(|floor| expander.expr(floor)),
        }),
    };
    Fair {
        tiers,
        utility,
        indices: expander.binders(&fairness.indices),
        amount: expander.expr(&fairness.amount),
        frame: expander.frame,
    }
}

struct RuleReader<'p, 'o> {
    policy: &'p Policy,
    rule: &'p Rule,
    id: RuleId,
    /// Binders of the `for`s around, as the author wrote them.
    quantifiers: Vec<Binder>,
    guards: Vec<(Expr, bool)>,
    now: f64,
    program: &'o mut Program,
}

impl RuleReader<'_, '_> {
    fn statements(&mut self, body: &[Statement]) {
        for statement in body {
            match statement {
                Statement::For { binders, body } => {
                    let depth = self.quantifiers.len();
                    self.quantifiers.extend_from_slice(binders);
                    self.statements(body);
                    self.quantifiers.truncate(depth);
                }
                Statement::Forbid(eligibility) => self.eligibility(eligibility, false),
                Statement::Permit(eligibility) => self.eligibility(eligibility, true),
                Statement::Require { condition, span } => {
                    let mut expander = Expander::new(self.policy, self.rule.frame);
                    expander.sums_flags =
                        self.rule.if_broken == IfBroken::Fail && !self.rule.is_warned();
                    let quantifiers = expander.binders(&self.quantifiers);
                    let condition = expander.expr(condition);
                    self.require(condition, *span, quantifiers, expander.frame);
                }
            }
        }
    }

    fn eligibility(&mut self, stated: &apportion_check::policy::Eligibility, permit: bool) {
        let mut expander = Expander::new(self.policy, self.rule.frame);
        let mut binders = expander.binders(&self.quantifiers);
        binders.extend(expander.binders(&stated.binders));
        let arguments = stated.arguments.iter().map(|argument| match argument {
            Argument::At(value) => Some(expander.expr(value)),
            Argument::All => None,
        });
        let arguments = arguments.collect();
        let condition = stated.condition.as_ref().map(|it| expander.expr(it));
        let case = Case { binders, arguments, condition, frame: expander.frame };
        let known = self.program.eligibilities.iter_mut().find(|known| {
            permit && known.permit && known.rule == self.id && known.decision == stated.decision
        });
        match known {
            Some(known) => known.cases.push(case),
            None => self.program.eligibilities.push(Eligibilities {
                rule: self.id,
                decision: stated.decision,
                permit,
                cases: vec![case],
                span: stated.span,
            }),
        }
    }

    /// What an `sla` forbids is at most what its promise leaves of what is counted.
    fn sla(&mut self, promise: &Promise) {
        let (quantifiers, lines) = match &self.rule.body[..] {
            [Statement::For { binders, body }] => (&binders[..], &body[..]),
            lines => (&[][..], lines),
        };
        let mut expander = Expander::new(self.policy, self.rule.frame);
        let quantifiers = expander.binders(quantifiers);
        let excess = expander.expr(&slas::excess(lines, promise));
        self.push(
            self.rule.span,
            quantifiers,
            Body::Affine(Sense::LessEqual, excess),
            expander.frame,
        );
    }

    /// What a budget counts, over its period, is at most its limit; or by itself at most that share of it.
    fn budget(&mut self, number: usize, share: Option<&Expr>) {
        let budget = &self.policy.budgets[number];
        let mut expander = Expander::new(self.policy, budget.frame);
        let mut value = expander.expr(&budget.value);
        let mut limit = expander.expr(&budget.limit);
        let length = budget.period.map(|period| period.length_in_utc(self.now));
        match share {
            Some(share) => {
                limit = arithmetic(Arithmetic::Multiply, limit, expander.expr(share));
                limit = times(limit, 1.0 / length.unwrap_or(1.0));
            }
            None => {
                if let Some(length) = length {
                    value = times(value, length);
                }
            }
        }
        let body = Body::Affine(Sense::LessEqual, difference(value, limit));
        let frame = expander.frame;
        self.push(budget.span, Vec::new(), body, frame);
    }

    /// Splits a condition into claims as long as that keeps its meaning: a soft rule is priced per
    /// statement, so only its guards are taken apart.
    fn require(&mut self, condition: Expr, span: Span, quantifiers: Vec<Binder>, frame: usize) {
        let hard = self.rule.soft.is_none();
        let ground = |expr: &Expr| expr.stage == Stage::Ground;
        match condition.kind {
            ExprKind::Logic(Logic::And, left, right) if hard => {
                self.require(*left, span, quantifiers.clone(), frame);
                self.require(*right, span, quantifiers, frame);
            }
            ExprKind::Logic(Logic::Or, left, right) if ground(&left) => {
                self.guarded((*left, false), *right, span, quantifiers, frame);
            }
            ExprKind::Implies(premise, claim) if ground(&premise) => {
                self.guarded((*premise, true), *claim, span, quantifiers, frame);
            }
            ExprKind::If(test, then, otherwise) if ground(&test) => {
                let negated = ((*test).clone(), false);
                self.guarded((*test, true), *then, span, quantifiers.clone(), frame);
                self.guarded(negated, *otherwise, span, quantifiers, frame);
            }
            ExprKind::Aggregate(Aggregate::All, binders, body) if hard => {
                let quantifiers = [quantifiers, binders].concat();
                self.require(*body, span, quantifiers, frame);
            }
            ExprKind::Compare(comparison, left, right) => {
                self.compare(comparison, *left, *right, span, quantifiers, frame);
            }
            kind => {
                let condition = Expr { kind, ..condition };
                // What is priced or mended is measured as a whole.
                let clause = shuts_out(self.rule).then(|| Clause::of(self.policy, &condition));
                match clause.flatten() {
                    Some(Clause { worth, each }) => {
                        let body = difference(worth, one(condition.span));
                        let body = Body::Affine(Sense::GreaterEqual, body);
                        self.push(span, [quantifiers, each].concat(), body, frame);
                    }
                    None => self.push(span, quantifiers, Body::Condition(condition), frame),
                }
            }
        }
    }

    fn guarded(
        &mut self,
        guard: (Expr, bool),
        claim: Expr,
        span: Span,
        quantifiers: Vec<Binder>,
        frame: usize,
    ) {
        self.guards.push(guard);
        self.require(claim, span, quantifiers, frame);
        self.guards.pop();
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: Expr,
        right: Expr,
        span: Span,
        quantifiers: Vec<Binder>,
        frame: usize,
    ) {
        // What is priced or mended is measured as a whole.
        let apart = shuts_out(self.rule);
        let number = matches!(left.ty, Type::Number(_) | Type::Time);
        let sense = match comparison {
            Comparison::LessEqual => Some(Sense::LessEqual),
            Comparison::GreaterEqual => Some(Sense::GreaterEqual),
            Comparison::Equal => Some(Sense::Equal),
            _ => None,
        };
        let ty = Type::Bool;
        let stage = left.stage.max(right.stage);
        match (sense, left, right) {
            (Some(sense), left, right)
                if number && left.stage <= Stage::Affine && right.stage <= Stage::Affine =>
            {
                self.push(span, quantifiers, Body::Affine(sense, difference(left, right)), frame);
            }
            // The greatest is below where each is, and the least above.
            (Some(Sense::LessEqual), left, right)
                if apart && extreme(&left) == Some(Function::Max) =>
            {
                self.each(left, |part| (part, right.clone()), comparison, span, quantifiers, frame);
            }
            (Some(Sense::GreaterEqual), left, right)
                if apart && extreme(&left) == Some(Function::Min) =>
            {
                self.each(left, |part| (part, right.clone()), comparison, span, quantifiers, frame);
            }
            (Some(Sense::GreaterEqual), left, right)
                if apart && extreme(&right) == Some(Function::Max) =>
            {
                self.each(right, |part| (left.clone(), part), comparison, span, quantifiers, frame);
            }
            (Some(Sense::LessEqual), left, right)
                if apart && extreme(&right) == Some(Function::Min) =>
            {
                self.each(right, |part| (left.clone(), part), comparison, span, quantifiers, frame);
            }
            (Some(Sense::LessEqual), left, right) if is_bins(&left) => {
                self.bins(left, right, span, quantifiers, frame);
            }
            (Some(Sense::GreaterEqual), left, right) if is_bins(&right) => {
                self.bins(right, left, span, quantifiers, frame);
            }
            (_, left, right) => {
                let kind = ExprKind::Compare(comparison, Box::new(left), Box::new(right));
                let condition = Expr { kind, ty, stage, span };
                self.push(span, quantifiers, Body::Condition(condition), frame);
            }
        }
    }

    /// One comparison per part of an extreme.
    fn each(
        &mut self,
        extreme: Expr,
        sides: impl Fn(Expr) -> (Expr, Expr),
        comparison: Comparison,
        span: Span,
        quantifiers: Vec<Binder>,
        frame: usize,
    ) {
        match extreme.kind {
            ExprKind::Call(_, parts) => {
                for part in parts {
                    let (left, right) = sides(part);
                    self.compare(comparison, left, right, span, quantifiers.clone(), frame);
                }
            }
            ExprKind::Aggregate(_, binders, body) => {
                let (left, right) = sides(*body);
                let quantifiers = [quantifiers, binders].concat();
                self.compare(comparison, left, right, span, quantifiers, frame);
            }
            _ => {}
        }
    }

    /// `bins(…) <= limit`; the checker lets no other use of `bins` pass.
    fn bins(
        &mut self,
        bins: Expr,
        limit: Expr,
        span: Span,
        quantifiers: Vec<Binder>,
        frame: usize,
    ) {
        if let ExprKind::Aggregate(_, binders, body) = bins.kind
            && let ExprKind::Packed(items, size, bin) = body.kind
        {
            let bins = Bins { binders, items: *items, size: *size, bin: *bin };
            self.push(span, quantifiers, Body::Bins(Box::new((bins, limit))), frame);
        }
    }

    fn push(&mut self, span: Span, quantifiers: Vec<Binder>, body: Body, frame: usize) {
        let guards = self.guards.clone();
        self.program.claims.push(Claim { rule: self.id, span, quantifiers, guards, body, frame });
    }
}

impl Claim {
    /// Whether the claim is compiled to formulas, whose quantifiers stand for single rows.
    pub(crate) fn is_condition(&self) -> bool {
        matches!(self.body, Body::Condition(_))
    }
}

/// Whether rules of this kind shut tuples out, rather than price or relieve them.
pub(crate) fn shuts_out(rule: &Rule) -> bool {
    rule.soft.is_none() && rule.if_broken == IfBroken::Fail && !rule.is_warned()
}

fn extreme(expr: &Expr) -> Option<Function> {
    match &expr.kind {
        ExprKind::Call(function @ (Function::Max | Function::Min), _) => Some(*function),
        ExprKind::Aggregate(Aggregate::Max, ..) => Some(Function::Max),
        ExprKind::Aggregate(Aggregate::Min, ..) => Some(Function::Min),
        _ => None,
    }
}

fn is_bins(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Aggregate(Aggregate::Bins, ..))
}

pub(crate) fn difference(left: Expr, right: Expr) -> Expr {
    arithmetic(Arithmetic::Subtract, left, right)
}

pub(crate) fn arithmetic(operator: Arithmetic, left: Expr, right: Expr) -> Expr {
    let (ty, stage, span) = (left.ty.clone(), left.stage.max(right.stage), left.span);
    let kind = ExprKind::Arithmetic(operator, Box::new(left), Box::new(right));
    Expr { kind, ty, stage, span }
}

fn times(value: Expr, factor: f64) -> Expr {
    let (ty, span) = (value.ty.clone(), value.span);
    let factor = Expr { kind: ExprKind::Number(factor), ty, stage: Stage::Ground, span };
    arithmetic(Arithmetic::Multiply, value, factor)
}

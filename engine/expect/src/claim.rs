//! What a test expects, read on its plan by the reference evaluator.
//!
//! Each part of an expectation that must hold by itself becomes a rule of its own beside the policy's, so that the judge
//! says of it what it says of any rule: whether it holds, where it does not, and what its sides are worth.

use apportion_check::policy::{
    Aggregate, Binder, Claim, Comparison, Domain, Expectation, Expr, ExprKind, IfBroken, Logic,
    Policy, Rollout, Rule, RuleId, RuleKind, Statement, Test, Type,
};
use apportion_check::unit_for;
use apportion_diagnostic::{Diagnostic, nearest};
use apportion_driver::Planned;
use apportion_evaluate::{Instance, Item, Tolerance, Verdict, judge};
use apportion_facts::WorldFacts;
use apportion_plan::{Plan, Status};
use apportion_units::{Unit, amount, format_number};

use crate::placed::placed;
use crate::run::Trial;
use crate::tested::RuleUse;

/// Digits of a side that are shown.
const DIGITS: usize = 6;

/// What the judge says of a test's plan.
pub(crate) struct Judgement {
    /// What does not hold, or cannot be judged.
    pub(crate) findings: Vec<Diagnostic>,
    /// Whether something cannot be judged.
    pub(crate) broken: bool,
    /// Whether each expectation holds, its reasons left aside.
    pub(crate) hold: Vec<bool>,
    /// What each rule of the policy does in the plan.
    pub(crate) rules: Vec<RuleUse>,
}

/// A part of an expectation that must hold by itself.
struct Part<'t> {
    expectation: usize,
    condition: &'t Expr,
}

pub(crate) fn judge_claims(trial: &Trial<'_>, test: &Test, planned: &Planned) -> Judgement {
    let policy = &trial.facts.policy;
    let mut judgement = Judgement {
        findings: unknown_rows(trial, test),
        broken: false,
        hold: vec![true; test.expectations.len()],
        rules: vec![RuleUse::default(); policy.rules.len()],
    };
    if !judgement.findings.is_empty() {
        judgement.broken = true;
        return judgement;
    }
    let Some(assignment) = &planned.assignment else {
        for (expectation, hold) in test.expectations.iter().zip(&mut judgement.hold) {
            *hold = match expectation.claim {
                Claim::Infeasible => planned.plan.status == Status::Infeasible,
                // That there is no plan may be what was kept.
                Claim::Snapshot => true,
                Claim::Holds { .. } => false,
            };
            if !*hold {
                judgement.findings.push(without_plan(expectation, planned.plan.status));
            }
        }
        return judgement;
    };
    let parts = parts(test);
    let asked = with_parts(policy, test, &parts);
    let facts = WorldFacts::new(&asked, &trial.facts.world, &trial.facts.settings);
    let verdict = judge(&asked, &facts, assignment, &Tolerance::default());
    judgement.rules = uses(policy, &planned.plan, &verdict);
    for (expectation, hold) in test.expectations.iter().zip(&mut judgement.hold) {
        if expectation.claim == Claim::Infeasible {
            *hold = false;
            let message = "there is a plan, and none was expected";
            let finding = Diagnostic::error("expectation-failed", message)
                .at(expectation.span, "every rule can be obeyed");
            judgement.findings.push(placed(trial, &planned.plan, None, finding));
        }
    }
    for (part, number) in parts.iter().zip(policy.rules.len()..) {
        let expectation = &test.expectations[part.expectation];
        let rule = RuleId(number as u32);
        if let Some(failure) = verdict.failures.iter().find(|it| it.item == Item::Rule(rule)) {
            let finding = Diagnostic::error("no-value", "an expectation cannot be worked out")
                .at(expectation.span, failure.error.describe(policy));
            judgement.findings.push(finding);
            judgement.broken = true;
        } else if let Some(broken) = verdict.rules[number].first_broken.first() {
            judgement.hold[part.expectation] = false;
            let finding = failed(trial, part.condition, broken);
            judgement.findings.push(placed(trial, &planned.plan, Some(expectation), finding));
        }
    }
    judgement
}

fn without_plan(expectation: &Expectation, status: Status) -> Diagnostic {
    let (message, text) = match status {
        Status::Unbounded => (
            "there is no best plan, so that nothing can be expected of one",
            "a level of the objective can be as good as one likes",
        ),
        _ => (
            "there is no plan, so that nothing can be expected of one",
            "no placement obeys every rule; that is proven",
        ),
    };
    Diagnostic::error("expectation-failed", message).at(expectation.span, text)
}

/// Rows that a test names and the facts do not have.
fn unknown_rows(trial: &Trial<'_>, test: &Test) -> Vec<Diagnostic> {
    let rows = test.expectations.iter().flat_map(|expectation| match &expectation.claim {
        Claim::Holds { rows, .. } => rows.as_slice(),
        Claim::Infeasible | Claim::Snapshot => &[],
    });
    rows.filter_map(|row| unknown_row(trial, row)).collect()
}

fn unknown_row(trial: &Trial<'_>, row: &Binder) -> Option<Diagnostic> {
    let Domain::Input(input) = row.domain else { return None };
    let world = &trial.facts.world;
    if world.row(input.index(), &row.name).is_some() {
        return None;
    }
    let name = &trial.facts.policy.inputs[input.index()].name;
    let count = world.tables[input.index()].keys.len() as u32;
    let keys: Vec<&str> = (0..count).map(|number| world.key(input.index(), number)).collect();
    let message = format!("`{name}` has no row \"{}\" in this test", row.name);
    let near = nearest(&row.name, keys.iter().copied());
    let label = near.map_or(String::new(), |near| format!("did you mean \"{near}\"?"));
    let finding = Diagnostic::error("unknown-name", message).at(row.span, label);
    let shown: Vec<&str> = keys.iter().copied().take(8).collect();
    Some(match shown.is_empty() {
        true => finding.note("it has no rows"),
        false if shown.len() < keys.len() => finding.note(format!(
            "rows: {}, and {} more",
            shown.join(", "),
            keys.len() - shown.len()
        )),
        false => finding.note(format!("rows: {}", shown.join(", "))),
    })
}

/// The parts of all expectations, in order.
fn parts(test: &Test) -> Vec<Part<'_>> {
    let claims = test.expectations.iter().map(|it| it.claim.parts()).enumerate();
    let parts = claims.flat_map(|(expectation, conditions)| {
        conditions.into_iter().map(move |condition| Part { expectation, condition })
    });
    parts.collect()
}

/// The policy with a rule for each part.
fn with_parts(policy: &Policy, test: &Test, parts: &[Part<'_>]) -> Policy {
    let mut policy = policy.clone();
    policy.rules.extend(parts.iter().filter_map(|part| {
        rule_of(&test.expectations[part.expectation].claim, part.condition.clone())
    }));
    policy
}

/// A rule that says `condition` of the rows that a claim names.
pub(crate) fn rule_of(claim: &Claim, condition: Expr) -> Option<Rule> {
    let Claim::Holds { rows, frame, .. } = claim else { return None };
    let span = condition.span;
    let require = Statement::Require { condition, span };
    Some(Rule {
        name: "expect".into(),
        kind: RuleKind::Rule,
        soft: None,
        if_broken: IfBroken::Fail,
        rollout: Rollout::Enforce,
        because: Vec::new(),
        body: vec![Statement::For { binders: rows.clone(), body: vec![require] }],
        frame: *frame,
        span,
    })
}

/// A part that does not hold, with what its sides are worth.
fn failed(trial: &Trial<'_>, condition: &Expr, broken: &Instance) -> Diagnostic {
    let message = match trial.source_of(condition.span) {
        Some(text) => format!("`{text}` does not hold"),
        None => "this does not hold".to_owned(),
    };
    let sides = sides(condition);
    let unit = sides.and_then(|(left, right)| {
        declared_unit(&trial.facts.policy, left)
            .or_else(|| declared_unit(&trial.facts.policy, right))
    });
    let mut label = match (broken.left, broken.right) {
        (Some(left), Some(right)) => format!(
            "{} {} {}",
            shown(left, unit.as_ref()),
            against(broken.comparison),
            shown(right, unit.as_ref())
        ),
        _ => "it is false".to_owned(),
    };
    // The rows that the expectation names are in its text already.
    let at = broken.at.iter().filter(|index| index.name != index.text);
    let at: Vec<String> = at.map(|index| format!("{} = {}", index.name, index.text)).collect();
    if !at.is_empty() {
        label.push_str(&format!(" where {}", at.join(", ")));
    }
    Diagnostic::error("expectation-failed", message).at(condition.span, label)
}

fn against(comparison: Option<Comparison>) -> &'static str {
    match comparison {
        Some(Comparison::Equal) => "is not",
        Some(Comparison::NotEqual) => "is",
        Some(Comparison::Less | Comparison::LessEqual) => "is more than",
        Some(Comparison::Greater | Comparison::GreaterEqual) => "is less than",
        None => "against",
    }
}

fn shown(value: f64, unit: Option<&Unit>) -> String {
    match unit {
        Some(unit) => amount(unit.value_from_base(value), &unit.name, DIGITS),
        None => format_number(value, DIGITS),
    }
}

/// The sides of the comparison that a condition comes down to.
fn sides(condition: &Expr) -> Option<(&Expr, &Expr)> {
    match &condition.kind {
        ExprKind::Compare(_, left, right) => Some((left, right)),
        ExprKind::Aggregate(Aggregate::All, _, body) => sides(body),
        ExprKind::Implies(_, conclusion) => sides(conclusion),
        _ => None,
    }
}

/// The unit that an amount was declared with, or people would use.
fn declared_unit(policy: &Policy, expr: &Expr) -> Option<Unit> {
    let Type::Number(dimension) = &expr.ty else { return None };
    let declared = match &expr.kind {
        ExprKind::Let(id, _) => policy.lets[id.index()].unit.clone(),
        ExprKind::Decision(id, _) => policy.decisions[id.index()].unit.clone(),
        _ => None,
    };
    declared.or_else(|| unit_for(*dimension))
}

/// What each rule of the policy does in a plan.
fn uses(policy: &Policy, plan: &Plan, verdict: &Verdict) -> Vec<RuleUse> {
    let rules = policy.rules.iter().zip(&verdict.rules);
    let uses = rules.map(|(rule, judged)| {
        let shut_out = plan.rules.get(&rule.title()).map_or(0, |summary| summary.shut_out);
        // An equation leaves no room wherever it is judged.
        let met = match has_equation(&rule.body) {
            true => judged.instances,
            false => judged.binding + judged.broken + judged.excused,
        };
        let binding = met + shut_out;
        RuleUse { instances: judged.instances + shut_out, binding, reasons: 0 }
    });
    uses.collect()
}

fn has_equation(body: &[Statement]) -> bool {
    body.iter().any(|statement| match statement {
        Statement::For { body, .. } => has_equation(body),
        Statement::Require { condition, .. } => is_equation(condition),
        Statement::Forbid(_) | Statement::Permit(_) => false,
    })
}

fn is_equation(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Compare(Comparison::Equal, ..) => true,
        ExprKind::Aggregate(Aggregate::All, _, body) => is_equation(body),
        ExprKind::Implies(_, conclusion) => is_equation(conclusion),
        ExprKind::Logic(Logic::And, left, right) => is_equation(left) || is_equation(right),
        _ => false,
    }
}

//! What was placed that an expectation reads, in a few lines.

use std::collections::BTreeSet;

use apportion_check::eval::walk;
use apportion_check::policy::{
    Claim, Decision, DecisionId, Domain, Expectation, Expr, ExprKind, LetId, Policy,
};
use apportion_diagnostic::Diagnostic;
use apportion_plan::{DecisionEntry, Plan};
use apportion_units::{amount, counted, format_number};

use crate::run::Trial;

/// How many placements are shown.
const SHOWN: usize = 6;
/// Digits of an amount.
const DIGITS: usize = 6;

/// Adds to a finding what was placed that the expectation reads; all decisions where there is none.
pub(crate) fn placed(
    trial: &Trial<'_>,
    plan: &Plan,
    expectation: Option<&Expectation>,
    finding: Diagnostic,
) -> Diagnostic {
    let policy = &trial.facts.policy;
    let claim = expectation.and_then(|it| match &it.claim {
        Claim::Holds { rows, condition, .. } => Some((rows, condition)),
        Claim::Infeasible | Claim::Snapshot => None,
    });
    let read = match claim {
        Some((_, condition)) => decisions(policy, condition),
        None => (0..policy.decisions.len()).map(|number| DecisionId(number as u32)).collect(),
    };
    let keys: Vec<&str> =
        claim.into_iter().flat_map(|(rows, _)| rows).map(|row| row.name.as_str()).collect();
    let mut lines = Vec::new();
    for id in read {
        let decision = &policy.decisions[id.index()];
        let entries = plan.decisions.get(decision.name.as_str()).into_iter().flatten();
        for it in entries.filter(|it| it.value != 0.0) {
            if !keys.is_empty() && !it.at.iter().any(|word| keys.contains(&word.as_str())) {
                continue;
            }
            lines.push(entry(decision, it));
        }
    }
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("and {}", counted(more, "other", "others")));
    }
    match lines.is_empty() {
        true => finding.note("nothing is placed there"),
        false => finding.note(format!("the plan has {}", lines.join(", "))),
    }
}

/// One tuple of a decision, written as a test would: `x["pay", "eu-1", spot] = 2`.
pub(crate) fn entry(decision: &Decision, entry: &DecisionEntry) -> String {
    let words = decision.indices.iter().zip(&entry.at);
    let at: Vec<String> = words.map(|(index, word)| quoted(&index.domain, word)).collect();
    let at = if at.is_empty() { String::new() } else { format!("[{}]", at.join(", ")) };
    let value = match decision.unit.as_ref().filter(|unit| !unit.name.is_empty()) {
        Some(unit) => amount(entry.value, &unit.name, DIGITS),
        None => format_number(entry.value, DIGITS),
    };
    format!("{}{at} = {value}", decision.name)
}

/// Keys in quotes, words of the policy without.
fn quoted(domain: &Domain, word: &str) -> String {
    match domain {
        Domain::Enum(_) | Domain::Resources | Domain::Slots(_) => word.to_owned(),
        Domain::Input(_) | Domain::Values(_) | Domain::Set(_) => format!("\"{word}\""),
    }
}

/// The decisions that an expression reads, straight or through `let`s.
fn decisions(policy: &Policy, expr: &Expr) -> BTreeSet<DecisionId> {
    let mut found = BTreeSet::new();
    let mut followed: BTreeSet<LetId> = BTreeSet::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        walk(expr, &mut |part| match &part.kind {
            ExprKind::Decision(id, _) => drop(found.insert(*id)),
            ExprKind::Let(id, _) if followed.insert(*id) => {
                open.push(&policy.lets[id.index()].value);
            }
            _ => {}
        });
    }
    found
}

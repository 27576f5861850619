//! A plan as the text that is kept of it: a line for everything that was decided or follows from it, so that another plan
//! is other lines.
//!
//! What may differ between runs and versions while the plan is the same is left out: times, hashes, the solver, the
//! problem's size, bounds that were proven, lines of the policy. Amounts have six digits, which are fewer than a solver's
//! arithmetic keeps. Lines are not aligned, as one longer name would change them all.

use std::collections::BTreeSet;
use std::fmt::Write;

use apportion_check::policy::Policy;
use apportion_plan::{OverrideChange, Plan, RuleSummary, Sla, Status, percent};
use apportion_units::{amount, counted, format_number};

use crate::placed::entry;

/// How every text begins: what begins otherwise was kept by another program.
pub const BEGINNING: &str = "test \"";

/// Digits of an amount.
const DIGITS: usize = 6;

/// The text of a plan over the facts of the test with this sentence; ends in a newline.
pub(crate) fn text(sentence: &str, policy: &Policy, plan: &Plan) -> String {
    let sections = [
        vec![format!("{BEGINNING}{sentence}\""), format!("plan: {}", proof(plan.status))],
        levels(plan),
        decisions(policy, plan),
        refused(plan),
        metrics(plan),
        budgets(plan),
        plan.slas.iter().map(|(name, sla)| format!("sla {name} = {}", kept(sla))).collect(),
        plan.rules.iter().filter_map(|(name, rule)| summary(name, rule)).collect(),
        others(plan),
    ];
    let sections = sections.into_iter().filter(|section| !section.is_empty());
    let sections: Vec<String> = sections.map(|section| section.join("\n")).collect();
    sections.join("\n\n") + "\n"
}

fn proof(status: Status) -> &'static str {
    match status {
        Status::Optimal => "optimal",
        Status::WithinGap => "optimal within the gap that was asked for",
        Status::Stopped => "as good as single rows were found to allow",
        Status::Infeasible => "none, as no placement obeys every rule",
        Status::Unbounded => "none, as a level can be as good as one likes",
    }
}

fn levels(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for level in &plan.levels {
        let Some(value) = level.value else { continue };
        lines.push(format!("level {} = {}", level.name, amount(value, &level.unit, DIGITS)));
        let shares = level.shares.iter().flat_map(|shares| shares.tiers.iter().flatten());
        lines.extend(shares.map(|share| {
            let value = amount(share.value, &level.unit, DIGITS);
            format!("share {} of {} = {value}", level.name, share.group)
        }));
    }
    lines
}

fn decisions(policy: &Policy, plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for decision in &policy.decisions {
        let entries = plan.decisions.get(decision.name.as_str()).into_iter().flatten();
        lines.extend(entries.map(|it| {
            let was = match it.was == it.value {
                true => ", as now".to_owned(),
                false if it.was == 0.0 => String::new(),
                false => format!(", was {}", format_number(it.was, DIGITS)),
            };
            entry(decision, it) + &was
        }));
    }
    lines
}

fn refused(plan: &Plan) -> Vec<String> {
    let lines = plan.refused.iter().map(|it| {
        let missing = amount(it.amount, &it.unit, DIGITS);
        format!("refused {} \"{}\" = {missing}: {}", it.decision, it.subject, it.reason)
    });
    lines.collect()
}

fn metrics(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, metric) in &plan.metrics {
        let shown = |value: f64| amount(value, &metric.unit, DIGITS);
        lines.extend(metric.value.map(|value| format!("report {name} = {}", shown(value))));
        let groups = metric.groups.iter();
        lines.extend(groups.map(|group| {
            format!("report {name} of {} = {}", group.by.join(", "), shown(group.value))
        }));
    }
    lines
}

fn budgets(plan: &Plan) -> Vec<String> {
    let lines = plan.budgets.iter().map(|(name, budget)| {
        let shown = |value: f64| amount(value, &budget.unit, DIGITS);
        let mut line =
            format!("budget {name} = {} of {}", shown(budget.spent), shown(budget.limit));
        if let Some(per) = &budget.per {
            let _ = write!(line, " per {per}");
        }
        for alert in budget.alerts.iter().filter(|alert| alert.reached) {
            let _ = write!(line, ", alert at {}", percent(alert.at));
        }
        line
    });
    lines.collect()
}

/// What of a service level was kept.
fn kept(sla: &Sla) -> String {
    let share = |share: f64| format!("{} %", format_number(share * 100.0, DIGITS));
    let breached = format_number(sla.breached, DIGITS);
    let counted = amount(sla.counted, &sla.unit, DIGITS);
    let mut line = format!(
        "{} reached, {} promised, {breached} of {counted} breached",
        share(sla.reached),
        share(sla.promised)
    );
    if let Some(least) = &sla.least_at {
        let _ = write!(line, ", least at {least}");
    }
    line
}

/// What a rule does; nothing where a plan could do without it.
fn summary(name: &str, rule: &RuleSummary) -> Option<String> {
    let mut does = Vec::new();
    if rule.binding > 0 {
        does.push(format!("binds in {}", counted(rule.binding as usize, "place", "places")));
    }
    if rule.violated > 0 {
        let places = counted(rule.violated as usize, "place", "places");
        let price = format_number(rule.penalty, DIGITS);
        let first = rule.example.as_ref().map_or(String::new(), |it| format!(", first {it}"));
        does.push(format!("broken in {places} for {price}{first}"));
    }
    for (number, words) in
        [(rule.shut_out, "shut out"), (rule.unknown, "unknown as a fact is missing")]
    {
        if number > 0 {
            does.push(format!("{number} {words}"));
        }
    }
    let title = if name.contains(' ') { name.to_owned() } else { format!("rule {name}") };
    (!does.is_empty()).then(|| format!("{title}: {}", does.join(", ")))
}

/// What else a reader should know: overrides, values that were assumed, warnings.
fn others(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for it in &plan.overrides {
        let change = match it.change {
            OverrideChange::Tightened => "tightened",
            OverrideChange::Loosened => "loosened",
        };
        let until = it.until.as_ref().map_or(String::new(), |until| format!(" until {until}"));
        lines.push(format!("override {}: {change}{until}", it.rule));
    }
    lines.extend(plan.filled.iter().map(|it| {
        format!("assumed {} for {}", it.what, counted(it.count as usize, "row", "rows"))
    }));
    let codes: BTreeSet<&str> = plan.warnings.iter().map(|it| it.code.as_str()).collect();
    lines.extend(codes.into_iter().map(|code| format!("warning {code}")));
    lines
}

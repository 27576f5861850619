//! A plan as people read it.

use apportion_units::{amount, counted, format_number};

use crate::ending::{ended, gap, percent};
use crate::model::{
    Change, ChangeKind, Evicted, LevelState, OverrideChange, Plan, Rollout, Share, Shares, Status,
};
use crate::table::table;

/// How to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colour.
    pub color: bool,
    /// Whether to show every change, not only the first of each kind.
    pub all: bool,
}

/// Below this, errors say nothing but what the arithmetic of a solver is.
const LEAST_ERROR: f64 = 1e-8;

/// How many lines of one kind are shown.
const SHOWN: usize = 10;

/// Draws a plan that has an assignment; ends in a newline.
pub fn preview(plan: &Plan, style: Style) -> String {
    let mut page = Page { style, lines: Vec::new() };
    page.head(plan);
    page.group(plan, ChangeKind::Placed, "placed", '+', "32");
    page.group(plan, ChangeKind::Moved, "moved", '~', "33");
    page.group(plan, ChangeKind::Removed, "removed", '-', "31");
    page.refused(plan);
    page.group(plan, ChangeKind::Set, "set", '=', "36");
    page.levels(plan);
    page.shares(plan);
    page.parts(plan);
    page.budgets(plan);
    page.slas(plan);
    page.metrics(plan);
    page.rules(plan);
    page.overrides(plan);
    page.foot(plan);
    page.lines.join("\n") + "\n"
}

struct Page {
    style: Style,
    lines: Vec<String>,
}

impl Page {
    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.line("");
        }
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.style.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn head(&mut self, plan: &Plan) {
        let proof = proof(plan);
        let rules = plan.check.rules;
        let checked = format!("checked: {}", counted(rules as usize, "rule", "rules"));
        let title = format!("{}, at {}", plan.project, plan.provenance.at);
        let title = self.paint(&title, "1");
        self.line(format!("{title}          {proof}, {checked}"));
        self.blank();
    }

    fn group(&mut self, plan: &Plan, kind: ChangeKind, title: &str, sign: char, code: &str) {
        let changes: Vec<&Change> = plan.changes.iter().filter(|it| it.kind == kind).collect();
        if changes.is_empty() {
            return;
        }
        let several = plan.decisions.len() > 1;
        let evicts = changes.iter().any(|it| it.evicted.is_some());
        let rows = changes.iter().map(|it| {
            let why = evicts.then(|| it.evicted.as_ref().map_or(String::new(), eviction));
            change_row(it, several).into_iter().chain(why).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let right = [false, false, true, false];
        let right = &right[..if evicts { 4 } else { 3 }];
        self.list(title, sign, code, &rows, right);
    }

    fn refused(&mut self, plan: &Plan) {
        let first = plan.refused.first();
        let several =
            plan.refused.iter().any(|it| first.is_some_and(|of| of.decision != it.decision));
        let rows: Vec<Vec<String>> = plan
            .refused
            .iter()
            .map(|it| {
                let named =
                    if several { &format!("{} {}", it.decision, it.subject) } else { &it.subject };
                vec![named.clone(), amount(it.amount, &it.unit, 6), it.reason.clone()]
            })
            .collect();
        if !rows.is_empty() {
            self.list("refused", '!', "31", &rows, &[false, true, false]);
        }
    }

    fn list(&mut self, title: &str, sign: char, code: &str, rows: &[Vec<String>], right: &[bool]) {
        self.line(format!("  {title}"));
        let shown = if self.style.all { rows.len() } else { rows.len().min(SHOWN) };
        for line in table(&rows[..shown], right) {
            let line = self.paint(&format!("{sign} {line}"), code);
            self.line(format!("    {line}"));
        }
        if shown < rows.len() {
            self.line(format!("      … {} more (--all)", rows.len() - shown));
        }
    }

    fn levels(&mut self, plan: &Plan) {
        if plan.levels.is_empty() {
            return;
        }
        self.blank();
        let mut rows =
            vec![["level", "this plan", "best possible", "gap", ""].map(String::from).to_vec()];
        for level in &plan.levels {
            let shown = |value: Option<f64>| match value {
                Some(value) => amount(value, &level.unit, 7),
                None => "-".to_owned(),
            };
            let gap = level.gap.map_or("-".to_owned(), percent);
            let state = match level.state {
                LevelState::Proven => "proven",
                LevelState::Stopped => "stopped here",
                LevelState::NotBegun => "not begun",
            };
            let name = level.name.clone();
            rows.push(vec![name, shown(level.value), shown(level.bound), gap, state.to_owned()]);
        }
        for line in table(&rows, &[]) {
            self.line(format!("  {line}"));
        }
    }

    /// The groups that have least, of each level that seeks fair shares.
    fn shares(&mut self, plan: &Plan) {
        for level in &plan.levels {
            let Some(Shares { solves, error, tiers }) = &level.shares else { continue };
            let mut error = error.map(tangents);
            for tier in tiers.iter().filter(|tier| !tier.is_empty()) {
                let mut shares: Vec<&Share> = tier.iter().collect();
                shares.sort_by(|a, b| a.value.total_cmp(&b.value));
                let groups = counted(shares.len(), "group", "groups");
                let solves = counted(*solves as usize, "solve", "solves");
                self.blank();
                self.line(format!("  {}: least shares, of {groups} in {solves}", level.name));
                self.lines.extend(error.take().map(|error| format!("  {error}")));
                let rows = shares
                    .iter()
                    .map(|share| vec![share.group.clone(), amount(share.value, &level.unit, 7)]);
                let rows: Vec<Vec<String>> = rows.collect();
                let shown = if self.style.all { rows.len() } else { rows.len().min(SHOWN) };
                for line in table(&rows[..shown], &[false, true]) {
                    self.line(format!("    {line}"));
                }
                if shown < rows.len() {
                    self.line(format!("    … {} more (--all)", rows.len() - shown));
                }
            }
        }
    }

    fn parts(&mut self, plan: &Plan) {
        let Some(made) = &plan.partitioned else { return };
        self.blank();
        let lost = match (made.loss, plan.levels.first()) {
            (Some(loss), Some(level)) => {
                let gap = level.gap.map_or(String::new(), |gap| format!(" ({})", percent(gap)));
                format!("proven: at most {}{gap} lost", amount(loss, &level.unit, 7))
            }
            _ => "what that loses is not known".to_owned(),
        };
        let parts = counted(made.parts as usize, "part", "parts");
        self.line(format!("  made of {parts}, {}; {lost}", dealt(&made.by)));
        if made.exact {
            self.line("  no rule and no placement is across parts");
        }
        if !made.shared.is_empty() {
            self.line(format!("  shared by parts: {}", made.shared.join(", ")));
        }
        if !made.without_plan.is_empty() {
            let parts: Vec<String> = made.without_plan.iter().map(u64::to_string).collect();
            self.line(format!("  parts without a plan: {}", parts.join(", ")));
        }
    }

    fn budgets(&mut self, plan: &Plan) {
        if plan.budgets.is_empty() {
            return;
        }
        self.blank();
        let mut rows = Vec::new();
        for (name, budget) in &plan.budgets {
            let per = budget.per.as_ref().map_or(String::new(), |per| format!(" per {per}"));
            let share = if budget.limit == 0.0 { 0.0 } else { budget.spent / budget.limit };
            let alerts: Vec<String> = budget
                .alerts
                .iter()
                .filter(|alert| alert.reached)
                .map(|alert| format!("alert {}", percent(alert.at)))
                .collect();
            rows.push(vec![
                format!("budget {name}"),
                amount(budget.spent, &budget.unit, 7),
                format!("of {}{per}", amount(budget.limit, &budget.unit, 7)),
                percent(share),
                alerts.last().cloned().unwrap_or_default(),
            ]);
        }
        for line in table(&rows, &[]) {
            self.line(format!("  {line}"));
        }
    }

    fn slas(&mut self, plan: &Plan) {
        if plan.slas.is_empty() {
            return;
        }
        self.blank();
        let rows: Vec<Vec<String>> = plan
            .slas
            .iter()
            .map(|(name, sla)| {
                let all = amount(sla.counted, &sla.unit, 7);
                let least = sla.least_at.as_ref().map(|it| format!("least at {it}"));
                let unknown = counted(sla.unknown as usize, "place", "places");
                let unknown = format!("{unknown} as a fact was missing");
                let notes = least.into_iter().chain((sla.unknown > 0).then_some(unknown));
                vec![
                    format!("sla {name}"),
                    format!("{} reached", share(sla.reached)),
                    format!("{} promised", share(sla.promised)),
                    format!("{} of {all} breached", format_number(sla.breached, 7)),
                    notes.collect::<Vec<_>>().join(", "),
                ]
            })
            .collect();
        for line in table(&rows, &[false, true, true]) {
            self.line(format!("  {line}"));
        }
    }

    fn metrics(&mut self, plan: &Plan) {
        if plan.metrics.is_empty() {
            return;
        }
        self.blank();
        let mut rows = Vec::new();
        for (name, metric) in &plan.metrics {
            if let Some(value) = metric.value {
                rows.push(vec![name.clone(), amount(value, &metric.unit, 7)]);
            }
            for group in &metric.groups {
                let group_name = group.shown.clone().unwrap_or_else(|| group.by.join(", "));
                let title = format!("{name} {group_name}");
                rows.push(vec![title, amount(group.value, &metric.unit, 7)]);
            }
        }
        for line in table(&rows, &[false, true]) {
            self.line(format!("  {line}"));
        }
    }

    fn rules(&mut self, plan: &Plan) {
        let binding: Vec<String> = plan
            .rules
            .iter()
            .filter(|(_, rule)| rule.binding > 0 && !rule.soft)
            .map(|(name, rule)| format!("{name} ({})", rule.binding))
            .collect();
        let softened: Vec<String> = plan
            .rules
            .iter()
            .filter(|(_, rule)| {
                rule.violated > 0 && (rule.rollout.is_none() || rule.penalty != 0.0)
            })
            .map(|(name, rule)| {
                let cost = match rule.soft {
                    true => format_number(rule.penalty, 6),
                    false => "as now".to_owned(),
                };
                let first = rule.example.as_ref().map_or(String::new(), |it| format!(": {it}"));
                format!("{name} {} ({cost}){first}", rule.violated)
            })
            .collect();
        let unknown: Vec<String> = plan
            .rules
            .iter()
            .filter(|(name, rule)| rule.unknown > 0 && !plan.slas.contains_key(*name))
            .map(|(name, rule)| format!("{name} {}", rule.unknown))
            .collect();
        let filled: Vec<String> = plan
            .filled
            .iter()
            .map(|it| {
                let rows = counted(it.count as usize, "row", "rows");
                format!("{} ({rows}, {})", it.what, it.by)
            })
            .collect();
        self.blank();
        if !binding.is_empty() {
            self.line(format!("  rules that bind: {}", binding.join(", ")));
        }
        softened.iter().for_each(|it| self.line(format!("  penalised: {it}")));
        self.rollout(plan, Rollout::Warn, "rolled out to warn");
        self.rollout(plan, Rollout::Audit, "audited, not enforced");
        for (title, list) in [("shut out as a fact was missing", unknown), ("assumed", filled)] {
            if !list.is_empty() {
                self.line(format!("  {title}: {}", list.join(", ")));
            }
        }
    }

    /// The rules that are not enforced, and where they are broken.
    fn rollout(&mut self, plan: &Plan, mode: Rollout, title: &str) {
        for (name, rule) in plan.rules.iter().filter(|(_, rule)| rule.rollout == Some(mode)) {
            let places = counted(rule.violated as usize, "place", "places");
            let told = match (rule.violated, &rule.example) {
                (0, _) => "kept".to_owned(),
                (_, Some(first)) => format!("broken in {places}: {first}"),
                (_, None) => format!("broken in {places}"),
            };
            self.line(format!("  {title}: {name}, {told}"));
        }
    }

    fn overrides(&mut self, plan: &Plan) {
        let rows: Vec<Vec<String>> = plan
            .overrides
            .iter()
            .map(|it| {
                let change = match it.change {
                    OverrideChange::Tightened => "tightened",
                    OverrideChange::Loosened => "loosened",
                };
                let until = it.until.as_ref().map_or(String::new(), |it| format!("until {it}"));
                vec![change.to_owned(), it.rule.clone(), it.by.clone(), until]
            })
            .collect();
        if rows.is_empty() {
            return;
        }
        self.blank();
        for line in table(&rows, &[]) {
            self.line(format!("  {line}"));
        }
    }

    fn foot(&mut self, plan: &Plan) {
        self.blank();
        if plan.changes.is_empty() {
            return self.unchanged(plan);
        }
        let of = |kind: ChangeKind| {
            total(plan.changes.iter().filter(|it| it.kind == kind).map(|it| it.amount))
        };
        let set = plan.changes.iter().filter(|it| it.kind == ChangeKind::Set).count();
        let mut parts = vec![
            format!("{} placed", of(ChangeKind::Placed)),
            format!("{} moved", of(ChangeKind::Moved)),
            format!("{} removed", of(ChangeKind::Removed)),
            format!("{} refused", total(plan.refused.iter().map(|it| it.amount))),
        ];
        if set > 0 {
            parts.push(format!("{set} set"));
        }
        self.line(format!("Plan: {}. Nothing was changed.", parts.join(", ")));
    }
}

impl Page {
    /// The last line where nothing changes.
    fn unchanged(&mut self, plan: &Plan) {
        let refused = total(plan.refused.iter().map(|it| it.amount));
        let is_all = refused == "0" && plan.status != Status::Stopped;
        if is_all {
            return self.line("Plan: no changes. What runs now is what the policy asks for.");
        }
        let found = match plan.status {
            Status::Stopped => "no changes found before the search ended",
            _ => "no changes",
        };
        let refused = if refused == "0" { String::new() } else { format!(", {refused} refused") };
        self.line(format!("Plan: {found}{refused}. What runs now stays as it is."));
    }
}

/// How far tangents may be off, as a part of a level's value.
fn tangents(error: f64) -> String {
    let error = match error {
        error if error < LEAST_ERROR => format!("less than {}", percent(LEAST_ERROR)),
        error => format!("at most {}", percent(error)),
    };
    format!("what shares are worth is approximated: the best is {error} above this plan")
}

/// What is known of the plan, in words.
fn proof(plan: &Plan) -> String {
    match plan.status {
        Status::Optimal => "optimal".to_owned(),
        Status::WithinGap => {
            format!("optimal within {}", percent(gap(plan).unwrap_or_default()))
        }
        Status::Stopped => ended(plan),
        Status::Infeasible => "no placement obeys every rule".to_owned(),
        Status::Unbounded => "unbounded".to_owned(),
    }
}

/// A share as a percentage, with the digits by which service levels differ.
fn share(share: f64) -> String {
    format!("{} %", format_number(share * 100.0, 7))
}

/// How rows were dealt, in words.
fn dealt(by: &str) -> &str {
    match by {
        "blocks" => "by blocks",
        _ => "dealt at random",
    }
}

fn change_row(change: &Change, several: bool) -> Vec<String> {
    let named = several || change.subject.is_empty();
    let subject = if named && change.kind == ChangeKind::Set {
        format!("{} {}", change.decision, change.subject).trim_end().to_owned()
    } else {
        change.subject.clone()
    };
    let way = match (&change.from, &change.to) {
        (Some(from), Some(to)) if change.kind == ChangeKind::Set => {
            // Both ends are numbers, and have their unit once.
            let after =
                to.replace(' ', "").parse().map_or(to.clone(), |to| amount(to, &change.unit, 9));
            format!("{from} -> {after}")
        }
        (Some(from), Some(to)) => format!("{from} -> {to}"),
        (Some(place), None) | (None, Some(place)) => place.clone(),
        (None, None) => String::new(),
    };
    let amount = match change.kind {
        ChangeKind::Set => String::new(),
        _ => amount(change.amount, &change.unit, 6),
    };
    vec![subject, way, amount]
}

/// What is done first, and for whom.
fn eviction(evicted: &Evicted) -> String {
    let first = match evicted.grace_seconds {
        grace if grace > 0.0 => format!("signal, wait {}, then take: ", duration(grace)),
        _ => String::new(),
    };
    let Some(most) = evicted.room_for.first() else {
        return format!("{first}no place left for it");
    };
    let more = evicted.room_for.len() as u64 - 1 + evicted.others;
    let others = match more {
        0 => String::new(),
        more => format!(" and {}", counted(more as usize, "other", "others")),
    };
    format!("{first}room for {} ({}){others}", most.row, most.class)
}

/// A duration in the largest unit of which it is a whole number.
fn duration(seconds: f64) -> String {
    let units = [(86_400.0, "d"), (3600.0, "h"), (60.0, "min")];
    let whole = units.into_iter().find(|(length, _)| seconds % length == 0.0);
    let (length, word) = whole.unwrap_or((1.0, "s"));
    format!("{} {word}", format_number(seconds / length, 9))
}

fn total(amounts: impl Iterator<Item = f64>) -> String {
    format_number(amounts.sum(), 9)
}

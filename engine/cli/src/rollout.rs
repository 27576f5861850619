//! How far the manifest rolls the policy's rules out.

use std::collections::BTreeMap;

use apportion_check::policy::{Policy, Rollout, Rule, RuleKind};
use apportion_connect::{Mode, Staged};
use apportion_diagnostic::{Diagnostic, Sources, nearest};

/// Sets the modes of the policy's rules. What is wrong points into the manifest; `sources` are the policy's texts.
pub(crate) fn roll_out(
    policy: &mut Policy,
    modes: &BTreeMap<String, Staged>,
    sources: &Sources,
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (name, staged) in modes {
        let known = policy.rules.iter().filter(|rule| is_called(policy, rule, name));
        let mut rules = known.peekable();
        if rules.peek().is_none() {
            findings.push(unknown(policy, name, staged));
        }
        findings.extend(rules.filter_map(|rule| refused(rule, staged, sources)));
    }
    let modes = modes.iter().map(|(name, staged)| (name.clone(), staged.mode)).collect();
    set(policy, &modes);
    findings
}

/// Sets modes that are known to fit.
pub(crate) fn set(policy: &mut Policy, modes: &BTreeMap<String, Mode>) {
    let modes: Vec<Rollout> = policy
        .rules
        .iter()
        .map(|rule| {
            let mode = modes.iter().find(|(name, _)| is_called(policy, rule, name));
            mode.map_or(Rollout::Enforce, |(_, mode)| rollout(*mode))
        })
        .collect();
    policy.rules.iter_mut().zip(modes).for_each(|(rule, mode)| rule.rollout = mode);
}

fn rollout(mode: Mode) -> Rollout {
    match mode {
        Mode::Audit => Rollout::Audit,
        Mode::Warn => Rollout::Warn,
        Mode::Enforce => Rollout::Enforce,
    }
}

/// Whether a rule has the name, or is a budget's that has it.
fn is_called(policy: &Policy, rule: &Rule, name: &str) -> bool {
    match rule.kind {
        RuleKind::Band(budget) => policy.budgets[budget as usize].name == name,
        _ => rule.name == name,
    }
}

fn unknown(policy: &Policy, name: &str, staged: &Staged) -> Diagnostic {
    let known = policy.rules.iter().filter(|rule| !matches!(rule.kind, RuleKind::Band(_)));
    let mut known: Vec<&str> = known.map(|rule| rule.name.as_str()).collect();
    known.sort_unstable();
    let near = nearest(name, known.iter().copied());
    let text = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
    Diagnostic::error("unknown-name", format!("the policy has no rule `{name}` to roll out"))
        .at(staged.name, text)
        .note(format!("rules: {}", known.join(", ")))
}

/// Why a rule cannot be in a mode.
fn refused(rule: &Rule, staged: &Staged, sources: &Sources) -> Option<Diagnostic> {
    let word = staged.mode.word();
    if let (RuleKind::Compliance { cites }, Mode::Audit | Mode::Warn) = (&rule.kind, staged.mode) {
        let message = format!("`{}` is locked and cannot be rolled out to `{word}`", rule.name);
        let place = sources.get(rule.span.source).map_or(String::new(), |source| {
            format!(" at {}:{}", source.path, source.line_column(rule.span.start).line)
        });
        let cites = cites.as_ref().map_or(String::new(), |cites| format!(", cites {cites}"));
        let finding = Diagnostic::error("locked-rule", message)
            .at(staged.word, "compliance rules are enforced")
            .note(format!("declared `compliance`{place}{cites}"));
        return Some(finding);
    }
    if staged.mode == Mode::Warn && rule.has_bins() {
        let message = format!(
            "`bins` in `{}`, which is rolled out to `warn`, cannot be compiled yet",
            rule.name
        );
        let finding = Diagnostic::error("not-implemented", message)
            .at(staged.word, "this version reads it and does no more")
            .help("`audit` counts what breaks the rule, and `enforce` keeps it");
        return Some(finding);
    }
    None
}

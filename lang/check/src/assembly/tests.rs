//! The rules that tests name: they are looked up when all are known, so that a test is not checked again whenever a
//! rule comes or goes.

use apportion_diagnostic::{Applicability, Diagnostic, Edit, Span, nearest};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::Assembly;
use super::extents::Extents;
use super::overrides::unlike;
use crate::items::{ItemIr, Override, RuleName};
use crate::policy::{Policy, Rule, RuleId, Test};

impl Assembly<'_> {
    /// The names of all rules as the plan has them, and which are soft.
    fn rules(&self) -> Vec<(SmolStr, bool)> {
        let mut rules: Vec<(SmolStr, bool)> = Vec::new();
        for (_, checked) in &self.items {
            match &checked.ir {
                ItemIr::Rule(rule, _) => rules.push((rule.name.clone(), rule.soft.is_some())),
                ItemIr::Budget(budget, _, band) => {
                    rules.push((budget.name.clone(), false));
                    rules.extend(band.iter().map(|band| (band.rule.name.clone(), true)));
                }
                ItemIr::Override(Override::Tighten(rule), _) => {
                    let name = unlike(|name| rules.iter().any(|it| it.0 == name), &rule.name);
                    rules.push((name, false));
                }
                _ => {}
            }
        }
        rules
    }

    /// What is wrong with tests beside other items: rules that are none or cannot be a reason, a sentence said twice.
    pub(super) fn tests(&self) -> Vec<Diagnostic> {
        let rules = self.rules();
        let mut findings = Vec::new();
        let mut sentences: FxHashMap<&SmolStr, Span> = FxHashMap::default();
        for (item, checked) in &self.items {
            let ItemIr::Test(test, by) = &checked.ir else { continue };
            let here = self.moved(*item, test.span);
            match sentences.get(&test.name) {
                Some(first) if !test.name.is_empty() => {
                    let message = "a test of this name is there already";
                    let finding = Diagnostic::error("duplicate-name", message);
                    findings.push(finding.at(here, "again").because_of(*first, "first here"));
                }
                _ => drop(sentences.insert(&test.name, here)),
            }
            let named = by.iter().flatten();
            findings.extend(named.filter_map(|named| {
                let finding = match rules.iter().find(|(name, _)| *name == named.name) {
                    Some((_, false)) => return None,
                    Some((_, true)) => soft(named),
                    None => unknown(named, rules.iter().map(|(name, _)| name.as_str())),
                };
                Some(finding.map_spans(|span| self.moved(*item, span)))
            }));
        }
        findings
    }
}

fn soft(named: &RuleName) -> Diagnostic {
    let message = format!("`{}` is soft, and makes nothing impossible", named.name);
    Diagnostic::error("type-mismatch", message)
        .at(named.span, "only what must hold can be the reason")
}

fn unknown<'r>(named: &RuleName, rules: impl Iterator<Item = &'r str> + Clone) -> Diagnostic {
    let message = format!("no rule is called `{}`", named.name);
    let finding = Diagnostic::error("unknown-name", message);
    let finding = match nearest(&named.name, rules.clone()) {
        Some(near) => finding.at(named.span, format!("did you mean `{near}`?")).fix(
            Applicability::Safe,
            format!("`{}` -> `{near}`", named.name),
            vec![Edit { span: named.span, text: near.to_owned() }],
        ),
        None => finding.at(named.span, ""),
    };
    let known: Vec<String> = rules.take(8).map(|name| format!("`{name}`")).collect();
    match known.is_empty() {
        true => finding.note("there are no rules"),
        false => finding.note(format!("rules: {}", known.join(", "))),
    }
}

/// Expectations that hold by the types, ranges and bounds that the policy writes, whatever its rules and the facts.
pub(crate) fn vacuous(policy: &Policy) -> Vec<Diagnostic> {
    let mut extents = Extents::new(policy);
    let mut findings = Vec::new();
    for test in &policy.tests {
        for part in test.expectations.iter().flat_map(|it| it.claim.parts()) {
            if extents.always(part) {
                let message = "this holds whatever is planned";
                let finding = Diagnostic::error("test-cannot-fail", message)
                    .at(part.span, "no rule and no fact is needed for it")
                    .help("expect what a rule, the objective or the facts could make false");
                let item = Some(format!("test \"{}\"", test.name));
                findings.push(Diagnostic { item, ..finding });
            }
        }
    }
    findings
}

/// Tests with the numbers of the rules that they name.
pub(super) fn settled(tests: Vec<(Test, Vec<Vec<RuleName>>)>, rules: &[Rule]) -> Vec<Test> {
    let number = |named: &RuleName| {
        let position = rules.iter().position(|rule| rule.name == named.name);
        position.map(|position| RuleId(position as u32))
    };
    let settled = tests.into_iter().map(|(mut test, by)| {
        for (expectation, by) in test.expectations.iter_mut().zip(&by) {
            expectation.by = by.iter().filter_map(number).collect();
        }
        test
    });
    settled.collect()
}

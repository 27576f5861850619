//! The rules that tests name: they are looked up when all are known, so that a test is not checked again whenever a
//! rule comes or goes.

use apportion_diagnostic::{Applicability, Diagnostic, Edit, Span, nearest};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::Assembly;
use crate::items::{ItemIr, RuleName};
use crate::policy::{Rule, RuleId, Test};

impl Assembly<'_> {
    /// What is wrong with tests beside other items: rules that are none or cannot be a reason, a sentence said twice.
    pub(super) fn tests(&self) -> Vec<Diagnostic> {
        let rules: Vec<(&SmolStr, bool)> = self
            .items
            .iter()
            .filter_map(|(_, checked)| match &checked.ir {
                ItemIr::Rule(rule, _) => Some((&rule.name, rule.soft.is_some())),
                ItemIr::Budget(budget, _, _) => Some((&budget.name, false)),
                _ => None,
            })
            .collect();
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
                let finding = match rules.iter().find(|(name, _)| **name == named.name) {
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

//! Whether rules are the reason for what holds: the engine plans the policy with the claim denied, and without rules.
//!
//! A claim has the rules `by` as its reason where
//!
//! ```text
//! no plan denies it                          the policy with the claim denied is infeasible
//! without all of them a plan denies it       … and is not, with all of them taken out
//! each of them is needed                     for each rule there is a choice of the others to take out,
//!                                            after which taking it out too makes the difference
//! ```
//!
//! The third is what it means to be a member of some least set of rules that cannot hold together: rules that meet in one
//! conflict are its members, and so are rules of several. Objectives and soft rules make nothing impossible and are left
//! out. At most `2^k` policies of `k` rules are planned, each once.

use std::collections::BTreeMap;

use apportion_check::policy::{Claim, Expectation, Expr, ExprKind, Policy, Rule, RuleId, RuleKind};
use apportion_diagnostic::Diagnostic;
use apportion_plan::Status;

use crate::claim::rule_of;
use crate::run::Trial;

/// Looks for reasons over the facts of one test.
pub(crate) struct Reasons<'t> {
    trial: &'t Trial<'t>,
    /// The policy's hard rules alone.
    hard: Policy,
}

impl<'t> Reasons<'t> {
    pub(crate) fn new(trial: &'t Trial<'t>) -> Reasons<'t> {
        let mut hard = trial.facts.policy.clone().into_owned();
        hard.levels.clear();
        hard.reports.clear();
        hard.tests.clear();
        let soft = hard.rules.iter_mut().filter(|rule| rule.soft.is_some());
        soft.for_each(take_out);
        Reasons { trial, hard }
    }

    /// What is wrong with the reason of an expectation, which holds; fails where a plan cannot be made, without findings
    /// where it is the time that was up.
    pub(crate) fn of(
        &mut self,
        expectation: &Expectation,
    ) -> Result<Option<Diagnostic>, Vec<Diagnostic>> {
        let mut denied = self.hard.clone();
        if let Claim::Holds { condition, .. } = &expectation.claim {
            denied.rules.extend(rule_of(&expectation.claim, denial(condition)));
        }
        let mut search =
            Search { trial: self.trial, denied, by: &expectation.by, known: BTreeMap::new() };
        let all = (1 << expectation.by.len()) - 1;
        if !search.is_impossible(0)? {
            let message = "this holds for the best plan, and no rule asks for it";
            return Ok(Some(
                Diagnostic::error("expectation-failed", message)
                    .at(expectation.span, "a plan without it obeys every rule"),
            ));
        }
        if search.is_impossible(all)? {
            let names = self.names(&expectation.by);
            let message = format!("this is so without {names} too");
            return Ok(Some(
                Diagnostic::error("expectation-failed", message)
                    .at(expectation.span, "other rules, or the facts, are enough for it"),
            ));
        }
        for (position, rule) in expectation.by.iter().enumerate() {
            let own = 1 << position;
            let mut needed = false;
            for others in (0..=all).filter(|others| others & own == 0) {
                needed |= search.is_impossible(others)? && !search.is_impossible(others | own)?;
            }
            if !needed {
                let message = format!("{} has no part in this", self.names(&[*rule]));
                return Ok(Some(
                    Diagnostic::error("expectation-failed", message)
                        .at(expectation.span, "the other rules that are named are enough for it"),
                ));
            }
        }
        Ok(None)
    }

    fn names(&self, rules: &[RuleId]) -> String {
        let names = rules.iter().map(|rule| format!("`{}`", self.hard.rules[rule.index()].name));
        names.collect::<Vec<_>>().join(" and ")
    }
}

/// The policies without some of the rules that are named.
struct Search<'s> {
    trial: &'s Trial<'s>,
    /// The hard rules, and the claim denied.
    denied: Policy,
    by: &'s [RuleId],
    known: BTreeMap<u32, bool>,
}

impl Search<'_> {
    /// Whether there is no plan without the rules of a choice, a bit for each.
    fn is_impossible(&mut self, without: u32) -> Result<bool, Vec<Diagnostic>> {
        if let Some(known) = self.known.get(&without) {
            return Ok(*known);
        }
        let mut policy = self.denied.clone();
        for (position, rule) in self.by.iter().enumerate() {
            if without & (1 << position) != 0 {
                take_out(&mut policy.rules[rule.index()]);
            }
        }
        let planned = self.trial.plan(&policy)?;
        let impossible = match planned.plan.status {
            Status::Infeasible => true,
            _ if planned.plan.point => false,
            _ => return Err(Vec::new()),
        };
        self.known.insert(without, impossible);
        Ok(impossible)
    }
}

/// Leaves nothing of a rule but its place.
fn take_out(rule: &mut Rule) {
    rule.body.clear();
    rule.soft = None;
    rule.kind = RuleKind::Rule;
}

fn denial(condition: &Expr) -> Expr {
    Expr { kind: ExprKind::Not(Box::new(condition.clone())), ..condition.clone() }
}

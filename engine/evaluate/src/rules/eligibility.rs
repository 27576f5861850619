//! `forbid` and `permit`: tuples that must be 0.

use std::ops::ControlFlow;

use apportion_check::policy::{Decision, DecisionId};
use rustc_hash::FxHashMap;

use super::conditions::Judged;
use super::{Eligible, RuleJudge};
use crate::form::Match;
use crate::reader::{Frame, value_of};
use crate::verdict::IndexValue;

/// What a statement says of a tuple.
#[derive(Clone, Copy, PartialEq)]
enum Said {
    Applies,
    /// It cannot be evaluated.
    Unknown,
}

impl<'f> RuleJudge<'_, 'f> {
    pub(super) fn forbid(&mut self, line: &Eligible<'f>, frame: &mut Frame<'f>) {
        for (position, said) in self.said(line, frame) {
            if said == Said::Unknown {
                self.verdict.unevaluated += 1;
                if self.verdict.soft {
                    continue;
                }
            }
            self.shut_out(line, position, frame);
        }
    }

    /// Tuples of a decision that some `permit` of the rule speaks of and none lets through.
    pub(super) fn permit(&mut self, lines: &[Eligible<'f>], frame: &mut Frame<'f>) {
        let mut decisions: Vec<DecisionId> = lines.iter().map(|line| line.pick.decision).collect();
        decisions.sort();
        decisions.dedup();
        for decision in decisions {
            let of_decision = || lines.iter().filter(|line| line.pick.decision == decision);
            let mut said = FxHashMap::default();
            for line in of_decision() {
                for (position, now) in self.said(line, frame) {
                    let before = said.entry(position).or_insert(now);
                    if now == Said::Applies {
                        *before = now;
                    }
                }
            }
            let count = self.reader.state.decisions.get(decision.index());
            let count = count.map_or(0, |indexed| indexed.values.len());
            let Some(first) = of_decision().next() else { continue };
            for position in 0..count {
                match said.get(&position) {
                    Some(Said::Applies) => self.verdict.instances += 1,
                    Some(Said::Unknown) if self.verdict.soft => self.verdict.unevaluated += 1,
                    Some(Said::Unknown) => {
                        self.verdict.unevaluated += 1;
                        self.shut_out(first, position, frame);
                    }
                    None => self.shut_out(first, position, frame),
                }
            }
        }
    }

    /// The tuples that the statement speaks of, ascending.
    fn said(&mut self, line: &Eligible<'f>, frame: &mut Frame<'f>) -> Vec<(usize, Said)> {
        let reader = self.reader;
        let mut found: Vec<(usize, Said)> = Vec::new();
        let run =
            reader.each_picked(&line.pick, &line.binders, frame, &mut |position, _, frame| {
                let said = match &line.statement.condition {
                    None => Some(Said::Applies),
                    Some(condition) => {
                        match reader.court.evaluator.eval_condition(condition, frame) {
                            Ok(true) => Some(Said::Applies),
                            Ok(false) => None,
                            Err(error) if error.kind.is_limit() => return Err(error),
                            Err(_) => Some(Said::Unknown),
                        }
                    }
                };
                if let Some(said) = said {
                    match found.last_mut() {
                        Some((last, before)) if *last == position => {
                            if said == Said::Applies {
                                *before = said;
                            }
                        }
                        _ => found.push((position, said)),
                    }
                }
                Ok(if said == Some(Said::Applies) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            });
        if let Err(error) = run {
            self.fail(error, Vec::new());
        }
        found
    }

    /// Counts the tuple at a position as one that must be 0.
    fn shut_out(&mut self, line: &Eligible<'f>, position: usize, frame: &mut Frame<'f>) {
        let decision = line.pick.decision;
        let (state, now) = (self.reader.state, self.now.state);
        let Some(indexed) = state.decisions.get(decision.index()) else { return };
        let tuple = indexed.values.tuple(position);
        let value = indexed.values.value(position);
        let tolerance = self.reader.court.tolerance;
        let judged = Judged::shut_out(&tolerance, value);
        self.bind(line, tuple, frame);
        let at = |judge: &Self, _: &Frame<'f>| judge.tuple_at(decision, tuple);
        self.count(judged, line.statement.span, frame, at, |_, _| {
            let before = now.decisions.get(decision.index());
            let before = before.map_or(0.0, |indexed| indexed.values.get(tuple));
            Ok(Judged::shut_out(&tolerance, before))
        });
    }

    /// Puts the tuple into the slots that the statement names, for its reason.
    fn bind(&self, line: &Eligible<'f>, tuple: &[u32], frame: &mut Frame<'f>) {
        let Some(decision) = self.decision(line.pick.decision) else { return };
        for ((matching, code), index) in line.pick.matches.iter().zip(tuple).zip(&decision.indices)
        {
            if let Match::Bind(var) = matching
                && let Some(slot) = frame.get_mut(var.index())
            {
                *slot = value_of(&index.domain, *code);
            }
        }
    }

    fn tuple_at(&self, decision: DecisionId, tuple: &[u32]) -> Vec<IndexValue> {
        let Some(decision) = self.decision(decision) else { return Vec::new() };
        let indices = decision.indices.iter().zip(tuple);
        indices
            .map(|(index, code)| {
                let value = value_of(&index.domain, *code);
                self.reader.court.index_value(&index.name, &index.domain, &value)
            })
            .collect()
    }

    fn decision(&self, id: DecisionId) -> Option<&'f Decision> {
        self.reader.court.policy.decisions.get(id.index())
    }
}

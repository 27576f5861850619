//! Rules: every instance of every statement, on the assignment and, where it is broken, on what runs
//! now.

mod conditions;
mod eligibility;
mod preemption;
mod slas;

use apportion_check::eval::{EvalError, Value};
use apportion_check::policy::{
    Binder, Budget, Eligibility, IfBroken, Rule, RuleId, RuleKind, Statement, TextPart,
};
use apportion_diagnostic::Span;

use crate::budgets;
use crate::form::{Condition, Pick, Reading};
use crate::reader::{Frame, Quantity, Reader};
use crate::verdict::{Failure, IndexValue, Instance, Item, RuleVerdict};
use conditions::Judged;
use slas::Promised;

/// How many instances and failures are kept for messages.
pub(crate) const KEPT: usize = 20;

/// The statements of a rule, each with the binders around it.
#[derive(Debug, Default)]
pub(crate) struct Lines<'f> {
    requires: Vec<Require<'f>>,
    forbids: Vec<Eligible<'f>>,
    permits: Vec<Eligible<'f>>,
    promised: Option<Promised<'f>>,
}

#[derive(Debug)]
struct Require<'f> {
    binders: Vec<&'f Binder>,
    condition: Condition<'f>,
    span: Span,
}

#[derive(Debug)]
struct Eligible<'f> {
    binders: Vec<&'f Binder>,
    pick: Pick<'f>,
    statement: &'f Eligibility,
}

impl<'f> Lines<'f> {
    pub(crate) fn new(rule: &'f Rule) -> Lines<'f> {
        let mut lines = Lines::default();
        match &rule.kind {
            RuleKind::Rule | RuleKind::Compliance { .. } => lines.add(&rule.body, &mut Vec::new()),
            RuleKind::Sla(promise) => lines.promised = Some(Promised::new(rule, promise)),
            // What a budget enforces is judged from the budget itself, with its period.
            RuleKind::Budget(_) | RuleKind::Band(_) => {}
            // What is taken away is judged row by row.
            RuleKind::Preemption(_) => {}
        }
        lines
    }

    fn add(&mut self, statements: &'f [Statement], around: &mut Vec<&'f Binder>) {
        for statement in statements {
            match statement {
                Statement::For { binders, body } => {
                    let outer = around.len();
                    around.extend(binders);
                    self.add(body, around);
                    around.truncate(outer);
                }
                Statement::Require { condition, span } => self.requires.push(Require {
                    binders: around.clone(),
                    condition: Reading::default().condition(condition),
                    span: *span,
                }),
                Statement::Forbid(statement) => {
                    self.forbids.push(Eligible::new(statement, around));
                }
                Statement::Permit(statement) => {
                    self.permits.push(Eligible::new(statement, around));
                }
            }
        }
    }
}

impl<'f> Eligible<'f> {
    fn new(statement: &'f Eligibility, around: &[&'f Binder]) -> Eligible<'f> {
        let binders: Vec<_> = around.iter().copied().chain(&statement.binders).collect();
        let pick = Pick::new(statement.decision, &statement.arguments, &binders);
        Eligible { binders, pick, statement }
    }
}

/// What is spent of a budget, and what it is held to.
type Sides<'f> = fn(&Reader<'_, 'f>, &'f Budget) -> Result<(Quantity, f64), EvalError>;

/// Judges one rule.
pub(crate) struct RuleJudge<'r, 'f> {
    pub(crate) id: RuleId,
    pub(crate) rule: &'f Rule,
    pub(crate) reader: Reader<'r, 'f>,
    /// Reads what runs now.
    pub(crate) now: Reader<'r, 'f>,
    pub(crate) verdict: RuleVerdict,
    pub(crate) failures: Vec<Failure>,
}

impl<'r, 'f> RuleJudge<'r, 'f> {
    pub(crate) fn new(
        id: RuleId,
        rule: &'f Rule,
        reader: Reader<'r, 'f>,
        now: Reader<'r, 'f>,
    ) -> RuleJudge<'r, 'f> {
        let verdict = RuleVerdict {
            rule: id,
            soft: rule.soft.is_some(),
            audited: rule.is_audited(),
            instances: 0,
            binding: 0,
            broken: 0,
            excused: 0,
            excused_amount: 0.0,
            unevaluated: 0,
            amount: 0.0,
            penalty: 0.0,
            first_broken: Vec::new(),
            worst: None,
            first_binding: Vec::new(),
            sla: None,
        };
        RuleJudge { id, rule, reader, now, verdict, failures: Vec::new() }
    }

    pub(crate) fn judge(mut self, lines: &Lines<'f>) -> (RuleVerdict, Vec<Failure>) {
        let mut frame = vec![Value::Absent; self.rule.frame];
        for line in &lines.requires {
            self.require(line, &mut frame);
        }
        for line in &lines.forbids {
            self.forbid(line, &mut frame);
        }
        self.permit(&lines.permits, &mut frame);
        if let Some(promised) = &lines.promised {
            self.sla(promised, &mut frame);
        }
        match self.rule.kind {
            RuleKind::Budget(position) => self.budget(position, budgets::sides),
            RuleKind::Band(position) => self.budget(position, budgets::sides_of_band),
            RuleKind::Preemption(eviction) => self.evictions(eviction),
            RuleKind::Rule | RuleKind::Compliance { .. } | RuleKind::Sla(_) => {}
        }
        self.price(&mut frame);
        if self.verdict.audited {
            self.verdict.unevaluated += self.failures.len() as u64;
            self.failures.clear();
        }
        (self.verdict, self.failures)
    }

    fn budget(&mut self, position: u32, sides: Sides<'f>) {
        let court = self.reader.court;
        let Some(budget) = court.policy.budgets.get(position as usize) else { return };
        let judged = sides(&self.reader, budget)
            .map(|(spent, limit)| Judged::budget(&court.tolerance, spent, limit));
        let mut frame = vec![Value::Absent; budget.frame];
        match judged {
            Err(error) => self.fail(error, Vec::new()),
            Ok(judged) => {
                let nowhere = |_: &Self, _: &Frame<'f>| Vec::new();
                self.count(judged, budget.span, &mut frame, nowhere, |judge, _| {
                    let (spent, limit) = sides(&judge.now, budget)?;
                    Ok(Judged::budget(&judge.now.court.tolerance, spent, limit))
                });
            }
        }
    }

    /// Counts one instance. `at` says where it is, `now` judges it on what runs now; both are asked only
    /// where that matters.
    fn count(
        &mut self,
        judged: Judged,
        span: Span,
        frame: &mut Frame<'f>,
        at: impl FnOnce(&Self, &Frame<'f>) -> Vec<IndexValue>,
        now: impl FnOnce(&Self, &mut Frame<'f>) -> Result<Judged, EvalError>,
    ) {
        self.verdict.instances += 1;
        if judged.holds {
            if judged.binding && !self.verdict.audited {
                self.verdict.binding += 1;
                if self.verdict.first_binding.len() < KEPT {
                    let at = at(self, frame);
                    let instance = self.instance(judged, at, span, frame);
                    self.verdict.first_binding.push(instance);
                }
            }
            return;
        }
        if self.rule.is_warned() {
            self.verdict.excused += 1;
            self.verdict.excused_amount += judged.amount;
            let at = at(self, frame);
            let instance = self.instance(judged, at, span, frame);
            return self.keep(instance);
        }
        if !self.verdict.soft && !self.verdict.audited && self.rule.if_broken != IfBroken::Fail {
            let broken_now = now(self, frame).is_ok_and(|now| {
                let enough = self.rule.if_broken == IfBroken::Soften;
                !now.holds && (enough || judged.amount <= now.amount + judged.tolerance)
            });
            if broken_now {
                self.verdict.excused += 1;
                self.verdict.excused_amount += judged.amount;
                return;
            }
        }
        let at = at(self, frame);
        let instance = self.instance(judged, at, span, frame);
        self.broken(instance);
    }

    fn broken(&mut self, instance: Instance) {
        self.verdict.broken += 1;
        self.verdict.amount += instance.amount;
        self.keep(instance);
    }

    /// Keeps a broken instance for messages.
    fn keep(&mut self, instance: Instance) {
        if self.verdict.worst.as_ref().is_none_or(|worst| worst.amount < instance.amount) {
            self.verdict.worst = Some(instance.clone());
        }
        if self.verdict.first_broken.len() < KEPT {
            self.verdict.first_broken.push(instance);
        }
    }

    /// What breaking a soft rule costs its level.
    fn price(&mut self, frame: &mut Frame<'f>) {
        let Some(soft) = self.rule.soft.as_ref().filter(|_| !self.verdict.audited) else { return };
        match self.reader.court.evaluator.eval_number(&soft.price, frame) {
            Ok(price) => self.verdict.penalty = price * self.verdict.amount,
            Err(error) => self.fail(error, Vec::new()),
        }
    }

    /// Something that matters for the rule has no value.
    fn fail(&mut self, error: EvalError, at: Vec<IndexValue>) {
        if self.failures.len() < KEPT {
            self.failures.push(Failure { item: Item::Rule(self.id), at, error });
        }
    }

    fn instance(
        &self,
        judged: Judged,
        at: Vec<IndexValue>,
        span: Span,
        frame: &mut Frame<'f>,
    ) -> Instance {
        let (left, right) = judged.sides.unzip();
        Instance {
            at,
            left,
            right,
            comparison: judged.comparison,
            amount: judged.amount,
            because: self.because(frame),
            span,
        }
    }

    fn because(&self, frame: &mut Frame<'f>) -> Option<String> {
        let court = self.reader.court;
        let mut text = String::new();
        for part in &self.rule.because {
            match part {
                TextPart::Literal(literal) => text.push_str(literal),
                TextPart::Hole(expr) => {
                    let value = court.evaluator.eval(expr, frame).ok()?;
                    text.push_str(&court.facts.display(&value, expr));
                }
            }
        }
        (!text.is_empty()).then_some(text)
    }

    /// The values of the indices around a statement.
    fn at(&self, binders: &[&'f Binder], frame: &Frame<'f>) -> Vec<IndexValue> {
        binders
            .iter()
            .filter_map(|binder| {
                let value = frame.get(binder.var.index())?;
                Some(self.reader.court.index_value(&binder.name, &binder.domain, value))
            })
            .collect()
    }
}

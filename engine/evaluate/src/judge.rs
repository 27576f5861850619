//! One verdict: every item of the policy in order.

use std::ops::Add;

use apportion_check::eval::Value;
use apportion_check::policy::{
    DecisionId, ExprKind, FairnessId, IfBroken, LevelId, Policy, RuleId,
};
use apportion_facts::{Assignment, WorldFacts};

use crate::form::{Form, Reading};
use crate::inline::inline;
use crate::reader::{Court, Reader};
use crate::rules::{Lines, RuleJudge};
use crate::shares::shares;
use crate::state::State;
use crate::verdict::{
    Failure, FairnessVerdict, Item, LevelVerdict, ReportVerdict, Tolerance, Verdict,
};
use crate::{budgets, decisions, moves, reports};

/// Judges an assignment of the policy's decisions. Rules are read on the tuples that are not 0, so that
/// the time is that of the rules' instances and of the tuples that are not 0, not that of all tuples.
pub fn judge(
    policy: &Policy,
    facts: &WorldFacts<'_>,
    assignment: &Assignment,
    tolerance: &Tolerance,
) -> Verdict {
    let (policy, failures) = inline(policy);
    let mut verdict = Bench::new(&policy, facts, tolerance).judge(assignment);
    // What an item comes to that could not be read says nothing.
    verdict.failures.retain(|failure| failures.iter().all(|it| it.item != failure.item));
    for failure in &failures {
        match failure.item {
            Item::Report(at) => verdict.reports[at as usize] = ReportVerdict::default(),
            Item::Level(level) => verdict.levels[level.index()].value = f64::NAN,
            _ => {}
        }
    }
    verdict.failures.splice(0..0, failures);
    verdict
}

/// Values that are not 0 from which on reports are worked out beside the rules.
const WORTH_A_THREAD: usize = 1000;

/// A policy taken apart once, to judge several assignments.
pub(crate) struct Bench<'f> {
    pub(crate) court: Court<'f>,
    lines: Vec<Lines<'f>>,
    /// By `fairness`: what a row has.
    fairness: Vec<Form<'f>>,
    levels: Vec<Form<'f>>,
    /// What runs now, where an item asks for it.
    now: State,
    /// The decisions whose moves are counted.
    moved: Vec<DecisionId>,
}

impl<'f> Bench<'f> {
    /// `policy` has its `let`s in place.
    pub(crate) fn new(
        policy: &'f Policy,
        facts: &'f WorldFacts<'f>,
        tolerance: &Tolerance,
    ) -> Bench<'f> {
        let court = Court::new(policy, facts, tolerance);
        let moved = moves::counted(policy);
        let is_relative = policy
            .rules
            .iter()
            .any(|rule| rule.if_broken != IfBroken::Fail || rule.is_preemption());
        let now = match is_relative || !moved.is_empty() {
            // What runs now need not keep to the policy's `where`; that is no fault of the assignment.
            true => {
                let current = Assignment::current(policy, facts.world());
                decisions::state(&court, &current, &mut Verdict::default())
            }
            false => State::default(),
        };
        let reading = Reading::default();
        Bench {
            court,
            lines: policy.rules.iter().map(Lines::new).collect(),
            fairness: policy.fairness.iter().map(|it| reading.form(&it.amount)).collect(),
            levels: policy.levels.iter().map(|level| reading.form(&level.value)).collect(),
            now,
            moved,
        }
    }

    /// A state that knows what it does not leave of what runs now.
    pub(crate) fn beside_now(&self, state: State) -> State {
        state.beside(&self.now, &self.moved)
    }

    fn judge(&self, assignment: &Assignment) -> Verdict {
        let mut verdict = Verdict::default();
        let state = self.beside_now(decisions::state(&self.court, assignment, &mut verdict));
        let Court { policy, facts, tolerance, .. } = self.court;
        // An evaluator stays on its thread.
        let beside = || {
            let mut shown = Verdict::default();
            let court = Court::new(policy, facts, &tolerance);
            let reader = Reader::of(&court, &state);
            budgets::judge(&reader, &mut shown);
            reports::judge(&reader, &mut shown);
            shown
        };
        let mut decide = || {
            decisions::check_zeros(&self.court, &state, &mut verdict);
            self.rules_and_levels(&state, &mut verdict);
        };
        let values: usize = state.decisions.iter().map(|it| it.values.len()).sum();
        let mut shown = if values < WORTH_A_THREAD {
            decide();
            beside()
        } else {
            std::thread::scope(|scope| {
                let beside = scope.spawn(beside);
                decide();
                beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        };
        verdict.budgets = shown.budgets;
        verdict.reports = shown.reports;
        verdict.failures.append(&mut shown.failures);
        verdict
    }

    /// What decides whether an assignment is a plan, and how good it is.
    pub(crate) fn rules_and_levels(&self, state: &State, verdict: &mut Verdict) {
        let (reader, now) = (self.reader(state), self.reader(&self.now));
        for ((rule, lines), id) in self.court.policy.rules.iter().zip(&self.lines).zip(0..) {
            let (judged, failures) = RuleJudge::new(RuleId(id), rule, reader, now).judge(lines);
            verdict.rules.push(judged);
            verdict.failures.extend(failures);
        }
        for (form, id) in self.fairness.iter().zip(0..) {
            self.fairness(FairnessId(id), form, reader, verdict);
        }
        for (form, id) in self.levels.iter().zip(0..) {
            self.level(LevelId(id), form, reader, verdict);
        }
    }

    fn fairness(
        &self,
        id: FairnessId,
        amount: &Form<'f>,
        reader: Reader<'_, 'f>,
        verdict: &mut Verdict,
    ) {
        let policy = self.court.policy;
        if !policy.levels.iter().any(|level| level.value.kind == ExprKind::Shares(id)) {
            // Shares that nothing seeks are nobody's.
            return verdict.fairness.push(FairnessVerdict::default());
        }
        let shares = shares(&reader, &policy.fairness[id.index()], amount);
        verdict.fairness.push(shares.unwrap_or_else(|error| {
            verdict.failures.push(Failure { item: Item::Fairness(id), at: Vec::new(), error });
            FairnessVerdict::default()
        }));
    }

    fn level(&self, id: LevelId, form: &Form<'f>, reader: Reader<'_, 'f>, verdict: &mut Verdict) {
        let policy = self.court.policy;
        let penalties = policy
            .rules
            .iter()
            .zip(&verdict.rules)
            .filter(|(rule, _)| rule.soft.as_ref().is_some_and(|soft| soft.level == id))
            .map(|(_, judged)| judged.penalty)
            .fold(0.0, f64::add);
        let mut frame = vec![Value::Absent; policy.levels[id.index()].frame];
        let value = match policy.levels[id.index()].value.kind {
            ExprKind::Shares(shares) => Ok(verdict.fairness[shares.index()].value()),
            _ => (Reader { penalties, ..reader }).quantity(form, &mut frame).map(|it| it.value),
        };
        let value = match value {
            Ok(value) => value,
            Err(error) => {
                verdict.failures.push(Failure { item: Item::Level(id), at: Vec::new(), error });
                f64::NAN
            }
        };
        verdict.levels.push(LevelVerdict { value, penalties });
    }

    fn reader<'r>(&'r self, state: &'r State) -> Reader<'r, 'f> {
        Reader::of(&self.court, state)
    }
}

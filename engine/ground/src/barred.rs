//! What shuts a row of a decision's first index out of every place.

use apportion_check::eval::{EvalError, EvalErrorKind, Evaluator, Facts, Limits, Value};
use apportion_check::policy::{Policy, RuleId};

use crate::claims::{self, Program, shuts_out};
use crate::columns::{Maker, Verdict, sort};
use crate::model::{Ground, Sort};
use crate::scan::{Frame, Scene, Stop};

/// What shuts a row out, wherever something does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    /// Whether the decision's own `where` leaves out some of its places.
    pub condition: bool,
    /// The rules that shut it out of some of the others, each also where another does; ascending.
    pub rules: Vec<RuleId>,
    /// Whether there is no place that nothing shuts it out of.
    pub everywhere: bool,
}

/// What shuts out rows of decisions' first indices, given by decision and row: one answer for each, absent where
/// the places looked at would be more than `most` in all or a value cannot be worked out.
pub fn barred<F: Facts + ?Sized>(
    policy: &Policy,
    facts: &F,
    ground: &Ground,
    asked: &[(usize, u32)],
    most: u64,
) -> Vec<Option<Bars>> {
    let program = claims::program(policy, facts.now());
    barred_by(policy, &program, facts, ground, asked, most)
}

fn barred_by<'f, F: Facts + ?Sized>(
    policy: &'f Policy,
    program: &'f Program,
    facts: &'f F,
    ground: &Ground,
    asked: &[(usize, u32)],
    most: u64,
) -> Vec<Option<Bars>> {
    let extremes = Default::default();
    let scene = Scene {
        policy,
        facts,
        evaluator: Evaluator::new(policy, facts, Limits::default()),
        spaces: ground.spaces.clone(),
        lookup: Default::default(),
        words: Default::default(),
        stop: Stop::when(&|| false),
        joins: Default::default(),
        extremes: &extremes,
    };
    let mut left = most;
    let answers = asked.iter().map(|(decision, row)| {
        let running = Default::default();
        let eligibilities = &program.eligibilities;
        let maker = Maker { scene: &scene, eligibilities, number: *decision, running };
        bars(&maker, program, *row, &mut left).ok()
    });
    answers.collect()
}

fn bars<'f, F: Facts + ?Sized>(
    maker: &Maker<'_, 'f, F>,
    program: &'f Program,
    row: u32,
    left: &mut u64,
) -> Result<Bars, EvalError> {
    let existence = &program.decisions[maker.number];
    let mut bars = Bars { everywhere: true, ..Bars::default() };
    let Some(first) = existence.indices.first() else { return Ok(bars) };
    let policy = maker.scene.policy;
    let relevant: Vec<_> = maker
        .eligibilities
        .iter()
        .filter(|it| it.decision.index() == maker.number)
        .filter(|it| shuts_out(&policy.rules[it.rule.index()]))
        .collect();
    let mut frames: Vec<Vec<Frame<'f>>> = relevant
        .iter()
        .map(|it| it.cases.iter().map(|case| Frame::new(case.frame)).collect())
        .collect();
    let mut frame = Frame::new(existence.frame);
    frame.values[first.var.index()] = Value::Row(row);
    frame.classes[first.var.index()] = match sort(policy, first) {
        Sort::Rows(input) => maker.scene.spaces[input.index()].class_of[row as usize],
        Sort::Codes => row,
    };
    maker.search(&existence.indices, &[first.var], &mut frame, &mut |frame| {
        let limit = EvalError { kind: EvalErrorKind::ElementLimit(0), span: first.span };
        *left = left.checked_sub(1).ok_or(limit)?;
        if let Some(condition) = &existence.condition
            && !maker.scene.evaluator.eval_condition(condition, &mut frame.values)?
        {
            bars.condition = true;
            return Ok(());
        }
        let mut is_open = true;
        for (stated, frames) in relevant.iter().zip(&mut frames) {
            if maker.verdict(stated, existence, frame, frames)? != Verdict::Allowed {
                is_open = false;
                bars.rules.push(stated.rule);
            }
        }
        bars.everywhere &= !is_open;
        Ok(())
    })?;
    bars.rules.sort();
    bars.rules.dedup();
    Ok(bars)
}

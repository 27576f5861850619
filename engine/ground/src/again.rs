//! A policy over worlds that follow each other: what is known of each kind of row is kept.
//!
//! A ground policy speaks of single rows of classes. How many rows a class has stands in [`Ground::spaces`] alone, and in
//! bounds and counts that follow from it. Where all rows of a world are of kinds that are known, its ground policy is the
//! one before with other spaces; no rule is evaluated again.

use apportion_check::eval::{Facts, walk};
use apportion_check::policy::{Expr, ExprKind, IfBroken, InputId, Policy, SlotPart};
use rustc_hash::FxHashSet;

use crate::bounds::{TIGHTENED, tighten};
use crate::claims::{Program, program};
use crate::current::Running;
use crate::expand::Expander;
use crate::kinds::{Kinds, total_in};
use crate::model::{Ground, Sort, Space, singles};

/// A policy that was ground, to be read over later worlds.
pub struct Again<'p> {
    ground: Ground,
    /// By input, if one more row of it leaves everything else as it was.
    kinds: Vec<Option<Kinds<'p>>>,
    /// The time that the policy was read for, if it says something else at another.
    only_at: Option<f64>,
    /// Whether what runs now decides what rules say.
    is_relative: bool,
    /// Whether there are groups, which are those of the rows that are there.
    has_groups: bool,
}

/// The policy over a later world.
pub struct Later {
    /// The policy.
    pub ground: Ground,
    /// By input and class: which class of the first world it is.
    pub classes: Vec<Vec<u32>>,
}

impl<'p> Again<'p> {
    /// Of what [`crate::ground`] made of the same policy and facts.
    pub fn new<F: Facts + ?Sized>(policy: &'p Policy, facts: &F, ground: Ground) -> Again<'p> {
        let program = program(policy, facts.now());
        let prices = prices(policy);
        let beside_rules: Vec<&Expr> = program.sought().chain(&prices).collect();
        let kinds = ground.spaces.iter().enumerate().map(|(number, space)| {
            let input = InputId(number as u32);
            let is_counted = beside_rules.iter().any(|it| total_in(it, input).is_some());
            let kinds = (!is_counted).then(|| Kinds::new(policy, facts, input, space).ok());
            kinds.flatten()
        });
        let kinds = kinds.collect();
        let is_relative =
            policy.rules.iter().any(|it| it.if_broken != IfBroken::Fail || it.is_preemption())
                || ground.decisions.iter().any(|it| it.moves.is_some());
        let only_at = reads_time(policy, &program, &prices).then(|| facts.now());
        let has_groups =
            policy.levels.iter().any(|it| matches!(it.value.kind, ExprKind::Shares(_)));
        Again { ground, kinds, only_at, is_relative, has_groups }
    }

    /// Whether the policy says of an input more than it says of each of its rows.
    pub fn is_joint(&self, input: InputId) -> bool {
        self.kinds.get(input.index()).is_none_or(Option::is_none)
    }

    /// The policy over other facts, with the same parameters and slots. Rows of an input that [`Again::is_joint`] are the
    /// same, in the same order. None where it has to be ground anew: where a row is of no known kind, or a rule says
    /// something else at this time or of what runs now, or where there are groups.
    pub fn over<F: Facts + ?Sized>(&mut self, facts: &F, running: &[Running]) -> Option<Later> {
        if self.has_groups || self.is_relative || self.only_at.is_some_and(|at| at != facts.now()) {
            return None;
        }
        let inputs = self.kinds.iter_mut().zip(&self.ground.spaces).enumerate();
        let spaces = inputs.map(|(number, (kinds, space))| {
            let Some(kinds) = kinds else { return Some(space.clone()) };
            let rows = 0..facts.rows(InputId(number as u32));
            let class_of = rows.map(|row| kinds.known(facts, row)).collect::<Option<_>>()?;
            Some(Space::of(class_of, space.len()))
        });
        let later = self.ground.with_spaces(spaces.collect::<Option<_>>()?);
        // The greatest of nothing is no number, and is to be reported.
        let has_rows = later.ground.peaks.iter().all(|peak| !peak.is_empty());
        (has_rows && ran_before(&later.ground, running)).then_some(later)
    }
}

/// What soft rules cost, every `let` written out.
fn prices(policy: &Policy) -> Vec<Expr> {
    let soft = policy.rules.iter().filter_map(|rule| Some((rule, rule.soft.as_ref()?)));
    soft.map(|(rule, soft)| Expander::new(policy, rule.frame).expr(&soft.price)).collect()
}

/// Whether the policy says something else at another time.
fn reads_time(policy: &Policy, program: &Program, prices: &[Expr]) -> bool {
    let is_dated = policy.budgets.iter().any(|it| it.period.is_some());
    let mut expressions = program.expressions().chain(program.sought()).chain(prices);
    is_dated
        || !policy.overrides.is_empty()
        || expressions.any(|expr| {
            let mut reads = false;
            walk(expr, &mut |part| {
                reads |= matches!(
                    part.kind,
                    ExprKind::Now
                        | ExprKind::PeriodLength(_)
                        | ExprKind::SlotPart(_, SlotPart::Start)
                );
            });
            reads
        })
}

/// Whether all that runs is of columns: what runs and is shut out has one only where its like ran before.
fn ran_before(ground: &Ground, running: &[Running]) -> bool {
    let columns = ground.decisions.iter();
    let tuples = columns.map(|it| (0..it.len()).map(|at| it.tuple(at)).collect());
    let tuples: Vec<FxHashSet<&[u32]>> = tuples.collect();
    let mut classes = Vec::new();
    running.iter().all(|it| {
        let decision = it.decision as usize;
        let Some(columns) = ground.decisions.get(decision) else { return true };
        classes.clear();
        classes.extend(it.at.iter().zip(&columns.sorts).map(|(code, sort)| match sort {
            Sort::Rows(input) => ground.spaces[input.index()].class_of[*code as usize],
            Sort::Codes => *code,
        }));
        tuples[decision].contains(classes.as_slice())
    })
}

impl Ground {
    /// The same single rows, of classes that have other members.
    fn with_spaces(&self, spaces: Vec<Space>) -> Later {
        let (mut ground, classes) = Ground { spaces, ..self.clone() }.inhabited();
        ground.settle_peaks();
        let Ground { spaces, decisions, families, declared, shut_out, presolved, .. } = &mut ground;
        for columns in decisions.iter_mut() {
            let (first, len) = (columns.first as usize, columns.len());
            columns.upper.copy_from_slice(&declared[first..first + len]);
            for at in 0..columns.len() {
                let size = singles(columns.tuple(at), &columns.sorts, spaces);
                columns.most[at] = columns.upper[at] * size as f64;
            }
        }
        presolved.bounded = tighten(decisions, families, spaces, TIGHTENED);
        for shut in shut_out {
            shut.count(&decisions[shut.decision.index()].sorts, spaces);
        }
        Later { ground, classes }
    }
}

//! What runs now and is not left where it is, as columns that follow from those of a decision.
//!
//! A tuple that runs now has a value `m = max(0, running - x)` beside that of the decision, `x`. Less of it is never
//! worse, so `m >= 0` and `m >= running - x` say all of it, and what a policy says of moves is a sum of these values. A
//! column stands for all tuples of members of its classes, whichever of them run: rows that differ by where they run
//! alone stay one class, and of a column over classes it is known that it is at least all that runs of it less what the
//! decision's column has. How much each single tuple lacks is settled when rows are given their places.

use apportion_check::eval::{Facts, walk};
use apportion_check::policy::{DecisionId, Expr, ExprKind, Policy};
use apportion_diagnostic::{Diagnostic, Span};

use crate::claims::{Body, Program};
use crate::columns::radix;
use crate::current::Running;
use crate::model::{Columns, Ground, Sense, Sort};
use crate::scan::Scene;

/// What columns follow from that count moves.
#[derive(Clone, Debug)]
pub struct Moves {
    /// The decision whose moves they count.
    pub of: DecisionId,
    /// Where the author's text counts them, at the first place.
    pub span: Span,
    /// By column: that of the decision for the same classes, numbered over all decisions.
    pub from: Vec<u32>,
    /// Where the tuples of each column begin; one more than there are columns.
    pub start: Vec<u32>,
    /// Tuples that run now, column by column and ascending in each.
    pub tuples: Vec<Box<[u32]>>,
    /// How much runs of each tuple: more than 0.
    pub running: Vec<f64>,
}

impl Moves {
    /// Of a decision, without columns.
    pub fn new(of: DecisionId, span: Span) -> Moves {
        let (from, tuples, running) = Default::default();
        Moves { of, span, from, start: vec![0], tuples, running }
    }

    /// Adds a column that follows from another, with what runs of it, ascending.
    pub fn push(&mut self, from: u32, runs: impl IntoIterator<Item = (Box<[u32]>, f64)>) {
        self.from.push(from);
        for (tuple, running) in runs {
            self.tuples.push(tuple);
            self.running.push(running);
        }
        self.start.push(self.tuples.len() as u32);
    }

    /// The tuples of a column that run now, each with how much runs of it.
    pub fn of_column(&self, column: usize) -> impl Iterator<Item = (&[u32], f64)> {
        let range = self.start[column] as usize..self.start[column + 1] as usize;
        let tuples = self.tuples[range.clone()].iter().map(|tuple| &**tuple);
        tuples.zip(self.running[range].iter().copied())
    }

    /// All that runs now of a column.
    pub fn total(&self, column: usize) -> f64 {
        self.of_column(column).map(|(_, running)| running).sum()
    }

    /// What is moved of a tuple of which so much runs.
    pub fn moved(running: f64, value: f64) -> f64 {
        (running - value).max(0.0)
    }
}

/// The decision in whose place the moves of another stand: it comes after all that a policy has.
pub(crate) fn in_place_of(policy: &Policy, decision: DecisionId) -> DecisionId {
    DecisionId((policy.decisions.len() + decision.index()) as u32)
}

/// Adds the columns of moves after those of the policy's decisions, and fills the scene's lookup; nothing where no
/// moves are counted.
pub(crate) fn columns<F: Facts + ?Sized>(
    scene: &mut Scene<'_, F>,
    program: &Program,
    running: &[Running],
    decisions: &mut Vec<Columns>,
) {
    let counted = counted(scene.policy, program);
    if counted.is_empty() {
        return;
    }
    for number in 0..scene.policy.decisions.len() {
        let of = DecisionId(number as u32);
        let first = decisions.iter().map(|it| it.len() as u32).sum();
        let span = counted.iter().find(|(id, _)| *id == of).map(|(_, span)| *span);
        let runs = span.map(|_| by_column(scene, running, &decisions[number])).unwrap_or_default();
        let span = span.unwrap_or(scene.policy.decisions[number].span);
        let made = Columns {
            decision: in_place_of(scene.policy, of),
            first,
            ..of_running((of, span), &decisions[number], &runs)
        };
        let indices = program.decisions[number].indices.iter();
        let radix = indices.map(|index| radix(scene, index)).collect();
        scene.lookup.push(radix, &made);
        decisions.push(made);
    }
}

/// The decisions whose moves are counted, and where.
fn counted(policy: &Policy, program: &Program) -> Vec<(DecisionId, Span)> {
    let mut counted = Vec::new();
    let mut look = |expr: &Expr| {
        walk(expr, &mut |part| {
            if let ExprKind::Decision(id, _) = part.kind
                && let Some(of) = id.index().checked_sub(policy.decisions.len())
            {
                counted.push((DecisionId(of as u32), part.span));
            }
        });
    };
    for claim in &program.claims {
        if let Body::Affine(_, body) | Body::Condition(body) = &claim.body {
            look(body);
        }
    }
    program.aims.iter().for_each(|aim| look(&aim.value));
    counted
}

/// What runs now of a decision, by column and tuple; tuples that have no column today are left out.
fn by_column<F: Facts + ?Sized>(
    scene: &Scene<'_, F>,
    running: &[Running],
    columns: &Columns,
) -> Vec<(u32, Box<[u32]>, f64)> {
    let number = columns.decision.index();
    let of_it = running.iter().filter(|it| it.decision as usize == number);
    let mut runs: Vec<(u32, Box<[u32]>, f64)> = of_it
        .filter_map(|it| {
            let classes = it.at.iter().zip(&columns.sorts).map(|(code, sort)| match sort {
                Sort::Rows(input) => scene.spaces[input.index()].class_of[*code as usize],
                Sort::Codes => *code,
            });
            Some((scene.lookup.column(number, classes)?, it.at.as_slice().into(), it.value))
        })
        .collect();
    runs.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    runs.dedup_by(|next, kept| {
        let is_same = (next.0, &next.1) == (kept.0, &kept.1);
        kept.2 += if is_same { next.2 } else { 0.0 };
        is_same
    });
    runs.retain(|(_, _, value)| *value > 0.0);
    runs
}

fn of_running(
    (of, span): (DecisionId, Span),
    decided: &Columns,
    runs: &[(u32, Box<[u32]>, f64)],
) -> Columns {
    let mut made = Columns {
        decision: of,
        first: 0,
        sorts: decided.sorts.clone(),
        tuples: Vec::new(),
        whole: decided.whole && runs.iter().all(|(_, _, value)| value.fract() == 0.0),
        lower: Vec::new(),
        upper: Vec::new(),
        most: Vec::new(),
        moves: None,
    };
    let mut moves = Moves::new(of, span);
    for runs in runs.chunk_by(|a, b| a.0 == b.0) {
        let at = (runs[0].0 - decided.first) as usize;
        // A value below 0 is more than all of what runs away from it.
        let below = -decided.lower[at].min(0.0);
        made.tuples.extend_from_slice(decided.tuple(at));
        made.lower.push(0.0);
        made.upper.push(runs.iter().map(|(_, _, value)| value + below).fold(0.0, f64::max));
        made.most.push(runs.iter().map(|(_, _, value)| value + below).sum());
        moves.push(runs[0].0, runs.iter().map(|(_, tuple, value)| (tuple.clone(), *value)));
    }
    Columns { moves: Some(moves), ..made }
}

/// Errors for moves that facts give a price below 0: more of them would be better.
pub(crate) fn refuse_sought(policy: &Policy, ground: &Ground, findings: &mut Vec<Diagnostic>) {
    let is_of_moves = |decision: usize| ground.decisions[decision].moves.is_some();
    for family in &ground.families {
        let sign = match family.sense {
            Sense::LessEqual => 1.0,
            Sense::GreaterEqual => -1.0,
            // Of moves alone, whose sum is to be 0.
            Sense::Equal => family.values.first().copied().unwrap_or(1.0),
        };
        let mut terms = family.terms.iter().enumerate();
        let sought = terms.find(|(number, term)| {
            let values = |row: usize| family.entries(row, *number).1.iter();
            is_of_moves(term.decision.index())
                && (0..family.len()).flat_map(values).any(|value| value * sign < 0.0)
        });
        if let Some((_, term)) = sought {
            let rule = &policy.rules[family.rule.index()].name;
            findings.push(sought_by(&format!("rule `{rule}`"), term.span));
        }
    }
    for objective in &ground.objectives {
        let sign = if objective.maximize { -1.0 } else { 1.0 };
        let sought = objective.value.entries.iter().find(|entry| {
            let of = ground.decisions.partition_point(|it| it.first <= entry.column) - 1;
            is_of_moves(of) && entry.value * sign < 0.0
        });
        if let (Some(entry), Some(level)) = (sought, objective.level) {
            let level = &policy.levels[level.index()].name;
            findings.push(sought_by(&format!("level `{level}`"), entry.span));
        }
    }
}

fn sought_by(what: &str, span: Span) -> Diagnostic {
    let message =
        format!("{what} multiplies moves by less than 0, so that more of them are better");
    Diagnostic::error("out-of-range", message).at(span, "times something below 0")
}

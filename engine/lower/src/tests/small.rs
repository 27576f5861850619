//! Small ground policies: two classes of two and one rows, two codes.

use apportion_check::policy::{DecisionId, InputId, LevelId, RuleId, Type};
use apportion_diagnostic::{SourceId, Span};
use apportion_ground::{
    Columns, Comparison, Entry, Family, Formula, Ground, Instance, Linear, Moves, Objective,
    Quantifier, Relief, Sense, Slack, Soft, Sort, Space, Term, Tie,
};

pub(super) const ROWS: Sort = Sort::Rows(InputId(0));

pub(super) fn span(at: u32) -> Span {
    Span::new(SourceId(0), at, at + 1)
}

/// Rows 0 and 2 are alike, row 1 is not. `x[row, code]` has the columns `(a, 0)`, `(b, 0)`, `(a, 1)` and is
/// whole within 0 and 1; `y` is whole within 0 and 3; `f` is 0 or 1.
pub(super) fn ground() -> Ground {
    let space = Space { class_of: vec![0, 1, 0], start: vec![0, 2, 3], members: vec![0, 2, 1] };
    let x = Columns {
        decision: DecisionId(0),
        first: 0,
        sorts: vec![ROWS, Sort::Codes],
        tuples: vec![0, 0, 1, 0, 0, 1],
        whole: true,
        lower: vec![0.0; 3],
        upper: vec![1.0; 3],
        most: vec![2.0, 1.0, 2.0],
        moves: None,
    };
    Ground {
        spaces: vec![space],
        decisions: vec![x, lone(1, 3, 3.0), lone(2, 4, 1.0)],
        ..Ground::default()
    }
}

fn lone(decision: u32, first: u32, upper: f64) -> Columns {
    Columns {
        decision: DecisionId(decision),
        first,
        sorts: Vec::new(),
        tuples: Vec::new(),
        whole: true,
        lower: vec![0.0],
        upper: vec![upper],
        most: vec![upper],
        moves: None,
    }
}

pub(super) fn quantifier(sort: Sort) -> Quantifier {
    Quantifier { name: "q".into(), sort, ty: Type::Text }
}

/// For each row: the row's `x`, with `y` in every one: `values[0] * x[q, 0] + values[1] * x[q, 1] + values[2] * y`.
pub(super) fn by_row(sense: Sense, values: [f64; 3], right: [f64; 2]) -> Family {
    let term = |decision, at, ties: &[Tie]| Term {
        decision: DecisionId(decision),
        span: span(at),
        ties: ties.to_vec(),
    };
    let tied = [Tie::Quantifier(0), Tie::Free];
    Family {
        rule: RuleId(0),
        span: span(9),
        quantifiers: vec![quantifier(ROWS)],
        sense,
        terms: vec![term(0, 1, &tied), term(0, 2, &tied), term(1, 3, &[])],
        keys: vec![0, 1],
        start: vec![0, 1, 2, 3, 4, 4, 5],
        columns: vec![0, 2, 3, 1, 3],
        values: vec![values[0], values[1], values[2], values[0], values[2]],
        right: right.to_vec(),
        soft: None,
        reliefs: Vec::new(),
    }
}

/// One row over everything, `x` twice.
pub(super) fn total(sense: Sense, values: [f64; 3], right: f64) -> Family {
    let term = |decision, at, ties: &[Tie]| Term {
        decision: DecisionId(decision),
        span: span(at),
        ties: ties.to_vec(),
    };
    let free = [Tie::Free, Tie::Free];
    Family {
        rule: RuleId(1),
        span: span(8),
        quantifiers: Vec::new(),
        sense,
        terms: vec![term(0, 4, &free), term(0, 5, &free), term(2, 6, &[])],
        keys: Vec::new(),
        start: vec![0, 3, 4, 5],
        columns: vec![0, 1, 2, 1, 4],
        values: vec![values[0], values[0], values[0], values[1], values[2]],
        right: vec![right],
        soft: None,
        reliefs: Vec::new(),
    }
}

/// [`ground`], of which `x[0, 0]`, `x[2, 1]` and two of `y` run now: the columns 5 and 6 count the moves of `x`, 7 those of `y`.
pub(super) fn running() -> Ground {
    let mut ground = ground();
    let counting = |of: u32, first, tuples: &[u32], runs: &[(u32, &[u32], f64)]| {
        let mut moves = Moves::new(DecisionId(of), span(10));
        for (from, at, runs) in runs {
            moves.push(*from, [((*at).into(), *runs)]);
        }
        let most: Vec<f64> = runs.iter().map(|(_, _, runs)| *runs).collect();
        Columns {
            decision: DecisionId(3 + of),
            first,
            sorts: ground.decisions[of as usize].sorts.clone(),
            tuples: tuples.to_vec(),
            whole: true,
            lower: vec![0.0; runs.len()],
            upper: most.clone(),
            most,
            moves: Some(moves),
        }
    };
    let x = counting(0, 5, &[0, 0, 0, 1], &[(0, &[0, 0], 1.0), (2, &[2, 1], 1.0)]);
    let y = counting(1, 7, &[], &[(3, &[], 2.0)]);
    ground.decisions.extend([x, y]);
    ground
}

/// All moves, those of `x` by row: `moves(x[q, *]) <= right`; those of `x` and of `y` together.
pub(super) fn moved(quantified: bool, sense: Sense, right: f64) -> Family {
    let term = |decision, ties: &[Tie]| Term {
        decision: DecisionId(decision),
        span: span(11),
        ties: ties.to_vec(),
    };
    let tie = if quantified { Tie::Quantifier(0) } else { Tie::Free };
    let both = !quantified;
    Family {
        rule: RuleId(3),
        span: span(12),
        quantifiers: quantified.then(|| quantifier(ROWS)).into_iter().collect(),
        sense,
        terms: [vec![term(3, &[tie, Tie::Free])], vec![term(4, &[]); usize::from(both)]].concat(),
        keys: vec![0; usize::from(quantified)],
        start: if both { vec![0, 2, 3] } else { vec![0, 2] },
        columns: if both { vec![5, 6, 7] } else { vec![5, 6] },
        values: if both { vec![1.0; 3] } else { vec![1.0; 2] },
        right: vec![right],
        soft: None,
        reliefs: Vec::new(),
    }
}

pub(super) fn relief(row: u32, member: Option<u32>, most: f64) -> Relief {
    Relief { row, members: member.into_iter().collect(), most }
}

pub(super) fn linear(entries: &[(u32, f64)], pieces: &[(u32, f64)], constant: f64) -> Linear {
    let entry = |(column, value): &(u32, f64)| Entry {
        column: *column,
        value: *value,
        span: span(20 + column),
    };
    Linear { entries: entries.iter().map(entry).collect(), pieces: pieces.to_vec(), constant }
}

pub(super) fn atom(entries: &[(u32, f64)], comparison: Comparison, right: f64) -> Formula {
    Formula::Atom(linear(entries, &[], -right), comparison)
}

pub(super) fn instance(formula: Formula) -> Instance {
    Instance { rule: RuleId(2), span: span(7), key: Vec::new(), formula, soft: None, relief: None }
}

pub(super) fn level(level: u32, maximize: bool, value: Linear, penalties: f64) -> Objective {
    Objective {
        level: Some(LevelId(level)),
        maximize,
        value,
        penalties,
        slack: Slack::default(),
        shares: Vec::new(),
    }
}

pub(super) fn mending() -> Objective {
    Objective {
        shares: Vec::new(),
        level: None,
        maximize: false,
        value: Linear::default(),
        penalties: 1.0,
        slack: Slack::default(),
    }
}

pub(super) fn soft(price: f64) -> Option<Soft> {
    Some(Soft { level: Some(LevelId(0)), price })
}

//! How much a column can be at most, read off the rows that hold it down.
//!
//! In a hard row `sum of c * x <= b` every column with a positive coefficient is at most
//! `(b + what columns with negative coefficients can give) / c`: the activity bound of presolve
//! (Savelsbergh, "Preprocessing and probing techniques for mixed integer programming problems", 1994). It
//! is stated for the single row, so a class column is bounded by it once for every single row that it has a
//! part in.

use crate::model::{Columns, Family, Sense, Sort, Space, Tie};

/// Looks at each row that pay.
pub(crate) const TIGHTENED: usize = 2;

/// Lowers `upper` and `most` of all columns as far as one look at each hard row allows, `rounds` times.
pub(crate) fn tighten(
    decisions: &mut [Columns],
    families: &[Family],
    spaces: &[Space],
    rounds: usize,
) {
    for _ in 0..rounds {
        for family in families {
            if family.soft.is_some() || !family.reliefs.is_empty() {
                continue;
            }
            let signs: &[f64] = match family.sense {
                Sense::LessEqual => &[1.0],
                Sense::GreaterEqual => &[-1.0],
                Sense::Equal => &[1.0, -1.0],
            };
            for row in 0..family.len() {
                signs.iter().for_each(|sign| tighten_row(decisions, family, row, *sign, spaces));
            }
        }
    }
}

fn tighten_row(
    decisions: &mut [Columns],
    family: &Family,
    row: usize,
    sign: f64,
    spaces: &[Space],
) {
    let mut available = sign * family.right[row];
    let mut held = false;
    for (number, term) in family.terms.iter().enumerate() {
        let columns = &decisions[term.decision.index()];
        let (entries, values) = family.entries(row, number);
        for (column, value) in entries.iter().zip(values) {
            let at = (column - columns.first) as usize;
            let value = sign * value;
            let (free, _) = parts(columns, at, &term.ties, spaces);
            if value < 0.0 {
                available -= value * (columns.upper[at] * free).min(columns.most[at]);
            } else {
                held = true;
                available -= value * columns.lower[at] * free;
            }
        }
    }
    if !held || !available.is_finite() {
        return;
    }
    for (number, term) in family.terms.iter().enumerate() {
        let (entries, values) = family.entries(row, number);
        for (column, value) in entries.iter().zip(values) {
            let columns = &mut decisions[term.decision.index()];
            let at = (column - columns.first) as usize;
            let value = sign * value;
            if value <= 0.0 {
                continue;
            }
            let (free, tied) = parts(columns, at, &term.ties, spaces);
            let lower = columns.lower[at];
            // All single tuples in this single row together, and one of them.
            let together = rounded(available / value + lower * free, columns.whole);
            let one = rounded(available / value + lower, columns.whole);
            if one >= lower {
                columns.upper[at] = columns.upper[at].min(one);
                columns.most[at] = columns.most[at].min(together * tied);
            }
        }
    }
}

/// How many single tuples of a column one single row holds, and how many single rows share them.
fn parts(columns: &Columns, at: usize, ties: &[Tie], spaces: &[Space]) -> (f64, f64) {
    let mut free = 1.0;
    let mut tied = 1.0;
    for ((class, sort), tie) in columns.tuple(at).iter().zip(&columns.sorts).zip(ties) {
        let Sort::Rows(input) = sort else { continue };
        let size = spaces[input.index()].members(*class).len() as f64;
        match tie {
            Tie::Free => free *= size,
            Tie::Quantifier(_) => tied *= size,
        }
    }
    (free, tied)
}

/// Whole columns take whole values: `2.9999999999` is 3 that was lost on the way.
fn rounded(bound: f64, whole: bool) -> f64 {
    if whole { (bound + 1e-9 * bound.abs().max(1.0)).floor() } else { bound }
}

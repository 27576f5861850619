//! How much a column can be at most, read off the rows that hold it down.
//!
//! In a hard row `sum of c * x <= b` every column with a positive coefficient is at most
//! `(b + what columns with negative coefficients can give) / c`: the activity bound of presolve
//! (Savelsbergh, "Preprocessing and probing techniques for mixed integer programming problems", 1994). It
//! is stated for the single row, so a class column is bounded by it once for every single row that it has a
//! part in.

use crate::model::{Columns, Family, Sense, Sort, Space, Tie};
use crate::presolved::Bounded;

/// Looks at each row that pay.
pub(crate) const TIGHTENED: usize = 2;

/// Lowers `upper` and `most` of all columns as far as one look at each hard row allows, `rounds` times, and gives for
/// each column the rows that did it last.
pub(crate) fn tighten(
    decisions: &mut [Columns],
    families: &[Family],
    spaces: &[Space],
    rounds: usize,
) -> Vec<Bounded> {
    let columns = decisions.iter().map(Columns::len).sum();
    let mut bounds = Bounds { decisions, spaces, bounded: vec![Bounded::default(); columns] };
    for _ in 0..rounds {
        let mut first = 0;
        for family in families {
            if family.soft.is_none() && family.reliefs.is_empty() {
                bounds.family(family, first);
            }
            first += family.len() as u32;
        }
    }
    bounds.bounded
}

struct Bounds<'b> {
    decisions: &'b mut [Columns],
    spaces: &'b [Space],
    bounded: Vec<Bounded>,
}

impl Bounds<'_> {
    /// Looks at the rows of a family, which are numbered from `first`.
    fn family(&mut self, family: &Family, first: u32) {
        let signs: &[f64] = match family.sense {
            Sense::LessEqual => &[1.0],
            Sense::GreaterEqual => &[-1.0],
            Sense::Equal => &[1.0, -1.0],
        };
        for row in 0..family.len() {
            for sign in signs {
                if let Some(available) = self.available(family, row, *sign) {
                    self.lower(family, row, *sign, available, first + row as u32);
                }
            }
        }
    }

    /// What a row leaves for one column where the others take the least; none where it holds nothing down.
    fn available(&self, family: &Family, row: usize, sign: f64) -> Option<f64> {
        let mut available = sign * family.right[row];
        let mut held = false;
        for (number, term) in family.terms.iter().enumerate() {
            let columns = &self.decisions[term.decision.index()];
            let (entries, values) = family.entries(row, number);
            for (column, value) in entries.iter().zip(values) {
                let at = (column - columns.first) as usize;
                let value = sign * value;
                let (free, _) = parts(columns, at, &term.ties, self.spaces);
                if value < 0.0 {
                    available -= value * (columns.upper[at] * free).min(columns.most[at]);
                } else {
                    held = true;
                    available -= value * columns.lower[at] * free;
                }
            }
        }
        (held && available.is_finite()).then_some(available)
    }

    /// Lowers the bounds of the columns that a row holds down to what it leaves for each of them.
    fn lower(&mut self, family: &Family, row: usize, sign: f64, available: f64, number: u32) {
        for (term_number, term) in family.terms.iter().enumerate() {
            let (entries, values) = family.entries(row, term_number);
            for (column, value) in entries.iter().zip(values) {
                let columns = &mut self.decisions[term.decision.index()];
                let at = (column - columns.first) as usize;
                let value = sign * value;
                if value <= 0.0 {
                    continue;
                }
                let (free, tied) = parts(columns, at, &term.ties, self.spaces);
                let lower = columns.lower[at];
                // All single tuples in this single row together, and one of them.
                let together = rounded(available / value + lower * free, columns.whole) * tied;
                let one = rounded(available / value + lower, columns.whole);
                if one < lower {
                    continue;
                }
                let bounded = &mut self.bounded[*column as usize];
                if one < columns.upper[at] {
                    columns.upper[at] = one;
                    bounded.single_by(number);
                }
                if together < columns.most[at] {
                    columns.most[at] = together;
                    bounded.sum_by(number);
                }
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

#[cfg(test)]
mod tests {
    use apportion_check::policy::{DecisionId, InputId, RuleId, Type};
    use apportion_diagnostic::{SourceId, Span};

    use super::*;
    use crate::model::{Quantifier, Relief, Soft, Term};

    const FREE: f64 = f64::INFINITY;
    const ROWS: Sort = Sort::Rows(InputId(0));
    const SPAN: Span = Span { source: SourceId(0), start: 0, end: 0 };

    /// The columns `a`, `b` and so on of whole values from 0 to these bounds, one decision for each.
    fn columns(uppers: &[f64]) -> Vec<Columns> {
        let decisions = uppers.iter().enumerate().map(|(at, upper)| Columns {
            decision: DecisionId(at as u32),
            first: at as u32,
            sorts: Vec::new(),
            tuples: Vec::new(),
            whole: true,
            lower: vec![0.0],
            upper: vec![*upper],
            most: vec![*upper],
            moves: None,
        });
        decisions.collect()
    }

    /// One row over these columns.
    fn row(values: &[f64], sense: Sense, right: f64) -> Family {
        let terms = (0..values.len() as u32).map(|at| Term {
            decision: DecisionId(at),
            span: SPAN,
            ties: Vec::new(),
        });
        Family {
            rule: RuleId(0),
            span: SPAN,
            quantifiers: Vec::new(),
            sense,
            terms: terms.collect(),
            keys: Vec::new(),
            start: (0..=values.len() as u32).collect(),
            columns: (0..values.len() as u32).collect(),
            values: values.to_vec(),
            right: vec![right],
            soft: None,
            reliefs: Vec::new(),
        }
    }

    fn at_most(values: &[f64], right: f64) -> Family {
        row(values, Sense::LessEqual, right)
    }

    /// What bounds become, and by which row.
    #[track_caller]
    fn check(mut decisions: Vec<Columns>, families: &[Family], spaces: &[Space], expected: &str) {
        let bounded = tighten(&mut decisions, families, spaces, TIGHTENED);
        let by = |row: Option<u32>| row.map_or(String::new(), |row| format!(" by row {row}"));
        let found = ('a'..).zip(decisions.iter().zip(bounded)).map(|(name, (columns, from))| {
            let one = format!("{name} <= {}{}", columns.upper[0], by(from.single()));
            match columns.sorts.is_empty() {
                true => one,
                false => format!("{one}, together {}{}", columns.most[0], by(from.sum())),
            }
        });
        assert_eq!(found.collect::<Vec<_>>().join("; "), expected);
    }

    #[test]
    fn a_row_leaves_each_column_what_the_others_do_not_take() {
        let rows = [at_most(&[2.0, 3.0], 12.0)];
        check(columns(&[9.0, 9.0]), &rows, &[], "a <= 6 by row 0; b <= 4 by row 0");
        let mut taken = columns(&[9.0, 9.0]);
        taken[0].lower[0] = 3.0;
        check(taken, &rows, &[], "a <= 6 by row 0; b <= 2 by row 0");
    }

    #[test]
    fn what_others_give_is_there_to_be_taken() {
        let rows = [at_most(&[1.0, -2.0], 1.0)];
        check(columns(&[FREE, 3.0]), &rows, &[], "a <= 7 by row 0; b <= 3");
        check(columns(&[FREE, FREE]), &rows, &[], "a <= inf; b <= inf");
    }

    #[test]
    fn a_row_the_other_way_round_and_an_equation_hold_down_too() {
        check(
            columns(&[9.0, 9.0]),
            &[row(&[-1.0, 1.0], Sense::GreaterEqual, 4.0)],
            &[],
            "a <= 5 by row 0; b <= 9",
        );
        check(
            columns(&[9.0, 3.0]),
            &[row(&[1.0, -1.0], Sense::Equal, 0.0)],
            &[],
            "a <= 3 by row 0; b <= 3",
        );
    }

    #[test]
    fn whole_values_are_rounded_down_and_amounts_are_not() {
        let rows = [at_most(&[0.1], 0.3), at_most(&[2.0], 5.0)];
        check(columns(&[9.0]), &rows, &[], "a <= 2 by row 1");
        check(columns(&[9.0]), &rows[..1], &[], "a <= 3 by row 0");
        let mut amounts = columns(&[9.0]);
        amounts[0].whole = false;
        check(amounts, &rows, &[], "a <= 2.5 by row 1");
    }

    /// The first row can say more once the second has held `b` down.
    #[test]
    fn a_second_look_uses_what_the_first_found() {
        let rows = [at_most(&[1.0, -1.0], 0.0), at_most(&[0.0, 1.0], 4.0)];
        check(columns(&[9.0, 9.0]), &rows, &[], "a <= 4 by row 0; b <= 4 by row 1");
    }

    #[test]
    fn a_row_that_may_be_broken_holds_nothing_down() {
        let mut soft = at_most(&[1.0], 1.0);
        soft.soft = Some(Soft { level: None, price: 1.0 });
        let mut relieved = at_most(&[1.0], 2.0);
        relieved.reliefs = vec![Relief { row: 0, members: Box::default(), most: 1.0 }];
        check(columns(&[9.0]), &[soft, relieved, at_most(&[1.0], 3.0)], &[], "a <= 3 by row 2");
    }

    #[test]
    fn what_cannot_hold_is_left_to_be_found() {
        check(columns(&[9.0]), &[at_most(&[1.0], -1.0)], &[], "a <= 9");
    }

    /// Two rows are alike, and three others: `x[row, other]` is six values in one column. A row for each of the two
    /// holds down its three, a row over everything all six.
    #[test]
    fn a_class_column_is_bounded_once_for_each_row_that_it_has_a_part_in() {
        let space = |rows: u32| Space::of(vec![0; rows as usize], 1);
        let spaces = [space(2), space(3)];
        let pairs = || {
            let mut pairs = columns(&[2.0]);
            pairs[0].sorts = vec![ROWS, Sort::Rows(InputId(1))];
            pairs[0].tuples = vec![0, 0];
            pairs[0].most = vec![12.0];
            pairs
        };
        let each = |right| {
            let mut each = at_most(&[2.0], right);
            each.quantifiers = vec![Quantifier { name: "q".into(), sort: ROWS, ty: Type::Text }];
            each.keys = vec![0];
            each.terms[0].ties = vec![Tie::Quantifier(0), Tie::Free];
            each
        };
        let all = |right| {
            let mut all = at_most(&[1.0], right);
            all.terms[0].ties = vec![Tie::Free, Tie::Free];
            all
        };
        check(pairs(), &[each(7.0)], &spaces, "a <= 2, together 6 by row 0");
        check(pairs(), &[each(3.0), all(5.0)], &spaces, "a <= 1 by row 0, together 2 by row 0");
        check(pairs(), &[each(3.0), all(1.0)], &spaces, "a <= 1 by row 0, together 1 by row 1");
    }

    #[test]
    fn rows_are_numbered_over_all_families() {
        let ground = crate::Ground {
            families: vec![
                Family { right: vec![1.0; 2], ..at_most(&[], 1.0) },
                Family { right: Vec::new(), ..at_most(&[], 1.0) },
                at_most(&[], 1.0),
            ],
            ..crate::Ground::default()
        };
        assert_eq!([0, 1, 2].map(|row| ground.family_row(row)), [(0, 0), (0, 1), (2, 0)]);
    }
}

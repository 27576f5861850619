//! Small policies, and the models that they become.

use std::cell::Cell;

use apportion_check::policy::{DecisionId, LevelId, RuleId};
use apportion_diagnostic::Diagnostic;
use apportion_ground::{Comparison, Formula, Ground, Linear, Piece, Quantifier, Sense};
use expect_test::{Expect, expect};

use super::small::*;
use crate::form::{Form, step};
use crate::{Limits, Named, Naming, Resolution, lower};

struct Words;

impl Naming for Words {
    fn decision(&self, decision: DecisionId) -> String {
        ["x", "y", "f"][decision.index()].into()
    }

    fn rule(&self, rule: RuleId) -> String {
        ["by_row", "total", "claim"][rule.index()].into()
    }

    fn level(&self, level: LevelId) -> String {
        ["cost", "value"][level.index()].into()
    }

    fn at(&self, _: DecisionId, index: usize, code: u32) -> String {
        if index == 0 { format!("row-{code}") } else { ["spot", "firm"][code as usize].into() }
    }

    fn member(&self, _: &Quantifier, code: u32) -> String {
        format!("row-{code}")
    }
}

#[track_caller]
fn check(ground: &Ground, resolution: Resolution, text: Expect) {
    match lower(ground, resolution, Limits::default()) {
        Ok(lowered) => {
            let mut lp = Vec::new();
            let named = Named { trace: &lowered.trace, naming: &Words };
            apportion_mip::write_lp(&lowered.model, &named, &mut lp).expect("a text");
            text.assert_eq(&String::from_utf8(lp).expect("a text"));
        }
        Err(errors) => {
            let told = errors.iter().map(|error| told(&error.diagnostic(&Words)));
            text.assert_eq(&told.collect::<String>());
        }
    }
}

fn told(diagnostic: &Diagnostic) -> String {
    let mut told = format!("{}: {}\n", diagnostic.code, diagnostic.message);
    for label in &diagnostic.labels {
        told += &format!("  at {}: {}\n", label.span.start, label.text);
    }
    for note in &diagnostic.notes {
        told += &format!("  {}\n", note.text);
    }
    told
}

fn claiming(formula: Formula) -> Ground {
    Ground { instances: vec![instance(formula)], ..ground() }
}

/// `y` and `f`, which stand alone.
const Y: u32 = 3;
const F: u32 = 4;

#[test]
fn a_class_row_is_the_sum_of_its_members() {
    let mut ground = ground();
    ground.families.push(by_row(Sense::LessEqual, [1.0, 2.0, 1.0], [3.0, 4.0]));
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
            \ 5 columns, 2 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f
            Subject To
             by_row(row~0_and_1): + 1 x(row~0_and_1,spot) + 2 x(row~0_and_1,firm) + 2 y <= 6
             by_row(row~1): + 1 x(row~1,spot) + 1 y <= 4
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
            End
        "#]],
    );
}

#[test]
fn a_single_row_has_the_columns_that_are_tied_to_it() {
    let mut ground = ground();
    ground.families.push(by_row(Sense::LessEqual, [1.0, 2.0, 1.0], [3.0, 4.0]));
    check(
        &ground,
        Resolution::Singles,
        expect![[r#"
        \ 7 columns, 3 rows
        Minimize
         obj: + 0 x(row~0,spot) + 0 x(row~2,spot) + 0 x(row~1,spot) + 0 x(row~0,firm) + 0 x(row~2,firm) + 0 y
          + 0 f
        Subject To
         by_row(row~0): + 1 x(row~0,spot) + 2 x(row~0,firm) + 1 y <= 3
         by_row(row~2): + 1 x(row~2,spot) + 2 x(row~2,firm) + 1 y <= 3
         by_row(row~1): + 1 x(row~1,spot) + 1 y <= 4
        Bounds
         0 <= x(row~0,spot) <= 1
         0 <= x(row~2,spot) <= 1
         0 <= x(row~1,spot) <= 1
         0 <= x(row~0,firm) <= 1
         0 <= x(row~2,firm) <= 1
         0 <= y <= 3
         0 <= f <= 1
        General
         x(row~0,spot)
         x(row~2,spot)
         x(row~1,spot)
         x(row~0,firm)
         x(row~2,firm)
         y
         f
        End
    "#]],
    );
}

#[test]
fn a_column_that_two_terms_name_occurs_once() {
    let mut ground = ground();
    ground.families.push(total(Sense::GreaterEqual, [1.0, 2.0, -1.0], 1.0));
    check(
        &ground,
        Resolution::Singles,
        expect![[r#"
        \ 7 columns, 1 rows
        Minimize
         obj: + 0 x(row~0,spot) + 0 x(row~2,spot) + 0 x(row~1,spot) + 0 x(row~0,firm) + 0 x(row~2,firm) + 0 y
          + 0 f
        Subject To
         total: + 1 x(row~0,spot) + 1 x(row~2,spot) + 3 x(row~1,spot) + 1 x(row~0,firm) + 1 x(row~2,firm)
          - 1 f >= 1
        Bounds
         0 <= x(row~0,spot) <= 1
         0 <= x(row~2,spot) <= 1
         0 <= x(row~1,spot) <= 1
         0 <= x(row~0,firm) <= 1
         0 <= x(row~2,firm) <= 1
         0 <= y <= 3
         0 <= f <= 1
        General
         x(row~0,spot)
         x(row~2,spot)
         x(row~1,spot)
         x(row~0,firm)
         x(row~2,firm)
         y
         f
        End
    "#]],
    );
}

#[test]
fn an_equality_with_a_price_may_be_missed_on_both_sides() {
    let mut ground = ground();
    ground.families.push(by_row(Sense::Equal, [1.0, 1.0, 0.0], [1.0, 1.0]));
    ground.families[0].soft = soft(5.0);
    ground.objectives.push(level(0, false, linear(&[(Y, 1.0)], &[], 2.0), 10.0));
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
            \ 9 columns, 2 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 1 y + 0 f
              + 50 by_row.violation(row~0_and_1) + 50 by_row.violation(row~1)
              + 50 by_row.violation(row~0_and_1)#2 + 50 by_row.violation(row~1)#2 + 2
            Subject To
             by_row(row~0_and_1): + 1 x(row~0_and_1,spot) + 1 x(row~0_and_1,firm)
              - 1 by_row.violation(row~0_and_1) + 1 by_row.violation(row~0_and_1)#2 = 2
             by_row(row~1): + 1 x(row~1,spot) - 1 by_row.violation(row~1) + 1 by_row.violation(row~1)#2 = 1
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
            End
        "#]],
    );
}

#[test]
fn a_relief_of_a_class_is_the_sum_of_its_members_reliefs() {
    let mut ground = ground();
    ground.families.push(by_row(Sense::LessEqual, [1.0, 1.0, 0.0], [0.0, 0.0]));
    ground.families[0].reliefs = vec![relief(0, Some(0), 1.0), relief(0, Some(2), 4.0)];
    ground.objectives.push(mending());
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
            \ 6 columns, 2 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f
              + 0.25 by_row.relief(row~0_and_1)
            Subject To
             by_row(row~0_and_1): + 1 x(row~0_and_1,spot) + 1 x(row~0_and_1,firm) - 1 by_row.relief(row~0_and_1) <= 0
             by_row(row~1): + 1 x(row~1,spot) <= 0
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
             0 <= by_row.relief(row~0_and_1) <= 5
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
            End
        "#]],
    );
}

#[test]
fn a_relief_of_a_member_is_its_own() {
    let mut ground = ground();
    ground.families.push(by_row(Sense::GreaterEqual, [1.0, 1.0, 0.0], [1.0, 1.0]));
    ground.families[0].reliefs = vec![relief(0, Some(2), 2.0)];
    ground.objectives.push(mending());
    check(
        &ground,
        Resolution::Singles,
        expect![[r#"
        \ 8 columns, 3 rows
        Minimize
         obj: + 0 x(row~0,spot) + 0 x(row~2,spot) + 0 x(row~1,spot) + 0 x(row~0,firm) + 0 x(row~2,firm) + 0 y
          + 0 f + 0.5 by_row.relief(row~2)
        Subject To
         by_row(row~0): + 1 x(row~0,spot) + 1 x(row~0,firm) >= 1
         by_row(row~2): + 1 x(row~2,spot) + 1 x(row~2,firm) + 1 by_row.relief(row~2) >= 1
         by_row(row~1): + 1 x(row~1,spot) >= 1
        Bounds
         0 <= x(row~0,spot) <= 1
         0 <= x(row~2,spot) <= 1
         0 <= x(row~1,spot) <= 1
         0 <= x(row~0,firm) <= 1
         0 <= x(row~2,firm) <= 1
         0 <= y <= 3
         0 <= f <= 1
         0 <= by_row.relief(row~2) <= 2
        General
         x(row~0,spot)
         x(row~2,spot)
         x(row~1,spot)
         x(row~0,firm)
         x(row~2,firm)
         y
         f
        End
    "#]],
    );
}

#[test]
fn conjunctions_of_comparisons_are_plain_rows() {
    let parts = vec![
        atom(&[(Y, 1.0), (0, 1.0)], Comparison::Less, 3.0),
        atom(&[(Y, 2.0), (0, 4.0)], Comparison::Greater, 1.0),
        Formula::Not(Box::new(atom(&[(Y, 1.0), (F, -1.0)], Comparison::NotEqual, 0.0))),
    ];
    check(
        &claiming(Formula::And(parts)),
        Resolution::Classes,
        expect![[r#"
            \ 5 columns, 3 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f
            Subject To
             claim: + 1 x(row~0_and_1,spot) + 1 y <= 2
             claim#2: + 2 x(row~0_and_1,spot) + 1 y >= 1
             claim#3: + 1 y - 1 f = 0
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
            End
        "#]],
    );
}

#[test]
fn an_implication_from_a_flag_needs_no_binary() {
    let off = atom(&[(F, 1.0)], Comparison::Less, 1.0);
    let claim = atom(&[(Y, 1.0), (0, 1.0)], Comparison::LessEqual, 2.0);
    check(
        &claiming(Formula::Or(vec![off, claim])),
        Resolution::Classes,
        expect![[r#"
            \ 5 columns, 1 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f
            Subject To
             claim: + 1 x(row~0_and_1,spot) + 1 y + 3 f <= 5
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
            End
        "#]],
    );
}

#[test]
fn one_of_two_needs_one_binary() {
    let least = atom(&[(Y, 1.0)], Comparison::GreaterEqual, 2.0);
    let claim = atom(&[(0, 1.0)], Comparison::Equal, 0.0);
    check(
        &claiming(Formula::Or(vec![least, claim])),
        Resolution::Classes,
        expect![[r#"
            \ 6 columns, 2 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f
              + 0 claim.indicator
            Subject To
             claim: + 1 y - 2 claim.indicator >= 0
             claim#2: + 1 x(row~0_and_1,spot) - 2 claim.indicator <= 0
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
             0 <= claim.indicator <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
             claim.indicator
            End
        "#]],
    );
}

#[test]
fn at_most_two_of_many_count_by_flags() {
    let mut ground = ground();
    let used = |column| Piece::Holds(atom(&[(column, 1.0)], Comparison::Greater, 0.0));
    ground.pieces = vec![used(0), used(1), used(Y)];
    let count = linear(&[], &[(0, 1.0), (1, 1.0), (2, 1.0)], -2.0);
    ground.instances.push(instance(Formula::Atom(count, Comparison::LessEqual)));
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
            \ 7 columns, 3 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f + 0 claim.part
              + 0 claim.part#2
            Subject To
             claim: + 1 x(row~0_and_1,spot) - 2 claim.part <= 0
             claim#2: + 1 y - 3 claim.part#2 <= 0
             claim#3: + 1 x(row~1,spot) + 1 claim.part + 1 claim.part#2 <= 2
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
             0 <= claim.part <= 1
             0 <= claim.part#2 <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
             claim.part
             claim.part#2
            End
        "#]],
    );
}

#[test]
fn the_least_maximum_needs_no_binary() {
    let mut ground = ground();
    let part = |column| linear(&[(column, 1.0)], &[], 0.0);
    ground.pieces = vec![Piece::Max(vec![part(0), part(Y)])];
    ground.objectives.push(level(0, false, linear(&[], &[(0, 1.0)], 0.0), 0.0));
    check(
        &ground,
        Resolution::Singles,
        expect![[r#"
        \ 8 columns, 2 rows
        Minimize
         obj: + 0 x(row~0,spot) + 0 x(row~2,spot) + 0 x(row~1,spot) + 0 x(row~0,firm) + 0 x(row~2,firm) + 0 y
          + 0 f + 1 cost.part
        Subject To
         cost: - 1 x(row~0,spot) - 1 x(row~2,spot) + 1 cost.part >= 0
         cost#2: - 1 y + 1 cost.part >= 0
        Bounds
         0 <= x(row~0,spot) <= 1
         0 <= x(row~2,spot) <= 1
         0 <= x(row~1,spot) <= 1
         0 <= x(row~0,firm) <= 1
         0 <= x(row~2,firm) <= 1
         0 <= y <= 3
         0 <= f <= 1
         0 <= cost.part <= 3
        General
         x(row~0,spot)
         x(row~2,spot)
         x(row~1,spot)
         x(row~0,firm)
         x(row~2,firm)
         y
         f
        End
    "#]],
    );
}

#[test]
fn the_greatest_maximum_needs_one_binary_for_each_part_that_can_be_it() {
    let mut ground = ground();
    let part = |column, constant| linear(&[(column, 1.0)], &[], constant);
    ground.pieces = vec![Piece::Max(vec![part(0, 0.0), part(Y, 1.0), part(F, 0.0)])];
    ground.objectives.push(level(0, true, linear(&[], &[(0, 1.0)], 0.0), 0.0));
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
            \ 8 columns, 3 rows
            Maximize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f + 1 cost.part
              + 0 cost.selector + 0 cost.selector#2
            Subject To
             cost: + 0.5 x(row~0_and_1,spot) - 0.5 cost.part - 2 cost.selector >= -2
             cost#2: + 1 y - 1 cost.part - 3 cost.selector#2 >= -4
             cost#3: + 1 cost.selector + 1 cost.selector#2 >= 1
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
             1 <= cost.part <= 4
             0 <= cost.selector <= 1
             0 <= cost.selector#2 <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
             cost.selector
             cost.selector#2
            End
        "#]],
    );
}

#[test]
fn a_claim_that_cannot_hold_leaves_its_row() {
    let never = atom(&[(Y, 1.0)], Comparison::Greater, 3.0);
    check(
        &claiming(never),
        Resolution::Classes,
        expect![[r#"
            \ 5 columns, 1 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f
            Subject To
             claim: + 0 x(row~0_and_1,spot) >= 1
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             y
             f
            End
        "#]],
    );
}

#[test]
fn a_strict_comparison_of_amounts_keeps_a_share_away() {
    let mut ground = claiming(atom(&[(Y, 1.0)], Comparison::Less, 2.0));
    ground.decisions[1].whole = false;
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
            \ 5 columns, 1 rows
            Minimize
             obj: + 0 x(row~0_and_1,spot) + 0 x(row~1,spot) + 0 x(row~0_and_1,firm) + 0 y + 0 f
            Subject To
             claim: + 1 y <= 1.999988
            Bounds
             0 <= x(row~0_and_1,spot) <= 2
             0 <= x(row~1,spot) <= 1
             0 <= x(row~0_and_1,firm) <= 2
             0 <= y <= 3
             0 <= f <= 1
            General
             x(row~0_and_1,spot)
             x(row~1,spot)
             x(row~0_and_1,firm)
             f
            End
        "#]],
    );
}

#[test]
fn a_condition_on_what_has_no_bound_is_refused() {
    let least = atom(&[(Y, 1.0)], Comparison::LessEqual, 2.0);
    let claim = atom(&[(0, 1.0)], Comparison::Equal, 0.0);
    let mut ground = claiming(Formula::Or(vec![least, claim]));
    ground.decisions[1].upper[0] = f64::INFINITY;
    ground.decisions[1].most[0] = f64::INFINITY;
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
        bound-missing: a condition in rule `claim` needs a greatest value of `y`
          at 23: nothing says how great this can be
          at 7: needed here
          state a bound where `y` is declared, or limit it by a rule
    "#]],
    );
}

#[test]
fn a_bound_is_missed_through_a_piece() {
    let mut ground = ground();
    ground.decisions[1].upper[0] = f64::INFINITY;
    ground.decisions[1].most[0] = f64::INFINITY;
    ground.pieces = vec![Piece::Abs(linear(&[(Y, 1.0), (0, -1.0)], &[], 0.0))];
    let apart = Formula::Atom(linear(&[], &[(0, 1.0)], -2.0), Comparison::GreaterEqual);
    ground.instances = vec![instance(apart.clone()), instance(apart)];
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
        bound-missing: a condition in rule `claim` needs a greatest value of `y`
          at 23: nothing says how great this can be
          at 7: needed here
          state a bound where `y` is declared, or limit it by a rule
    "#]],
    );
}

#[test]
fn amounts_too_far_apart_are_refused() {
    let far = atom(&[(Y, 1e7), (F, 1.0)], Comparison::LessEqual, 2.0);
    let claim = atom(&[(0, 1.0)], Comparison::Equal, 0.0);
    check(
        &claiming(Formula::Or(vec![far, claim])),
        Resolution::Classes,
        expect![[r#"
            big-m-too-large: a condition in rule `claim` compares amounts too far apart
              at 7: stated here
              amounts reach 29999999, and 1 still matters
              state tighter bounds on the decisions in the condition
        "#]],
    );
}

#[test]
fn a_level_that_gains_from_violations_is_refused() {
    let mut ground = ground();
    ground.families.push(total(Sense::LessEqual, [1.0; 3], 1.0));
    ground.families[0].soft = soft(1.0);
    ground.objectives.push(level(0, true, Linear::default(), 2.0));
    check(
        &ground,
        Resolution::Classes,
        expect![[r#"
        penalties-rewarded: level `cost` gains from breaking rule `total`
          at 8: stated here
          write `minimize penalties` with prices of at least 0, or subtract them from what is maximized
    "#]],
    );
}

#[test]
fn a_census_counts_by_rule() {
    let mut ground = ground();
    ground.families.push(by_row(Sense::Equal, [1.0, 1.0, 0.0], [1.0, 1.0]));
    ground.families[0].soft = soft(5.0);
    let least = atom(&[(Y, 1.0)], Comparison::GreaterEqual, 2.0);
    let claim = atom(&[(0, 1.0)], Comparison::Equal, 0.0);
    ground.instances.push(instance(Formula::Or(vec![least, claim])));
    let lowered = lower(&ground, Resolution::Singles, Limits::default()).expect("a model");
    let census = lowered.census();
    let lines = Cell::new(String::new());
    let line = |what: String, count: &crate::Count| {
        let crate::Count { columns, whole, binaries, rows } = count;
        let text = lines.take();
        lines.set(format!(
            "{text}{what}: {columns} columns, {whole} whole, {binaries} binaries, {rows} rows\n"
        ));
    };
    census.decisions.iter().enumerate().for_each(|(at, it)| line(format!("decision {at}"), it));
    census.rules.iter().for_each(|(rule, it)| line(Words.rule(*rule), it));
    line("objectives".into(), &census.objectives);
    expect![[r#"
        decision 0: 5 columns, 5 whole, 5 binaries, 0 rows
        decision 1: 1 columns, 1 whole, 0 binaries, 0 rows
        decision 2: 1 columns, 1 whole, 1 binaries, 0 rows
        by_row: 6 columns, 0 whole, 0 binaries, 3 rows
        claim: 1 columns, 1 whole, 1 binaries, 2 rows
        objectives: 0 columns, 0 whole, 0 binaries, 0 rows
    "#]]
    .assert_eq(&lines.take());
}

#[test]
fn what_rounding_leaves_of_terms_that_take_each_other_away_is_none() {
    let mut form = Form::default();
    for (column, value) in [(1, 0.1 * 3.0), (0, 1.0), (1, -0.3)] {
        form.add(column, value, span(0));
    }
    form.normalize();
    assert_eq!(form.terms.iter().map(|term| term.column).collect::<Vec<_>>(), [0]);
}

#[test]
fn a_step_divides_all_coefficients() {
    assert_eq!(step([4.0, -6.0, 10.0].into_iter()), Some(2.0));
    assert_eq!(step([0.5, 0.75].into_iter()), Some(0.25));
    assert_eq!(step([1.0, std::f64::consts::PI].into_iter()).filter(|it| *it > 1e-3), None);
    let tenths = step([0.1, 0.3].into_iter()).expect("a step");
    assert!((tenths - 0.1).abs() < 1e-12, "{tenths}");
}

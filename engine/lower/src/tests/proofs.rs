//! For every point of small policies, of whole values and of halves: the model allows it exactly if the policy does, and
//! values it as the policy does, whatever its auxiliary columns might do.

use apportion_check::policy::RuleId;
use apportion_ground::{
    Comparison, Entry, Formula, Ground, Instance, Linear, Packing, Peak, Piece, Sense, Soft, Tally,
    Tie,
};
use apportion_mip::Model;
use apportion_packing::functions;
use good_lp::solvers::microlp::microlp;
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, constraint, variable};
use proptest::prelude::*;
use proptest::sample::select;

use super::meaning::{Single, judge, points, tuples, unsaid_moves};
use super::small::*;
use crate::trace::AuxiliaryKind;
use crate::{ColumnOrigin, Limits, Lowered, Resolution, RowOrigin, lower};

const NEAR: f64 = 1e-6;

fn lowered(ground: &Ground, resolution: Resolution) -> Lowered<'_> {
    let lowered = lower(ground, resolution, Limits::default()).expect("a model");
    lowered.model.check().expect("a well-formed model");
    lowered
}

/// The best value of a level where the first columns are fixed; none where nothing is allowed.
fn best(lowered: &Lowered<'_>, level: usize, fixed: &[f64]) -> Option<f64> {
    let model: &Model = &lowered.model;
    let objective = lowered.goal(level);
    let mut variables = ProblemVariables::new();
    let mut columns = Vec::new();
    for column in 0..model.num_columns() {
        let (lower, upper) = (model.columns.lower[column], model.columns.upper[column]);
        match fixed.get(column) {
            Some(value) if *value < lower - NEAR || *value > upper + NEAR => return None,
            Some(value) => columns.push(variables.add(variable().min(*value).max(*value))),
            None => {
                let mut definition = variable().min(lower).max(upper);
                if model.columns.integer[column] {
                    definition = definition.integer();
                }
                columns.push(variables.add(definition));
            }
        }
    }
    let sum = |terms: &mut dyn Iterator<Item = (usize, f64)>| {
        let mut sum = Expression::from(0.0);
        terms.for_each(|(column, value)| sum.add_mul(value, columns[column]));
        sum
    };
    let value = sum(&mut objective.costs.iter().map(|it| (it.0 as usize, it.1)));
    let goal =
        if objective.maximize { variables.maximise(value) } else { variables.minimise(value) };
    let mut problem = goal.using(microlp);
    for row in 0..model.num_rows() {
        let (lower, upper) = (model.rows.lower[row], model.rows.upper[row]);
        // The backend does not take a row without columns.
        if model.rows.runs(row).is_empty() {
            if lower > 0.0 || upper < 0.0 {
                return None;
            }
            continue;
        }
        let activity = sum(&mut model.rows.terms(row).map(|it| (it.0 as usize, it.1)));
        if lower == upper {
            problem.add_constraint(constraint!(activity == lower));
            continue;
        }
        if lower.is_finite() {
            problem.add_constraint(constraint!(activity.clone() >= lower));
        }
        if upper.is_finite() {
            problem.add_constraint(constraint!(activity <= upper));
        }
    }
    let solution = problem.solve().ok()?;
    let point: Vec<f64> = columns.iter().map(|it| solution.value(*it)).collect();
    Some(objective.at(&point))
}

fn sums(ground: &Ground, singles: &[Single], point: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; ground.decisions.iter().map(|it| it.len()).sum()];
    for (single, value) in singles.iter().zip(point) {
        sums[single.column as usize] += value;
    }
    sums
}

fn better_or_equal(maximize: bool, one: f64, other: f64) -> bool {
    if maximize { one >= other - NEAR } else { one <= other + NEAR }
}

/// The whole proof for one policy; `sample` thins the points out where each is dear.
#[track_caller]
fn check(ground: &Ground, sample: usize) {
    let single_model = lowered(ground, Resolution::Singles);
    let class_model = lowered(ground, Resolution::Classes);
    let singles = tuples(ground);
    for point in points(&singles).iter().step_by(sample) {
        let meant = judge(ground, &singles, point);
        let given = || singles.iter().zip(point).map(|(it, value)| (it.decision, &*it.at, *value));
        let embedded = single_model.embed(given());
        let unsaid = unsaid_moves(ground, &singles, point);
        if unsaid.iter().any(|more| *more != 0.0) {
            let as_said: Vec<f64> = [point, &embedded[point.len()..]].concat();
            let report = single_model.model.check_point(&as_said, NEAR);
            let hides = unsaid.iter().any(|more| *more > 0.0);
            assert!(!(hides && report.is_feasible()), "what is moved is counted: {point:?}");
            continue;
        }
        assert_eq!(&embedded[..point.len()], point.as_slice(), "columns follow the tuples");
        let report = single_model.model.check_point(&embedded, NEAR);
        assert_eq!(report.is_feasible(), meant.allowed, "{point:?} {embedded:?} {report:?}");
        let summed = sums(ground, &singles, point);
        assert_eq!(single_model.class_values(&embedded), summed);
        let class_point = class_model.embed(given());
        assert_eq!(&class_point[..summed.len()], summed.as_slice());
        if meant.allowed {
            let report = class_model.model.check_point(&class_point, NEAR);
            assert!(report.is_feasible(), "sums are allowed: {point:?} {class_point:?} {report:?}");
        }
        for (level, value) in meant.values.iter().enumerate() {
            let maximize = ground.objectives[level].maximize;
            let found = best(&single_model, level, point);
            match (found, meant.allowed) {
                (None, false) => {}
                (Some(found), true) => {
                    let at = single_model.objectives[level].goal.at(&embedded);
                    assert!((at - value).abs() < NEAR, "level {level}: {at} is {value} {point:?}");
                    assert!(
                        (found - value).abs() < NEAR,
                        "level {level}: {found} at best, {value}"
                    );
                    let by_class = class_model.objectives[level].goal.at(&class_point);
                    assert!(better_or_equal(maximize, by_class, *value), "{by_class} {value}");
                }
                (found, _) => panic!("{point:?}: the model finds {found:?}, meant is {meant:?}"),
            }
        }
    }
    check_coefficients(&single_model);
    check_coefficients(&class_model);
}

/// Parts of coefficients sum up to the row as it was before it was scaled.
#[track_caller]
fn check_coefficients(lowered: &Lowered<'_>) {
    for row in 0..lowered.model.num_rows() {
        let mut parts = vec![0.0; lowered.model.num_columns()];
        for part in lowered.coefficients(row as u32) {
            parts[part.column as usize] += part.value;
        }
        for (column, value) in lowered.model.rows.terms(row) {
            parts[column as usize] -= value * lowered.trace.unscale(row as u32);
        }
        assert!(parts.iter().all(|it| *it == 0.0), "row {row}: {parts:?}");
    }
}

fn comparisons() -> impl Strategy<Value = Comparison> {
    select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessEqual,
        Comparison::Greater,
        Comparison::GreaterEqual,
    ])
}

fn senses() -> impl Strategy<Value = Sense> {
    select(vec![Sense::LessEqual, Sense::GreaterEqual, Sense::Equal])
}

fn coefficient() -> impl Strategy<Value = f64> {
    (-2i8..=2).prop_map(f64::from)
}

/// Sums over columns, and over pieces before the one given.
fn linears(pieces: u32) -> impl Strategy<Value = Linear> {
    let entries = prop::collection::vec((0u32..5, coefficient()), 1..3);
    let used = prop::collection::vec((0..pieces.max(1), coefficient()), 0..=pieces.min(1) as usize);
    (entries, used, coefficient()).prop_map(|(entries, used, rest)| linear(&entries, &used, rest))
}

fn formulas(pieces: u32) -> impl Strategy<Value = Formula> {
    let atom = (linears(pieces), comparisons()).prop_map(|(sum, it)| Formula::Atom(sum, it));
    let leaf = prop_oneof![8 => atom, 1 => any::<bool>().prop_map(Formula::Constant)];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Formula::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Formula::Or),
            inner.prop_map(|it| Formula::Not(Box::new(it))),
        ]
    })
}

fn pieces_over(before: u32) -> impl Strategy<Value = Piece> {
    let parts = move || prop::collection::vec(linears(before), 1..4);
    prop_oneof![
        parts().prop_map(Piece::Max),
        parts().prop_map(Piece::Min),
        linears(before).prop_map(Piece::Abs),
        formulas(before).prop_map(Piece::Holds),
        (formulas(before), linears(before), linears(before))
            .prop_map(|(test, then, otherwise)| Piece::Choose(test, then, otherwise)),
    ]
}

fn instances(pieces: u32) -> impl Strategy<Value = Instance> {
    let cost = prop_oneof![
        2 => Just((None, None)),
        1 => Just((soft(3.0), None)),
        1 => (1u8..3).prop_map(|most| (None, Some(f64::from(most)))),
    ];
    (formulas(pieces), cost).prop_map(|(formula, (soft, relief))| Instance {
        soft,
        relief,
        ..instance(formula)
    })
}

fn families() -> impl Strategy<Value = Vec<apportion_ground::Family>> {
    let values = || [coefficient(), coefficient(), coefficient()];
    let right = || (-1i8..4).prop_map(f64::from);
    let by = (senses(), values(), [right(), right()]).prop_map(|(s, v, r)| by_row(s, v, r));
    let all = (senses(), values(), right()).prop_map(|(s, v, r)| total(s, v, r));
    let cost = 0u8..4;
    (prop::option::of((by, cost.clone())), prop::option::of((all, cost))).prop_map(|(by, all)| {
        let mut families = Vec::new();
        if let Some((mut by, cost)) = by {
            match cost {
                0 => by.soft = soft(2.0),
                1 => by.reliefs = vec![relief(0, Some(2), 2.0), relief(1, Some(1), f64::INFINITY)],
                2 => by.reliefs = vec![relief(0, Some(0), 1.0), relief(0, Some(2), 3.0)],
                _ => {}
            }
            families.push(by);
        }
        if let Some((mut all, cost)) = all {
            match cost {
                0 => all.soft = soft(0.5),
                1 => all.reliefs = vec![relief(0, None, 2.0)],
                _ => {}
            }
            families.push(all);
        }
        families
    })
}

fn policy(families: Vec<apportion_ground::Family>) -> Ground {
    Ground {
        families,
        objectives: vec![
            mending(),
            level(0, false, linear(&[(0, 1.0), (3, -2.0)], &[], 1.0), 2.0),
            level(1, true, linear(&[(2, 3.0), (1, 1.0), (2, -1.0)], &[], 0.0), 0.0),
        ],
        ..ground()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn sums_mean_what_they_say(families in families()) {
        check(&policy(families), 3);
    }

    /// Amounts that need not be whole, and may be below 0.
    #[test]
    fn sums_of_amounts_mean_what_they_say(families in families()) {
        let mut ground = policy(families);
        ground.decisions[0].whole = false;
        ground.decisions[1].whole = false;
        ground.decisions[1].lower = vec![-1.0];
        check(&ground, 41);
    }

    /// Sizes are eighths of a bin, whose sums are exact, as what is meant is compared exactly.
    #[test]
    fn bins_mean_what_they_say(
        counts in [1u8..3, 1u8..3, 1u8..3],
        sizes in [1u8..9, 1u8..9, 1u8..9],
        bins in [0u8..4, 0u8..4],
    ) {
        let shares = sizes.map(|size| f64::from(size) / 8.0);
        let counts = counts.map(f64::from);
        let mut takes = [0.0; 3];
        takes.iter_mut().zip(shares.iter().zip(&counts)).for_each(|(it, (a, b))| *it = a * b);
        let family = by_row(Sense::LessEqual, takes, bins.map(f64::from));
        // The parts of the family, in the order of its entries.
        let parts = [0, 1, 2, 0, 2];
        let mut ground = policy(vec![family]);
        ground.packings.push(Packing {
            family: 0,
            counts: parts.map(|part| counts[part]).to_vec(),
            shares: parts.map(|part| shares[part]).to_vec(),
        });
        check(&ground, 7);
    }

    /// Bins that a level counts, beside bins that a rule limits or not; sizes are eighths, as above.
    #[test]
    fn bins_that_a_level_counts_mean_what_they_say(
        counts in [1u8..3, 1u8..3, 1u8..3],
        sizes in [1u8..9, 1u8..9, 1u8..9],
        bins in select(vec![None, Some([1.0, 2.0]), Some([3.0, 3.0])]),
        prices in [0u8..3, 1u8..3],
        maximize in any::<bool>(),
    ) {
        let shares = sizes.map(|size| f64::from(size) / 8.0);
        let counts = counts.map(f64::from);
        let mut takes = [0.0; 3];
        takes.iter_mut().zip(shares.iter().zip(&counts)).for_each(|(it, (a, b))| *it = a * b);
        let family = by_row(Sense::LessEqual, takes, bins.unwrap_or_default());
        let parts = [0, 1, 2, 0, 2];
        let counts = parts.map(|part| counts[part]).to_vec();
        let shares = parts.map(|part| shares[part]).to_vec();
        let mut ground = policy(Vec::new());
        ground.objectives[1].maximize = maximize;
        let sign = if maximize { -1.0 } else { 1.0 };
        let mut known = shares.clone();
        known.sort_by(f64::total_cmp);
        known.dedup();
        ground.tallies.push(Tally {
            level: ground.objectives[1].level.expect("a level"),
            span: family.span,
            quantifiers: family.quantifiers.clone(),
            terms: family.terms.clone(),
            keys: family.keys.clone(),
            start: family.start.clone(),
            columns: family.columns.clone(),
            counts: counts.clone(),
            shares: shares.clone(),
            prices: prices.map(|price| sign * f64::from(price)).to_vec(),
            functions: functions(&known, &vec![1.0; known.len()], 4),
        });
        if bins.is_some() {
            ground.families.push(family);
            ground.packings.push(Packing { family: 0, counts, shares });
        }
        check(&ground, 7);
    }

    /// The greatest of rows of which two are alike, made small, and the least, made great.
    #[test]
    fn extremes_of_alike_rows_mean_what_they_say(
        values in [coefficient(), coefficient(), coefficient()],
        constants in [coefficient(), coefficient()],
        greatest in any::<bool>(),
        factor in 1u8..3,
        whole in any::<bool>(),
    ) {
        let mut ground = policy(Vec::new());
        ground.decisions[0].whole = whole;
        let family = by_row(Sense::LessEqual, values, constants);
        let mean = |row: usize| {
            let members = [2.0, 1.0][row];
            let terms = family.terms.iter().enumerate();
            let entries = terms.flat_map(|(number, term)| {
                let is_tied = term.ties.contains(&Tie::Quantifier(0));
                let (columns, values) = family.entries(row, number);
                columns.iter().zip(values).map(move |(column, value)| Entry {
                    column: *column,
                    value: if is_tied { value / members } else { *value },
                    span: term.span,
                })
            });
            Linear { entries: entries.collect(), constant: constants[row], ..Linear::default() }
        };
        let means = vec![mean(0), mean(1)];
        ground.pieces = vec![if greatest { Piece::Max(means) } else { Piece::Min(means) }];
        ground.peaks.push(Peak {
            piece: 0,
            quantifiers: family.quantifiers.clone(),
            terms: family.terms.clone(),
            keys: family.keys.clone(),
            start: family.start.clone(),
            columns: family.columns.clone(),
            values: family.values.clone(),
            constants: constants.to_vec(),
        });
        ground.objectives[2].maximize = !greatest;
        ground.objectives[2].value.pieces = vec![(0, f64::from(factor))];
        check(&ground, if whole { 5 } else { 41 });
    }

    #[test]
    fn formulas_mean_what_they_say(formula in formulas(0), cost in 0u8..3) {
        let mut ground = policy(Vec::new());
        let mut stated = instance(formula);
        match cost {
            0 => stated.soft = soft(3.0),
            1 => stated.relief = Some(2.0),
            _ => {}
        }
        ground.instances.push(stated);
        check(&ground, 5);
    }

    #[test]
    fn pieces_mean_what_they_say(
        one in pieces_over(0),
        other in pieces_over(1),
        stated in instances(2),
        least in any::<bool>(),
        factor in coefficient(),
    ) {
        let mut ground = policy(Vec::new());
        ground.pieces = vec![one, other];
        ground.instances.push(stated);
        ground.objectives[2].value.pieces = vec![(1, factor), (0, 1.0)];
        ground.objectives[2].maximize = least;
        check(&ground, 5);
    }
}

#[test]
fn every_column_and_row_has_an_origin() {
    let mut ground = policy(vec![by_row(Sense::LessEqual, [1.0, 2.0, 1.0], [3.0, 4.0])]);
    ground.families[0].soft = soft(1.0);
    let choice =
        [atom(&[(3, 1.0)], Comparison::Less, 1.0), atom(&[(0, 1.0)], Comparison::Equal, 2.0)];
    ground.instances.push(instance(Formula::Or(choice.to_vec())));
    let lowered = lowered(&ground, Resolution::Singles);
    let members = |code| crate::Members { code, count: 1 };
    let origin = lowered.trace.column(1);
    let at = vec![members(2), members(0)];
    let decision = apportion_check::policy::DecisionId(0);
    assert_eq!(origin, ColumnOrigin::Decision { decision, class_column: 0, at });
    let family =
        |class_row, code| RowOrigin::Family { family: 0, class_row, at: vec![members(code)] };
    let rows: Vec<_> = (0..3).map(|row| lowered.trace.row(row)).collect();
    assert_eq!(rows, [family(0, 0), family(0, 2), family(1, 1)]);
    let kinds: Vec<_> = (7..lowered.model.num_columns() as u32)
        .map(|column| match lowered.trace.column(column) {
            ColumnOrigin::Auxiliary(auxiliary) => (auxiliary.kind, auxiliary.owner.rule(&ground)),
            ColumnOrigin::Decision { .. } => panic!("column {column} is no decision's"),
        })
        .collect();
    let violation = (AuxiliaryKind::Violation, Some(RuleId(0)));
    let indicator = (AuxiliaryKind::Indicator, Some(RuleId(2)));
    assert_eq!(kinds, [violation, violation, violation, indicator]);
}

#[test]
fn a_start_leads_back_to_the_same_tuples() {
    let ground = policy(Vec::new());
    let lowered = lowered(&ground, Resolution::Singles);
    let point = lowered.embed([(0, &[2u32, 0][..], 1.0), (0, &[1, 0], 1.0), (1, &[], 3.0)]);
    let back: Vec<_> = lowered.singles(&point).expect("single tuples").collect();
    let back: Vec<_> =
        back.iter().map(|(decision, at, value)| (decision.0, &**at, *value)).collect();
    assert_eq!(back, [(0, &[2, 0][..], 1.0), (0, &[1, 0], 1.0), (1, &[], 3.0)]);
}

/// Pairs of rows of the class of two: four tuples, of which one row or column of pairs is a row.
fn pairs(most: f64) -> Ground {
    let mut ground = ground();
    let columns = &mut ground.decisions[0];
    columns.sorts = vec![ROWS, ROWS];
    columns.tuples = vec![0, 0];
    columns.lower = vec![1.0];
    columns.upper = vec![5.0];
    columns.most = vec![most];
    ground.decisions.truncate(1);
    ground
}

#[test]
fn a_single_value_leaves_the_others_their_least() {
    let ground = pairs(6.0);
    let single = lowered(&ground, Resolution::Singles).model.columns;
    assert_eq!((single.lower, single.upper), (vec![1.0; 4], vec![3.0; 4]));
    let class = lowered(&ground, Resolution::Classes).model.columns;
    assert_eq!((class.lower, class.upper), (vec![4.0], vec![6.0]));
}

#[test]
fn each_index_of_a_pair_is_tied_by_itself() {
    for (ties, rows) in [
        ([Tie::Quantifier(0), Tie::Free], [[0, 1], [2, 3]]),
        ([Tie::Free, Tie::Quantifier(0)], [[0, 2], [1, 3]]),
    ] {
        let mut ground = pairs(20.0);
        let mut family = by_row(Sense::LessEqual, [1.0; 3], [9.0; 2]);
        family.terms.truncate(1);
        family.terms[0].ties = ties.to_vec();
        family.keys = vec![0];
        family.right = vec![9.0];
        (family.start, family.columns, family.values) = (vec![0, 1], vec![0], vec![1.0]);
        ground.families.push(family);
        let lowered = lowered(&ground, Resolution::Singles);
        let found = [0, 1].map(|row| {
            let terms: Vec<u32> = lowered.model.rows.terms(row).map(|it| it.0).collect();
            terms
        });
        assert_eq!(found, rows);
        check_coefficients(&lowered);
    }
}

#[test]
fn pairs_keep_their_order_there_and_back() {
    let ground = pairs(20.0);
    let lowered = lowered(&ground, Resolution::Singles);
    let given = [[0, 0], [0, 2], [2, 0], [2, 2]];
    let point =
        lowered.embed(given.iter().zip([1.0, 2.0, 3.0, 4.0]).map(|(at, it)| (0, &at[..], it)));
    assert_eq!(point, [1.0, 2.0, 3.0, 4.0]);
    let back: Vec<_> = lowered.singles(&point).expect("single tuples").map(|it| it.1).collect();
    assert!(back.iter().map(|at| &**at).eq(given.iter().map(|at| &at[..])), "{back:?}");
}

#[test]
fn sums_over_classes_do_not_lead_back() {
    let ground = policy(Vec::new());
    let lowered = lowered(&ground, Resolution::Classes);
    assert!(lowered.singles(&[0.0; 5]).is_none());
}

#[test]
fn a_level_is_kept_within_its_slack() {
    let mut ground = policy(Vec::new());
    ground.objectives[1].slack = apportion_ground::Slack { absolute: 0.5, relative: 0.25 };
    ground.objectives[2].slack = apportion_ground::Slack { absolute: 0.0, relative: 0.1 };
    let lowered = lowered(&ground, Resolution::Classes);
    let least = lowered.level_row(1, -4.0);
    assert_eq!((least.lower, least.upper), (f64::NEG_INFINITY, -4.0 + 0.5 + 1.0 - 1.0));
    let most = lowered.level_row(2, 10.0);
    assert_eq!((most.lower, most.upper), (9.0, f64::INFINITY));
    assert_eq!((most.columns, most.values), (vec![1, 2], vec![1.0, 2.0]));
}

#[test]
fn rewarding_violations_is_refused() {
    let mut ground = policy(vec![total(Sense::LessEqual, [1.0; 3], 1.0)]);
    ground.families[0].soft = Some(Soft { price: -1.0, ..soft(1.0).expect("a price") });
    assert!(lower(&ground, Resolution::Classes, Limits::default()).is_err());
}

#[test]
fn what_is_moved_is_what_runs_now_and_is_not_kept() {
    for (quantified, sense, right) in [
        (false, Sense::LessEqual, 1.0),
        (false, Sense::LessEqual, 2.0),
        (true, Sense::LessEqual, 0.0),
        (true, Sense::Equal, 0.0),
        (true, Sense::LessEqual, 1.0),
    ] {
        let mut ground = running();
        ground.families = vec![total(Sense::LessEqual, [1.0, 1.0, 1.0], 3.0)];
        ground.families.push(moved(quantified, sense, right));
        let fewest = linear(&[(5, 1.0), (6, 2.0), (7, 1.0)], &[], 0.0);
        let rather = linear(&[(0, 1.0), (1, 1.0), (3, 1.0), (7, -1.0)], &[], 0.0);
        ground.objectives = vec![level(0, false, fewest, 1.0), level(1, true, rather, 0.0)];
        check(&ground, 1);
        ground.families[1].soft =
            Some(Soft { level: Some(apportion_check::policy::LevelId(0)), price: 2.0 });
        check(&ground, 1);
    }
}

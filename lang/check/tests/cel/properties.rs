//! Generated expressions that are plain CEL: this evaluator and the `cel` crate agree.
//!
//! Each expression is written as CEL twice. `plain` is the expression itself: where this evaluator has a
//! value, CEL has the same. `strict` writes `a && b` as `a ? b : false` and `a || b` as `a ? true : b`,
//! which absorb no error: there both have the same value or both an error. The one exception is an
//! expression whose arithmetic leaves the finite numbers, with which CEL goes on.

use apportion_check::eval::EvalErrorKind;
use apportion_check::policy::{
    Aggregate, Arithmetic, Comparison, Domain, Expr, Function, Logic, Type,
};
use proptest::prelude::*;

use crate::build::*;

#[derive(Clone, Debug)]
struct Case {
    plain: String,
    strict: String,
    expr: Expr,
}

impl Case {
    fn leaf(source: impl Into<String>, expr: Expr) -> Case {
        let plain = source.into();
        Case { strict: plain.clone(), plain, expr }
    }

    fn of<const PARTS: usize>(
        parts: [Case; PARTS],
        write: impl Fn([&str; PARTS]) -> String,
        expr: impl FnOnce([Expr; PARTS]) -> Expr,
    ) -> Case {
        let plain = write(parts.each_ref().map(|part| part.plain.as_str()));
        let strict = write(parts.each_ref().map(|part| part.strict.as_str()));
        Case { plain, strict, expr: expr(parts.map(|part| part.expr)) }
    }
}

/// Expressions of each type, of one depth.
struct Level {
    number: BoxedStrategy<Case>,
    condition: BoxedStrategy<Case>,
    text: BoxedStrategy<Case>,
}

fn literal_number() -> BoxedStrategy<f64> {
    prop_oneof![
        (-3i8..4).prop_map(f64::from),
        Just(0.5),
        Just(1e300),
        Just(f64::from_bits(1)),
        any::<f64>().prop_filter("finite", |number| number.is_finite()),
    ]
    .boxed()
}

fn literal_text() -> BoxedStrategy<String> {
    prop_oneof![
        Just(String::new()),
        prop::sample::select(vec!["a", "b", "eu-1", "é", "日本", "😀", "\"", "\\"])
            .prop_map(str::to_owned),
        prop::collection::vec(
            prop::sample::select(vec!['a', 'B', '1', '-', ' ', 'é', '😀', '\u{301}']),
            0..4
        )
        .prop_map(|characters| characters.into_iter().collect()),
    ]
    .boxed()
}

fn key() -> BoxedStrategy<Case> {
    prop::sample::select(vec!["a", "b", "é"])
        .prop_map(|key| Case::leaf(quoted(key), text(key)))
        .boxed()
}

fn entry(key: Case) -> Case {
    Case::of([key], |[key]| format!("row.m[{key}]"), |[key]| lookup(field(M), key, number_type()))
}

fn leaves() -> Level {
    let literal = literal_number()
        .prop_map(|value| Case::leaf(format!("({value:?})"), number(value)))
        .boxed();
    Level {
        number: prop_oneof![
            4 => literal,
            1 => Just(Case::leaf("row.n", field(N))),
            1 => key().prop_map(entry),
        ]
        .boxed(),
        condition: prop_oneof![
            any::<bool>().prop_map(|value| Case::leaf(value.to_string(), boolean(value))),
            Just(Case::leaf("has(row.n)", has(field(N)))),
            Just(Case::leaf("has(row.t)", has(field(T)))),
            Just(Case::leaf("has(row.m.a)", has(lookup(field(M), text("a"), number_type())))),
        ]
        .boxed(),
        text: prop_oneof![
            4 => literal_text().prop_map(|value| Case::leaf(quoted(&value), text(&value))),
            1 => Just(Case::leaf("row.t", field(T))),
        ]
        .boxed(),
    }
}

fn choice_of(of: &BoxedStrategy<Case>, condition: &BoxedStrategy<Case>) -> BoxedStrategy<Case> {
    (condition.clone(), of.clone(), of.clone())
        .prop_map(|(c, a, b)| {
            Case::of(
                [c, a, b],
                |[c, a, b]| format!("({c} ? {a} : {b})"),
                |[c, a, b]| choice(c, a, b),
            )
        })
        .boxed()
}

fn numbers(inner: &Level) -> BoxedStrategy<Case> {
    let operators = vec![
        (Arithmetic::Add, "+"),
        (Arithmetic::Subtract, "-"),
        (Arithmetic::Multiply, "*"),
        (Arithmetic::Divide, "/"),
    ];
    let size = |of: &str| format!("double(size({of}))");
    prop_oneof![
        2 => inner.number.clone(),
        4 => (inner.number.clone(), prop::sample::select(operators), inner.number.clone())
            .prop_map(|(a, (operator, sign), b)| {
                Case::of([a, b], |[a, b]| format!("({a} {sign} {b})"), |[a, b]| {
                    arithmetic(operator, a, b)
                })
            }),
        1 => inner.number.clone().prop_map(|a| {
            Case::of([a], |[a]| format!("(-({a}))"), |[a]| negate(a))
        }),
        1 => choice_of(&inner.number, &inner.condition),
        1 => inner.text.clone().prop_map(move |a| {
            Case::of([a], |[a]| size(a), |[a]| call(Function::Size, vec![a]))
        }),
        1 => Just(Case::leaf(size("row.s"), call(Function::Size, vec![field(S)]))),
        1 => Just(Case::leaf(size("row.m"), call(Function::Size, vec![field(M)]))),
    ]
    .boxed()
}

fn texts(inner: &Level) -> BoxedStrategy<Case> {
    prop_oneof![
        2 => inner.text.clone(),
        2 => (inner.text.clone(), inner.text.clone()).prop_map(|(a, b)| {
            Case::of([a, b], |[a, b]| format!("({a} + {b})"), |[a, b]| {
                arithmetic(Arithmetic::Add, a, b)
            })
        }),
        1 => choice_of(&inner.text, &inner.condition),
    ]
    .boxed()
}

fn conditions(inner: &Level) -> BoxedStrategy<Case> {
    let comparisons = vec![
        (Comparison::Equal, "=="),
        (Comparison::NotEqual, "!="),
        (Comparison::Less, "<"),
        (Comparison::LessEqual, "<="),
        (Comparison::Greater, ">"),
        (Comparison::GreaterEqual, ">="),
    ];
    let comparison = prop::sample::select(comparisons);
    let compared = |(a, (comparison, sign), b): (Case, (Comparison, &'static str), Case)| {
        Case::of([a, b], |[a, b]| format!("({a} {sign} {b})"), |[a, b]| compare(comparison, a, b))
    };
    let pair = (inner.condition.clone(), inner.condition.clone());
    let functions = vec![
        (Function::Contains, "contains"),
        (Function::StartsWith, "startsWith"),
        (Function::EndsWith, "endsWith"),
    ];
    let patterns = vec!["a", "^a.*$", "[0-9]+", "(?i)B", "é|😀", "", "\\s", "^.$"];
    prop_oneof![
        2 => (inner.number.clone(), comparison.clone(), inner.number.clone()).prop_map(compared),
        1 => (inner.text.clone(), comparison.clone(), inner.text.clone()).prop_map(compared),
        1 => (inner.condition.clone(), comparison, inner.condition.clone()).prop_map(compared),
        1 => inner.condition.clone().prop_map(|a| {
            Case::of([a], |[a]| format!("!({a})"), |[a]| not(a))
        }),
        2 => (pair.clone(), any::<bool>()).prop_map(|((a, b), and)| both(a, b, and)),
        1 => choice_of(&inner.condition, &inner.condition),
        1 => (inner.text.clone(), prop::sample::select(functions), inner.text.clone()).prop_map(
            |(a, (function, name), b)| {
                Case::of([a, b], |[a, b]| format!("{a}.{name}({b})"), |[a, b]| {
                    call(function, vec![a, b])
                })
            }
        ),
        1 => (inner.text.clone(), prop::sample::select(patterns)).prop_map(|(a, pattern)| {
            Case::of([a], |[a]| format!("{a}.matches({})", quoted(pattern)), |[a]| {
                call(Function::Matches, vec![a, text(pattern)])
            })
        }),
        1 => inner.text.clone().prop_map(|a| {
            Case::of([a], |[a]| format!("({a} in row.s)"), |[a]| is_in(a, field(S)))
        }),
        1 => inner.text.clone().prop_map(|a| {
            Case::of([a], |[a]| format!("({a} in row.m)"), |[a]| is_in(a, field(M)))
        }),
        1 => membership(&inner.number),
        1 => membership(&inner.text),
        1 => quantified(),
    ]
    .boxed()
}

/// `a && b` or `a || b`
fn both(a: Case, b: Case, and: bool) -> Case {
    let (sign, operator) = if and { ("&&", Logic::And) } else { ("||", Logic::Or) };
    let plain = format!("({} {sign} {})", a.plain, b.plain);
    let strict = if and {
        format!("({} ? {} : false)", a.strict, b.strict)
    } else {
        format!("({} ? true : {})", a.strict, b.strict)
    };
    Case { plain, strict, expr: logic(operator, a.expr, b.expr) }
}

fn membership(of: &BoxedStrategy<Case>) -> BoxedStrategy<Case> {
    (of.clone(), of.clone(), of.clone())
        .prop_map(|(a, b, c)| {
            Case::of(
                [a, b, c],
                |[a, b, c]| format!("({a} in [{b}, {c}])"),
                |[a, b, c]| is_in(a, list(vec![b, c])),
            )
        })
        .boxed()
}

/// `[1.0, 2.0].all(v, v < 2.0)`, and the same with `exists`.
fn quantified() -> BoxedStrategy<Case> {
    (prop::collection::vec(literal_number(), 0..4), literal_number(), any::<bool>())
        .prop_map(|(values, limit, all)| {
            let elements: Vec<_> = values.iter().map(|value| format!("({value:?})")).collect();
            let name = if all { "all" } else { "exists" };
            let source = format!("[{}].{name}(v, v < ({limit:?}))", elements.join(", "));
            let parts = values.into_iter().map(number).collect();
            let kind = if all { Aggregate::All } else { Aggregate::Any };
            let body = compare(Comparison::Less, bound(number_type()), number(limit));
            Case::leaf(source, aggregate(kind, Domain::Set(list(parts)), body))
        })
        .boxed()
}

fn level(depth: u32) -> Level {
    if depth == 0 {
        return leaves();
    }
    let inner = level(depth - 1);
    Level { number: numbers(&inner), condition: conditions(&inner), text: texts(&inner) }
}

fn any_row() -> BoxedStrategy<Row> {
    let keys = || prop::sample::select(vec!["a", "b", "é", ""]).prop_map(str::to_owned);
    (
        prop::option::of(literal_number()),
        prop::option::of(literal_text()),
        prop::collection::btree_map(keys(), literal_number(), 0..3),
        prop::collection::btree_set(keys(), 0..3),
    )
        .prop_map(|(n, t, m, s)| Row { n, t, m, s })
        .boxed()
}

fn any_case() -> BoxedStrategy<Case> {
    let Level { number, condition, text } = level(4);
    prop_oneof![number, condition, text].boxed()
}

#[track_caller]
fn check(case: &Case, row: &Row) -> Result<(), TestCaseError> {
    let strict = theirs(&case.strict, row);
    match ours(&case.expr, row) {
        Ok(value) => {
            let value = Some(value);
            prop_assert_eq!(&theirs(&case.plain, row), &value, "{}", case.plain);
            prop_assert_eq!(strict, value, "{}", case.strict);
        }
        Err(EvalErrorKind::DivisionByZero | EvalErrorKind::NotFinite) => {}
        Err(error) => prop_assert_eq!(strict, None, "{:?}: {}", error, case.strict),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn both_evaluators_agree_on_plain_cel(case in any_case(), row in any_row()) {
        check(&case, &row)?;
    }
}

#[test]
fn the_generator_reaches_values_and_errors() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut values, mut absences, mut true_conditions) = (0, 0, 0);
    for _ in 0..500 {
        let case = any_case()
            .new_tree(&mut runner)
            .map(|tree| tree.current())
            .unwrap_or_else(|reason| panic!("{reason}"));
        let row = any_row()
            .new_tree(&mut runner)
            .map(|tree| tree.current())
            .unwrap_or_else(|reason| panic!("{reason}"));
        match ours(&case.expr, &row) {
            Ok(value) => {
                values += 1;
                true_conditions += u32::from(case.expr.ty == Type::Bool && value == "true");
            }
            Err(EvalErrorKind::AbsentRead(_)) => absences += 1,
            Err(_) => {}
        }
    }
    assert!(values > 200 && absences > 20 && true_conditions > 20, "{values} {absences}");
}

//! CEL's behaviours by example: the source, its value here, and the same from the `cel` crate.

use apportion_check::policy::{Arithmetic, Comparison, Expr, Function, Logic};

use crate::build::*;

/// Both evaluators give `expected`; `error` is an error of either kind.
#[track_caller]
fn check(source: &str, expr: Expr, expected: &str) {
    let row = Row { n: Some(2.0), ..Row::default() };
    let ours = ours(&expr, &row).unwrap_or_else(|_| "error".to_owned());
    assert_eq!(ours, expected, "this evaluator on {source}");
    let theirs = theirs(source, &row).unwrap_or_else(|| "error".to_owned());
    assert_eq!(theirs, expected, "the cel crate on {source}");
}

/// This evaluator gives `ours` where CEL gives `cel`.
#[track_caller]
fn differs(source: &str, expr: Expr, ours_is: &str, cel_is: &str) {
    let row = Row::default();
    let ours = ours(&expr, &row).unwrap_or_else(|_| "error".to_owned());
    assert_eq!(ours, ours_is, "this evaluator on {source}");
    let theirs = theirs(source, &row).unwrap_or_else(|| "error".to_owned());
    assert_eq!(theirs, cel_is, "the cel crate on {source}");
}

fn divide(left: f64, right: f64) -> Expr {
    arithmetic(Arithmetic::Divide, number(left), number(right))
}

fn remainder(left: f64, right: f64) -> Expr {
    arithmetic(Arithmetic::Remainder, number(left), number(right))
}

fn less(left: &str, right: &str) -> Expr {
    compare(Comparison::Less, text(left), text(right))
}

fn equal(left: Expr, right: Expr) -> Expr {
    compare(Comparison::Equal, left, right)
}

#[test]
fn division_is_division_of_doubles() {
    check("7.0 / 2.0", divide(7.0, 2.0), "3.5");
    check("-7.0 / 2.0", divide(-7.0, 2.0), "-3.5");
}

#[test]
fn division_by_zero_is_an_error_here() {
    differs("1.0 / 0.0", divide(1.0, 0.0), "error", "inf");
    check("1 / 0", divide(1.0, 0.0), "error");
    check("1 % 0", remainder(1.0, 0.0), "error");
}

#[test]
fn arithmetic_that_overflows_is_an_error_here() {
    let product = arithmetic(Arithmetic::Multiply, number(1e300), number(1e300));
    differs("1e300 * 1e300", product, "error", "inf");
}

#[test]
fn a_remainder_keeps_the_sign_of_its_left_side() {
    check("7 % 3", remainder(7.0, 3.0), "1.0");
    check("-7 % 3", remainder(-7.0, 3.0), "-1.0");
    check("7 % -3", remainder(7.0, -3.0), "1.0");
    differs("5.5 % 2.0", remainder(5.5, 2.0), "1.5", "error");
}

#[test]
fn texts_are_ordered_by_code_points() {
    check("\"Z\" < \"a\"", less("Z", "a"), "true");
    check("\"a\" < \"é\"", less("a", "é"), "true");
    check("\"\u{ffff}\" < \"😀\"", less("\u{ffff}", "😀"), "true");
    check("\"a\" < \"ab\"", less("a", "ab"), "true");
    check("\"e\u{301}\" == \"é\"", equal(text("e\u{301}"), text("é")), "false");
}

#[test]
fn the_size_of_a_text_counts_code_points() {
    for (source, value) in [("😀", "1.0"), ("日本", "2.0"), ("e\u{301}", "2.0"), ("", "0.0")] {
        let size = call(Function::Size, vec![text(source)]);
        check(&format!("size({})", quoted(source)), size, value);
    }
}

#[test]
fn a_regular_expression_is_found_anywhere() {
    let matches = |of, pattern| call(Function::Matches, vec![text(of), text(pattern)]);
    check("\"eu-west\".matches(\"we\")", matches("eu-west", "we"), "true");
    check("\"eu-west\".matches(\"^we\")", matches("eu-west", "^we"), "false");
    check("\"a\".matches(\"(\")", matches("a", "("), "error");
}

#[test]
fn the_left_side_decides_before_an_error_on_the_right() {
    let failing = || equal(field(T), text("a"));
    let or = |left, right| logic(Logic::Or, left, right);
    let and = |left, right| logic(Logic::And, left, right);
    check("true || row.t == \"a\"", or(boolean(true), failing()), "true");
    check("false && row.t == \"a\"", and(boolean(false), failing()), "false");
    check("false || row.t == \"a\"", or(boolean(false), failing()), "error");
    differs("row.t == \"a\" || true", or(failing(), boolean(true)), "error", "true");
    differs("row.t == \"a\" && false", and(failing(), boolean(false)), "error", "false");
}

#[test]
fn what_is_not_chosen_is_not_evaluated() {
    let chosen = choice(has(field(T)), field(T), text("none"));
    check("has(row.t) ? row.t : \"none\"", chosen, "\"none\"");
}

#[test]
fn an_absent_field_is_an_error_and_not_zero() {
    let row_less = |source, expr| differs(source, expr, "error", "error");
    row_less("row.n + 1.0", arithmetic(Arithmetic::Add, field(N), number(1.0)));
    row_less("row.m[\"a\"]", lookup(field(M), text("a"), number_type()));
    check("row.n + 1.0", arithmetic(Arithmetic::Add, field(N), number(1.0)), "3.0");
}

#[test]
fn both_signs_of_zero_are_equal() {
    check("0.0 == -0.0", equal(number(0.0), number(-0.0)), "true");
    check("-0.0 in [0.0]", is_in(number(-0.0), list(vec![number(0.0)])), "true");
}

#[test]
fn lists_are_equal_element_by_element() {
    let numbers = |values: &[f64]| list(values.iter().map(|value| number(*value)).collect());
    check("[1.0, 2.0] == [1.0, 2.0]", equal(numbers(&[1.0, 2.0]), numbers(&[1.0, 2.0])), "true");
    check("[1.0, 2.0] == [2.0, 1.0]", equal(numbers(&[1.0, 2.0]), numbers(&[2.0, 1.0])), "false");
    check("[3.0, 4.0][1]", lookup(numbers(&[3.0, 4.0]), number(1.0), number_type()), "4.0");
    check("[3.0, 4.0][2]", lookup(numbers(&[3.0, 4.0]), number(2.0), number_type()), "error");
}

//! What CEL does not have: defaults, sets, aggregates, slots.

use apportion_check::eval::{Absence, EvalErrorKind, Value, walk};
use apportion_check::policy::{
    Aggregate, Arithmetic, Comparison, Domain, EntityId, EnumId, ExprKind, Function, InputId,
    SlotPart, SlotsId, Type, VarId,
};

use crate::build::*;

#[track_caller]
fn check(expr: apportion_check::policy::Expr, expected: &str) {
    let row = Row { s: ["a".to_owned(), "b".to_owned()].into(), ..Row::default() };
    let value = ours(&expr, &row).unwrap_or_else(|error| format!("{error:?}"));
    assert_eq!(value, expected);
}

fn slot_numbers(aggregate_kind: Aggregate, body: apportion_check::policy::Expr) -> ExprKind {
    aggregate(aggregate_kind, Domain::Slots(SlotsId(0)), body).kind
}

fn slot_part(part: SlotPart, ty: Type) -> apportion_check::policy::Expr {
    expr(ExprKind::SlotPart(Box::new(bound(Type::Slot(SlotsId(0)))), part), ty)
}

#[test]
fn a_default_takes_the_place_of_what_is_absent() {
    check(or_else(field(N), number(3.0)), "3.0");
    check(or_else(lookup(field(M), text("a"), number_type()), number(4.0)), "4.0");
    check(or_else(or_else(field(N), field(N)), number(5.0)), "5.0");
}

#[test]
fn a_default_hides_no_error_but_absence_of_what_it_stands_behind() {
    let sum = arithmetic(Arithmetic::Add, field(N), number(1.0));
    let absent = EvalErrorKind::AbsentRead(Absence::Field(EntityId(0), N, 0));
    check(or_else(sum, number(3.0)), &format!("{absent:?}"));
    let division = arithmetic(Arithmetic::Divide, number(1.0), number(0.0));
    check(or_else(division, number(3.0)), "DivisionByZero");
}

#[test]
fn a_set_has_neither_order_nor_doubles() {
    let numbers = |values: &[f64]| set(values.iter().map(|value| number(*value)).collect());
    check(numbers(&[2.0, 1.0, 2.0]), "[1.0, 2.0]");
    let equal = compare(Comparison::Equal, numbers(&[2.0, 1.0]), numbers(&[1.0, 2.0, 1.0]));
    check(equal, "true");
    let held = compare(Comparison::Equal, field(S), set(vec![text("b"), text("a")]));
    check(held, "true");
    check(compare(Comparison::Equal, field(S), set(vec![text("b")])), "false");
}

#[test]
fn aggregates_run_over_the_tuples_that_the_condition_leaves() {
    let index = || slot_part(SlotPart::Index, number_type());
    let late = || Some(compare(Comparison::Greater, index(), number(20.0)));
    let over_slots = || Domain::Slots(SlotsId(0));
    check(aggregate_where(Aggregate::Sum, over_slots(), late(), index()), "66.0");
    check(aggregate_where(Aggregate::Min, over_slots(), late(), index()), "21.0");
    check(aggregate_where(Aggregate::Max, over_slots(), late(), index()), "23.0");
    let even = compare(
        Comparison::Equal,
        arithmetic(Arithmetic::Remainder, index(), number(2.0)),
        number(0.0),
    );
    check(expr(slot_numbers(Aggregate::Count, even.clone()), number_type()), "12.0");
    check(expr(slot_numbers(Aggregate::Any, even.clone()), Type::Bool), "true");
    check(expr(slot_numbers(Aggregate::All, even), Type::Bool), "false");
}

#[test]
fn a_sum_of_nothing_is_zero_and_a_least_of_nothing_an_error() {
    let nothing = || Some(boolean(false));
    let of = |kind| aggregate_where(kind, Domain::Slots(SlotsId(0)), nothing(), number(1.0));
    check(of(Aggregate::Sum), "0.0");
    check(of(Aggregate::Count), "0.0");
    check(of(Aggregate::Min), "EmptyExtreme");
    check(of(Aggregate::Max), "EmptyExtreme");
}

#[test]
fn a_slot_knows_when_it_begins() {
    let start = slot_part(SlotPart::Start, Type::Time);
    let last = aggregate(Aggregate::Max, Domain::Slots(SlotsId(0)), start);
    check(
        arithmetic(Arithmetic::Subtract, last, expr(ExprKind::Now, Type::Time)),
        &format!("{:?}", 23.0 * 3600.0),
    );
}

#[test]
fn functions_of_numbers() {
    check(call(Function::Abs, vec![number(-2.5)]), "2.5");
    check(call(Function::Floor, vec![number(-2.5)]), "-3.0");
    check(call(Function::Ceil, vec![number(2.1)]), "3.0");
    check(call(Function::Round, vec![number(-2.5)]), "-3.0");
    check(call(Function::Exp2, vec![number(-0.5)]), "0.7071067811865476");
    check(call(Function::Min, vec![number(2.0), number(1.0), number(3.0)]), "1.0");
    check(call(Function::Max, vec![number(2.0), number(1.0), number(3.0)]), "3.0");
}

#[test]
fn functions_of_texts() {
    check(call(Function::LowerAscii, vec![text("EU-É")]), "\"eu-É\"");
    check(call(Function::UpperAscii, vec![text("eu-é")]), "\"EU-é\"");
    check(call(Function::Text, vec![number(2.0)]), "\"2\"");
    check(call(Function::Text, vec![boolean(true)]), "\"true\"");
    let time = expr(ExprKind::Time(1e9), Type::Time);
    check(call(Function::Text, vec![time]), "\"2001-09-09T01:46:40Z\"");
}

#[test]
fn an_expression_that_did_not_pass_the_checker_is_an_error_and_no_panic() {
    check(expr(ExprKind::Unknown, Type::Unknown), "Malformed");
    check(expr(ExprKind::Var(VarId(9)), number_type()), "Malformed");
    check(arithmetic(Arithmetic::Add, boolean(true), number(1.0)), "Malformed");
    check(negate(text("a")), "Malformed");
    check(not(number(1.0)), "Malformed");
    check(call(Function::Abs, Vec::new()), "Malformed");
    check(expr(ExprKind::Penalties, number_type()), "NotGround");
    let word = expr(ExprKind::EnumValue(EnumId(7), 0), Type::Enum(EnumId(7)));
    check(call(Function::Text, vec![word]), "Malformed");
}

#[test]
fn a_domain_knows_its_values() {
    let policy = apportion_check::policy::Policy::default();
    let row = Row::default();
    let evaluator = apportion_check::eval::Evaluator::new(&policy, &row, Default::default());
    let domain = Domain::Values(vec![number(1.0), number(2.0)]);
    let mut frame = [Value::Row(0), Value::Absent];
    let values = evaluator.domain(&domain, &mut frame).map(|values| values.len());
    assert_eq!(values, Ok(2));
    for (value, expected) in [(Value::Number(2.0), true), (Value::Number(3.0), false)] {
        assert_eq!(evaluator.domain_contains(&domain, &value, &mut frame), Ok(expected));
    }
    let rows = Domain::Input(InputId(0));
    for (value, expected) in [(Value::Row(999_999), true), (Value::Row(1_000_000), false)] {
        assert_eq!(evaluator.domain_contains(&rows, &value, &mut frame), Ok(expected));
    }
}

#[test]
fn a_walk_meets_every_part_once_in_the_order_of_the_text() {
    let body = arithmetic(Arithmetic::Add, number(2.0), number(3.0));
    let tree = aggregate_where(
        Aggregate::Sum,
        Domain::Values(vec![number(0.0)]),
        Some(compare(Comparison::Less, number(1.0), bound(number_type()))),
        body,
    );
    let mut numbers = Vec::new();
    walk(&tree, &mut |part| {
        if let ExprKind::Number(number) = part.kind {
            numbers.push(number);
        }
    });
    assert_eq!(numbers, [0.0, 1.0, 2.0, 3.0]);
}

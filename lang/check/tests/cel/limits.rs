//! Expressions that ask for too much end soon, with an error that names the limit.

use std::time::{Duration, Instant};

use apportion_check::eval::{EvalErrorKind, Limits};
use apportion_check::policy::{
    Aggregate, Arithmetic, Comparison, Domain, Expr, Function, InputId, SlotsId,
};

use crate::build::*;

const LIMITS: Limits = Limits {
    steps: 10_000,
    total_steps: 1_000_000,
    depth: 100,
    text: 1_000,
    elements: 100,
    pattern: 100_000,
};

#[track_caller]
fn check(expr: Expr, expected: EvalErrorKind) {
    let started = Instant::now();
    let row = Row { s: ["a".to_owned()].into(), ..Row::default() };
    assert_eq!(ours_within(&expr, &row, LIMITS), Err(expected));
    assert!(expected.is_limit() && started.elapsed() < Duration::from_secs(5));
}

#[test]
fn aggregates_over_a_table_of_each_other_count_steps() {
    let inner = aggregate(Aggregate::Sum, Domain::Input(InputId(0)), number(1.0));
    let outer = aggregate(Aggregate::Sum, Domain::Input(InputId(0)), inner);
    check(outer, EvalErrorKind::StepLimit(10_000));
}

#[test]
fn nesting_ends_before_the_stack_does() {
    let mut deep = number(1.0);
    for _ in 0..5_000 {
        deep = negate(deep);
    }
    check(deep, EvalErrorKind::DepthLimit(100));
}

#[test]
fn the_default_depth_fits_a_thread_of_two_megabytes() {
    let choices = |inner| choice(inner, boolean(true), boolean(false));
    let comparisons = |inner| compare(Comparison::Equal, inner, boolean(true));
    let aggregates = |inner| aggregate(Aggregate::Any, Domain::Values(vec![number(1.0)]), inner);
    let nest: [&dyn Fn(Expr) -> Expr; 3] = [&choices, &comparisons, &aggregates];
    for outer in nest {
        let deep = (0..2_000).fold(boolean(true), |inner, _| outer(inner));
        let run = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
            let result = ours(&deep, &Row::default());
            // Dropping what was built by hand is no part of the evaluation.
            std::mem::forget(deep);
            result
        });
        let result = run.ok().and_then(|thread| thread.join().ok());
        let depth = Limits::default().depth;
        assert_eq!(result, Some(Err(EvalErrorKind::DepthLimit(depth))));
    }
}

#[test]
fn a_text_that_doubles_itself_stops() {
    let mut long = text("0123456789");
    for _ in 0..20 {
        long =
            arithmetic(Arithmetic::Add, long.clone(), text("0123456789012345678901234567890123"));
        long = arithmetic(Arithmetic::Add, long.clone(), long);
        if matches!(ours_within(&long, &Row::default(), LIMITS), Err(EvalErrorKind::TextLimit(_))) {
            break;
        }
    }
    check(long, EvalErrorKind::TextLimit(1_000));
}

#[test]
fn a_list_that_is_too_long_is_not_built() {
    check(list(vec![number(1.0); 101]), EvalErrorKind::ElementLimit(100));
}

#[test]
fn a_pattern_that_explodes_is_refused() {
    let matches = call(Function::Matches, vec![text("a"), text("((a{100}){100}){100}")]);
    check(matches, EvalErrorKind::RegexTooBig(100_000));
}

#[test]
fn all_evaluations_together_have_a_limit_too() {
    let limits = Limits { steps: 100, total_steps: 150, ..LIMITS };
    let policy = apportion_check::policy::Policy::default();
    let row = Row::default();
    let sum = aggregate(Aggregate::Sum, Domain::Slots(SlotsId(0)), number(1.0));
    let evaluator = apportion_check::eval::Evaluator::new(&policy, &row, limits);
    let mut frame = vec![apportion_check::eval::Value::Absent; 2];
    let mut last = Ok(0.0);
    for _ in 0..10 {
        last = evaluator.eval_number(&sum, &mut frame).map_err(|error| error.kind);
    }
    assert_eq!(last, Err(EvalErrorKind::TotalStepLimit(150)));
}

//! Patterns: what a call comes to, and what limits it.

use std::fmt::Write;

use apportion_check::check_text;
use expect_test::expect;

use super::{WORLD, check};

/// Patterns each of which calls the next so many times, and a rule that calls the first.
fn chain(length: usize, calls: &str) -> String {
    let mut text = String::new();
    for at in 0..length {
        let calls = calls.replace("next", &format!("p{}", at + 1));
        let _ = writeln!(text, "pattern p{at}(v: quantity) {{ {calls} }}");
    }
    let _ = writeln!(text, "pattern p{length}(v: quantity) {{ v <= 1 core }}");
    text + "rule all { for p in pools: p0(used[p]) }"
}

#[test]
fn a_parameter_hides_what_has_its_name_elsewhere() {
    check(
        "pattern most(x[p in P]: quantity, used: quantity) { for p in P: x[p] <= used }
         rule few { for j in jobs: most(used, 3 cores) }",
        expect![""],
    );
}

#[test]
fn a_call_in_a_call_hands_tuples_and_facts_on() {
    check(
        "pattern most(y[p in P]: quantity, at[p]: quantity) { for p in P: y[p] <= at[p] }
         pattern twice(z[q in Q]: quantity, cap[q]: quantity) { most(z, 2 * cap[q]) }
         rule few { twice(used, p.capacity[cpu]) }",
        expect![""],
    );
}

#[test]
fn what_a_pattern_forbids_is_forbidden() {
    check(
        "pattern never(y[p in P, m in M]: quantity, bad[p]: bool) {
           forbid y[p, m] where bad[p]
           if true then permit y[*, spot]
         }
         rule none { for j in jobs: never(x[j], !has(p.reclaim)) }
         rule fact { for j in jobs: never(x[j], bad: used[p] == 1 core) }",
        expect![[r#"
            decision-in-where: `bad` of `never` can only use facts, and this depends on what will be decided `used[p]`
        "#]],
    );
}

#[test]
fn calls_are_written_out_up_to_a_limit() {
    check(&chain(15, "next(v)"), expect![""]);
    check(
        &chain(16, "next(v)"),
        expect![[r#"
        text-too-deep: more than 16 patterns call each other here `p0(used[p])`
    "#]],
    );
    check(
        &chain(15, "next(v); next(v); next(v)"),
        expect![[r#"
        expression-too-large: with every call of a pattern written out this has more than 500000 parts `p0(used[p])`
    "#]],
    );
    check(
        &chain(15, "next(v + v + v)"),
        expect![[r#"
        expression-too-large: with every call of a pattern written out this has more than 500000 parts `p0(used[p])`
    "#]],
    );
    check(
        &chain(15, &format!("next({}v)", "v + ".repeat(50))),
        expect![[r#"
        expression-too-deep: with every call written out this argument nests more than 100 deep `p0(used[p])`
    "#]],
    );
}

#[test]
fn no_part_of_a_call_makes_the_checker_panic() {
    let text = "pattern most(y[p in P]: quantity, at[p]: key = p.id, by: count = 2) {
           for z in distinct(p in P: at[p]): sum(p in P where at[p] == z: y[p]) <= by
         }
         rule few { for j in jobs: most(x[j], at: p.id, by: 3) where j.replicas > 2 }";
    for at in 0..text.len() {
        check_text("main.alloc", &format!("{WORLD}{}", &text[..at]));
        check_text("main.alloc", &format!("{WORLD}{}{}", &text[..at], &text[at + 1..]));
    }
}

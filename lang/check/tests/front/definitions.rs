//! Definitions that read each other, and those that read themselves.

use apportion_check::check_text;
use expect_test::expect;

use super::check;

#[test]
fn items_may_read_what_stands_below_them() {
    check("let twice = 2 * once\nlet once = limit\nparam limit: number = 1", expect![""]);
}

#[test]
fn a_definition_that_reads_itself_is_refused_and_its_readers_are_not() {
    check(
        "let a = b + 1\nlet b = a + 1\nlet c = b + 1",
        expect![[r#"
            definition-cycle: `a` is defined by itself `a`
            definition-cycle: `b` is defined by itself `b`
        "#]],
    );
}

#[test]
fn every_kind_of_definition_may_take_part_in_a_cycle() {
    check(
        "param least: number = 1 in 0 .. most\nparam most: number = 2 in least .. 3",
        expect![[r#"
            definition-cycle: `least` is defined by itself `least`
            definition-cycle: `most` is defined by itself `most`
        "#]],
    );
    check(
        "decide d[p in pools]: cores <= d[p]",
        expect![[r#"
            definition-cycle: `d` is defined by itself `d`
        "#]],
    );
    check(
        "slots hours over 24 h every n * 1 h\nlet n = count(t in hours)",
        expect![[r#"
            definition-cycle: `hours` is defined by itself `hours`
            definition-cycle: `n` is defined by itself `n`
        "#]],
    );
}

#[test]
fn a_priority_is_read_through_its_function_even_where_an_item_bears_that_name() {
    let cycle = "let heavy = sum(j in jobs: priority(j))\npriority j by j.class { gold = heavy; batch = 1 }";
    check(
        cycle,
        expect![[r#"
            definition-cycle: `heavy` is defined by itself `heavy`
            definition-cycle: `j` is defined by itself `j`
        "#]],
    );
    check(
        &format!("{cycle}\nlet priority = 1"),
        expect![[r#"
            definition-cycle: `heavy` is defined by itself `heavy`
            definition-cycle: `j` is defined by itself `j`
        "#]],
    );
}

#[test]
fn a_chain_of_a_hundred_definitions_is_read_and_a_longer_one_refused_by_its_length() {
    let chain = |length: usize| -> String {
        let links = (1..length).map(|at| format!("let a{at} = a{} + 1\n", at + 1));
        links.chain([format!("let a{length} = 1\n")]).collect()
    };
    check(&chain(100), expect![""]);
    check(
        &chain(101),
        expect![[r#"
            text-too-deep: `a1` lies at the end of more than 100 definitions `a1`
        "#]],
    );
}

#[test]
fn the_longest_chain_of_the_longest_expressions_fits_a_small_stack() {
    let (sums, choices) = (" + 1".repeat(490), "2 > 1 ? 1 : ".repeat(160));
    let sum = |at: usize| format!("let a{at} = a{}{sums}\n", at + 1);
    let choice = |at: usize| format!("let a{at} = {choices}a{}\n", at + 1);
    for link in [&sum as &dyn Fn(usize) -> String, &choice] {
        let text: String = (1..100).map(link).chain(["let a100 = 1\n".to_owned()]).collect();
        let run = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
            let found = check_text("main.alloc", &text).diagnostics;
            let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
            assert_eq!(codes, ["expression-too-deep"], "{found:#?}");
        });
        assert!(run.is_ok_and(|thread| thread.join().is_ok()));
    }
}

#[test]
fn a_chain_whose_links_are_read_twice_takes_no_longer_than_one_whose_links_are_read_once() {
    let links = (1..90).map(|at| format!("let a{at} = a{0} + a{0}\n", at - 1)).collect::<String>();
    let chain = format!("let a0 = sum(p in pools: used[p])\n{links}");
    check(
        &format!("{chain}rule few {{ a89 < 3 cores }}\nreport a89 by z.id"),
        expect![[r#"
        expression-too-large: with every `let` written out this has more than 500000 parts `a17`
        comparison-strict: a strict comparison of divisible amounts has no best answer `a89 < 3 cores`
        unknown-name: the value that is reported has no index `z` `z.id`
    "#]],
    );
}

/// `let`s that each say `link` of the one before, `OLD`; the first is `a1`, and reads `a0`.
fn chain(links: usize, link: &str) -> String {
    let link = |at: usize| {
        let link = link.replace("NEW", &format!("a{at}"));
        link.replace("OLD", &format!("a{}", at - 1))
    };
    (1..=links).map(link).collect()
}

#[test]
fn how_deep_lets_nest_together_is_bounded_and_said_once() {
    let readers = |last: usize| format!("rule some {{ a{last} >= 0 }}\nreport a{last}\n");
    let link = format!("let NEW = OLD{}\n", " + 1".repeat(97));
    let deep = |links: usize| format!("let a0 = 1\n{}{}", chain(links, &link), readers(links));
    check(&deep(6), expect![]);
    check(
        &deep(7),
        expect![[r#"
        expression-too-deep: with every `let` written out this nests more than 600 deep `a7`
    "#]],
    );
    let long = " + 1".repeat(499);
    check(
        &format!("let one = 1{long}\nobjective {{ most: maximize one{long} }}"),
        expect![[r#"
        expression-too-deep: with every `let` written out this nests more than 600 deep `objective`
    "#]],
    );
}

#[test]
fn an_index_that_a_let_gives_on_counts_as_often_as_it_is_read() {
    let link = "let NEW[j in jobs] = OLD[j.replicas > 1 ? j : j]\n";
    let twice = |links: usize| format!("let a0[j in jobs] = x[j, *, *]\n{}", chain(links, link));
    check(&twice(8), expect![]);
    check(
        &twice(40),
        expect![[r#"
        expression-too-large: with every `let` written out this has more than 500000 parts `a11`
    "#]],
    );
}

//! Which queries run again after an edit: what makes an editor's answer quick, and what nobody would notice
//! missing.
//!
//! Each test shows an edit and every query that ran because of it, in order. A query that is not listed was
//! answered from before.

use std::sync::mpsc;

use expect_test::{Expect, expect};
use salsa::plumbing::AsId;

use crate::Project;
use crate::db::items;

const PATH: &str = "main.alloc";

const POLICY: &str = "edition 2026
param share: ratio = 8 %
enum Market { on_demand, spot }
entity Pool { key id: string; size: cores; price: map<Market, USD/h> }
entity Job { key id: string; need: cores; copies: count }
input pools: Pool
input jobs: Job
place jobs j onto pools p as x: count <= j.copies
let used[p in pools] = sum(j in jobs: x[j, p] * j.need)
rule demand { for j in jobs: x[j, *] <= j.copies }
rule capacity { for p in pools: used[p] <= (1 - share) * p.size }
rule spare soft at service, 1 { for p in pools: x[*, p] <= 3 }
pattern most(y[p in P]: quantity, at: quantity) { for p in P: y[p] <= at }
rule few { for j in jobs: most(x[j], 5) }
report load = sum(p in pools: used[p])
objective { service: maximize sum(j in jobs: x[j, *]) - penalties }
test \"one\" { expect load <= 3 cores by capacity }
";

/// Replaces a part of the policy, and shows which queries the next question runs.
#[track_caller]
fn check(replaced: &str, by: &str, expected: Expect) {
    assert_eq!(POLICY.matches(replaced).count(), 1, "`{replaced}` stands once in the policy");
    let (log, ran) = mpsc::channel();
    let log = Box::new(move |query| log.send(query).unwrap_or_default());
    let mut project = Project::with_log(vec![(PATH.to_owned(), POLICY.into())], PATH, Some(log));
    assert_eq!(project.diagnostics().0, []);
    assert_eq!(ran.try_iter().filter(|query| query.starts_with("checked")).count(), 17);

    project.set_text(PATH, POLICY.replace(replaced, by));
    project.diagnostics();
    let queries: Vec<String> = ran.try_iter().collect();
    let lines = queries.iter().map(|query| format!("{}\n", readable(&project, query)));
    expected.assert_eq(&lines.collect::<String>());
}

/// `checked(Id(20a))` as `checked rule demand`.
fn readable(project: &Project, query: &str) -> String {
    let Some((query, id)) = query.split_once('(') else { return query.to_owned() };
    for file in project.program.files(&project.db) {
        for item in items(&project.db, *file) {
            if format!("{:?})", item.as_id()) == id {
                let words = item.text(&project.db).split_whitespace();
                return format!("{query} {}", words.take(2).collect::<Vec<_>>().join(" "));
            }
        }
    }
    query.to_owned()
}

#[test]
fn an_edit_inside_a_rule_checks_that_rule() {
    check(
        "x[j, *] <= j.copies }",
        "x[j, *] == j.copies }",
        expect![[r#"
            items
            parsed rule demand
            declared rule demand
            checked rule demand
            outgrown rule demand
        "#]],
    );
}

#[test]
fn a_comment_between_items_reads_no_item_again() {
    check(
        "edition 2026\n",
        "edition 2026\n\n// What there is.\n",
        expect![[r#"
        items
    "#]],
    );
}

#[test]
fn a_comment_inside_an_item_moves_what_follows_it_and_checks_that_item() {
    check(
        "rule demand {",
        "rule demand {\n  // of all",
        expect![[r#"
            items
            parsed rule demand
            declared rule demand
            checked rule demand
            outgrown rule demand
        "#]],
    );
}

#[test]
fn another_value_of_a_parameter_checks_the_parameter() {
    check(
        "8 %",
        "9 %",
        expect![[r#"
            items
            parsed param share:
            declared param share:
            checked param share:
            signature param share:
            outgrown param share:
        "#]],
    );
}

#[test]
fn another_type_of_a_parameter_checks_those_that_read_it() {
    check(
        "share: ratio = 8 %",
        "share: cores = 8 cores",
        expect![[r#"
            items
            parsed param share:
            declared param share:
            checked param share:
            signature param share:
            checked rule capacity
            outgrown param share:
            outgrown rule capacity
        "#]],
    );
}

#[test]
fn a_changed_field_checks_those_that_read_rows_of_its_entity() {
    check(
        "size: cores",
        "size: GiB",
        expect![[r#"
            items
            parsed entity Pool
            declared entity Pool
            checked entity Pool
            signature entity Pool
            checked rule capacity
            outgrown entity Pool
            outgrown rule capacity
        "#]],
    );
}

#[test]
fn another_unit_of_a_let_checks_those_that_read_it() {
    check(
        "x[j, p] * j.need)",
        "x[j, p] * j.copies)",
        expect![[r#"
            items
            parsed let used[p
            declared let used[p
            checked let used[p
            signature let used[p
            checked rule capacity
            moves_of_let let used[p
            checked report load
            checked test "one"
            outgrown let used[p
            outgrown rule capacity
            written_out let used[p
            outgrown report load
            outgrown test "one"
        "#]],
    );
}

#[test]
fn another_body_of_a_pattern_checks_the_pattern_and_the_rules_that_call_it() {
    check(
        "y[p] <= at",
        "y[p] == at",
        expect![[r#"
        items
        parsed pattern most(y[p
        declared pattern most(y[p
        checked pattern most(y[p
        checked rule few
        outgrown rule few
    "#]],
    );
}

#[test]
fn a_pattern_that_moves_checks_nothing() {
    check(
        "pattern most",
        "// No more than so many.\npattern most",
        expect![[r#"
        items
    "#]],
    );
}

#[test]
fn an_edit_of_a_rule_that_calls_a_pattern_checks_that_rule() {
    check(
        "most(x[j], 5)",
        "most(x[j], 6)",
        expect![[r#"
        items
        parsed rule few
        declared rule few
        checked rule few
        outgrown rule few
    "#]],
    );
}

#[test]
fn a_renamed_level_checks_the_rules_that_pay_at_a_level() {
    check(
        "{ service:",
        "{ served:",
        expect![[r#"
            items
            parsed objective {
            declared objective {
            index
            checked rule spare
            checked objective {
            outcomes
            outgrown rule spare
            outgrown objective {
        "#]],
    );
}

#[test]
fn a_renamed_report_is_read_and_checked_with_the_tests_that_read_it() {
    check(
        "report load",
        "report burden",
        expect![[r#"
            items
            index
            declared report burden
            parsed report burden
            names
            checked report burden
            outcomes
            checked test "one"
            outgrown report burden
            outgrown test "one"
        "#]],
    );
}

#[test]
fn a_rule_that_is_inserted_before_others_is_read_and_checked_alone() {
    let little = "rule little { for p in pools: used[p] <= 3 cores }\nrule demand";
    check(
        "rule demand",
        little,
        expect![[r#"
            items
            index
            declared rule little
            parsed rule little
            names
            checked rule little
            outcomes
            outgrown rule little
        "#]],
    );
}

#[test]
fn a_rule_that_is_removed_or_moved_checks_nothing() {
    let demand = "rule demand { for j in jobs: x[j, *] <= j.copies }\n";
    check(
        demand,
        "",
        expect![[r#"
            items
            index
            names
            outcomes
        "#]],
    );
    let capacity = "rule capacity { for p in pools: used[p] <= (1 - share) * p.size }\n";
    check(
        &format!("{demand}{capacity}"),
        &format!("{capacity}{demand}"),
        expect![[r#"
            items
            index
            names
            outcomes
        "#]],
    );
}

#[test]
fn a_new_name_could_be_meant_anywhere_so_that_every_item_is_checked_but_none_is_read() {
    check(
        "let used",
        "let three = 3\nlet used",
        expect![[r#"
            items
            index
            declared let three
            parsed let three
            names
            checked edition 2026
            checked param share:
            checked enum Market
            checked entity Pool
            checked entity Job
            checked input pools:
            checked input jobs:
            checked place jobs
            signature entity Job
            checked let three
            checked let used[p
            signature place jobs
            checked rule demand
            checked rule capacity
            signature let used[p
            signature param share:
            signature entity Pool
            moves_of_let let used[p
            checked rule spare
            checked objective {
            checked pattern most(y[p
            checked rule few
            checked report load
            checked test "one"
            enum_words
            outcomes
            outgrown edition 2026
            outgrown param share:
            outgrown enum Market
            outgrown entity Pool
            outgrown entity Job
            outgrown input pools:
            outgrown input jobs:
            outgrown place jobs
            outgrown let three
            outgrown let used[p
            outgrown rule demand
            outgrown rule capacity
            written_out let used[p
            outgrown rule spare
            outgrown pattern most(y[p
            outgrown rule few
            outgrown report load
            outgrown objective {
            outgrown test "one"
        "#]],
    );
}

#[test]
fn an_edit_inside_a_test_checks_that_test() {
    check(
        "load <= 3",
        "load <= 4",
        expect![[r#"
        items
        parsed test "one"
        declared test "one"
        checked test "one"
        outgrown test "one"
    "#]],
    );
}

#[test]
fn another_name_of_a_rule_checks_that_rule_and_no_test() {
    check(
        "rule capacity",
        "rule room",
        expect![[r#"
        items
        index
        declared rule room
        parsed rule room
        names
        checked rule room
        outcomes
        outgrown rule room
    "#]],
    );
}

#[test]
fn another_value_of_a_report_checks_the_tests_that_read_it() {
    check(
        "sum(p in pools: used[p])",
        "max(p in pools: used[p])",
        expect![[r#"
        items
        parsed report load
        declared report load
        checked report load
        checked test "one"
        outgrown report load
        outgrown test "one"
    "#]],
    );
}

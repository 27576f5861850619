//! Rules, prices, budgets, priorities, objectives and reports.

use expect_test::expect;

use super::check;

const OBJECTIVE: &str =
    "objective { service: maximize x[*, *, *]; calm: minimize penalties; cost: minimize spend }
let spend = sum(j in jobs, p in pools, m in Market: x[j, p, m] * j.request[cpu] * p.price[m])
";

#[test]
fn a_rule_compares_counts_forbids_and_permits() {
    check(
        "rule all because \"{j.id} on {p.id}\" {
           for j in jobs, p in pools: x[j, p, *] <= 3
           for j in jobs: if x[j, *, *] >= 1 then x[j, *, *] >= j.replicas else x[j, *, *] == 0
           count(p in pools: used[p] >= 1 core) <= 3
           forbid x[j, p, spot] where j.class == gold
           permit x[j, p, *] where p.id != \"far\"
         }",
        expect![""],
    );
}

#[test]
fn only_decisions_are_forbidden_with_as_many_indices_as_they_have() {
    check(
        "rule odd { forbid y[j, p] }\nrule odd2 { forbid jobs[j] }",
        expect![[r#"
        type-mismatch: only a decision can be forbidden or permitted `y[j, p]`
        type-mismatch: only a decision can be forbidden or permitted `jobs[j]`
    "#]],
    );
    check(
        "rule odd { forbid x[j, p] }\nrule odd2 { forbid x }",
        expect![[r#"
        type-mismatch: `x` has 3 indices, and 2 are given here `x[j, p]`
        type-mismatch: `x` has 3 indices, and 0 are given here `x`
    "#]],
    );
    check(
        "rule odd { for j in pools: forbid x[j, *, *] }",
        expect![[r#"
        type-mismatch: this index must be a `Job`, and this is a `Pool` `j`
    "#]],
    );
}

#[test]
fn a_reason_may_read_the_indices_of_its_rule_and_no_decision() {
    check(
        "rule why because \"{p.id}: {used[p]}, {j.id}\" { for p in pools: used[p] <= 1 core }",
        expect![[r#"
            decision-in-where: a reason can only use facts, and this depends on what will be decided `used[p]`
            unknown-name: nothing is called `j` here `j`
        "#]],
    );
}

#[test]
fn divisible_amounts_are_not_compared_strictly() {
    check(
        "rule odd { for p in pools: used[p] < p.capacity[cpu] }",
        expect![[r#"
        comparison-strict: a strict comparison of divisible amounts has no best answer `used[p] < p.capacity[cpu]`
    "#]],
    );
    check(
        "let busy[p in pools] = 2 * used[p]\nrule odd { for p in pools: busy[p] > 1 core }",
        expect![[r#"
            comparison-strict: a strict comparison of divisible amounts has no best answer `busy[p] > 1 core`
        "#]],
    );
    check("rule whole { for j in jobs: x[j, *, *] < 3 }", expect![""]);
}

#[test]
fn a_soft_rule_is_paid_for_at_a_level_in_the_units_of_that_level() {
    check(
        &format!("{OBJECTIVE}rule few soft at calm, 3 credit per replica {{ x[*, *, *] <= 3 }}"),
        expect![""],
    );
    check(
        &format!("{OBJECTIVE}rule few soft at cost, 3 USD/h {{ x[*, *, *] <= 3 }}"),
        expect![[r#"
        penalties-uncounted: level `cost` does not count what `few` is paid for there `3 USD/h`
    "#]],
    );
    check(
        &format!("{OBJECTIVE}rule few soft at cost, 3 credit {{ x[*, *, *] <= 3 }}"),
        expect![[r#"
            unit-mismatch: the level counts money (USD) per time, and this price on plain number gives credit `3 credit`
        "#]],
    );
    check(
        &format!(
            "{OBJECTIVE}rule few soft at cost, 3 USD/h {{ for p in pools: used[p] <= 3 cores }}"
        ),
        expect![[r#"
            unit-mismatch: the level counts money (USD) per time, and this price on cores gives cores times money (USD) per time `3 USD/h`
        "#]],
    );
    check(
        &format!("{OBJECTIVE}rule few soft at cots, 3 USD/h {{ x[*, *, *] <= 3 }}"),
        expect![[r#"
        unknown-name: the objective has no level `cots` `cots`
    "#]],
    );
    check(
        &format!("{OBJECTIVE}rule few soft at cost {{ x[*, *, *] <= 3 }}"),
        expect![[r#"
        unit-missing: a soft rule needs a price `soft at cost`
    "#]],
    );
    check(
        &format!(
            "{OBJECTIVE}rule few soft at calm, 1 credit if broken no worse {{ x[*, *, *] <= 3 }}"
        ),
        expect![[r#"
            type-mismatch: a soft rule may be broken at its price, whatever runs now `if broken no worse`
        "#]],
    );
}

#[test]
fn a_compliance_rule_is_never_soft_and_holds_whatever_runs_now() {
    check(
        &format!("{OBJECTIVE}compliance few soft at calm, 1 credit {{ x[*, *, *] <= 3 }}"),
        expect![[r#"
            locked-rule: `few` is a compliance rule and cannot be soft `soft at calm, 1 credit`
        "#]],
    );
    check(
        "compliance few if broken no worse { x[*, *, *] <= 3 }",
        expect![[r#"
        locked-rule: `few` is a compliance rule and holds whatever runs now `if broken no worse`
    "#]],
    );
}

#[test]
fn a_budget_holds_money_to_an_amount_or_a_rate_to_an_amount_per_period() {
    check(
        &format!("{OBJECTIVE}budget all: spend <= 100 USD per month {{ alert at 80 %, 95 % }}"),
        expect![""],
    );
    check(&format!("{OBJECTIVE}budget all: spend * 1 h <= 100 USD"), expect![""]);
    check(
        &format!("{OBJECTIVE}budget all: spend <= 100 USD"),
        expect![[r#"
        unit-mismatch: cannot hold money (USD) per time to money (USD) `100 USD`
    "#]],
    );
    check(
        &format!("{OBJECTIVE}budget all: spend <= 100 EUR per month"),
        expect![[r#"
        unit-mismatch: cannot hold money (USD) per time to money (EUR) per month `100 EUR per month`
    "#]],
    );
    check(
        &format!("{OBJECTIVE}budget all: spend <= 100"),
        expect![[r#"
            unit-missing: a limit of money (USD) per time needs its currency `100`
        "#]],
    );
    check(
        &format!("{OBJECTIVE}budget all: spend <= 100 USD per month {{ alert at 3 USD }}"),
        expect![[r#"
            unit-mismatch: an alert must be plain number, and this is money (USD) `3 USD`
        "#]],
    );
    check(
        "budget odd: max(p in pools: used[p]) * 1 USD/core <= 3 USD",
        expect![[r#"
        not-convex-here: a budget counts sums of decisions, and this is none `max(p in pools: used[p]) * 1 USD/core`
    "#]],
    );
    check(
        "budget odd: \"much\" <= 3 USD\nbudget odd2: used[*] <= 3 cores",
        expect![[r#"
        type-mismatch: a budget counts money, not a text `"much"`
        unit-mismatch: a budget counts money, not cores `used[*]`
    "#]],
    );
}

#[test]
fn a_priority_weighs_every_value_of_an_enum_once() {
    check("priority j by j.class { gold = 10; batch = 1 }", expect![""]);
    check(
        "priority j by j.class { gold = 10 }",
        expect![[r#"
        type-mismatch: no weight for `batch` `j.class`
    "#]],
    );
    check(
        "priority j by j.class { gold = 10; gold = 2; batch = 1; slow = 3 }",
        expect![[r#"
        duplicate-name: the value `gold` is there already `gold`
        enum-value-unknown: `Job.class` has no value `slow` `slow`
    "#]],
    );
    check(
        "priority j by j.class { gold = 10 USD; batch = used[*] / 1 core }",
        expect![[r#"
        unit-mismatch: a weight must be plain number, and this is money (USD) `10 USD`
        decision-in-where: a weight can only use facts, and this depends on what will be decided `used[*]`
    "#]],
    );
    check(
        "priority j by j.replicas { one = 1 }",
        expect![[r#"
        type-mismatch: a priority goes by an enum, and this is plain number `j.replicas`
    "#]],
    );
    check(
        "priority q by q.class { gold = 10; batch = 1 }\npriority z by z.nothing { a = 1 }",
        expect![[r#"
            unknown-name: nothing says what `z` is a row of `z`
        "#]],
    );
}

#[test]
fn the_weight_of_a_row_is_that_of_its_entity() {
    check(
        "let a = sum(j in jobs: priority(j))\npriority j by j.class { gold = 10; batch = 1 }",
        expect![""],
    );
    check(
        "let a = sum(j in jobs: priority(j)) + priority(3)",
        expect![[r#"
        unknown-name: no `priority` is declared for `Job` `priority(j)`
        type-mismatch: only rows have a priority, and this is plain number `3`
    "#]],
    );
}

#[test]
fn an_objective_is_one_list_of_levels_each_with_a_name_of_its_own() {
    check(
        "objective { a: minimize used[*] slack 1 %; b: maximize x[*, *, *] slack 3; c: minimize 2 * penalties }",
        expect![""],
    );
    check(
        "objective { a: minimize used[*]; a: maximize used[*] }\nobjective { b: minimize used[*] }",
        expect![[r#"
            duplicate-name: the level `a` is there already `a`
            duplicate-name: a policy has one objective `objective { b: minimize used[*] }`
        "#]],
    );
    check(
        "objective { a: minimize used[*] slack 1 GiB; b: minimize \"much\"; c: minimize used[*] slack used[*] }",
        expect![[r#"
            unit-mismatch: a slack is a share or cores, and this is memory `1 GiB`
            type-mismatch: a level seeks a number, and this is a text `"much"`
            decision-in-where: a slack can only use facts, and this depends on what will be decided `used[*]`
        "#]],
    );
    check(
        "rule odd { penalties <= 3 }",
        expect![[r#"
        unknown-name: `penalties` are known to the levels of the objective only `penalties`
    "#]],
    );
}

#[test]
fn a_report_shows_one_value_by_groups_of_one_of_its_indices() {
    check(
        "report load = sum(p in pools: used[p]) by p.id\nreport jobs_run = x[*, *, *] by m",
        expect![""],
    );
    check("let total = used[*]\nreport total by p.id", expect![""]);
    check(
        "report load = sum(p in pools: used[p]) by q.id",
        expect![[r#"
        unknown-name: the value that is reported has no index `q` `q.id`
    "#]],
    );
    check(
        "report all = pools\nreport row = Market.spot\nreport missing = nobody by p.id",
        expect![[r#"
            type-mismatch: `pools` is an input, and no value `pools`
            type-mismatch: a value of `Market` cannot be shown as one value `Market.spot`
            unknown-name: nothing is called `nobody` here `nobody`
        "#]],
    );
    check(
        "report used by p.id",
        expect![[r#"
        type-mismatch: `used` has 1 index, and 0 are given here `used`
    "#]],
    );
}

#[test]
fn a_decision_is_a_number_over_what_can_be_counted() {
    check(
        "decide d[p in pools where p.id != \"far\", m in {spot}]: flag\ndecide e: ratio <= 50 %",
        expect![""],
    );
    check(
        "decide d: string\ndecide e: Market",
        expect![[r#"
        type-mismatch: a text cannot be decided `string`
        type-mismatch: a value of `Market` cannot be decided `Market`
    "#]],
    );
    check(
        "decide d[n in {1, 2}]: count\ndecide e[j in jobs, t in {j.id}]: count",
        expect![[r#"
        not-implemented: a decision over texts or numbers cannot be compiled yet `{1, 2}`
        not-implemented: a decision over a set that depends on data cannot be compiled yet `{j.id}`
    "#]],
    );
    check(
        "decide d[p in pools, p in pools]: count\ndecide e: cores in 3 GiB .. used[*]",
        expect![[r#"
            duplicate-name: the index `p` is there already `p`
            unit-mismatch: a bound must be cores, and this is memory `3 GiB`
            decision-in-where: a bound can only use facts, and this depends on what will be decided `used[*]`
        "#]],
    );
    check(
        "decide d: cores <= 3 GiB",
        expect![[r#"
        unit-mismatch: a bound must be cores, and this is memory `3 GiB`
    "#]],
    );
}

#[test]
fn slots_are_durations_with_a_number_a_start_and_a_length() {
    check(
        "slots hours over 24 h every 1 h\nlet a[t in hours] = t.index + 1\nlet b[t in hours]: duration = t.start + t.length - now",
        expect![""],
    );
    check(
        "slots hours over 24 every 1 core\nlet a[t in hours] = t.end",
        expect![[r#"
            unit-missing: how far slots reach must be time, and this number has no unit `24`
            unit-mismatch: how long a slot is must be time, and this is cores `1 core`
            unknown-field: a slot has no field `end` `end`
        "#]],
    );
}

#[test]
fn names_are_declared_once_but_rules_are_told_apart_by_themselves() {
    check(
        "let used = 3\nrule used { 1 <= 2 }\nbudget used: 1 USD <= 3 USD\nreport used = 3",
        expect![[r#"
            duplicate-name: `used` is declared already `let used = 3`
            duplicate-name: `used` is declared already `budget used: 1 USD <= 3 USD`
        "#]],
    );
    check(
        "rule a { b <= 3 }\nrule b { 1 <= 2 }",
        expect![[r#"
        type-mismatch: `b` is a rule or a budget, and no value `b`
    "#]],
    );
}

//! Items in bins: what they are counted in, and where that may be limited.

use expect_test::{Expect, expect};

use super::check;

const MINE: &str = "decide run[j in jobs, p in pools]: flag
decide part[j in jobs, p in pools]: ratio
objective { cost: minimize penalties }
";

/// Checks a rule for each pool.
#[track_caller]
fn check_rule(condition: &str, expected: Expect) {
    check(&format!("{MINE}rule r {{ for p in pools: {condition} }}"), expected);
}

#[test]
fn a_hard_rule_limits_bins_from_above() {
    check_rule("bins(j in jobs: run[j, p] each 500 millicores in 1 core) <= 4 cores", expect![""]);
    check_rule(
        "4 cores >= bins(j in jobs: x[j, p, *] * j.replicas each j.request[cpu] in 1 core)",
        expect![""],
    );
    check_rule(
        "if p.capacity[cpu] > 0 core then bins(j in jobs: run[j, p] + x[j, p, spot] each 1 core in 2 core) <= 4 core",
        expect![""],
    );
    check_rule(
        "used[p] <= 4 cores && bins(j in jobs: run[j, p] each 1 core in 2 core) <= 4 core",
        expect![""],
    );
}

#[test]
fn a_report_shows_bins() {
    check(
        "report taken = sum(p in pools: bins(j in jobs: x[j, p, *] each j.request[cpu] in 1 core)) by p.id",
        expect![""],
    );
}

#[test]
fn any_other_use_is_refused_by_name() {
    let bins = "bins(j in jobs: run[j, p] each 1 core in 2 cores)";
    let unlimited = [
        format!("{bins} >= 4 cores"),
        format!("{bins} <= used[p]"),
        format!("{bins} + used[p] <= 4 cores"),
        format!("{bins} <= 4 cores || run[*, p] == 0"),
        format!("if run[*, p] == 0 then {bins} <= 4 cores"),
    ];
    for rule in unlimited {
        check_rule(
            &rule,
            expect![[r#"
        not-implemented: `bins` that is not limited from above by facts cannot be compiled yet `bins(j in jobs: run[j, p] each 1 core in 2 cores)`
    "#]],
        );
    }
    let rule = |head: &str| format!("{MINE}rule r {head} {{ for p in pools: {bins} <= 4 cores }}");
    check(
        &rule("soft at cost, 1 credit per core"),
        expect![[r#"
        not-implemented: `bins` in a soft rule cannot be compiled yet `bins(j in jobs: run[j, p] each 1 core in 2 cores)`
    "#]],
    );
    check(
        &rule("if broken no worse"),
        expect![[r#"
        not-implemented: `bins` in a rule with `if broken` cannot be compiled yet `bins(j in jobs: run[j, p] each 1 core in 2 cores)`
    "#]],
    );
    check(
        &format!("{MINE}let a[p in pools] = {bins}"),
        expect![[r#"
        not-implemented: `bins` in a `let` cannot be compiled yet `bins(j in jobs: run[j, p] each 1 core in 2 cores)`
    "#]],
    );
    let bins = "bins(j in jobs: x[j, p, *] each 1 core in 1 core)";
    let rewarded = [
        format!("maximize sum(p in pools: {bins})"),
        format!("minimize 9 cores - sum(p in pools: {bins})"),
        format!("minimize max(p in pools: {bins})"),
        format!("minimize abs(sum(p in pools: {bins}))"),
    ];
    for level in rewarded {
        check(
            &format!("objective {{ cost: {level} }}"),
            expect![[r#"
        not-implemented: `bins` in an objective, but as a cost that is added up, cannot be compiled yet `bins(j in jobs: x[j, p, *] each 1 core in 1 core)`
    "#]],
        );
    }
}

#[test]
fn a_level_counts_bins_as_a_cost() {
    let bins = "bins(j in jobs: x[j, p, *] each 1 core in 1 core)";
    let costs = [
        format!("minimize sum(p in pools where p.capacity[cpu] > 0 cores: 2 * {bins} / 3)"),
        format!("minimize sum(p in pools: {bins}) - sum(j in jobs: x[j, *, *]) * 1 core"),
        format!("maximize sum(j in jobs: x[j, *, *]) * 1 core - sum(p in pools: {bins})"),
        format!("maximize -sum(p in pools: (p.capacity[cpu] > 0 cores ? {bins} : 0 cores))"),
    ];
    for level in costs {
        check(&format!("objective {{ cost: {level} }}"), expect![""]);
    }
}

#[test]
fn items_are_whole_and_sizes_have_one_unit() {
    check_rule(
        "bins(j in jobs: part[j, p] each 1 core in 1 core) <= 4 cores",
        expect![[r#"
        type-mismatch: items are a whole decision, or one times a whole number of each `part[j, p]`
    "#]],
    );
    check_rule(
        "bins(j in jobs: run[j, p] - 1 each 1 core in 1 core) <= 4 cores",
        expect![[r#"
        type-mismatch: items are a whole decision, or one times a whole number of each `run[j, p] - 1`
    "#]],
    );
    check_rule(
        "bins(j in jobs: j.replicas each 1 core in 1 core) <= 4 cores",
        expect![[r#"
        type-mismatch: items are a whole decision, or one times a whole number of each `j.replicas`
    "#]],
    );
    check_rule(
        "bins(j in jobs: run[j, p] * 1 core each 1 core in 1 core) <= 4 cores",
        expect![[r#"
        unit-mismatch: a number of items must be plain number, and this is cores `run[j, p] * 1 core`
    "#]],
    );
    check_rule(
        "bins(j in jobs: run[j, p] each j.request[memory] in 1 core) <= 4 cores",
        expect![[r#"
        unit-mismatch: cannot put items of memory into bins of cores `1 core`
    "#]],
    );
    check_rule(
        "bins(j in jobs: run[j, p] each 1 core in 1 core) <= 4 GiB",
        expect![[r#"
        unit-mismatch: cannot compare cores with memory `4 GiB`
    "#]],
    );
    check_rule(
        "bins(j in jobs: run[j, p] each used[p] in 1 core) <= 4 cores",
        expect![[r#"
        decision-in-where: the size of an item can only use facts, and this depends on what will be decided `used[p]`
    "#]],
    );
    check_rule(
        "bins(j in jobs: run[j, p] each 1 core in j.request[cpu]) <= 4 cores",
        expect![[r#"
        unknown-name: nothing is called `j` here `j`
    "#]],
    );
}

#[test]
fn what_is_missing_is_said() {
    check_rule(
        "bins(j in jobs: run[j, p]) <= 4 cores",
        expect![[r#"
        type-mismatch: `bins` needs to know what is put where `bins(j in jobs: run[j, p])`
    "#]],
    );
    check_rule(
        "bins(j in jobs) <= 4 cores",
        expect![[r#"
        type-mismatch: `bins` needs to know what is put where `bins(j in jobs)`
    "#]],
    );
    check_rule(
        "sum(j in jobs: run[j, p] each 1 core in 1 core) <= 4 cores",
        expect![[r#"
        type-mismatch: `each … in …` is no value `run[j, p] each 1 core in 1 core`
    "#]],
    );
}

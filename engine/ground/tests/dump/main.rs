//! Policies over small worlds, and every class, column and row that they come to.

mod show;

use apportion_check::check_text;
use apportion_facts::{Settings, WorldFacts, schema};
use apportion_ground::{Options, Running, census, ground};
use apportion_world::{Format, InputBytes, load};
use expect_test::{Expect, expect};

const HEAD: &str = "
edition 2026
enum Kind { hot, cold }
entity Task { key id: string; size: count; value: count; kind: Kind; cap: count? }
entity Box { key id: string; room: count; kind: Kind }
input tasks: Task
input boxes: Box
place tasks t onto boxes b as x: count <= 2
";

const TASKS: &str = "id,size,value,kind,cap\nt0,1,5,hot,\nt1,1,5,hot,\nt2,2,5,cold,3\n";
const BOXES: &str = "id,room,kind\nb0,4,hot\nb1,4,hot\nb2,9,cold\n";

/// What a policy with these items comes to over the tasks and boxes above.
#[track_caller]
fn check(items: &str, expected: Expect) {
    check_with(items, "{}", true, expected);
}

#[track_caller]
fn check_with(items: &str, now: &str, merge: bool, expected: Expect) {
    let checked = check_text("main.alloc", &format!("{HEAD}{items}"));
    let policy = checked.policy.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let settings = Settings::new(&policy, &[], 1_795_435_200.0).expect("no parameters");
    let schema = schema(&policy, &settings, &checked.sources).expect("a schema");
    let table = |input: &str, format, text: &str| InputBytes {
        input: input.into(),
        file: input.into(),
        format,
        bytes: text.as_bytes().to_vec(),
        mapping: Vec::new(),
        ignore: Vec::new(),
        select: None,
        limit: None,
    };
    let inputs = [table("tasks", Format::Csv, TASKS), table("boxes", Format::Csv, BOXES)];
    let current = table("current", Format::Json, now);
    let loaded = load(&schema, &inputs, Some(&current));
    let world = loaded.world.unwrap_or_else(|| panic!("{:#?}", loaded.findings));
    let facts = WorldFacts::new(&policy, &world, &settings);
    let running: Vec<Running> = world
        .current
        .entries
        .iter()
        .map(|it| Running { decision: it.decision, at: it.at.clone(), value: it.value })
        .collect();
    let grounded = ground(&policy, &facts, &running, &Options { merge, ..Options::default() });
    let found = match &grounded.ground {
        Some(ground) => {
            let counted = census(&policy, &facts, &running, Options::default().limits);
            let classes = counted.iter().map(|it| it.classes as usize);
            let found = ground.spaces.iter().map(|space| space.len());
            assert!(!merge || classes.eq(found), "a census of other classes: {counted:?}");
            show::show(&policy, &world, ground)
        }
        None => grounded.findings.iter().map(|it| format!("{}\n", it.message)).collect(),
    };
    expected.assert_eq(&found);
}

#[test]
fn rows_that_are_read_alike_share_a_class() {
    check(
        "rule capacity { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1, b2
            x[t0+t1, b0+b1]: whole, 0 to 2 each, 8 in all
            x[t0+t1, b2]: whole, 0 to 2 each, 4 in all
            x[t2, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t2, b2]: whole, 0 to 2 each, 2 in all
            capacity[b=b0+b1]: +1 x[t0+t1, b0+b1](*, b) +2 x[t2, b0+b1](*, b) <= 4
            capacity[b=b2]: +1 x[t0+t1, b2](*, b) +2 x[t2, b2](*, b) <= 9
        "#]],
    );
}

#[test]
fn bins_are_sums_that_every_packing_keeps_and_the_packing() {
    check(
        "rule whole { for b in boxes: bins(t in tasks: x[t, b] each t.size in 3) <= b.room }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1, b2
            x[t0+t1, b0+b1]: whole, 0 to 2 each, 6 in all
            x[t0+t1, b2]: whole, 0 to 2 each, 4 in all
            x[t2, b0+b1]: whole, 0 to 1 each, 2 in all
            x[t2, b2]: whole, 0 to 2 each, 2 in all
            whole[b=b0+b1]: +0.3333333333333333 x[t0+t1, b0+b1](*, b) +0.6666666666666666 x[t2, b0+b1](*, b) <= 1
            whole[b=b2]: +0.3333333333333333 x[t0+t1, b2](*, b) +0.6666666666666666 x[t2, b2](*, b) <= 3
            whole[b=b0+b1]: +1 x[t2, b0+b1](*, b) <= 1
            whole[b=b2]: +1 x[t2, b2](*, b) <= 3
            whole packs 1 bins: 1 of 0.3333333333333333 per x[t0+t1, b0+b1] 1 of 0.6666666666666666 per x[t2, b0+b1]
            whole packs 3 bins: 1 of 0.3333333333333333 per x[t0+t1, b2] 1 of 0.6666666666666666 per x[t2, b2]
        "#]],
    );
    // Sizes of which each divides the next, and the last the bin: their sum says all.
    check(
        "rule whole { for b in boxes: bins(t in tasks: x[t, b] * 2 each t.size in 4) <= b.room }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1, b2
            x[t0+t1, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t0+t1, b2]: whole, 0 to 2 each, 4 in all
            x[t2, b0+b1]: whole, 0 to 1 each, 2 in all
            x[t2, b2]: whole, 0 to 2 each, 2 in all
            whole[b=b0+b1]: +0.5 x[t0+t1, b0+b1](*, b) +1 x[t2, b0+b1](*, b) <= 1
            whole[b=b2]: +0.5 x[t0+t1, b2](*, b) +1 x[t2, b2](*, b) <= 2
        "#]],
    );
}

#[test]
fn bins_that_a_level_counts_are_told_by_functions() {
    check(
        "objective { few: minimize sum(b in boxes: bins(t in tasks: x[t, b] each t.size in 3) * b.room) }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1, b2
            x[t0+t1, b0+b1]: whole, 0 to 2 each, 8 in all
            x[t0+t1, b2]: whole, 0 to 2 each, 4 in all
            x[t2, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t2, b2]: whole, 0 to 2 each, 2 in all
            few counts bins by [Sum, Steps(1)]
            few[b=b0+b1] counts 12 a bin: 1 of 0.3333333333333333 per x[t0+t1, b0+b1] 1 of 0.6666666666666666 per x[t2, b0+b1]
            few[b=b2] counts 27 a bin: 1 of 0.3333333333333333 per x[t0+t1, b2] 1 of 0.6666666666666666 per x[t2, b2]
            few: minimize +0
        "#]],
    );
    // What no bin holds is in no plan.
    check(
        "objective { few: minimize sum(b in boxes: bins(t in tasks: x[t, b] each t.size in 1.5)) }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1+b2
            x[t0+t1, b0+b1+b2]: whole, 0 to 2 each, 12 in all
            x[t2, b0+b1+b2]: whole, 0 to 0 each, 0 in all
            few counts bins by [Sum, Steps(1)]
            few[b=b0+b1+b2] counts 1.5 a bin: 1 of 0.6666666666666666 per x[t0+t1, b0+b1+b2]
            few: minimize +0
        "#]],
    );
}

#[test]
fn what_no_bin_holds_is_held_at_nothing() {
    check(
        "rule whole { for b in boxes: bins(t in tasks: x[t, b] each t.size in 1.5) <= b.room }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1, b2
            x[t0+t1, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t0+t1, b2]: whole, 0 to 2 each, 4 in all
            x[t2, b0+b1]: whole, 0 to 0 each, 0 in all
            x[t2, b2]: whole, 0 to 0 each, 0 in all
            whole[b=b0+b1]: +0.6666666666666666 x[t0+t1, b0+b1](*, b) +3 x[t2, b0+b1](*, b) <= 2
            whole[b=b2]: +0.6666666666666666 x[t0+t1, b2](*, b) +7 x[t2, b2](*, b) <= 6
            whole[b=b0+b1]: +1 x[t0+t1, b0+b1](*, b) +3 x[t2, b0+b1](*, b) <= 2
            whole[b=b2]: +1 x[t0+t1, b2](*, b) +7 x[t2, b2](*, b) <= 6
            whole packs 2 bins: 1 of 0.6666666666666666 per x[t0+t1, b0+b1] 1 of 1.3333333333333333 per x[t2, b0+b1]
            whole packs 6 bins: 1 of 0.6666666666666666 per x[t0+t1, b2] 1 of 1.3333333333333333 per x[t2, b2]
        "#]],
    );
}

#[test]
fn items_and_sizes_that_are_none_are_findings() {
    let rule =
        |body: &str| format!("rule whole {{ for b in boxes: bins(t in tasks: {body}) <= b.room }}");
    check(
        &rule("x[t, b] each 1 in b.room - 4"),
        expect![[r#"
        rule `whole` cannot be worked out: a bin is greater than 0, and no item is below 0
    "#]],
    );
    check(
        &rule("x[t, b] each t.size - 2 in 1"),
        expect![[r#"
        rule `whole` cannot be worked out: a bin is greater than 0, and no item is below 0
    "#]],
    );
    check(
        &rule("x[t, b] * t.size * 0.5 each 1 in 1"),
        expect![[r#"
        rule `whole` cannot be worked out: a number of items is whole and not below 0
    "#]],
    );
}

#[test]
fn without_merging_every_row_is_a_class_of_its_own() {
    let items = "rule capacity { for b in boxes: sum(t in tasks: x[t, b] * t.size) <= b.room }";
    check_with(
        items,
        "{}",
        false,
        expect![[r#"
        tasks: t0, t1, t2
        boxes: b0, b1, b2
        x[t0, b0]: whole, 0 to 2 each, 2 in all
        x[t0, b1]: whole, 0 to 2 each, 2 in all
        x[t0, b2]: whole, 0 to 2 each, 2 in all
        x[t1, b0]: whole, 0 to 2 each, 2 in all
        x[t1, b1]: whole, 0 to 2 each, 2 in all
        x[t1, b2]: whole, 0 to 2 each, 2 in all
        x[t2, b0]: whole, 0 to 2 each, 2 in all
        x[t2, b1]: whole, 0 to 2 each, 2 in all
        x[t2, b2]: whole, 0 to 2 each, 2 in all
        capacity[b=b0]: +1 x[t0, b0](*, b) +1 x[t1, b0](*, b) +2 x[t2, b0](*, b) <= 4
        capacity[b=b1]: +1 x[t0, b1](*, b) +1 x[t1, b1](*, b) +2 x[t2, b1](*, b) <= 4
        capacity[b=b2]: +1 x[t0, b2](*, b) +1 x[t1, b2](*, b) +2 x[t2, b2](*, b) <= 9
    "#]],
    );
}

#[test]
fn only_what_is_read_tells_rows_apart() {
    check(
        "objective { served: maximize sum(t in tasks: x[t, *] * t.value) }",
        expect![[r#"
        tasks: t0+t1+t2
        boxes: b0+b1+b2
        x[t0+t1+t2, b0+b1+b2]: whole, 0 to 2 each, 18 in all
        served: maximize +5 x[t0+t1+t2, b0+b1+b2]
    "#]],
    );
}

#[test]
fn what_a_pair_must_be_leaves_no_column_for_the_others() {
    check(
        "rule warm { forbid x[t, b] where t.kind != b.kind }",
        expect![[r#"
        tasks: t0+t1, t2
        boxes: b0+b1, b2
        x[t0+t1, b0+b1]: whole, 0 to 2 each, 8 in all
        x[t2, b2]: whole, 0 to 2 each, 2 in all
        warm shuts out 4
    "#]],
    );
}

#[test]
fn a_fact_that_is_missing_shuts_a_pair_out() {
    check(
        "compliance capped { permit x[t, b] where t.cap > b.room - 5 }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1, b2
            x[t2, b0+b1]: whole, 0 to 2 each, 4 in all
            capped shuts out 7, 6 for want of a fact
        "#]],
    );
}

#[test]
fn an_index_of_a_term_is_tied_to_a_quantifier_or_free() {
    check(
        "rule each { for t in tasks, b in boxes: x[t, b] <= 1 }
         rule all { for t in tasks: x[t, *] <= 3 }
         rule total { sum(t in tasks, b in boxes: x[t, b]) <= 4 }",
        expect![[r#"
            tasks: t0+t1+t2
            boxes: b0+b1+b2
            x[t0+t1+t2, b0+b1+b2]: whole, 0 to 1 each, 4 in all
            each[t=t0+t1+t2, b=b0+b1+b2]: +1 x[t0+t1+t2, b0+b1+b2](t, b) <= 1
            all[t=t0+t1+t2]: +1 x[t0+t1+t2, b0+b1+b2](t, *) <= 3
            total[]: +1 x[t0+t1+t2, b0+b1+b2](*, *) <= 4
        "#]],
    );
}

#[test]
fn a_soft_rule_has_its_price_and_the_level_that_pays() {
    check(
        "rule few soft at calm, 3 { for b in boxes where b.kind == hot: x[*, b] <= 1 }
         objective { calm: minimize penalties }",
        expect![[r#"
            tasks: t0+t1+t2
            boxes: b0+b1, b2
            x[t0+t1+t2, b0+b1]: whole, 0 to 2 each, 12 in all
            x[t0+t1+t2, b2]: whole, 0 to 2 each, 6 in all
            few[b=b0+b1]: +1 x[t0+t1+t2, b0+b1](*, b) <= 1  or 3 each in calm
            calm: minimize +0, penalties times 1
        "#]],
    );
}

#[test]
fn what_runs_now_may_break_a_rule_no_further() {
    let items = "rule few if broken no worse { for b in boxes: x[*, b] <= 1 }";
    let now = r#"{"x": [{"at": ["t0", "b0"], "value": 2}, {"at": ["t2", "b0"], "value": 1}]}"#;
    check_with(
        items,
        now,
        true,
        expect![[r#"
        tasks: t0+t1+t2
        boxes: b0+b1+b2
        x[t0+t1+t2, b0+b1+b2]: whole, 0 to 2 each, 18 in all
        few[b=b0+b1+b2]: +1 x[t0+t1+t2, b0+b1+b2](*, b) <= 1
        few[b=b0] is broken now, by 2 at most
        mending: minimize +0, penalties times 1
    "#]],
    );
}

#[test]
fn rows_that_a_formula_speaks_of_stand_alone() {
    check(
        "rule together { for t in tasks where t.kind == hot: if x[t, *] >= 1 then x[t, *] >= 2 }",
        expect![[r#"
            tasks: t0, t1, t2
            boxes: b0+b1+b2
            x[t0, b0+b1+b2]: whole, 0 to 2 each, 6 in all
            x[t1, b0+b1+b2]: whole, 0 to 2 each, 6 in all
            x[t2, b0+b1+b2]: whole, 0 to 2 each, 6 in all
            together[t=t0]: (not +1 x[t0, b0+b1+b2] -1 >= 0 or +1 x[t0, b0+b1+b2] -2 >= 0)
            together[t=t1]: (not +1 x[t1, b0+b1+b2] -1 >= 0 or +1 x[t1, b0+b1+b2] -2 >= 0)
        "#]],
    );
}

#[test]
fn what_is_not_affine_becomes_a_piece() {
    check(
        "objective { uneven: maximize max(b in boxes: x[*, b]) slack 10 % }",
        expect![[r#"
        tasks: t0+t1+t2
        boxes: b0, b1, b2
        x[t0+t1+t2, b0]: whole, 0 to 2 each, 6 in all
        x[t0+t1+t2, b1]: whole, 0 to 2 each, 6 in all
        x[t0+t1+t2, b2]: whole, 0 to 2 each, 6 in all
        uneven: maximize +1 max(+1 x[t0+t1+t2, b0], +1 x[t0+t1+t2, b1], +1 x[t0+t1+t2, b2]), within 0 and 0.1 of it
    "#]],
    );
}

#[test]
fn of_an_extreme_that_is_only_made_better_classes_know_the_mean() {
    check(
        "objective { even: minimize 2 * max(b in boxes, t in tasks: x[t, b] * t.size + x[t, *]) slack 10 %; rest: maximize 3 - max(b in boxes: x[*, b]) }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1+b2
            x[t0+t1, b0+b1+b2]: whole, 0 to 2 each, 12 in all
            x[t2, b0+b1+b2]: whole, 0 to 2 each, 6 in all
            peak 0[b=b0+b1+b2, t=t0+t1]: 0 + 1 x[t0+t1, b0+b1+b2] tied [Quantifier(1), Quantifier(0)] + 1 x[t0+t1, b0+b1+b2] tied [Quantifier(1), Free]
            peak 0[b=b0+b1+b2, t=t2]: 0 + 2 x[t2, b0+b1+b2] tied [Quantifier(1), Quantifier(0)] + 1 x[t2, b0+b1+b2] tied [Quantifier(1), Free]
            peak 1[b=b0+b1+b2]: 0 + 1 x[t0+t1, b0+b1+b2] tied [Free, Quantifier(0)] + 1 x[t2, b0+b1+b2] tied [Free, Quantifier(0)]
            even: minimize +2 max(+0.16666666666666666 x[t0+t1, b0+b1+b2] +0.5 x[t0+t1, b0+b1+b2], +0.6666666666666666 x[t2, b0+b1+b2] +1 x[t2, b0+b1+b2]), within 0 and 0.1 of it
            rest: maximize -1 max(+0.3333333333333333 x[t0+t1, b0+b1+b2] +0.3333333333333333 x[t2, b0+b1+b2]) +3
        "#]],
    );
}

#[test]
fn an_extreme_with_a_factor_of_unknown_sign_keeps_rows_apart() {
    check(
        "param much: number = 2
         objective { even: minimize much * max(b in boxes: x[*, b]) }",
        expect![[r#"
            tasks: t0+t1+t2
            boxes: b0, b1, b2
            x[t0+t1+t2, b0]: whole, 0 to 2 each, 6 in all
            x[t0+t1+t2, b1]: whole, 0 to 2 each, 6 in all
            x[t0+t1+t2, b2]: whole, 0 to 2 each, 6 in all
            even: minimize +2 max(+1 x[t0+t1+t2, b0], +1 x[t0+t1+t2, b1], +1 x[t0+t1+t2, b2])
        "#]],
    );
}

#[test]
fn rows_with_other_limits_are_other_classes() {
    check(
        "rule known { for t in tasks: x[t, *] <= 2 * t.size - t.size }",
        expect![[r#"
        tasks: t0+t1, t2
        boxes: b0+b1+b2
        x[t0+t1, b0+b1+b2]: whole, 0 to 1 each, 2 in all
        x[t2, b0+b1+b2]: whole, 0 to 2 each, 2 in all
        known[t=t0+t1]: +1 x[t0+t1, b0+b1+b2](t, *) <= 1
        known[t=t2]: +1 x[t2, b0+b1+b2](t, *) <= 2
    "#]],
    );
}

#[test]
fn an_expression_on_a_row_tells_rows_apart_by_its_value() {
    check(
        "rule here { forbid x[t, b] where t.id == \"t0\" && b.room > 2 * 4 }
         rule known { for t in tasks: x[t, *] <= t.size + t.value }",
        expect![[r#"
            tasks: t0, t1, t2
            boxes: b0+b1, b2
            x[t0, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t1, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t1, b2]: whole, 0 to 2 each, 2 in all
            x[t2, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t2, b2]: whole, 0 to 2 each, 2 in all
            here shuts out 1
            known[t=t0]: +1 x[t0, b0+b1](t, *) <= 6
            known[t=t1]: +1 x[t1, b0+b1](t, *) +1 x[t1, b2](t, *) <= 6
            known[t=t2]: +1 x[t2, b0+b1](t, *) +1 x[t2, b2](t, *) <= 7
        "#]],
    );
}

#[test]
fn what_else_is_read_of_a_row_is_not_worked_out_again() {
    check(
        "rule known { for t in tasks, b in boxes where t.size * 2 <= b.room: x[t, b] <= t.size }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1, b2
            x[t0+t1, b0+b1]: whole, 0 to 1 each, 4 in all
            x[t0+t1, b2]: whole, 0 to 1 each, 2 in all
            x[t2, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t2, b2]: whole, 0 to 2 each, 2 in all
            known[t=t0+t1, b=b0+b1]: +1 x[t0+t1, b0+b1](t, b) <= 1
            known[t=t0+t1, b=b2]: +1 x[t0+t1, b2](t, b) <= 1
            known[t=t2, b=b0+b1]: +1 x[t2, b0+b1](t, b) <= 2
            known[t=t2, b=b2]: +1 x[t2, b2](t, b) <= 2
        "#]],
    );
}

#[test]
fn conditions_on_flags_are_sums_of_classes() {
    check(
        "decide open[b in boxes]: flag
         decide uses[t in tasks, b in boxes]: flag
         rule together { for t in tasks, b in boxes: if uses[t, b] == 1 then open[b] > 0 }
         rule closed { for t in tasks, b in boxes where b.kind == cold: 0 == uses[t, b] || !(open[b] < 1) }
         rule empty { for b in boxes: if open[b] == 0 then sum(t in tasks where t.kind == hot: uses[t, b]) == 0 }
         rule some { for t in tasks: any(b in boxes: uses[t, b] != 0) || open[*] >= 1 }
         rule few { count(b in boxes: open[b] == 0) >= 1 }
         rule one { for b in boxes: !(all(t in tasks: uses[t, b] >= 1)) }",
        expect![[r#"
            tasks: t0+t1, t2
            boxes: b0+b1, b2
            x[t0+t1, b0+b1]: whole, 0 to 2 each, 8 in all
            x[t0+t1, b2]: whole, 0 to 2 each, 4 in all
            x[t2, b0+b1]: whole, 0 to 2 each, 4 in all
            x[t2, b2]: whole, 0 to 2 each, 2 in all
            open[b0+b1]: whole, 0 to 1 each, 2 in all
            open[b2]: whole, 0 to 1 each, 1 in all
            uses[t0+t1, b0+b1]: whole, 0 to 1 each, 4 in all
            uses[t0+t1, b2]: whole, 0 to 1 each, 2 in all
            uses[t2, b0+b1]: whole, 0 to 1 each, 2 in all
            uses[t2, b2]: whole, 0 to 1 each, 1 in all
            together[t=t0+t1, b=b0+b1]: -1 uses[t0+t1, b0+b1](t, b) +1 open[b0+b1](b) >= -0
            together[t=t0+t1, b=b2]: -1 uses[t0+t1, b2](t, b) +1 open[b2](b) >= -0
            together[t=t2, b=b0+b1]: -1 uses[t2, b0+b1](t, b) +1 open[b0+b1](b) >= -0
            together[t=t2, b=b2]: -1 uses[t2, b2](t, b) +1 open[b2](b) >= -0
            closed[t=t0+t1, b=b2]: -1 uses[t0+t1, b2](t, b) +1 open[b2](b) >= -0
            closed[t=t2, b=b2]: -1 uses[t2, b2](t, b) +1 open[b2](b) >= -0
            empty[b=b0+b1, t=t0+t1]: +1 open[b0+b1](b) -1 uses[t0+t1, b0+b1](t, b) >= -0
            empty[b=b2, t=t0+t1]: +1 open[b2](b) -1 uses[t0+t1, b2](t, b) >= -0
            some[t=t0+t1]: +1 uses[t0+t1, b0+b1](t, *) +1 uses[t0+t1, b2](t, *) +1 open[b0+b1](*) +1 open[b2](*) >= 1
            some[t=t2]: +1 uses[t2, b0+b1](t, *) +1 uses[t2, b2](t, *) +1 open[b0+b1](*) +1 open[b2](*) >= 1
            few[]: -1 open[b0+b1](*) -1 open[b2](*) >= -2
            one[b=b0+b1]: -1 uses[t0+t1, b0+b1](*, b) -1 uses[t2, b0+b1](*, b) >= -2
            one[b=b2]: -1 uses[t0+t1, b2](*, b) -1 uses[t2, b2](*, b) >= -2
        "#]],
    );
}

#[test]
fn what_flags_cannot_say_stays_a_formula() {
    check(
        "decide open[b in boxes]: flag
         rule either { for b in boxes where b.kind == cold: x[*, b] == 0 || open[b] == 1 }
         rule never_alone { open[*] != 1 }
         rule apart { sum(b in boxes where b.kind == cold: open[b]) == 0 || sum(b in boxes where b.kind == hot: open[b]) == 0 }
         rule priced soft at calm, 1 { for b in boxes where b.kind == cold: open[b] == 0 || open[*] >= 1 }
         objective { calm: minimize penalties }",
        expect![[r#"
            tasks: t0+t1+t2
            boxes: b0+b1, b2
            x[t0+t1+t2, b0+b1]: whole, 0 to 2 each, 12 in all
            x[t0+t1+t2, b2]: whole, 0 to 2 each, 6 in all
            open[b0+b1]: whole, 0 to 1 each, 2 in all
            open[b2]: whole, 0 to 1 each, 1 in all
            either[b=b2]: (+1 x[t0+t1+t2, b2] == 0 or +1 open[b2] -1 == 0)
            never_alone[]: +1 open[b0+b1] +1 open[b2] -1 != 0
            apart[]: (+1 open[b2] == 0 or +1 open[b0+b1] == 0)
            priced[b=b2]: (+1 open[b2] == 0 or +1 open[b0+b1] +1 open[b2] -1 >= 0)  or 1 each in calm
            calm: minimize +0, penalties times 1
        "#]],
    );
}

#[test]
fn rows_that_differ_only_by_where_they_run_stay_one_class() {
    let now = r#"{"x": [
        {"at": ["t0", "b0"], "value": 2}, {"at": ["t1", "b1"], "value": 1}, {"at": ["t2", "b2"], "value": 1}
    ]}"#;
    check_with(
        "rule calm { for t in tasks: moves(x[t, *]) <= 1 }
         objective { few: minimize sum(t in tasks: moves(x[t, *]) * t.value) }",
        now,
        true,
        expect![[r#"
            tasks: t0+t1+t2
            boxes: b0+b1+b2
            x[t0+t1+t2, b0+b1+b2]: whole, 0 to 2 each, 18 in all
            x.moves[t0+t1+t2, b0+b1+b2]: whole, 0 to 1 each, 3 in all, 4 run in 3 tuples
            calm[t=t0+t1+t2]: +1 x.moves[t0+t1+t2, b0+b1+b2](t, *) <= 1
            few: minimize +5 x.moves[t0+t1+t2, b0+b1+b2]
        "#]],
    );
}

#[test]
fn where_no_decision_is_left_there_is_no_row() {
    check(
        "rule alike { forbid x[t, b] where t.kind != b.kind }
         rule fits { for t in tasks, b in boxes: x[t, b] * t.size <= b.room }
         rule bins { for b in boxes: bins(t in tasks where t.value > 5: x[t, b] each t.size in 2) <= 3 }
         rule both { for t in tasks, b in boxes: x[t, b] != 1 }",
        expect![[r#"
            tasks: t0, t1, t2
            boxes: b0, b1, b2
            x[t0, b0]: whole, 0 to 2 each, 2 in all
            x[t0, b1]: whole, 0 to 2 each, 2 in all
            x[t1, b0]: whole, 0 to 2 each, 2 in all
            x[t1, b1]: whole, 0 to 2 each, 2 in all
            x[t2, b2]: whole, 0 to 2 each, 2 in all
            alike shuts out 4
            fits[t=t0, b=b0]: +1 x[t0, b0](t, b) <= 4
            fits[t=t0, b=b1]: +1 x[t0, b1](t, b) <= 4
            fits[t=t1, b=b0]: +1 x[t1, b0](t, b) <= 4
            fits[t=t1, b=b1]: +1 x[t1, b1](t, b) <= 4
            fits[t=t2, b=b2]: +2 x[t2, b2](t, b) <= 9
            fits says nothing of [t=t0, b=b2], [t=t1, b=b2], [t=t2, b=b0], [t=t2, b=b1]
            bins says nothing of [b=b0], [b=b1], [b=b2]
            both says nothing of [t=t0, b=b2], [t=t1, b=b2], [t=t2, b=b0], [t=t2, b=b1]
            both[t=t0, b=b0]: +1 x[t0, b0] -1 != 0
            both[t=t0, b=b1]: +1 x[t0, b1] -1 != 0
            both[t=t1, b=b0]: +1 x[t1, b0] -1 != 0
            both[t=t1, b=b1]: +1 x[t1, b1] -1 != 0
            both[t=t2, b=b2]: +1 x[t2, b2] -1 != 0
        "#]],
    );
}

use expect_test::expect;

use super::{Text, check, check_with};
use crate::{
    Amount, Applicability, Cell, DataPlace, Diagnostic, Edit, RenderOptions, render, to_json,
};

#[test]
fn lines_around_a_fault_may_be_shown_unmarked() {
    let text = Text::new(
        "policy/main.alloc",
        40,
        "rule capacity {\n  for p in pools: sum(w in workloads: x[w, p, *]) <=\n}\n",
    );
    let mut fault = text.span("<=");
    (fault.start, fault.end) = (fault.end - 2, fault.end);
    let finding = Diagnostic::error("expected-amount", "this comparison has no right-hand side")
        .at(fault, "an amount must follow `<=`")
        .because_of(text.context("rule"), "")
        .because_of(text.context("}"), "")
        .note("`rule capacity` is ignored from here to line 42; the rest of the file was checked")
        .help("the other rules on pools compare with `(1 - headroom) * p.capacity[r]`");
    check(
        &text,
        &finding,
        expect![[r#"
        error[expected-amount]: this comparison has no right-hand side
          --> policy/main.alloc:41:51
           |
        40 | rule capacity {
        41 |   for p in pools: sum(w in workloads: x[w, p, *]) <=
           |                                                   ^^ an amount must follow `<=`
        42 | }
           |
           = note: `rule capacity` is ignored from here to line 42; the rest of the file was checked
           = help: the other rules on pools compare with `(1 - headroom) * p.capacity[r]`
    "#]],
    );
}

#[test]
fn a_misspelt_word_is_offered_as_a_safe_fix() {
    let text =
        Text::new("policy/main.alloc", 57, "  fro w in workloads: served[w] <= w.replicas\n");
    let span = text.span("fro");
    let message = "`fro` is not a word that can start a line of a rule";
    let finding = Diagnostic::error("unexpected-word", message)
        .at(span, "did you mean `for`?")
        .note("read as `for`, so that the rest of the rule could be checked")
        .fix(Applicability::Safe, "`fro` -> `for`", vec![Edit { span, text: "for".into() }]);
    check(
        &text,
        &finding,
        expect![[r#"
        error[unexpected-word]: `fro` is not a word that can start a line of a rule
          --> policy/main.alloc:57:3
           |
        57 |   fro w in workloads: served[w] <= w.replicas
           |   ^^^ did you mean `for`?
           |
           = note: read as `for`, so that the rest of the rule could be checked
           = fix (safe): `fro` -> `for`
    "#]],
    );
}

/// Two sides that measure different things.
fn unit_mismatch() -> (Text, Diagnostic) {
    let text = Text::new(
        "policy/main.alloc",
        44,
        "  for p in pools, r in resources:\n    sum(w in workloads: x[w, p, *] * w.request[memory]) <= p.capacity[cpu]\n",
    );
    let message = "cannot compare an amount of memory with an amount of cpu";
    let mut finding = Diagnostic::error("unit-mismatch", message)
        .at(text.span("<="), "GiB on the left, cores on the right")
        .because_of(text.span("sum(w in workloads: x[w, p, *] * w.request[memory])"), "GiB")
        .because_of(text.span("p.capacity[cpu]"), "cores")
        .because_of(text.context("  for"), "")
        .note("`w.request[memory]` is in GiB because `std.resources` declares `memory: GiB`")
        .help(
            "`r` is not used in this rule; capacity of each resource would be \
             `x[w, p, *] * w.request[r]) <= p.capacity[r]`",
        );
    let amount = |dimension: &str, unit: &str| Amount {
        value: None,
        dimension: dimension.into(),
        unit: unit.into(),
    };
    finding.item = Some("rule capacity".into());
    finding.amounts = vec![("left", amount("memory", "GiB")), ("right", amount("cpu", "cores"))];
    (text, finding)
}

#[test]
fn labels_of_one_line_stand_below_each_other_from_left_to_right() {
    let (text, finding) = unit_mismatch();
    check(
        &text,
        &finding,
        expect![[r#"
        error[unit-mismatch]: cannot compare an amount of memory with an amount of cpu
          --> policy/main.alloc:45:57
           |
        44 |   for p in pools, r in resources:
        45 |     sum(w in workloads: x[w, p, *] * w.request[memory]) <= p.capacity[cpu]
           |     --------------------------------------------------- GiB
           |                                                         ^^ GiB on the left, cores on the right
           |                                                            --------------- cores
           |
           = note: `w.request[memory]` is in GiB because `std.resources` declares `memory: GiB`
           = help: `r` is not used in this rule; capacity of each resource would be
             `x[w, p, *] * w.request[r]) <= p.capacity[r]`
    "#]],
    );
}

#[test]
fn where_labels_do_not_fit_they_have_a_line_of_their_own() {
    let (text, finding) = unit_mismatch();
    check_with(
        &text,
        &finding,
        RenderOptions { width: 80, ..RenderOptions::default() },
        expect![[r#"
        error[unit-mismatch]: cannot compare an amount of memory with an amount of cpu
          --> policy/main.alloc:45:57
           |
        44 |   for p in pools, r in resources:
        45 |     sum(w in workloads: x[w, p, *] * w.request[memory]) <= p.capacity[cpu]
           |     --------------------------------------------------- GiB
           |                                                         ^^
           |                                         GiB on the left, cores on the right
           |                                                            ---------------
           |                                                            cores
           |
           = note: `w.request[memory]` is in GiB because `std.resources` declares
             `memory: GiB`
           = help: `r` is not used in this rule; capacity of each resource would be
             `x[w, p, *] * w.request[r]) <= p.capacity[r]`
    "#]],
    );
}

#[test]
fn a_unit_that_is_missing_is_asked_for() {
    let text = Text::new("policy/main.alloc", 88, "budget cloud: spend <= 1_200_000 per month\n");
    let span = text.span("1_200_000");
    let edit = Edit { span, text: "1_200_000 USD".into() };
    let message = "a number without unit cannot be compared with money per month";
    let finding = Diagnostic::error("unit-missing", message)
        .at(span, "which currency?")
        .note("`spend` is in USD/h (policy/main.alloc:37:5)")
        .fix(Applicability::Unsafe, "`1_200_000` -> `1_200_000 USD`", vec![edit]);
    check(
        &text,
        &finding,
        expect![[r#"
        error[unit-missing]: a number without unit cannot be compared with money per month
          --> policy/main.alloc:88:24
           |
        88 | budget cloud: spend <= 1_200_000 per month
           |                        ^^^^^^^^^ which currency?
           |
           = note: `spend` is in USD/h (policy/main.alloc:37:5)
           = fix (unsafe): `1_200_000` -> `1_200_000 USD`
    "#]],
    );
}

#[test]
fn a_note_goes_on_below_its_own_text() {
    let text = Text::new("policy/main.alloc", 46, "      <= (1 - headroom) * p.capcity[r]\n");
    let span = text.span("capcity");
    let title = "`capcity` -> `capacity` (also at lines 51, 77)";
    let finding = Diagnostic::error("unknown-field", "`Pool` has no field `capcity`")
        .at(span, "did you mean `capacity`?")
        .note(
            "`p` is a row of `pools: Pool`, declared at policy/main.alloc:16:1\n\
             fields: id, region, zone, tier, capacity, price, reclaim, rtt",
        )
        .fix(Applicability::Safe, title, vec![Edit { span, text: "capacity".into() }]);
    check(
        &text,
        &finding,
        expect![[r#"
        error[unknown-field]: `Pool` has no field `capcity`
          --> policy/main.alloc:46:29
           |
        46 |       <= (1 - headroom) * p.capcity[r]
           |                             ^^^^^^^ did you mean `capacity`?
           |
           = note: `p` is a row of `pools: Pool`, declared at policy/main.alloc:16:1
             fields: id, region, zone, tier, capacity, price, reclaim, rtt
           = fix (safe): `capcity` -> `capacity` (also at lines 51, 77)
    "#]],
    );
}

#[test]
fn an_example_in_a_help_is_never_wrapped_and_a_blank_line_follows_it() {
    let text = Text::new(
        "policy/main.alloc",
        63,
        "let power = sum(p in pools: on[p] * used[p] * p.watts_per_core)\n",
    );
    let message = "two decisions are multiplied, which no linear rule can say as it stands";
    let mut times = text.span("* used");
    times.end = times.start + 1;
    let finding = Diagnostic::error("product-of-decisions", message)
        .at(times, "decision × decision")
        .because_of(text.span("on[p]"), "a decision: flag")
        .because_of(text.span("used[p]"), "a decision: cores, 0 .. p.capacity[cpu] (44:1)")
        .help(
            "a flag times a bounded amount has an exact linear form: 1 column and 3 rows for each pool, \
             5 000 and 15 000 at the declared `max`\n\n\
             \u{20} decide on_used[p in pools]: cores <= p.capacity[cpu]\n\
             \u{20} rule on_used_is { for p in pools:\n\
             \u{20}   if on[p] then on_used[p] == used[p] else on_used[p] == 0 cores }\n\
             \u{20} let power = sum(p in pools: on_used[p] * p.watts_per_core)",
        )
        .help(
            "if a pool that is off must be empty, say so; then no product is left (5 000 rows)\n\n\
             \u{20} rule off_is_empty { for p in pools: used[p] <= p.capacity[cpu] * on[p] }\n\
             \u{20} let power = sum(p in pools: used[p] * p.watts_per_core)",
        )
        .fix(
            Applicability::Unsafe,
            "either form, from the editor or with `check --fix product-of-decisions=1|2`",
            vec![],
        );
    check(
        &text,
        &finding,
        expect![[r#"
        error[product-of-decisions]: two decisions are multiplied, which no linear rule can say as it stands
          --> policy/main.alloc:63:35
           |
        63 | let power = sum(p in pools: on[p] * used[p] * p.watts_per_core)
           |                             ----- a decision: flag
           |                                   ^ decision × decision
           |                                     ------- a decision: cores, 0 .. p.capacity[cpu] (44:1)
           |
           = help: a flag times a bounded amount has an exact linear form: 1 column and 3 rows for each
             pool, 5 000 and 15 000 at the declared `max`

               decide on_used[p in pools]: cores <= p.capacity[cpu]
               rule on_used_is { for p in pools:
                 if on[p] then on_used[p] == used[p] else on_used[p] == 0 cores }
               let power = sum(p in pools: on_used[p] * p.watts_per_core)

           = help: if a pool that is off must be empty, say so; then no product is left (5 000 rows)

               rule off_is_empty { for p in pools: used[p] <= p.capacity[cpu] * on[p] }
               let power = sum(p in pools: used[p] * p.watts_per_core)

           = fix (unsafe): either form, from the editor or with `check --fix product-of-decisions=1|2`
    "#]],
    );
}

#[test]
fn a_table_of_ways_out_keeps_its_columns() {
    let text = Text::new(
        "policy/main.alloc",
        70,
        "sla latency for 99.9 % of served {\n  x[w, p, *] where p.rtt[w.home] > w.latency == 0\n}\n",
    );
    let finding = Diagnostic::error("optional-unguarded", "`latency` may be absent here")
        .at(text.span("w.latency"), "duration, or absent")
        .because_of(text.context("sla"), "")
        .because_of(text.context("}"), "")
        .note("declared `latency: duration?` at policy/main.alloc:31:3")
        .help(
            "say what an absent latency means\n\
             \u{20} any delay is fine     where has(w.latency) && p.rtt[w.home] > w.latency\n\
             \u{20} a default             where p.rtt[w.home] > (w.latency ?? 100 ms)\n\
             \u{20} it must be given      remove `?` at 31:21: such a row then stops the plan",
        )
        .note(
            "`p.rtt[w.home]` may be absent too (map<Region, duration>); the same choice is needed",
        );
    check(
        &text,
        &finding,
        expect![[r#"
        error[optional-unguarded]: `latency` may be absent here
          --> policy/main.alloc:71:36
           |
        70 | sla latency for 99.9 % of served {
        71 |   x[w, p, *] where p.rtt[w.home] > w.latency == 0
           |                                    ^^^^^^^^^ duration, or absent
        72 | }
           |
           = note: declared `latency: duration?` at policy/main.alloc:31:3
           = help: say what an absent latency means
               any delay is fine     where has(w.latency) && p.rtt[w.home] > w.latency
               a default             where p.rtt[w.home] > (w.latency ?? 100 ms)
               it must be given      remove `?` at 31:21: such a row then stops the plan
           = note: `p.rtt[w.home]` may be absent too (map<Region, duration>); the same choice is needed
    "#]],
    );
}

#[test]
fn a_cost_stands_below_the_example_it_is_about() {
    let text = Text::new(
        "policy/main.alloc",
        58,
        "rule spare { for p in pools where served_by[p] > 0: free[p] >= 2 cores }\n",
    );
    let message = "a `where` can only use facts, and this depends on what will be decided";
    let finding = Diagnostic::error("decision-in-where", message)
        .at(text.span("served_by[p]"), "a decision (affine)")
        .note("`where` chooses which rows exist before solving; `if` chooses while solving")
        .help(
            "as a condition on decisions\n\
             \u{20} for p in pools: if served_by[p] > 0 then free[p] >= 2 cores\n\
             cost: 1 flag and 2 rows for each pool, 5 000 flags at the declared `max`",
        )
        .fix(Applicability::Unsafe, "`where` -> `if … then`", vec![]);
    check(
        &text,
        &finding,
        expect![[r#"
        error[decision-in-where]: a `where` can only use facts, and this depends on what will be decided
          --> policy/main.alloc:58:35
           |
        58 | rule spare { for p in pools where served_by[p] > 0: free[p] >= 2 cores }
           |                                   ^^^^^^^^^^^^ a decision (affine)
           |
           = note: `where` chooses which rows exist before solving; `if` chooses while solving
           = help: as a condition on decisions
               for p in pools: if served_by[p] > 0 then free[p] >= 2 cores
             cost: 1 flag and 2 rows for each pool, 5 000 flags at the declared `max`
           = fix (unsafe): `where` -> `if … then`
    "#]],
    );
    let ascii = RenderOptions { ascii: true, ..RenderOptions::default() };
    assert!(crate::render_with(&finding, &text.sources, &ascii).is_ascii());
}

#[test]
fn the_lines_of_a_file_come_in_their_own_order() {
    let text = Text::new(
        "policy/main.alloc",
        80,
        "decide queue[p in pools]: count\nrule drain { for p in pools: if open[p] == 0 then queue[p] == 0 }\n",
    );
    let message = "`if` needs to know how large `queue[p]` can get, and nothing bounds it";
    let finding = Diagnostic::error("bound-missing", message)
        .at(text.span("if open[p] == 0 then queue[p] == 0"), "needs `queue[p] <= …`")
        .because_of(text.span("queue[p in pools]: count"), "no upper bound")
        .help(
            "give one, in either place\n\
             \u{20} decide queue[p in pools]: count <= 10_000\n\
             \u{20} rule queue_max { for p in pools: queue[p] <= p.slots }",
        );
    check(
        &text,
        &finding,
        expect![[r#"
        error[bound-missing]: `if` needs to know how large `queue[p]` can get, and nothing bounds it
          --> policy/main.alloc:81:30
           |
        80 | decide queue[p in pools]: count
           |        ------------------------ no upper bound
        81 | rule drain { for p in pools: if open[p] == 0 then queue[p] == 0 }
           |                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ needs `queue[p] <= …`
           |
           = help: give one, in either place
               decide queue[p in pools]: count <= 10_000
               rule queue_max { for p in pools: queue[p] <= p.slots }
    "#]],
    );
}

#[test]
fn the_gutter_is_as_wide_as_the_largest_line_number() {
    let text = Text::new(
        "policy/overrides.alloc",
        9,
        "loosen base.residency soft at cost, 5 USD per replica until 2027-01-31\n",
    );
    let message = "`residency` is locked and cannot be softened";
    let finding = Diagnostic::error("locked-rule", message)
        .at(text.span("base.residency"), "compliance rules accept no override")
        .note("declared `compliance` at policy/base.alloc:61:1, cites GDPR Art. 44")
        .help("tightening is allowed:  tighten base.residency { … }");
    check(
        &text,
        &finding,
        expect![[r#"
            error[locked-rule]: `residency` is locked and cannot be softened
             --> policy/overrides.alloc:9:8
              |
            9 | loosen base.residency soft at cost, 5 USD per replica until 2027-01-31
              |        ^^^^^^^^^^^^^^ compliance rules accept no override
              |
              = note: declared `compliance` at policy/base.alloc:61:1, cites GDPR Art. 44
              = help: tightening is allowed:  tighten base.residency { … }
        "#]],
    );
}

fn cell(file: &str, word: &str, row: u64, column: &str, found: &str, expected: &str) -> Cell {
    let place = DataPlace {
        file: file.into(),
        row: Some(row),
        row_word: word.into(),
        column: column.into(),
    };
    Cell { place, found: found.into(), expected: expected.into(), code: "bad-data" }
}

fn bad_cells() -> Diagnostic {
    let mut finding =
        Diagnostic::error("bad-data", "4 cells of 2 files cannot be used; nothing was solved")
            .note("1 column that `Pool` does not declare was left unread: `rack` (data/pools.csv)");
    let pools =
        |row, column, found, expected| cell("data/pools.csv", "row", row, column, found, expected);
    finding.cells = vec![
        pools(7, "capacity[memory]", "12O GiB", "not a quantity (letter O after 12)"),
        pools(9, "capacity[cpu]", "-4 cores", "below 0, the least that `capacity` allows"),
        pools(31, "region", "eu-wset", "no such row in `regions`; nearest: `eu-west`"),
        cell("data/workloads.json", "items", 118, "replicas", "2.5", "`count` takes whole numbers"),
    ];
    finding
}

#[test]
fn bad_cells_stand_by_file_with_what_was_found_and_why_it_is_bad() {
    check(
        &Text::new("", 1, ""),
        &bad_cells(),
        expect![[r#"
        error[bad-data]: 4 cells of 2 files cannot be used; nothing was solved

          data/pools.csv
            row 7   capacity[memory]   `12O GiB`   not a quantity (letter O after 12)
            row 9   capacity[cpu]      `-4 cores`  below 0, the least that `capacity` allows
            row 31  region             `eu-wset`   no such row in `regions`; nearest: `eu-west`

          data/workloads.json
            items[118].replicas        `2.5`       `count` takes whole numbers

          note: 1 column that `Pool` does not declare was left unread: `rack` (data/pools.csv)
    "#]],
    );
}

#[test]
fn a_fault_of_a_whole_row_or_column_names_only_that() {
    let mut finding = Diagnostic::error("bad-data", "2 cells of 1 file cannot be used");
    finding.cells = vec![
        cell("a.csv", "row", 7, "", "3 cells", "the header has 4 columns"),
        cell("a.csv", "", 0, "zone", "no column", "the field has no default"),
    ];
    finding.cells[1].place.row = None;
    check(
        &Text::new("", 1, ""),
        &finding,
        expect![[r#"
        error[bad-data]: 2 cells of 1 file cannot be used

          a.csv
            row 7   `3 cells`    the header has 4 columns
            zone    `no column`  the field has no default
    "#]],
    );
}

#[test]
fn what_a_cell_holds_never_leaves_its_line() {
    let mut finding = Diagnostic::error("bad-data", "1 cell of 1 file cannot be used");
    let found = "4\n\nerror[forged]: no\u{202e}pu";
    finding.cells = vec![cell("a.csv", "row", 7, "cpu", found, "not a quantity")];
    check(
        &Text::new("", 1, ""),
        &finding,
        expect![[r#"
        error[bad-data]: 1 cell of 1 file cannot be used

          a.csv
            row 7  cpu   `4��error[forged]: no�pu`  not a quantity
    "#]],
    );
}

#[test]
fn evidence_from_several_files_stands_above_the_ways_out() {
    let message = "`gpu-7` has no price on the market `spot`, and a price is never assumed";
    let finding = Diagnostic::error("missing-price", message)
        .evidence(
            "data/pools.csv:52   pool gpu-7   price: on_demand = 31.20 USD/h, reserved = 18.90 USD/h\n\
             policy/main.alloc:37:5   `spend` reads `p.price[m]` for every market",
        )
        .help(
            "if it is not on offer, the policy already says how: `place … where p.price.has(m)`\n\
             reads absence as \"not on offer\"; `spend` does not repeat that condition",
        )
        .fix(
            Applicability::Safe,
            "in `spend`, `m in Market` -> `m in Market where p.price.has(m)`",
            vec![],
        );
    check(
        &Text::new("", 1, ""),
        &finding,
        expect![[r#"
        error[missing-price]: `gpu-7` has no price on the market `spot`, and a price is never assumed

          data/pools.csv:52   pool gpu-7   price: on_demand = 31.20 USD/h, reserved = 18.90 USD/h
          policy/main.alloc:37:5   `spend` reads `p.price[m]` for every market

          help: if it is not on offer, the policy already says how: `place … where p.price.has(m)`
                reads absence as "not on offer"; `spend` does not repeat that condition
          fix (safe): in `spend`, `m in Market` -> `m in Market where p.price.has(m)`
    "#]],
    );
}

#[test]
fn a_warning_may_be_its_evidence_alone() {
    let message = "14 pairs were excluded because a fact was missing";
    let finding = Diagnostic::warning("failed-closed", message).evidence(
        "compliance residency   12 pairs   pool edge-3: `region.country` absent (data/regions.csv:4)\n\
         rule gpu_model          2 pairs   workload train-7: `gpu_model` absent (data/workloads.json:90)",
    );
    check(
        &Text::new("", 1, ""),
        &finding,
        expect![[r#"
        warning[failed-closed]: 14 pairs were excluded because a fact was missing

          compliance residency   12 pairs   pool edge-3: `region.country` absent (data/regions.csv:4)
          rule gpu_model          2 pairs   workload train-7: `gpu_model` absent (data/workloads.json:90)
    "#]],
    );
}

#[test]
fn a_help_without_a_place_goes_on_below_its_own_text() {
    let message = "`workloads` is 42 min old; the policy accepts 10 min";
    let finding = Diagnostic::error("stale-input", message)
        .evidence(
            "policy/main.alloc:33:1     input workloads … fresh within 10 min\n\
             snapshot taken             2026-11-23T13:18:04Z   from data/workloads.json\n\
             planning time              2026-11-23T14:00:00Z   (--at)",
        )
        .help(
            "take a new snapshot (`apportion world snapshot`), plan for the time of the data \
             (`--at 2026-11-23T13:18:04Z`), or accept this age once \
             (`--accept-stale workloads=45min`; recorded in the plan)",
        );
    check(
        &Text::new("", 1, ""),
        &finding,
        expect![[r#"
        error[stale-input]: `workloads` is 42 min old; the policy accepts 10 min

          policy/main.alloc:33:1     input workloads … fresh within 10 min
          snapshot taken             2026-11-23T13:18:04Z   from data/workloads.json
          planning time              2026-11-23T14:00:00Z   (--at)

          help: take a new snapshot (`apportion world snapshot`), plan for the time of the data
                (`--at 2026-11-23T13:18:04Z`), or accept this age once (`--accept-stale workloads=45min`;
                recorded in the plan)
    "#]],
    );
}

#[test]
fn colour_repeats_what_the_words_say() {
    let (text, finding) = unit_mismatch();
    let options = RenderOptions { color: true, ..RenderOptions::default() };
    let colored = crate::render_with(&finding, &text.sources, &options);
    let mut plain = String::new();
    for (number, part) in colored.split("\u{1b}[").enumerate() {
        plain += if number == 0 { part } else { part.split_once('m').map_or("", |it| it.1) };
    }
    assert_ne!(colored, plain);
    assert_eq!(plain, render(&finding, &text.sources));
}

#[test]
fn a_program_reads_fields() {
    let (text, finding) = unit_mismatch();
    let json = serde_json::to_string_pretty(&to_json(&finding, &text.sources));
    expect![[r#"
        {
          "format": "apportion.diagnostic/1",
          "code": "unit-mismatch",
          "severity": "error",
          "message": "cannot compare an amount of memory with an amount of cpu",
          "item": "rule capacity",
          "spans": [
            {
              "role": "primary",
              "file": "policy/main.alloc",
              "start": {
                "line": 45,
                "column": 57,
                "offset": 133
              },
              "end": {
                "line": 45,
                "column": 59,
                "offset": 135
              },
              "label": "GiB on the left, cores on the right"
            },
            {
              "role": "cause",
              "file": "policy/main.alloc",
              "start": {
                "line": 45,
                "column": 5,
                "offset": 81
              },
              "end": {
                "line": 45,
                "column": 56,
                "offset": 132
              },
              "label": "GiB"
            },
            {
              "role": "cause",
              "file": "policy/main.alloc",
              "start": {
                "line": 45,
                "column": 60,
                "offset": 136
              },
              "end": {
                "line": 45,
                "column": 75,
                "offset": 151
              },
              "label": "cores"
            }
          ],
          "amounts": {
            "left": {
              "dimension": "memory",
              "unit": "GiB"
            },
            "right": {
              "dimension": "cpu",
              "unit": "cores"
            }
          },
          "notes": [
            {
              "kind": "note",
              "text": "`w.request[memory]` is in GiB because `std.resources` declares `memory: GiB`"
            },
            {
              "kind": "help",
              "text": "`r` is not used in this rule; capacity of each resource would be `x[w, p, *] * w.request[r]) <= p.capacity[r]`"
            }
          ],
          "fixes": [],
          "fingerprint": "14fba029f8e83928"
        }"#]].assert_eq(&json.expect("plain data"));
}

#[test]
fn a_program_reads_cells() {
    let json = serde_json::to_string_pretty(&to_json(&bad_cells(), &Default::default()));
    expect![[r#"
        {
          "format": "apportion.diagnostic/1",
          "code": "bad-data",
          "severity": "error",
          "message": "4 cells of 2 files cannot be used; nothing was solved",
          "spans": [],
          "cells": [
            {
              "code": "bad-data",
              "file": "data/pools.csv",
              "row": 7,
              "column": "capacity[memory]",
              "found": "12O GiB",
              "expected": "not a quantity (letter O after 12)"
            },
            {
              "code": "bad-data",
              "file": "data/pools.csv",
              "row": 9,
              "column": "capacity[cpu]",
              "found": "-4 cores",
              "expected": "below 0, the least that `capacity` allows"
            },
            {
              "code": "bad-data",
              "file": "data/pools.csv",
              "row": 31,
              "column": "region",
              "found": "eu-wset",
              "expected": "no such row in `regions`; nearest: `eu-west`"
            },
            {
              "code": "bad-data",
              "file": "data/workloads.json",
              "row": 118,
              "column": "replicas",
              "found": "2.5",
              "expected": "`count` takes whole numbers"
            }
          ],
          "notes": [
            {
              "kind": "note",
              "text": "1 column that `Pool` does not declare was left unread: `rack` (data/pools.csv)"
            }
          ],
          "fixes": [],
          "fingerprint": "32a68d866d60ae5e"
        }"#]].assert_eq(&json.expect("plain data"));
}

#[test]
fn a_finding_that_only_moves_keeps_its_fingerprint() {
    let print = |first_line| {
        let text = Text::new("a.alloc", first_line, "budget cloud: spend <= 5\n");
        let finding = Diagnostic::error("unit-missing", "no unit").at(text.span("5"), "");
        let json = serde_json::to_value(to_json(&finding, &text.sources)).expect("plain data");
        json["fingerprint"].clone()
    };
    assert_eq!(print(1), print(40));
}

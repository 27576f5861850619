//! Notes, and ways out.

use expect_test::expect;

use super::{Text, check};
use crate::{Applicability, Diagnostic, Edit, RenderOptions};

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

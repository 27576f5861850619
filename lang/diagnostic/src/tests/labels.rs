//! Labels below the lines of a text.

use expect_test::expect;

use super::{Text, check, check_with, unit_mismatch};
use crate::{Applicability, Diagnostic, Edit, RenderOptions, render};

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

//! The preview and the JSON of a plan.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::{Plan, Style, preview};

/// A plan of one level and two rules, with changes put in its place.
fn plan(changes: Value) -> Plan {
    let mut plan = json!({
        "format": "apportion.plan/1",
        "project": "fleet",
        "status": "optimal",
        "stopped_by": null,
        "point": true,
        "levels": [
            { "name": "service", "sense": "maximize", "value": 412.0, "bound": 412.0, "gap": 0.0,
              "unit": "1", "state": "proven" },
            { "name": "cost", "sense": "minimize", "value": 8.5, "bound": null, "gap": null,
              "unit": "USD/h", "state": "not_begun" },
        ],
        "metrics": { "spend": { "groups": [{ "by": ["eu"], "value": 8.5 }], "unit": "USD/h" } },
        "decisions": { "x": [{ "at": ["web", "eu-1"], "value": 3.0, "was": 0.0 }] },
        "changes": [],
        "refused": [],
        "rules": {
            "capacity": { "rows": 12, "binding": 2, "violated": 0, "penalty": 0.0, "soft": false,
                          "shut_out": 0, "unknown": 0 },
            "zones": { "rows": 4, "binding": 0, "violated": 1, "penalty": 40.0, "soft": true,
                       "shut_out": 0, "unknown": 0, "example": "web in eu-2" },
        },
        "budgets": { "cloud": { "spent": 600.0, "limit": 700.0, "unit": "USD", "per": "month",
                                "alerts": [{ "at": 0.8, "reached": true }] } },
        "filled": [{ "what": "`gang` of `workloads`", "count": 3, "by": "its default" }],
        "warnings": [],
        "check": { "passed": true, "rules": 2, "worst_violation": 0.0 },
        "provenance": { "policy": "p", "world": "w", "edition": 2026, "apportion": "0.1.0",
                        "solver": "HiGHS", "settings": {}, "params": {}, "at": "2026-11-23T14:00:00Z" },
        "model": { "rows": 1, "columns": 1, "decisions": 1, "nonzeros": 1, "integers": 1, "single_columns": 1 },
    });
    for (key, value) in changes.as_object().into_iter().flatten() {
        plan[key] = value.clone();
    }
    serde_json::from_value(plan).expect("a plan")
}

#[track_caller]
fn check(changes: Value, expected: Expect) {
    expected.assert_eq(&preview(&plan(changes), Style::default()));
}

#[test]
fn a_preview_says_what_changes_what_is_proven_and_what_binds() {
    check(
        json!({
            "changes": [
                { "kind": "removed", "decision": "x", "subject": "old", "from": "us-1", "amount": 1.0, "unit": "1" },
                { "kind": "moved", "decision": "x", "subject": "api", "from": "us-1", "to": "eu-1", "amount": 2.0, "unit": "1" },
                { "kind": "placed", "decision": "x", "subject": "web", "to": "eu-1 spot", "amount": 3.0, "unit": "1" },
            ],
            "refused": [{ "decision": "x", "subject": "train", "amount": 1.0, "unit": "1", "reason": "no place is eligible" }],
        }),
        expect![[r#"
            fleet, at 2026-11-23T14:00:00Z          optimal, checked: 2 rules

              placed
                + web  eu-1 spot  3
              moved
                ~ api  us-1 -> eu-1  2
              removed
                - old  us-1  1
              refused
                ! train  1  no place is eligible

              level    this plan  best possible  gap
              service  412        412            0 %  proven
              cost     8.5 USD/h  -              -    not begun

              budget cloud  600 USD  of 700 USD per month  85.7 %  alert 80 %

              spend eu  8.5 USD/h

              rules that bind: capacity (2)
              penalised: zones 1 (40): web in eu-2
              assumed: `gang` of `workloads` (3 rows, its default)

            Plan: 3 placed, 2 moved, 1 removed, 1 refused. Nothing was changed.
        "#]],
    );
}

#[test]
fn a_plan_that_changes_nothing_says_so() {
    check(
        json!({ "levels": [], "metrics": {}, "rules": {}, "budgets": {}, "filled": [] }),
        expect![[r#"
            fleet, at 2026-11-23T14:00:00Z          optimal, checked: 2 rules

            Plan: no changes. What runs now is what the policy asks for.
        "#]],
    );
}

#[test]
fn a_plan_without_changes_claims_no_more_than_it_knows() {
    let foot = |changes: Value| {
        let text = preview(&plan(changes), Style::default());
        text.lines().last().unwrap_or_default().to_owned()
    };
    let refused =
        json!([{ "decision": "x", "subject": "train", "amount": 2.0, "unit": "1", "reason": "…" }]);
    let stopped = json!({ "status": "stopped", "stopped_by": "interrupt" });
    assert_eq!(
        foot(json!({ "refused": refused })),
        "Plan: no changes, 2 refused. What runs now stays as it is."
    );
    assert_eq!(
        foot(stopped),
        "Plan: no changes found before the search ended. What runs now stays as it is."
    );
}

#[test]
fn a_search_that_ended_early_says_how() {
    let head = |by: &str| {
        let text = preview(
            &plan(json!({ "status": "stopped", "stopped_by": by, "levels": [
                { "name": "service", "sense": "maximize", "value": 400.0, "bound": 412.0, "gap": 0.03,
                  "unit": "1", "state": "stopped" } ] })),
            Style::default(),
        );
        text.lines().next().unwrap_or_default().to_owned()
    };
    for (by, words) in [
        ("time_limit", "stopped by time limit"),
        ("interrupt", "interrupted"),
        ("unpacking", "at most 3 % from the best possible"),
    ] {
        let expected = format!("fleet, at 2026-11-23T14:00:00Z          {words}, checked: 2 rules");
        assert_eq!(head(by), expected);
    }
}

#[test]
fn amounts_have_their_unit_and_decisions_their_name() {
    check(
        json!({
            "levels": [], "metrics": {}, "rules": {}, "budgets": {}, "filled": [],
            "changes": [
                { "kind": "placed", "decision": "x", "subject": "web", "to": "a", "amount": 1.5, "unit": "cores" },
                { "kind": "set", "decision": "commit", "subject": "fra-1", "from": "36", "to": "1 029",
                  "amount": 993.0, "unit": "cores" },
            ],
            "refused": [
                { "decision": "x", "subject": "web", "amount": 1.0, "unit": "cores", "reason": "…" },
                { "decision": "y", "subject": "web", "amount": 2.0, "unit": "1", "reason": "…" },
            ],
        }),
        expect![[r#"
            fleet, at 2026-11-23T14:00:00Z          optimal, checked: 2 rules

              placed
                + web  a  1.5 cores
              refused
                ! x web  1 core  …
                ! y web       2  …
              set
                = fra-1  36 -> 1029 cores

            Plan: 1.5 placed, 0 moved, 0 removed, 3 refused, 1 set. Nothing was changed.
        "#]],
    );
}

#[test]
fn long_lists_are_cut_and_counted_unless_all_is_asked_for() {
    let step = |number: usize| json!({ "kind": "placed", "decision": "x", "subject": format!("w{number}"), "to": "a", "amount": 1.0, "unit": "1" });
    let steps: Vec<Value> = (0..25).map(step).collect();
    let plan = plan(json!({ "changes": steps }));
    let short = preview(&plan, Style::default());
    assert!(short.contains("… 15 more (--all)"), "{short}");
    let long = preview(&plan, Style { all: true, ..Style::default() });
    assert!(long.contains("w24") && !long.contains("more (--all)"), "{long}");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let plan = plan(json!({
        "changes": [{ "kind": "placed", "decision": "x", "subject": "web", "to": "a", "amount": 1.0, "unit": "1" }]
    }));
    let plain = preview(&plan, Style::default());
    let colored = preview(&plan, Style { color: true, ..Style::default() });
    assert_ne!(plain, colored);
    let mut stripped = String::new();
    let mut rest = colored.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..at]);
        rest = rest[at..].split_once('m').map_or("", |(_, rest)| rest);
    }
    stripped.push_str(rest);
    assert_eq!(plain, stripped);
}

#[test]
fn json_is_read_back_as_it_was_written() {
    let plan = plan(json!({}));
    let text = serde_json::to_string(&plan).expect("JSON");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("a plan"), plan);
    assert!(!text.contains("timings"), "what is absent is left out");
}

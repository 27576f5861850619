//! Findings as programs read them.

use expect_test::expect;

use super::{Text, bad_cells, unit_mismatch};
use crate::{Diagnostic, to_json};

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

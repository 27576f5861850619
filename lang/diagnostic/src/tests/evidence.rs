//! Evidence: cells of files, and facts in words.

use expect_test::expect;

use super::{Text, bad_cells, cell, check};
use crate::{Applicability, Diagnostic};

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

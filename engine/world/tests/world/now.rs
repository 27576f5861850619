use apportion_world::load;
use expect_test::{Expect, expect};

use crate::build::{check_inputs, input, schema};

#[track_caller]
fn check_now(name: &str, text: &str, expected: Expect) {
    let regions = input("regions.csv", "id\neu\nus\n");
    check_inputs(&[regions], Some((name, text)), expected);
}

#[test]
fn a_plan_says_what_runs_now() {
    check_now(
        "current.json",
        r#"{"format": "apportion.plan/1", "decisions": {
            "x": [{"at": ["us", "spot"], "value": 3}, {"at": ["eu", "spot"], "value": 2},
                  {"at": ["eu", "reserved"], "value": 0}, {"at": ["asia", "spot"], "value": 1}],
            "held": [{"at": [7, "cpu"], "value": 0.5}, {"at": ["24", "cpu"], "value": 1}]}}"#,
        expect![[r#"
            regions
              eu:
              us:
            now x[eu, spot] = 2
            now x[us, spot] = 3
            now held[7, cpu] = 536870912
            gone x[asia, spot] = 1
            gone held[24, cpu] = 1073741824
        "#]],
    );
}

#[test]
fn a_plan_says_how_far_it_was_from_its_bound_over_classes() {
    let schema = schema(["regions"].into_iter());
    let gap = |levels: &str| {
        let now = input("current.json", format!("{{\"levels\": {levels}, \"decisions\": {{}}}}"));
        let world = load(&schema, &[input("regions.csv", "id\neu\n")], Some(&now)).world;
        world.and_then(|world| world.current.gap)
    };
    assert_eq!(gap(r#"[{"value": 8, "bound": 10}]"#), Some(0.25));
    assert_eq!(gap(r#"[{"value": 8, "bound": 9, "class_bound": 10}]"#), Some(0.25));
    assert_eq!(gap(r#"[{"value": 0, "bound": 10}]"#), None);
    assert_eq!(gap(r#"[{"value": 8, "bound": null}]"#), None);
    assert_eq!(gap("[]"), None);
}

#[test]
fn the_decisions_of_a_plan_alone_do_as_well() {
    check_now(
        "current.json",
        r#"{"x": [{"at": ["us", "spot"], "value": 3}]}"#,
        expect![[r#"
        regions
          eu:
          us:
        now x[us, spot] = 3
    "#]],
    );
}

#[test]
fn a_table_says_what_runs_now() {
    check_now(
        "current.csv",
        "decision,region,market,value\nx,us,spot,3\nx,asia,spot,1\n",
        expect![[r#"
            regions
              eu:
              us:
            now x[us, spot] = 3
            gone x[asia, spot] = 1
        "#]],
    );
}

#[test]
fn the_columns_of_a_table_are_found_by_the_order_of_the_indices() {
    check_now(
        "current.csv",
        "value,decision,slot,resource\n2 GiB,held,0,memory\n",
        expect![[r#"
        regions
          eu:
          us:
        now held[0, memory] = 2147483648
    "#]],
    );
}

#[test]
fn two_lists_of_one_decision_both_count() {
    check_now(
        "current.json",
        r#"{"x": [{"at": ["us", "spot"], "value": 3}], "x": [{"at": ["eu", "spot"], "value": 1}]}"#,
        expect![[r#"
            regions
              eu:
              us:
            now x[eu, spot] = 1
            now x[us, spot] = 3
        "#]],
    );
}

#[test]
fn every_fault_of_what_runs_now_is_named() {
    check_now(
        "current.json",
        r#"{"x": [{"at": ["us"], "value": 3}, {"value": 3}, {"at": ["us", "spot"], "value": "many"}],
            "y": [], "held": 4}"#,
        expect![[r#"
            error[bad-data]: 4 cells of 1 file cannot be used; nothing was solved

              data/current.json
                held                   `4`            expected a list of {"at": […], "value": …}
                decisions.x[0].at      `us`           `x` has 2 indices
                decisions.x[1].at      `{"value":3}`  expected {"at": […], "value": …}
                decisions.x[2].value   `many`         expected a number

            warning[unknown-decision]: `data/current.json` speaks of `y`, which the policy does not decide
        "#]],
    );
    check_now(
        "current.csv",
        "decision,a,b,value\nz,us,spot,1\nheld,0,memory,2\nx,us,,1\n",
        expect![[r#"
            error[bad-data]: 3 cells of 1 file cannot be used; nothing was solved

              data/current.csv
                row 2  decision   `z`   no decision of the policy
                row 3  value      `2`   a bare number; say its unit: `2 GiB`, or in the header
                row 4  at         `us`  `x` has 2 indices
        "#]],
    );
    check_now(
        "current.csv",
        "region,market\nus,spot\n",
        expect![[r#"
        error[unknown-column]: `data/current.csv` has no column `value`
    "#]],
    );
    check_now(
        "current.json",
        "[1]",
        expect![[r#"
        error[bad-data]: `data/current.json` does not say what runs now

          help: {"decisions": {"x": [{"at": ["web", "eu-1"], "value": 3}]}}
    "#]],
    );
    check_now(
        "current.json",
        "{\"x\": [",
        expect![[r#"
            error[truncated-file]: `data/current.json` ends inside a value, line 1: it was cut off
        "#]],
    );
}

#[test]
fn a_tuple_that_is_stated_twice_is_refused() {
    check_now(
        "current.json",
        r#"{"x": [{"at": ["us", "spot"], "value": 3}, {"at": ["us", "spot"], "value": 2}]}"#,
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/current.json
                decisions.x[1].at   `us, spot`  stated twice
        "#]],
    );
}

#[test]
fn a_value_that_the_decision_cannot_have_is_refused() {
    check_now(
        "current.json",
        r#"{"x": [{"at": ["us", "spot"], "value": -3}, {"at": ["us", "reserved"], "value": 2.5},
                  {"at": ["eu", "spot"], "value": 1e300}, {"at": ["gone", "spot"], "value": 1e16},
                  {"at": ["eu", "reserved"], "value": "NaN"}, {"at": ["eu", "reserved"], "value": -1}],
            "held": [{"at": [7, "cpu"], "value": -0.5}, {"at": [8, "cpu"], "value": 1e300},
                     {"at": [9, "cpu"], "value": -1e-17}]}"#,
        expect![[r#"
            error[bad-data]: 9 cells of 1 file cannot be used; nothing was solved

              data/current.json
                decisions.held[0].value   `-0.5`          below 0, the least that `held` allows
                decisions.held[1].value   `1e+300`        larger than any number that can be planned with
                decisions.x[0].value      `-3`            below 0, the least that `x` allows
                decisions.x[1].value      `2.5`           `x` takes whole numbers
                decisions.x[2].value      `1e+300`        larger than any number that can be planned with
                decisions.x[3].value      `1e+16`         larger than any number that can be planned with
                decisions.x[4].value      `NaN`           not a number; leave the cell empty if the value is not known
                decisions.x[5].at         `eu, reserved`  stated twice
                decisions.x[5].value      `-1`            below 0, the least that `x` allows
        "#]],
    );
}

//! Rows that come after a world was read.

use apportion_world::{LaterRows, load};
use expect_test::{Expect, expect};

use crate::build::{input, schema, show_world};

/// What a file of later pools gives beside two regions and a pool, or the findings' messages and cells.
#[track_caller]
fn check(later: &str, expected: Expect) {
    let schema = schema(["regions", "pools"].into_iter());
    let files = [input("regions.csv", "id\neu\nus\n"), input("pools.csv", "id,region\nold,eu\n")];
    let Some(world) = load(&schema, &files, None).world else { panic!("the files are fine") };
    let mut rows = LaterRows::new(&schema, &world, "pools").expect("there is such an input");
    let shown = match rows.read(&input("pools.csv", later)) {
        Ok(world) => show_world(&schema, world),
        Err(findings) => {
            let cells = findings.iter().flat_map(|it| &it.cells);
            cells.map(|it| format!("{} `{}`: {}\n", it.code, it.found, it.expected)).collect()
        }
    };
    expected.assert_eq(&shown);
    assert!(LaterRows::new(&schema, &world, "other").is_none());
}

#[test]
fn they_stand_alone_and_refer_to_the_rows_that_are_there() {
    check(
        "id,region\nnew,us\nnewer,eu\n",
        expect![[r#"
        regions
          eu:
          us:
        pools
          new: region=us capacity=[0.0, 0.0] price={} rtt={} free={} open=true
          newer: region=eu capacity=[0.0, 0.0] price={} rtt={} free={} open=true
        default of pools.capacity for 1 rows
        default of pools.price for 1 rows
        default of pools.open for 1 rows
    "#]],
    );
}

#[test]
fn a_key_that_is_taken_and_a_row_that_is_not_there_are_told() {
    check(
        "id,region\nold,us\nnew,asia\n",
        expect![[r#"
        duplicate-key `old`: this key is taken by a row of `pools`
        unknown-reference `asia`: no such row in `regions`
    "#]],
    );
}

#[test]
fn those_that_are_taken_in_follow_the_rows_that_are_there() {
    let schema = schema(["regions", "pools"].into_iter());
    let files = [input("regions.csv", "id\neu\nus\n"), input("pools.csv", "id,region\nold,eu\n")];
    let Some(world) = load(&schema, &files, None).world else { panic!("the files are fine") };
    let mut rows = LaterRows::new(&schema, &world, "pools").expect("there is such an input");
    let mut take_in = |later: &str, taken: &[u32], fails: bool| {
        rows.read(&input("pools.csv", later)).expect("the rows are fine");
        let made = rows.take_in(taken, |world| {
            let shown = show_world(&schema, world);
            if fails { Err(shown) } else { Ok(shown) }
        });
        made.unwrap_or_else(|shown| shown)
    };
    let columns = "id,region,market,capacity[cpu],price[spot],rtt[eu],open";
    let first = take_in(
        &format!("{columns}\nb,us,spot,2 cores,7 USD/h,5 ms,false\nc,eu,,,,,\n"),
        &[1, 0],
        false,
    );
    let refused = take_in("id,region\nd,us\n", &[0], true);
    let last = take_in("id,region\na,us\n", &[0], false);
    expect![[r#"
        regions
          eu:
          us:
        pools
          old: region=eu capacity=[0.0, 0.0] price={} rtt={} free={} open=true
          c: region=eu capacity=[0.0, 0.0] price={} rtt={} free={} open=true
          b: region=us market=spot capacity=[2.0, 0.0] price={spot: 0.0019444444444444444} rtt={eu: 0.005} free={} open=false
        default of pools.capacity for 1 rows
        default of pools.price for 1 rows
        default of pools.open for 1 rows
        -- refused
        regions
          eu:
          us:
        pools
          old: region=eu capacity=[0.0, 0.0] price={} rtt={} free={} open=true
          c: region=eu capacity=[0.0, 0.0] price={} rtt={} free={} open=true
          b: region=us market=spot capacity=[2.0, 0.0] price={spot: 0.0019444444444444444} rtt={eu: 0.005} free={} open=false
          d: region=us capacity=[0.0, 0.0] price={} rtt={} free={} open=true
        default of pools.capacity for 1 rows
        default of pools.price for 1 rows
        default of pools.open for 1 rows
        -- after it
        regions
          eu:
          us:
        pools
          old: region=eu capacity=[0.0, 0.0] price={} rtt={} free={} open=true
          c: region=eu capacity=[0.0, 0.0] price={} rtt={} free={} open=true
          b: region=us market=spot capacity=[2.0, 0.0] price={spot: 0.0019444444444444444} rtt={eu: 0.005} free={} open=false
          a: region=us capacity=[0.0, 0.0] price={} rtt={} free={} open=true
        default of pools.capacity for 1 rows
        default of pools.price for 1 rows
        default of pools.open for 1 rows
    "#]].assert_eq(&format!("{first}-- refused\n{refused}-- after it\n{last}"));
}

use expect_test::expect;

use crate::build::{check, check_inputs, input};

const REGIONS: (&str, &str) = ("regions.csv", "id,country\nus-east,US\neu-west,\n");

#[test]
fn rows_are_sorted_by_key_and_absent_values_stay_absent() {
    check(
        &[REGIONS],
        expect![[r#"
        regions
          eu-west:
          us-east: country=US
    "#]],
    );
}

#[test]
fn a_header_names_field_entry_and_unit() {
    check(
        &[
            REGIONS,
            (
                "pools.csv",
                "id,region,capacity[cpu],capacity[memory][GiB],price[spot][USD/h],price[on_demand],rtt[us-east][ms],free[3]\n\
                 a,us-east,500 millicores,0.1,0.25,3 USD/h,12,7\n",
            ),
        ],
        expect![[r#"
            regions
              eu-west:
              us-east: country=US
            pools
              a: region=us-east capacity=[0.5, 107374182.4] price={on_demand: 0.0008333333333333334, spot: 0.00006944444444444444} rtt={us-east: 0.012} free={3: 7} open=true
            default of pools.open for 1 rows
        "#]],
    );
}

#[test]
fn a_path_names_an_entry_as_well() {
    check(
        &[("pools.csv", "id,capacity.cpu,capacity.memory[MB]\na,2 cores,1\n")],
        expect![[r#"
        pools
          a: capacity=[2.0, 1000000.0] price={} rtt={} free={} open=true
        default of pools.price for 1 rows
        default of pools.open for 1 rows
    "#]],
    );
}

#[test]
fn a_cell_may_state_its_own_unit_where_its_header_has_one() {
    check(
        &[("workloads.csv", "id,replicas,latency[ms]\na,1,3\nb,1,3 s\n")],
        expect![[r#"
        workloads
          a: replicas=1 latency=0.003 share=0.5 data={}
          b: replicas=1 latency=3 share=0.5 data={}
        default of workloads.share for 2 rows
        default of workloads.data for 2 rows
    "#]],
    );
}

#[test]
fn percent_is_a_plain_number() {
    check(
        &[("workloads.csv", "id,replicas,share\na,1,12.5%\nb,2,12.5 %\nc,3,0.125\n")],
        expect![[r#"
        workloads
          a: replicas=1 share=0.125 data={}
          b: replicas=2 share=0.125 data={}
          c: replicas=3 share=0.125 data={}
        default of workloads.data for 3 rows
    "#]],
    );
}

#[test]
fn an_empty_cell_takes_the_default_and_the_world_says_so() {
    check(
        &[
            ("workloads.csv", "id,replicas,share,latency\na,1,,\nb,1,0.25,3 ms\n"),
            ("pools.csv", "id,capacity[cpu],open\na,,\nb,1 core,false\n"),
        ],
        expect![[r#"
            workloads
              a: replicas=1 share=0.5 data={}
              b: replicas=1 latency=0.003 share=0.25 data={}
            pools
              a: capacity=[0.0, 0.0] price={} rtt={} free={} open=true
              b: capacity=[1.0, 0.0] price={} rtt={} free={} open=false
            default of workloads.share for 1 rows
            default of workloads.data for 2 rows
            default of pools.capacity for 1 rows
            default of pools.price for 2 rows
            default of pools.open for 1 rows
        "#]],
    );
}

#[test]
fn an_empty_cell_without_a_default_is_missing() {
    check(
        &[("workloads.csv", "id,replicas\na,\nb,1\n")],
        expect![[r#"
        error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

          data/workloads.csv
            row 2  replicas   `nothing`  `replicas` has no default and is not optional
    "#]],
    );
}

#[test]
fn a_required_column_that_is_missing_is_named_once() {
    check(
        &[("workloads.csv", "id,share\na,1\nb,1\nc,1\n")],
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/workloads.csv
                replicas   `no column`  the field has no default and is not optional
        "#]],
    );
}

#[test]
fn a_set_is_split_at_semicolons_and_has_no_doubles() {
    check(
        &[
            ("workloads.csv", "id,replicas,data\na,1,pii; logs;pii\nb,1,\n"),
            ("pools.csv", "id,labels\na,x;y\nb,\n"),
        ],
        expect![[r#"
            workloads
              a: replicas=1 share=0.5 data={logs, pii}
              b: replicas=1 share=0.5 data={}
            pools
              a: capacity=[0.0, 0.0] price={} rtt={} free={} labels={x, y} open=true
              b: capacity=[0.0, 0.0] price={} rtt={} free={} open=true
            default of workloads.share for 2 rows
            default of workloads.data for 1 rows
            default of pools.capacity for 2 rows
            default of pools.price for 2 rows
            default of pools.open for 2 rows
        "#]],
    );
}

#[test]
fn every_bad_element_of_a_set_is_named() {
    check(
        &[("workloads.csv", "id,replicas,data\na,1,pi;logs;nothing\n")],
        expect![[r#"
        error[bad-data]: 2 cells of 1 file cannot be used; nothing was solved

          data/workloads.csv
            row 2  data   `pi`       no value of `Data`; nearest: `pii`
            row 2  data   `nothing`  no value of `Data`: `logs`, `pii`
    "#]],
    );
}

#[test]
fn a_time_is_a_date_or_an_instant() {
    check(
        &[(
            "pools.csv",
            "id,opened\na,2024-02-29\nb,2024-02-29T01:00:00+01:00\nc,2024-02-30\nd,86400\n",
        )],
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/pools.csv
                row 4  opened   `2024-02-30`  expected a point in time: `2027-01-31T10:00:00Z`, `2027-01-31`
        "#]],
    );
}

#[test]
fn quotes_carry_commas_and_line_ends_and_lines_are_still_counted() {
    check(
        &[(
            "pools.csv",
            "\u{feff}id,labels,market\r\n\"a,1\",\"x\r\ny\",spot\r\nb,\"\"\"q\"\"\",sp\r\n",
        )],
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/pools.csv
                row 4  market   `sp`  no value of `Market`: `on_demand`, `reserved`, `spot`
        "#]],
    );
}

#[test]
fn a_limit_takes_the_first_rows_by_key() {
    let mut regions = input("regions.csv", "id\nc\nb\na\n");
    regions.limit = Some(2);
    check_inputs(
        &[regions],
        None,
        expect![[r#"
        regions
          a:
          b:
    "#]],
    );
}

#[test]
fn a_reference_to_a_row_beyond_the_limit_is_refused() {
    let mut regions = input("regions.csv", "id\nc\nb\na\n");
    regions.limit = Some(2);
    check_inputs(
        &[regions, input("pools.csv", "id,region\np,c\n")],
        None,
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/pools.csv
                row 2  region   `c`  no such row among those taken of `regions`

              note: 1 reference leads to rows that `--limit regions=2` leaves out
        "#]],
    );
}

#[test]
fn a_row_beyond_the_limit_is_not_read() {
    let mut workloads = input("workloads.csv", "id,replicas\na,1\nb,x\n");
    workloads.limit = Some(1);
    check_inputs(
        &[workloads],
        None,
        expect![[r#"
        workloads
          a: replicas=1 share=0.5 data={}
        default of workloads.share for 1 rows
        default of workloads.data for 1 rows
    "#]],
    );
}

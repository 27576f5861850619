use std::sync::Arc;

use apportion_world::InputBytes;
use expect_test::expect;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::build::{check, check_inputs, input};

const POOLS: &str = r#"[
    {"id": "a", "region": "eu", "capacity": {"cpu": "4 cores", "memory": "1 GiB"},
     "price": {"spot": "0.25 USD/h"}, "labels": ["x", "y"], "open": false},
    {"id": 7, "rtt": {"eu": "3 ms"}, "labels": []},
    {"id": "b", "market": null}
]"#;

#[test]
fn nested_objects_are_maps_and_amounts_and_arrays_are_sets() {
    check(
        &[("regions.json", r#"[{"id": "eu"}]"#), ("pools.json", POOLS)],
        expect![[r#"
        regions
          eu:
        pools
          7: capacity=[0.0, 0.0] price={} rtt={eu: 0.003} free={} labels={} open=true
          a: region=eu capacity=[4.0, 1073741824.0] price={spot: 0.00006944444444444444} rtt={} free={} labels={x, y} open=false
          b: capacity=[0.0, 0.0] price={} rtt={} free={} open=true
        default of pools.capacity for 2 rows
        default of pools.price for 2 rows
        default of pools.open for 2 rows
    "#]],
    );
}

#[test]
fn an_empty_map_after_one_with_entries_is_an_empty_map() {
    let pools = r#"[{"id": "a", "price": {"spot": "0.25 USD/h"}}, {"id": "b", "price": {}}]"#;
    check(
        &[("regions.json", r#"[{"id": "eu"}]"#), ("pools.json", pools)],
        expect![[r#"
            regions
              eu:
            pools
              a: capacity=[0.0, 0.0] price={spot: 0.00006944444444444444} rtt={} free={} open=true
              b: capacity=[0.0, 0.0] price={} rtt={} free={} open=true
            default of pools.capacity for 2 rows
            default of pools.price for 1 rows
            default of pools.open for 2 rows
        "#]],
    );
}

#[test]
fn an_object_of_objects_is_rows_by_key() {
    check(
        &[("regions.json", r#"{"eu": {"country": "DE"}, "us": {}}"#)],
        expect![[r#"
            regions
              eu: country=DE
              us:
        "#]],
    );
}

#[test]
fn select_walks_to_the_list_and_names_its_items() {
    let text = r#"{"data": {"items": [{"id": "a"}, {"id": "a"}]}}"#;
    let select =
        |path: &str| InputBytes { select: Some(path.into()), ..input("regions.json", text) };
    check_inputs(
        &[select("data.items")],
        None,
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/regions.json
                data.items[1].id   `a`  this key is taken by data.items[0]
        "#]],
    );
    check_inputs(
        &[select("data.rows")],
        None,
        expect![[r#"
        error[bad-data]: `data/regions.json` has no `rows`, which `select` names
    "#]],
    );
}

#[test]
fn json_lines_are_rows_and_empty_lines_are_none() {
    check(
        &[("regions.jsonl", "{\"id\": \"b\"}\n\n{\"id\": \"a\", \"country\": \"DE\"}\n")],
        expect![[r#"
            regions
              a: country=DE
              b:
        "#]],
    );
}

#[test]
fn a_bad_item_of_json_is_named_by_its_number() {
    let text = r#"{"items": [{"id": "a", "replicas": 1}, {"id": "b", "replicas": 2.5}]}"#;
    let selected = InputBytes { select: Some("items".into()), ..input("workloads.json", text) };
    check_inputs(
        &[selected],
        None,
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/workloads.json
                items[1].replicas   `2.5`  `replicas` takes whole numbers
        "#]],
    );
}

#[test]
fn a_key_that_stands_twice_in_an_object_is_refused() {
    check(
        &[("regions.json", r#"{"eu": {"country": "DE"}, "eu": {"country": "FR"}}"#)],
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/regions.json
                item[1].id   `eu`  this key is taken by item[0]
        "#]],
    );
    check(
        &[("regions.jsonl", r#"{"id": "eu", "country": "DE", "country": "FR"}"#)],
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/regions.jsonl
                row 1  country   `FR`  stated twice
        "#]],
    );
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    check(
        &[("regions.json", &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)))],
        expect![[r#"
            error[bad-data]: `data/regions.json`:1:128 is no JSON: recursion limit exceeded
        "#]],
    );
}

#[test]
fn parquet_gives_what_csv_gives() {
    check_inputs(
        &[input("workloads.parquet", parquet())],
        None,
        expect![[r#"
        workloads
          a: replicas=1 share=0.75 data={}
          b: replicas=2 share=0.25 data={}
        default of workloads.data for 2 rows
    "#]],
    );
}

#[test]
fn a_bad_cell_of_parquet_is_named_by_its_item() {
    check_inputs(
        &[input("workloads.parquet", parquet_of(&["a", "b"], &[1, -2], &[0.5, f64::NAN]))],
        None,
        expect![[r#"
            error[bad-data]: 2 cells of 1 file cannot be used; nothing was solved

              data/workloads.parquet
                item[1].replicas   `-2`   below 0, the least that `replicas` allows
                item[1].share      `NaN`  not a number; leave the cell empty if the value is not known
        "#]],
    );
}

/// Two workloads.
pub(crate) fn parquet() -> Vec<u8> {
    parquet_of(&["b", "a"], &[2, 1], &[0.25, 0.75])
}

fn parquet_of(keys: &[&str], replicas: &[i64], shares: &[f64]) -> Vec<u8> {
    let message = "message rows { required binary id (UTF8); required int64 replicas; \
                   required double share; }";
    let schema = Arc::new(parse_message_type(message).expect("a schema"));
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::default()).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let mut column = group.next_column().expect("readable").expect("a first column");
    let texts: Vec<ByteArray> = keys.iter().map(|key| ByteArray::from(*key)).collect();
    column.typed::<ByteArrayType>().write_batch(&texts, None, None).expect("texts");
    column.close().expect("written");
    let mut column = group.next_column().expect("readable").expect("a second column");
    column.typed::<Int64Type>().write_batch(replicas, None, None).expect("numbers");
    column.close().expect("written");
    let mut column = group.next_column().expect("readable").expect("a third column");
    column.typed::<DoubleType>().write_batch(shares, None, None).expect("numbers");
    column.close().expect("written");
    group.close().expect("written");
    writer.close().expect("written");
    bytes
}

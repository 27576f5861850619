use apportion_world::{InputBytes, Mapping};
use expect_test::expect;

use crate::build::{check_inputs, input};

/// The field is read from the column, and nothing else is said of it.
fn mapping(field: &str, column: &str) -> Mapping {
    Mapping { field: field.into(), column: Some(column.into()), ..Mapping::default() }
}

fn mapped(name: &str, text: &str, mapping: Vec<Mapping>) -> InputBytes {
    InputBytes { mapping, ..input(name, text) }
}

#[test]
fn a_raw_trace_is_mapped_with_units() {
    let nodes = mapped(
        "pools.csv",
        "sn,cpu_milli,memory_mib,tags,model\nn-1,32000,1024,a|b,T4\n",
        vec![
            mapping("id", "sn"),
            Mapping { unit: Some("millicores".into()), ..mapping("capacity.cpu", "cpu_milli") },
            Mapping { unit: Some("MiB".into()), ..mapping("capacity.memory", "memory_mib") },
            Mapping { separator: Some("|".into()), ..mapping("labels", "tags") },
        ],
    );
    check_inputs(
        &[InputBytes { ignore: vec!["model".into()], ..nodes }],
        None,
        expect![[r#"
        pools
          n-1: capacity=[32.0, 1073741824.0] price={} rtt={} free={} labels={a, b} open=true
        default of pools.price for 1 rows
        default of pools.open for 1 rows
    "#]],
    );
}

#[test]
fn a_constant_holds_for_every_row() {
    let constant = |field: &str, value: &str| Mapping {
        field: field.into(),
        value: Some(value.into()),
        ..Mapping::default()
    };
    let text = "id\na\nb\n";
    let good = vec![
        constant("market", "spot"),
        constant("capacity.cpu", "2 cores"),
        constant("labels", "x;y"),
        constant("price.spot", "1 USD/h"),
    ];
    check_inputs(
        &[mapped("pools.csv", text, good)],
        None,
        expect![[r#"
        pools
          a: market=spot capacity=[2.0, 0.0] price={spot: 0.0002777777777777778} rtt={} free={} open=true
          b: market=spot capacity=[2.0, 0.0] price={spot: 0.0002777777777777778} rtt={} free={} open=true
        default of pools.open for 2 rows
    "#]],
    );
    let bad = vec![constant("market", "sp"), constant("capacity.cpu", "2")];
    check_inputs(
        &[mapped("pools.csv", text, bad)],
        None,
        expect![[r#"
            error[bad-data]: 2 cells of 1 file cannot be used; nothing was solved

              data/pools.csv
                market         `sp`  no value of `Market`: `on_demand`, `reserved`, `spot`
                capacity.cpu   `2`   a bare number; say its unit: `2 cores`, or in the header
        "#]],
    );
}

#[test]
fn a_mapping_wins_over_a_column_of_the_fields_name() {
    let text = "id,country,nation\na,DE,FR\n";
    check_inputs(
        &[mapped("regions.csv", text, vec![mapping("country", "nation")])],
        None,
        expect![[r#"
            warning[unread-column]: column `country` of `data/regions.csv` is not read: the manifest maps the field

            regions
              a: country=FR
        "#]],
    );
}

#[test]
fn two_fields_may_read_one_column() {
    let text = "id\na\n";
    check_inputs(
        &[mapped("regions.csv", text, vec![mapping("id", "id"), mapping("country", "id")])],
        None,
        expect![[r#"
            regions
              a: country=a
        "#]],
    );
}

#[test]
fn every_bad_mapping_is_named() {
    let bad = vec![
        mapping("contry", "id"),
        mapping("country", "nation"),
        Mapping { unit: Some("GiBs".into()), ..mapping("country", "country") },
    ];
    check_inputs(
        &[mapped("regions.csv", "id,country\na,DE\n", bad)],
        None,
        expect![[r#"
            error[unknown-field]: the manifest maps `contry`, but `Region` has no such field

              help: did you mean `country`?

            error[unknown-column]: `data/regions.csv` has no column `nation`, to which `country` is mapped

              note: columns: `id`, `country`

            error[unknown-unit]: the manifest's unit for `country` cannot be a column's

              note: there is no unit `GiBs`
              help: did you mean `GiB`?
        "#]],
    );
}

use expect_test::expect;

use crate::build::{check, check_inputs, input};

const REGIONS: (&str, &str) = ("regions.csv", "id,country\neu-west,DE\nus-east,US\n");

#[test]
fn what_is_no_finite_number_is_named_as_such() {
    check(
        &[(
            "workloads.csv",
            "id,replicas\na,NaN\nb,inf\nc,-Infinity\nd,null\ne,1e999\nf,12O\ng,three\nh,\"1,5\"\n",
        )],
        expect![[r#"
            error[bad-data]: 8 cells of 1 file cannot be used; nothing was solved

              data/workloads.csv
                row 2  replicas   `NaN`        not a number; leave the cell empty if the value is not known
                row 3  replicas   `inf`        not a number; leave the cell empty if the value is not known
                row 4  replicas   `-Infinity`  not a number; leave the cell empty if the value is not known
                row 5  replicas   `null`       not a number; leave the cell empty if the value is not known
                row 6  replicas   `1e999`      larger than any number that can be planned with
                row 7  replicas   `12O`        not a quantity (letter O after 12)
                row 8  replicas   `three`      expected a number
                row 9  replicas   `1,5`        not a number: the decimal sign is a point
        "#]],
    );
}

#[test]
fn a_json_number_too_large_to_hold_is_no_number() {
    check(
        &[("workloads.json", r#"[{"id": "a", "replicas": 1e400}]"#)],
        expect![[r#"
            error[bad-data]: `data/workloads.json`:1:30 is no JSON: number out of range
        "#]],
    );
}

#[test]
fn amounts_below_zero_are_refused() {
    check(
        &[("pools.csv", "id,capacity[cpu],capacity[memory]\na,-4 cores,1 GiB\nb,2 cores,-1 B\n")],
        expect![[r#"
            error[bad-data]: 2 cells of 1 file cannot be used; nothing was solved

              data/pools.csv
                row 2  capacity[cpu]      `-4 cores`  below 0, the least that `capacity` allows
                row 3  capacity[memory]   `-1 B`      below 0, the least that `capacity` allows
        "#]],
    );
}

#[test]
fn numbers_outside_of_their_range_are_refused_in_the_authors_unit() {
    check(
        &[(
            "workloads.csv",
            "id,replicas,share,latency\na,2.5,2,-3 ms\nb,-1,120%,1 ms\nc,1,-1 %,5 s\n",
        )],
        expect![[r#"
            error[bad-data]: 6 cells of 1 file cannot be used; nothing was solved

              data/workloads.csv
                row 2  replicas   `2.5`    `replicas` takes whole numbers
                row 2  latency    `-3 ms`  below 0, the least that `latency` allows
                row 2  share      `2`      above 1, the most that `share` allows
                row 3  replicas   `-1`     below 0, the least that `replicas` allows
                row 3  share      `120%`   above 1, the most that `share` allows
                row 4  share      `-1 %`   below 0, the least that `share` allows
        "#]],
    );
}

#[test]
fn every_row_with_a_key_that_is_taken_is_named() {
    check(
        &[("regions.csv", "id\na\nb\na\n a \n")],
        expect![[r#"
            error[bad-data]: 2 cells of 1 file cannot be used; nothing was solved

              data/regions.csv
                row 4  id   `a`  this key is taken by row 2
                row 5  id   `a`  this key is taken by row 2
        "#]],
    );
}

#[test]
fn a_row_without_a_key_is_refused() {
    check(
        &[("regions.csv", "id,country\n,DE\nb,FR\n")],
        expect![[r#"
        error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

          data/regions.csv
            row 2  id   `nothing`  a row needs a key
    "#]],
    );
}

#[test]
fn a_file_without_the_keys_column_lists_those_it_has() {
    check(
        &[("regions.csv", "name,country\na,DE\n")],
        expect![[r#"
        warning[unread-column]: 1 column of `data/regions.csv` that `Region` does not declare: not read

          note: `name`

        error[missing-key]: `data/regions.csv` has no column for `id`, the key

          note: columns: `name`, `country`
    "#]],
    );
}

#[test]
fn a_reference_to_no_row_offers_the_nearest() {
    check(
        &[REGIONS, ("pools.csv", "id,region\na,eu-wset\nb,mars\nc,us-east\n")],
        expect![[r#"
        error[bad-data]: 2 cells of 1 file cannot be used; nothing was solved

          data/pools.csv
            row 2  region   `eu-wset`  no such row in `regions`; nearest: `eu-west`
            row 3  region   `mars`     no such row in `regions`
    "#]],
    );
}

#[test]
fn many_references_to_no_row_are_counted_in_no_time() {
    let regions: String = (0..1000).map(|row| format!("region-{row}\n")).collect();
    let pools: String = (0..1000).map(|row| format!("pool-{row:04},regoin-{row}\n")).collect();
    let schema = crate::build::schema(["regions", "pools"].into_iter());
    let inputs = [
        input("regions.csv", format!("id\n{regions}")),
        input("pools.csv", format!("id,region\n{pools}")),
    ];
    let loaded = apportion_world::load(&schema, &inputs, None);
    let finding = &loaded.findings[0];
    assert_eq!(finding.message, "1000 cells of 1 file cannot be used; nothing was solved");
    assert_eq!(finding.cells.len(), apportion_world::SHOWN);
    assert!(finding.cells.iter().all(|cell| cell.expected.contains("nearest: `region-")));
}

#[test]
fn a_word_of_no_enum_offers_the_nearest_or_all() {
    check(
        &[("pools.csv", "id,market\na,spott\nb,auction\n")],
        expect![[r#"
        error[bad-data]: 2 cells of 1 file cannot be used; nothing was solved

          data/pools.csv
            row 2  market   `spott`    no value of `Market`; nearest: `spot`
            row 3  market   `auction`  no value of `Market`: `on_demand`, `reserved`, `spot`
    "#]],
    );
}

#[test]
fn a_key_of_a_map_is_refused_once_per_column() {
    check(
        &[(
            "pools.csv",
            "id,price[spott][USD/h],rtt[mars][ms],free[24],capacity[disk][GiB]\na,1,1,1,1\nb,1,1,1,1\n",
        )],
        expect![[r#"
            error[bad-data]: 4 cells of 1 file cannot be used; nothing was solved

              data/pools.csv
                capacity[disk][GiB]   `disk`   no resource of the policy: `cpu`, `memory`
                price[spott][USD/h]   `spott`  no value of `Market`; nearest: `spot`
                rtt[mars][ms]         `mars`   no such row in `Region`
                free[24]              `24`     `hours` are numbered 0 .. 23
        "#]],
    );
}

#[test]
fn a_bare_number_where_a_unit_is_declared_is_refused() {
    check(
        &[
            ("workloads.csv", "id,replicas,latency,bid\na,1,40,3\n"),
            ("pools.csv", "id,capacity[cpu],price[spot]\na,4,2\n"),
        ],
        expect![[r#"
            error[bad-data]: 4 cells of 2 files cannot be used; nothing was solved

              data/workloads.csv
                row 2  latency         `40`  a bare number; say its unit: `40 ms`, or in the header
                row 2  bid             `3`   a bare number; say its unit: `3 USD/h`, or in the header

              data/pools.csv
                row 2  capacity[cpu]   `4`   a bare number; say its unit: `4 cores`, or in the header
                row 2  price[spot]     `2`   a bare number; say its unit: `2 USD/h`, or in the header
        "#]],
    );
}

#[test]
fn a_unit_that_is_unknown_or_measures_something_else_is_refused() {
    check(
        &[(
            "workloads.csv",
            "id,replicas,latency\na,1,4 GiB\nb,1,4 mss\nc,1,4 gib\nd,3 cores,4 ms\n",
        )],
        expect![[r#"
            error[bad-data]: 4 cells of 1 file cannot be used; nothing was solved

              data/workloads.csv
                row 2  latency    `4 GiB`    memory where time is expected, as `ms`
                row 3  latency    `4 mss`    there is no unit `mss`
                row 4  latency    `4 gib`    there is no unit `gib`; nearest: `GiB`
                row 5  replicas   `3 cores`  expected a plain number
        "#]],
    );
}

#[test]
fn money_of_another_currency_has_no_rate() {
    check(
        &[("workloads.csv", "id,replicas,bid\na,1,3 USD/h\nb,1,21 CNY/h\n")],
        expect![[r#"
        error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

          data/workloads.csv
            row 3  bid   `21 CNY/h`  in CNY where USD is declared; there is no rate to convert it
    "#]],
    );
}

#[test]
fn a_column_of_another_currency_has_no_rate() {
    check(
        &[("workloads.csv", "id,replicas,bid[CNY/h]\na,1,3\nb,1,4 USD/h\n")],
        expect![[r#"
        error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

          data/workloads.csv
            row 2  bid[CNY/h]   `3`  in CNY where USD is declared; there is no rate to convert it
    "#]],
    );
}

#[test]
fn a_unit_in_a_header_that_is_none_is_refused() {
    check(
        &[("workloads.csv", "id,replicas,latency[mss]\na,1,3\n")],
        expect![[r#"
            error[unknown-unit]: the header `latency[mss]` of `data/workloads.csv` names no unit of a column

              note: there is no unit `mss`
        "#]],
    );
}

#[test]
fn money_per_month_is_no_rate() {
    check(
        &[("workloads.csv", "id,replicas,bid\na,1,3 USD per month\n")],
        expect![[r#"
        error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

          data/workloads.csv
            row 2  bid   `3 USD per month`  a `month` is a stretch of the calendar, not a duration
    "#]],
    );
    check(
        &[("workloads.csv", "id,replicas,bid[USD per month]\na,1,3\n")],
        expect![[r#"
            error[unknown-unit]: the header `bid[USD per month]` of `data/workloads.csv` names no unit of a column

              note: a `month` is a stretch of the calendar, not a duration
        "#]],
    );
}

#[test]
fn a_quote_inside_a_cell_is_a_character() {
    check(
        &[("regions.csv", "id,country\n5\" rack,DE\n")],
        expect![[r#"
        regions
          5" rack: country=DE
    "#]],
    );
}

#[test]
fn a_plain_number_takes_no_unit_from_its_header() {
    check(
        &[("workloads.csv", "id,replicas[GiB]\na,1\n")],
        expect![[r#"
            error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved

              data/workloads.csv
                row 2  replicas[GiB]   `1`  a plain number is declared, and the column is in `GiB`
        "#]],
    );
}

#[test]
fn text_that_is_not_utf8_names_its_line() {
    check_inputs(
        &[input("regions.csv", b"id,country\na,DE\nb,M\xe9xico\n")],
        None,
        expect![[r#"
        error[wrong-encoding]: `data/regions.csv`, line 3, is not UTF-8

          help: write the file as UTF-8: `iconv -f LATIN1 -t UTF-8`
    "#]],
    );
}

#[test]
fn utf16_is_named_as_another_encoding() {
    let utf16: Vec<u8> = "id\na\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [vec![0xff, 0xfe], utf16].concat();
    check_inputs(
        &[input("regions.csv", marked)],
        None,
        expect![[r#"
            error[wrong-encoding]: `data/regions.csv` is UTF-16, not UTF-8

              help: write the file as UTF-8: `iconv -f UTF-16 -t UTF-8`
        "#]],
    );
}

#[test]
fn a_csv_file_that_ends_inside_quotes_was_cut_off() {
    check(
        &[("regions.csv", "id,country\na,\"D")],
        expect![[r#"
        error[truncated-file]: `data/regions.csv` ends inside a quoted cell: it was cut off
    "#]],
    );
}

#[test]
fn an_empty_file_has_no_header() {
    check(
        &[("regions.csv", ""), ("pools.json", ""), ("workloads.jsonl", "")],
        expect![[r#"
            error[truncated-file]: `data/regions.csv` is empty: a header is missing

            error[truncated-file]: `data/pools.json` is empty: there is no value in it

            warning[no-rows]: `data/workloads.jsonl`, the input `workloads`, has no rows
        "#]],
    );
}

#[test]
fn json_that_ends_inside_a_value_was_cut_off() {
    check(
        &[("regions.json", "[{\"id\": \"a\"},\n {\"id\": "), ("workloads.json", "[1, 2,, 3]")],
        expect![[r#"
            error[truncated-file]: `data/regions.json` ends inside a value, line 2: it was cut off

            error[bad-data]: `data/workloads.json`:1:7 is no JSON: expected value
        "#]],
    );
}

#[test]
fn every_bad_line_of_a_json_lines_file_is_named() {
    check(
        &[("regions.jsonl", "{\"id\": \"a\"}\n{\"id\": \nnonsense\n{\"id\": \"b\"}\n")],
        expect![[r#"
            error[truncated-file]: `data/regions.jsonl` ends inside a value, line 2: it was cut off

            error[bad-data]: `data/regions.jsonl`:3:2 is no JSON: expected ident
        "#]],
    );
}

#[test]
fn uneven_rows_are_named_and_the_others_still_checked() {
    check(
        &[("pools.csv", "id,market\na,spot,3\nb\nc,sp0t\n")],
        expect![[r#"
            error[bad-data]: 3 cells of 1 file cannot be used; nothing was solved

              data/pools.csv
                row 2           `3 cells`  the header has 2 columns
                row 3           `1 cell`   the header has 2 columns
                row 4  market   `sp0t`     no value of `Market`; nearest: `spot`
        "#]],
    );
}

#[test]
fn columns_that_nobody_declares_are_named_and_left_unread() {
    check(
        &[("regions.csv", "id,rack,country,Country,\na,7,DE,x,y\n")],
        expect![[r#"
            warning[unread-column]: 3 columns of `data/regions.csv` that `Region` does not declare: not read

              note: `rack`, `Country`, a column without a name

            regions
              a: country=DE
        "#]],
    );
}

#[test]
fn a_column_that_stands_twice_is_refused() {
    check(
        &[("regions.csv", "id,country,country\na,DE,FR\n")],
        expect![[r#"
            error[duplicate-column]: `data/regions.csv` has two columns `country`
        "#]],
    );
}

#[test]
fn json_values_of_another_kind_are_refused() {
    check(
        &[(
            "pools.json",
            r#"[{"id": "a", "open": "yes", "opened": "soon", "labels": {"a": 1}, "market": ["spot"]},
                {"id": "b", "open": 1, "capacity": 4, "price": "3 USD/h", "region": true}]"#,
        )],
        expect![[r#"
            error[bad-data]: 8 cells of 1 file cannot be used; nothing was solved

              data/pools.json
                item[0].market     `a list of 1`  expected a word
                item[0].labels.a   `1`            `labels` has no entries
                item[0].opened     `soon`         expected a point in time: `2027-01-31T10:00:00Z`, `2027-01-31`
                item[0].open       `yes`          expected `true` or `false`
                item[1].region     `true`         expected a key
                item[1].capacity   `4`            expected entries: `capacity.key`, or a column `capacity[key]`
                item[1].price      `3 USD/h`      expected entries: `price.key`, or a column `price[key]`
                item[1].open       `1`            expected `true` or `false`
        "#]],
    );
}

#[test]
fn a_list_of_something_else_than_objects_is_refused() {
    check(
        &[("regions.json", "[1, \"a\", null, [2]]"), ("pools.json", "7")],
        expect![[r#"
            error[bad-data]: 4 cells of 1 file cannot be used; nothing was solved

              data/regions.json
                item[0]   `1`            expected an object of fields
                item[1]   `a`            expected an object of fields
                item[2]   `nothing`      expected an object of fields
                item[3]   `a list of 1`  expected an object of fields

            error[bad-data]: `data/pools.json` holds no list of rows

              help: give an array of objects, or say where it is: `select = "items"`

            warning[no-rows]: `data/regions.json`, the input `regions`, has no rows
        "#]],
    );
}

#[test]
fn more_rows_than_the_policy_takes_are_refused() {
    let rows: String = (0..1001).map(|row| format!("r{row}\n")).collect();
    check(
        &[("regions.csv", &format!("id\n{rows}"))],
        expect![[r#"
        error[too-many-rows]: `data/regions.csv` has 1001 rows; the policy takes at most 1000

          help: raise it: `input regions: Region max 1001`
    "#]],
    );
}

#[test]
fn the_first_twenty_cells_are_shown_and_all_are_counted() {
    let rows: String = (0..33).map(|row| format!("w{row:02},x\n")).collect();
    check(
        &[("workloads.csv", &format!("id,replicas\n{rows}"))],
        expect![[r#"
            error[bad-data]: 33 cells of 1 file cannot be used; nothing was solved

              data/workloads.csv
                row 2   replicas   `x`  expected a number
                row 3   replicas   `x`  expected a number
                row 4   replicas   `x`  expected a number
                row 5   replicas   `x`  expected a number
                row 6   replicas   `x`  expected a number
                row 7   replicas   `x`  expected a number
                row 8   replicas   `x`  expected a number
                row 9   replicas   `x`  expected a number
                row 10  replicas   `x`  expected a number
                row 11  replicas   `x`  expected a number
                row 12  replicas   `x`  expected a number
                row 13  replicas   `x`  expected a number
                row 14  replicas   `x`  expected a number
                row 15  replicas   `x`  expected a number
                row 16  replicas   `x`  expected a number
                row 17  replicas   `x`  expected a number
                row 18  replicas   `x`  expected a number
                row 19  replicas   `x`  expected a number
                row 20  replicas   `x`  expected a number
                row 21  replicas   `x`  expected a number

              note: the first 20 of 33 are shown
        "#]],
    );
}

#[test]
fn an_input_without_a_source_says_what_the_manifest_needs() {
    let schema = crate::build::schema(["regions"].into_iter());
    let loaded = apportion_world::load(&schema, &[], None);
    assert!(loaded.world.is_none());
    expect![[r#"
        error[missing-input]: the manifest gives no source for the input `regions`

          help: [inputs]
                regions = "data/regions.csv"
    "#]]
    .assert_eq(&apportion_diagnostic::render(&loaded.findings[0], &Default::default()));
}

#[test]
fn parquet_that_was_cut_off_is_named_as_such() {
    check_inputs(
        &[
            input("regions.parquet", b"PAR1 and no footer"),
            input("pools.parquet", b"PAR1\0\0\0\0\0\0PAR1"),
        ],
        None,
        expect![[r#"
            error[truncated-file]: `data/regions.parquet` has no Parquet footer: it was cut off

            error[bad-data]: `data/pools.parquet` is no Parquet file that can be read: EOF: Unexpected EOF
        "#]],
    );
}

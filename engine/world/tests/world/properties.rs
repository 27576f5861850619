use proptest::prelude::*;

use apportion_world::{InputBytes, World, load};

use crate::build::{input, schema, show_world};

/// One row of workloads: key, replicas, share, labels of data.
type Row = (String, u32, Option<f64>, Vec<&'static str>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let key =
        "[a-z\"éß, -]{1,8}".prop_filter("a key is no blank", |key| key.trim() == key.as_str());
    let share = proptest::option::of(0.0..=1.0);
    let data = proptest::sample::subsequence(vec!["logs", "pii"], 0..=2);
    proptest::collection::vec((key, 0u32..1000, share, data), 0..8).prop_map(
        |mut rows: Vec<Row>| {
            rows.sort_by(|a, b| a.0.cmp(&b.0));
            rows.dedup_by(|a, b| a.0 == b.0);
            rows.reverse();
            rows
        },
    )
}

fn csv(rows: &[Row]) -> String {
    let mut text = "data,id,replicas,share\n".to_owned();
    for (key, replicas, share, data) in rows {
        let share = share.map(|share| share.to_string()).unwrap_or_default();
        let key = key.replace('"', "\"\"");
        text += &format!("{},\"{key}\",{replicas},{share}\n", data.join(";"));
    }
    text
}

fn items(rows: &[Row]) -> Vec<serde_json::Value> {
    let item = |(key, replicas, share, data): &Row| serde_json::json!({ "id": key, "replicas": replicas, "share": share, "data": data });
    rows.iter().map(item).collect()
}

fn shown(input: InputBytes) -> Result<String, String> {
    let schema = schema([input.input.as_str()].into_iter());
    let loaded = load(&schema, &[input], None);
    let findings = format!("{:?}", loaded.findings);
    let facts = |mut world: World| {
        // An empty cell leaves a set out, an empty list states it: only the account of defaults differs.
        world.filled.clear();
        show_world(&schema, &world)
    };
    loaded.world.map(facts).ok_or(findings)
}

/// Files of every format that can be read without a finding.
fn good_file() -> impl Strategy<Value = InputBytes> {
    rows().prop_flat_map(|rows| {
        let lines: Vec<String> = items(&rows).iter().map(ToString::to_string).collect();
        proptest::sample::select(vec![
            input("workloads.csv", csv(&rows)),
            input("workloads.json", format!("[{}]", lines.join(","))),
            input("workloads.jsonl", lines.join("\n")),
            input("workloads.parquet", crate::formats::parquet()),
        ])
    })
}

proptest! {
    #[test]
    fn a_world_does_not_depend_on_the_format_of_its_files(rows in rows()) {
        let items = items(&rows);
        let lines: Vec<String> = items.iter().map(ToString::to_string).collect();
        let world = shown(input("workloads.csv", csv(&rows)));
        prop_assert!(world.is_ok(), "{:?}", world);
        let json = serde_json::Value::from(items).to_string();
        prop_assert_eq!(&shown(input("workloads.json", json)), &world);
        prop_assert_eq!(&shown(input("workloads.jsonl", lines.join("\n"))), &world);
    }

    #[test]
    fn no_change_of_bytes_breaks_the_loader(
        mut file in good_file(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        length in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        if !file.bytes.is_empty() {
            for (at, byte) in changes {
                let at = at.index(file.bytes.len());
                file.bytes[at] = byte;
            }
            if let Some(length) = length {
                file.bytes.truncate(length.index(file.bytes.len()));
            }
        }
        let schema = schema([file.input.as_str()].into_iter());
        let loaded = load(&schema, std::slice::from_ref(&file), Some(&file));
        prop_assert!(loaded.world.is_some() || !loaded.findings.is_empty());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9,\"\n\\[\\]{}:;. %-]{0,80}", kind in 0usize..3) {
        let name = ["workloads.csv", "workloads.json", "workloads.jsonl"][kind];
        let text = format!("id,replicas\n{text}");
        let schema = schema(["workloads"].into_iter());
        let loaded = load(&schema, &[input(name, &text)], None);
        prop_assert!(loaded.world.is_some() || !loaded.findings.is_empty());
    }
}

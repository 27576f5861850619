use apportion_world::{Snapshot, SnapshotError, World, load};
use expect_test::expect;
use proptest::prelude::*;

use crate::build::{input, schema};

const INPUTS: [&str; 2] = ["regions", "pools"];

/// A world with a column of every kind.
fn world() -> World {
    let pools = "id,region,market,capacity[cpu],price[spot],rtt[us],free[2],labels,opened,open\n\
                 b,eu,spot,4 cores,1 USD/h,3 ms,7,y;x,2024-02-29,false\n\
                 a,,,,,,,,,\n";
    let now =
        r#"{"x": [{"at": ["eu", "spot"], "value": 3}, {"at": ["asia", "spot"], "value": 1}]}"#;
    let inputs = [input("regions.csv", "id\nus\neu\n"), input("pools.csv", pools)];
    let loaded = load(&schema(INPUTS.into_iter()), &inputs, Some(&input("now.json", now)));
    assert_eq!(loaded.findings, []);
    loaded.world.expect("no findings")
}

fn snapshot() -> Snapshot {
    let params = [("headroom".to_owned(), "10 %".to_owned())].into();
    Snapshot { at: 1_763_906_400.0, params, world: world() }
}

/// The world of a snapshot's text, for a policy with these inputs.
fn read(text: &[u8], inputs: &[&str]) -> Result<World, SnapshotError> {
    Snapshot::from_json(text)?.fitting(&schema(inputs.iter().copied()))
}

#[test]
fn a_world_survives_a_snapshot_with_its_time_and_parameters() {
    let text = snapshot().to_json().expect("plain data");
    assert_eq!(Snapshot::from_json(text.as_bytes()).expect("it is one"), snapshot());
    assert_eq!(read(text.as_bytes(), &INPUTS).expect("it fits"), world());
}

#[test]
fn a_snapshot_of_another_version_or_policy_is_refused() {
    let text = snapshot().to_json().expect("plain data");
    let error = |text: &str, inputs: &[&str]| {
        read(text.as_bytes(), inputs).expect_err("it does not fit").to_string()
    };
    let later = text.replace("apportion.world/1", "apportion.world/2");
    let errors = [
        error(&later, &INPUTS),
        error(&text, &["pools", "regions"]),
        error(&text.replace("\"reference\"", "\"enum\""), &INPUTS),
        error(&text.replace("\"start\":[0,", "\"start\":[1,"), &INPUTS),
        error(&text.replace("[\"eu\",\"us\"", "[\"us\",\"eu\""), &INPUTS),
        error("{}", &INPUTS),
    ];
    expect![[r#"
        it says that it is `apportion.world/2`, and `apportion.world/1` is read
        it does not fit the policy: its inputs are not those of the policy
        it does not fit the policy: `pools`: field `region` holds something else
        it does not fit the policy: `pools`: field `price` holds something else
        it does not fit the policy: `regions`: its keys are not in order
        it is no snapshot: missing field `format` at line 1 column 2"#]]
    .assert_eq(&errors.join("\n"));
}

#[test]
fn the_hash_is_of_the_facts_and_not_of_their_files() {
    let schema = schema(["pools"].into_iter());
    let hash = |name: &str, text: &str| {
        let world = load(&schema, &[input(name, text)], None).world.expect("good data");
        world.hash(&schema)
    };
    let one = hash("pools.csv", "id,labels,capacity[cpu]\na,x;y,1 core\nb,,\n");
    let json =
        r#"[{"id": "b"}, {"capacity": {"cpu": "1000 mcpu"}, "labels": ["y", "x"], "id": "a"}]"#;
    assert_eq!(one, hash("pools.json", json));
    assert_eq!(one.len(), 64);
    for other in [
        "id,labels,capacity[cpu]\na,x;y,1 core\n",
        "id,labels,capacity[cpu]\na,xy,1 core\nb,,\n",
        "id,labels,capacity[cpu]\na,x;y,2 cores\nb,,\n",
        "id,labels,capacity[cpu]\na,x;y,1 core\nb,x,\n",
    ] {
        assert_ne!(one, hash("pools.csv", other));
    }
}

#[test]
fn a_description_counts_rows_values_and_ranges() {
    let schema = schema(INPUTS.into_iter());
    let mut text = String::new();
    for table in world().describe(&schema) {
        text += &format!("{}: {} rows\n", table.input, table.rows);
        for it in table.columns {
            text += &format!(
                "  {} {}: {} present, {} distinct, {:?} .. {:?}\n",
                it.field, it.kind, it.present, it.distinct, it.least, it.most
            );
        }
    }
    expect![[r#"
        regions: 2 rows
          id text: 2 present, 2 distinct, None .. None
          country text: 0 present, 0 distinct, None .. None
        pools: 2 rows
          id text: 2 present, 2 distinct, None .. None
          region reference: 1 present, 1 distinct, None .. None
          market word: 1 present, 1 distinct, None .. None
          capacity amounts: 2 present, 2 distinct, Some(0.0) .. Some(4.0)
          price map: 2 present, 1 distinct, Some(0.0002777777777777778) .. Some(0.0002777777777777778)
          rtt map: 2 present, 1 distinct, Some(0.003) .. Some(0.003)
          free map: 2 present, 1 distinct, Some(7.0) .. Some(7.0)
          labels set: 1 present, 2 distinct, None .. None
          opened number: 1 present, 1 distinct, Some(1709164800.0) .. Some(1709164800.0)
          open bool: 2 present, 2 distinct, None .. None
    "#]].assert_eq(&text);
}

proptest! {
    #[test]
    fn a_snapshot_that_was_changed_is_refused_or_sound(
        at in any::<proptest::sample::Index>(),
        byte in proptest::sample::select(b"0123456789,[]-.\"".to_vec()),
    ) {
        let schema = schema(INPUTS.into_iter());
        let mut bytes = snapshot().to_json().expect("plain data").into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(world) = read(&bytes, &INPUTS) {
            // Every position leads somewhere.
            prop_assert_eq!(world.hash(&schema).len(), 64);
            prop_assert_eq!(world.describe(&schema).len(), 2);
        }
    }
}

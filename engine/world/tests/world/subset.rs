use apportion_diagnostic::Severity;
use apportion_world::{World, load};

use crate::build::{input, schema};

const HEAD: &str =
    "id,region,market,capacity[cpu],price[spot],rtt[us],free[2],labels,opened,open\n";
const A: &str = "a,us,on_demand,1 cores,2 USD/h,1 ms,5,z,2024-02-28,true\n";
const B: &str = "b,eu,spot,4 cores,1 USD/h,3 ms,7,y;x,2024-02-29,false\n";
const C: &str = "c,,,,,,,,,\n";
const NOW: &str = r#"{"at": ["us", "spot"], "value": 3}"#;

fn world(regions: &str, pools: &[&str], now: &str) -> World {
    let pools = format!("{HEAD}{}", pools.concat());
    let inputs = [input("regions.csv", regions), input("pools.csv", pools)];
    let now = input("now.json", format!("{{\"x\": [{now}]}}"));
    let loaded = load(&schema(["regions", "pools"].into_iter()), &inputs, Some(&now));
    assert!(loaded.findings.iter().all(|it| it.severity == Severity::Warning));
    loaded.world.expect("no findings")
}

/// The rows that are kept are as if no others had been read.
#[track_caller]
fn check(kept: &[Vec<u32>], expected: Option<World>) {
    let schema = schema(["regions", "pools"].into_iter());
    let now = format!("{NOW}, {{\"at\": [\"eu\", \"spot\"], \"value\": 1}}");
    let all = world("id\nus\neu\nasia\n", &[A, B, C], &now);
    let hash = |world: World| world.hash(&schema);
    assert_eq!(all.subset(&schema, kept).map(hash), expected.map(hash));
}

#[test]
fn a_subset_is_what_a_file_of_its_rows_would_be() {
    check(&[vec![0, 1, 2], vec![1, 2]], {
        let now = format!("{NOW}, {{\"at\": [\"eu\", \"spot\"], \"value\": 1}}");
        Some(world("id\nasia\neu\nus\n", &[B, C], &now))
    });
    // What runs at a row that is gone is gone too.
    check(&[vec![1, 2], vec![]], {
        let now = format!("{NOW}, {{\"at\": [\"eu\", \"spot\"], \"value\": 1}}");
        Some(world("id\nus\neu\n", &[], &now))
    });
    check(&[vec![2], vec![2]], Some(world("id\nus\n", &[C], NOW)));
}

#[test]
fn there_is_no_subset_where_a_row_refers_to_one_that_is_gone() {
    // A pool's region, and the key of a map.
    check(&[vec![1], vec![1]], None);
    check(&[vec![2], vec![0]], Some(world("id\nus\n", &[A], NOW)));
    check(&[vec![0], vec![0]], None);
    check(&[vec![0], vec![3]], None);
}

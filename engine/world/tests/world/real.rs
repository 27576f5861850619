use std::path::Path;

use apportion_world::{InputBytes, Mapping, load};

use crate::build::{input, schema};

const TRACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/openb");

#[test]
fn a_production_trace_is_read_unconverted() {
    let file = Path::new(TRACE).join("openb_node_list_all_node.csv");
    let Ok(bytes) = std::fs::read(&file) else {
        eprintln!("SKIPPED: {} is not here, so the real trace was not read", file.display());
        return;
    };
    let column = |field: &str, column: &str, unit: Option<&str>| Mapping {
        field: field.into(),
        column: Some(column.into()),
        unit: unit.map(str::to_owned),
        ..Mapping::default()
    };
    let nodes = InputBytes {
        mapping: vec![
            column("id", "sn", None),
            column("capacity.cpu", "cpu_milli", Some("millicores")),
            column("capacity.memory", "memory_mib", Some("MiB")),
        ],
        ignore: vec!["gpu".into(), "model".into()],
        ..input("pools.csv", bytes)
    };
    let mut schema = schema(["pools"].into_iter());
    schema.inputs[0].max = None;
    let loaded = load(&schema, &[nodes], None);
    assert_eq!(loaded.findings, []);
    let world = loaded.world.expect("no findings");
    assert_eq!(world.tables[0].keys.len(), 1523);
}

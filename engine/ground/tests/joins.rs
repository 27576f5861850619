//! Sums over rows that refer to a row look at those rows only; how many rows are looked at is told by how often grounding
//! asks whether to stop, which is once in 1,024.

use std::cell::Cell;

use apportion_check::check_text;
use apportion_facts::{Settings, WorldFacts, schema};
use apportion_ground::{Ground, Options, ground};
use apportion_world::{Format, InputBytes, load};

const HEAD: &str = "
edition 2026
entity Zone { key id: string; room: count }
entity Pool { key id: string; zone: Zone; spare: Zone? }
input zones: Zone
input pools: Pool
decide x[p in pools]: count <= 9
";

const ZONES: usize = 64;
const POOLS: usize = 640;

/// The ground policy over 64 zones and 640 pools, ten in each zone, and how many thousand rows were looked at.
fn grounded(rule: &str) -> (Ground, u32) {
    let checked = check_text(
        "main.alloc",
        &format!("{HEAD}rule room {{ for z in zones: {rule} <= z.room }}"),
    );
    let policy = checked.policy.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let settings = Settings::new(&policy, &[], 1_795_435_200.0).expect("no parameters");
    let schema = schema(&policy, &settings, &checked.sources).expect("a schema");
    let zones: String = (0..ZONES).map(|at| format!("z{at:03},{}\n", at % 7)).collect();
    let pools: String = (0..POOLS).map(|at| format!("p{at:03},z{:03},\n", at % ZONES)).collect();
    let table = |input: &str, text: String| InputBytes {
        input: input.into(),
        file: input.into(),
        format: Format::Csv,
        bytes: text.into_bytes(),
        mapping: Vec::new(),
        ignore: Vec::new(),
        select: None,
        limit: None,
    };
    let inputs = [
        table("zones", format!("id,room\n{zones}")),
        table("pools", format!("id,zone,spare\n{pools}")),
    ];
    let loaded = load(&schema, &inputs, None);
    let world = loaded.world.unwrap_or_else(|| panic!("{:#?}", loaded.findings));
    let facts = WorldFacts::new(&policy, &world, &settings);
    let asked = Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        false
    };
    let options = Options { merge: false, stop: &stop, ..Options::default() };
    let grounded = ground(&policy, &facts, &[], &options);
    (grounded.ground.unwrap_or_else(|| panic!("{:#?}", grounded.findings)), asked.get())
}

/// Whether all rows were looked at for each zone, and that the sums are right all the same.
#[track_caller]
fn check(condition: &str, looks_at_all: bool) {
    let (ground, thousands) = grounded(&format!("sum(p in pools where {condition}: x[p])"));
    assert_eq!(thousands as usize > ZONES * POOLS / 1024 / 2, looks_at_all, "{thousands}");
    let [family] = ground.families.as_slice() else { panic!("{} families", ground.families.len()) };
    assert_eq!(family.len(), ZONES);
    for row in 0..family.len() {
        let zone = family.key(row)[0] as usize;
        let (pools, _) = family.entries(row, 0);
        let expected: Vec<u32> =
            (0..POOLS).filter(|at| at % ZONES == zone).map(|at| at as u32).collect();
        assert_eq!(pools, expected, "zone {zone}");
    }
}

#[test]
fn rows_that_refer_to_a_row_are_found_by_it() {
    check("p.zone == z", false);
    check("z == p.zone", false);
    check("p.zone == z && p.id != \"none\"", false);
}

#[test]
fn other_conditions_look_at_each_row() {
    check("p.id != \"none\" && p.zone == z", true);
    check("p.zone.id == z.id", true);
    check("has(p.spare) && p.spare == z || p.zone == z", true);
}

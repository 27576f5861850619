//! World files: the data of an example with a stretch cut out and another one put in, in every format.

use std::sync::{Arc, OnceLock};

use apportion_facts::Settings;
use apportion_world::schema::Schema;
use apportion_world::{Format, InputBytes, load};

use crate::harness::{findings, root};

const FORMATS: [Format; 4] = [Format::Csv, Format::Json, Format::JsonLines, Format::Parquet];

/// Any bytes as the rows of an input, or as what runs now, give a world or findings.
pub(crate) fn any_bytes_are_loaded() {
    let target = bolero::check!().with_test_time(super::budget()).with_type::<(u8, Vec<u8>)>();
    target.for_each(|(which, bytes)| {
        let mut inputs = inputs().to_vec();
        let format = FORMATS[usize::from(*which) % FORMATS.len()];
        let file = InputBytes { bytes: bytes.clone(), format, ..inputs[0].clone() };
        judge(&inputs, Some(&file));
        inputs[0] = file;
        judge(&inputs, None);
    });
}

/// Damaged files of an example give a world or findings.
pub(crate) fn any_damage_is_loaded() {
    let target =
        bolero::check!().with_test_time(super::budget()).with_type::<(u8, u16, u8, Vec<u8>)>();
    target.for_each(|(which, at, length, put)| {
        let mut inputs = inputs().to_vec();
        let which = usize::from(*which) % inputs.len();
        let bytes = &mut inputs[which].bytes;
        let start = usize::from(*at) % (bytes.len() + 1);
        let end = (start + usize::from(*length)).min(bytes.len());
        bytes.splice(start..end, put.iter().copied());
        judge(&inputs, None);
    });
}

/// A world comes out just when no finding is an error.
fn judge(inputs: &[InputBytes], now: Option<&InputBytes>) {
    assert!(!schema().inputs.is_empty(), "the example's schema is there");
    let loaded = load(schema(), inputs, now);
    let errors =
        loaded.findings.iter().any(|it| it.severity == apportion_diagnostic::Severity::Error);
    assert_eq!(loaded.world.is_none(), errors, "a world and an error, or neither");
}

/// What the policy of the example expects.
fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let text = std::fs::read_to_string(example("policy/main.alloc")).unwrap_or_default();
        let checked = findings::checked(vec![("main.alloc".to_owned(), Arc::from(text.as_str()))]);
        let policy = checked.policy.unwrap_or_default();
        let settings = Settings::new(&policy, &[], 0.0);
        let schema = settings
            .and_then(|settings| apportion_facts::schema(&policy, &settings, &checked.sources));
        schema.unwrap_or_default()
    })
}

/// The files of the example, in the order of the policy's inputs.
fn inputs() -> &'static [InputBytes] {
    static INPUTS: OnceLock<Vec<InputBytes>> = OnceLock::new();
    INPUTS.get_or_init(|| {
        let of = |input: &str, file: &str, select: Option<&str>| InputBytes {
            input: input.to_owned(),
            file: file.to_owned(),
            format: Format::of_name(file).unwrap_or_default(),
            bytes: std::fs::read(example(file)).unwrap_or_default(),
            select: select.map(str::to_owned),
            ..InputBytes::default()
        };
        vec![
            of("regions", "data/regions.csv", None),
            of("zones", "data/zones.csv", None),
            of("tenants", "data/tenants.csv", None),
            of("pools", "data/pools.csv", None),
            of("workloads", "data/workloads.json", Some("items")),
        ]
    })
}

fn example(file: &str) -> std::path::PathBuf {
    root().join("examples/edge-fleet").join(file)
}

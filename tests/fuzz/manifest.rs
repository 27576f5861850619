//! Manifests: any text, and an example's manifest with some damage.

use apportion_connect::Manifest;
use apportion_diagnostic::{SourceId, Sources};

use crate::harness::root;

/// Any text is read as a manifest or refused with a finding.
pub(crate) fn any_text_is_read() {
    bolero::check!()
        .with_test_time(super::budget())
        .with_type::<String>()
        .for_each(|text| read(text));
}

/// A manifest with some damage is read or refused with a finding.
pub(crate) fn any_damage_is_read() {
    let path = root().join("examples/gpu-cluster/apportion.toml");
    let manifest = std::fs::read_to_string(path).unwrap_or_default();
    assert!(!manifest.is_empty(), "the example's manifest is there to be damaged");
    let target = bolero::check!().with_test_time(super::budget()).with_type::<(u16, u8, String)>();
    target.for_each(|damage| read(&super::damaged(&manifest, damage)));
}

fn read(text: &str) {
    let mut sources = Sources::default();
    let source: SourceId = sources.add("apportion.toml", text);
    if let Err(findings) = Manifest::parse(text, source) {
        assert!(!findings.is_empty(), "refused without a word: {text:?}");
        for finding in findings {
            let drawn = apportion_diagnostic::render(&finding, &sources);
            assert!(drawn.contains(finding.code), "a finding without its code: {drawn}");
        }
    }
}

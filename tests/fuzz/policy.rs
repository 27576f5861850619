//! Policies: any text, the words of a policy in any order, and a policy with some damage.

use std::sync::Arc;

use crate::harness::{findings, root};

/// Any text is split and read; no item reaches into another.
pub(crate) fn any_text_is_read() {
    bolero::check!()
        .with_test_time(super::budget())
        .with_type::<String>()
        .for_each(|text| read(text));
}

/// The words of a policy are read in any order.
pub(crate) fn any_words_are_read() {
    let policy = policy();
    let words: Vec<&str> = apportion_syntax::tokens(&policy)
        .iter()
        .filter_map(|token| policy.get(token.range.start as usize..token.range.end as usize))
        .collect();
    let target = bolero::check!().with_test_time(super::budget()).with_type::<Vec<u16>>();
    target.for_each(|picks| {
        let text: String =
            picks.iter().map(|pick| words[usize::from(*pick) % words.len()]).collect();
        read(&text);
    });
}

/// A policy with some damage is checked to its end, and every finding can be drawn.
pub(crate) fn any_damage_is_checked() {
    let policy = policy();
    let target = bolero::check!().with_test_time(super::budget()).with_type::<(u16, u8, String)>();
    target.for_each(|damage| {
        let damaged = super::damaged(&policy, damage);
        let file = ("main.alloc".to_owned(), Arc::from(damaged.as_str()));
        let checked = findings::checked(vec![file]);
        for finding in &checked.diagnostics {
            let drawn = apportion_diagnostic::render(finding, &checked.sources);
            assert!(drawn.contains(finding.code), "a finding without its code: {drawn}");
        }
    });
}

fn read(text: &str) {
    let mut end = 0;
    for (chunk, _) in apportion_syntax::parse_file(text) {
        assert!(end <= chunk.start && chunk.start <= chunk.end, "items overlap in {text:?}");
        end = chunk.end;
    }
    assert!(end as usize <= text.len(), "an item reaches beyond {text:?}");
}

fn policy() -> String {
    let path = root().join("examples/edge-fleet/policy/main.alloc");
    let policy = std::fs::read_to_string(path).unwrap_or_default();
    assert!(!policy.is_empty(), "the example's policy is there to be damaged");
    policy
}

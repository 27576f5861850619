//! Hostile input, for a bounded time: nothing that is read from outside may end in a panic.
//!
//! `FUZZ_SECONDS` sets how long each target runs; 2 seconds when it is not set.

mod manifest;
mod policy;
mod world;

use std::time::Duration;

use libtest_mimic::Trial;

/// The targets.
pub(crate) fn trials() -> Vec<Trial> {
    let targets: [(&str, fn()); 7] = [
        ("any text is read", policy::any_text_is_read),
        ("the words of a policy are read in any order", policy::any_words_are_read),
        ("a policy with any damage is checked", policy::any_damage_is_checked),
        ("any text is read as a manifest", manifest::any_text_is_read),
        ("a manifest with any damage is read", manifest::any_damage_is_read),
        ("any bytes are loaded or refused", world::any_bytes_are_loaded),
        ("data with any damage is loaded or refused", world::any_damage_is_loaded),
    ];
    targets
        .map(|(name, target)| {
            Trial::test(format!("fuzz: {name}"), move || {
                target();
                Ok(())
            })
        })
        .into()
}

/// How long one target runs.
pub(crate) fn budget() -> Duration {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|it| it.parse().ok());
    Duration::from_secs(seconds.unwrap_or(2))
}

/// A text with a stretch of it taken out and another one put in, never inside of a character.
pub(crate) fn damaged(text: &str, (at, length, put): &(u16, u8, String)) -> String {
    let floor = |at: usize| (0..=at).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
    let start = floor(usize::from(*at) % text.len());
    let end = floor((start + usize::from(*length)).min(text.len())).max(start);
    format!("{}{put}{}", &text[..start], &text[end..])
}

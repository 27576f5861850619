//! Hostile input, for a bounded time: nothing that is read from outside may end in a panic.
//!
//! `FUZZ_SECONDS` sets how long each target runs; 2 seconds when it is not set.

mod policy;
mod world;

use std::time::Duration;

use libtest_mimic::Trial;

/// The targets.
pub(crate) fn trials() -> Vec<Trial> {
    let targets: [(&str, fn()); 5] = [
        ("any text is read", policy::any_text_is_read),
        ("the words of a policy are read in any order", policy::any_words_are_read),
        ("a policy with any damage is checked", policy::any_damage_is_checked),
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

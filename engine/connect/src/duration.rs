//! Stretches of time as texts.

use std::time::Duration;

use apportion_units::{Base, Dimension, parse_quantity};

/// `30 s`, `2m`, `1 h 30 min` is not read: one number and one unit. `m` is minutes here, as on other command
/// lines.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let trimmed = text.trim();
    let minutes = trimmed
        .strip_suffix('m')
        .filter(|rest| rest.ends_with(|it: char| it.is_ascii_digit() || it == ' '));
    let written = minutes.map_or(trimmed.to_owned(), |rest| format!("{rest} min"));
    let wrong = || format!("`{text}` is no duration; write `30 s`, `2 min` or `500 ms`");
    let quantity = parse_quantity(&written).map_err(|_| wrong())?;
    if quantity.unit.dimension != Dimension::of(Base::Second) || quantity.value < 0.0 {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(quantity.value).map_err(|_| wrong())
}

//! Slots as people tell them apart: by the clock.

use apportion_check::policy::SlotsId;
use apportion_facts::Settings;

const HOUR: f64 = 3_600.0;
const DAY: f64 = 24.0 * HOUR;

/// A slot's number with the time of its beginning, in UTC: `0 (14:00)`; with the date where the slots reach
/// further than a day, or are days.
pub(crate) fn slot(settings: &Settings, slots: SlotsId, number: u32) -> String {
    let (count, length) = settings.slots(slots);
    let begins = settings.slot_start(slots, number);
    let days = length % DAY == 0.0 && begins % DAY == 0.0;
    let Ok(begins) = jiff::Timestamp::from_second(begins as i64) else { return number.to_string() };
    let format = match (length, f64::from(count) * length) {
        _ if days => "%Y-%m-%d",
        (length, whole) if whole > DAY && length % 60.0 == 0.0 => "%Y-%m-%d %H:%M",
        (_, whole) if whole > DAY => "%Y-%m-%d %H:%M:%S",
        (length, _) if length % 60.0 == 0.0 => "%H:%M",
        _ => "%H:%M:%S",
    };
    format!("{number} ({})", begins.strftime(format))
}

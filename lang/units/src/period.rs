//! Stretches of the calendar.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};

/// A stretch of the calendar, whose length depends on where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// From full hour to full hour, 3 600 s long also where clocks change.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first of a month to the first of the next.
    Month,
    /// Three months, the first of which is January, April, July or October.
    Quarter,
    /// From 1 January to 1 January.
    Year,
}

impl Period {
    /// The period that a word names.
    pub fn parse(word: &str) -> Option<Period> {
        Some(match word {
            "hour" => Period::Hour,
            "day" => Period::Day,
            "week" => Period::Week,
            "month" => Period::Month,
            "quarter" => Period::Quarter,
            "year" => Period::Year,
            _ => return None,
        })
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Period::Hour => "hour",
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Quarter => "quarter",
            Period::Year => "year",
        }
    }

    /// Where the period that holds the instant `at` begins and ends in a time zone, all in seconds since
    /// 1970-01-01T00:00Z. `None` for an instant outside of the years -9999 to 9999.
    pub fn bounds(self, at: f64, zone: &TimeZone) -> Option<(f64, f64)> {
        let instant = Timestamp::from_second(at.floor() as i64).ok()?;
        let here = instant.to_zoned_datetime(zone.clone());
        if self == Period::Hour {
            let past = i64::from(here.minute()) * 60 + i64::from(here.second());
            let start = (instant.as_second() - past) as f64;
            return Some((start, start + 3_600.0));
        }
        let start = self.start(here.datetime())?;
        let end = match self {
            Period::Hour | Period::Day => start.checked_add(1.day()),
            Period::Week => start.checked_add(1.week()),
            Period::Month => start.checked_add(1.month()),
            Period::Quarter => start.checked_add(3.months()),
            Period::Year => start.checked_add(1.year()),
        };
        let seconds = |civil: DateTime| {
            let zoned: ZonedDateTime = civil.to_zoned_datetime(zone.clone()).ok()?;
            Some(zoned.timestamp().as_second() as f64)
        };
        Some((seconds(start)?, seconds(end.ok()?)?))
    }

    /// How long the period that holds the instant `at` is, in seconds.
    pub fn length(self, at: f64, zone: &TimeZone) -> Option<f64> {
        self.bounds(at, zone).map(|(start, end)| end - start)
    }

    /// How long the period that holds the instant `at` is in universal time, in seconds; for an instant
    /// outside of the calendar, the length of the first period after 1970-01-01.
    pub fn length_in_utc(self, at: f64) -> f64 {
        let length = self.length(at, &TimeZone::UTC).or_else(|| self.length(0.0, &TimeZone::UTC));
        length.unwrap_or(0.0)
    }

    fn start(self, here: DateTime) -> Option<DateTime> {
        let midnight = here.date().to_datetime(jiff::civil::Time::midnight());
        match self {
            Period::Hour | Period::Day => midnight.into(),
            Period::Week => {
                let since = i64::from(here.date().weekday().to_monday_zero_offset());
                midnight.checked_sub(since.days()).ok()
            }
            Period::Month => midnight.first_of_month().into(),
            Period::Quarter => {
                let past = i64::from((here.month() - 1) % 3);
                midnight.first_of_month().checked_sub(past.months()).ok()
            }
            Period::Year => midnight.first_of_year().into(),
        }
    }
}

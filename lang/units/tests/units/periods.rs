use apportion_units::Period;
use expect_test::expect;
use jiff::Timestamp;
use jiff::tz::TimeZone;

const ALL: [Period; 6] =
    [Period::Hour, Period::Day, Period::Week, Period::Month, Period::Quarter, Period::Year];

/// All periods that hold an instant, with their length in hours.
fn show(at: &str, zone: &str) -> String {
    let zone = TimeZone::get(zone).expect("a zone");
    let at: Timestamp = at.parse().expect("an instant");
    let line = |period: Period| {
        let (start, end) = period.bounds(at.as_second() as f64, &zone).expect("in the calendar");
        let show = |seconds: f64| {
            let instant = Timestamp::from_second(seconds as i64).expect("in the calendar");
            instant.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M%:z").to_string()
        };
        format!(
            "{:<8} {} .. {} {} h\n",
            period.word(),
            show(start),
            show(end),
            (end - start) / 3600.0
        )
    };
    ALL.into_iter().map(line).collect()
}

#[test]
fn february_has_29_days_in_a_leap_year() {
    expect![[r#"
        hour     2024-02-29T23:00+00:00 .. 2024-03-01T00:00+00:00 1 h
        day      2024-02-29T00:00+00:00 .. 2024-03-01T00:00+00:00 24 h
        week     2024-02-26T00:00+00:00 .. 2024-03-04T00:00+00:00 168 h
        month    2024-02-01T00:00+00:00 .. 2024-03-01T00:00+00:00 696 h
        quarter  2024-01-01T00:00+00:00 .. 2024-04-01T00:00+00:00 2184 h
        year     2024-01-01T00:00+00:00 .. 2025-01-01T00:00+00:00 8784 h
    "#]]
    .assert_eq(&show("2024-02-29T23:59:59Z", "UTC"));
}

#[test]
fn a_day_has_23_hours_when_clocks_go_forward() {
    expect![[r#"
        hour     2026-03-29T14:00+02:00 .. 2026-03-29T15:00+02:00 1 h
        day      2026-03-29T00:00+01:00 .. 2026-03-30T00:00+02:00 23 h
        week     2026-03-23T00:00+01:00 .. 2026-03-30T00:00+02:00 167 h
        month    2026-03-01T00:00+01:00 .. 2026-04-01T00:00+02:00 743 h
        quarter  2026-01-01T00:00+01:00 .. 2026-04-01T00:00+02:00 2159 h
        year     2026-01-01T00:00+01:00 .. 2027-01-01T00:00+01:00 8760 h
    "#]]
    .assert_eq(&show("2026-03-29T12:00:00Z", "Europe/Berlin"));
}

#[test]
fn a_day_has_25_hours_when_clocks_go_back() {
    expect![[r#"
        hour     2026-11-01T07:00-05:00 .. 2026-11-01T08:00-05:00 1 h
        day      2026-11-01T00:00-04:00 .. 2026-11-02T00:00-05:00 25 h
        week     2026-10-26T00:00-04:00 .. 2026-11-02T00:00-05:00 169 h
        month    2026-11-01T00:00-04:00 .. 2026-12-01T00:00-05:00 721 h
        quarter  2026-10-01T00:00-04:00 .. 2027-01-01T00:00-05:00 2209 h
        year     2026-01-01T00:00-05:00 .. 2027-01-01T00:00-05:00 8760 h
    "#]]
    .assert_eq(&show("2026-11-01T12:00:00Z", "America/New_York"));
}

#[test]
fn an_hour_that_is_repeated_is_told_apart() {
    // 01:30 comes twice that night in New York: 05:30Z and, an hour later, 06:30Z.
    expect![[r#"
        hour     2026-11-01T01:00-04:00 .. 2026-11-01T01:00-05:00 1 h
        day      2026-11-01T00:00-04:00 .. 2026-11-02T00:00-05:00 25 h
        week     2026-10-26T00:00-04:00 .. 2026-11-02T00:00-05:00 169 h
        month    2026-11-01T00:00-04:00 .. 2026-12-01T00:00-05:00 721 h
        quarter  2026-10-01T00:00-04:00 .. 2027-01-01T00:00-05:00 2209 h
        year     2026-01-01T00:00-05:00 .. 2027-01-01T00:00-05:00 8760 h
        hour     2026-11-01T01:00-05:00 .. 2026-11-01T02:00-05:00 1 h
        day      2026-11-01T00:00-04:00 .. 2026-11-02T00:00-05:00 25 h
        week     2026-10-26T00:00-04:00 .. 2026-11-02T00:00-05:00 169 h
        month    2026-11-01T00:00-04:00 .. 2026-12-01T00:00-05:00 721 h
        quarter  2026-10-01T00:00-04:00 .. 2027-01-01T00:00-05:00 2209 h
        year     2026-01-01T00:00-05:00 .. 2027-01-01T00:00-05:00 8760 h
    "#]]
    .assert_eq(
        &(show("2026-11-01T05:30:00Z", "America/New_York")
            + &show("2026-11-01T06:30:00Z", "America/New_York")),
    );
}

#[test]
fn midnight_may_not_exist() {
    // In Santiago clocks go from 24:00 to 01:00.
    expect![[r#"
        hour     2026-09-06T09:00-03:00 .. 2026-09-06T10:00-03:00 1 h
        day      2026-09-06T01:00-03:00 .. 2026-09-07T00:00-03:00 23 h
        week     2026-08-31T00:00-04:00 .. 2026-09-07T00:00-03:00 167 h
        month    2026-09-01T00:00-04:00 .. 2026-10-01T00:00-03:00 719 h
        quarter  2026-07-01T00:00-04:00 .. 2026-10-01T00:00-03:00 2207 h
        year     2026-01-01T00:00-03:00 .. 2027-01-01T00:00-03:00 8760 h
    "#]]
    .assert_eq(&show("2026-09-06T12:00:00Z", "America/Santiago"));
}

#[test]
fn an_hour_of_a_zone_with_half_hours_begins_at_its_own_full_hour() {
    expect![[r#"
        hour     2026-01-01T05:00+05:30 .. 2026-01-01T06:00+05:30 1 h
        day      2026-01-01T00:00+05:30 .. 2026-01-02T00:00+05:30 24 h
        week     2025-12-29T00:00+05:30 .. 2026-01-05T00:00+05:30 168 h
        month    2026-01-01T00:00+05:30 .. 2026-02-01T00:00+05:30 744 h
        quarter  2026-01-01T00:00+05:30 .. 2026-04-01T00:00+05:30 2160 h
        year     2026-01-01T00:00+05:30 .. 2027-01-01T00:00+05:30 8760 h
    "#]]
    .assert_eq(&show("2026-01-01T00:00:00Z", "Asia/Kolkata"));
}

#[test]
fn a_word_names_its_period() {
    for period in ALL {
        assert_eq!(Period::parse(period.word()), Some(period));
    }
    assert_eq!(Period::parse("fortnight"), None);
}

#[test]
fn an_instant_outside_of_the_calendar_has_no_period() {
    for at in [f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300] {
        for period in ALL {
            assert_eq!(period.bounds(at, &TimeZone::UTC), None);
            assert!(period.length_in_utc(at) > 0.0);
        }
    }
}

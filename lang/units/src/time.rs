//! Points in time as people write them.

use jiff::Timestamp;

/// Seconds since 1970-01-01T00:00Z of a date or a time: `2027-01-31`, `2027-01-31T10:00`, `2027-01-31T10:00:00+01:00`. One
/// without a zone is of UTC. Nothing where the text is neither.
pub fn parse_time(text: &str) -> Option<f64> {
    let forms = [text.to_owned(), format!("{text}Z"), format!("{text}T00:00:00Z")];
    let instant = forms.iter().find_map(|form| form.parse::<Timestamp>().ok())?;
    Some(instant.as_second() as f64 + f64::from(instant.subsec_nanosecond()) / 1e9)
}

#[cfg(test)]
mod tests {
    use super::parse_time;

    #[test]
    fn a_time_without_a_zone_is_of_utc() {
        let ten = Some(1_801_389_600.0);
        for text in [
            "2027-01-31T10:00:00Z",
            "2027-01-31T10:00:00",
            "2027-01-31T10:00",
            "2027-01-31 10:00",
            "2027-01-31T11:00:00+01:00",
        ] {
            assert_eq!(parse_time(text), ten, "{text}");
        }
        assert_eq!(parse_time("2027-01-31"), ten.map(|it| it - 36_000.0));
        assert_eq!(parse_time("2027-01-31T10:00:00.25"), ten.map(|it| it + 0.25));
        for text in ["", "2027-02-30", "2027-01-31T25:00", "2027-01-31Tfoo", "10:00", "soon"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}

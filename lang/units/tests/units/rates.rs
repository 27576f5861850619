use apportion_units::{RateTable, is_currency};

#[test]
fn a_rate_holds_on_its_date_in_both_directions() {
    let mut rates = RateTable::default();
    rates.insert(*b"EUR", *b"USD", "2027-01-31", 1.25);
    assert_eq!(rates.rate(*b"EUR", *b"USD", "2027-01-31"), Ok(1.25));
    assert_eq!(rates.rate(*b"USD", *b"EUR", "2027-01-31"), Ok(0.8));
    assert_eq!(rates.rate(*b"USD", *b"USD", "1999-01-01"), Ok(1.0));
}

#[test]
fn money_of_another_day_or_currency_is_not_converted() {
    let mut rates = RateTable::default();
    rates.insert(*b"EUR", *b"USD", "2027-01-31", 1.25);
    let error = |from: &[u8; 3], date: &str| {
        rates.rate(*from, *b"USD", date).expect_err("no rate").to_string()
    };
    assert_eq!(error(b"EUR", "2027-02-01"), "no rate from EUR to USD on 2027-02-01");
    assert_eq!(error(b"CNY", "2027-01-31"), "no rate from CNY to USD on 2027-01-31");
}

#[test]
fn a_rate_stated_outright_wins_over_a_reciprocal() {
    let mut rates = RateTable::default();
    rates.insert(*b"EUR", *b"USD", "2027-01-31", 1.25);
    rates.insert(*b"USD", *b"EUR", "2027-01-31", 0.79);
    assert_eq!(rates.rate(*b"USD", *b"EUR", "2027-01-31"), Ok(0.79));
}

#[test]
fn codes_are_those_in_circulation() {
    assert!(is_currency(*b"USD") && is_currency(*b"CNY") && is_currency(*b"EUR"));
    assert!(!is_currency(*b"usd") && !is_currency(*b"DEM") && !is_currency(*b"US "));
}

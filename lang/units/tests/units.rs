//! Units, quantities, periods and rates, as text in and text out.

#[path = "units/periods.rs"]
mod periods;
#[path = "units/properties.rs"]
mod properties;
#[path = "units/quantities.rs"]
mod quantities;
#[path = "units/rates.rs"]
mod rates;

use apportion_units::{Base, Dimension, parse_quantity, parse_unit};
use expect_test::Expect;

/// Compares what each line is as a quantity with what is expected.
#[track_caller]
fn check(quantities: &str, expected: Expect) {
    let line = |text: &str| match parse_quantity(text) {
        Ok(it) => format!("{} = {} ({})\n", text.trim(), it.value, it.unit.dimension),
        Err(error) => format!("{} : {error}\n", text.trim()),
    };
    expected.assert_eq(&quantities.lines().map(line).collect::<String>());
}

/// Compares what each line is as a unit with what is expected.
#[track_caller]
fn check_units(units: &str, expected: Expect) {
    let line = |text: &str| match parse_unit(text) {
        Ok(it) => {
            let period = it.period.map_or(String::new(), |it| format!(", per {}", it.word()));
            let factor = it.unit.factor.to_f64();
            format!("{} = {factor} ({}{period})\n", it.unit.name, it.unit.dimension)
        }
        Err(error) => format!("{} : {error}\n", text.trim()),
    };
    expected.assert_eq(&units.lines().map(line).collect::<String>());
}

#[test]
fn a_quotient_of_memory_and_bandwidth_is_a_time() {
    let dimension = |text: &str| parse_unit(text).expect("a unit").unit.dimension;
    assert_eq!(dimension("GB").divide(dimension("MB/s")), dimension("h"));
    assert_eq!(dimension("MB").divide(dimension("Mbps")), Dimension::of(Base::Second));
    assert_eq!(dimension("kW").multiply(dimension("h")), dimension("kWh"));
}

#[test]
fn unlike_products_of_too_many_kinds_do_not_cancel() {
    let six = [Base::Core, Base::Byte, Base::Second, Base::Device, Base::Joule, Base::Carbon];
    let six = six.map(Dimension::of).into_iter().fold(Dimension::PLAIN, Dimension::multiply);
    let credits = six.multiply(Dimension::of(Base::Credit));
    let requests = six.multiply(Dimension::of(Base::Request));
    assert!(!credits.divide(requests).is_plain());
    assert_eq!(credits.display(), "a product of too many units");
}

use apportion_units::{
    Base, Dimension, Period, Rational, Unit, display, format_number, parse_quantity, parse_unit,
    unit_words,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn unit() -> impl Strategy<Value = Unit> {
    let words: Vec<&'static str> = unit_words().chain(["USD", "EUR"]).collect();
    let word = proptest::sample::select(words);
    (word.clone(), proptest::option::of(word)).prop_map(|(above, below)| {
        let text = below.map_or(above.to_owned(), |below| format!("{above}/{below}"));
        parse_unit(&text).expect("words of the table").unit
    })
}

fn dimension() -> impl Strategy<Value = Dimension> {
    let bases = [Base::Core, Base::Byte, Base::Second, Base::Device, Base::Currency(*b"USD")];
    let factor = (proptest::sample::select(bases.to_vec()), -3i8..=3);
    proptest::collection::vec(factor, 0..6).prop_map(|factors| {
        let powers = factors.into_iter().map(|(base, power)| Dimension::of(base).power(power));
        powers.fold(Dimension::PLAIN, Dimension::multiply)
    })
}

proptest! {
    #[test]
    fn products_of_dimensions_may_be_taken_in_any_order(
        a in dimension(), b in dimension(), c in dimension(),
    ) {
        prop_assert_eq!(a.multiply(b), b.multiply(a));
        prop_assert_eq!(a.multiply(b).multiply(c), a.multiply(b.multiply(c)));
        prop_assert_eq!(a.divide(b).multiply(b), a);
        prop_assert_eq!(a.inverse().inverse(), a);
    }

    #[test]
    fn a_product_of_too_much_is_never_a_plain_number(
        other in dimension(), power in 1i8..=127, times in 2usize..5,
    ) {
        let second = Dimension::of(Base::Second).power(power);
        let high = (0..times).fold(Dimension::PLAIN, |product, _| product.multiply(second));
        for high in [high, high.inverse()] {
            let expected = i64::from(power) * times as i64;
            let held = i64::from(high.power_of(Base::Second)).abs() == expected;
            prop_assert_eq!(held, expected <= 127);
            if !held {
                prop_assert_eq!(high.multiply(other), high);
                prop_assert!(!high.divide(high).is_plain());
            }
        }
    }

    #[test]
    fn any_text_is_a_quantity_or_an_error(text in "\\PC{0,30}") {
        if let Ok(quantity) = parse_quantity(&text) {
            prop_assert!(quantity.value.is_finite());
        }
    }

    #[test]
    fn text_like_a_quantity_is_one_or_an_error(
        text in "[-+]?[0-9_.]{0,40}([eE][-+]?[0-9_]{0,12})?[ ]?[A-Za-z/*% ]{0,12}",
    ) {
        if let Ok(quantity) = parse_quantity(&text) {
            prop_assert!(quantity.value.is_finite());
        }
    }

    #[test]
    fn what_is_shown_is_read_back(number in -1_000_000i32..1_000_000, scale in 0i32..5, unit in unit()) {
        let value = unit.value_to_base(f64::from(number) / 10f64.powi(scale));
        let shown = display(value, &unit, 15);
        let (digits, name) = match shown.rsplit_once(' ') {
            Some((digits, name)) if name == unit.name => (digits, name),
            _ => (shown.as_str(), ""),
        };
        let joined: String = digits.chars().filter(|it| !it.is_whitespace()).collect();
        let back = parse_quantity(&format!("{joined} {name}")).expect("a quantity");
        prop_assert!((back.value - value).abs() <= value.abs() * 1e-9, "{} of {}", shown, value);
        prop_assert_eq!(back.unit.dimension, unit.dimension);
    }

    #[test]
    fn a_number_goes_to_base_units_and_back(number in -1e9f64..1e9, unit in unit()) {
        let back = unit.value_from_base(unit.value_to_base(number));
        prop_assert!((back - number).abs() <= number.abs() * 1e-15);
    }

    #[test]
    fn a_plain_number_is_read_as_its_nearest_value(number in any::<f64>().prop_filter("finite", |it| it.is_finite())) {
        let text = number.to_string();
        prop_assert_eq!(Unit::plain().to_base(&text), Some(number));
    }

    #[test]
    fn a_quantity_of_few_digits_is_rounded_once(
        mantissa in 0i64..1_000_000_000, places in 0u32..9, unit in unit(),
    ) {
        let scale = 10i64.pow(places);
        let text = format!("{}.{:0width$}", mantissa / scale, mantissa % scale, width = places.max(1) as usize);
        let text = if places == 0 { mantissa.to_string() } else { text };
        let exact = Rational::new(mantissa.into(), scale.into()).and_then(|it| it.multiply(unit.factor));
        prop_assert_eq!(unit.to_base(&text), exact.map(Rational::to_f64));
    }

    #[test]
    fn a_decimal_of_any_length_is_rounded_to_the_nearest(
        text in "-?[1-9][0-9]{0,20}\\.[0-9]{1,16}",
    ) {
        // The standard library rounds decimals once.
        let fraction = Rational::parse(&text);
        if let Some(fraction) = fraction {
            prop_assert_eq!(Some(fraction.to_f64()), text.parse().ok());
        }
    }

    #[test]
    fn a_number_is_never_shown_as_another(number in any::<f64>(), digits in 0usize..20) {
        let shown = format_number(number, digits);
        prop_assert!(!shown.is_empty());
        if number.is_finite() && number.abs() > 1e-9 && number.abs() < 1e15 && digits >= 3 {
            let plain: String = shown.chars().filter(|it| !it.is_whitespace()).collect();
            let back: f64 = plain.parse().expect("a number");
            prop_assert!((back - number).abs() <= (number.abs() * 10f64.powi(1 - digits as i32)).max(1e-12));
        }
    }

    #[test]
    fn an_instant_lies_in_its_period_and_periods_meet(
        at in -3_000_000_000i64..6_000_000_000,
        kind in 0usize..6,
        zone in proptest::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Santiago", "America/New_York"]),
    ) {
        let period = [Period::Hour, Period::Day, Period::Week, Period::Month, Period::Quarter, Period::Year][kind];
        let zone = TimeZone::get(zone).expect("a zone");
        let (start, end) = period.bounds(at as f64, &zone).expect("in the calendar");
        prop_assert!(start <= at as f64 && (at as f64) < end, "{start} .. {end}");
        let (next, _) = period.bounds(end, &zone).expect("in the calendar");
        prop_assert_eq!(next, end);
    }
}

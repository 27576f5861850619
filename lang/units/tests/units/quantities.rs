use apportion_units::{Rational, Unit, amount, display, format_number, parse_unit};
use expect_test::expect;

use super::{check, check_units};

#[test]
fn a_quantity_is_a_number_and_its_unit() {
    check(
        "4 GiB\n4GB\n12%\n12.5 %\n0.25 USD/h\n1e3\n1_000\n-3 ms\n+1.5e-3 cores\n 250 millicores \n8 bit\n1 Mbps\n1 kWh\n3 replicas",
        expect![[r#"
            4 GiB = 4294967296 (memory)
            4GB = 4000000000 (memory)
            12% = 0.12 (plain number)
            12.5 % = 0.125 (plain number)
            0.25 USD/h = 0.00006944444444444444 (money (USD) per time)
            1e3 = 1000 (plain number)
            1_000 = 1000 (plain number)
            -3 ms = -0.003 (time)
            +1.5e-3 cores = 0.0015 (cores)
            250 millicores = 0.25 (cores)
            8 bit = 1 (memory)
            1 Mbps = 125000 (memory per time)
            1 kWh = 3600000 (energy)
            3 replicas = 3 (plain number)
        "#]],
    );
}

#[test]
fn what_is_no_quantity_says_why() {
    check(
        "\nGiB\n-\n.5\n1.\nNaN\ninf\n-inf\n1e400\n4 Gib\n4 gib\n4 month\n5 USD per month\n1,5\n0x10\n4 GiB GiB\n_\n__1\n1e_3",
        expect![[r#"
             : `` is no number
            GiB : `GiB` is no number
            - : `-` is no number
            .5 = 0.5 (plain number)
            1. : `1.` is no number
            NaN : `NaN` is no number
            inf : `inf` is no number
            -inf : `-inf` is no number
            1e400 : `1e400` is no number
            4 Gib : there is no unit `Gib`
            4 gib : there is no unit `gib`
            4 month : a `month` is a stretch of the calendar, not a duration
            5 USD per month : a `month` is a stretch of the calendar, not a duration
            1,5 : `1,5` is no number
            0x10 : there is no unit `x10`
            4 GiB GiB : there is no unit `GiB GiB`
            _ : `_` is no number
            __1 : `__1` is no number
            1e_3 = 1000 (plain number)
        "#]],
    );
}

#[test]
fn a_unit_is_a_product_and_a_period() {
    check_units(
        "GiB\nUSD/core/h\n1/h\n%\nUSD per month\nUSD per core per month\nUSD per core per h\nUSD per h\nUSD/month\nGiB*h\ncore*h\nkgCO2/kWh\nUSD per quarter\nmonth\n\n1\n/h\nGiB/\nUSB\nusd\nXXX\nPiB*PiB*PiB*PiB*PiB",
        expect![[r#"
            GiB = 1073741824 (memory)
            USD/core/h = 0.0002777777777777778 (money (USD) per cores per time)
            1/h = 0.0002777777777777778 (number per time)
            % = 0.01 (plain number)
            USD per month = 1 (money (USD), per month)
            USD per core per month = 1 (money (USD) per cores, per month)
            USD per core per h = 0.0002777777777777778 (money (USD) per cores per time)
            USD per h = 0.0002777777777777778 (money (USD) per time)
            USD/month : a `month` is a stretch of the calendar, not a duration
            GiB*h = 3865470566400 (memory times time)
            core*h = 3600 (cores times time)
            kgCO2/kWh = 0.0002777777777777778 (carbon per energy)
            USD per quarter = 1 (money (USD), per quarter)
            month : a `month` is a stretch of the calendar, not a duration
             : a unit is missing
            1 : a unit is missing
            /h : a unit is missing
            GiB/ : a unit is missing
            USB : there is no unit `USB`
            usd : there is no unit `usd`
            XXX : there is no unit `XXX`
            PiB*PiB*PiB*PiB*PiB : `PiB` multiplies out to a scale that is too large
        "#]],
    );
}

#[test]
fn decimal_and_binary_scales_differ() {
    let base = |number: &str, unit: &str| parse_unit(unit).ok()?.unit.to_base(number);
    assert_eq!(base("1", "GB"), Some(1e9));
    assert_eq!(base("1", "GiB"), Some(1_073_741_824.0));
    assert_ne!(base("1", "GB"), base("1", "GiB"));
}

#[test]
fn a_number_is_converted_exactly_and_rounded_once() {
    let gib = parse_unit("GiB").expect("a unit").unit;
    // 0.1 and 0.7 GiB are no whole numbers of bytes: the nearest number to the exact fraction.
    assert_eq!(gib.to_base("0.1"), Some(1_073_741_824.0 / 10.0));
    assert_eq!(gib.to_base("0.7"), Some(7_516_192_768.0 / 10.0));
    // By way of the nearest number to a tenth of a second this would be 0.30000000000000004.
    let tenth = parse_unit("ms").expect("a unit").unit;
    assert_eq!(tenth.to_base("300"), Some(0.3));
    let milli = parse_unit("millicores").expect("a unit").unit;
    for count in 0..=10_000u32 {
        assert_eq!(milli.to_base(&count.to_string()), Some(f64::from(count) / 1000.0));
        let tenths = format!("{}.{}", count / 10, count % 10);
        let exact = f64::from(count) * 1_073_741_824.0 / 10.0;
        assert_eq!(gib.to_base(&tenths), Some(exact), "{tenths} GiB");
    }
}

#[test]
fn fractions_stay_in_lowest_terms_and_never_overflow() {
    let rational = |text: &str| Rational::parse(text);
    assert_eq!(rational("0.5"), Rational::new(1, 2));
    assert_eq!(rational("-2.50e1"), Some(Rational::whole(-25)));
    assert_eq!(Rational::new(1, 0), None);
    assert_eq!(Rational::new(-2, -4), Rational::new(1, 2));
    assert_eq!(Rational::whole(0).inverse(), None);
    for none in
        ["", ".", "e5", "1e", "1e99", "--1", "+", "1.2.3", "1e2147483647", "0.1e-2147483648"]
    {
        assert_eq!(rational(none), None, "{none}");
    }
}

#[test]
fn numbers_are_shown_in_groups_with_no_more_digits_than_asked() {
    let numbers = [
        0.0,
        -0.0,
        1.0,
        1234.0,
        12345.0,
        1_200_000.0,
        0.000_123_456,
        1.25,
        99.999,
        -4.5,
        1e-15,
        -1e-15,
        1e21,
        f64::INFINITY,
        999_999.5,
        0.1 + 0.2,
    ];
    let lines: String = numbers.iter().map(|it| format!("{}\n", format_number(*it, 4))).collect();
    expect![[r#"
        0
        0
        1
        1234
        12 345
        1 200 000
        0.0001235
        1.25
        100
        -4.5
        0
        0
        1 000 000 000 000 000 000 000
        inf
        1 000 000
        0.3
    "#]]
    .assert_eq(&lines);
}

#[test]
fn amounts_are_shown_in_the_authors_unit() {
    let shown = |value: f64, unit: &str| display(value, &parse_unit(unit).expect("a unit").unit, 6);
    let lines = [
        shown(4_294_967_296.0, "GiB"),
        shown(0.83, "%"),
        shown(1_200_000.0, "USD"),
        shown(0.25 / 3600.0, "USD/h"),
        shown(0.3, "ms"),
        display(3.0, &Unit::plain(), 6),
    ];
    expect![[r#"
        4 GiB
        83 %
        1 200 000 USD
        0.25 USD/h
        300 ms
        3"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn a_unit_is_in_the_plural_unless_there_is_one() {
    let units = ["core", "cores", "core*h", "GiB", "USD/core/h", "devices", "1/h", "h", "1", ""];
    let shown = |value: f64| units.map(|unit| amount(value, unit, 6)).join(", ");
    expect!["2 cores, 2 cores, 2 cores*h, 2 GiB, 2 USD/core/h, 2 devices, 2 1/h, 2 h, 2, 2"]
        .assert_eq(&shown(2.0));
    expect!["1 core, 1 core, 1 core*h, 1 GiB, 1 USD/core/h, 1 device, 1 1/h, 1 h, 1, 1"]
        .assert_eq(&shown(1.0));
}

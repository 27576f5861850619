//! Units in which amounts are shown that no declaration gives one.

use apportion_units::{Base, Dimension, Unit, parse_unit};

/// The unit that people would use for a dimension; absent for a plain number.
pub fn unit_for(dimension: Dimension) -> Option<Unit> {
    if dimension.is_plain() {
        return None;
    }
    let parts = |sign: i8| -> Vec<String> {
        let factors = dimension.factors().filter(move |(_, power)| power.signum() == sign);
        let words = factors.flat_map(|(base, power)| {
            let word = word(base, sign);
            std::iter::repeat_n(word, power.unsigned_abs() as usize)
        });
        words.collect()
    };
    let (mut above, below) = (parts(1), parts(-1));
    if above.is_empty() {
        above.push("1".to_owned());
    }
    let text = [above.join("*"), below.join("/")].into_iter().filter(|it| !it.is_empty());
    parse_unit(&text.collect::<Vec<_>>().join("/")).ok().map(|unit| unit.unit)
}

fn word(base: Base, sign: i8) -> String {
    match base {
        Base::Core => "core".into(),
        Base::Byte => "GiB".into(),
        // Rates are by the hour, stretches of time too.
        Base::Second => "h".into(),
        Base::Device => "device".into(),
        Base::Joule => "kWh".into(),
        Base::Carbon => "gCO2".into(),
        Base::Credit => "credit".into(),
        Base::Request => "req".into(),
        Base::Currency(code) => String::from_utf8_lossy(&code).into_owned(),
        Base::Resource(_) | Base::Mixed => if sign > 0 { "1" } else { "" }.into(),
    }
}

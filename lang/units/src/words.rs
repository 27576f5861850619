//! The words that units are called by.

use crate::currency::is_currency;
use crate::unit::{Unit, UnitError};
use crate::{Base, Dimension, Rational};

const SECOND: i64 = 1_000_000_000;

/// Words of one base: each with its scale as a fraction.
struct Family {
    base: Option<Base>,
    words: &'static [(&'static str, i64, i64)],
}

const FAMILIES: &[Family] = &[
    Family {
        base: Some(Base::Core),
        words: &[
            ("core", 1, 1),
            ("cores", 1, 1),
            ("vCPU", 1, 1),
            ("vCPUs", 1, 1),
            ("vcpu", 1, 1),
            ("millicore", 1, 1000),
            ("millicores", 1, 1000),
            ("mcpu", 1, 1000),
        ],
    },
    Family {
        base: Some(Base::Byte),
        words: &[
            ("B", 1, 1),
            ("byte", 1, 1),
            ("bytes", 1, 1),
            ("kB", 1_000, 1),
            ("KB", 1_000, 1),
            ("MB", 1_000_000, 1),
            ("GB", 1_000_000_000, 1),
            ("TB", 1_000_000_000_000, 1),
            ("PB", 1_000_000_000_000_000, 1),
            ("KiB", 1 << 10, 1),
            ("MiB", 1 << 20, 1),
            ("GiB", 1 << 30, 1),
            ("TiB", 1 << 40, 1),
            ("PiB", 1 << 50, 1),
            ("bit", 1, 8),
            ("bits", 1, 8),
            ("kbit", 1_000, 8),
            ("Mbit", 1_000_000, 8),
            ("Gbit", 1_000_000_000, 8),
            ("Tbit", 1_000_000_000_000, 8),
        ],
    },
    Family {
        base: Some(Base::Second),
        words: &[
            ("ns", 1, SECOND),
            ("us", 1, 1_000_000),
            ("ms", 1, 1_000),
            ("s", 1, 1),
            ("sec", 1, 1),
            ("second", 1, 1),
            ("seconds", 1, 1),
            ("min", 60, 1),
            ("minute", 60, 1),
            ("minutes", 60, 1),
            ("h", 3_600, 1),
            ("hour", 3_600, 1),
            ("hours", 3_600, 1),
            ("d", 86_400, 1),
            ("day", 86_400, 1),
            ("days", 86_400, 1),
            ("week", 604_800, 1),
            ("weeks", 604_800, 1),
        ],
    },
    Family {
        base: Some(Base::Device),
        words: &[("device", 1, 1), ("devices", 1, 1), ("millidevices", 1, 1000)],
    },
    Family {
        base: Some(Base::Request),
        words: &[("req", 1, 1), ("request", 1, 1), ("requests", 1, 1)],
    },
    Family { base: Some(Base::Credit), words: &[("credit", 1, 1), ("credits", 1, 1)] },
    Family {
        base: Some(Base::Joule),
        words: &[
            ("J", 1, 1),
            ("kJ", 1_000, 1),
            ("MJ", 1_000_000, 1),
            ("Wh", 3_600, 1),
            ("kWh", 3_600_000, 1),
            ("MWh", 3_600_000_000, 1),
        ],
    },
    Family {
        base: Some(Base::Carbon),
        words: &[("gCO2", 1, 1), ("kgCO2", 1_000, 1), ("tCO2", 1_000_000, 1)],
    },
    Family {
        base: None,
        words: &[("%", 1, 100), ("replica", 1, 1), ("replicas", 1, 1), ("count", 1, 1)],
    },
];

/// Words for a base per second: information per time and power.
const RATES: &[(&str, Base, i64, i64)] = &[
    ("bps", Base::Byte, 1, 8),
    ("kbps", Base::Byte, 1_000, 8),
    ("Kbps", Base::Byte, 1_000, 8),
    ("Mbps", Base::Byte, 1_000_000, 8),
    ("Gbps", Base::Byte, 1_000_000_000, 8),
    ("Tbps", Base::Byte, 1_000_000_000_000, 8),
    ("W", Base::Joule, 1, 1),
    ("kW", Base::Joule, 1_000, 1),
    ("MW", Base::Joule, 1_000_000, 1),
];

/// The unit of a single word.
pub fn unit_word(word: &str) -> Result<Unit, UnitError> {
    let unit = |dimension, numerator: i64, denominator: i64| {
        let factor = Rational::new(numerator.into(), denominator.into()).unwrap_or(Rational::ONE);
        Ok(Unit { dimension, factor, name: word.into() })
    };
    for family in FAMILIES {
        if let Some((_, numerator, denominator)) = family.words.iter().find(|it| it.0 == word) {
            let dimension = family.base.map_or(Dimension::PLAIN, Dimension::of);
            return unit(dimension, *numerator, *denominator);
        }
    }
    if let Some((_, base, numerator, denominator)) = RATES.iter().find(|it| it.0 == word) {
        let dimension = Dimension::of(*base).divide(Dimension::of(Base::Second));
        return unit(dimension, *numerator, *denominator);
    }
    if let Ok(code) = <[u8; 3]>::try_from(word.as_bytes())
        && is_currency(code)
    {
        return unit(Dimension::of(Base::Currency(code)), 1, 1);
    }
    if ["month", "months", "quarter", "quarters", "year", "years"].contains(&word) {
        return Err(UnitError::Calendar { word: word.to_owned() });
    }
    Err(UnitError::Unknown { word: word.to_owned(), nearest: nearest(word) })
}

/// Every word that is a unit, but for currencies.
pub fn unit_words() -> impl Iterator<Item = &'static str> {
    let plain = FAMILIES.iter().flat_map(|family| family.words.iter().map(|it| it.0));
    plain.chain(RATES.iter().map(|it| it.0))
}

/// The word that differs in case only, or else in one letter.
fn nearest(word: &str) -> Option<&'static str> {
    let by_case = unit_words().find(|known| known.eq_ignore_ascii_case(word));
    by_case.or_else(|| {
        let long = word.len() > 2;
        unit_words()
            .find(|known| long && known.len() > 2 && strsim::damerau_levenshtein(known, word) == 1)
    })
}

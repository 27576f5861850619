//! What a number measures.

use std::fmt;

/// What a unit counts, before any scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Base {
    /// Processor time per time: a core.
    Core,
    /// Information: a byte; a bit is an eighth of it.
    Byte,
    /// Time: a second.
    Second,
    /// Whole devices.
    Device,
    /// Energy: a joule.
    Joule,
    /// Mass of carbon dioxide or its equivalent: a gram.
    Carbon,
    /// Credits, the unit of penalties that are no money.
    Credit,
    /// Requests.
    Request,
    /// Money, by its ISO 4217 code.
    Currency([u8; 3]),
    /// The unit of the resource that a variable stands for.
    Resource(u32),
    /// A product of more kinds, or of higher powers, than a dimension holds. Any product with it is it again.
    Mixed,
}

/// A product of powers of bases; the empty product is a plain number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Dimension {
    /// Ascending by base, no power 0, then absences.
    factors: [Option<(Base, i8)>; 6],
}

impl Dimension {
    /// The dimension of a plain number.
    pub const PLAIN: Dimension = Dimension { factors: [None; 6] };

    /// More than can be told apart; it absorbs what it is multiplied with.
    const MIXED: Dimension =
        Dimension { factors: [Some((Base::Mixed, 1)), None, None, None, None, None] };

    /// The highest power of a base: its negative is one too.
    const HIGHEST: i8 = i8::MAX;

    /// The first power of a base.
    pub fn of(base: Base) -> Dimension {
        let mut dimension = Dimension::PLAIN;
        dimension.factors[0] = Some((base, 1));
        dimension
    }

    /// Whether this is a plain number.
    pub fn is_plain(self) -> bool {
        self == Dimension::PLAIN
    }

    /// Whether this is money, to the first power and alone.
    pub fn is_money(self) -> bool {
        self.currency().is_some_and(|code| self == Dimension::of(Base::Currency(code)))
    }

    /// The currency that occurs, whatever its power; the first if there are several.
    pub fn currency(self) -> Option<[u8; 3]> {
        self.factors().find_map(|(base, _)| match base {
            Base::Currency(code) => Some(code),
            _ => None,
        })
    }

    /// Bases with their powers, ascending by base.
    pub fn factors(self) -> impl Iterator<Item = (Base, i8)> {
        self.factors.into_iter().flatten()
    }

    /// The power of a base; 0 where it does not occur.
    pub fn power_of(self, base: Base) -> i8 {
        self.factors().find(|(known, _)| *known == base).map_or(0, |(_, power)| power)
    }

    /// The dimension of a product.
    pub fn multiply(self, other: Dimension) -> Dimension {
        other.factors().fold(self, |product, (base, power)| product.times(base, power))
    }

    /// The dimension of a quotient.
    pub fn divide(self, other: Dimension) -> Dimension {
        self.multiply(other.inverse())
    }

    /// The dimension of the reciprocal.
    pub fn inverse(self) -> Dimension {
        if self == Dimension::MIXED {
            return self;
        }
        Dimension { factors: self.factors.map(|it| it.map(|(base, power)| (base, -power))) }
    }

    /// The dimension of an integer power.
    pub fn power(self, exponent: i8) -> Dimension {
        let step = if exponent < 0 { self.inverse() } else { self };
        (0..exponent.unsigned_abs()).fold(Dimension::PLAIN, |power, _| power.multiply(step))
    }

    fn times(self, base: Base, power: i8) -> Dimension {
        // Were it cancelled like a base, unlike products would make a plain number.
        if self == Dimension::MIXED || base == Base::Mixed {
            return Dimension::MIXED;
        }
        let mut factors: Vec<(Base, i8)> = self.factors().collect();
        match factors.iter_mut().find(|(known, _)| *known == base) {
            Some((_, known)) => match known.checked_add(power) {
                Some(sum) if sum >= -Dimension::HIGHEST => *known = sum,
                _ => return Dimension::MIXED,
            },
            None => factors.push((base, power)),
        }
        factors.retain(|(_, power)| *power != 0);
        factors.sort_unstable();
        let mut product = Dimension::PLAIN;
        if factors.len() > product.factors.len() {
            return Dimension::MIXED;
        }
        for (slot, factor) in product.factors.iter_mut().zip(factors) {
            *slot = Some(factor);
        }
        product
    }

    /// The dimension in people's words: `memory`, `money per time`, `plain number`.
    pub fn display(self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |sign: i8| {
            let words = self.factors().filter(move |(_, power)| power.signum() == sign);
            words.map(|(base, power)| word(base, power.unsigned_abs())).collect::<Vec<_>>()
        };
        let (above, below) = (words(1), words(-1));
        match (above.is_empty(), below.is_empty()) {
            (true, true) => f.write_str("plain number"),
            (false, true) => f.write_str(&above.join(" times ")),
            (true, false) => write!(f, "number per {}", below.join(" per ")),
            (false, false) => write!(f, "{} per {}", above.join(" times "), below.join(" per ")),
        }
    }
}

fn word(base: Base, power: u8) -> String {
    let word = match base {
        Base::Core => "cores".into(),
        Base::Byte => "memory".into(),
        Base::Second => "time".into(),
        Base::Device => "devices".into(),
        Base::Joule => "energy".into(),
        Base::Carbon => "carbon".into(),
        Base::Credit => "credit".into(),
        Base::Request => "requests".into(),
        Base::Currency(code) => format!("money ({})", String::from_utf8_lossy(&code)),
        Base::Resource(_) => "the resource's unit".into(),
        Base::Mixed => "a product of too many units".to_owned(),
    };
    if power == 1 { word } else { format!("{word}^{power}") }
}

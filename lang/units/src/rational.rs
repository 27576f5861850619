//! Exact fractions, for factors of units and for numbers as written.

/// `numerator / denominator` in lowest terms, the denominator positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    /// One.
    pub const ONE: Rational = Rational { numerator: 1, denominator: 1 };

    /// A fraction; `None` where the denominator is 0 or a part is too large.
    pub fn new(numerator: i128, denominator: i128) -> Option<Rational> {
        if denominator == 0 || numerator == i128::MIN || denominator == i128::MIN {
            return None;
        }
        let divisor = greatest_common_divisor(numerator.abs(), denominator.abs()).max(1);
        let sign = denominator.signum();
        Some(Rational {
            numerator: sign * numerator / divisor,
            denominator: sign * denominator / divisor,
        })
    }

    /// A whole number.
    pub const fn whole(value: i64) -> Rational {
        Rational { numerator: value as i128, denominator: 1 }
    }

    /// A decimal number as written: digits, optional fraction and exponent, optional sign. `None` where the
    /// text is none or has too many digits to be held exactly.
    pub fn parse(text: &str) -> Option<Rational> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let mut value: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let scale = 10i128.checked_pow(shift.unsigned_abs())?;
        if shift >= 0 {
            Rational::new(value.checked_mul(scale)?.checked_mul(sign)?, 1)
        } else {
            Rational::new(value.checked_mul(sign)?, scale)
        }
    }

    /// The exact product; `None` where it is too large.
    pub fn multiply(self, other: Rational) -> Option<Rational> {
        // Cancelling crosswise keeps the parts small.
        let left = Rational::new(self.numerator, other.denominator)?;
        let right = Rational::new(other.numerator, self.denominator)?;
        Rational::new(
            left.numerator.checked_mul(right.numerator)?,
            left.denominator.checked_mul(right.denominator)?,
        )
    }

    /// The reciprocal; `None` for 0.
    pub fn inverse(self) -> Option<Rational> {
        Rational::new(self.denominator, self.numerator)
    }

    /// The nearest `f64`, rounded once.
    pub fn to_f64(self) -> f64 {
        const EXACT: i128 = 1 << 53;
        if self.numerator.abs() <= EXACT && self.denominator <= EXACT {
            return self.numerator as f64 / self.denominator as f64;
        }
        let (above, below) = (self.numerator.unsigned_abs(), self.denominator.unsigned_abs());
        let (mut quotient, mut rest) = (above / below, above % below);
        let mut places = 0;
        // Binary places one by one, until there are more bits than a number holds.
        while rest != 0 && quotient < 1 << 63 {
            (quotient, rest) = (quotient << 1, rest << 1);
            if rest >= below {
                (quotient, rest) = (quotient | 1, rest - below);
            }
            places += 1;
        }
        // What is left decides only whether the bits cut off by the rounding are exactly a half.
        quotient |= u128::from(rest != 0);
        let size = quotient as f64 / 2f64.powi(places);
        if self.numerator < 0 { -size } else { size }
    }
}

/// Of numbers that are not negative.
fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        // Division in 128 bits is slow, and data rarely needs it.
        if let (Ok(small), Ok(smaller)) = (u64::try_from(a), u64::try_from(b)) {
            return small_divisor(small, smaller).into();
        }
        (a, b) = (b, a % b);
    }
    a
}

fn small_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

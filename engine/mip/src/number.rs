//! Numbers as text: the shortest that reads back to the same bits.

use std::fmt;

/// Prints a number as briefly as can be without losing a digit; infinities as `inf` and `-inf`.
pub(crate) struct Shortest(pub(crate) f64);

impl fmt::Display for Shortest {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if self.0.is_finite() && size != 0.0 && !(1e-5..1e16).contains(&size) {
            write!(to, "{:e}", self.0)
        } else {
            write!(to, "{}", self.0)
        }
    }
}

/// Reads a number as the writers and other tools print it; never `NaN`.
pub(crate) fn parse(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| !value.is_nan())
}

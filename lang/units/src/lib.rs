//! Dimensions, units, exact conversion, calendar and currency.
//!
//! Every number of a policy or of its data has a [`Dimension`]; inside the product it is held in base units:
//! cores, bytes, seconds, devices, joules, grams of CO2, credits, requests and one unit per currency.
//! A number as written is converted as an exact fraction and rounded once. A month is a [`Period`] of the
//! calendar and no duration; money of one currency is no money of another without a [`RateTable`]. Nothing
//! here reads a clock.
//!
//! Start reading at [`Unit`].

mod currency;
mod dimension;
mod period;
mod quantity;
mod rational;
mod time;
mod unit;
mod words;

pub use currency::{RateMissing, RateTable, is_currency};
pub use dimension::{Base, Dimension};
pub use period::Period;
pub use quantity::{
    Quantity, QuantityError, amount, counted, display, format_number, parse_quantity,
};
pub use rational::Rational;
pub use time::parse_time;
pub use unit::{PeriodicUnit, Unit, UnitError, parse_unit};
pub use words::{unit_word, unit_words};

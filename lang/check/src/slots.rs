//! How many slots a length of time holds.

use apportion_diagnostic::Diagnostic;

use crate::policy::{Expr, Slots};

/// The most slots that one row of slots may have.
const MOST: f64 = 1_000_000.0;

/// How many slots of `every` seconds reach `over` seconds far, or why they do not.
pub fn count_slots(slots: &Slots, over: f64, every: f64) -> Result<u32, Box<Diagnostic>> {
    let refuse = |message: String, expr: &Expr, text: &str| {
        Err(Box::new(Diagnostic::error("out-of-range", message).at(expr.span, text)))
    };
    if every <= 0.0 {
        let message = format!("a slot of `{}` has no length", slots.name);
        return refuse(message, &slots.every, "more than 0 s is needed");
    }
    let count = over / every;
    if count < 0.5 {
        let message = format!("`{}` has no slot", slots.name);
        return refuse(message, &slots.over, "shorter than one slot");
    }
    if count > MOST {
        let message = format!("`{}` has more than {MOST} slots", slots.name);
        return refuse(message, &slots.over, "the limit is 1 000 000 slots");
    }
    if (count - count.round()).abs() > 1e-9 * count {
        let message = format!("the last slot of `{}` is cut off", slots.name);
        return refuse(message, &slots.over, "not a multiple of one slot's length");
    }
    Ok(count.round() as u32)
}

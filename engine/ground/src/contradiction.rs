//! Bounds of a decision that leave it no value.

use apportion_check::eval::Facts;
use apportion_diagnostic::Diagnostic;

use crate::claims::Existence;
use crate::scan::Scene;

/// Bounds that leave no value, at the first tuple of a class.
pub(crate) struct Contradiction {
    pub(crate) at: Option<String>,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

pub(crate) fn is_empty(lower: f64, upper: f64, whole: bool) -> bool {
    match whole {
        true => {
            let (lower, upper) = whole_bounds(lower, upper);
            lower > upper
        }
        false => lower > upper + rounding(lower, upper),
    }
}

/// The whole numbers that bounds lie next to, inside of them.
pub(crate) fn whole_bounds(lower: f64, upper: f64) -> (f64, f64) {
    let rounding = rounding(lower, upper);
    // Zero has one sign.
    ((lower - rounding).ceil() + 0.0, (upper + rounding).floor() + 0.0)
}

/// What arithmetic may take from a finite bound.
fn rounding(lower: f64, upper: f64) -> f64 {
    let greatest = [lower, upper].into_iter().filter(|it| it.is_finite());
    1e-9 * greatest.map(f64::abs).fold(1.0, f64::max)
}

/// The finding for a decision whose own bounds leave no value somewhere.
pub(crate) fn contradiction<F: Facts + ?Sized>(
    scene: &Scene<'_, F>,
    existence: &Existence,
    number: usize,
    contradictions: Vec<Contradiction>,
) -> Option<Diagnostic> {
    let first = contradictions.first()?;
    let decision = &scene.policy.decisions[number];
    let bound = existence.upper.as_ref().or(existence.lower.as_ref())?;
    let unit = decision.unit.as_ref();
    let shown = |value: f64| match unit {
        Some(unit) => format!("{} {}", unit.value_from_base(value), unit.name).trim().to_owned(),
        None => value.to_string(),
    };
    let (lower, upper) = (shown(first.lower), shown(first.upper));
    let whole = if decision.whole { ", in whole numbers" } else { "" };
    let message = format!("the bounds of `{}` leave it no value", decision.name);
    let label = format!("at least {lower} and at most {upper}{whole}");
    let mut finding = Diagnostic::error("contradictory-bounds", message).at(bound.span, label);
    if let Some(at) = &first.at {
        let more = match contradictions.len() - 1 {
            0 => String::new(),
            more => format!(", and elsewhere ({more} more)"),
        };
        finding = finding.note(format!("for {at}{more}"));
    }
    Some(finding.help("mend the facts, or write a bound that fits all of them: `max(0, …)`"))
}

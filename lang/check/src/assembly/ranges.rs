//! What patterns are given, beside the ranges that their parameters have.

use apportion_diagnostic::Diagnostic;

use super::Assembly;
use super::extents::Extents;
use crate::items::Demand;
use crate::policy::Policy;

impl Assembly<'_> {
    /// Arguments that can be outside of the range of their parameter, whatever types and ranges leave of the facts.
    pub(crate) fn out_of_range(&self, policy: &Policy) -> Vec<Diagnostic> {
        let mut extents = Extents::new(policy);
        let mut findings = Vec::new();
        for (item, checked) in &self.items {
            for demand in &checked.demands {
                let Some(outside) = outside(&mut extents, demand) else { continue };
                let message = format!("{} takes {}", demand.what, demand.range);
                let mut finding = Diagnostic::error("out-of-range", message)
                    .at(self.locate(*item, checked, demand.value.span), outside.words);
                if demand.pattern != *item {
                    finding = finding.because_of(self.declaration(demand.pattern), "here");
                }
                if !outside.is_certain {
                    finding = finding.help(
                        "give the fields and parameters that it reads ranges, or keep it inside: \
                         `max(least, min(most, …))`",
                    );
                }
                finding.item = self.title(*item);
                findings.push(finding);
            }
        }
        findings
    }
}

/// How a value is outside of its range, or may be.
struct Outside {
    words: &'static str,
    is_certain: bool,
}

/// What the arithmetic of a few operations rounds off, for each unit of the numbers in it.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// Nothing where it is inside whatever the facts are, up to what rounding leaves: `p * 3` comes to a little more than 30 %
/// where `p` is 10 %.
fn outside(extents: &mut Extents<'_>, demand: &Demand<'_>) -> Option<Outside> {
    let value = extents.of(&demand.value);
    let (least, most) = (extents.of(&demand.least).1, extents.of(&demand.most).0);
    let slack = |limit: f64| {
        let sizes = [value.0, value.1, limit].into_iter().filter(|it| it.is_finite());
        ROUNDING * sizes.map(f64::abs).fold(0.0, f64::max)
    };
    let (least, most) = (least - slack(least), most + slack(most));
    let (words, is_certain) = match (value.0 < least, value.1 > most) {
        (false, false) => return None,
        (true, true) => ("this may be less and may be more", false),
        (true, false) if value.1 < least => ("this is less", true),
        (true, false) => ("this may be less", false),
        (false, true) if value.0 > most => ("this is more", true),
        (false, true) => ("this may be more", false),
    };
    Some(Outside { words, is_certain })
}

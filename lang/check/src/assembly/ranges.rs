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
                let Some(how) = outside(&mut extents, demand) else { continue };
                let message = format!("{} takes {}", demand.what, demand.range);
                let mut finding = Diagnostic::error("out-of-range", message)
                    .at(self.locate(*item, checked, demand.value.span), how);
                if demand.pattern != *item {
                    finding = finding.because_of(self.declaration(demand.pattern), "here");
                }
                let help = "give the fields and parameters that it reads ranges, or keep it inside: `max(least, min(most, …))`";
                finding.item = self.title(*item);
                findings.push(if how.contains("may") { finding.help(help) } else { finding });
            }
        }
        findings
    }
}

/// How a value is outside of its range, or may be.
fn outside(extents: &mut Extents<'_>, demand: &Demand<'_>) -> Option<&'static str> {
    let value = extents.of(&demand.value);
    let (least, most) = (extents.of(&demand.least).1, extents.of(&demand.most).0);
    match (value.0 < least, value.1 > most) {
        (false, false) => None,
        (true, true) => Some("this may be less and may be more"),
        (true, false) if value.1 < least => Some("this is less"),
        (true, false) => Some("this may be less"),
        (false, true) if value.0 > most => Some("this is more"),
        (false, true) => Some("this may be more"),
    }
}

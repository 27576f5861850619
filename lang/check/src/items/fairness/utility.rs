//! What shares are worth: `proportional` and `alpha_fair`.
//!
//! Source: Mo and Walrand, "Fair end-to-end window-based congestion control" (IEEE/ACM Transactions on Networking 8,
//! 2000); with `alpha` 1 it is the proportional fairness of Kelly, Maulloo and Tan, "Rate control for communication
//! networks: shadow prices, proportional fairness and stability" (Journal of the Operational Research Society 49, 1998).

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, Range};
use apportion_units::Dimension;

use super::Shared;
use crate::check::Checker;
use crate::items::ranges::Interval;
use crate::policy::{Expr, ExprKind, MOST_ALPHA, Sought, Type, Utility};

impl Checker<'_> {
    /// `proportional(served)`, `alpha_fair(served, 2, floor: 1 core)`.
    pub(super) fn worth<'a>(
        &mut self,
        measure: &str,
        arguments: &'a [ast::Argument],
        range: Range,
    ) -> Option<(Shared<'a>, Sought)> {
        let (labelled, plain): (Vec<&ast::Argument>, Vec<&ast::Argument>) =
            arguments.iter().partition(|argument| argument.label.is_some());
        let values: Vec<&ast::Expr> = plain.iter().filter_map(|it| it.value.as_ref()).collect();
        let (written, alpha) = match (measure, &values[..]) {
            ("proportional", [written]) => {
                let ty = Type::Number(Dimension::PLAIN);
                (*written, self.ground(ExprKind::Number(1.0), ty, range))
            }
            ("alpha_fair", [written, alpha]) => (*written, self.alpha(alpha)),
            ("proportional", _) => {
                let message = "`proportional` takes 1 argument: what each row has";
                let text = "as `proportional(served)` or `proportional(served, floor: 1)`";
                self.error("type-mismatch", message, range, text);
                return None;
            }
            _ => {
                let message = "`alpha_fair` takes 2 arguments: what each row has, and alpha";
                let text = "as `alpha_fair(served, 2)` or `alpha_fair(served, 2, floor: 1)`";
                self.error("type-mismatch", message, range, text);
                return None;
            }
        };
        let floor = match labelled[..] {
            [] => None,
            [ast::Argument { value: Some(floor), label: Some(label), .. }]
                if label.text == "floor" =>
            {
                Some(self.expr(floor, None))
            }
            _ => {
                let message = format!("`{measure}` can be given a `floor`, and nothing else");
                self.error("type-mismatch", message, range, "as `floor: 1`");
                return None;
            }
        };
        let shared = match &written.kind {
            A::Name(name) if name == "drf" => Shared::Dominant(&[]),
            A::Call(callee, arguments) if matches!(&callee.kind, A::Name(name) if name == "drf") => {
                Shared::Dominant(arguments)
            }
            _ => Shared::Amount(written),
        };
        Some((shared, Sought::Worth(Box::new(Utility { alpha, floor }))))
    }

    fn alpha(&mut self, written: &ast::Expr) -> Expr {
        let alpha = self.expr(written, None);
        self.require_ground(&alpha, "alpha");
        if !matches!(alpha.ty, Type::Unknown) && alpha.ty != Type::Number(Dimension::PLAIN) {
            let message =
                format!("alpha is a plain number, and this is {}", self.type_name(&alpha.ty));
            self.report(Diagnostic::error("type-mismatch", message).at(alpha.span, ""));
            return alpha;
        }
        let Some(Interval { least, greatest }) = self.interval(&alpha) else { return alpha };
        if least <= 0.0 {
            let message = "alpha is more than 0: with 0 nothing would be fair, only much";
            let finding = Diagnostic::error("out-of-range", message).at(alpha.span, "");
            self.report(match greatest <= 0.0 {
                true => finding.help("write the sum itself in the level: `maximize sum(…)`"),
                false => finding.help("give each parameter that it reads a range above 0"),
            });
        } else if greatest > MOST_ALPHA {
            let message = format!("alpha is at most {MOST_ALPHA}");
            let finding = Diagnostic::error("out-of-range", message).at(alpha.span, "");
            self.report(match least > MOST_ALPHA {
                true => finding.help("shares are then all but those of `max_min`: write that"),
                false => finding
                    .help(format!("give each parameter that it reads a range to {MOST_ALPHA}")),
            });
        }
        alpha
    }

    /// A floor is a share.
    pub(super) fn refuse_floor(&mut self, sought: &Sought, share: &Type) {
        let Sought::Worth(utility) = sought else { return };
        let Some(floor) = &utility.floor else { return };
        if !self.require_ground(floor, "a floor") {
            return;
        }
        if floor.ty != *share && ![&floor.ty, share].contains(&&Type::Unknown) {
            let (share, given) = (self.type_name(share), self.type_name(&floor.ty));
            let message = format!("a floor is a share, here {share}, and this is {given}");
            self.report(Diagnostic::error("unit-mismatch", message).at(floor.span, ""));
        }
        if let Some(Interval { least, .. }) = self.interval(floor)
            && least <= 0.0
        {
            let message =
                "a floor is more than 0: without one, a share of 0 is worth nothing at all";
            let finding = Diagnostic::error("out-of-range", message).at(floor.span, "");
            self.report(
                finding.help("leave it out, or give each parameter that it reads a range above 0"),
            );
        }
    }
}

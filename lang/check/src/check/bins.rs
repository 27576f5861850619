//! `bins(p in pods: x[p, n] each p.share in 1 device)`: what items take up that are not split between bins.

use apportion_diagnostic::{Diagnostic, Span};
use apportion_syntax::ast::{self, ExprKind as A, Range};
use apportion_units::Dimension;

use super::Checker;
use super::costs::{Sense, each, unlike_costs};
use crate::policy::{
    Aggregate, Arithmetic, Comparison, Expr, ExprKind, Logic, Rule, Stage, Statement, Type,
};
use crate::signature::Signature;

impl Checker<'_> {
    /// The bin is the same for all tuples, so its size is looked at outside of the indices.
    pub(super) fn bins(
        &mut self,
        binders: &[ast::Binder],
        body: Option<&ast::Expr>,
        range: Range,
    ) -> Expr {
        let Some(A::Packed(items, size, bin)) = body.map(|body| &body.kind) else {
            let finding =
                Diagnostic::error("type-mismatch", "`bins` needs to know what is put where")
                    .at(self.span(range), "which items, how large each, in which bins?")
                    .help("as `bins(p in pods: x[p, n] each p.share in 1 device)`");
            self.report(finding);
            return self.unknown(range);
        };
        let mark = self.known.mark();
        let entered = self.enter_own(binders);
        let items = self.expr(items, None);
        let counted =
            self.require_type(&items, &Type::Number(Dimension::PLAIN), "a number of items")
                && self.are_items(&items);
        // What the `where` of a decision asks of facts holds for the size, too: without a tuple there is no item.
        self.learn_from(&items);
        let mut size = self.expr(size, None);
        self.require_ground(&size, "the size of an item");
        self.leave(binders.len(), mark);
        let mut bin = self.expr(bin, None);
        self.require_ground(&bin, "the size of a bin");
        if !counted || !self.agree(&mut size, &mut bin, "cannot put items of", "into bins of") {
            return self.unknown(range);
        }
        let ty = bin.ty.clone();
        if !matches!(ty, Type::Number(_) | Type::Unknown) {
            let message = format!("numbers are expected here, and this is {}", self.type_name(&ty));
            self.report(Diagnostic::error("type-mismatch", message).at(bin.span, ""));
            return self.unknown(range);
        }
        let span = items.span.to(bin.span);
        let kind = ExprKind::Packed(Box::new(items), Box::new(size), Box::new(bin));
        let body = Expr { kind, ty, stage: Stage::Convex, span };
        self.aggregated(Aggregate::Bins, entered, body, range)
    }

    /// Whether an expression counts items: whole decisions times facts, added up.
    fn are_items(&mut self, items: &Expr) -> bool {
        let is_whole = match &items.kind {
            ExprKind::Unknown => return false,
            ExprKind::Decision(id, _) => {
                let signature = self.signature(self.names.decisions[id.index()]);
                matches!(signature, Signature::Decision(it) if it.whole)
            }
            ExprKind::Arithmetic(Arithmetic::Add, left, right) => {
                return self.are_items(left) && self.are_items(right);
            }
            ExprKind::Arithmetic(Arithmetic::Multiply, left, right) => match left.stage {
                Stage::Ground => return self.are_items(right),
                _ => return self.are_items(left),
            },
            _ => false,
        };
        if !is_whole {
            let message = "items are a whole decision, or one times a whole number of each";
            let finding = Diagnostic::error("type-mismatch", message)
                .at(items.span, "no decision that is a `flag` or a `count`")
                .help("as `x[p, n]` or `x[p, n] * p.devices`; what `where` leaves out is no item");
            self.report(finding);
        }
        is_whole
    }

    /// Refuses `bins` in a rule but where a hard rule limits it from above.
    pub(crate) fn refuse_bins_in_rule(&mut self, rule: &Rule) {
        let is_plain = rule.soft.is_none() && rule.if_broken == crate::policy::IfBroken::Fail;
        let mut places = Vec::new();
        for statement in &rule.body {
            misplaced_in(statement, is_plain, &mut places);
        }
        let (place, help) = match (&rule.soft, is_plain) {
            (Some(_), _) => {
                ("`bins` in a soft rule", "make the rule hard, or price the sum of sizes")
            }
            (None, false) => ("`bins` in a rule with `if broken`", "leave `if broken` out"),
            (None, true) => (
                "`bins` that is not limited from above by facts",
                "say `bins(…) <= amount` on a line of its own, with no decision in the amount",
            ),
        };
        self.misplaced_bins(&places, place, help);
    }

    /// Refuses `bins` in a level but where fewer of them are better: added up, and multiplied by facts.
    pub(crate) fn refuse_bins_in_level(&mut self, value: &Expr, maximize: bool) {
        let mut places = Vec::new();
        unlike_costs(&sought, value, !maximize, &mut places);
        self.misplaced_bins(
            &places,
            "`bins` in an objective, but as a cost that is added up,",
            "say `minimize sum(…: bins(…))`, or take that from what is maximized",
        );
    }

    /// Refuses `bins` in an expression; `place` says where that stands.
    pub(crate) fn refuse_bins(&mut self, expr: &Expr, place: &str) {
        let mut places = Vec::new();
        each(&sought, expr, &mut places);
        self.misplaced_bins(
            &places,
            &format!("`bins` in {place}"),
            "limit it in a rule, `bins(…) <= amount`, or show it in a `report`",
        );
    }

    /// Refuses `bins` in what rules are named as the reason of, which no plan can be asked to deny.
    pub(crate) fn refuse_bins_in_reason(&mut self, condition: &Expr) {
        let mut places = Vec::new();
        each(&sought, condition, &mut places);
        self.misplaced_bins(
            &places,
            "`bins` in what a rule is the reason of",
            "name the rule for the items: `expect x[\"job\", \"node\"] <= 2 by RULE`; without `by`, `bins` may be \
             expected as they are",
        );
    }

    fn misplaced_bins(&mut self, places: &[Span], place: &str, help: &str) {
        for span in places {
            let message = format!("{place} cannot be compiled yet");
            let finding = Diagnostic::error("not-implemented", message)
                .at(*span, "this version reads it and does no more")
                .help(help);
            self.report(finding);
        }
    }
}

fn misplaced_in(statement: &Statement, is_plain: bool, places: &mut Vec<Span>) {
    match statement {
        Statement::For { body, .. } => {
            body.iter().for_each(|statement| misplaced_in(statement, is_plain, places));
        }
        Statement::Require { condition, .. } if is_plain => misplaced(condition, places),
        Statement::Require { condition, .. } => each(&sought, condition, places),
        Statement::Forbid(_) | Statement::Permit(_) => {}
    }
}

/// The `bins` in a condition that must hold, but those that facts limit from above wherever it holds.
fn misplaced(condition: &Expr, places: &mut Vec<Span>) {
    let is_ground = |expr: &Expr| expr.stage == Stage::Ground;
    match &condition.kind {
        ExprKind::Compare(Comparison::LessEqual, left, right)
            if is_bins(left) && is_ground(right) => {}
        ExprKind::Compare(Comparison::GreaterEqual, left, right)
            if is_ground(left) && is_bins(right) => {}
        ExprKind::Logic(Logic::And, left, right) => {
            misplaced(left, places);
            misplaced(right, places);
        }
        ExprKind::Logic(Logic::Or, left, right) | ExprKind::Implies(left, right)
            if is_ground(left) =>
        {
            misplaced(right, places);
        }
        ExprKind::If(test, then, otherwise) if is_ground(test) => {
            misplaced(then, places);
            misplaced(otherwise, places);
        }
        ExprKind::Aggregate(Aggregate::All, _, body) => misplaced(body, places),
        _ => each(&sought, condition, places),
    }
}

/// More bins are never better.
fn sought(expr: &Expr) -> Option<Sense> {
    is_bins(expr).then_some(Sense::Cost)
}

fn is_bins(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Aggregate(Aggregate::Bins, ..))
}

//! `moves(x[w, *])`: what runs now and is not left where it is.

use apportion_diagnostic::{Diagnostic, Span};
use apportion_syntax::ast::{self, ExprKind as A, Range};

use super::costs::{each, unlike_costs};
use super::patterns::types_of;
use super::{Checker, Tupled};
use crate::index::{Symbol, declared};
use crate::policy::{
    Aggregate, Argument, Arithmetic, Comparison, Expr, ExprKind, Logic, Rule, Stage, Statement,
    Type,
};

impl Checker<'_> {
    /// Of a decision without its indices, all tuples are meant.
    pub(super) fn moves(&mut self, argument: &ast::Expr, range: Range) -> Expr {
        if let A::Name(name) = &argument.kind
            && !self.is_own(name)
            && self.symbol(name).is_none()
            && !self.lacks_names()
        {
            return self.no_decision(name, argument.range);
        }
        let moved = match self.all_of(argument) {
            Some(all) => all,
            None => self.expr(argument, None),
        };
        match moved.kind {
            ExprKind::Decision(id, arguments) => {
                self.make(ExprKind::Moves(id, arguments), moved.ty, Stage::Affine, range)
            }
            // A parameter of a pattern that is looked at by itself, or a mistake.
            ExprKind::Unknown if moved.stage != Stage::Ground || moved.ty == Type::Unknown => {
                self.make(ExprKind::Unknown, moved.ty, moved.stage, range)
            }
            _ => {
                let finding = Diagnostic::error("type-mismatch", "only what is decided can move")
                    .at(moved.span, "no decision")
                    .help("as `moves(x)`, or of some of its tuples, `moves(x[w, *])`");
                self.report(finding);
                self.unknown(range)
            }
        }
    }

    /// Says that nothing is called so, and what could have been meant.
    fn no_decision(&mut self, name: &str, range: Range) -> Expr {
        let known = self.names.decisions.iter();
        let known = known.map(|place| declared(self.db, *place).name.as_str()).collect();
        let message = format!("there is no decision `{name}`");
        self.unknown_one(message, name, range, ("decisions", known));
        self.unknown(range)
    }

    /// The sum of a decision, or of a parameter that stands for a tuple, by its bare name.
    fn all_of(&mut self, named: &ast::Expr) -> Option<Expr> {
        let A::Name(name) = &named.kind else { return None };
        if let Some(bound) = self.family(name).cloned() {
            let indices = vec![None; types_of(&bound).len()];
            return Some(self.bound_at(name, &bound, &indices, named.range));
        }
        if self.is_own(name) {
            return None;
        }
        let Some(Symbol::Decision(id)) = self.symbol(name) else { return None };
        let indices = self.types_of_tuple(Tupled::Decision(id)).len();
        Some(self.decision_of(id, vec![Argument::All; indices], named.range))
    }

    /// Refuses `moves` in a rule but where the rule limits them from above.
    pub(crate) fn refuse_moves_in_rule(&mut self, rule: &Rule) {
        let mut places = Vec::new();
        for statement in &rule.body {
            misplaced_in(statement, rule.soft.is_none(), &mut places);
        }
        self.misplaced_moves(
            &places,
            "a rule can only limit `moves` from above",
            "not limited by a `<=` here",
            "say `moves(…) <= limit` on a line of its own, or `moves(…) == 0` for what never moves",
        );
    }

    /// Refuses a price on a rule whose conditions count `moves`, which may be only in a rule that holds.
    pub(crate) fn refuse_moves_in_loosened(&mut self, rule: &Rule, place: Range) {
        let mut places = Vec::new();
        rule.body.iter().for_each(|statement| misplaced_in(statement, false, &mut places));
        if !places.is_empty() {
            let message = format!("`{}` has `moves` in a condition, which has no price", rule.name);
            let finding = Diagnostic::error("not-convex-here", message)
                .at(self.span(place), "a rule at a price can only limit `moves` from above")
                .help("let that rule say `moves(…) <= limit` on a line of its own");
            self.report(finding);
        }
    }

    /// Refuses `moves` in a level but where fewer of them are better.
    pub(crate) fn refuse_moves_in_level(&mut self, value: &Expr, maximize: bool) {
        let mut places = Vec::new();
        unlike_costs(is_moves, value, !maximize, &mut places);
        self.misplaced_moves(
            &places,
            "a level can only count `moves` as a cost that is added up",
            "no such cost here",
            "say `minimize moves(…)`, or take them from what is maximized: `… - moves(…)`",
        );
    }

    /// Refuses `moves` in a budget but where they are spent.
    pub(crate) fn refuse_moves_in_budget(&mut self, value: &Expr) {
        let mut places = Vec::new();
        unlike_costs(is_moves, value, true, &mut places);
        self.misplaced_moves(
            &places,
            "a budget can only count `moves` as a cost that is added up",
            "no such cost here",
            "add them: `… + moves(…) * price`",
        );
    }

    /// Refuses `moves` in a `let`, or in what is shared: `place` says where.
    pub(crate) fn refuse_moves_in(&mut self, place: &str, value: &Expr) {
        let mut places = Vec::new();
        each(is_moves, value, &mut places);
        for span in places {
            let message = format!("`moves` in {place} cannot be compiled yet");
            let finding = Diagnostic::error("not-implemented", message)
                .at(span, "this version reads it and does no more")
                .help("write it where it is limited, priced or shown, or in a `pattern`");
            self.report(finding);
        }
    }

    fn misplaced_moves(&mut self, places: &[Span], message: &str, label: &str, help: &str) {
        for span in places {
            let finding = Diagnostic::error("not-convex-here", message);
            self.report(finding.at(*span, label).help(help));
        }
    }
}

fn misplaced_in(statement: &Statement, is_hard: bool, places: &mut Vec<Span>) {
    match statement {
        Statement::For { body, .. } => {
            body.iter().for_each(|statement| misplaced_in(statement, is_hard, places));
        }
        Statement::Require { condition, .. } => misplaced(condition, is_hard, places),
        Statement::Forbid(_) | Statement::Permit(_) => {}
    }
}

/// The `moves` in a condition that must hold, but those that it limits from above wherever it is asked for.
fn misplaced(condition: &Expr, is_hard: bool, places: &mut Vec<Span>) {
    let is_ground = |expr: &Expr| expr.stage == Stage::Ground;
    match &condition.kind {
        ExprKind::Compare(comparison, left, right)
            if left.stage <= Stage::Affine && right.stage <= Stage::Affine =>
        {
            let (below, above) = match comparison {
                Comparison::LessEqual => (left, right),
                Comparison::GreaterEqual => (right, left),
                Comparison::Equal if is_zero(right) && is_only_moves(left) => return,
                Comparison::Equal if is_zero(left) && is_only_moves(right) => return,
                _ => return each(is_moves, condition, places),
            };
            unlike_costs(is_moves, below, true, places);
            unlike_costs(is_moves, above, false, places);
        }
        // A soft rule is broken as a whole.
        ExprKind::Logic(Logic::And, left, right) if is_hard => {
            misplaced(left, is_hard, places);
            misplaced(right, is_hard, places);
        }
        ExprKind::Aggregate(Aggregate::All, _, body) if is_hard => misplaced(body, is_hard, places),
        ExprKind::Logic(Logic::Or, left, right) | ExprKind::Implies(left, right)
            if is_ground(left) =>
        {
            misplaced(right, is_hard, places);
        }
        ExprKind::If(test, then, otherwise) if is_ground(test) => {
            misplaced(then, is_hard, places);
            misplaced(otherwise, is_hard, places);
        }
        _ => each(is_moves, condition, places),
    }
}

/// Whether a value is made of `moves` alone, added up and times facts, so that it is 0 where nothing moves.
fn is_only_moves(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Aggregate(Aggregate::Sum, _, body) => is_only_moves(body),
        ExprKind::Arithmetic(Arithmetic::Add, left, right) => {
            is_only_moves(left) && is_only_moves(right)
        }
        ExprKind::Arithmetic(Arithmetic::Multiply, left, right) => {
            is_only_moves(if left.stage == Stage::Ground { right } else { left })
        }
        _ => is_moves(value),
    }
}

fn is_zero(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Number(0.0))
}

fn is_moves(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Moves(..))
}

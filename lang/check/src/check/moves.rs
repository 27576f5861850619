//! `moves(x[w, *])`: what runs now and is not left where it is.

use apportion_diagnostic::{Diagnostic, Span};
use apportion_syntax::ast::{self, ExprKind as A, Range};

use super::costs::{Sense, each, unlike_costs};
use super::patterns::types_of;
use super::{Checker, Tupled, on_enough_stack};
use crate::db::ItemSource;
use crate::index::{Symbol, declared};
use crate::items::{ItemIr, checked};
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
            self.misplaced_in(statement, rule.soft.is_none(), &mut places);
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
        rule.body.iter().for_each(|statement| self.misplaced_in(statement, false, &mut places));
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
        unlike_costs(&|part| self.sense(part), value, !maximize, &mut places);
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
        unlike_costs(&|part| self.sense(part), value, true, &mut places);
        self.misplaced_moves(
            &places,
            "a budget can only count `moves` as a cost that is added up",
            "no such cost here",
            "add them: `… + moves(…) * price`",
        );
    }

    /// Refuses `moves` in what is shared.
    pub(crate) fn refuse_moves_in_shares(&mut self, amount: &Expr) {
        let mut places = Vec::new();
        each(&|part| self.sense(part), amount, &mut places);
        for span in places {
            let message = "`moves` in what is shared cannot be compiled yet";
            let finding = Diagnostic::error("not-implemented", message)
                .at(span, "this version reads it and does no more")
                .help("limit them in a rule, or count them in a level after that of the shares");
            self.report(finding);
        }
    }

    /// Refuses `moves` in what an `sla` counts.
    pub(crate) fn refuse_moves_in_promise(&mut self, counted: &Expr) {
        let mut places = Vec::new();
        each(&|part| self.sense(part), counted, &mut places);
        self.misplaced_moves(
            &places,
            "an `sla` cannot count `moves`",
            "what is moved is promised to nobody",
            "count what is decided, as `of x[*, *]`, and limit `moves` in a rule",
        );
    }

    /// Refuses `moves` in what rules are named as the reason of, but where denying it limits them from above.
    pub(crate) fn refuse_moves_in_reason(&mut self, condition: &Expr) {
        let mut places = Vec::new();
        let sought = |part: &Expr| self.sense(part);
        match &condition.kind {
            ExprKind::Compare(comparison, left, right)
                if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) =>
            {
                let is_less = matches!(comparison, Comparison::Less | Comparison::LessEqual);
                let (below, above) = if is_less { (right, left) } else { (left, right) };
                unlike_costs(&sought, below, true, &mut places);
                unlike_costs(&sought, above, false, &mut places);
            }
            _ => each(&sought, condition, &mut places),
        }
        self.misplaced_moves(
            &places,
            "no plan can be asked for that has more `moves`, so that no rule is their reason",
            "to deny this asks for more of them",
            "name the rule for what stays: `expect x[\"pay\", \"eu-1\"] >= 2 by RULE`; without `by`, \
             `moves` may be expected as they are",
        );
    }

    fn misplaced_moves(&mut self, places: &[Span], message: &str, label: &str, help: &str) {
        for span in places {
            let finding = Diagnostic::error("not-convex-here", message);
            self.report(finding.at(*span, label).help(help));
        }
    }
}

impl Checker<'_> {
    /// What more of a part is that consists of `moves`, or of a `let` that has some in it.
    fn sense(&self, part: &Expr) -> Option<Sense> {
        match &part.kind {
            ExprKind::Moves(..) => Some(Sense::Cost),
            ExprKind::Let(id, _) => {
                Some(moves_of_let(self.db, *self.names.lets.get(id.index())?)?.sense)
            }
            _ => None,
        }
    }

    fn misplaced_in(&self, statement: &Statement, is_hard: bool, places: &mut Vec<Span>) {
        match statement {
            Statement::For { body, .. } => {
                body.iter().for_each(|statement| self.misplaced_in(statement, is_hard, places));
            }
            Statement::Require { condition, .. } => self.misplaced(condition, is_hard, places),
            Statement::Forbid(_) | Statement::Permit(_) => {}
        }
    }

    /// The `moves` in a condition that must hold, but those that it limits from above wherever it is asked for.
    fn misplaced(&self, condition: &Expr, is_hard: bool, places: &mut Vec<Span>) {
        let is_ground = |expr: &Expr| expr.stage == Stage::Ground;
        let sought = |part: &Expr| self.sense(part);
        match &condition.kind {
            ExprKind::Compare(comparison, left, right)
                if left.stage <= Stage::Affine && right.stage <= Stage::Affine =>
            {
                let (below, above) = match comparison {
                    Comparison::LessEqual => (left, right),
                    Comparison::GreaterEqual => (right, left),
                    Comparison::Equal if is_zero(right) && self.is_only_moves(left) => return,
                    Comparison::Equal if is_zero(left) && self.is_only_moves(right) => return,
                    _ => return each(&sought, condition, places),
                };
                unlike_costs(&sought, below, true, places);
                unlike_costs(&sought, above, false, places);
            }
            // A soft rule is broken as a whole.
            ExprKind::Logic(Logic::And, left, right) if is_hard => {
                self.misplaced(left, is_hard, places);
                self.misplaced(right, is_hard, places);
            }
            ExprKind::Aggregate(Aggregate::All, _, body) if is_hard => {
                self.misplaced(body, is_hard, places);
            }
            ExprKind::Logic(Logic::Or, left, right) | ExprKind::Implies(left, right)
                if is_ground(left) =>
            {
                self.misplaced(right, is_hard, places);
            }
            ExprKind::If(test, then, otherwise) if is_ground(test) => {
                self.misplaced(then, is_hard, places);
                self.misplaced(otherwise, is_hard, places);
            }
            _ => each(&sought, condition, places),
        }
    }

    /// Whether a value is made of `moves` alone, added up and times facts, so that it is 0 where nothing moves.
    fn is_only_moves(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Moves(..) => true,
            ExprKind::Let(id, _) => {
                let item = self.names.lets.get(id.index());
                item.and_then(|item| moves_of_let(self.db, *item)).is_some_and(|it| it.is_only)
            }
            ExprKind::Aggregate(Aggregate::Sum, _, body) => self.is_only_moves(body),
            ExprKind::Arithmetic(Arithmetic::Add, left, right) => {
                self.is_only_moves(left) && self.is_only_moves(right)
            }
            ExprKind::Arithmetic(Arithmetic::Multiply, left, right) => {
                self.is_only_moves(if left.stage == Stage::Ground { right } else { left })
            }
            _ => false,
        }
    }
}

/// What a `let` has of `moves`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InLet {
    /// What more of its value is.
    sense: Sense,
    /// Whether its value is made of them alone.
    is_only: bool,
}

/// Nothing where it has none, straight or through the `let`s that it reads.
#[salsa::tracked(returns(copy))]
fn moves_of_let<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Option<InLet> {
    let ItemIr::Let(named, _) = &checked(db, item).ir else { return None };
    let checker = Checker::new(db, item);
    let sought = |part: &Expr| checker.sense(part);
    on_enough_stack(|| {
        let mut any = Vec::new();
        each(&sought, &named.value, &mut any);
        let has_only = |is_cost| {
            let mut others = Vec::new();
            unlike_costs(&sought, &named.value, is_cost, &mut others);
            others.is_empty()
        };
        let sense = match (has_only(true), has_only(false)) {
            (true, _) => Sense::Cost,
            (false, true) => Sense::Gain,
            (false, false) => Sense::Neither,
        };
        let is_only = checker.is_only_moves(&named.value);
        (!any.is_empty()).then_some(InLet { sense, is_only })
    })
}

fn is_zero(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Number(0.0))
}

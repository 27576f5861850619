//! Expressions of every kind, by what they begin with.

use apportion_syntax::ast::{self, BinaryOp, ExprKind as A, UnaryOp};

use super::{Checker, fits};
use crate::policy::{Comparison, Expr, ExprKind, Logic, Stage, Type};

/// Bytes of stack that one level of an expression takes at most, with the queries that it may ask.
const STACK_OF_LEVEL: usize = 256 << 10;
/// Bytes of stack that are added where there are less.
const STACK_STRETCH: usize = 4 << 20;

impl Checker<'_> {
    /// The value of an expression; `expected` helps bare words to their enum.
    pub(crate) fn expr(&mut self, expr: &ast::Expr, expected: Option<&Type>) -> Expr {
        // What an expression reads is checked from within: a chain of definitions is as deep as all their
        // expressions together.
        on_enough_stack(|| self.any_expr(expr, expected))
    }

    fn any_expr(&mut self, expr: &ast::Expr, expected: Option<&Type>) -> Expr {
        let range = expr.range;
        if self.scene.call.is_some() && !self.has_room(1) {
            return self.unknown(range);
        }
        match &expr.kind {
            A::Missing => self.unknown(range),
            A::Number(number, unit) => self.number(number, unit.as_ref(), range),
            A::Text(text) => match expected {
                Some(Type::Row(entity)) if self.named_rows.is_some() => {
                    self.named_row(*entity, &text.value, range)
                }
                _ => self.ground(ExprKind::Text(text.value.clone()), Type::Text, range),
            },
            A::Bool(value) => self.ground(ExprKind::Bool(*value), Type::Bool, range),
            A::Null => {
                let text = "an absent fact is asked for with `has(…)`, or given a value with `??`";
                self.error("type-mismatch", "`null` is no value of this language", range, text);
                self.unknown(range)
            }
            A::Date(text) => self.date(text, range),
            A::Name(name) => self.name(name, range, expected),
            A::Field(base, field) => self.field(base, field, range),
            A::Index(base, indices) => self.index(base, indices, range),
            A::Call(callee, arguments) => self.call(callee, arguments, range),
            A::List(parts) => self.collection(parts, range, expected, true),
            A::Set(parts) => self.collection(parts, range, expected, false),
            A::Record(entries) if entries.is_empty() => {
                self.collection(&[], range, expected, false)
            }
            A::Record(_) => {
                self.not_implemented("a row written in a policy", range);
                self.unknown(range)
            }
            A::Unary(UnaryOp::Negate, inner) => self.negate(inner, range),
            A::Unary(UnaryOp::Not, inner) => {
                let inner = self.condition(inner);
                let stage = condition_stage(&[&inner]);
                self.make(ExprKind::Not(Box::new(inner)), Type::Bool, stage, range)
            }
            A::Binary(operator, left, right) => self.binary(*operator, left, right, range),
            A::Conditional(test, then, otherwise) => {
                self.conditional(test, then, otherwise, range, expected)
            }
            A::Packed(..) => {
                let text = "items, sizes and bins belong to `bins`";
                self.error("type-mismatch", "`each … in …` is no value", range, text);
                self.unknown(range)
            }
            A::Aggregate(name, binders, body) => {
                self.aggregate(name, binders, body.as_deref(), range)
            }
        }
    }

    pub(crate) fn make(&self, kind: ExprKind, ty: Type, stage: Stage, range: ast::Range) -> Expr {
        Expr { kind, ty, stage, span: self.span(range) }
    }

    /// An expression that is true or false.
    pub(crate) fn condition(&mut self, expr: &ast::Expr) -> Expr {
        let checked = self.expr(expr, Some(&Type::Bool));
        if !fits(&checked.ty, &Type::Bool) {
            let message =
                format!("a condition is expected, and this is {}", self.type_name(&checked.ty));
            self.error("type-mismatch", message, expr.range, "compare it with something");
            return self.unknown(expr.range);
        }
        checked
    }

    fn binary(
        &mut self,
        operator: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        range: ast::Range,
    ) -> Expr {
        match operator {
            BinaryOp::And => self.logic(Logic::And, left, right, range),
            BinaryOp::Or => self.logic(Logic::Or, left, right, range),
            BinaryOp::Equal => self.compare(Comparison::Equal, left, right, range),
            BinaryOp::NotEqual => self.compare(Comparison::NotEqual, left, right, range),
            BinaryOp::Less => self.compare(Comparison::Less, left, right, range),
            BinaryOp::LessEqual => self.compare(Comparison::LessEqual, left, right, range),
            BinaryOp::Greater => self.compare(Comparison::Greater, left, right, range),
            BinaryOp::GreaterEqual => self.compare(Comparison::GreaterEqual, left, right, range),
            BinaryOp::In => self.membership(left, right, range),
            BinaryOp::Default => self.default(left, right, range),
            BinaryOp::Range => {
                let text = "a range stands in a declaration: `param p: … in 1 .. 5`";
                self.error("type-mismatch", "a range is no value", range, text);
                self.unknown(range)
            }
            BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::Remainder => self.arithmetic(operator, left, right, range),
        }
    }

    /// `a && b`: b is evaluated only where a holds, so that a is a guard for it; `a || b` likewise.
    fn logic(
        &mut self,
        logic: Logic,
        left: &ast::Expr,
        right: &ast::Expr,
        range: ast::Range,
    ) -> Expr {
        let left = self.condition(left);
        let mark = self.known.mark();
        self.known.learn(&left, logic == Logic::And);
        let right = self.condition(right);
        self.known.forget(mark);
        let stage = condition_stage(&[&left, &right]);
        self.make(ExprKind::Logic(logic, Box::new(left), Box::new(right)), Type::Bool, stage, range)
    }

    /// Both sides of a comparison, the one whose type is known by itself first.
    pub(super) fn sides(&mut self, left: &ast::Expr, right: &ast::Expr) -> (Expr, Expr) {
        let needs_help = matches!(&left.kind, A::Name(name) if !self.is_bound(name));
        if needs_help {
            let right = self.expr(right, None);
            (self.expr(left, Some(&right.ty)), right)
        } else {
            let left = self.expr(left, None);
            let ty = left.ty.clone();
            (left, self.expr(right, Some(&ty)))
        }
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &ast::Expr,
        right: &ast::Expr,
        range: ast::Range,
    ) -> Expr {
        let (mut left, mut right) = self.sides(left, right);
        self.agree(&mut left, &mut right, "cannot compare", "with");
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let orderable = matches!(
            left.ty,
            Type::Number(_) | Type::Time | Type::Text | Type::Slot(_) | Type::Unknown
        );
        if ordered && !orderable {
            let message = format!("{} has no order", self.type_name(&left.ty));
            self.error("type-mismatch", message, range, "only `==` and `!=` compare these");
        }
        let stage = condition_stage(&[&left, &right]);
        let kind = ExprKind::Compare(comparison, Box::new(left), Box::new(right));
        self.make(kind, Type::Bool, stage, range)
    }

    fn membership(&mut self, left: &ast::Expr, right: &ast::Expr, range: ast::Range) -> Expr {
        let needs_help = matches!(&left.kind, A::Name(name) if !self.is_bound(name));
        let (left, right) = if needs_help {
            let right = self.expr(right, None);
            let element = element_of(&right.ty);
            (self.expr(left, element.as_ref()), right)
        } else {
            let left = self.expr(left, None);
            let wanted = Type::Set(Box::new(left.ty.clone()));
            (left, self.expr(right, Some(&wanted)))
        };
        self.require_ground(&left, "`in`");
        self.require_ground(&right, "`in`");
        match element_of(&right.ty) {
            Some(element) if !fits(&left.ty, &element) => {
                let message = format!(
                    "{} cannot be in {}",
                    self.type_name(&left.ty),
                    self.type_name(&right.ty)
                );
                self.error("type-mismatch", message, range, "");
            }
            None => {
                let message = format!("nothing can be in {}", self.type_name(&right.ty));
                let text = "a set, a list or a map is expected after `in`";
                self.error("type-mismatch", message, range, text);
            }
            Some(_) => {}
        }
        let kind = ExprKind::In(Box::new(left), Box::new(right));
        self.make(kind, Type::Bool, Stage::Ground, range)
    }

    fn default(&mut self, left: &ast::Expr, right: &ast::Expr, range: ast::Range) -> Expr {
        let left = self.maybe_absent(left);
        let wanted = left.ty.clone();
        let mut right = self.expr(right, Some(&wanted));
        let mut left = left;
        if !self.agree(&mut left, &mut right, "cannot replace", "by") {
            return self.unknown(range);
        }
        self.require_ground(&left, "`??`");
        self.require_ground(&right, "`??`");
        if !matches!(left.kind, ExprKind::Field(..) | ExprKind::Lookup(..) | ExprKind::Unknown) {
            let text = "only a field or an entry of a map can be absent";
            self.error("type-mismatch", "`??` follows something that is always there", range, text);
        }
        let ty = right.ty.clone();
        let kind = ExprKind::Default(Box::new(left), Box::new(right));
        self.make(kind, ty, Stage::Ground, range)
    }

    fn conditional(
        &mut self,
        test: &ast::Expr,
        then: &ast::Expr,
        otherwise: &ast::Expr,
        range: ast::Range,
        expected: Option<&Type>,
    ) -> Expr {
        let test = self.condition(test);
        let mark = self.known.mark();
        self.known.learn(&test, true);
        let mut then = self.expr(then, expected);
        self.known.forget(mark);
        self.known.learn(&test, false);
        let wanted = then.ty.clone();
        let mut otherwise = self.expr(otherwise, Some(&wanted));
        self.known.forget(mark);
        if !self.agree(&mut then, &mut otherwise, "cannot choose between", "and") {
            return self.unknown(range);
        }
        let ty = otherwise.ty.clone();
        let stage = match test.stage {
            Stage::Ground => then.stage.max(otherwise.stage),
            _ => Stage::Neither,
        };
        let kind = ExprKind::If(Box::new(test), Box::new(then), Box::new(otherwise));
        self.make(kind, ty, stage, range)
    }

    fn collection(
        &mut self,
        parts: &[ast::Expr],
        range: ast::Range,
        expected: Option<&Type>,
        list: bool,
    ) -> Expr {
        let wanted = expected.and_then(element_of);
        let mut element = wanted.clone();
        let mut checked: Vec<Expr> = Vec::new();
        for part in parts {
            let value = self.expr(part, element.as_ref());
            self.require_ground(&value, "a set or a list");
            if let Some(element) = &element
                && !fits(&value.ty, element)
            {
                let message = format!(
                    "{} among values that are {}",
                    self.type_name(&value.ty),
                    self.type_name(element)
                );
                self.error("type-mismatch", message, part.range, "");
            }
            if element.is_none() || element == Some(Type::Unknown) {
                element = Some(value.ty.clone());
            }
            checked.push(value);
        }
        let element = Box::new(element.unwrap_or(Type::Unknown));
        match list {
            true => self.ground(ExprKind::List(checked), Type::List(element), range),
            false => self.ground(ExprKind::Set(checked), Type::Set(element), range),
        }
    }
}

/// Runs `then` on a stack that has room for one more level.
pub(crate) fn on_enough_stack<T>(then: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_OF_LEVEL, STACK_STRETCH, then)
}

/// A condition on facts is ground; one on decisions needs binaries wherever it is used.
pub(super) fn condition_stage(parts: &[&Expr]) -> Stage {
    if parts.iter().all(|part| part.stage == Stage::Ground) {
        Stage::Ground
    } else {
        Stage::Neither
    }
}

/// What a collection holds, or a map is keyed by.
pub(super) fn element_of(ty: &Type) -> Option<Type> {
    match ty {
        Type::Set(element) | Type::List(element) => Some((**element).clone()),
        Type::Map(key, _) => Some((**key).clone()),
        Type::Unknown => Some(Type::Unknown),
        _ => None,
    }
}

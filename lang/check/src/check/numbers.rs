//! Numbers, units and what arithmetic does to them and to the stage.

use apportion_diagnostic::{Amount, Applicability, Diagnostic, Edit, Span};
use apportion_syntax::ast::{self, BinaryOp, Range, UnitExpr};
use apportion_units::{Base, Dimension, parse_time};
use smol_str::SmolStr;

use super::{Checker, fits};
use crate::policy::{Arithmetic, Expr, ExprKind, Stage, Type};

impl Checker<'_> {
    pub(super) fn number(
        &mut self,
        number: &ast::Number,
        unit: Option<&UnitExpr>,
        range: Range,
    ) -> Expr {
        let unit = match unit {
            None => apportion_units::Unit::plain(),
            Some(written) => match self.unit(written) {
                Some((unit, None)) => unit,
                Some((_, Some(period))) => {
                    let message =
                        format!("an amount per calendar {} stands in a budget only", period.word());
                    let text = "how long that is depends on the date";
                    self.error("month-as-duration", message, range, text);
                    return self.unknown(range);
                }
                None => return self.unknown(range),
            },
        };
        match unit.to_base(&number.text) {
            Some(value) => {
                self.ground(ExprKind::Number(value), Type::Number(unit.dimension), range)
            }
            None => {
                let message = format!("`{}` is too large a number", number.text);
                self.error("out-of-range", message, range, "");
                self.unknown(range)
            }
        }
    }

    pub(super) fn date(&mut self, text: &SmolStr, range: Range) -> Expr {
        match parse_time(text) {
            Some(seconds) => self.ground(ExprKind::Time(seconds), Type::Time, range),
            None => {
                let message = format!("`{text}` is no date of the calendar");
                self.error("out-of-range", message, range, "as `2027-01-31T10:00:00Z`");
                self.unknown(range)
            }
        }
    }

    pub(super) fn negate(&mut self, inner: &ast::Expr, range: Range) -> Expr {
        let inner = self.expr(inner, None);
        if !matches!(inner.ty, Type::Number(_) | Type::Unknown) {
            let message = format!("{} has no negative", self.type_name(&inner.ty));
            self.error("type-mismatch", message, range, "");
            return self.unknown(range);
        }
        let (ty, stage) = (inner.ty.clone(), mirrored(inner.stage));
        self.make(ExprKind::Negate(Box::new(inner)), ty, stage, range)
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        range: Range,
    ) -> Expr {
        match operator {
            BinaryOp::Add => self.add(Arithmetic::Add, left, right, range),
            BinaryOp::Subtract => self.add(Arithmetic::Subtract, left, right, range),
            BinaryOp::Multiply => self.multiply(left, right, range),
            BinaryOp::Divide => self.divide(left, right, range),
            _ => self.remainder(left, right, range),
        }
    }

    fn add(
        &mut self,
        operator: Arithmetic,
        left: &ast::Expr,
        right: &ast::Expr,
        range: Range,
    ) -> Expr {
        let mut left = self.expr(left, None);
        let mut right = self.expr(right, None);
        if is_mistaken(&left) || is_mistaken(&right) {
            return self.unknown(range);
        }
        let words = match operator {
            Arithmetic::Add => ("cannot add", "and"),
            _ => ("cannot take the difference of", "and"),
        };
        let duration = Type::Number(Dimension::of(Base::Second));
        let ty = match (&left.ty, &right.ty, operator) {
            (Type::Time, Type::Time, Arithmetic::Subtract) => duration,
            (Type::Time, other, _) if fits(other, &duration) => Type::Time,
            (other, Type::Time, Arithmetic::Add) if fits(other, &duration) => Type::Time,
            (Type::Text, Type::Text, Arithmetic::Add) => Type::Text,
            _ => {
                if !self.agree(&mut left, &mut right, words.0, words.1) {
                    return self.unknown(range);
                }
                if !matches!(left.ty, Type::Number(_) | Type::Unknown) {
                    let message = format!("{} {}", words.0, self.type_name(&left.ty));
                    self.error("type-mismatch", message, range, "numbers are expected");
                    return self.unknown(range);
                }
                if left.ty == Type::Unknown { right.ty.clone() } else { left.ty.clone() }
            }
        };
        let right_stage =
            if operator == Arithmetic::Subtract { mirrored(right.stage) } else { right.stage };
        let stage = joined(left.stage, right_stage);
        let kind = ExprKind::Arithmetic(operator, Box::new(left), Box::new(right));
        self.make(kind, ty, stage, range)
    }

    /// A product. A factor that is a decision's tuple is looked at first: what its `where` asks of facts holds
    /// for the others, as there is no product where there is no tuple.
    fn multiply(&mut self, left: &ast::Expr, right: &ast::Expr, range: Range) -> Expr {
        let mark = self.known.mark();
        let right_first =
            self.is_tuple(right) || !self.holds_tuple(left) && self.holds_tuple(right);
        let (left, right) = if right_first {
            let right = self.expr(right, None);
            self.learn_from(&right);
            (self.expr(left, None), right)
        } else {
            let left = self.expr(left, None);
            self.learn_from(&left);
            let right = self.expr(right, None);
            (left, right)
        };
        self.known.forget(mark);
        let ty = self.both_numbers(&left, &right, "multiply", Dimension::multiply, range);
        let Some(ty) = ty else { return self.unknown(range) };
        if left.stage != Stage::Ground && right.stage != Stage::Ground {
            let message = "two decisions are multiplied, which no linear rule can say as it stands";
            let finding = Diagnostic::error("product-of-decisions", message)
                .at(self.span(range), "decision × decision")
                .because_of(left.span, "depends on a decision")
                .because_of(right.span, "depends on a decision")
                .help(
                    "a flag times a bounded amount has an exact linear form: decide the product, and \
                     say\n`if flag == 1 then product == amount else product == 0`",
                );
            self.report(finding);
            return self.unknown(range);
        }
        let (ground, open) =
            if left.stage == Stage::Ground { (&left, &right) } else { (&right, &left) };
        let stage = scaled(open.stage, sign_of(ground));
        let kind = ExprKind::Arithmetic(Arithmetic::Multiply, Box::new(left), Box::new(right));
        self.make(kind, ty, stage, range)
    }

    fn divide(&mut self, left: &ast::Expr, right: &ast::Expr, range: Range) -> Expr {
        let mark = self.known.mark();
        let left = self.expr(left, None);
        self.learn_from(&left);
        let right = self.expr(right, None);
        self.known.forget(mark);
        let ty = self.both_numbers(&left, &right, "divide", Dimension::divide, range);
        let Some(ty) = ty else { return self.unknown(range) };
        if right.stage != Stage::Ground {
            let message = "a division by a decision, which no linear rule can say as it stands";
            let finding = Diagnostic::error("product-of-decisions", message)
                .at(right.span, "depends on a decision")
                .help("multiply both sides of the comparison: `a / d <= b` is `a <= b * d` where b is a fact");
            self.report(finding);
            return self.unknown(range);
        }
        let stage = scaled(left.stage, sign_of(&right));
        let kind = ExprKind::Arithmetic(Arithmetic::Divide, Box::new(left), Box::new(right));
        self.make(kind, ty, stage, range)
    }

    fn remainder(&mut self, left: &ast::Expr, right: &ast::Expr, range: Range) -> Expr {
        let mut left = self.expr(left, None);
        let mut right = self.expr(right, None);
        if !self.agree(&mut left, &mut right, "cannot take the remainder of", "and") {
            return self.unknown(range);
        }
        let ty = self.both_numbers(&left, &right, "divide", |left, _| left, range);
        let Some(ty) = ty else { return self.unknown(range) };
        self.require_ground(&left, "a remainder");
        self.require_ground(&right, "a remainder");
        let kind = ExprKind::Arithmetic(Arithmetic::Remainder, Box::new(left), Box::new(right));
        self.make(kind, ty, Stage::Ground, range)
    }

    /// Requires two numbers and returns the type of what is made of them; absent where there is nothing more
    /// to say. `penalties` have no unit of their own.
    fn both_numbers(
        &mut self,
        left: &Expr,
        right: &Expr,
        verb: &str,
        dimension: fn(Dimension, Dimension) -> Dimension,
        range: Range,
    ) -> Option<Type> {
        match (&left.ty, &right.ty) {
            _ if is_mistaken(left) || is_mistaken(right) => None,
            (Type::Number(a), Type::Number(b)) => Some(Type::Number(dimension(*a, *b))),
            (Type::Unknown | Type::Number(_), Type::Unknown | Type::Number(_)) => {
                Some(Type::Unknown)
            }
            _ => {
                let number = matches!(left.ty, Type::Number(_) | Type::Unknown);
                let odd = if number { right } else { left };
                let message = format!("cannot {verb} {}", self.type_name(&odd.ty));
                self.error("type-mismatch", message, range, "numbers are expected");
                None
            }
        }
    }

    /// Requires that two expressions have one type, and says whether they have. A bare 0 has the unit of the
    /// other side.
    pub(super) fn agree(
        &mut self,
        left: &mut Expr,
        right: &mut Expr,
        verb: &str,
        with: &str,
    ) -> bool {
        if is_zero(left) && matches!(right.ty, Type::Number(_)) {
            left.ty = right.ty.clone();
            return true;
        }
        if is_zero(right) && matches!(left.ty, Type::Number(_)) {
            right.ty = left.ty.clone();
            return true;
        }
        if fits(&left.ty, &right.ty) && !is_mixed(&left.ty) {
            return true;
        }
        self.disagreement(left, right, verb, with);
        false
    }

    fn disagreement(&mut self, left: &Expr, right: &Expr, verb: &str, with: &str) {
        let (a, b) = (self.type_name(&left.ty), self.type_name(&right.ty));
        let numbers = match (&left.ty, &right.ty) {
            (Type::Number(a), Type::Number(b)) => Some((*a, *b)),
            _ => None,
        };
        let message = format!("{verb} {a} {with} {b}");
        let Some((left_dimension, right_dimension)) = numbers else {
            let finding = Diagnostic::error("type-mismatch", message)
                .at(right.span, b)
                .because_of(left.span, a);
            let finding = self.text_for_a_word(finding, left, right);
            let finding = self.text_for_a_word(finding, right, left);
            return self.report(finding);
        };
        let bare = if is_bare(right) {
            Some((right, left_dimension))
        } else if is_bare(left) {
            Some((left, right_dimension))
        } else {
            None
        };
        let mut finding = match bare {
            Some((number, dimension)) => {
                let message =
                    format!("a number without unit cannot be used with {}", dimension.display());
                unit_missing(number, dimension, message)
            }
            None => Diagnostic::error("unit-mismatch", message)
                .at(right.span, b.clone())
                .because_of(left.span, a.clone()),
        };
        let amount = |dimension: String| Amount { value: None, dimension, unit: String::new() };
        if is_mixed(&left.ty) && is_mixed(&right.ty) {
            finding = finding.note("units are told apart up to six kinds in a product");
        }
        finding.amounts = vec![("left", amount(a)), ("right", amount(b))];
        self.report(finding);
    }
}

/// Whether an expression is a number that was written without a unit.
pub(crate) fn is_bare(expr: &Expr) -> bool {
    matches!((&expr.kind, &expr.ty), (ExprKind::Number(_), Type::Number(it)) if it.is_plain())
}

/// What is wrong with a bare number where a dimension is expected.
pub(crate) fn unit_missing(number: &Expr, dimension: Dimension, message: String) -> Diagnostic {
    let Some(unit) = usual_unit(dimension) else {
        return Diagnostic::error("unit-missing", message).at(number.span, "which unit?");
    };
    let end = Span::new(number.span.source, number.span.end, number.span.end);
    Diagnostic::error("unit-missing", message)
        .at(number.span, format!("which unit? as `{unit}`"))
        .fix(
            Applicability::Unsafe,
            format!("add `{unit}`"),
            vec![Edit { span: end, text: format!(" {unit}") }],
        )
}

/// A unit that people would write for a dimension.
fn usual_unit(dimension: Dimension) -> Option<String> {
    let words = [
        "cores",
        "GiB",
        "s",
        "devices",
        "credit",
        "req",
        "USD",
        "USD/h",
        "USD/core/h",
        "Mbps",
        "kWh",
        "gCO2",
    ];
    let usual = words.into_iter().find(|word| {
        apportion_units::parse_unit(word).is_ok_and(|unit| unit.unit.dimension == dimension)
    });
    usual.map(str::to_owned).or_else(|| Some(crate::display::unit_for(dimension)?.name.to_string()))
}

/// Whether an expression stands for a mistake that was reported.
fn is_mistaken(expr: &Expr) -> bool {
    expr.kind == ExprKind::Unknown
}

/// Whether a number's unit is a product of too many kinds: two of these need not be the same.
fn is_mixed(ty: &Type) -> bool {
    matches!(ty, Type::Number(dimension) if dimension.power_of(Base::Mixed) != 0)
}

/// Whether an expression is a bare 0, which has any unit.
pub(crate) fn is_zero(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Number(0.0)) && expr.ty == Type::Number(Dimension::PLAIN)
}

/// The stage of the negative.
fn mirrored(stage: Stage) -> Stage {
    match stage {
        Stage::Convex => Stage::Concave,
        Stage::Concave => Stage::Convex,
        other => other,
    }
}

/// The stage of a sum.
pub(super) fn joined(left: Stage, right: Stage) -> Stage {
    match (left, right) {
        (Stage::Convex, Stage::Concave) | (Stage::Concave, Stage::Convex) => Stage::Neither,
        (left, right) => left.max(right),
    }
}

/// The stage of a multiple by a ground factor: one whose sign is not seen may turn it over.
fn scaled(stage: Stage, sign: Option<bool>) -> Stage {
    match (stage, sign) {
        (Stage::Convex | Stage::Concave, None) => Stage::Neither,
        (stage, Some(false)) => mirrored(stage),
        (stage, _) => stage,
    }
}

/// Whether a ground factor is positive (or 0), where that can be seen.
fn sign_of(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Number(value) => Some(*value >= 0.0),
        ExprKind::Negate(inner) => sign_of(inner).map(|positive| !positive),
        _ => None,
    }
}

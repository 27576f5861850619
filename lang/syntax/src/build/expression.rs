//! Expressions.

use pest::iterators::Pairs;
use smol_str::SmolStr;

use super::{Builder, Node, Parts, problem};
use crate::ast::{Argument, BinaryOp, Binder, Expr, ExprKind, Number, Range, UnaryOp};
use crate::error::{Expected, SyntaxErrorKind};
use crate::grammar::{PRECEDENCE, Rule};
use crate::kind::Kind;

/// The most operands and operators in a row, those of the expressions around them included: 1,000.
pub const MAX_EXPRESSION_LENGTH: usize = 1_000;

impl<'item> Builder<'item> {
    /// The next part as an expression; where there is none, a missing one.
    pub(super) fn expression(&self, parts: &mut Parts) -> Expr {
        let expected = parts.at;
        self.maybe_expression(parts).unwrap_or_else(|| self.no_expression(expected))
    }

    pub(super) fn maybe_expression(&self, parts: &mut Parts) -> Option<Expr> {
        self.take_if(parts, is_expression).map(|node| self.expression_of(node))
    }

    pub(super) fn expressions(&self, parts: &mut Parts) -> Vec<Expr> {
        std::iter::from_fn(|| self.maybe_expression(parts)).collect()
    }

    /// The only expression inside a node.
    pub(super) fn inner_expression(&self, node: Node) -> Expr {
        self.expression(&mut Parts::of(node))
    }

    /// The expression in a hole of a text.
    pub(crate) fn hole_expression(&self, node: Node) -> Expr {
        let parts = &mut Parts::of(node);
        let expression = self.expression(parts);
        self.report_rest(parts);
        expression
    }

    fn no_expression(&self, token: usize) -> Expr {
        Expr { kind: ExprKind::Missing, range: self.gap(token) }
    }

    fn expression_of(&self, node: Node) -> Expr {
        let range = self.range(&node);
        let token = node.as_span().start();
        let parts = node.into_inner();
        let (outer, size) = (self.depth.get(), parts.len());
        if outer + size > MAX_EXPRESSION_LENGTH {
            let kind = SyntaxErrorKind::TooLong { limit: MAX_EXPRESSION_LENGTH };
            self.error(self.token_range(token), kind);
            return Expr { kind: ExprKind::Missing, range };
        }
        self.depth.set(outer + size);
        let expression = self.climb(parts);
        self.depth.set(outer);
        expression
    }

    fn climb(&self, mut parts: Pairs<Rule>) -> Expr {
        if parts.len() == 1
            && let Some(operand) = parts.next()
        {
            return self.operand(operand);
        }
        PRECEDENCE
            .map_primary(|node| self.operand(node))
            .map_prefix(|sign, operand| self.prefixed(sign, operand))
            .map_postfix(|operand, node| self.postfixed(operand, node))
            .map_infix(|left, sign, right| self.joined(left, sign, right))
            .parse(parts)
    }

    fn operand(&self, node: Node) -> Expr {
        let range = self.range(&node);
        let token = node.as_span().start();
        let kind = match node.as_rule() {
            Rule::variable => ExprKind::Name(SmolStr::new(self.word(token))),
            Rule::number => return self.quantity(node),
            Rule::text => ExprKind::Text(self.text_at(token, false)),
            Rule::boolean => ExprKind::Bool(self.word(token) == "true"),
            Rule::null => ExprKind::Null,
            Rule::date => ExprKind::Date(SmolStr::new(self.word(token))),
            Rule::group => {
                let parts = &mut Parts::of(node);
                let kind = self.expression(parts).kind;
                self.report_rest(parts);
                kind
            }
            Rule::list => {
                let parts = &mut Parts::of(node);
                let list = self.expressions(parts);
                self.report_rest(parts);
                ExprKind::List(list)
            }
            Rule::braces => self.braces(node),
            Rule::aggregate => {
                let name = self.name_at(token);
                let parts = &mut Parts::of(node);
                let binders = self.binders(parts);
                let body = self.maybe_expression(parts);
                let body = body.map(|body| Box::new(self.packed(body, parts)));
                self.report_rest(parts);
                ExprKind::Aggregate(name, binders, body)
            }
            _ => {
                self.report(&node);
                ExprKind::Missing
            }
        };
        Expr { kind, range }
    }

    /// `items each size in bin`, or the items alone where that is all.
    fn packed(&self, items: Expr, parts: &mut Parts) -> Expr {
        let Some(node) = self.take(parts, Rule::packed) else { return items };
        let end = self.range(&node).end;
        let parts = &mut Parts::of(node);
        parts.at += 1;
        let size = Box::new(self.expression(parts));
        let bin = Box::new(self.expression(parts));
        self.report_rest(parts);
        let range = Range { start: items.range.start, end };
        Expr { kind: ExprKind::Packed(Box::new(items), size, bin), range }
    }

    fn quantity(&self, node: Node) -> Expr {
        let range = self.range(&node);
        let number = self.number_at(node.as_span().start());
        let unit = node.into_inner().next().map(|unit| self.unit(unit));
        Expr { kind: ExprKind::Number(number, unit), range }
    }

    pub(super) fn number_at(&self, token: usize) -> Number {
        let word = self.word(token);
        let digits = || word.chars().filter(|character| *character != '_').collect();
        let text = if word.contains('_') { digits() } else { SmolStr::new(word) };
        Number { text, range: self.token_range(token) }
    }

    /// A set, or a record if any entry has a key.
    fn braces(&self, node: Node) -> ExprKind {
        let mut parts = Parts::of(node);
        let mut entries = Vec::new();
        while let Some(entry) = self.take(&mut parts, Rule::entry) {
            let entry = &mut Parts::of(entry);
            let key = self.expression(entry);
            let has_value = entry.next.is_some();
            let after = entry.at;
            let value = self.maybe_expression(entry);
            let value = value.or_else(|| has_value.then(|| self.no_expression(after)));
            entries.push((key, value, entry.at));
        }
        self.report_rest(&mut parts);
        if entries.iter().all(|(_, value, _)| value.is_none()) {
            return ExprKind::Set(entries.into_iter().map(|(element, ..)| element).collect());
        }
        // Where some entries have values, all need one; saying so once is enough.
        if let Some((.., after)) = entries.iter().find(|(_, value, _)| value.is_none()) {
            self.expected(*after, Expected::Words("`:` and a value"));
        }
        let pair = |(key, value, after): (Expr, Option<Expr>, usize)| {
            (key, value.unwrap_or_else(|| self.no_expression(after)))
        };
        ExprKind::Record(entries.into_iter().map(pair).collect())
    }

    fn prefixed(&self, sign: Node, operand: Expr) -> Expr {
        let operator = match sign.as_rule() {
            Rule::negate => UnaryOp::Negate,
            _ => UnaryOp::Not,
        };
        let range = Range { start: self.range(&sign).start, end: operand.range.end };
        Expr { kind: ExprKind::Unary(operator, Box::new(operand)), range }
    }

    fn postfixed(&self, operand: Expr, node: Node) -> Expr {
        let range = Range { start: operand.range.start, end: self.range(&node).end };
        let operand = Box::new(operand);
        let rule = node.as_rule();
        let parts = &mut Parts::of(node);
        let kind = match rule {
            Rule::field => {
                parts.at += 1;
                ExprKind::Field(operand, self.name(parts))
            }
            Rule::index => {
                let arguments = self.arguments(parts);
                ExprKind::Index(operand, arguments.into_iter().map(|each| each.value).collect())
            }
            _ => ExprKind::Call(operand, self.arguments(parts)),
        };
        self.report_rest(parts);
        Expr { kind, range }
    }

    /// Arguments of a call or an index: after the label of each, `*` or an expression.
    fn arguments(&self, parts: &mut Parts) -> Vec<Argument> {
        let mut arguments = Vec::new();
        loop {
            let label = self.take(parts, Rule::label);
            let label = label.map(|node| self.name_at(node.as_span().start()));
            if self.take(parts, Rule::star).is_some() {
                arguments.push(Argument { label, value: None });
                continue;
            }
            let after = parts.at;
            match (self.maybe_expression(parts), label) {
                (Some(value), label) => arguments.push(Argument { label, value: Some(value) }),
                (None, Some(label)) => {
                    let value = Some(self.no_expression(after));
                    arguments.push(Argument { label: Some(label), value });
                }
                (None, None) => return arguments,
            }
        }
    }

    fn joined(&self, left: Expr, sign: Node, right: Expr) -> Expr {
        let range = Range { start: left.range.start, end: right.range.end };
        let (left, right) = (Box::new(left), Box::new(right));
        let operator = match self.layout.kind(sign.as_span().start()) {
            kind if kind == Kind::Question as u8 => {
                let parts = &mut Parts::of(sign);
                parts.at += 1;
                let chosen = Box::new(self.expression(parts));
                self.report_rest(parts);
                return Expr { kind: ExprKind::Conditional(left, chosen, right), range };
            }
            kind => binary(kind),
        };
        Expr { kind: ExprKind::Binary(operator, left, right), range }
    }

    pub(super) fn binders(&self, parts: &mut Parts) -> Vec<Binder> {
        let mut binders = Vec::new();
        while let Some(node) = self.take(parts, Rule::binder) {
            let parts = &mut Parts::of(node);
            let name = self.name(parts);
            let domain = self.expression(parts);
            let condition = self.take(parts, Rule::condition);
            let condition = condition.map(|node| self.inner_expression(node));
            self.report_rest(parts);
            binders.push(Binder { name, domain, condition });
        }
        binders
    }

    /// Reports what is missing among the parts that nobody has taken.
    pub(super) fn report_rest(&self, parts: &mut Parts) {
        while self.take_if(parts, |rule| problem(rule).is_none()).is_some() {}
    }
}

fn is_expression(rule: Rule) -> bool {
    matches!(rule, Rule::expr | Rule::plain | Rule::amount)
}

/// The operator that a token of this kind stands for.
fn binary(kind: u8) -> BinaryOp {
    const OPERATORS: [(Kind, BinaryOp); 16] = [
        (Kind::Range, BinaryOp::Range),
        (Kind::Or, BinaryOp::Or),
        (Kind::And, BinaryOp::And),
        (Kind::In, BinaryOp::In),
        (Kind::Equal, BinaryOp::Equal),
        (Kind::NotEqual, BinaryOp::NotEqual),
        (Kind::LessEqual, BinaryOp::LessEqual),
        (Kind::GreaterEqual, BinaryOp::GreaterEqual),
        (Kind::Less, BinaryOp::Less),
        (Kind::Greater, BinaryOp::Greater),
        (Kind::Default, BinaryOp::Default),
        (Kind::Plus, BinaryOp::Add),
        (Kind::Minus, BinaryOp::Subtract),
        (Kind::Star, BinaryOp::Multiply),
        (Kind::Slash, BinaryOp::Divide),
        (Kind::SlashTight, BinaryOp::Divide),
    ];
    let found = OPERATORS.iter().find(|(sign, _)| *sign as u8 == kind);
    found.map_or(BinaryOp::Remainder, |(_, operator)| *operator)
}

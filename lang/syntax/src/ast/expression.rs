//! Expressions.

use smol_str::SmolStr;

use super::{Binder, Name, Number, Range, Text, UnitExpr};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub range: Range,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// Something was expected here and reported.
    Missing,
    /// `12`, `4 GiB`, `8 %`, `1_200_000 USD per month`
    Number(Number, Option<UnitExpr>),
    /// `"pii"`
    Text(Text),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
    /// `2027-01-31`, `2027-01-31T10:00:00Z`
    Date(SmolStr),
    /// `headroom`
    Name(SmolStr),
    /// `p.region`
    Field(Box<Expr>, Name),
    /// `x[w, p, *]`; an absent element is `*`
    Index(Box<Expr>, Vec<Option<Expr>>),
    /// `f(a, max_skew: 1)`, `p.price.has(m)`
    Call(Box<Expr>, Vec<Argument>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a, b}`; also `{}`
    Set(Vec<Expr>),
    /// `{ id: "pay", replicas: 3 }`; keys are names, texts or other expressions
    Record(Vec<(Expr, Expr)>),
    /// `-a`, `!a`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `sum(w in workloads where c: e)`; without a body it counts or tests the rows themselves
    Aggregate(Name, Vec<Binder>, Option<Box<Expr>>),
    /// `x[p, n] each p.share in 1 device`: items, what each takes up, and what a bin holds; the body of an
    /// aggregation
    Packed(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// `max_skew:`
    pub label: Option<Name>,
    /// The value; absent for `*`.
    pub value: Option<Expr>,
}

/// Operators before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// Operators between two operands, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `a .. b`
    Range,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `a ?? b`: b where a is absent
    Default,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

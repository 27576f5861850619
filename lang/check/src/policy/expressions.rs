//! Expressions: types, stages, forms, and what indices run over.

use apportion_diagnostic::Span;
use apportion_units::{Dimension, Period};
use smol_str::SmolStr;

use super::{
    DecisionId, EntityId, EnumId, FairnessId, FieldId, InputId, LetId, ParamId, PriorityId,
    ResourceId, SlotsId, VarId,
};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// True or false.
    Bool,
    /// A number with its dimension.
    Number(Dimension),
    /// A text.
    Text,
    /// A point in time; as a number, seconds since 1970-01-01T00:00Z.
    Time,
    /// A value of an enum.
    Enum(EnumId),
    /// A row of an entity.
    Row(EntityId),
    /// A resource.
    Resource,
    /// A slot.
    Slot(SlotsId),
    /// One quantity per resource.
    Amounts,
    /// Values without order or doubles.
    Set(Box<Type>),
    /// Values in order.
    List(Box<Type>),
    /// Values by key.
    Map(Box<Type>, Box<Type>),
    /// A mistake that was reported; fits everything.
    Unknown,
}

/// When an expression is known, and its shape in the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Facts only.
    Ground,
    /// A sum of decisions with ground coefficients, plus a ground value.
    Affine,
    /// Bends upward: free below an upper limit.
    Convex,
    /// Bends downward: free above a lower limit.
    Concave,
    /// None of these; needs binaries wherever it is used. Conditions on decisions are this too.
    Neither,
}

/// A checked expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type. An absent value has the type that it would have.
    pub ty: Type,
    /// Its stage.
    pub stage: Stage,
    /// The smallest text that it stands for.
    pub span: Span,
}

/// The forms of a checked expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number in base units.
    Number(f64),
    /// A text.
    Text(SmolStr),
    /// True or false.
    Bool(bool),
    /// A point in time, seconds since 1970-01-01T00:00Z.
    Time(f64),
    /// A value of an enum by position.
    EnumValue(EnumId, u32),
    /// A resource.
    Resource(ResourceId),
    /// A parameter.
    Param(ParamId),
    /// The value in a slot of the frame.
    Var(VarId),
    /// The time of the plan.
    Now,
    /// The length of the calendar period that holds the time of the plan, in seconds.
    PeriodLength(Period),
    /// A field of a row; may be absent if the field is optional.
    Field(Box<Expr>, FieldId),
    /// A slot's `index` (number), `start` (time) or `length` (duration).
    SlotPart(Box<Expr>, SlotPart),
    /// The value of a map or of amounts under a key; may be absent in a map. Of a list: by position.
    Lookup(Box<Expr>, Box<Expr>),
    /// `has(p.reclaim)`, `p.price.has(m)`: whether a [`ExprKind::Field`] or a
    /// [`ExprKind::Lookup`] is present.
    Has(Box<Expr>),
    /// Whether a condition holds or cannot be evaluated. No text says it: what fails closed is compiled with it.
    Unrefuted(Box<Expr>),
    /// `a ?? b`
    Default(Box<Expr>, Box<Expr>),
    /// A list.
    List(Vec<Expr>),
    /// A set.
    Set(Vec<Expr>),
    /// `-a`
    Negate(Box<Expr>),
    /// `!a`
    Not(Box<Expr>),
    /// `+ - * / %`; of texts, `+` joins.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// A comparison.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a in s`, over a set, a list or the keys of a map
    In(Box<Expr>, Box<Expr>),
    /// `a && b`, `a || b`
    Logic(Logic, Box<Expr>, Box<Expr>),
    /// `c ? a : b`, and `if c then a else b` between conditions
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `if c then a` between conditions: c is false or a holds
    Implies(Box<Expr>, Box<Expr>),
    /// A function of the library.
    Call(Function, Vec<Expr>),
    /// `priority(w)`
    Priority(PriorityId, Box<Expr>),
    /// An aggregation. The body of `Count`, `Any` and `All` is a condition, that of `Bins` a [`ExprKind::Packed`].
    Aggregate(Aggregate, Vec<Binder>, Box<Expr>),
    /// `items each size in bin`: how many items of which ground size go into bins of which ground size, the same for
    /// all of an aggregation. Only as the body of [`Aggregate::Bins`].
    Packed(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A decision's value; a tuple that its `where` leaves out is no term of any sum.
    Decision(DecisionId, Vec<Argument>),
    /// `moves(x[w, *])`: what of these tuples runs now and is not left where it is; of each, what runs less its value, at
    /// least 0. The checker sees to it that more of it is never better, so that it counts as a sum of decisions.
    Moves(DecisionId, Vec<Argument>),
    /// A `let`; `All` sums over that index.
    Let(LetId, Vec<Argument>),
    /// The shares of a `fairness`: only as the whole value of a level or of a report.
    Shares(FairnessId),
    /// In an objective level: the penalties of the soft rules that name it.
    Penalties,
    /// A mistake that was reported. Never in a policy that is handed to the engine.
    Unknown,
}

/// A part of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotPart {
    /// Its number, from 0.
    Index,
    /// When it begins.
    Start,
    /// How long it is.
    Length,
}

/// Operators on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
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

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
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
}

impl Comparison {
    /// Whether it is true of two sides whose difference, the left less the right, is known within `tolerance`;
    /// sides as near as that are equal.
    pub fn holds(self, difference: f64, tolerance: f64) -> bool {
        match self {
            Comparison::Equal => difference.abs() <= tolerance,
            Comparison::NotEqual => difference.abs() > tolerance,
            Comparison::Less => difference < -tolerance,
            Comparison::LessEqual => difference <= tolerance,
            Comparison::Greater => difference > tolerance,
            Comparison::GreaterEqual => difference >= -tolerance,
        }
    }
}

/// Logical operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Logic {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Aggregations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// The sum; 0 of nothing.
    Sum,
    /// How many tuples satisfy the body.
    Count,
    /// The least; of nothing an error where it is ground, no constraint where it is not.
    Min,
    /// The greatest; as for the least.
    Max,
    /// Whether some tuple satisfies the body.
    Any,
    /// Whether every tuple satisfies the body.
    All,
    /// The values of the body, each once, in order; ground.
    Distinct,
    /// The size of a bin, times the least number of bins that hold the items of all tuples, none of them split.
    Bins,
}

/// Functions of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `size(s)`, `s.size()`: characters of a text, elements of a set, list or map
    Size,
    /// `s.contains(t)`
    Contains,
    /// `s.startsWith(t)`
    StartsWith,
    /// `s.endsWith(t)`
    EndsWith,
    /// `s.matches(r)`: a regular expression found anywhere
    Matches,
    /// `s.lowerAscii()`
    LowerAscii,
    /// `s.upperAscii()`
    UpperAscii,
    /// `abs(a)`
    Abs,
    /// `min(a, b, …)`
    Min,
    /// `max(a, b, …)`
    Max,
    /// `floor(a)`
    Floor,
    /// `ceil(a)`
    Ceil,
    /// `round(a)`, halves away from zero
    Round,
    /// `exp2(a)`: 2 to the power of a plain number
    Exp2,
    /// `string(a)`
    Text,
}

/// `w in workloads where c`
#[derive(Clone, Debug, PartialEq)]
pub struct Binder {
    /// The slot.
    pub var: VarId,
    /// The author's word.
    pub name: SmolStr,
    /// What it runs over.
    pub domain: Domain,
    /// Which values it takes: ground; may read the slot itself and those bound before.
    pub condition: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// What an index runs over. The order of its values is fixed: rows by key, enum values, resources and
/// slots as declared.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// The rows of an input.
    Input(InputId),
    /// The values of an enum.
    Enum(EnumId),
    /// Values that the author lists: ground expressions of one type, without doubles.
    Values(Vec<Expr>),
    /// The declared resources.
    Resources,
    /// The slots of a row of slots.
    Slots(SlotsId),
    /// The elements of a ground set or list, which may depend on indices bound before.
    Set(Expr),
}

/// An argument in `x[w, p, *]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// One value: ground.
    At(Expr),
    /// The sum over all.
    All,
}

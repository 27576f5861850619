//! A checked policy: every name resolved, every unit converted, every expression typed and staged.
//!
//! This is what the engine compiles. It refers to no text but for spans, and it holds no facts: rows,
//! prices and the present time come from the world. Numbers are in the base units of
//! `apportion-units`; a literal `4 GiB` is 4 294 967 296.
//!
//! Indices of an item (binders, indices of a decision or a `let`) live in numbered slots of a frame,
//! so that an evaluator keeps one array of values per frame. Each item, each `let` and each
//! decision's `where` and bounds have a frame of their own, of the size stated there.

use apportion_diagnostic::Span;
use apportion_units::{Dimension, Period, Unit};
use smol_str::SmolStr;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the policy's list.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(/** An entity of [`Policy::entities`]. */ EntityId);
id!(/** A field of its entity's [`Entity::fields`]. */ FieldId);
id!(/** An enum of [`Policy::enums`]. */ EnumId);
id!(/** An input of [`Policy::inputs`]. */ InputId);
id!(/** A parameter of [`Policy::params`]. */ ParamId);
id!(/** A resource of [`Policy::resources`]. */ ResourceId);
id!(/** A row of slots of [`Policy::slots`]. */ SlotsId);
id!(/** A decision of [`Policy::decisions`]. */ DecisionId);
id!(/** A `let` of [`Policy::lets`]. */ LetId);
id!(/** A rule of [`Policy::rules`]. */ RuleId);
id!(/** A `priority` of [`Policy::priorities`]. */ PriorityId);
id!(/** A level of [`Policy::levels`]. */ LevelId);
id!(/** A slot of a frame. */ VarId);

/// Everything that a policy says. Lists are in the order of the entry module, imported items first.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Policy {
    /// The edition that the entry module names, 2026 where it names none.
    pub edition: u32,
    /// Kinds of row.
    pub entities: Vec<Entity>,
    /// Closed lists of words, inline ones included.
    pub enums: Vec<Enum>,
    /// Where rows come in; an entity has at most one input.
    pub inputs: Vec<Input>,
    /// Values that the manifest or the command line may set.
    pub params: Vec<Param>,
    /// What `amounts` hold one quantity of.
    pub resources: Vec<Resource>,
    /// Rows of equal stretches of time.
    pub slots: Vec<Slots>,
    /// What the solver chooses.
    pub decisions: Vec<Decision>,
    /// Named expressions.
    pub lets: Vec<Let>,
    /// Rules of every kind.
    pub rules: Vec<Rule>,
    /// Weights by attribute.
    pub priorities: Vec<Priority>,
    /// Limits on money.
    pub budgets: Vec<Budget>,
    /// The objective, most important level first. Empty: any placement that obeys the rules.
    pub levels: Vec<Level>,
    /// Values worth seeing.
    pub reports: Vec<Report>,
}

/// A kind of row.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Its name.
    pub name: SmolStr,
    /// Its fields, in the author's order.
    pub fields: Vec<Field>,
    /// The field that is its key.
    pub key: FieldId,
    /// The input whose rows they are; absent when none is declared, then no row exists.
    pub input: Option<InputId>,
    /// The item.
    pub span: Span,
}

/// A field of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: SmolStr,
    /// Its type, without the option.
    pub ty: Type,
    /// Whether a row may leave it out.
    pub optional: bool,
    /// What a row that leaves it out has: a ground expression without indices.
    pub default: Option<Expr>,
    /// Least and greatest value; quantities without a stated range are at least 0.
    pub range: (Option<f64>, Option<f64>),
    /// Whether only whole numbers are taken.
    pub whole: bool,
    /// The unit that the author declared, for messages and for display.
    pub unit: Option<Unit>,
    /// The field's declaration.
    pub span: Span,
}

/// A closed list of words.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// Its name; `Pool.tier` for one written inside an entity.
    pub name: SmolStr,
    /// Its values.
    pub values: Vec<SmolStr>,
    /// The declaration.
    pub span: Span,
}

/// Where rows of an entity come in.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name, which the manifest gives a source.
    pub name: SmolStr,
    /// The kind of its rows.
    pub entity: EntityId,
    /// The most rows.
    pub max: Option<u64>,
    /// The item.
    pub span: Span,
}

/// A value that the manifest or the command line may set.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: Type,
    /// Its value when nobody sets one: ground, without indices; may read other parameters.
    pub default: Option<Expr>,
    /// Least value allowed, ground.
    pub least: Option<Expr>,
    /// Greatest value allowed, ground.
    pub most: Option<Expr>,
    /// Whether only whole numbers are taken.
    pub whole: bool,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// What `amounts` hold one quantity of.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name.
    pub name: SmolStr,
    /// Its unit.
    pub unit: Unit,
    /// The item.
    pub span: Span,
}

/// Equal stretches of time, numbered from 0, the first one starting at the time of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots {
    /// Its name.
    pub name: SmolStr,
    /// How far it reaches, a ground duration.
    pub over: Expr,
    /// How long one slot is, a ground duration.
    pub every: Expr,
    /// The item.
    pub span: Span,
}

/// What the solver chooses: a value for each tuple of indices for which `condition` holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Its name.
    pub name: SmolStr,
    /// Whether it was declared by `place`: the first index is placed onto the second.
    pub is_place: bool,
    /// Its indices, in slots `0 .. indices.len()`.
    pub indices: Vec<Binder>,
    /// The unit of its value.
    pub dimension: Dimension,
    /// Whether it takes whole numbers only (`count`, `flag`).
    pub whole: bool,
    /// Least value, ground; absent: 0.
    pub lower: Option<Expr>,
    /// Greatest value, ground; absent: none.
    pub upper: Option<Expr>,
    /// Which tuples exist, ground; absent: all.
    pub condition: Option<Expr>,
    /// Slots of the frame in which bounds and condition are evaluated.
    pub frame: usize,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// A named expression, evaluated in a frame of its own whose first slots are its indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Its name.
    pub name: SmolStr,
    /// Its indices, in slots `0 .. indices.len()`.
    pub indices: Vec<Binder>,
    /// Its meaning.
    pub value: Expr,
    /// Slots of its frame.
    pub frame: usize,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: SmolStr,
    /// `rule` or `compliance`.
    pub kind: RuleKind,
    /// Absent: hard.
    pub soft: Option<Soft>,
    /// What holds where what runs now breaks it already.
    pub if_broken: IfBroken,
    /// Why, for people: evaluated with the indices of the statement that it is asked for.
    pub because: Vec<TextPart>,
    /// What it says.
    pub body: Vec<Statement>,
    /// Slots of its frame.
    pub frame: usize,
    /// The item.
    pub span: Span,
}

/// The kinds of rule that are compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// `rule`
    Rule,
    /// `compliance`: locked, with what it cites.
    Compliance {
        /// `GDPR Art. 44`
        cites: Option<SmolStr>,
    },
    /// A `budget` seen as a rule; the position in [`Policy::budgets`].
    Budget(u32),
}

/// A price on breaking a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Soft {
    /// The level that pays.
    pub level: LevelId,
    /// Price of one base unit of violation, ground, without indices.
    pub price: Expr,
}

/// What holds where what runs now breaks a rule already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IfBroken {
    /// The rule holds all the same.
    Fail,
    /// It may be broken as much as now, not more.
    NoWorse,
    /// It is soft where it is broken now: each unit of violation costs more than any other gain.
    Soften,
}

/// A part of a text with holes.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// As it stands.
    Literal(SmolStr),
    /// A ground expression.
    Hole(Expr),
}

/// A line of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// For each tuple of the binders, in order, each may read those before it.
    For {
        /// What varies.
        binders: Vec<Binder>,
        /// What holds for each.
        body: Vec<Statement>,
    },
    /// Tuples of a decision that must be 0 where `condition` holds or cannot be evaluated.
    Forbid(Eligibility),
    /// The only tuples of a decision that need not be 0: those where the condition of some `permit`
    /// of the same rule and decision holds.
    Permit(Eligibility),
    /// A comparison or a logical combination of comparisons that must hold.
    Require {
        /// A boolean expression.
        condition: Expr,
        /// Where the statement stands.
        span: Span,
    },
}

/// A `forbid` or a `permit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Eligibility {
    /// Indices that the statement binds by itself, as `w` and `p` in `forbid x[w, p, *]`.
    pub binders: Vec<Binder>,
    /// The decision.
    pub decision: DecisionId,
    /// One argument per index of the decision.
    pub arguments: Vec<Argument>,
    /// Ground; absent: always.
    pub condition: Option<Expr>,
    /// Where the statement stands.
    pub span: Span,
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

/// Weights by attribute; `priority(w)` is the weight of the row `w`.
#[derive(Clone, Debug, PartialEq)]
pub struct Priority {
    /// Whose rows are weighed.
    pub entity: EntityId,
    /// What decides: an enum-valued expression over the row in slot 0.
    pub by: Expr,
    /// The weight of each value of the enum, ground.
    pub weights: Vec<Expr>,
    /// Slots of its frame.
    pub frame: usize,
    /// The item.
    pub span: Span,
}

/// A limit on money. The hard limit is enforced through the rule of kind [`RuleKind::Budget`] that
/// carries the budget's name: `factor * value <= limit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Its name.
    pub name: SmolStr,
    /// What is counted: money, or money per time when `period` is given.
    pub value: Expr,
    /// The limit in money: ground, without indices.
    pub limit: Expr,
    /// The calendar period that the limit is for. A `value` in money per time counts for the length
    /// of the period that holds the time of the plan; a `value` in money counts as it is.
    pub period: Option<Period>,
    /// Shares of the limit at which the plan says so, ground ratios.
    pub alerts: Vec<Expr>,
    /// Slots of its frame.
    pub frame: usize,
    /// The rule that enforces it.
    pub rule: RuleId,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// One level of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its name.
    pub name: SmolStr,
    /// Whether more is better.
    pub maximize: bool,
    /// What is sought.
    pub value: Expr,
    /// How much later levels may give up: ground; a ratio of the level's value when `relative`.
    pub slack: Option<(Expr, bool)>,
    /// Slots of its frame.
    pub frame: usize,
    /// The level's line.
    pub span: Span,
}

/// A value worth seeing.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its name.
    pub name: SmolStr,
    /// What is shown.
    pub value: Expr,
    /// What it is grouped by. Each reads one index by its name (`p.region`): within the value, every
    /// binder of that name then takes only the rows of the group.
    pub by: Vec<Group>,
    /// Slots of its frame.
    pub frame: usize,
    /// The unit for display.
    pub unit: Option<Unit>,
    /// The item.
    pub span: Span,
}

/// What a report is grouped by.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The binders' name that is restricted: `p`.
    pub index: SmolStr,
    /// What `p` runs over.
    pub domain: Domain,
    /// The group of a value: ground, the value in slot 0.
    pub key: Expr,
}

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
    /// A field of a row; may be absent if the field is optional.
    Field(Box<Expr>, FieldId),
    /// A slot's `index` (number), `start` (time) or `length` (duration).
    SlotPart(Box<Expr>, SlotPart),
    /// The value of a map or of amounts under a key; may be absent in a map. Of a list: by position.
    Lookup(Box<Expr>, Box<Expr>),
    /// `has(p.reclaim)`, `p.price.has(m)`: whether a [`ExprKind::Field`] or a
    /// [`ExprKind::Lookup`] is present.
    Has(Box<Expr>),
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
    /// An aggregation. The body of `Count`, `Any` and `All` is a condition.
    Aggregate(Aggregate, Vec<Binder>, Box<Expr>),
    /// A decision's value; a tuple that its `where` leaves out is no term of any sum.
    Decision(DecisionId, Vec<Argument>),
    /// A `let`; `All` sums over that index.
    Let(LetId, Vec<Argument>),
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
    /// `string(a)`
    Text,
}

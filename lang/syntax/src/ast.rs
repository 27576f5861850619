//! The tree of one item: what the author wrote, with exact spans, before any name has a meaning.
//!
//! Spans are byte ranges that count from the first byte of the item's own text, so that an item that
//! did not change keeps its tree wherever it moves in its file. A part that could not be read is
//! [`ExprKind::Missing`] or an absent `Option`; the error has been reported where it was found.

mod expression;

use smol_str::SmolStr;

pub use expression::{Argument, BinaryOp, Expr, ExprKind, UnaryOp};

/// Bytes `start .. end` of the item's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A word of the author's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The word; empty where one is missing.
    pub text: SmolStr,
    /// Where it stands.
    pub range: Range,
}

/// One top-level item with the comments that document it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Lines of `///` before the item, without the slashes and one blank, joined by newlines.
    pub doc: Option<SmolStr>,
    /// What the item is.
    pub kind: ItemKind,
    /// From its first word to its last token.
    pub range: Range,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `edition 2026`
    Edition(Number),
    /// `use std.topology.{spread, gang}`
    Use(Use),
    /// `param horizon: duration = 24 h in 1 h .. 7 d`
    Param(Param),
    /// `enum Market { on_demand, reserved, spot }`
    Enum(Enum),
    /// `entity Pool { key id: string … }`
    Entity(Entity),
    /// `resource npu: devices`
    Resource(Resource),
    /// `slots hours over 24 h every 1 h`
    Slots(Slots),
    /// `input pools: Pool max 5_000 fresh within 1 h`
    Input(Input),
    /// `forecast load[w in workloads] over horizon every 1 h: ratio …`
    Forecast(Forecast),
    /// `place workloads w onto pools p via Market m as x: count <= w.replicas where …`
    Place(Place),
    /// `decide commit[p in pools]: cores <= … where …`
    Decide(Decide),
    /// `let served[w in workloads] = x[w, *, *]`
    Let(Let),
    /// `report name = expression by p.region`
    Report(Report),
    /// `rule`, `compliance` or `sla`
    Rule(Rule),
    /// `priority w by w.class { … }`
    Priority(Priority),
    /// `fairness shares: drf for w.tenant weight … over cpu, memory`
    Fairness(Fairness),
    /// `budget cloud: spend <= 1_200_000 USD per month { … }`
    Budget(Budget),
    /// `objective { … }`
    Objective(Objective),
    /// `test "…" { … }`
    Test(Test),
    /// `pattern spread(x[p in P]: quantity, over[p]: key, max_skew: quantity) { … }`
    Pattern(Pattern),
    /// `tighten base.residency { … }` or `loosen base.residency soft at …`
    Override(Override),
    /// Nothing that could be recognised.
    Unknown,
}

impl ItemKind {
    /// What the item is called, where it has a name of its own.
    pub fn name(&self) -> Option<&Name> {
        Some(match self {
            ItemKind::Param(it) => &it.name,
            ItemKind::Enum(it) => &it.name,
            ItemKind::Entity(it) => &it.name,
            ItemKind::Resource(it) => &it.name,
            ItemKind::Slots(it) => &it.name,
            ItemKind::Input(it) => &it.name,
            ItemKind::Forecast(it) => &it.name,
            ItemKind::Place(it) => &it.name,
            ItemKind::Decide(it) => &it.name,
            ItemKind::Let(it) => &it.name,
            ItemKind::Report(it) => &it.name,
            ItemKind::Rule(it) => &it.name,
            ItemKind::Fairness(it) => &it.name,
            ItemKind::Budget(it) => &it.name,
            ItemKind::Pattern(it) => &it.name,
            ItemKind::Edition(_)
            | ItemKind::Use(_)
            | ItemKind::Priority(_)
            | ItemKind::Objective(_)
            | ItemKind::Test(_)
            | ItemKind::Override(_)
            | ItemKind::Unknown => return None,
        })
    }
}

/// `use module.path.*`, `use module.{a, b}` or `use module.name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The words of the path.
    pub path: Vec<Name>,
    /// What is taken from it.
    pub what: UseWhat,
    /// `open`: names of rules that may be loosened.
    pub open: Vec<Name>,
}

/// What a `use` takes from its module.
#[derive(Clone, Debug, PartialEq)]
pub enum UseWhat {
    /// The last word of the path: an item of the module before it, or a module.
    Last,
    /// `.*`
    All,
    /// `.{a, b}`
    Names(Vec<Name>),
}

/// A parameter: a value that the manifest or the command line may set.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: TypeExpr,
    /// Its value when nobody sets one.
    pub default: Option<Expr>,
    /// The least and greatest value allowed: an [`ExprKind::Binary`] with [`BinaryOp::Range`].
    pub range: Option<Expr>,
}

/// A closed list of words.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Its values, in the author's order.
    pub values: Vec<Name>,
}

/// A kind of row.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Its name.
    pub name: Name,
    /// Its fields, in the author's order.
    pub fields: Vec<Field>,
}

/// A field of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Lines of `///` before it.
    pub doc: Option<SmolStr>,
    /// Whether it is the key.
    pub key: bool,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: TypeExpr,
    /// Its value when a row gives none.
    pub default: Option<Expr>,
    /// The least and greatest value allowed.
    pub range: Option<Expr>,
    /// `on missing …`
    pub on_missing: Option<OnMissing>,
}

/// What happens where a fact is missing.
#[derive(Clone, Debug, PartialEq)]
pub enum OnMissing {
    /// `deny`
    Deny(Range),
    /// `exclude`
    Exclude(Range),
    /// `assume 100 %`
    Assume(Expr),
    /// `last within 1 h`
    Last(Expr),
}

impl OnMissing {
    /// What is assumed, or how old the last may be.
    pub fn expression(&self) -> Option<&Expr> {
        match self {
            OnMissing::Assume(expr) | OnMissing::Last(expr) => Some(expr),
            OnMissing::Deny(_) | OnMissing::Exclude(_) => None,
        }
    }

    /// Where its word or its expression stands.
    pub fn range(&self) -> Range {
        match self {
            OnMissing::Deny(range) | OnMissing::Exclude(range) => *range,
            OnMissing::Assume(expr) | OnMissing::Last(expr) => expr.range,
        }
    }
}

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeExpr {
    /// What it is.
    pub kind: TypeExprKind,
    /// Whether `?` follows: the value may be absent.
    pub optional: bool,
    /// Where it stands, `?` included.
    pub range: Range,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeExprKind {
    /// A word or a unit: `string`, `count`, `Region`, `cores`, `USD/core/h`, `1/h`.
    Unit(UnitExpr),
    /// `set<string>`
    Set(Box<TypeExpr>),
    /// `map<Region, duration>`
    Map(Box<TypeExpr>, Box<TypeExpr>),
    /// `enum { edge, region, cloud }`
    Enum(Vec<Name>),
    /// A type was expected here.
    Missing,
}

/// A unit as written: `GiB`, `USD/core/h`, `1/h`, `USD per month`, `%`. A single word may turn out
/// to be a type's name.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitExpr {
    /// Factors with their exponent: `USD/core/h` is USD 1, core -1, h -1; `1/h` is h -1.
    pub factors: Vec<(Name, i8)>,
    /// The period of `… per month`, which is a calendar period or a plain unit.
    pub per: Vec<Name>,
    /// Where it stands.
    pub range: Range,
}

/// A number as written, underscores removed: digits, optional fraction and exponent.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// `1200000`, `0.5`, `1e-3`.
    pub text: SmolStr,
    /// Where it stands.
    pub range: Range,
}

/// A resource that `amounts` hold one quantity of.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name.
    pub name: Name,
    /// Its unit.
    pub unit: UnitExpr,
}

/// A row of equal stretches of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots {
    /// Its name.
    pub name: Name,
    /// How far it reaches.
    pub over: Expr,
    /// How long one slot is.
    pub every: Expr,
}

/// Where rows of an entity come in.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: Name,
    /// The entity of its rows.
    pub entity: Name,
    /// The most rows.
    pub max: Option<Number>,
    /// The greatest age.
    pub fresh: Option<Expr>,
    /// What happens without it.
    pub on_missing: Option<OnMissing>,
}

/// A forecast that a rule may read.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Its name.
    pub name: Name,
    /// What it is indexed by.
    pub indices: Vec<Binder>,
    /// How far it reaches.
    pub over: Option<Expr>,
    /// How long one slot is.
    pub every: Option<Expr>,
    /// Its type.
    pub ty: TypeExpr,
    /// `p50`, `p95`, …
    pub quantiles: Vec<Name>,
    /// What happens without it.
    pub on_missing: Option<OnMissing>,
}

/// A decision over pairs: how much of each row of one input each row of another holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What is placed: `workloads w`.
    pub subject: Dimension,
    /// Onto what: `pools p`.
    pub target: Dimension,
    /// By which ways: `Market m`.
    pub via: Vec<Dimension>,
    /// The decision's name.
    pub name: Name,
    /// What its value is: `count`, `flag`, `ratio` or a unit.
    pub ty: TypeExpr,
    /// `<= e` as `.. e`, `>= e`, `in a .. b`.
    pub bounds: Bounds,
    /// Which tuples exist.
    pub condition: Option<Expr>,
}

/// `workloads w`: a domain and the index that runs over it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// What the index runs over.
    pub domain: Expr,
    /// The index.
    pub name: Name,
}

/// Bounds of a decision.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Bounds {
    /// The least value; absent means 0.
    pub lower: Option<Expr>,
    /// The greatest value; absent means none.
    pub upper: Option<Expr>,
}

/// A decision in general.
#[derive(Clone, Debug, PartialEq)]
pub struct Decide {
    /// Its name.
    pub name: Name,
    /// Its indices; none for a single value.
    pub indices: Vec<Binder>,
    /// What its value is: `count`, `flag`, `ratio` or a unit.
    pub ty: TypeExpr,
    /// Its bounds.
    pub bounds: Bounds,
    /// Which tuples exist.
    pub condition: Option<Expr>,
}

/// A named expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Its name.
    pub name: Name,
    /// Its indices.
    pub indices: Vec<Binder>,
    /// Its unit or type, where the author states it.
    pub ty: Option<TypeExpr>,
    /// Its meaning.
    pub value: Expr,
}

/// A value worth seeing.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The name given to it, or the name of the `let` that is reported.
    pub name: Name,
    /// The expression; absent where a `let` is reported by its name.
    pub value: Option<Expr>,
    /// What it is grouped by.
    pub by: Vec<Expr>,
}

/// `rule`, `compliance` and `sla`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Which of the three.
    pub kind: RuleKind,
    /// Its name.
    pub name: Name,
    /// `soft at level, price`
    pub soft: Option<Soft>,
    /// `if broken …`
    pub if_broken: Option<(IfBroken, Range)>,
    /// `because "…"`
    pub because: Option<Text>,
    /// `cites "…"`
    pub cites: Option<Text>,
    /// `for 99.9 % of served`, of an `sla`
    pub target: Option<(Expr, Expr)>,
    /// What it says.
    pub body: Vec<Statement>,
}

/// The three kinds of rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// `rule`
    Rule,
    /// `compliance`
    Compliance,
    /// `sla`
    Sla,
}

/// What holds where what runs now breaks a rule already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfBroken {
    /// `fail`
    Fail,
    /// `no worse`
    NoWorse,
    /// `soften`
    Soften,
}

/// `soft at resilience, 40 credit per replica`
#[derive(Clone, Debug, PartialEq)]
pub struct Soft {
    /// The objective level that pays.
    pub level: Name,
    /// The price of one unit of violation.
    pub price: Option<Expr>,
    /// Where it stands.
    pub range: Range,
}

/// A text in quotes; `{expression}` inside a `because` is read as an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The text with its escapes resolved and its holes as written.
    pub value: SmolStr,
    /// Literal parts and holes in order; only filled where holes are allowed.
    pub parts: Vec<TextPart>,
    /// Where it stands, quotes included.
    pub range: Range,
}

/// A part of a text with holes.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// As it stands.
    Literal(SmolStr),
    /// `{w.id}`
    Hole(Expr),
}

/// A line of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// Where it stands.
    pub range: Range,
}

/// What a line of a rule says.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `for w in workloads where c: …`, or a block in braces after the colon
    For(Vec<Binder>, Vec<Statement>),
    /// `forbid x[w, p, *] where c`
    Forbid(Expr, Option<Expr>),
    /// `permit x[w, p, *] where c`
    Permit(Expr, Option<Expr>),
    /// `if c then s`, `if c then s else t`
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// `expression where c`: a comparison, a logical combination or a pattern's call
    Require(Expr, Option<Expr>),
    /// Nothing that could be read.
    Missing,
}

/// `w in workloads where c`
#[derive(Clone, Debug, PartialEq)]
pub struct Binder {
    /// The index.
    pub name: Name,
    /// What it runs over.
    pub domain: Expr,
    /// Which values it takes.
    pub condition: Option<Expr>,
}

/// `priority w by w.class { gold = 1000 preempts batch; … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Priority {
    /// The index.
    pub index: Name,
    /// What decides.
    pub by: Expr,
    /// The weight of each value.
    pub cases: Vec<PriorityCase>,
}

/// `gold = 1000 preempts batch`
#[derive(Clone, Debug, PartialEq)]
pub struct PriorityCase {
    /// The value.
    pub value: Name,
    /// Its weight.
    pub weight: Expr,
    /// Whom it may evict.
    pub preempts: Vec<Name>,
    /// The grace that it gives them.
    pub grace: Option<Expr>,
}

/// `fairness shares: drf for w.tenant weight w.tenant.weight over cpu, memory, gpu`
#[derive(Clone, Debug, PartialEq)]
pub struct Fairness {
    /// Its name.
    pub name: Name,
    /// The measure.
    pub measure: Expr,
    /// Among whom: what tells groups of rows apart, the widest groups first.
    pub among: Vec<Expr>,
    /// Their weights: none, or one for each of the above.
    pub weight: Vec<Expr>,
    /// Over which resources.
    pub over: Vec<Expr>,
}

/// `budget cloud: spend <= 1_200_000 USD per month { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Its name.
    pub name: Name,
    /// What is counted.
    pub value: Expr,
    /// What it is grouped by.
    pub by: Vec<Expr>,
    /// The limit.
    pub limit: Expr,
    /// `alert at 80 %, 95 %`
    pub alerts: Vec<Expr>,
    /// `soft from 90 % at cost, 3 USD per USD`
    pub soft: Option<(Expr, Soft)>,
}

/// `objective { level: maximize e slack 0.1 % … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The levels, most important first.
    pub levels: Vec<Level>,
}

/// One level of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its name.
    pub name: Name,
    /// Whether more is better.
    pub maximize: bool,
    /// What is sought.
    pub value: Expr,
    /// How much later levels may give up.
    pub slack: Option<Expr>,
    /// Where it stands.
    pub range: Range,
}

/// `test "…" { given …  expect … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its sentence.
    pub name: Text,
    /// What it is given and what it expects.
    pub lines: Vec<TestLine>,
}

/// A line of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestLine {
    /// `given pools from "file"` or `given workloads = […]`
    Given {
        /// The input or parameter.
        name: Name,
        /// A file or a value.
        value: Expr,
        /// Whether the value names a file.
        from_file: bool,
    },
    /// `expect e by rule`
    Expect {
        /// What must hold.
        condition: Expr,
        /// The rules that must be the reason.
        by: Vec<Name>,
    },
}

/// A reusable piece of rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<PatternParam>,
    /// What it says.
    pub body: Vec<Statement>,
}

/// A parameter of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternParam {
    /// Its name.
    pub name: Name,
    /// Its indices, if it stands for a value of each.
    pub indices: Vec<PatternIndex>,
    /// Its type.
    pub ty: TypeExpr,
    /// Its value when none is given.
    pub default: Option<Expr>,
    /// The least and greatest value allowed.
    pub range: Option<Expr>,
}

/// An index of a pattern's parameter: `p in P`, or `p` where a parameter before it says so.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternIndex {
    /// The index.
    pub name: Name,
    /// The pattern's name for what it runs over.
    pub domain: Option<Name>,
}

/// A change of an imported rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// Whether it only makes the rule stricter.
    pub tighten: bool,
    /// The rule.
    pub path: Vec<Name>,
    /// `soft at …`
    pub soft: Option<Soft>,
    /// `until 2027-01-31`
    pub until: Option<Expr>,
    /// What it adds.
    pub body: Vec<Statement>,
}

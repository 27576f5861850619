//! A small shop: workloads, pools, one decision `x[w, p]`, and what its rules are made of.

use std::fmt::Write;

use apportion_check::policy::*;
use apportion_diagnostic::{SourceId, Span};
use apportion_evaluate::{Instance, Tolerance, Verdict, judge};
use apportion_facts::{Assignment, Settings, WorldFacts};
use apportion_units::{Dimension, Unit};
use apportion_world::{Column, ColumnData, Current, CurrentEntry, RowPlace, Symbol, Table, World};

pub(crate) const X: DecisionId = DecisionId(0);
pub(crate) const WORKLOADS: InputId = InputId(0);
pub(crate) const POOLS: InputId = InputId(1);
const WORKLOAD: EntityId = EntityId(0);
const POOL: EntityId = EntityId(1);

/// Fields of a workload; `home` may be absent.
pub(crate) const REQUEST: FieldId = FieldId(1);
pub(crate) const REPLICAS: FieldId = FieldId(2);
pub(crate) const HOME: FieldId = FieldId(3);
/// Fields of a pool besides its capacity; `price` may be absent.
pub(crate) const PRICE: FieldId = FieldId(2);
pub(crate) const REGION: FieldId = FieldId(3);

/// `id, request, replicas, home`
pub(crate) type Workload<'t> = (&'t str, f64, f64, Option<&'t str>);
/// `id, capacity, price, region`
pub(crate) type Pool<'t> = (&'t str, f64, Option<f64>, &'t str);

/// A policy and its world.
pub(crate) struct Scene {
    pub(crate) policy: Policy,
    pub(crate) world: World,
}

impl Scene {
    /// Rows must be given by ascending key.
    pub(crate) fn new(workloads: &[Workload<'_>], pools: &[Pool<'_>]) -> Scene {
        let mut world = World { files: vec!["data.csv".to_owned()], ..World::default() };
        let homes = workloads.iter().map(|row| row.3);
        let columns = vec![
            amounts(workloads.iter().map(|row| row.1)),
            numbers(workloads.iter().map(|row| Some(row.2))),
            texts(&mut world, homes),
        ];
        let rows = table(&mut world, "workloads", workloads.iter().map(|row| row.0), columns);
        world.tables.push(rows);
        let regions = pools.iter().map(|row| Some(row.3));
        let columns = vec![
            amounts(pools.iter().map(|row| row.1)),
            numbers(pools.iter().map(|row| row.2)),
            texts(&mut world, regions),
        ];
        let rows = table(&mut world, "pools", pools.iter().map(|row| row.0), columns);
        world.tables.push(rows);
        Scene { policy: shop(), world }
    }

    /// What runs now.
    pub(crate) fn running(mut self, tuples: &[(u32, u32, f64)]) -> Scene {
        let entries = tuples
            .iter()
            .map(|(w, p, value)| CurrentEntry { decision: 0, at: vec![*w, *p], value: *value })
            .collect();
        self.world.current = Current { entries, ..Current::default() };
        self
    }

    pub(crate) fn rule(mut self, rule: Rule) -> Scene {
        self.policy.rules.push(rule);
        self
    }

    pub(crate) fn level(mut self, name: &str, maximize: bool, value: Expr) -> Scene {
        let level =
            Level { name: name.into(), maximize, value, slack: None, frame: 8, span: span() };
        self.policy.levels.push(level);
        self
    }

    pub(crate) fn slack(mut self, slack: f64, relative: bool) -> Scene {
        if let Some(level) = self.policy.levels.last_mut() {
            level.slack = Some((number(slack), relative));
        }
        self
    }

    pub(crate) fn report(mut self, name: &str, value: Expr, by: Vec<Group>) -> Scene {
        let report = Report { name: name.into(), value, by, frame: 8, unit: None, span: span() };
        self.policy.reports.push(report);
        self
    }

    pub(crate) fn with<T>(&self, then: impl FnOnce(&Policy, &WorldFacts<'_>) -> T) -> T {
        // 2026-11-23T00:00:00Z, in a month of 30 days.
        let settings = Settings::new(&self.policy, &[], 1_795_392_000.0);
        let settings = settings.unwrap_or_else(|findings| panic!("{findings:?}"));
        then(&self.policy, &WorldFacts::new(&self.policy, &self.world, &settings))
    }

    pub(crate) fn assignment(&self, tuples: &[(u32, u32, f64)]) -> Assignment {
        let mut assignment = Assignment::zero(&self.policy);
        for (w, p, value) in tuples {
            assignment.set(X, &[*w, *p], *value);
        }
        assignment
    }

    pub(crate) fn judge(&self, tuples: &[(u32, u32, f64)]) -> Verdict {
        let assignment = self.assignment(tuples);
        self.with(|policy, facts| judge(policy, facts, &assignment, &Tolerance::default()))
    }
}

/// What a verdict says, for `expect!`.
pub(crate) fn shown(scene: &Scene, verdict: &Verdict) -> String {
    let mut text = String::new();
    for rule in &verdict.rules {
        let name = &scene.policy.rules[rule.rule.index()].name;
        let _ = write!(text, "{name}: {} judged, {} binding", rule.instances, rule.binding);
        for (count, word) in
            [(rule.broken, "broken"), (rule.excused, "excused"), (rule.unevaluated, "unevaluated")]
        {
            if count > 0 {
                let _ = write!(text, ", {count} {word}");
            }
        }
        if rule.penalty != 0.0 {
            let _ = write!(text, ", penalty {}", rule.penalty);
        }
        text.push('\n');
        for instance in &rule.first_broken {
            let _ = writeln!(text, "  broken {}", instance_shown(instance));
        }
        for instance in &rule.first_binding {
            let _ = writeln!(text, "  binding {}", instance_shown(instance));
        }
    }
    for offence in &verdict.offences {
        let at: Vec<_> = offence.at.iter().map(|index| index.text.as_str()).collect();
        let _ =
            writeln!(text, "offence [{}] = {}: {:?}", at.join(", "), offence.value, offence.fault);
    }
    for failure in &verdict.failures {
        let at: Vec<_> = failure.at.iter().map(|index| index.text.as_str()).collect();
        let what = failure.error.describe(&scene.policy);
        let _ = writeln!(text, "failure {:?} [{}]: {what}", failure.item, at.join(", "));
    }
    for (level, judged) in scene.policy.levels.iter().zip(&verdict.levels) {
        let _ = writeln!(text, "level {} = {}", level.name, judged.value);
    }
    for budget in &verdict.budgets {
        let reached: Vec<_> = budget.alerts.iter().map(|alert| alert.reached).collect();
        let _ = writeln!(text, "budget {} of {}, alerts {reached:?}", budget.spent, budget.limit);
    }
    for (report, judged) in scene.policy.reports.iter().zip(&verdict.reports) {
        for row in &judged.rows {
            let _ =
                writeln!(text, "report {} [{}] = {}", report.name, row.group.join(", "), row.value);
        }
    }
    let _ = writeln!(text, "{}", if verdict.holds() { "holds" } else { "does not hold" });
    text
}

fn instance_shown(instance: &Instance) -> String {
    let at: Vec<_> =
        instance.at.iter().map(|index| format!("{}={}", index.name, index.text)).collect();
    let mut text = format!("[{}]", at.join(" "));
    if let (Some(left), Some(right)) = (instance.left, instance.right) {
        let _ = write!(text, " {left} against {right}");
    }
    if instance.amount != 0.0 {
        let _ = write!(text, ", by {}", instance.amount);
    }
    if let Some(because) = &instance.because {
        let _ = write!(text, ", because {because}");
    }
    text
}

pub(crate) fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

pub(crate) fn plain() -> Type {
    Type::Number(Dimension::PLAIN)
}

fn expr(kind: ExprKind, ty: Type, stage: Stage) -> Expr {
    Expr { kind, ty, stage, span: span() }
}

pub(crate) fn number(value: f64) -> Expr {
    expr(ExprKind::Number(value), plain(), Stage::Ground)
}

pub(crate) fn text(value: &str) -> Expr {
    expr(ExprKind::Text(value.into()), Type::Text, Stage::Ground)
}

/// The workload in slot 0.
pub(crate) fn w() -> Expr {
    expr(ExprKind::Var(VarId(0)), Type::Row(WORKLOAD), Stage::Ground)
}

/// The pool in slot 1.
pub(crate) fn p() -> Expr {
    pool_in(1)
}

pub(crate) fn pool_in(slot: u32) -> Expr {
    expr(ExprKind::Var(VarId(slot)), Type::Row(POOL), Stage::Ground)
}

pub(crate) fn workload_in(slot: u32) -> Expr {
    expr(ExprKind::Var(VarId(slot)), Type::Row(WORKLOAD), Stage::Ground)
}

pub(crate) fn field(owner: Expr, field: FieldId) -> Expr {
    let ty = match (&owner.ty, field) {
        (_, FieldId(1)) => Type::Amounts,
        (_, FieldId(2)) => plain(),
        _ => Type::Text,
    };
    expr(ExprKind::Field(Box::new(owner), field), ty, Stage::Ground)
}

/// `w.request[cpu]`, `p.capacity[cpu]`
pub(crate) fn cpu(owner: Expr) -> Expr {
    let resource = expr(ExprKind::Resource(ResourceId(0)), Type::Resource, Stage::Ground);
    let held = Box::new(field(owner, REQUEST));
    expr(ExprKind::Lookup(held, Box::new(resource)), plain(), Stage::Ground)
}

pub(crate) fn has(owner: Expr, of: FieldId) -> Expr {
    expr(ExprKind::Has(Box::new(field(owner, of))), Type::Bool, Stage::Ground)
}

/// `x[w, p]` at expressions; `None` is `*`.
pub(crate) fn x(workload: Option<Expr>, pool: Option<Expr>) -> Expr {
    let argument = |value: Option<Expr>| value.map_or(Argument::All, Argument::At);
    let arguments = vec![argument(workload), argument(pool)];
    expr(ExprKind::Decision(X, arguments), plain(), Stage::Affine)
}

fn later(left: &Expr, right: &Expr, bent: Stage) -> Stage {
    let stage = left.stage.max(right.stage);
    if stage == Stage::Ground { Stage::Ground } else { stage.max(bent) }
}

pub(crate) fn arithmetic(operator: Arithmetic, left: Expr, right: Expr) -> Expr {
    let stage = later(&left, &right, Stage::Affine);
    let ty = left.ty.clone();
    expr(ExprKind::Arithmetic(operator, Box::new(left), Box::new(right)), ty, stage)
}

pub(crate) fn times(left: Expr, right: Expr) -> Expr {
    arithmetic(Arithmetic::Multiply, left, right)
}

pub(crate) fn plus(left: Expr, right: Expr) -> Expr {
    arithmetic(Arithmetic::Add, left, right)
}

pub(crate) fn minus(left: Expr, right: Expr) -> Expr {
    arithmetic(Arithmetic::Subtract, left, right)
}

pub(crate) fn compare(comparison: Comparison, left: Expr, right: Expr) -> Expr {
    let stage = later(&left, &right, Stage::Neither);
    expr(ExprKind::Compare(comparison, Box::new(left), Box::new(right)), Type::Bool, stage)
}

pub(crate) fn at_most(left: Expr, right: Expr) -> Expr {
    compare(Comparison::LessEqual, left, right)
}

pub(crate) fn equal(left: Expr, right: Expr) -> Expr {
    compare(Comparison::Equal, left, right)
}

pub(crate) fn implies(left: Expr, right: Expr) -> Expr {
    let stage = later(&left, &right, Stage::Neither);
    expr(ExprKind::Implies(Box::new(left), Box::new(right)), Type::Bool, stage)
}

pub(crate) fn logic(operator: Logic, left: Expr, right: Expr) -> Expr {
    let stage = later(&left, &right, Stage::Neither);
    expr(ExprKind::Logic(operator, Box::new(left), Box::new(right)), Type::Bool, stage)
}

pub(crate) fn not(inner: Expr) -> Expr {
    let stage = inner.stage;
    expr(ExprKind::Not(Box::new(inner)), Type::Bool, stage)
}

pub(crate) fn choice(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    let stage = later(&then, &otherwise, Stage::Affine).max(condition.stage);
    let ty = then.ty.clone();
    expr(ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)), ty, stage)
}

pub(crate) fn call(function: Function, arguments: Vec<Expr>) -> Expr {
    let stage = arguments.iter().map(|argument| argument.stage).max().unwrap_or(Stage::Ground);
    expr(ExprKind::Call(function, arguments), plain(), stage)
}

pub(crate) fn penalties() -> Expr {
    expr(ExprKind::Penalties, plain(), Stage::Affine)
}

pub(crate) fn aggregate(aggregate: Aggregate, binders: Vec<Binder>, body: Expr) -> Expr {
    let ty = match aggregate {
        Aggregate::Any | Aggregate::All => Type::Bool,
        _ => plain(),
    };
    let stage = match (aggregate, body.stage) {
        (_, Stage::Ground) => Stage::Ground,
        (Aggregate::Sum, stage) => stage,
        _ => Stage::Neither,
    };
    expr(ExprKind::Aggregate(aggregate, binders, Box::new(body)), ty, stage)
}

pub(crate) fn sum(binders: Vec<Binder>, body: Expr) -> Expr {
    aggregate(Aggregate::Sum, binders, body)
}

/// `bins(binders: items each size in bin)`
pub(crate) fn bins(binders: Vec<Binder>, items: Expr, size: Expr, bin: Expr) -> Expr {
    let packed = ExprKind::Packed(Box::new(items), Box::new(size), Box::new(bin));
    aggregate(Aggregate::Bins, binders, expr(packed, plain(), Stage::Convex))
}

pub(crate) fn binder(var: u32, name: &str, domain: Domain) -> Binder {
    Binder { var: VarId(var), name: name.into(), domain, condition: None, span: span() }
}

pub(crate) fn each_w() -> Binder {
    binder(0, "w", Domain::Input(WORKLOADS))
}

pub(crate) fn each_p() -> Binder {
    binder(1, "p", Domain::Input(POOLS))
}

pub(crate) fn only(mut binder: Binder, condition: Expr) -> Binder {
    binder.condition = Some(condition);
    binder
}

/// A hard rule without a reason.
pub(crate) fn rule(name: &str, body: Vec<Statement>) -> Rule {
    Rule {
        name: name.into(),
        kind: RuleKind::Rule,
        soft: None,
        if_broken: IfBroken::Fail,
        rollout: Default::default(),
        because: Vec::new(),
        body,
        frame: 4,
        span: span(),
    }
}

pub(crate) fn require(condition: Expr) -> Statement {
    Statement::Require { condition, span: span() }
}

pub(crate) fn for_each(binders: Vec<Binder>, body: Vec<Statement>) -> Statement {
    Statement::For { binders, body }
}

/// `x[w, p] where condition`, binding both.
pub(crate) fn eligibility(condition: Option<Expr>) -> Eligibility {
    Eligibility {
        binders: vec![each_w(), each_p()],
        decision: X,
        arguments: vec![Argument::At(w()), Argument::At(p())],
        condition,
        span: span(),
    }
}

/// `rule capacity { for p in pools: sum(w in workloads: x[w, p] * w.request[cpu]) <= p.capacity[cpu] }`
pub(crate) fn capacity() -> Rule {
    let used = sum(vec![each_w()], times(x(Some(w()), Some(p())), cpu(w())));
    rule("capacity", vec![for_each(vec![each_p()], vec![require(at_most(used, cpu(p())))])])
}

/// `let name[w, p] = value`, with `w` in slot 0 and `p` in slot 1.
pub(crate) fn named(name: &str, value: Expr) -> Let {
    Let {
        name: name.into(),
        indices: vec![each_w(), each_p()],
        value,
        frame: 4,
        unit: None,
        span: span(),
    }
}

pub(crate) fn read(id: u32, arguments: Vec<Option<Expr>>, stage: Stage) -> Expr {
    let arguments =
        arguments.into_iter().map(|value| value.map_or(Argument::All, Argument::At)).collect();
    expr(ExprKind::Let(LetId(id), arguments), plain(), stage)
}

fn shop() -> Policy {
    let fields = |list: [(&str, Type, bool); 4]| {
        list.into_iter()
            .map(|(name, ty, optional)| Field {
                name: name.into(),
                ty,
                optional,
                default: None,
                range: (None, None),
                whole: false,
                unit: None,
                span: span(),
            })
            .collect()
    };
    let entity = |name: &str, fields, input| Entity {
        name: name.into(),
        fields,
        key: FieldId(0),
        input: Some(input),
        span: span(),
    };
    let workload = fields([
        ("id", Type::Text, false),
        ("request", Type::Amounts, false),
        ("replicas", plain(), false),
        ("home", Type::Text, true),
    ]);
    let pool = fields([
        ("id", Type::Text, false),
        ("capacity", Type::Amounts, false),
        ("price", plain(), true),
        ("region", Type::Text, false),
    ]);
    let input = |name: &str, entity| Input { name: name.into(), entity, max: None, span: span() };
    Policy {
        edition: 2026,
        entities: vec![entity("Workload", workload, WORKLOADS), entity("Pool", pool, POOLS)],
        inputs: vec![input("workloads", WORKLOAD), input("pools", POOL)],
        resources: vec![Resource { name: "cpu".into(), unit: Unit::plain(), span: span() }],
        decisions: vec![Decision {
            name: "x".into(),
            is_place: true,
            indices: vec![each_w(), each_p()],
            dimension: Dimension::PLAIN,
            whole: true,
            lower: None,
            upper: Some(field(w(), REPLICAS)),
            condition: None,
            frame: 2,
            unit: None,
            span: span(),
        }],
        ..Policy::default()
    }
}

fn table<'t>(
    world: &mut World,
    input: &str,
    keys: impl Iterator<Item = &'t str>,
    columns: Vec<Column>,
) -> Table {
    let keys: Vec<Symbol> = keys.map(|key| symbol(world, key)).collect();
    let key_column = Column { data: ColumnData::Text(keys.clone()), present: None };
    let places = (0..keys.len() as u32).map(|row| RowPlace { file: 0, row }).collect();
    let columns = std::iter::once(key_column).chain(columns).collect();
    Table { input: input.to_owned(), keys, columns, places }
}

fn symbol(world: &mut World, text: &str) -> Symbol {
    world.symbols.intern(text).unwrap_or(Symbol(u32::MAX))
}

fn amounts(values: impl Iterator<Item = f64>) -> Column {
    let data = ColumnData::Amounts { stride: 1, values: values.collect() };
    Column { data, present: None }
}

fn numbers(values: impl Iterator<Item = Option<f64>>) -> Column {
    let values: Vec<_> = values.collect();
    let present = values.iter().map(Option::is_some).collect();
    let data = ColumnData::Number(values.into_iter().map(Option::unwrap_or_default).collect());
    Column { data, present: Some(present) }
}

fn texts<'t>(world: &mut World, values: impl Iterator<Item = Option<&'t str>>) -> Column {
    let values: Vec<_> = values.collect();
    let present = values.iter().map(Option::is_some).collect();
    let symbols = values.into_iter().map(|text| symbol(world, text.unwrap_or_default())).collect();
    Column { data: ColumnData::Text(symbols), present: Some(present) }
}

//! Checked expressions by hand, facts of one row, and what both evaluators make of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use apportion_check::eval::{EvalError, EvalErrorKind, Evaluator, Facts, Limits, Value};
use apportion_check::policy::{
    Aggregate, Arithmetic, Binder, Comparison, Domain, EntityId, Expr, ExprKind, FieldId, Function,
    InputId, Logic, ParamId, Policy, SlotsId, Stage, Type, VarId,
};
use apportion_diagnostic::{SourceId, Span};
use apportion_units::Dimension;

/// `row.n`, a number that may be absent.
pub(crate) const N: FieldId = FieldId(1);
/// `row.t`, a text that may be absent.
pub(crate) const T: FieldId = FieldId(2);
/// `row.m`, numbers by text.
pub(crate) const M: FieldId = FieldId(3);
/// `row.s`, a set of texts.
pub(crate) const S: FieldId = FieldId(4);

/// The only row of the only entity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) n: Option<f64>,
    pub(crate) t: Option<String>,
    pub(crate) m: BTreeMap<String, f64>,
    pub(crate) s: BTreeSet<String>,
}

impl Facts for Row {
    fn field(&self, entity: EntityId, field: FieldId, row: u32) -> Value<'_> {
        match field {
            N => self.n.map_or(Value::Absent, Value::Number),
            T => self.t.as_ref().map_or(Value::Absent, |text| Value::Text(Cow::Borrowed(text))),
            _ => Value::Held(entity, field, row),
        }
    }

    fn entry(&self, _: EntityId, _: FieldId, _: u32, key: &Value<'_>) -> Value<'_> {
        match key {
            Value::Text(key) => {
                self.m.get(&**key).map_or(Value::Absent, |number| Value::Number(*number))
            }
            _ => Value::Absent,
        }
    }

    fn elements(&self, _: EntityId, field: FieldId, _: u32) -> Vec<Value<'_>> {
        let text = |text| Value::Text(Cow::Borrowed(text));
        match field {
            M => self.m.keys().map(|key| text(key.as_str())).collect(),
            _ => self.s.iter().map(|element| text(element.as_str())).collect(),
        }
    }

    fn rows(&self, _: InputId) -> u32 {
        1_000_000
    }

    fn param(&self, _: ParamId) -> Value<'_> {
        Value::Number(7.0)
    }

    fn slots(&self, _: SlotsId) -> (u32, f64) {
        (24, 3600.0)
    }

    fn now(&self) -> f64 {
        1e9
    }
}

pub(crate) fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

pub(crate) fn number_type() -> Type {
    Type::Number(Dimension::PLAIN)
}

pub(crate) fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, stage: Stage::Ground, span: span() }
}

pub(crate) fn number(value: f64) -> Expr {
    expr(ExprKind::Number(value), number_type())
}

pub(crate) fn text(value: &str) -> Expr {
    expr(ExprKind::Text(value.into()), Type::Text)
}

pub(crate) fn boolean(value: bool) -> Expr {
    expr(ExprKind::Bool(value), Type::Bool)
}

/// `row` in slot 0.
pub(crate) fn row() -> Expr {
    expr(ExprKind::Var(VarId(0)), Type::Row(EntityId(0)))
}

pub(crate) fn field(id: FieldId) -> Expr {
    let ty = match id {
        N => number_type(),
        T => Type::Text,
        M => Type::Map(Box::new(Type::Text), Box::new(number_type())),
        _ => Type::Set(Box::new(Type::Text)),
    };
    expr(ExprKind::Field(Box::new(row()), id), ty)
}

pub(crate) fn lookup(owner: Expr, key: Expr, ty: Type) -> Expr {
    expr(ExprKind::Lookup(Box::new(owner), Box::new(key)), ty)
}

pub(crate) fn has(inner: Expr) -> Expr {
    expr(ExprKind::Has(Box::new(inner)), Type::Bool)
}

pub(crate) fn or_else(left: Expr, right: Expr) -> Expr {
    let ty = left.ty.clone();
    expr(ExprKind::Default(Box::new(left), Box::new(right)), ty)
}

pub(crate) fn arithmetic(operator: Arithmetic, left: Expr, right: Expr) -> Expr {
    let ty = left.ty.clone();
    expr(ExprKind::Arithmetic(operator, Box::new(left), Box::new(right)), ty)
}

pub(crate) fn negate(inner: Expr) -> Expr {
    expr(ExprKind::Negate(Box::new(inner)), number_type())
}

pub(crate) fn not(inner: Expr) -> Expr {
    expr(ExprKind::Not(Box::new(inner)), Type::Bool)
}

pub(crate) fn compare(comparison: Comparison, left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Compare(comparison, Box::new(left), Box::new(right)), Type::Bool)
}

pub(crate) fn logic(operator: Logic, left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Logic(operator, Box::new(left), Box::new(right)), Type::Bool)
}

pub(crate) fn choice(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    let ty = then.ty.clone();
    expr(ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)), ty)
}

pub(crate) fn is_in(element: Expr, collection: Expr) -> Expr {
    expr(ExprKind::In(Box::new(element), Box::new(collection)), Type::Bool)
}

pub(crate) fn list(parts: Vec<Expr>) -> Expr {
    let element = parts.first().map_or(number_type(), |part| part.ty.clone());
    expr(ExprKind::List(parts), Type::List(Box::new(element)))
}

pub(crate) fn set(parts: Vec<Expr>) -> Expr {
    let element = parts.first().map_or(number_type(), |part| part.ty.clone());
    expr(ExprKind::Set(parts), Type::Set(Box::new(element)))
}

pub(crate) fn call(function: Function, arguments: Vec<Expr>) -> Expr {
    let ty = match function {
        Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches => {
            Type::Bool
        }
        Function::LowerAscii | Function::UpperAscii | Function::Text => Type::Text,
        _ => number_type(),
    };
    expr(ExprKind::Call(function, arguments), ty)
}

/// The variable in slot 1.
pub(crate) fn bound(ty: Type) -> Expr {
    expr(ExprKind::Var(VarId(1)), ty)
}

/// An aggregate over slot 1.
pub(crate) fn aggregate(aggregate: Aggregate, domain: Domain, body: Expr) -> Expr {
    aggregate_where(aggregate, domain, None, body)
}

pub(crate) fn aggregate_where(
    aggregate: Aggregate,
    domain: Domain,
    condition: Option<Expr>,
    body: Expr,
) -> Expr {
    let ty = match aggregate {
        Aggregate::Any | Aggregate::All => Type::Bool,
        _ => number_type(),
    };
    let binder = Binder { var: VarId(1), name: "v".into(), domain, condition, span: span() };
    expr(ExprKind::Aggregate(aggregate, vec![binder], Box::new(body)), ty)
}

/// The value of an expression over a row, as text: two values agree where their texts do.
pub(crate) fn ours(expr: &Expr, row: &Row) -> Result<String, EvalErrorKind> {
    ours_within(expr, row, Limits::default())
}

pub(crate) fn ours_within(expr: &Expr, row: &Row, limits: Limits) -> Result<String, EvalErrorKind> {
    let policy = Policy::default();
    let evaluator = Evaluator::new(&policy, row, limits);
    let mut frame = [Value::Row(0), Value::Absent];
    let value = evaluator.eval(expr, &mut frame).map_err(|error: EvalError| error.kind)?;
    Ok(shown(&value))
}

pub(crate) fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("{:?}", number + 0.0),
        Value::Text(text) => format!("{text:?}"),
        Value::Collection(elements) => {
            format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// What the `cel` crate makes of a text over the same row; `None` is an error.
pub(crate) fn theirs(source: &str, row: &Row) -> Option<String> {
    let program =
        cel::Program::compile(source).unwrap_or_else(|error| panic!("no CEL: {source}\n{error:?}"));
    let mut context = cel::Context::default();
    context.add_variable_from_value("row", cel_row(row));
    program.execute(&context).ok().map(|value| cel_shown(&value))
}

fn cel_row(row: &Row) -> cel::Value {
    let text = |text: &String| cel::Value::String(Arc::new(text.clone()));
    let mut fields: std::collections::HashMap<String, cel::Value> = Default::default();
    fields.extend(row.n.map(|number| ("n".to_owned(), cel::Value::Float(number))));
    fields.extend(row.t.as_ref().map(|value| ("t".to_owned(), text(value))));
    let entries: std::collections::HashMap<String, cel::Value> =
        row.m.iter().map(|(key, number)| (key.clone(), cel::Value::Float(*number))).collect();
    fields.insert("m".to_owned(), entries.into());
    let elements = row.s.iter().map(text).collect::<Vec<_>>();
    fields.insert("s".to_owned(), cel::Value::List(Arc::new(elements)));
    fields.into()
}

fn cel_shown(value: &cel::Value) -> String {
    match value {
        cel::Value::Bool(value) => value.to_string(),
        cel::Value::Int(number) => format!("{:?}", *number as f64),
        cel::Value::Float(number) => format!("{:?}", number + 0.0),
        cel::Value::String(text) => format!("{text:?}"),
        cel::Value::List(elements) => {
            format!("[{}]", elements.iter().map(cel_shown).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// A text as a CEL literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ => _ = quoted.write_char(character),
        }
    }
    quoted.push('"');
    quoted
}

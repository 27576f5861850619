//! The schema that the loader is given.

use apportion_check::policy::*;
use apportion_diagnostic::{SourceId, Sources, Span};
use apportion_facts::{Settings, schema};
use apportion_units::{Dimension, Unit};
use apportion_world::schema::{Kind, MapKey, NumberKind, Schema, Value};

fn span() -> Span {
    Span::new(SourceId(0), 4, 8)
}

fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, stage: Stage::Ground, span: span() }
}

fn plain() -> Type {
    Type::Number(Dimension::PLAIN)
}

fn field(name: &str, ty: Type, default: Option<Expr>) -> Field {
    Field {
        name: name.into(),
        ty,
        optional: false,
        default,
        range: (Some(0.0), None),
        whole: true,
        unit: None,
        span: span(),
    }
}

fn policy(fields: Vec<Field>) -> Policy {
    let entity = Entity {
        name: "Pool".into(),
        fields,
        key: FieldId(0),
        input: Some(InputId(0)),
        span: span(),
    };
    let index = |var, name: &str, domain| Binder {
        var: VarId(var),
        name: name.into(),
        domain,
        condition: None,
        span: span(),
    };
    let word = expr(ExprKind::EnumValue(EnumId(0), 1), Type::Enum(EnumId(0)));
    Policy {
        entities: vec![entity],
        enums: vec![Enum {
            name: "Market".into(),
            values: vec!["reserved".into(), "spot".into()],
            span: span(),
        }],
        inputs: vec![Input {
            name: "pools".into(),
            entity: EntityId(0),
            max: Some(10),
            span: span(),
        }],
        resources: vec![Resource { name: "cpu".into(), unit: Unit::plain(), span: span() }],
        slots: vec![Slots {
            name: "hours".into(),
            over: expr(ExprKind::Number(6.0), plain()),
            every: expr(ExprKind::Number(2.0), plain()),
            aligned: false,
            span: span(),
        }],
        decisions: vec![Decision {
            name: "x".into(),
            is_place: false,
            indices: vec![
                index(0, "p", Domain::Input(InputId(0))),
                index(1, "m", Domain::Values(vec![word])),
                index(2, "r", Domain::Resources),
                index(3, "t", Domain::Slots(SlotsId(0))),
                index(4, "n", Domain::Enum(EnumId(0))),
            ],
            dimension: Dimension::PLAIN,
            whole: true,
            lower: None,
            upper: None,
            condition: None,
            frame: 5,
            unit: None,
            span: span(),
        }],
        ..Policy::default()
    }
}

#[track_caller]
fn made(policy: &Policy) -> Result<Schema, Vec<&'static str>> {
    let mut sources = Sources::default();
    sources.add("policy/main.alloc", "one\ntwo\nthree");
    let settings = Settings::new(policy, &[], 0.0).map_err(|_| Vec::new())?;
    schema(policy, &settings, &sources)
        .map_err(|findings| findings.iter().map(|finding| finding.code).collect())
}

fn map(key: Type, value: Type) -> Type {
    Type::Map(Box::new(key), Box::new(value))
}

fn whole_number() -> Kind {
    Kind::Number(NumberKind { unit: None, whole: true, least: Some(0.0), most: None })
}

#[test]
fn every_type_of_field_has_its_kind() {
    let kinds = [
        (Type::Text, Kind::Text),
        (Type::Bool, Kind::Bool),
        (plain(), whole_number()),
        (Type::Time, Kind::Time),
        (Type::Enum(EnumId(0)), Kind::Enum(0)),
        (Type::Row(EntityId(0)), Kind::Reference(0)),
        (Type::Amounts, Kind::Amounts),
        (Type::Set(Box::new(Type::Text)), Kind::Set(Box::new(Kind::Text))),
        (map(Type::Enum(EnumId(0)), plain()), Kind::Map(MapKey::Enum(0), Box::new(whole_number()))),
        (
            map(Type::Slot(SlotsId(0)), plain()),
            Kind::Map(MapKey::Slot(0), Box::new(whole_number())),
        ),
    ];
    let fields = kinds.iter().map(|(ty, _)| field("f", ty.clone(), None)).collect();
    let made = made(&policy(fields)).map(|schema| {
        schema.entities[0].fields.iter().map(|field| field.kind.clone()).collect::<Vec<_>>()
    });
    assert_eq!(made, Ok(kinds.map(|(_, kind)| kind).to_vec()));
}

#[test]
fn defaults_are_worked_out() {
    let number = || expr(ExprKind::Number(2.0), plain());
    let sum = ExprKind::Arithmetic(Arithmetic::Add, Box::new(number()), Box::new(number()));
    let empty = expr(ExprKind::Set(Vec::new()), Type::Set(Box::new(Type::Text)));
    let word = expr(ExprKind::EnumValue(EnumId(0), 1), Type::Enum(EnumId(0)));
    let defaults = [
        (plain(), expr(sum, plain()), Value::Number(4.0)),
        (Type::Text, expr(ExprKind::Text("a".into()), Type::Text), Value::Text("a".to_owned())),
        (Type::Bool, expr(ExprKind::Bool(true), Type::Bool), Value::Bool(true)),
        (Type::Enum(EnumId(0)), word, Value::Enum(1)),
        (Type::Set(Box::new(Type::Text)), empty, Value::Empty),
        (Type::Amounts, number(), Value::EveryResource(2.0)),
    ];
    let fields = defaults
        .iter()
        .map(|(ty, default, _)| field("f", ty.clone(), Some(default.clone())))
        .collect();
    let made = made(&policy(fields)).map(|schema| {
        schema.entities[0].fields.iter().map(|field| field.default.clone()).collect::<Vec<_>>()
    });
    assert_eq!(made, Ok(defaults.map(|(_, _, value)| Some(value)).to_vec()));
}

#[test]
fn inputs_slots_and_decisions_are_named() {
    let Ok(schema) = made(&policy(vec![field("id", Type::Text, None)])) else {
        panic!("a schema is expected");
    };
    assert_eq!((schema.inputs[0].name.as_str(), schema.inputs[0].max), ("pools", Some(10)));
    assert_eq!((schema.slots[0].name.as_str(), schema.slots[0].count), ("hours", 3));
    assert_eq!(
        schema.decisions[0].indices,
        [MapKey::Reference(0), MapKey::Enum(0), MapKey::Resource, MapKey::Slot(0), MapKey::Enum(0)]
    );
    assert_eq!(schema.entities[0].fields[0].declared, "policy/main.alloc:2:1");
}

#[test]
fn only_a_number_below_nought_lets_less_than_nothing_run() {
    let number = |number| Some(expr(ExprKind::Number(number), plain()));
    let cases = [
        (None, Some(0.0)),
        (number(2.0), Some(0.0)),
        (number(-4.0), Some(-4.0)),
        (Some(expr(ExprKind::Now, plain())), None),
    ];
    for (lower, least) in cases {
        let mut policy = policy(vec![field("id", Type::Text, None)]);
        policy.decisions[0].lower = lower;
        let made =
            made(&policy).map(|schema| (schema.decisions[0].whole, schema.decisions[0].least));
        assert_eq!(made, Ok((true, least)));
    }
}

#[test]
fn what_no_input_can_hold_is_refused() {
    let list = Type::List(Box::new(Type::Text));
    let odd_map = map(Type::Bool, plain());
    let division = ExprKind::Arithmetic(
        Arithmetic::Divide,
        Box::new(expr(ExprKind::Number(1.0), plain())),
        Box::new(expr(ExprKind::Number(0.0), plain())),
    );
    let fields = vec![
        field("a", list, None),
        field("b", odd_map, None),
        field("c", plain(), Some(expr(division, plain()))),
    ];
    let codes = made(&policy(fields)).map(|_| ());
    assert_eq!(codes, Err(vec!["not-implemented", "not-implemented", "bad-value"]));
}

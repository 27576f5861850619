//! Fields, entries and elements of a world's columns.

use apportion_check::eval::{Facts, Value};
use apportion_check::policy::*;
use apportion_diagnostic::{SourceId, Span};
use apportion_facts::{Settings, WorldFacts};
use apportion_units::{Dimension, Unit, parse_unit};
use apportion_world::{Column, ColumnData, Symbol, Table, World};

const ENTITY: EntityId = EntityId(0);

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

fn unit(text: &str) -> Unit {
    parse_unit(text).map_or(Unit::plain(), |unit| unit.unit)
}

fn plain() -> Type {
    Type::Number(Dimension::PLAIN)
}

fn policy(fields: Vec<(&str, Type)>) -> Policy {
    let fields = fields
        .into_iter()
        .map(|(name, ty)| Field {
            name: name.into(),
            ty,
            optional: true,
            default: None,
            range: (None, None),
            whole: false,
            unit: (name == "number").then(|| unit("h")),
            span: span(),
        })
        .collect();
    Policy {
        entities: vec![Entity {
            name: "Row".into(),
            fields,
            key: FieldId(0),
            input: Some(InputId(0)),
            span: span(),
        }],
        enums: vec![Enum {
            name: "Market".into(),
            values: vec!["reserved".into(), "spot".into()],
            span: span(),
        }],
        inputs: vec![Input { name: "rows".into(), entity: ENTITY, max: None, span: span() }],
        resources: vec![Resource { name: "cpu".into(), unit: unit("millicores"), span: span() }],
        ..Policy::default()
    }
}

fn symbol(world: &mut World, text: &str) -> Symbol {
    world.symbols.intern(text).unwrap_or(Symbol(u32::MAX))
}

fn all(data: ColumnData) -> Column {
    Column { data, present: None }
}

/// Two rows: texts, an optional number, a time, an enum, a reference, amounts, a map by enum, a map by
/// text, a set of texts.
fn check(then: impl FnOnce(&WorldFacts<'_>)) {
    let market = Type::Enum(EnumId(0));
    let map = |key| Type::Map(Box::new(key), Box::new(plain()));
    let policy = policy(vec![
        ("id", Type::Text),
        ("number", plain()),
        ("time", Type::Time),
        ("market", market.clone()),
        ("other", Type::Row(ENTITY)),
        ("amounts", Type::Amounts),
        ("by_market", map(market)),
        ("by_text", map(Type::Text)),
        ("set", Type::Set(Box::new(Type::Text))),
    ]);
    let mut world = World::default();
    // Interned against the order of the texts.
    let [z, a, m] = ["z", "a", "m"].map(|text| symbol(&mut world, text));
    let mut by_text = [a.0, z.0];
    by_text.sort_unstable();
    let columns = vec![
        all(ColumnData::Text(vec![a, m])),
        Column { data: ColumnData::Number(vec![1.5, 0.0]), present: Some(vec![true, false]) },
        all(ColumnData::Number(vec![10.0, 20.0])),
        all(ColumnData::Enum(vec![1, 0])),
        all(ColumnData::Reference(vec![1, 0])),
        all(ColumnData::Amounts { stride: 2, values: vec![1.0, 2.0, 3.0, 4.0] }),
        all(ColumnData::Map {
            start: vec![0, 1, 3],
            keys: vec![1, 0, 1],
            values: Box::new(ColumnData::Number(vec![5.0, 6.0, 7.0])),
        }),
        all(ColumnData::Map {
            start: vec![0, 2, 2],
            keys: by_text.to_vec(),
            values: Box::new(ColumnData::Number(vec![8.0, 9.0])),
        }),
        all(ColumnData::Set {
            start: vec![0, 2, 2],
            values: Box::new(ColumnData::Text(vec![z, a])),
        }),
    ];
    world.tables.push(Table {
        input: "rows".to_owned(),
        keys: vec![a, m],
        columns,
        places: Vec::new(),
    });
    let Ok(settings) = Settings::new(&policy, &[], 42.0) else { panic!("no settings") };
    then(&WorldFacts::new(&policy, &world, &settings));
}

fn text(text: &str) -> Value<'_> {
    Value::Text(text.into())
}

#[test]
fn fields_are_read_by_their_type() {
    check(|facts| {
        let field = |id, row| facts.field(ENTITY, FieldId(id), row);
        assert_eq!(field(0, 1), text("m"));
        assert_eq!(field(1, 0), Value::Number(1.5));
        assert_eq!(field(1, 1), Value::Absent);
        assert_eq!(field(2, 1), Value::Time(20.0));
        assert_eq!(field(3, 0), Value::Enum(1));
        assert_eq!(field(4, 0), Value::Row(1));
        assert_eq!(field(5, 0), Value::Held(ENTITY, FieldId(5), 0));
        assert_eq!(facts.now(), 42.0);
        assert_eq!(facts.rows(InputId(0)), 2);
    });
}

#[test]
fn entries_are_found_by_key() {
    check(|facts| {
        let entry = |id, row, key: Value<'_>| {
            let found = facts.entry(ENTITY, FieldId(id), row, &key);
            if let Value::Number(number) = found { Some(number) } else { None }
        };
        assert_eq!(entry(5, 1, Value::Resource(0)), Some(3.0));
        assert_eq!(entry(5, 1, Value::Resource(2)), None);
        assert_eq!(entry(6, 0, Value::Enum(0)), None);
        assert_eq!(entry(6, 1, Value::Enum(0)), Some(6.0));
        assert_eq!(entry(6, 1, Value::Enum(1)), Some(7.0));
        assert_eq!(entry(7, 0, text("z")), Some(8.0));
        assert_eq!(entry(7, 0, text("a")), Some(9.0));
        assert_eq!(entry(7, 0, text("m")), None);
        assert_eq!(entry(7, 0, text("unknown")), None);
        assert_eq!(entry(7, 1, text("a")), None);
    });
}

#[test]
fn elements_come_in_the_order_of_their_texts() {
    check(|facts| {
        assert_eq!(facts.elements(ENTITY, FieldId(8), 0), [text("a"), text("z")]);
        assert_eq!(facts.elements(ENTITY, FieldId(7), 0), [text("a"), text("z")]);
        assert_eq!(facts.elements(ENTITY, FieldId(6), 1), [Value::Enum(0), Value::Enum(1)]);
        assert_eq!(facts.elements(ENTITY, FieldId(8), 1), []);
    });
}

#[test]
fn holding_and_size_agree_with_the_elements() {
    check(|facts| {
        let words = || vec![Value::Enum(0), Value::Enum(1)];
        let texts = || vec![text("a"), text("z"), text("m"), text("unknown")];
        for (field, candidates) in [(6, words()), (7, texts()), (8, texts())] {
            let field = FieldId(field);
            for row in 0..2 {
                let elements = facts.elements(ENTITY, field, row);
                assert_eq!(facts.size(ENTITY, field, row), elements.len());
                for candidate in &candidates {
                    let held = facts.holds(ENTITY, field, row, candidate);
                    assert_eq!(held, elements.contains(candidate), "{field:?} {candidate:?}");
                }
            }
        }
    });
}

#[test]
fn what_is_not_there_is_absent_and_no_panic() {
    check(|facts| {
        assert_eq!(facts.field(EntityId(9), FieldId(0), 0), Value::Absent);
        assert_eq!(facts.field(ENTITY, FieldId(99), 0), Value::Absent);
        assert_eq!(facts.field(ENTITY, FieldId(0), 99), Value::Absent);
        assert_eq!(facts.field(ENTITY, FieldId(1), 99), Value::Absent);
        assert_eq!(facts.entry(ENTITY, FieldId(5), 99, &Value::Resource(0)), Value::Absent);
        assert_eq!(facts.entry(ENTITY, FieldId(6), 99, &Value::Enum(0)), Value::Absent);
        assert_eq!(facts.elements(ENTITY, FieldId(6), 99), []);
        assert_eq!(facts.rows(InputId(9)), 0);
        assert_eq!(facts.param(ParamId(9)), Value::Absent);
        assert_eq!(facts.slots(SlotsId(9)), (0, 0.0));
    });
}

#[test]
fn values_have_the_names_that_people_know() {
    check(|facts| {
        assert_eq!(facts.name(&Value::Row(1), &Type::Row(ENTITY)), "m");
        assert_eq!(facts.name(&Value::Enum(1), &Type::Enum(EnumId(0))), "spot");
        assert_eq!(facts.name(&Value::Resource(0), &Type::Resource), "cpu");
        assert_eq!(facts.name(&Value::Slot(7), &Type::Slot(SlotsId(0))), "7");
        assert_eq!(facts.key(ENTITY, 0), "a");
    });
}

#[test]
fn numbers_are_shown_in_the_unit_of_their_author() {
    check(|facts| {
        let expr = |kind, ty| Expr { kind, ty, stage: Stage::Ground, span: span() };
        let row = Box::new(expr(ExprKind::Var(VarId(0)), Type::Row(ENTITY)));
        let field = |id| expr(ExprKind::Field(row.clone(), FieldId(id)), plain());
        let day = Value::Number(86_400.0);
        assert_eq!(facts.display(&day, &field(1)), "24 h");
        assert_eq!(facts.display(&Value::Number(1_234.5), &field(2)), "1234.5");
        let amounts = Box::new(expr(ExprKind::Field(row.clone(), FieldId(5)), Type::Amounts));
        let cpu = Box::new(expr(ExprKind::Resource(ResourceId(0)), Type::Resource));
        let lookup = expr(ExprKind::Lookup(amounts, cpu), plain());
        assert_eq!(facts.display(&Value::Number(0.25), &lookup), "250 millicores");
        let reference = expr(ExprKind::Field(row.clone(), FieldId(4)), Type::Row(ENTITY));
        assert_eq!(facts.display(&Value::Row(1), &reference), "m");
    });
}

//! One schema, files as text, and a world as text.

use apportion_diagnostic::{Sources, render};
use apportion_units::{Unit, parse_unit};
use apportion_world::schema::{
    DecisionSchema, EntitySchema, EnumSchema, FieldSchema, InputSchema, Kind, MapKey, NumberKind,
    ResourceSchema, Schema, SlotsSchema, Value,
};
use apportion_world::{ColumnData, Format, InputBytes, Loaded, Table, World, load};
use expect_test::Expect;

const REGION: usize = 0;
const POOL: usize = 1;
const WORKLOAD: usize = 2;
const MARKET: usize = 0;
const DATA: usize = 1;

/// Compares the world that the files give, or the findings, with what is expected. A file is the input that
/// its name says, in the format that its ending says.
#[track_caller]
pub(crate) fn check(files: &[(&str, &str)], expected: Expect) {
    let inputs: Vec<InputBytes> = files.iter().map(|(name, text)| input(name, text)).collect();
    check_inputs(&inputs, None, expected);
}

/// As [`check`], with what the manifest says of the inputs and with what runs now.
#[track_caller]
pub(crate) fn check_inputs(inputs: &[InputBytes], now: Option<(&str, &str)>, expected: Expect) {
    let schema = schema(inputs.iter().map(|input| input.input.as_str()));
    let now = now.map(|(name, text)| input(name, text));
    expected.assert_eq(&show(&schema, &load(&schema, inputs, now.as_ref())));
}

pub(crate) fn input(name: &str, text: impl AsRef<[u8]>) -> InputBytes {
    let (stem, _) = name.split_once('.').unwrap_or((name, ""));
    InputBytes {
        input: stem.to_owned(),
        file: format!("data/{name}"),
        format: Format::of_name(name).unwrap_or_default(),
        bytes: text.as_ref().to_vec(),
        ..InputBytes::default()
    }
}

/// The schema of a small fleet, with the inputs that are named.
pub(crate) fn schema<'n>(inputs: impl Iterator<Item = &'n str>) -> Schema {
    let mut schema = Schema {
        forecasts: Vec::new(),
        entities: vec![region(), pool(), workload()],
        enums: vec![
            words("Market", &["on_demand", "reserved", "spot"]),
            words("Data", &["logs", "pii"]),
        ],
        resources: vec![
            ResourceSchema { name: "cpu".into(), unit: unit("cores") },
            ResourceSchema { name: "memory".into(), unit: unit("GiB") },
        ],
        slots: vec![SlotsSchema { name: "hours".into(), count: 24 }],
        inputs: Vec::new(),
        decisions: vec![
            DecisionSchema {
                name: "x".into(),
                indices: vec![MapKey::Reference(REGION), MapKey::Enum(MARKET)],
                unit: None,
                whole: true,
                least: Some(0.0),
            },
            DecisionSchema {
                name: "held".into(),
                indices: vec![MapKey::Slot(0), MapKey::Resource],
                unit: Some(unit("GiB")),
                whole: false,
                least: Some(0.0),
            },
        ],
    };
    for name in inputs {
        let entity = match name {
            "regions" => REGION,
            "pools" => POOL,
            _ => WORKLOAD,
        };
        schema.entities[entity].input = Some(schema.inputs.len());
        schema.inputs.push(InputSchema { name: name.into(), entity, max: Some(1000) });
    }
    schema
}

fn region() -> EntitySchema {
    entity("Region", vec![field("id", Kind::Text), optional(field("country", Kind::Text))])
}

fn pool() -> EntitySchema {
    let price = Kind::Number(number("USD/h", Some(0.0)));
    let rtt = Kind::Number(number("ms", Some(0.0)));
    let count = Kind::Number(NumberKind { unit: None, whole: true, least: Some(0.0), most: None });
    entity(
        "Pool",
        vec![
            field("id", Kind::Text),
            optional(field("region", Kind::Reference(REGION))),
            optional(field("market", Kind::Enum(MARKET))),
            defaulted(field("capacity", Kind::Amounts), Value::EveryResource(0.0)),
            defaulted(
                field("price", Kind::Map(MapKey::Enum(MARKET), Box::new(price))),
                Value::Empty,
            ),
            optional(field("rtt", Kind::Map(MapKey::Reference(REGION), Box::new(rtt)))),
            optional(field("free", Kind::Map(MapKey::Slot(0), Box::new(count)))),
            optional(field("labels", Kind::Set(Box::new(Kind::Text)))),
            optional(field("opened", Kind::Time)),
            defaulted(field("open", Kind::Bool), Value::Bool(true)),
        ],
    )
}

fn workload() -> EntitySchema {
    let whole = NumberKind { unit: None, whole: true, least: Some(0.0), most: None };
    let share = NumberKind { unit: None, whole: false, least: Some(0.0), most: Some(1.0) };
    entity(
        "Workload",
        vec![
            field("id", Kind::Text),
            field("replicas", Kind::Number(whole)),
            optional(field("latency", Kind::Number(number("ms", Some(0.0))))),
            defaulted(field("share", Kind::Number(share)), Value::Number(0.5)),
            optional(field("bid", Kind::Number(number("USD/h", None)))),
            defaulted(field("data", Kind::Set(Box::new(Kind::Enum(DATA)))), Value::Empty),
        ],
    )
}

fn entity(name: &str, fields: Vec<FieldSchema>) -> EntitySchema {
    EntitySchema { name: name.into(), fields, key: 0, input: None }
}

fn field(name: &str, kind: Kind) -> FieldSchema {
    FieldSchema {
        name: name.into(),
        kind,
        optional: false,
        default: None,
        declared: "policy/main.alloc:1:1".into(),
    }
}

fn optional(field: FieldSchema) -> FieldSchema {
    FieldSchema { optional: true, ..field }
}

fn defaulted(field: FieldSchema, default: Value) -> FieldSchema {
    FieldSchema { default: Some(default), ..field }
}

fn number(unit_name: &str, least: Option<f64>) -> NumberKind {
    NumberKind { unit: Some(unit(unit_name)), whole: false, least, most: None }
}

fn words(name: &str, values: &[&str]) -> EnumSchema {
    EnumSchema { name: name.into(), values: values.iter().map(|it| (*it).to_owned()).collect() }
}

fn unit(name: &str) -> Unit {
    parse_unit(name).expect("a unit of the tests").unit
}

/// Findings as they are printed, then the tables, row by row.
fn show(schema: &Schema, loaded: &Loaded) -> String {
    let sources = Sources::default();
    let mut out: Vec<String> =
        loaded.findings.iter().map(|finding| render(finding, &sources)).collect();
    if let Some(world) = &loaded.world {
        out.push(show_world(schema, world));
    }
    out.join("\n")
}

/// All that a world says, without the numbers of its texts and rows.
pub(crate) fn show_world(schema: &Schema, world: &World) -> String {
    let shown = Shown { schema, world };
    let mut out = String::new();
    for (position, table) in world.tables.iter().enumerate() {
        out += &shown.table(position, table);
    }
    for filled in &world.filled {
        out += &format!("default of {}.{} for {} rows\n", filled.input, filled.field, filled.rows);
    }
    for entry in &world.current.entries {
        let decision = &schema.decisions[entry.decision as usize];
        let at: Vec<String> = decision
            .indices
            .iter()
            .zip(&entry.at)
            .map(|(key, code)| shown.map_key(*key, *code))
            .collect();
        out += &format!("now {}[{}] = {}\n", decision.name, at.join(", "), entry.value);
    }
    for entry in &world.current.departed {
        let decision = &schema.decisions[entry.decision as usize];
        out += &format!("gone {}[{}] = {}\n", decision.name, entry.at.join(", "), entry.value);
    }
    out
}

struct Shown<'a> {
    schema: &'a Schema,
    world: &'a World,
}

impl Shown<'_> {
    fn table(&self, position: usize, table: &Table) -> String {
        let entity = &self.schema.entities[self.schema.inputs[position].entity];
        let mut out = format!("{}\n", table.input);
        for (row, key) in table.keys.iter().enumerate() {
            out += &format!("  {}:", self.world.symbols.text(*key));
            for (field, column) in entity.fields.iter().zip(&table.columns).skip(1) {
                if column.present.as_ref().is_none_or(|present| present[row]) {
                    let value = self.value(&field.kind, &column.data, row);
                    out += &format!(" {}={value}", field.name);
                }
            }
            out += "\n";
        }
        out
    }

    fn value(&self, kind: &Kind, data: &ColumnData, row: usize) -> String {
        match (kind, data) {
            (_, ColumnData::Number(values)) => values[row].to_string(),
            (_, ColumnData::Bool(values)) => values[row].to_string(),
            (_, ColumnData::Text(values)) => self.world.symbols.text(values[row]).to_owned(),
            (Kind::Enum(id), ColumnData::Enum(values)) => {
                self.map_key(MapKey::Enum(*id), values[row])
            }
            (Kind::Reference(entity), ColumnData::Reference(values)) => {
                self.map_key(MapKey::Reference(*entity), values[row])
            }
            (_, ColumnData::Amounts { stride, values }) => {
                format!("{:?}", &values[row * stride..(row + 1) * stride])
            }
            (Kind::Map(key, value), ColumnData::Map { start, keys, values }) => {
                let entries = (start[row]..start[row + 1]).map(|at| {
                    let at = at as usize;
                    format!("{}: {}", self.map_key(*key, keys[at]), self.value(value, values, at))
                });
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            (Kind::Set(element), ColumnData::Set { start, values }) => {
                let mut elements: Vec<String> = (start[row]..start[row + 1])
                    .map(|at| self.value(element, values, at as usize))
                    .collect();
                elements.sort();
                format!("{{{}}}", elements.join(", "))
            }
            _ => "a column of another kind than its field".to_owned(),
        }
    }

    fn map_key(&self, key: MapKey, code: u32) -> String {
        match key {
            MapKey::Enum(id) => self.schema.enums[id].values[code as usize].clone(),
            MapKey::Reference(entity) => {
                let input = self.schema.entities[entity].input.expect("it has an input");
                self.world.key(input, code).to_owned()
            }
            MapKey::Resource => self.schema.resources[code as usize].name.clone(),
            MapKey::Slot(_) => code.to_string(),
            MapKey::Text => self.world.symbols.text(apportion_world::Symbol(code)).to_owned(),
        }
    }
}

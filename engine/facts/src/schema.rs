//! What a policy expects of its inputs, as the loader's schema.

use apportion_check::policy::{
    self, Decision, DecisionId, Domain, Entity, Expr, ExprKind, Field, Forecast, Policy, Type,
};
use apportion_diagnostic::{Diagnostic, Sources, Span};
use apportion_world::schema::{
    DecisionSchema, EntitySchema, EnumSchema, FieldSchema, ForecastSchema, InputSchema, Kind,
    MapKey, Missing, NumberKind, ResourceSchema, Schema, SlotsSchema, Value,
};

use crate::settings::cannot_evaluate;
use crate::{ParamValue, Settings};

/// The column of a forecast that is one number.
const VALUE: &str = "value";

/// The schema of the policy's inputs, with defaults worked out; `sources` are the texts that the
/// policy's spans point into. Every default without a value is reported.
pub fn schema(
    policy: &Policy,
    settings: &Settings,
    sources: &Sources,
) -> Result<Schema, Vec<Diagnostic>> {
    let mut maker = Maker { policy, settings, sources, findings: Vec::new() };
    let schema = Schema {
        entities: policy.entities.iter().map(|entity| maker.entity(entity)).collect(),
        enums: policy
            .enums
            .iter()
            .map(|list| EnumSchema {
                name: list.name.to_string(),
                values: list.values.iter().map(|word| word.to_string()).collect(),
            })
            .collect(),
        resources: policy
            .resources
            .iter()
            .map(|resource| ResourceSchema {
                name: resource.name.to_string(),
                unit: resource.unit.clone(),
            })
            .collect(),
        slots: policy
            .slots
            .iter()
            .zip(0..)
            .map(|(slots, id)| SlotsSchema {
                name: slots.name.to_string(),
                count: settings.slots(apportion_check::policy::SlotsId(id)).0,
            })
            .collect(),
        inputs: policy
            .inputs
            .iter()
            .map(|input| InputSchema {
                name: input.name.to_string(),
                entity: input.entity.index(),
                max: input.max,
            })
            .collect(),
        forecasts: policy.forecasts.iter().filter_map(|it| maker.forecast(it)).collect(),
        // Those that nobody decides come last.
        decisions: (0..)
            .zip(&policy.decisions)
            .filter(|(id, _)| !policy.is_auxiliary(DecisionId(*id)))
            .map(|(_, decision)| maker.decision(decision))
            .collect(),
    };
    if maker.findings.is_empty() { Ok(schema) } else { Err(maker.findings) }
}

struct Maker<'p> {
    policy: &'p Policy,
    settings: &'p Settings,
    sources: &'p Sources,
    findings: Vec<Diagnostic>,
}

impl Maker<'_> {
    fn entity(&mut self, entity: &Entity) -> EntitySchema {
        EntitySchema {
            name: entity.name.to_string(),
            fields: entity.fields.iter().map(|field| self.field(field)).collect(),
            key: entity.key.index(),
            input: entity.input.map(|input| input.index()),
        }
    }

    fn field(&mut self, field: &Field) -> FieldSchema {
        let kind = self.kind(&field.ty, field);
        FieldSchema {
            name: field.name.to_string(),
            kind: kind.unwrap_or(Kind::Text),
            optional: field.optional,
            default: field.default.as_ref().and_then(|default| self.default(default, field)),
            declared: self.place(field.span),
        }
    }

    fn forecast(&mut self, forecast: &Forecast) -> Option<ForecastSchema> {
        let missing = match &forecast.missing {
            policy::Missing::Deny => Missing::Deny,
            policy::Missing::Exclude => Missing::Exclude,
            policy::Missing::Assume(value) => Missing::Assume(self.number(value, forecast)?),
            policy::Missing::Last(age) => Missing::Last(self.number(age, forecast)?),
        };
        if let (Missing::Assume(value), policy::Missing::Assume(expr)) =
            (missing, &forecast.missing)
            && (forecast.least.is_some_and(|least| value < least)
                || forecast.whole && value.fract() != 0.0)
        {
            let message = format!("`{}` cannot have the value that is assumed", forecast.name);
            let text = match forecast.whole {
                true => "a whole number of at least 0 is needed",
                false => "at least 0 is needed",
            };
            self.findings.push(Diagnostic::error("out-of-range", message).at(expr.span, text));
        }
        let names = forecast.quantiles.iter().map(|it| match it.name.as_str() {
            "" => VALUE.to_owned(),
            name => name.to_owned(),
        });
        Some(ForecastSchema {
            name: forecast.name.to_string(),
            input: forecast.input.index(),
            quantiles: names.collect(),
            kind: NumberKind {
                unit: forecast.unit.clone(),
                whole: forecast.whole,
                least: forecast.least,
                most: None,
            },
            slots: forecast.slots.index(),
            first: self.settings.slot_start(forecast.slots, 0),
            every: self.settings.slots(forecast.slots).1,
            missing,
        })
    }

    fn number(&mut self, expr: &Expr, forecast: &Forecast) -> Option<f64> {
        let number = self.settings.number(self.policy, expr);
        let told = |error| cannot_evaluate(self.policy, &forecast.name, &error);
        number.map_err(|error| self.findings.push(told(error))).ok()
    }

    fn kind(&mut self, ty: &Type, field: &Field) -> Option<Kind> {
        match ty {
            Type::Text => Some(Kind::Text),
            Type::Bool => Some(Kind::Bool),
            Type::Number(_) => Some(Kind::Number(NumberKind {
                unit: field.unit.clone(),
                whole: field.whole,
                least: field.range.0,
                most: field.range.1,
            })),
            Type::Time => Some(Kind::Time),
            Type::Enum(id) => Some(Kind::Enum(id.index())),
            Type::Row(entity) => Some(Kind::Reference(entity.index())),
            Type::Amounts => Some(Kind::Amounts),
            Type::Map(key, value) => {
                let key = map_key(key);
                let value = self.kind(value, field);
                if key.is_none() {
                    self.refuse(field.span, "a map cannot be keyed by this");
                }
                Some(Kind::Map(key?, Box::new(value?)))
            }
            Type::Set(element) => Some(Kind::Set(Box::new(self.kind(element, field)?))),
            Type::Resource | Type::Slot(_) | Type::List(_) | Type::Unknown => {
                self.refuse(field.span, "no input can hold this");
                None
            }
        }
    }

    fn default(&mut self, default: &Expr, field: &Field) -> Option<Value> {
        let value = match self.settings.eval(self.policy, default) {
            Ok(value) => value,
            Err(error) => {
                self.findings.push(cannot_evaluate(self.policy, &field.name, &error));
                return None;
            }
        };
        match (value, &field.ty) {
            (ParamValue::Number(number), Type::Amounts) => Some(Value::EveryResource(number)),
            (ParamValue::Number(number) | ParamValue::Time(number), _) => {
                Some(Value::Number(number))
            }
            (ParamValue::Text(text), _) => Some(Value::Text(text)),
            (ParamValue::Bool(value), _) => Some(Value::Bool(value)),
            (ParamValue::Enum(word), _) => Some(Value::Enum(word)),
            (ParamValue::Collection(elements), _) if elements.is_empty() => Some(Value::Empty),
            (ParamValue::Collection(_) | ParamValue::Resource(_), _) => {
                self.refuse(default.span, "a default can be one value or an empty set");
                None
            }
        }
    }

    fn decision(&mut self, decision: &Decision) -> DecisionSchema {
        let mut indices = Vec::new();
        for index in &decision.indices {
            let key = match &index.domain {
                Domain::Input(input) => self
                    .policy
                    .inputs
                    .get(input.index())
                    .map(|input| MapKey::Reference(input.entity.index())),
                Domain::Enum(id) => Some(MapKey::Enum(id.index())),
                Domain::Resources => Some(MapKey::Resource),
                Domain::Slots(slots) => Some(MapKey::Slot(slots.index())),
                Domain::Values(values) => values.first().and_then(|value| map_key(&value.ty)),
                Domain::Set(set) => match &set.ty {
                    Type::Set(element) | Type::List(element) => map_key(element),
                    _ => None,
                },
            };
            match key {
                Some(key) if key != MapKey::Text => indices.push(key),
                _ => self.refuse(index.span, "a decision cannot have this index"),
            }
        }
        DecisionSchema {
            name: decision.name.to_string(),
            indices,
            unit: decision.unit.clone(),
            whole: decision.whole,
            least: least(decision),
        }
    }

    fn refuse(&mut self, span: Span, what: &str) {
        let finding = Diagnostic::error("not-implemented", what).at(span, "this is not read yet");
        self.findings.push(finding);
    }

    fn place(&self, span: Span) -> String {
        let Some(source) = self.sources.get(span.source) else { return String::new() };
        let place = source.line_column(span.start);
        format!("{}:{}:{}", source.path, place.line, place.column)
    }
}

/// The least value that can run: 0, which stands for what does not run, or a number below it that the declaration
/// names. Nothing is known where facts decide.
fn least(decision: &Decision) -> Option<f64> {
    match decision.lower.as_ref().map(|bound| &bound.kind) {
        None => Some(0.0),
        Some(ExprKind::Number(number)) => Some(number.min(0.0)),
        Some(_) => None,
    }
}

fn map_key(ty: &Type) -> Option<MapKey> {
    match ty {
        Type::Text => Some(MapKey::Text),
        Type::Enum(id) => Some(MapKey::Enum(id.index())),
        Type::Row(entity) => Some(MapKey::Reference(entity.index())),
        Type::Slot(slots) => Some(MapKey::Slot(slots.index())),
        Type::Resource => Some(MapKey::Resource),
        _ => None,
    }
}

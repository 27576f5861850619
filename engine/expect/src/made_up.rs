//! Made-up rows: a few for each input, of values that the policy has reason to tell apart.
//!
//! Numbers are small, or at the ends of their range; texts are those that the policy mentions, and one that it does not;
//! what may be absent is absent at times. References lead to rows that are there.

use std::collections::BTreeSet;

use apportion_check::eval::walk;
use apportion_check::policy::{
    Data, Domain, Entity, EntityId, Expr, ExprKind, Field, Forecast, ForecastId, InputId, Literal,
    LiteralKind, Missing, Policy, Rule, Statement, Test, Type,
};
use apportion_check::unit_for;
use apportion_diagnostic::{Diagnostic, Span};
use apportion_facts::Settings;
use apportion_units::Unit;
use fastrand::Rng;
use jiff::Timestamp;
use smol_str::{SmolStr, format_smolstr};

use crate::facts::settings;
use crate::project::Project;
use crate::worlds::{RowsOf, World};

/// The most rows of an input.
const MOST_ROWS: usize = 4;
/// Numbers without a range.
const NUMBERS: [f64; 8] = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 20.0];
/// Digits that a number is written with: the first that leave it in its range.
const DIGITS: [usize; 5] = [6, 9, 12, 15, 17];
/// A day, in seconds.
const DAY: f64 = 86_400.0;

/// Makes the worlds of one test.
pub(crate) struct Maker<'p> {
    policy: &'p Policy,
    test: &'p Test,
    settings: Settings,
    texts: Vec<SmolStr>,
}

impl<'p> Maker<'p> {
    /// Fails where parameters have no value, or rows come from a file, whose keys nothing made up could refer to.
    pub(crate) fn new(project: &Project<'p>, test: &'p Test) -> Result<Maker<'p>, Vec<Diagnostic>> {
        let policy = project.policy;
        let files = (0..policy.inputs.len() as u32).filter_map(|id| match test.rows(InputId(id)) {
            Some((Data::File(_), span)) => Some(span),
            _ => None,
        });
        let findings: Vec<Diagnostic> = files
            .map(|span| {
                let message = "a test of made-up worlds writes the rows that it gives";
                Diagnostic::error("type-mismatch", message)
                    .at(span, "what is made up could not refer to them")
            })
            .collect();
        if !findings.is_empty() {
            return Err(findings);
        }
        let settings = settings(project, test)?;
        Ok(Maker { policy, test, settings, texts: texts(policy) })
    }

    /// The world of a number.
    pub(crate) fn world(&self, number: u64) -> World {
        let mut rng = Rng::with_seed(number);
        let keys: Vec<Vec<SmolStr>> = (0..self.policy.inputs.len())
            .map(|input| match self.test.rows(InputId(input as u32)) {
                Some((Data::Written(rows), _)) => self.written_keys(input, rows),
                _ => {
                    let word = self.policy.inputs[input].name.chars().next().unwrap_or('r');
                    (1..=rng.usize(1..=MOST_ROWS)).map(|it| format_smolstr!("{word}{it}")).collect()
                }
            })
            .collect();
        let made = (0..self.policy.inputs.len()).filter_map(|input| {
            let id = InputId(input as u32);
            if self.test.rows(id).is_some() {
                return None;
            }
            let entity = &self.policy.entities[self.policy.inputs[input].entity.index()];
            let mut row = Row { maker: self, rng: &mut rng, keys: &keys };
            let rows = keys[input].iter().map(|key| row.of((id, entity), key)).collect();
            Some((RowsOf::Input(id), self.literal(LiteralKind::List(rows))))
        });
        let mut made: World = made.collect();
        for (forecast, id) in self.policy.forecasts.iter().zip(0..) {
            let id = ForecastId(id);
            if self.test.forecast(id).is_none() {
                let mut row = Row { maker: self, rng: &mut rng, keys: &keys };
                let rows = keys[forecast.input.index()].iter();
                let rows = rows.filter_map(|key| row.of_forecast(forecast, key)).collect();
                made.push((RowsOf::Forecast(id), self.literal(LiteralKind::List(rows))));
            }
        }
        made
    }

    fn written_keys(&self, input: usize, rows: &Literal) -> Vec<SmolStr> {
        let entity = &self.policy.entities[self.policy.inputs[input].entity.index()];
        let key = &entity.fields[entity.key.index()].name;
        let LiteralKind::List(rows) = &rows.kind else { return Vec::new() };
        let keys = rows.iter().filter_map(|row| match &row.kind {
            LiteralKind::Record(fields) => {
                fields.iter().find_map(|(name, value)| match &value.kind {
                    LiteralKind::Text(text) if name == key => Some(text.clone()),
                    _ => None,
                })
            }
            _ => None,
        });
        keys.collect()
    }

    fn literal(&self, kind: LiteralKind) -> Literal {
        Literal { kind, span: self.span() }
    }

    /// What is made up stands nowhere but at the test.
    fn span(&self) -> Span {
        self.test.span
    }
}

/// Makes the fields of a row.
struct Row<'m, 'p> {
    maker: &'m Maker<'p>,
    rng: &'m mut Rng,
    /// The keys of each input.
    keys: &'m [Vec<SmolStr>],
}

impl Row<'_, '_> {
    fn of(&mut self, (input, entity): (InputId, &Entity), key: &SmolStr) -> Literal {
        let mut fields = Vec::new();
        let forecasts = self.maker.policy.forecasts.iter();
        let mut held = forecasts.filter(|it| it.input == input).flat_map(|it| &it.quantiles);
        let own = held.next().map_or(entity.fields.len(), |first| first.field.index());
        for (number, field) in entity.fields.iter().enumerate().take(own) {
            let value = if number == entity.key.index() {
                Some(LiteralKind::Text(key.clone()))
            } else if (field.optional || field.default.is_some()) && self.rng.u8(0..3) == 0 {
                None
            } else {
                self.value(&field.ty, field)
            };
            fields.extend(value.map(|kind| (field.name.clone(), self.maker.literal(kind))));
        }
        self.maker.literal(LiteralKind::Record(fields))
    }

    /// The forecast of a row, the same in every slot; none now and then, where a value is assumed in its place.
    fn of_forecast(&mut self, forecast: &Forecast, key: &SmolStr) -> Option<Literal> {
        if matches!(forecast.missing, Missing::Assume(_)) && self.rng.u8(0..4) == 0 {
            return None;
        }
        let entity = &self.maker.policy.entities[forecast.entity.index()];
        let name = entity.fields[entity.key.index()].name.clone();
        let mut fields = vec![(name, self.maker.literal(LiteralKind::Text(key.clone())))];
        let mut least = forecast.least;
        for quantile in &forecast.quantiles {
            let unit = forecast.unit.as_ref();
            let kind = self.number(unit, (least, None), forecast.whole);
            least = base_of(&kind, unit).or(least);
            let name = match quantile.name.as_str() {
                "" => SmolStr::new_static("value"),
                _ => quantile.name.clone(),
            };
            fields.push((name, self.maker.literal(kind)));
        }
        Some(self.maker.literal(LiteralKind::Record(fields)))
    }

    /// A value of a type, of a field or inside of it; none where there can be none.
    fn value(&mut self, ty: &Type, field: &Field) -> Option<LiteralKind> {
        Some(match ty {
            Type::Bool => LiteralKind::Bool(self.rng.bool()),
            Type::Number(dimension) => {
                let unit = field.unit.clone().or_else(|| unit_for(*dimension));
                self.number(unit.as_ref(), field.range, field.whole)
            }
            Type::Time => {
                let days = f64::from(self.rng.i8(-1..=1));
                let at = self.maker.settings.at() + days * DAY;
                LiteralKind::Text(Timestamp::from_second(at as i64).ok()?.to_string().into())
            }
            Type::Amounts => {
                let resources = self.maker.policy.resources.iter().map(|resource| {
                    let kind = self.number(Some(&resource.unit), (None, None), false);
                    (resource.name.clone(), self.maker.literal(kind))
                });
                LiteralKind::Record(resources.collect())
            }
            Type::Set(element) => {
                let words: BTreeSet<SmolStr> = self.words(element)?.into_iter().collect();
                let chosen: Vec<SmolStr> =
                    words.into_iter().filter(|_| self.rng.u8(0..3) == 0).collect();
                let parts = chosen.into_iter().map(|it| self.maker.literal(LiteralKind::Text(it)));
                LiteralKind::List(parts.collect())
            }
            Type::Map(key, value) => {
                let mut entries = Vec::new();
                for word in self.words(key)? {
                    if self.rng.u8(0..4) > 0 {
                        let kind = self.value(value, field)?;
                        entries.push((word, self.maker.literal(kind)));
                    }
                }
                LiteralKind::Record(entries)
            }
            _ => {
                let words = self.words(ty)?;
                let position = self.rng.usize(0..words.len().max(1));
                LiteralKind::Text(words.get(position)?.clone())
            }
        })
    }

    /// The words of a type that has words.
    fn words(&self, ty: &Type) -> Option<Vec<SmolStr>> {
        let policy = self.maker.policy;
        Some(match ty {
            Type::Text => self.maker.texts.clone(),
            Type::Enum(id) => policy.enums[id.index()].values.clone(),
            Type::Resource => policy.resources.iter().map(|it| it.name.clone()).collect(),
            Type::Row(entity) => self.keys[input_of(policy, *entity)?].clone(),
            Type::Slot(id) => {
                let (count, _) = self.maker.settings.slots(*id);
                (0..count).map(|slot| format_smolstr!("{slot}")).collect()
            }
            _ => return None,
        })
    }

    fn number(
        &mut self,
        unit: Option<&Unit>,
        (least, most): (Option<f64>, Option<f64>),
        whole: bool,
    ) -> LiteralKind {
        let of_base = |value: f64| unit.map_or(value, |unit| unit.value_from_base(value));
        let (lowest, highest) = (least.unwrap_or(0.0), most.unwrap_or(f64::INFINITY));
        let is_within = |text: &SmolStr| {
            let base = unit.map_or_else(|| text.parse().ok(), |unit| unit.to_base(text));
            base.is_some_and(|base| (lowest..=highest).contains(&base))
        };
        let (least, most) = (least.map_or(0.0, of_base), most.map_or(f64::INFINITY, of_base));
        let share = if whole { 1.0 } else { [1.0, 1.0, 0.5, 0.1][self.rng.usize(0..4)] };
        let number = match self.rng.u8(0..8) {
            0 => least,
            1 if most.is_finite() => most,
            _ => (least + NUMBERS[self.rng.usize(0..NUMBERS.len())] * share).min(most),
        };
        let mut texts = DIGITS.iter().map(|digits| rounded(number, *digits));
        let text = texts.find(is_within).unwrap_or_else(|| format_smolstr!("{number}"));
        match unit.filter(|unit| !unit.name.is_empty()) {
            Some(unit) => LiteralKind::Text(format_smolstr!("{text} {}", unit.name)),
            None => LiteralKind::Number(text),
        }
    }
}

/// The value in base units of a number as it was made.
fn base_of(kind: &LiteralKind, unit: Option<&Unit>) -> Option<f64> {
    let (LiteralKind::Text(text) | LiteralKind::Number(text)) = kind else { return None };
    let number = text.split(' ').next()?;
    unit.map_or_else(|| number.parse().ok(), |unit| unit.to_base(number))
}

/// The number of so many significant digits that is nearest.
fn rounded(number: f64, digits: usize) -> SmolStr {
    let nearest: f64 = format!("{number:.*e}", digits - 1).parse().unwrap_or(number);
    format_smolstr!("{nearest}")
}

fn input_of(policy: &Policy, entity: EntityId) -> Option<usize> {
    policy.entities[entity.index()].input.map(InputId::index)
}

/// The texts that the policy compares others with, and one that it does not.
fn texts(policy: &Policy) -> Vec<SmolStr> {
    let mut texts: BTreeSet<SmolStr> = [SmolStr::new_static("other")].into();
    let mut add = |expr: &Expr| {
        walk(expr, &mut |part| {
            if let ExprKind::Text(text) = &part.kind {
                texts.insert(text.clone());
            }
        });
    };
    policy.lets.iter().for_each(|it| add(&it.value));
    policy.decisions.iter().filter_map(|it| it.condition.as_ref()).for_each(&mut add);
    policy.rules.iter().for_each(|rule| of_rule(rule, &mut add));
    texts.into_iter().collect()
}

fn of_rule(rule: &Rule, add: &mut dyn FnMut(&Expr)) {
    let mut open: Vec<&Statement> = rule.body.iter().collect();
    while let Some(statement) = open.pop() {
        match statement {
            Statement::For { binders, body } => {
                for binder in binders {
                    binder.condition.iter().for_each(&mut *add);
                    if let Domain::Set(set) = &binder.domain {
                        add(set);
                    }
                }
                open.extend(body);
            }
            Statement::Forbid(it) | Statement::Permit(it) => {
                it.condition.iter().for_each(&mut *add);
            }
            Statement::Require { condition, .. } => add(condition),
        }
    }
}

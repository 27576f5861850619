//! Types and units as written.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{Name, Range, TypeExpr, TypeExprKind, UnitExpr};
use apportion_units::{Base, Dimension, Period, Rational, Unit, UnitError};
use smol_str::SmolStr;

use crate::check::Checker;
use crate::index::Symbol;
use crate::policy::{EnumId, Type};

/// A type as an item declares it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Declared {
    pub(crate) ty: Type,
    /// Whether only whole numbers are taken.
    pub(crate) whole: bool,
    /// Whether the value may be absent.
    pub(crate) optional: bool,
    /// The unit for display and for bare numbers in data.
    pub(crate) unit: Option<Unit>,
    /// Whether it is `flag`: 0 or 1.
    pub(crate) flag: bool,
}

impl Declared {
    fn of(ty: Type) -> Declared {
        Declared { ty, whole: false, optional: false, unit: None, flag: false }
    }
}

/// The values of an enum written in place, in a set or a map too.
pub(crate) fn inline_enum(ty: &TypeExpr) -> Option<&[Name]> {
    match &ty.kind {
        TypeExprKind::Enum(values) => Some(values),
        TypeExprKind::Set(inner) => inline_enum(inner),
        TypeExprKind::Map(key, value) => inline_enum(key).or_else(|| inline_enum(value)),
        TypeExprKind::Unit(_) | TypeExprKind::Missing => None,
    }
}

/// A unit that is shown as a percentage.
pub(crate) fn percent() -> Unit {
    let factor = Rational::new(1, 100).unwrap_or(Rational::ONE);
    Unit { dimension: Dimension::PLAIN, factor, name: "%".into() }
}

/// The base unit of time.
pub(crate) fn second() -> Unit {
    Unit { dimension: Dimension::of(Base::Second), factor: Rational::ONE, name: "s".into() }
}

impl Checker<'_> {
    /// The type that a declaration names; `inline` is the number of an enum written in place.
    pub(crate) fn declared_type(&mut self, ty: &TypeExpr, inline: Option<EnumId>) -> Declared {
        let mut declared = match &ty.kind {
            TypeExprKind::Missing => Declared::of(Type::Unknown),
            TypeExprKind::Enum(_) => Declared::of(match inline {
                Some(id) => Type::Enum(id),
                None => self.enum_out_of_place(ty.range),
            }),
            TypeExprKind::Set(element) => {
                let element = self.declared_type(element, inline);
                let ty = Type::Set(Box::new(element.ty));
                Declared { ty, optional: false, ..element }
            }
            TypeExprKind::Map(key_type, value) => {
                let key = self.declared_type(key_type, inline);
                let rest = if inline_enum(key_type).is_some() { None } else { inline };
                let value = self.declared_type(value, rest);
                let ty = Type::Map(Box::new(key.ty), Box::new(value.ty));
                Declared { ty, optional: false, ..value }
            }
            TypeExprKind::Unit(unit) => self.word_or_unit(unit),
        };
        declared.optional = ty.optional;
        declared
    }

    /// Only a field may have a type that nothing else can name.
    fn enum_out_of_place(&mut self, range: Range) -> Type {
        let text = "declare it by itself: `enum Name { … }`";
        let message = "an enum is written in place in a field only, and once";
        self.error("type-mismatch", message, range, text);
        Type::Unknown
    }

    fn word_or_unit(&mut self, unit: &UnitExpr) -> Declared {
        if let [(name, 1)] = unit.factors.as_slice()
            && unit.per.is_empty()
        {
            if let Some(declared) = built_in(&name.text) {
                return declared;
            }
            match self.symbol(&name.text) {
                Some(Symbol::Entity(id)) => return Declared::of(Type::Row(id)),
                Some(Symbol::Enum(id)) => return Declared::of(Type::Enum(id)),
                Some(Symbol::Slots(id)) => return Declared::of(Type::Slot(id)),
                Some(Symbol::Resource(id)) => {
                    let unit = self.resource_unit(id);
                    let ty = Type::Number(unit.dimension);
                    return Declared { unit: Some(unit), ..Declared::of(ty) };
                }
                _ => {}
            }
            if apportion_units::unit_word(&name.text).is_err() {
                self.unknown_type(name);
                return Declared::of(Type::Unknown);
            }
        }
        match self.unit(unit) {
            Some((unit, None)) => {
                let ty = Type::Number(unit.dimension);
                Declared { unit: Some(unit), ..Declared::of(ty) }
            }
            Some((_, Some(period))) => {
                let message = format!("a type cannot be per calendar {}", period.word());
                let text = "only a budget counts by the calendar";
                self.report(
                    Diagnostic::error("month-as-duration", message).at(self.span(unit.range), text),
                );
                Declared::of(Type::Unknown)
            }
            None => Declared::of(Type::Unknown),
        }
    }

    fn unknown_type(&mut self, name: &Name) {
        if self.lacks_names() {
            return;
        }
        let message = format!("there is no type or unit `{}`", name.text);
        let known = self.type_names();
        let words = known.iter().map(SmolStr::as_str);
        let elsewhere = ELSEWHERE.iter().find(|(word, _)| *word == name.text);
        let near = elsewhere.map(|(_, ours)| *ours);
        let near = near.or_else(|| apportion_diagnostic::nearest(&name.text, words));
        let near = near.map(str::to_owned);
        let text = near.as_ref().map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
        let span = self.span(name.range);
        let mut finding = Diagnostic::error("unknown-name", message).at(span, text);
        if let Some(near) = near {
            finding = finding.fix(
                apportion_diagnostic::Applicability::Unsafe,
                format!("`{}` -> `{near}`", name.text),
                vec![apportion_diagnostic::Edit { span, text: near }],
            );
        } else {
            let types: Vec<String> = BUILT_IN.iter().map(|word| format!("`{word}`")).collect();
            finding = finding.note(format!("types: {}, units, enums, entities", types.join(", ")));
        }
        self.report(finding);
    }

    /// A unit as written, and the calendar period that it is for.
    pub(crate) fn unit(&mut self, unit: &UnitExpr) -> Option<(Unit, Option<Period>)> {
        let mut factors: Vec<(&str, i8)> = Vec::new();
        let mut period = None;
        let mut name = String::new();
        for (word, exponent) in &unit.factors {
            factors.push((&word.text, *exponent));
        }
        for word in &unit.per {
            // `per h` is a rate; `per hour` of the calendar is asked for by its word.
            match Period::parse(&word.text) {
                Some(known) => period = Some(known),
                None => factors.push((&word.text, -1)),
            }
            name.push_str(" per ");
            name.push_str(&word.text);
        }
        match Unit::product(factors.into_iter()) {
            Ok(mut found) => {
                if period.is_none() && !unit.per.is_empty() {
                    let before: Vec<(&str, i8)> = unit
                        .factors
                        .iter()
                        .map(|(word, power)| (word.text.as_str(), *power))
                        .collect();
                    if let Ok(before) = Unit::product(before.into_iter()) {
                        found.name = format!("{}{name}", before.name).into();
                    }
                }
                Some((found, period))
            }
            Err(error) => {
                self.unit_error(unit.range, error);
                None
            }
        }
    }

    fn unit_error(&mut self, range: Range, error: UnitError) {
        let span = self.span(range);
        let finding = match &error {
            UnitError::Calendar { word } => {
                Diagnostic::error("month-as-duration", error.to_string())
                    .at(span, "how long it is depends on the date")
                    .help(format!(
                        "write a duration in days, `30 d`, or an amount `per {word}` in a budget"
                    ))
            }
            UnitError::Unknown { nearest: Some(near), .. } => {
                Diagnostic::error("unknown-unit", error.to_string())
                    .at(span, format!("did you mean `{near}`?"))
            }
            _ => Diagnostic::error("unknown-unit", error.to_string()).at(span, ""),
        };
        self.report(finding);
    }

    /// Words that can stand for a type.
    fn type_names(&self) -> Vec<SmolStr> {
        let mut names: Vec<SmolStr> = self
            .symbols()
            .filter(|(_, symbol)| {
                matches!(symbol, Symbol::Entity(_) | Symbol::Enum(_) | Symbol::Slots(_))
            })
            .map(|(name, _)| name.clone())
            .collect();
        names.sort();
        names.extend(BUILT_IN.iter().map(SmolStr::new));
        names.extend(apportion_units::unit_words().map(SmolStr::new));
        names
    }
}

const BUILT_IN: &[&str] =
    &["string", "bool", "number", "count", "flag", "ratio", "duration", "time", "amounts"];

/// Types of other languages, each with ours for it.
const ELSEWHERE: &[(&str, &str)] = &[
    ("boolean", "bool"),
    ("int", "count"),
    ("integer", "count"),
    ("float", "number"),
    ("double", "number"),
    ("decimal", "number"),
    ("str", "string"),
    ("text", "string"),
    ("date", "time"),
    ("datetime", "time"),
    ("timestamp", "time"),
];

fn built_in(word: &str) -> Option<Declared> {
    let plain = Declared::of(Type::Number(Dimension::PLAIN));
    Some(match word {
        "string" => Declared::of(Type::Text),
        "bool" => Declared::of(Type::Bool),
        "number" => plain,
        "count" => Declared { whole: true, ..plain },
        "flag" => Declared { whole: true, flag: true, ..plain },
        "ratio" => Declared { unit: Some(percent()), ..plain },
        "duration" => {
            let unit = second();
            Declared { unit: Some(unit), ..Declared::of(Type::Number(Dimension::of(Base::Second))) }
        }
        "time" => Declared::of(Type::Time),
        "amounts" => Declared::of(Type::Amounts),
        _ => return None,
    })
}

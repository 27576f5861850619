//! Parameters: texts from the manifest or the command line, and defaults.

use std::borrow::Cow;
use std::rc::Rc;

use apportion_check::eval::{Value, walk};
use apportion_check::policy::{EnumId, Expr, ExprKind, Param, ParamId, Policy, Type};
use apportion_diagnostic::{Amount, Diagnostic};
use apportion_units::parse_time;

use crate::Settings;
use crate::quantity::{amount, parse_number, shorten};
use crate::settings::cannot_evaluate;

/// A text that somebody gives a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The parameter's name.
    pub name: String,
    /// The value as it was written: `24 h`, `10 %`, `0.3`, `spot`.
    pub text: String,
    /// Who gives it, for messages: `--param`, `apportion.toml`.
    pub origin: String,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    /// A number in base units.
    Number(f64),
    /// Seconds since 1970-01-01T00:00Z.
    Time(f64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(String),
    /// A position in the enum of the parameter's type.
    Enum(u32),
    /// A position in [`Policy::resources`].
    Resource(u32),
    /// A list, or a set in order.
    Collection(Vec<ParamValue>),
}

impl ParamValue {
    /// As the evaluator reads it.
    pub fn as_value(&self) -> Value<'_> {
        match self {
            ParamValue::Number(number) => Value::Number(*number),
            ParamValue::Time(seconds) => Value::Time(*seconds),
            ParamValue::Bool(value) => Value::Bool(*value),
            ParamValue::Text(text) => Value::Text(Cow::Borrowed(text)),
            ParamValue::Enum(word) => Value::Enum(*word),
            ParamValue::Resource(resource) => Value::Resource(*resource),
            ParamValue::Collection(elements) => {
                Value::Collection(elements.iter().map(ParamValue::as_value).collect::<Rc<[_]>>())
            }
        }
    }

    /// Absent for what no parameter can be: a row, a slot, something that a row holds.
    pub(crate) fn from_value(value: &Value<'_>) -> Option<ParamValue> {
        Some(match value {
            Value::Number(number) => ParamValue::Number(*number),
            Value::Time(seconds) => ParamValue::Time(*seconds),
            Value::Bool(value) => ParamValue::Bool(*value),
            Value::Text(text) => ParamValue::Text(text.clone().into_owned()),
            Value::Enum(word) => ParamValue::Enum(*word),
            Value::Resource(resource) => ParamValue::Resource(*resource),
            Value::Collection(elements) => ParamValue::Collection(
                elements.iter().map(ParamValue::from_value).collect::<Option<_>>()?,
            ),
            Value::Absent | Value::Row(_) | Value::Slot(_) | Value::Held(..) => return None,
        })
    }
}

/// Sets every parameter of `settings` and says what stands in the way.
pub(crate) fn fill(policy: &Policy, given: &[Given], settings: &mut Settings) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for entry in given {
        let found = policy.params.iter().position(|param| param.name == entry.name.as_str());
        let Some(position) = found else {
            findings.push(unknown(policy, entry));
            continue;
        };
        match parse(policy, &policy.params[position], entry) {
            Ok(value) => settings.params[position] = Some(value),
            Err(finding) => findings.push(*finding),
        }
    }
    if !findings.is_empty() {
        return findings;
    }
    let mut order =
        Order { policy, state: vec![State::New; policy.params.len()], done: Vec::new() };
    for position in 0..policy.params.len() {
        if let Err(finding) = order.visit(position) {
            findings.push(*finding);
        }
    }
    for position in order.done {
        if settings.params[position].is_none() {
            match from_default(policy, &policy.params[position], settings) {
                Ok(value) => settings.params[position] = Some(value),
                Err(finding) => findings.push(*finding),
            }
        }
    }
    if findings.is_empty() {
        for (position, param) in policy.params.iter().enumerate() {
            let origin = given.iter().rev().find(|entry| param.name == entry.name.as_str());
            findings.extend(check_range(policy, param, position, origin, settings));
        }
    }
    findings
}

fn unknown(policy: &Policy, entry: &Given) -> Diagnostic {
    let message =
        format!("{}: the policy has no parameter `{}`", entry.origin, shorten(&entry.name));
    let finding = Diagnostic::error("unknown-name", message);
    let near = policy
        .params
        .iter()
        .map(|param| (strsim::damerau_levenshtein(&param.name, &entry.name), &param.name))
        .filter(|(distance, name)| *distance <= 2 && *distance < name.len())
        .min();
    match near {
        Some((_, name)) => finding.help(format!("did you mean `{name}`?")),
        None if policy.params.is_empty() => finding.note("it has none at all"),
        None => {
            let names: Vec<_> =
                policy.params.iter().map(|param| format!("`{}`", param.name)).collect();
            finding.note(format!("its parameters are {}", names.join(", ")))
        }
    }
}

fn parse(policy: &Policy, param: &Param, entry: &Given) -> Result<ParamValue, Box<Diagnostic>> {
    let text = entry.text.trim();
    let refuse = |code, expected: String| {
        let message =
            format!("{}: `{}` cannot be `{}`", entry.origin, param.name, shorten(&entry.text));
        Err(Box::new(Diagnostic::error(code, message).at(param.span, expected)))
    };
    match &param.ty {
        Type::Bool => match text {
            "true" => Ok(ParamValue::Bool(true)),
            "false" => Ok(ParamValue::Bool(false)),
            _ => refuse("type-mismatch", "`true` or `false` is expected".to_owned()),
        },
        Type::Text => Ok(ParamValue::Text(entry.text.clone())),
        Type::Enum(id) => match word(policy, *id, text) {
            Some(position) => Ok(ParamValue::Enum(position)),
            None => refuse("enum-value-unknown", expected_word(policy, *id)),
        },
        Type::Resource => {
            match policy.resources.iter().position(|resource| resource.name == text) {
                Some(position) => Ok(ParamValue::Resource(position as u32)),
                None => refuse("unknown-name", "the name of a resource is expected".to_owned()),
            }
        }
        Type::Time => match parse_time(text) {
            Some(seconds) => Ok(ParamValue::Time(seconds)),
            None => {
                refuse("type-mismatch", "a time as `2027-01-31T12:00:00Z` is expected".to_owned())
            }
        },
        Type::Number(dimension) => match parse_number(text, dimension, param.unit.as_ref()) {
            Ok(number) if param.whole && number.fract() != 0.0 => {
                refuse("out-of-range", "a whole number is expected".to_owned())
            }
            Ok(number) => Ok(ParamValue::Number(number)),
            Err((code, expected)) => refuse(code, expected),
        },
        _ => refuse("not-implemented", "this parameter can be set in the policy only".to_owned()),
    }
}

fn word(policy: &Policy, id: EnumId, text: &str) -> Option<u32> {
    let words = &policy.enums.get(id.index())?.values;
    words.iter().position(|word| word == text).map(|position| position as u32)
}

fn expected_word(policy: &Policy, id: EnumId) -> String {
    let words = policy.enums.get(id.index()).map_or(&[][..], |list| &list.values);
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    format!("one of {} is expected", words.join(", "))
}

fn from_default(
    policy: &Policy,
    param: &Param,
    settings: &Settings,
) -> Result<ParamValue, Box<Diagnostic>> {
    let Some(default) = &param.default else {
        let message = format!("nobody gives the parameter `{}` a value", param.name);
        let finding = Diagnostic::error("unset-parameter", message)
            .at(param.span, "it has no default")
            .help(format!("set it with `--param {}=…` or in the manifest", param.name));
        return Err(Box::new(finding));
    };
    let value = settings.eval(policy, default);
    value.map_err(|error| Box::new(cannot_evaluate(policy, &param.name, &error)))
}

fn check_range(
    policy: &Policy,
    param: &Param,
    position: usize,
    origin: Option<&Given>,
    settings: &Settings,
) -> Option<Diagnostic> {
    let Some(ParamValue::Number(number) | ParamValue::Time(number)) = settings.params[position]
    else {
        return None;
    };
    let bound = |bound: &Option<Expr>| match bound {
        Some(bound) => settings.number(policy, bound).map(Some),
        None => Ok(None),
    };
    let (least, most) = match (bound(&param.least), bound(&param.most)) {
        (Ok(least), Ok(most)) => (least, most),
        (Err(error), _) | (_, Err(error)) => {
            return Some(cannot_evaluate(policy, &param.name, &error));
        }
    };
    // A count is 0 or more, whatever range is stated.
    let least = if param.whole { Some(least.unwrap_or(0.0).max(0.0)) } else { least };
    let show = |number: f64| amount(number, &param.ty, param.unit.as_ref());
    let (limit, words) = match (least, most) {
        (Some(least), _) if number < least => (least, "the least is"),
        (_, Some(most)) if number > most => (most, "the most is"),
        _ => return None,
    };
    let have = show(number);
    let message = match origin {
        Some(entry) => {
            format!("{}: `{}` cannot be `{}`", entry.origin, param.name, shorten(&entry.text))
        }
        None => format!("the default of `{}` is out of its range", param.name),
    };
    let limit = show(limit);
    let label = format!("{words} {}", text_of(&limit));
    let mut finding = Diagnostic::error("out-of-range", message).at(param.span, label);
    finding.amounts = vec![("have", have), ("limit", limit)];
    Some(finding)
}

fn text_of(amount: &Amount) -> String {
    let value = amount.value.as_deref().unwrap_or_default();
    if amount.unit.is_empty() { value.to_owned() } else { format!("{value} {}", amount.unit) }
}

/// The order in which defaults are worked out: what one reads comes before it.
struct Order<'p> {
    policy: &'p Policy,
    state: Vec<State>,
    done: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    UnderWay,
    Done,
}

impl Order<'_> {
    fn visit(&mut self, position: usize) -> Result<(), Box<Diagnostic>> {
        let Some(param) = self.policy.params.get(position) else { return Ok(()) };
        match self.state[position] {
            State::Done => return Ok(()),
            State::UnderWay => {
                let message = format!("the default of `{}` reads itself", param.name);
                let finding = Diagnostic::error("definition-cycle", message);
                return Err(Box::new(finding.at(param.span, "needs its own value")));
            }
            State::New => {}
        }
        self.state[position] = State::UnderWay;
        let reads = param.default.as_ref().map_or_else(Vec::new, |default| self.reads(default));
        let visited = reads.iter().try_for_each(|read| self.visit(read.index()));
        self.state[position] = State::Done;
        self.done.push(position);
        visited
    }

    /// The parameters that an expression reads, `let`s followed.
    fn reads(&self, expr: &Expr) -> Vec<ParamId> {
        let mut reads = Vec::new();
        let mut pending = vec![expr];
        let mut followed = vec![false; self.policy.lets.len()];
        while let Some(expr) = pending.pop() {
            walk(expr, &mut |part| match part.kind {
                ExprKind::Param(param) => reads.push(param),
                ExprKind::Let(id, _) => {
                    if let Some(followed) = followed.get_mut(id.index())
                        && !std::mem::replace(followed, true)
                    {
                        pending.push(&self.policy.lets[id.index()].value);
                    }
                }
                _ => {}
            });
        }
        reads
    }
}

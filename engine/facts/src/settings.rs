//! What a run sets besides the world: parameters, the time, and how many slots that makes.

use apportion_check::eval::{EvalError, EvalErrorKind, Evaluator, Facts, Limits, Value};
use apportion_check::policy::{EntityId, Expr, FieldId, InputId, ParamId, Policy, Slots, SlotsId};
use apportion_diagnostic::Diagnostic;

use crate::params::{self, Given, ParamValue};

/// Parameters, time and slots of one run. As facts it has no rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub(crate) at: f64,
    pub(crate) params: Vec<Option<ParamValue>>,
    slots: Vec<(u32, f64)>,
    /// Where the first slot of each row of slots begins.
    first: Vec<f64>,
}

impl Settings {
    /// Works out every parameter from what is given for it, a later text before an earlier one, and
    /// else from its default; then the slots. `at` is the time of the plan in seconds since
    /// 1970-01-01T00:00Z. All mistakes are reported at once.
    pub fn new(policy: &Policy, given: &[Given], at: f64) -> Result<Settings, Vec<Diagnostic>> {
        let mut settings = Settings {
            at,
            params: vec![None; policy.params.len()],
            slots: Vec::new(),
            first: Vec::new(),
        };
        let mut findings = params::fill(policy, given, &mut settings);
        if findings.is_empty() {
            for slots in &policy.slots {
                match settings.count_slots(policy, slots) {
                    Ok((count, length)) => {
                        settings.slots.push((count, length));
                        settings.first.push(match slots.aligned {
                            true => (at / length).floor() * length,
                            false => at,
                        });
                    }
                    Err(finding) => findings.push(*finding),
                }
            }
        }
        if findings.is_empty() { Ok(settings) } else { Err(findings) }
    }

    /// The time of the plan, seconds since 1970-01-01T00:00Z.
    pub fn at(&self) -> f64 {
        self.at
    }

    /// Whether others are the same but for the time of the plan.
    pub fn differs_in_time_only(&self, other: &Settings) -> bool {
        self.params == other.params && self.slots == other.slots
    }

    /// How many slots there are, and the length of one in seconds.
    pub fn slots(&self, slots: SlotsId) -> (u32, f64) {
        self.slots.get(slots.index()).copied().unwrap_or((0, 0.0))
    }

    /// When a slot begins, seconds since 1970-01-01T00:00Z.
    pub fn slot_start(&self, slots: SlotsId, number: u32) -> f64 {
        let first = self.first.get(slots.index()).copied().unwrap_or(self.at);
        first + f64::from(number) * self.slots(slots).1
    }

    /// The value of a parameter, for printing; absent for one that the policy does not have.
    pub fn value(&self, param: ParamId) -> Option<&ParamValue> {
        self.params.get(param.index())?.as_ref()
    }

    pub(crate) fn eval(&self, policy: &Policy, expr: &Expr) -> Result<ParamValue, EvalError> {
        let mut frame = vec![Value::Absent; 1];
        let value = Evaluator::new(policy, self, Limits::default()).eval(expr, &mut frame)?;
        ParamValue::from_value(&value)
            .ok_or(EvalError { kind: EvalErrorKind::Malformed, span: expr.span })
    }

    pub(crate) fn number(&self, policy: &Policy, expr: &Expr) -> Result<f64, EvalError> {
        match self.eval(policy, expr)? {
            ParamValue::Number(number) | ParamValue::Time(number) => Ok(number),
            _ => Err(EvalError { kind: EvalErrorKind::Malformed, span: expr.span }),
        }
    }

    fn count_slots(&self, policy: &Policy, slots: &Slots) -> Result<(u32, f64), Box<Diagnostic>> {
        let length = |expr| {
            self.number(policy, expr)
                .map_err(|error| Box::new(cannot_evaluate(policy, &slots.name, &error)))
        };
        let (over, every) = (length(&slots.over)?, length(&slots.every)?);
        Ok((apportion_check::count_slots(slots, over, every)?, every))
    }
}

pub(crate) fn cannot_evaluate(policy: &Policy, name: &str, error: &EvalError) -> Diagnostic {
    let code = if error.kind.is_limit() { "model-over-limit" } else { "bad-value" };
    Diagnostic::error(code, format!("`{name}` has no value")).at(error.span, error.describe(policy))
}

impl Facts for Settings {
    fn field(&self, _: EntityId, _: FieldId, _: u32) -> Value<'_> {
        Value::Absent
    }

    fn entry(&self, _: EntityId, _: FieldId, _: u32, _: &Value<'_>) -> Value<'_> {
        Value::Absent
    }

    fn elements(&self, _: EntityId, _: FieldId, _: u32) -> Vec<Value<'_>> {
        Vec::new()
    }

    fn rows(&self, _: InputId) -> u32 {
        0
    }

    fn param(&self, param: ParamId) -> Value<'_> {
        self.value(param).map_or(Value::Absent, ParamValue::as_value)
    }

    fn slots(&self, slots: SlotsId) -> (u32, f64) {
        Settings::slots(self, slots)
    }

    fn slot_start(&self, slots: SlotsId, number: u32) -> f64 {
        Settings::slot_start(self, slots, number)
    }

    fn now(&self) -> f64 {
        self.at
    }
}

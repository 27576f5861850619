//! What runs now, from a plan's JSON or a table.

use apportion_diagnostic::Diagnostic;
use apportion_units::{Unit, counted};
use rustc_hash::FxHashSet;
use serde::Deserialize;
use serde_json::Value;

use crate::faults::{At, Faults};
use crate::keys::{Keys, NoKey};
use crate::load::read_table;
use crate::raw::{RawCell, RawTable};
use crate::scalar::{bound, quantity};
use crate::schema::{DecisionSchema, MapKey, NumberKind};
use crate::source::{Format, InputBytes};
use crate::{Current, CurrentEntry, DepartedEntry, Symbols, json};

/// Reads what runs now: a plan's JSON or its `decisions` alone, or a CSV file with one column per index, then
/// `value`, and `decision` where the policy has several.
pub(crate) fn read(
    bytes: &InputBytes,
    keys: &Keys<'_>,
    symbols: &Symbols,
    faults: &mut Faults,
) -> Current {
    let mut reader = Reader {
        bytes,
        keys,
        symbols,
        faults,
        current: Current::default(),
        seen: FxHashSet::default(),
    };
    match bytes.format {
        Format::Json => reader.document(),
        _ => reader.table(),
    }
    let mut current = reader.current;
    current.entries.retain(|entry| entry.value != 0.0);
    current.entries.sort_by(|a, b| (a.decision, &a.at).cmp(&(b.decision, &b.at)));
    current.departed.retain(|entry| entry.value != 0.0);
    current.departed.sort_by(|a, b| (a.decision, &a.at).cmp(&(b.decision, &b.at)));
    current
}

const EXPECTED_LIST: &str = "expected a list of {\"at\": […], \"value\": …}";

struct Reader<'a> {
    bytes: &'a InputBytes,
    keys: &'a Keys<'a>,
    symbols: &'a Symbols,
    faults: &'a mut Faults,
    current: Current,
    /// The tuples so far, by decision.
    seen: FxHashSet<(u32, Vec<String>)>,
}

impl Reader<'_> {
    fn document(&mut self) {
        let bytes = &self.bytes.bytes;
        let decisions = match serde_json::from_slice(bytes) {
            // A list would be taken for the members in their order.
            Ok(Plan { decisions: Some(decisions), levels })
                if bytes.trim_ascii_start().starts_with(b"{") =>
            {
                self.current.gap = levels.and_then(|levels| gap(levels.get(0)?));
                decisions
            }
            _ => match serde_json::from_slice(bytes) {
                Ok(decisions) => decisions,
                Err(error) => {
                    self.faults.finding(json::unreadable(&self.bytes.file, &error));
                    return;
                }
            },
        };
        let Some(decisions) = decisions.as_object() else {
            let message = format!("`{}` does not say what runs now", self.bytes.file);
            let help = "{\"decisions\": {\"x\": [{\"at\": [\"web\", \"eu-1\"], \"value\": 3}]}}";
            self.faults.finding(Diagnostic::error("bad-data", message).help(help));
            return;
        };
        for (name, entries) in decisions {
            let Some(decision) = self.decision(name) else {
                let message = format!(
                    "`{}` speaks of `{name}`, which the policy does not decide",
                    self.bytes.file
                );
                self.faults.finding(Diagnostic::warning("unknown-decision", message));
                continue;
            };
            let Some(entries) = entries.as_array() else {
                let at = At { file: &self.bytes.file, row: None, row_word: "", column: name };
                self.faults.cell(&at, "bad-data", &entries.to_string(), EXPECTED_LIST);
                continue;
            };
            for (number, entry) in entries.iter().enumerate() {
                self.item(decision, name, number, entry);
            }
        }
    }

    fn item(&mut self, decision: usize, name: &str, number: usize, entry: &Value) {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let word = format!("decisions.{name}");
        let at: Option<Vec<String>> =
            entry.get("at").and_then(Value::as_array).and_then(|at| at.iter().map(text).collect());
        let value = entry.get("value").and_then(text);
        let (Some(at), Some(value)) = (at, value) else {
            let expected = "expected {\"at\": […], \"value\": …}";
            self.fault(number as u64, &word, "at", &entry.to_string(), "bad-data", expected.into());
            return;
        };
        // A plan writes values in the unit of the decision, without naming it.
        self.entry(decision, at, &value, number as u64, &word, true);
    }

    fn table(&mut self) {
        let Some(table) = read_table(self.bytes, "", self.faults) else { return };
        let find = |name: &str| table.names.iter().position(|known| known == name);
        let (which, Some(value)) = (find("decision"), find("value")) else {
            let message = format!("`{}` has no column `value`", self.bytes.file);
            self.faults.finding(Diagnostic::error("unknown-column", message));
            return;
        };
        let indices: Vec<usize> =
            (0..table.names.len()).filter(|at| Some(*at) != which && *at != value).collect();
        for row in 0..table.len() {
            let place = u64::from(table.places[row]);
            let name = which.map(|at| text_of(&table, at, row));
            let decision = match &name {
                Some(name) => self.decision(name),
                None => (self.keys.schema.decisions.len() == 1).then_some(0),
            };
            let Some(decision) = decision else {
                let found = name.unwrap_or_default();
                let expected = "no decision of the policy".to_owned();
                self.fault(place, "row", "decision", &found, "bad-data", expected);
                continue;
            };
            let at = indices.iter().map(|at| text_of(&table, *at, row));
            let at: Vec<String> = at.filter(|text| !text.is_empty()).collect();
            self.entry(decision, at, &text_of(&table, value, row), place, "row", false);
        }
    }

    fn decision(&self, name: &str) -> Option<usize> {
        self.keys.schema.decisions.iter().position(|decision| decision.name == name)
    }

    fn entry(
        &mut self,
        decision: usize,
        at: Vec<String>,
        value: &str,
        place: u64,
        word: &str,
        bare: bool,
    ) {
        let schema: &DecisionSchema = &self.keys.schema.decisions[decision];
        if at.len() != schema.indices.len() {
            let indices = counted(schema.indices.len(), "index", "indices");
            let expected = format!("`{}` has {indices}", schema.name);
            self.fault(place, word, "at", &at.join(", "), "bad-data", expected);
            return;
        }
        let unit = if bare { schema.unit.as_ref() } else { None };
        let read = stated(value, schema, unit);
        let codes: Option<Vec<u32>> =
            at.iter().zip(&schema.indices).map(|(text, key)| self.code(*key, text)).collect();
        let decision = decision as u32;
        if !self.seen.insert((decision, at.clone())) {
            let expected = "stated twice".to_owned();
            self.fault(place, word, "at", &at.join(", "), "duplicate-key", expected);
        }
        let value = match read {
            Ok(value) => value,
            Err(error) => {
                self.fault(place, word, "value", value, error.code, error.expected);
                return;
            }
        };
        match codes {
            Some(at) => self.current.entries.push(CurrentEntry { decision, at, value }),
            None => self.current.departed.push(DepartedEntry { decision, at, value }),
        }
    }

    /// The code of a key that is still there.
    fn code(&self, key: MapKey, text: &str) -> Option<u32> {
        let schema = self.keys.schema;
        let position = |found: Option<usize>| found.map(|position| position as u32);
        match key {
            MapKey::Reference(entity) => {
                let symbol = self.symbols.get(text)?;
                self.keys.rows[entity].get(&symbol).copied()
            }
            MapKey::Enum(id) => position(schema.enums[id].values.iter().position(|it| it == text)),
            MapKey::Resource => position(schema.resources.iter().position(|it| it.name == text)),
            MapKey::Slot(id) => {
                text.parse().ok().filter(|slot: &u32| *slot < schema.slots[id].count)
            }
            MapKey::Text => None,
        }
    }

    fn fault(
        &mut self,
        place: u64,
        word: &str,
        column: &str,
        found: &str,
        code: &'static str,
        expected: String,
    ) {
        let at = At { file: &self.bytes.file, row: Some(place), row_word: word, column };
        self.faults.cell(&at, code, found, expected);
    }
}

/// What is read of a plan's JSON: most of it says how the plan came about.
#[derive(Deserialize)]
struct Plan {
    decisions: Option<Value>,
    levels: Option<Value>,
}

/// How far a plan's level is from what classes prove of it, as a share of its value.
fn gap(level: &Value) -> Option<f64> {
    let number = |name: &str| level.get(name).and_then(Value::as_f64);
    let (value, bound) = (number("value")?, number("class_bound").or(number("bound"))?);
    let gap = (bound - value).abs() / value.abs();
    gap.is_finite().then_some(gap)
}

/// How far below its least a value may be that is not whole: a plan's JSON says what a solver found.
const SLACK: f64 = 1e-6;
/// Beyond this, a number cannot be told from the next whole one.
const MOST_WHOLE: f64 = 9_007_199_254_740_992.0;
/// Beyond this, a solver takes a number for infinite.
const MOST: f64 = 1e20;

/// A value in base units, if the decision can have it.
fn stated(text: &str, schema: &DecisionSchema, unit: Option<&Unit>) -> Result<f64, NoKey> {
    let DecisionSchema { name, unit: declared, whole, least, .. } = schema;
    let kind = NumberKind { unit: declared.clone(), whole: *whole, least: None, most: None };
    let value = quantity(text, &kind, unit, name)?;
    let fail = |expected: String| Err(NoKey { code: "out-of-range", expected });
    let slack = |bound: f64| if *whole { 0.0 } else { SLACK * bound.abs().max(1.0) };
    match least {
        Some(least) if value < least - slack(*least) => {
            let least = bound(*least, declared.as_ref());
            fail(format!("below {least}, the least that `{name}` allows"))
        }
        _ if value.abs() > if *whole { MOST_WHOLE } else { MOST } => {
            fail("larger than any number that can be planned with".to_owned())
        }
        _ => Ok(value),
    }
}

fn text_of(table: &RawTable, column: usize, row: usize) -> String {
    match table.columns[column][row] {
        RawCell::Missing => String::new(),
        cell => table.found(cell),
    }
}

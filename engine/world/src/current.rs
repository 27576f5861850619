//! What runs now, from a plan's JSON or a table.

use std::borrow::Cow;
use std::fmt::Formatter;

use apportion_diagnostic::Diagnostic;
use apportion_units::{Unit, counted};
use rustc_hash::FxHashSet;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
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
        seen_departed: FxHashSet::default(),
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
    seen: FxHashSet<(u32, Vec<u32>)>,
    /// Those of keys that are gone.
    seen_departed: FxHashSet<(u32, Vec<String>)>,
}

impl Reader<'_> {
    fn document(&mut self) {
        let bytes = &self.bytes.bytes;
        match read_as::<Decisions<'_>>(bytes) {
            Ok((Decisions(decisions), levels)) => {
                self.current.gap = levels.and_then(|levels| gap(levels.get(0)?));
                for (name, items) in decisions {
                    let Some(decision) = self.known_decision(&name) else { continue };
                    let word = format!("decisions.{name}");
                    for (number, item) in (0..).zip(&items) {
                        self.item(decision, (number, &word), item);
                    }
                }
            }
            Err(_) => self.faulty_document(),
        }
    }

    /// A document that does not hold what it should: all that is wrong with it, each at its place.
    fn faulty_document(&mut self) {
        let decisions = match read_as::<Value>(&self.bytes.bytes) {
            Ok((decisions, _)) => decisions,
            Err(error) => {
                self.faults.finding(json::unreadable(&self.bytes.file, &error));
                return;
            }
        };
        let Some(decisions) = decisions.as_object() else {
            let message = format!("`{}` does not say what runs now", self.bytes.file);
            let help = "{\"decisions\": {\"x\": [{\"at\": [\"web\", \"eu-1\"], \"value\": 3}]}}";
            self.faults.finding(Diagnostic::error("bad-data", message).help(help));
            return;
        };
        for (name, entries) in decisions {
            let Some(decision) = self.known_decision(name) else { continue };
            let Some(entries) = entries.as_array() else {
                let at = At { file: &self.bytes.file, row: None, row_word: "", column: name };
                self.faults.cell(&at, "bad-data", &entries.to_string(), EXPECTED_LIST);
                continue;
            };
            let word = format!("decisions.{name}");
            for (number, entry) in (0..).zip(entries) {
                match Item::deserialize(entry) {
                    Ok(item) => self.item(decision, (number, &word), &item),
                    Err(_) => {
                        let expected = "expected {\"at\": […], \"value\": …}".to_owned();
                        let found = entry.to_string();
                        self.fault((number, &word), "at", &found, "bad-data", expected);
                    }
                }
            }
        }
    }

    /// The number of a decision; others are warned of.
    fn known_decision(&mut self, name: &str) -> Option<usize> {
        let decision = self.decision(name);
        if decision.is_none() {
            let file = &self.bytes.file;
            let message = format!("`{file}` speaks of `{name}`, which the policy does not decide");
            self.faults.finding(Diagnostic::warning("unknown-decision", message));
        }
        decision
    }

    fn item(&mut self, decision: usize, place: (u64, &str), item: &Item<'_>) {
        // A plan writes values in the unit of the decision, without naming it.
        self.entry(decision, &item.at, &item.value.0, place, true);
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
                self.fault((place, "row"), "decision", &found, "bad-data", expected);
                continue;
            };
            let at = indices.iter().map(|at| text_of(&table, *at, row));
            let at = at.filter(|text| !text.is_empty()).map(|text| Word(text.into()));
            let at: Vec<Word<'_>> = at.collect();
            self.entry(decision, &at, &text_of(&table, value, row), (place, "row"), false);
        }
    }

    fn decision(&self, name: &str) -> Option<usize> {
        self.keys.schema.decisions.iter().position(|decision| decision.name == name)
    }

    /// `place` is the number of the entry, and the word for what is numbered.
    fn entry(
        &mut self,
        decision: usize,
        at: &[Word<'_>],
        value: &str,
        place: (u64, &str),
        bare: bool,
    ) {
        let schema: &DecisionSchema = &self.keys.schema.decisions[decision];
        if at.len() != schema.indices.len() {
            let indices = counted(schema.indices.len(), "index", "indices");
            let expected = format!("`{}` has {indices}", schema.name);
            self.fault(place, "at", &listed(at), "bad-data", expected);
            return;
        }
        let unit = if bare { schema.unit.as_ref() } else { None };
        let read = stated(value, schema, unit);
        let codes = at.iter().zip(&schema.indices).map(|(word, key)| self.code(*key, &word.0));
        let codes: Option<Vec<u32>> = codes.collect();
        let words = || at.iter().map(|word| word.0.clone().into_owned()).collect();
        let decision = decision as u32;
        let is_new = match &codes {
            Some(codes) => self.seen.insert((decision, codes.clone())),
            None => self.seen_departed.insert((decision, words())),
        };
        if !is_new {
            self.fault(place, "at", &listed(at), "duplicate-key", "stated twice".to_owned());
        }
        let value = match read {
            Ok(value) => value,
            Err(error) => {
                self.fault(place, "value", value, error.code, error.expected);
                return;
            }
        };
        match codes {
            Some(at) => self.current.entries.push(CurrentEntry { decision, at, value }),
            None => self.current.departed.push(DepartedEntry { decision, at: words(), value }),
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
        (number, word): (u64, &str),
        column: &str,
        found: &str,
        code: &'static str,
        expected: String,
    ) {
        let at = At { file: &self.bytes.file, row: Some(number), row_word: word, column };
        self.faults.cell(&at, code, found, expected);
    }
}

/// What a plan's JSON says of its decisions, and of its levels; or the decisions alone.
fn read_as<'a, D: Deserialize<'a>>(bytes: &'a [u8]) -> serde_json::Result<(D, Option<Value>)> {
    match serde_json::from_slice(bytes) {
        // A list would be taken for the members in their order.
        Ok(Plan { decisions: Some(decisions), levels })
            if bytes.trim_ascii_start().starts_with(b"{") =>
        {
            Ok((decisions, levels))
        }
        _ => serde_json::from_slice(bytes).map(|decisions| (decisions, None)),
    }
}

/// What is read of a plan's JSON: most of it says how the plan came about.
#[derive(Deserialize)]
struct Plan<D> {
    decisions: Option<D>,
    levels: Option<Value>,
}

/// The lists of decisions as they stand: of one that is named twice both count, so that no entry is lost.
struct Decisions<'a>(Vec<(String, Vec<Item<'a>>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Decisions<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decisions<'a>, D::Error> {
        deserializer.deserialize_map(Lists)
    }
}

struct Lists;

impl<'de> Visitor<'de> for Lists {
    type Value = Decisions<'de>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object with a list for each decision")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Decisions<'de>, M::Error> {
        let mut lists = Vec::new();
        while let Some(list) = members.next_entry()? {
            lists.push(list);
        }
        Ok(Decisions(lists))
    }
}

/// An entry of a decision.
struct Item<'a> {
    at: Vec<Word<'a>>,
    value: Word<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Item<'a>, D::Error> {
        deserializer.deserialize_map(Items)
    }
}

/// Takes an object, and no list for its members in their order.
struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Item<'de>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object with `at` and `value`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Item<'de>, M::Error> {
        let (mut at, mut value) = (None, None);
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            match &*name {
                "at" => at = Some(members.next_value()?),
                "value" => value = Some(members.next_value()?),
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        let at = at.ok_or_else(|| M::Error::missing_field("at"))?;
        let value = value.ok_or_else(|| M::Error::missing_field("value"))?;
        Ok(Item { at, value })
    }
}

/// A text, or a number as text.
struct Word<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word<'a>, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl<'a> Visitor<'a> for Words {
    type Value = Word<'a>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a text or a number")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Word<'a>, E> {
        Ok(Word(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Word<'a>, E> {
        Ok(Word(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Word<'a>, E> {
        Ok(Word(number.to_string().into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Word<'a>, E> {
        Ok(Word(number.to_string().into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Word<'a>, E> {
        Ok(Word(Value::from(number).to_string().into()))
    }
}

fn listed(words: &[Word<'_>]) -> String {
    let words: Vec<&str> = words.iter().map(|word| &*word.0).collect();
    words.join(", ")
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

//! Words, references and keys of maps as numbers.

use std::cell::{Cell, RefCell};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::faults::SHOWN;
use crate::schema::{MapKey, Schema};
use crate::{Symbol, Symbols};

/// The keys of all tables, known before any other cell is read.
pub(crate) struct Keys<'s> {
    pub(crate) schema: &'s Schema,
    /// For each entity, the rows of its input by key.
    pub(crate) rows: Vec<FxHashMap<Symbol, u32>>,
    /// For each entity, whether its input's keys are unknown because the input cannot be read.
    pub(crate) unread: Vec<bool>,
    /// For each entity, how many references to its rows were left alone for that reason.
    pub(crate) withheld: RefCell<Vec<usize>>,
    /// For each entity, the keys that a limit left out.
    pub(crate) left_out: Vec<FxHashSet<String>>,
    /// For each entity, the keys that are excluded for want of a forecast.
    pub(crate) excluded: Vec<FxHashSet<String>>,
    /// For each entity, how many references lead to those that a limit left out.
    pub(crate) cut: RefCell<Vec<usize>>,
    /// How many nearest keys were looked for. Only the first findings are shown, and a search reads every key.
    pub(crate) searches: Cell<usize>,
}

/// Why a text is no key.
pub(crate) struct NoKey {
    pub(crate) code: &'static str,
    pub(crate) expected: String,
}

impl<'s> Keys<'s> {
    /// No keys yet.
    pub(crate) fn new(schema: &'s Schema) -> Keys<'s> {
        let entities = schema.entities.len();
        Keys {
            schema,
            rows: vec![FxHashMap::default(); entities],
            unread: vec![false; entities],
            withheld: RefCell::new(vec![0; entities]),
            left_out: vec![FxHashSet::default(); entities],
            excluded: vec![FxHashSet::default(); entities],
            cut: RefCell::new(vec![0; entities]),
            searches: Cell::new(0),
        }
    }

    /// The position of a word in an enum.
    pub(crate) fn word(&self, id: usize, text: &str) -> Result<u32, NoKey> {
        let list = &self.schema.enums[id];
        if let Some(position) = list.values.iter().position(|value| value == text) {
            return Ok(position as u32);
        }
        let words = list.values.iter().map(String::as_str);
        let near = apportion_diagnostic::nearest(text, words);
        let known = list.values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>();
        let expected = match near {
            Some(near) => format!("no value of `{}`; nearest: `{near}`", list.name),
            None => format!("no value of `{}`: {}", list.name, known.join(", ")),
        };
        Err(NoKey { code: "unknown-word", expected })
    }

    /// The row of an entity's input that a key names; any row where the input cannot be read, which is told once.
    pub(crate) fn row(&self, entity: usize, text: &str, symbols: &Symbols) -> Result<u32, NoKey> {
        let rows = &self.rows[entity];
        if self.unread[entity] {
            self.withheld.borrow_mut()[entity] += 1;
            return Ok(0);
        }
        if let Some(row) = symbols.get(text).and_then(|symbol| rows.get(&symbol)) {
            return Ok(*row);
        }
        let excluded = self.excluded[entity].contains(text);
        let left_out = self.left_out[entity].contains(text);
        self.cut.borrow_mut()[entity] += usize::from(left_out);
        let entity = &self.schema.entities[entity];
        let input = entity.input.map_or(entity.name.as_str(), |at| &self.schema.inputs[at].name);
        if left_out {
            let expected = format!("no such row among those taken of `{input}`");
            return Err(NoKey { code: "unknown-reference", expected });
        }
        if excluded {
            let expected = format!("left out of `{input}`: it has no forecast");
            return Err(NoKey { code: "unknown-reference", expected });
        }
        if self.searches.replace(self.searches.get() + 1) >= SHOWN {
            let expected = format!("no such row in `{input}`");
            return Err(NoKey { code: "unknown-reference", expected });
        }
        let mut keys: Vec<&str> = rows.keys().map(|symbol| symbols.text(*symbol)).collect();
        keys.sort_unstable();
        let near = apportion_diagnostic::nearest(text, keys);
        let expected = match near {
            Some(near) => format!("no such row in `{input}`; nearest: `{near}`"),
            None => format!("no such row in `{input}`"),
        };
        Err(NoKey { code: "unknown-reference", expected })
    }

    /// The number of a map's key.
    pub(crate) fn map_key(
        &self,
        key: MapKey,
        text: &str,
        symbols: &mut Symbols,
    ) -> Result<u32, NoKey> {
        match key {
            MapKey::Text => Ok(symbols.intern(text).map_or(0, |symbol| symbol.0)),
            MapKey::Enum(id) => self.word(id, text),
            MapKey::Reference(entity) => self.row(entity, text, symbols),
            MapKey::Resource => self.resource(text),
            MapKey::Slot(id) => {
                let slots = &self.schema.slots[id];
                match text.parse::<u32>() {
                    Ok(slot) if slot < slots.count => Ok(slot),
                    _ => Err(NoKey {
                        code: "bad-data",
                        expected: format!("`{}` are numbered 0 .. {}", slots.name, slots.count - 1),
                    }),
                }
            }
        }
    }

    /// The number of a resource.
    pub(crate) fn resource(&self, text: &str) -> Result<u32, NoKey> {
        let resources = &self.schema.resources;
        if let Some(position) = resources.iter().position(|resource| resource.name == text) {
            return Ok(position as u32);
        }
        let names: Vec<String> = resources.iter().map(|it| format!("`{}`", it.name)).collect();
        let expected = format!("no resource of the policy: {}", names.join(", "));
        Err(NoKey { code: "unknown-resource", expected })
    }
}

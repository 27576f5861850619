//! Every fact that a plan depends on.

use serde::{Deserialize, Serialize};

use crate::{Symbols, Table};

/// Facts at one instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// The files that rows were read from, as people know them.
    pub files: Vec<String>,
    /// The texts of all tables.
    pub symbols: Symbols,
    /// One table per input of the schema, in its order.
    pub tables: Vec<Table>,
    /// What runs now.
    pub current: Current,
    /// Values that rows left out and the policy gave.
    pub filled: Vec<Filled>,
    /// Rows that were left out for want of a forecast.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Excluded>,
}

/// Values that the policy gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// The input.
    pub input: String,
    /// The field or the forecast.
    pub field: String,
    /// For how many rows.
    pub rows: u64,
    /// What gave them.
    #[serde(default, skip_serializing_if = "Filling::is_default")]
    pub by: Filling,
}

/// What gave a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filling {
    /// The field's default.
    #[default]
    Default,
    /// A forecast's `on missing assume`.
    Assumed {
        /// The value with its unit.
        value: String,
        /// In how many slots, all rows together.
        slots: u64,
    },
    /// A forecast's `on missing last`: the value of a slot before.
    Last {
        /// In how many slots, all rows together.
        slots: u64,
    },
}

impl Filling {
    /// Whether it is the field's default.
    pub fn is_default(&self) -> bool {
        *self == Filling::Default
    }
}

/// Rows that were left out for want of a forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The input.
    pub input: String,
    /// The forecast.
    pub forecast: String,
    /// How many rows.
    pub rows: u64,
    /// The key of the first of them.
    pub example: String,
}

impl World {
    /// The key of a row; empty where there is no such row.
    pub fn key(&self, table: usize, row: u32) -> &str {
        let symbol = self.tables.get(table).and_then(|table| table.keys.get(row as usize));
        symbol.map_or("", |symbol| self.symbols.text(*symbol))
    }

    /// The row of a table with a key.
    pub fn row(&self, table: usize, key: &str) -> Option<u32> {
        let keys = &self.tables.get(table)?.keys;
        let found = keys.binary_search_by(|symbol| self.symbols.text(*symbol).cmp(key));
        found.ok().map(|row| row as u32)
    }
}

/// What runs now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Current {
    /// Values of tuples whose keys are all there, ascending by decision and tuple.
    pub entries: Vec<CurrentEntry>,
    /// Values of tuples of which a key is no longer there.
    pub departed: Vec<DepartedEntry>,
    /// Where a plan's JSON says what runs: how far its first level was from its bound over classes, as a share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<f64>,
}

/// The value of one tuple of a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurrentEntry {
    /// Position in the schema's decisions.
    pub decision: u32,
    /// Row numbers, enum positions, resources or slots, one per index.
    pub at: Vec<u32>,
    /// In base units, not 0.
    pub value: f64,
}

/// The value of a tuple that the world no longer has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepartedEntry {
    /// Position in the schema's decisions.
    pub decision: u32,
    /// The keys as they were written.
    pub at: Vec<String>,
    /// In base units.
    pub value: f64,
}

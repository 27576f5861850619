//! What the classes of rows come from, for people and for programs.

use apportion_units::counted;
use serde::Serialize;

use crate::table::table;

/// What the classes of one input's rows come from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputClasses {
    /// The input.
    pub input: String,
    /// Its rows.
    pub rows: u64,
    /// Classes of rows that are alike.
    pub classes: u64,
    /// What tells rows apart, the dearest first.
    pub splits: Vec<Split>,
}

/// One of the things that tell rows apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Split {
    /// In the author's words: `pods.memory`, an expression as it stands, or `identity`.
    pub by: String,
    /// How many values it has.
    pub values: u64,
    /// How many classes fewer there would be without it.
    pub saved: u64,
    /// What reads it.
    pub read_by: Vec<Reading>,
}

/// A place where something is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// Who reads it: `rule memory_fits`.
    pub item: String,
    /// File and line of the first place: `policy/main.alloc:45`.
    pub at: String,
}

/// How many lines an input has, and how many readers a line.
const SPLITS: usize = 10;
const READERS: usize = 3;

/// Draws what the classes come from; ends in a newline unless there are no inputs.
pub fn classes(inputs: &[InputClasses]) -> String {
    inputs.iter().map(of_input).collect()
}

fn of_input(input: &InputClasses) -> String {
    let rows = counted(input.rows as usize, "row", "rows");
    let classes = counted(input.classes as usize, "class", "classes");
    let mut text = format!("{}: {rows} in {classes}\n", input.input);
    if input.splits.is_empty() {
        return text;
    }
    let head = ["fewer without it", "values", "attribute", "read by"].map(str::to_owned).to_vec();
    let shown = input.splits.iter().take(SPLITS).map(|split| {
        vec![
            split.saved.to_string(),
            split.values.to_string(),
            split.by.clone(),
            readers(&split.read_by),
        ]
    });
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(shown).collect();
    for line in table(&lines, &[true, true, false, false]) {
        text.push_str(&format!("  {line}\n"));
    }
    let hidden = input.splits.len().saturating_sub(SPLITS);
    if hidden > 0 {
        text.push_str(&format!("  and {}\n", counted(hidden, "attribute", "attributes")));
    }
    text
}

fn readers(readers: &[Reading]) -> String {
    let shown = readers.iter().take(READERS).map(|it| format!("{} ({})", it.item, it.at));
    let hidden = readers.len().saturating_sub(READERS);
    let hidden = (hidden > 0).then(|| format!("{hidden} more"));
    shown.chain(hidden).collect::<Vec<_>>().join(", ")
}

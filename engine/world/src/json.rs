//! JSON, an array of objects or an object of objects by key, and JSON Lines.

use apportion_diagnostic::Diagnostic;
use indexmap::IndexMap;
use serde_json::Value;

use crate::faults::Faults;
use crate::raw::{RawCell, RawTable};

/// Reads a JSON file; `select` is the path of the array, `items` or `data.pools`.
pub(crate) fn read(
    file: &str,
    text: &str,
    select: Option<&str>,
    key: &str,
    faults: &mut Faults,
) -> Option<RawTable> {
    let whole: Value = match serde_json::from_str(text) {
        Ok(whole) => whole,
        Err(error) => {
            faults.finding(unreadable(file, &error));
            return None;
        }
    };
    let mut items = &whole;
    for step in select.into_iter().flat_map(|path| path.split('.')) {
        let Some(next) = items.get(step) else {
            let message = format!("`{file}` has no `{step}`, which `select` names");
            faults.finding(Diagnostic::error("bad-data", message));
            return None;
        };
        items = next;
    }
    let mut rows = Rows::new(select.unwrap_or("item").to_owned());
    match items {
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                rows.item(number as u32, item, None);
            }
        }
        Value::Object(items) => {
            for (number, (name, item)) in items.iter().enumerate() {
                rows.item(number as u32, item, Some((key, name)));
            }
        }
        _ => {
            let message = format!("`{file}` holds no list of rows");
            let help = "give an array of objects, or say where it is: `select = \"items\"`";
            faults.finding(Diagnostic::error("bad-data", message).help(help));
            return None;
        }
    }
    Some(rows.finish())
}

/// Reads a JSON Lines file: one object per line, empty lines left out.
pub(crate) fn read_lines(file: &str, text: &str, faults: &mut Faults) -> Option<RawTable> {
    let mut rows = Rows::new("row".to_owned());
    let mut readable = true;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(item) => rows.item(number as u32 + 1, &item, None),
            Err(error) => {
                let message = format!("`{file}`, line {}, is no JSON: {error}", number + 1);
                faults.finding(Diagnostic::error("bad-data", message));
                readable = false;
            }
        }
    }
    readable.then(|| rows.finish())
}

fn unreadable(file: &str, error: &serde_json::Error) -> Diagnostic {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        let message = format!("`{file}` ends inside a value, line {line}: it was cut off");
        return Diagnostic::error("truncated-file", message);
    }
    Diagnostic::error("bad-data", format!("`{file}`:{line}:{column} is no JSON: {error}"))
}

/// Items as they come in.
struct Rows {
    table: RawTable,
    columns: IndexMap<String, Vec<RawCell>>,
}

impl Rows {
    fn new(row_word: String) -> Rows {
        Rows { table: RawTable { row_word, ..RawTable::default() }, columns: IndexMap::new() }
    }

    fn item(&mut self, place: u32, item: &Value, named: Option<(&str, &str)>) {
        let row = self.table.places.len();
        self.table.places.push(place);
        if let Some((key, name)) = named {
            self.put(key, row, &Value::String(name.to_owned()));
        }
        match item {
            Value::Object(_) => self.flatten("", row, item),
            other => self.put("", row, other),
        }
    }

    /// Members of nested objects become columns of their own: `capacity.cpu`.
    fn flatten(&mut self, path: &str, row: usize, value: &Value) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (name, member) in members {
                    let inner =
                        if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.flatten(&inner, row, member);
                }
            }
            other => self.put(path, row, other),
        }
    }

    fn put(&mut self, column: &str, row: usize, value: &Value) {
        let cell = self.cell(value);
        let cells = match self.columns.get_mut(column) {
            Some(cells) => cells,
            None => self.columns.entry(column.to_owned()).or_default(),
        };
        cells.resize(row, RawCell::Missing);
        cells.push(cell);
    }

    fn cell(&mut self, value: &Value) -> RawCell {
        let place = |place: Option<(u32, u32)>, make: fn(u32, u32) -> RawCell| {
            place.map_or(RawCell::Other, |(start, end)| make(start, end))
        };
        match value {
            Value::Null => RawCell::Missing,
            Value::Bool(value) => RawCell::Bool(*value),
            Value::Number(number) => place(self.table.push(&number.to_string()), RawCell::Number),
            Value::String(text) => place(self.table.push(text.trim()), RawCell::Text),
            Value::Array(elements) => {
                let cells: Vec<RawCell> = elements.iter().map(|it| self.cell(it)).collect();
                let start = self.table.lists.len() as u32;
                self.table.lists.extend(cells);
                RawCell::List(start, self.table.lists.len() as u32)
            }
            Value::Object(_) => RawCell::Other,
        }
    }

    fn finish(mut self) -> RawTable {
        let rows = self.table.places.len();
        for (name, mut cells) in self.columns {
            cells.resize(rows, RawCell::Missing);
            self.table.names.push(name);
            self.table.columns.push(cells);
        }
        self.table
    }
}

//! JSON, an array of objects or an object of objects by key, and JSON Lines.

mod node;

use apportion_diagnostic::Diagnostic;
use indexmap::IndexMap;

use crate::faults::{At, Faults};
use crate::raw::{RawCell, RawTable};
use node::Node;

/// Reads a JSON file; `select` is the path of the array, `items` or `data.pools`, and `key` the field that the
/// members' names are of where rows are the members of an object.
pub(crate) fn read(
    file: &str,
    text: &str,
    (select, key): (Option<&str>, &str),
    faults: &mut Faults,
) -> Option<RawTable> {
    let whole: Node = match serde_json::from_str(text) {
        Ok(whole) => whole,
        Err(error) => {
            faults.finding(unreadable(file, &error));
            return None;
        }
    };
    let mut items = &whole;
    for step in select.into_iter().flat_map(|path| path.split('.')) {
        let Some(next) = items.member(step) else {
            let message = format!("`{file}` has no `{step}`, which `select` names");
            faults.finding(Diagnostic::error("bad-data", message));
            return None;
        };
        items = next;
    }
    if let Some(finding) = no_list(file, select, items) {
        faults.finding(finding);
        return None;
    }
    let mut rows = Rows::new(file, select.unwrap_or("item").to_owned());
    match items {
        Node::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                rows.item(number as u32, item, None, faults);
            }
        }
        Node::Object(items) => {
            for (number, (name, item)) in items.iter().enumerate() {
                rows.item(number as u32, item, Some((key, name)), faults);
            }
        }
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => {}
    }
    Some(rows.finish())
}

/// Says that a value is neither a list of rows nor an object of rows by key.
fn no_list(file: &str, select: Option<&str>, value: &Node) -> Option<Diagnostic> {
    let fail =
        |message: String, help: String| Some(Diagnostic::error("bad-data", message).help(help));
    match value {
        Node::Array(_) => None,
        Node::Object(members) if members.is_empty() => fail(
            format!("`{file}` holds an empty object where rows are expected"),
            "no rows at all are an empty list: `[]`".to_owned(),
        ),
        Node::Object(members) => {
            let is_list = |value: &Node| matches!(value, Node::Array(items) if items.first().is_none_or(|it| matches!(it, Node::Object(_))));
            let (name, _) = members.iter().find(|(_, member)| is_list(member))?;
            let path = select.map_or(name.clone(), |select| format!("{select}.{name}"));
            fail(
                format!("`{file}` is no list of rows, but its `{path}` is one"),
                format!("say so for this input in the manifest: `select = \"{path}\"`"),
            )
        }
        _ => fail(
            format!("`{file}` holds no list of rows"),
            "give an array of objects, or say where it is: `select = \"items\"`".to_owned(),
        ),
    }
}

/// Reads a JSON Lines file: one object per line, empty lines left out.
pub(crate) fn read_lines(file: &str, text: &str, faults: &mut Faults) -> Option<RawTable> {
    let mut rows = Rows::new(file, "row".to_owned());
    let mut readable = true;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(item) => rows.item(number as u32 + 1, &item, None, faults),
            Err(error) => {
                faults.finding(unreadable_at(file, number + 1, &error));
                readable = false;
            }
        }
    }
    readable.then(|| rows.finish())
}

/// Says why a text is no JSON.
pub(crate) fn unreadable(file: &str, error: &serde_json::Error) -> Diagnostic {
    unreadable_at(file, error.line(), error)
}

fn unreadable_at(file: &str, line: usize, error: &serde_json::Error) -> Diagnostic {
    if error.is_eof() && (error.line(), error.column()) == (1, 0) {
        let message = format!("`{file}` is empty: there is no value in it");
        return Diagnostic::error("truncated-file", message);
    }
    if error.is_eof() {
        let message = format!("`{file}` ends inside a value, line {line}: it was cut off");
        return Diagnostic::error("truncated-file", message);
    }
    // The library adds its own line and column, which for a line of many would be those inside the line.
    let reason = error.to_string();
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
    let message = format!("`{file}`:{line}:{} is no JSON: {reason}", error.column());
    Diagnostic::error("bad-data", message)
}

/// Items as they come in.
struct Rows<'f> {
    file: &'f str,
    table: RawTable,
    columns: IndexMap<String, Vec<RawCell>>,
}

impl Rows<'_> {
    fn new(file: &str, row_word: String) -> Rows<'_> {
        let table = RawTable { row_word, named_by_row: true, ..RawTable::default() };
        Rows { file, table, columns: IndexMap::new() }
    }

    fn item(&mut self, place: u32, item: &Node, named: Option<(&str, &str)>, faults: &mut Faults) {
        let Node::Object(members) = item else {
            let cell = self.cell(item);
            let at = At {
                file: self.file,
                row: Some(place.into()),
                row_word: &self.table.row_word,
                column: "",
            };
            faults.cell(&at, "bad-data", &self.table.found(cell), "expected an object of fields");
            return;
        };
        let row = self.table.places.len();
        self.table.places.push(place);
        if let Some((key, name)) = named {
            let cell = self.text(name);
            self.put(key, row, cell, faults);
        }
        for (name, member) in members {
            self.flatten(name, row, member, faults);
        }
    }

    /// Members of nested objects become columns of their own: `capacity.cpu`.
    fn flatten(&mut self, path: &str, row: usize, value: &Node, faults: &mut Faults) {
        match value {
            Node::Object(members) if !members.is_empty() => {
                for (name, member) in members {
                    self.flatten(&format!("{path}.{name}"), row, member, faults);
                }
            }
            other => {
                let cell = self.cell(other);
                self.put(path, row, cell, faults);
            }
        }
    }

    fn put(&mut self, column: &str, row: usize, cell: RawCell, faults: &mut Faults) {
        let cells = match self.columns.get_mut(column) {
            Some(cells) => cells,
            None => self.columns.entry(column.to_owned()).or_default(),
        };
        if cells.len() > row {
            let place = Some(self.table.places[row].into());
            let at = At { file: self.file, row: place, row_word: &self.table.row_word, column };
            faults.cell(&at, "duplicate-key", &self.table.found(cell), "stated twice");
            return;
        }
        cells.resize(row, RawCell::Missing);
        cells.push(cell);
    }

    fn text(&mut self, text: &str) -> RawCell {
        let place = self.table.push(text.trim());
        place.map_or(RawCell::Other, |(start, end)| RawCell::Text(start, end))
    }

    fn cell(&mut self, value: &Node) -> RawCell {
        match value {
            Node::Null => RawCell::Missing,
            Node::Bool(value) => RawCell::Bool(*value),
            Node::Number(number) => {
                let place = self.table.push(&number.to_string());
                place.map_or(RawCell::Other, |(start, end)| RawCell::Number(start, end))
            }
            Node::Text(text) => self.text(text),
            Node::Array(elements) => {
                let cells: Vec<RawCell> = elements.iter().map(|it| self.cell(it)).collect();
                let start = self.table.lists.len() as u32;
                self.table.lists.extend(cells);
                RawCell::List(start, self.table.lists.len() as u32)
            }
            Node::Object(_) => RawCell::Other,
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

//! Which column holds which field.
//!
//! A header names its field, then in brackets the entry and the unit: `memory[GiB]`, `price[on_demand]`,
//! `capacity[memory][GiB]`; a path does for an entry too: `capacity.cpu`. What the manifest maps wins.

use apportion_diagnostic::{Diagnostic, nearest};
use apportion_units::{Unit, UnitError, counted, parse_unit};

use crate::faults::Faults;
use crate::raw::RawTable;
use crate::schema::{EntitySchema, FieldSchema, Kind, MapKey, Schema};
use crate::source::Mapping;

/// Where the values of one field come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Binding {
    /// The column of the whole value.
    pub(crate) whole: Option<Part>,
    /// Columns of single entries, by the entry's key as written.
    pub(crate) entries: Vec<(String, Part)>,
    /// Whether a column is the field's and cannot be read, which has been told.
    pub(crate) unusable: bool,
}

/// A column, or one value for all rows.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The column's number; absent for a constant.
    pub(crate) column: Option<usize>,
    /// The value for all rows.
    pub(crate) constant: Option<String>,
    /// The column's name for messages.
    pub(crate) name: String,
    /// The unit of bare numbers.
    pub(crate) unit: Option<Unit>,
    /// What separates elements of a set.
    pub(crate) separator: String,
}

/// The bindings of an entity's fields to a table's columns.
pub(crate) fn bind(
    file: &str,
    table: &RawTable,
    entity: &EntitySchema,
    schema: &Schema,
    (mappings, ignore): (&[Mapping], &[String]),
    faults: &mut Faults,
) -> Vec<Binding> {
    let mut bindings = vec![Binding::default(); entity.fields.len()];
    let mut used = vec![false; table.names.len()];
    for mapping in mappings {
        if let Some((field, key, part)) = mapped(file, table, entity, mapping, faults) {
            if let Some(column) = part.column {
                used[column] = true;
            }
            bindings[field].put(key, part);
        }
    }
    let is_mapped: Vec<bool> = bindings.iter().map(|binding| !binding.is_empty()).collect();
    // Columns that are not read, with the names that they may be meant for.
    let mut unread: Vec<(String, Option<String>)> = Vec::new();
    for (column, name) in table.names.iter().enumerate() {
        if used[column] || ignore.contains(name) {
            continue;
        }
        if table.names[..column].contains(name) {
            let message = format!("`{file}` has two columns `{name}`");
            faults.finding(Diagnostic::error("duplicate-column", message));
            continue;
        }
        let Some(header) = Header::parse(name) else {
            unread.push((name.clone(), None));
            continue;
        };
        let Some(field) = entity.fields.iter().position(|field| field.name == header.field) else {
            let is_word = header.field.chars().all(|it| it.is_alphanumeric() || it == '_');
            unread.push((name.clone(), is_word.then_some(header.field)));
            continue;
        };
        let (key, unit) = header.key_and_unit(&entity.fields[field], schema);
        let unit = match unit.map(|unit| fixed_unit(&unit)) {
            Some(Ok(unit)) => Some(unit),
            Some(Err(error)) => {
                let message = format!("the header `{name}` of `{file}` names no unit of a column");
                faults.finding(unknown_unit(message, &error));
                bindings[field].unusable = true;
                continue;
            }
            None => None,
        };
        let binding = &mut bindings[field];
        // What the manifest says of a field replaces a column of the field's name.
        if key.is_none() && is_mapped[field] {
            let message =
                format!("column `{name}` of `{file}` is not read: the manifest maps the field");
            faults.finding(Diagnostic::warning("unread-column", message));
            continue;
        }
        let part = Part {
            column: Some(column),
            constant: None,
            name: name.clone(),
            unit,
            separator: ";".to_owned(),
        };
        binding.put(key, part);
    }
    if !unread.is_empty() {
        let silent = entity.fields.iter().zip(&bindings).filter(|(_, it)| it.is_empty());
        let silent: Vec<&str> = silent.map(|(field, _)| field.name.as_str()).collect();
        let shown = unread.iter().map(|(name, field)| {
            let near = field.as_ref().and_then(|it| nearest(it, silent.iter().copied()));
            match near {
                Some(near) => format!("`{name}` (did you mean `{near}`?)"),
                None if name.is_empty() => "a column without a name".to_owned(),
                None => format!("`{name}`"),
            }
        });
        let shown: Vec<String> = shown.collect();
        let count = counted(unread.len(), "column", "columns");
        let message =
            format!("{count} of `{file}` that `{}` does not declare: not read", entity.name);
        faults.finding(Diagnostic::warning("unread-column", message).note(shown.join(", ")));
    }
    bindings
}

/// The unit of a column, which cannot be per calendar period.
fn fixed_unit(text: &str) -> Result<Unit, UnitError> {
    let unit = parse_unit(text)?;
    match unit.period {
        None => Ok(unit.unit),
        Some(period) => Err(UnitError::Calendar { word: period.word().to_owned() }),
    }
}

fn unknown_unit(message: String, error: &UnitError) -> Diagnostic {
    let finding = Diagnostic::error("unknown-unit", message).note(error.to_string());
    match error {
        UnitError::Unknown { nearest: Some(near), .. } => {
            finding.help(format!("did you mean `{near}`?"))
        }
        _ => finding,
    }
}

fn mapped(
    file: &str,
    table: &RawTable,
    entity: &EntitySchema,
    mapping: &Mapping,
    faults: &mut Faults,
) -> Option<(usize, Option<String>, Part)> {
    let (name, key) = match mapping.field.split_once('.') {
        Some((name, key)) => (name, Some(key.to_owned())),
        None => (mapping.field.as_str(), None),
    };
    let Some(field) = entity.fields.iter().position(|field| field.name == name) else {
        let message = format!(
            "the manifest maps `{}`, but `{}` has no such field",
            mapping.field, entity.name
        );
        let names = entity.fields.iter().map(|field| field.name.as_str());
        let mut finding = Diagnostic::error("unknown-field", message);
        if let Some(near) = nearest(name, names) {
            finding = finding.help(format!("did you mean `{near}`?"));
        }
        faults.finding(finding);
        return None;
    };
    let mut column = None;
    if let Some(wanted) = &mapping.column {
        column = table.names.iter().position(|name| name == wanted);
        if column.is_none() {
            let message = format!(
                "`{file}` has no column `{wanted}`, to which `{}` is mapped",
                mapping.field
            );
            let columns: Vec<String> = table.names.iter().map(|name| format!("`{name}`")).collect();
            let note = format!("columns: {}", columns.join(", "));
            faults.finding(Diagnostic::error("unknown-column", message).note(note));
            return None;
        }
    }
    let unit = match mapping.unit.as_deref().map(fixed_unit) {
        Some(Ok(unit)) => Some(unit),
        Some(Err(error)) => {
            let message =
                format!("the manifest's unit for `{}` cannot be a column's", mapping.field);
            faults.finding(unknown_unit(message, &error));
            return None;
        }
        None => None,
    };
    let part = Part {
        column,
        constant: mapping.value.clone(),
        name: mapping.column.clone().unwrap_or_else(|| mapping.field.clone()),
        unit,
        separator: mapping.separator.clone().unwrap_or_else(|| ";".to_owned()),
    };
    Some((field, key, part))
}

impl Binding {
    fn put(&mut self, key: Option<String>, part: Part) {
        match key {
            None => self.whole = Some(part),
            Some(key) => {
                self.entries.retain(|(known, _)| *known != key);
                self.entries.push((key, part));
            }
        }
    }

    /// Whether no column says anything of the field.
    pub(crate) fn is_empty(&self) -> bool {
        self.whole.is_none() && self.entries.is_empty()
    }
}

/// A column's name taken apart.
struct Header {
    field: String,
    path: Option<String>,
    brackets: Vec<String>,
}

impl Header {
    fn parse(name: &str) -> Option<Header> {
        let (path, brackets) = match name.find('[') {
            Some(at) => name.split_at(at),
            None => (name, ""),
        };
        let (field, path) = match path.split_once('.') {
            Some((field, rest)) => (field, Some(rest.to_owned())),
            None => (path, None),
        };
        let mut parts = Vec::new();
        let mut rest = brackets.trim();
        while !rest.is_empty() {
            let (inner, after) = rest.strip_prefix('[')?.split_once(']')?;
            parts.push(inner.trim().to_owned());
            rest = after.trim();
        }
        Some(Header { field: field.trim().to_owned(), path, brackets: parts })
    }

    fn key_and_unit(
        self,
        field: &FieldSchema,
        schema: &Schema,
    ) -> (Option<String>, Option<String>) {
        let mut brackets = self.brackets.into_iter();
        if let Some(path) = self.path {
            return (Some(path), brackets.next());
        }
        match &field.kind {
            Kind::Amounts => (brackets.next(), brackets.next()),
            Kind::Map(key, _) => match brackets.next() {
                // `price[USD/h]` of a whole map in one cell names no key of a closed list.
                Some(first)
                    if !is_key(&first, *key, schema)
                        && brackets.len() == 0
                        && parse_unit(&first).is_ok() =>
                {
                    (None, Some(first))
                }
                first => (first, brackets.next()),
            },
            _ => (None, brackets.next()),
        }
    }
}

fn is_key(word: &str, key: MapKey, schema: &Schema) -> bool {
    match key {
        MapKey::Enum(id) => schema.enums[id].values.iter().any(|value| value == word),
        MapKey::Resource => schema.resources.iter().any(|resource| resource.name == word),
        MapKey::Text | MapKey::Reference(_) | MapKey::Slot(_) => true,
    }
}

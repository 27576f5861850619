//! Reading the free MPS format.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Kind, NEGATED};
use crate::read::Numbering;
use crate::{Model, NameList, Named, ReadError, number};

/// Reads a free MPS text: the sections that [`crate::write_mps`] writes, one or two entries a line.
///
/// Rows come out with their terms in the order of the columns.
pub fn read_mps(text: &str) -> Result<Named, ReadError> {
    let mut reader = Reader::default();
    let mut last = 1;
    for (line, content) in text.lines().enumerate() {
        last = line + 1;
        if !content.starts_with('*') {
            reader.line(content).map_err(|reason| ReadError::new(last, reason))?;
        }
    }
    if reader.section != Section::End {
        return Err(ReadError::new(last, "the text ends before `ENDATA`"));
    }
    reader.finish().map_err(|reason| ReadError::new(last, reason))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Section {
    #[default]
    None,
    Rows,
    Columns,
    Right,
    Ranges,
    Bounds,
    End,
}

/// A row as the sections tell it.
struct Row {
    kind: Kind,
    right: f64,
    width: Option<f64>,
}

#[derive(Default)]
struct Reader<'t> {
    section: Section,
    model: Model,
    objective: Option<&'t str>,
    row_names: Numbering<'t>,
    rows: Vec<Row>,
    columns: Numbering<'t>,
    /// Row, column and coefficient of each term, by columns.
    terms: Vec<(u32, u32, f64)>,
    seen: FxHashSet<(u32, u32)>,
    /// Cost of each column that has one.
    costs: FxHashMap<u32, f64>,
    integers: bool,
}

type Outcome = Result<(), String>;

impl<'t> Reader<'t> {
    fn line(&mut self, line: &'t str) -> Outcome {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            return Ok(());
        }
        if line.starts_with(char::is_whitespace) {
            return self.content(&words);
        }
        self.section = match words.as_slice() {
            ["NAME", ..] => Section::None,
            ["ROWS"] => Section::Rows,
            ["COLUMNS"] => Section::Columns,
            ["RHS"] => Section::Right,
            ["RANGES"] => Section::Ranges,
            ["BOUNDS"] => Section::Bounds,
            ["ENDATA"] => Section::End,
            _ => return Err(format!("unknown section `{line}`")),
        };
        Ok(())
    }

    fn content(&mut self, words: &[&'t str]) -> Outcome {
        match (self.section, words) {
            (Section::Rows, [kind, name]) => self.row(kind, name),
            (Section::Columns, [_, "'MARKER'", "'INTORG'"]) => {
                self.integers = true;
                Ok(())
            }
            (Section::Columns, [_, "'MARKER'", "'INTEND'"]) => {
                self.integers = false;
                Ok(())
            }
            (Section::Columns, [column, entries @ ..]) => {
                let column = self.add_column(column);
                each_entry(entries, |row, value| self.term(column, row, value))
            }
            (Section::Right, [_, entries @ ..]) => {
                each_entry(entries, |row, value| self.right(row, value))
            }
            (Section::Ranges, [_, entries @ ..]) => {
                each_entry(entries, |row, value| self.range(row, value))
            }
            (Section::Bounds, words) => self.bound(words),
            _ => Err(format!("`{}` does not belong here", words.join(" "))),
        }
    }

    fn row(&mut self, kind: &str, name: &'t str) -> Outcome {
        let kind = Kind::parse(kind).ok_or_else(|| format!("unknown kind of row `{kind}`"))?;
        if self.objective.is_none() && kind == Kind::Free {
            self.objective = Some(name);
            self.model.objective.maximize = name.ends_with(NEGATED);
            return Ok(());
        }
        if self.objective == Some(name) || !self.row_names.add(name).1 {
            return Err(format!("two rows are called `{name}`"));
        }
        self.rows.push(Row { kind, right: 0.0, width: None });
        Ok(())
    }

    fn add_column(&mut self, name: &'t str) -> u32 {
        let (column, new) = self.columns.add(name);
        if new {
            self.model.push_column(0.0, f64::INFINITY, self.integers, 0.0);
        }
        column
    }

    fn term(&mut self, column: u32, row: &str, value: f64) -> Outcome {
        if self.objective == Some(row) {
            self.costs.insert(column, value);
            return Ok(());
        }
        let row = self.row_number(row)? as u32;
        if !self.seen.insert((row, column)) {
            return Err(String::from("a column names the same row twice"));
        }
        self.terms.push((row, column, value));
        Ok(())
    }

    fn right(&mut self, row: &str, value: f64) -> Outcome {
        if self.objective == Some(row) {
            self.model.objective.offset = -value;
        } else {
            let row = self.row_number(row)?;
            self.rows[row].right = value;
        }
        Ok(())
    }

    fn range(&mut self, row: &str, value: f64) -> Outcome {
        let number = self.row_number(row)?;
        match self.rows[number].kind {
            Kind::Less | Kind::Greater => self.rows[number].width = Some(value.abs()),
            Kind::Free | Kind::Equal => return Err(format!("row `{row}` can't have a width")),
        }
        Ok(())
    }

    fn bound(&mut self, words: &[&'t str]) -> Outcome {
        let (kind, name, value) = match words {
            [kind, _, name] => (kind, name, 0.0),
            [kind, _, name, value] => (kind, name, parse(value)?),
            _ => return Err(format!("expected a bound, found `{}`", words.join(" "))),
        };
        let number = self.columns.get(name).ok_or_else(|| format!("unknown column `{name}`"))?;
        let lower = &mut self.model.columns.lower[number as usize];
        let upper = &mut self.model.columns.upper[number as usize];
        match (*kind, words.len()) {
            ("FX", 4) => (*lower, *upper) = (value, value),
            ("LO", 4) => *lower = value,
            ("UP", 4) => *upper = value,
            ("FR", 3) => (*lower, *upper) = (f64::NEG_INFINITY, f64::INFINITY),
            ("MI", 3) => *lower = f64::NEG_INFINITY,
            ("PL", 3) => *upper = f64::INFINITY,
            _ => return Err(format!("unknown bound `{}`", words.join(" "))),
        }
        Ok(())
    }

    fn row_number(&self, name: &str) -> Result<usize, String> {
        let number = self.row_names.get(name);
        number.map(|row| row as usize).ok_or_else(|| format!("no row is called `{name}`"))
    }

    fn finish(mut self) -> Result<Named, String> {
        let objective = &mut self.model.objective;
        objective.costs = self.costs.into_iter().collect();
        if objective.maximize {
            objective.offset = -objective.offset;
            objective.costs.multiply(-1.0);
        }
        // Stable: within a row the columns keep their order.
        self.terms.sort_by_key(|(row, _, _)| *row);
        let mut terms = self.terms.iter().peekable();
        for (number, row) in self.rows.iter().enumerate() {
            while let Some((_, column, value)) = terms.next_if(|(at, _, _)| *at as usize == number)
            {
                self.model.rows.term(*column, *value);
            }
            let (lower, upper) = row.kind.bounds(row.right, row.width);
            self.model.rows.close(lower, upper);
        }
        self.model.check().map_err(|error| error.to_string())?;
        let names =
            NameList { columns: self.columns.unescaped(), rows: self.row_names.unescaped() };
        Ok(Named { model: self.model, names })
    }
}

fn each_entry<'t>(words: &[&'t str], mut act: impl FnMut(&'t str, f64) -> Outcome) -> Outcome {
    if words.is_empty() || words.len() > 4 {
        return Err(String::from("expected one or two pairs of a name and a number"));
    }
    for pair in words.chunks(2) {
        let [name, value] = pair else {
            return Err(format!("`{}` has no number", pair.join(" ")));
        };
        act(name, parse(value)?)?;
    }
    Ok(())
}

fn parse(text: &str) -> Result<f64, String> {
    number::parse(text).ok_or_else(|| format!("expected a number, found `{text}`"))
}

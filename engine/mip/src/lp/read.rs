//! Reading the LP format, as far as [`super::write_lp`] writes it.

use super::UPPER;
use crate::read::Numbering;
use crate::{Model, NameList, Named, ReadError, number};

/// Reads the text of a model that [`crate::write_lp`] wrote; words stand apart, as there.
///
/// Other LP files may use what this reader does not know: that is an error, never a guess.
pub fn read_lp(text: &str) -> Result<Named, ReadError> {
    let mut reader = Reader { section: Section::None, ..Reader::default() };
    let mut last = 1;
    for (line, content) in text.lines().enumerate() {
        last = line + 1;
        let content = content.split('\\').next().unwrap_or_default();
        reader.line(content).map_err(|reason| ReadError::new(last, reason))?;
    }
    if reader.section != Section::End {
        return Err(ReadError::new(last, "the text ends before `End`"));
    }
    reader.model.check().map_err(|error| ReadError::new(last, error.to_string()))?;
    let names = NameList { columns: reader.columns.unescaped(), rows: reader.rows.unescaped() };
    Ok(Named { model: reader.model, names })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Section {
    #[default]
    None,
    Objective,
    Rows,
    Bounds,
    Integers,
    End,
}

#[derive(Default)]
struct Reader<'t> {
    section: Section,
    model: Model,
    columns: Numbering<'t>,
    rows: Numbering<'t>,
    /// Name of the expression that is open.
    open: Option<&'t str>,
    /// Terms of the open expression; no column for a constant.
    terms: Vec<(f64, Option<u32>)>,
}

type Outcome = Result<(), String>;

impl<'t> Reader<'t> {
    fn line(&mut self, line: &'t str) -> Outcome {
        let words: Vec<&str> = line.split_whitespace().collect();
        let section = match words.as_slice() {
            [] => return Ok(()),
            _ if line.starts_with(' ') => return self.content(&words),
            ["Minimize"] => Section::Objective,
            ["Maximize"] => {
                self.model.objective.maximize = true;
                Section::Objective
            }
            ["Subject", "To"] => Section::Rows,
            ["Bounds"] => Section::Bounds,
            ["General"] => Section::Integers,
            ["End"] => Section::End,
            _ => return Err(format!("expected a section, found `{line}`")),
        };
        self.enter(section)
    }

    fn enter(&mut self, section: Section) -> Outcome {
        match (self.section, self.open) {
            (Section::Objective, _) => self.end_objective(),
            (_, Some(name)) => return Err(format!("row `{name}` has no bound")),
            _ => {}
        }
        self.section = section;
        Ok(())
    }

    fn content(&mut self, words: &[&'t str]) -> Outcome {
        match self.section {
            Section::Objective | Section::Rows => self.expression(words),
            Section::Bounds => self.bound(words),
            Section::Integers => words.iter().try_for_each(|name| {
                let column = self.column(name)?;
                self.model.columns.integer[column] = true;
                Ok(())
            }),
            Section::None | Section::End => Err(String::from("expected a section first")),
        }
    }

    fn expression(&mut self, words: &[&'t str]) -> Outcome {
        let mut words = words;
        if let [name, rest @ ..] = words
            && let Some(name) = name.strip_suffix(':')
        {
            if let Some(open) = self.open {
                return Err(format!("row `{open}` has no bound"));
            }
            self.open = Some(name);
            words = rest;
        }
        let Some(name) = self.open else {
            return Err(String::from("expected a name and `:`"));
        };
        loop {
            words = match words {
                [] => return Ok(()),
                [comparison @ ("<=" | ">=" | "="), bound] if self.section == Section::Rows => {
                    self.open = None;
                    return self.end_row(name, comparison, parse(bound)?);
                }
                [sign @ ("+" | "-"), size, column, rest @ ..] if !is_operator(column) => {
                    let column = self.add_column(column)?;
                    self.terms.push((signed(sign, size)?, Some(column)));
                    rest
                }
                [sign @ ("+" | "-"), size, rest @ ..] => {
                    self.terms.push((signed(sign, size)?, None));
                    rest
                }
                [word, ..] => return Err(format!("expected a term, found `{word}`")),
            };
        }
    }

    fn end_objective(&mut self) {
        self.open = None;
        let objective = &mut self.model.objective;
        let constants = self.terms.iter().filter(|(_, column)| column.is_none());
        objective.offset += constants.map(|(value, _)| value).sum::<f64>();
        let costs = self.terms.drain(..).filter_map(|(value, column)| Some((column?, value)));
        objective.costs = costs.collect();
    }

    fn end_row(&mut self, name: &'t str, comparison: &str, bound: f64) -> Outcome {
        let (lower, upper) = match comparison {
            "<=" => (f64::NEG_INFINITY, bound),
            ">=" => (bound, f64::INFINITY),
            _ => (bound, bound),
        };
        let first_half = name.strip_suffix(UPPER).and_then(|name| self.rows.get(name));
        if let Some(row) = first_half {
            return self.end_upper_half(row as usize, name, upper);
        }
        if !self.rows.add(name).1 {
            return Err(format!("two rows are called `{name}`"));
        }
        for (value, column) in self.terms.drain(..) {
            let Some(column) = column else {
                return Err(format!("row `{name}` has a constant"));
            };
            if value != 0.0 {
                self.model.rows.term(column, value);
            }
        }
        self.model.rows.close(lower, upper);
        Ok(())
    }

    /// The first half must have the same terms, or it is no half.
    fn end_upper_half(&mut self, row: usize, name: &str, upper: f64) -> Outcome {
        let read = self.terms.drain(..).filter(|(value, _)| *value != 0.0);
        let same = read.eq(self.model.rows.terms(row).map(|(column, value)| (value, Some(column))));
        if !same || self.model.rows.upper[row] != f64::INFINITY {
            return Err(format!("row `{name}` does not complete the row of that name"));
        }
        self.model.rows.upper[row] = upper;
        Ok(())
    }

    fn bound(&mut self, words: &[&'t str]) -> Outcome {
        let (name, lower, upper) = match words {
            [name, "free"] => (name, Some(f64::NEG_INFINITY), Some(f64::INFINITY)),
            [name, ">=", lower] => (name, Some(parse(lower)?), None),
            [name, "=", value] => (name, Some(parse(value)?), Some(parse(value)?)),
            [lower, "<=", name, "<=", upper] => (name, Some(parse(lower)?), Some(parse(upper)?)),
            _ => return Err(format!("expected a bound, found `{}`", words.join(" "))),
        };
        let column = self.column(name)?;
        if let Some(lower) = lower {
            self.model.columns.lower[column] = lower;
        }
        if let Some(upper) = upper {
            self.model.columns.upper[column] = upper;
        }
        Ok(())
    }

    fn column(&self, name: &str) -> Result<usize, String> {
        let column = self.columns.get(name);
        column.map(|column| column as usize).ok_or_else(|| format!("no column is called `{name}`"))
    }

    /// The objective makes columns; rows only use them.
    fn add_column(&mut self, name: &'t str) -> Result<u32, String> {
        if self.section != Section::Objective {
            return self.column(name).map(|column| column as u32);
        }
        let (column, new) = self.columns.add(name);
        if new {
            self.model.push_column(0.0, f64::INFINITY, false, 0.0);
        }
        Ok(column)
    }
}

fn is_operator(word: &str) -> bool {
    matches!(word, "+" | "-" | "<=" | ">=" | "=")
}

fn signed(sign: &str, size: &str) -> Result<f64, String> {
    let size = parse(size)?;
    Ok(if sign == "-" { -size } else { size })
}

fn parse(text: &str) -> Result<f64, String> {
    number::parse(text).ok_or_else(|| format!("expected a number, found `{text}`"))
}

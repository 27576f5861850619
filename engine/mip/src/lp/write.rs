//! Writing the LP format.

use std::io::{self, Write};

use super::UPPER;
use crate::names::{Escaper, Names};
use crate::number::Shortest;
use crate::{Columns, Model};

/// Lines end after this many bytes at the next chance; some readers refuse long ones.
const LINE: usize = 100;

/// Writes a well-formed model in the LP format.
pub fn write_lp(model: &Model, names: &dyn Names, to: &mut dyn Write) -> io::Result<()> {
    let mut escaper = Escaper::default();
    let columns: Vec<String> =
        (0..model.num_columns()).map(|column| escaper.escape(&names.column(column))).collect();
    writeln!(to, "\\ {} columns, {} rows", model.num_columns(), model.num_rows())?;
    let objective = &model.objective;
    writeln!(to, "{}", if objective.maximize { "Maximize" } else { "Minimize" })?;
    let mut expression = Expression::start(to, "obj")?;
    // Those that cost nothing too: a reader numbers columns as it meets them.
    for (column, cost) in columns.iter().zip(objective.costs.dense(0..columns.len())) {
        expression.term(cost, column)?;
    }
    if objective.offset != 0.0 {
        expression.constant(objective.offset)?;
    }
    expression.end("")?;
    write_rows(model, names, &columns, to)?;
    write_bounds(&model.columns, &columns, to)?;
    write_integers(&model.columns, &columns, to)?;
    writeln!(to, "End")
}

fn write_rows(
    model: &Model,
    names: &dyn Names,
    columns: &[String],
    to: &mut dyn Write,
) -> io::Result<()> {
    let mut escaper = Escaper::default();
    // The objective's own name, which no row may bear.
    escaper.escape("obj");
    writeln!(to, "Subject To")?;
    for row in 0..model.num_rows() {
        let name = escaper.escape(&names.row(row));
        let (lower, upper) = (model.rows.lower[row], model.rows.upper[row]);
        if lower == upper {
            write_row(model, row, &name, columns, &format!(" = {}", Shortest(lower)), to)?;
        } else if lower == f64::NEG_INFINITY && upper.is_finite() {
            write_row(model, row, &name, columns, &format!(" <= {}", Shortest(upper)), to)?;
        } else {
            write_row(model, row, &name, columns, &format!(" >= {}", Shortest(lower)), to)?;
            if upper.is_finite() {
                let bound = format!(" <= {}", Shortest(upper));
                write_row(model, row, &format!("{name}{UPPER}"), columns, &bound, to)?;
            }
        }
    }
    Ok(())
}

fn write_row(
    model: &Model,
    row: usize,
    name: &str,
    columns: &[String],
    bound: &str,
    to: &mut dyn Write,
) -> io::Result<()> {
    let mut expression = Expression::start(to, name)?;
    let mut empty = true;
    for (column, value) in model.rows.terms(row).filter(|(_, value)| *value != 0.0) {
        expression.term(value, &columns[column as usize])?;
        empty = false;
    }
    if let (true, Some(first)) = (empty, columns.first()) {
        expression.term(0.0, first)?;
    }
    expression.end(bound)
}

fn write_bounds(columns: &Columns, names: &[String], to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "Bounds")?;
    for (column, name) in names.iter().enumerate() {
        let (lower, upper) = (columns.lower[column], columns.upper[column]);
        match (lower, upper) {
            (f64::NEG_INFINITY, f64::INFINITY) => writeln!(to, " {name} free")?,
            (0.0, f64::INFINITY) => {}
            (_, f64::INFINITY) => writeln!(to, " {name} >= {}", Shortest(lower))?,
            _ if lower == upper => writeln!(to, " {name} = {}", Shortest(lower))?,
            // Both bounds, always: readers disagree on what an upper bound below zero alone means.
            _ => writeln!(to, " {} <= {name} <= {}", Shortest(lower), Shortest(upper))?,
        }
    }
    Ok(())
}

fn write_integers(columns: &Columns, names: &[String], to: &mut dyn Write) -> io::Result<()> {
    if !columns.integer.contains(&true) {
        return Ok(());
    }
    writeln!(to, "General")?;
    for (name, _) in names.iter().zip(&columns.integer).filter(|(_, integer)| **integer) {
        writeln!(to, " {name}")?;
    }
    Ok(())
}

/// A named linear expression, broken into lines.
struct Expression<'w> {
    to: &'w mut dyn Write,
    line: usize,
}

impl<'w> Expression<'w> {
    fn start(to: &'w mut dyn Write, name: &str) -> io::Result<Expression<'w>> {
        write!(to, " {name}:")?;
        Ok(Expression { to, line: name.len() + 2 })
    }

    fn term(&mut self, value: f64, name: &str) -> io::Result<()> {
        let sign = sign(value);
        self.add(&format!("{sign} {} {name}", Shortest(value.abs())))
    }

    fn constant(&mut self, value: f64) -> io::Result<()> {
        let sign = sign(value);
        self.add(&format!("{sign} {}", Shortest(value.abs())))
    }

    fn add(&mut self, part: &str) -> io::Result<()> {
        if self.line + part.len() > LINE {
            write!(self.to, "\n ")?;
            self.line = 1;
        }
        self.line += part.len() + 1;
        write!(self.to, " {part}")
    }

    fn end(self, bound: &str) -> io::Result<()> {
        writeln!(self.to, "{bound}")
    }
}

fn sign(value: f64) -> char {
    if value.is_sign_negative() { '-' } else { '+' }
}

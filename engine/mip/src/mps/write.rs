//! Writing the free MPS format.

use std::io::{self, Write};

use super::{Kind, NEGATED};
use crate::Model;
use crate::names::{Escaper, Names};
use crate::number::Shortest;

/// Writes a well-formed model in the free MPS format.
///
/// Needs a transposed copy of the terms, since the format goes by columns.
pub fn write_mps(model: &Model, names: &dyn Names, to: &mut dyn Write) -> io::Result<()> {
    let mut escaper = Escaper::default();
    let mut objective = escaper.escape("obj");
    if model.objective.maximize {
        objective.push_str(NEGATED);
    }
    let rows: Vec<String> =
        (0..model.num_rows()).map(|row| escaper.escape(&names.row(row))).collect();
    let mut escaper = Escaper::default();
    let columns: Vec<String> =
        (0..model.num_columns()).map(|column| escaper.escape(&names.column(column))).collect();
    let sides: Vec<Side> = model
        .rows
        .lower
        .iter()
        .zip(&model.rows.upper)
        .map(|(lower, upper)| Side::of(*lower, *upper))
        .collect();
    let file = File { model, objective, rows, columns, sides };
    writeln!(to, "NAME model")?;
    file.write_rows(to)?;
    file.write_columns(to)?;
    file.write_sides(to)?;
    file.write_bounds(to)?;
    writeln!(to, "ENDATA")
}

struct File<'m> {
    model: &'m Model,
    objective: String,
    rows: Vec<String>,
    columns: Vec<String>,
    sides: Vec<Side>,
}

impl File<'_> {
    /// A part of the objective as the format takes it, which is always to be small.
    fn to_minimize(&self, value: f64) -> f64 {
        if self.model.objective.maximize { -value } else { value }
    }

    fn write_rows(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "ROWS\n N  {}", self.objective)?;
        for (side, name) in self.sides.iter().zip(&self.rows) {
            writeln!(to, " {}  {name}", side.kind.letter())?;
        }
        Ok(())
    }

    fn write_columns(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "COLUMNS")?;
        let by_column = Transposed::of(self.model);
        let mut markers = 0;
        let mut inside = false;
        let costs = self.model.objective.costs.dense(0..self.columns.len());
        for (column, name) in self.columns.iter().enumerate() {
            let integer = self.model.columns.integer[column];
            if integer != inside {
                write_marker(integer, &mut markers, to)?;
                inside = integer;
            }
            let terms = by_column.column(column);
            let cost = self.to_minimize(costs[column]);
            // A column must appear once, or readers do not know it.
            if cost != 0.0 || terms.len() == 0 {
                writeln!(to, "    {name}  {}  {}", self.objective, Shortest(cost))?;
            }
            for (row, value) in terms {
                writeln!(to, "    {name}  {}  {}", self.rows[row as usize], Shortest(value))?;
            }
        }
        if inside { write_marker(false, &mut markers, to) } else { Ok(()) }
    }

    fn write_sides(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "RHS")?;
        let offset = self.to_minimize(self.model.objective.offset);
        if offset != 0.0 {
            writeln!(to, "    RHS_V  {}  {}", self.objective, Shortest(-offset))?;
        }
        for (side, name) in self.sides.iter().zip(&self.rows) {
            if side.right != 0.0 {
                writeln!(to, "    RHS_V  {name}  {}", Shortest(side.right))?;
            }
        }
        if self.sides.iter().any(|side| side.width.is_some()) {
            writeln!(to, "RANGES")?;
        }
        for (side, name) in self.sides.iter().zip(&self.rows) {
            if let Some(width) = side.width {
                writeln!(to, "    RANGE_V  {name}  {}", Shortest(width))?;
            }
        }
        Ok(())
    }

    fn write_bounds(&self, to: &mut dyn Write) -> io::Result<()> {
        let columns = &self.model.columns;
        writeln!(to, "BOUNDS")?;
        for (column, name) in self.columns.iter().enumerate() {
            let (lower, upper) = (columns.lower[column], columns.upper[column]);
            if lower == upper {
                writeln!(to, " FX BOUND_V  {name}  {}", Shortest(lower))?;
                continue;
            }
            if lower == f64::NEG_INFINITY && upper == f64::INFINITY {
                writeln!(to, " FR BOUND_V  {name}")?;
                continue;
            }
            if lower == f64::NEG_INFINITY {
                writeln!(to, " MI BOUND_V  {name}")?;
            } else if lower != 0.0 || columns.integer[column] {
                writeln!(to, " LO BOUND_V  {name}  {}", Shortest(lower))?;
            }
            if upper != f64::INFINITY {
                writeln!(to, " UP BOUND_V  {name}  {}", Shortest(upper))?;
            } else if columns.integer[column] {
                writeln!(to, " PL BOUND_V  {name}")?;
            }
        }
        Ok(())
    }
}

fn write_marker(opens: bool, markers: &mut u32, to: &mut dyn Write) -> io::Result<()> {
    let end = if opens { "INTORG" } else { "INTEND" };
    *markers += 1;
    writeln!(to, "    MARKER{markers}  'MARKER'  '{end}'")
}

/// How the bounds of a row are written.
struct Side {
    kind: Kind,
    /// The right-hand side; 0 for a row without bounds.
    right: f64,
    width: Option<f64>,
}

impl Side {
    fn of(lower: f64, upper: f64) -> Side {
        let plain = |kind, right| Side { kind, right, width: None };
        if lower == upper {
            plain(Kind::Equal, lower)
        } else if lower == f64::NEG_INFINITY && upper == f64::INFINITY {
            plain(Kind::Free, 0.0)
        } else if lower == f64::NEG_INFINITY {
            plain(Kind::Less, upper)
        } else if upper == f64::INFINITY {
            plain(Kind::Greater, lower)
        } else {
            Side::ranged(lower, upper)
        }
    }

    /// The kind and width that give both bounds back, or else come nearest.
    fn ranged(lower: f64, upper: f64) -> Side {
        let width = (upper - lower).min(f64::MAX);
        let candidates = [width, width.next_down(), width.next_up().min(f64::MAX)]
            .into_iter()
            .filter(|width| *width > 0.0)
            .flat_map(|width| [(Kind::Less, upper, width), (Kind::Greater, lower, width)]);
        let miss = |(kind, right, width): &(Kind, f64, f64)| {
            let (got_lower, got_upper) = kind.bounds(*right, Some(*width));
            (got_lower - lower).abs() + (got_upper - upper).abs()
        };
        let best = candidates.min_by(|one, other| miss(one).total_cmp(&miss(other)));
        let (kind, right, width) = best.unwrap_or((Kind::Less, upper, width));
        Side { kind, right, width: Some(width) }
    }
}

/// The non-zero terms of a model by column.
struct Transposed {
    starts: Vec<u32>,
    rows: Vec<u32>,
    values: Vec<f64>,
}

impl Transposed {
    fn of(model: &Model) -> Transposed {
        let terms = || {
            (0..model.num_rows()).flat_map(|row| {
                let terms = model.rows.terms(row).filter(|(_, value)| *value != 0.0);
                terms.map(move |(column, value)| (row as u32, column as usize, value))
            })
        };
        let mut starts = vec![0u32; model.num_columns() + 1];
        terms().for_each(|(_, column, _)| starts[column + 1] += 1);
        for column in 0..model.num_columns() {
            starts[column + 1] += starts[column];
        }
        let count = starts[model.num_columns()] as usize;
        let (mut rows, mut values) = (vec![0; count], vec![0.0; count]);
        let mut next = starts.clone();
        for (row, column, value) in terms() {
            let at = next[column] as usize;
            rows[at] = row;
            values[at] = value;
            next[column] += 1;
        }
        Transposed { starts, rows, values }
    }

    fn column(&self, column: usize) -> impl ExactSizeIterator<Item = (u32, f64)> + '_ {
        let span = self.starts[column] as usize..self.starts[column + 1] as usize;
        self.rows[span.clone()].iter().copied().zip(self.values[span].iter().copied())
    }
}

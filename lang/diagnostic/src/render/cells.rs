//! Cells that cannot be used, by file: where, what was found, what is wrong with it.

use unicode_width::UnicodeWidthStr;

use super::page::Page;
use crate::{Cell, Diagnostic};

/// A cell's line before the columns are set.
struct Line<'a> {
    file: &'a str,
    place: String,
    found: String,
    expected: String,
}

/// Draws the cells of a finding, grouped by file in the order in which files come first, aligned over all of
/// them.
pub(super) fn draw(page: &mut Page, diagnostic: &Diagnostic) {
    let rows = diagnostic.cells.iter().filter_map(row).map(|row| row.width()).max().unwrap_or(0);
    let lines: Vec<Line<'_>> = diagnostic
        .cells
        .iter()
        .map(|cell| Line {
            file: &cell.place.file,
            place: page.plain(&place(cell, rows)),
            // A cell may hold line ends, and what is shown of it is one line of a table.
            found: page.plain(&format!("`{}`", cell.found.replace('\n', "\u{fffd}"))),
            expected: page.plain(&cell.expected),
        })
        .collect();
    let places = lines.iter().map(|line| line.place.width()).max().unwrap_or(0);
    let founds = lines.iter().map(|line| line.found.width()).max().unwrap_or(0);
    let mut files: Vec<&str> = Vec::new();
    for line in &lines {
        if !files.contains(&line.file) {
            files.push(line.file);
        }
    }
    for file in files {
        page.end_line();
        page.text(&format!("  {}", page.plain(file)));
        page.end_line();
        for line in lines.iter().filter(|line| line.file == file) {
            let gap = " ".repeat(places - line.place.width() + 3);
            let found_gap = " ".repeat(founds - line.found.width() + 2);
            page.text(&format!(
                "    {}{gap}{}{found_gap}{}",
                line.place, line.found, line.expected
            ));
            page.end_line();
        }
    }
}

/// `row 7` for a file of lines.
fn row(cell: &Cell) -> Option<String> {
    let number = cell.place.row.filter(|_| cell.place.row_word == "row")?;
    Some(format!("row {number}"))
}

/// `row 7   capacity[memory]`, `items[118].replicas`, or the column alone.
fn place(cell: &Cell, rows: usize) -> String {
    let (number, column) = (cell.place.row, cell.place.column.as_str());
    match (row(cell), number) {
        (Some(row), _) if column.is_empty() => row,
        (Some(row), _) => format!("{row}{}  {column}", " ".repeat(rows - row.width())),
        (None, Some(number)) if column.is_empty() => format!("{}[{number}]", cell.place.row_word),
        (None, Some(number)) => format!("{}[{number}].{column}", cell.place.row_word),
        (None, None) => column.to_owned(),
    }
}

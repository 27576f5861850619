//! Comma-separated values (RFC 4180): a header, then rows of as many cells.

use apportion_diagnostic::Diagnostic;
use apportion_units::counted;
use csv_core::{ReadRecordResult, Reader};

use crate::faults::{At, Faults};
use crate::raw::{RawCell, RawTable};

/// Reads a table. An empty cell is a missing one.
pub(crate) fn read(file: &str, text: &str, faults: &mut Faults) -> Option<RawTable> {
    if u32::try_from(text.len()).is_err() {
        faults.finding(Diagnostic::error("file-too-large", format!("`{file}` is over 4 GiB")));
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if ends_inside_quotes(text) {
        let message = format!("`{file}` ends inside a quoted cell: it was cut off");
        faults.finding(Diagnostic::error("truncated-file", message));
        return None;
    }
    let mut table = RawTable { row_word: "row".to_owned(), ..RawTable::default() };
    let mut reader = Reader::new();
    let mut input = text.as_bytes();
    let mut output = vec![0u8; text.len().max(64)];
    let mut ends = vec![0usize; 256];
    let mut texts: Vec<u8> = Vec::with_capacity(text.len());
    let mut header = true;
    let mut line = 1;
    loop {
        // Line ends before a record are skipped here, so that its first line is known.
        let blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += line_ends(&input[..blank]);
        input = &input[blank..];
        let start = input;
        let (mut written, mut cells) = (0, 0);
        let done = loop {
            let (result, read, out, found) =
                reader.read_record(input, &mut output[written..], &mut ends[cells..]);
            input = &input[read..];
            // Ends are counted from the start of the record.
            written += out;
            cells += found;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => output.resize(output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
                ReadRecordResult::Record => break false,
                ReadRecordResult::End => break true,
            }
        };
        if done {
            break;
        }
        let first = line;
        line += line_ends(&start[..start.len() - input.len()]);
        let cell = |at: usize| {
            let start = if at == 0 { 0 } else { ends[at - 1] };
            &output[start..ends[at]]
        };
        if header {
            header = false;
            for at in 0..cells {
                table.names.push(String::from_utf8_lossy(cell(at)).trim().to_owned());
            }
            table.columns = vec![Vec::new(); cells];
            continue;
        }
        if cells != table.names.len() {
            let at = At { file, row: Some(u64::from(first)), row_word: "row", column: "" };
            let expected =
                format!("the header has {}", counted(table.names.len(), "column", "columns"));
            faults.cell(&at, "uneven-row", &counted(cells, "cell", "cells"), expected);
            continue;
        }
        table.places.push(first);
        for at in 0..cells {
            let bytes = cell(at).trim_ascii();
            let value = match bytes {
                b"" => RawCell::Missing,
                bytes => {
                    let start = texts.len() as u32;
                    texts.extend_from_slice(bytes);
                    RawCell::Text(start, texts.len() as u32)
                }
            };
            table.columns[at].push(value);
        }
    }
    if header {
        let message = format!("`{file}` is empty: a header is missing");
        faults.finding(Diagnostic::error("truncated-file", message));
        return None;
    }
    // Cells are cut at ASCII bytes only, so that the texts stay UTF-8.
    table.text = String::from_utf8(texts).ok()?;
    Some(table)
}

fn line_ends(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u32
}

/// Whether the last quoted cell has no end. A quote that does not begin a cell is a character like others.
fn ends_inside_quotes(text: &str) -> bool {
    if !text.contains('"') {
        return false;
    }
    let (mut begins, mut quoted) = (true, false);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            b'"' if quoted => quoted = false,
            b'"' if begins => quoted = true,
            _ => {}
        }
        begins = !quoted && matches!(byte, b',' | b'\n' | b'\r');
    }
    quoted
}

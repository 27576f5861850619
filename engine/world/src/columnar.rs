//! Parquet.

use apportion_diagnostic::Diagnostic;
use parquet::data_type::AsBytes;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use crate::attempt::attempt;
use crate::faults::Faults;
use crate::raw::{RawCell, RawTable};

/// Reads a table, as [`read_rows`] does; a file that the Parquet library gives up on is a file that cannot be
/// read. It panics on some damaged files, where no check from outside can tell all of them.
pub(crate) fn read(file: &str, bytes: &[u8], faults: &mut Faults) -> Option<RawTable> {
    let attempted = attempt(|| {
        let mut own = Faults::default();
        (read_rows(file, bytes, &mut own), own)
    });
    let Some((table, own)) = attempted else {
        let message = format!("`{file}` is no Parquet file that can be read: it is damaged");
        faults.finding(Diagnostic::error("bad-data", message));
        return None;
    };
    faults.append(own);
    table
}

/// Reads a table; members of nested groups become columns of their own, `capacity.cpu`.
fn read_rows(file: &str, bytes: &[u8], faults: &mut Faults) -> Option<RawTable> {
    let mut fail = |error: parquet::errors::ParquetError| {
        let cut = !bytes.ends_with(b"PAR1");
        let (code, message) = match cut {
            true => ("truncated-file", format!("`{file}` has no Parquet footer: it was cut off")),
            false => ("bad-data", format!("`{file}` is no Parquet file that can be read: {error}")),
        };
        faults.finding(Diagnostic::error(code, message));
    };
    let reader = match SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)) {
        Ok(reader) => reader,
        Err(error) => {
            fail(error);
            return None;
        }
    };
    if !is_inside(reader.metadata(), bytes.len()) {
        fail(parquet::errors::ParquetError::General("a column lies outside of the file".into()));
        return None;
    }
    let mut table = RawTable { row_word: "item".to_owned(), ..RawTable::default() };
    let rows = match reader.get_row_iter(None) {
        Ok(rows) => rows,
        Err(error) => {
            fail(error);
            return None;
        }
    };
    for (number, row) in rows.enumerate() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                fail(error);
                return None;
            }
        };
        table.places.push(number as u32);
        for (name, field) in row.get_column_iter() {
            put(&mut table, name, number, field);
        }
    }
    let rows = table.places.len();
    table.columns.iter_mut().for_each(|cells| cells.resize(rows, RawCell::Missing));
    Some(table)
}

/// Whether every column lies inside of the file, as a file that is not damaged has it.
fn is_inside(metadata: &ParquetMetaData, length: usize) -> bool {
    let columns = metadata.row_groups().iter().flat_map(|group| group.columns());
    columns.into_iter().all(|column| {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let end = start.checked_add(column.compressed_size());
        start >= 0 && column.compressed_size() >= 0 && end.is_some_and(|end| end <= length as i64)
    })
}

fn put(table: &mut RawTable, name: &str, row: usize, field: &Field) {
    if let Field::Group(group) = field {
        for (member, field) in group.get_column_iter() {
            put(table, &format!("{name}.{member}"), row, field);
        }
        return;
    }
    let cell = cell(table, field);
    let at = table.names.iter().position(|known| known == name).unwrap_or_else(|| {
        table.names.push(name.to_owned());
        table.columns.push(Vec::new());
        table.names.len() - 1
    });
    table.columns[at].resize(row, RawCell::Missing);
    table.columns[at].push(cell);
}

fn cell(table: &mut RawTable, field: &Field) -> RawCell {
    let mut text = |text: &str, make: fn(u32, u32) -> RawCell| {
        table.push(text).map_or(RawCell::Other, |(start, end)| make(start, end))
    };
    match field {
        Field::Null => RawCell::Missing,
        Field::Bool(value) => RawCell::Bool(*value),
        Field::Str(value) => text(value.trim(), RawCell::Text),
        Field::Bytes(value) => match std::str::from_utf8(value.as_bytes()) {
            Ok(value) => text(value.trim(), RawCell::Text),
            Err(_) => RawCell::Other,
        },
        Field::TimestampMillis(value) => text(&(*value as f64 / 1e3).to_string(), RawCell::Number),
        Field::TimestampMicros(value) => text(&(*value as f64 / 1e6).to_string(), RawCell::Number),
        Field::ListInternal(list) => {
            let elements: Vec<RawCell> =
                list.elements().iter().map(|element| cell(table, element)).collect();
            let start = table.lists.len() as u32;
            table.lists.extend(elements);
            RawCell::List(start, table.lists.len() as u32)
        }
        Field::Group(_) | Field::MapInternal(_) => RawCell::Other,
        number => text(&number.to_string(), RawCell::Number),
    }
}

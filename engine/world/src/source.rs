//! What the loader is given.

/// The bytes of one input and how to read them.
#[derive(Clone, Debug, Default)]
pub struct InputBytes {
    /// The input's name in the policy.
    pub input: String,
    /// The file as people know it.
    pub file: String,
    /// How the bytes are laid out.
    pub format: Format,
    /// The content.
    pub bytes: Vec<u8>,
    /// Where fields are found that the columns' names do not tell.
    pub mapping: Vec<Mapping>,
    /// The path of the array of rows in a JSON file.
    pub select: Option<String>,
    /// Columns that are left unread without a word.
    pub ignore: Vec<String>,
    /// Take the first so many rows by key.
    pub limit: Option<usize>,
}

/// The layouts that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// Comma-separated values with a header.
    #[default]
    Csv,
    /// One JSON document.
    Json,
    /// One JSON object per line.
    JsonLines,
    /// Parquet.
    Parquet,
}

impl Format {
    /// The format that a file's name tells: `.csv`, `.json`, `.jsonl`, `.ndjson`, `.parquet`.
    pub fn of_name(name: &str) -> Option<Format> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "csv" => Format::Csv,
            "json" => Format::Json,
            "jsonl" | "ndjson" => Format::JsonLines,
            "parquet" => Format::Parquet,
            _ => return None,
        })
    }
}

/// Where a field, or one entry of it, is found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Mapping {
    /// `replicas`, or `capacity.cpu` for one entry of amounts or of a map.
    pub field: String,
    /// The column's name; absent where `value` is given.
    pub column: Option<String>,
    /// The unit of bare numbers in it.
    pub unit: Option<String>,
    /// What separates the elements of a set in one cell; `;` where none is given.
    pub separator: Option<String>,
    /// The same value for every row, in place of a column.
    pub value: Option<String>,
}

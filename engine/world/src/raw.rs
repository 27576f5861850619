//! Rows as a file has them, before anybody says what they mean.

/// A table of cells, column by column.
#[derive(Debug, Default)]
pub(crate) struct RawTable {
    /// All texts, UTF-8.
    pub(crate) text: String,
    /// The columns' names; for nested values the path, `capacity.cpu`.
    pub(crate) names: Vec<String>,
    /// One cell per row and column.
    pub(crate) columns: Vec<Vec<RawCell>>,
    /// Elements of list cells.
    pub(crate) lists: Vec<RawCell>,
    /// The line of each row from 1, or the item from 0.
    pub(crate) places: Vec<u32>,
    /// `row`, or the path of the array that holds the items.
    pub(crate) row_word: String,
    /// Whether each row names its own fields, as an object of JSON does and a row below a header does not.
    pub(crate) named_by_row: bool,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawCell {
    /// Nothing, or `null`.
    Missing,
    /// A text, `start .. end` of [`RawTable::text`].
    Text(u32, u32),
    /// A number that the format itself knows as one.
    Number(u32, u32),
    /// True or false, known as such.
    Bool(bool),
    /// Elements, `start .. end` of [`RawTable::lists`].
    List(u32, u32),
    /// An object or another thing that no field takes.
    Other,
}

impl RawTable {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The text of a cell as it was found.
    pub(crate) fn found(&self, cell: RawCell) -> String {
        match cell {
            RawCell::Missing => "nothing".to_owned(),
            RawCell::Text(start, end) | RawCell::Number(start, end) => {
                self.text[start as usize..end as usize].to_owned()
            }
            RawCell::Bool(value) => value.to_string(),
            RawCell::List(start, end) => format!("a list of {}", end - start),
            RawCell::Other => "an object".to_owned(),
        }
    }

    /// Where a row stands, in words: `row 7`, `items[3]`.
    pub(crate) fn place_name(&self, row: usize) -> String {
        match self.row_word.as_str() {
            "row" => format!("row {}", self.places[row]),
            word => format!("{word}[{}]", self.places[row]),
        }
    }

    /// Appends a text and gives its place; `None` once there are 4 GiB.
    pub(crate) fn push(&mut self, text: &str) -> Option<(u32, u32)> {
        let start = u32::try_from(self.text.len()).ok()?;
        self.text.push_str(text);
        Some((start, u32::try_from(self.text.len()).ok()?))
    }
}

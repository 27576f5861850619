//! Names of columns and rows as other tools accept them and people can still read them.
//!
//! `x[web,eu-1]` is written `x(web,eu~1)`. Letters, digits, `_`, `.` and `,` stay; `[` and `]`
//! become `(` and `)`, `-` becomes `~`; any other byte becomes `%` and two hexadecimal digits. A
//! first character that would make a name look like a number or a keyword is written that way too.
//! `#` is the writers' own: `a#2` is the second thing called `a`; other words after it are told by
//! the formats that use them.

use std::borrow::Cow;
use std::fmt::Write;

use rustc_hash::FxHashMap;

/// What the columns and rows of a model are called.
pub trait Names {
    /// Name of a column.
    fn column(&self, column: usize) -> Cow<'_, str>;
    /// Name of a row.
    fn row(&self, row: usize) -> Cow<'_, str>;
}

/// Columns are called `c0`, `c1`, …, rows `r0`, `r1`, ….
#[derive(Debug, Clone, Copy, Default)]
pub struct Numbered;

impl Names for Numbered {
    fn column(&self, column: usize) -> Cow<'_, str> {
        Cow::Owned(format!("c{column}"))
    }

    fn row(&self, row: usize) -> Cow<'_, str> {
        Cow::Owned(format!("r{row}"))
    }
}

/// Names as lists; what the lists do not reach is called as in [`Numbered`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameList {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Names of the rows.
    pub rows: Vec<String>,
}

impl Names for NameList {
    fn column(&self, column: usize) -> Cow<'_, str> {
        self.columns.get(column).map_or_else(|| Numbered.column(column), |name| name.into())
    }

    fn row(&self, row: usize) -> Cow<'_, str> {
        self.rows.get(row).map_or_else(|| Numbered.row(row), |name| name.into())
    }
}

/// A name that LP and MPS readers accept; [`unescape_name`] leads back.
pub fn escape_name(name: &str) -> String {
    if name.is_empty() {
        return String::from("%");
    }
    let escape_first = starts_badly(name.as_bytes()) || is_keyword(name);
    let mut escaped = String::with_capacity(name.len());
    for (position, byte) in name.bytes().enumerate() {
        match byte {
            _ if position == 0 && escape_first => escape_byte(byte, &mut escaped),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b',' => {
                escaped.push(char::from(byte));
            }
            b'[' => escaped.push('('),
            b']' => escaped.push(')'),
            b'-' => escaped.push('~'),
            _ => escape_byte(byte, &mut escaped),
        }
    }
    escaped
}

/// The name that was escaped; text that [`escape_name`] can't have made is returned as it is.
pub fn unescape_name(escaped: &str) -> String {
    if escaped == "%" {
        return String::new();
    }
    let mut name = Vec::with_capacity(escaped.len());
    let mut bytes = escaped.bytes();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'(' => b'[',
            b')' => b']',
            b'~' => b'-',
            b'%' => match (bytes.next().and_then(digit), bytes.next().and_then(digit)) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return escaped.to_owned(),
            },
            _ => byte,
        });
    }
    String::from_utf8(name).unwrap_or_else(|_| escaped.to_owned())
}

fn escape_byte(byte: u8, to: &mut String) {
    // INVARIANT: writing to a `String` does not fail.
    let _ = write!(to, "%{byte:02X}");
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// Whether readers might take the name for a number: `4x`, `.5`, `e12`.
fn starts_badly(name: &[u8]) -> bool {
    matches!(name, [b'0'..=b'9' | b'.', ..] | [b'e' | b'E', b'0'..=b'9' | b'e' | b'E', ..])
}

/// Words that open a section, or stand for a value, in some reader of LP or MPS.
fn is_keyword(name: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "bin",
        "binaries",
        "binary",
        "bound",
        "bounds",
        "columns",
        "end",
        "endata",
        "free",
        "gen",
        "general",
        "generals",
        "indicators",
        "inf",
        "infinity",
        "int",
        "integer",
        "integers",
        "lazycons",
        "max",
        "maximise",
        "maximize",
        "maximum",
        "min",
        "minimise",
        "minimize",
        "minimum",
        "name",
        "nan",
        "objname",
        "objsense",
        "qcmatrix",
        "qmatrix",
        "qsection",
        "quadobj",
        "ranges",
        "rhs",
        "rows",
        "s.t.",
        "semi",
        "semis",
        "sets",
        "sos",
        "sos1",
        "sos2",
        "st",
        "st.",
        "subject",
        "such",
        "usercuts",
    ];
    let lowered = name.to_ascii_lowercase();
    KEYWORDS.binary_search(&lowered.as_str()).is_ok()
}

/// Escapes names and tells those apart that several things bear.
#[derive(Default)]
pub(crate) struct Escaper {
    uses: FxHashMap<String, u32>,
}

impl Escaper {
    pub(crate) fn escape(&mut self, name: &str) -> String {
        let mut escaped = escape_name(name);
        let uses = self.uses.entry(escaped.clone()).or_insert(0);
        *uses += 1;
        if *uses > 1 {
            // INVARIANT: writing to a `String` does not fail.
            let _ = write!(escaped, "#{uses}");
        }
        escaped
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(name: &str, escaped: Expect) {
        escaped.assert_eq(&escape_name(name));
    }

    #[test]
    fn an_indexed_name_stays_readable() {
        check("x[web,eu-1,spot]", expect!["x(web,eu~1,spot)"]);
    }

    #[test]
    fn a_name_that_looks_like_a_number_is_escaped_at_its_head() {
        check("4x", expect!["%34x"]);
        check("e12", expect!["%6512"]);
        check("eu", expect!["eu"]);
    }

    #[test]
    fn a_keyword_is_escaped_whatever_its_case() {
        check("Free", expect!["%46ree"]);
        check("RHS", expect!["%52HS"]);
    }

    #[test]
    fn things_of_one_name_are_counted() {
        let mut escaper = Escaper::default();
        let escaped = ["a", "b", "a", "a#2"].map(|name| escaper.escape(name));
        assert_eq!(escaped, ["a", "b", "a#2", "a%232"]);
    }

    #[test]
    fn keywords_are_sorted_as_the_search_needs() {
        for keyword in ["bin", "usercuts", "s.t.", "semi", "st", "st.", "max", "objsense"] {
            assert!(is_keyword(keyword), "{keyword}");
        }
    }

    proptest! {
        #[test]
        fn escaping_can_be_undone(name in any::<String>()) {
            prop_assert_eq!(unescape_name(&escape_name(&name)), name);
        }

        #[test]
        fn an_escaped_name_is_one_word_of_plain_characters(name in any::<String>()) {
            let escaped = escape_name(&name);
            let plain = |c: char| c.is_ascii_alphanumeric() || "_.,()~%".contains(c);
            prop_assert!(!escaped.is_empty() && escaped.chars().all(plain));
        }

        #[test]
        fn any_text_can_be_unescaped(text in any::<String>()) {
            unescape_name(&text);
        }
    }
}

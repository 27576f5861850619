//! Findings and their drawings.

mod evidence;
mod helps;
mod labels;
mod programs;
mod properties;

use expect_test::Expect;

use crate::{
    Amount, Cell, DataPlace, Diagnostic, RenderOptions, SourceId, Sources, Span, render_with,
};

/// A policy whose text begins at a line, so that line numbers are as in a longer file.
struct Text {
    sources: Sources,
    id: SourceId,
    text: String,
}

impl Text {
    fn new(path: &str, first_line: usize, text: &str) -> Text {
        let text = "\n".repeat(first_line - 1) + text;
        let mut sources = Sources::default();
        let id = sources.add(path, text.as_str());
        Text { sources, id, text }
    }

    /// Where `part` stands first.
    #[track_caller]
    fn span(&self, part: &str) -> Span {
        let start = self.text.find(part).expect("the part stands in the text") as u32;
        Span::new(self.id, start, start + part.len() as u32)
    }

    /// The line that begins with `part`, to be shown without a mark.
    #[track_caller]
    fn context(&self, part: &str) -> Span {
        let start = self.span(part).start;
        Span::new(self.id, start, start)
    }
}

/// Compares the drawing of a finding with what is expected.
#[track_caller]
fn check(text: &Text, finding: &Diagnostic, expected: Expect) {
    check_with(text, finding, RenderOptions::default(), expected);
}

#[track_caller]
fn check_with(text: &Text, finding: &Diagnostic, options: RenderOptions, expected: Expect) {
    expected.assert_eq(&render_with(finding, &text.sources, &options));
}

/// Two sides that measure different things.
fn unit_mismatch() -> (Text, Diagnostic) {
    let text = Text::new(
        "policy/main.alloc",
        44,
        "  for p in pools, r in resources:\n    sum(w in workloads: x[w, p, *] * w.request[memory]) <= p.capacity[cpu]\n",
    );
    let message = "cannot compare an amount of memory with an amount of cpu";
    let mut finding = Diagnostic::error("unit-mismatch", message)
        .at(text.span("<="), "GiB on the left, cores on the right")
        .because_of(text.span("sum(w in workloads: x[w, p, *] * w.request[memory])"), "GiB")
        .because_of(text.span("p.capacity[cpu]"), "cores")
        .because_of(text.context("  for"), "")
        .note("`w.request[memory]` is in GiB because `std.resources` declares `memory: GiB`")
        .help(
            "`r` is not used in this rule; capacity of each resource would be \
             `x[w, p, *] * w.request[r]) <= p.capacity[r]`",
        );
    let amount = |dimension: &str, unit: &str| Amount {
        value: None,
        dimension: dimension.into(),
        unit: unit.into(),
    };
    finding.item = Some("rule capacity".into());
    finding.amounts = vec![("left", amount("memory", "GiB")), ("right", amount("cpu", "cores"))];
    (text, finding)
}

fn cell(file: &str, word: &str, row: u64, column: &str, found: &str, expected: &str) -> Cell {
    let place = DataPlace {
        file: file.into(),
        row: Some(row),
        row_word: word.into(),
        column: column.into(),
    };
    Cell { place, found: found.into(), expected: expected.into(), code: "bad-data" }
}

fn bad_cells() -> Diagnostic {
    let mut finding =
        Diagnostic::error("bad-data", "4 cells of 2 files cannot be used; nothing was solved")
            .note("1 column that `Pool` does not declare was left unread: `rack` (data/pools.csv)");
    let pools =
        |row, column, found, expected| cell("data/pools.csv", "row", row, column, found, expected);
    finding.cells = vec![
        pools(7, "capacity[memory]", "12O GiB", "not a quantity (letter O after 12)"),
        pools(9, "capacity[cpu]", "-4 cores", "below 0, the least that `capacity` allows"),
        pools(31, "region", "eu-wset", "no such row in `regions`; nearest: `eu-west`"),
        cell("data/workloads.json", "items", 118, "replicas", "2.5", "`count` takes whole numbers"),
    ];
    finding
}

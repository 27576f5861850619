//! `apportion.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use apportion_diagnostic::{Diagnostic, SourceId, Span, nearest};
use apportion_units::parse_quantity;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use toml::Spanned;

use crate::duration::parse_duration;

/// A manifest, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    /// The project's name.
    pub name: String,
    /// The path of the entry module, from the project's folder.
    pub policy: String,
    /// Sources by input.
    pub inputs: BTreeMap<String, InputSource>,
    /// Texts of parameters.
    pub params: BTreeMap<String, String>,
    /// Limits of a solve.
    pub solve: SolveLimits,
    /// How far rules are rolled out, by name.
    pub rollout: BTreeMap<String, Staged>,
    /// What environments change, by name.
    pub environments: BTreeMap<String, Overlay>,
}

/// What an environment changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// Sources that take the place of others.
    pub inputs: BTreeMap<String, InputSource>,
    /// Texts of parameters that take the place of others.
    pub params: BTreeMap<String, String>,
    /// Limits that take the place of others.
    pub solve: SolveLimits,
    /// Modes that take the place of others.
    pub rollout: BTreeMap<String, Staged>,
}

/// How far a rule is rolled out, and where the manifest says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// The mode.
    pub mode: Mode,
    /// The rule's name.
    pub name: Span,
    /// The mode's word.
    pub word: Span,
}

/// How far a rule is rolled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// What would break it is counted, and it makes no other difference.
    Audit,
    /// It is broken only where nothing else is possible.
    Warn,
    /// It holds as its text says.
    Enforce,
}

impl Mode {
    /// All modes, the least first.
    pub const ALL: [Mode; 3] = [Mode::Audit, Mode::Warn, Mode::Enforce];

    /// Its word in a manifest.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Audit => "audit",
            Mode::Warn => "warn",
            Mode::Enforce => "enforce",
        }
    }
}

/// Where one input comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputSource {
    /// The file, from the project's folder; `-` is standard input.
    pub file: String,
    /// `csv`, `json`, `jsonl` or `parquet`, where the name does not tell.
    pub format: Option<String>,
    /// The path of the array of rows in a JSON file.
    pub select: Option<String>,
    /// Where fields are found, by field: `capacity.cpu`.
    pub fields: BTreeMap<String, ColumnSource>,
    /// Columns that are left unread without a word.
    pub ignore: Vec<String>,
}

/// Where one field is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnSource {
    /// The column.
    pub column: Option<String>,
    /// The unit of bare numbers in it.
    pub unit: Option<String>,
    /// What separates elements of a set.
    pub separator: Option<String>,
    /// One value for all rows, in place of a column.
    pub value: Option<String>,
}

/// Limits of a solve; what is absent is left to the program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SolveLimits {
    /// Wall-clock time.
    pub time_limit: Option<Duration>,
    /// The gap that will do, as a share.
    pub gap: Option<f64>,
    /// Threads of the solver, 1 to 64.
    pub threads: Option<u16>,
    /// Seed of the solver's own choices.
    pub seed: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawManifest {
    project: RawProject,
    #[serde(default)]
    inputs: BTreeMap<String, RawInput>,
    #[serde(default)]
    params: BTreeMap<String, toml::Value>,
    #[serde(default)]
    solve: RawSolve,
    #[serde(default)]
    env: BTreeMap<String, RawOverlay>,
    #[serde(default)]
    rollout: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    #[expect(dead_code, reason = "read by the linter; a manifest that has it is none the worse")]
    lint: Option<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProject {
    name: String,
    policy: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOverlay {
    #[serde(default)]
    inputs: BTreeMap<String, RawInput>,
    #[serde(default)]
    params: BTreeMap<String, toml::Value>,
    #[serde(default)]
    solve: RawSolve,
    #[serde(default)]
    rollout: BTreeMap<Spanned<String>, Spanned<String>>,
}

enum RawInput {
    File(String),
    Table(RawSource),
}

/// By hand, so that a wrong key is told by its own name and place: serde's own way tries one shape after
/// the other and then knows neither.
impl<'de> Deserialize<'de> for RawInput {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<RawInput, D::Error> {
        struct Shape;
        impl<'de> Visitor<'de> for Shape {
            type Value = RawInput;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a file's name or a table with `file`")
            }

            fn visit_str<E>(self, file: &str) -> Result<RawInput, E> {
                Ok(RawInput::File(file.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<RawInput, A::Error> {
                RawSource::deserialize(MapAccessDeserializer::new(table)).map(RawInput::Table)
            }
        }
        from.deserialize_any(Shape)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    file: String,
    format: Option<String>,
    select: Option<String>,
    #[serde(default)]
    fields: toml::Table,
    #[serde(default)]
    ignore: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSolve {
    #[serde(rename = "time-limit")]
    time_limit: Option<Spanned<String>>,
    gap: Option<Spanned<toml::Value>>,
    threads: Option<Spanned<i64>>,
    seed: Option<u32>,
}

impl Manifest {
    /// Reads a manifest; spans of findings point into `source`.
    pub fn parse(text: &str, source: SourceId) -> Result<Manifest, Vec<Diagnostic>> {
        let raw: RawManifest =
            toml::from_str(text).map_err(|error| vec![unreadable(&error, text, source)])?;
        let mut reader = Reader { source, findings: Vec::new() };
        let manifest = Manifest {
            name: raw.project.name,
            policy: raw.project.policy,
            inputs: reader.inputs(raw.inputs),
            params: reader.params(raw.params),
            solve: reader.solve(&raw.solve),
            rollout: reader.rollout(raw.rollout),
            environments: raw
                .env
                .into_iter()
                .map(|(name, overlay)| {
                    let overlay = Overlay {
                        inputs: reader.inputs(overlay.inputs),
                        params: reader.params(overlay.params),
                        solve: reader.solve(&overlay.solve),
                        rollout: reader.rollout(overlay.rollout),
                    };
                    (name, overlay)
                })
                .collect(),
        };
        if reader.findings.is_empty() { Ok(manifest) } else { Err(reader.findings) }
    }

    /// The manifest with an environment's changes; `None` where there is no such environment.
    pub fn with_environment(mut self, name: &str) -> Option<Manifest> {
        let overlay = self.environments.get(name)?.clone();
        self.inputs.extend(overlay.inputs);
        self.params.extend(overlay.params);
        self.rollout.extend(overlay.rollout);
        let own = &mut self.solve;
        own.time_limit = overlay.solve.time_limit.or(own.time_limit);
        own.gap = overlay.solve.gap.or(own.gap);
        own.threads = overlay.solve.threads.or(own.threads);
        own.seed = overlay.solve.seed.or(own.seed);
        Some(self)
    }
}

/// The most threads of a solve. HiGHS gains little from more than a few and starts all of them for each level: on two
/// cores 64 cost a small plan 2 s, 256 cost it 6 s, and thousands never come to an end. How many the machine has is
/// not asked for, as a plan must not depend on it; so none may be left to the solver either.
const MOST_THREADS: u16 = 64;

/// Keys that a manifest may have anywhere, for the word that was probably meant.
const KEYS: &[&str] = &[
    "project",
    "inputs",
    "params",
    "solve",
    "env",
    "rollout",
    "lint",
    "name",
    "policy",
    "file",
    "format",
    "select",
    "fields",
    "ignore",
    "column",
    "unit",
    "separator",
    "value",
    "time-limit",
    "gap",
    "threads",
    "seed",
];

fn unreadable(error: &toml::de::Error, text: &str, source: SourceId) -> Diagnostic {
    let message = error.message().lines().next().unwrap_or("this is no TOML");
    let (what, expected) = match message.split_once(", expected ") {
        Some((what, expected)) => (what, Some(expected)),
        None => (message, None),
    };
    if let Some(key) = what.strip_prefix("missing field ") {
        return lacking(key.trim_matches('`'), error.span(), text, source);
    }
    let mut finding = Diagnostic::error("manifest", format!("the manifest cannot be read: {what}"));
    if let Some(expected) = expected {
        finding = finding.note(format!("expected {expected}"));
    }
    if let Some(range) = error.span() {
        let end = range.end.min(text.len());
        let span = Span::new(source, range.start.min(end) as u32, end as u32);
        let word = text.get(range.start..end).unwrap_or("").trim_matches('"');
        let near = nearest(word, KEYS.iter().copied());
        let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
        finding = finding.at(span, help);
    }
    finding
}

/// Says that a table has no `key`; `range` is the table, of which the first line is shown.
fn lacking(key: &str, range: Option<Range<usize>>, text: &str, source: SourceId) -> Diagnostic {
    let line = match key {
        "project" => "[project]\nname = \"fleet\"\npolicy = \"policy/main.alloc\"",
        "name" => "name = \"fleet\"",
        "policy" => "policy = \"policy/main.alloc\"",
        _ => "file = \"data/rows.csv\"",
    };
    let start = range.map_or(0, |range| range.start.min(text.len()));
    let shown = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let span = Span::new(source, start as u32, (start + shown.len()) as u32);
    Diagnostic::error("manifest", format!("the manifest lacks `{key}`")).at(span, "").help(line)
}

struct Reader {
    source: SourceId,
    findings: Vec<Diagnostic>,
}

impl Reader {
    fn error(&mut self, code: &'static str, message: String, range: Range<usize>) {
        let span = Span::new(self.source, range.start as u32, range.end as u32);
        self.findings.push(Diagnostic::error(code, message).at(span, ""));
    }

    fn inputs(&mut self, raw: BTreeMap<String, RawInput>) -> BTreeMap<String, InputSource> {
        let sources = raw.into_iter().map(|(name, raw)| match raw {
            RawInput::File(file) => (name, InputSource { file, ..InputSource::default() }),
            RawInput::Table(raw) => {
                let mut columns = BTreeMap::new();
                self.fields(&name, "", raw.fields, &mut columns);
                let source = InputSource {
                    file: raw.file,
                    format: raw.format,
                    select: raw.select,
                    fields: columns,
                    ignore: raw.ignore,
                };
                (name, source)
            }
        });
        sources.collect()
    }

    /// `capacity.cpu = { column = … }` is a table inside a table, as a dotted key of TOML is.
    fn fields(
        &mut self,
        input: &str,
        path: &str,
        table: toml::Table,
        into: &mut BTreeMap<String, ColumnSource>,
    ) {
        for (key, value) in table {
            let path = if path.is_empty() { key } else { format!("{path}.{key}") };
            match value {
                toml::Value::String(column) => {
                    let column = Some(column);
                    into.insert(path, ColumnSource { column, ..ColumnSource::default() });
                }
                toml::Value::Table(table) if is_source(&table) => {
                    let text = |key: &str| table.get(key).map(text_of);
                    let source = ColumnSource {
                        column: text("column"),
                        unit: text("unit"),
                        separator: text("separator"),
                        value: text("value"),
                    };
                    let unknown = table.keys().find(|key| {
                        !["column", "unit", "separator", "value"].contains(&key.as_str())
                    });
                    if let Some(unknown) = unknown {
                        let message = format!(
                            "`{unknown}` says nothing about the column of `{path}` in `{input}`"
                        );
                        let help = "a column has `column`, `unit`, `separator` and `value`";
                        self.findings.push(Diagnostic::error("manifest", message).help(help));
                    }
                    into.insert(path, source);
                }
                toml::Value::Table(table) => self.fields(input, &path, table, into),
                other => {
                    let message =
                        format!("`{path}` of `{input}` is mapped to `{other}`, which is no column");
                    self.findings.push(Diagnostic::error("manifest", message));
                }
            }
        }
    }

    fn params(&mut self, raw: BTreeMap<String, toml::Value>) -> BTreeMap<String, String> {
        raw.into_iter().map(|(name, value)| (name, text_of(&value))).collect()
    }

    fn rollout(
        &mut self,
        raw: BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> BTreeMap<String, Staged> {
        let mut staged = BTreeMap::new();
        for (rule, word) in raw {
            let at =
                |range: Range<usize>| Span::new(self.source, range.start as u32, range.end as u32);
            let (name, place) = (at(rule.span()), at(word.span()));
            match Mode::ALL.into_iter().find(|mode| mode.word() == word.get_ref()) {
                Some(mode) => {
                    staged.insert(rule.into_inner(), Staged { mode, name, word: place });
                }
                None => {
                    let near = nearest(word.get_ref(), Mode::ALL.into_iter().map(Mode::word));
                    let near = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
                    let message = format!(
                        "`{}` is rolled out to `{}`, which is no mode",
                        rule.get_ref(),
                        word.get_ref()
                    );
                    let finding = Diagnostic::error("unknown-name", message).at(place, near);
                    self.findings.push(finding.note("modes: audit, warn, enforce"));
                }
            }
        }
        staged
    }

    fn solve(&mut self, raw: &RawSolve) -> SolveLimits {
        let time_limit = raw.time_limit.as_ref().and_then(|text| {
            parse_duration(text.get_ref())
                .map_err(|message| self.error("out-of-range", message, text.span()))
                .ok()
        });
        let gap = raw.gap.as_ref().and_then(|value| {
            let text = text_of(value.get_ref());
            let share = parse_quantity(&text).ok().filter(|it| it.unit.dimension.is_plain());
            let share = share.map(|it| it.value).filter(|it| (0.0..=1.0).contains(it));
            if share.is_none() {
                let message = format!("`{text}` is no gap from 0 % to 100 %; write `0.1 %`");
                self.error("out-of-range", message, value.span());
            }
            share
        });
        let threads = raw.threads.as_ref().and_then(|threads| {
            let number = u16::try_from(*threads.get_ref()).ok();
            let number = number.filter(|number| (1..=MOST_THREADS).contains(number));
            if number.is_none() {
                let message =
                    format!("`threads` is from 1 to {MOST_THREADS}, not {}", threads.get_ref());
                self.error("out-of-range", message, threads.span());
            }
            number
        });
        SolveLimits { time_limit, gap, threads, seed: raw.seed }
    }
}

fn is_source(table: &toml::Table) -> bool {
    table.contains_key("column") || table.contains_key("value")
}

fn text_of(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

//! What each attribute costs in classes, in the author's words.

use apportion_check::policy::{EntityId, FieldId, InputId, Policy, RuleKind};
use apportion_diagnostic::{Sources, Span};
use apportion_facts::WorldFacts;
use apportion_ground::{Census, Key, Reader, SplitBy, census};
use apportion_plan::{InputClasses, Reading, Split};

use crate::request::Request;
use crate::run::running;

/// How much of an expression is shown.
const WIDTH: usize = 60;

/// What the classes of each input's rows come from. `sources` are the texts that the policy was read from.
pub fn classes_of(request: &Request<'_>, sources: &Sources) -> Vec<InputClasses> {
    let facts = WorldFacts::new(request.policy, request.world, request.settings);
    let words = Words { policy: request.policy, sources };
    let limits = apportion_ground::Options::default().limits;
    let counted = census(request.policy, &facts, &running(request), limits);
    counted.iter().map(|census| words.input(census)).collect()
}

pub(crate) struct Words<'w> {
    pub(crate) policy: &'w Policy,
    pub(crate) sources: &'w Sources,
}

impl Words<'_> {
    fn input(&self, census: &Census) -> InputClasses {
        let splits = census.splits.iter().map(|split| Split {
            by: self.split(census, &split.by),
            values: split.values.into(),
            saved: split.saved.into(),
            read_by: split.readers.iter().map(|it| self.reading(*it)).collect(),
        });
        InputClasses {
            input: self.name(census.input),
            rows: census.rows.into(),
            classes: census.classes.into(),
            splits: splits.collect(),
        }
    }

    fn name(&self, input: InputId) -> String {
        self.policy.inputs[input.index()].name.to_string()
    }

    fn split(&self, census: &Census, by: &SplitBy) -> String {
        match by {
            SplitBy::Field { fields, entry } => {
                let fields = fields.iter().map(|field| self.field(*field));
                let path = std::iter::once(self.name(census.input)).chain(fields);
                let path = path.collect::<Vec<_>>().join(".");
                entry.map_or(path.clone(), |entry| format!("{path}[{}]", self.key(entry)))
            }
            SplitBy::Expression(span) => self.text(*span),
            SplitBy::Identity(rows) if *rows == census.rows => "identity".to_owned(),
            SplitBy::Identity(rows) => format!("identity of {rows}"),
            SplitBy::Running => "what runs now".to_owned(),
        }
    }

    fn field(&self, (entity, field): (EntityId, FieldId)) -> String {
        self.policy.entities[entity.index()].fields[field.index()].name.to_string()
    }

    fn key(&self, key: Key) -> String {
        match key {
            Key::Enum(id, code) => self.policy.enums[id.index()].values[code as usize].to_string(),
            Key::Resource(code) => self.policy.resources[code as usize].name.to_string(),
        }
    }

    /// The author's text on one line.
    fn text(&self, span: Span) -> String {
        let source = self.sources.get(span.source).map(|source| &source.text);
        let text = source.and_then(|text| text.get(span.start as usize..span.end as usize));
        let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
        let line = words.join(" ");
        match line.char_indices().nth(WIDTH) {
            Some((end, _)) => format!("{} …", &line[..end]),
            None => line,
        }
    }

    /// Who reads something, and where.
    pub(crate) fn reading(&self, (reader, span): (Reader, Span)) -> Reading {
        let at = self.sources.get(span.source).map_or(String::new(), |source| {
            format!("{}:{}", source.path, source.line_column(span.start).line)
        });
        Reading { item: self.item(reader), at }
    }

    /// A part of the policy with its kind: `rule fits`.
    pub(crate) fn item(&self, reader: Reader) -> String {
        match reader {
            Reader::Decision(id) => {
                let decision = &self.policy.decisions[id.index()];
                let word = if decision.is_place { "place" } else { "decide" };
                format!("{word} {}", decision.name)
            }
            Reader::Rule(id) => {
                let rule = &self.policy.rules[id.index()];
                let word = match rule.kind {
                    RuleKind::Budget(_) | RuleKind::Band(_) => "budget",
                    RuleKind::Compliance { .. } => "compliance",
                    RuleKind::Sla(_) => "sla",
                    RuleKind::Preemption(_) => "priority",
                    RuleKind::Rule => "rule",
                };
                format!("{word} {}", rule.name)
            }
            Reader::Level(id) => format!("level {}", self.policy.levels[id.index()].name),
        }
    }
}

//! One item: tokens, grammar, tree.

use pest::Parser;

use crate::Parsed;
use crate::ast::{Expr, Item, ItemKind};
use crate::build::{Builder, Node};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::grammar::{Grammar, Rule};
use crate::kind::Kind;
use crate::layout::{Layout, MAX_NESTING, layout};
use crate::repair::repair;

/// Reads one item: the text of one [`crate::Chunk`].
///
/// Where a word was probably meant to be another one, the item is read as if it were; the tree is then
/// that of the repaired text, and the error says so.
pub fn parse_item(text: &str) -> Parsed {
    let layout = layout(text);
    let parsed = parse_layout(text, &layout);
    if parsed.errors.is_empty() { parsed } else { repair(text, layout, parsed) }
}

pub(crate) fn parse_layout(text: &str, layout: &Layout) -> Parsed {
    let range = layout.range();
    let builder = Builder::new(text, layout);
    if layout.too_deep.is_none() {
        builder.add_errors(layout.errors.iter().cloned());
    }
    let doc = builder.doc(0);
    let kind = match rule_of(layout.kind(0)) {
        Some(rule) => match node(rule, layout) {
            Some(node) => {
                let end = node.as_span().end();
                let kind = builder.item(node);
                builder.rest(end);
                kind
            }
            None => {
                builder.add_errors([too_deep(layout)]);
                ItemKind::Unknown
            }
        },
        None => {
            builder.no_item();
            ItemKind::Unknown
        }
    };
    let mut errors = builder.into_errors();
    // What a text has swallowed is missing from there on; only what is said of texts themselves still holds.
    let unclosed = errors.iter().find(|error| error.kind == SyntaxErrorKind::UnclosedText);
    if let Some(start) = unclosed.map(|error| error.range.start) {
        let of_texts = |kind: &SyntaxErrorKind| {
            matches!(kind, SyntaxErrorKind::UnclosedText | SyntaxErrorKind::UnknownEscape { .. })
        };
        errors.retain(|error| error.range.start < start || of_texts(&error.kind));
    }
    Parsed { item: Item { doc, kind, range }, errors }
}

/// What the grammar finds; nothing where it would have to go too deep: beyond our own limit, or
/// where pest sees that the machine's stack runs short.
fn node(rule: Rule, layout: &Layout) -> Option<Node<'_>> {
    if layout.too_deep.is_some() {
        return None;
    }
    Grammar::parse(rule, &layout.kinds).ok()?.next()
}

fn too_deep(layout: &Layout) -> SyntaxError {
    let range = layout.too_deep.unwrap_or_else(|| layout.range());
    SyntaxError { kind: SyntaxErrorKind::TooDeep { limit: MAX_NESTING }, range }
}

/// The rule of the item that starts with a token of this kind.
pub(crate) fn rule_of(kind: u8) -> Option<Rule> {
    const RULES: [(Kind, Rule); 21] = [
        (Kind::Edition, Rule::edition),
        (Kind::Use, Rule::use_item),
        (Kind::Param, Rule::param),
        (Kind::Enum, Rule::enum_item),
        (Kind::Entity, Rule::entity),
        (Kind::Resource, Rule::resource),
        (Kind::Slots, Rule::slots),
        (Kind::Input, Rule::input),
        (Kind::Forecast, Rule::forecast),
        (Kind::Place, Rule::place),
        (Kind::Decide, Rule::decide),
        (Kind::Let, Rule::let_item),
        (Kind::Report, Rule::report),
        (Kind::Rule, Rule::rule_item),
        (Kind::Priority, Rule::priority),
        (Kind::Fairness, Rule::fairness),
        (Kind::Budget, Rule::budget),
        (Kind::Objective, Rule::objective),
        (Kind::Test, Rule::test),
        (Kind::Pattern, Rule::pattern),
        (Kind::Override, Rule::override_item),
    ];
    RULES.iter().find(|(start, _)| *start as u8 == kind).map(|(_, rule)| *rule)
}

impl Builder<'_> {
    /// The expression in a hole of a text; `start` is the hole's first byte in the item.
    pub(crate) fn hole(&self, source: &str, start: u32) -> Option<Expr> {
        let mut layout = layout(source);
        layout.shift(start);
        let inside = Builder::new(self.text(), &layout);
        inside.set_line("a hole of a text");
        let Some(node) = node(Rule::hole, &layout) else {
            self.add_errors([too_deep(&layout)]);
            return None;
        };
        let end = node.as_span().end();
        let expression = inside.hole_expression(node);
        inside.rest(end);
        let errors = inside.into_errors();
        self.add_errors(layout.errors.into_iter().chain(errors));
        Some(expression)
    }
}

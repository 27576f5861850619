//! Errors in words.

use apportion_diagnostic::{Applicability, Code, Diagnostic, Edit, SourceId, Span};

use super::{Expected, SyntaxError, SyntaxErrorKind};
use crate::kind::{Kind, word_kind};

impl SyntaxError {
    /// The finding, with its places counted in `source`; `item` is the item as its author would name
    /// it: `rule capacity`.
    pub fn diagnostic(&self, source: SourceId, item: Option<&str>) -> Diagnostic {
        let span = Span::new(source, self.range.start, self.range.end);
        let mut diagnostic = self.words(span);
        diagnostic.item = item.map(str::to_owned);
        diagnostic
    }

    fn words(&self, span: Span) -> Diagnostic {
        let error =
            |code, message: &str, label: &str| Diagnostic::error(code, message).at(span, label);
        match &self.kind {
            SyntaxErrorKind::Expected { what, after, found } => {
                expected(*what, &quote(after), &quote(found), span)
            }
            SyntaxErrorKind::Unexpected { found, after, place } => {
                unexpected(found, after, place, span)
            }
            SyntaxErrorKind::Misspelled { found, meant, .. } if meant == "==" => {
                let edit = Edit { span, text: meant.to_string() };
                error("unexpected-sign", "`=` compares nothing", "did you mean `==`?")
                    .note("read as `==`, so that the rest could be checked")
                    .fix(Applicability::Safe, format!("`{found}` -> `{meant}`"), vec![edit])
            }
            SyntaxErrorKind::Misspelled { found, meant, place } => {
                let message = format!("{} is not a word that can start {place}", quote(found));
                let edit = Edit { span, text: meant.to_string() };
                error("unexpected-word", &message, &format!("did you mean `{meant}`?"))
                    .note(format!("read as `{meant}`, so that the rest could be checked"))
                    .fix(Applicability::Safe, format!("`{found}` -> `{meant}`"), vec![edit])
            }
            SyntaxErrorKind::UnclosedBrace => {
                error("unclosed-brace", "this `{` is never closed", "no `}` belongs to it").note(
                    "the item ends before the next word that starts an item on a line of its own",
                )
            }
            SyntaxErrorKind::UnclosedText => {
                error("unclosed-text", "this text has no closing quote", "opened here")
                    .note("a text ends on the line on which it begins; `\\n` in it is a new line")
            }
            SyntaxErrorKind::UnknownEscape { escape } => {
                let message = format!("{} has no meaning in a text", quote(escape));
                error("unknown-escape", &message, "").help(
                    "a backslash itself is written `\\\\`; others are `\\n`, `\\t`, `\\\"`, `\\{`",
                )
            }
            SyntaxErrorKind::UnknownCharacter { character } => {
                let code = u32::from(*character);
                let shown = character.escape_debug();
                let message = format!("the character `{shown}` (U+{code:04X}) has no meaning here");
                error("unknown-character", &message, "")
            }
            SyntaxErrorKind::TooDeep { limit } => {
                let message = format!("brackets, `for` or `if` lie more than {limit} deep here");
                error("text-too-deep", &message, "not read")
                    .note(format!("the limit is {limit}"))
                    .help("name inner parts with `let`")
            }
            SyntaxErrorKind::TooLong { limit } => {
                let message = format!(
                    "this expression has more than {limit} operands and operators in a row"
                );
                error("text-too-deep", &message, "not read")
                    .note(format!("the limit is {limit}"))
                    .help("add many terms with `sum(… in …: …)`, or name parts with `let`")
            }
        }
    }
}

/// `after` and `found` are in backticks, or empty.
fn expected(what: Expected, after: &str, found: &str, span: Span) -> Diagnostic {
    let comparisons = ["`<=`", "`>=`", "`==`", "`!=`", "`<`", "`>`"];
    if what == Expected::Amount && comparisons.contains(&after) {
        return Diagnostic::error("expected-amount", "this comparison has no right-hand side")
            .at(span, format!("an amount must follow {after}"));
    }
    let words = what.words();
    let mut message = format!("expected {words}");
    if !after.is_empty() {
        message += &format!(" after {after}");
    }
    if !found.is_empty() {
        message += &format!(", found {found}");
    }
    let label = match (after, found) {
        (_, "") | ("", _) => format!("{words} must follow"),
        _ => format!("{words} must stand before this"),
    };
    let diagnostic = Diagnostic::error(what.code(), message).at(span, label);
    let word = found.trim_matches('`');
    match what {
        Expected::Name if !word.is_empty() && is_reserved(word) => {
            diagnostic.help(format!("`{word}` is a word of the language: choose another name"))
        }
        _ => diagnostic,
    }
}

/// Whether the language keeps a word for itself.
fn is_reserved(word: &str) -> bool {
    let kind = word_kind(word);
    kind.is_word() && !kind.is_name() || matches!(kind, Kind::Bool | Kind::Null)
}

fn unexpected(found: &str, after: &str, place: &str, span: Span) -> Diagnostic {
    let is_word = found.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let code = if is_word { "unexpected-word" } else { "unexpected-sign" };
    let quoted = quote(found);
    let message = match (after, is_word) {
        ("", true) => format!("{quoted} is not a word that can start {place}"),
        ("", false) => format!("{quoted} cannot start {place}"),
        _ => format!("{quoted} cannot follow {} in {place}", quote(after)),
    };
    let diagnostic = Diagnostic::error(code, message).at(span, "not read from here on");
    match place {
        "an item" if after.is_empty() => {
            diagnostic.help("an item starts with a word such as `let`, `rule` or `input`")
        }
        _ => diagnostic,
    }
}

/// In backticks and short enough for a headline; nothing for nothing.
fn quote(text: &str) -> String {
    const MOST: usize = 24;
    if text.is_empty() {
        return String::new();
    }
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{short}`")
}

impl Expected {
    fn words(self) -> &'static str {
        match self {
            Expected::Amount => "an amount",
            Expected::Name => "a name",
            Expected::Type => "a type or a unit",
            Expected::Text => "a text in quotes",
            Expected::Number => "a number",
            Expected::Index => "an index such as `w in workloads`",
            Expected::Dimension => "an input and a name for its rows",
            Expected::Statement => "what has to hold",
            Expected::Words(words) => words,
        }
    }

    fn code(self) -> Code {
        match self {
            Expected::Amount => "expected-amount",
            Expected::Name => "expected-name",
            Expected::Type => "expected-type",
            Expected::Text => "expected-text",
            Expected::Number => "expected-number",
            Expected::Index | Expected::Dimension => "expected-index",
            Expected::Statement => "expected-condition",
            Expected::Words(_) => "expected-sign",
        }
    }
}

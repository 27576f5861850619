//! A module's text to what it says of itself.

use apportion_diagnostic::Sources;
use apportion_syntax::ast::{self, ItemKind, Range};
use apportion_syntax::{Chunk, TokenClass, parse_file, tokens};

use crate::{Item, Module, Part};

/// Reads what a module declares; `file` is what findings call it.
pub fn read(name: &str, file: &str, text: &str) -> Module {
    let mut sources = Sources::default();
    let source = sources.add(file, text);
    let line = |at: u32| sources.get(source).map_or(1, |it| it.line_column(at).line);
    let mut items = Vec::new();
    for (chunk, parsed) in parse_file(text) {
        let reader = Reader { text: chunk.text(text), line: &|at| line(chunk.start + at) };
        reader.read(&chunk, &parsed.item, &mut items);
    }
    Module { name: name.to_owned(), file: file.to_owned(), doc: first_comment(text), items }
}

/// The lines of `//` that a text begins with; what `///` says is said of an item.
fn first_comment(text: &str) -> Option<String> {
    let lines = text.trim_start().lines().map(str::trim);
    let lines = lines.take_while(|line| line.starts_with("//") && !line.starts_with("///"));
    let lines: Vec<&str> = lines.map(|line| line[2..].trim()).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Reads one item; ranges count from the beginning of its text.
struct Reader<'t> {
    text: &'t str,
    /// The line of a place in it.
    line: &'t dyn Fn(u32) -> u32,
}

impl Reader<'_> {
    fn read(&self, chunk: &Chunk, item: &ast::Item, into: &mut Vec<Item>) {
        if let ItemKind::Objective(objective) = &item.kind {
            let doc = item.doc.as_ref().map(|doc| doc.to_string());
            into.extend(objective.levels.iter().map(|level| Item {
                kind: "level",
                name: level.name.text.to_string(),
                line: (self.line)(level.range.start),
                signature: one_line(self.at(level.range)),
                doc: doc.clone(),
                text: self.at(level.range).to_owned(),
                parts: Vec::new(),
            }));
            return;
        }
        let (Some(kind), true) = (chunk.keyword, is_documented(&item.kind)) else { return };
        let text = self.at(item.range);
        into.push(Item {
            kind: kind.word(),
            name: item.kind.name().map_or(String::new(), |name| name.text.to_string()),
            line: (self.line)(item.range.start),
            signature: one_line(if has_body(&item.kind) { before_body(text) } else { text }),
            doc: item.doc.as_ref().map(|doc| doc.to_string()),
            text: text.to_owned(),
            parts: self.parts(&item.kind),
        });
    }

    fn at(&self, range: Range) -> &str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    fn parts(&self, kind: &ItemKind) -> Vec<Part> {
        let value = |expr: &Option<ast::Expr>| expr.as_ref().map(|it| one_line(self.at(it.range)));
        match kind {
            ItemKind::Pattern(it) => {
                let parts = it.params.iter().map(|param| Part {
                    name: param.name.text.to_string(),
                    indices: param.indices.iter().map(index).collect(),
                    ty: one_line(self.at(param.ty.range)),
                    default: value(&param.default),
                    range: value(&param.range),
                    ..Part::default()
                });
                parts.collect()
            }
            ItemKind::Entity(it) => {
                let parts = it.fields.iter().map(|field| Part {
                    name: field.name.text.to_string(),
                    key: field.key,
                    ty: one_line(self.at(field.ty.range)),
                    default: value(&field.default),
                    range: value(&field.range),
                    doc: field.doc.as_ref().map(|doc| doc.to_string()),
                    ..Part::default()
                });
                parts.collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether others read an item, or plans speak of it.
fn is_documented(kind: &ItemKind) -> bool {
    !matches!(
        kind,
        ItemKind::Edition(_)
            | ItemKind::Use(_)
            | ItemKind::Test(_)
            | ItemKind::Override(_)
            | ItemKind::Unknown
    )
}

/// Whether what an item says stands in braces, behind what there is to know of it.
fn has_body(kind: &ItemKind) -> bool {
    matches!(kind, ItemKind::Pattern(_) | ItemKind::Rule(_) | ItemKind::Entity(_))
}

fn index(index: &ast::PatternIndex) -> String {
    match &index.domain {
        Some(domain) => format!("{} in {}", index.name.text, domain.text),
        None => index.name.text.to_string(),
    }
}

/// What stands before the first brace that is inside of nothing.
fn before_body(text: &str) -> &str {
    let mut depth = 0_usize;
    for token in tokens(text) {
        let (start, end) = (token.range.start as usize, token.range.end as usize);
        match (token.class, text.get(start..end)) {
            (TokenClass::Sign, Some("{")) if depth == 0 => return &text[..start],
            (TokenClass::Sign, Some("{" | "(" | "[")) => depth += 1,
            (TokenClass::Sign, Some("}" | ")" | "]")) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text
}

/// The text without comments and with one blank for each stretch of blanks and ends of lines.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for token in tokens(text) {
        match token.class {
            TokenClass::Comment | TokenClass::DocComment => {}
            TokenClass::Blank | TokenClass::Newline => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            _ => line.push_str(&text[token.range.start as usize..token.range.end as usize]),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

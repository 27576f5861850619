//! What was asked for, as people read it.

use unicode_width::UnicodeWidthStr;

use crate::{Answer, Item, Module, Part};

/// Draws an answer; ends in a newline.
pub fn page(answer: &Answer<'_>) -> String {
    let sections = match answer {
        Answer::Modules(modules) => vec![list(modules)],
        Answer::Module(module) => of_module(module),
        Answer::Items(items) => items.iter().map(|(module, item)| of_item(module, item)).collect(),
    };
    sections.join("\n\n") + "\n"
}

/// A line for each module.
fn list(modules: &[&Module]) -> String {
    let lines = modules.iter().map(|module| {
        let doc = module.doc.as_deref().unwrap_or_default();
        vec![module.name.clone(), doc.lines().next().unwrap_or_default().to_owned()]
    });
    columns(&lines.collect::<Vec<_>>()).join("\n")
}

fn of_module(module: &Module) -> Vec<String> {
    let mut head = format!("{}, {}", module.name, module.file);
    if let Some(doc) = &module.doc {
        head.push_str(&format!("\n\n{}", indented(doc)));
    }
    let items = module.items.iter().map(|item| {
        let shown = match item.kind {
            "pattern" | "rule" | "compliance" | "sla" | "level" => titled(item),
            _ => item.text.clone(),
        };
        match &item.doc {
            Some(doc) => format!("{shown}\n{}", indented(doc)),
            None => shown,
        }
    });
    [head].into_iter().chain(items).collect()
}

/// The signature, of a level with the word for what it is.
fn titled(item: &Item) -> String {
    match item.kind {
        "level" => format!("level {}", item.signature),
        _ => item.signature.clone(),
    }
}

fn of_item(module: &Module, item: &Item) -> String {
    let mut out =
        format!("{} {}.{}, {}:{}\n", item.kind, module.name, item.name, module.file, item.line);
    if let Some(doc) = &item.doc {
        out.push_str(&format!("\n{}\n", indented(doc)));
    }
    if item.kind == "pattern" {
        out.push_str(&format!("\n{}\n", indented(&columns(&parameters(&item.parts)).join("\n"))));
    }
    out.push_str(&format!("\n{}", item.text));
    out
}

/// A line for each parameter below a title.
fn parameters(parts: &[Part]) -> Vec<Vec<String>> {
    let title = ["parameter", "type", "where it is left out"].map(str::to_owned).to_vec();
    let rows = parts.iter().map(|part| {
        let name = match part.indices.is_empty() {
            true => part.name.clone(),
            false => format!("{}[{}]", part.name, part.indices.join(", ")),
        };
        let range = part.range.as_ref().map_or(String::new(), |range| format!(" in {range}"));
        vec![name, part.ty.clone() + &range, part.default.clone().unwrap_or_else(|| "-".to_owned())]
    });
    [title].into_iter().chain(rows).collect()
}

fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| format!("    {line}").trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// Cells below each other, two blanks apart.
fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|it| it.width()).max();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let blanks = width(column).unwrap_or(0).saturating_sub(cell.width());
            format!("{cell}{}", " ".repeat(blanks))
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect()
}

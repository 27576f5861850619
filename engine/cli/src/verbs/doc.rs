//! `apportion doc`

use std::io::Write;
use std::path::Path;

use apportion_connect::Project;
use apportion_diagnostic::{Diagnostic, Severity, Sources};
use apportion_doc::{Answer, Item, Module, find, modules, page};
use serde::Serialize;

use crate::args::{Common, Doc, Format};
use crate::exit::Exit;
use crate::findings;

pub(crate) fn run(it: &Doc, common: &Common) -> anyhow::Result<Exit> {
    let project = match project(it.project.as_deref()) {
        Ok(project) => project,
        Err((found, sources)) if it.project.is_some() => {
            findings::print(&found, &sources, common)?;
            return Ok(Exit::Usage);
        }
        // The library can be read whatever the working folder holds.
        Err((found, sources)) => {
            let warnings: Vec<Diagnostic> = found.into_iter().map(as_warning).collect();
            findings::print_warnings(&warnings, &sources, common)?;
            None
        }
    };
    let modules = match &project {
        Some(project) => modules(&project.files, &project.manifest.policy),
        None => modules(&[], ""),
    };
    let answer = match find(&modules, it.name.as_deref()) {
        Ok(answer) => answer,
        Err(finding) => {
            findings::print(&[*finding], &Sources::default(), common)?;
            return Ok(Exit::Usage);
        }
    };
    let printed = match common.format {
        Format::Text => page(&answer),
        Format::Json => serde_json::to_string_pretty(&Page::of(answer))? + "\n",
    };
    std::io::stdout().lock().write_all(printed.as_bytes())?;
    Ok(Exit::Done)
}

/// The project that was asked for, a policy by itself among them; else that of the working folder, if it is in one.
fn project(path: Option<&Path>) -> Result<Option<Project>, (Vec<Diagnostic>, Sources)> {
    let Some(path) = path else {
        let here = Path::new(".");
        return if Project::is_around(here) {
            Project::open(here, None).map(Some)
        } else {
            Ok(None)
        };
    };
    if path.is_file() && !Project::is_around(path) {
        return Project::alone(path).map(Some);
    }
    Project::open(path, None).map(Some)
}

fn as_warning(finding: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..finding }
}

/// What is printed for programs: `schemas/doc.json`.
#[derive(Serialize)]
struct Page<'m> {
    format: &'static str,
    modules: Vec<Of<'m>>,
}

/// A module with those of its items that were asked for.
#[derive(Serialize)]
struct Of<'m> {
    name: &'m str,
    file: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc: Option<&'m str>,
    items: Vec<&'m Item>,
}

impl<'m> Page<'m> {
    fn of(answer: Answer<'m>) -> Page<'m> {
        let mut of: Vec<Of<'m>> = Vec::new();
        match answer {
            Answer::Modules(modules) => of.extend(modules.into_iter().map(whole)),
            Answer::Module(module) => of.push(whole(module)),
            Answer::Items(items) => {
                for (module, item) in items {
                    match of.last_mut().filter(|last| last.file == module.file) {
                        Some(last) => last.items.push(item),
                        None => of.push(Of { items: vec![item], ..whole(module) }),
                    }
                }
            }
        }
        Page { format: "apportion.doc/1", modules: of }
    }
}

fn whole(module: &Module) -> Of<'_> {
    let Module { name, file, doc, items } = module;
    Of { name, file, doc: doc.as_deref(), items: items.iter().collect() }
}

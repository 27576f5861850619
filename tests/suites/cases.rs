//! `cases/STAGE/**/*.md`: policy and data in, the expected text of one stage out.
//!
//! ```text
//! syntax   what the parser says of the policy              in process
//! check    what the checker says of the policy             in process
//! lower    the compiled problem as an LP file              apportion model --keep-dominated
//! test     the results of the policy's tests               apportion test --no-timings
//! library  those, and which rules they make bind           apportion test --no-timings --coverage
//! plan     the preview and chosen fields of the JSON       apportion plan
//! cli      the commands of `console` blocks                as written
//! ```
//!
//! Blocks below a file's title are shared by its sections: a policy there is put before the section's
//! own, other files are replaced by the section's own of the same name.
//!
//! A `text` block is what the stage must print. `json plan FIELD…` are fields of the plan's JSON.
//! A `console` block holds commands after `$ ` and below each what it must print.

use std::path::Path;

use anyhow::{Context, Result};
use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value};

use crate::harness::markdown::{Block, Document, Section};
use crate::harness::project::Project;
use crate::harness::{binary, expected, files_below, findings, root};

/// The time of every plan, so that no case depends on the day on which it runs.
const AT: &str = "2026-11-23T14:00:00Z";

/// What a case of the library runs.
pub(crate) const LIBRARY: &str = "apportion test --no-progress --no-timings --coverage";

const STAGES: [&str; 6] = ["syntax", "check", "lower", "test", "plan", "cli"];

/// The tests of all cases.
pub(crate) fn trials() -> Vec<Trial> {
    let folder = root().join("tests/cases");
    let mut trials = Vec::new();
    for stage in STAGES {
        for path in files_below(&folder.join(stage), "md") {
            let name = path.strip_prefix(&folder).unwrap_or(&path).with_extension("");
            match Document::read(&path) {
                Ok(document) => trials.extend(of_document(stage, &name, document)),
                Err(error) => trials.push(Trial::test(name.display().to_string(), move || {
                    Err(format!("{error:#}").into())
                })),
            }
        }
    }
    trials
}

/// One test per section with blocks.
pub(crate) fn of_document(stage: &'static str, name: &Path, document: Document) -> Vec<Trial> {
    let path = document.path.clone();
    cases_of(document)
        .into_iter()
        .map(|section| {
            let name = format!("{}: {}", name.display(), section.title);
            let path = path.clone();
            Trial::test(name, move || run(stage, &path, &section))
        })
        .collect()
}

/// The sections with blocks, each with those that they share.
pub(crate) fn cases_of(document: Document) -> Vec<Section> {
    let sections = document.sections.into_iter();
    let mut sections = sections.filter(|section| !section.blocks.is_empty()).peekable();
    let expects = |section: &Section| section.blocks.iter().any(is_expected);
    let shared = sections.next_if(|section| section.depth == 1 && !expects(section));
    let shared = shared.map_or(Vec::new(), |section| section.blocks);
    sections
        .map(|section| Section { blocks: with_shared(&shared, section.blocks), ..section })
        .collect()
}

fn is_expected(block: &Block) -> bool {
    matches!(block.language(), "text" | "console")
        || block.words.get(..2).is_some_and(|it| it == ["json", "plan"])
}

/// The section's blocks and those of the file that they do not replace.
fn with_shared(shared: &[Block], own: Vec<Block>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for block in shared {
        let same = own.iter().find(|it| it.words == block.words);
        match (same, block.language()) {
            (None, _) => blocks.push(block.clone()),
            (Some(same), "alloc") => {
                let text = format!("{}{}", block.text, same.text);
                blocks.push(Block { text, ..same.clone() });
            }
            (Some(_), _) => {}
        }
    }
    let is_merged =
        |it: &Block| it.language() == "alloc" && shared.iter().any(|block| block.words == it.words);
    blocks.extend(own.into_iter().filter(|it| !is_merged(it)));
    blocks
}

fn run(stage: &str, file: &Path, section: &Section) -> Result<(), Failed> {
    let outcomes = match stage {
        "syntax" => of_texts(section, findings::of_syntax),
        "check" => of_texts(section, findings::of_check),
        "lower" => of_commands(section, "apportion model --format lp --keep-dominated"),
        "test" => of_commands(section, "apportion test --no-progress --no-timings"),
        "library" => of_commands(section, LIBRARY),
        "plan" => of_commands(section, &format!("apportion plan --no-progress --at {AT}")),
        _ => of_commands(section, ""),
    }?;
    if outcomes.is_empty() {
        return Err(
            "the section expects nothing: it has no `text`, `json plan` or `console`".into()
        );
    }
    let failures: Vec<String> = outcomes
        .iter()
        .filter_map(|(block, actual)| expected::compare(file, block, actual).err())
        .filter_map(|failed| failed.message().map(str::to_owned))
        .collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

/// The findings of the section's policy for each of its `text` blocks.
fn of_texts(section: &Section, findings: fn(&[Block]) -> String) -> Result<Vec<(Block, String)>> {
    let actual = findings(&section.blocks);
    let texts = section.blocks.iter().filter(|block| block.language() == "text");
    Ok(texts.map(|block| (block.clone(), actual.clone())).collect())
}

/// What each expecting block of the section is compared with.
pub(crate) fn of_commands(section: &Section, command: &str) -> Result<Vec<(Block, String)>> {
    let project = Project::new(&section.blocks)?;
    let is_project = section.blocks.iter().any(|block| block.language() == "alloc");
    let root = root();
    let folder = if is_project { project.folder() } else { root.as_path() };
    let mut outcomes = Vec::new();
    for block in &section.blocks {
        let actual = match (block.language(), block.argument()) {
            ("text", None) => binary::shell(command, folder)?.seen(),
            ("json", Some("plan")) => fields(command, folder, &block.words[2..])?,
            ("console", None) => console(&block.text, folder)?,
            _ => continue,
        };
        outcomes.push((block.clone(), actual));
    }
    Ok(outcomes)
}

/// The named fields of the plan's JSON; all that can be compared where none is named.
fn fields(command: &str, folder: &Path, names: &[String]) -> Result<String> {
    let output = binary::shell(&format!("{command} --no-timings --format json"), folder)?;
    let plan: Map<String, Value> = serde_json::from_str(&output.stdout)
        .with_context(|| format!("no JSON came out:\n{}", output.seen()))?;
    let chosen: Map<String, Value> =
        plan.into_iter().filter(|(name, _)| names.is_empty() || names.contains(name)).collect();
    Ok(format!("{}\n", serde_json::to_string_pretty(&chosen)?))
}

/// The block with the output of each of its commands as it is now.
fn console(text: &str, folder: &Path) -> Result<String> {
    let mut actual = String::new();
    for line in text.lines().filter(|line| line.starts_with("$ ")) {
        let output = binary::shell(line.trim_start_matches("$ "), folder)?;
        actual.push_str(&format!("{line}\n{}", output.seen()));
    }
    Ok(actual)
}

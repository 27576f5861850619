//! What the documents say is so: their commands run, their examples check, their links lead somewhere.
//!
//! Help: the examples of every verb run in a new project.
//!
//! MANIFEST: its sections are cases, those of `tests/cases/cli`.
//!
//! PARTITIONS: its `console` commands succeed in a new project, one after the other.
//!
//! README: its sections are cases as in `suites/cases.rs`. A `console` block without any output only
//! has to succeed; one with output has to print just that.
//!
//! REFERENCE: its `alloc` blocks are read in order. Those of the first chapter are the world of all
//! others; within a chapter each block stands on those before it. A block marked `error=CODE` must give
//! that error and is not built upon; `alone` marks a whole policy,
//! and `module=NAME` a module that those after it may use.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use libtest_mimic::{Failed, Trial};

use super::cases;
use crate::harness::markdown::{Block, Document, Section};
use crate::harness::{binary, expected, files_below, findings, root};

/// Commands that build the project: they are not run in a test build without optimisation, where the
/// solver would be built once more.
const BUILDS: &str = "examples/run";
/// The command that runs this test.
const ITSELF: &str = "tests/run";

/// The documents' tests.
pub(crate) fn trials() -> Vec<Trial> {
    let root = root();
    let mut trials = vec![
        Trial::test("documents: every example of the reference checks", || {
            reference(&crate::harness::root().join("lang/REFERENCE.md"))
        }),
        Trial::test("documents: every link leads somewhere", links),
        Trial::test("documents: every example of the help runs in a new project", help),
        Trial::test("documents: PARTITIONS: its commands run in a new project", partitions),
    ];
    trials.extend(manifest(&root.join("engine/connect/MANIFEST.md")));
    trials.extend(commands_of(&root.join("README.md"), &root));
    for folder in super::examples::folders() {
        trials.extend(commands_of(&folder.join("README.md"), &folder));
    }
    trials
}

/// One test per section that has something to run.
fn commands_of(path: &Path, folder: &Path) -> Vec<Trial> {
    let Ok(Document { sections, .. }) = Document::read(path) else { return Vec::new() };
    let name = path.strip_prefix(root()).unwrap_or(path).display().to_string();
    let runs = |section: &Section| section.blocks.iter().any(|it| it.language() == "console");
    sections
        .into_iter()
        .filter(runs)
        .map(|section| {
            let (path, folder) = (path.to_path_buf(), folder.to_path_buf());
            let name = format!("documents: {name}: {}", section.title);
            Trial::test(name, move || section_runs(&path, &folder, &section))
        })
        .collect()
}

fn section_runs(path: &Path, folder: &Path, section: &Section) -> Result<(), Failed> {
    let is_project = section.blocks.iter().any(|block| block.language() == "alloc");
    if is_project {
        for (block, actual) in cases::of_commands(section, "")? {
            expected::compare(path, &block, &actual)?;
        }
        return Ok(());
    }
    for block in section.blocks.iter().filter(|block| block.language() == "console") {
        for command in block.text.lines().filter_map(|line| line.strip_prefix("$ ")) {
            command_succeeds(command, folder)?;
        }
    }
    Ok(())
}

fn command_succeeds(command: &str, folder: &Path) -> Result<()> {
    if command == ITSELF || (command == BUILDS && cfg!(debug_assertions)) {
        let syntax = binary::shell(&format!("bash -n {command} && test -x {command}"), folder)?;
        return if syntax.code == 0 { Ok(()) } else { bail!("{}", syntax.seen()) };
    }
    // A new project goes to a folder of its own, not into the clone.
    let scratch = tempfile::tempdir()?;
    let folder = if command.starts_with("apportion new") { scratch.path() } else { folder };
    command_succeeds_in(command, folder)
}

fn command_succeeds_in(command: &str, folder: &Path) -> Result<()> {
    let output = binary::shell(command, folder)?;
    if output.code != 0 {
        bail!("`{command}` fails:\n{}", output.seen());
    }
    Ok(())
}

/// One test per section of the manifest's page.
fn manifest(path: &Path) -> Vec<Trial> {
    match Document::read(path) {
        Ok(document) => cases::of_document("cli", Path::new("documents: MANIFEST"), document),
        Err(error) => {
            let message = format!("{error:#}");
            vec![Trial::test("documents: MANIFEST", move || Err(message.into()))]
        }
    }
}

/// What has a help of its own.
const HELPED: [&str; 16] = [
    "",
    "new",
    "check",
    "test",
    "plan",
    "partition",
    "partition split",
    "partition solve",
    "partition merge",
    "model",
    "world",
    "world check",
    "world show",
    "world snapshot",
    "completions",
    "version",
];

fn help() -> Result<(), Failed> {
    let mut ran = 0;
    for verb in HELPED {
        let scratch = tempfile::tempdir()?;
        let folder = scratch.path().join("project");
        let made = binary::shell("apportion new project", scratch.path())?;
        let page = binary::shell(&format!("apportion {verb} --help"), &folder)?;
        let lines = page
            .stdout
            .lines()
            .skip_while(|line| !line.starts_with("Examples") && !line.starts_with("Try:"));
        let examples = lines.filter_map(|line| line.strip_prefix("  "));
        for example in examples.filter(|line| line.starts_with("apportion ")) {
            ran += 1;
            let output = binary::shell(example, &folder)?;
            if made.code != 0 || output.code != 0 {
                return Err(format!("`{example}` fails:\n{}", output.seen()).into());
            }
        }
    }
    if ran >= HELPED.len() { Ok(()) } else { Err("the help has hardly any examples".into()) }
}

/// The exit code of a valid plan that is not proven to be as near to the best as was asked.
const NOT_PROVEN: i32 = 4;

fn partitions() -> Result<(), Failed> {
    let document = Document::read(&root().join("engine/cli/PARTITIONS.md"))?;
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    let lines = blocks.filter(|it| it.language() == "console").flat_map(|it| it.text.lines());
    let commands: Vec<&str> = lines.filter_map(|line| line.strip_prefix("$ ")).collect();
    if commands.is_empty() {
        return Err("the page has no commands".into());
    }
    let scratch = tempfile::tempdir()?;
    let folder = scratch.path().join("project");
    command_succeeds_in("apportion new project", scratch.path())?;
    for command in commands {
        let output = binary::shell(command, &folder)?;
        // A plan that parts make is valid, whether or not it is proven to be near enough to the best.
        if ![0, NOT_PROVEN].contains(&output.code) {
            return Err(format!("`{command}` fails:\n{}", output.seen()).into());
        }
    }
    Ok(())
}

fn reference(path: &Path) -> Result<(), Failed> {
    let document = Document::read(path)?;
    let mut world = String::new();
    let mut chapter = String::new();
    let mut chapters = 0;
    let mut failures = Vec::new();
    let mut judged = 0;
    // Modules beside the examples: `alloc module=NAME`.
    let mut modules: Vec<(String, Arc<str>)> = Vec::new();
    for section in &document.sections {
        if section.depth == 2 {
            chapters += 1;
            chapter.clear();
        }
        for block in section.blocks.iter().filter(|block| block.language() == "alloc") {
            judged += 1;
            let module = block.argument().and_then(|argument| argument.strip_prefix("module="));
            let text = match (module, block.argument()) {
                (Some(name), _) => {
                    modules.push((format!("{name}.alloc"), Arc::from(block.text.as_str())));
                    format!("use {name}.*\n")
                }
                (None, Some("alone")) => block.text.clone(),
                _ => format!("{world}{chapter}{}", block.text),
            };
            if let Err(error) = judge(block, text, &modules) {
                failures.push(format!("{}:\n{}\n{error}", section.title, block.text));
            } else if block.argument().is_none() {
                let so_far = if chapters <= 1 { &mut world } else { &mut chapter };
                so_far.push_str(&block.text);
                so_far.push('\n');
            }
        }
    }
    if judged == 0 {
        return Err("the reference has no examples".into());
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

fn judge(block: &Block, text: String, modules: &[(String, Arc<str>)]) -> Result<()> {
    let example = ("example.alloc".to_owned(), Arc::from(text.as_str()));
    let checked = findings::checked([&[example], modules].concat());
    let codes = findings::error_codes(&checked);
    match block.words.iter().find_map(|word| word.strip_prefix("error=")) {
        Some(code) if codes.contains(&code) => Ok(()),
        Some(code) => bail!("expected the error `{code}`, found {codes:?}"),
        None if codes.is_empty() => Ok(()),
        None => bail!("{}", findings::drawn(&checked, |_| true)),
    }
}

/// Every relative link of every Markdown file of the project leads to a file or a folder.
fn links() -> Result<(), Failed> {
    let root = root();
    let mut broken = Vec::new();
    for path in documents(&root) {
        let text = std::fs::read_to_string(&path)?;
        let folder = path.parent().unwrap_or(&root);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let elsewhere = file.is_empty() || file.contains("://") || file.contains(' ');
            if !elsewhere && !folder.join(file).exists() {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n").into()) }
}

fn documents(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .iter()
        .map(|name| root.join(name))
        .collect();
    for folder in ["lang", "engine", "stdlib", "examples", "tests"] {
        found.extend(files_below(&root.join(folder), "md"));
    }
    found
}

//! A project's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use apportion_diagnostic::{Diagnostic, Sources, nearest};
use apportion_world::{Format, InputBytes, Mapping};

use crate::manifest::{InputSource, Manifest};
use crate::modules::policy_files;
use crate::reading::{read_bytes, read_standard_input, read_text, unreadable};

/// The manifest's name.
const MANIFEST: &str = "apportion.toml";
/// The input that says what runs now; it is no input of the policy.
const CURRENT: &str = "current";
/// The folder next to the policy's entry whose modules test it.
const TESTS: &str = "tests";
/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// A project that was opened: its manifest and the texts of its policy.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of the manifest.
    pub folder: PathBuf,
    /// The manifest, with its environment's changes, and with the policy that was asked for.
    pub manifest: Manifest,
    /// The manifest's own policy, whichever was asked for.
    pub main_policy: String,
    /// Every `.alloc` file next to the entry and below, by path from the folder.
    pub files: Vec<(String, Arc<str>)>,
    /// The manifest's own text, for findings that point into it.
    pub sources: Sources,
}

/// What a command line puts in place of the manifest's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Other files, by input; from the working folder.
    pub files: BTreeMap<String, String>,
    /// The first so many rows by key, by input.
    pub limits: BTreeMap<String, usize>,
}

/// Bytes of the inputs, and of what runs now.
#[derive(Clone, Debug, Default)]
pub struct ReadInputs {
    /// The policy's inputs.
    pub inputs: Vec<InputBytes>,
    /// What runs now; absent where the manifest names none.
    pub current: Option<InputBytes>,
}

impl Project {
    /// Whether a file or folder belongs to a project: whether it or one above it has a manifest.
    pub fn is_around(at: &Path) -> bool {
        find(at).is_some()
    }

    /// Opens the project of a folder, or of the nearest folder above that has a manifest.
    pub fn open(
        at: &Path,
        environment: Option<&str>,
    ) -> Result<Project, (Vec<Diagnostic>, Sources)> {
        let mut sources = Sources::default();
        let fail = |finding: Diagnostic, sources: &Sources| (vec![finding], sources.clone());
        if let (false, Err(error)) = (at.as_os_str().is_empty(), at.metadata()) {
            return Err(fail(*unreadable(&at.to_string_lossy(), &error), &sources));
        }
        let Some(folder) = find(at) else {
            let message = format!("there is no `{MANIFEST}` in `{}` or above", at.display());
            let help = "make a project: `apportion new fleet --template edge-fleet`";
            return Err(fail(Diagnostic::error("unreadable-file", message).help(help), &sources));
        };
        let text = read_text(&folder.join(MANIFEST), MANIFEST, &mut sources)
            .map_err(|finding| fail(*finding, &sources))?;
        let source = sources.add(MANIFEST, text.as_str());
        let manifest =
            Manifest::parse(&text, source).map_err(|findings| (findings, sources.clone()))?;
        let manifest = match environment {
            None => manifest,
            Some(name) => {
                let known: Vec<String> =
                    manifest.environments.keys().map(|name| format!("`{name}`")).collect();
                manifest.with_environment(name).ok_or_else(|| {
                    let message = format!("the manifest has no environment `{name}`");
                    let note = format!("environments: {}", known.join(", "));
                    fail(Diagnostic::error("unknown-name", message).note(note), &sources)
                })?
            }
        };
        let main_policy = manifest.policy.clone();
        let manifest = match entry(at, &folder) {
            Ok(None) => manifest,
            Ok(Some(policy)) => Manifest { policy, ..manifest },
            Err(finding) => return Err(fail(*finding, &sources)),
        };
        let files = policy_files(&folder, &manifest.policy, &mut sources);
        let files = files.map_err(|finding| fail(*finding, &sources))?;
        Ok(Project { folder, manifest, main_policy, files, sources })
    }

    /// Reads every input, and what runs now; `inputs` are those that the policy asks for. All files that cannot be
    /// read are reported at once.
    pub fn read(
        &self,
        overrides: &Overrides,
        inputs: &[&str],
    ) -> Result<ReadInputs, Vec<Diagnostic>> {
        let mut findings = self.unknown(overrides, inputs);
        if !findings.is_empty() {
            return Err(findings);
        }
        let mut read = ReadInputs::default();
        let names = self.manifest.inputs.keys().chain(overrides.files.keys());
        let mut names: Vec<&String> = names.collect();
        names.sort();
        names.dedup();
        findings.extend(self.shared_standard_input(&names, overrides));
        for name in names {
            let source = self.manifest.inputs.get(name).cloned().unwrap_or_default();
            let from = overrides.files.get(name);
            match self.bytes(name, &source, from, overrides.limits.get(name).copied()) {
                Ok(bytes) if name == CURRENT => read.current = Some(bytes),
                Ok(bytes) => read.inputs.push(bytes),
                Err(finding) => findings.push(*finding),
            }
        }
        if findings.is_empty() { Ok(read) } else { Err(findings) }
    }

    /// A policy that stands by itself: nothing is known of its inputs. Modules beside it are part of it.
    pub fn alone(file: &Path) -> Result<Project, (Vec<Diagnostic>, Sources)> {
        let mut sources = Sources::default();
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        match policy_files(&folder, &name, &mut sources) {
            Ok(files) => {
                let manifest = Manifest { policy: name.clone(), ..Manifest::default() };
                Ok(Project { folder, manifest, main_policy: name, files, sources })
            }
            Err(finding) => Err((vec![*finding], sources)),
        }
    }

    /// The project of a module that holds tests of its policy, with the module's path from the project's folder; none
    /// where the file is no such module.
    pub fn of_tests(file: &Path, environment: Option<&str>) -> Option<(Project, String)> {
        let project = Project::open(file.parent()?, environment).ok()?;
        let name = entry(file, &project.folder).ok()??;
        let folder = Path::new(&project.manifest.policy).parent()?.join(TESTS);
        Path::new(&name).starts_with(folder).then_some((project, name))
    }

    /// One input, or what runs now, as the manifest says; absent where it says nothing.
    pub fn read_input(&self, input: &str) -> Option<Result<InputBytes, Box<Diagnostic>>> {
        let source = self.manifest.inputs.get(input)?;
        Some(self.bytes(input, source, None, None))
    }

    /// Another file of the project's folder in the place of an input's, its columns mapped as the manifest maps them.
    pub fn read_fixture(&self, input: &str, file: &str) -> Result<InputBytes, Box<Diagnostic>> {
        let is_inside =
            Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || file == STANDARD_INPUT {
            let message = format!("`{file}`, the input `{input}`, is no file of the project");
            let help = "name it from the project's folder: `fixtures/pools.csv`";
            return Err(Box::new(Diagnostic::error("unreadable-file", message).help(help)));
        }
        let own = self.manifest.inputs.get(input).cloned().unwrap_or_default();
        let source = InputSource { file: file.to_owned(), format: None, ..own };
        self.bytes(input, &source, None, None)
    }

    /// Says which names of a command line are no input's.
    fn unknown(&self, overrides: &Overrides, inputs: &[&str]) -> Vec<Diagnostic> {
        let known = self.manifest.inputs.keys().map(String::as_str);
        let known: BTreeSet<&str> = known.chain(inputs.iter().copied()).chain([CURRENT]).collect();
        let files = overrides.files.keys().map(|name| ("--input", name));
        let limits = overrides.limits.keys().map(|name| ("--limit", name));
        let unknown = files.chain(limits).filter(|(_, name)| !known.contains(name.as_str()));
        let findings = unknown.map(|(option, name)| {
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("`{option} {name}=…`: there is no input `{name}`");
            let finding = Diagnostic::error("unknown-name", message)
                .note(format!("inputs: {}", names.join(", ")));
            match nearest(name, known.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding,
            }
        });
        findings.collect()
    }

    /// Standard input ends once, so only one input can be read from it.
    fn shared_standard_input(
        &self,
        names: &[&String],
        overrides: &Overrides,
    ) -> Option<Diagnostic> {
        let file = |name: &str| {
            let own = self.manifest.inputs.get(name).map(|source| &source.file);
            overrides.files.get(name).or(own)
        };
        let from_there: Vec<String> = names
            .iter()
            .filter(|name| file(name).is_some_and(|file| file == STANDARD_INPUT))
            .map(|name| format!("`{name}`"))
            .collect();
        let message = format!("only one input can be standard input: {}", from_there.join(", "));
        (from_there.len() > 1).then(|| Diagnostic::error("unreadable-file", message))
    }

    fn bytes(
        &self,
        input: &str,
        source: &InputSource,
        from: Option<&String>,
        limit: Option<usize>,
    ) -> Result<InputBytes, Box<Diagnostic>> {
        let file = from.unwrap_or(&source.file).clone();
        let path = match from {
            Some(from) => PathBuf::from(from),
            None => self.folder.join(&source.file),
        };
        let named = match &source.format {
            Some(format) => Format::of_name(&format!("x.{format}")),
            // What takes the place of a file is of its kind.
            None if file == STANDARD_INPUT => Format::of_name(&source.file).or(Some(Format::Csv)),
            None => Format::of_name(&file),
        };
        let Some(format) = named else {
            let message =
                format!("`{file}`, the input `{input}`, is in no format that can be read");
            let help = "name it `.csv`, `.json`, `.jsonl` or `.parquet`, or say `format = \"csv\"` in the manifest";
            return Err(Box::new(Diagnostic::error("unreadable-file", message).help(help)));
        };
        let bytes = if file == STANDARD_INPUT { read_standard_input() } else { read_bytes(&path) };
        let bytes = bytes.map_err(|reason| {
            let message = format!("`{file}`, the input `{input}`, cannot be read: {reason}");
            Box::new(Diagnostic::error("unreadable-file", message))
        })?;
        let mapping = source.fields.iter().map(|(field, column)| Mapping {
            field: field.clone(),
            column: column.column.clone(),
            unit: column.unit.clone(),
            separator: column.separator.clone(),
            value: column.value.clone(),
        });
        Ok(InputBytes {
            input: input.to_owned(),
            file,
            format,
            bytes,
            mapping: mapping.collect(),
            select: source.select.clone(),
            ignore: source.ignore.clone(),
            limit,
        })
    }
}

/// The policy that a file's name asks for, from the project's folder; none where a folder or the manifest is named.
fn entry(at: &Path, folder: &Path) -> Result<Option<String>, Box<Diagnostic>> {
    if at.as_os_str().is_empty() || at.is_dir() || at.ends_with(MANIFEST) {
        return Ok(None);
    }
    let path = at.canonicalize().map_err(|error| unreadable(&at.to_string_lossy(), &error))?;
    match path.strip_prefix(folder) {
        Ok(inside) if inside.extension().is_some_and(|it| it == "alloc") => {
            Ok(Some(inside.to_string_lossy().replace('\\', "/")))
        }
        _ => {
            let message = format!("`{}` is neither a project's folder nor a policy", at.display());
            let help = "name the folder of `apportion.toml`, or a file of its policy: `main.alloc`";
            Err(Box::new(Diagnostic::error("unreadable-file", message).help(help)))
        }
    }
}

fn find(at: &Path) -> Option<PathBuf> {
    let start = if at.as_os_str().is_empty() { Path::new(".") } else { at };
    let start = start.canonicalize().ok()?;
    start.ancestors().find(|folder| folder.join(MANIFEST).is_file()).map(Path::to_owned)
}

//! A project's folder.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use apportion_diagnostic::{Diagnostic, Sources, nearest};
use apportion_syntax::{DecodeError, MAX_TEXT_BYTES, decode};
use apportion_world::{Format, InputBytes, Mapping};

use crate::manifest::{InputSource, Manifest};

/// The manifest's name.
const MANIFEST: &str = "apportion.toml";
/// The input that says what runs now; it is no input of the policy.
const CURRENT: &str = "current";
/// Bytes up to which a file is read.
const MOST_BYTES: u64 = 4 << 30;

/// A project that was opened: its manifest and the texts of its policy.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of the manifest.
    pub folder: PathBuf,
    /// The manifest, with its environment's changes.
    pub manifest: Manifest,
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
    /// Opens the project of a folder, or of the nearest folder above that has a manifest.
    pub fn open(
        at: &Path,
        environment: Option<&str>,
    ) -> Result<Project, (Vec<Diagnostic>, Sources)> {
        let mut sources = Sources::default();
        let fail = |finding: Diagnostic, sources: &Sources| (vec![finding], sources.clone());
        let Some(folder) = find(at) else {
            let message = format!("there is no `{MANIFEST}` in `{}` or above", at.display());
            let help = "make a project: `apportion new fleet --template edge-fleet`";
            return Err(fail(Diagnostic::error("unreadable-file", message).help(help), &sources));
        };
        let text = read_text(&folder.join(MANIFEST), MANIFEST, &mut sources)
            .map_err(|finding| fail(finding, &sources))?;
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
        let files = policy_files(&folder, &manifest.policy, &mut sources);
        let files = files.map_err(|finding| fail(finding, &sources))?;
        Ok(Project { folder, manifest, files, sources })
    }

    /// Reads every input, and what runs now. All files that cannot be read are reported at once.
    pub fn read(&self, overrides: &Overrides) -> Result<ReadInputs, Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let mut read = ReadInputs::default();
        let known: Vec<&str> = self.manifest.inputs.keys().map(String::as_str).collect();
        for name in overrides.limits.keys() {
            if !known.contains(&name.as_str()) && !overrides.files.contains_key(name) {
                let message = format!("`--limit {name}=…`: there is no input `{name}`");
                let mut finding = Diagnostic::error("unknown-name", message);
                if let Some(near) = nearest(name, known.iter().copied()) {
                    finding = finding.help(format!("did you mean `{near}`?"));
                }
                findings.push(finding);
            }
        }
        let names = self.manifest.inputs.keys().chain(overrides.files.keys());
        let mut names: Vec<&String> = names.collect();
        names.sort();
        names.dedup();
        for name in names {
            let source = self.manifest.inputs.get(name).cloned().unwrap_or_default();
            let from = overrides.files.get(name);
            match self.bytes(name, &source, from, overrides.limits.get(name).copied()) {
                Ok(bytes) if name == CURRENT => read.current = Some(bytes),
                Ok(bytes) => read.inputs.push(bytes),
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(read) } else { Err(findings) }
    }

    fn bytes(
        &self,
        input: &str,
        source: &InputSource,
        from: Option<&String>,
        limit: Option<usize>,
    ) -> Result<InputBytes, Diagnostic> {
        let file = from.unwrap_or(&source.file).clone();
        let path = match from {
            Some(from) => PathBuf::from(from),
            None => self.folder.join(&source.file),
        };
        let named = match &source.format {
            Some(format) => Format::of_name(&format!("x.{format}")),
            None => Format::of_name(&file),
        };
        let Some(format) = named.or((file == "-").then_some(Format::Csv)) else {
            let message = format!("`{file}`, the input `{input}`, is of no format that is read");
            let help = "CSV, JSON, JSON Lines and Parquet are; or say `format = \"csv\"`";
            return Err(Diagnostic::error("unreadable-file", message).help(help));
        };
        let bytes = if file == "-" { read_standard_input() } else { read_bytes(&path) };
        let bytes = bytes.map_err(|reason| {
            let message = format!("`{file}`, the input `{input}`, cannot be read: {reason}");
            Diagnostic::error("unreadable-file", message)
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

fn find(at: &Path) -> Option<PathBuf> {
    let start = if at.as_os_str().is_empty() { Path::new(".") } else { at };
    let start = start.canonicalize().ok()?;
    start.ancestors().find(|folder| folder.join(MANIFEST).is_file()).map(Path::to_owned)
}

/// The entry and every other module in its folder and below.
fn policy_files(
    folder: &Path,
    entry: &str,
    sources: &mut Sources,
) -> Result<Vec<(String, Arc<str>)>, Diagnostic> {
    let text = read_text(&folder.join(entry), entry, sources)?;
    let mut files: Vec<(String, Arc<str>)> = vec![(entry.to_owned(), text.into())];
    let mut open = vec![Path::new(entry).parent().unwrap_or(Path::new("")).to_owned()];
    while let Some(below) = open.pop() {
        let Ok(entries) = std::fs::read_dir(folder.join(&below)) else { continue };
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            let relative = below.join(&name);
            let path = folder.join(&relative);
            if path.is_dir() && !name.to_string_lossy().starts_with('.') {
                open.push(relative);
                continue;
            }
            let shown = relative.to_string_lossy().replace('\\', "/");
            let is_module = relative.extension().is_some_and(|extension| extension == "alloc");
            if is_module && shown != entry {
                let text = read_text(&path, &shown, sources)?;
                files.push((shown, text.into()));
            }
        }
    }
    Ok(files)
}

/// The text of a policy's file or of a manifest, which findings call `name`; the finding is shown with `sources`.
pub fn read_text(path: &Path, name: &str, sources: &mut Sources) -> Result<String, Diagnostic> {
    let unread = |reason| {
        let message = format!("`{name}` cannot be read: {reason}");
        Diagnostic::error("unreadable-file", message)
    };
    // What is far too large is not read first.
    let bytes = std::fs::metadata(path).map_err(|error| unread(words(&error)))?.len() as usize;
    let decoded = if bytes > MAX_TEXT_BYTES {
        Err(DecodeError::TooLarge { bytes })
    } else {
        let bytes = std::fs::read(path).map_err(|error| unread(words(&error)))?;
        decode(&bytes).map(str::to_owned)
    };
    decoded.map_err(|error| error.diagnostic(sources.add(name, "")))
}

/// The bytes of a file, or in words why it cannot be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| words(&error))?;
    if metadata.len() > MOST_BYTES {
        return Err(format!("it has {} bytes, more than {MOST_BYTES}", metadata.len()));
    }
    std::fs::read(path).map_err(|error| words(&error))
}

fn read_standard_input() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| words(&error))?;
    Ok(bytes)
}

fn words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

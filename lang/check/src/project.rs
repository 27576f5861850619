//! A project's files, and the policy that they make.

use std::sync::Arc;

use apportion_diagnostic::{Diagnostic, Severity, SourceId, Sources, Span};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use salsa::Setter;

use crate::db::{Database, Program, SourceFile, parsed};
use crate::index::{Index, Place, Problem, index, path_of};
use crate::items::{Checked as CheckedItem, ItemIr, check_at};
use crate::policy::Policy;

/// The files of a policy, checked again as far as an edit reaches.
pub struct Project {
    db: Database,
    program: Program,
}

/// What a project means, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The policy, where nothing is wrong at error level.
    pub policy: Option<Policy>,
    /// Everything that was found, file by file in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that spans point into.
    pub sources: Sources,
}

/// Checks one text that stands by itself.
pub fn check_text(path: &str, text: &str) -> Checked {
    Project::new(vec![(path.to_owned(), text.into())], path).checked()
}

impl Project {
    /// A project of files by path; `entry` is the path of the module that everything starts from.
    pub fn new(files: Vec<(String, Arc<str>)>, entry: &str) -> Project {
        Project::with_log(files, entry, None)
    }

    /// A project that tells `ran` the name of every query that runs.
    pub(crate) fn with_log(
        mut files: Vec<(String, Arc<str>)>,
        entry: &str,
        ran: Option<Box<dyn Fn(String) + Send + Sync>>,
    ) -> Project {
        let db = Database::new(ran);
        // The entry first.
        files.sort_by_key(|(path, _)| path != entry);
        let library = apportion_stdlib::modules().filter_map(|module| {
            let text = apportion_stdlib::module(module)?;
            Some((format!("{}.alloc", module.replace('.', "/")), Arc::from(text)))
        });
        files.extend(library);
        let files =
            files.into_iter().map(|(path, text)| SourceFile::new(&db, path, text)).collect();
        let program = Program::new(&db, files);
        Project { db, program }
    }

    /// Replaces the text of a file; a file that is not known becomes part of the project.
    pub fn set_text(&mut self, path: &str, text: impl Into<Arc<str>>) {
        let files = self.program.files(&self.db).clone();
        match files.iter().find(|file| file.path(&self.db) == path) {
            Some(file) => {
                file.set_text(&mut self.db).to(text.into());
            }
            None => {
                let file = SourceFile::new(&self.db, path.to_owned(), text.into());
                let files = files.into_iter().chain([file]).collect();
                self.program.set_files(&mut self.db).to(files);
            }
        }
    }

    /// What is wrong, without putting the policy together: what an editor asks after each key.
    pub fn diagnostics(&self) -> (Vec<Diagnostic>, Sources) {
        let assembly = Assembly::new(&self.db, self.program);
        (assembly.findings(), assembly.sources)
    }

    /// The policy and what is wrong with it.
    pub fn checked(&self) -> Checked {
        let assembly = Assembly::new(&self.db, self.program);
        let diagnostics = assembly.findings();
        let failed = diagnostics.iter().any(|it| it.severity == Severity::Error);
        let policy = (!failed).then(|| assembly.policy());
        Checked { policy, diagnostics, sources: assembly.sources }
    }
}

/// Items up to which one thread is as quick as several.
const PARALLEL: usize = 64;

/// All checked items with their places in their files.
struct Assembly<'db> {
    db: &'db dyn salsa::Database,
    program: Program,
    index: &'db Index,
    items: Vec<(Place, &'db CheckedItem)>,
    sources: Sources,
}

impl<'db> Assembly<'db> {
    fn new(db: &'db Database, program: Program) -> Assembly<'db> {
        let index: &'db Index = index(db, program);
        // Items are independent of each other but for their signatures: what is worked out here side by
        // side is only looked up below. After an edit there is too little to do for that to pay.
        if index.items.len() > PARALLEL {
            index.items.par_iter().with_min_len(32).for_each_with(db.clone(), |db, place| {
                check_at(db, program, *place);
            });
        }
        let checked = index.items.iter().map(|place| check_at(db, program, *place));
        let items = index.items.iter().copied().zip(checked).collect();
        let mut sources = Sources::default();
        for file in program.files(db) {
            sources.add(file.path(db).clone(), Arc::clone(file.text(db)));
        }
        Assembly { db, program, index, items, sources }
    }

    fn start(&self, place: Place) -> u32 {
        Index::source(self.db, self.program, place).start(self.db)
    }

    /// Where a span of an item lies in its file; a declaration's is the first line of its item.
    fn locate(&self, place: Place, span: Span) -> Span {
        match span.source.0.checked_sub(1) {
            None => {
                let start = self.start(place);
                Span::new(SourceId(place.file), span.start + start, span.end + start)
            }
            Some(number) => {
                let place = self.index.items[number as usize];
                let source = Index::source(self.db, self.program, place);
                let item = &parsed(self.db, source).item;
                let text = &source.text(self.db)[item.range.start as usize..];
                let line = text.lines().next().unwrap_or("").trim_end_matches(['{', ' ']).len();
                let start = self.start(place) + item.range.start;
                Span::new(SourceId(place.file), start, start + line as u32)
            }
        }
    }

    fn findings(&self) -> Vec<Diagnostic> {
        let mut findings: Vec<Diagnostic> = Vec::new();
        for (place, checked) in &self.items {
            let source = Index::source(self.db, self.program, *place);
            let parsed = parsed(self.db, source);
            let title = self.title(*place);
            let syntax =
                parsed.errors.iter().map(|error| error.diagnostic(SourceId(0), title.as_deref()));
            let broken = !parsed.errors.is_empty();
            // What a broken text seems to mean says little: its own errors come first, and its unknown
            // names may be the text's fault.
            let checked = checked.findings.iter().filter(|_| !broken).cloned();
            let located = syntax.chain(checked).map(|finding| {
                let mut finding = finding.map_spans(|span| self.locate(*place, span));
                finding.item = finding.item.or_else(|| self.title(*place));
                finding
            });
            findings.extend(located);
        }
        for (place, problem) in &self.index.problems {
            findings.push(self.problem(*place, problem));
        }
        let order: FxHashMap<u32, usize> =
            self.index.files.iter().enumerate().map(|(at, file)| (*file, at)).collect();
        findings.sort_by_key(|finding| {
            let span = finding.primary();
            span.map(|span| (order.get(&span.source.0).copied(), span.start, span.end))
        });
        findings
    }

    /// What an item is called: `rule capacity`.
    fn title(&self, place: Place) -> Option<String> {
        let source = Index::source(self.db, self.program, place);
        let text = source.text(self.db);
        let item = &parsed(self.db, source).item;
        let mut words = text[item.range.start as usize..].split_whitespace();
        let keyword = words.next()?;
        let name = &crate::index::declared(self.db, source).name;
        Some(if name.is_empty() { keyword.to_owned() } else { format!("{keyword} {name}") })
    }

    fn problem(&self, place: Place, problem: &Problem) -> Diagnostic {
        let item = Index::number(&self.index.items, place).unwrap_or_default();
        let here = self.locate(place, Span::new(SourceId(item + 1), 0, 0));
        let declared_at = |place: Place| {
            let item = Index::number(&self.index.items, place).unwrap_or_default();
            self.locate(place, Span::new(SourceId(item + 1), 0, 0))
        };
        match problem {
            Problem::Duplicate { first } => {
                let source = Index::source(self.db, self.program, place);
                let name = &crate::index::declared(self.db, source).name;
                Diagnostic::error("duplicate-name", format!("`{name}` is declared already"))
                    .at(here, "again")
                    .because_of(declared_at(*first), "first here")
            }
            Problem::SecondObjective { first } => {
                Diagnostic::error("duplicate-name", "a policy has one objective")
                    .at(here, "a second one")
                    .because_of(declared_at(*first), "the first one")
            }
            Problem::UnknownModule { path } => {
                let known: Vec<&str> = apportion_stdlib::modules().collect();
                Diagnostic::error("unknown-module", format!("there is no module `{path}`"))
                    .at(here, "")
                    .note(format!(
                        "modules are files next to `{}`, and the library's: {}",
                        path_of(self.db, self.program, Place { file: 0, item: 0 }),
                        known.join(", ")
                    ))
            }
            Problem::UnknownImport { name, module, known } => {
                let near = apportion_diagnostic::nearest(name, known.iter().map(|it| it.as_str()));
                let text = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
                Diagnostic::error("unknown-name", format!("`{module}` declares no `{name}`"))
                    .at(here, text)
            }
            Problem::ImportCycle { path } => {
                let message = format!("`{path}` uses this module, straight or through others");
                Diagnostic::error("import-cycle", message)
                    .at(here, "")
                    .help("move what both need to a third module")
            }
        }
    }

    fn policy(&self) -> Policy {
        let mut policy = Policy { edition: 2026, ..Policy::default() };
        let mut inline: FxHashMap<Place, Vec<crate::policy::Enum>> = FxHashMap::default();
        let mut enums: FxHashMap<Place, crate::policy::Enum> = FxHashMap::default();
        for (place, checked) in &self.items {
            let mut ir = checked.ir.clone();
            let start = self.start(*place);
            crate::spans::map(&mut ir, &|span| {
                Span::new(SourceId(place.file), span.start + start, span.end + start)
            });
            match ir {
                ItemIr::Nothing => {}
                ItemIr::Edition(edition) => policy.edition = edition,
                ItemIr::Entity(it, own) => {
                    inline.insert(*place, own);
                    policy.entities.push(it);
                }
                ItemIr::Enum(it) => {
                    enums.insert(*place, it);
                }
                ItemIr::Input(it) => policy.inputs.push(it),
                ItemIr::Param(it) => policy.params.push(it),
                ItemIr::Resource(it) => policy.resources.push(it),
                ItemIr::Slots(it) => policy.slots.push(it),
                ItemIr::Decision(it, _) => policy.decisions.push(it),
                ItemIr::Let(it, _) => policy.lets.push(it),
                ItemIr::Rule(it) => policy.rules.push(it),
                ItemIr::Budget(budget, rule) => {
                    policy.budgets.push(budget);
                    policy.rules.push(rule);
                }
                ItemIr::Priority(it) => policy.priorities.push(it),
                ItemIr::Levels(levels) => policy.levels = levels,
                ItemIr::Report(it) => policy.reports.push(it),
            }
        }
        // Enums in the order of their numbers: those written in place lie between the named ones.
        let mut taken: FxHashMap<Place, usize> = FxHashMap::default();
        for (place, field) in &self.index.enums {
            let found = match field {
                None => enums.remove(place),
                Some(_) => {
                    let at = taken.entry(*place).or_default();
                    *at += 1;
                    inline.get(place).and_then(|own| own.get(*at - 1)).cloned()
                }
            };
            policy.enums.extend(found);
        }
        policy
    }
}

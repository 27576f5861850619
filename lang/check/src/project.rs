//! A project's files, and the policy that they make.

use std::sync::Arc;

use apportion_diagnostic::{Diagnostic, Severity, Sources};
use salsa::Setter;

use crate::assembly::{Assembly, vacuous};
use crate::db::{Database, Program, SourceFile};
use crate::policy::Policy;

/// The files of a policy, checked again as far as an edit reaches.
pub struct Project {
    pub(crate) db: Database,
    pub(crate) program: Program,
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
    /// The paths of the files that the policy is made of and of those that test it; others of the project it does not use.
    pub modules: Vec<String>,
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
        let assembly = Assembly::new(&self.db);
        (assembly.findings(), assembly.into_sources())
    }

    /// The policy and what is wrong with it.
    pub fn checked(&self) -> Checked {
        let assembly = Assembly::new(&self.db);
        let mut diagnostics = assembly.findings();
        let failed =
            |findings: &[Diagnostic]| findings.iter().any(|it| it.severity == Severity::Error);
        let policy = (!failed(&diagnostics)).then(|| assembly.policy());
        // What an expectation or an argument can be worth is known when all else is in order.
        diagnostics.extend(policy.iter().flat_map(|policy| assembly.out_of_range(policy)));
        diagnostics.extend(policy.iter().flat_map(vacuous));
        let policy = policy.filter(|_| !failed(&diagnostics));
        let modules = assembly.modules();
        Checked { policy, diagnostics, sources: assembly.into_sources(), modules }
    }
}

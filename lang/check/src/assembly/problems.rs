//! What is wrong between items, in people's words.

use apportion_diagnostic::Diagnostic;

use super::Assembly;
use crate::db::{ItemSource, Program};
use crate::index::{Problem, declared};

impl<'db> Assembly<'db> {
    pub(super) fn problem(&self, item: ItemSource<'db>, problem: &Problem<'db>) -> Diagnostic {
        let here = self.declaration(item);
        match problem {
            Problem::Duplicate { first } => {
                let name = &declared(self.db, item).name;
                Diagnostic::error("duplicate-name", format!("`{name}` is declared already"))
                    .at(here, "again")
                    .because_of(self.declaration(*first), "first here")
            }
            Problem::SecondObjective { first } => {
                Diagnostic::error("duplicate-name", "a policy has one objective")
                    .at(here, "a second one")
                    .because_of(self.declaration(*first), "the first one")
            }
            Problem::NoTest => {
                Diagnostic::error("type-mismatch", "a module of tests holds `use` and `test` only")
                    .at(here, "this would be a part of the policy")
                    .help("move it to a module of the policy, outside of the folder `tests`")
            }
            Problem::NotTested { path } => {
                let message = format!("the policy does not use `{path}`");
                Diagnostic::error("unknown-module", message)
                    .at(here, "a test uses what the policy is made of")
            }
            Problem::UnknownModule { path } => {
                let known: Vec<&str> = apportion_stdlib::modules().collect();
                let entry = Program::get(self.db).files(self.db).first();
                Diagnostic::error("unknown-module", format!("there is no module `{path}`"))
                    .at(here, "")
                    .note(format!(
                        "modules are files next to `{}`, and the library's: {}",
                        entry.map_or("", |entry| entry.path(self.db)),
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
}

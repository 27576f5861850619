//! Which items there are, what they are called, and what is wrong between them.
//!
//! [`names`] is what the checker of an item may look at; [`index`] also knows the order of all items, and is for
//! whoever puts the policy together.

mod declaration;
mod modules;
mod order;
mod scope;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::db::{ItemSource, SourceFile};

pub(crate) use declaration::{Declared, Kind, declared};
pub(crate) use order::{MAX_DEPTH, circle};
pub(crate) use scope::{EnumSource, ForecastSource, Names, Refusal, Scope, Symbol, number_of};

/// All items of a policy.
#[derive(Clone, Default, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct Index<'db> {
    /// The files that are part of the policy, imported ones first.
    pub(crate) files: Vec<SourceFile>,
    /// All items of these files, in order.
    pub(crate) items: Vec<ItemSource<'db>>,
    /// What is wrong between items.
    pub(crate) problems: Vec<(ItemSource<'db>, Problem<'db>)>,
    /// The names of rules and budgets by file: they name nothing that an expression reads.
    pub(crate) statements: FxHashMap<SourceFile, FxHashSet<SmolStr>>,
    /// What each file uses of others, in the order of its text.
    pub(crate) imports: FxHashMap<SourceFile, Vec<Import<'db>>>,
    /// The rules and budgets that each file declares.
    pub(crate) rules: FxHashMap<SourceFile, Vec<ItemSource<'db>>>,
    names: Names<'db>,
}

/// A `use` that was found.
#[derive(Clone, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct Import<'db> {
    /// The `use`.
    pub(crate) item: ItemSource<'db>,
    /// The words of the module's path.
    pub(crate) path: Vec<SmolStr>,
    pub(crate) module: SourceFile,
}

/// What can be wrong between items.
#[derive(Clone, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) enum Problem<'db> {
    /// The name was declared before.
    Duplicate { first: ItemSource<'db> },
    /// No such module.
    UnknownModule { path: String },
    /// The module has no such item.
    UnknownImport { name: SmolStr, module: String, known: Vec<SmolStr> },
    /// Files that use each other.
    ImportCycle { path: String },
    /// An item among tests that would be part of the policy.
    NoTest,
    /// A module of tests uses what the policy does not.
    NotTested { path: String },
    /// A second objective.
    SecondObjective { first: ItemSource<'db> },
}

/// The index of all items.
#[salsa::tracked(returns(ref))]
pub(crate) fn index<'db>(db: &'db dyn salsa::Database) -> Index<'db> {
    let mut index = modules::read(db);
    index.names.refused = order::refused(db, &index.names);
    index
}

/// Budgets and reports by name: what a plan comes to, which tests read.
#[derive(Clone, Default, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct Outcomes<'db> {
    pub(crate) budgets: Vec<(String, ItemSource<'db>)>,
    pub(crate) reports: Vec<(String, ItemSource<'db>)>,
}

/// The budgets and reports of all modules.
#[salsa::tracked(returns(ref))]
pub(crate) fn outcomes<'db>(db: &'db dyn salsa::Database) -> Outcomes<'db> {
    let mut outcomes = Outcomes::default();
    for item in &index(db).items {
        let declared = declared(db, *item);
        let list = match declared.kind {
            Kind::Budget => &mut outcomes.budgets,
            Kind::Report => &mut outcomes.reports,
            _ => continue,
        };
        list.push((declared.name.to_string(), *item));
    }
    outcomes
}

/// The rule that a path names in a file: one that another module declares.
pub(crate) fn overridden<'db>(
    db: &'db dyn salsa::Database,
    file: SourceFile,
    path: &[&SmolStr],
) -> Option<ItemSource<'db>> {
    let (name, module) = path.split_last()?;
    let index = index(db);
    let imports = index.imports.get(&file)?;
    let import = imports.iter().find(|it| it.path.iter().eq(module.iter().copied()))?;
    let mut rules = index.rules.get(&import.module)?.iter();
    rules.find(|item| declared(db, **item).name == **name).copied()
}

/// The names of all modules.
#[salsa::tracked(returns(ref))]
pub(crate) fn names<'db>(db: &'db dyn salsa::Database) -> Names<'db> {
    index(db).names.clone()
}

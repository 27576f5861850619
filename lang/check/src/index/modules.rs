//! Files and what they use of each other: every item gets its number, every name its meaning.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::declaration::{Declared, Kind, Taken, Used, declared};
use super::scope::{EnumSource, ForecastSource, Scope, Symbol};
use super::{Import, Index, Problem};
use crate::db::{ItemSource, Program, SourceFile, items};
use crate::policy::{
    DecisionId, EntityId, EnumId, FairnessId, ForecastId, InputId, LetId, ParamId, ResourceId,
    SlotsId,
};

/// The folder next to the entry whose modules test the policy, and are no part of it.
const TESTS: &str = "tests/";

/// Reads the first file and those that it uses, then the modules that test them.
pub(super) fn read<'db>(db: &'db dyn salsa::Database) -> Index<'db> {
    let files = Program::get(db).files(db);
    // The first file of a path counts.
    let mut paths: FxHashMap<&str, SourceFile> = FxHashMap::default();
    for file in files {
        paths.entry(file.path(db)).or_insert(*file);
    }
    let entry = files.first();
    let path = entry.map_or("", |entry| entry.path(db).as_str());
    let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let tests = format!("{folder}{TESTS}");
    let mut reader =
        Reader { db, paths, folder, index: Index::default(), open: Vec::new(), is_testing: false };
    if let Some(entry) = entry {
        reader.file(*entry);
    }
    reader.is_testing = true;
    for file in files.iter().filter(|file| file.path(db).starts_with(&tests)) {
        if !reader.index.names.scopes.contains_key(file) {
            reader.file(*file);
        }
    }
    reader.find_inputs();
    reader.find_forecasts();
    reader.index
}

struct Reader<'db> {
    db: &'db dyn salsa::Database,
    paths: FxHashMap<&'db str, SourceFile>,
    /// Where modules lie that are not the library's: empty, or with a slash at its end.
    folder: String,
    index: Index<'db>,
    /// Files whose imports are being read.
    open: Vec<SourceFile>,
    /// Whether the policy has been read, and what is read now tests it.
    is_testing: bool,
}

impl<'db> Reader<'db> {
    fn file(&mut self, file: SourceFile) {
        self.open.push(file);
        let items = items(self.db, file);
        let mut scope = Scope::default();
        let mut statements = FxHashSet::default();
        for item in items {
            let Some(used) = &declared(self.db, *item).used else { continue };
            let problems = self.import(*item, used, &mut scope, &mut statements);
            scope.incomplete |= !problems.is_empty();
            self.index.problems.extend(problems.into_iter().map(|problem| (*item, problem)));
        }
        self.open.pop();
        self.index.files.push(file);
        // Rules and budgets are read by nobody, so that their names are told apart among themselves only.
        let mut own_symbols: FxHashMap<&SmolStr, ItemSource<'db>> = FxHashMap::default();
        let mut own_statements = own_symbols.clone();
        for item in items {
            self.index.items.push(*item);
            let declared = declared(self.db, *item);
            if self.is_testing && !matches!(declared.kind, Kind::Use | Kind::Nothing) {
                self.index.problems.push((*item, Problem::NoTest));
            }
            let symbol = self.number(*item, declared);
            let own = match declared.kind {
                Kind::Rule | Kind::Budget => &mut own_statements,
                _ if symbol.is_some() => &mut own_symbols,
                _ => continue,
            };
            if declared.name.is_empty() {
                continue;
            }
            if let Some(first) = own.get(&declared.name) {
                self.index.problems.push((*item, Problem::Duplicate { first: *first }));
                continue;
            }
            own.insert(&declared.name, *item);
            match symbol {
                Some(symbol) => drop(scope.symbols.insert(declared.name.clone(), symbol)),
                None => drop(statements.insert(declared.name.clone())),
            }
        }
        let is_own = |item: &&ItemSource<'db>| {
            own_statements.get(&declared(self.db, **item).name) == Some(*item)
        };
        self.index.rules.insert(file, items.iter().filter(is_own).copied().collect());
        self.index.names.scopes.insert(file, scope);
        self.index.statements.insert(file, statements);
    }

    /// Reads a module, and takes from it what is used; returns what is wrong with that.
    fn import(
        &mut self,
        item: ItemSource<'db>,
        used: &Used,
        scope: &mut Scope,
        statements: &mut FxHashSet<SmolStr>,
    ) -> Vec<Problem<'db>> {
        let path = || used.path.join(".");
        let Some((module, what)) = self.module(used) else {
            return vec![Problem::UnknownModule { path: path() }];
        };
        if self.open.contains(&module) {
            return vec![Problem::ImportCycle { path: path() }];
        }
        if !self.index.names.scopes.contains_key(&module) {
            if self.is_testing {
                return vec![Problem::NotTested { path: path() }];
            }
            self.file(module);
        }
        let words = match (&used.what, &what) {
            // The last word is an item of the module before it.
            (Taken::Last, Taken::Names(_)) => &used.path[..used.path.len() - 1],
            _ => &used.path[..],
        };
        let import = Import { item, path: words.to_vec(), module };
        self.index.imports.entry(item.file(self.db)).or_default().push(import);
        let names = self.index.names.scopes.get(&module);
        let Some((names, others)) = names.zip(self.index.statements.get(&module)) else {
            return Vec::new();
        };
        scope.incomplete |= names.incomplete;
        let Taken::Names(wanted) = what else {
            let symbols = names.symbols.iter().map(|(name, symbol)| (name.clone(), *symbol));
            scope.symbols.extend(symbols);
            statements.extend(others.iter().cloned());
            return Vec::new();
        };
        let mut problems = Vec::new();
        for name in wanted {
            if let Some(symbol) = names.symbols.get(&name) {
                scope.symbols.insert(name, *symbol);
            } else if others.contains(&name) {
                statements.insert(name);
            } else {
                let mut known: Vec<SmolStr> = names.symbols.keys().chain(others).cloned().collect();
                known.sort();
                let module = module.path(self.db).clone();
                problems.push(Problem::UnknownImport { name, module, known });
            }
        }
        problems
    }

    /// The file of a module: next to the entry, or of the standard library.
    fn module(&self, used: &Used) -> Option<(SourceFile, Taken)> {
        let find = |words: &[SmolStr]| {
            let path = format!("{}.alloc", words.join("/"));
            let is_std = words.first().is_some_and(|word| word == "std");
            let path = if is_std { path } else { format!("{}{path}", self.folder) };
            self.paths.get(path.as_str()).copied()
        };
        if let Some(file) = find(&used.path) {
            let what = if used.what == Taken::Last { Taken::All } else { used.what.clone() };
            return Some((file, what));
        }
        if used.what != Taken::Last {
            return None;
        }
        let (last, path) = used.path.split_last()?;
        find(path).map(|file| (file, Taken::Names(vec![last.clone()])))
    }

    /// Gives an item its number; absent where no expression can read it.
    fn number(&mut self, item: ItemSource<'db>, declared: &Declared) -> Option<Symbol> {
        fn push<T>(list: &mut Vec<T>, element: T) -> u32 {
            list.push(element);
            list.len() as u32 - 1
        }
        let names = &mut self.index.names;
        Some(match declared.kind {
            Kind::Entity => {
                let id = push(&mut names.entities, item);
                for field in &declared.inline_enums {
                    let number = push(&mut names.enums, EnumSource { item, field: Some(*field) });
                    names.inline_enums.insert((item, *field), number);
                }
                Symbol::Entity(EntityId(id))
            }
            Kind::Enum => {
                Symbol::Enum(EnumId(push(&mut names.enums, EnumSource { item, field: None })))
            }
            Kind::Input => Symbol::Input(InputId(push(&mut names.inputs, item))),
            Kind::Param => Symbol::Param(ParamId(push(&mut names.params, item))),
            Kind::Resource => Symbol::Resource(ResourceId(push(&mut names.resources, item))),
            Kind::Slots => Symbol::Slots(SlotsId(push(&mut names.slots, item))),
            Kind::Forecast => {
                let slots = SlotsId(push(&mut names.slots, item));
                let source = ForecastSource { item, slots, of: None, before: 0 };
                Symbol::Forecast(ForecastId(push(&mut names.forecasts, source)))
            }
            Kind::Decision => Symbol::Decision(DecisionId(push(&mut names.decisions, item))),
            Kind::Let => Symbol::Let(LetId(push(&mut names.lets, item))),
            Kind::Fairness => Symbol::Fairness(FairnessId(push(&mut names.fairness, item))),
            Kind::Pattern => Symbol::Pattern(push(&mut names.patterns, item) as usize),
            Kind::Priority => {
                names.priorities.push(item);
                return None;
            }
            Kind::Objective => {
                match names.objective {
                    Some(first) => {
                        self.index.problems.push((item, Problem::SecondObjective { first }));
                    }
                    None => names.objective = Some(item),
                }
                return None;
            }
            Kind::Rule | Kind::Budget | Kind::Report | Kind::Use | Kind::Nothing => return None,
        })
    }

    /// Finds which entity each input has rows of.
    fn find_inputs(&mut self) {
        let names = &mut self.index.names;
        for (number, item) in names.inputs.iter().enumerate() {
            let scope = names.scopes.get(&item.file(self.db));
            let rows = &declared(self.db, *item).rows;
            let entity = match scope.and_then(|scope| scope.symbols.get(rows)) {
                Some(Symbol::Entity(entity)) => Some(*entity),
                _ => None,
            };
            names.input_entities.push(entity);
            if let Some(entity) = entity {
                names.entity_inputs.entry(entity).or_insert(InputId(number as u32));
            }
        }
    }

    /// Finds whose rows each forecast is about, and where among the fields of these its values are held.
    fn find_forecasts(&mut self) {
        let names = &mut self.index.names;
        let mut held: FxHashMap<EntityId, u32> = FxHashMap::default();
        for forecast in &mut names.forecasts {
            let scope = names.scopes.get(&forecast.item.file(self.db));
            let declared = declared(self.db, forecast.item);
            let [(_, domain)] = declared.indices.as_slice() else { continue };
            let input = match scope.and_then(|scope| scope.symbols.get(domain)) {
                Some(Symbol::Input(input)) => Some(*input),
                // An entity has at most one input, so that its name will do for it.
                Some(Symbol::Entity(entity)) => names.entity_inputs.get(entity).copied(),
                _ => None,
            };
            let entity =
                input.and_then(|it| names.input_entities.get(it.index()).copied().flatten());
            if let (Some(input), Some(entity)) = (input, entity) {
                let held = held.entry(entity).or_default();
                (forecast.of, forecast.before) = (Some((input, entity)), *held);
                *held += declared.quantiles;
            }
        }
    }
}

//! Which items there are, what they are called, and the number of each in the policy's lists.

use std::sync::Arc;

use apportion_syntax::ast::{self, ItemKind, UseWhat};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::db::{ItemSource, Program, Shared, items, parsed};
use crate::policy::{DecisionId, EntityId, EnumId, InputId, LetId, ParamId, ResourceId, SlotsId};

/// What a name of a module stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Symbol {
    Entity(EntityId),
    Enum(EnumId),
    Input(InputId),
    Param(ParamId),
    Resource(ResourceId),
    Slots(SlotsId),
    Decision(DecisionId),
    Let(LetId),
    /// A rule, a budget, a report: nothing that an expression reads.
    Statement,
    /// A construct that is not compiled.
    Refused,
}

/// What an item declares, without what it says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) kind: Kind,
    pub(crate) name: SmolStr,
    /// Fields whose type is an enum written in place.
    pub(crate) inline_enums: Vec<u32>,
    /// The levels of an objective.
    pub(crate) levels: Vec<SmolStr>,
    /// The entity of an input's rows.
    pub(crate) rows: SmolStr,
    /// What a `use` takes.
    pub(crate) used: Option<Used>,
    /// Names that occur in the item's expressions: what it may depend on.
    pub(crate) mentions: Vec<SmolStr>,
}

/// The kinds of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Entity,
    Enum,
    Input,
    Param,
    Resource,
    Slots,
    Decision,
    Let,
    Rule,
    Budget,
    Priority,
    Objective,
    Report,
    Use,
    Refused,
    Nothing,
}

/// A `use` without its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) path: Vec<SmolStr>,
    pub(crate) what: Taken,
}

/// What is taken from a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Last,
    All,
    Names(Vec<SmolStr>),
}

/// What an item declares.
#[salsa::tracked(returns(ref))]
pub(crate) fn declared<'db>(
    db: &'db dyn salsa::Database,
    item: ItemSource<'db>,
) -> Shared<Declared> {
    let parsed = parsed(db, item);
    let mut declared = Declared {
        kind: Kind::Nothing,
        name: SmolStr::default(),
        inline_enums: Vec::new(),
        levels: Vec::new(),
        rows: SmolStr::default(),
        used: None,
        mentions: Vec::new(),
    };
    let (kind, name) = match &parsed.item.kind {
        ItemKind::Edition(_) | ItemKind::Unknown => (Kind::Nothing, None),
        ItemKind::Use(it) => {
            declared.used = Some(used(it));
            (Kind::Use, None)
        }
        ItemKind::Param(it) => {
            let parts = [&it.default, &it.range].into_iter().flatten();
            parts.for_each(|part| crate::mentions::names(part, &mut declared.mentions));
            (Kind::Param, Some(&it.name))
        }
        ItemKind::Enum(it) => (Kind::Enum, Some(&it.name)),
        ItemKind::Entity(it) => {
            declared.inline_enums = inline_enums(it);
            (Kind::Entity, Some(&it.name))
        }
        ItemKind::Resource(it) => (Kind::Resource, Some(&it.name)),
        ItemKind::Slots(it) => {
            crate::mentions::names(&it.over, &mut declared.mentions);
            crate::mentions::names(&it.every, &mut declared.mentions);
            (Kind::Slots, Some(&it.name))
        }
        ItemKind::Input(it) => {
            declared.rows = it.entity.text.clone();
            (Kind::Input, Some(&it.name))
        }
        ItemKind::Place(it) => {
            let dimensions = [&it.subject, &it.target].into_iter().chain(&it.via);
            let domains = dimensions.map(|dimension| &dimension.domain);
            let bounds = [&it.bounds.lower, &it.bounds.upper, &it.condition];
            for part in domains.chain(bounds.into_iter().flatten()) {
                crate::mentions::names(part, &mut declared.mentions);
            }
            (Kind::Decision, Some(&it.name))
        }
        ItemKind::Decide(it) => {
            crate::mentions::names_in_binders(&it.indices, &mut declared.mentions);
            let bounds = [&it.bounds.lower, &it.bounds.upper, &it.condition];
            for part in bounds.into_iter().flatten() {
                crate::mentions::names(part, &mut declared.mentions);
            }
            (Kind::Decision, Some(&it.name))
        }
        ItemKind::Let(it) => {
            crate::mentions::names_in_binders(&it.indices, &mut declared.mentions);
            crate::mentions::names(&it.value, &mut declared.mentions);
            (Kind::Let, Some(&it.name))
        }
        ItemKind::Report(it) => (Kind::Report, Some(&it.name)),
        ItemKind::Rule(it) if it.kind == ast::RuleKind::Sla => (Kind::Refused, Some(&it.name)),
        ItemKind::Rule(it) => (Kind::Rule, Some(&it.name)),
        ItemKind::Priority(it) => {
            crate::mentions::names(&it.by, &mut declared.mentions);
            for case in &it.cases {
                crate::mentions::names(&case.weight, &mut declared.mentions);
            }
            (Kind::Priority, None)
        }
        ItemKind::Budget(it) => (Kind::Budget, Some(&it.name)),
        ItemKind::Objective(it) => {
            declared.levels = it.levels.iter().map(|level| level.name.text.clone()).collect();
            (Kind::Objective, None)
        }
        ItemKind::Forecast(it) => (Kind::Refused, Some(&it.name)),
        ItemKind::Fairness(it) => (Kind::Refused, Some(&it.name)),
        ItemKind::Pattern(it) => (Kind::Refused, Some(&it.name)),
        ItemKind::Test(_) | ItemKind::Override(_) => (Kind::Refused, None),
    };
    declared.kind = kind;
    declared.name = name.map(|name| name.text.clone()).unwrap_or_default();
    Shared::new(declared)
}

fn used(it: &ast::Use) -> Used {
    let words = |names: &[ast::Name]| names.iter().map(|name| name.text.clone()).collect();
    Used {
        path: words(&it.path),
        what: match &it.what {
            UseWhat::Last => Taken::Last,
            UseWhat::All => Taken::All,
            UseWhat::Names(names) => Taken::Names(words(names)),
        },
    }
}

fn inline_enums(it: &ast::Entity) -> Vec<u32> {
    let fields = it.fields.iter().zip(0..);
    let inline = fields.filter(|(field, _)| crate::types::inline_enum(&field.ty).is_some());
    inline.map(|(_, number)| number).collect()
}

/// The place of an item: file and position in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: u32,
    pub(crate) item: u32,
}

/// Everything that has a number in the policy, and what names stand for in each file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    /// The files that are part of the policy, imported ones first.
    pub(crate) files: Vec<u32>,
    /// All items of these files, in order.
    pub(crate) items: Vec<Place>,
    pub(crate) entities: Vec<Place>,
    /// The item, and the field for an enum written in place.
    pub(crate) enums: Vec<(Place, Option<u32>)>,
    pub(crate) inputs: Vec<Place>,
    pub(crate) params: Vec<Place>,
    pub(crate) resources: Vec<Place>,
    pub(crate) slots: Vec<Place>,
    pub(crate) decisions: Vec<Place>,
    pub(crate) lets: Vec<Place>,
    /// Rules, and budgets among them.
    pub(crate) rules: Vec<Place>,
    pub(crate) budgets: Vec<Place>,
    pub(crate) priorities: Vec<Place>,
    /// The objective's item and its levels' names.
    pub(crate) objective: Option<Place>,
    pub(crate) levels: Vec<SmolStr>,
    /// What names stand for, by file.
    pub(crate) scopes: FxHashMap<u32, FxHashMap<SmolStr, Symbol>>,
    /// What is wrong between items.
    pub(crate) problems: Vec<(Place, Problem)>,
    /// `let`s, parameters, decisions, priorities and slots that depend on themselves.
    pub(crate) recursive: FxHashSet<Place>,
    /// The entity of each input's rows.
    pub(crate) input_entities: Vec<Option<EntityId>>,
    /// The first input of each entity.
    pub(crate) entity_inputs: FxHashMap<EntityId, InputId>,
    /// The numbers of enums written in place.
    inline_enums: FxHashMap<(Place, u32), EnumId>,
}

/// What can be wrong between items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The name was declared before.
    Duplicate { first: Place },
    /// No such module; the modules that there are.
    UnknownModule { path: String },
    /// The module has no such item.
    UnknownImport { name: SmolStr, module: String, known: Vec<SmolStr> },
    /// Files that use each other.
    ImportCycle { path: String },
    /// A second objective.
    SecondObjective { first: Place },
}

impl Index {
    /// The item at a place.
    pub(crate) fn source<'db>(
        db: &'db dyn salsa::Database,
        program: Program,
        place: Place,
    ) -> ItemSource<'db> {
        let file = program.files(db)[place.file as usize];
        items(db, file)[place.item as usize]
    }

    /// The number of an enum written in place.
    pub(crate) fn inline_enum(&self, entity: Place, field: u32) -> Option<EnumId> {
        self.inline_enums.get(&(entity, field)).copied()
    }

    /// The position of a place in a list.
    pub(crate) fn number(list: &[Place], place: Place) -> Option<u32> {
        list.iter().position(|it| *it == place).map(|at| at as u32)
    }
}

/// The index of a program.
#[salsa::tracked(returns(ref))]
pub(crate) fn index(db: &dyn salsa::Database, program: Program) -> Shared<Index> {
    let mut builder = Builder { db, program, index: Index::default(), open: Vec::new() };
    if !program.files(db).is_empty() {
        builder.file(0);
    }
    builder.find_recursion();
    builder.find_inputs();
    Shared::new(builder.index)
}

struct Builder<'db> {
    db: &'db dyn salsa::Database,
    program: Program,
    index: Index,
    /// Files whose imports are being read.
    open: Vec<u32>,
}

impl<'db> Builder<'db> {
    fn declared(&self, place: Place) -> &'db Declared {
        declared(self.db, Index::source(self.db, self.program, place))
    }

    fn file(&mut self, file: u32) {
        self.open.push(file);
        let sources = items(self.db, self.program.files(self.db)[file as usize]);
        let places: Vec<Place> =
            (0..sources.len() as u32).map(|item| Place { file, item }).collect();
        let mut imported: Vec<(Place, u32, Taken)> = Vec::new();
        for place in &places {
            let Some(used) = self.declared(*place).used.clone() else { continue };
            let Some((module, what)) = self.module(&used) else {
                let path = used.path.join(".");
                self.index.problems.push((*place, Problem::UnknownModule { path }));
                continue;
            };
            if self.open.contains(&module) {
                let path = used.path.join(".");
                self.index.problems.push((*place, Problem::ImportCycle { path }));
                continue;
            }
            if !self.index.files.contains(&module) {
                self.file(module);
            }
            imported.push((*place, module, what));
        }
        self.open.pop();
        let mut scope: FxHashMap<SmolStr, Symbol> = FxHashMap::default();
        for (place, module, what) in imported {
            self.import(place, module, &what, &mut scope);
        }
        self.index.files.push(file);
        let mut own: FxHashMap<(bool, SmolStr), Place> = FxHashMap::default();
        for place in places {
            self.index.items.push(place);
            let declared = self.declared(place);
            let Some(symbol) = self.number(place, declared) else { continue };
            if declared.name.is_empty() {
                continue;
            }
            // A report is read by nobody, so that it may bear the name of what it shows.
            if declared.kind == Kind::Report {
                continue;
            }
            // Rules and budgets are read by nobody either; their names are told apart among themselves.
            let statement = symbol == Symbol::Statement;
            match own.get(&(statement, declared.name.clone())) {
                Some(first) => {
                    let first = *first;
                    self.index.problems.push((place, Problem::Duplicate { first }));
                }
                None => {
                    own.insert((statement, declared.name.clone()), place);
                    if !statement || !scope.contains_key(&declared.name) {
                        scope.insert(declared.name.clone(), symbol);
                    }
                }
            }
        }
        self.index.scopes.insert(file, scope);
    }

    /// The file of a module: next to the entry, or of the standard library.
    fn module(&self, used: &Used) -> Option<(u32, Taken)> {
        let files = self.program.files(self.db);
        let find = |words: &[SmolStr]| {
            let path = format!("{}.alloc", words.join("/"));
            let entry = files[0].path(self.db);
            let folder = entry.rsplit_once('/').map_or("", |(folder, _)| folder);
            let beside = if folder.is_empty() { path.clone() } else { format!("{folder}/{path}") };
            let is_std = words.first().is_some_and(|word| word == "std");
            let wanted = if is_std { path } else { beside };
            let found = files.iter().position(|file| *file.path(self.db) == wanted);
            found.map(|found| found as u32)
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

    fn import(
        &mut self,
        place: Place,
        module: u32,
        what: &Taken,
        scope: &mut FxHashMap<SmolStr, Symbol>,
    ) {
        let Some(names) = self.index.scopes.get(&module).cloned() else { return };
        match what {
            Taken::All | Taken::Last => scope.extend(names),
            Taken::Names(wanted) => {
                for name in wanted {
                    if let Some(symbol) = names.get(name) {
                        scope.insert(name.clone(), *symbol);
                        continue;
                    }
                    let mut known: Vec<SmolStr> = names.keys().cloned().collect();
                    known.sort();
                    let file = self.program.files(self.db)[module as usize];
                    let module = file.path(self.db).clone();
                    let name = name.clone();
                    let problem = Problem::UnknownImport { name, module, known };
                    self.index.problems.push((place, problem));
                }
            }
        }
    }

    /// Gives an item its number.
    fn number(&mut self, place: Place, declared: &Declared) -> Option<Symbol> {
        fn push(list: &mut Vec<Place>, place: Place) -> u32 {
            list.push(place);
            list.len() as u32 - 1
        }
        let index = &mut self.index;
        Some(match declared.kind {
            Kind::Entity => {
                let id = push(&mut index.entities, place);
                for field in &declared.inline_enums {
                    index.inline_enums.insert((place, *field), EnumId(index.enums.len() as u32));
                    index.enums.push((place, Some(*field)));
                }
                Symbol::Entity(EntityId(id))
            }
            Kind::Enum => {
                index.enums.push((place, None));
                Symbol::Enum(EnumId(index.enums.len() as u32 - 1))
            }
            Kind::Input => Symbol::Input(InputId(push(&mut index.inputs, place))),
            Kind::Param => Symbol::Param(ParamId(push(&mut index.params, place))),
            Kind::Resource => Symbol::Resource(ResourceId(push(&mut index.resources, place))),
            Kind::Slots => Symbol::Slots(SlotsId(push(&mut index.slots, place))),
            Kind::Decision => Symbol::Decision(DecisionId(push(&mut index.decisions, place))),
            Kind::Let => Symbol::Let(LetId(push(&mut index.lets, place))),
            Kind::Rule => {
                push(&mut index.rules, place);
                Symbol::Statement
            }
            Kind::Budget => {
                push(&mut index.rules, place);
                push(&mut index.budgets, place);
                Symbol::Statement
            }
            Kind::Priority => {
                push(&mut index.priorities, place);
                return None;
            }
            Kind::Objective => {
                match index.objective {
                    Some(first) => {
                        index.problems.push((place, Problem::SecondObjective { first }));
                    }
                    None => {
                        index.objective = Some(place);
                        index.levels = declared.levels.clone();
                    }
                }
                return None;
            }
            Kind::Report => Symbol::Statement,
            Kind::Refused => Symbol::Refused,
            Kind::Use | Kind::Nothing => return None,
        })
    }

    /// Finds which entity each input has rows of.
    fn find_inputs(&mut self) {
        for (number, place) in self.index.inputs.clone().into_iter().enumerate() {
            let rows = &self.declared(place).rows;
            let entity = match self.index.scopes[&place.file].get(rows) {
                Some(Symbol::Entity(entity)) => Some(*entity),
                _ => None,
            };
            self.index.input_entities.push(entity);
            if let Some(entity) = entity {
                self.index.entity_inputs.entry(entity).or_insert(InputId(number as u32));
            }
        }
    }

    /// Finds items that read themselves, straight or through others: to check one of them would need
    /// that it had been checked.
    fn find_recursion(&mut self) {
        let index = &self.index;
        let nodes: Vec<Place> =
            [&index.lets, &index.params, &index.decisions, &index.priorities, &index.slots]
                .into_iter()
                .flatten()
                .copied()
                .collect();
        let mut reads: FxHashMap<Place, Vec<Place>> = FxHashMap::default();
        for place in &nodes {
            let scope = &index.scopes[&place.file];
            let mut read: Vec<Place> = Vec::new();
            for name in &self.declared(*place).mentions {
                match scope.get(name) {
                    Some(Symbol::Let(id)) => read.push(index.lets[id.index()]),
                    Some(Symbol::Param(id)) => read.push(index.params[id.index()]),
                    Some(Symbol::Decision(id)) => read.push(index.decisions[id.index()]),
                    Some(Symbol::Slots(id)) => read.push(index.slots[id.index()]),
                    _ => {}
                }
                // A function keeps its meaning where an item bears its name.
                if name == "priority" {
                    read.extend(&index.priorities);
                }
            }
            reads.insert(*place, read);
        }
        // An item is recursive if it is reached from itself.
        let mut done: FxHashSet<Place> = FxHashSet::default();
        for start in &nodes {
            let mut seen: FxHashSet<Place> = FxHashSet::default();
            let mut open: Vec<Place> = reads[start].clone();
            while let Some(place) = open.pop() {
                if done.contains(&place) || !seen.insert(place) {
                    continue;
                }
                open.extend(&reads[&place]);
            }
            if seen.contains(start) {
                self.index.recursive.insert(*start);
            } else {
                done.insert(*start);
            }
        }
    }
}

/// Names of files by number, for messages.
pub(crate) fn path_of(db: &dyn salsa::Database, program: Program, place: Place) -> Arc<str> {
    program.files(db)[place.file as usize].path(db).as_str().into()
}

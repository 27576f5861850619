//! What an item declares, read off its tree alone.

use apportion_syntax::ast::{self, ItemKind, UseWhat};
use smol_str::SmolStr;

use crate::db::{ItemSource, parsed};
use crate::mentions::{names, names_in_binders, names_in_statements};

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
    /// The indices of a decision or a forecast, each with the word for what it runs over.
    pub(crate) indices: Vec<(SmolStr, SmolStr)>,
    /// How many quantiles a forecast has.
    pub(crate) quantiles: u32,
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
    Forecast,
    Decision,
    Let,
    Rule,
    Pattern,
    Budget,
    Priority,
    Fairness,
    Objective,
    Report,
    Use,
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
    /// What the last word of the path names: an item, or a whole module.
    Last,
    All,
    Names(Vec<SmolStr>),
}

/// What an item declares.
#[salsa::tracked(returns(ref))]
pub(crate) fn declared<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Declared {
    let parsed = parsed(db, item);
    let mut declared = Declared {
        kind: Kind::Nothing,
        name: SmolStr::default(),
        inline_enums: Vec::new(),
        levels: Vec::new(),
        rows: SmolStr::default(),
        indices: Vec::new(),
        quantiles: 0,
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
            parts.for_each(|part| names(part, &mut declared.mentions));
            (Kind::Param, Some(&it.name))
        }
        ItemKind::Enum(it) => (Kind::Enum, Some(&it.name)),
        ItemKind::Entity(it) => {
            declared.inline_enums = inline_enums(it);
            (Kind::Entity, Some(&it.name))
        }
        ItemKind::Resource(it) => (Kind::Resource, Some(&it.name)),
        ItemKind::Slots(it) => {
            names(&it.over, &mut declared.mentions);
            names(&it.every, &mut declared.mentions);
            (Kind::Slots, Some(&it.name))
        }
        ItemKind::Input(it) => {
            declared.rows = it.entity.text.clone();
            (Kind::Input, Some(&it.name))
        }
        ItemKind::Place(it) => {
            let dimensions = [&it.subject, &it.target].into_iter().chain(&it.via);
            declared.indices =
                dimensions.clone().filter_map(|it| index(&it.name, &it.domain)).collect();
            let domains = dimensions.map(|dimension| &dimension.domain);
            let bounds = [&it.bounds.lower, &it.bounds.upper, &it.condition];
            for part in domains.chain(bounds.into_iter().flatten()) {
                names(part, &mut declared.mentions);
            }
            (Kind::Decision, Some(&it.name))
        }
        ItemKind::Decide(it) => {
            declared.indices =
                it.indices.iter().filter_map(|it| index(&it.name, &it.domain)).collect();
            names_in_binders(&it.indices, &mut declared.mentions);
            let bounds = [&it.bounds.lower, &it.bounds.upper, &it.condition];
            for part in bounds.into_iter().flatten() {
                names(part, &mut declared.mentions);
            }
            (Kind::Decision, Some(&it.name))
        }
        ItemKind::Let(it) => {
            names_in_binders(&it.indices, &mut declared.mentions);
            names(&it.value, &mut declared.mentions);
            (Kind::Let, Some(&it.name))
        }
        ItemKind::Report(it) => (Kind::Report, Some(&it.name)),
        ItemKind::Rule(it) => (Kind::Rule, Some(&it.name)),
        ItemKind::Priority(it) => {
            names(&it.by, &mut declared.mentions);
            for case in &it.cases {
                names(&case.weight, &mut declared.mentions);
            }
            (Kind::Priority, None)
        }
        ItemKind::Budget(it) => (Kind::Budget, Some(&it.name)),
        ItemKind::Objective(it) => {
            declared.levels = it.levels.iter().map(|level| level.name.text.clone()).collect();
            (Kind::Objective, None)
        }
        ItemKind::Forecast(it) => {
            declared.indices =
                it.indices.iter().filter_map(|it| index(&it.name, &it.domain)).collect();
            // One that names none is a number by itself.
            declared.quantiles = it.quantiles.len().max(1) as u32;
            names_in_binders(&it.indices, &mut declared.mentions);
            let parts = [&it.over, &it.every].into_iter().flatten();
            let missing = it.on_missing.as_ref().and_then(ast::OnMissing::expression);
            parts.chain(missing).for_each(|part| names(part, &mut declared.mentions));
            (Kind::Forecast, Some(&it.name))
        }
        ItemKind::Fairness(it) => {
            let parts = [&it.among, &it.weight, &it.over].into_iter().flatten();
            parts.chain([&it.measure]).for_each(|part| names(part, &mut declared.mentions));
            (Kind::Fairness, Some(&it.name))
        }
        ItemKind::Pattern(it) => {
            names_in_statements(&it.body, &mut declared.mentions);
            let own = |name: &SmolStr| it.params.iter().any(|param| param.name.text == *name);
            declared.mentions.retain(|name| !own(name));
            it.params
                .iter()
                .filter_map(|param| param.default.as_ref())
                .for_each(|default| names(default, &mut declared.mentions));
            (Kind::Pattern, Some(&it.name))
        }
        ItemKind::Test(_) | ItemKind::Override(_) => (Kind::Nothing, None),
    };
    declared.kind = kind;
    declared.name = name.map(|name| name.text.clone()).unwrap_or_default();
    declared
}

fn index(name: &ast::Name, domain: &ast::Expr) -> Option<(SmolStr, SmolStr)> {
    match &domain.kind {
        ast::ExprKind::Name(word) => Some((name.text.clone(), word.clone())),
        _ => None,
    }
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

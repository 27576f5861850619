//! What other items need to know of an item: its types, without its texts and places.

use apportion_syntax::ast::{self, ItemKind};
use apportion_units::{Dimension, Unit};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::check::{Checker, membership};
use crate::db::{ItemSource, parsed};
use crate::index::{EnumSource, Kind, declared, names};
use crate::items::{Checked, ItemIr, checked, share_type};
use crate::policy::{Domain, EntityId, EnumId, Expr, ExprKind, FieldId, Let, Missing, Stage, Type};

/// What an item is to others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Signature {
    Entity(EntitySignature),
    Enum(SmolStr, Vec<SmolStr>),
    Input(Option<EntityId>),
    Param(Type),
    Resource(SmolStr, Option<Unit>),
    Slots(SmolStr),
    Forecast(ForecastSignature),
    Decision(DecisionSignature),
    Let(LetSignature),
    Priority(Option<EntityId>),
    /// The type of one share.
    Fairness(Type),
    Other,
}

/// The fields of an entity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EntitySignature {
    pub(crate) name: SmolStr,
    pub(crate) fields: Vec<FieldSignature>,
    pub(crate) key: FieldId,
}

/// A field to those who read it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldSignature {
    pub(crate) name: SmolStr,
    pub(crate) ty: Type,
    pub(crate) optional: bool,
    pub(crate) has_default: bool,
    /// The values of an enum written in place.
    pub(crate) inline: Vec<SmolStr>,
}

/// A forecast to those who read it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ForecastSignature {
    pub(crate) name: SmolStr,
    pub(crate) entity: EntityId,
    /// In the author's order; one without a name where the author names none.
    pub(crate) quantiles: Vec<SmolStr>,
    pub(crate) ty: Type,
    /// Whether a value stands in for what is missing.
    pub(crate) assumes: bool,
}

/// A decision to those who use it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DecisionSignature {
    pub(crate) name: SmolStr,
    pub(crate) indices: Vec<Type>,
    /// The author's words for the indices.
    pub(crate) words: Vec<SmolStr>,
    pub(crate) domains: Vec<Domain>,
    pub(crate) dimension: Dimension,
    /// Whether only whole numbers are taken.
    pub(crate) whole: bool,
    /// Which tuples there are: what it asks of facts is known of every tuple.
    pub(crate) condition: Option<Expr>,
}

/// A `let` to those who use it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LetSignature {
    pub(crate) name: SmolStr,
    pub(crate) indices: Vec<Type>,
    /// The author's words for the indices.
    pub(crate) words: Vec<SmolStr>,
    pub(crate) domains: Vec<Domain>,
    /// What it asks of its indices: it means nothing for others.
    pub(crate) conditions: Vec<IndexCondition>,
    pub(crate) ty: Type,
    pub(crate) stage: Stage,
}

/// What a `let` asks of one of its indices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IndexCondition {
    /// The number of the index.
    pub(crate) index: usize,
    /// A condition on the indices up to this one.
    pub(crate) condition: Expr,
}

/// The enums that have a word, for words whose enum nothing tells.
#[salsa::tracked(returns(ref))]
pub(crate) fn enum_words(db: &dyn salsa::Database) -> FxHashMap<SmolStr, Vec<EnumId>> {
    let mut words: FxHashMap<SmolStr, Vec<EnumId>> = FxHashMap::default();
    for (number, EnumSource { item, field }) in names(db).enums.iter().enumerate() {
        let values: &[SmolStr] = match (signature(db, *item), field) {
            (Signature::Enum(_, values), None) => values,
            (Signature::Entity(entity), Some(field)) => {
                entity.fields.get(*field as usize).map_or(&[], |field| &field.inline)
            }
            _ => &[],
        };
        for value in values {
            words.entry(value.clone()).or_default().push(EnumId(number as u32));
        }
    }
    words
}

/// What an item is to others.
#[salsa::tracked(returns(ref))]
pub(crate) fn signature<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Signature {
    match declared(db, item).kind {
        Kind::Entity => entity(db, item),
        Kind::Enum => match &parsed(db, item).item.kind {
            ItemKind::Enum(it) => Signature::Enum(
                it.name.text.clone(),
                it.values.iter().map(|value| value.text.clone()).collect(),
            ),
            _ => Signature::Other,
        },
        // The parts of these are small, so what others need is read off the checked item.
        _ if names(db).refused.contains_key(&item) => refused(db, item),
        Kind::Input
        | Kind::Param
        | Kind::Resource
        | Kind::Slots
        | Kind::Forecast
        | Kind::Decision
        | Kind::Let
        | Kind::Priority
        | Kind::Fairness => of_ir(checked(db, item)),
        _ => Signature::Other,
    }
}

fn refused<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Signature {
    let it = match &parsed(db, item).item.kind {
        ItemKind::Let(it) => it,
        ItemKind::Param(_) => return Signature::Param(Type::Unknown),
        _ => return Signature::Other,
    };
    Signature::Let(LetSignature {
        name: it.name.text.clone(),
        indices: it.indices.iter().map(|_| Type::Unknown).collect(),
        words: Vec::new(),
        domains: Vec::new(),
        conditions: Vec::new(),
        ty: Type::Unknown,
        stage: Stage::Ground,
    })
}

fn entity<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Signature {
    let ItemKind::Entity(it) = &parsed(db, item).item.kind else { return Signature::Other };
    // Findings about types are reported where the entity itself is checked.
    let mut checker = Checker::new(db, item);
    let fields = it.fields.iter().zip(0..).map(|(field, number)| {
        let inline = checker.names.inline_enum(item, number);
        let declared = checker.declared_type(&field.ty, inline);
        let names = crate::types::inline_enum(&field.ty).unwrap_or_default();
        FieldSignature {
            name: field.name.text.clone(),
            ty: declared.ty,
            optional: declared.optional,
            has_default: field.default.is_some(),
            inline: names.iter().map(|name: &ast::Name| name.text.clone()).collect(),
        }
    });
    let key = it.fields.iter().position(|field| field.key).unwrap_or_default();
    Signature::Entity(EntitySignature {
        name: it.name.text.clone(),
        fields: fields.collect(),
        key: FieldId(key as u32),
    })
}

fn of_ir(checked: &Checked<'_>) -> Signature {
    match &checked.ir {
        ItemIr::Input(it) => Signature::Input(Some(it.entity)),
        ItemIr::Param(it) => Signature::Param(it.ty.clone()),
        ItemIr::Resource(it) => Signature::Resource(it.name.clone(), Some(it.unit.clone())),
        ItemIr::Slots(it) => Signature::Slots(it.name.clone()),
        ItemIr::Forecast(it, _) => Signature::Forecast(ForecastSignature {
            name: it.name.clone(),
            entity: it.entity,
            quantiles: it.quantiles.iter().map(|it| it.name.clone()).collect(),
            ty: it.ty.clone(),
            assumes: matches!(it.missing, Missing::Assume(_)),
        }),
        ItemIr::Decision(it, types) => Signature::Decision(DecisionSignature {
            name: it.name.clone(),
            indices: types.clone(),
            words: it.indices.iter().map(|index| index.name.clone()).collect(),
            domains: it.indices.iter().map(|index| index.domain.clone()).collect(),
            dimension: it.dimension,
            whole: it.whole,
            condition: it.condition.clone(),
        }),
        ItemIr::Let(it, types) => Signature::Let(LetSignature {
            name: it.name.clone(),
            indices: types.clone(),
            words: it.indices.iter().map(|index| index.name.clone()).collect(),
            domains: it.indices.iter().map(|index| index.domain.clone()).collect(),
            conditions: index_conditions(it, types),
            ty: it.value.ty.clone(),
            stage: it.value.stage,
        }),
        ItemIr::Priority(it) => Signature::Priority(Some(it.entity)),
        ItemIr::Fairness(it) => Signature::Fairness(share_type(&it.amount, it.tiers.first())),
        _ => Signature::Other,
    }
}

fn index_conditions(it: &Let, types: &[Type]) -> Vec<IndexCondition> {
    let indices = it.indices.iter().zip(types).enumerate();
    let asked = indices.flat_map(|(index, (binder, ty))| {
        let kind = ExprKind::Var(binder.var);
        let var = Expr { kind, ty: ty.clone(), stage: Stage::Ground, span: binder.span };
        let conditions =
            membership(var, &binder.domain).into_iter().chain(binder.condition.clone());
        conditions.map(move |condition| IndexCondition { index, condition })
    });
    asked.collect()
}

//! What the checker of an item may look at of the others: what names stand for, and the numbers of what
//! expressions read.
//!
//! Rules, budgets and reports are read by no expression, so that none of them is mentioned here: one of them may
//! come, go, move or be renamed without a single other item being checked again.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::db::{ItemSource, SourceFile};
use crate::policy::{
    DecisionId, EntityId, EnumId, FairnessId, ForecastId, InputId, LetId, ParamId, ResourceId,
    SlotsId,
};

/// What a name of a module stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Symbol {
    Entity(EntityId),
    Enum(EnumId),
    Input(InputId),
    Param(ParamId),
    Resource(ResourceId),
    Slots(SlotsId),
    Forecast(ForecastId),
    Decision(DecisionId),
    Let(LetId),
    Fairness(FairnessId),
    /// The position in [`Names::patterns`].
    Pattern(usize),
}

/// The names of a module, its own and the imported ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) symbols: FxHashMap<SmolStr, Symbol>,
    /// Whether a `use` failed, so that an unknown name may be the fault of that.
    pub(crate) incomplete: bool,
}

/// An enum: its item, and the field for one that is written in place.
#[derive(Clone, Copy, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct EnumSource<'db> {
    pub(crate) item: ItemSource<'db>,
    pub(crate) field: Option<u32>,
}

/// A forecast: its item, its slots, and where its values are held.
#[derive(Clone, Copy, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct ForecastSource<'db> {
    pub(crate) item: ItemSource<'db>,
    pub(crate) slots: SlotsId,
    /// Whose rows it is about; absent where it names no input.
    pub(crate) of: Option<(InputId, EntityId)>,
    /// How many fields of other forecasts lie before its own, behind the entity's.
    pub(crate) before: u32,
}

/// Why a definition is not looked into.
#[derive(Clone, Copy, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) enum Refusal {
    /// It reads itself, straight or through others.
    Itself,
    /// It reads a definition that reads another, and so on for too long.
    TooDeep,
}

/// Names and numbers; a number is the position in the list of its kind.
#[derive(Clone, Default, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct Names<'db> {
    pub(crate) entities: Vec<ItemSource<'db>>,
    pub(crate) enums: Vec<EnumSource<'db>>,
    pub(crate) inputs: Vec<ItemSource<'db>>,
    pub(crate) params: Vec<ItemSource<'db>>,
    pub(crate) resources: Vec<ItemSource<'db>>,
    /// Rows of slots, those of forecasts among them.
    pub(crate) slots: Vec<ItemSource<'db>>,
    pub(crate) forecasts: Vec<ForecastSource<'db>>,
    pub(crate) decisions: Vec<ItemSource<'db>>,
    pub(crate) lets: Vec<ItemSource<'db>>,
    pub(crate) patterns: Vec<ItemSource<'db>>,
    pub(crate) priorities: Vec<ItemSource<'db>>,
    pub(crate) fairness: Vec<ItemSource<'db>>,
    pub(crate) objective: Option<ItemSource<'db>>,
    pub(crate) scopes: FxHashMap<SourceFile, Scope>,
    /// Definitions that are not looked into.
    pub(crate) refused: FxHashMap<ItemSource<'db>, Refusal>,
    /// The entity of each input's rows.
    pub(crate) input_entities: Vec<Option<EntityId>>,
    /// The first input of each entity.
    pub(crate) entity_inputs: FxHashMap<EntityId, InputId>,
    /// The numbers of enums that are written in place, by the field of their entity.
    pub(super) inline_enums: FxHashMap<(ItemSource<'db>, u32), u32>,
}

impl<'db> Names<'db> {
    /// The number of an enum that is written in place in a field of an entity.
    pub(crate) fn inline_enum(&self, entity: ItemSource<'db>, field: u32) -> Option<EnumId> {
        self.inline_enums.get(&(entity, field)).copied().map(EnumId)
    }
}

/// The position in a list.
pub(crate) fn number_of<T: PartialEq>(list: &[T], wanted: &T) -> Option<u32> {
    list.iter().position(|it| it == wanted).map(|at| at as u32)
}

//! Forecasts: facts by row and slot that are read from a file of their own.

use apportion_diagnostic::Span;
use apportion_units::Unit;
use smol_str::SmolStr;

use super::{EntityId, Expr, Field, FieldId, InputId, SlotsId, Type};

/// What is expected of the rows of an input, slot by slot.
///
/// Its values are fields of the rows' entity, one for each quantile: maps by slot in which every slot has an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Its name, which the manifest gives a source.
    pub name: SmolStr,
    /// Whose rows it is about.
    pub input: InputId,
    /// The entity of these rows.
    pub entity: EntityId,
    /// Its slots.
    pub slots: SlotsId,
    /// What is forecast of a slot, the lowest quantile first; one without a name where the author names none.
    pub quantiles: Vec<Quantile>,
    /// The type of a value.
    pub ty: Type,
    /// Least value: amounts and counts are at least 0.
    pub least: Option<f64>,
    /// Whether only whole numbers are taken.
    pub whole: bool,
    /// The unit that the author declared.
    pub unit: Option<Unit>,
    /// What a slot without a value has.
    pub missing: Missing,
    /// The item.
    pub span: Span,
}

/// A quantile of a forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantile {
    /// `p95`; empty where the forecast is one number.
    pub name: SmolStr,
    /// The field of the entity that holds its values.
    pub field: FieldId,
}

/// What happens where a fact is missing, or too old.
#[derive(Clone, Debug, PartialEq)]
pub enum Missing {
    /// There is no plan.
    Deny,
    /// The row does not exist.
    Exclude,
    /// A value in its place: ground, reads no row.
    Assume(Expr),
    /// The last one before it, if it is no older than a ground duration that reads no row.
    Last(Expr),
}

impl Forecast {
    /// The fields that hold its values.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let slots = Box::new(Type::Slot(self.slots));
        self.quantiles.iter().map(move |quantile| Field {
            name: match quantile.name.as_str() {
                "" => self.name.clone(),
                name => format!("{}.{name}", self.name).into(),
            },
            ty: Type::Map(slots.clone(), Box::new(self.ty.clone())),
            optional: false,
            default: None,
            range: (self.least, None),
            whole: self.whole,
            unit: self.unit.clone(),
            span: self.span,
        })
    }
}

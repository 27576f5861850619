//! Forecasts.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, OnMissing, Range};
use smol_str::SmolStr;

use super::ItemIr;
use super::entities::least_of;
use crate::check::Checker;
use crate::index::ForecastSource;
use crate::policy::{EntityId, Expr, FieldId, Forecast, InputId, Missing, Quantile, Type};
use crate::types::Declared;

/// Columns of a forecast's file that are no quantiles.
pub(crate) const TIME: &str = "time";
pub(crate) const SLOT: &str = "slot";
/// The column of a forecast that is one number.
pub(crate) const VALUE: &str = "value";

impl<'db> Checker<'db> {
    pub(super) fn forecast_item(&mut self, it: &ast::Forecast, range: Range) -> ItemIr {
        let declared = self.declared_type(&it.ty, None);
        self.require_number(it, &declared);
        let missing = self.missing(it.on_missing.as_ref(), &declared);
        let quantiles = self.quantiles(&it.quantiles);
        let about = self.about(it);
        let (Some(over), Some(every)) = (&it.over, &it.every) else {
            let message = format!("`{}` does not say which slots it has", it.name.text);
            let text = "as `over 24 h every 1 h`";
            self.error("type-mismatch", message, it.name.range, text);
            return ItemIr::Nothing;
        };
        let name = format!("{}.slots", it.name.text).into();
        let slots = self.slots_of(name, (over, every), true, range);
        let Some((ForecastSource { slots: id, .. }, input, entity, first)) = about else {
            return ItemIr::Nothing;
        };
        let quantiles = quantiles.into_iter().zip(first.0..);
        let quantiles = quantiles.map(|(name, field)| Quantile { name, field: FieldId(field) });
        let forecast = Forecast {
            name: it.name.text.clone(),
            input,
            entity,
            slots: id,
            quantiles: quantiles.collect(),
            least: least_of(&declared),
            ty: declared.ty,
            whole: declared.whole,
            unit: declared.unit,
            missing,
            span: self.span(range),
        };
        ItemIr::Forecast(Box::new(forecast), slots)
    }

    fn require_number(&mut self, it: &ast::Forecast, declared: &Declared) {
        if !matches!(declared.ty, Type::Number(_) | Type::Unknown) {
            let message =
                format!("a forecast is of numbers, not of {}", self.type_name(&declared.ty));
            self.error("type-mismatch", message, it.ty.range, "as `ratio` or `cores`");
        } else if declared.optional {
            let text = "leave out `?`, and say `on missing …`";
            self.error("type-mismatch", "a forecast is never absent", it.ty.range, text);
        }
    }

    /// The rows of one input that a forecast is about, and the first field that holds its values.
    fn about(
        &mut self,
        it: &ast::Forecast,
    ) -> Option<(ForecastSource<'db>, InputId, EntityId, FieldId)> {
        let [index] = it.indices.as_slice() else {
            let message = format!("`{}` is not of the rows of one input", it.name.text);
            let text = "as `load[w in workloads]`";
            self.error("type-mismatch", message, it.name.range, text);
            return None;
        };
        if let Some(condition) = &index.condition {
            let text = "`on missing` says what becomes of those that have none";
            let message = "a forecast is of all rows of its input";
            self.error("type-mismatch", message, condition.range, text);
        }
        let source = *self.names.forecasts.iter().find(|it| it.item == self.item)?;
        let Some((input, entity)) = source.of else {
            let is_known = !self.lacks_names() && index.domain.kind != ast::ExprKind::Missing;
            if is_known {
                let message = format!("`{}` is not of the rows of one input", it.name.text);
                self.error("type-mismatch", message, index.domain.range, "this is no input");
            }
            return None;
        };
        Some((source, input, entity, self.first_field(&source)?))
    }

    /// The first of the fields that hold a forecast's values: behind the entity's own and those of other forecasts.
    pub(crate) fn first_field(&self, source: &ForecastSource<'db>) -> Option<FieldId> {
        let own = self.entity(source.of?.1)?.fields.len() as u32;
        Some(FieldId(own + source.before))
    }

    /// The names of the quantiles, ascending; of a forecast that names none, one without a name.
    fn quantiles(&mut self, names: &[ast::Name]) -> Vec<SmolStr> {
        self.distinct(names, "quantile");
        let mut highest = 0.0;
        for name in names.iter().filter(|name| !name.text.is_empty()) {
            match level(&name.text) {
                Some(level) if level < highest => {
                    let text = "one before it is higher";
                    let message = "quantiles are named from the lowest to the highest";
                    self.error("type-mismatch", message, name.range, text);
                }
                Some(level) => highest = level,
                None => {
                    let message = format!("`{}` is no quantile", name.text);
                    let text = "as `p50`, `p95`, `p99_9`";
                    self.error("type-mismatch", message, name.range, text);
                }
            }
        }
        if names.is_empty() {
            return vec![SmolStr::default()];
        }
        names.iter().map(|name| name.text.clone()).collect()
    }

    /// What a slot without a value has.
    fn missing(&mut self, missing: Option<&OnMissing>, declared: &Declared) -> Missing {
        match missing {
            None | Some(OnMissing::Deny(_)) => Missing::Deny,
            Some(OnMissing::Exclude(_)) => Missing::Exclude,
            Some(OnMissing::Assume(value)) => {
                let value = self.settled(value, declared, "what is assumed");
                self.not_below(&value, least_of(declared));
                Missing::Assume(value)
            }
            Some(OnMissing::Last(age)) => Missing::Last(self.duration(age, "the greatest age")),
        }
    }

    fn not_below(&mut self, value: &Expr, least: Option<f64>) {
        if self.fixed(value).zip(least).is_some_and(|(value, least)| value < least) {
            let message = "what is assumed is below 0, which no value of this forecast is";
            self.report(Diagnostic::error("out-of-range", message).at(value.span, ""));
        }
    }
}

/// The level of a quantile in percent: `p95`, `p99_9`.
fn level(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let is_number = digits.starts_with(|it: char| it.is_ascii_digit())
        && digits.ends_with(|it: char| it.is_ascii_digit())
        && digits.bytes().all(|it| it.is_ascii_digit() || it == b'_');
    let level: f64 = digits.replacen('_', ".", 1).parse().ok().filter(|_| is_number)?;
    (0.0 < level && level < 100.0).then_some(level)
}

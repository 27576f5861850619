//! Reads of forecasts: `load[w, t].p95`, and `load.slots` as what an index runs over.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, Name, Range};

use super::Checker;
use crate::index::Symbol;
use crate::policy::{Argument, Expr, ExprKind, FieldId, ForecastId, SlotsId, Type};
use crate::signature::Signature;

/// What the slots of a forecast are called.
const SLOTS: &str = "slots";

impl Checker<'_> {
    /// The forecast that an expression names.
    pub(super) fn forecast_named(&self, expr: &ast::Expr) -> Option<ForecastId> {
        let A::Name(name) = &expr.kind else { return None };
        match self.symbol(name).filter(|_| !self.is_own(name)) {
            Some(Symbol::Forecast(id)) => Some(id),
            _ => None,
        }
    }

    /// The forecast whose value an expression reads: `load[w, t]`.
    pub(super) fn forecast_read(&self, expr: &ast::Expr) -> Option<ForecastId> {
        match &expr.kind {
            A::Index(base, _) => self.forecast_named(base),
            _ => None,
        }
    }

    /// The slots of a forecast: `load.slots`.
    pub(super) fn slots_of_forecast(&self, expr: &ast::Expr) -> Option<SlotsId> {
        let A::Field(base, field) = &expr.kind else { return None };
        let id = self.forecast_named(base).filter(|_| field.text == SLOTS)?;
        self.names.forecasts.get(id.index()).map(|it| it.slots)
    }

    /// `load[w, t].p95`, or `load[w, t]` of a forecast that is one number.
    pub(super) fn forecast_at(
        &mut self,
        id: ForecastId,
        indices: &[Option<ast::Expr>],
        quantile: Option<&Name>,
        range: Range,
    ) -> Expr {
        let Some(source) = self.names.forecasts.get(id.index()) else { return self.unknown(range) };
        let Signature::Forecast(forecast) = self.signature(source.item) else {
            return self.unknown(range);
        };
        let slot = Type::Slot(source.slots);
        let types = [Type::Row(forecast.entity), slot.clone()];
        let arguments = self.arguments(&forecast.name, &types, indices, range);
        let known = &forecast.quantiles;
        let wanted = quantile.map_or("", |it| &it.text);
        let position = known.iter().position(|it| it == wanted);
        let first = self.first_field(source);
        let Some((position, first)) = position.zip(first) else {
            self.no_quantile(&forecast.name, known, quantile, range);
            return self.unknown(range);
        };
        let Some(arguments) = arguments else { return self.unknown(range) };
        let [Argument::At(row), Argument::At(at)] = arguments.as_slice() else {
            let message = format!("`*` does not sum `{}`", forecast.name);
            let text = "sum it over an index: `sum(t in …: …)`";
            self.error("type-mismatch", message, range, text);
            return self.unknown(range);
        };
        if self.refuses_defaults && forecast.assumes {
            let message =
                format!("a compliance rule cannot read `{}`, which is assumed", forecast.name);
            let text = "whoever has no forecast would be waved through";
            self.error("default-in-compliance", message, range, text);
        }
        let field = FieldId(first.0 + position as u32);
        let by_slot = Type::Map(Box::new(slot), Box::new(forecast.ty.clone()));
        let values = self.ground(ExprKind::Field(Box::new(row.clone()), field), by_slot, range);
        let read = ExprKind::Lookup(Box::new(values), Box::new(at.clone()));
        self.ground(read, forecast.ty.clone(), range)
    }

    fn no_quantile(
        &mut self,
        name: &str,
        known: &[smol_str::SmolStr],
        quantile: Option<&Name>,
        range: Range,
    ) {
        let is_number = known.iter().all(|it| it.is_empty());
        let known: Vec<&str> = known.iter().map(|it| it.as_str()).collect();
        match quantile {
            Some(it) if it.text.is_empty() => {}
            Some(it) if is_number => {
                let message = format!("`{name}` is one number and has no `{}`", it.text);
                let text = "it names no quantiles";
                self.error("unknown-field", message, it.range, text);
            }
            Some(it) => {
                let message = format!("`{name}` has no quantile `{}`", it.text);
                self.unknown_one(message, &it.text, it.range, ("quantiles", known));
            }
            None => {
                let message = format!("which quantile of `{name}` is meant is not said");
                let text = format!("as `{name}[…].{}`", known.last().copied().unwrap_or_default());
                let finding = Diagnostic::error("type-mismatch", message);
                let finding = finding.at(self.span(range), text);
                self.report(finding.note(format!("quantiles: {}", known.join(", "))));
            }
        }
    }
}

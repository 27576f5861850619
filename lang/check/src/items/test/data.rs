//! Rows written in a test, as data has them.

use apportion_diagnostic::{Diagnostic, nearest};
use apportion_syntax::ast::{self, ExprKind as A, UnaryOp};
use smol_str::SmolStr;

use crate::check::Checker;
use crate::items::{SLOT, TIME, VALUE};
use crate::policy::{ForecastId, InputId, Literal, LiteralKind};
use crate::signature::Signature;

impl Checker<'_> {
    /// A value of which nothing has to be worked out; anything else is reported.
    pub(super) fn literal(&mut self, value: &ast::Expr) -> Option<Literal> {
        let kind = match &value.kind {
            A::Text(text) => LiteralKind::Text(text.value.clone()),
            A::Name(word) => LiteralKind::Text(word.clone()),
            A::Date(date) => LiteralKind::Text(date.clone()),
            A::Bool(truth) => LiteralKind::Bool(*truth),
            A::Null => LiteralKind::Absent,
            A::Number(number, unit) => self.number_as_written("", number, unit.as_ref()),
            A::Unary(UnaryOp::Negate, inner) => match &inner.kind {
                A::Number(number, unit) => self.number_as_written("-", number, unit.as_ref()),
                _ => return self.no_data(value),
            },
            // `Market.spot` is the word that data has.
            A::Field(owner, word) if matches!(owner.kind, A::Name(_)) => {
                LiteralKind::Text(word.text.clone())
            }
            A::List(parts) | A::Set(parts) => {
                let parts: Vec<Option<Literal>> =
                    parts.iter().map(|part| self.literal(part)).collect();
                LiteralKind::List(parts.into_iter().collect::<Option<_>>()?)
            }
            A::Record(fields) => {
                let fields: Vec<_> = fields.iter().map(|field| self.entry(field)).collect();
                LiteralKind::Record(fields.into_iter().collect::<Option<_>>()?)
            }
            A::Missing => return None,
            _ => return self.no_data(value),
        };
        Some(Literal { kind, span: self.span(value.range) })
    }

    /// Reports what is no list of rows, and fields that the rows do not have. Values are judged when they are read.
    pub(super) fn check_rows(&mut self, input: InputId, value: &ast::Expr) {
        let entity = self.names.input_entities.get(input.index()).copied().flatten();
        let entity = entity.and_then(|entity| self.entity(entity));
        let fields = entity.map(|entity| {
            (entity.name.as_str(), entity.fields.iter().map(|it| it.name.as_str()).collect())
        });
        self.check_list(fields, value);
    }

    /// The same of the rows that a forecast is given: those of its input by key, slots, and the quantiles.
    pub(super) fn check_forecast(&mut self, forecast: ForecastId, value: &ast::Expr) {
        let source = self.names.forecasts.get(forecast.index());
        let forecast = match source.map(|it| self.signature(it.item)) {
            Some(Signature::Forecast(forecast)) => Some(forecast),
            _ => None,
        };
        let fields = forecast.and_then(|forecast| {
            let entity = self.entity(forecast.entity)?;
            let mut fields = vec![entity.fields.get(entity.key.index())?.name.as_str(), TIME, SLOT];
            let quantiles = forecast.quantiles.iter().map(SmolStr::as_str);
            fields.extend(quantiles.map(|name| if name.is_empty() { VALUE } else { name }));
            Some((forecast.name.as_str(), fields))
        });
        self.check_list(fields, value);
    }

    /// Rows with the name of what has them, and with the names of their fields.
    fn check_list(&mut self, fields: Option<(&str, Vec<&str>)>, value: &ast::Expr) {
        let A::List(rows) = &value.kind else {
            if !matches!(value.kind, A::Missing) {
                let text = "as `[{ id: \"a\" }]`, or `from \"FILE\"`";
                self.error("type-mismatch", "rows are given as a list", value.range, text);
            }
            return;
        };
        let Some((owner, known)) = fields else { return };
        for row in rows {
            match &row.kind {
                A::Record(fields) => {
                    fields.iter().for_each(|(name, _)| self.check_field(owner, &known, name));
                }
                A::Missing => {}
                _ => {
                    let text = "as `{ id: \"a\" }`";
                    self.error("type-mismatch", "a row is written in braces", row.range, text);
                }
            }
        }
    }

    fn check_field(&mut self, owner: &str, known: &[&str], name: &ast::Expr) {
        // What is in quotes may be a column's name with a unit or a key: `memory[GiB]`.
        let A::Name(word) = &name.kind else { return };
        if known.contains(&word.as_str()) {
            return;
        }
        let near = nearest(word, known.iter().copied()).map(str::to_owned);
        let message = format!("`{owner}` has no field `{word}`");
        let finding = Diagnostic::error("unknown-field", message);
        let finding = self.suggest(finding, word, name.range, near);
        self.report(finding.note(format!("fields: {}", known.join(", "))));
    }

    fn entry(&mut self, (name, value): &(ast::Expr, ast::Expr)) -> Option<(SmolStr, Literal)> {
        let word = match &name.kind {
            A::Name(word) => word.clone(),
            A::Text(text) => text.value.clone(),
            A::Missing => return None,
            _ => return self.no_data(name),
        };
        Some((word, self.literal(value)?))
    }

    /// A number with its unit's own words, as a cell of a file has them.
    fn number_as_written(
        &self,
        sign: &str,
        number: &ast::Number,
        unit: Option<&ast::UnitExpr>,
    ) -> LiteralKind {
        match unit {
            None => LiteralKind::Number(format!("{sign}{}", number.text).into()),
            Some(unit) => {
                let words =
                    &self.item.text(self.db)[unit.range.start as usize..unit.range.end as usize];
                LiteralKind::Text(format!("{sign}{} {words}", number.text).into())
            }
        }
    }

    fn no_data<T>(&mut self, value: &ast::Expr) -> Option<T> {
        let text = "write the value itself, as a file of data has it";
        self.error("type-mismatch", "a row of a test holds values only", value.range, text);
        None
    }
}

//! Entities and their fields.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, Range};

use super::ItemIr;
use crate::check::Checker;
use crate::index::number_of;
use crate::policy::{Entity, EntityId, Enum, Expr, ExprKind, Field, FieldId, InputId, Type};
use crate::types::{Declared, inline_enum};

impl Checker<'_> {
    pub(super) fn entity_item(&mut self, it: &ast::Entity, range: Range) -> ItemIr {
        let names: Vec<ast::Name> = it.fields.iter().map(|field| field.name.clone()).collect();
        self.distinct(&names, "field");
        let mut enums = Vec::new();
        let mut fields = Vec::new();
        for (field, number) in it.fields.iter().zip(0..) {
            if let Some(values) = inline_enum(&field.ty) {
                self.distinct(values, "value");
                enums.push(Enum {
                    name: format!("{}.{}", it.name.text, field.name.text).into(),
                    values: values.iter().map(|value| value.text.clone()).collect(),
                    span: self.span(field.ty.range),
                });
            }
            fields.push(self.entity_field(field, number));
        }
        let keys: Vec<usize> =
            it.fields.iter().enumerate().filter(|(_, it)| it.key).map(|(at, _)| at).collect();
        let key = match keys.as_slice() {
            [key] => {
                let field = &it.fields[*key];
                if !matches!(fields[*key].ty, Type::Text | Type::Unknown) || field.ty.optional {
                    let text = "a `string` that every row has";
                    self.error("type-mismatch", "a key is a text", field.ty.range, text);
                }
                *key
            }
            [] => {
                let message = format!("`{}` has no key", it.name.text);
                let text = "rows are told apart by one field: `key id: string`";
                self.error("type-mismatch", message, it.name.range, text);
                0
            }
            [_, second, ..] => {
                let text = "rows are told apart by one field";
                self.error("duplicate-name", "a second key", it.fields[*second].name.range, text);
                *second
            }
        };
        ItemIr::Entity(
            Entity {
                name: it.name.text.clone(),
                fields,
                key: FieldId(key as u32),
                input: self.own_input(),
                span: self.span(range),
            },
            enums,
        )
    }

    fn own_input(&self) -> Option<InputId> {
        let own = number_of(&self.names.entities, &self.item)?;
        self.names.entity_inputs.get(&EntityId(own)).copied()
    }

    fn entity_field(&mut self, field: &ast::Field, number: u32) -> Field {
        self.on_missing(field.on_missing.as_ref(), field.name.range);
        let inline = self.names.inline_enum(self.item, number);
        let declared = self.declared_type(&field.ty, inline);
        if declared.optional && field.default.is_some() {
            let text = "leave out `?`, or the default";
            self.error(
                "type-mismatch",
                "a field with a default is never absent",
                field.ty.range,
                text,
            );
        }
        let default =
            field.default.as_ref().map(|default| self.settled(default, &declared, "the default"));
        let (least, most) = self.range(field.range.as_ref(), &declared);
        for bound in [&least, &most].into_iter().flatten() {
            if written(bound).is_none() && bound.kind != ExprKind::Unknown {
                let message = "a field's range is written in numbers";
                self.report(Diagnostic::error("type-mismatch", message).at(bound.span, ""));
            }
        }
        let least = least.as_ref().and_then(written).or(least_of(&declared));
        let range = (least, most.as_ref().and_then(written));
        Field {
            name: field.name.text.clone(),
            ty: declared.ty,
            optional: declared.optional,
            default,
            range,
            whole: declared.whole,
            unit: declared.unit,
            span: self.span(field.name.range),
        }
    }
}

/// A number as it is written, with its sign.
fn written(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(value) | ExprKind::Time(value) => Some(*value),
        ExprKind::Negate(inner) => written(inner).map(|value| -value),
        _ => None,
    }
}

/// Amounts and counts are not below 0 unless a range says so; a plain number may be.
pub(super) fn least_of(declared: &Declared) -> Option<f64> {
    let counted = declared.whole || declared.unit.is_some();
    counted.then_some(0.0)
}

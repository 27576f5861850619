//! Texts where a value of an enum or a row is meant.

use apportion_diagnostic::{Applicability, Diagnostic, Edit, Span};
use apportion_syntax::ast::ItemKind;
use smol_str::SmolStr;

use super::Checker;
use crate::db::parsed;
use crate::policy::{EntityId, Expr, ExprKind, Type};

impl Checker<'_> {
    /// Says what stands in the place of a text where a value of an enum or a row is compared with one.
    pub(super) fn text_for_a_word(
        &self,
        finding: Diagnostic,
        value: &Expr,
        text: &Expr,
    ) -> Diagnostic {
        let ExprKind::Text(word) = &text.kind else { return finding };
        match &value.ty {
            Type::Enum(id) if self.enum_values(*id).contains(word) => finding.fix(
                Applicability::Safe,
                format!("`\"{word}\"` -> `{word}`"),
                vec![Edit { span: text.span, text: word.to_string() }],
            ),
            Type::Enum(id) => {
                let values = self.enum_values(*id).iter().take(8);
                let list: Vec<String> = values.map(|value| format!("`{value}`")).collect();
                finding.help(format!("its values are words without quotes: {}", list.join(", ")))
            }
            Type::Row(id) => match self.key_of(*id) {
                Some(key) => {
                    let end = Span::new(value.span.source, value.span.end, value.span.end);
                    finding.note(format!("a row is no text; its key `{key}` is one")).fix(
                        Applicability::Safe,
                        format!("add `.{key}`"),
                        vec![Edit { span: end, text: format!(".{key}") }],
                    )
                }
                None => finding,
            },
            _ => finding,
        }
    }

    /// The name of an entity's key.
    fn key_of(&self, id: EntityId) -> Option<SmolStr> {
        let item = self.names.entities.get(id.index())?;
        let ItemKind::Entity(it) = &parsed(self.db, *item).item.kind else { return None };
        it.fields.iter().find(|field| field.key).map(|field| field.name.text.clone())
    }
}

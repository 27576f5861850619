//! Rows that a test names by their keys: `x["pay", "eu-1", *]`, `pools["eu-1"].capacity[cpu]`.
//!
//! Such a row is an index over its input that takes the row of that key alone, so that no later stage has to know of
//! names.

use apportion_syntax::ast::{self, ExprKind as A, Range};
use smol_str::SmolStr;

use super::Checker;
use crate::policy::{
    Binder, Comparison, Domain, EntityId, Expr, ExprKind, FieldId, InputId, Type, VarId,
};

impl Checker<'_> {
    /// The row of an entity that a text names.
    pub(super) fn named_row(&mut self, entity: EntityId, key: &SmolStr, range: Range) -> Expr {
        let input = self.names.entity_inputs.get(&entity).copied();
        let field = self.entity(entity).map(|entity| entity.key);
        let (Some(input), Some(field)) = (input, field) else {
            let message = format!("{} has no input", self.type_name(&Type::Row(entity)));
            self.error("type-mismatch", message, range, "so no row has this key");
            return self.unknown(range);
        };
        let known = self.named_rows.iter().flatten().find(|row| {
            row.name == *key && matches!(row.domain, Domain::Input(known) if known == input)
        });
        let var = match known.map(|row| row.var) {
            Some(var) => var,
            None => self.new_named_row((entity, field), input, key, range),
        };
        self.ground(ExprKind::Var(var), Type::Row(entity), range)
    }

    fn new_named_row(
        &mut self,
        (entity, field): (EntityId, FieldId),
        input: InputId,
        key: &SmolStr,
        range: Range,
    ) -> VarId {
        let var = VarId(self.frame as u32);
        self.frame += 1;
        let row = self.ground(ExprKind::Var(var), Type::Row(entity), range);
        let own = self.ground(ExprKind::Field(Box::new(row), field), Type::Text, range);
        let named = self.ground(ExprKind::Text(key.clone()), Type::Text, range);
        let is_it = ExprKind::Compare(Comparison::Equal, Box::new(own), Box::new(named));
        let binder = Binder {
            var,
            name: key.clone(),
            domain: Domain::Input(input),
            condition: Some(self.ground(is_it, Type::Bool, range)),
            span: self.span(range),
        };
        self.named_rows.iter_mut().for_each(|rows| rows.push(binder.clone()));
        var
    }

    /// `pools["eu-1"]`
    pub(super) fn row_of_input(
        &mut self,
        input: InputId,
        indices: &[Option<ast::Expr>],
        range: Range,
    ) -> Expr {
        let entity = self.names.input_entities.get(input.index()).copied().flatten();
        let [Some(ast::Expr { kind: A::Text(key), .. })] = indices else {
            self.error("type-mismatch", "a row is named by its key, a text", range, "");
            return self.unknown(range);
        };
        match entity {
            Some(entity) => self.named_row(entity, &key.value, range),
            None => self.unknown(range),
        }
    }
}

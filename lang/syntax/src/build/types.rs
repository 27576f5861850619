//! Types and units.

use super::{Builder, Node, Parts};
use crate::ast::{Name, TypeExpr, TypeExprKind, UnitExpr};
use crate::grammar::Rule;
use crate::kind::Kind;

impl Builder<'_> {
    /// The next part as a type; where there is none, a missing one.
    pub(super) fn type_expression(&self, parts: &mut Parts) -> TypeExpr {
        let expected = parts.at;
        self.maybe_type(parts).unwrap_or_else(|| TypeExpr {
            kind: TypeExprKind::Missing,
            optional: false,
            range: self.gap(expected),
        })
    }

    pub(super) fn maybe_type(&self, parts: &mut Parts) -> Option<TypeExpr> {
        let node = self.take(parts, Rule::type_expr)?;
        let range = self.range(&node);
        let parts = &mut Parts::of(node);
        let kind = self.type_kind(parts);
        let optional = self.take(parts, Rule::optional).is_some();
        Some(TypeExpr { kind, optional, range })
    }

    fn type_kind(&self, parts: &mut Parts) -> TypeExprKind {
        let Some(node) = parts.advance() else { return TypeExprKind::Missing };
        let rule = node.as_rule();
        if rule == Rule::unit_type {
            return TypeExprKind::Unit(self.unit(node));
        }
        let parts = &mut Parts::of(node);
        let kind = match rule {
            Rule::set_type => TypeExprKind::Set(Box::new(self.type_expression(parts))),
            Rule::map_type => {
                let key = Box::new(self.type_expression(parts));
                TypeExprKind::Map(key, Box::new(self.type_expression(parts)))
            }
            _ => TypeExprKind::Enum(self.name_list(parts)),
        };
        self.report_rest(parts);
        kind
    }

    /// The names in the next list in braces.
    pub(super) fn name_list(&self, parts: &mut Parts) -> Vec<Name> {
        let Some(node) = self.take(parts, Rule::names) else { return Vec::new() };
        let parts = &mut Parts::of(node);
        let names = self.names(parts);
        self.report_rest(parts);
        names
    }

    /// The unit that a node's tokens spell.
    pub(super) fn unit(&self, node: Node) -> UnitExpr {
        let range = self.range(&node);
        let span = node.as_span();
        let mut unit = UnitExpr { factors: Vec::new(), per: Vec::new(), range };
        for token in span.start()..span.end() {
            let before = if token > span.start() { self.layout.kind(token - 1) } else { 0 };
            if [Kind::SlashTight, Kind::Per, Kind::Number].iter().any(|kind| self.is(token, *kind))
            {
                continue;
            }
            let name = self.name_at(token);
            match before {
                before if before == Kind::Per as u8 => unit.per.push(name),
                before if before == Kind::SlashTight as u8 => unit.factors.push((name, -1)),
                _ => unit.factors.push((name, 1)),
            }
        }
        self.report_rest(&mut Parts::of(node));
        unit
    }
}

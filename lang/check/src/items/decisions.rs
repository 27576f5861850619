//! `place`, `decide` and `let`.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, Range};

use super::ItemIr;
use crate::check::{Checker, fits, is_bare, is_zero, unit_missing};
use crate::policy::{Binder, Decision, Domain, Expr, ExprKind, Let, Stage, Type};
use crate::types::Declared;

impl Checker<'_> {
    pub(super) fn place_item(&mut self, it: &ast::Place, range: Range) -> ItemIr {
        let dimensions = [&it.subject, &it.target].into_iter().chain(&it.via);
        let indices: Vec<ast::Binder> = dimensions
            .map(|dimension| ast::Binder {
                name: dimension.name.clone(),
                domain: dimension.domain.clone(),
                condition: None,
            })
            .collect();
        let parts = Parts { name: &it.name, indices: &indices, ty: &it.ty, bounds: &it.bounds };
        self.decision(&parts, it.condition.as_ref(), true, range)
    }

    pub(super) fn decide_item(&mut self, it: &ast::Decide, range: Range) -> ItemIr {
        let parts = Parts { name: &it.name, indices: &it.indices, ty: &it.ty, bounds: &it.bounds };
        self.decision(&parts, it.condition.as_ref(), false, range)
    }

    fn decision(
        &mut self,
        parts: &Parts<'_>,
        condition: Option<&ast::Expr>,
        is_place: bool,
        range: Range,
    ) -> ItemIr {
        let names: Vec<ast::Name> = parts.indices.iter().map(|index| index.name.clone()).collect();
        self.distinct(&names, "index");
        let declared = self.declared_type(parts.ty, None);
        let dimension = match declared.ty {
            Type::Number(dimension) => dimension,
            Type::Unknown => return ItemIr::Nothing,
            ref other => {
                let message = format!("{} cannot be decided", self.type_name(other));
                let text = "`count`, `flag`, `ratio` or a unit is expected";
                self.error("type-mismatch", message, parts.ty.range, text);
                return ItemIr::Nothing;
            }
        };
        let indices = self.enter(parts.indices);
        for (index, written) in indices.iter().zip(parts.indices) {
            self.countable(index, written);
        }
        let types: Vec<Type> = self.locals.iter().map(|local| local.ty.clone()).collect();
        let condition = condition.map(|condition| {
            let checked = self.ground_condition(condition);
            self.known.learn(&checked, true);
            checked
        });
        let lower = parts.bounds.lower.as_ref().map(|it| self.bound(it, &declared));
        let upper = parts.bounds.upper.as_ref().map(|it| self.bound(it, &declared));
        let upper = match upper {
            None if declared.flag => {
                Some(self.ground(ExprKind::Number(1.0), declared.ty.clone(), parts.ty.range))
            }
            upper => upper,
        };
        let unit = self.display_unit(declared.unit.as_ref(), &declared.ty);
        ItemIr::Decision(
            Decision {
                name: parts.name.text.clone(),
                is_place,
                indices,
                dimension,
                whole: declared.whole,
                lower,
                upper,
                condition,
                frame: self.frame,
                unit,
                span: self.span(range),
            },
            types,
        )
    }

    fn bound(&mut self, expr: &ast::Expr, declared: &Declared) -> Expr {
        self.constant(expr, declared, "a bound")
    }

    /// A decision has a place for each value of its indices, so that these must be known and countable.
    fn countable(&mut self, index: &Binder, written: &ast::Binder) {
        if let Domain::Set(set) = &index.domain
            && !matches!(set.kind, ExprKind::Unknown)
        {
            self.not_implemented(
                "a decision over a set that depends on data",
                written.domain.range,
            );
        }
        if let Domain::Values(values) = &index.domain
            && !values
                .iter()
                .all(|value| matches!(value.kind, ExprKind::EnumValue(..) | ExprKind::Resource(_)))
        {
            self.not_implemented("a decision over texts or numbers", written.domain.range);
        }
    }

    pub(super) fn let_item(&mut self, it: &ast::Let, range: Range) -> ItemIr {
        let indices = self.enter(&it.indices);
        let types: Vec<Type> = self.locals.iter().map(|local| local.ty.clone()).collect();
        let declared = it.ty.as_ref().map(|ty| self.declared_type(ty, None));
        let wanted = declared.as_ref().map(|declared| declared.ty.clone());
        let mut value = self.expr(&it.value, wanted.as_ref());
        self.refuse_bins(&value, "a `let`");
        if let Some(declared) = &declared {
            if is_zero(&value) && matches!(declared.ty, Type::Number(_)) {
                value.ty = declared.ty.clone();
            } else if let (true, Type::Number(dimension)) = (is_bare(&value), &declared.ty)
                && !dimension.is_plain()
            {
                let declared = dimension.display();
                let message =
                    format!("`{}` is declared as {declared} and has no unit", it.name.text);
                self.report(unit_missing(&value, *dimension, message));
            } else if !fits(&value.ty, &declared.ty) {
                let message = format!(
                    "`{}` is declared as {} and is {}",
                    it.name.text,
                    self.type_name(&declared.ty),
                    self.type_name(&value.ty)
                );
                let code = match (&value.ty, &declared.ty) {
                    (Type::Number(_), Type::Number(_)) => "unit-mismatch",
                    _ => "type-mismatch",
                };
                self.report(Diagnostic::error(code, message).at(value.span, ""));
            }
        }
        if value.stage != Stage::Ground
            && indices.iter().any(|index| matches!(index.domain, Domain::Set(_)))
        {
            self.not_implemented("a `let` over decisions and data-dependent sets", it.name.range);
        }
        let unit = self.display_unit(declared.and_then(|it| it.unit).as_ref(), &value.ty);
        ItemIr::Let(
            Let {
                name: it.name.text.clone(),
                indices,
                value,
                frame: self.frame,
                unit,
                span: self.span(range),
            },
            types,
        )
    }
}

/// What `place` and `decide` have in common.
struct Parts<'a> {
    name: &'a ast::Name,
    indices: &'a [ast::Binder],
    ty: &'a ast::TypeExpr,
    bounds: &'a ast::Bounds,
}

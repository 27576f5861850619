//! The ranges of a pattern's parameters.
//!
//! What an argument can be worth is known when all items are, as it follows from the ranges of the fields and parameters that
//! it reads. So a call leaves a [`Demand`], which is judged when the policy has been put together.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast;

use super::types::Taken;
use crate::check::{Bound, Checker};
use crate::db::ItemSource;
use crate::policy::{Expr, Type};

/// A value that has to lie in a range, whatever the facts are.
#[derive(Clone, PartialEq, salsa::SalsaValue)]
pub(crate) struct Demand<'db> {
    /// What takes it: `share` of `capped`.
    pub(crate) what: String,
    /// What is given.
    pub(crate) value: Expr,
    pub(crate) least: Expr,
    pub(crate) most: Expr,
    /// The range as it is written.
    pub(crate) range: String,
    /// Where it is written.
    pub(crate) pattern: ItemSource<'db>,
}

impl<'db> Checker<'db> {
    /// Refuses a range that nothing could be compared with, and asks for the default to lie in it.
    pub(super) fn range_of_parameter(
        &mut self,
        pattern: &ast::Pattern,
        param: &ast::PatternParam,
        taken: &Taken,
        default: Option<&Bound>,
    ) {
        let Some(range) = &param.range else { return };
        let is_tuple = param.indices.iter().any(|index| index.domain.is_some());
        if is_tuple || !matches!(taken, Taken::Of(Type::Number(_) | Type::Unknown)) {
            let message = format!("`{}` has no range", param.name.text);
            let finding = Diagnostic::error("type-mismatch", message)
                .at(self.span(range.range), "a range is of one fact in a unit of its own")
                .help("say the unit, as `share: ratio in 0 % .. 100 %`; a rule in the body limits the rest");
            self.report(finding);
            return;
        }
        let limits = self.limits_of(param);
        if let (Some(default), true) = (default, param.indices.is_empty()) {
            self.demand(self.item, pattern, param, default, limits);
        }
    }

    /// The least and the greatest value of a parameter, read in the pattern's own scene.
    pub(super) fn limits_of(&mut self, param: &ast::PatternParam) -> (Option<Expr>, Option<Expr>) {
        let declared = self.declared_type(&param.ty, None);
        self.range(param.range.as_ref(), &declared)
    }

    /// Asks for what a parameter is given to lie between its limits.
    pub(super) fn demand(
        &mut self,
        item: ItemSource<'db>,
        pattern: &ast::Pattern,
        param: &ast::PatternParam,
        given: &Bound,
        limits: (Option<Expr>, Option<Expr>),
    ) {
        let (Bound::Value(value) | Bound::Template(value, _)) = given else { return };
        let (Some(range), (Some(least), Some(most))) = (&param.range, limits) else { return };
        if matches!(value.ty, Type::Number(_)) {
            let text = item.text(self.db).get(range.range.start as usize..range.range.end as usize);
            self.demands.push(Demand {
                what: format!("`{}` of `{}`", param.name.text, pattern.name.text),
                value: value.clone(),
                least,
                most,
                range: text.unwrap_or_default().to_owned(),
                pattern: item,
            });
        }
    }
}

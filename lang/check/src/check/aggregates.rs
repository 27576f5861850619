//! `sum`, `count`, `min`, `max`, `any`, `all`, `distinct`, `bins` over indices.

use apportion_diagnostic::{Diagnostic, Span, nearest};
use apportion_syntax::ast::{self, Name, Range};
use apportion_units::{Base, Dimension};

use super::Checker;
use super::expressions::condition_stage;
use crate::index::Symbol;
use crate::policy::{Aggregate, Binder, Expr, ExprKind, Stage, Type};

impl Checker<'_> {
    pub(super) fn aggregate(
        &mut self,
        name: &Name,
        binders: &[ast::Binder],
        body: Option<&ast::Expr>,
        range: Range,
    ) -> Expr {
        let Some(aggregate) = kind_of(&name.text) else {
            let near = nearest(&name.text, AGGREGATIONS).map(str::to_owned);
            let message = format!("`{}` is no aggregation", name.text);
            let finding = Diagnostic::error("unknown-name", message);
            let finding = self.suggest(finding, &name.text, name.range, near);
            self.report(finding.note(format!("aggregations: {}", AGGREGATIONS.join(", "))));
            return self.unknown(range);
        };
        if aggregate == Aggregate::Bins {
            return self.bins(binders, body, range);
        }
        let mark = self.known.mark();
        let entered = self.enter_own(binders);
        let checked = match (aggregate, body) {
            (Aggregate::Count | Aggregate::Any, None) => {
                Some(self.ground(ExprKind::Bool(true), Type::Bool, range))
            }
            (_, None) => {
                let message = format!("`{}` needs to know of what", name.text);
                let text = "add `: …` after the indices";
                self.error("type-mismatch", message, range, text);
                None
            }
            (Aggregate::Count | Aggregate::Any | Aggregate::All, Some(body)) => {
                Some(self.condition(body))
            }
            (_, Some(body)) => Some(self.expr(body, None)),
        };
        self.leave(binders.len(), mark);
        let Some(body) = checked else { return self.unknown(range) };
        self.aggregated(aggregate, entered, body, range)
    }

    /// Says that an aggregation does not say what it runs over.
    pub(super) fn without_indices(&mut self, word: &str, range: Range) {
        let inputs = self.symbols().filter(|(_, symbol)| matches!(symbol, Symbol::Input(_)));
        let input = inputs.map(|(name, _)| name.as_str()).min().unwrap_or("rows");
        let index = input.chars().next().unwrap_or('r');
        let message = format!("`{word}` runs over indices, and none is named");
        let finding = Diagnostic::error("expected-index", message)
            .at(self.span(range), "of which rows?")
            .help(format!("name them first: `{word}({index} in {input}: …)`"));
        self.report(finding);
    }

    pub(super) fn aggregated(
        &mut self,
        aggregate: Aggregate,
        binders: Vec<Binder>,
        body: Expr,
        range: Range,
    ) -> Expr {
        let (ty, stage) = match aggregate {
            Aggregate::Count => (Type::Number(Dimension::PLAIN), condition_stage(&[&body])),
            Aggregate::Any | Aggregate::All => (Type::Bool, condition_stage(&[&body])),
            Aggregate::Sum | Aggregate::Min | Aggregate::Max => {
                let orderable = aggregate != Aggregate::Sum && body.ty == Type::Time;
                if !orderable && !matches!(body.ty, Type::Number(_) | Type::Unknown) {
                    let message = format!(
                        "numbers are expected here, and this is {}",
                        self.type_name(&body.ty)
                    );
                    self.report(Diagnostic::error("type-mismatch", message).at(body.span, ""));
                }
                self.mixed_resources(&body, &binders);
                let stage = match (aggregate, body.stage) {
                    (_, Stage::Ground) => Stage::Ground,
                    (Aggregate::Max, Stage::Affine | Stage::Convex) => Stage::Convex,
                    (Aggregate::Min, Stage::Affine | Stage::Concave) => Stage::Concave,
                    (Aggregate::Sum, stage) => stage,
                    _ => Stage::Neither,
                };
                (body.ty.clone(), stage)
            }
            Aggregate::Distinct => {
                self.require_ground(&body, "what is listed");
                (Type::Set(Box::new(body.ty.clone())), Stage::Ground)
            }
            Aggregate::Bins => (body.ty.clone(), Stage::Convex),
        };
        let kind = ExprKind::Aggregate(aggregate, binders, Box::new(body));
        self.make(kind, ty, stage, range)
    }

    /// Amounts of different resources have different units, so they cannot be put together.
    fn mixed_resources(&mut self, body: &Expr, binders: &[Binder]) {
        let Type::Number(dimension) = body.ty else { return };
        for binder in binders {
            if dimension.power_of(Base::Resource(binder.var.0)) != 0 {
                let text = format!("its unit depends on `{}`", binder.name);
                self.mixture(body.span, text);
            }
        }
    }

    /// Refuses to put together amounts of different resources.
    pub(super) fn mixture(&mut self, span: Span, text: impl Into<String>) {
        let message = "amounts of different resources cannot be put together";
        let finding = Diagnostic::error("unit-mismatch", message)
            .at(span, text)
            .help("divide each by an amount of the same resource first, as by `p.capacity[r]`");
        self.report(finding);
    }

    /// Requires numbers of one unit, as `min(a, b)` does.
    pub(super) fn same_numbers(&mut self, parts: &mut [Expr]) -> Type {
        let Some((first, rest)) = parts.split_first_mut() else { return Type::Unknown };
        let mut agreed = true;
        for part in rest {
            agreed &= self.agree(first, part, "cannot compare", "with");
        }
        if !agreed {
            return Type::Unknown;
        }
        if !matches!(first.ty, Type::Number(_) | Type::Time | Type::Unknown) {
            let ty = first.ty.clone();
            let message = format!("numbers are expected here, and this is {}", self.type_name(&ty));
            self.report(Diagnostic::error("type-mismatch", message).at(first.span, ""));
        }
        first.ty.clone()
    }
}

/// The words of the aggregations.
pub(super) const AGGREGATIONS: [&str; 8] =
    ["sum", "count", "min", "max", "any", "all", "distinct", "bins"];

fn kind_of(word: &str) -> Option<Aggregate> {
    Some(match word {
        "sum" => Aggregate::Sum,
        "count" => Aggregate::Count,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        "any" => Aggregate::Any,
        "all" => Aggregate::All,
        "distinct" => Aggregate::Distinct,
        "bins" => Aggregate::Bins,
        _ => return None,
    })
}

//! Dominant shares: of each row, the greatest share of any resource that one unit of its decision takes.
//!
//! Source: Ghodsi, Zaharia, Hindman, Konwinski, Shenker and Stoica, "Dominant Resource Fairness: Fair Allocation of
//! Multiple Resource Types" (NSDI 2011). A user there has one demand vector; the rows of a group here may have
//! several, and what each takes of its own dominant resource is added up, so that shares stay sums of decisions. A
//! group whose rows want different resources has at least as great a share by this sum as by the greatest of its
//! totals.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, Range};
use apportion_units::Dimension;
use smol_str::{SmolStr, format_smolstr};

use crate::check::Checker;
use crate::index::Symbol;
use crate::policy::{
    Aggregate, Argument, Arithmetic, Binder, Comparison, DecisionId, Domain, EntityId, Expr,
    ExprKind, FieldId, Function, ResourceId, Stage, Type, VarId,
};
use crate::signature::{DecisionSignature, Signature};

/// What dominant shares are made of.
struct Parts<'s> {
    id: DecisionId,
    decision: &'s DecisionSignature,
    /// What one unit takes, of the rows that are placed.
    request: FieldId,
    /// What there is of it, of the rows that they are placed onto.
    capacity: (EntityId, FieldId),
}

impl<'db> Checker<'db> {
    /// The indices and the amount of `drf`: one index for the total of each resource, then the rows.
    pub(super) fn dominant(
        &mut self,
        it: &ast::Fairness,
        index: &SmolStr,
        arguments: &[ast::Argument],
    ) -> Option<(Vec<Binder>, Expr)> {
        let range = it.measure.range;
        let id = self.placed(index, arguments, range)?;
        let parts = self.parts(id, range)?;
        let resources = self.resources(&it.over);
        if resources.is_empty() {
            let message = "a dominant share is of resources, and there are none";
            self.error("type-mismatch", message, range, "");
            return None;
        }
        let mut indices = Vec::with_capacity(resources.len() + 1);
        for resource in &resources {
            indices.push(self.total(&parts, *resource, range));
        }
        let ty = parts.decision.indices[0].clone();
        let among = it.among.first()?.range;
        let row = self.bring_index(index, parts.decision.domains[0].clone(), ty.clone(), among);
        let row_value = self.ground(ExprKind::Var(row.var), ty, range);
        let takes = resources.iter().zip(&indices).map(|(resource, total)| {
            let field = ExprKind::Field(Box::new(row_value.clone()), parts.request);
            let request =
                self.amount_of(self.ground(field, Type::Amounts, range), *resource, range);
            self.part_of_total(request, total.var, range)
        });
        let takes: Vec<Expr> = takes.collect();
        let plain = Type::Number(Dimension::PLAIN);
        let greatest = match <[Expr; 1]>::try_from(takes) {
            Ok([one]) => one,
            Err(several) => self.ground(ExprKind::Call(Function::Max, several), plain, range),
        };
        let others = parts.decision.indices.len() - 1;
        let mut at = vec![Argument::At(row_value)];
        at.extend(std::iter::repeat_n(Argument::All, others));
        let units = Expr {
            kind: ExprKind::Decision(parts.id, at),
            ty: Type::Number(parts.decision.dimension),
            stage: Stage::Affine,
            span: self.span(range),
        };
        let ty = units.ty.clone();
        let product =
            ExprKind::Arithmetic(Arithmetic::Multiply, Box::new(units), Box::new(greatest));
        indices.push(row);
        let amount = Expr { kind: product, ty, stage: Stage::Affine, span: self.span(range) };
        Some((indices, amount))
    }

    /// The decision that places the rows of the index: the one that is named, or the only one.
    fn placed(
        &mut self,
        index: &SmolStr,
        arguments: &[ast::Argument],
        range: Range,
    ) -> Option<DecisionId> {
        let places = |it: &DecisionSignature| it.words.len() > 1 && it.words[0] == *index;
        match arguments {
            [] => {}
            [ast::Argument { value: Some(value), label: None, .. }] => {
                if let A::Name(name) = &value.kind
                    && let Some(Symbol::Decision(id)) = self.symbol(name)
                    && let Signature::Decision(it) =
                        self.signature(self.names.decisions[id.index()])
                    && places(it)
                {
                    return Some(id);
                }
                let message = format!("`drf` is of a decision that places `{index}` onto rows");
                self.error("type-mismatch", message, value.range, "as `drf(x)`");
                return None;
            }
            _ => {
                let message = "`drf` takes the decision that places, and nothing else";
                self.error("type-mismatch", message, range, "as `drf(x)`");
                return None;
            }
        }
        let mut found = Vec::new();
        for (number, item) in self.names.decisions.iter().enumerate() {
            if let Signature::Decision(it) = self.signature(*item)
                && places(it)
            {
                found.push((DecisionId(number as u32), it.name.clone()));
            }
        }
        match &found[..] {
            [(id, _)] => Some(*id),
            [] => {
                let message = format!("no decision places `{index}` onto rows");
                self.error("unknown-name", message, range, "whose dominant shares?");
                None
            }
            several => {
                let list: Vec<String> = several.iter().map(|(_, it)| format!("`{it}`")).collect();
                let message = format!("{} place `{index}`", list.join(" and "));
                self.error("ambiguous-name", message, range, "say which: as `drf(x)`");
                None
            }
        }
    }

    fn parts(&mut self, id: DecisionId, range: Range) -> Option<Parts<'db>> {
        let Signature::Decision(decision) = self.signature(self.names.decisions[id.index()]) else {
            return None;
        };
        if !decision.dimension.is_plain() {
            let message = format!(
                "`drf` counts units of requests, and `{}` is {}",
                decision.name,
                decision.dimension.display()
            );
            self.error("unit-mismatch", message, range, "a `count` or a `ratio` is expected");
            return None;
        }
        let (_, request) = self.amounts_of(&decision.indices[0], "is requested", range)?;
        let capacity = self.amounts_of(&decision.indices[1], "there is", range)?;
        Some(Parts { id, decision, request, capacity })
    }

    /// The one field of an entity that holds amounts.
    fn amounts_of(&mut self, ty: &Type, what: &str, range: Range) -> Option<(EntityId, FieldId)> {
        let Type::Row(id) = ty else {
            let message = format!("`drf` reads what {what} off rows, not {}", self.type_name(ty));
            self.error("type-mismatch", message, range, "");
            return None;
        };
        let entity = self.entity(*id)?;
        let fields = entity.fields.iter().enumerate();
        let amounts: Vec<usize> =
            fields.filter(|(_, it)| it.ty == Type::Amounts).map(|(at, _)| at).collect();
        if let [only] = amounts[..] {
            return Some((*id, FieldId(only as u32)));
        }
        let message = match amounts.len() {
            0 => format!("no field of `{}` says how much {what}", entity.name),
            _ => format!("several fields of `{}` may say how much {what}", entity.name),
        };
        let finding = Diagnostic::error("type-mismatch", message)
            .at(self.span(range), "one field of type `amounts` is expected")
            .help("or write the shares out: `max_min(x[w, *] * …)`");
        self.report(finding);
        None
    }

    /// The resources that are named, or all.
    fn resources(&mut self, over: &[ast::Expr]) -> Vec<ResourceId> {
        if over.is_empty() {
            return (0..self.names.resources.len() as u32).map(ResourceId).collect();
        }
        let mut resources = Vec::new();
        for written in over {
            let resource = self.expr(written, Some(&Type::Resource));
            match resource.kind {
                ExprKind::Resource(id) => resources.push(id),
                ExprKind::Unknown => {}
                _ => {
                    let message = "dominant shares are over resources that are named";
                    self.error("type-mismatch", message, written.range, "");
                }
            }
        }
        resources
    }

    /// An index that runs over one value: all that there is of a resource.
    fn total(&mut self, parts: &Parts<'_>, resource: ResourceId, range: Range) -> Binder {
        let span = self.span(range);
        let (domain, ty) = (parts.decision.domains[1].clone(), parts.decision.indices[1].clone());
        let var = self.fresh();
        let row = self.ground(ExprKind::Var(var), ty, range);
        let field = ExprKind::Field(Box::new(row), parts.capacity.1);
        let entry = self.amount_of(self.ground(field, Type::Amounts, range), resource, range);
        let word = parts.decision.words[1].clone();
        let binder = Binder { var, name: word, domain, condition: None, span };
        let ty = entry.ty.clone();
        let sum = ExprKind::Aggregate(Aggregate::Sum, vec![binder], Box::new(entry));
        Binder {
            var: self.fresh(),
            name: format_smolstr!("total of {}", self.resource_unit(resource).name),
            domain: Domain::Values(vec![self.ground(sum, ty, range)]),
            condition: None,
            span,
        }
    }

    fn fresh(&mut self) -> VarId {
        self.frame += 1;
        VarId(self.frame as u32 - 1)
    }

    fn amount_of(&self, amounts: Expr, resource: ResourceId, range: Range) -> Expr {
        let key = self.ground(ExprKind::Resource(resource), Type::Resource, range);
        let ty = Type::Number(self.resource_unit(resource).dimension);
        self.ground(ExprKind::Lookup(Box::new(amounts), Box::new(key)), ty, range)
    }

    /// A request as a part of a total; of what there is nothing of, nothing can be had.
    fn part_of_total(&self, request: Expr, total: VarId, range: Range) -> Expr {
        let plain = Type::Number(Dimension::PLAIN);
        let total = self.ground(ExprKind::Var(total), request.ty.clone(), range);
        let nothing = self.ground(ExprKind::Number(0.0), total.ty.clone(), range);
        let is_some =
            ExprKind::Compare(Comparison::Greater, Box::new(total.clone()), Box::new(nothing));
        let part = ExprKind::Arithmetic(Arithmetic::Divide, Box::new(request), Box::new(total));
        let choice = ExprKind::If(
            Box::new(self.ground(is_some, Type::Bool, range)),
            Box::new(self.ground(part, plain.clone(), range)),
            Box::new(self.ground(ExprKind::Number(0.0), plain.clone(), range)),
        );
        self.ground(choice, plain, range)
    }
}

//! What the parameters of a pattern stand for, where its body reads them.

use apportion_diagnostic::{Diagnostic, Span};
use apportion_syntax::ast::{self, Range};
use apportion_units::{Base, Dimension};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::Checker;
use crate::eval::{children_mut, walk};
use crate::expansion::MAX_PARTS;
use crate::policy::{Argument, DecisionId, Domain, Expr, ExprKind, LetId, Stage, Type, VarId};
use crate::signature::Signature;

/// What a parameter of a pattern stands for.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    /// A value.
    Value(Expr),
    /// What an index runs over.
    Domain(OpenIndex),
    /// A tuple some of whose indices are left open.
    Tuple(OpenTuple),
    /// An expression over indices, each with its slot and its type.
    Template(Expr, Vec<(VarId, Type)>),
    /// Where the pattern is checked by itself: a value that is known by its type and stage alone, for each value of
    /// so many indices, over which `*` sums where they are those of a tuple.
    Typed { ty: Type, stage: Stage, indices: usize, is_tuple: bool },
}

/// A tuple of a decision or a `let`: its first indices are given, some are open, and it is summed over the rest.
#[derive(Clone, Debug)]
pub(crate) struct OpenTuple {
    pub(crate) of: Tupled,
    pub(crate) given: Vec<Argument>,
    /// The open indices.
    pub(crate) open: Vec<OpenIndex>,
}

/// What has tuples.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tupled {
    Decision(DecisionId),
    Let(LetId),
}

/// An index that a tuple leaves open.
#[derive(Clone, Debug)]
pub(crate) struct OpenIndex {
    /// The word for it where the call stands.
    pub(crate) word: SmolStr,
    /// The word for it in the rule that all calls are written out for.
    pub(crate) told: SmolStr,
    pub(crate) domain: Domain,
    pub(crate) ty: Type,
}

impl<'db> Checker<'db> {
    /// What a name stands for that is a parameter of the pattern.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Bound> {
        let bound = self.scene.bounds.iter().find(|(known, _)| known == name);
        bound.map(|(_, bound)| bound).filter(|_| self.local(name).is_none())
    }

    /// As [`Checker::parameter`], of a parameter that has indices.
    pub(super) fn family(&self, name: &str) -> Option<&Bound> {
        self.parameter(name).filter(|bound| !types_of(bound).is_empty())
    }

    /// A parameter that is read as it stands.
    pub(super) fn bound_value(&mut self, name: &SmolStr, bound: &Bound, range: Range) -> Expr {
        match bound {
            Bound::Value(value) => self.written_out(value, &FxHashMap::default()),
            Bound::Domain(..) => self.domain_alone(name, "what an index runs over", range),
            _ => self.bound_at(name, bound, &[], range),
        }
    }

    /// A parameter for some values of its indices.
    pub(super) fn bound_at(
        &mut self,
        name: &SmolStr,
        bound: &Bound,
        indices: &[Option<ast::Expr>],
        range: Range,
    ) -> Expr {
        let types = types_of(bound);
        let Some(arguments) = self.arguments(name, &types, indices, range) else {
            return self.unknown(range);
        };
        match bound {
            Bound::Tuple(tuple) => self.tuple_at(tuple, arguments, range),
            Bound::Template(value, open) => {
                let values =
                    open.iter().zip(arguments).filter_map(|((var, _), argument)| match argument {
                        Argument::At(value) => Some((*var, value)),
                        Argument::All => None,
                    });
                let values: FxHashMap<VarId, Expr> = values.collect();
                self.written_out(value, &values)
            }
            Bound::Typed { ty, stage, is_tuple, .. } => {
                if !is_tuple && arguments.contains(&Argument::All) {
                    let message =
                        format!("`*` sums over what a tuple leaves open, and `{name}` may be none");
                    let text = "name what it runs over: `… in …`";
                    self.error("type-mismatch", message, range, text);
                }
                self.make(ExprKind::Unknown, ty.clone(), *stage, range)
            }
            Bound::Value(_) | Bound::Domain(..) => self.unknown(range),
        }
    }

    /// A tuple with values for its open indices.
    pub(crate) fn tuple_at(
        &mut self,
        tuple: &OpenTuple,
        open: Vec<Argument>,
        range: Range,
    ) -> Expr {
        let arguments = self.completed(tuple, open);
        match tuple.of {
            Tupled::Decision(id) => self.decision_of(id, arguments, range),
            Tupled::Let(id) => self.let_of(id, arguments, range),
        }
    }

    /// All arguments of a tuple, given those for its open indices.
    pub(crate) fn completed(&mut self, tuple: &OpenTuple, open: Vec<Argument>) -> Vec<Argument> {
        let given = tuple.given.iter().map(|argument| match argument {
            Argument::At(value) => Argument::At(self.written_out(value, &FxHashMap::default())),
            Argument::All => Argument::All,
        });
        let mut arguments: Vec<Argument> = given.chain(open).collect();
        arguments.resize(self.types_of_tuple(tuple.of).len(), Argument::All);
        arguments
    }

    /// The types of all indices of a decision or a `let`.
    pub(crate) fn types_of_tuple(&self, of: Tupled) -> &'db [Type] {
        let item = match of {
            Tupled::Decision(id) => self.names.decisions.get(id.index()),
            Tupled::Let(id) => self.names.lets.get(id.index()),
        };
        match item.map(|item| self.signature(*item)) {
            Some(Signature::Decision(it)) => &it.indices,
            Some(Signature::Let(it)) => &it.indices,
            _ => &[],
        }
    }

    /// What an index runs over that is a parameter of the pattern.
    pub(super) fn open_index(&self, name: &str) -> Option<OpenIndex> {
        match self.parameter(name) {
            Some(Bound::Domain(open)) => Some(open.clone()),
            _ => None,
        }
    }

    /// A copy of an expression with values for some of its indices. Its own indices get slots of their own, as any
    /// aggregation's do.
    pub(crate) fn written_out(&mut self, expr: &Expr, values: &FxHashMap<VarId, Expr>) -> Expr {
        let mut values = values.clone();
        let mut parts = 0;
        walk(expr, &mut |part| {
            parts += 1;
            let ExprKind::Aggregate(_, binders, _) = &part.kind else { return };
            for binder in binders {
                let own = Expr {
                    kind: ExprKind::Var(VarId(self.frame as u32)),
                    ty: Type::Unknown,
                    stage: Stage::Ground,
                    span: binder.span,
                };
                self.frame += 1;
                values.insert(binder.var, own);
            }
        });
        let mut copy = expr.clone();
        if self.has_room(parts) {
            self.replace(&mut copy, &values);
            copy
        } else {
            Expr { kind: ExprKind::Unknown, ty: Type::Unknown, stage: Stage::Ground, ..copy }
        }
    }

    fn replace(&self, expr: &mut Expr, values: &FxHashMap<VarId, Expr>) {
        if let Type::Number(dimension) = &mut expr.ty {
            *dimension = self.dimension_at(*dimension, values);
        }
        if let ExprKind::Var(var) = &mut expr.kind {
            match values.get(var) {
                // An index that only got another slot.
                Some(Expr { kind: ExprKind::Var(own), ty: Type::Unknown, .. }) => *var = *own,
                Some(value) => *expr = value.clone(),
                None => {}
            }
            return;
        }
        if let ExprKind::Aggregate(_, binders, _) = &mut expr.kind {
            for binder in binders {
                if let Some(Expr { kind: ExprKind::Var(own), .. }) = values.get(&binder.var) {
                    binder.var = *own;
                }
            }
        }
        children_mut(expr, &mut |part| self.replace(part, values));
    }

    /// A unit that depends on which resource an index is, once that is replaced.
    fn dimension_at(&self, dimension: Dimension, values: &FxHashMap<VarId, Expr>) -> Dimension {
        let mut result = Dimension::PLAIN;
        for (base, power) in dimension.factors() {
            let value = match base {
                Base::Resource(var) => values.get(&VarId(var)),
                _ => None,
            };
            let given = match value.map(|value| &value.kind) {
                Some(ExprKind::Resource(id)) => self.resource_unit(*id).dimension,
                Some(ExprKind::Var(var)) => Dimension::of(Base::Resource(var.0)),
                _ => Dimension::of(base),
            };
            result = result.multiply(given.power(power));
        }
        result
    }

    /// Whether so many more parts may be written out by calls; says so once where not.
    pub(crate) fn has_room(&mut self, parts: usize) -> bool {
        let had_room = self.written <= MAX_PARTS as usize;
        self.written = self.written.saturating_add(parts);
        let has_room = self.written <= MAX_PARTS as usize;
        if let (true, false, Some(call)) = (had_room, has_room, &self.scene.call) {
            let message = format!(
                "with every call of a pattern written out this has more than {MAX_PARTS} parts"
            );
            let finding = Diagnostic::error("expression-too-large", message)
                .at(call.span, "one too many")
                .help("make several rules of this one, or let a pattern call fewer others");
            self.findings.push(finding);
        }
        has_room
    }
}

/// The types of a parameter's indices.
pub(super) fn types_of(bound: &Bound) -> Vec<Type> {
    match bound {
        Bound::Value(_) | Bound::Domain(..) => Vec::new(),
        Bound::Tuple(tuple) => tuple.open.iter().map(|index| index.ty.clone()).collect(),
        Bound::Template(_, open) => open.iter().map(|(_, ty)| ty.clone()).collect(),
        Bound::Typed { indices, .. } => vec![Type::Unknown; *indices],
    }
}

/// What an index runs over, all of it said to stand at `span`.
pub(crate) fn standing_at(mut domain: Domain, span: Span) -> Domain {
    fn stand(expr: &mut Expr, span: Span) {
        expr.span = span;
        if let ExprKind::Aggregate(_, binders, _) = &mut expr.kind {
            binders.iter_mut().for_each(|binder| binder.span = span);
        }
        children_mut(expr, &mut |part| stand(part, span));
    }
    match &mut domain {
        Domain::Values(values) => values.iter_mut().for_each(|value| stand(value, span)),
        Domain::Set(set) => stand(set, span),
        Domain::Input(_) | Domain::Enum(_) | Domain::Resources | Domain::Slots(_) => {}
    }
    domain
}

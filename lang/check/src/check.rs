//! The checker of one item: names in scope, what is known to be present, findings so far.

mod aggregates;
mod binders;
mod bins;
mod calls;
mod costs;
mod expressions;
mod forecasts;
mod guards;
mod moves;
mod named_rows;
mod names;
mod numbers;
mod outcomes;
mod patterns;
mod places;
mod scenes;
mod texts;

use std::cell::RefCell;

use apportion_diagnostic::{Code, Diagnostic, SourceId, Span};
use apportion_syntax::ast::Range;
use apportion_units::Unit;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::db::ItemSource;
use crate::index::{self, EnumSource, Names, Symbol};
use crate::items::Demand;
use crate::policy::{Binder, EntityId, EnumId, Expr, ExprKind, ResourceId, Stage, Type, VarId};
use crate::signature::{EntitySignature, Signature, signature};

pub(crate) use binders::membership;
pub(crate) use expressions::on_enough_stack;
pub(crate) use guards::{Known, condition_at};
pub(crate) use numbers::{is_bare, is_zero, unit_missing};
pub(crate) use patterns::{Bound, OpenIndex, OpenTuple, Tupled, standing_at};
pub(crate) use places::counted;
pub(crate) use scenes::{Call, Scene};

/// An index in scope.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) name: SmolStr,
    pub(crate) var: VarId,
    pub(crate) ty: Type,
}

/// Checks the expressions of one item. Spans count from the item's first byte, in source 0; source `n + 1` is the
/// declaration of item `n` of those that are `shown`.
pub(crate) struct Checker<'db> {
    pub(crate) db: &'db dyn salsa::Database,
    pub(crate) names: &'db Names<'db>,
    pub(crate) item: ItemSource<'db>,
    /// What words mean where the text stands that is being checked.
    pub(crate) scene: Scene<'db>,
    /// Indices in scope, the innermost last.
    pub(crate) locals: Vec<Local>,
    /// Slots in use.
    pub(crate) frame: usize,
    /// How many parts calls of patterns have been written out with.
    written: usize,
    pub(crate) known: Known,
    /// Whether reading an absent fact is no finding, as the rule then fails closed.
    pub(crate) fails_closed: bool,
    /// Whether a field with a default must not be read, as the rule would then not fail closed.
    pub(crate) refuses_defaults: bool,
    /// Whether the expression is a part of a reason, which is given only where the rest of the rule was read.
    pub(crate) in_reason: bool,
    /// The rows that an expectation of a test names by their keys; absent elsewhere, where a key names nothing.
    pub(crate) named_rows: Option<Vec<Binder>>,
    /// Whether an expectation of a test reads a report or a budget, which may be made of facts alone.
    pub(crate) reads_outcome: bool,
    /// Whether `penalties` may be read.
    pub(crate) in_objective: bool,
    pub(crate) findings: Vec<Diagnostic>,
    /// Other items whose declarations the findings point at.
    pub(crate) shown: Vec<ItemSource<'db>>,
    /// What patterns are given that have ranges.
    pub(crate) demands: Vec<Demand<'db>>,
    signatures: RefCell<FxHashMap<ItemSource<'db>, &'db Signature>>,
}

impl<'db> Checker<'db> {
    /// For an item.
    pub(crate) fn new(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Checker<'db> {
        let names = index::names(db);
        Checker {
            db,
            names,
            item,
            scene: Scene::of(names.scopes.get(&item.file(db))),
            locals: Vec::new(),
            frame: 0,
            written: 0,
            known: Known::default(),
            fails_closed: false,
            refuses_defaults: false,
            in_reason: false,
            named_rows: None,
            reads_outcome: false,
            in_objective: false,
            findings: Vec::new(),
            shown: Vec::new(),
            demands: Vec::new(),
            signatures: RefCell::default(),
        }
    }

    /// The names of the item's module.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = (&'db SmolStr, Symbol)> {
        let symbols = self.scene.scope.into_iter().flat_map(|scope| &scope.symbols);
        symbols.map(|(name, symbol)| (name, *symbol))
    }

    pub(crate) fn symbol(&self, name: &str) -> Option<Symbol> {
        self.scene.scope?.symbols.get(name).copied()
    }

    /// Whether a `use` of the module failed, so that an unknown name says nothing new.
    pub(crate) fn lacks_names(&self) -> bool {
        self.scene.scope.is_some_and(|scope| scope.incomplete)
    }

    /// Where a part of the text stands for the author of the item: what a pattern says stands at its call.
    pub(crate) fn span(&self, range: Range) -> Span {
        let call = self.scene.call.as_ref().map(|call| call.span);
        call.unwrap_or_else(|| Span::new(SourceId(0), range.start, range.end))
    }

    /// Where another item is declared, for pointing at it.
    pub(crate) fn declaration(&mut self, item: ItemSource<'db>) -> Span {
        self.shown.push(item);
        Span::new(SourceId(self.shown.len() as u32), 0, 0)
    }

    pub(crate) fn report(&mut self, finding: Diagnostic) {
        let finding = self.told_at_call(finding);
        self.findings.extend(finding);
    }

    pub(crate) fn error(
        &mut self,
        code: Code,
        message: impl Into<String>,
        range: Range,
        text: impl Into<String>,
    ) {
        let span = self.span(range);
        self.report(Diagnostic::error(code, message).at(span, text));
    }

    /// Refuses a construct that the language has and this version does not compile.
    pub(crate) fn not_implemented(&mut self, construct: &str, range: Range) {
        let message = format!("{construct} cannot be compiled yet");
        let text = "this version reads it and does no more";
        self.error("not-implemented", message, range, text);
    }

    pub(crate) fn signature(&self, item: ItemSource<'db>) -> &'db Signature {
        // An item asks for the same few signatures over and over; each is a dependency once.
        let known = self.signatures.borrow().get(&item).copied();
        known.unwrap_or_else(|| {
            let signature = signature(self.db, item);
            self.signatures.borrow_mut().insert(item, signature);
            signature
        })
    }

    pub(crate) fn entity(&self, id: EntityId) -> Option<&'db EntitySignature> {
        match self.signature(*self.names.entities.get(id.index())?) {
            Signature::Entity(entity) => Some(entity),
            _ => None,
        }
    }

    /// The values of an enum.
    pub(crate) fn enum_values(&self, id: EnumId) -> &'db [SmolStr] {
        let Some(EnumSource { item, field }) = self.names.enums.get(id.index()) else { return &[] };
        match (self.signature(*item), field) {
            (Signature::Enum(_, values), None) => values,
            (Signature::Entity(entity), Some(field)) => {
                entity.fields.get(*field as usize).map_or(&[], |field| &field.inline)
            }
            _ => &[],
        }
    }

    /// What an enum is called: `Market`, `Pool.tier`.
    pub(crate) fn enum_name(&self, id: EnumId) -> String {
        let Some(EnumSource { item, field }) = self.names.enums.get(id.index()) else {
            return String::new();
        };
        match (self.signature(*item), field) {
            (Signature::Enum(name, _), None) => name.to_string(),
            (Signature::Entity(entity), Some(field)) => {
                let field = entity.fields.get(*field as usize);
                field.map_or(String::new(), |field| format!("{}.{}", entity.name, field.name))
            }
            _ => String::new(),
        }
    }

    /// The unit of a resource; the plain number where its declaration is broken.
    pub(crate) fn resource_unit(&self, id: ResourceId) -> Unit {
        let item = self.names.resources.get(id.index());
        match item.map(|item| self.signature(*item)) {
            Some(Signature::Resource(_, Some(unit))) => unit.clone(),
            _ => Unit::plain(),
        }
    }

    /// A type in people's words.
    pub(crate) fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "true or false".into(),
            Type::Number(dimension) => dimension.display(),
            Type::Text => "a text".into(),
            Type::Time => "a point in time".into(),
            Type::Enum(id) => format!("a value of `{}`", self.enum_name(*id)),
            Type::Row(id) => {
                format!("a `{}`", self.entity(*id).map_or("row", |entity| &entity.name))
            }
            Type::Resource => "a resource".into(),
            Type::Slot(_) => "a slot".into(),
            Type::Amounts => "amounts, one per resource".into(),
            Type::Set(element) => format!("a set of {}", self.type_name(element)),
            Type::List(element) => format!("a list of {}", self.type_name(element)),
            Type::Map(key, value) => {
                format!("a map from {} to {}", self.type_name(key), self.type_name(value))
            }
            Type::Unknown => "unknown".into(),
        }
    }

    /// An expression in place of one with a mistake that was reported.
    pub(crate) fn unknown(&self, range: Range) -> Expr {
        Expr {
            kind: ExprKind::Unknown,
            ty: Type::Unknown,
            stage: Stage::Ground,
            span: self.span(range),
        }
    }

    pub(crate) fn ground(&self, kind: ExprKind, ty: Type, range: Range) -> Expr {
        Expr { kind, ty, stage: Stage::Ground, span: self.span(range) }
    }

    /// Requires that an expression depends on no decision.
    pub(crate) fn require_ground(&mut self, expr: &Expr, what: &str) -> bool {
        if expr.stage == Stage::Ground {
            return true;
        }
        let message =
            format!("{what} can only use facts, and this depends on what will be decided");
        let blame = smallest_open(expr);
        let finding = Diagnostic::error("decision-in-where", message)
            .at(blame, "a decision")
            .note("facts choose before solving what there is; `if` chooses while solving");
        self.report(finding);
        false
    }

    /// Requires a type; `Unknown` fits everything.
    pub(crate) fn require_type(&mut self, expr: &Expr, ty: &Type, what: &str) -> bool {
        if fits(&expr.ty, ty) {
            return true;
        }
        if let (true, Type::Number(dimension)) = (is_bare(expr), ty) {
            let wanted = dimension.display();
            let message = format!("{what} must be {wanted}, and this number has no unit");
            self.report(unit_missing(expr, *dimension, message));
            return false;
        }
        let message = format!(
            "{what} must be {}, and this is {}",
            self.type_name(ty),
            self.type_name(&expr.ty)
        );
        let text = self.type_name(&expr.ty);
        let code = match (&expr.ty, ty) {
            (Type::Number(_), Type::Number(_)) => "unit-mismatch",
            _ => "type-mismatch",
        };
        self.report(Diagnostic::error(code, message).at(expr.span, text));
        false
    }
}

/// Whether a value of type `found` will do where `wanted` is expected.
pub(crate) fn fits(found: &Type, wanted: &Type) -> bool {
    match (found, wanted) {
        (Type::Unknown, _) | (_, Type::Unknown) => true,
        (Type::Set(a), Type::Set(b)) | (Type::List(a), Type::List(b)) => fits(a, b),
        (Type::Map(a, b), Type::Map(c, d)) => fits(a, c) && fits(b, d),
        _ => found == wanted,
    }
}

/// The smallest part that depends on a decision.
fn smallest_open(expr: &Expr) -> Span {
    let mut smallest = expr.span;
    crate::eval::walk(expr, &mut |part| {
        if part.stage != Stage::Ground && part.span.source == smallest.source {
            let shorter = part.span.end - part.span.start <= smallest.end - smallest.start;
            if shorter {
                smallest = part.span;
            }
        }
    });
    smallest
}

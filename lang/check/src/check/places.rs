//! Fields, entries, and the tuples of decisions and `let`s.

use apportion_diagnostic::{Diagnostic, nearest};
use apportion_syntax::ast::{self, ExprKind as A, Name, Range};
use apportion_units::{Base, Dimension};
use smol_str::SmolStr;

use super::guards::condition_at;
use super::{Bound, Checker, Tupled, fits};
use crate::db::ItemSource;
use crate::index::Symbol;
use crate::policy::{
    Argument, DecisionId, Expr, ExprKind, FieldId, LetId, SlotPart, Stage, Type, VarId,
};
use crate::signature::{LetSignature, Signature};

/// The word before a budget's name.
const BUDGET: &str = "budget";

impl<'db> Checker<'db> {
    /// `p.region`, `t.length`, `Market.spot`.
    pub(super) fn field(&mut self, base: &ast::Expr, field: &Name, range: Range) -> Expr {
        let read = self.field_read(base, field, range);
        // What is missing of a forecast has been seen to when it was read.
        if self.forecast_read(base).is_some() { read } else { self.guarded(read) }
    }

    /// A field or an entry that may be absent, where absence is asked about.
    pub(super) fn maybe_absent(&mut self, expr: &ast::Expr) -> Expr {
        match &expr.kind {
            A::Field(base, field) => self.field_read(base, field, expr.range),
            A::Index(base, indices) if !self.names_tuple(base) => {
                self.entry_read(base, indices, expr.range)
            }
            _ => self.expr(expr, None),
        }
    }

    fn field_read(&mut self, base: &ast::Expr, field: &Name, range: Range) -> Expr {
        if let (Some(id), A::Index(_, indices)) = (self.forecast_read(base), &base.kind) {
            return self.forecast_at(id, indices, Some(field), range);
        }
        if let A::Name(name) = &base.kind
            && !self.is_own(name)
            && let Some(Symbol::Enum(id)) = self.symbol(name)
        {
            return self.name(&field.text, field.range, Some(&Type::Enum(id)));
        }
        if let A::Name(name) = &base.kind
            && name == BUDGET
            && self.named_rows.is_some()
            && !self.is_bound(name)
        {
            return self.budget_share(field, range);
        }
        let base = self.expr(base, None);
        match &base.ty {
            Type::Row(id) => {
                let id = *id;
                let Some(entity) = self.entity(id) else { return self.unknown(range) };
                let Some(at) = entity.fields.iter().position(|it| it.name == field.text) else {
                    self.unknown_field(
                        &base,
                        &entity.name,
                        field,
                        entity.fields.iter().map(|it| &it.name),
                    );
                    return self.unknown(range);
                };
                let ty = entity.fields[at].ty.clone();
                if self.refuses_defaults && entity.fields[at].has_default {
                    let message = format!(
                        "a compliance rule cannot read `{}`, which has a default",
                        field.text
                    );
                    let text = "whoever leaves it out would be waved through";
                    self.error("default-in-compliance", message, field.range, text);
                }
                self.require_ground(&base, "a field");
                self.ground(ExprKind::Field(Box::new(base), FieldId(at as u32)), ty, range)
            }
            Type::Slot(_) => {
                let (part, ty) = match field.text.as_str() {
                    "index" => (SlotPart::Index, Type::Number(Dimension::PLAIN)),
                    "start" => (SlotPart::Start, Type::Time),
                    "length" => (SlotPart::Length, Type::Number(Dimension::of(Base::Second))),
                    _ => {
                        let names = ["index", "start", "length"].map(SmolStr::new_static);
                        self.unknown_field(&base, "a slot", field, names.iter());
                        return self.unknown(range);
                    }
                };
                self.ground(ExprKind::SlotPart(Box::new(base), part), ty, range)
            }
            Type::Map(key, _) => {
                // `p.price.spot` for a map that is keyed by words.
                let key = (**key).clone();
                let word = self.name(&field.text, field.range, Some(&key));
                self.lookup(base, word, range)
            }
            Type::Amounts => {
                let word = self.name(&field.text, field.range, Some(&Type::Resource));
                self.lookup(base, word, range)
            }
            Type::Unknown => self.unknown(range),
            other => {
                let message = format!("{} has no fields", self.type_name(other));
                self.error("unknown-field", message, field.range, "");
                self.unknown(range)
            }
        }
    }

    fn unknown_field<'n>(
        &mut self,
        base: &Expr,
        owner: &str,
        field: &Name,
        names: impl Iterator<Item = &'n SmolStr> + Clone,
    ) {
        if field.text.is_empty() {
            return;
        }
        let message = if owner.starts_with("a ") {
            format!("{owner} has no field `{}`", field.text)
        } else {
            format!("`{owner}` has no field `{}`", field.text)
        };
        let near = nearest(&field.text, names.clone().map(SmolStr::as_str)).map(str::to_owned);
        let list: Vec<&str> = names.map(SmolStr::as_str).collect();
        let finding = Diagnostic::error("unknown-field", message);
        let finding = self.suggest(finding, &field.text, field.range, near);
        let finding =
            finding.because_of(base.span, "").note(format!("fields: {}", list.join(", ")));
        self.report(finding);
    }

    /// `p.price[m]`, `x[w, p, *]`, `served[w]`.
    pub(super) fn index(
        &mut self,
        base: &ast::Expr,
        indices: &[Option<ast::Expr>],
        range: Range,
    ) -> Expr {
        if let A::Name(name) = &base.kind
            && self.local(name).is_none()
        {
            if let Some(bound) = self.family(name).cloned() {
                return self.bound_at(name, &bound, indices, range);
            }
            match self.symbol(name).filter(|_| self.parameter(name).is_none()) {
                Some(Symbol::Decision(id)) => return self.decision_at(id, Some(indices), range),
                Some(Symbol::Let(id)) => return self.let_at(id, Some(indices), range),
                Some(Symbol::Forecast(id)) => return self.forecast_at(id, indices, None, range),
                Some(Symbol::Input(id)) if self.named_rows.is_some() => {
                    return self.row_of_input(id, indices, range);
                }
                _ => {}
            }
        }
        let read = self.entry_read(base, indices, range);
        self.guarded(read)
    }

    fn entry_read(
        &mut self,
        base: &ast::Expr,
        indices: &[Option<ast::Expr>],
        range: Range,
    ) -> Expr {
        let base = self.expr(base, None);
        let [Some(key)] = indices else {
            let text = "one key is expected";
            self.error("type-mismatch", "an entry is read by one key", range, text);
            return self.unknown(range);
        };
        let wanted = match &base.ty {
            Type::Map(key, _) => (**key).clone(),
            Type::Amounts => Type::Resource,
            Type::List(_) => Type::Number(Dimension::PLAIN),
            Type::Unknown => Type::Unknown,
            other => {
                let message = format!("{} has no entries", self.type_name(other));
                self.error("type-mismatch", message, range, "");
                return self.unknown(range);
            }
        };
        let key = self.expr(key, Some(&wanted));
        self.require_ground(&key, "a key");
        if !fits(&key.ty, &wanted) {
            let message = format!(
                "the key must be {}, and this is {}",
                self.type_name(&wanted),
                self.type_name(&key.ty)
            );
            self.report(Diagnostic::error("type-mismatch", message).at(key.span, ""));
            return self.unknown(range);
        }
        self.lookup(base, key, range)
    }

    fn lookup(&mut self, base: Expr, key: Expr, range: Range) -> Expr {
        let ty = match &base.ty {
            Type::Map(_, value) => (**value).clone(),
            Type::List(element) => (**element).clone(),
            Type::Amounts => match &key.kind {
                ExprKind::Resource(id) => Type::Number(self.resource_unit(*id).dimension),
                ExprKind::Var(var) => Type::Number(Dimension::of(Base::Resource(var.0))),
                ExprKind::Unknown => Type::Unknown,
                _ => {
                    self.not_implemented("a resource that an expression chooses", range);
                    Type::Unknown
                }
            },
            _ => Type::Unknown,
        };
        self.ground(ExprKind::Lookup(Box::new(base), Box::new(key)), ty, range)
    }

    /// A read of a fact that must be there: known to be, always there, or excused by a rule that fails closed.
    fn guarded(&mut self, read: Expr) -> Expr {
        let (optional, what) = match &read.kind {
            ExprKind::Field(base, field) => {
                let Type::Row(id) = base.ty else { return read };
                let fields = self.entity(id).map(|entity| entity.fields.as_slice());
                let Some(field) = fields.and_then(|it| it.get(field.index())) else { return read };
                (field.optional, format!("`{}`", field.name))
            }
            ExprKind::Lookup(base, _) => {
                (matches!(base.ty, Type::Map(..)), "this entry".to_owned())
            }
            _ => return read,
        };
        if optional && !self.fails_closed && !self.known.has(&read) {
            let message = format!("{what} may be absent here");
            let text = format!("{}, or absent", self.type_name(&read.ty));
            let finding = Diagnostic::error("optional-unguarded", message).at(read.span, text).help(
                "say what absence means: ask with `has(…) && …` before it, give a value with `?? …`,\n\
                 or declare the field without `?`",
            );
            self.report(finding);
        }
        read
    }

    /// Whether an expression names a decision, a `let` or a forecast.
    pub(super) fn names_tuple(&self, expr: &ast::Expr) -> bool {
        let A::Name(name) = &expr.kind else { return false };
        let symbol = self.symbol(name);
        self.family(name).is_some()
            || !self.is_own(name)
                && matches!(
                    symbol,
                    Some(Symbol::Decision(_) | Symbol::Let(_) | Symbol::Forecast(_))
                )
    }

    /// Whether an expression is the tuple of a decision.
    pub(super) fn is_tuple(&self, expr: &ast::Expr) -> bool {
        let A::Index(base, _) = &expr.kind else { return false };
        let A::Name(name) = &base.kind else { return false };
        match self.parameter(name) {
            Some(Bound::Tuple(tuple)) => matches!(tuple.of, Tupled::Decision(_)),
            Some(_) => false,
            None => matches!(self.symbol(name), Some(Symbol::Decision(_))),
        }
    }

    /// Whether a product has the tuple of a decision among its factors.
    pub(super) fn holds_tuple(&self, expr: &ast::Expr) -> bool {
        match &expr.kind {
            A::Binary(ast::BinaryOp::Multiply, left, right) => {
                self.holds_tuple(left) || self.holds_tuple(right)
            }
            A::Binary(ast::BinaryOp::Divide, left, _) => self.holds_tuple(left),
            A::Call(callee, arguments) if is_moves(callee) => {
                arguments.iter().filter_map(|it| it.value.as_ref()).any(|it| self.is_tuple(it))
            }
            _ => self.is_tuple(expr),
        }
    }

    /// Learns what the `where` of a decision says of the tuples that are factors of a product.
    pub(super) fn learn_from(&mut self, product: &Expr) {
        use crate::policy::Arithmetic;
        match &product.kind {
            ExprKind::Decision(id, arguments) | ExprKind::Moves(id, arguments) => {
                let place = self.names.decisions[id.index()];
                if let Signature::Decision(signature) = self.signature(place)
                    && let Some(condition) = &signature.condition
                {
                    let condition = condition_at(condition, arguments);
                    self.known.learn(&condition, true);
                }
            }
            ExprKind::Arithmetic(Arithmetic::Multiply, left, right) => {
                self.learn_from(left);
                self.learn_from(right);
            }
            ExprKind::Arithmetic(Arithmetic::Divide, left, _) => self.learn_from(left),
            _ => {}
        }
    }

    pub(super) fn decision_at(
        &mut self,
        id: DecisionId,
        indices: Option<&[Option<ast::Expr>]>,
        range: Range,
    ) -> Expr {
        let place = self.names.decisions[id.index()];
        if place == self.item {
            let message = "a decision cannot be bounded by itself";
            self.error("type-mismatch", message, range, "");
            return self.unknown(range);
        }
        let Signature::Decision(signature) = self.signature(place) else {
            return self.unknown(range);
        };
        let arguments =
            self.arguments(&signature.name, &signature.indices, indices.unwrap_or_default(), range);
        let Some(arguments) = arguments else { return self.unknown(range) };
        self.decision_of(id, arguments, range)
    }

    pub(super) fn decision_of(
        &mut self,
        id: DecisionId,
        arguments: Vec<Argument>,
        range: Range,
    ) -> Expr {
        let place = self.names.decisions[id.index()];
        let Signature::Decision(signature) = self.signature(place) else {
            return self.unknown(range);
        };
        let ty = Type::Number(signature.dimension);
        self.make(ExprKind::Decision(id, arguments), ty, Stage::Affine, range)
    }

    pub(super) fn let_at(
        &mut self,
        id: LetId,
        indices: Option<&[Option<ast::Expr>]>,
        range: Range,
    ) -> Expr {
        let place = self.names.lets[id.index()];
        let Signature::Let(signature) = self.signature(place) else { return self.unknown(range) };
        let arguments =
            self.arguments(&signature.name, &signature.indices, indices.unwrap_or_default(), range);
        let Some(arguments) = arguments else { return self.unknown(range) };
        self.let_of(id, arguments, range)
    }

    pub(super) fn let_of(&mut self, id: LetId, arguments: Vec<Argument>, range: Range) -> Expr {
        let place = self.names.lets[id.index()];
        let Signature::Let(signature) = self.signature(place) else { return self.unknown(range) };
        self.inside_its_where(place, signature, &arguments, range);
        let summed = arguments.contains(&Argument::All);
        if summed && !matches!(signature.ty, Type::Number(_) | Type::Unknown) {
            let message = format!("`*` sums numbers, and `{}` is none", signature.name);
            self.error("type-mismatch", message, range, "");
        }
        if let Type::Number(dimension) = signature.ty {
            let summed = arguments.iter().zip(0..).filter(|(it, _)| **it == Argument::All);
            for (_, slot) in summed {
                if dimension.power_of(Base::Resource(slot)) != 0 {
                    self.mixture(
                        self.span(range),
                        "`*` stands for the resource that its unit depends on",
                    );
                }
            }
        }
        let ty = with_resources(&signature.ty, &arguments, |id| self.resource_unit(id).dimension);
        self.make(ExprKind::Let(id, arguments), ty, signature.stage, range)
    }

    /// Requires that a `let` is read only for indices that it is defined for. An index that is summed over takes
    /// no others.
    fn inside_its_where(
        &mut self,
        place: ItemSource<'db>,
        signature: &LetSignature,
        arguments: &[Argument],
        range: Range,
    ) {
        let outside = signature.conditions.iter().find(|it| {
            let given = matches!(arguments.get(it.index), Some(Argument::At(_)));
            given && !self.known.implies(&condition_at(&it.condition, arguments), true)
        });
        // Of a row that is named, its facts say whether it is one of those.
        if self.in_reason || self.named_rows.is_some() || outside.is_none() {
            return;
        }
        let message = format!("`{}` is not known to be defined for this index", signature.name);
        let declaration = self.declaration(place);
        let finding = Diagnostic::error("outside-where", message)
            .at(self.span(range), "nothing here says that it is one of those")
            .because_of(declaration, "defined for these indices alone")
            .help(
                "ask for the same condition where it is read: in a `where`, or in `… ? … : …`; or give it \
                 a value for every index, and ask there",
            );
        self.report(finding);
    }

    pub(crate) fn arguments(
        &mut self,
        name: &str,
        types: &[Type],
        indices: &[Option<ast::Expr>],
        range: Range,
    ) -> Option<Vec<Argument>> {
        if types.len() != indices.len() {
            let message = format!(
                "`{name}` has {}, and {} given here",
                counted(types.len(), "index", "indices"),
                if indices.len() == 1 { "1 is".into() } else { format!("{} are", indices.len()) },
            );
            let text = "`*` sums over an index";
            self.error("type-mismatch", message, range, text);
            return None;
        }
        let arguments = types.iter().zip(indices).map(|(ty, index)| {
            let Some(index) = index else { return Argument::All };
            let value = self.expr(index, Some(ty));
            if value.stage != Stage::Ground {
                let message = "an index cannot depend on what will be decided";
                self.report(
                    Diagnostic::error("decision-in-index", message).at(value.span, "a decision"),
                );
            }
            if !fits(&value.ty, ty) {
                let message = format!(
                    "this index of `{name}` is {}, and this is {}",
                    self.type_name(ty),
                    self.type_name(&value.ty)
                );
                self.report(Diagnostic::error("type-mismatch", message).at(value.span, ""));
            }
            Argument::At(value)
        });
        Some(arguments.collect())
    }
}

fn is_moves(callee: &ast::Expr) -> bool {
    matches!(&callee.kind, A::Name(name) if name == "moves")
}

pub(crate) fn counted(count: usize, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {several}") }
}

/// A `let`'s type with the resources that its reader gives in place of its own indices.
fn with_resources(
    ty: &Type,
    arguments: &[Argument],
    unit: impl Fn(crate::policy::ResourceId) -> Dimension,
) -> Type {
    let Type::Number(dimension) = ty else { return ty.clone() };
    let mut result = Dimension::PLAIN;
    for (base, power) in dimension.factors() {
        let given = match base {
            Base::Resource(slot) => match arguments.get(slot as usize) {
                Some(Argument::At(Expr { kind: ExprKind::Resource(id), .. })) => unit(*id),
                Some(Argument::At(Expr { kind: ExprKind::Var(VarId(var)), .. })) => {
                    Dimension::of(Base::Resource(*var))
                }
                _ => Dimension::of(base),
            },
            base => Dimension::of(base),
        };
        result = result.multiply(given.power(power));
    }
    Type::Number(result)
}

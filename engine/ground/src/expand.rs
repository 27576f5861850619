//! Expressions with every `let` written out and every `*` spelled as a sum.
//!
//! After this, a decision's arguments are all expressions, and what an expression reads is seen in the
//! expression itself. The checker refuses `let`s that refer to themselves, so this ends; it bounds the
//! size of what comes out too.

use apportion_check::policy::{
    Aggregate, Argument, Binder, Domain, EntityId, Expr, ExprKind, Policy, Stage, Type, VarId,
};

use crate::literals::count;
use crate::moves;

/// Writes out the expressions of one item, and counts the slots that its frame then needs.
pub(crate) struct Expander<'p> {
    policy: &'p Policy,
    /// Slots in use.
    pub(crate) frame: usize,
    /// Whether flags that are counted are summed. What runs now may be no flag's value, and then only a condition
    /// says how many there are.
    pub(crate) sums_flags: bool,
}

impl<'p> Expander<'p> {
    /// For an item whose own frame has `frame` slots.
    pub(crate) fn new(policy: &'p Policy, frame: usize) -> Expander<'p> {
        Expander { policy, frame, sums_flags: true }
    }

    /// An expression of the item.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Expr {
        self.mapped(expr, &Scope::own())
    }

    /// A binder of the item.
    pub(crate) fn binder(&mut self, binder: &Binder) -> Binder {
        self.mapped_binder(binder, &Scope::own())
    }

    /// Binders of the item.
    pub(crate) fn binders(&mut self, binders: &[Binder]) -> Vec<Binder> {
        binders.iter().map(|binder| self.binder(binder)).collect()
    }

    /// A slot that nothing uses yet.
    pub(crate) fn fresh(&mut self) -> VarId {
        self.frame += 1;
        VarId(self.frame as u32 - 1)
    }

    fn mapped_binder(&mut self, binder: &Binder, scope: &Scope) -> Binder {
        let domain = match &binder.domain {
            Domain::Values(values) => {
                Domain::Values(values.iter().map(|value| self.mapped(value, scope)).collect())
            }
            Domain::Set(set) => Domain::Set(self.mapped(set, scope)),
            plain => plain.clone(),
        };
        Binder {
            var: scope.slot(binder.var),
            name: binder.name.clone(),
            domain,
            condition: binder.condition.as_ref().map(|condition| self.mapped(condition, scope)),
            span: binder.span,
        }
    }

    fn mapped(&mut self, expr: &Expr, scope: &Scope) -> Expr {
        let kind = match &expr.kind {
            ExprKind::Var(var) => match scope.given(*var) {
                Some(given) => return given.clone(),
                None => ExprKind::Var(scope.slot(*var)),
            },
            ExprKind::Let(id, arguments) => return self.written_out(id.index(), arguments, scope),
            ExprKind::Decision(id, arguments) | ExprKind::Moves(id, arguments) => {
                let decision = &self.policy.decisions[id.index()];
                let mut summed = Vec::new();
                let arguments = arguments.iter().zip(&decision.indices).map(|(argument, index)| {
                    Argument::At(match argument {
                        Argument::At(value) => self.mapped(value, scope),
                        Argument::All => {
                            let var = self.fresh();
                            let ty = index_type(self.policy, &index.domain);
                            summed.push(Binder { var, condition: None, ..index.clone() });
                            Expr {
                                kind: ExprKind::Var(var),
                                ty,
                                stage: Stage::Ground,
                                span: expr.span,
                            }
                        }
                    })
                });
                let arguments = arguments.collect();
                let of = match expr.kind {
                    ExprKind::Moves(..) => moves::in_place_of(self.policy, *id),
                    _ => *id,
                };
                let value = ExprKind::Decision(of, arguments);
                return sum(summed, Expr { kind: value, ..expr.clone() });
            }
            ExprKind::Aggregate(aggregate, binders, body) => {
                let binders: Vec<Binder> =
                    binders.iter().map(|binder| self.mapped_binder(binder, scope)).collect();
                let body = self.mapped(body, scope);
                if self.sums_flags
                    && *aggregate == Aggregate::Count
                    && let Some(count) = count(self.policy, &binders, &body, expr.span)
                {
                    return count;
                }
                ExprKind::Aggregate(*aggregate, binders, Box::new(body))
            }
            other => self.children(other, scope),
        };
        Expr { kind, ..expr.clone() }
    }

    fn boxed(&mut self, expr: &Expr, scope: &Scope) -> Box<Expr> {
        Box::new(self.mapped(expr, scope))
    }

    fn list(&mut self, parts: &[Expr], scope: &Scope) -> Vec<Expr> {
        parts.iter().map(|part| self.mapped(part, scope)).collect()
    }

    fn children(&mut self, kind: &ExprKind, scope: &Scope) -> ExprKind {
        use ExprKind as K;
        match kind {
            K::Field(base, field) => K::Field(self.boxed(base, scope), *field),
            K::SlotPart(base, part) => K::SlotPart(self.boxed(base, scope), *part),
            K::Lookup(a, b) => K::Lookup(self.boxed(a, scope), self.boxed(b, scope)),
            K::Has(a) => K::Has(self.boxed(a, scope)),
            K::Unrefuted(a) => K::Unrefuted(self.boxed(a, scope)),
            K::Default(a, b) => K::Default(self.boxed(a, scope), self.boxed(b, scope)),
            K::List(parts) => K::List(self.list(parts, scope)),
            K::Set(parts) => K::Set(self.list(parts, scope)),
            K::Negate(a) => K::Negate(self.boxed(a, scope)),
            K::Not(a) => K::Not(self.boxed(a, scope)),
            K::Arithmetic(op, a, b) => {
                K::Arithmetic(*op, self.boxed(a, scope), self.boxed(b, scope))
            }
            K::Compare(op, a, b) => K::Compare(*op, self.boxed(a, scope), self.boxed(b, scope)),
            K::In(a, b) => K::In(self.boxed(a, scope), self.boxed(b, scope)),
            K::Logic(op, a, b) => K::Logic(*op, self.boxed(a, scope), self.boxed(b, scope)),
            K::If(c, a, b) => {
                K::If(self.boxed(c, scope), self.boxed(a, scope), self.boxed(b, scope))
            }
            K::Packed(a, b, c) => {
                K::Packed(self.boxed(a, scope), self.boxed(b, scope), self.boxed(c, scope))
            }
            K::Implies(a, b) => K::Implies(self.boxed(a, scope), self.boxed(b, scope)),
            K::Call(function, parts) => K::Call(*function, self.list(parts, scope)),
            K::Priority(id, row) => K::Priority(*id, self.boxed(row, scope)),
            leaf => leaf.clone(),
        }
    }

    /// The body of a `let`, its indices replaced by what the reader gives for them.
    fn written_out(&mut self, id: usize, arguments: &[Argument], outer: &Scope) -> Expr {
        let named = &self.policy.lets[id];
        let mut scope = Scope { offset: self.frame as u32, given: Vec::new() };
        self.frame += named.frame;
        let mut summed = Vec::new();
        for (argument, index) in arguments.iter().zip(&named.indices) {
            match argument {
                Argument::At(value) => {
                    let value = self.mapped(value, outer);
                    scope.given.push((index.var, value));
                }
                Argument::All => summed.push(self.mapped_binder(index, &scope)),
            }
        }
        let body = self.mapped(&named.value, &scope);
        sum(summed, body)
    }
}

/// Where the slots of a text lie in the frame.
struct Scope {
    offset: u32,
    given: Vec<(VarId, Expr)>,
}

impl Scope {
    fn own() -> Scope {
        Scope { offset: 0, given: Vec::new() }
    }

    fn slot(&self, var: VarId) -> VarId {
        VarId(var.0 + self.offset)
    }

    fn given(&self, var: VarId) -> Option<&Expr> {
        self.given.iter().find(|(given, _)| *given == var).map(|(_, value)| value)
    }
}

fn sum(binders: Vec<Binder>, body: Expr) -> Expr {
    if binders.is_empty() {
        return body;
    }
    Expr {
        ty: body.ty.clone(),
        stage: body.stage,
        span: body.span,
        kind: ExprKind::Aggregate(Aggregate::Sum, binders, Box::new(body)),
    }
}

/// An expression on one row with that row's index in the first slot, so that it is the same wherever it stands.
pub(crate) fn with_row(policy: &Policy, expr: &Expr, row: VarId, entity: EntityId) -> Expr {
    let (kind, ty) = (ExprKind::Var(VarId(0)), Type::Row(entity));
    let first = Expr { kind, stage: Stage::Ground, ty, span: expr.span };
    let scope = Scope { offset: 0, given: vec![(row, first)] };
    Expander::new(policy, 1).mapped(expr, &scope)
}

/// The type of the values that an index runs over.
pub(crate) fn index_type(policy: &Policy, domain: &Domain) -> Type {
    match domain {
        Domain::Input(input) => Type::Row(policy.inputs[input.index()].entity),
        Domain::Enum(id) => Type::Enum(*id),
        Domain::Resources => Type::Resource,
        Domain::Slots(slots) => Type::Slot(*slots),
        Domain::Values(values) => values.first().map_or(Type::Unknown, |value| value.ty.clone()),
        Domain::Set(set) => match &set.ty {
            Type::Set(element) | Type::List(element) => (**element).clone(),
            Type::Map(key, _) => (**key).clone(),
            _ => Type::Unknown,
        },
    }
}

//! What a policy reads of the rows of each input: the attributes by which rows differ.

use apportion_check::eval::{Value, children};
use apportion_check::policy::{
    Aggregate, Argument, Binder, Domain, EntityId, Expr, ExprKind, FieldId, Policy, Stage, Type,
};
use indexmap::IndexSet;

use crate::claims::{Claim, Program};

/// An attribute of a row: a field, or a field of a row that it refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Path {
    /// The kind of row that it starts from.
    pub(crate) entity: EntityId,
    /// Each field belongs to the entity that the one before refers to.
    pub(crate) fields: Vec<(EntityId, FieldId)>,
    /// The only entry that is read of a map or of amounts; absent: all.
    pub(crate) key: Option<Key>,
}

/// A key that the policy writes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Enum(u32),
    Resource(u32),
}

impl Key {
    /// The value to look up.
    pub(crate) fn value(self) -> Value<'static> {
        match self {
            Key::Enum(code) => Value::Enum(code),
            Key::Resource(code) => Value::Resource(code),
        }
    }
}

/// Everything that is read, and the rows that must stand alone.
#[derive(Default)]
pub(crate) struct Reads<'p> {
    pub(crate) paths: IndexSet<Path>,
    /// Entities of which every row stands alone.
    pub(crate) identified: IndexSet<EntityId>,
    /// Indices whose rows stand alone where the conditions hold: those that a formula speaks of one by one.
    pub(crate) pinned: Vec<Pinned<'p>>,
}

/// An index of a formula, and the conditions that are about it alone.
pub(crate) struct Pinned<'p> {
    pub(crate) binder: &'p Binder,
    pub(crate) conditions: Vec<(&'p Expr, bool)>,
    pub(crate) frame: usize,
}

/// Collects what the program reads.
pub(crate) fn reads<'p>(policy: &'p Policy, program: &'p Program) -> Reads<'p> {
    let mut collector = Collector { policy, reads: Reads::default(), frame: 0 };
    for existence in &program.decisions {
        collector.frame = existence.frame;
        let parts = [&existence.condition, &existence.lower, &existence.upper];
        parts.into_iter().flatten().for_each(|part| collector.read(part));
        existence.indices.iter().for_each(|index| collector.binder(index));
    }
    for case in program.eligibilities.iter().flat_map(|it| &it.cases) {
        collector.frame = case.frame;
        case.binders.iter().for_each(|binder| collector.binder(binder));
        collector.arguments(case.arguments.iter().flatten());
        case.condition.iter().for_each(|condition| collector.read(condition));
    }
    for claim in &program.claims {
        collector.claim(claim);
    }
    for aim in &program.aims {
        collector.frame = aim.frame;
        collector.read(&aim.value);
        collector.pin_inside(&aim.value);
    }
    collector.reads
}

struct Collector<'p> {
    policy: &'p Policy,
    reads: Reads<'p>,
    frame: usize,
}

impl<'p> Collector<'p> {
    fn claim(&mut self, claim: &'p Claim) {
        use crate::claims::Body;
        self.frame = claim.frame;
        claim.quantifiers.iter().for_each(|binder| self.binder(binder));
        claim.guards.iter().for_each(|(guard, _)| self.read(guard));
        match &claim.body {
            Body::Affine(_, body) | Body::Condition(body) => {
                self.read(body);
                self.pin_inside(body);
            }
            Body::Bins(bins) => {
                bins.binders.iter().for_each(|binder| self.binder(binder));
                let parts = [&bins.items, &bins.size, &bins.bin, &bins.limit];
                parts.into_iter().for_each(|part| self.read(part));
            }
        }
        if claim.is_condition() {
            for binder in &claim.quantifiers {
                self.pin(binder, &claim.guards);
            }
        }
    }

    fn binder(&mut self, binder: &'p Binder) {
        match &binder.domain {
            Domain::Set(set) => {
                self.read(set);
                self.identify(&crate::expand::index_type(self.policy, &binder.domain));
            }
            Domain::Values(values) => {
                values.iter().for_each(|value| self.read(value));
                self.identify(&crate::expand::index_type(self.policy, &binder.domain));
            }
            Domain::Input(_) | Domain::Enum(_) | Domain::Resources | Domain::Slots(_) => {}
        }
        binder.condition.iter().for_each(|condition| self.read(condition));
    }

    fn identify(&mut self, ty: &Type) {
        if let Type::Row(entity) = ty {
            self.reads.identified.insert(*entity);
        }
    }

    fn read(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::Var(_) => self.identify(&expr.ty),
            ExprKind::Field(..) => match chain(expr) {
                Some((entity, fields)) => {
                    self.reads.paths.insert(Path { entity, fields, key: None });
                }
                None => children(expr, &mut |child| self.read(child)),
            },
            ExprKind::Lookup(base, key) => {
                match (chain(base), constant(key)) {
                    (Some((entity, fields)), Some(key)) => {
                        self.reads.paths.insert(Path { entity, fields, key: Some(key) });
                    }
                    _ => self.read(base),
                }
                self.read(key);
            }
            ExprKind::Decision(_, arguments) => {
                let values = arguments.iter().filter_map(|argument| match argument {
                    Argument::At(value) => Some(value),
                    Argument::All => None,
                });
                self.arguments(values);
            }
            ExprKind::Aggregate(_, binders, body) => {
                binders.iter().for_each(|binder| self.binder(binder));
                self.read(body);
            }
            ExprKind::Priority(id, row) => {
                if !matches!(row.kind, ExprKind::Var(_)) {
                    self.read(row);
                }
                let priority = &self.policy.priorities[id.index()];
                self.read(&priority.by);
                priority.weights.iter().for_each(|weight| self.read(weight));
            }
            _ => children(expr, &mut |child| self.read(child)),
        }
    }

    /// Arguments of a decision: an index by itself says nothing of its row; anything else picks rows one
    /// by one, and so does an index that is used twice.
    fn arguments(&mut self, arguments: impl Iterator<Item = &'p Expr>) {
        let mut seen = Vec::new();
        for argument in arguments {
            match argument.kind {
                ExprKind::Var(var) if !seen.contains(&var) => seen.push(var),
                _ => {
                    self.read(argument);
                    self.identify(&argument.ty);
                }
            }
        }
    }

    /// Pins the indices of every part that is not a sum of affine expressions.
    fn pin_inside(&mut self, expr: &'p Expr) {
        if expr.stage == Stage::Ground {
            return;
        }
        if let ExprKind::Aggregate(aggregate, binders, body) = &expr.kind {
            let affine = *aggregate == Aggregate::Sum && body.stage <= Stage::Affine;
            if !affine {
                binders.iter().for_each(|binder| self.pin(binder, &[]));
            }
            return self.pin_inside(body);
        }
        children(expr, &mut |child| self.pin_inside(child));
    }

    fn pin(&mut self, binder: &'p Binder, guards: &'p [(Expr, bool)]) {
        let own = binder.condition.iter().map(|condition| (condition, true));
        let guards = guards.iter().map(|(guard, value)| (guard, *value));
        let conditions = own.chain(guards).filter(|(it, _)| is_about_only(it, binder)).collect();
        self.reads.pinned.push(Pinned { binder, conditions, frame: self.frame });
    }
}

/// `w.home.country` as the fields that lead there from a row.
fn chain(expr: &Expr) -> Option<(EntityId, Vec<(EntityId, FieldId)>)> {
    let ExprKind::Field(base, field) = &expr.kind else { return None };
    let Type::Row(entity) = base.ty else { return None };
    if matches!(base.kind, ExprKind::Var(_)) {
        return Some((entity, vec![(entity, *field)]));
    }
    let (root, mut fields) = chain(base)?;
    fields.push((entity, *field));
    Some((root, fields))
}

fn constant(key: &Expr) -> Option<Key> {
    match key.kind {
        ExprKind::EnumValue(_, code) => Some(Key::Enum(code)),
        ExprKind::Resource(resource) => Some(Key::Resource(resource.0)),
        _ => None,
    }
}

fn is_about_only(expr: &Expr, binder: &Binder) -> bool {
    let mut only = true;
    apportion_check::eval::walk(expr, &mut |part| {
        if let ExprKind::Var(var) = part.kind {
            only &= var == binder.var;
        }
    });
    only
}

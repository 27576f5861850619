//! Indices and what they run over.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast;
use smol_str::SmolStr;

use super::guards::{Mark, is_constant};
use super::{Checker, Local, OpenIndex};
use crate::index::Symbol;
use crate::policy::{Binder, Domain, Expr, ExprKind, Stage, Type, VarId};

/// How many indices an expression may see, those of its item among them. Later stages keep room for as many.
const MAX_INDICES: usize = 16;

impl Checker<'_> {
    /// Brings the indices of an aggregation into scope, each seen by those after it and each in a slot of its own,
    /// as the engine takes binders out of one aggregation and puts them beside another. The caller takes them out of
    /// scope again with [`Checker::leave`].
    pub(crate) fn enter_own(&mut self, binders: &[ast::Binder]) -> Vec<Binder> {
        let slots = std::mem::take(&mut self.scene.slots);
        self.require_room(binders);
        let entered = binders.iter().map(|binder| self.enter_one(binder, None)).collect();
        let own = std::mem::replace(&mut self.scene.slots, slots);
        self.scene.slots.extend(own);
        entered
    }

    /// Brings indices into scope, each seen by those after it; the caller takes them out again with
    /// [`Checker::leave`]. A name has one slot throughout an item: a reason reads whichever statement it is given for.
    pub(crate) fn enter(&mut self, binders: &[ast::Binder]) -> Vec<Binder> {
        self.require_room(binders);
        let entered = binders.iter().map(|binder| {
            let open = match &binder.domain.kind {
                ast::ExprKind::Name(name) => self.open_index(name),
                _ => None,
            };
            self.enter_one(binder, open.as_ref())
        });
        entered.collect()
    }

    fn require_room(&mut self, binders: &[ast::Binder]) {
        let room = MAX_INDICES.checked_sub(self.locals.len());
        if let Some(first) = room.and_then(|room| binders.get(room)) {
            let message = format!("more than {MAX_INDICES} indices are seen here at once");
            let finding = Diagnostic::error("too-many-indices", message)
                .at(self.span(first.name.range), "one too many")
                .help("make one of several: an entity whose rows are their combinations");
            self.report(finding);
        }
    }

    /// Takes the innermost indices out of scope, and forgets what was known of them.
    pub(crate) fn leave(&mut self, count: usize, mark: Mark) {
        self.locals.truncate(self.locals.len().saturating_sub(count));
        self.known.forget(mark);
    }

    /// `open` is what the index runs over, where that is a parameter of the pattern.
    fn enter_one(&mut self, binder: &ast::Binder, open: Option<&OpenIndex>) -> Binder {
        let (domain, ty) = self.domain(&binder.domain);
        let (var, name) = self.bring_told(&binder.name.text, ty.clone(), open);
        let index = self.ground(ExprKind::Var(var), ty, binder.name.range);
        if let Some(member) = membership(index, &domain) {
            self.known.learn(&member, true);
        }
        let condition = binder.condition.as_ref().map(|condition| {
            let checked = self.condition(condition);
            self.require_ground(&checked, "a `where`");
            self.known.learn(&checked, true);
            checked
        });
        Binder { var, name, domain, condition, span: self.span(binder.name.range) }
    }

    /// Brings an index of a statement into scope; gives its slot, and the word by which people are told of it. Where a pattern
    /// walks through what its caller left open, by its own word for that, both are those of the rule.
    pub(crate) fn bring_told(
        &mut self,
        name: &SmolStr,
        ty: Type,
        open: Option<&OpenIndex>,
    ) -> (VarId, SmolStr) {
        let is_told = |open: &&OpenIndex| self.scene.call.is_some() && open.word == *name;
        let Some(OpenIndex { told, .. }) = open.filter(is_told) else {
            return (self.bring(name, ty), name.clone());
        };
        let slot = self.scene.told.iter().find(|slot| slot.name == *told && slot.ty == ty);
        let var = slot.map_or(VarId(self.frame as u32), |slot| slot.var);
        let is_taken = self.locals.iter().any(|local| local.var == var);
        if is_taken || self.locals.iter().take(self.scene.hidden).any(|it| it.name == *told) {
            return (self.bring(name, ty), name.clone());
        }
        if slot.is_none() {
            self.frame += 1;
            self.scene.told.push(Local { name: told.clone(), var, ty: ty.clone() });
        }
        self.locals.push(Local { name: name.clone(), var, ty });
        (var, told.clone())
    }

    /// Brings a name into scope. The same name with the same type has the same slot throughout an item,
    /// unless it is in scope already.
    pub(crate) fn bring(&mut self, name: &SmolStr, ty: Type) -> VarId {
        let taken = |var: VarId| self.locals.iter().any(|local| local.var == var);
        let known = self
            .scene
            .slots
            .iter()
            .find(|slot| slot.name == *name && slot.ty == ty && !taken(slot.var));
        let var = match known {
            Some(slot) => slot.var,
            None => {
                let var = VarId(self.frame as u32);
                self.frame += 1;
                self.scene.slots.push(Local { name: name.clone(), var, ty: ty.clone() });
                var
            }
        };
        self.locals.push(Local { name: name.clone(), var, ty });
        var
    }

    /// Brings all names of the item into scope, as a text with holes sees them.
    pub(crate) fn bring_all(&mut self) -> usize {
        let all: Vec<Local> = self.scene.slots.iter().rev().cloned().collect();
        let count = all.len();
        self.locals.extend(all);
        count
    }

    /// What an index runs over, and the type of its values.
    pub(crate) fn domain(&mut self, domain: &ast::Expr) -> (Domain, Type) {
        if let ast::ExprKind::Name(name) = &domain.kind
            && self.local(name).is_none()
        {
            if let Some(open) = self.open_index(name) {
                return (open.domain, open.ty);
            }
            match self.symbol(name).filter(|_| self.parameter(name).is_none()) {
                Some(Symbol::Input(id)) => {
                    let entity = self.names.input_entities[id.index()];
                    let ty = entity.map_or(Type::Unknown, Type::Row);
                    return (Domain::Input(id), ty);
                }
                Some(Symbol::Enum(id)) => return (Domain::Enum(id), Type::Enum(id)),
                Some(Symbol::Slots(id)) => return (Domain::Slots(id), Type::Slot(id)),
                Some(Symbol::Entity(id)) => {
                    // An entity has at most one input, so that its name will do for it.
                    if let Some(input) = self.names.entity_inputs.get(&id) {
                        return (Domain::Input(*input), Type::Row(id));
                    }
                }
                None if name == "resources" => return (Domain::Resources, Type::Resource),
                _ => {}
            }
        }
        if let Some(slots) = self.slots_of_forecast(domain) {
            return (Domain::Slots(slots), Type::Slot(slots));
        }
        let checked = self.expr(domain, None);
        self.require_ground(&checked, "what an index runs over");
        let element = match &checked.ty {
            Type::Set(element) | Type::List(element) => (**element).clone(),
            Type::Map(key, _) => (**key).clone(),
            Type::Unknown => Type::Unknown,
            other => {
                let message = format!("an index cannot run over {}", self.type_name(other));
                let text = "an input, an enum, slots, a set or a list is expected";
                self.error("type-mismatch", message, domain.range, text);
                Type::Unknown
            }
        };
        match checked.kind {
            ExprKind::Set(parts) | ExprKind::List(parts)
                if parts
                    .iter()
                    .all(|part| part.stage == Stage::Ground && is_constant(&part.kind)) =>
            {
                let mut distinct: Vec<Expr> = Vec::new();
                for part in parts {
                    if !distinct.iter().any(|known| known.kind == part.kind) {
                        distinct.push(part);
                    }
                }
                (Domain::Values(distinct), element)
            }
            _ => (Domain::Set(checked), element),
        }
    }

    /// A `where`: a condition on facts.
    pub(crate) fn ground_condition(&mut self, condition: &ast::Expr) -> Expr {
        let checked = self.condition(condition);
        self.require_ground(&checked, "a `where`");
        checked
    }
}

/// `index in domain`, where the domain is less than all values of its type.
pub(crate) fn membership(index: Expr, domain: &Domain) -> Option<Expr> {
    let span = index.span;
    let condition = |kind, ty| Expr { kind, ty, stage: Stage::Ground, span };
    let set = match domain {
        Domain::Values(values) => condition(ExprKind::Set(values.clone()), Type::Unknown),
        Domain::Set(set) => set.clone(),
        Domain::Input(_) | Domain::Enum(_) | Domain::Resources | Domain::Slots(_) => return None,
    };
    Some(condition(ExprKind::In(Box::new(index), Box::new(set)), Type::Bool))
}

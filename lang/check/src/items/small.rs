//! Editions, parameters, enums, resources, slots, inputs, priorities.

use apportion_diagnostic::{Diagnostic, nearest};
use apportion_syntax::ast::{self, BinaryOp, ExprKind as A, Range};
use apportion_units::{Base, Dimension, Unit};
use smol_str::SmolStr;

use super::ItemIr;
use crate::check::{Checker, is_zero};
use crate::index::{Symbol, declared, number_of};
use crate::policy::{
    EntityId, Enum, Expr, ExprKind, Input, Param, Priority, Resource, Slots, Type,
};
use crate::slots::count_slots;
use crate::types::{Declared, second};

/// The only edition so far.
const EDITION: u32 = 2026;

impl Checker<'_> {
    pub(super) fn edition(&mut self, number: &ast::Number) -> ItemIr {
        if number.text.parse() == Ok(EDITION) {
            return ItemIr::Edition(EDITION);
        }
        let message = format!("there is no edition `{}`", number.text);
        self.error(
            "edition-unknown",
            message,
            number.range,
            format!("this version reads {EDITION}"),
        );
        ItemIr::Edition(EDITION)
    }

    pub(super) fn enum_item(&mut self, it: &ast::Enum, range: Range) -> ItemIr {
        self.distinct(&it.values, "value");
        ItemIr::Enum(Enum {
            name: it.name.text.clone(),
            values: it.values.iter().map(|value| value.text.clone()).collect(),
            span: self.span(range),
        })
    }

    /// Reports names that stand twice in a list.
    pub(super) fn distinct(&mut self, names: &[ast::Name], what: &str) {
        for (at, name) in names.iter().enumerate() {
            let first = names[..at].iter().find(|known| known.text == name.text);
            if let (Some(first), false) = (first, name.text.is_empty()) {
                let message = format!("the {what} `{}` is there already", name.text);
                let finding = Diagnostic::error("duplicate-name", message)
                    .at(self.span(name.range), "again")
                    .because_of(self.span(first.range), "first here");
                self.report(finding);
            }
        }
    }

    pub(super) fn resource_item(&mut self, it: &ast::Resource, range: Range) -> ItemIr {
        let Some((unit, period)) = self.unit(&it.unit) else { return ItemIr::Nothing };
        if period.is_some() {
            let text = "a unit is expected";
            self.error(
                "month-as-duration",
                "a resource is not counted by the calendar",
                it.unit.range,
                text,
            );
        }
        ItemIr::Resource(Resource { name: it.name.text.clone(), unit, span: self.span(range) })
    }

    pub(super) fn slots_item(&mut self, it: &ast::Slots, range: Range) -> ItemIr {
        let slots = self.slots_of(it.name.text.clone(), (&it.over, &it.every), false, range);
        ItemIr::Slots(slots)
    }

    pub(super) fn slots_of(
        &mut self,
        name: SmolStr,
        (over, every): (&ast::Expr, &ast::Expr),
        aligned: bool,
        range: Range,
    ) -> Slots {
        let over = self.duration(over, "how far slots reach");
        let every = self.duration(every, "how long a slot is");
        let slots = Slots { name, over, every, aligned, span: self.span(range) };
        let length =
            |it: &Expr| self.fixed(it).filter(|_| it.ty == Type::Number(second().dimension));
        if let (Some(over), Some(every)) = (length(&slots.over), length(&slots.every))
            && let Err(finding) = count_slots(&slots, over, every)
        {
            self.report(*finding);
        }
        slots
    }

    pub(super) fn duration(&mut self, expr: &ast::Expr, what: &str) -> Expr {
        let checked = self.expr(expr, None);
        self.require_ground(&checked, what);
        self.require_settled(&checked, what);
        self.require_type(&checked, &Type::Number(Dimension::of(Base::Second)), what);
        checked
    }

    pub(super) fn input_item(&mut self, it: &ast::Input, range: Range) -> ItemIr {
        if let Some(fresh) = &it.fresh {
            self.not_implemented("`fresh within`", fresh.range);
        }
        self.on_missing(it.on_missing.as_ref(), it.name.range);
        let Some(Symbol::Entity(entity)) = self.symbol(&it.entity.text) else {
            if !it.entity.text.is_empty() && !self.lacks_names() {
                self.unknown_entity(&it.entity);
            }
            return ItemIr::Nothing;
        };
        self.one_input(entity, it);
        let max = it.max.as_ref().and_then(|max| {
            let parsed = max.text.parse();
            if parsed.is_err() {
                self.error("out-of-range", "the most rows are a whole number", max.range, "");
            }
            parsed.ok()
        });
        ItemIr::Input(Input { name: it.name.text.clone(), entity, max, span: self.span(range) })
    }

    fn unknown_entity(&mut self, name: &ast::Name) {
        let entities = self.symbols().filter(|(_, symbol)| matches!(symbol, Symbol::Entity(_)));
        let mut known: Vec<&str> = entities.map(|(name, _)| name.as_str()).collect();
        known.sort_unstable();
        let near = nearest(&name.text, known.iter().copied()).map(str::to_owned);
        let message = format!("there is no entity `{}`", name.text);
        let finding = Diagnostic::error("unknown-name", message);
        let mut finding = match near {
            Some(_) => self.suggest(finding, &name.text, name.range, near),
            None => finding.at(self.span(name.range), "an input has rows of one entity"),
        };
        if !known.is_empty() {
            let list: Vec<String> = known.iter().take(8).map(|it| format!("`{it}`")).collect();
            finding = finding.note(format!("entities: {}", list.join(", ")));
        }
        self.report(finding);
    }

    /// An entity has at most one input, in which references to it are looked up.
    fn one_input(&mut self, entity: EntityId, it: &ast::Input) {
        let own = number_of(&self.names.inputs, &self.item);
        let first = self.names.entity_inputs.get(&entity).copied();
        let Some(first) = first.filter(|first| Some(first.0) != own) else { return };
        let message = format!("`{}` has an input already", it.entity.text);
        let mut finding = Diagnostic::error("duplicate-name", message)
            .at(self.span(it.entity.range), "a second one")
            .note("a reference to a row must know where to look");
        if let Some(first) = self.names.inputs.get(first.index()) {
            finding = finding.because_of(self.declaration(*first), "the first one");
        }
        self.report(finding);
    }

    pub(super) fn on_missing(&mut self, on_missing: Option<&ast::OnMissing>, range: Range) {
        if on_missing.is_some() {
            self.not_implemented("`on missing`", range);
        }
    }

    pub(super) fn param(&mut self, it: &ast::Param, range: Range) -> ItemIr {
        let declared = self.declared_type(&it.ty, None);
        let default = it.default.as_ref().map(|it| self.settled(it, &declared, "the default"));
        let (least, most) = self.range(it.range.as_ref(), &declared);
        self.inside(default.as_ref(), least.as_ref(), most.as_ref());
        ItemIr::Param(Param {
            name: it.name.text.clone(),
            ty: declared.ty,
            default,
            least,
            most,
            whole: declared.whole,
            unit: declared.unit,
            span: self.span(range),
        })
    }

    /// A ground value of a declared type.
    pub(super) fn constant(&mut self, expr: &ast::Expr, declared: &Declared, what: &str) -> Expr {
        let mut checked = self.expr(expr, Some(&declared.ty));
        self.require_ground(&checked, what);
        let zero = is_zero(&checked) && matches!(declared.ty, Type::Number(_) | Type::Amounts);
        let empty = matches!(&checked.kind, ExprKind::Set(parts) | ExprKind::List(parts) if parts.is_empty());
        if zero || empty && matches!(declared.ty, Type::Map(..) | Type::Set(_) | Type::Amounts) {
            checked.ty = declared.ty.clone();
        } else {
            self.require_type(&checked, &declared.ty, what);
        }
        checked
    }

    /// A ground value of a declared type that reads no row.
    pub(super) fn settled(&mut self, expr: &ast::Expr, declared: &Declared, what: &str) -> Expr {
        let checked = self.constant(expr, declared, what);
        self.require_settled(&checked, what);
        checked
    }

    /// The least and the greatest value: `1 h .. 7 d`.
    pub(super) fn range(
        &mut self,
        range: Option<&ast::Expr>,
        declared: &Declared,
    ) -> (Option<Expr>, Option<Expr>) {
        let Some(range) = range else { return (None, None) };
        let A::Binary(BinaryOp::Range, least, most) = &range.kind else {
            if range.kind != A::Missing {
                let text = "as `in 1 .. 5`";
                self.error("type-mismatch", "a range is expected after `in`", range.range, text);
            }
            return (None, None);
        };
        let least = self.settled(least, declared, "the least value");
        let most = self.settled(most, declared, "the greatest value");
        (Some(least), Some(most))
    }

    fn inside(&mut self, default: Option<&Expr>, least: Option<&Expr>, most: Option<&Expr>) {
        let value = |expr: Option<&Expr>| match expr.map(|expr| &expr.kind) {
            Some(ExprKind::Number(value) | ExprKind::Time(value)) => Some(*value),
            _ => None,
        };
        let (Some(default), Some(span)) = (value(default), default.map(|it| it.span)) else {
            return;
        };
        let below = value(least).is_some_and(|least| default < least);
        let above = value(most).is_some_and(|most| default > most);
        if below || above {
            let message = "the default is outside of the range that is allowed";
            self.report(Diagnostic::error("out-of-range", message).at(span, ""));
        }
    }

    pub(super) fn priority_item(&mut self, it: &ast::Priority, range: Range) -> ItemIr {
        let Some(entity) = self.prioritised(it) else {
            let message = format!("nothing says what `{}` is a row of", it.index.text);
            let text = "no decision, `let` or input has an index of this name with that field";
            self.error("unknown-name", message, it.index.range, text);
            return ItemIr::Nothing;
        };
        self.bring(&it.index.text, Type::Row(entity));
        let by = self.expr(&it.by, None);
        self.require_ground(&by, "a priority");
        let Type::Enum(id) = by.ty else {
            if by.ty != Type::Unknown {
                let message =
                    format!("a priority goes by an enum, and this is {}", self.type_name(&by.ty));
                self.error("type-mismatch", message, it.by.range, "");
            }
            return ItemIr::Nothing;
        };
        let (owner, values) = (self.enum_name(id), self.enum_values(id));
        let names: Vec<ast::Name> = it.cases.iter().map(|case| case.value.clone()).collect();
        self.distinct(&names, "value");
        let mut weights: Vec<Option<Expr>> = vec![None; values.len()];
        for case in &it.cases {
            let weight = self.expr(&case.weight, None);
            self.require_ground(&weight, "a weight");
            self.require_type(&weight, &Type::Number(Dimension::PLAIN), "a weight");
            match values.iter().position(|value| *value == case.value.text) {
                Some(at) => weights[at] = Some(weight),
                None => {
                    self.name_of_enum(&case.value, id);
                }
            }
        }
        let missing: Vec<String> = values
            .iter()
            .zip(&weights)
            .filter(|(_, weight)| weight.is_none())
            .map(|(value, _)| format!("`{value}`"))
            .collect();
        if !missing.is_empty() {
            let message = format!("no weight for {}", missing.join(", "));
            let text = format!("every value of `{owner}` needs one");
            self.error("type-mismatch", message, it.by.range, text);
        }
        let weights =
            weights.into_iter().map(|weight| weight.unwrap_or_else(|| self.unknown(range)));
        let weights: Vec<Expr> = weights.collect();
        let preemption = self.preemption(it, (entity, id), &weights);
        ItemIr::Priority(Priority {
            entity,
            by,
            weights,
            preemption,
            frame: self.frame.max(1),
            span: self.span(range),
        })
    }

    pub(super) fn name_of_enum(&mut self, name: &ast::Name, id: crate::policy::EnumId) {
        let expr = ast::Expr { kind: A::Name(name.text.clone()), range: name.range };
        self.expr(&expr, Some(&Type::Enum(id)));
    }

    /// The entity whose rows are weighed: that of a decision's index of the name, else the only one with the field.
    fn prioritised(&mut self, it: &ast::Priority) -> Option<EntityId> {
        for decision in &self.names.decisions {
            // Words of a decision mean what they mean in its own module.
            let scope = self.names.scopes.get(&decision.file(self.db));
            for (name, domain) in &declared(self.db, *decision).indices {
                if *name == it.index.text
                    && let Some(Symbol::Input(id)) = scope.and_then(|it| it.symbols.get(domain))
                {
                    return self.names.input_entities.get(id.index()).copied().flatten();
                }
            }
        }
        let A::Field(_, field) = &it.by.kind else { return None };
        let ids = (0..self.names.entities.len() as u32).map(EntityId);
        let having: Vec<EntityId> = ids
            .filter(|id| {
                self.entity(*id)
                    .is_some_and(|entity| entity.fields.iter().any(|it| it.name == field.text))
            })
            .collect();
        match having.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// A number's declared unit, for display.
    pub(super) fn display_unit(&self, declared: Option<&Unit>, ty: &Type) -> Option<Unit> {
        declared.cloned().or_else(|| match ty {
            Type::Number(dimension) => crate::display::unit_for(*dimension),
            _ => None,
        })
    }
}

//! Reports.

use apportion_syntax::ast::{self, ExprKind as A, Range};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::{ItemIr, checked};
use crate::check::Checker;
use crate::policy::{Binder, Domain, Expr, ExprKind, Group, LetId, Report, Type};

impl Checker<'_> {
    pub(crate) fn report_item(&mut self, it: &ast::Report, range: Range) -> ItemIr {
        let name_alone;
        let written = match &it.value {
            Some(value) => value,
            None => {
                name_alone =
                    ast::Expr { kind: A::Name(it.name.text.clone()), range: it.name.range };
                &name_alone
            }
        };
        let shares = self.shares(written);
        if let (Some(_), Some(by)) = (&shares, it.by.first()) {
            let message = "shares are reported group by group as they are";
            self.error("type-mismatch", message, by.range, "leave `by` out");
        }
        let value = match shares {
            Some(shares) => shares,
            None => self.expr(written, None),
        };
        if !matches!(
            value.ty,
            Type::Number(_) | Type::Time | Type::Bool | Type::Text | Type::Unknown
        ) {
            let message = format!("{} cannot be shown as one value", self.type_name(&value.ty));
            self.error("type-mismatch", message, written.range, "");
        }
        let by = match value.kind {
            ExprKind::Shares(_) => Vec::new(),
            _ => it.by.iter().filter_map(|by| self.group(by, &value)).collect(),
        };
        let declared = match &value.kind {
            ExprKind::Shares(id) => match &checked(self.db, self.names.fairness[id.index()]).ir {
                ItemIr::Fairness(fairness) => fairness.unit.clone(),
                _ => None,
            },
            ExprKind::Let(id, _) => match &checked(self.db, self.names.lets[id.index()]).ir {
                ItemIr::Let(named, _) => named.unit.clone(),
                _ => None,
            },
            _ => None,
        };
        let unit = self.display_unit(declared.as_ref(), &value.ty);
        ItemIr::Report(Report {
            name: it.name.text.clone(),
            value,
            by,
            frame: self.frame,
            unit,
            span: self.span(range),
        })
    }

    /// `by p.region`: `p` is an index of the value.
    fn group(&mut self, by: &ast::Expr, value: &Expr) -> Option<Group> {
        if value.ty == Type::Unknown {
            return None;
        }
        let index = root(by)?;
        let Some(binder) = self.binder_named(index, value, &mut FxHashSet::default()) else {
            let message = format!("the value that is reported has no index `{index}`");
            self.error("unknown-name", message, by.range, "");
            return None;
        };
        let ty = self.domain_type(&binder.domain)?;
        // The key is worked out with the value in slot 0.
        let mut inner = Checker::new(self.db, self.item);
        inner.bring(&binder.name, ty);
        let key = inner.expr(by, None);
        inner.require_ground(&key, "a group");
        self.findings.append(&mut inner.findings);
        Some(Group { index: binder.name.clone(), domain: binder.domain, key })
    }

    fn domain_type(&self, domain: &Domain) -> Option<Type> {
        Some(match domain {
            Domain::Input(id) => Type::Row((*self.names.input_entities.get(id.index())?)?),
            Domain::Enum(id) => Type::Enum(*id),
            Domain::Resources => Type::Resource,
            Domain::Slots(id) => Type::Slot(*id),
            Domain::Values(values) => values.first()?.ty.clone(),
            Domain::Set(_) => return None,
        })
    }

    /// The first index of a name in an expression, or in a `let` that it reads and that was not `seen` yet.
    fn binder_named(&self, name: &str, expr: &Expr, seen: &mut FxHashSet<LetId>) -> Option<Binder> {
        let mut found = None;
        let mut lets = Vec::new();
        crate::eval::walk(expr, &mut |part| match &part.kind {
            ExprKind::Aggregate(_, binders, _) if found.is_none() => {
                found = binders.iter().find(|binder| binder.name == name).cloned();
            }
            ExprKind::Let(id, _) if seen.insert(*id) => lets.push(*id),
            ExprKind::Decision(id, _) | ExprKind::Moves(id, _) => {
                let place = self.names.decisions[id.index()];
                if let (ItemIr::Decision(decision, _), None) = (&checked(self.db, place).ir, &found)
                {
                    found = decision.indices.iter().find(|index| index.name == name).cloned();
                }
            }
            _ => {}
        });
        found.or_else(|| {
            lets.into_iter().find_map(|id| {
                let place = self.names.lets[id.index()];
                let ItemIr::Let(named, _) = &checked(self.db, place).ir else {
                    return None;
                };
                let own = named.indices.iter().find(|index| index.name == name).cloned();
                own.or_else(|| self.binder_named(name, &named.value, seen))
            })
        })
    }
}

pub(super) fn root(expr: &ast::Expr) -> Option<&SmolStr> {
    match &expr.kind {
        A::Name(name) => Some(name),
        A::Field(base, _) => root(base),
        A::Index(base, _) => root(base),
        _ => None,
    }
}

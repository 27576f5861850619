//! Fairness: groups of rows, and what is sought of their shares.

mod dominant;
mod utility;

use apportion_diagnostic::{Diagnostic, nearest};
use apportion_syntax::ast::{self, ExprKind as A, Range};
use apportion_units::{Dimension, Unit, counted};
use smol_str::SmolStr;

use super::ranges::Interval;
use super::reports::root;
use super::{ItemIr, checked};
use crate::check::Checker;
use crate::index::Symbol;
use crate::mentions::names;
use crate::policy::{Binder, Domain, Expr, ExprKind, Fairness, Sought, Stage, Tier, Type};
use crate::signature::Signature;

/// The measures, as an author writes them.
const MEASURES: [&str; 4] = ["max_min", "drf", "proportional", "alpha_fair"];

/// What is shared, as an author writes it.
enum Shared<'a> {
    /// What each row has.
    Amount(&'a ast::Expr),
    /// Dominant shares, with what `drf` is given.
    Dominant(&'a [ast::Argument]),
}

impl Checker<'_> {
    pub(super) fn fairness_item(&mut self, it: &ast::Fairness, range: Range) -> ItemIr {
        let Some(index) = self.index_of_groups(it) else { return ItemIr::Nothing };
        let Some((measure, arguments)) = self.measure(&it.measure) else { return ItemIr::Nothing };
        // No index is in sight yet: what is sought is the same for all groups.
        let Some((shared, sought)) = self.sought(it, measure, arguments) else {
            return ItemIr::Nothing;
        };
        let shared = match shared {
            Shared::Dominant(arguments) => self.dominant(it, &index, arguments),
            Shared::Amount(written) => self.amount(it, &index, written),
        };
        let Some((indices, amount)) = shared else { return ItemIr::Nothing };
        self.refuse_amount(&amount);
        self.refuse_moves_in_shares(&amount);
        let tiers = self.tiers(it, &amount);
        self.refuse_floor(&sought, &share_type(&amount, tiers.first()));
        let unit = self.unit_of_shares(&amount, &tiers);
        ItemIr::Fairness(Fairness {
            name: it.name.text.clone(),
            indices,
            amount,
            tiers,
            sought,
            frame: self.frame,
            unit,
            span: self.span(range),
        })
    }

    /// The unit that shares are shown in: what is shared says it where shares are in its unit.
    fn unit_of_shares(&self, amount: &Expr, tiers: &[Tier]) -> Option<Unit> {
        let ty = share_type(amount, tiers.first());
        let declared = match &amount.kind {
            _ if ty != amount.ty => None,
            ExprKind::Decision(id, _) => {
                match &checked(self.db, self.names.decisions[id.index()]).ir {
                    ItemIr::Decision(decision, _) => decision.unit.clone(),
                    _ => None,
                }
            }
            ExprKind::Let(id, _) => match &checked(self.db, self.names.lets[id.index()]).ir {
                ItemIr::Let(named, _) => named.unit.clone(),
                _ => None,
            },
            _ => None,
        };
        self.display_unit(declared.as_ref(), &ty)
    }

    /// The one index whose rows the groups are made of.
    fn index_of_groups(&mut self, it: &ast::Fairness) -> Option<SmolStr> {
        let Some(first) = it.among.first() else {
            let message = "fairness is among groups, and this names none";
            let text = "whose shares? as `for w.tenant`";
            self.error("type-mismatch", message, it.name.range, text);
            return None;
        };
        let index = root(first).filter(|index| !index.is_empty());
        let Some(index) = index.cloned() else {
            let message = "a group is an index or a field of one";
            self.error("type-mismatch", message, first.range, "as `w.tenant`");
            return None;
        };
        if let Some(other) = it.among.iter().find(|it| root(it) != Some(&index)) {
            let message = format!("all groups are of one index, which is `{index}`");
            self.error("type-mismatch", message, other.range, format!("as `{index}.tenant`"));
            return None;
        }
        Some(index)
    }

    /// The measure's name and what it is given.
    fn measure<'a>(
        &mut self,
        measure: &'a ast::Expr,
    ) -> Option<(&'static str, &'a [ast::Argument])> {
        let (name, arguments) = match &measure.kind {
            A::Name(name) => (name, &[][..]),
            A::Call(callee, arguments) => match &callee.kind {
                A::Name(name) => (name, &arguments[..]),
                _ => return self.no_measure("", callee.range),
            },
            A::Missing => return None,
            _ => return self.no_measure("", measure.range),
        };
        match MEASURES.into_iter().find(|known| known == name) {
            Some(known) => Some((known, arguments)),
            None => self.no_measure(name, measure.range),
        }
    }

    fn no_measure<T>(&mut self, name: &str, range: Range) -> Option<T> {
        let message = match name {
            "" => "a measure of fairness is expected".to_owned(),
            name => format!("there is no measure of fairness `{name}`"),
        };
        let near = nearest(name, MEASURES).map(str::to_owned);
        let finding = Diagnostic::error("unknown-name", message);
        let finding = match near {
            Some(near) => finding.at(self.span(range), format!("did you mean `{near}`?")),
            None => finding.at(self.span(range), ""),
        };
        let measures =
            "`max_min(amount)`, `drf`, `proportional(amount)`, `alpha_fair(amount, alpha)`";
        self.report(finding.note(format!("measures: {measures}")));
        None
    }

    /// What is shared by a measure, and what is sought of the shares.
    fn sought<'a>(
        &mut self,
        it: &ast::Fairness,
        measure: &str,
        arguments: &'a [ast::Argument],
    ) -> Option<(Shared<'a>, Sought)> {
        match (measure, arguments) {
            ("drf", _) => Some((Shared::Dominant(arguments), Sought::MaxMin)),
            ("max_min", [ast::Argument { value: Some(written), label: None, .. }]) => {
                Some((Shared::Amount(written), Sought::MaxMin))
            }
            ("max_min", _) => {
                let message = "`max_min` takes 1 argument: what each row has";
                self.error("type-mismatch", message, it.measure.range, "as `max_min(served)`");
                None
            }
            _ => self.worth(measure, arguments, it.measure.range),
        }
    }

    /// `served`, `x[w, *] * w.speed`: an amount for each row.
    fn amount(
        &mut self,
        it: &ast::Fairness,
        index: &SmolStr,
        written: &ast::Expr,
    ) -> Option<(Vec<Binder>, Expr)> {
        if let Some(over) = it.over.first() {
            let message = "only `drf` is over resources";
            let text = "leave it out: the amount says what is shared";
            self.error("type-mismatch", message, over.range, text);
        }
        let Some((domain, ty)) = self.run_over(index, written) else {
            let message = format!("nothing that is shared has an index `{index}`");
            let text = format!("no decision or `let` with an index `{index}` is read");
            self.error("unknown-name", message, written.range, text);
            return None;
        };
        let binder = self.bring_index(index, domain, ty, it.among.first()?.range);
        let amount = self.expr(&self.for_index(index, written), None);
        Some((vec![binder], amount))
    }

    fn bring_index(&mut self, name: &SmolStr, domain: Domain, ty: Type, range: Range) -> Binder {
        let var = self.bring(name, ty);
        let span = self.span(range);
        Binder { var, name: name.clone(), domain, condition: None, span }
    }

    /// What an index runs over in the decision or `let` that an expression reads.
    fn run_over(&self, index: &SmolStr, written: &ast::Expr) -> Option<(Domain, Type)> {
        let mut mentioned = Vec::new();
        names(written, &mut mentioned);
        mentioned.iter().find_map(|name| {
            let (words, domains, types) = self.indices(name)?;
            let at = words.iter().position(|word| word == index)?;
            Some((domains[at].clone(), types[at].clone()))
        })
    }

    /// The words, domains and types of the indices of a decision or a `let`.
    fn indices(&self, name: &str) -> Option<(&[SmolStr], &[Domain], &[Type])> {
        let signature = match self.symbol(name)? {
            Symbol::Decision(id) => self.signature(self.names.decisions[id.index()]),
            Symbol::Let(id) => self.signature(self.names.lets[id.index()]),
            _ => return None,
        };
        match signature {
            Signature::Decision(it) => Some((&it.words, &it.domains, &it.indices)),
            Signature::Let(it) => Some((&it.words, &it.domains, &it.indices)),
            _ => None,
        }
    }

    /// `served` as `served[w]`, and `x` as `x[w, *]`; anything else as it stands.
    fn for_index(&self, index: &SmolStr, written: &ast::Expr) -> ast::Expr {
        let words = match &written.kind {
            A::Name(name) => self.indices(name).map(|(words, ..)| words),
            _ => None,
        };
        let Some(words) = words else { return written.clone() };
        let at = words.iter().position(|word| word == index);
        let name = |at: usize| ast::Expr { kind: A::Name(words[at].clone()), ..written.clone() };
        let indices = (0..words.len()).map(|it| (Some(it) == at).then(|| name(it))).collect();
        ast::Expr { kind: A::Index(Box::new(written.clone()), indices), ..written.clone() }
    }

    /// A share is a sum of what is decided, in one unit.
    fn refuse_amount(&mut self, amount: &Expr) {
        let finding = match (amount.stage, &amount.ty) {
            (_, Type::Unknown) => return,
            (_, ty) if !matches!(ty, Type::Number(_)) => {
                let message = format!("a share is a number, and this is {}", self.type_name(ty));
                Diagnostic::error("type-mismatch", message).at(amount.span, "")
            }
            (Stage::Ground, _) => {
                let message = "shares are of what is decided, and this is known already";
                Diagnostic::error("type-mismatch", message).at(amount.span, "no decision in it")
            }
            (Stage::Affine, _) => return,
            _ => {
                let message = "shares are sums of decisions, and this is none";
                let text = "extremes and conditions on decisions are no sums";
                Diagnostic::error("not-convex-here", message).at(amount.span, text)
            }
        };
        self.report(finding);
    }

    fn tiers(&mut self, it: &ast::Fairness, amount: &Expr) -> Vec<Tier> {
        if !it.weight.is_empty() && it.weight.len() != it.among.len() {
            let message = format!(
                "there are {} for {}",
                counted(it.weight.len(), "weight", "weights"),
                counted(it.among.len(), "kind of group", "kinds of group")
            );
            let text = "one for each kind of group, in their order";
            self.error("type-mismatch", message, it.weight[0].range, text);
        }
        let mut tiers: Vec<Tier> = Vec::new();
        for (at, among) in it.among.iter().enumerate() {
            let key = self.expr(among, None);
            self.require_ground(&key, "a group");
            if matches!(key.ty, Type::Set(_) | Type::List(_) | Type::Map(..) | Type::Amounts) {
                let message = format!("{} tells no groups apart", self.type_name(&key.ty));
                self.report(Diagnostic::error("type-mismatch", message).at(key.span, ""));
            }
            let weight = it.weight.get(at).map(|weight| self.weight_of_group(weight));
            let tier = Tier { key, weight };
            if let Some(first) = tiers.first()
                && share_type(amount, Some(first)) != share_type(amount, Some(&tier))
                && let Some(weight) = &tier.weight
            {
                let message = "shares of all kinds of group are in one unit";
                self.report(Diagnostic::error("unit-mismatch", message).at(weight.span, ""));
            }
            tiers.push(tier);
        }
        tiers
    }

    fn weight_of_group(&mut self, written: &ast::Expr) -> Expr {
        let weight = self.expr(written, None);
        self.require_ground(&weight, "a weight");
        if !matches!(weight.ty, Type::Number(_) | Type::Unknown) {
            let message =
                format!("a weight is a number, and this is {}", self.type_name(&weight.ty));
            self.report(Diagnostic::error("type-mismatch", message).at(weight.span, ""));
        }
        if let Some(Interval { least, .. }) = self.interval(&weight)
            && least <= 0.0
        {
            let message = "a weight is what a share is divided by, so it is more than 0";
            let finding = Diagnostic::error("out-of-range", message).at(weight.span, "");
            self.report(finding.help("give each parameter that it reads a range above 0"));
        }
        weight
    }
}

/// The type of a share of a tier.
pub(crate) fn share_type(amount: &Expr, tier: Option<&Tier>) -> Type {
    let weight = tier.and_then(|tier| tier.weight.as_ref());
    match (&amount.ty, weight.map_or(&Type::Number(Dimension::PLAIN), |weight| &weight.ty)) {
        (Type::Number(amount), Type::Number(weight)) => Type::Number(amount.divide(*weight)),
        _ => Type::Unknown,
    }
}

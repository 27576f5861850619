//! Items to the parts of a checked policy, one file per kind.

mod budgets;
mod claims;
mod decisions;
mod entities;
mod fairness;
mod forecasts;
mod objectives;
mod overrides;
mod patterns;
mod preemption;
mod ranges;
mod reports;
mod rules;
mod settled;
mod slas;
mod small;
mod test;

use apportion_diagnostic::{Diagnostic, Span};
use apportion_syntax::ast::{Item, ItemKind};
use apportion_units::Dimension;
use smol_str::SmolStr;

use crate::check::Checker;
use crate::db::{ItemSource, parsed};
use crate::index::{MAX_DEPTH, Refusal, circle, declared};
use crate::policy::{
    Budget, Decision, Entity, Enum, Fairness, Forecast, Input, Let, Level, Param, Priority, Report,
    Resource, Rule, Slots, Test, Type,
};

pub(crate) use fairness::share_type;
pub(crate) use forecasts::{SLOT, TIME, VALUE};
pub(crate) use objectives::odd_slack;
pub(crate) use overrides::{Override, changed_rule};
pub(crate) use patterns::Demand;

/// What an item becomes. Spans count from the item's first byte, in source 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ItemIr {
    Nothing,
    Edition(u32),
    /// The entity, then the enums written in place.
    Entity(Entity, Vec<Enum>),
    Enum(Enum),
    Input(Input),
    Param(Param),
    Resource(Resource),
    Slots(Slots),
    /// The forecast and its slots.
    Forecast(Box<Forecast>, Slots),
    /// The decision and the types of its indices.
    Decision(Decision, Vec<Type>),
    /// The `let` and the types of its indices.
    Let(Let, Vec<Type>),
    /// The rule, and what one unit of its violation comes to at its price.
    Rule(Rule, Option<Dimension>),
    /// The budget, the rule that enforces it, and its soft band.
    Budget(Budget, Rule, Option<Box<Band>>),
    /// The change of an imported rule, and what one unit of its violation then comes to at its price.
    Override(Override, Option<Dimension>),
    Priority(Priority),
    Fairness(Fairness),
    Levels(Vec<Level>),
    Report(Report),
    /// The test, and for each expectation the rules that must be its reason.
    Test(Test, Vec<Vec<RuleName>>),
}

/// A rule as a test names it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RuleName {
    pub(crate) name: SmolStr,
    pub(crate) span: Span,
}

/// What a budget's soft band comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Band {
    pub(crate) rule: Rule,
    /// What one unit beyond it comes to at its price.
    pub(crate) paid: Option<Dimension>,
}

/// An item's part of the policy and what is wrong with its text.
#[derive(Clone, PartialEq, salsa::SalsaValue)]
pub(crate) struct Checked<'db> {
    pub(crate) ir: ItemIr,
    /// Spans count from the item's first byte, in source 0; source `n + 1` is the declaration of `shown[n]`.
    pub(crate) findings: Vec<Diagnostic>,
    pub(crate) shown: Vec<ItemSource<'db>>,
    /// What has to lie in a range.
    pub(crate) demands: Vec<Demand<'db>>,
}

/// Checks one item.
#[salsa::tracked(returns(ref))]
pub(crate) fn checked<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Checked<'db> {
    let mut checker = Checker::new(db, item);
    let ir = checker.any_item(item);
    let Checker { findings, shown, demands, .. } = checker;
    Checked { ir, findings, shown, demands }
}

impl<'db> Checker<'db> {
    fn any_item(&mut self, item: ItemSource<'db>) -> ItemIr {
        let tree = &parsed(self.db, item).item;
        if let Some(refusal) = self.names.refused.get(&item) {
            return self.refused_definition(item, tree, *refusal);
        }
        let range = tree.range;
        match &tree.kind {
            ItemKind::Edition(number) => self.edition(number),
            ItemKind::Use(it) => self.use_item(it),
            ItemKind::Unknown => ItemIr::Nothing,
            ItemKind::Param(it) => self.param(it, range),
            ItemKind::Enum(it) => self.enum_item(it, range),
            ItemKind::Entity(it) => self.entity_item(it, range),
            ItemKind::Resource(it) => self.resource_item(it, range),
            ItemKind::Slots(it) => self.slots_item(it, range),
            ItemKind::Input(it) => self.input_item(it, range),
            ItemKind::Place(it) => self.place_item(it, range),
            ItemKind::Decide(it) => self.decide_item(it, range),
            ItemKind::Let(it) => self.let_item(it, range),
            ItemKind::Report(it) => self.report_item(it, range),
            ItemKind::Rule(it) => self.rule_item(it, range),
            ItemKind::Priority(it) => self.priority_item(it, range),
            ItemKind::Budget(it) => self.budget_item(it, range),
            ItemKind::Objective(it) => self.objective_item(it),
            ItemKind::Forecast(it) => self.forecast_item(it, range),
            ItemKind::Fairness(it) => self.fairness_item(it, range),
            ItemKind::Pattern(it) => self.pattern_item(it),
            ItemKind::Test(it) => self.test_item(it),
            ItemKind::Override(it) => self.override_item(it, range),
        }
    }

    fn refused_definition(
        &mut self,
        item: ItemSource<'db>,
        tree: &Item,
        refusal: Refusal,
    ) -> ItemIr {
        let name = match &tree.kind {
            ItemKind::Param(it) => &it.name,
            ItemKind::Place(it) => &it.name,
            ItemKind::Decide(it) => &it.name,
            ItemKind::Let(it) => &it.name,
            ItemKind::Priority(it) => &it.index,
            ItemKind::Slots(it) => &it.name,
            ItemKind::Forecast(it) => &it.name,
            ItemKind::Pattern(it) => &it.name,
            _ => return ItemIr::Nothing,
        };
        let (code, message, text) = match refusal {
            Refusal::Itself => (
                "definition-cycle",
                format!("`{}` is defined by itself", name.text),
                "straight, or through what it reads",
            ),
            Refusal::TooDeep => (
                "text-too-deep",
                format!("`{}` lies at the end of more than {MAX_DEPTH} definitions", name.text),
                "each reads the next",
            ),
        };
        let mut finding = Diagnostic::error(code, message).at(self.span(name.range), text);
        if refusal == Refusal::Itself {
            let circle = circle(self.db, self.names, item).into_iter();
            let names = circle.map(|it| &declared(self.db, it).name).filter(|it| !it.is_empty());
            let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
            if names.len() > 1 {
                finding = finding.note(format!("it reads {}", names.join(", which reads ")));
            }
        }
        self.report(finding);
        ItemIr::Nothing
    }
}

//! Items to the parts of a checked policy, one file per kind.

mod budgets;
mod claims;
mod decisions;
mod entities;
mod objectives;
mod reports;
mod rules;
mod small;

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{Item, ItemKind};

use crate::check::Checker;
use crate::db::{Program, Shared, parsed};
use crate::index::{Index, Place};
use crate::policy::{
    Budget, Decision, Entity, Enum, Input, Let, Level, Param, Priority, Report, Resource, Rule,
    Slots, Type,
};
use crate::signature::PlaceOf;

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
    /// The decision and the types of its indices.
    Decision(Decision, Vec<Type>),
    /// The `let` and the types of its indices.
    Let(Let, Vec<Type>),
    Rule(Rule),
    Budget(Budget, Rule),
    Priority(Priority),
    Levels(Vec<Level>),
    Report(Report),
}

/// An item's part of the policy and what is wrong with its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Checked {
    pub(crate) ir: ItemIr,
    pub(crate) findings: Vec<Diagnostic>,
}

/// The checked item at a place.
pub(crate) fn check_at(db: &dyn salsa::Database, program: Program, place: Place) -> &Checked {
    check_item(db, program, PlaceOf::new(db, place.file, place.item))
}

/// Checks one item.
#[salsa::tracked(returns(ref))]
pub(crate) fn check_item<'db>(
    db: &'db dyn salsa::Database,
    program: Program,
    at: PlaceOf<'db>,
) -> Shared<Checked> {
    let place = Place { file: at.file(db), item: at.item(db) };
    let source = Index::source(db, program, place);
    let parsed = parsed(db, source);
    let mut checker = Checker::new(db, program, place);
    let range = parsed.item.range;
    if checker.index.recursive.contains(&place) {
        checker.defined_by_itself(&parsed.item);
        return Shared::new(Checked { ir: ItemIr::Nothing, findings: checker.findings });
    }
    let ir = match &parsed.item.kind {
        ItemKind::Edition(number) => checker.edition(number),
        ItemKind::Use(it) => {
            if let Some(open) = it.open.first() {
                checker.not_implemented("`use … open`", open.range);
            }
            ItemIr::Nothing
        }
        ItemKind::Unknown => ItemIr::Nothing,
        ItemKind::Param(it) => checker.param(it, range),
        ItemKind::Enum(it) => checker.enum_item(it, range),
        ItemKind::Entity(it) => checker.entity_item(it, range),
        ItemKind::Resource(it) => checker.resource_item(it, range),
        ItemKind::Slots(it) => checker.slots_item(it, range),
        ItemKind::Input(it) => checker.input_item(it, range),
        ItemKind::Place(it) => checker.place_item(it, range),
        ItemKind::Decide(it) => checker.decide_item(it, range),
        ItemKind::Let(it) => checker.let_item(it, range),
        ItemKind::Report(it) => checker.report_item(it, range),
        ItemKind::Rule(it) => checker.rule_item(it, range),
        ItemKind::Priority(it) => checker.priority_item(it, range),
        ItemKind::Budget(it) => checker.budget_item(it, range),
        ItemKind::Objective(it) => checker.objective_item(it),
        ItemKind::Forecast(it) => checker.refused("`forecast`", it.name.range),
        ItemKind::Fairness(it) => checker.refused("`fairness`", it.name.range),
        ItemKind::Pattern(it) => checker.refused("`pattern`", it.name.range),
        ItemKind::Test(it) => checker.refused("`test`", it.name.range),
        ItemKind::Override(it) => {
            let word = if it.tighten { "`tighten`" } else { "`loosen`" };
            checker.refused(word, range)
        }
    };
    Shared::new(Checked { ir, findings: checker.findings })
}

impl Checker<'_> {
    fn defined_by_itself(&mut self, item: &Item) {
        let name = match &item.kind {
            ItemKind::Param(it) => &it.name,
            ItemKind::Place(it) => &it.name,
            ItemKind::Decide(it) => &it.name,
            ItemKind::Let(it) => &it.name,
            ItemKind::Priority(it) => &it.index,
            ItemKind::Slots(it) => &it.name,
            _ => return,
        };
        let message = format!("`{}` is defined by itself", name.text);
        let text = "straight, or through what it reads";
        self.error("definition-cycle", message, name.range, text);
    }

    fn refused(&mut self, construct: &str, range: apportion_syntax::ast::Range) -> ItemIr {
        self.not_implemented(construct, range);
        ItemIr::Nothing
    }
}

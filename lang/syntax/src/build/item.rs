//! Items that declare facts, decisions and names.

use super::{Builder, Node, Parts};
use crate::ast::{
    Bounds, Decide, Dimension, Entity, Enum, Expr, Field, Forecast, Input, ItemKind, Let, Name,
    Number, OnMissing, Param, Place, Report, Resource, Slots, UnitExpr, Use, UseWhat,
};
use crate::grammar::Rule;

impl Builder<'_> {
    /// The item that a node of the grammar holds.
    pub(crate) fn item(&self, node: Node) -> ItemKind {
        let rule = node.as_rule();
        let token = node.as_span().start();
        let parts = &mut Parts::of(node);
        parts.at += 1;
        self.set_line(line_of(rule));
        let kind = match rule {
            Rule::edition => ItemKind::Edition(self.number(parts)),
            Rule::use_item => ItemKind::Use(self.use_item(parts)),
            Rule::param => ItemKind::Param(self.param(parts)),
            Rule::enum_item => {
                ItemKind::Enum(Enum { name: self.name(parts), values: self.name_list(parts) })
            }
            Rule::entity => ItemKind::Entity(self.entity(parts)),
            Rule::resource => ItemKind::Resource(self.resource(parts)),
            Rule::slots => ItemKind::Slots(self.slots(parts)),
            Rule::input => ItemKind::Input(self.input(parts)),
            Rule::forecast => ItemKind::Forecast(self.forecast(parts)),
            Rule::place => ItemKind::Place(self.place(parts)),
            Rule::decide => ItemKind::Decide(self.decide(parts)),
            Rule::let_item => ItemKind::Let(self.let_item(parts)),
            Rule::report => ItemKind::Report(self.report_item(parts)),
            Rule::rule_item => ItemKind::Rule(self.rule(token, parts)),
            Rule::priority => ItemKind::Priority(self.priority(parts)),
            Rule::fairness => ItemKind::Fairness(self.fairness(parts)),
            Rule::budget => ItemKind::Budget(self.budget(parts)),
            Rule::objective => ItemKind::Objective(self.objective(parts)),
            Rule::test => ItemKind::Test(self.test(parts)),
            Rule::pattern => ItemKind::Pattern(self.pattern(parts)),
            Rule::override_item => ItemKind::Override(self.override_item(token, parts)),
            _ => ItemKind::Unknown,
        };
        self.report_rest(parts);
        kind
    }

    fn number(&self, parts: &mut Parts) -> Number {
        match self.take(parts, Rule::year) {
            Some(node) => self.number_at(node.as_span().start()),
            None => Number { text: Default::default(), range: self.gap(parts.at) },
        }
    }

    fn use_item(&self, parts: &mut Parts) -> Use {
        let path = self.names(parts);
        let what = if self.take(parts, Rule::use_all).is_some() {
            UseWhat::All
        } else if parts.next.as_ref().is_some_and(|node| node.as_rule() == Rule::names) {
            UseWhat::Names(self.name_list(parts))
        } else {
            UseWhat::Last
        };
        let open = self.take(parts, Rule::use_open);
        let open = open.map(|node| self.all_names(node)).unwrap_or_default();
        Use { path, what, open }
    }

    /// All names inside a node.
    pub(super) fn all_names(&self, node: Node) -> Vec<Name> {
        let parts = &mut Parts::of(node);
        let names = self.names(parts);
        self.report_rest(parts);
        names
    }

    /// The expression inside the next part, if that is a `rule`.
    pub(super) fn inner(&self, parts: &mut Parts, rule: Rule) -> Option<Expr> {
        let node = self.take(parts, rule)?;
        let parts = &mut Parts::of(node);
        parts.at += 1;
        let expression = self.expression(parts);
        self.report_rest(parts);
        Some(expression)
    }

    fn param(&self, parts: &mut Parts) -> Param {
        Param {
            name: self.name(parts),
            ty: self.type_expression(parts),
            default: self.inner(parts, Rule::initial),
            range: self.inner(parts, Rule::limits),
        }
    }

    fn entity(&self, parts: &mut Parts) -> Entity {
        let name = self.name(parts);
        let mut fields = Vec::new();
        while let Some(node) = self.take(parts, Rule::entity_field) {
            let doc = self.doc(node.as_span().start());
            let parts = &mut Parts::of(node);
            let field = Field {
                doc,
                key: self.take(parts, Rule::key).is_some(),
                name: self.name(parts),
                ty: self.type_expression(parts),
                default: self.inner(parts, Rule::initial),
                range: self.inner(parts, Rule::limits),
                on_missing: self.on_missing(parts),
            };
            self.report_rest(parts);
            fields.push(field);
        }
        Entity { name, fields }
    }

    fn on_missing(&self, parts: &mut Parts) -> Option<OnMissing> {
        let parts = &mut Parts::of(self.take(parts, Rule::on_missing)?);
        let known = [Rule::deny, Rule::exclude, Rule::assume, Rule::last];
        let node = self.take_if(parts, |rule| known.contains(&rule))?;
        let range = self.range(&node);
        Some(match node.as_rule() {
            Rule::deny => OnMissing::Deny(range),
            Rule::exclude => OnMissing::Exclude(range),
            Rule::assume => OnMissing::Assume(self.inner_expression(node)),
            _ => OnMissing::Last(self.inner_expression(node)),
        })
    }

    fn resource(&self, parts: &mut Parts) -> Resource {
        let name = self.name(parts);
        let expected = parts.at;
        let unit = match self.take(parts, Rule::unit_type) {
            Some(node) => self.unit(node),
            None => UnitExpr { factors: Vec::new(), per: Vec::new(), range: self.gap(expected) },
        };
        Resource { name, unit }
    }

    /// As [`Builder::inner`]; where there is none, a missing expression.
    fn required(&self, parts: &mut Parts, rule: Rule) -> Expr {
        self.inner(parts, rule).unwrap_or_else(|| self.expression(parts))
    }

    fn slots(&self, parts: &mut Parts) -> Slots {
        Slots {
            name: self.name(parts),
            over: self.required(parts, Rule::over),
            every: self.required(parts, Rule::every),
        }
    }

    fn input(&self, parts: &mut Parts) -> Input {
        let (name, entity) = (self.name(parts), self.name(parts));
        let mut input = Input { name, entity, max: None, fresh: None, on_missing: None };
        while let Some(node) = &parts.next {
            match node.as_rule() {
                Rule::rows => {
                    let rows = self.take(parts, Rule::rows);
                    input.max = rows.map(|node| self.number(&mut Parts::of(node)));
                }
                Rule::fresh => input.fresh = self.inner(parts, Rule::fresh),
                Rule::on_missing => input.on_missing = self.on_missing(parts),
                _ => break,
            }
        }
        input
    }

    fn forecast(&self, parts: &mut Parts) -> Forecast {
        let name = self.name(parts);
        let indices = self.indices(parts);
        let (mut over, mut every) = (None, None);
        while let Some(node) = &parts.next {
            match node.as_rule() {
                Rule::over => over = self.inner(parts, Rule::over),
                Rule::every => every = self.inner(parts, Rule::every),
                _ => break,
            }
        }
        let ty = self.type_expression(parts);
        let (mut quantiles, mut on_missing) = (Vec::new(), None);
        while let Some(node) = &parts.next {
            match node.as_rule() {
                Rule::quantiles => {
                    let node = self.take(parts, Rule::quantiles);
                    quantiles = node.map(|node| self.all_names(node)).unwrap_or_default();
                }
                Rule::on_missing => on_missing = self.on_missing(parts),
                _ => break,
            }
        }
        Forecast { name, indices, over, every, ty, quantiles, on_missing }
    }

    fn indices(&self, parts: &mut Parts) -> Vec<crate::ast::Binder> {
        let Some(node) = self.take(parts, Rule::indices) else { return Vec::new() };
        let parts = &mut Parts::of(node);
        let binders = self.binders(parts);
        self.report_rest(parts);
        binders
    }

    fn place(&self, parts: &mut Parts) -> Place {
        let subject = self.dimension(parts);
        let target = self.dimension(parts);
        let mut via = Vec::new();
        while let Some(node) = self.take(parts, Rule::dimension) {
            via.push(self.dimension_of(node));
        }
        let name = self.name(parts);
        let ty = self.type_expression(parts);
        let (bounds, condition) = self.decision_end(parts);
        Place { subject, target, via, name, ty, bounds, condition }
    }

    fn dimension(&self, parts: &mut Parts) -> Dimension {
        match self.take(parts, Rule::dimension) {
            Some(node) => self.dimension_of(node),
            None => Dimension { domain: self.expression(parts), name: self.name(parts) },
        }
    }

    fn dimension_of(&self, node: Node) -> Dimension {
        let parts = &mut Parts::of(node);
        let dimension = Dimension { domain: self.expression(parts), name: self.name(parts) };
        self.report_rest(parts);
        dimension
    }

    fn decide(&self, parts: &mut Parts) -> Decide {
        let name = self.name(parts);
        let indices = self.indices(parts);
        let ty = self.type_expression(parts);
        let (bounds, condition) = self.decision_end(parts);
        Decide { name, indices, ty, bounds, condition }
    }

    fn decision_end(&self, parts: &mut Parts) -> (Bounds, Option<Expr>) {
        let (mut bounds, mut condition) = (Bounds::default(), None);
        while let Some(node) = &parts.next {
            match node.as_rule() {
                Rule::at_most => bounds.upper = self.inner(parts, Rule::at_most),
                Rule::at_least => bounds.lower = self.inner(parts, Rule::at_least),
                Rule::limits => self.limits(parts, &mut bounds),
                Rule::condition => condition = self.inner(parts, Rule::condition),
                _ => break,
            }
        }
        (bounds, condition)
    }

    /// `in a .. b`
    fn limits(&self, parts: &mut Parts, bounds: &mut Bounds) {
        use crate::ast::{BinaryOp, ExprKind};
        let Some(limits) = self.inner(parts, Rule::limits) else { return };
        if let ExprKind::Binary(BinaryOp::Range, lower, upper) = limits.kind {
            (bounds.lower, bounds.upper) = (Some(*lower), Some(*upper));
        } else if limits.kind != ExprKind::Missing {
            self.expected_range(parts.at);
        }
    }

    fn let_item(&self, parts: &mut Parts) -> Let {
        Let {
            name: self.name(parts),
            indices: self.indices(parts),
            ty: self.maybe_type(parts),
            value: self.expression(parts),
        }
    }

    fn report_item(&self, parts: &mut Parts) -> Report {
        Report {
            name: self.name(parts),
            value: self.maybe_expression(parts),
            by: self.inner_list(parts, Rule::by),
        }
    }

    /// The expressions inside the next part, if that is a `rule`.
    pub(super) fn inner_list(&self, parts: &mut Parts, rule: Rule) -> Vec<Expr> {
        let Some(node) = self.take(parts, rule) else { return Vec::new() };
        let parts = &mut Parts::of(node);
        let list = self.expressions(parts);
        self.report_rest(parts);
        list
    }
}

/// What a line of the block of an item is called, for those that have one.
pub(crate) fn line_of(item: Rule) -> &'static str {
    match item {
        Rule::rule_item | Rule::pattern | Rule::override_item => "a line of a rule",
        Rule::entity => "a field of an entity",
        Rule::enum_item => "a list of values",
        Rule::objective => "a level of the objective",
        Rule::priority => "a line of a priority",
        Rule::budget => "a line of a budget",
        Rule::test => "a line of a test",
        _ => "this item",
    }
}

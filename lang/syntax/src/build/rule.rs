//! Rules and the items that weigh, limit and test them.

use smol_str::SmolStr;

use super::{Builder, Node, Parts};
use crate::ast::{
    BinaryOp, Budget, Expr, ExprKind, Fairness, IfBroken, Level, Name, Objective, Override,
    Pattern, PatternIndex, PatternParam, Priority, PriorityCase, Range, Rule as RuleItem, RuleKind,
    Soft, Statement, StatementKind, Test, TestLine, Text,
};
use crate::error::Expected;
use crate::grammar::Rule;

impl Builder<'_> {
    pub(super) fn rule(&self, token: usize, parts: &mut Parts) -> RuleItem {
        let kind = match self.word(token) {
            "compliance" => RuleKind::Compliance,
            "sla" => RuleKind::Sla,
            _ => RuleKind::Rule,
        };
        let mut rule = RuleItem {
            kind,
            name: self.name(parts),
            soft: None,
            if_broken: None,
            because: None,
            cites: None,
            target: None,
            body: Vec::new(),
        };
        let clause = |found| {
            use Rule::{because, cites, if_broken, soft, statements, target};
            matches!(found, soft | if_broken | because | cites | target | statements)
        };
        while let Some(node) = self.take_if(parts, clause) {
            match node.as_rule() {
                Rule::soft => rule.soft = Some(self.soft(node)),
                Rule::if_broken => rule.if_broken = self.if_broken(node),
                Rule::because => rule.because = Some(self.quoted(&mut Parts::of(node), true)),
                Rule::cites => rule.cites = Some(self.quoted(&mut Parts::of(node), false)),
                Rule::target => {
                    let parts = &mut Parts::of(node);
                    let share = self.expression(parts);
                    rule.target = Some((share, self.expression(parts)));
                }
                _ => rule.body = self.statements(node),
            }
        }
        rule
    }

    /// The next part as a text in quotes; where there is none, an empty one.
    fn quoted(&self, parts: &mut Parts, holes: bool) -> Text {
        match self.take(parts, Rule::text) {
            Some(node) => self.text_at(node.as_span().start(), holes),
            None => {
                let range = self.gap(parts.at);
                Text { value: SmolStr::default(), parts: Vec::new(), range }
            }
        }
    }

    fn soft(&self, node: Node) -> Soft {
        let range = self.range(&node);
        let parts = &mut Parts::of(node);
        let (level, price) = (self.name(parts), self.maybe_expression(parts));
        self.report_rest(parts);
        Soft { level, price, range }
    }

    fn if_broken(&self, node: Node) -> Option<(IfBroken, Range)> {
        let range = self.range(&node);
        let parts = &mut Parts::of(node);
        let outcomes = [Rule::fail, Rule::not_worse, Rule::soften];
        let outcome = self.take_if(parts, |rule| outcomes.contains(&rule))?;
        let outcome = match outcome.as_rule() {
            Rule::fail => IfBroken::Fail,
            Rule::not_worse => IfBroken::NoWorse,
            _ => IfBroken::Soften,
        };
        Some((outcome, range))
    }

    fn statements(&self, node: Node) -> Vec<Statement> {
        self.rest_of(Parts::of(node)).map(|node| self.statement(node)).collect()
    }

    fn statement(&self, node: Node) -> Statement {
        let range = self.range(&node);
        let rule = node.as_rule();
        let token = node.as_span().start();
        let parts = &mut Parts::of(node);
        let kind = match rule {
            Rule::for_each => {
                parts.at += 1;
                StatementKind::For(self.binders(parts), self.body(parts))
            }
            Rule::choice => {
                parts.at += 1;
                let condition = self.expression(parts);
                let then = self.body(parts);
                let otherwise = self.take(parts, Rule::otherwise);
                let otherwise = otherwise.map(|node| self.body(&mut Parts::of(node)));
                StatementKind::If(condition, then, otherwise.unwrap_or_default())
            }
            Rule::eligibility => {
                parts.at += 1;
                let what = self.expression(parts);
                let condition = self.inner(parts, Rule::condition);
                match self.word(token) {
                    "forbid" => StatementKind::Forbid(what, condition),
                    _ => StatementKind::Permit(what, condition),
                }
            }
            Rule::require => {
                let what = self.expression(parts);
                StatementKind::Require(what, self.inner(parts, Rule::condition))
            }
            _ => StatementKind::Missing,
        };
        self.report_rest(parts);
        Statement { kind, range }
    }

    /// The body of a `for` or an `if`: a block in braces or one statement.
    fn body(&self, parts: &mut Parts) -> Vec<Statement> {
        let body = |rule| {
            use Rule::{choice, eligibility, for_each, require, statements};
            matches!(rule, choice | eligibility | for_each | require | statements)
        };
        let expected = parts.at;
        match self.take_if(parts, body) {
            Some(node) if node.as_rule() == Rule::statements => self.statements(node),
            Some(node) => vec![self.statement(node)],
            None => vec![Statement { kind: StatementKind::Missing, range: self.gap(expected) }],
        }
    }

    pub(super) fn priority(&self, parts: &mut Parts) -> Priority {
        let index = self.name(parts);
        let by = self.expression(parts);
        let mut cases = Vec::new();
        while let Some(node) = self.take(parts, Rule::case) {
            let parts = &mut Parts::of(node);
            let value = self.name(parts);
            let weight = self.expression(parts);
            let preempts = self.take(parts, Rule::preempts).map(|node| self.all_names(node));
            let grace = self.inner(parts, Rule::grace);
            self.report_rest(parts);
            let preempts = preempts.unwrap_or_default();
            cases.push(PriorityCase { value, weight, preempts, grace });
        }
        Priority { index, by, cases }
    }

    pub(super) fn fairness(&self, parts: &mut Parts) -> Fairness {
        let name = self.name(parts);
        let measure = self.expression(parts);
        let (among, weight, over) = (Vec::new(), Vec::new(), Vec::new());
        let mut fairness = Fairness { name, measure, among, weight, over };
        while let Some(node) = &parts.next {
            match node.as_rule() {
                Rule::among => fairness.among = self.inner_list(parts, Rule::among),
                Rule::weight => fairness.weight = self.inner_list(parts, Rule::weight),
                Rule::shares => fairness.over = self.inner_list(parts, Rule::shares),
                _ => break,
            }
        }
        fairness
    }

    pub(super) fn budget(&self, parts: &mut Parts) -> Budget {
        let name = self.name(parts);
        let (value, limit) = self.limited(parts);
        let mut budget =
            Budget { name, value, by: Vec::new(), limit, alerts: Vec::new(), soft: None };
        budget.by = self.inner_list(parts, Rule::by);
        while let Some(node) = self.take_if(parts, |rule| matches!(rule, Rule::alert | Rule::band))
        {
            let rule = node.as_rule();
            if rule == Rule::alert {
                let parts = &mut Parts::of(node);
                budget.alerts.append(&mut self.expressions(parts));
                self.report_rest(parts);
            } else {
                budget.soft = Some(self.band(node));
            }
        }
        budget
    }

    /// `spend <= limit`, taken apart.
    fn limited(&self, parts: &mut Parts) -> (Expr, Expr) {
        let whole = self.expression(parts);
        if let ExprKind::Binary(BinaryOp::LessEqual, value, limit) = whole.kind {
            return (*value, *limit);
        }
        if whole.kind != ExprKind::Missing {
            self.expected(parts.at, Expected::Words("`<=` and a limit"));
        }
        let end = Range { start: whole.range.end, end: whole.range.end };
        (whole, Expr { kind: ExprKind::Missing, range: end })
    }

    pub(super) fn expected_range(&self, token: usize) {
        self.expected(token, Expected::Words("`..` and a greatest value"));
    }

    /// `soft from 90 % at cost, 3 USD per USD`
    fn band(&self, node: Node) -> (Expr, Soft) {
        let range = self.range(&node);
        let parts = &mut Parts::of(node);
        let from = self.expression(parts);
        let (level, price) = (self.name(parts), self.maybe_expression(parts));
        self.report_rest(parts);
        (from, Soft { level, price, range })
    }

    pub(super) fn objective(&self, parts: &mut Parts) -> Objective {
        let mut levels = Vec::new();
        while let Some(node) = self.take(parts, Rule::level) {
            let range = self.range(&node);
            let parts = &mut Parts::of(node);
            let name = self.name(parts);
            let direction = self.take(parts, Rule::direction);
            let direction = direction.map(|node| self.word(node.as_span().start()));
            let value = self.expression(parts);
            let slack = self.inner(parts, Rule::slack);
            self.report_rest(parts);
            levels.push(Level {
                name,
                maximize: direction == Some("maximize"),
                value,
                slack,
                range,
            });
        }
        Objective { levels }
    }

    pub(super) fn test(&self, parts: &mut Parts) -> Test {
        let name = self.quoted(parts, false);
        let mut lines = Vec::new();
        while let Some(node) =
            self.take_if(parts, |rule| matches!(rule, Rule::given | Rule::expect))
        {
            let rule = node.as_rule();
            let parts = &mut Parts::of(node);
            let line = match rule {
                Rule::given => self.given(parts),
                _ => TestLine::Expect {
                    condition: self.expression(parts),
                    by: self
                        .take(parts, Rule::reasons)
                        .map(|node| self.reasons(node))
                        .unwrap_or_default(),
                },
            };
            self.report_rest(parts);
            lines.push(line);
        }
        Test { name, lines }
    }

    /// The rules after `by`, each by its whole name: `home.tightened` is the one that an override adds.
    fn reasons(&self, node: Node) -> Vec<Name> {
        let mut reasons = Vec::new();
        let parts = &mut Parts::of(node);
        while let Some(node) = self.take(parts, Rule::reason) {
            let words = self.all_names(node);
            let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
            let range = Range { start: first.range.start, end: last.range.end };
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            reasons.push(Name { text: words.join(".").into(), range });
        }
        self.report_rest(parts);
        reasons
    }

    fn given(&self, parts: &mut Parts) -> TestLine {
        let name = self.name(parts);
        match self.inner(parts, Rule::from_file) {
            Some(value) => TestLine::Given { name, value, from_file: true },
            None => TestLine::Given { name, value: self.expression(parts), from_file: false },
        }
    }

    pub(super) fn pattern(&self, parts: &mut Parts) -> Pattern {
        let name = self.name(parts);
        let mut params = Vec::new();
        while let Some(node) = self.take(parts, Rule::parameter) {
            let parts = &mut Parts::of(node);
            let name = self.name(parts);
            let indices = self.parameter_indices(parts);
            let ty = self.type_expression(parts);
            let default = self.inner(parts, Rule::initial);
            let range = self.inner(parts, Rule::limits);
            self.report_rest(parts);
            params.push(PatternParam { name, indices, ty, default, range });
        }
        Pattern { name, params, body: self.block(parts) }
    }

    /// `[p in P, r]`
    fn parameter_indices(&self, parts: &mut Parts) -> Vec<PatternIndex> {
        let mut indices = Vec::new();
        let Some(node) = self.take(parts, Rule::parameter_indices) else { return indices };
        let parts = &mut Parts::of(node);
        while let Some(node) = self.take(parts, Rule::parameter_index) {
            let parts = &mut Parts::of(node);
            let name = self.name(parts);
            let domain = (parts.next.is_some()).then(|| self.name(parts));
            self.report_rest(parts);
            indices.push(PatternIndex { name, domain });
        }
        self.report_rest(parts);
        indices
    }

    fn block(&self, parts: &mut Parts) -> Vec<Statement> {
        let block = self.take(parts, Rule::statements);
        block.map(|node| self.statements(node)).unwrap_or_default()
    }

    pub(super) fn override_item(&self, token: usize, parts: &mut Parts) -> Override {
        let path: Vec<Name> = self.names(parts);
        let (mut soft, mut until) = (None, None);
        while let Some(node) = &parts.next {
            match node.as_rule() {
                Rule::soft => soft = self.take(parts, Rule::soft).map(|node| self.soft(node)),
                Rule::until => until = self.inner(parts, Rule::until),
                _ => break,
            }
        }
        let tighten = self.word(token) == "tighten";
        Override { tighten, path, soft, until, body: self.block(parts) }
    }
}

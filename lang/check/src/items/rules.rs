//! Rules and their statements.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, Range, StatementKind};
use smol_str::SmolStr;

use super::ItemIr;
use crate::check::{Bound, Checker, OpenIndex, OpenTuple, Tupled};
use crate::index::{Symbol, declared, number_of};
use crate::policy::{
    Argument, Binder, Domain, Eligibility, Expr, ExprKind, IfBroken, LevelId, Logic, Rollout, Rule,
    RuleKind, Soft, Stage, Statement, TextPart, Type,
};
use crate::signature::Signature;

impl Checker<'_> {
    pub(super) fn rule_item(&mut self, it: &ast::Rule, range: Range) -> ItemIr {
        let compliance = it.kind == ast::RuleKind::Compliance;
        if let (true, Some(soft)) = (compliance, &it.soft) {
            let message = format!("`{}` is a compliance rule and cannot be soft", it.name.text);
            self.error(
                "locked-rule",
                message,
                soft.range,
                "compliance rules hold, or there is no plan",
            );
        }
        if let (true, Some((_, range))) = (compliance, &it.if_broken) {
            let message =
                format!("`{}` is a compliance rule and holds whatever runs now", it.name.text);
            self.error("locked-rule", message, *range, "");
        }
        let soft = it.soft.as_ref().and_then(|soft| self.soft(soft));
        if let (Some(_), Some((_, range))) = (&soft, &it.if_broken) {
            let message = "a soft rule may be broken at its price, whatever runs now";
            self.error("type-mismatch", message, *range, "");
        }
        let (kind, body) = match it.kind {
            ast::RuleKind::Sla => self.sla(it),
            ast::RuleKind::Rule | ast::RuleKind::Compliance => {
                self.refuse_target(it);
                self.refuses_defaults = compliance;
                let body =
                    self.statements(&it.body, &Statements { hard: soft.is_none(), compliance });
                self.refuses_defaults = false;
                let cites = it.cites.as_ref().map(|cites| cites.value.clone());
                (if compliance { RuleKind::Compliance { cites } } else { RuleKind::Rule }, body)
            }
        };
        let paid = soft.as_ref().and_then(|soft| self.priced(soft, &body));
        let because = self.because(it.because.as_ref());
        let rule = Rule {
            name: it.name.text.clone(),
            kind,
            soft,
            if_broken: match it.if_broken.as_ref().map(|(if_broken, _)| if_broken) {
                None | Some(ast::IfBroken::Fail) => IfBroken::Fail,
                Some(ast::IfBroken::NoWorse) => IfBroken::NoWorse,
                Some(ast::IfBroken::Soften) => IfBroken::Soften,
            },
            rollout: Rollout::Enforce,
            because,
            body,
            frame: self.frame,
            span: self.span(range),
        };
        self.refuse_bins_in_rule(&rule);
        self.refuse_moves_in_rule(&rule);
        ItemIr::Rule(rule, paid)
    }

    /// Only an `sla` promises something.
    fn refuse_target(&mut self, it: &ast::Rule) {
        let Some((share, of)) = &it.target else { return };
        let range = Range { start: share.range.start, end: of.range.end };
        let message = format!("`{}` holds always, so that it has no share", it.name.text);
        self.error("sla-form", message, range, "only an `sla` promises a share");
    }

    pub(super) fn soft(&mut self, soft: &ast::Soft) -> Option<Soft> {
        let objective = self.names.objective.map(|item| declared(self.db, item));
        let levels = objective.map_or(&[][..], |objective| &objective.levels);
        let level = number_of(levels, &soft.level.text);
        if self.names.objective.is_none() && !soft.level.text.is_empty() {
            let name = &soft.level.text;
            let message = format!("there is no objective with a level `{name}` that pays");
            let finding = Diagnostic::error("unknown-name", message)
                .at(self.span(soft.level.range), "")
                .help(format!("add one: `objective {{ {name}: minimize penalties }}`"));
            self.report(finding);
        } else if level.is_none() && !soft.level.text.is_empty() && !levels.is_empty() {
            let message = format!("the objective has no level `{}`", soft.level.text);
            let words = levels.iter().map(|level| level.as_str());
            let near = apportion_diagnostic::nearest(&soft.level.text, words).map(str::to_owned);
            let finding = Diagnostic::error("unknown-name", message);
            let finding = self.suggest(finding, &soft.level.text, soft.level.range, near);
            self.report(finding.note(format!("levels: {}", levels.join(", "))));
        }
        let price = match &soft.price {
            Some(price) => {
                let checked = self.expr(price, None);
                self.require_ground(&checked, "a price");
                self.refuse_negative_price(&checked);
                if !matches!(checked.ty, Type::Number(_) | Type::Unknown) {
                    let message =
                        format!("a price is a number, and this is {}", self.type_name(&checked.ty));
                    self.error("type-mismatch", message, price.range, "");
                }
                checked
            }
            None => {
                let text = "as `soft at level, 40 credit per replica`";
                self.error("unit-missing", "a soft rule needs a price", soft.range, text);
                return None;
            }
        };
        Some(Soft { level: LevelId(level?), price })
    }

    /// A text whose holes may read every index of the rule.
    fn because(&mut self, because: Option<&ast::Text>) -> Vec<TextPart> {
        let Some(because) = because else { return Vec::new() };
        let count = self.bring_all();
        let before = std::mem::replace(&mut self.fails_closed, true);
        self.in_reason = true;
        let parts = because.parts.iter().map(|part| match part {
            ast::TextPart::Literal(text) => TextPart::Literal(text.clone()),
            ast::TextPart::Hole(hole) => {
                let checked = self.expr(hole, None);
                self.require_ground(&checked, "a reason");
                TextPart::Hole(checked)
            }
        });
        let parts = parts.collect();
        self.fails_closed = before;
        self.in_reason = false;
        let mark = self.known.mark();
        self.leave(count, mark);
        if because.parts.is_empty() && !because.value.is_empty() {
            return vec![TextPart::Literal(because.value.clone())];
        }
        parts
    }

    pub(super) fn statements(
        &mut self,
        body: &[ast::Statement],
        rule: &Statements,
    ) -> Vec<Statement> {
        let mut checked = Vec::new();
        for statement in body {
            self.statement(statement, rule, &mut checked);
        }
        checked
    }

    fn statement(
        &mut self,
        statement: &ast::Statement,
        rule: &Statements,
        into: &mut Vec<Statement>,
    ) {
        match &statement.kind {
            StatementKind::Missing => {}
            StatementKind::For(binders, body) => {
                let mark = self.known.mark();
                let entered = self.enter(binders);
                let body = self.statements(body, rule);
                self.leave(binders.len(), mark);
                into.push(Statement::For { binders: entered, body });
            }
            StatementKind::Forbid(tuple, condition) => {
                let checked = self.eligibility(tuple, condition.as_ref(), rule, statement.range);
                into.extend(checked.map(Statement::Forbid));
            }
            StatementKind::Permit(tuple, condition) => {
                let checked = self.eligibility(tuple, condition.as_ref(), rule, statement.range);
                into.extend(checked.map(Statement::Permit));
            }
            StatementKind::If(test, then, otherwise) => {
                self.if_statement(test, then, otherwise, rule, into);
            }
            StatementKind::Require(claim, condition) => {
                let mark = self.known.mark();
                let condition = condition.as_ref().map(|condition| {
                    let checked = self.ground_condition(condition);
                    self.known.learn(&checked, true);
                    checked
                });
                let first = into.len();
                match self.called(claim) {
                    Some(call) => self.write_out(&call, rule, into),
                    None => {
                        let condition = self.condition(claim);
                        self.refuse_strict(&condition);
                        let span = self.span(statement.range);
                        into.push(Statement::Require { condition, span });
                    }
                }
                self.known.forget(mark);
                if let Some(condition) = condition {
                    let claims = into[first..].iter_mut();
                    claims.for_each(|claim| self.under(&condition, claim));
                }
            }
        }
    }

    /// `if c then s else t`, taken to each statement inside.
    fn if_statement(
        &mut self,
        test: &ast::Expr,
        then: &[ast::Statement],
        otherwise: &[ast::Statement],
        rule: &Statements,
        into: &mut Vec<Statement>,
    ) {
        let test = self.condition(test);
        self.refuse_strict(&test);
        for (body, value) in [(then, true), (otherwise, false)] {
            let mark = self.known.mark();
            self.known.learn(&test, value);
            let mut inner = self.statements(body, rule);
            self.known.forget(mark);
            let premise = if value { test.clone() } else { not(test.clone()) };
            inner.iter_mut().for_each(|statement| self.under(&premise, statement));
            into.extend(inner);
        }
    }

    /// Puts a premise before a statement.
    fn under(&mut self, premise: &Expr, statement: &mut Statement) {
        match statement {
            Statement::For { body, .. } => {
                body.iter_mut().for_each(|statement| self.under(premise, statement));
            }
            Statement::Require { condition, .. } => {
                *condition = implies(premise.clone(), condition.clone());
            }
            Statement::Forbid(eligibility) | Statement::Permit(eligibility) => {
                if !self.require_ground(premise, "what is forbidden or permitted") {
                    return;
                }
                eligibility.condition = Some(match eligibility.condition.take() {
                    Some(condition) => both(premise.clone(), condition),
                    None => premise.clone(),
                });
            }
        }
    }

    /// `forbid x[w, p, *] where c`: words that are no index yet become one.
    fn eligibility(
        &mut self,
        tuple: &ast::Expr,
        condition: Option<&ast::Expr>,
        rule: &Statements,
        range: Range,
    ) -> Option<Eligibility> {
        let (name, indices): (_, &[Option<ast::Expr>]) = match &tuple.kind {
            A::Index(base, indices) => match &base.kind {
                A::Name(name) => (name, indices),
                _ => return self.no_tuple(tuple.range),
            },
            A::Name(name) => (name, &[]),
            A::Missing => return None,
            _ => return self.no_tuple(tuple.range),
        };
        let target = self.target(name, tuple.range)?;
        if target.open.len() != indices.len() {
            // The same words as for any other use of the tuple.
            self.expr(tuple, None);
            return None;
        }
        let mark = self.known.mark();
        let mut binders: Vec<Binder> = Vec::new();
        let mut arguments = Vec::new();
        for (open @ OpenIndex { domain, ty, .. }, index) in target.open.iter().zip(indices) {
            let Some(index) = index else {
                arguments.push(Argument::All);
                continue;
            };
            if let A::Name(word) = &index.kind
                && self.is_free(word, ty)
            {
                let (var, name) = self.bring_told(word, ty.clone(), Some(open));
                let (domain, span) = (domain.clone(), self.span(index.range));
                binders.push(Binder { var, name, domain, condition: None, span });
                let kind = ExprKind::Var(var);
                arguments.push(Argument::At(self.ground(kind, ty.clone(), index.range)));
                continue;
            }
            let value = self.expr(index, Some(ty));
            self.require_ground(&value, "an index");
            self.require_type(&value, ty, "this index");
            arguments.push(Argument::At(value));
        }
        let decision = target.tuple.map(|tuple| {
            arguments = self.completed(&tuple, std::mem::take(&mut arguments));
            tuple.of
        });
        if let Some(Tupled::Decision(id)) = decision
            && let Signature::Decision(signature) = self.signature(self.names.decisions[id.index()])
            && let Some(asked) = &signature.condition
        {
            let asked = crate::check::condition_at(asked, &arguments);
            self.known.learn(&asked, true);
        }
        let before = std::mem::replace(&mut self.fails_closed, rule.hard || rule.compliance);
        let condition = condition.map(|condition| self.ground_condition(condition));
        self.fails_closed = before;
        self.leave(binders.len(), mark);
        let Some(Tupled::Decision(decision)) = decision else { return None };
        Some(Eligibility { binders, decision, arguments, condition, span: self.span(range) })
    }

    /// What is forbidden or permitted.
    fn target(&mut self, name: &SmolStr, range: Range) -> Option<Target> {
        match self.parameter(name).cloned() {
            Some(Bound::Tuple(tuple)) if matches!(tuple.of, Tupled::Decision(_)) => {
                return Some(Target { open: tuple.open.clone(), tuple: Some(tuple) });
            }
            Some(Bound::Typed { indices, is_tuple: true, .. }) => {
                let domain = Domain::Set(self.unknown(range));
                let (word, ty) = (SmolStr::default(), Type::Unknown);
                let index = OpenIndex { told: word.clone(), word, domain, ty };
                return Some(Target { open: vec![index; indices], tuple: None });
            }
            Some(_) => return self.no_tuple(range),
            None => {}
        }
        let symbol = self.symbol(name);
        let Some(Symbol::Decision(_)) = symbol else {
            let excused = symbol.is_none() && self.lacks_names();
            return if excused { None } else { self.no_tuple(range) };
        };
        let tuple = self.tuple_of(symbol?)?;
        Some(Target { open: tuple.open.clone(), tuple: Some(tuple) })
    }

    fn no_tuple<T>(&mut self, range: Range) -> Option<T> {
        let message = "only a decision can be forbidden or permitted";
        self.error("type-mismatch", message, range, "as `x[w, p, *]`");
        None
    }

    /// Whether a word is neither an index, nor a value of the index's type.
    fn is_free(&self, word: &str, ty: &Type) -> bool {
        let bound = self.is_own(word);
        let value = match ty {
            Type::Enum(id) => self.enum_values(*id).iter().any(|value| value == word),
            Type::Resource => matches!(self.symbol(word), Some(Symbol::Resource(_))),
            _ => false,
        };
        !bound && !value
    }
}

/// What a `forbid` or a `permit` is about.
struct Target {
    /// The indices that it names.
    open: Vec<OpenIndex>,
    /// The tuple; absent where a pattern is checked by itself.
    tuple: Option<OpenTuple>,
}

/// What a rule's statements inherit from it.
pub(super) struct Statements {
    pub(super) hard: bool,
    pub(super) compliance: bool,
}

fn stage_of(left: &Expr, right: &Expr) -> Stage {
    if left.stage == Stage::Ground && right.stage == Stage::Ground {
        Stage::Ground
    } else {
        Stage::Neither
    }
}

fn implies(premise: Expr, claim: Expr) -> Expr {
    let (stage, span) = (stage_of(&premise, &claim), claim.span);
    let kind = ExprKind::Implies(Box::new(premise), Box::new(claim));
    Expr { kind, ty: Type::Bool, stage, span }
}

fn both(left: Expr, right: Expr) -> Expr {
    let (stage, span) = (stage_of(&left, &right), right.span);
    let kind = ExprKind::Logic(Logic::And, Box::new(left), Box::new(right));
    Expr { kind, ty: Type::Bool, stage, span }
}

fn not(inner: Expr) -> Expr {
    let (stage, span) = (inner.stage, inner.span);
    Expr { kind: ExprKind::Not(Box::new(inner)), ty: Type::Bool, stage, span }
}

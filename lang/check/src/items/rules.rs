//! Rules and their statements.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, Range, StatementKind};

use super::ItemIr;
use crate::check::Checker;
use crate::index::{Symbol, declared, number_of};
use crate::policy::{
    Argument, Binder, Domain, Eligibility, Expr, ExprKind, IfBroken, LevelId, Logic, Rule,
    RuleKind, Soft, Stage, Statement, TextPart, Type,
};
use crate::signature::Signature;

impl Checker<'_> {
    pub(super) fn rule_item(&mut self, it: &ast::Rule, range: Range) -> ItemIr {
        let kind = match it.kind {
            ast::RuleKind::Rule => RuleKind::Rule,
            ast::RuleKind::Compliance => {
                RuleKind::Compliance { cites: it.cites.as_ref().map(|cites| cites.value.clone()) }
            }
            ast::RuleKind::Sla => {
                self.not_implemented("`sla`", it.name.range);
                return ItemIr::Nothing;
            }
        };
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
        let statements = Statements { hard: soft.is_none(), compliance };
        self.refuses_defaults = compliance;
        let body = self.statements(&it.body, &statements);
        self.refuses_defaults = false;
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
            because,
            body,
            frame: self.frame,
            span: self.span(range),
        };
        self.refuse_bins_in_rule(&rule);
        ItemIr::Rule(rule, paid)
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

    fn statements(&mut self, body: &[ast::Statement], rule: &Statements) -> Vec<Statement> {
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
                let claim = self.claim(claim);
                self.known.forget(mark);
                self.refuse_strict(&claim);
                let condition = match condition {
                    Some(condition) => implies(condition, claim),
                    None => claim,
                };
                into.push(Statement::Require { condition, span: self.span(statement.range) });
            }
        }
    }

    /// A condition that must hold.
    fn claim(&mut self, claim: &ast::Expr) -> Expr {
        if let A::Call(callee, _) = &claim.kind
            && let A::Name(name) = &callee.kind
            && ["spread", "gang"].contains(&name.as_str())
        {
            self.not_implemented(&format!("the pattern `{name}`"), claim.range);
            return self.unknown(claim.range);
        }
        self.condition(claim)
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
        let symbol = self.symbol(name);
        let Some(Symbol::Decision(id)) = symbol else {
            let excused = symbol.is_none() && self.lacks_names();
            return if excused { None } else { self.no_tuple(tuple.range) };
        };
        let Signature::Decision(signature) = self.signature(self.names.decisions[id.index()])
        else {
            return None;
        };
        if signature.indices.len() != indices.len() {
            // The same words as for any other use of the tuple.
            self.expr(tuple, None);
            return None;
        }
        let mark = self.known.mark();
        let mut binders: Vec<Binder> = Vec::new();
        let mut arguments = Vec::new();
        for (at, index) in indices.iter().enumerate() {
            let Some(index) = index else {
                arguments.push(Argument::All);
                continue;
            };
            let ty = &signature.indices[at];
            if let A::Name(word) = &index.kind
                && self.is_free(word, ty)
            {
                let var = self.bring(word, ty.clone());
                let domain: Domain = signature.domains[at].clone();
                let span = self.span(index.range);
                binders.push(Binder { var, name: word.clone(), domain, condition: None, span });
                let kind = ExprKind::Var(var);
                arguments.push(Argument::At(self.ground(kind, ty.clone(), index.range)));
                continue;
            }
            let value = self.expr(index, Some(ty));
            self.require_ground(&value, "an index");
            self.require_type(&value, ty, "this index");
            arguments.push(Argument::At(value));
        }
        if let Some(asked) = &signature.condition {
            let asked = crate::check::condition_at(asked, &arguments);
            self.known.learn(&asked, true);
        }
        let before = std::mem::replace(&mut self.fails_closed, rule.hard || rule.compliance);
        let condition = condition.map(|condition| self.ground_condition(condition));
        self.fails_closed = before;
        self.leave(binders.len(), mark);
        Some(Eligibility { binders, decision: id, arguments, condition, span: self.span(range) })
    }

    fn no_tuple<T>(&mut self, range: Range) -> Option<T> {
        let message = "only a decision can be forbidden or permitted";
        self.error("type-mismatch", message, range, "as `x[w, p, *]`");
        None
    }

    /// Whether a word is neither an index, nor a value of the index's type.
    fn is_free(&self, word: &str, ty: &Type) -> bool {
        let bound = self.locals.iter().any(|local| local.name == word);
        let value = match ty {
            Type::Enum(id) => self.enum_values(*id).iter().any(|value| value == word),
            Type::Resource => matches!(self.symbol(word), Some(Symbol::Resource(_))),
            _ => false,
        };
        !bound && !value
    }
}

/// What a rule's statements inherit from it.
struct Statements {
    hard: bool,
    compliance: bool,
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

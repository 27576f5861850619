//! What a bare name stands for.

use apportion_diagnostic::{Applicability, Diagnostic, Edit, nearest};
use apportion_syntax::ast::Range;
use smol_str::SmolStr;

use super::Checker;
use crate::index::{Symbol, index};
use crate::policy::{EnumId, Expr, ExprKind, Stage, Type};
use crate::signature::Signature;

impl Checker<'_> {
    /// The value that a name stands for. A word of the expected enum wins over everything but an index.
    pub(super) fn name(&mut self, name: &SmolStr, range: Range, expected: Option<&Type>) -> Expr {
        if let Some(local) = self.local(name) {
            return self.ground(ExprKind::Var(local.var), local.ty.clone(), range);
        }
        if let Some(bound) = self.parameter(name).cloned() {
            return self.bound_value(name, &bound, range);
        }
        if let Some(Type::Enum(id)) = expected
            && let Some(code) = self.enum_word(*id, name)
        {
            return self.ground(ExprKind::EnumValue(*id, code), Type::Enum(*id), range);
        }
        if let Some(symbol) = self.symbol(name) {
            return self.symbol_value(name, symbol, range);
        }
        match name.as_str() {
            "now" => return self.ground(ExprKind::Now, Type::Time, range),
            "penalties" => return self.penalties(range),
            _ => {}
        }
        let enums = self.enums_with(name);
        match enums.as_slice() {
            [id] => {
                let code = self.enum_word(*id, name).unwrap_or_default();
                self.ground(ExprKind::EnumValue(*id, code), Type::Enum(*id), range)
            }
            [] => {
                if self.named_rows.is_some()
                    && let Some(value) = self.report_value(name, range)
                {
                    return value;
                }
                self.unknown_name(name, range, expected);
                self.unknown(range)
            }
            several => {
                let several: Vec<String> =
                    several.iter().map(|id| format!("`{}`", self.enum_name(*id))).collect();
                let message = format!("`{name}` is a value of {}", several.join(" and of "));
                let text = "say which: write the enum's name before it";
                self.error("ambiguous-name", message, range, text);
                self.unknown(range)
            }
        }
    }

    /// Whether a bare name is an index or an item, so that it needs no expectation.
    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.is_own(name) || self.symbol(name).is_some()
    }

    fn symbol_value(&mut self, name: &SmolStr, symbol: Symbol, range: Range) -> Expr {
        match symbol {
            Symbol::Param(id) => {
                let ty = match self.signature(self.names.params[id.index()]) {
                    Signature::Param(ty) => ty.clone(),
                    _ => Type::Unknown,
                };
                self.ground(ExprKind::Param(id), ty, range)
            }
            Symbol::Resource(id) => self.ground(ExprKind::Resource(id), Type::Resource, range),
            Symbol::Decision(id) => self.decision_at(id, None, range),
            Symbol::Let(id) => self.let_at(id, None, range),
            Symbol::Entity(_) => self.domain_alone(name, "an entity", range),
            Symbol::Enum(_) => self.domain_alone(name, "an enum", range),
            Symbol::Input(_) => self.domain_alone(name, "an input", range),
            Symbol::Slots(_) => self.domain_alone(name, "a row of slots", range),
            Symbol::Forecast(_) => {
                let message = format!("`{name}` is a forecast, and no value by itself");
                let text = format!("as `{name}[w, t].p95`; an index runs over `{name}.slots`");
                self.error("type-mismatch", message, range, text);
                self.unknown(range)
            }
            Symbol::Fairness(_) => {
                let message = format!("`{name}` are the shares of groups, and no single value");
                let text = "a level seeks them by themselves";
                let finding =
                    Diagnostic::error("type-mismatch", message).at(self.span(range), text);
                self.report(finding.help(format!("give them a level: `fair: maximize {name}`")));
                self.unknown(range)
            }
            Symbol::Pattern(_) => {
                let message = format!("`{name}` is a pattern, and no value");
                self.error("type-mismatch", message, range, "it is called on a line of a rule");
                self.unknown(range)
            }
        }
    }

    pub(super) fn domain_alone(&mut self, name: &SmolStr, what: &str, range: Range) -> Expr {
        let message = format!("`{name}` is {what}, and no value");
        self.error("type-mismatch", message, range, "an index runs over it: `… in …`");
        self.unknown(range)
    }

    fn penalties(&mut self, range: Range) -> Expr {
        if !self.in_objective {
            let message = "`penalties` are known to the levels of the objective only";
            self.error("unknown-name", message, range, "");
            return self.unknown(range);
        }
        Expr {
            kind: ExprKind::Penalties,
            ty: Type::Unknown,
            stage: Stage::Affine,
            span: self.span(range),
        }
    }

    /// The position of a word in an enum.
    pub(super) fn enum_word(&self, id: EnumId, word: &str) -> Option<u32> {
        let values = self.enum_values(id);
        values.iter().position(|value| value == word).map(|at| at as u32)
    }

    fn enums_with(&self, word: &str) -> Vec<EnumId> {
        crate::signature::enum_words(self.db).get(word).cloned().unwrap_or_default()
    }

    fn unknown_name(&mut self, name: &SmolStr, range: Range, expected: Option<&Type>) {
        // What is missing may be the fault of a `use`, or of what the word was to be compared with.
        if name.is_empty() || self.lacks_names() || expected == Some(&Type::Unknown) {
            return;
        }
        if self.is_statement(name) {
            let message = format!("`{name}` is a rule or a budget, and no value");
            return self.error("type-mismatch", message, range, "no expression reads it");
        }
        if let Some(Type::Enum(id)) = expected {
            let (owner, values) = (self.enum_name(*id), self.enum_values(*id));
            let list: Vec<String> =
                values.iter().take(8).map(|value| format!("`{value}`")).collect();
            let near = nearest(name, values.iter().map(SmolStr::as_str)).map(str::to_owned);
            let message = format!("`{owner}` has no value `{name}`");
            let mut finding = Diagnostic::error("enum-value-unknown", message);
            finding = self.suggest(finding, name, range, near);
            return self.report(finding.note(format!("values: {}", list.join(", "))));
        }
        let locals = self.locals.iter().skip(self.scene.hidden).map(|local| &local.name);
        let bounds = self.scene.bounds.iter().map(|(name, _)| name);
        let symbols = self.symbols().map(|(name, _)| name);
        let mut known: Vec<SmolStr> = locals.chain(bounds).chain(symbols).cloned().collect();
        known.sort();
        let near = nearest(name, known.iter().map(SmolStr::as_str)).map(str::to_owned);
        let finding = Diagnostic::error("unknown-name", format!("nothing is called `{name}` here"));
        let finding = self.suggest(finding, name, range, near);
        self.report(finding);
    }

    /// Whether a name is that of a rule or a budget. This looks at all items, so that it is asked only where
    /// there is something to report.
    fn is_statement(&self, name: &SmolStr) -> bool {
        let statements = &index(self.db).statements;
        statements.get(&self.item.file(self.db)).is_some_and(|names| names.contains(name))
    }

    /// Says that there is nothing of that name, and which names there are.
    pub(crate) fn unknown_one(
        &mut self,
        message: String,
        name: &str,
        range: Range,
        (kind, mut known): (&str, Vec<&str>),
    ) {
        known.sort_unstable();
        let near = nearest(name, known.iter().copied()).map(str::to_owned);
        let finding = Diagnostic::error("unknown-name", message);
        let finding = self.suggest(finding, name, range, near);
        self.report(finding.note(format!("{kind}: {}", known.join(", "))));
    }

    /// Offers the word that was probably meant.
    pub(crate) fn suggest(
        &self,
        finding: Diagnostic,
        name: &str,
        range: Range,
        near: Option<String>,
    ) -> Diagnostic {
        let span = self.span(range);
        let Some(near) = near else { return finding.at(span, "") };
        finding.at(span, format!("did you mean `{near}`?")).fix(
            Applicability::Safe,
            format!("`{name}` -> `{near}`"),
            vec![Edit { span, text: near }],
        )
    }
}

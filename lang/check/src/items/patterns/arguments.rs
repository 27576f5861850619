//! Which argument of a call is for which parameter.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, Name};

use super::Called;
use crate::check::{Checker, counted};

impl<'db> Checker<'db> {
    /// The argument of each parameter; none where some are wrong.
    pub(super) fn assigned<'a>(
        &mut self,
        call: &Called<'a, 'db>,
        pattern: &ast::Pattern,
    ) -> Option<Vec<Option<&'a ast::Expr>>> {
        let found = self.findings.len();
        let mut given: Vec<Option<&ast::Expr>> = vec![None; pattern.params.len()];
        for (at, argument) in call.arguments.iter().enumerate() {
            let range = argument.label.as_ref().map(|label| label.range);
            let range = range.or(argument.value.as_ref().map(|it| it.range)).unwrap_or(call.range);
            let Some(value) = &argument.value else {
                let message = "`*` is no argument of a pattern";
                self.error("pattern-argument", message, range, "leave the index out: `x[w]`");
                continue;
            };
            let param = match &argument.label {
                Some(label) => self.labelled(call, pattern, label),
                None if at < given.len() => Some(at),
                None => {
                    let count = counted(given.len(), "parameter", "parameters");
                    let message = format!("`{}` has {count}, and this is one more", call.name);
                    self.error("pattern-argument", message, range, "");
                    None
                }
            };
            let Some(param) = param else { continue };
            if given[param].replace(value).is_some() {
                let message = format!("`{}` is given twice", pattern.params[param].name.text);
                self.error("pattern-argument", message, range, "");
            }
        }
        if self.findings.len() > found {
            return None;
        }
        for (param, given) in pattern.params.iter().zip(&given) {
            if given.is_none() && param.default.is_none() {
                let message = format!("`{}` needs to know its `{}`", call.name, param.name.text);
                let finding = Diagnostic::error("pattern-argument", message)
                    .at(self.span(call.range), format!("add `{}: …`", param.name.text))
                    .note(parameters(pattern));
                self.report(finding);
            }
        }
        (self.findings.len() == found).then_some(given)
    }

    fn labelled(
        &mut self,
        call: &Called<'_, 'db>,
        pattern: &ast::Pattern,
        label: &Name,
    ) -> Option<usize> {
        let at = pattern.params.iter().position(|param| param.name.text == label.text);
        if at.is_none() {
            let message = format!("`{}` has no parameter `{}`", call.name, label.text);
            let words = pattern.params.iter().map(|param| param.name.text.as_str());
            let near = apportion_diagnostic::nearest(&label.text, words).map(str::to_owned);
            let finding = Diagnostic::error("pattern-argument", message);
            let finding = self.suggest(finding, &label.text, label.range, near);
            self.report(finding.note(parameters(pattern)));
        }
        at
    }
}

/// `parameters: x, over, max_skew`
fn parameters(pattern: &ast::Pattern) -> String {
    let names: Vec<&str> = pattern.params.iter().map(|param| param.name.text.as_str()).collect();
    format!("parameters: {}", names.join(", "))
}

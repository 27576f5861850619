//! Changes of imported rules beside the rules that they change.

use apportion_diagnostic::{Diagnostic, Span};
use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

use super::Assembly;
use crate::db::ItemSource;
use crate::items::{self, ItemIr, changed_rule};
use crate::policy::{Change, Override, Policy, Rule, RuleId};

impl<'db> Assembly<'db> {
    /// Rules that are loosened more than once: each has one price.
    pub(super) fn loosened_twice(&self) -> Vec<Diagnostic> {
        let mut first: FxHashMap<ItemSource<'db>, ItemSource<'db>> = FxHashMap::default();
        let mut findings = Vec::new();
        for (item, checked) in &self.items {
            let ItemIr::Override(items::Override::Loosen { .. }, _) = &checked.ir else { continue };
            let Some(rule) = changed_rule(self.db, *item) else { continue };
            if let Some(known) = first.get(&rule) {
                let name = &crate::index::declared(self.db, rule).name;
                let message = format!("`{name}` is loosened already");
                let finding = Diagnostic::error("override-twice", message)
                    .at(self.declaration(*item), "again")
                    .because_of(self.declaration(*known), "first here");
                findings.push(finding);
                continue;
            }
            first.insert(rule, *item);
        }
        findings
    }

    /// Adds an override of a rule, and the rule that it adds.
    pub(super) fn add_override(&self, policy: &mut Policy, rule: RuleId, it: items::Override) {
        let added = match it {
            items::Override::Tighten(tightened) => {
                let (id, span) = (RuleId(policy.rules.len() as u32), tightened.span);
                let is_taken = |name: &str| policy.rules.iter().any(|rule| rule.name == name);
                let name = unlike(is_taken, &tightened.name);
                policy.rules.push(Rule { name, ..tightened });
                let place = self.place(span);
                Override { rule, change: Change::Tighten(id), until: None, place, span }
            }
            items::Override::Loosen { soft, until, frame, span } => {
                let place = self.place(span);
                Override { rule, change: Change::Loosen { soft, frame }, until, place, span }
            }
        };
        policy.overrides.push(added);
    }

    /// The file and the line of a span.
    fn place(&self, span: Span) -> String {
        let source = self.sources.get(span.source);
        source.map_or(String::new(), |source| {
            format!("{}:{}", source.path, source.line_column(span.start).line)
        })
    }
}

/// A name that no rule has yet: two modules may tighten one rule.
pub(super) fn unlike(is_taken: impl Fn(&str) -> bool, name: &SmolStr) -> SmolStr {
    let numbered = (2..).map(|number| format_smolstr!("{name}_{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

//! Changes of imported rules: `tighten` adds lines that hold beside a rule, `loosen` puts a price on one that its import
//! opens.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, Name, Range};
use smol_str::SmolStr;

use super::rules::Statements;
use super::{ItemIr, checked};
use crate::check::Checker;
use crate::db::{ItemSource, parsed};
use crate::index::{Import, Kind, declared, index, overridden};
use crate::policy::{ExprKind, IfBroken, Rollout, Rule, RuleKind, Soft};

/// What an override does to its rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Override {
    /// Adds a rule of its own.
    Tighten(Rule),
    /// Puts a price on it, up to a point in time.
    Loosen {
        soft: Soft,
        until: Option<f64>,
        /// Slots of the frame that the price is evaluated in.
        frame: usize,
        span: apportion_diagnostic::Span,
    },
}

impl<'db> Checker<'db> {
    pub(super) fn override_item(&mut self, it: &ast::Override, range: Range) -> ItemIr {
        let Some((import, base)) = self.overridden_rule(&it.path) else { return ItemIr::Nothing };
        let ItemIr::Rule(rule, _) = &checked(self.db, base).ir else { return ItemIr::Nothing };
        match it.tighten {
            true => self.tightening(it, rule, range),
            false => self.loosening(it, base, rule, import, range),
        }
    }

    /// The names after `open` are of rules that may be loosened.
    pub(super) fn use_item(&mut self, it: &ast::Use) -> ItemIr {
        let imports = index(self.db).imports.get(&self.item.file(self.db));
        let import = imports.into_iter().flatten().find(|import| import.item == self.item);
        let Some(import) = import else { return ItemIr::Nothing };
        for name in &it.open {
            if let Some(base) = self.rule_of(import, name)
                && let ItemIr::Rule(rule, _) = &checked(self.db, base).ir
            {
                self.refuse_locked(rule, base, import, name.range, "opened to loosening");
            }
        }
        ItemIr::Nothing
    }

    /// The rule that a path names, and the `use` of its module.
    fn overridden_rule(&mut self, path: &[Name]) -> Option<(&'db Import<'db>, ItemSource<'db>)> {
        let (name, module) = path.split_last()?;
        let range = range_of(path)?;
        let words: Vec<&SmolStr> = module.iter().map(|name| &name.text).collect();
        let index = index(self.db);
        let imports = index.imports.get(&self.item.file(self.db)).map_or(&[][..], Vec::as_slice);
        let Some(import) = imports.iter().find(|it| it.path.iter().eq(words.iter().copied()))
        else {
            if path.iter().any(|name| name.text.is_empty()) || self.lacks_names() {
                return None;
            }
            let module: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
            let message = match module.is_empty() {
                true => format!("`{}` names no module", name.text),
                false => format!("this file uses no module `{}`", module.join(".")),
            };
            let finding = Diagnostic::error("unknown-module", message)
                .at(self.span(range), "the rule of another module is expected, as `base.zones`")
                .help(
                    "a module's own rule is changed where it stands; another's after `use base.*`",
                );
            self.report(finding);
            return None;
        };
        Some((import, self.rule_of(import, name)?))
    }

    /// A rule that a module declares.
    fn rule_of(&mut self, import: &Import<'db>, name: &Name) -> Option<ItemSource<'db>> {
        let own = index(self.db).rules.get(&import.module);
        let rules =
            own.into_iter().flatten().filter(|it| declared(self.db, **it).kind == Kind::Rule);
        let called = |item: &&ItemSource<'db>| &declared(self.db, **item).name;
        if let Some(item) = rules.clone().find(|item| *called(item) == name.text) {
            return Some(*item);
        }
        if !name.text.is_empty() {
            let module = import.path.join(".");
            let known = rules.map(|item| called(&item).as_str()).collect();
            let message = format!("`{module}` declares no rule `{}`", name.text);
            self.unknown_one(message, &name.text, name.range, ("rules", known));
        }
        None
    }

    fn tightening(&mut self, it: &ast::Override, base: &Rule, range: Range) -> ItemIr {
        let clauses =
            [it.soft.as_ref().map(|soft| soft.range), it.until.as_ref().map(|it| it.range)];
        for clause in clauses.into_iter().flatten() {
            let message = "what is tightened holds always, and at no price";
            self.error("override-form", message, clause, "only what is loosened has this");
        }
        if it.body.is_empty() {
            self.nothing_changed(&it.path, "say what else holds: `tighten base.zones { … }`");
            return ItemIr::Nothing;
        }
        let compliance = matches!(base.kind, RuleKind::Compliance { .. });
        self.refuses_defaults = compliance;
        let body = self.statements(&it.body, &Statements { hard: true, compliance });
        self.refuses_defaults = false;
        let rule = Rule {
            name: format!("{}.tightened", base.name).into(),
            kind: match &base.kind {
                RuleKind::Compliance { cites } => RuleKind::Compliance { cites: cites.clone() },
                _ => RuleKind::Rule,
            },
            soft: None,
            if_broken: IfBroken::Fail,
            rollout: Rollout::Enforce,
            because: Vec::new(),
            body,
            frame: self.frame,
            span: self.span(range),
        };
        self.refuse_bins_in_rule(&rule);
        self.refuse_moves_in_rule(&rule);
        ItemIr::Override(Override::Tighten(rule), None)
    }

    fn loosening(
        &mut self,
        it: &ast::Override,
        base: ItemSource<'db>,
        rule: &Rule,
        import: &Import<'db>,
        range: Range,
    ) -> ItemIr {
        let Some(place) = range_of(&it.path) else { return ItemIr::Nothing };
        if self.refuse_locked(rule, base, import, place, "softened") {
            return ItemIr::Nothing;
        }
        self.require_open(import, rule, place);
        if let Some(line) = it.body.first() {
            let message = "what is loosened has a price, and no lines of its own";
            self.error("override-form", message, line.range, "`tighten` adds lines");
        }
        let until = it.until.as_ref().and_then(|until| self.date_of(until));
        let Some(soft) = &it.soft else {
            self.nothing_changed(
                &it.path,
                "say at what price: `soft at level, 40 credit per replica`",
            );
            return ItemIr::Nothing;
        };
        let Some(soft) = self.soft(soft) else { return ItemIr::Nothing };
        let paid = self.priced_elsewhere(&soft, rule, place);
        let span = self.span(range);
        ItemIr::Override(Override::Loosen { soft, until, frame: self.frame, span }, paid)
    }

    /// As for a rule's own price. What the rule's lines cannot be priced for is said at the override.
    fn priced_elsewhere(
        &mut self,
        soft: &Soft,
        rule: &Rule,
        place: Range,
    ) -> Option<apportion_units::Dimension> {
        let before = self.findings.len();
        let paid = self.priced(soft, &rule.body);
        let at_price = |finding: &Diagnostic| finding.primary() == Some(soft.price.span);
        let elsewhere = self.findings[before..].iter().position(|finding| !at_price(finding));
        if let Some(at) = elsewhere {
            self.findings.truncate(before + at);
            let message = format!("`{}` says `<` or `>`, which has no price", rule.name);
            let text = "a price is paid for each unit by which a limit is missed";
            self.error("comparison-strict", message, place, text);
        }
        if rule.has_bins() {
            let construct = format!("`bins` in `{}`, which is loosened,", rule.name);
            self.not_implemented(&construct, place);
        }
        self.refuse_moves_in_loosened(rule, place);
        paid
    }

    fn require_open(&mut self, import: &Import<'db>, rule: &Rule, place: Range) {
        let ast::ItemKind::Use(used) = &parsed(self.db, import.item).item.kind else { return };
        if used.open.iter().any(|name| name.text == rule.name) {
            return;
        }
        let module = import.path.join(".");
        let message = format!("`{}` is not open to loosening", rule.name);
        let used = self.declaration(import.item);
        let finding = Diagnostic::error("loosening-not-open", message)
            .at(self.span(place), "its import does not say so")
            .because_of(used, "imported here")
            .help(format!("open it where it is imported: `use {module}.* open {}`", rule.name));
        self.report(finding);
    }

    /// Says that a compliance rule accepts no such change, if it is one.
    fn refuse_locked(
        &mut self,
        rule: &Rule,
        base: ItemSource<'db>,
        import: &Import<'db>,
        place: Range,
        change: &str,
    ) -> bool {
        let RuleKind::Compliance { cites } = &rule.kind else { return false };
        let declaration = self.declaration(base);
        let cites = cites.as_ref().map_or(String::new(), |cites| format!(", cites {cites}"));
        let finding = Diagnostic::error(
            "locked-rule",
            format!("`{}` is locked and cannot be {change}", rule.name),
        )
        .at(self.span(place), "compliance rules accept no loosening")
        .because_of(declaration, format!("declared `compliance`{cites}"))
        .help(format!(
            "tightening is allowed: `tighten {}.{} {{ … }}`",
            import.path.join("."),
            rule.name
        ));
        self.report(finding);
        true
    }

    fn nothing_changed(&mut self, path: &[Name], text: &str) {
        if let Some(range) = range_of(path) {
            self.error("override-empty", "this override changes nothing", range, text);
        }
    }

    fn date_of(&mut self, until: &ast::Expr) -> Option<f64> {
        let checked = self.expr(until, None);
        match checked.kind {
            ExprKind::Time(at) => Some(at),
            ExprKind::Unknown => None,
            _ => {
                let message = "an override ends at a date that is written here";
                self.error("type-mismatch", message, until.range, "as `until 2027-01-31`");
                None
            }
        }
    }
}

/// The rule that an override changes, if there is one.
pub(crate) fn changed_rule<'db>(
    db: &'db dyn salsa::Database,
    item: ItemSource<'db>,
) -> Option<ItemSource<'db>> {
    let ast::ItemKind::Override(it) = &parsed(db, item).item.kind else { return None };
    let words: Vec<&SmolStr> = it.path.iter().map(|name| &name.text).collect();
    overridden(db, item.file(db), &words)
}

fn range_of(path: &[Name]) -> Option<Range> {
    let (first, last) = (path.first()?, path.last()?);
    Some(Range { start: first.range.start, end: last.range.end })
}

//! Patterns: checked by themselves, and written out wherever a rule calls them.
//!
//! A call is written out into the statements of the pattern's body, so that no later stage knows of patterns. What
//! the body says is said at the call: a finding in it stands at the words of whoever calls.

mod arguments;
mod binding;
mod range;
mod types;

use apportion_syntax::ast::{self, ExprKind as A, ItemKind, Name, Range};
use smol_str::SmolStr;

use super::rules::Statements;
use super::{ItemIr, checked};
use crate::check::{Bound, Call, Checker, Local, OpenIndex, Scene, on_enough_stack};
use crate::db::{ItemSource, parsed};
use crate::index::{Kind, Symbol, declared};
use crate::policy::{Domain, Statement, Type};
use binding::Open;

pub(crate) use range::Demand;

/// How many patterns may be written out inside each other.
const MAX_NESTED: usize = 16;

/// A call of a pattern as it stands.
pub(super) struct Called<'a, 'db> {
    pattern: ItemSource<'db>,
    name: &'a SmolStr,
    arguments: &'a [ast::Argument],
    range: Range,
}

impl<'db> Checker<'db> {
    /// The definition by itself: its parameters are known by their types alone, and the patterns that it calls are
    /// not looked into.
    pub(super) fn pattern_item(&mut self, it: &ast::Pattern) -> ItemIr {
        for (at, param) in it.params.iter().enumerate() {
            let taken = self.taken(&param.ty);
            self.own_names(param);
            self.known_indices(&it.params[..at], param);
            let has_default = param.default.is_some();
            let default = has_default.then(|| self.default_of(it, param, &taken, &Open::new()));
            self.range_of_parameter(it, param, &taken, default.as_ref());
            let is_tuple = param.indices.iter().any(|index| index.domain.is_some());
            let bound = Bound::Typed {
                ty: taken.ty(),
                stage: taken.stage(),
                indices: param.indices.len(),
                is_tuple,
            };
            self.scene.bind(param.name.text.clone(), bound);
            for domain in param.indices.iter().filter_map(|index| index.domain.as_ref()) {
                let unknown = Domain::Set(self.unknown(domain.range));
                let open = OpenIndex {
                    word: SmolStr::default(),
                    told: SmolStr::default(),
                    domain: unknown,
                    ty: Type::Unknown,
                };
                self.scene.bind(domain.text.clone(), Bound::Domain(open));
            }
        }
        self.statements(&it.body, &Statements { hard: true, compliance: false });
        ItemIr::Nothing
    }

    /// Requires that an index says what it runs over just once: where a parameter names it first.
    fn known_indices(&mut self, before: &[ast::PatternParam], param: &ast::PatternParam) {
        for index in &param.indices {
            let before = before.iter().flat_map(|param| &param.indices);
            let is_known = before.filter(|known| known.name.text == index.name.text).count() > 0;
            let name = &index.name.text;
            if name.is_empty() || is_known != index.domain.is_some() {
                continue;
            }
            let (message, text) = match is_known {
                true => {
                    (format!("`{name}` is an index of a parameter before this"), "leave `in …` out")
                }
                false => (
                    format!("nothing says what `{name}` runs over"),
                    "the first parameter with this index does: `x[p in P]`",
                ),
            };
            self.error("pattern-argument", message, index.name.range, text);
        }
    }

    /// Requires that a parameter and what its indices run over have names of their own.
    fn own_names(&mut self, param: &ast::PatternParam) {
        let mut new: Vec<&Name> = vec![&param.name];
        new.extend(param.indices.iter().filter_map(|index| index.domain.as_ref()));
        for name in new {
            let known = self.scene.bounds.iter().any(|(known, _)| *known == name.text);
            if known && !name.text.is_empty() {
                let message = format!("`{}` names two parameters", name.text);
                self.error("duplicate-name", message, name.range, "");
            }
        }
    }

    /// The call of a pattern that a line of a rule consists of.
    pub(super) fn called<'a>(&self, claim: &'a ast::Expr) -> Option<Called<'a, 'db>> {
        let A::Call(callee, arguments) = &claim.kind else { return None };
        let A::Name(name) = &callee.kind else { return None };
        let symbol = self.symbol(name).filter(|_| !self.is_own(name));
        let Some(Symbol::Pattern(number)) = symbol else { return None };
        let pattern = *self.names.patterns.get(number)?;
        Some(Called { pattern, name, arguments, range: claim.range })
    }

    /// Writes a call out: the statements of the pattern's body, with arguments for parameters.
    pub(super) fn write_out(
        &mut self,
        call: &Called<'_, 'db>,
        rule: &Statements,
        into: &mut Vec<Statement>,
    ) {
        if self.names.refused.contains_key(&call.pattern) {
            return;
        }
        let found = self.findings.len();
        self.body_of(call, rule, into);
        // What is wrong with the pattern by itself is said there.
        if self.findings.len() > found && !is_sound(self.db, call.pattern) {
            self.findings.truncate(found);
        }
    }

    fn body_of(&mut self, call: &Called<'_, 'db>, rule: &Statements, into: &mut Vec<Statement>) {
        let ItemKind::Pattern(pattern) = &parsed(self.db, call.pattern).item.kind else { return };
        let Some(given) = self.assigned(call, pattern) else { return };
        if declared(self.db, self.item).kind == Kind::Pattern {
            return;
        }
        let Some(mut scene) = self.scene_of(call) else { return };
        let found = self.findings.len();
        self.bind_all(call.pattern, pattern, &given, &mut scene);
        if self.findings.len() > found {
            return;
        }
        scene.told = std::mem::take(self.slots_of_rule());
        self.within(&mut scene, |it| {
            if it.has_room(1) {
                into.extend(on_enough_stack(|| it.statements(&pattern.body, rule)));
            }
        });
        *self.slots_of_rule() = scene.told;
    }

    /// The slots of the rule that is checked, or that a pattern is written out for.
    fn slots_of_rule(&mut self) -> &mut Vec<Local> {
        match self.scene.call {
            Some(_) => &mut self.scene.told,
            None => &mut self.scene.slots,
        }
    }

    /// What the body sees; none where calls are too deep in each other.
    fn scene_of(&mut self, call: &Called<'_, 'db>) -> Option<Scene<'db>> {
        let own = (call.name.clone(), call.pattern);
        let span = self.span(call.range);
        let mut inner = self.scene.call.clone().unwrap_or_else(|| {
            let values = call.arguments.iter().filter_map(|argument| argument.value.as_ref());
            Call::new(span, values.map(|value| self.span(value.range)))
        });
        inner.patterns.push(own);
        if inner.patterns.len() > MAX_NESTED {
            let message = format!("more than {MAX_NESTED} patterns call each other here");
            self.error("text-too-deep", message, call.range, "each calls the next");
            return None;
        }
        let scope = self.names.scopes.get(&call.pattern.file(self.db));
        Some(Scene { hidden: self.locals.len(), call: Some(inner), ..Scene::of(scope) })
    }
}

/// Whether nothing is wrong with a pattern by itself.
fn is_sound<'db>(db: &'db dyn salsa::Database, pattern: ItemSource<'db>) -> bool {
    parsed(db, pattern).errors.is_empty() && checked(db, pattern).findings.is_empty()
}

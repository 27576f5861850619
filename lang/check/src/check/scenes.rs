//! What words mean where a text stands: in the item itself, or in the body of a pattern that is written out there.

use std::rc::Rc;

use apportion_diagnostic::{Diagnostic, Role, Span};
use smol_str::SmolStr;

use super::patterns::Bound;
use super::{Checker, Local};
use crate::db::ItemSource;
use crate::index::Scope;

/// What words mean where a text stands. The body of a pattern sees its module's names, its parameters and its own
/// indices, and nothing of whoever calls it.
#[derive(Default)]
pub(crate) struct Scene<'db> {
    pub(crate) scope: Option<&'db Scope>,
    /// How many of the indices in scope are out of sight: those of the callers.
    pub(crate) hidden: usize,
    /// Slots by name and type, so that a name means the same slot throughout the text.
    pub(crate) slots: Vec<Local>,
    /// Those of the rule, while a pattern is written out for it.
    pub(crate) told: Vec<Local>,
    /// The parameters of the pattern.
    pub(crate) bounds: Vec<(SmolStr, Bound)>,
    /// The call that the text is written out for.
    pub(crate) call: Option<Call<'db>>,
}

impl<'db> Scene<'db> {
    /// The text of an item whose module has these names.
    pub(crate) fn of(scope: Option<&'db Scope>) -> Scene<'db> {
        Scene { scope, ..Scene::default() }
    }

    /// Says what a parameter stands for.
    pub(crate) fn bind(&mut self, name: SmolStr, bound: Bound) {
        self.bounds.push((name, bound));
    }
}

/// A call of a pattern.
#[derive(Clone)]
pub(crate) struct Call<'db> {
    /// Where the outermost call stands.
    pub(super) span: Span,
    /// Where the arguments of that one stand.
    pub(super) arguments: Rc<[Span]>,
    /// The patterns that are written out, the innermost last.
    pub(crate) patterns: Vec<(SmolStr, ItemSource<'db>)>,
}

impl Call<'_> {
    /// A call that stands in no pattern.
    pub(crate) fn new(span: Span, arguments: impl Iterator<Item = Span>) -> Self {
        Call { span, arguments: arguments.collect(), patterns: Vec::new() }
    }
}

impl<'db> Checker<'db> {
    /// The index of a name that is in sight.
    pub(crate) fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().skip(self.scene.hidden).rev().find(|local| local.name == name)
    }

    /// Whether a name is an index or a parameter of a pattern, whatever else it could mean.
    pub(crate) fn is_own(&self, name: &str) -> bool {
        self.local(name).is_some() || self.parameter(name).is_some()
    }

    /// What is done in another scene.
    pub(crate) fn within<T>(
        &mut self,
        scene: &mut Scene<'db>,
        then: impl FnOnce(&mut Checker<'db>) -> T,
    ) -> T {
        std::mem::swap(&mut self.scene, scene);
        let result = then(self);
        std::mem::swap(&mut self.scene, scene);
        result
    }

    /// A finding as whoever calls the pattern is told it: at the call, as the body is not theirs to change, and once.
    pub(super) fn told_at_call(&mut self, mut finding: Diagnostic) -> Option<Diagnostic> {
        let Some(Call { span, arguments, patterns }) = self.scene.call.clone() else {
            return Some(finding);
        };
        finding.labels.retain(|label| label.role == Role::Primary || label.span != span);
        let is_argument =
            |place: Span| arguments.iter().any(|it| it.start <= place.start && place.end <= it.end);
        finding.fixes.retain(|fix| fix.edits.iter().all(|edit| is_argument(edit.span)));
        let known = self
            .findings
            .iter()
            .any(|it| it.message == finding.message && it.primary() == finding.primary());
        if known {
            return None;
        }
        if let Some((name, item)) = patterns.last() {
            let declaration = self.declaration(*item);
            finding = finding.because_of(declaration, format!("`{name}` says so"));
        }
        Some(finding)
    }
}

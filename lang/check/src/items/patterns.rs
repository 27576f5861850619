//! Patterns: checked by themselves, and written out wherever a rule calls them.
//!
//! A call is written out into the statements of the pattern's body, so that no later stage knows of patterns. What
//! the body says is said at the call: a finding in it stands at the words of whoever calls.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, ItemKind, Name, Range, TypeExprKind};
use smol_str::SmolStr;

use super::rules::Statements;
use super::{ItemIr, checked};
use crate::check::{
    Bound, Call, Checker, OpenIndex, OpenTuple, Scene, Tupled, is_zero, membership,
    on_enough_stack, standing_at,
};
use crate::db::{ItemSource, parsed};
use crate::eval::children;
use crate::index::{Kind, Symbol, declared};
use crate::policy::{Domain, Expr, ExprKind, Stage, Statement, Type};
use crate::signature::Signature;

/// How many patterns may be written out inside each other.
const MAX_NESTED: usize = 16;
/// How deep an argument may nest, so that what it becomes a part of, in pattern after pattern, nests little deeper than
/// what an author can write.
const MAX_ARGUMENT_DEPTH: usize = 100;

/// A call of a pattern as it stands.
pub(super) struct Called<'a, 'db> {
    pattern: ItemSource<'db>,
    name: &'a SmolStr,
    arguments: &'a [ast::Argument],
    range: Range,
}

/// What a parameter takes.
#[derive(Clone)]
enum Taken {
    /// A number of any unit, which may be decided.
    Quantity,
    /// A fact that can be told apart from others.
    Key,
    /// A fact of a type.
    Of(Type),
}

impl Taken {
    fn ty(&self) -> Type {
        match self {
            Taken::Quantity | Taken::Key => Type::Unknown,
            Taken::Of(ty) => ty.clone(),
        }
    }

    fn stage(&self) -> Stage {
        match self {
            Taken::Quantity => Stage::Affine,
            Taken::Key | Taken::Of(_) => Stage::Ground,
        }
    }
}

/// Indices that a tuple left open, by the pattern's words for them.
type Open = Vec<(SmolStr, OpenIndex)>;

impl<'db> Checker<'db> {
    /// The definition by itself: its parameters are known by their types alone, and the patterns that it calls are
    /// not looked into.
    pub(super) fn pattern_item(&mut self, it: &ast::Pattern) -> ItemIr {
        for (at, param) in it.params.iter().enumerate() {
            let taken = self.taken(&param.ty);
            self.own_names(param);
            self.known_indices(&it.params[..at], param);
            if param.default.is_some() {
                self.default_of(it, param, &taken, &Open::new());
            }
            let is_tuple = param.indices.iter().any(|index| index.domain.is_some());
            let bound = Bound::Typed {
                ty: taken.ty(),
                stage: taken.stage(),
                indices: param.indices.len(),
                is_tuple,
            };
            self.scene.bounds.push((param.name.text.clone(), bound));
            for domain in param.indices.iter().filter_map(|index| index.domain.as_ref()) {
                let unknown = Domain::Set(self.unknown(domain.range));
                let bound = Bound::Domain(unknown, Type::Unknown);
                self.scene.bounds.push((domain.text.clone(), bound));
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
        let ItemKind::Pattern(pattern) = &parsed(self.db, call.pattern).item.kind else { return };
        let Some(given) = self.assigned(call, pattern) else { return };
        let defines_pattern = declared(self.db, self.item).kind == Kind::Pattern;
        if defines_pattern || self.names.refused.contains_key(&call.pattern) {
            return;
        }
        let Some(mut scene) = self.scene_of(call) else { return };
        let found = self.findings.len();
        self.bind_all(pattern, &given, &mut scene);
        if self.findings.len() > found {
            return;
        }
        self.within(&mut scene, |it| {
            if it.has_room(1) {
                into.extend(on_enough_stack(|| it.statements(&pattern.body, rule)));
            }
        });
        // What is wrong with the pattern by itself is said there.
        if self.findings.len() > found && !is_sound(self.db, call.pattern) {
            self.findings.truncate(found);
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

    /// The argument of each parameter; none where some are wrong.
    fn assigned<'a>(
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
                    let count = crate::check::counted(given.len(), "parameter", "parameters");
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

    /// Says what each parameter stands for.
    fn bind_all(
        &mut self,
        pattern: &ast::Pattern,
        given: &[Option<&ast::Expr>],
        scene: &mut Scene<'db>,
    ) {
        let mut open = Open::new();
        for (param, given) in pattern.params.iter().zip(given) {
            let taken = self.within(scene, |it| {
                // What is wrong with the type is said where the pattern is defined.
                let found = it.findings.len();
                let taken = it.taken(&param.ty);
                it.findings.truncate(found);
                taken
            });
            let bound = match given {
                Some(argument) => self.bind(pattern, param, argument, &taken, &mut open),
                None => self.within(scene, |it| it.default_of(pattern, param, &taken, &open)),
            };
            scene.bind(param.name.text.clone(), bound);
            for index in &param.indices {
                let Some(domain) = &index.domain else { continue };
                if let Some((_, it)) = open.iter().find(|(word, _)| *word == index.name.text) {
                    scene
                        .bind(domain.text.clone(), Bound::Domain(it.domain.clone(), it.ty.clone()));
                }
            }
        }
    }

    /// What a parameter stands for that is given an argument.
    fn bind(
        &mut self,
        pattern: &ast::Pattern,
        param: &ast::PatternParam,
        argument: &ast::Expr,
        taken: &Taken,
        open: &mut Open,
    ) -> Bound {
        let what = format!("`{}` of `{}`", param.name.text, pattern.name.text);
        if param.indices.is_empty() {
            let value = self.expr(argument, Some(&taken.ty()).filter(|ty| **ty != Type::Unknown));
            return Bound::Value(self.fitting(&what, value, taken));
        }
        if let Some(tuple) = self.open_tuple(argument, param) {
            return self.bind_tuple(&what, param, tuple, argument.range, taken, open);
        }
        if param.indices.iter().any(|index| index.domain.is_some()) {
            let count = crate::check::counted(param.indices.len(), "index", "indices");
            let message = format!("{what} takes a decision or a `let` that leaves {count} open");
            let text = "as `x[w]`, of an `x` with more indices";
            self.error("pattern-argument", message, argument.range, text);
            return Bound::Value(self.unknown(argument.range));
        }
        let words = param.indices.iter().map(|index| {
            let known = open.iter().find(|(word, _)| *word == index.name.text);
            known.map(|(_, it)| it.clone())
        });
        let Some(words) = words.collect::<Option<Vec<OpenIndex>>>() else {
            // The definition says of which index there is nothing known.
            return Bound::Value(self.unknown(argument.range));
        };
        self.template(&what, argument, taken, &words)
    }

    /// A tuple that leaves as many indices open as a parameter has.
    fn open_tuple(&mut self, argument: &ast::Expr, param: &ast::PatternParam) -> Option<OpenTuple> {
        let (base, indices): (&ast::Expr, &[Option<ast::Expr>]) = match &argument.kind {
            A::Index(base, indices) => (base, indices),
            _ => (argument, &[]),
        };
        let A::Name(name) = &base.kind else { return None };
        let mut tuple = self.tuple_named(name)?;
        let count = indices.len() + param.indices.len();
        if tuple.open.len() < count {
            return None;
        }
        let types: Vec<Type> = tuple.open.drain(..indices.len()).map(|index| index.ty).collect();
        tuple.given.extend(self.arguments(name, &types, indices, argument.range)?);
        tuple.open.truncate(param.indices.len());
        Some(tuple)
    }

    /// The tuple that a name stands for, with all of its indices that are open. What an index runs over must not
    /// depend on another.
    fn tuple_named(&self, name: &str) -> Option<OpenTuple> {
        match self.parameter(name) {
            Some(Bound::Tuple(tuple)) => return Some(tuple.clone()),
            Some(_) => return None,
            None if self.local(name).is_some() => return None,
            None => {}
        }
        let tuple = self.tuple_of(self.symbol(name)?)?;
        let is_free = |index: &OpenIndex| !matches!(index.domain, Domain::Set(_));
        tuple.open.iter().all(is_free).then_some(tuple)
    }

    /// The tuple of a decision or a `let`, with all of its indices open.
    pub(super) fn tuple_of(&self, symbol: Symbol) -> Option<OpenTuple> {
        let (of, item) = match symbol {
            Symbol::Decision(id) => (Tupled::Decision(id), self.names.decisions[id.index()]),
            Symbol::Let(id) => (Tupled::Let(id), self.names.lets[id.index()]),
            _ => return None,
        };
        let (words, domains, types) = match self.signature(item) {
            Signature::Decision(it) => (&it.words, &it.domains, &it.indices),
            Signature::Let(it) => (&it.words, &it.domains, &it.indices),
            _ => return None,
        };
        let indices = words.iter().zip(domains).zip(types);
        let open = indices.map(|((word, domain), ty)| OpenIndex {
            word: word.clone(),
            domain: domain.clone(),
            ty: ty.clone(),
        });
        Some(OpenTuple { of, given: Vec::new(), open: open.collect() })
    }

    fn bind_tuple(
        &mut self,
        what: &str,
        param: &ast::PatternParam,
        mut tuple: OpenTuple,
        range: Range,
        taken: &Taken,
        open: &mut Open,
    ) -> Bound {
        for (index, left) in param.indices.iter().zip(&mut tuple.open) {
            left.domain = standing_at(left.domain.clone(), self.span(range));
            let known = open.iter().find(|(word, _)| *word == index.name.text);
            match known.map(|(_, known)| &known.ty) {
                Some(known) if *known != left.ty => {
                    let message = format!(
                        "`{}` of {what} is {}, and this leaves {} open",
                        index.name.text,
                        self.type_name(known),
                        self.type_name(&left.ty)
                    );
                    self.error("type-mismatch", message, range, "");
                }
                Some(_) => {}
                None => open.push((index.name.text.clone(), left.clone())),
            }
            // Whoever is handed the tuple on knows its indices by the pattern's words.
            left.word = index.name.text.clone();
        }
        let (ty, stage) = match tuple.of {
            Tupled::Decision(id) => match self.signature(self.names.decisions[id.index()]) {
                Signature::Decision(it) => (Type::Number(it.dimension), Stage::Affine),
                _ => (Type::Unknown, Stage::Ground),
            },
            Tupled::Let(id) => match self.signature(self.names.lets[id.index()]) {
                Signature::Let(it) => (it.ty.clone(), it.stage),
                _ => (Type::Unknown, Stage::Ground),
            },
        };
        let value = self.make(ExprKind::Unknown, ty, stage, range);
        self.fitting(what, value, taken);
        Bound::Tuple(tuple)
    }

    /// An expression over the words for indices that a tuple leaves open, checked once.
    fn template(
        &mut self,
        what: &str,
        value: &ast::Expr,
        taken: &Taken,
        indices: &[OpenIndex],
    ) -> Bound {
        let mark = self.known.mark();
        let slots = std::mem::take(&mut self.scene.slots);
        let mut open = Vec::new();
        for index in indices {
            let var = self.bring(&index.word, index.ty.clone());
            let kind = ExprKind::Var(var);
            let read = self.ground(kind, index.ty.clone(), value.range);
            if let Some(member) = membership(read, &index.domain) {
                self.known.learn(&member, true);
            }
            open.push((var, index.ty.clone()));
        }
        let value = self.expr(value, Some(&taken.ty()).filter(|ty| **ty != Type::Unknown));
        self.leave(indices.len(), mark);
        self.scene.slots = slots;
        Bound::Template(self.fitting(what, value, taken), open)
    }

    /// What a parameter stands for that is given no argument. Its expression is the pattern's own.
    fn default_of(
        &mut self,
        pattern: &ast::Pattern,
        param: &ast::PatternParam,
        taken: &Taken,
        open: &Open,
    ) -> Bound {
        let what = format!("`{}` of `{}`", param.name.text, pattern.name.text);
        let missing = ast::Expr { kind: A::Missing, range: param.name.range };
        let default = param.default.as_ref().unwrap_or(&missing);
        let indices = param.indices.iter().map(|index| {
            let word = index.name.text.clone();
            match open.iter().find(|(known, _)| *known == word) {
                Some((_, known)) => OpenIndex { word, ..known.clone() },
                None => {
                    let domain = Domain::Set(self.unknown(index.name.range));
                    OpenIndex { word, domain, ty: Type::Unknown }
                }
            }
        });
        let indices: Vec<OpenIndex> = indices.collect();
        match self.template(&what, default, taken, &indices) {
            Bound::Template(value, _) if indices.is_empty() => Bound::Value(value),
            template => template,
        }
    }

    /// What a parameter takes: `quantity` and `key` are types of parameters alone.
    fn taken(&mut self, ty: &ast::TypeExpr) -> Taken {
        if ty.optional {
            let text = "say what absence means where the pattern is called";
            self.error("type-mismatch", "a parameter of a pattern is never absent", ty.range, text);
        }
        if let TypeExprKind::Unit(unit) = &ty.kind
            && let [(name, 1)] = unit.factors.as_slice()
            && unit.per.is_empty()
        {
            match name.text.as_str() {
                "quantity" => return Taken::Quantity,
                "key" => return Taken::Key,
                _ => {}
            }
        }
        Taken::Of(self.declared_type(ty, None).ty)
    }

    /// A value that a parameter takes, or an unknown one in its place.
    fn fitting(&mut self, what: &str, mut value: Expr, taken: &Taken) -> Expr {
        let unknown = Expr { kind: ExprKind::Unknown, ty: Type::Unknown, ..value.clone() };
        if nests_deeper(&value, MAX_ARGUMENT_DEPTH) {
            let message = format!(
                "with every call written out this argument nests more than {MAX_ARGUMENT_DEPTH} deep"
            );
            let finding = Diagnostic::error("expression-too-deep", message)
                .at(value.span, "")
                .help("name it with a `let`, and hand that over");
            self.report(finding);
            return unknown;
        }
        let fits = match taken {
            Taken::Quantity if matches!(value.ty, Type::Number(_) | Type::Unknown) => true,
            Taken::Key
                if !matches!(
                    value.ty,
                    Type::Amounts | Type::Set(_) | Type::List(_) | Type::Map(..)
                ) =>
            {
                self.require_ground(&value, what)
            }
            Taken::Quantity | Taken::Key => {
                let wanted = match taken {
                    Taken::Quantity => "a number",
                    _ => "one value",
                };
                let message =
                    format!("{what} must be {wanted}, and this is {}", self.type_name(&value.ty));
                self.report(Diagnostic::error("type-mismatch", message).at(value.span, ""));
                false
            }
            Taken::Of(ty) => {
                if is_zero(&value) && matches!(ty, Type::Number(_)) {
                    value.ty = ty.clone();
                }
                self.require_ground(&value, what) && self.require_type(&value, ty, what)
            }
        };
        if fits { value } else { unknown }
    }
}

/// Whether nothing is wrong with a pattern by itself.
fn is_sound<'db>(db: &'db dyn salsa::Database, pattern: ItemSource<'db>) -> bool {
    parsed(db, pattern).errors.is_empty() && checked(db, pattern).findings.is_empty()
}

fn nests_deeper(expr: &Expr, than: usize) -> bool {
    let Some(than) = than.checked_sub(1) else { return true };
    let mut deeper = false;
    children(expr, &mut |part| deeper = deeper || nests_deeper(part, than));
    deeper
}

/// `parameters: x, over, max_skew`
fn parameters(pattern: &ast::Pattern) -> String {
    let names: Vec<&str> = pattern.params.iter().map(|param| param.name.text.as_str()).collect();
    format!("parameters: {}", names.join(", "))
}

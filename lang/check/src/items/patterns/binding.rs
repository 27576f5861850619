//! What the parameters of a pattern stand for at a call.

use apportion_syntax::ast::{self, ExprKind as A, Range};
use smol_str::SmolStr;

use super::types::Taken;
use crate::check::{
    Bound, Checker, OpenIndex, OpenTuple, Scene, Tupled, counted, membership, standing_at,
};
use crate::db::ItemSource;
use crate::index::Symbol;
use crate::policy::{Domain, ExprKind, Stage, Type};
use crate::signature::Signature;

/// Indices that a tuple left open, by the pattern's words for them.
pub(super) type Open = Vec<(SmolStr, OpenIndex)>;

impl<'db> Checker<'db> {
    /// Says what each parameter stands for.
    pub(super) fn bind_all(
        &mut self,
        item: ItemSource<'db>,
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
            // A default that stands for all rows is looked at where the pattern is defined.
            if given.is_some() || !param.indices.is_empty() {
                let limits = self.within(scene, |it| {
                    // As with the type.
                    let found = it.findings.len();
                    let limits = it.limits_of(param);
                    it.findings.truncate(found);
                    limits
                });
                self.demand(item, pattern, param, &bound, limits);
            }
            scene.bind(param.name.text.clone(), bound);
            for index in &param.indices {
                let Some(domain) = &index.domain else { continue };
                if let Some((word, it)) = open.iter().find(|(word, _)| *word == index.name.text) {
                    let open = OpenIndex { word: word.clone(), ..it.clone() };
                    scene.bind(domain.text.clone(), Bound::Domain(open));
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
            let count = counted(param.indices.len(), "index", "indices");
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
    pub(in crate::items) fn tuple_of(&self, symbol: Symbol) -> Option<OpenTuple> {
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
            told: word.clone(),
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
    pub(super) fn default_of(
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
                    OpenIndex { told: word.clone(), word, domain, ty: Type::Unknown }
                }
            }
        });
        let indices: Vec<OpenIndex> = indices.collect();
        match self.template(&what, default, taken, &indices) {
            Bound::Template(value, _) if indices.is_empty() => Bound::Value(value),
            template => template,
        }
    }
}

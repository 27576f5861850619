//! Functions: `has(p.reclaim)`, `p.price.has(m)`, `size(s)`, `priority(w)`.

use apportion_diagnostic::{Diagnostic, nearest};
use apportion_syntax::ast::{self, ExprKind as A, Name, Range};
use apportion_units::Dimension;
use smol_str::SmolStr;

use super::aggregates::AGGREGATIONS;
use super::{Checker, fits};
use crate::index::Symbol;
use crate::policy::{Expr, ExprKind, Function, PriorityId, Stage, Type};
use crate::signature::Signature;

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        callee: &ast::Expr,
        arguments: &[ast::Argument],
        range: Range,
    ) -> Expr {
        let values: Vec<&ast::Expr> = arguments.iter().filter_map(|it| it.value.as_ref()).collect();
        let result = match &callee.kind {
            A::Name(name) => self.function(name, callee.range, &values, range),
            A::Field(base, method) => self.method(base, method, &values, range),
            _ => {
                self.error("type-mismatch", "this is no function", callee.range, "");
                self.unknown(range)
            }
        };
        // Of a function that is none, the names of its arguments say nothing new.
        let labels = arguments.iter().filter_map(|argument| argument.label.as_ref());
        for label in labels.filter(|_| result.kind != ExprKind::Unknown) {
            let message = format!("`{}:` names no argument of this function", label.text);
            self.error("pattern-argument", message, label.range, "");
        }
        result
    }

    fn function(
        &mut self,
        name: &SmolStr,
        at: Range,
        arguments: &[&ast::Expr],
        range: Range,
    ) -> Expr {
        match (name.as_str(), arguments) {
            ("has", [argument]) => self.has(argument, range),
            ("priority", [argument]) => self.priority(argument, range),
            ("moves", [argument]) => self.moves(argument, range),
            ("has" | "priority" | "moves", _) => {
                self.wrong_count(name, &(1..=1), arguments.len(), range);
                self.unknown(range)
            }
            (word, _) => {
                let Some((function, count)) = function_of(word) else {
                    if let Some(Symbol::Pattern(_)) = self.symbol(name) {
                        let message = format!("`{name}` is a pattern, and no function");
                        let text = "it is called on a line of its own in a rule";
                        self.error("type-mismatch", message, range, text);
                        return self.unknown(range);
                    }
                    if AGGREGATIONS.contains(&word) {
                        self.without_indices(word, at);
                        return self.unknown(range);
                    }
                    let others = ["has", "priority", "moves"].into_iter().chain(AGGREGATIONS);
                    return self.no_function(name, at, others, range);
                };
                let mut checked: Vec<Expr> =
                    arguments.iter().map(|argument| self.expr(argument, None)).collect();
                if !count.contains(&checked.len()) {
                    self.wrong_count(name, &count, checked.len(), range);
                    return self.unknown(range);
                }
                self.apply(function, &mut checked, range)
            }
        }
    }

    fn method(
        &mut self,
        base: &ast::Expr,
        method: &Name,
        arguments: &[&ast::Expr],
        range: Range,
    ) -> Expr {
        if method.text == "has" {
            let [key] = arguments else {
                self.error("type-mismatch", "`has` takes one key", range, "");
                return self.unknown(range);
            };
            let indices = [Some((*key).clone())];
            let lookup =
                ast::Expr { kind: A::Index(Box::new(base.clone()), indices.into()), range };
            return self.has(&lookup, range);
        }
        let Some((function, count)) = function_of(&method.text) else {
            return self.no_function(&method.text, method.range, ["has"], range);
        };
        let mut checked = vec![self.expr(base, None)];
        checked.extend(arguments.iter().map(|argument| self.expr(argument, None)));
        if !count.contains(&checked.len()) {
            // What stands before the dot is the first of them.
            let count = count.start() - 1..=count.end() - 1;
            self.wrong_count(&method.text, &count, arguments.len(), range);
            return self.unknown(range);
        }
        self.apply(function, &mut checked, range)
    }

    /// Says that a word is no function, and which of the functions, or of the `others` that can be called there, was
    /// probably meant.
    fn no_function(
        &mut self,
        word: &str,
        at: Range,
        others: impl IntoIterator<Item = &'static str>,
        range: Range,
    ) -> Expr {
        let known = FUNCTIONS.iter().map(|it| it.0).chain(others);
        let near = nearest(word, known).map(str::to_owned);
        let finding = Diagnostic::error("unknown-name", format!("there is no function `{word}`"));
        let mut finding = self.suggest(finding, word, at, near);
        if let Some(module) = module_with_pattern(word) {
            finding = finding.help(format!("add `use {module}.{{{word}}}`"));
        }
        self.report(finding);
        self.unknown(range)
    }

    fn wrong_count(&mut self, name: &str, count: &Count, given: usize, range: Range) {
        let least = super::places::counted(*count.start(), "argument", "arguments");
        let or_more = if count.start() == count.end() { "" } else { " or more" };
        let message = format!("`{name}` takes {least}{or_more}");
        self.error("type-mismatch", message, range, format!("{given} given"));
    }

    /// `has(read)`: whether a field or an entry is there.
    fn has(&mut self, argument: &ast::Expr, range: Range) -> Expr {
        let read = self.maybe_absent(argument);
        match &read.kind {
            ExprKind::Field(..) | ExprKind::Lookup(..) => {
                self.ground(ExprKind::Has(Box::new(read)), Type::Bool, range)
            }
            ExprKind::Unknown => self.unknown(range),
            _ => {
                let text = "a field or an entry of a map is expected";
                self.error("type-mismatch", "`has` asks for a fact", argument.range, text);
                self.unknown(range)
            }
        }
    }

    /// `priority(w)`: the weight that a `priority` gives to the row.
    fn priority(&mut self, argument: &ast::Expr, range: Range) -> Expr {
        let row = self.expr(argument, None);
        let Type::Row(entity) = row.ty else {
            if row.ty != Type::Unknown {
                let message =
                    format!("only rows have a priority, and this is {}", self.type_name(&row.ty));
                self.error("type-mismatch", message, argument.range, "");
            }
            return self.unknown(range);
        };
        let found = self.names.priorities.iter().position(|place| {
            matches!(self.signature(*place), Signature::Priority(Some(of)) if *of == entity)
        });
        let Some(found) = found else {
            let name = self.entity(entity).map(|entity| entity.name.clone()).unwrap_or_default();
            let message = format!("no `priority` is declared for `{name}`");
            let text = "as `priority w by w.class { gold = 100; … }`";
            self.error("unknown-name", message, range, text);
            return self.unknown(range);
        };
        let kind = ExprKind::Priority(PriorityId(found as u32), Box::new(row));
        self.ground(kind, Type::Number(Dimension::PLAIN), range)
    }

    fn apply(&mut self, function: Function, arguments: &mut Vec<Expr>, range: Range) -> Expr {
        let plain = Type::Number(Dimension::PLAIN);
        let (ty, stage) = match function {
            Function::Size => {
                let sized = matches!(
                    arguments[0].ty,
                    Type::Text | Type::Set(_) | Type::List(_) | Type::Map(..) | Type::Unknown
                );
                if !sized {
                    let message = format!("{} has no size", self.type_name(&arguments[0].ty));
                    self.error("type-mismatch", message, range, "");
                }
                (plain, Stage::Ground)
            }
            Function::Contains if matches!(arguments[0].ty, Type::Set(_) | Type::List(_)) => {
                let text = "write `value in set`";
                self.error("type-mismatch", "`contains` looks into texts", range, text);
                return self.unknown(range);
            }
            Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches => {
                self.all_texts(arguments);
                (Type::Bool, Stage::Ground)
            }
            Function::LowerAscii | Function::UpperAscii => {
                self.all_texts(arguments);
                (Type::Text, Stage::Ground)
            }
            Function::Text => (Type::Text, Stage::Ground),
            Function::Floor | Function::Ceil | Function::Round => {
                let ty = self.same_numbers(arguments);
                if let Type::Number(dimension) = ty
                    && !dimension.is_plain()
                {
                    let message = format!("what is a whole amount of {}?", dimension.display());
                    let text = "divide by the unit first, as `ceil(a / 1 GiB) * 1 GiB`";
                    self.error("unit-mismatch", message, range, text);
                }
                (ty, Stage::Ground)
            }
            Function::Exp2 => {
                let ty = self.same_numbers(arguments);
                if let Type::Number(dimension) = ty
                    && !dimension.is_plain()
                {
                    let message = format!("2 to the power of {}?", dimension.display());
                    let text = "divide by a unit first, as `exp2(-age / half_life)`";
                    self.error("unit-mismatch", message, range, text);
                }
                (plain, Stage::Ground)
            }
            Function::Abs => {
                let ty = self.same_numbers(arguments);
                let stage = match arguments[0].stage {
                    Stage::Ground => Stage::Ground,
                    Stage::Affine => Stage::Convex,
                    _ => Stage::Neither,
                };
                (ty, stage)
            }
            Function::Min | Function::Max => {
                let ty = self.same_numbers(arguments);
                let stage = arguments.iter().map(|it| it.stage).max().unwrap_or(Stage::Ground);
                let stage = match (function, stage) {
                    (_, Stage::Ground) => Stage::Ground,
                    (Function::Max, Stage::Affine | Stage::Convex) => Stage::Convex,
                    (Function::Min, Stage::Affine | Stage::Concave) => Stage::Concave,
                    _ => Stage::Neither,
                };
                (ty, stage)
            }
        };
        let open = matches!(function, Function::Abs | Function::Min | Function::Max);
        if !open {
            for argument in arguments.iter() {
                self.require_ground(argument, "this function");
            }
        }
        self.make(ExprKind::Call(function, std::mem::take(arguments)), ty, stage, range)
    }

    fn all_texts(&mut self, arguments: &[Expr]) {
        for argument in arguments {
            if !fits(&argument.ty, &Type::Text) {
                let message =
                    format!("a text is expected, and this is {}", self.type_name(&argument.ty));
                self.report(Diagnostic::error("type-mismatch", message).at(argument.span, ""));
            }
        }
    }
}

/// The module of the standard library that has a pattern of this name.
fn module_with_pattern(name: &str) -> Option<&'static str> {
    let definition = format!("pattern {name}(");
    let has_it = |path: &&str| {
        let text = apportion_stdlib::module(path).unwrap_or_default();
        text.lines().any(|line| line.starts_with(&definition))
    };
    apportion_stdlib::modules().find(has_it)
}

type Count = std::ops::RangeInclusive<usize>;

/// Functions by their words, with how many arguments they take.
const FUNCTIONS: &[(&str, Function, Count)] = &[
    ("size", Function::Size, 1..=1),
    ("contains", Function::Contains, 2..=2),
    ("startsWith", Function::StartsWith, 2..=2),
    ("endsWith", Function::EndsWith, 2..=2),
    ("matches", Function::Matches, 2..=2),
    ("lowerAscii", Function::LowerAscii, 1..=1),
    ("upperAscii", Function::UpperAscii, 1..=1),
    ("abs", Function::Abs, 1..=1),
    ("min", Function::Min, 1..=64),
    ("max", Function::Max, 1..=64),
    ("floor", Function::Floor, 1..=1),
    ("ceil", Function::Ceil, 1..=1),
    ("round", Function::Round, 1..=1),
    ("exp2", Function::Exp2, 1..=1),
    ("string", Function::Text, 1..=1),
];

fn function_of(word: &str) -> Option<(Function, Count)> {
    let found = FUNCTIONS.iter().find(|it| it.0 == word)?;
    Some((found.1, found.2.clone()))
}

//! Rows that come later: which class one more row of an input would be in.
//!
//! One more row leaves everything else as it was if what the policy says of the input's rows, it says of
//! each for itself, or of sums of their decisions. [`Kinds::new`] refuses any other policy.

use apportion_check::eval::{Facts, walk};
use apportion_check::policy::{
    Aggregate, Arithmetic, Binder, Domain, EntityId, Expr, ExprKind, InputId, Policy, Stage,
};
use apportion_diagnostic::Span;
use rustc_hash::FxHashMap;

use crate::claims::{Body, Program, program};
use crate::classes::{Words, encode_path};
use crate::model::Space;
use crate::reads::{Path, reads};

/// Why one more row of an input changes more than its own part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// The policy tells rows of the input apart by which row they are.
    Identity,
    /// A condition is stated of each row by itself, or of all of them, other than by a sum.
    Condition,
    /// An expression is worth something else with one more row, whatever is decided.
    Facts(Span),
}

/// The classes of one input's rows, by what the policy reads of a row.
pub struct Kinds<'p> {
    policy: &'p Policy,
    paths: Vec<Path>,
    words: Words,
    classes: FxHashMap<Box<[u64]>, u32>,
    key: Vec<u64>,
}

impl<'p> Kinds<'p> {
    /// Of the rows that the facts have; `space` is what grounding made of them.
    pub fn new<F: Facts + ?Sized>(
        policy: &'p Policy,
        facts: &F,
        input: InputId,
        space: &Space,
    ) -> Result<Kinds<'p>, Joint> {
        let program = program(policy, facts.now());
        let entity = policy.inputs[input.index()].entity;
        let reads = reads(policy, &program);
        if reads.pinned.iter().any(|pinned| is_over(pinned.binder, input)) {
            return Err(Joint::Condition);
        }
        let paths = reads.paths.iter().filter(|path| path.entity == entity);
        let paths: Vec<Path> = paths.cloned().collect();
        if reads.identified.contains(&entity) || paths.iter().any(|path| leads_back(path, entity)) {
            return Err(Joint::Identity);
        }
        if let Some(span) = total(&program, input) {
            return Err(Joint::Facts(span));
        }
        let (words, classes, key) = (Words::default(), FxHashMap::default(), Vec::new());
        let mut kinds = Kinds { policy, paths, words, classes, key };
        for class in 0..space.len() as u32 {
            if let Some(first) = space.members(class).first() {
                kinds.read(facts, *first);
                kinds.classes.insert(kinds.key.as_slice().into(), class);
            }
        }
        Ok(kinds)
    }

    /// The class of a row of these facts; none if no row of the world is like it.
    pub fn class<F: Facts + ?Sized>(&mut self, facts: &F, row: u32) -> Option<u32> {
        self.read(facts, row);
        self.classes.get(self.key.as_slice()).copied()
    }

    fn read<F: Facts + ?Sized>(&mut self, facts: &F, row: u32) {
        let Kinds { policy, paths, words, key, .. } = self;
        key.clear();
        paths.iter().for_each(|path| encode_path(policy, facts, path, row, words, key));
    }
}

/// Whether a path comes to another row of the kind that it starts from.
fn leads_back(path: &Path, entity: EntityId) -> bool {
    path.fields.iter().skip(1).any(|(owner, _)| *owner == entity)
}

/// The first expression of a rule or of a decision's bounds that counts or adds up facts of all rows of an input.
fn total(program: &Program, input: InputId) -> Option<Span> {
    let existences = program.decisions.iter().flat_map(|it| {
        let bounds = [&it.condition, &it.lower, &it.upper].into_iter().flatten();
        bounds.chain(it.indices.iter().flat_map(|index| &index.condition))
    });
    let cases = program.eligibilities.iter().flat_map(|it| &it.cases).flat_map(|case| {
        let conditions = case.binders.iter().flat_map(|binder| &binder.condition);
        case.condition.iter().chain(case.arguments.iter().flatten()).chain(conditions)
    });
    let claims = program.claims.iter().flat_map(|claim| {
        let (Body::Affine(_, body) | Body::Condition(body)) = &claim.body;
        let conditions = claim.quantifiers.iter().flat_map(|binder| &binder.condition);
        claim.guards.iter().map(|(guard, _)| guard).chain(conditions).chain([body])
    });
    let spoken_of = program.eligibilities.iter().find(|it| {
        let mut binders =
            it.cases.iter().flat_map(|case| case.binders.iter().map(move |it| (case, it)));
        binders.any(|(case, binder)| {
            let is_argument =
                |it: &Expr| matches!(it.kind, ExprKind::Var(var) if var == binder.var);
            is_over(binder, input) && !case.arguments.iter().flatten().any(is_argument)
        })
    });
    let total = existences.chain(cases).chain(claims).find_map(|expr| total_in(expr, input));
    total.or(spoken_of.map(|it| it.span))
}

fn is_over(binder: &Binder, input: InputId) -> bool {
    matches!(binder.domain, Domain::Input(it) if it == input)
}

fn total_in(expr: &Expr, input: InputId) -> Option<Span> {
    let mut found = None;
    walk(expr, &mut |part| {
        let ExprKind::Aggregate(_, binders, body) = &part.kind else { return };
        if binders.iter().any(|binder| is_over(binder, input))
            && (part.stage == Stage::Ground || !is_linear(body))
        {
            found = found.or(Some(part.span));
        }
    });
    found
}

/// Whether a sum of decisions has no part without a decision, so that rows without placements add nothing.
fn is_linear(expr: &Expr) -> bool {
    let is_ground = |expr: &Expr| expr.stage == Stage::Ground;
    match &expr.kind {
        ExprKind::Decision(..) => true,
        ExprKind::Negate(inner) => is_linear(inner),
        ExprKind::Arithmetic(Arithmetic::Multiply, a, b) => {
            is_ground(a) && is_linear(b) || is_linear(a) && is_ground(b)
        }
        ExprKind::Arithmetic(Arithmetic::Divide, a, b) => is_linear(a) && is_ground(b),
        ExprKind::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, a, b) => {
            is_linear(a) && is_linear(b)
        }
        ExprKind::If(test, then, otherwise) => {
            is_ground(test) && is_linear(then) && is_linear(otherwise)
        }
        ExprKind::Aggregate(Aggregate::Sum, _, body) => is_linear(body),
        _ => false,
    }
}

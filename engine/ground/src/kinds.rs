//! Rows that come later: which class one more row of an input would be in.
//!
//! One more row leaves everything else as it was if what the policy says of the input's rows, it says of
//! each for itself, or of sums of their decisions. [`Kinds::new`] refuses any other policy.

use apportion_check::eval::{Evaluator, Facts, Limits, walk};
use apportion_check::policy::{
    Aggregate, Argument, Arithmetic, Binder, Domain, EntityId, Expr, ExprKind, InputId, Policy,
    RuleKind, Stage, Type, VarId,
};
use apportion_diagnostic::Span;
use rustc_hash::FxHashMap;

use crate::attributes::{Attribute, Encoder, Path, RowValue, Words};
use crate::claims::{Program, program};
use crate::model::Space;
use crate::reads::reads;

/// Whether what runs now tells rows of an input apart, as it may be taken away.
fn is_preempted(policy: &Policy, input: InputId) -> bool {
    let mut rules = policy.rules.iter().filter(|rule| !rule.is_audited());
    rules.any(|rule| {
        let RuleKind::Preemption(eviction) = rule.kind else { return false };
        let indices = policy.decisions[eviction.decision.index()].indices.iter();
        indices.take(2).any(|index| index.domain == Domain::Input(input))
    })
}

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
    values: Vec<RowValue>,
    words: Words,
    classes: FxHashMap<Box<[u64]>, u32>,
    /// How many classes there are.
    len: u32,
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
        let (mut paths, mut values) = (Vec::new(), Vec::new());
        for (attribute, _) in reads.attributes(entity) {
            match attribute {
                Attribute::Path(path) => paths.push(path.clone()),
                Attribute::Value(value) => values.push(value.clone()),
            }
        }
        let is_told = reads.identified.contains_key(&entity)
            || paths.iter().any(|path| leads_back(path, entity))
            || values.iter().any(|value| refers(&value.expr, entity));
        if is_told || is_preempted(policy, input) {
            return Err(Joint::Identity);
        }
        if let Some(span) = total(&program, input) {
            return Err(Joint::Facts(span));
        }
        let (words, classes, key) = (Words::default(), FxHashMap::default(), Vec::new());
        let len = space.len() as u32;
        let mut kinds = Kinds { policy, paths, values, words, classes, len, key };
        for class in 0..space.len() as u32 {
            if let Some(first) = space.members(class).first() {
                kinds.read(facts, *first);
                kinds.classes.insert(kinds.key.as_slice().into(), class);
            }
        }
        Ok(kinds)
    }

    /// How many classes there are.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The class of a row of these facts. A row that is like none before it is given the next, which is its class when
    /// the first rows of such classes, in their order, follow the rows of the world.
    pub fn class<F: Facts + ?Sized>(&mut self, facts: &F, row: u32) -> u32 {
        self.read(facts, row);
        let Kinds { classes, key, len, .. } = self;
        if let Some(class) = classes.get(key.as_slice()) {
            return *class;
        }
        let class = *len;
        classes.insert(key.as_slice().into(), class);
        *len += 1;
        class
    }

    /// The class of a row of these facts, if one that is like it is known.
    pub(crate) fn known<F: Facts + ?Sized>(&mut self, facts: &F, row: u32) -> Option<u32> {
        self.read(facts, row);
        self.classes.get(self.key.as_slice()).copied()
    }

    /// Forgets all but the first classes.
    pub fn truncate(&mut self, len: u32) {
        self.classes.retain(|_, class| *class < len);
        self.len = self.len.min(len);
    }

    fn read<F: Facts + ?Sized>(&mut self, facts: &F, row: u32) {
        let Kinds { policy, paths, values, words, key, .. } = self;
        key.clear();
        let evaluator = Evaluator::new(policy, facts, Limits::default());
        let mut encoder = Encoder::with(policy, facts, &evaluator, std::mem::take(words));
        let attributes = paths.iter().map(Attribute::Path);
        for attribute in attributes.chain(values.iter().map(Attribute::Value)) {
            encoder.encode(attribute, row, key);
        }
        *words = encoder.into_words();
    }
}

/// Whether a path comes to another row of the kind that it starts from.
fn leads_back(path: &Path, entity: EntityId) -> bool {
    path.fields.iter().skip(1).any(|(owner, _)| *owner == entity)
}

/// Whether an expression on one row comes to a row of its own kind that it refers to.
fn refers(expr: &Expr, entity: EntityId) -> bool {
    let mut found = false;
    walk(expr, &mut |part| {
        let is_row = matches!(part.ty, Type::Row(it) if it == entity);
        found |= is_row && !matches!(part.kind, ExprKind::Var(_));
    });
    found
}

/// The first expression of a rule or of a decision's bounds that is worth something else over other rows of an input,
/// whatever is decided; `now` is the time of the facts.
pub fn joint_facts(policy: &Policy, now: f64, input: InputId) -> Option<Span> {
    total(&program(policy, now), input)
}

/// The first expression of a rule or of a decision's bounds that counts or adds up facts of all rows of an input.
fn total(program: &Program, input: InputId) -> Option<Span> {
    let spoken_of = program.eligibilities.iter().find(|it| {
        let mut binders =
            it.cases.iter().flat_map(|case| case.binders.iter().map(move |it| (case, it)));
        binders.any(|(case, binder)| {
            let is_argument =
                |it: &Expr| matches!(it.kind, ExprKind::Var(var) if var == binder.var);
            is_over(binder, input) && !case.arguments.iter().flatten().any(is_argument)
        })
    });
    let total = program.expressions().find_map(|expr| total_in(expr, input));
    total.or(spoken_of.map(|it| it.span))
}

fn is_over(binder: &Binder, input: InputId) -> bool {
    matches!(binder.domain, Domain::Input(it) if it == input)
}

pub(crate) fn total_in(expr: &Expr, input: InputId) -> Option<Span> {
    let mut found = None;
    walk(expr, &mut |part| {
        let ExprKind::Aggregate(_, binders, body) = &part.kind else { return };
        let mut over = binders.iter().filter(|binder| is_over(binder, input));
        if over.any(|it| part.stage == Stage::Ground || !is_placed(body, it.var)) {
            found = found.or(Some(part.span));
        }
    });
    found
}

/// Whether a sum of decisions has no part without a decision on the row in a slot, so that rows without placements add
/// nothing.
fn is_placed(expr: &Expr, row: VarId) -> bool {
    let is_ground = |expr: &Expr| expr.stage == Stage::Ground;
    let is_row = |it: &Argument| matches!(it, Argument::At(Expr { kind: ExprKind::Var(var), .. }) if *var == row);
    let is_linear = |expr: &Expr| is_placed(expr, row);
    match &expr.kind {
        ExprKind::Decision(_, arguments) => arguments.iter().any(is_row),
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

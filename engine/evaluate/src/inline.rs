//! `let`s that hold decisions, read in place.
//!
//! A `let` is its meaning with the arguments in the place of its indices; `*` is a sum over the index.
//! Its other indices get slots of their own at the end of the frame that it is read into. What facts
//! alone decide is left to the evaluator, unless a report narrows an index that it runs over.

use apportion_check::eval::{EvalError, EvalErrorKind};
use apportion_check::policy::{
    Aggregate, Argument, Binder, Domain, Eligibility, Expr, ExprKind, FairnessId, LetId, LevelId,
    Policy, Promise, RuleId, RuleKind, Stage, Statement, VarId,
};
use rustc_hash::FxHashMap;

use crate::stack::on_enough_stack;
use crate::verdict::{Failure, Item};

/// The most parts that the `let`s of one item may make together.
const MOST_PARTS: usize = 1_000_000;
/// How deep expressions and `let`s may nest in each other.
const DEEPEST: usize = 640;

/// The policy with every `let` that holds decisions read in place, and the items for which that fails:
/// those are left as they are.
pub(crate) fn inline(policy: &Policy) -> (Policy, Vec<Failure>) {
    let mut result = policy.clone();
    let mut failures = Vec::new();
    let mut fail = |item, error| failures.push(Failure { item, at: Vec::new(), error });
    for (rule, id) in result.rules.iter_mut().zip(0..) {
        let mut inliner = Inliner::new(policy, rule.frame, false);
        match inliner.statements(&rule.body).and_then(|body| Ok((body, inliner.kind(&rule.kind)?)))
        {
            Ok((body, kind)) => (rule.body, rule.kind, rule.frame) = (body, kind, inliner.frame),
            Err(error) => fail(Item::Rule(RuleId(id)), error),
        }
    }
    for (budget, id) in result.budgets.iter_mut().zip(0..) {
        if let Err(error) = read_in_place(policy, &mut budget.value, &mut budget.frame, false) {
            fail(Item::Budget(id), error);
        }
    }
    for (fairness, id) in result.fairness.iter_mut().zip(0..) {
        if let Err(error) = read_in_place(policy, &mut fairness.amount, &mut fairness.frame, false)
        {
            fail(Item::Fairness(FairnessId(id)), error);
        }
    }
    for (level, id) in result.levels.iter_mut().zip(0..) {
        if let Err(error) = read_in_place(policy, &mut level.value, &mut level.frame, false) {
            fail(Item::Level(LevelId(id)), error);
        }
    }
    for (report, id) in result.reports.iter_mut().zip(0..) {
        let everything = !report.by.is_empty();
        if let Err(error) = read_in_place(policy, &mut report.value, &mut report.frame, everything)
        {
            fail(Item::Report(id), error);
        }
    }
    (result, failures)
}

fn read_in_place(
    policy: &Policy,
    expr: &mut Expr,
    frame: &mut usize,
    everything: bool,
) -> Result<(), EvalError> {
    let mut inliner = Inliner::new(policy, *frame, everything);
    *expr = inliner.expr(expr, &Names::default())?;
    *frame = inliner.frame;
    Ok(())
}

/// What stands for the slots of the text that is being read; others stand for themselves.
type Names = FxHashMap<VarId, Name>;

#[derive(Clone)]
enum Name {
    Slot(VarId),
    Value(Expr),
}

struct Inliner<'p> {
    policy: &'p Policy,
    /// Slots used so far.
    frame: usize,
    /// Whether ground `let`s are read in place too.
    everything: bool,
    parts: usize,
    depth: usize,
    /// How many `let`s are being read in place around this one.
    lets: usize,
}

impl Inliner<'_> {
    fn new(policy: &Policy, frame: usize, everything: bool) -> Inliner<'_> {
        Inliner { policy, frame, everything, parts: 0, depth: 0, lets: 0 }
    }

    fn statements(&mut self, statements: &[Statement]) -> Result<Vec<Statement>, EvalError> {
        statements.iter().map(|statement| self.statement(statement)).collect()
    }

    /// Only what an `sla` counts holds decisions.
    fn kind(&mut self, kind: &RuleKind) -> Result<RuleKind, EvalError> {
        let RuleKind::Sla(promise) = kind else { return Ok(kind.clone()) };
        let Promise { share, of } = &**promise;
        let of = self.expr(of, &Names::default())?;
        Ok(RuleKind::Sla(Box::new(Promise { share: share.clone(), of })))
    }

    /// Only conditions hold decisions; the rest of a statement is ground.
    fn statement(&mut self, statement: &Statement) -> Result<Statement, EvalError> {
        Ok(match statement {
            Statement::For { binders, body } => {
                Statement::For { binders: binders.clone(), body: self.statements(body)? }
            }
            Statement::Require { condition, span } => Statement::Require {
                condition: self.expr(condition, &Names::default())?,
                span: *span,
            },
            Statement::Forbid(eligibility) => Statement::Forbid(Eligibility::clone(eligibility)),
            Statement::Permit(eligibility) => Statement::Permit(Eligibility::clone(eligibility)),
        })
    }

    fn expr(&mut self, expr: &Expr, names: &Names) -> Result<Expr, EvalError> {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            let kind = EvalErrorKind::StepLimit(MOST_PARTS as u64);
            return Err(EvalError { kind, span: expr.span });
        }
        if self.depth >= DEEPEST {
            let kind = EvalErrorKind::DepthLimit(DEEPEST as u32);
            return Err(EvalError { kind, span: expr.span });
        }
        self.depth += 1;
        let inlined = on_enough_stack(|| self.expr_of(expr, names));
        self.depth -= 1;
        inlined
    }

    fn expr_of(&mut self, expr: &Expr, names: &Names) -> Result<Expr, EvalError> {
        let kind = match &expr.kind {
            ExprKind::Var(var) => match names.get(var) {
                Some(Name::Value(value)) => return Ok(value.clone()),
                Some(Name::Slot(slot)) => ExprKind::Var(*slot),
                None => ExprKind::Var(*var),
            },
            ExprKind::Let(id, arguments) if self.reads_in_place(*id) => {
                return self.named(*id, arguments, expr, names);
            }
            ExprKind::Let(id, arguments) => ExprKind::Let(*id, self.arguments(arguments, names)?),
            ExprKind::Decision(id, arguments) => {
                ExprKind::Decision(*id, self.arguments(arguments, names)?)
            }
            ExprKind::Moves(id, arguments) => {
                ExprKind::Moves(*id, self.arguments(arguments, names)?)
            }
            ExprKind::Aggregate(aggregate, binders, body) => {
                let mut names = names.clone();
                let binders = self.binders(binders, &mut names)?;
                ExprKind::Aggregate(*aggregate, binders, self.boxed(body, &names)?)
            }
            kind => self.parts_of(kind, names)?,
        };
        Ok(Expr { kind, ty: expr.ty.clone(), stage: expr.stage, span: expr.span })
    }

    /// The forms that bind no index and name no decision.
    fn parts_of(&mut self, kind: &ExprKind, names: &Names) -> Result<ExprKind, EvalError> {
        Ok(match kind {
            ExprKind::Field(owner, field) => ExprKind::Field(self.boxed(owner, names)?, *field),
            ExprKind::SlotPart(slot, part) => ExprKind::SlotPart(self.boxed(slot, names)?, *part),
            ExprKind::Lookup(owner, key) => {
                ExprKind::Lookup(self.boxed(owner, names)?, self.boxed(key, names)?)
            }
            ExprKind::Has(inner) => ExprKind::Has(self.boxed(inner, names)?),
            ExprKind::Unrefuted(inner) => ExprKind::Unrefuted(self.boxed(inner, names)?),
            ExprKind::Default(left, right) => {
                ExprKind::Default(self.boxed(left, names)?, self.boxed(right, names)?)
            }
            ExprKind::List(parts) => ExprKind::List(self.all(parts, names)?),
            ExprKind::Set(parts) => ExprKind::Set(self.all(parts, names)?),
            ExprKind::Negate(inner) => ExprKind::Negate(self.boxed(inner, names)?),
            ExprKind::Not(inner) => ExprKind::Not(self.boxed(inner, names)?),
            ExprKind::Arithmetic(operator, left, right) => {
                ExprKind::Arithmetic(*operator, self.boxed(left, names)?, self.boxed(right, names)?)
            }
            ExprKind::Compare(comparison, left, right) => {
                ExprKind::Compare(*comparison, self.boxed(left, names)?, self.boxed(right, names)?)
            }
            ExprKind::In(element, collection) => {
                ExprKind::In(self.boxed(element, names)?, self.boxed(collection, names)?)
            }
            ExprKind::Logic(operator, left, right) => {
                ExprKind::Logic(*operator, self.boxed(left, names)?, self.boxed(right, names)?)
            }
            ExprKind::If(condition, then, otherwise) => ExprKind::If(
                self.boxed(condition, names)?,
                self.boxed(then, names)?,
                self.boxed(otherwise, names)?,
            ),
            ExprKind::Packed(items, size, bin) => ExprKind::Packed(
                self.boxed(items, names)?,
                self.boxed(size, names)?,
                self.boxed(bin, names)?,
            ),
            ExprKind::Implies(left, right) => {
                ExprKind::Implies(self.boxed(left, names)?, self.boxed(right, names)?)
            }
            ExprKind::Call(function, arguments) => {
                ExprKind::Call(*function, self.all(arguments, names)?)
            }
            ExprKind::Priority(priority, row) => {
                ExprKind::Priority(*priority, self.boxed(row, names)?)
            }
            plain => plain.clone(),
        })
    }

    fn reads_in_place(&self, id: LetId) -> bool {
        let definition = self.policy.lets.get(id.index());
        definition.is_some_and(|it| self.everything || it.value.stage != Stage::Ground)
    }

    fn named(
        &mut self,
        id: LetId,
        arguments: &[Argument],
        expr: &Expr,
        names: &Names,
    ) -> Result<Expr, EvalError> {
        let malformed = EvalError { kind: EvalErrorKind::Malformed, span: expr.span };
        let definition = self.policy.lets.get(id.index()).ok_or(malformed)?;
        self.lets += 1;
        let mut inner = Names::default();
        let mut summed = Vec::new();
        for (index, argument) in definition.indices.iter().zip(arguments) {
            match argument {
                Argument::At(value) => {
                    let value = self.expr(value, names)?;
                    inner.insert(index.var, Name::Value(value));
                }
                Argument::All => {
                    summed.extend(self.binders(std::slice::from_ref(index), &mut inner)?);
                }
            }
        }
        let body = self.expr(&definition.value, &inner)?;
        self.lets -= 1;
        if summed.is_empty() {
            return Ok(body);
        }
        Ok(Expr {
            ty: body.ty.clone(),
            stage: body.stage,
            span: expr.span,
            kind: ExprKind::Aggregate(Aggregate::Sum, summed, Box::new(body)),
        })
    }

    /// Binders of a `let` get new slots; those of the item itself keep theirs.
    fn binders(&mut self, binders: &[Binder], names: &mut Names) -> Result<Vec<Binder>, EvalError> {
        let mut result = Vec::with_capacity(binders.len());
        for binder in binders {
            let domain = match &binder.domain {
                Domain::Values(values) => Domain::Values(self.all(values, names)?),
                Domain::Set(set) => Domain::Set(self.expr(set, names)?),
                plain => plain.clone(),
            };
            let mut var = binder.var;
            if self.lets > 0 {
                var = VarId(self.frame as u32);
                self.frame += 1;
                names.insert(binder.var, Name::Slot(var));
            }
            let condition = match &binder.condition {
                Some(condition) => Some(self.expr(condition, names)?),
                None => None,
            };
            result.push(Binder {
                var,
                name: binder.name.clone(),
                domain,
                condition,
                span: binder.span,
            });
        }
        Ok(result)
    }

    fn arguments(
        &mut self,
        arguments: &[Argument],
        names: &Names,
    ) -> Result<Vec<Argument>, EvalError> {
        arguments
            .iter()
            .map(|argument| {
                Ok(match argument {
                    Argument::At(value) => Argument::At(self.expr(value, names)?),
                    Argument::All => Argument::All,
                })
            })
            .collect()
    }

    fn all(&mut self, parts: &[Expr], names: &Names) -> Result<Vec<Expr>, EvalError> {
        parts.iter().map(|part| self.expr(part, names)).collect()
    }

    fn boxed(&mut self, part: &Expr, names: &Names) -> Result<Box<Expr>, EvalError> {
        self.expr(part, names).map(Box::new)
    }
}

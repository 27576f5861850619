//! Expressions of decisions, taken apart so that sums can follow the tuples that are not 0.
//!
//! A [`Form`] is a sum of terms. A term is a product of ground factors with one [`Leaf`], summed over
//! binders; where the leaf is a decision, only its tuples that are not 0 need to be looked at, however
//! many tuples the binders have.

use apportion_check::eval::walk;
use apportion_check::policy::{
    Aggregate, Argument, Arithmetic, Binder, Comparison, DecisionId, Expr, ExprKind, Function,
    Logic, Stage, Type, VarId,
};
use apportion_diagnostic::Span;
use smol_str::SmolStr;

use crate::bins::Bins;
use crate::stack::on_enough_stack;

/// The sum of its terms.
#[derive(Debug, Default)]
pub(crate) struct Form<'f> {
    pub(crate) terms: Vec<Term<'f>>,
}

/// A product, summed over all tuples of the binders.
#[derive(Debug)]
pub(crate) struct Term<'f> {
    pub(crate) binders: Vec<&'f Binder>,
    /// What the leaf is multiplied with, in the order of the text.
    pub(crate) steps: Vec<Step<'f>>,
    /// For each step, whether it is the same for all tuples of the binders.
    pub(crate) fixed: Vec<bool>,
    pub(crate) leaf: Leaf<'f>,
}

/// What happens to a leaf.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'f> {
    Minus,
    Times(&'f Expr),
    Over(&'f Expr),
    /// Counts only where the condition is as said.
    Only(&'f Expr, bool),
}

/// What a term is made of.
#[derive(Debug)]
pub(crate) enum Leaf<'f> {
    Ground(&'f Expr),
    Decision(Pick<'f>),
    Penalties,
    Inner(Box<Node<'f>>),
}

/// What is no sum.
#[derive(Debug)]
pub(crate) enum Node<'f> {
    Extreme(Extreme, Vec<Form<'f>>),
    ExtremeOver(Extreme, Vec<&'f Binder>, Form<'f>),
    Count(Vec<&'f Binder>, Condition<'f>),
    Bins(Bins<'f>),
    Function(Function, Form<'f>),
    Choice(Condition<'f>, Form<'f>, Form<'f>),
    Product(Form<'f>, Form<'f>),
    Quotient(Form<'f>, Form<'f>, Span),
    Unreadable(Span),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extreme {
    Least,
    Greatest,
}

/// Tuples of a decision, seen from binders: which indices they determine.
#[derive(Debug)]
pub(crate) struct Pick<'f> {
    pub(crate) decision: DecisionId,
    /// Whether what they do not leave of what runs now is meant, and not what they have.
    pub(crate) moves: bool,
    /// One per index of the decision.
    pub(crate) matches: Vec<Match<'f>>,
    /// For each binder, whether a tuple determines it.
    pub(crate) determined: Vec<bool>,
}

/// How an index of a decision is matched.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Match<'f> {
    /// The tuple's code is the value of this slot.
    Bind(VarId),
    /// The value is known before any binder is bound.
    Fixed(&'f Expr),
    /// The value is known once all binders are bound.
    Later(&'f Expr),
    /// `*`
    Any,
}

/// A condition on decisions.
#[derive(Debug)]
pub(crate) enum Condition<'f> {
    Ground(&'f Expr),
    Compare(Comparison, Form<'f>, Form<'f>),
    /// Whether both hold or neither does; negated for `!=`.
    Same(Box<Condition<'f>>, Box<Condition<'f>>, bool),
    /// A decision that is a flag.
    Flag(Form<'f>),
    Not(Box<Condition<'f>>),
    Logic(Logic, Box<Condition<'f>>, Box<Condition<'f>>),
    Implies(Box<Condition<'f>>, Box<Condition<'f>>),
    Choice(Box<Condition<'f>>, Box<Condition<'f>>, Box<Condition<'f>>),
    /// `any` where true, else `all`
    Quantified(bool, Vec<&'f Binder>, Box<Condition<'f>>),
    Unreadable(Span),
}

/// Takes expressions apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading<'n> {
    /// Names of binders that a report narrows: what mentions one is taken apart though it is ground.
    pub(crate) narrowed: &'n [SmolStr],
}

/// Binders and factors around the part that is being read.
#[derive(Default)]
struct Path<'f> {
    binders: Vec<&'f Binder>,
    steps: Vec<Step<'f>>,
}

impl Reading<'_> {
    pub(crate) fn form<'f>(self, expr: &'f Expr) -> Form<'f> {
        let mut form = Form::default();
        self.add(expr, &mut Path::default(), &mut form);
        form
    }

    fn add<'f>(self, expr: &'f Expr, path: &mut Path<'f>, form: &mut Form<'f>) {
        on_enough_stack(|| self.add_here(expr, path, form));
    }

    fn add_here<'f>(self, expr: &'f Expr, path: &mut Path<'f>, form: &mut Form<'f>) {
        if self.is_ground(expr) {
            return path.end(Leaf::Ground(expr), form);
        }
        match &expr.kind {
            ExprKind::Arithmetic(Arithmetic::Add, left, right) => {
                self.add(left, path, form);
                self.add(right, path, form);
            }
            ExprKind::Arithmetic(Arithmetic::Subtract, left, right) => {
                self.add(left, path, form);
                self.add_after(Step::Minus, right, path, form);
            }
            ExprKind::Negate(inner) => self.add_after(Step::Minus, inner, path, form),
            ExprKind::Arithmetic(Arithmetic::Multiply, left, right) if self.is_ground(left) => {
                self.add_after(Step::Times(left), right, path, form);
            }
            ExprKind::Arithmetic(Arithmetic::Multiply, left, right) if self.is_ground(right) => {
                self.add_after(Step::Times(right), left, path, form);
            }
            ExprKind::Arithmetic(Arithmetic::Divide, left, right) if self.is_ground(right) => {
                self.add_after(Step::Over(right), left, path, form);
            }
            ExprKind::If(condition, then, otherwise) if self.is_ground(condition) => {
                self.add_after(Step::Only(condition, true), then, path, form);
                self.add_after(Step::Only(condition, false), otherwise, path, form);
            }
            ExprKind::Aggregate(Aggregate::Sum, binders, body) => {
                let outer = path.binders.len();
                path.binders.extend(binders);
                self.add(body, path, form);
                path.binders.truncate(outer);
            }
            ExprKind::Decision(decision, arguments) => {
                let pick = Pick::new(*decision, arguments, &path.binders);
                path.end(Leaf::Decision(pick), form);
            }
            ExprKind::Moves(decision, arguments) => {
                let pick = Pick::new(*decision, arguments, &path.binders);
                path.end(Leaf::Decision(Pick { moves: true, ..pick }), form);
            }
            ExprKind::Penalties => path.end(Leaf::Penalties, form),
            _ => path.end(Leaf::Inner(Box::new(self.node(expr))), form),
        }
    }

    fn add_after<'f>(
        self,
        step: Step<'f>,
        expr: &'f Expr,
        path: &mut Path<'f>,
        form: &mut Form<'f>,
    ) {
        path.steps.push(step);
        self.add(expr, path, form);
        path.steps.pop();
    }

    fn node<'f>(self, expr: &'f Expr) -> Node<'f> {
        match &expr.kind {
            ExprKind::Aggregate(Aggregate::Min, binders, body) => {
                let binders = binders.iter().collect();
                Node::ExtremeOver(Extreme::Least, binders, self.form(body))
            }
            ExprKind::Aggregate(Aggregate::Max, binders, body) => {
                let binders = binders.iter().collect();
                Node::ExtremeOver(Extreme::Greatest, binders, self.form(body))
            }
            ExprKind::Aggregate(Aggregate::Count, binders, body) => {
                Node::Count(binders.iter().collect(), self.condition(body))
            }
            ExprKind::Aggregate(Aggregate::Bins, binders, body) => match &body.kind {
                ExprKind::Packed(items, size, bin) => {
                    let mut path = Path { binders: binders.iter().collect(), steps: Vec::new() };
                    let mut form = Form::default();
                    self.add(items, &mut path, &mut form);
                    Node::Bins(Bins { items: form, size, bin })
                }
                _ => Node::Unreadable(expr.span),
            },
            ExprKind::Call(Function::Min, parts) => {
                Node::Extreme(Extreme::Least, parts.iter().map(|part| self.form(part)).collect())
            }
            ExprKind::Call(Function::Max, parts) => {
                Node::Extreme(Extreme::Greatest, parts.iter().map(|part| self.form(part)).collect())
            }
            ExprKind::Call(
                function @ (Function::Abs | Function::Floor | Function::Ceil | Function::Round),
                parts,
            ) => match &parts[..] {
                [part] => Node::Function(*function, self.form(part)),
                _ => Node::Unreadable(expr.span),
            },
            ExprKind::If(condition, then, otherwise) => {
                Node::Choice(self.condition(condition), self.form(then), self.form(otherwise))
            }
            ExprKind::Arithmetic(Arithmetic::Multiply, left, right) => {
                Node::Product(self.form(left), self.form(right))
            }
            ExprKind::Arithmetic(Arithmetic::Divide, left, right) => {
                Node::Quotient(self.form(left), self.form(right), expr.span)
            }
            _ => Node::Unreadable(expr.span),
        }
    }

    pub(crate) fn condition<'f>(self, expr: &'f Expr) -> Condition<'f> {
        on_enough_stack(|| self.condition_here(expr))
    }

    fn condition_here<'f>(self, expr: &'f Expr) -> Condition<'f> {
        if self.is_ground(expr) {
            return Condition::Ground(expr);
        }
        let boxed = |part| Box::new(self.condition(part));
        match &expr.kind {
            ExprKind::Compare(comparison, left, right) => match (comparison, &left.ty) {
                (_, Type::Number(_) | Type::Time) => {
                    Condition::Compare(*comparison, self.form(left), self.form(right))
                }
                (Comparison::Equal, Type::Bool) => {
                    Condition::Same(boxed(left), boxed(right), false)
                }
                (Comparison::NotEqual, Type::Bool) => {
                    Condition::Same(boxed(left), boxed(right), true)
                }
                _ => Condition::Unreadable(expr.span),
            },
            ExprKind::Not(inner) => Condition::Not(boxed(inner)),
            ExprKind::Logic(logic, left, right) => {
                Condition::Logic(*logic, boxed(left), boxed(right))
            }
            ExprKind::Implies(left, right) => Condition::Implies(boxed(left), boxed(right)),
            ExprKind::If(condition, then, otherwise) => {
                Condition::Choice(boxed(condition), boxed(then), boxed(otherwise))
            }
            ExprKind::Aggregate(Aggregate::Any, binders, body) => {
                Condition::Quantified(true, binders.iter().collect(), boxed(body))
            }
            ExprKind::Aggregate(Aggregate::All, binders, body) => {
                Condition::Quantified(false, binders.iter().collect(), boxed(body))
            }
            ExprKind::Decision(..) => Condition::Flag(self.form(expr)),
            _ => Condition::Unreadable(expr.span),
        }
    }

    /// Whether the evaluator of ground expressions can take it as it is.
    fn is_ground(self, expr: &Expr) -> bool {
        if expr.stage != Stage::Ground {
            return false;
        }
        if self.narrowed.is_empty() {
            return true;
        }
        let mut mentioned = false;
        walk(expr, &mut |part| {
            if let ExprKind::Aggregate(_, binders, _) = &part.kind {
                mentioned |= binders.iter().any(|binder| self.narrowed.contains(&binder.name));
            }
        });
        !mentioned
    }
}

impl Condition<'_> {
    /// Whether facts alone decide it.
    pub(crate) fn is_ground(&self) -> bool {
        matches!(self, Condition::Ground(_))
    }
}

impl<'f> Path<'f> {
    fn end(&self, leaf: Leaf<'f>, form: &mut Form<'f>) {
        let (binders, steps) = (self.binders.clone(), self.steps.clone());
        let fixed = steps.iter().map(|step| !step.expr().is_some_and(|it| reads(it, &binders)));
        let fixed = fixed.collect();
        form.terms.push(Term { binders, steps, fixed, leaf });
    }
}

impl<'f> Pick<'f> {
    /// The tuples that `arguments` name, where `binders` vary.
    pub(crate) fn new(
        decision: DecisionId,
        arguments: &'f [Argument],
        binders: &[&'f Binder],
    ) -> Pick<'f> {
        let mut determined = vec![false; binders.len()];
        let matches = arguments
            .iter()
            .map(|argument| {
                let Argument::At(value) = argument else { return Match::Any };
                if let ExprKind::Var(var) = value.kind
                    && let Some(position) = binders.iter().rposition(|binder| binder.var == var)
                    && !std::mem::replace(&mut determined[position], true)
                {
                    return Match::Bind(var);
                }
                if reads(value, binders) { Match::Later(value) } else { Match::Fixed(value) }
            })
            .collect();
        Pick { decision, moves: false, matches, determined }
    }
}

impl<'f> Step<'f> {
    fn expr(self) -> Option<&'f Expr> {
        match self {
            Step::Minus => None,
            Step::Times(expr) | Step::Over(expr) | Step::Only(expr, _) => Some(expr),
        }
    }
}

/// Whether an expression reads the slot of a binder.
fn reads(expr: &Expr, binders: &[&Binder]) -> bool {
    let mut reads = false;
    walk(expr, &mut |part| {
        if let ExprKind::Var(var) = part.kind {
            reads |= binders.iter().any(|binder| binder.var == var);
        }
    });
    reads
}

//! Levels without the bins that they count: these are no sums of decisions, and are looked at one by one.

use apportion_check::eval::walk;
use apportion_check::policy::{Aggregate, Arithmetic, Binder, Expr, ExprKind, Stage};

use crate::claims::{Bins, arithmetic};

/// Bins that a level counts: for each tuple of the quantifiers for which the guards hold, so many times.
pub(crate) struct Counted {
    pub(crate) quantifiers: Vec<Binder>,
    /// Ground conditions and the value that they must have.
    pub(crate) guards: Vec<(Expr, bool)>,
    /// What one unit of what the bins come to adds to the level.
    pub(crate) factor: Expr,
    pub(crate) bins: Bins,
}

/// What is left of a level without its bins, and these. The checker lets `bins` stand only where it is added up.
pub(crate) fn counted(value: Expr) -> (Expr, Vec<Counted>) {
    let (span, ty) = (value.span, value.ty.clone());
    let number = |number: f64| Expr {
        kind: ExprKind::Number(number),
        ty: ty.clone(),
        stage: Stage::Ground,
        span,
    };
    let mut splitter = Splitter::default();
    let rest = splitter.split(value, &number(1.0));
    (rest.unwrap_or_else(|| number(0.0)), splitter.counted)
}

#[derive(Default)]
struct Splitter {
    quantifiers: Vec<Binder>,
    guards: Vec<(Expr, bool)>,
    counted: Vec<Counted>,
}

impl Splitter {
    /// The expression without its bins, none where nothing is left; what it is multiplied by outside is `factor`.
    fn split(&mut self, expr: Expr, factor: &Expr) -> Option<Expr> {
        if !has_bins(&expr) {
            return Some(expr);
        }
        let Expr { kind, ty, span, .. } = expr;
        match kind {
            ExprKind::Aggregate(Aggregate::Bins, binders, body) => {
                self.note(binders, body.kind, factor);
                None
            }
            ExprKind::Aggregate(aggregate, binders, body) => {
                let depth = self.quantifiers.len();
                self.quantifiers.extend_from_slice(&binders);
                let body = self.split(*body, factor);
                self.quantifiers.truncate(depth);
                let body = body?;
                let stage = body.stage;
                Some(Expr {
                    kind: ExprKind::Aggregate(aggregate, binders, Box::new(body)),
                    ty,
                    stage,
                    span,
                })
            }
            ExprKind::Arithmetic(
                operator @ (Arithmetic::Add | Arithmetic::Subtract),
                left,
                right,
            ) => {
                let left = self.split(*left, factor);
                let right = match operator {
                    Arithmetic::Add => self.split(*right, factor),
                    _ => self.split(*right, &negated(factor.clone())),
                };
                match (left, right) {
                    (Some(left), Some(right)) => Some(arithmetic(operator, left, right)),
                    (None, Some(right)) if operator == Arithmetic::Subtract => Some(negated(right)),
                    (left, right) => left.or(right),
                }
            }
            ExprKind::Arithmetic(operator, left, right) => {
                let (ground, open) = match left.stage {
                    Stage::Ground => (*left, *right),
                    _ => (*right, *left),
                };
                let inner = arithmetic(operator, factor.clone(), ground.clone());
                let open = self.split(open, &inner)?;
                Some(arithmetic(operator, open, ground))
            }
            ExprKind::Negate(inner) => self.split(*inner, &negated(factor.clone())).map(negated),
            ExprKind::If(test, then, otherwise) => {
                let then = self.guarded((*test).clone(), true, *then, factor);
                let otherwise = self.guarded((*test).clone(), false, *otherwise, factor);
                let zero = |like: &Expr| Expr {
                    kind: ExprKind::Number(0.0),
                    stage: Stage::Ground,
                    ..like.clone()
                };
                let (then, otherwise) = match (then, otherwise) {
                    (None, None) => return None,
                    (Some(then), None) => (then.clone(), zero(&then)),
                    (None, Some(otherwise)) => (zero(&otherwise), otherwise),
                    (Some(then), Some(otherwise)) => (then, otherwise),
                };
                let stage = then.stage.max(otherwise.stage);
                let kind = ExprKind::If(test, Box::new(then), Box::new(otherwise));
                Some(Expr { kind, ty, stage, span })
            }
            _ => None,
        }
    }

    fn guarded(&mut self, test: Expr, truth: bool, expr: Expr, factor: &Expr) -> Option<Expr> {
        self.guards.push((test, truth));
        let rest = self.split(expr, factor);
        self.guards.pop();
        rest
    }

    fn note(&mut self, binders: Vec<Binder>, packed: ExprKind, factor: &Expr) {
        let ExprKind::Packed(items, size, bin) = packed else { return };
        self.counted.push(Counted {
            quantifiers: self.quantifiers.clone(),
            guards: self.guards.clone(),
            factor: factor.clone(),
            bins: Bins { binders, items: *items, size: *size, bin: *bin },
        });
    }
}

fn has_bins(expr: &Expr) -> bool {
    let mut has = false;
    walk(expr, &mut |part| has |= matches!(part.kind, ExprKind::Aggregate(Aggregate::Bins, ..)));
    has
}

fn negated(expr: Expr) -> Expr {
    let (ty, stage, span) = (expr.ty.clone(), expr.stage, expr.span);
    Expr { kind: ExprKind::Negate(Box::new(expr)), ty, stage, span }
}

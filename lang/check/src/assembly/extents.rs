//! What expressions can be worth at least and at most, whatever the facts and the plan: what types, ranges and bounds
//! that are written in the policy leave. No rule is read, so that an expectation that holds by these alone tests nothing.

use rustc_hash::FxHashMap;

use crate::check::on_enough_stack;
use crate::policy::{
    Aggregate, Argument, Arithmetic, Comparison, Expr, ExprKind, Field, Function, LetId, Logic,
    Policy, Type,
};

/// Least and greatest value, infinite where there is no bound.
type Extent = (f64, f64);

const ANY: Extent = (f64::NEG_INFINITY, f64::INFINITY);
const NOT_BELOW_0: Extent = (0.0, f64::INFINITY);

/// The extents of one policy's expressions.
pub(super) struct Extents<'p> {
    policy: &'p Policy,
    /// Those of `let`s, each worked out once: several may read it.
    lets: FxHashMap<LetId, Extent>,
}

impl<'p> Extents<'p> {
    pub(super) fn new(policy: &'p Policy) -> Extents<'p> {
        Extents { policy, lets: FxHashMap::default() }
    }

    /// Whether a condition holds in any case.
    pub(super) fn always(&mut self, condition: &Expr) -> bool {
        on_enough_stack(|| match &condition.kind {
            ExprKind::Bool(truth) => *truth,
            ExprKind::Compare(comparison, left, right) => self.compared(*comparison, left, right),
            ExprKind::Logic(Logic::And, left, right) => self.always(left) && self.always(right),
            ExprKind::Logic(Logic::Or, left, right) => self.always(left) || self.always(right),
            ExprKind::Implies(_, conclusion) => self.always(conclusion),
            ExprKind::If(_, then, otherwise) => self.always(then) && self.always(otherwise),
            ExprKind::Aggregate(Aggregate::All, _, body) => self.always(body),
            ExprKind::Not(inner) => match &inner.kind {
                ExprKind::Bool(truth) => !truth,
                ExprKind::Compare(comparison, left, right) => {
                    self.compared(opposite(*comparison), left, right)
                }
                _ => false,
            },
            _ => false,
        })
    }

    fn compared(&mut self, comparison: Comparison, left: &Expr, right: &Expr) -> bool {
        use Comparison::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        if matches!(comparison, Equal | LessEqual | GreaterEqual) && is_same(left, right) {
            return true;
        }
        if !matches!(left.ty, Type::Number(_)) {
            return false;
        }
        let (left, right) = (self.of(left), self.of(right));
        match comparison {
            GreaterEqual => left.0 >= right.1,
            Greater => left.0 > right.1,
            LessEqual => left.1 <= right.0,
            Less => left.1 < right.0,
            NotEqual => left.0 > right.1 || left.1 < right.0,
            Equal => left.0 >= right.1 && left.1 <= right.0,
        }
    }

    /// What an expression is worth at least and at most.
    pub(super) fn of(&mut self, expr: &Expr) -> Extent {
        on_enough_stack(|| self.of_kind(expr))
    }

    fn of_kind(&mut self, expr: &Expr) -> Extent {
        match &expr.kind {
            ExprKind::Number(value) => (*value, *value),
            ExprKind::PeriodLength(_) | ExprKind::Moves(..) => NOT_BELOW_0,
            ExprKind::Param(id) => {
                let param = &self.policy.params[id.index()];
                let least = param.least.as_ref().map_or(ANY.0, |least| self.of(least).0);
                let most = param.most.as_ref().map_or(ANY.1, |most| self.of(most).1);
                (least, most)
            }
            ExprKind::Field(..) => self.field(expr).map_or(ANY, ranged),
            ExprKind::Lookup(owner, _) => match &owner.ty {
                Type::Map(..) => self.field(owner).map_or(ANY, ranged),
                _ => ANY,
            },
            ExprKind::Default(value, other) | ExprKind::If(_, value, other) => {
                let (value, other) = (self.of(value), self.of(other));
                (value.0.min(other.0), value.1.max(other.1))
            }
            ExprKind::Negate(inner) => negated(self.of(inner)),
            ExprKind::Arithmetic(operator, left, right) => {
                let (left, right) = (self.of(left), self.of(right));
                match operator {
                    Arithmetic::Add => added(left, right),
                    Arithmetic::Subtract => added(left, negated(right)),
                    Arithmetic::Multiply => multiplied(left, right),
                    Arithmetic::Divide if right.0 > 0.0 => {
                        multiplied(left, (1.0 / right.1, 1.0 / right.0))
                    }
                    Arithmetic::Divide if left.0 >= 0.0 && right.0 >= 0.0 => NOT_BELOW_0,
                    _ => ANY,
                }
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            ExprKind::Aggregate(aggregate, _, body) => match aggregate {
                Aggregate::Sum => summed(self.of(body)),
                Aggregate::Min | Aggregate::Max => self.of(body),
                Aggregate::Count | Aggregate::Distinct | Aggregate::Bins => NOT_BELOW_0,
                Aggregate::Any | Aggregate::All => ANY,
            },
            ExprKind::Decision(id, arguments) => {
                let decision = &self.policy.decisions[id.index()];
                let least = decision.lower.as_ref().map_or(0.0, |lower| self.of(lower).0);
                let most = decision.upper.as_ref().map_or(ANY.1, |upper| self.of(upper).1);
                // A tuple that `where` leaves out is worth nothing.
                over(arguments, (least.min(0.0), most.max(0.0)))
            }
            ExprKind::Let(id, arguments) => over(arguments, self.of_let(*id)),
            _ => ANY,
        }
    }

    fn of_let(&mut self, id: LetId) -> Extent {
        if let Some(known) = self.lets.get(&id) {
            return *known;
        }
        let policy = self.policy;
        let (least, most) = self.of(&policy.lets[id.index()].value);
        // A row that the `let` leaves out has 0 of it.
        let extent = match policy.lets[id.index()].indices.is_empty() {
            true => (least, most),
            false => (least.min(0.0), most.max(0.0)),
        };
        self.lets.insert(id, extent);
        extent
    }

    fn call(&mut self, function: Function, arguments: &[Expr]) -> Extent {
        let rounded = |round: fn(f64) -> f64, (least, most): Extent| (round(least), round(most));
        match (function, arguments) {
            (Function::Size | Function::Abs, _) => NOT_BELOW_0,
            (Function::Floor, [inner]) => rounded(f64::floor, self.of(inner)),
            (Function::Ceil, [inner]) => rounded(f64::ceil, self.of(inner)),
            (Function::Round, [inner]) => rounded(f64::round, self.of(inner)),
            (Function::Exp2, [inner]) => rounded(f64::exp2, self.of(inner)),
            (Function::Min, [first, rest @ ..]) => rest.iter().fold(self.of(first), |all, it| {
                let it = self.of(it);
                (all.0.min(it.0), all.1.min(it.1))
            }),
            (Function::Max, [first, rest @ ..]) => rest.iter().fold(self.of(first), |all, it| {
                let it = self.of(it);
                (all.0.max(it.0), all.1.max(it.1))
            }),
            _ => ANY,
        }
    }

    fn field(&self, expr: &Expr) -> Option<&'p Field> {
        let ExprKind::Field(owner, id) = &expr.kind else { return None };
        let Type::Row(entity) = owner.ty else { return None };
        self.policy.entities.get(entity.index())?.fields.get(id.index())
    }
}

fn ranged(field: &Field) -> Extent {
    (field.range.0.unwrap_or(ANY.0), field.range.1.unwrap_or(ANY.1))
}

/// The extent of a sum of any number of values, none among them.
fn summed((least, most): Extent) -> Extent {
    let least = if least >= 0.0 { 0.0 } else { ANY.0 };
    let most = if most <= 0.0 { 0.0 } else { ANY.1 };
    (least, most)
}

/// The extent of a value with indices of which some may be summed over.
fn over(arguments: &[Argument], extent: Extent) -> Extent {
    let is_sum = arguments.iter().any(|it| matches!(it, Argument::All));
    if is_sum { summed(extent) } else { extent }
}

fn negated((least, most): Extent) -> Extent {
    (-most, -least)
}

fn added(left: Extent, right: Extent) -> Extent {
    (left.0 + right.0, left.1 + right.1)
}

fn multiplied(left: Extent, right: Extent) -> Extent {
    // Nothing times anything is nothing, however large that may be.
    let product =
        |left: f64, right: f64| if left == 0.0 || right == 0.0 { 0.0 } else { left * right };
    let ends = [
        product(left.0, right.0),
        product(left.0, right.1),
        product(left.1, right.0),
        product(left.1, right.1),
    ];
    (ends.iter().copied().fold(ANY.1, f64::min), ends.iter().copied().fold(ANY.0, f64::max))
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::LessEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::GreaterEqual => Comparison::Less,
    }
}

/// Whether two expressions are the same but for where they stand.
fn is_same(left: &Expr, right: &Expr) -> bool {
    let place = left.span;
    let placeless = |expr: &Expr| {
        let mut expr = expr.clone();
        crate::spans::map_expr(&mut expr, &|_| place);
        expr
    };
    left.ty == right.ty && placeless(left) == placeless(right)
}

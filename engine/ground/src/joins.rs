//! Rows by the row that they refer to: in `p in pools where p.zone == z` only the pools of one zone are looked at.
//!
//! A sum like this in a rule over all zones reads every pool for every zone, though all of them together hold each
//! pool once: a hash join (Bratbergsengen, "Hashing methods and relational algebra operations", 1984) reads each once.
//! It is used where the first thing that a condition says is that a path of references from the row is equal to
//! something that the row has no part in. The whole condition is still evaluated, for the rows that are left.

use std::cell::RefCell;
use std::rc::Rc;

use apportion_check::eval::{Facts, Value, walk};
use apportion_check::policy::{Binder, Comparison, Expr, ExprKind, InputId, Logic, Type, VarId};
use rustc_hash::FxHashMap;

use crate::scan::{Frame, Scene};

/// By the row that is referred to: the classes whose rows do, ascending.
type Referring = FxHashMap<u32, Rc<[u32]>>;

/// What is known of binders, by their addresses: a policy outlives its grounding. None where some row has no value.
#[derive(Default)]
pub(crate) struct Joins {
    known: RefCell<FxHashMap<usize, Option<Rc<Referring>>>>,
}

impl<'f, F: Facts + ?Sized> Scene<'f, F> {
    /// The classes of an input whose rows may satisfy a binder's condition; none where each has to be looked at.
    pub(crate) fn referring(
        &self,
        binder: &'f Binder,
        input: InputId,
        frame: &mut Frame<'f>,
    ) -> Option<Rc<[u32]>> {
        let (path, other) = equation(first(binder.condition.as_ref()?), binder.var)?;
        let address = std::ptr::from_ref(binder) as usize;
        let known = self.joins.known.borrow().get(&address).cloned();
        let referring = known.unwrap_or_else(|| {
            let made = self.refer(binder.var, path, input, frame).map(Rc::new);
            self.joins.known.borrow_mut().insert(address, made.clone());
            made
        })?;
        match self.evaluator.eval(other, &mut frame.values) {
            Ok(Value::Row(row)) => Some(referring.get(&row).cloned().unwrap_or_default()),
            // Whoever looks at each row says what is wrong.
            _ => None,
        }
    }

    fn refer(
        &self,
        var: VarId,
        path: &'f Expr,
        input: InputId,
        frame: &mut Frame<'f>,
    ) -> Option<Referring> {
        let space = &self.spaces[input.index()];
        let mut classes: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for class in 0..space.len() as u32 {
            frame.values[var.index()] = Value::Row(space.members(class)[0]);
            match self.evaluator.eval(path, &mut frame.values) {
                Ok(Value::Row(row)) => classes.entry(row).or_default().push(class),
                _ => return None,
            }
        }
        Some(classes.into_iter().map(|(row, classes)| (row, classes.into())).collect())
    }
}

/// What a condition says first.
fn first(condition: &Expr) -> &Expr {
    match &condition.kind {
        ExprKind::Logic(Logic::And, left, _) => first(left),
        _ => condition,
    }
}

/// The sides of an equation between rows, if one is a path from the variable and the other has no part of it.
fn equation(condition: &Expr, var: VarId) -> Option<(&Expr, &Expr)> {
    let ExprKind::Compare(Comparison::Equal, left, right) = &condition.kind else { return None };
    let is_row = |side: &Expr| matches!(side.ty, Type::Row(_));
    let sides = [(&**left, &**right), (&**right, &**left)];
    sides.into_iter().find(|(path, other)| {
        is_row(path) && is_row(other) && leads_from(path, var) && !reads(other, var)
    })
}

/// Whether an expression is the variable, or a field of such.
fn leads_from(path: &Expr, var: VarId) -> bool {
    match &path.kind {
        ExprKind::Var(at) => *at == var,
        ExprKind::Field(inner, _) => leads_from(inner, var),
        _ => false,
    }
}

fn reads(expr: &Expr, var: VarId) -> bool {
    let mut found = false;
    walk(expr, &mut |part| found |= matches!(part.kind, ExprKind::Var(at) if at == var));
    found
}

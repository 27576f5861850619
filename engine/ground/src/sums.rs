//! Expressions on decisions as sums of columns, pieces and a constant, for one tuple of representatives.

use apportion_check::eval::{EvalError, EvalErrorKind, Facts, walk};
use apportion_check::policy::{
    Aggregate, Argument, Arithmetic, Binder, DecisionId, Expr, ExprKind, Function, Stage, VarId,
};
use apportion_diagnostic::Span;
use rustc_hash::FxHashMap;

use crate::columns::sort;
use crate::logic::formula;
use crate::model::{Entry, Linear, Peak, Piece, Sort};
use crate::scan::{Frame, Scene, malformed};

/// The places in one expression where decisions occur.
pub(crate) struct Sites {
    /// By the address of the expression, which does not move while it is ground.
    numbers: FxHashMap<*const Expr, u32>,
    pub(crate) list: Vec<Site>,
}

/// A place where a decision occurs.
pub(crate) struct Site {
    pub(crate) decision: DecisionId,
    pub(crate) span: Span,
    /// The index that stands in each argument; absent: something else, which names one row.
    pub(crate) indices: Vec<Option<VarId>>,
}

impl Sites {
    /// The sites of an expression, in the order of the text.
    pub(crate) fn of(expr: &Expr) -> Sites {
        let mut sites = Sites { numbers: FxHashMap::default(), list: Vec::new() };
        walk(expr, &mut |part| {
            if let ExprKind::Decision(decision, arguments) = &part.kind {
                sites.numbers.insert(part, sites.list.len() as u32);
                sites.list.push(Site {
                    decision: *decision,
                    span: part.span,
                    indices: arguments.iter().map(index_in).collect(),
                });
            }
        });
        sites
    }
}

fn index_in(argument: &Argument) -> Option<VarId> {
    match argument {
        Argument::At(Expr { kind: ExprKind::Var(var), .. }) => Some(*var),
        _ => None,
    }
}

/// What sums of exact numbers may be off by, as a share of the sizes of their terms.
pub(crate) const ROUNDING: f64 = 1e-12;

/// A sum under construction.
#[derive(Default)]
pub(crate) struct Sum {
    pub(crate) entries: Vec<SiteEntry>,
    pub(crate) pieces: Vec<(u32, f64)>,
    pub(crate) constant: f64,
    /// The sum of the sizes of what the constant is made of, by which its rounding is measured.
    pub(crate) size: f64,
    pub(crate) penalties: f64,
}

/// A column with its coefficient and the place that it comes from.
#[derive(Clone, Copy)]
pub(crate) struct SiteEntry {
    pub(crate) site: u32,
    pub(crate) column: u32,
    pub(crate) value: f64,
}

impl Sum {
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.pieces.clear();
        self.constant = 0.0;
        self.size = 0.0;
        self.penalties = 0.0;
    }

    /// The sum without its origins' numbers.
    pub(crate) fn linear(&self, sites: &Sites) -> Linear {
        let entries = self.entries.iter().map(|entry| Entry {
            column: entry.column,
            value: entry.value,
            span: sites.list[entry.site as usize].span,
        });
        Linear { entries: entries.collect(), pieces: self.pieces.clone(), constant: self.constant }
    }
}

/// Where sums are built: the sites of the expression at hand, and all pieces made so far.
pub(crate) struct Bench<'b> {
    pub(crate) sites: &'b Sites,
    pub(crate) pieces: &'b mut Vec<Piece>,
    /// By hash: the pieces of the claim at hand.
    pub(crate) known: FxHashMap<u64, u32>,
    /// The single rows of extremes over classes of several members.
    pub(crate) peaks: Vec<Peak>,
}

impl<'b> Bench<'b> {
    /// For one claim.
    pub(crate) fn new(sites: &'b Sites, pieces: &'b mut Vec<Piece>) -> Bench<'b> {
        Bench { sites, pieces, known: FxHashMap::default(), peaks: Vec::new() }
    }
}

/// What was in a sum before a part of it was added.
pub(crate) struct Mark {
    entries: usize,
    pieces: usize,
    constant: f64,
    size: f64,
    penalties: f64,
}

impl<'f, F: Facts + ?Sized> Scene<'f, F> {
    /// Adds the value of the expression to the sum.
    pub(crate) fn add(
        &self,
        expr: &'f Expr,
        frame: &mut Frame<'f>,
        sum: &mut Sum,
        bench: &mut Bench<'_>,
    ) -> Result<(), EvalError> {
        if expr.stage == Stage::Ground {
            let number = self.number(expr, frame)?;
            sum.constant += number;
            sum.size += number.abs();
            return Ok(());
        }
        match &expr.kind {
            ExprKind::Decision(decision, arguments) => {
                let column = self.column(*decision, arguments, expr.span, frame)?;
                if let Some(column) = column {
                    let site = bench.sites.numbers.get(&std::ptr::from_ref(expr));
                    let site = *site.ok_or(malformed(expr.span))?;
                    sum.entries.push(SiteEntry { site, column, value: 1.0 });
                }
                Ok(())
            }
            ExprKind::Arithmetic(operator, left, right) => {
                self.arithmetic(*operator, left, right, expr, frame, sum, bench)
            }
            ExprKind::Negate(inner) => {
                let mark = sum.mark();
                self.add(inner, frame, sum, bench)?;
                sum.scale_since(mark, -1.0);
                Ok(())
            }
            ExprKind::If(test, then, otherwise) if test.stage == Stage::Ground => {
                let holds = self.evaluator.eval_condition(test, &mut frame.values)?;
                self.add(if holds { then } else { otherwise }, frame, sum, bench)
            }
            ExprKind::Aggregate(Aggregate::Sum, binders, body) => {
                self.each(binders, frame, &mut |frame| {
                    let mark = sum.mark();
                    self.add(body, frame, sum, bench)?;
                    sum.multiply_members(mark, binders, frame, bench.sites);
                    Ok(())
                })
            }
            ExprKind::Penalties => {
                sum.penalties += 1.0;
                Ok(())
            }
            _ => self.piece(expr, frame, sum, bench),
        }
    }

    #[expect(clippy::too_many_arguments)]
    fn arithmetic(
        &self,
        operator: Arithmetic,
        left: &'f Expr,
        right: &'f Expr,
        whole: &Expr,
        frame: &mut Frame<'f>,
        sum: &mut Sum,
        bench: &mut Bench<'_>,
    ) -> Result<(), EvalError> {
        let mark = sum.mark();
        match operator {
            Arithmetic::Add => {
                self.add(left, frame, sum, bench)?;
                self.add(right, frame, sum, bench)?;
                sum.scale_since(mark, 1.0);
            }
            Arithmetic::Subtract => {
                self.subtract(left, right, frame, sum, bench)?;
                sum.scale_since(mark, 1.0);
            }
            Arithmetic::Multiply => {
                let (open, factor) =
                    if left.stage == Stage::Ground { (right, left) } else { (left, right) };
                self.add(open, frame, sum, bench)?;
                // A tuple that does not exist is not there to be priced.
                let factor = if sum.has_grown(&mark) { self.number(factor, frame)? } else { 1.0 };
                sum.scale_since(mark, factor);
            }
            Arithmetic::Divide => {
                self.add(left, frame, sum, bench)?;
                let mut divisor = 1.0;
                if sum.has_grown(&mark) {
                    divisor = self.number(right, frame)?;
                }
                if divisor == 0.0 {
                    return Err(EvalError {
                        kind: EvalErrorKind::DivisionByZero,
                        span: right.span,
                    });
                }
                sum.scale_since(mark, 1.0 / divisor);
            }
            Arithmetic::Remainder => return Err(malformed(whole.span)),
        }
        Ok(())
    }

    /// The column that a decision's arguments name.
    fn column(
        &self,
        decision: DecisionId,
        arguments: &'f [Argument],
        span: Span,
        frame: &mut Frame<'f>,
    ) -> Result<Option<u32>, EvalError> {
        let mut classes = [0u32; 16];
        if arguments.len() > classes.len() {
            return Err(malformed(span));
        }
        for (class, argument) in classes.iter_mut().zip(arguments) {
            let Argument::At(value) = argument else {
                return Err(malformed(span));
            };
            *class = match value.kind {
                ExprKind::Var(var) => frame.classes[var.index()],
                _ => self.class_named(value, frame)?,
            };
        }
        Ok(self.lookup.column(decision.index(), classes[..arguments.len()].iter().copied()))
    }

    /// The class of the single row, word, resource or slot that an expression names.
    fn class_named(&self, expr: &'f Expr, frame: &mut Frame<'f>) -> Result<u32, EvalError> {
        let value = self.evaluator.eval(expr, &mut frame.values)?;
        let code = value.code().ok_or(malformed(expr.span))?;
        Ok(match expr.ty {
            apportion_check::policy::Type::Row(entity) => {
                let input = self.policy.entities[entity.index()].input;
                let input = input.ok_or(malformed(expr.span))?;
                self.spaces[input.index()].class_of[code as usize]
            }
            _ => code,
        })
    }

    /// Adds an expression that is not affine as a piece of its own.
    fn piece(
        &self,
        expr: &'f Expr,
        frame: &mut Frame<'f>,
        sum: &mut Sum,
        bench: &mut Bench<'_>,
    ) -> Result<(), EvalError> {
        let mut push = |piece: Piece, bench: &mut Bench<'_>| {
            sum.pieces.push((bench.number(piece), 1.0));
        };
        match &expr.kind {
            ExprKind::Call(Function::Abs, parts) => {
                let part = parts.first().ok_or(malformed(expr.span))?;
                let linear = self.linear(part, frame, bench)?;
                push(Piece::Abs(linear), bench);
            }
            ExprKind::Call(function @ (Function::Max | Function::Min), parts) => {
                let mut linears = Vec::with_capacity(parts.len());
                for part in parts {
                    linears.push(self.linear(part, frame, bench)?);
                }
                let greatest = *function == Function::Max;
                push(extreme(greatest, linears).ok_or(malformed(expr.span))?, bench);
            }
            ExprKind::Aggregate(aggregate @ (Aggregate::Max | Aggregate::Min), binders, body) => {
                let is_greatest = *aggregate == Aggregate::Max;
                let mut rows = Vec::new();
                self.each(binders, frame, &mut |frame| {
                    let mut row = Sum::default();
                    self.add(body, frame, &mut row, bench)?;
                    let classes = binders.iter().map(|it| frame.classes[it.var.index()]);
                    rows.push((classes.collect(), row));
                    Ok(())
                })?;
                // Rows that are alike in a later world may be one class there, though none are in this one.
                let is_together = self.extremes.contains(&std::ptr::from_ref(expr))
                    && binders.iter().any(|it| sort(self.policy, it) != Sort::Codes);
                if is_together && !rows.is_empty() {
                    let peak = bench.peak(self.policy, &self.spaces, binders, rows, is_greatest);
                    sum.pieces.push((peak, 1.0));
                    return Ok(());
                }
                let linears = rows.iter().map(|(_, row)| row.linear(bench.sites)).collect();
                let empty = EvalError { kind: EvalErrorKind::EmptyExtreme, span: expr.span };
                push(extreme(is_greatest, linears).ok_or(empty)?, bench);
            }
            ExprKind::Aggregate(Aggregate::Count, binders, body) => {
                self.each(binders, frame, &mut |frame| {
                    let holds = formula(self, body, frame, bench)?;
                    push(Piece::Holds(holds), bench);
                    Ok(())
                })?;
            }
            ExprKind::If(test, then, otherwise) => {
                let test = formula(self, test, frame, bench)?;
                let then = self.linear(then, frame, bench)?;
                let otherwise = self.linear(otherwise, frame, bench)?;
                push(Piece::Choose(test, then, otherwise), bench);
            }
            _ => return Err(malformed(expr.span)),
        }
        Ok(())
    }

    /// Adds `left - right` to the sum.
    pub(crate) fn subtract(
        &self,
        left: &'f Expr,
        right: &'f Expr,
        frame: &mut Frame<'f>,
        sum: &mut Sum,
        bench: &mut Bench<'_>,
    ) -> Result<(), EvalError> {
        let mark = sum.mark();
        self.add(right, frame, sum, bench)?;
        sum.scale_since(mark, -1.0);
        self.add(left, frame, sum, bench)
    }

    /// The expression as a sum of its own.
    pub(crate) fn linear(
        &self,
        expr: &'f Expr,
        frame: &mut Frame<'f>,
        bench: &mut Bench<'_>,
    ) -> Result<Linear, EvalError> {
        let mut sum = Sum::default();
        self.add(expr, frame, &mut sum, bench)?;
        Ok(sum.linear(bench.sites))
    }
}

fn extreme(greatest: bool, parts: Vec<Linear>) -> Option<Piece> {
    if parts.is_empty() {
        return None;
    }
    Some(if greatest { Piece::Max(parts) } else { Piece::Min(parts) })
}

impl Sum {
    /// Begins a part: what it adds to the constants is told apart from what was there.
    pub(crate) fn mark(&mut self) -> Mark {
        Mark {
            entries: self.entries.len(),
            pieces: self.pieces.len(),
            constant: std::mem::take(&mut self.constant),
            size: std::mem::take(&mut self.size),
            penalties: std::mem::take(&mut self.penalties),
        }
    }

    fn has_grown(&self, mark: &Mark) -> bool {
        self.entries.len() > mark.entries
            || self.pieces.len() > mark.pieces
            || self.constant != 0.0
            || self.penalties != 0.0
    }

    /// Ends a part: multiplies all that was added since the mark.
    fn scale_since(&mut self, mark: Mark, factor: f64) {
        if factor != 1.0 {
            self.entries[mark.entries..].iter_mut().for_each(|entry| entry.value *= factor);
            self.pieces[mark.pieces..].iter_mut().for_each(|(_, value)| *value *= factor);
        }
        self.constant = self.constant * factor + mark.constant;
        self.size = self.size * factor.abs() + mark.size;
        self.penalties = self.penalties * factor + mark.penalties;
    }

    /// Ends the part of a sum that one tuple of classes gave: each member of a class adds the same, but
    /// for a column that is indexed by the class, which holds all of its members already.
    pub(crate) fn multiply_members(
        &mut self,
        mark: Mark,
        binders: &[Binder],
        frame: &Frame<'_>,
        sites: &Sites,
    ) {
        let mut all = 1.0;
        for binder in binders {
            let size = frame.sizes[binder.var.index()];
            if size == 1.0 {
                continue;
            }
            all *= size;
            for entry in &mut self.entries[mark.entries..] {
                if !sites.list[entry.site as usize].indices.contains(&Some(binder.var)) {
                    entry.value *= size;
                }
            }
        }
        self.pieces[mark.pieces..].iter_mut().for_each(|(_, value)| *value *= all);
        self.constant = self.constant * all + mark.constant;
        self.size = self.size * all + mark.size;
        self.penalties = self.penalties * all + mark.penalties;
    }
}

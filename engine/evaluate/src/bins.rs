//! What `bins` comes to: a search for a packing, and the judge's own look at what was found.

use std::ops::ControlFlow;

use apportion_check::eval::{EvalError, EvalErrorKind};
use apportion_check::policy::Expr;
use apportion_packing::{Least, Load, Packing, ROUNDING, least};

use crate::form::{Form, Leaf};
use crate::reader::{Frame, Quantity, Reader, malformed};

/// Items of all tuples, each of a size, in bins of one size.
#[derive(Debug)]
pub(crate) struct Bins<'f> {
    /// How many items a tuple of the terms' binders has.
    pub(crate) items: Form<'f>,
    pub(crate) size: &'f Expr,
    pub(crate) bin: &'f Expr,
}

/// How far a number of items may be from a whole one.
const WHOLE: f64 = 1e-6;

impl<'f> Reader<'_, 'f> {
    pub(crate) fn bins(
        &self,
        bins: &Bins<'f>,
        frame: &mut Frame<'f>,
    ) -> Result<Quantity, EvalError> {
        let failed = |kind| Err(EvalError { kind, span: bins.bin.span });
        let bin = self.court.evaluator.eval_number(bins.bin, frame)?;
        if bin <= 0.0 {
            return failed(EvalErrorKind::SizeOutOfRange);
        }
        let loads = self.loads(bins, bin, frame)?;
        let count = match least(&loads) {
            Least::Known(packing) if holds(&packing, &loads) => packing.bins(),
            // What is enough, or too much, for the rule at hand need not be known any better.
            Least::Between(_, packing)
                if holds(&packing, &loads)
                    && self.enough.is_some_and(|it| packing.bins() as f64 * bin <= it) =>
            {
                packing.bins()
            }
            Least::Between(bound, _) if self.enough.is_some_and(|it| bound as f64 * bin > it) => {
                bound
            }
            Least::Between(..) => return failed(EvalErrorKind::PackingLimit),
            Least::Known(_) | Least::Never => return Err(malformed(bins.bin.span)),
        };
        Ok(Quantity::exact(count as f64 * bin))
    }

    /// The items as shares of a bin.
    fn loads(
        &self,
        bins: &Bins<'f>,
        bin: f64,
        frame: &mut Frame<'f>,
    ) -> Result<Vec<Load>, EvalError> {
        let mut loads: Vec<Load> = Vec::new();
        for term in &bins.items.terms {
            let Leaf::Decision(pick) = &term.leaf else { return Err(malformed(bins.bin.span)) };
            let mut known = vec![None; term.steps.len()];
            self.each_picked(pick, &term.binders, frame, &mut |_, value, frame| {
                let factor = self.factor(term, &mut known, frame)?.unwrap_or(0.0);
                let count = value * factor;
                if count == 0.0 {
                    return Ok(ControlFlow::Continue(()));
                }
                let failed = |kind| Err(EvalError { kind, span: bins.size.span });
                let size = self.court.evaluator.eval_number(bins.size, frame)?;
                if size < 0.0 {
                    return failed(EvalErrorKind::SizeOutOfRange);
                }
                if count < 0.0 || (count - count.round()).abs() > WHOLE {
                    return failed(EvalErrorKind::ItemsNotWhole);
                }
                if size > bin * (1.0 + ROUNDING) {
                    return failed(EvalErrorKind::ItemTooLarge);
                }
                if size > 0.0 {
                    loads.push(Load { share: size / bin, count: count.round() as u64 });
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(loads)
    }
}

/// Whether a packing holds all these items and no bin holds more than it has: the judge takes nobody's word for it.
fn holds(packing: &Packing, loads: &[Load]) -> bool {
    let held = |share: f64| -> u128 {
        let runs = packing.runs.iter();
        let loads = runs.flat_map(|run| run.loads.iter().map(|load| (load, u128::from(run.bins))));
        loads
            .filter(|(load, _)| load.share == share)
            .map(|(load, bins)| u128::from(load.count) * bins)
            .sum()
    };
    let asked = |share: f64| -> u128 {
        let same = loads.iter().filter(|load| load.share == share);
        same.map(|load| u128::from(load.count)).sum()
    };
    loads.iter().all(|load| held(load.share) == asked(load.share))
        && packing.runs.iter().all(|run| run.free() >= -2.0 * ROUNDING)
}

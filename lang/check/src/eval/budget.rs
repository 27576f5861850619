//! How much an evaluation may take.

use std::cell::Cell;

use apportion_diagnostic::Span;

use super::{EvalError, EvalErrorKind};

/// The most that an evaluator spends. A step is one part of an expression, or one tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps of one evaluation.
    pub steps: u64,
    /// Steps of all evaluations by one evaluator.
    pub total_steps: u64,
    /// How deep expressions and `let`s may nest in each other.
    pub depth: u32,
    /// Bytes of a text that an expression makes.
    pub text: usize,
    /// Elements of a list or set that an expression makes.
    pub elements: usize,
    /// Bytes of a compiled regular expression.
    pub pattern: usize,
}

impl Default for Limits {
    /// About a second for one expression and a few minutes for a policy over the largest worlds.
    fn default() -> Limits {
        Limits {
            steps: 50_000_000,
            total_steps: 10_000_000_000,
            depth: 640,
            text: 1 << 20,
            elements: 1 << 20,
            pattern: 1 << 20,
        }
    }
}

/// What is left of the [`Limits`].
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) limits: Limits,
    /// Steps left of the evaluation under way.
    left: Cell<u64>,
    /// What `left` began with.
    granted: Cell<u64>,
    /// Steps left beyond `granted`.
    reserve: Cell<u64>,
    depth: Cell<u32>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Budget {
        Budget {
            limits,
            left: Cell::new(0),
            granted: Cell::new(0),
            reserve: Cell::new(limits.total_steps),
            depth: Cell::new(0),
        }
    }

    /// Begins an evaluation, unless one is under way.
    pub(super) fn begin(&self) {
        if self.depth.get() == 0 {
            let reserve = self.reserve.get() + self.left.get();
            let granted = reserve.min(self.limits.steps);
            self.reserve.set(reserve - granted);
            self.granted.set(granted);
            self.left.set(granted);
        }
    }

    /// Takes one step.
    #[inline]
    pub(super) fn step(&self, span: Span) -> Result<(), EvalError> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                let kind = if self.granted.get() < self.limits.steps {
                    EvalErrorKind::TotalStepLimit(self.limits.total_steps)
                } else {
                    EvalErrorKind::StepLimit(self.limits.steps)
                };
                Err(EvalError { kind, span })
            }
        }
    }

    /// Takes as many steps as a text or a collection of `size` is worth.
    pub(super) fn steps(&self, size: usize, span: Span) -> Result<(), EvalError> {
        self.left.set(self.left.get().saturating_sub(size as u64 / 16));
        self.step(span)
    }

    /// One level deeper, which is returned, from 1; [`Budget::leave`] must follow unless this fails.
    #[inline]
    pub(super) fn enter(&self, span: Span) -> Result<u32, EvalError> {
        let depth = self.depth.get();
        if depth >= self.limits.depth {
            return Err(EvalError { kind: EvalErrorKind::DepthLimit(self.limits.depth), span });
        }
        self.step(span)?;
        self.depth.set(depth + 1);
        Ok(depth + 1)
    }

    /// One level up.
    #[inline]
    pub(super) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}

//! The only way to make columns and rows: each with its origin.

use apportion_check::policy::LevelId;
use apportion_diagnostic::Span;
use apportion_ground::{Columns, Ground};
use apportion_mip::{Model, RowScale};

use crate::form::{Form, Interval};
use crate::layout::Layout;
use crate::presolved::{Presolved, class_greatest, declared, single_greatest};
use crate::trace::{Auxiliary, Block, Helper, Owner, Serves, Trace};
use crate::{Limits, LowerError, LowerErrorKind, Lowered, Objective};

/// A model that grows, with its trace.
pub(crate) struct Builder<'g> {
    pub(crate) limits: Limits,
    pub(crate) model: Model,
    pub(crate) trace: Trace<'g>,
    /// Auxiliary columns whose value is whole, whether or not the solver is told so.
    whole: Vec<bool>,
    /// What violations cost.
    pub(crate) charges: Vec<Charge>,
    /// What the bins that levels count cost.
    pub(crate) counted: Vec<Counted>,
    /// By piece: what was made for it.
    pub(crate) pieces: Vec<Option<crate::pieces::Made>>,
    errors: Vec<LowerError>,
}

/// Auxiliary columns that follow each other and cost the same.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    /// Who pays; none: the mending of what runs now.
    pub(crate) level: Option<LevelId>,
    pub(crate) owner: Owner,
    /// Model columns.
    pub(crate) columns: std::ops::Range<u32>,
    pub(crate) price: f64,
}

/// A column of the model that is so many bins, and what one of them adds to an objective.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) objective: usize,
    pub(crate) column: u32,
    pub(crate) price: f64,
}

impl<'g> Builder<'g> {
    pub(crate) fn new(layout: Layout<'g>, limits: Limits) -> Builder<'g> {
        let pieces = vec![None; layout.ground.pieces.len()];
        let trace = Trace {
            layout,
            families: Vec::new(),
            block_starts: Vec::new(),
            blocks: Vec::new(),
            helpers: Vec::new(),
            helper_spans: Vec::new(),
            packed: Vec::new(),
            scale: RowScale::default(),
            presolved: Presolved::default(),
        };
        Builder {
            limits,
            model: Model::new(),
            trace,
            whole: Vec::new(),
            charges: Vec::new(),
            counted: Vec::new(),
            pieces,
            errors: Vec::new(),
        }
    }

    pub(crate) fn ground(&self) -> &'g Ground {
        self.trace.layout.ground
    }

    /// Makes the columns of all decisions.
    ///
    /// A class column lies between the sums of its members' bounds, and is at most what ground found for
    /// the sum; a single column lies within its own bounds, and is at most what the sum may be.
    pub(crate) fn decisions(&mut self) {
        let layout = &self.trace.layout;
        let columns = &mut self.model.columns;
        columns.reserve(layout.columns());
        for decision in &layout.ground.decisions {
            // What is moved of whole numbers is whole by itself.
            let integer = decision.whole && decision.moves.is_none();
            for at in 0..decision.len() {
                if layout.is_identity() {
                    let bounds = class_bounds(layout, decision, at);
                    columns.lower.push(bounds.least);
                    columns.upper.push(bounds.greatest);
                    columns.integer.push(integer);
                } else {
                    let members = layout.members(decision.first + at as u32).len();
                    let first = columns.lower.len();
                    let (lower, upper) =
                        (decision.lower[at], single_greatest(layout, decision, at));
                    let length = columns.lower.len() + members;
                    columns.lower.resize(length, lower);
                    columns.upper.resize(length, upper);
                    columns.integer.resize(length, integer);
                    if let Some(moves) = &decision.moves {
                        // What does not run now cannot be moved.
                        columns.upper[first..].fill(0.0);
                        let classes = decision.tuple(at);
                        let running = moves.of_column(at).filter_map(|(tuple, _)| {
                            layout.number(&decision.sorts, classes, tuple)
                        });
                        running.for_each(|it| columns.upper[first + it as usize] = upper);
                    }
                }
            }
        }
    }

    /// Makes one auxiliary column; `integer` is what the solver is told, `whole` what is known.
    pub(crate) fn auxiliary(
        &mut self,
        origin: Auxiliary,
        bounds: Interval,
        integer: bool,
        whole: bool,
    ) -> u32 {
        let column = self.push_block(Block::One(origin), 1, bounds, integer, whole);
        self.form_column(column)
    }

    /// Makes one violation column for each of the `count` rows of a family, and returns the model's
    /// number of the first.
    pub(crate) fn violations(&mut self, family: u32, count: u32) -> u32 {
        let bounds = Interval { least: 0.0, greatest: f64::INFINITY };
        self.push_block(Block::Family(family), count, bounds, false, false)
    }

    pub(crate) fn push_block(
        &mut self,
        block: Block,
        count: u32,
        bounds: Interval,
        integer: bool,
        whole: bool,
    ) -> u32 {
        let first = self.model.num_columns();
        if first + count as usize > Model::LIMIT {
            self.errors.push(LowerError::too_large());
        }
        let length = first + count as usize;
        self.model.columns.lower.resize(length, bounds.least);
        self.model.columns.upper.resize(length, bounds.greatest);
        self.model.columns.integer.resize(length, integer);
        self.whole.resize(self.whole.len() + count as usize, whole);
        self.trace.block_starts.push(first as u32);
        self.trace.blocks.push(block);
        first as u32
    }

    /// The number in a [`Form`] of an auxiliary column of the model.
    pub(crate) fn form_column(&self, model_column: u32) -> u32 {
        let layout = &self.trace.layout;
        model_column - layout.columns() as u32 + layout.classes as u32
    }

    /// The model's columns of a column of a [`Form`].
    pub(crate) fn model_columns(&self, column: u32) -> std::ops::Range<u32> {
        let layout = &self.trace.layout;
        match column.checked_sub(layout.classes as u32) {
            None => layout.members(column),
            Some(auxiliary) => {
                let column = layout.columns() as u32 + auxiliary;
                column..column + 1
            }
        }
    }

    /// What a column of a [`Form`] may be.
    pub(crate) fn bounds(&self, column: u32) -> Interval {
        if (column as usize) < self.trace.layout.classes {
            let (decision, at) = self.trace.layout.decision(column);
            return class_bounds(&self.trace.layout, decision, at);
        }
        let column = self.model_columns(column).start as usize;
        Interval {
            least: self.model.columns.lower[column],
            greatest: self.model.columns.upper[column],
        }
    }

    /// What a column of a [`Form`] may be, if rules bound no decision.
    pub(crate) fn declared_bounds(&self, column: u32) -> Interval {
        let bounds = self.bounds(column);
        if column as usize >= self.trace.layout.classes {
            return bounds;
        }
        let (decision, at) = self.trace.layout.decision(column);
        let size = self.trace.layout.product(&decision.sorts, decision.tuple(at)) as f64;
        let greatest = declared(self.ground(), decision, at) * size;
        Interval { greatest: greatest.max(bounds.greatest), ..bounds }
    }

    /// Whether a column of a [`Form`] takes whole values only.
    pub(crate) fn is_whole(&self, column: u32) -> bool {
        match (column as usize).checked_sub(self.trace.layout.classes) {
            None => self.trace.layout.decision(column).0.whole,
            Some(auxiliary) => self.whole[auxiliary],
        }
    }

    /// Makes a row `lower <= form <= upper`, the form's columns each once.
    pub(crate) fn row(
        &mut self,
        owner: Owner,
        serves: Option<Serves>,
        form: &Form,
        lower: f64,
        upper: f64,
    ) {
        let spans = self.trace.helper_spans.len() as u32;
        for term in &form.terms {
            for column in self.model_columns(term.column) {
                self.model.rows.term(column, term.value);
                self.trace.helper_spans.push(term.span);
            }
        }
        self.model.rows.close(lower - form.constant, upper - form.constant);
        self.trace.helpers.push(Helper { owner, serves, spans });
    }

    /// Makes a row over columns of the model, each once.
    pub(crate) fn single_row(
        &mut self,
        owner: Owner,
        serves: Option<Serves>,
        terms: impl Iterator<Item = (u32, f64, Span)>,
        lower: f64,
        upper: f64,
    ) {
        let spans = self.trace.helper_spans.len() as u32;
        for (column, value, span) in terms {
            self.model.rows.term(column, value);
            self.trace.helper_spans.push(span);
        }
        self.model.rows.close(lower, upper);
        self.trace.helpers.push(Helper { owner, serves, spans });
    }

    /// The place that a coefficient is put down to that no expression of the author's gave.
    pub(crate) fn span(&self, owner: Owner) -> Span {
        owner.span(self.ground()).unwrap_or(Span::new(apportion_diagnostic::SourceId(0), 0, 0))
    }

    /// Notes an error, once for each place and kind.
    pub(crate) fn refuse(&mut self, owner: Owner, kind: LowerErrorKind) {
        let ground = self.ground();
        let error = LowerError { kind, rule: owner.rule(ground), span: owner.span(ground) };
        let same = |other: &LowerError| match (&other.kind, &error.kind) {
            (LowerErrorKind::BigMTooLarge { .. }, LowerErrorKind::BigMTooLarge { .. }) => {
                (other.rule, other.span) == (error.rule, error.span)
            }
            _ => *other == error,
        };
        if !self.errors.iter().any(same) {
            self.errors.push(error);
        }
    }

    pub(crate) fn fail(&mut self, error: LowerError) {
        self.errors.push(error);
    }

    /// The model, rows brought to a common scale, unless something stands in its way.
    pub(crate) fn finish(self, objectives: Vec<Objective>) -> Result<Lowered<'g>, Vec<LowerError>> {
        let Builder { mut model, mut trace, mut errors, .. } = self;
        if model.num_terms() > Model::LIMIT || model.num_rows() > Model::LIMIT {
            errors.push(LowerError::too_large());
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        trace.scale = model.scale_rows(0..model.num_rows());
        let mut lowered = Lowered { model, objectives, trace };
        let first = lowered.goal(0);
        lowered.model.set_objective(first);
        Ok(lowered)
    }
}

fn class_bounds(layout: &Layout<'_>, decision: &Columns, at: usize) -> Interval {
    let size = layout.product(&decision.sorts, decision.tuple(at)) as f64;
    Interval { least: decision.lower[at] * size, greatest: class_greatest(layout, decision, at) }
}

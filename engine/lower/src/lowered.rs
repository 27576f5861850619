//! A model with its objectives and its trace.

use apportion_check::policy::LevelId;
use apportion_diagnostic::Span;
use apportion_ground::Slack;
use apportion_mip::Model;

use crate::families::tied_members;
use crate::{Trace, Worth};

/// What [`crate::lower`] gives.
///
/// The model's own objective is the first level, or nothing. The caller solves the levels in turn: it puts
/// [`Lowered::goal`] of the next in place, and adds [`Lowered::level_row`] of those before.
#[derive(Clone, Debug)]
pub struct Lowered<'g> {
    /// Columns and rows.
    pub model: Model,
    /// The levels, most important first.
    pub objectives: Vec<Objective>,
    /// Where columns and rows come from.
    pub trace: Trace<'g>,
}

/// One level over the columns of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The level; none: the mending of what runs now, counted in shares of what is broken.
    pub level: Option<LevelId>,
    /// What is to be made small or great, in the level's own unit.
    pub goal: apportion_mip::Objective,
    /// How much of its value later levels may give up.
    pub slack: Slack,
    /// Tiers of shares that are to be fair, each to be made great; [`Objective::goal`] is the least of the first.
    pub shares: Vec<Shares>,
}

/// The shares of a tier.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// What one unit of the sums below is in the level's own unit.
    pub unit: f64,
    /// One sum for each group, to be made great.
    pub sums: Vec<apportion_mip::Objective>,
    /// What shares are worth together; absent: the least is to be as great as it can be, then the next, and so on.
    pub worth: Option<Worth>,
}

impl Shares {
    /// What each group has at a point, in the unit of the sums.
    pub fn at(&self, point: &[f64]) -> Vec<f64> {
        self.sums.iter().map(|sum| sum.at(point)).collect()
    }

    /// What is made great at a point, one number after the other, in the level's own unit: what the group with the least
    /// has, what the two with the least have together, and so on; or the equal share that is worth as much, and after it
    /// the same only where it is 0.
    pub fn merits(&self, point: &[f64]) -> Vec<f64> {
        let values = self.at(point);
        let Some(worth) = &self.worth else { return self.cumulated(values) };
        let equal = worth.equal_share(&values);
        let rest = match equal > 0.0 || worth.utility.floor.is_some() {
            true => vec![0.0; values.len()],
            false => self.cumulated(values),
        };
        [equal * self.unit].into_iter().chain(rest).collect()
    }

    /// What later levels leave of the share of each group, where they may change the value by `slack`; in the unit of the
    /// sums. Where shares are worth something together, that falls by no more than its slack.
    pub fn kept(&self, values: &[f64], slack: Slack) -> Vec<f64> {
        let equal = self.worth.as_ref().map_or(0.0, |worth| worth.equal_share(values)) * self.unit;
        if equal > 0.0 {
            // In proportion: the equal share of a part of the shares is at least that part of it.
            let part = 1.0 - slack.of(equal) / equal;
            return values.iter().map(|value| value.min(value * part)).collect();
        }
        let left = |value: &f64| value - slack.of(value * self.unit) / self.unit;
        values.iter().map(left).collect()
    }

    /// Sums of the least of these shares, in the level's own unit.
    fn cumulated(&self, mut values: Vec<f64>) -> Vec<f64> {
        values.iter_mut().for_each(|value| *value *= self.unit);
        values.sort_by(f64::total_cmp);
        let sums = values.iter().scan(0.0, |sum, value| {
            *sum += value;
            Some(*sum)
        });
        sums.collect()
    }
}

/// A row that keeps a level near a value.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelRow {
    /// Least activity.
    pub lower: f64,
    /// Greatest activity.
    pub upper: f64,
    /// Its columns.
    pub columns: Vec<u32>,
    /// Their coefficients.
    pub values: Vec<f64>,
}

/// One part of a coefficient of a row, with its origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficient {
    /// The column.
    pub column: u32,
    /// How much of the coefficient comes from there, in the unit of the comparison.
    pub value: f64,
    /// The author's text that it comes from.
    pub span: Span,
}

impl Lowered<'_> {
    /// A level as the model's objective; one that is 0 everywhere if there is no such level.
    pub fn goal(&self, level: usize) -> apportion_mip::Objective {
        self.objectives.get(level).map(|objective| objective.goal.clone()).unwrap_or_default()
    }

    /// The row that keeps a level within its slack of `value`, in the level's own unit.
    pub fn level_row(&self, level: usize, value: f64) -> LevelRow {
        let Objective { goal, slack, .. } = &self.objectives[level];
        let slack = slack.of(value);
        let (lower, upper) = match goal.maximize {
            true => (value - slack - goal.offset, f64::INFINITY),
            false => (f64::NEG_INFINITY, value + slack - goal.offset),
        };
        let (columns, values) = goal.costs.iter().unzip();
        LevelRow { lower, upper, columns, values }
    }

    /// The coefficients of a row with their origins, before scaling. A column that several parts of the
    /// author's text add to occurs once for each.
    pub fn coefficients(&self, row: u32) -> Vec<Coefficient> {
        match row.checked_sub(self.trace.helpers_from()) {
            Some(helper) => self.helper_coefficients(row, helper),
            None => self.family_coefficients(row),
        }
    }

    fn helper_coefficients(&self, row: u32, helper: u32) -> Vec<Coefficient> {
        let unit = self.trace.unscale(row);
        let spans = self.trace.helpers.get(helper as usize).map_or(0, |it| it.spans as usize);
        let spans = &self.trace.helper_spans[spans..];
        let terms = self.model.rows.terms(row as usize).zip(spans);
        terms
            .map(|((column, value), span)| Coefficient { column, value: value * unit, span: *span })
            .collect()
    }

    fn family_coefficients(&self, row: u32) -> Vec<Coefficient> {
        let trace = &self.trace;
        let layout = &trace.layout;
        let number = trace.families.partition_point(|it| it.first <= row) - 1;
        let family = &trace.ground().families[number];
        let (class_row, member) =
            trace.families[number].class_row(row - trace.families[number].first);
        let key = family.key(class_row);
        let digits = digits(trace, number, class_row, member.unwrap_or(0));
        let mut coefficients = Vec::new();
        let mut free = Vec::new();
        for (at, term) in family.terms.iter().enumerate() {
            let factor = match member {
                Some(_) => 1.0,
                None => crate::families::untied_size(layout, &family.quantifiers, key, &term.ties),
            };
            let (class_columns, values) = family.entries(class_row, at);
            for (class_column, value) in class_columns.iter().zip(values) {
                let (value, span) = (value * factor, term.span);
                tied_members(layout, *class_column, term, &digits, &mut free, &mut |steps| {
                    let part = |column| Coefficient { column, value, span };
                    coefficients.extend(steps.run(value).columns().map(part));
                });
            }
        }
        let unit = trace.unscale(row);
        let own = layout.columns() as u32;
        let helping = self.model.rows.terms(row as usize).filter(|(column, _)| *column >= own);
        coefficients.extend(helping.map(|(column, value)| Coefficient {
            column,
            value: value * unit,
            span: family.span,
        }));
        coefficients
    }
}

/// The positions of a member row's quantifiers in their classes.
fn digits(trace: &Trace<'_>, family: usize, class_row: usize, member: u32) -> Vec<u32> {
    let family = &trace.ground().families[family];
    let key = family.key(class_row);
    let mut rest = member;
    let mut digits = vec![0; family.quantifiers.len()];
    for (at, quantifier) in family.quantifiers.iter().enumerate().rev() {
        let size = trace.layout.size(quantifier.sort, key[at]).max(1);
        digits[at] = rest % size;
        rest /= size;
    }
    digits
}

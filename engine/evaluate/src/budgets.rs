//! Budgets: what is spent over the period, the limit, and the alerts.

use apportion_check::eval::{EvalError, Value};
use apportion_check::policy::Budget;

use crate::form::Reading;
use crate::reader::{Quantity, Reader};
use crate::verdict::{Alert, BudgetVerdict, Failure, Item, Verdict};

/// What is spent, over the period if there is one, and the limit.
pub(crate) fn sides<'f>(
    reader: &Reader<'_, 'f>,
    budget: &'f Budget,
) -> Result<(Quantity, f64), EvalError> {
    let mut frame = vec![Value::Absent; budget.frame];
    let form = Reading::default().form(&budget.value);
    let spent = reader.quantity(&form, &mut frame)?.scaled(factor(reader, budget));
    let limit = reader.court.evaluator.eval_number(&budget.limit, &mut frame)?;
    Ok((spent, limit))
}

/// What is spent by itself, and what the soft band begins at, in the unit of that.
pub(crate) fn sides_of_band<'f>(
    reader: &Reader<'_, 'f>,
    budget: &'f Budget,
) -> Result<(Quantity, f64), EvalError> {
    let (spent, limit) = sides(reader, budget)?;
    let mut frame = vec![Value::Absent; budget.frame];
    let share = budget.band.as_ref();
    let share = share.map_or(Ok(1.0), |it| reader.court.evaluator.eval_number(it, &mut frame))?;
    let factor = factor(reader, budget);
    Ok((spent.scaled(1.0 / factor), share * limit / factor))
}

/// Length of the period that holds the time of the plan, in seconds; 1 without a period.
fn factor(reader: &Reader<'_, '_>, budget: &Budget) -> f64 {
    let now = reader.court.facts.settings().at();
    budget.period.map_or(1.0, |period| period.length_in_utc(now))
}

pub(crate) fn judge(reader: &Reader<'_, '_>, verdict: &mut Verdict) {
    for (budget, position) in reader.court.policy.budgets.iter().zip(0..) {
        match judged(reader, budget) {
            Ok(judged) => verdict.budgets.push(judged),
            Err(error) => {
                let item = Item::Budget(position);
                verdict.failures.push(Failure { item, at: Vec::new(), error });
                verdict.budgets.push(BudgetVerdict {
                    spent: f64::NAN,
                    limit: f64::NAN,
                    factor: f64::NAN,
                    alerts: Vec::new(),
                });
            }
        }
    }
}

fn judged<'f>(reader: &Reader<'_, 'f>, budget: &'f Budget) -> Result<BudgetVerdict, EvalError> {
    let (spent, limit) = sides(reader, budget)?;
    let tolerance = reader.court.tolerance;
    let mut frame = vec![Value::Absent; budget.frame];
    let mut alerts = Vec::with_capacity(budget.alerts.len());
    for alert in &budget.alerts {
        let share = reader.court.evaluator.eval_number(alert, &mut frame)?;
        let threshold = Quantity::exact(share * limit);
        let reached = spent.value >= threshold.value - tolerance.between(spent, threshold);
        alerts.push(Alert { share, reached });
    }
    Ok(BudgetVerdict { spent: spent.value, limit, factor: factor(reader, budget), alerts })
}

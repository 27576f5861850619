//! Shares of groups: what each row has, added up group by group.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use apportion_check::eval::{EvalError, EvalErrorKind, Value};
use apportion_check::policy::Fairness;

use crate::form::Form;
use crate::reader::Reader;
use crate::verdict::{FairnessVerdict, Share};

/// A group, ordered as reports order theirs: words and rows by their position, texts as texts.
type Key = (Option<u32>, String);

/// The shares of all groups; `amount` is what a row adds to its own.
pub(crate) fn shares<'f>(
    reader: &Reader<'_, 'f>,
    fairness: &'f Fairness,
    amount: &Form<'f>,
) -> Result<FairnessVerdict, EvalError> {
    let evaluator = &reader.court.evaluator;
    let mut tiers: Vec<BTreeMap<Key, f64>> = vec![BTreeMap::new(); fairness.tiers.len()];
    let indices: Vec<_> = fairness.indices.iter().collect();
    let mut frame = vec![Value::Absent; fairness.frame];
    let _ = reader.each_tuple(&indices, &mut frame, &mut |frame| {
        let value = reader.quantity(amount, frame)?.value;
        for (tier, shares) in fairness.tiers.iter().zip(&mut tiers) {
            let weight = match &tier.weight {
                Some(weight) => evaluator.eval_number(weight, frame)?,
                None => 1.0,
            };
            if weight <= 0.0 {
                let span = tier.weight.as_ref().map_or(fairness.span, |weight| weight.span);
                return Err(EvalError { kind: EvalErrorKind::DivisionByZero, span });
            }
            let key = evaluator.eval(&tier.key, frame)?;
            let name = reader.court.facts.name(&key, &tier.key.ty);
            *shares.entry((key.code(), name)).or_default() += value / weight;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let named = |((_, group), value)| Share { group, value };
    let tiers = tiers.into_iter().map(|shares| shares.into_iter().map(named).collect());
    Ok(FairnessVerdict { tiers: tiers.collect() })
}

impl FairnessVerdict {
    /// The least share of the widest groups; 0 where there are none.
    pub fn least(&self) -> f64 {
        let shares = self.tiers.first().into_iter().flatten().map(|share| share.value);
        shares.min_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// By tier: what the group with the least has, what the two with the least have together, and so on. Of two such
    /// lists the one is fairer that is greater where they first differ.
    pub fn cumulated(&self) -> Vec<f64> {
        let mut cumulated = Vec::new();
        for tier in &self.tiers {
            let mut values: Vec<f64> = tier.iter().map(|share| share.value).collect();
            values.sort_by(f64::total_cmp);
            cumulated.extend(values.iter().scan(0.0, |sum, value| {
                *sum += value;
                Some(*sum)
            }));
        }
        cumulated
    }
}

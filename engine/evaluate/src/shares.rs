//! Shares of groups: what each row has, added up group by group, and what that is worth.
//!
//! Shares that are worth something are judged by one number: the share that, given to every group, would be worth as much.
//! Of utilities `s^(1 - alpha) / (1 - alpha)` that is the power mean of the shares with the exponent `1 - alpha`, by
//! weight, and their geometric mean where alpha is 1. Source: Atkinson, "On the measurement of inequality" (Journal of
//! Economic Theory 2, 1970), the equally distributed equivalent.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use apportion_check::eval::{EvalError, EvalErrorKind, Value};
use apportion_check::policy::{Fairness, Sought};

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
    let mut tiers: Vec<BTreeMap<Key, Weighed>> = vec![BTreeMap::new(); fairness.tiers.len()];
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
            let share = shares.entry((key.code(), name)).or_insert(Weighed { value: 0.0, weight });
            share.value += value / weight;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let equal = match &fairness.sought {
        Sought::MaxMin => Vec::new(),
        Sought::Worth(utility) => {
            let mut frame = vec![Value::Absent; fairness.frame];
            let alpha = evaluator.eval_number(&utility.alpha, &mut frame)?;
            let floor = match &utility.floor {
                Some(floor) => Some(evaluator.eval_number(floor, &mut frame)?),
                None => None,
            };
            let worth =
                |shares: &BTreeMap<Key, Weighed>| equal_share(alpha, floor, shares.values());
            tiers.iter().map(worth).collect()
        }
    };
    let named = |((_, group), share): (Key, Weighed)| Share { group, value: share.value };
    let tiers = tiers.into_iter().map(|shares| shares.into_iter().map(named).collect());
    Ok(FairnessVerdict { tiers: tiers.collect(), equal })
}

/// A share, and how much the group counts that has it.
#[derive(Clone, Copy)]
struct Weighed {
    value: f64,
    weight: f64,
}

/// The share that, given to every group, would be worth as much as these.
///
/// Below the floor the worth of a share falls in a straight line, as steeply as at it. Without one, a share of 0 is worth
/// less than anything from alpha 1 on, and one below 0 always.
fn equal_share<'s>(
    alpha: f64,
    floor: Option<f64>,
    shares: impl Iterator<Item = &'s Weighed> + Clone,
) -> f64 {
    let greatest = shares.clone().map(|it| it.value).fold(0.0, f64::max);
    let least = shares.clone().map(|it| it.value).fold(f64::INFINITY, f64::min);
    let is_hopeless = least < 0.0 || least == 0.0 && alpha >= 1.0;
    if floor.is_none() && is_hopeless || floor.is_none() && greatest == 0.0 || least.is_infinite() {
        return 0.0;
    }
    // All shares in parts of one of them, so that powers stay numbers.
    let one = floor.unwrap_or(0.0).max(least);
    let one = if one > 0.0 { one } else { greatest };
    let power = 1.0 - alpha;
    // Near a power of 0 the difference of two powers would lose its digits.
    let curve = |share: f64| match power == 0.0 {
        true => share.ln(),
        false => (power * share.ln()).exp_m1() / power,
    };
    let floor = floor.map(|floor| floor / one);
    let worth = |share: f64| match floor {
        Some(floor) if share < floor => curve(floor) - (floor - share) / floor.powf(alpha),
        _ => curve(share),
    };
    let (sum, weights) = shares.fold((0.0, 0.0), |(sum, weights), it| {
        (sum + it.weight * worth(it.value / one), weights + it.weight)
    });
    let mean = sum / weights;
    one * match floor {
        Some(floor) if mean < curve(floor) => floor - (curve(floor) - mean) * floor.powf(alpha),
        _ if power == 0.0 => mean.exp(),
        _ => ((power * mean).ln_1p() / power).exp(),
    }
}

impl FairnessVerdict {
    /// What a level that seeks the shares is worth: the least share of the widest groups, or the equal share that is worth
    /// as much as theirs; 0 where there are no groups.
    pub fn value(&self) -> f64 {
        if let Some(equal) = self.equal.first() {
            return *equal;
        }
        let shares = self.tiers.first().into_iter().flatten().map(|share| share.value);
        shares.min_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// By tier: what the group with the least has, what the two with the least have together, and so on; or the equal
    /// share that is worth as much, and after it the same only where that is 0 whatever is done. Of two such lists the
    /// one is fairer that is greater where they first differ.
    pub fn merits(&self) -> Vec<f64> {
        let mut merits = Vec::new();
        for (at, tier) in self.tiers.iter().enumerate() {
            let equal = self.equal.get(at).copied();
            merits.extend(equal);
            if equal.is_some_and(|equal| equal != 0.0) {
                merits.extend(tier.iter().map(|_| 0.0));
                continue;
            }
            let mut values: Vec<f64> = tier.iter().map(|share| share.value).collect();
            values.sort_by(f64::total_cmp);
            merits.extend(values.iter().scan(0.0, |sum, value| {
                *sum += value;
                Some(*sum)
            }));
        }
        merits
    }
}

//! Fair shares kept while single rows are made better: rows under which no share falls.
//!
//! A search of small parts knows a level by one number, of shares the least. What the other groups have is kept by a row
//! for each: the lesser of what the problem over classes found for it and of what the first plan of single rows has, but
//! for the slack. So every plan that is better for a later level is as fair as the first, and the fairest is still
//! allowed.

use apportion_check::policy::RuleId;
use apportion_ground::{Family, Ground, Linear, Piece, Sense, Term, Tie};
use apportion_lower::Lowered;

use crate::levels::Levels;

/// By how much of itself a share may fall: what arithmetic loses.
const ROUNDING: f64 = 1e-9;

/// The policy with such rows, for a first plan that is `point` in the problem over classes; none without fair shares.
pub(crate) fn with_floors(
    ground: &Ground,
    lowered: &Lowered<'_>,
    levels: &Levels,
    point: &[f64],
) -> Option<Ground> {
    let mut floors = Vec::new();
    let objectives = ground.objectives.iter().zip(&lowered.objectives).zip(&levels.reached);
    for ((stated, objective), reached) in objectives {
        let tiers = stated.shares.iter().zip(&objective.shares).zip(&reached.found);
        for ((tier, shares), found) in tiers {
            let Piece::Min(parts) = &ground.pieces[tier.piece as usize] else { continue };
            let pairs = found.iter().zip(shares.at(point));
            let least: Vec<f64> = pairs.map(|(found, here)| found.min(here)).collect();
            for (part, kept) in parts.iter().zip(shares.kept(&least, objective.slack)) {
                floors.extend(floor(ground, part, kept - ROUNDING * kept.abs()));
            }
        }
    }
    if floors.is_empty() {
        return None;
    }
    let mut kept = ground.clone();
    kept.families.extend(floors);
    Some(kept)
}

/// The row that keeps a share; none where it has no decisions.
fn floor(ground: &Ground, share: &Linear, least: f64) -> Option<Family> {
    let span = share.entries.first()?.span;
    let mut entries: Vec<(u32, f64)> =
        share.entries.iter().map(|it| (it.column, it.value)).collect();
    entries.sort_by_key(|(column, _)| *column);
    entries.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        kept.1 += if is_same { next.1 } else { 0.0 };
        is_same
    });
    let mut family = Family {
        rule: RuleId(0),
        span,
        quantifiers: Vec::new(),
        sense: Sense::GreaterEqual,
        terms: Vec::new(),
        keys: Vec::new(),
        start: vec![0],
        columns: Vec::new(),
        values: Vec::new(),
        right: vec![least - share.constant],
        soft: None,
        reliefs: Vec::new(),
    };
    for decision in &ground.decisions {
        let own = decision.first..decision.first + decision.len() as u32;
        let of_decision = entries.iter().filter(|(column, _)| own.contains(column));
        let before = family.columns.len();
        for (column, value) in of_decision {
            family.columns.push(*column);
            family.values.push(*value);
        }
        if family.columns.len() > before {
            let ties = vec![Tie::Free; decision.sorts.len()];
            family.terms.push(Term { decision: decision.decision, span, ties });
            family.start.push(family.columns.len() as u32);
        }
    }
    Some(family)
}

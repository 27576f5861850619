//! Preemption: of each row, what runs now and has no place in the plan is at most what runs of it where rows that preempt
//! it have more than now.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use apportion_check::eval::{EvalError, Value};
use apportion_check::policy::{Comparison, Eviction};

use super::RuleJudge;
use super::conditions::Judged;
use crate::reader::{Quantity, Reader, value_of};

/// By row: its class, and by place what runs now and what the plan has.
type Rows = BTreeMap<u32, (u32, BTreeMap<u32, Sides>)>;

/// What there is of a row at a place.
#[derive(Clone, Copy, Default)]
struct Sides {
    now: f64,
    planned: f64,
}

impl<'f> RuleJudge<'_, 'f> {
    pub(super) fn evictions(&mut self, eviction: Eviction) {
        let court = self.reader.court;
        let priority = &court.policy.priorities[eviction.priority.index()];
        let Some(preemption) = &priority.preemption else { return };
        let mut rows = Rows::new();
        for (reader, is_now) in [(self.now, true), (self.reader, false)] {
            if let Err(error) = add(&mut rows, &reader, eviction, is_now) {
                return self.fail(error, Vec::new());
            }
        }
        // By place and class: what rows of the class gain there.
        let mut gains: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        for (class, places) in rows.values() {
            for (place, sides) in places {
                *gains.entry((*place, *class)).or_default() += sides.planned - sides.now;
            }
        }
        let domain = &court.policy.decisions[eviction.decision.index()].indices[0];
        for (row, (class, places)) in &rows {
            let is_by = |by: &u32| preemption.preempts[*by as usize].contains(class);
            let makes_way = |place: u32| {
                let by = (0..preemption.preempts.len() as u32).filter(is_by);
                let gained: f64 = by.filter_map(|by| gains.get(&(place, by))).sum();
                gained > court.tolerance.integrality
            };
            let now: f64 = places.values().map(|it| it.now).sum();
            if now <= 0.0 {
                continue;
            }
            let planned: f64 = places.values().map(|it| it.planned).sum();
            let may_go = places.iter().filter(|(place, _)| makes_way(**place));
            let may_go: f64 = may_go.map(|(_, it)| it.now).sum();
            let judged = Judged::comparison(
                &court.tolerance,
                Comparison::LessEqual,
                Quantity::exact((now - planned).max(0.0)),
                Quantity::exact(may_go),
            );
            let value = value_of(&domain.domain, *row);
            let at = vec![court.index_value(&domain.name, &domain.domain, &value)];
            let kept = Judged { holds: true, amount: 0.0, ..judged };
            self.count(judged, self.rule.span, &mut [], |_, _| at, |_, _| Ok(kept));
        }
    }
}

/// Adds what a reader's state has.
fn add<'f>(
    rows: &mut Rows,
    reader: &Reader<'_, 'f>,
    eviction: Eviction,
    is_now: bool,
) -> Result<(), EvalError> {
    let court = reader.court;
    let priority = &court.policy.priorities[eviction.priority.index()];
    let Some(state) = reader.state.decisions.get(eviction.decision.index()) else { return Ok(()) };
    for (tuple, value) in state.values.iter() {
        let row = tuple[0];
        let (_, places) = match rows.entry(row) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let mut frame = vec![Value::Absent; priority.frame.max(1)];
                frame[0] = Value::Row(row);
                let class = court.evaluator.eval(&priority.by, &mut frame)?.code();
                let Some(class) = class else { continue };
                unknown.insert((class, BTreeMap::new()))
            }
        };
        let sides = places.entry(tuple[1]).or_default();
        match is_now {
            true => sides.now += value.max(0.0),
            false => sides.planned += value,
        }
    }
    Ok(())
}

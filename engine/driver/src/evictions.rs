//! Why what runs is taken away: who has more where it ran, of those that preempt it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use apportion_check::eval::{Evaluator, Limits, Value};
use apportion_check::policy::{DecisionId, Eviction, Priority, RuleKind};
use apportion_facts::{Assignment, WorldFacts};
use apportion_plan::{Change, ChangeKind, Evicted, RoomFor};

use crate::build::{Builder, shown};
use crate::refused::reads_first_only;

/// How many of those that gain are named.
const NAMED: usize = 5;

/// A row and its class, with what it gains.
struct Gain {
    row: u32,
    class: u32,
    amount: f64,
}

impl Builder<'_> {
    /// Tells of each step that takes something away for whom it makes room, where a rule says who may be preempted.
    pub(crate) fn tell_evictions(
        &self,
        decision: usize,
        (now, planned): (&Assignment, &Assignment),
        steps: &mut [Change],
    ) {
        let mut rules = self.policy.rules.iter().filter(|rule| !rule.is_audited());
        let eviction = rules.find_map(|rule| match rule.kind {
            RuleKind::Preemption(it) if it.decision.index() == decision => Some(it),
            _ => None,
        });
        let Some(eviction) = eviction else { return };
        let Some(teller) = Teller::new(self, eviction, now, planned) else { return };
        let mut runs = BTreeMap::new();
        for (tuple, _) in now.decisions[decision].iter() {
            runs.insert(self.placed(decision, tuple), (tuple[0], tuple[1]));
        }
        for step in steps.iter_mut().filter(|it| it.kind == ChangeKind::Removed) {
            let from = step.from.clone().unwrap_or_default();
            let of = runs.get(&(step.subject.clone(), from));
            step.evicted = of.and_then(|(row, place)| teller.evicted(*row, *place));
        }
    }
}

struct Teller<'t, 'b> {
    builder: &'t Builder<'b>,
    priority: &'b Priority,
    decision: usize,
    classes: BTreeMap<u32, u32>,
    /// Where each row runs now.
    places: BTreeMap<u32, Vec<u32>>,
    /// By place: what rows gain there, those that have more.
    gains: BTreeMap<u32, Vec<Gain>>,
    /// By place and class: what all of the class gain there.
    net: BTreeMap<(u32, u32), f64>,
    /// Rows that have all that they ask for: what is taken from them nobody took.
    served: BTreeSet<u32>,
    /// By class, in seconds.
    graces: Vec<f64>,
}

impl<'t, 'b> Teller<'t, 'b> {
    fn new(
        builder: &'t Builder<'b>,
        eviction: Eviction,
        now: &Assignment,
        planned: &Assignment,
    ) -> Option<Teller<'t, 'b>> {
        let priority = &builder.policy.priorities[eviction.priority.index()];
        let preemption = priority.preemption.as_ref()?;
        let request = builder.request;
        let facts = WorldFacts::new(builder.policy, request.world, request.settings);
        let evaluator = Evaluator::new(builder.policy, &facts, Limits::default());
        let mut frame = vec![Value::Absent; priority.frame.max(1)];
        let graces = preemption.grace.iter().map(|grace| {
            let grace = grace.as_ref().map(|it| evaluator.eval_number(it, &mut frame));
            grace.and_then(Result::ok).unwrap_or_default()
        });
        let graces = graces.collect();
        let mut teller = Teller {
            builder,
            priority,
            decision: eviction.decision.index(),
            classes: BTreeMap::new(),
            places: BTreeMap::new(),
            gains: BTreeMap::new(),
            net: BTreeMap::new(),
            served: BTreeSet::new(),
            graces,
        };
        let stated = &builder.policy.decisions[eviction.decision.index()];
        let upper = stated.upper.as_ref().filter(|upper| reads_first_only(upper));
        let mut totals: BTreeMap<u32, f64> = BTreeMap::new();
        for (tuple, value) in planned.of(eviction.decision)?.iter() {
            *totals.entry(tuple[0]).or_default() += value;
        }
        let mut own = vec![Value::Absent; stated.frame.max(1)];
        for (tuple, _) in now.of(eviction.decision)?.iter() {
            let Some(upper) = upper else { break };
            own[stated.indices[0].var.index()] = Value::Row(tuple[0]);
            let has = totals.get(&tuple[0]).copied().unwrap_or_default();
            if evaluator.eval_number(upper, &mut own).is_ok_and(|asked| asked <= has) {
                teller.served.insert(tuple[0]);
            }
        }
        let mut differences: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        for (assignment, sign) in [(now, -1.0), (planned, 1.0)] {
            for (tuple, value) in assignment.of(eviction.decision)?.iter() {
                *differences.entry((tuple[0], tuple[1])).or_default() += sign * value;
                if sign < 0.0 && value > 0.0 {
                    teller.places.entry(tuple[0]).or_default().push(tuple[1]);
                }
            }
        }
        for ((row, place), amount) in differences {
            frame[0] = Value::Row(row);
            let known = teller.classes.get(&row).copied();
            let class = known.or_else(|| evaluator.eval(&priority.by, &mut frame).ok()?.code());
            let Some(class) = class else { continue };
            teller.classes.insert(row, class);
            *teller.net.entry((place, class)).or_default() += amount;
            if amount > 0.0 {
                teller.gains.entry(place).or_default().push(Gain { row, class, amount });
            }
        }
        Some(teller)
    }

    /// What is to be said of what is taken from a row at a place.
    fn evicted(&self, row: u32, place: u32) -> Option<Evicted> {
        let class = *self.classes.get(&row).filter(|_| !self.served.contains(&row))?;
        let preempts = &self.priority.preemption.as_ref()?.preempts;
        let by: Vec<u32> = (0..preempts.len() as u32)
            .filter(|by| preempts[*by as usize].contains(&class))
            .collect();
        let is_gained = |place: &u32| {
            let net = by.iter().filter_map(|by| self.net.get(&(*place, *by)));
            net.sum::<f64>() > 0.5
        };
        // Units of a row are alike: one may be gone from here because another place was taken.
        let elsewhere = self.places.get(&row).into_iter().flatten().copied();
        let places: Vec<u32> = match is_gained(&place) {
            true => vec![place],
            false => elsewhere.filter(is_gained).collect(),
        };
        let gains = places.iter().flat_map(|place| {
            let gains = self.gains.get(place).into_iter().flatten();
            gains.filter(|gain| by.contains(&gain.class)).map(move |gain| (*place, gain))
        });
        let mut gains: Vec<(u32, &Gain)> = gains.collect();
        gains.sort_by(|(_, a), (_, b)| {
            b.amount.partial_cmp(&a.amount).unwrap_or(Ordering::Equal).then(a.row.cmp(&b.row))
        });
        let graces = gains.iter().map(|(_, gain)| self.graces[gain.class as usize]);
        let grace_seconds = graces.fold(0.0, f64::max);
        let unit = self.builder.policy.decisions[self.decision].unit.as_ref();
        let named = gains.iter().take(NAMED).map(|(place, gain)| RoomFor {
            row: self.word(0, gain.row),
            class: self.class(gain.class),
            place: self.word(1, *place),
            amount: shown(gain.amount, unit),
        });
        Some(Evicted {
            class: self.class(class),
            room_for: named.collect(),
            others: gains.len().saturating_sub(NAMED) as u64,
            grace_seconds,
        })
    }

    fn class(&self, class: u32) -> String {
        self.builder.names.code(&self.priority.by.ty, class).into_owned()
    }

    /// The word of a code of one of the decision's indices.
    fn word(&self, index: usize, code: u32) -> String {
        let ty = self.builder.names.index_type(DecisionId(self.decision as u32), index);
        self.builder.names.code(&ty, code).into_owned()
    }
}

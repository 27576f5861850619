//! What a plan has at each tuple of its decisions, in the author's and the data's words.

use std::borrow::Cow;

use apportion_check::policy::{DecisionId, Expr, Report, SlotsId, Type};
use apportion_facts::Assignment;
use apportion_plan::{DecisionEntry, Placed, Plan, changes};

use crate::build::{Builder, shown, unit_name};
use crate::clock::slot;
use crate::names::Names;

/// The words of a tuple, each with the number that it is ordered by where it is a slot.
type Ordered<'b> = Vec<(Option<u32>, Cow<'b, str>)>;

/// What a tuple is to be and what it is now.
type Values<'b> = (Ordered<'b>, f64, f64);

impl Builder<'_> {
    pub(crate) fn decisions(&self, assignment: &Assignment, plan: &mut Plan) {
        let current = Assignment::current(self.policy, self.request.world);
        for (at, decision) in self.policy.decisions.iter().enumerate() {
            if self.policy.is_auxiliary(DecisionId(at as u32)) {
                continue;
            }
            let values = self.values(at, assignment, &current);
            let unit = unit_name(decision.unit.as_ref());
            // Nothing has to be said of what stays as it is.
            let changed = values.iter().filter(|(_, value, was)| value != was);
            let split = if decision.is_place { 1 } else { decision.indices.len() };
            let placed: Vec<Placed> = changed
                .map(|(words, value, was)| {
                    let words = self.told(at, words);
                    let (subject, place) = words.split_at(split);
                    Placed {
                        subject: subject.join(" "),
                        place: place.join(" "),
                        was: *was,
                        value: *value,
                    }
                })
                .collect();
            let mut steps = changes(&decision.name, decision.is_place, &unit, &placed);
            self.tell_evictions(at, (&current, assignment), &mut steps);
            plan.changes.extend(steps);
            let entries = values
                .into_iter()
                .filter(|(_, value, was)| *value != 0.0 || *was != 0.0)
                .map(|(words, value, was)| {
                    let at = words.into_iter().map(|(_, word)| word.into_owned()).collect();
                    DecisionEntry { at, value, was }
                });
            plan.decisions.insert(decision.name.to_string(), entries.collect());
        }
        plan.changes.sort_by_key(|change| change.kind);
    }

    /// The tuples of a decision that are something or were, slots ordered by their number, everything else by its name.
    fn values(&self, at: usize, assignment: &Assignment, current: &Assignment) -> Vec<Values<'_>> {
        let unit = self.policy.decisions[at].unit.as_ref();
        let types: Vec<Type> = (0..self.policy.decisions[at].indices.len())
            .map(|index| self.names.index_type(DecisionId(at as u32), index))
            .collect();
        let words = |tuple: &[u32]| ordered(&self.names, &types, tuple);
        let planned = assignment.decisions[at].iter();
        let planned = planned.map(|(tuple, value)| (words(tuple), shown(value, unit), 0.0));
        let running = current.decisions[at].iter();
        let running = running.map(|(tuple, value)| (words(tuple), 0.0, shown(value, unit)));
        let departed = self.request.world.current.departed.iter();
        let departed = departed.filter(|gone| gone.decision as usize == at).map(|gone| {
            let words = gone.at.iter().map(|word| (None, Cow::from(word.as_str())));
            (words.collect(), 0.0, shown(gone.value, unit))
        });
        let mut values: Vec<Values<'_>> = planned.chain(running).chain(departed).collect();
        // Each part is nearly in order as it is.
        values.sort_by(|a, b| a.0.cmp(&b.0));
        values.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
                kept.2 += next.2;
            }
            is_same
        });
        values
    }

    /// The subject and the place that a tuple of a placement is shown as.
    pub(crate) fn placed(&self, decision: usize, tuple: &[u32]) -> (String, String) {
        let indices = 0..tuple.len();
        let types: Vec<Type> = indices
            .map(|index| self.names.index_type(DecisionId(decision as u32), index))
            .collect();
        let words = self.told(decision, &ordered(&self.names, &types, tuple));
        (words[..1].join(" "), words[1..].join(" "))
    }

    /// The slots that an index of a decision runs over, if it does.
    fn slots(&self, decision: usize, index: usize) -> Option<SlotsId> {
        match self.names.index_type(DecisionId(decision as u32), index) {
            Type::Slot(slots) => Some(slots),
            _ => None,
        }
    }

    /// The words of a tuple as they are shown.
    fn told(&self, decision: usize, words: &Ordered<'_>) -> Vec<String> {
        let words = words.iter().enumerate();
        let told =
            words.map(|(index, (number, word))| match (number, self.slots(decision, index)) {
                (Some(number), Some(slots)) => slot(self.request.settings, slots, *number),
                _ => word.to_string(),
            });
        told.collect()
    }

    /// The name of a report's group, where some word of it is a slot.
    pub(crate) fn by_the_clock(&self, report: &Report, by: &[String]) -> Option<String> {
        let slots = |key: &Expr| match key.ty {
            Type::Slot(slots) => Some(slots),
            _ => None,
        };
        report.by.iter().find_map(|group| slots(&group.key))?;
        let words = by.iter().zip(&report.by).map(|(word, group)| {
            match (slots(&group.key), word.parse()) {
                (Some(slots), Ok(number)) => slot(self.request.settings, slots, number),
                _ => word.clone(),
            }
        });
        Some(words.collect::<Vec<_>>().join(", "))
    }
}

/// The words of a tuple, whose indices are of `types`.
fn ordered<'b>(names: &Names<'b>, types: &[Type], tuple: &[u32]) -> Ordered<'b> {
    let words = types.iter().zip(tuple).map(|(ty, code)| {
        let number = matches!(ty, Type::Slot(_)).then_some(*code);
        (number, names.code(ty, *code))
    });
    words.collect()
}

//! The steps from what runs now to what is planned.

use std::collections::BTreeMap;

use crate::model::{Change, ChangeKind};

/// One tuple of one decision, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The first index of a placement; all indices of another decision.
    pub subject: String,
    /// The other indices of a placement; empty for another decision.
    pub place: String,
    /// What it is now.
    pub was: f64,
    /// What it will be.
    pub value: f64,
}

/// Places with amounts.
type Steps<'p> = Vec<(&'p str, f64)>;

/// Amounts below which nothing changes: what is left of a solver's arithmetic.
const NOTHING: f64 = 1e-6;

/// The steps of one decision, room being made before it is taken: what ends, what moves, what begins; the
/// tuples are in the order in which people want to read them.
///
/// Of what a placement's subject loses in one place and gains in another, as much as fits counts as moved,
/// in the order of the places.
pub fn changes(decision: &str, is_place: bool, unit: &str, tuples: &[Placed]) -> Vec<Change> {
    let mut changes = Vec::new();
    if !is_place {
        for tuple in tuples.iter().filter(|it| (it.value - it.was).abs() > NOTHING) {
            changes.push(Change {
                kind: ChangeKind::Set,
                decision: decision.to_owned(),
                subject: tuple.subject.clone(),
                from: Some(apportion_units::format_number(tuple.was, 9)),
                to: Some(apportion_units::format_number(tuple.value, 9)),
                amount: tuple.value - tuple.was,
                unit: unit.to_owned(),
                evicted: None,
            });
        }
        return changes;
    }
    let mut subjects: BTreeMap<&str, (Steps<'_>, Steps<'_>)> = BTreeMap::new();
    for tuple in tuples {
        let difference = tuple.value - tuple.was;
        let (lost, gained) = subjects.entry(&tuple.subject).or_default();
        if difference > NOTHING {
            gained.push((&tuple.place, difference));
        } else if difference < -NOTHING {
            lost.push((&tuple.place, -difference));
        }
    }
    for (subject, (lost, gained)) in subjects {
        let named = Named { decision, subject, unit };
        pair(&named, lost, gained, &mut changes);
    }
    changes.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    changes
}

/// What the steps of one subject have in common.
struct Named<'p> {
    decision: &'p str,
    subject: &'p str,
    unit: &'p str,
}

fn pair(named: &Named<'_>, lost: Steps<'_>, gained: Steps<'_>, changes: &mut Vec<Change>) {
    let mut step = |kind, from: Option<&str>, to: Option<&str>, amount: f64| {
        changes.push(Change {
            kind,
            decision: named.decision.to_owned(),
            subject: named.subject.to_owned(),
            unit: named.unit.to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            amount,
            evicted: None,
        });
    };
    let mut gained = gained.into_iter();
    let mut open = gained.next();
    for (from, mut amount) in lost {
        while amount > NOTHING {
            let Some((to, wanted)) = open else { break };
            let moved = amount.min(wanted);
            step(ChangeKind::Moved, Some(from), Some(to), moved);
            amount -= moved;
            open =
                if wanted - moved > NOTHING { Some((to, wanted - moved)) } else { gained.next() };
        }
        if amount > NOTHING {
            step(ChangeKind::Removed, Some(from), None, amount);
        }
    }
    while let Some((to, amount)) = open {
        step(ChangeKind::Placed, None, Some(to), amount);
        open = gained.next();
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(is_place: bool, tuples: &[(&str, &str, f64, f64)], expected: Expect) {
        let tuples: Vec<Placed> = tuples
            .iter()
            .map(|(subject, place, was, value)| Placed {
                subject: (*subject).to_owned(),
                place: (*place).to_owned(),
                was: *was,
                value: *value,
            })
            .collect();
        let mut text = String::new();
        for change in changes("x", is_place, "1", &tuples) {
            let from = change.from.unwrap_or_default();
            let to = change.to.unwrap_or_default();
            text += &format!(
                "{:?} {} `{from}` -> `{to}` {}\n",
                change.kind, change.subject, change.amount
            );
        }
        expected.assert_eq(&text);
    }

    #[test]
    fn what_one_place_loses_and_another_gains_has_moved() {
        check(
            true,
            &[("web", "a", 3.0, 1.0), ("web", "b", 0.0, 1.0), ("web", "c", 0.0, 2.0)],
            expect![[r#"
                Moved web `a` -> `b` 1
                Moved web `a` -> `c` 1
                Placed web `` -> `c` 1
            "#]],
        );
    }

    #[test]
    fn room_is_made_before_it_is_taken() {
        check(
            true,
            &[("new", "a", 0.0, 1.0), ("old", "a", 2.0, 0.0)],
            expect![[r#"
                Removed old `a` -> `` 2
                Placed new `` -> `a` 1
            "#]],
        );
    }

    #[test]
    fn other_decisions_are_set_and_noise_is_no_change() {
        check(
            false,
            &[("eu-1", "", 0.0, 40.0), ("eu-2", "", 5.0, 5.000_000_01)],
            expect![[r#"
                Set eu-1 `0` -> `40` 40
            "#]],
        );
    }
}

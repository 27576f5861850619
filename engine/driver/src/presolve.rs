//! What presolve made of a problem, in the author's words.

use std::collections::BTreeMap;

use apportion_check::policy::RuleId;
use apportion_diagnostic::{Sources, Span};
use apportion_ground::Reader;
use apportion_lower::{Bound, Lowered, Naming, Owner, RowOrigin, Tightened, Trace};
use apportion_plan::{Bounded, Dropped, Outdone, Presolve, Reading, Switched, Why};

use crate::build::{shown, unit_name};
use crate::census::Words;
use crate::names::Names;
use crate::request::Request;
use crate::run::running;
use crate::size::{dominated, of_decision};

/// Holds what others do as well, but for what runs now: a plan starts there.
pub fn hold_dominated(request: &Request<'_>, lowered: &mut Lowered<'_>) {
    let running = running(request);
    let entries = running.iter().map(|it| (it.decision, &*it.at, it.value));
    let kept = (!running.is_empty()).then(|| lowered.embed(entries));
    lowered.hold_dominated(kept.as_deref());
}

/// What presolve made of a problem. `sources` are the texts that the policy was read from.
pub fn presolve_of(lowered: &Lowered<'_>, names: &Names<'_>, sources: &Sources) -> Presolve {
    let words = Words { policy: names.policy, sources };
    let page = Page { lowered, trace: &lowered.trace, names, words };
    Presolve {
        dominated: page.dominated(),
        dropped: page.dropped(),
        bounded: page.bounded(),
        switched: page.switched(),
    }
}

struct Page<'p> {
    lowered: &'p Lowered<'p>,
    trace: &'p Trace<'p>,
    names: &'p Names<'p>,
    words: Words<'p>,
}

impl Page<'_> {
    fn dominated(&self) -> Vec<Outdone> {
        let decisions = dominated(self.trace).map(|held| {
            let (levels, rules) = self.lowered.advantages(&held[0]);
            let levels = levels.iter().map(|it| self.words.item(Reader::Level(*it)));
            let rules = rules.iter().map(|it| self.words.item(Reader::Rule(*it)));
            let columns = of_decision(self.lowered, held, self.names);
            Outdone { columns, better: levels.chain(rules).collect() }
        });
        decisions.collect()
    }

    fn dropped(&self) -> Vec<Dropped> {
        let mut dropped = self.trace.dropped();
        dropped.sort_by_key(|it| (it.rule, it.span.source, it.span.start));
        let dropped = dropped.iter().map(|it| Dropped {
            rule: self.words.reading((Reader::Rule(it.rule), it.span)),
            why: match it.why {
                apportion_lower::Why::Empty => Why::Empty,
                apportion_lower::Why::NeverBinds => Why::NeverBinds,
            },
            tuples: it.tuples,
            of: it.of,
            example: self.trace.dropped_name(it, self.names),
        });
        dropped.collect()
    }

    fn bounded(&self) -> Vec<Bounded> {
        let mut groups: BTreeMap<_, (u64, Bound)> = BTreeMap::new();
        for bound in self.trace.bounds() {
            let decision = self.trace.decision(bound.columns.start);
            let group = groups.entry((self.place(bound.row), decision));
            let (count, _) = group.or_insert((0, bound.clone()));
            *count += bound.columns.len() as u64;
        }
        let groups = groups.into_values().filter_map(|(columns, bound)| {
            let decision = self.trace.decision(bound.columns.start)?;
            let unit = self.names.policy.decisions.get(decision.index())?.unit.as_ref();
            Some(Bounded {
                rule: self.reading(bound.row)?,
                decision: self.names.decision(decision),
                columns,
                example: self.trace.column_name(bound.columns.start, self.names),
                from: bound.from.is_finite().then(|| shown(bound.from, unit)),
                to: shown(bound.to, unit),
                unit: unit_name(unit),
            })
        });
        groups.collect()
    }

    fn switched(&self) -> Vec<Switched> {
        let mut groups: BTreeMap<_, (u64, Tightened)> = BTreeMap::new();
        for tightened in &self.trace.presolved().tightened {
            groups.entry(self.place(tightened.row)).or_insert((0, *tightened)).0 += 1;
        }
        let groups = groups.into_values().filter_map(|(rows, it)| {
            Some(Switched {
                rule: self.reading(it.row)?,
                rows,
                example: self.trace.row_name(it.row, self.names),
                from: it.from.is_finite().then_some(it.from),
                to: it.to,
            })
        });
        groups.collect()
    }

    /// What rows of one statement have in common, in the order of the policy.
    fn place(&self, row: u32) -> (Option<RuleId>, Option<Span>) {
        (self.trace.rule(row), self.trace.span(row))
    }

    fn reading(&self, row: u32) -> Option<Reading> {
        let level = |origin| match origin {
            RowOrigin::Helper(Owner::Objective(at)) => {
                self.trace.ground().objectives[at as usize].level.map(Reader::Level)
            }
            _ => None,
        };
        let rule = self.trace.rule(row).map(Reader::Rule);
        let reader = rule.or_else(|| level(self.trace.row(row)))?;
        Some(self.words.reading((reader, self.trace.span(row)?)))
    }
}

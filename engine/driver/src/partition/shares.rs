//! Right sides that several parts share, in proportion to what each part can use.
//!
//! A hard row that no dealt row has for itself is the sum of the parts' rows, so that it holds if each part keeps a
//! share of its right side and the shares add up to it, whichever way it compares. Of a soft row the whole is broken
//! by no more than its parts are together.

use std::collections::BTreeSet;

use apportion_check::policy::RuleId;
use apportion_diagnostic::Span;
use apportion_ground::{Family, Formula, Ground, Sort};
use apportion_lower::Naming;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Fleet;
use super::deal::Dealt;
use crate::names::Names;

/// What one part has of a right side that several parts share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The rule.
    pub rule: String,
    /// Where in the policy's text the comparison stands: its first byte and the one after its last.
    pub statement: (u32, u32),
    /// Which of the comparisons there it is, from 0.
    pub number: u32,
    /// What it is stated for: keys and words.
    pub at: Vec<String>,
    /// The part's right side, in base units.
    pub right: f64,
}

/// The shares of all parts.
pub(super) struct Shared {
    pub(super) by_part: Vec<Vec<Share>>,
    /// The rules of which several parts have a share.
    pub(super) rules: BTreeSet<RuleId>,
}

/// What each part has of the right sides of rows that no dealt row has for itself.
pub(super) fn shares(fleet: &Fleet<'_>, dealt: &Dealt) -> Shared {
    let counts = Counts::new(fleet, dealt);
    let mut shared = Shared { by_part: vec![Vec::new(); dealt.parts], rules: BTreeSet::new() };
    for (family, number) in fleet.ground.families.iter().zip(numbers(fleet.ground)) {
        let mut sorts = family.quantifiers.iter().map(|quantifier| quantifier.sort);
        if sorts.any(|sort| fleet.dealt(sort).is_some()) {
            continue;
        }
        for row in 0..family.len() {
            let weights: Vec<f64> =
                (0..dealt.parts).map(|part| counts.weight(fleet, family, row, part)).collect();
            let users = weights.iter().filter(|weight| **weight > 0.0).count();
            if users == 0 {
                continue;
            }
            if users > 1 {
                shared.rules.insert(family.rule);
            }
            let right = family.right[row];
            let rights = match is_whole(fleet.ground, family, row) {
                true => whole_shares(right, &weights),
                false => {
                    let all: f64 = weights.iter().sum();
                    weights.iter().map(|weight| right * weight / all).collect()
                }
            };
            let words = words(&fleet.names(), fleet.ground, family, row);
            for (shares, own) in shared.by_part.iter_mut().zip(rights) {
                if own != right {
                    shares.extend(words.iter().map(|at| Share {
                        rule: fleet.request.policy.rules[family.rule.index()].name.to_string(),
                        statement: (family.span.start, family.span.end),
                        number,
                        at: at.clone(),
                        right: own,
                    }));
                }
            }
        }
    }
    shared
}

/// Puts a part's shares in place of the right sides that its policy states.
pub(crate) fn apply(shares: &[Share], ground: &mut Ground, names: &Names<'_>) {
    type Key<'s> = (&'s str, (u32, u32), u32, &'s [String]);
    let known: FxHashMap<Key<'_>, f64> = shares
        .iter()
        .map(|it| ((it.rule.as_str(), it.statement, it.number, it.at.as_slice()), it.right))
        .collect();
    let touched: BTreeSet<((u32, u32), u32)> =
        shares.iter().map(|it| (it.statement, it.number)).collect();
    // Where a part has nothing that a statement speaks of, it is stated of no row.
    ground.instances.retain(|instance| {
        let span = (instance.span.start, instance.span.end);
        let is_touched = touched.iter().any(|(statement, _)| *statement == span);
        !(is_touched && instance.formula == Formula::Constant(false))
    });
    let numbers = numbers(ground);
    for (family, number) in numbers.into_iter().enumerate() {
        let stated = &ground.families[family];
        let statement = (stated.span.start, stated.span.end);
        if !touched.contains(&(statement, number)) {
            continue;
        }
        let rule = &names.policy.rules[stated.rule.index()].name;
        let rights: Vec<Option<f64>> = (0..stated.len())
            .map(|row| {
                let words = words(names, ground, stated, row);
                let at = words.first()?;
                known.get(&(rule.as_str(), statement, number, at.as_slice())).copied()
            })
            .collect();
        for (right, own) in ground.families[family].right.iter_mut().zip(rights) {
            *right = own.unwrap_or(*right);
        }
    }
}

/// For each family, how many before it are stated at the same place by the same rule.
fn numbers(ground: &Ground) -> Vec<u32> {
    let mut seen: FxHashMap<(RuleId, Span), u32> = FxHashMap::default();
    let families = ground.families.iter().map(|family| {
        let next = seen.entry((family.rule, family.span)).or_default();
        std::mem::replace(next, *next + 1)
    });
    families.collect()
}

/// The words of what the single rows of a class row are stated for.
fn words(names: &Names<'_>, ground: &Ground, family: &Family, row: usize) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for (quantifier, class) in family.quantifiers.iter().zip(family.key(row)) {
        let members = match quantifier.sort {
            Sort::Rows(input) => ground.spaces[input.index()].members(*class),
            Sort::Codes => std::slice::from_ref(class),
        };
        let words: Vec<String> =
            members.iter().map(|member| names.member(quantifier, *member)).collect();
        let longer = all.iter().flat_map(|at: &Vec<String>| {
            words.iter().map(move |word| at.iter().chain([word]).cloned().collect())
        });
        all = longer.collect();
    }
    all
}

/// Whether a row is of whole numbers only, so that parts of one are of no use.
fn is_whole(ground: &Ground, family: &Family, row: usize) -> bool {
    let is_whole = |value: f64| value.fract() == 0.0;
    let mut terms = family.terms.iter().enumerate();
    is_whole(family.right[row])
        && terms.all(|(number, term)| {
            let values = family.entries(row, number).1;
            ground.decisions[term.decision.index()].whole && values.iter().all(|it| is_whole(*it))
        })
}

/// Whole shares of a whole number, by the method of the largest remainder (Hamilton, 1792).
fn whole_shares(right: f64, weights: &[f64]) -> Vec<f64> {
    let all: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|weight| right * weight / all).collect();
    let mut shares: Vec<f64> = exact.iter().map(|share| share.floor()).collect();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    order.sort_by(|a, b| (exact[*b] - shares[*b]).total_cmp(&(exact[*a] - shares[*a])));
    let left = (right - shares.iter().sum::<f64>()).max(0.0) as usize;
    order.into_iter().take(left).for_each(|part| shares[part] += 1.0);
    shares
}

/// How many rows of each class each part has.
struct Counts {
    /// By part, input and class; nothing for inputs that are not dealt.
    counts: Vec<Vec<Vec<f64>>>,
}

impl Counts {
    fn new(fleet: &Fleet<'_>, dealt: &Dealt) -> Counts {
        let empty: Vec<Vec<f64>> =
            fleet.ground.spaces.iter().map(|space| vec![0.0; space.len()]).collect();
        let mut counts = vec![empty; dealt.parts];
        for (input, owners) in dealt.owners.iter().enumerate() {
            let classes = &fleet.ground.spaces[input].class_of;
            for (owner, class) in owners.iter().zip(classes) {
                if let Some(part) = owner {
                    counts[*part as usize][input][*class as usize] += 1.0;
                }
            }
        }
        Counts { counts }
    }

    /// How much of a row a part can use.
    fn weight(&self, fleet: &Fleet<'_>, family: &Family, row: usize, part: usize) -> f64 {
        let counts = &self.counts[part];
        let mut weight = 0.0;
        for (number, term) in family.terms.iter().enumerate() {
            let columns = &fleet.ground.decisions[term.decision.index()];
            let (entries, values) = family.entries(row, number);
            for (column, value) in entries.iter().zip(values) {
                let at = (column - columns.first) as usize;
                let classes = columns.tuple(at).iter().zip(&columns.sorts);
                let tuples: f64 = classes
                    .filter_map(|(class, sort)| {
                        Some(counts[fleet.dealt(*sort)?.index()][*class as usize])
                    })
                    .product();
                let most = columns.upper[at].abs().max(columns.lower[at].abs());
                let most = if most.is_finite() { most } else { 1.0 };
                weight += value.abs() * tuples * most;
            }
        }
        weight
    }
}

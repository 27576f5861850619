//! Whole fillings of hosts, chosen together.
//!
//! Hosts of a class are alike, so what matters is not which of them holds what, but how often each *pattern*, a
//! filling that one host has room for, is used. A plan is then a number of uses per pattern; the rows that hosts
//! share (each task once, a budget) limit them together, and nothing grows with the number of hosts. Patterns are
//! found as they are needed: the prices of the shared rows say what a unit must bring to pay for itself, and the
//! filling of one host that brings the most beyond them is the next pattern (Dantzig and Wolfe, "Decomposition
//! Principle for Linear Programs", Operations Research 8, 1960; Gilmore and Gomory, "A Linear Programming Approach
//! to the Cutting-Stock Problem", Operations Research 9, 1961). Uses that are not whole are rounded down, hosts
//! that remain get what is left of the patterns, and the room that is left is filled.

mod kinds;
mod knapsack;
mod placing;
mod prices;
mod pricing;

use apportion_lower::Lowered;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use self::kinds::Kinds;
use self::prices::Prices;
use self::pricing::{Filler, Filling};
use crate::hosts::hosting_inputs;
use crate::index::Index;
use crate::part::Until;
use crate::place::Placer;
use crate::single::Singles;

/// What one host of a kind holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    /// The position of the kind.
    kind: usize,
    /// Units of columns, ascending by column.
    units: Vec<(u32, f64)>,
}

/// Hosts per kind below which patterns are rounded away: there are about as many uses that are not whole as
/// there are shared rows that bind.
const LEAST_HOSTS: usize = 8;
/// How often new patterns are sought at most.
const MOST_ROUNDS: usize = 400;
/// Rounds that have to bring as much together.
const IDLE_ROUNDS: usize = 10;
/// How near patterns have to come to what is proven of all patterns, as a share of it.
const LEAST_STEP: f64 = 2e-4;
/// How much the prices that patterns are sought at keep of the best known ones (Wentges, "Weighted Dantzig-Wolfe
/// Decomposition for Linear Mixed-Integer Programming", International Transactions in Operational Research 4, 1997).
const SMOOTHING: f64 = 0.5;

/// Plans the first level of the objective by patterns; `start` is a plan that keeps every hard rule, and `lowered`
/// the problem over classes. Gives a plan that keeps every hard sum, which the caller compares and judges; none
/// where hosts have too little in common, or where the policy says more of a host than sums of what it holds.
pub fn pack(
    index: &Index<'_>,
    lowered: &Lowered<'_>,
    start: &Singles,
    counts: &[f64],
    is_over: &(dyn Fn() -> bool + Sync),
) -> Option<Singles> {
    let mut placer = Placer::new(index, &[]);
    for decision in 0..index.ground.decisions.len() {
        for (tuple, value) in start.sorted(decision) {
            placer.put_at(decision, tuple, value);
        }
    }
    let input = *hosting_inputs(index.ground, &placer).first()?;
    let kinds = Kinds::new(&placer, input)?;
    if kinds.num_hosts() < LEAST_HOSTS * kinds.len() {
        return None;
    }
    let mut search = Search {
        prices: Prices::new(&kinds, lowered, &placer.totals),
        fillers: (0..kinds.len()).map(|kind| Filler::new(&kinds, kind)).collect(),
        patterns: Vec::new(),
        known: FxHashSet::default(),
        best: None,
    };
    for pattern in kinds.patterns_of(&placer) {
        search.add(pattern);
    }
    let watch = Until(is_over);
    if let Some(at) = search.prices.of_classes(&kinds, lowered, &watch) {
        search.fill(at, Some(counts), &watch);
        if std::env::var("PATTERNS").is_ok() { eprintln!("seeded {}", search.patterns.len()); }
    }
    let uses = search.run(&watch)?;
    Some(placing::place(index, start, &kinds, &search.patterns, &uses, is_over))
}

/// Patterns found so far.
struct Search<'k> {
    prices: Prices,
    fillers: Vec<Filler<'k>>,
    patterns: Vec<Pattern>,
    known: FxHashSet<(usize, Vec<(u32, u64)>)>,
    /// The prices that prove the most, with what they prove.
    best: Option<(f64, Vec<f64>)>,
}

impl Search<'_> {
    /// Seeks patterns until new ones bring nothing to speak of. Gives how often each is used.
    fn run(&mut self, watch: &Until<'_>) -> Option<Vec<f64>> {
        let mut uses = None;
        let mut is_smooth = true;
        let mut values: Vec<f64> = Vec::new();
        for round in 0..MOST_ROUNDS {
            let Some(found) = self.prices.solve(watch) else { break };
            uses = Some(found.uses);
            let at = match &self.best {
                Some((_, best)) if is_smooth => mixed(best, &found.point),
                _ => found.point,
            };
            let before = self.patterns.len();
            self.fill(at, None, watch);
            let is_new = self.patterns.len() > before;
            if std::env::var("PATTERNS").is_ok() {
                eprintln!("{round} {} {:?} {}", found.value, self.best.as_ref().map(|it| it.0), self.patterns.len());
            }
            let is_near = self.best.as_ref().is_some_and(|(bound, _)| {
                bound - found.value <= LEAST_STEP * found.value.abs()
            });
            if is_near || !is_new && !is_smooth {
                break;
            }
            values.push(found.value);
            let ago = values.len().checked_sub(IDLE_ROUNDS + 1).map(|at| values[at]);
            if ago.is_some_and(|ago| found.value - ago <= LEAST_STEP * found.value.abs()) {
                break;
            }
            // Where smooth prices find nothing new, the plain ones have the last word.
            is_smooth = is_new;
        }
        uses
    }

    /// Fills a host of each kind as well as can be at some prices.
    fn fill(&mut self, prices: Vec<f64>, supply: Option<&[f64]>, watch: &Until<'_>) {
        let surplus = self.prices.surplus(&prices);
        let fillings: Vec<Option<Filling>> =
            self.fillers.par_iter().map(|filler| filler.fill(&surplus, supply, watch)).collect();
        if let Some(bound) = self.prices.bound(&prices, &fillings)
            && self.best.as_ref().is_none_or(|(best, _)| bound < *best)
        {
            self.best = Some((bound, prices));
        }
        let patterns = fillings.into_iter().flatten().flat_map(|filling| filling.patterns);
        patterns.for_each(|pattern| self.add(pattern));
    }

    fn add(&mut self, pattern: Pattern) {
        let units = pattern.units.iter().map(|(column, units)| (*column, units.to_bits()));
        if self.known.insert((pattern.kind, units.collect())) {
            self.prices.add(&pattern);
            self.patterns.push(pattern);
        }
    }
}

fn mixed(best: &[f64], now: &[f64]) -> Vec<f64> {
    let smoothing = std::env::var("SMOOTH").map_or(SMOOTHING, |it| it.parse().unwrap());
    best.iter().zip(now).map(|(best, now)| smoothing * best + (1.0 - smoothing) * now).collect()
}

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
//!
//! At any prices, what is shared at its price and every host filled as well as can be is more than any plan is
//! worth. That bound knows what fits into one host, which the problem over classes does not.

mod kinds;
mod knapsack;
mod placing;
mod prices;
mod pricing;

use apportion_lower::Lowered;
use apportion_solve::Watch;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use self::kinds::Kinds;
use self::prices::Prices;
use self::pricing::{Filler, Fillings};
use crate::hosts::hosting_inputs;
use crate::index::Index;
use crate::part::Until;
use crate::place::Placer;
use crate::single::Singles;

/// What one host of a kind holds.
#[derive(Clone, Debug, PartialEq)]
struct Pattern {
    /// The position of the kind.
    kind: usize,
    /// Units of columns, ascending by column.
    units: Vec<(u32, f64)>,
}

/// How often new patterns are sought at most.
const MOST_ROUNDS: usize = 400;
/// Rounds that have to bring [`LEAST_STEP`] together.
const IDLE_ROUNDS: usize = 10;
/// The least gain, as a share, that is worth more rounds, be it the last rounds' or what is left to gain.
const LEAST_STEP: f64 = 2e-4;
/// How much the prices that patterns are sought at keep of the best known ones (Wentges, "Weighted Dantzig-Wolfe
/// Decomposition for Linear Mixed-Integer Programming", International Transactions in Operational Research 4, 1997).
const SMOOTHING: f64 = 0.7;
/// What arithmetic may take from a bound, as a share.
const ROUNDING: f64 = 1e-6;

/// Plans by patterns.
pub struct Packer<'g> {
    index: &'g Index<'g>,
    kinds: Kinds<'g>,
}

/// What [`PatternSearch::next`] gives.
#[derive(Clone, Debug)]
pub struct Packed {
    /// A plan that keeps every hard sum.
    pub singles: Singles,
    /// No plan is worth more at the first level; none where nothing was proven.
    pub bound: Option<f64>,
    /// How near to the bound the uses would be, as a share, were they not to be whole; what was asked for where nothing
    /// is proven.
    pub near: f64,
}

impl<'g> Packer<'g> {
    /// For a policy whose plan might look like `start`. None where there are fewer than `least` hosts per class of
    /// them, as too many uses would not be whole, or where the policy says more of a host than sums of what it
    /// holds.
    pub fn new(index: &'g Index<'g>, start: &Singles, least: usize) -> Option<Packer<'g>> {
        let placer = Placer::holding(index, start);
        let input = *hosting_inputs(index.ground, &placer).first()?;
        let kinds = Kinds::new(index, input)?;
        (kinds.num_hosts() >= least * kinds.len()).then_some(Packer { index, kinds })
    }

    /// Begins to plan the first level of the objective. `lowered` is the problem over classes, `counts` a solution of
    /// it or of its relaxation, and `start` a plan that keeps every hard rule.
    pub fn search<'p>(
        &'p self,
        lowered: &'p Lowered<'g>,
        counts: &[f64],
        start: &'p Singles,
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> PatternSearch<'p> {
        let kinds = &self.kinds;
        let placer = Placer::holding(self.index, start);
        let mut search = PatternSearch {
            index: self.index,
            lowered,
            start,
            kinds,
            prices: Prices::new(kinds, lowered, &placer.totals),
            fillers: (0..kinds.len()).map(|kind| Filler::new(kinds, kind)).collect(),
            patterns: Vec::new(),
            known: FxHashSet::default(),
            best: None,
            values: Vec::new(),
            is_smooth: true,
            is_done: false,
        };
        for pattern in kinds.patterns_of(&placer) {
            search.add(pattern);
        }
        let watch = Until(is_over);
        if let Some(prices) = search.prices.of_classes(kinds, lowered, &watch) {
            search.stock(&prices, counts, &watch);
            search.fill(prices, &watch);
        }
        search
    }
}

/// Patterns found so far, and what they prove.
pub struct PatternSearch<'p> {
    index: &'p Index<'p>,
    lowered: &'p Lowered<'p>,
    start: &'p Singles,
    kinds: &'p Kinds<'p>,
    prices: Prices,
    fillers: Vec<Filler<'p>>,
    patterns: Vec<Pattern>,
    known: FxHashSet<(usize, Vec<(u32, u64)>)>,
    /// The prices that prove the most, with what they prove.
    best: Option<(f64, Vec<f64>)>,
    /// By round: what the patterns known until then are worth, if uses need not be whole.
    values: Vec<f64>,
    /// Whether patterns are sought at prices between the best and the last ones.
    is_smooth: bool,
    /// Whether new patterns bring nothing to speak of.
    is_done: bool,
}

impl PatternSearch<'_> {
    /// A plan, as soon as what patterns are worth, were their uses not to be whole, is as near to what is proven as
    /// `near` says, as a share. None once the search has no more to give. `heard` hears before each round of what is
    /// proven by then, as [`Packed::bound`].
    pub fn next(
        &mut self,
        near: f64,
        is_over: &(dyn Fn() -> bool + Sync),
        heard: &mut dyn FnMut(Option<f64>),
    ) -> Option<Packed> {
        if self.is_done {
            return None;
        }
        let uses = self.run(near, &Until(is_over), heard)?;
        let singles =
            placing::place(self.index, self.start, self.kinds, &self.patterns, &uses, is_over);
        Some(Packed { singles, bound: self.bound(), near: self.gap().unwrap_or(near) })
    }

    fn bound(&self) -> Option<f64> {
        let (bound, _) = self.best.as_ref()?;
        self.prices.level(*bound, self.lowered)
    }

    /// Seeks patterns until they are worth enough, or new ones bring nothing to speak of. Gives how often each is
    /// used.
    fn run(
        &mut self,
        near: f64,
        watch: &Until<'_>,
        heard: &mut dyn FnMut(Option<f64>),
    ) -> Option<Vec<f64>> {
        let mut uses = None;
        while self.values.len() < MOST_ROUNDS && !watch.interrupted() {
            heard(self.bound());
            let Some(found) = self.prices.solve(watch) else { break };
            uses = Some(found.uses);
            self.values.push(found.value);
            if self.is_near(LEAST_STEP) || self.is_idle() {
                self.is_done = true;
                return uses;
            }
            let prices = match &self.best {
                Some((_, best)) if self.is_smooth => mixed(best, &found.point),
                _ => found.point,
            };
            let known = self.patterns.len();
            self.fill(prices, watch);
            let is_new = self.patterns.len() > known;
            self.is_done = !is_new && !self.is_smooth;
            // Where smooth prices find nothing new, the plain ones have the last word.
            self.is_smooth = is_new;
            if self.is_done || self.is_near(near) {
                return uses;
            }
        }
        self.is_done = true;
        uses
    }

    /// How far what the patterns are worth is from what is proven, as a share.
    fn gap(&self) -> Option<f64> {
        let known = self.best.as_ref().zip(self.values.last());
        known.map(|((bound, _), value)| ((bound - value) / value.abs()).max(0.0))
    }

    fn is_near(&self, near: f64) -> bool {
        self.gap().is_some_and(|gap| gap <= near)
    }

    /// Whether the last rounds brought next to nothing.
    fn is_idle(&self) -> bool {
        let ago = self.values.len().checked_sub(IDLE_ROUNDS + 1).map(|at| self.values[at]);
        let last = self.values.last();
        ago.zip(last).is_some_and(|(ago, last)| last - ago <= LEAST_STEP * last.abs())
    }

    /// Fills all hosts of each kind with what a solution over classes has there.
    fn stock(&mut self, prices: &[f64], counts: &[f64], watch: &Until<'_>) {
        let surplus = self.prices.surplus(prices);
        let fillers = self.fillers.par_iter();
        let fillings: Vec<Option<Fillings>> =
            fillers.map(|filler| filler.fill(&surplus, Some(counts), watch)).collect();
        self.add_all(fillings);
    }

    /// Fills a host of each kind as well as can be at some prices.
    fn fill(&mut self, prices: Vec<f64>, watch: &Until<'_>) {
        let surplus = self.prices.surplus(&prices);
        let fillers = self.fillers.par_iter();
        let fillings: Vec<Option<Fillings>> =
            fillers.map(|filler| filler.fill(&surplus, None, watch)).collect();
        if let Some(bound) = self.prices.bound(&prices, &fillings)
            && self.best.as_ref().is_none_or(|(best, _)| bound < *best)
        {
            self.best = Some((bound, prices));
        }
        self.add_all(fillings);
    }

    fn add_all(&mut self, fillings: Vec<Option<Fillings>>) {
        let patterns = fillings.into_iter().flatten().flat_map(|fillings| fillings.patterns);
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
    best.iter().zip(now).map(|(best, now)| SMOOTHING * best + (1.0 - SMOOTHING) * now).collect()
}

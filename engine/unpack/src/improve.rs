//! Making a plan better, one small part at a time.
//!
//! A few hosts give up what they hold, and a solver decides anew what they and everything that waits get: a
//! large neighbourhood search (Shaw, "Using constraint programming and local search methods to solve vehicle
//! routing problems", 1998) with exact neighbourhoods. Every step keeps every rule that the step before
//! kept, so that the search may end at any time. Which parts are tried depends on the seed and on what was found,
//! never on a clock or on how many cores there are.

use apportion_check::policy::InputId;
use apportion_ground::{Meaning, Sense};
use fastrand::Rng;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::blame::pays_for;
use crate::hosts::{Hosts, hosting_inputs};
use crate::index::Index;
use crate::part::{Held, Part, Solved, Until, solve};
use crate::place::{GRAIN, Placer, each_tuple};
use crate::single::Singles;
use crate::worth::LEAST_GAIN;

/// How to search, and when to end.
pub struct Search<'s> {
    /// By objective of the ground policy: no plan is better, as far as that is known.
    pub bounds: &'s [Option<f64>],
    /// The distance from the bound that will do, as a share.
    pub gap: f64,
    /// Decides which parts are tried.
    pub seed: u64,
    /// When a level is left though not all hosts were tried.
    pub patience: Option<Patience>,
    /// Whether, of two parts that gain as much, the one is better that leaves more where it is.
    pub stay: bool,
    /// Whether to leave an objective to those after it.
    pub is_late: &'s dyn Fn(usize) -> bool,
    /// Whether to end now.
    pub is_over: &'s (dyn Fn() -> bool + Sync),
    /// Hears the objective that is being improved and its value, at first and whenever it is better.
    pub heard: &'s mut dyn FnMut(usize, f64),
}

/// When a level is left though not all hosts were tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// After so many parts in a row that brought nothing,
    pub parts: usize,
    /// where it is no farther from its bound than this, as a share.
    pub gap: f64,
}

/// What [`improve`] gives.
#[derive(Clone, Debug)]
pub struct Improved {
    /// The better plan, or the one given.
    pub singles: Singles,
    /// The value of each objective, but for the mending of what runs now.
    pub levels: Vec<f64>,
    /// Parts that made the plan better.
    pub taken: u64,
    /// Whether it ended by itself.
    pub is_settled: bool,
}

/// Improves a plan that keeps every hard rule, level by level.
pub fn improve(index: &Index<'_>, start: &Singles, search: &mut Search<'_>) -> Improved {
    let ground = index.ground;
    let mut placer = Placer::holding(index, start);
    placer.slacks.forgive(ground);
    let inputs = hosting_inputs(ground, &placer);
    let mut improver = Improver {
        levels: placer.levels(),
        broken: broken(&placer),
        placer,
        search,
        taken: 0,
        floors: Vec::new(),
    };
    let mut is_settled = true;
    for objective in 0..ground.objectives.len() {
        // What is mended before every level stays so, as no part breaks anything more than it is.
        if ground.objectives[objective].level.is_some() {
            is_settled &= improver.level(objective, &inputs);
        }
        improver.keep(objective);
    }
    Improved {
        singles: improver.placer.singles().clone(),
        levels: improver.levels,
        taken: improver.taken,
        is_settled,
    }
}

/// Columns above which a part is no small one.
const MOST_COLUMNS: usize = 6_000;
/// What a row may be short of, as a share of its size.
const ROUNDING: f64 = 1e-7;
/// Parts that are solved side by side. The same on every machine, as it decides what is found.
const AT_ONCE: usize = 4;

/// By formula that what runs now breaks: how far a plan does.
fn broken(placer: &Placer<'_>) -> Vec<f64> {
    let Placer { ground, totals, .. } = placer;
    let meaning = Meaning { pieces: &ground.pieces, column: |it: u32| totals[it as usize] };
    let broken = ground.instances.iter().map(|instance| match instance.relief {
        Some(_) => meaning.violation(&instance.formula).unwrap_or(0.0),
        None => 0.0,
    });
    broken.collect()
}

struct Improver<'g, 's, 'i> {
    placer: Placer<'g>,
    search: &'i mut Search<'s>,
    levels: Vec<f64>,
    /// By formula: how far it is broken, as what runs now breaks it too.
    broken: Vec<f64>,
    taken: u64,
    /// By objective that is settled: the worst value that later ones may leave it with.
    floors: Vec<f64>,
}

impl Improver<'_, '_, '_> {
    /// Improves one level until it is near enough to its bound, or nothing helps. Gives whether it ended
    /// by itself.
    fn level(&mut self, objective: usize, inputs: &[InputId]) -> bool {
        let mut rng = Rng::with_seed(self.search.seed ^ (objective as u64) << 32);
        (self.search.heard)(objective, self.levels[objective]);
        // What a level pays for by rows of an input is mended there.
        let pays = |it: &InputId| pays_for(self.placer.ground, objective, *it);
        let (blamed, others): (Vec<InputId>, Vec<InputId>) = inputs.iter().partition(|it| pays(it));
        for input in blamed.into_iter().chain(others) {
            let mut hosts = Hosts::new(&self.placer, input);
            let mut idle = 0;
            let mut round = 0;
            while idle < self.patience(&hosts, objective) && !self.is_near(objective) {
                if (self.search.is_over)() || (self.search.is_late)(objective) {
                    return false;
                }
                let gained = self.round(objective, &mut hosts, round, &mut rng);
                idle = if gained { 0 } else { idle + AT_ONCE };
                round += 1;
            }
        }
        true
    }

    fn patience(&self, hosts: &Hosts, objective: usize) -> usize {
        let all = hosts.patience();
        let is_near = |gap: f64| self.is_within(objective, gap).unwrap_or(true);
        let stated = self.search.patience.filter(|it| is_near(it.gap));
        stated.map_or(all, |patience| patience.parts.min(all))
    }

    /// Whether the bound leaves no gap to speak of.
    fn is_near(&self, objective: usize) -> bool {
        self.is_within(objective, self.search.gap).unwrap_or(false)
    }

    /// Whether a level is no farther from its bound than a share, if it has one.
    fn is_within(&self, objective: usize, gap: f64) -> Option<bool> {
        let bound = self.search.bounds.get(objective).copied().flatten()?;
        let value = self.levels[objective];
        Some((bound - value).abs() <= gap * value.abs() + LEAST_GAIN)
    }

    /// Later levels may cost a settled one its slack.
    fn keep(&mut self, objective: usize) {
        let stated = &self.placer.ground.objectives[objective];
        let value = self.levels[objective];
        let slack = stated.slack.of(value);
        self.floors.push(if stated.maximize { value - slack } else { value + slack });
    }

    /// Solves several parts at once and takes what is better. Gives whether anything was.
    fn round(&mut self, objective: usize, hosts: &mut Hosts, round: u32, rng: &mut Rng) -> bool {
        let sets = hosts.choose(&self.placer, objective, AT_ONCE, round, rng);
        let mut parts = Vec::with_capacity(sets.len());
        for set in &sets {
            let held = hosts.held(&self.placer, set);
            parts.extend(self.placer.part(&hosts.hosting, set, held, objective));
        }
        if parts.iter().any(|part| part.choices.len() > MOST_COLUMNS) && hosts.size > 1 {
            hosts.size -= 1;
            hosts.most = hosts.size;
            return false;
        }
        let watch = Until(self.search.is_over);
        let allowed: Vec<f64> = self
            .floors
            .iter()
            .zip(&self.levels)
            .map(|(floor, value)| (floor - value).abs())
            .collect();
        let (seed, stay) = (rng.u32(..i32::MAX as u32), self.search.stay);
        let solved: Vec<Solved> = parts
            .into_par_iter()
            .map(|part| solve(part, objective, &allowed, (seed, stay), &watch))
            .collect();
        let mut gained = false;
        let exhausted = solved.iter().all(|it| it.exhausted);
        for Solved { part, values, .. } in &solved {
            if let Some(values) = values {
                gained |= self.take(objective, hosts, part, values);
            }
        }
        if exhausted && !gained && hosts.size < hosts.most && round % 16 == 15 {
            hosts.size += 1;
        }
        gained
    }

    /// Puts a part's new values in the place of what was held, and takes that back if it is no better.
    fn take(&mut self, objective: usize, hosts: &mut Hosts, part: &Part, values: &[f64]) -> bool {
        let before = self.levels.clone();
        // Another part of the same round may have moved what this one holds.
        let is_held = |it: &Held| self.placer.value(it.decision, &it.tuple) == it.value;
        if !part.held.iter().all(is_held) {
            return false;
        }
        let reaching = self.placer.loads.reaching(&self.placer.index.peaks, objective);
        let mut done: Vec<Held> = Vec::new();
        for it in &part.held {
            self.put(hosts, it, -it.value);
            done.push(Held { value: -it.value, ..it.clone() });
        }
        let given = done.len();
        if !self.give_out(hosts, part, values, true, &mut done) {
            // What stays where it was may stand in the way of the rest.
            for it in done.drain(given..).rev() {
                self.put(hosts, &it, -it.value);
            }
            self.give_out(hosts, part, values, false, &mut done);
        }
        self.levels = self.placer.levels();
        let better =
            self.is_better(objective, &before) || self.is_lower(objective, &before, reaching);
        if better && self.keeps_rules(hosts, &done) {
            self.taken += 1;
            (self.search.heard)(objective, self.levels[objective]);
            return true;
        }
        for it in done.iter().rev() {
            self.put(hosts, it, -it.value);
        }
        self.levels = before;
        false
    }

    /// Places the values of a part's choices: where they were, if that is to be kept, as far as they go; then at
    /// the members of their groups that were given the least, so that room is left at each. Gives whether all
    /// found a place.
    fn give_out(
        &mut self,
        hosts: &mut Hosts,
        part: &Part,
        values: &[f64],
        keep: bool,
        done: &mut Vec<Held>,
    ) -> bool {
        let mut left: Vec<f64> = values.to_vec();
        let mut given: FxHashMap<(u32, u32), f64> = FxHashMap::default();
        let takes = |it: &&Held| self.placer.only_takes(it.column);
        let (later, mut kept): (Vec<&Held>, Vec<&Held>) =
            part.held.iter().filter(|_| keep).partition(takes);
        kept.extend(later);
        for it in kept {
            let wanted = it.value.min(left[it.choice]);
            left[it.choice] -= self.give(hosts, part, it, wanted, &mut given, done);
        }
        let mut complete = true;
        // What gives room comes before what takes it.
        let takes = |number: &usize| self.placer.only_takes(part.choices[*number].column);
        let (later, mut order): (Vec<usize>, Vec<usize>) = (0..part.choices.len()).partition(takes);
        order.extend(later);
        for number in order {
            let choice = &part.choices[number];
            if left[number] < GRAIN {
                continue;
            }
            let members: Vec<Vec<u32>> =
                choice.groups.iter().map(|group| part.groups[*group as usize].clone()).collect();
            let mut places: Vec<Held> = Vec::new();
            let mut tuple = vec![0; members.len()];
            each_tuple(&members, 0, &mut tuple, &mut |tuple| {
                let (column, decision, tuple) = (choice.column, choice.decision, tuple.into());
                places.push(Held { column, decision, tuple, value: 0.0, choice: number });
            });
            while left[number] >= GRAIN && !places.is_empty() {
                let load = |it: &Held| -> f64 {
                    let members = choice.groups.iter().zip(&it.tuple);
                    members
                        .map(|(group, member)| given.get(&(*group, *member)).unwrap_or(&0.0))
                        .sum()
                };
                places.sort_by(|a, b| load(a).total_cmp(&load(b)));
                let share = (left[number] / places.len() as f64).max(1.0);
                let mut full = Vec::new();
                for (at, place) in places.iter().enumerate() {
                    let wanted = share.min(left[number]);
                    let amount = match left[number] < GRAIN {
                        true => continue,
                        false => self.give(hosts, part, place, wanted, &mut given, done),
                    };
                    left[number] -= amount;
                    // What is left of an amount's room by rounding is none.
                    if amount < GRAIN {
                        full.push(at);
                    }
                }
                full.iter().rev().for_each(|at| {
                    places.remove(*at);
                });
            }
            complete &= left[number] < GRAIN;
        }
        complete
    }

    /// Places up to `wanted` units at a tuple; gives how many.
    fn give(
        &mut self,
        hosts: &mut Hosts,
        part: &Part,
        place: &Held,
        wanted: f64,
        given: &mut FxHashMap<(u32, u32), f64>,
        done: &mut Vec<Held>,
    ) -> f64 {
        let most = self.placer.capacity(place.decision, place.column, &place.tuple);
        let amount = self.placer.portion(place.decision, wanted.min(most));
        if amount <= 0.0 {
            return 0.0;
        }
        for (group, member) in part.choices[place.choice].groups.iter().zip(&place.tuple) {
            *given.entry((*group, *member)).or_default() += amount;
        }
        let held = Held { value: amount, ..place.clone() };
        self.put(hosts, &held, amount);
        done.push(held);
        amount
    }

    fn put(&mut self, hosts: &mut Hosts, it: &Held, amount: f64) {
        self.placer.put(it.decision, it.column, &it.tuple, amount);
        hosts.note(&self.placer, it);
    }

    /// Whether a level is better than before, and those above it no worse than they may be.
    fn is_better(&self, objective: usize, before: &[f64]) -> bool {
        let maximize = self.placer.ground.objectives[objective].maximize;
        let (value, from) = (self.levels[objective], before[objective]);
        let gain = if maximize { value - from } else { from - value };
        gain > LEAST_GAIN * value.abs().max(from.abs()) && self.keeps_floors()
    }

    /// Whether fewer single rows come to as much as the extremes of a level, and no level is worse: once none does, it is
    /// better.
    fn is_lower(&self, objective: usize, before: &[f64], reaching: usize) -> bool {
        let Placer { ground, index, loads, .. } = &self.placer;
        let maximize = ground.objectives[objective].maximize;
        let (value, from) = (self.levels[objective], before[objective]);
        let worse = if maximize { from - value } else { value - from };
        reaching > 0
            && worse <= 1e-3 * LEAST_GAIN * from.abs()
            && loads.reaching(&index.peaks, objective) < reaching
            && self.keeps_floors()
    }

    /// Whether the levels above are no worse than they may be.
    fn keeps_floors(&self) -> bool {
        let objectives = &self.placer.ground.objectives;
        let mut floors = self.floors.iter().zip(&self.levels).zip(objectives);
        floors.all(|((floor, value), objective)| {
            let better = if objective.maximize { value - floor } else { floor - value };
            better >= -LEAST_GAIN * floor.abs()
        })
    }

    /// Whether the rows, the bounds and the formulas of moved tuples hold: what a part says of the sum of a
    /// group need not hold of each of its members, and two parts of a round know nothing of each other.
    fn keeps_rules(&self, hosts: &Hosts, done: &[Held]) -> bool {
        let Placer { ground, index, totals, .. } = &self.placer;
        let keeps_rows = done.iter().all(|it| {
            let columns = &ground.decisions[it.decision];
            let lower = columns.lower[(it.column - columns.first) as usize];
            let moved = index.running.of(it.decision, &it.tuple);
            self.placer.value(it.decision, &it.tuple) >= lower - ROUNDING * lower.abs()
                && self.keeps_rows(it.decision, it.column, &it.tuple)
                && moved.is_none_or(|to| self.keeps_rows(to.decision, to.column, &it.tuple))
        });
        let meaning = Meaning { pieces: &ground.pieces, column: |it: u32| totals[it as usize] };
        let is_no_worse = |number: u32| {
            let instance = &ground.instances[number as usize];
            let known = self.broken[number as usize];
            let violation = meaning.violation(&instance.formula).unwrap_or(0.0);
            known > 0.0 && violation <= known * (1.0 + ROUNDING)
        };
        let mut formulas: Vec<u32> = done
            .iter()
            .flat_map(|it| &hosts.hosting.instances[it.column as usize])
            .copied()
            .collect();
        formulas.sort_unstable();
        formulas.dedup();
        keeps_rows
            && formulas.into_iter().all(|number| {
                let instance = &ground.instances[number as usize];
                instance.soft.is_some() || meaning.holds(&instance.formula) || is_no_worse(number)
            })
    }

    /// Whether the rows that a tuple has a part in hold.
    fn keeps_rows(&self, decision: usize, column: u32, tuple: &[u32]) -> bool {
        let Placer { ground, index, slacks, .. } = &self.placer;
        let places = self.placer.places(decision, tuple);
        index.hard.of(column).all(|touch| {
            let family = touch.family as usize;
            let slack = ROUNDING * touch.right.max(touch.takes.abs());
            let equal = ground.families[family].sense == Sense::Equal;
            touch.each_single(&places, &mut |single| {
                let room = slacks.room(family, single);
                room >= -slack && (!equal || room <= slack)
            })
        })
    }
}

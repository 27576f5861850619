//! Rows that other rows are placed at: what they hold, and which of them are looked at together.

use apportion_check::policy::InputId;
use apportion_ground::{Ground, Sort};
use fastrand::Rng;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::blame::Blame;
use crate::part::{Held, Hosting, host_index};
use crate::place::Placer;

/// A decision and the tuple of one of its tuples but for the host.
type Subject = (usize, Box<[u32]>);

/// Hosts that are set free at once, to begin with and at most.
const HOSTS: usize = 5;
const MOST_HOSTS: usize = 12;
/// By how much hosts that are as near to an extreme are told apart by chance, as a share of it.
const TOSSED: f64 = 1e-3;
/// How often each host is tried in vain before the search turns to the next input or level.
const PATIENCE: usize = 4;

/// What one input's rows hold, and how much room they have.
pub(crate) struct Hosts {
    pub(crate) hosting: Hosting,
    /// By row: the tuples in which it is the host.
    holds: Vec<FxHashSet<(usize, Box<[u32]>)>>,
    /// By class: the rows that tell its members apart: family, the first member's row, the distance to the
    /// next one's, and the right side.
    rows: Vec<Vec<(usize, usize, usize, f64)>>,
    /// By class: the bins that levels count of one member: tally, the first member's row, the distance to the next.
    bins: Vec<Vec<(u32, usize, usize)>>,
    blame: Blame,
    /// By class: the single rows of extremes of one member: peak, the first member's row, the distance to the next.
    peaks: Vec<Vec<(usize, usize, usize)>>,
    /// How many are set free at once.
    pub(crate) size: usize,
    /// How many are set free at most.
    pub(crate) most: usize,
}

/// Inputs whose rows can be hosts, those first whose rows hold the most.
pub(crate) fn hosting_inputs(ground: &Ground, placer: &Placer<'_>) -> Vec<InputId> {
    let mut held: Vec<(f64, InputId)> = Vec::new();
    for input in 0..ground.spaces.len() {
        let id = InputId(input as u32);
        let decisions = ground.decisions.iter().filter(|it| host_index(it, id).is_some());
        let units: f64 = decisions
            .clone()
            .flat_map(|it| &placer.totals[it.first as usize..it.first as usize + it.len()])
            .sum();
        if decisions.count() > 0 && !ground.spaces[input].is_empty() {
            // With nothing held yet, few rows have to hold more each than many.
            held.push(((units + 1.0) / ground.spaces[input].class_of.len() as f64, id));
        }
    }
    held.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    held.into_iter().map(|(_, input)| input).collect()
}

impl Hosts {
    pub(crate) fn new(placer: &Placer<'_>, input: InputId) -> Hosts {
        let ground = placer.ground;
        let hosting = Hosting::new(ground, input);
        let space = &ground.spaces[input.index()];
        let mut holds = vec![FxHashSet::default(); space.class_of.len()];
        for (number, index) in hosting.index.iter().enumerate() {
            let Some(index) = *index else { continue };
            for (tuple, _) in placer.singles().sorted(number) {
                holds[tuple[index] as usize].insert((number, tuple.into()));
            }
        }
        let rows = hosting.columns.iter().map(|columns| {
            let mut rows: FxHashMap<(usize, usize), (usize, f64)> = FxHashMap::default();
            for (column, index) in columns {
                for touch in placer.index.hard.of(*column) {
                    let told = touch.strides.iter().filter(|stride| **stride > 0).count();
                    let alone = told == 1 && touch.strides[*index] > 0 && touch.untied.is_empty();
                    if alone && touch.right > 0.0 && touch.takes > 0.0 {
                        let key = (touch.family as usize, touch.first);
                        rows.insert(key, (touch.strides[*index], touch.right));
                    }
                }
            }
            let mut rows: Vec<_> = rows
                .into_iter()
                .map(|((family, first), (stride, right))| (family, first, stride, right))
                .collect();
            rows.sort_unstable_by_key(|row| (row.0, row.1));
            rows
        });
        let rows = rows.collect();
        let bins = hosting.columns.iter().map(|columns| {
            let touches = columns.iter().flat_map(|(column, index)| {
                let touches = placer.index.tallies.touches.of(*column);
                touches.map(|touch| (touch.family, touch.first, touch.strides[*index]))
            });
            let mut bins: Vec<(u32, usize, usize)> = touches.filter(|it| it.2 > 0).collect();
            bins.sort_unstable();
            bins.dedup();
            bins
        });
        let bins = bins.collect();
        let blame = Blame::new(ground, input);
        let peaks = hosting.columns.iter().map(|columns| {
            let touches = columns.iter().flat_map(|(column, index)| {
                let touches = placer.index.peaks.touches.of(*column);
                touches.map(|touch| (touch.family as usize, touch.first, touch.strides[*index]))
            });
            let mut peaks: Vec<(usize, usize, usize)> = touches.filter(|it| it.2 > 0).collect();
            peaks.sort_unstable();
            peaks.dedup();
            peaks
        });
        let peaks = peaks.collect();
        Hosts { hosting, holds, rows, bins, blame, peaks, size: HOSTS, most: MOST_HOSTS }
    }

    /// How many parts in a row may bring nothing. One that holds all hosts has the last word.
    pub(crate) fn patience(&self) -> usize {
        let sets = self.holds.len().div_ceil(self.size);
        if sets == 1 { 1 } else { PATIENCE * sets }
    }

    /// How promising a host is: what is left empty in bins that the objective counts, or else of any row.
    fn promise(&self, placer: &Placer<'_>, objective: usize, host: u32) -> f64 {
        let space = &placer.ground.spaces[self.hosting.input.index()];
        let place = placer.place_of(Sort::Rows(self.hosting.input), host) as usize;
        let bins = &self.bins[space.class_of[host as usize] as usize];
        let mut counted = bins
            .iter()
            .filter(|(tally, ..)| placer.index.tallies.objective(*tally) == objective)
            .map(|(tally, first, stride)| placer.tallied.empty((*tally, first + place * stride)))
            .peekable();
        match counted.peek() {
            Some(_) => counted.fold(0.0, f64::max),
            None => self.slack(placer, host),
        }
    }

    /// The greatest share of a row that is left of what a host has.
    fn slack(&self, placer: &Placer<'_>, host: u32) -> f64 {
        let space = &placer.ground.spaces[self.hosting.input.index()];
        let place = placer.place_of(Sort::Rows(self.hosting.input), host) as usize;
        let rows = self.rows[space.class_of[host as usize] as usize].iter();
        let shares = rows.map(|(family, first, stride, right)| {
            placer.slacks.room(*family, first + place * stride) / right
        });
        shares.fold(0.0, f64::max)
    }

    /// Sets of hosts that have none in common: those that something was moved between, where the objective counts
    /// that, or else those that it pays for or that promise most, mixed by chance; and others at random, in turn.
    pub(crate) fn choose(
        &self,
        placer: &Placer<'_>,
        objective: usize,
        sets: usize,
        round: u32,
        rng: &mut Rng,
    ) -> Vec<Vec<u32>> {
        if !round.is_multiple_of(4)
            && let Some(levelled) = self.levelled(placer, objective, sets, rng)
        {
            return levelled;
        }
        let reunited = match round.is_multiple_of(2) {
            true => self.reunited(placer, objective, sets, rng),
            false => Vec::new(),
        };
        if !reunited.is_empty() {
            return reunited;
        }
        let count = self.holds.len();
        let wanted = (self.size * sets).min(count);
        let mut chosen: Vec<u32> = if round.is_multiple_of(2) {
            let blame = self.blame.shares(placer, objective);
            let promise = |host: u32| match &blame {
                Some(shares) => shares[host as usize],
                None => self.promise(placer, objective, host),
            };
            let mut scored: Vec<(f64, u32)> =
                (0..count as u32).map(|host| (promise(host) + 0.7 * rng.f64(), host)).collect();
            if wanted < count {
                scored
                    .select_nth_unstable_by(wanted, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            }
            scored.truncate(wanted);
            scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            scored.into_iter().map(|(_, host)| host).collect()
        } else {
            let mut seen = FxHashSet::default();
            std::iter::repeat_with(|| rng.u32(..count as u32))
                .filter(|host| seen.insert(*host))
                .take(wanted)
                .collect()
        };
        rng.shuffle(&mut chosen);
        chosen
            .chunks(self.size)
            .map(|set| {
                let mut set = set.to_vec();
                set.sort_unstable();
                set
            })
            .collect()
    }

    /// Sets of hosts of which one comes to an extreme that the objective has, and the others are far from it, or any;
    /// none where the objective has no extreme over hosts.
    fn levelled(
        &self,
        placer: &Placer<'_>,
        objective: usize,
        sets: usize,
        rng: &mut Rng,
    ) -> Option<Vec<Vec<u32>>> {
        let index = placer.index;
        let space = &placer.ground.spaces[self.hosting.input.index()];
        let of_objective: Vec<usize> = index.peaks.of_objective(objective).collect();
        let values = of_objective.iter().map(|it| placer.loads.value(&index.peaks, *it));
        let values: Vec<f64> = values.collect();
        let near = |host: u32| {
            let place = placer.place_of(Sort::Rows(self.hosting.input), host) as usize;
            let rows = self.peaks[space.class_of[host as usize] as usize].iter();
            let near = rows.filter_map(|(peak, first, stride)| {
                let at = of_objective.iter().position(|it| it == peak)?;
                let load = placer.loads.rows(*peak)[first + place * stride];
                Some(-(load - values[at]).abs() / values[at].abs().max(f64::MIN_POSITIVE))
            });
            near.fold(f64::NEG_INFINITY, f64::max)
        };
        let count = self.holds.len() as u32;
        let mut hosts: Vec<(f64, u32)> = (0..count)
            .map(|host| (near(host), host))
            .filter(|(near, _)| near.is_finite())
            .map(|(near, host)| (near + TOSSED * rng.f64(), host))
            .collect();
        if hosts.is_empty() {
            return None;
        }
        hosts.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut order: Vec<u32> = hosts.into_iter().map(|(_, host)| host).collect();
        let highest: Vec<u32> = order.drain(..sets.min(order.len())).collect();
        // From the end come those that are farthest; every other one is any.
        let chosen = highest.into_iter().map(|first| {
            let mut set = vec![first];
            while set.len() < self.size && !order.is_empty() {
                let is_any = set.len().is_multiple_of(2);
                let from = if is_any { 0 } else { order.len() - order.len().div_ceil(4) };
                set.push(order.remove(rng.usize(from..order.len())));
            }
            set.sort_unstable();
            set
        });
        Some(chosen.collect())
    }

    /// Sets of hosts that something of what runs now was moved between, none of them in two; nothing where the objective
    /// counts no moves.
    fn reunited(
        &self,
        placer: &Placer<'_>,
        objective: usize,
        sets: usize,
        rng: &mut Rng,
    ) -> Vec<Vec<u32>> {
        let mut parted = self.parted(placer, objective);
        rng.shuffle(&mut parted);
        let mut used = FxHashSet::default();
        let mut reunited: Vec<Vec<u32>> = Vec::new();
        for hosts in parted {
            let mut hosts: Vec<u32> = hosts.into_iter().filter(|it| used.insert(*it)).collect();
            hosts.truncate(self.size);
            let begun = reunited.len();
            match reunited.last_mut() {
                Some(last) if last.len() + hosts.len() <= self.size => last.extend(hosts),
                _ if begun == sets => break,
                _ if hosts.is_empty() => {}
                _ => reunited.push(hosts),
            }
        }
        reunited.iter_mut().for_each(|set| set.sort_unstable());
        reunited
    }

    /// The hosts that something was moved from at the objective's cost, each with those that have of it now.
    fn parted(&self, placer: &Placer<'_>, objective: usize) -> Vec<Vec<u32>> {
        let running = &placer.index.running;
        let mut moved: Vec<(u32, Subject)> = Vec::new();
        for (host, tuples) in (0..).zip(&self.hosting.running) {
            for (decision, tuple) in tuples {
                let Some(it) = running.of(*decision, tuple) else { continue };
                let is_moved = placer.worth.cost(objective, it.column) != 0.0
                    && placer.value(it.decision, tuple) > 0.0;
                if is_moved {
                    moved.push((host, self.subject(*decision, tuple)));
                }
            }
        }
        if moved.is_empty() {
            return Vec::new();
        }
        let mut now: FxHashMap<Subject, Vec<u32>> = FxHashMap::default();
        for (host, tuples) in (0..).zip(&self.holds) {
            for (decision, tuple) in tuples {
                now.entry(self.subject(*decision, tuple)).or_default().push(host);
            }
        }
        let parted = moved.into_iter().filter_map(|(home, subject)| {
            let hosts = now.get(&subject)?.iter().copied();
            Some([home].into_iter().chain(hosts.filter(|it| *it != home)).collect())
        });
        parted.collect()
    }

    /// A tuple whatever its host is.
    fn subject(&self, decision: usize, tuple: &[u32]) -> Subject {
        let mut tuple: Box<[u32]> = tuple.into();
        if let Some(index) = self.hosting.index[decision] {
            tuple[index] = u32::MAX;
        }
        (decision, tuple)
    }

    /// What a set of hosts holds, in order.
    pub(crate) fn held(&self, placer: &Placer<'_>, set: &[u32]) -> Vec<Held> {
        let mut held: Vec<Held> = Vec::new();
        for host in set {
            for (decision, tuple) in &self.holds[*host as usize] {
                let Some(column) = placer.index.column_of(*decision, tuple) else { continue };
                let value = placer.value(*decision, tuple);
                let (decision, tuple) = (*decision, tuple.clone());
                held.push(Held { column, decision, tuple, value, choice: 0 });
            }
        }
        held.sort_by(|a, b| (a.decision, &a.tuple).cmp(&(b.decision, &b.tuple)));
        held
    }

    /// Notes whether a tuple holds anything now.
    pub(crate) fn note(&mut self, placer: &Placer<'_>, it: &Held) {
        let Some(index) = self.hosting.index[it.decision] else { return };
        let holds = &mut self.holds[it.tuple[index] as usize];
        let key = (it.decision, it.tuple.clone());
        if placer.value(it.decision, &it.tuple) == 0.0 {
            holds.remove(&key);
        } else {
            holds.insert(key);
        }
    }
}

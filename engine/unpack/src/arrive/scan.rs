//! The scan of the places that a row may have.

use apportion_check::policy::RuleId;
use apportion_ground::{Ground, Meaning, Sense};
use rustc_hash::FxHashMap;

use super::better;
use super::kind::{Choice, Kind, Part};
use super::own::{Own, is_broken};
use crate::place::Placer;
use crate::touch::each_untied;
use crate::worth::breach;

/// The best place that was found.
pub(super) struct Found {
    pub(super) choice: usize,
    /// The member of each index, by its place within its class.
    pub(super) places: Vec<usize>,
    pub(super) amount: f64,
    /// By objective, how much better it gets.
    pub(super) gains: Vec<f64>,
    /// The room that is left, in shares of the rows' sizes.
    room: f64,
}

/// What the row that arrives was given so far, and what stood in its way.
pub(super) struct Scan {
    /// What its own single rows have taken.
    used: FxHashMap<(u32, usize), f64>,
    /// The values of its tuples.
    given: FxHashMap<(usize, Vec<usize>), f64>,
    /// By rule: at how many places it stands in the way.
    refused: Vec<u64>,
    /// The single row of each part at the first place of a run of places.
    bases: Vec<usize>,
}

/// Places that are looked at together.
const BLOCK: usize = 256;
/// Amounts that are tried where conditions speak of them.
const AMOUNTS: usize = 64;

/// The whole amounts that rows allow.
#[derive(Clone, Copy)]
struct Interval {
    least: f64,
    most: f64,
    /// Rows that are broken unless something is placed, and that the amounts mend.
    mended: u64,
    room: f64,
}

impl Interval {
    /// Keeps the amounts that leave a single row with so much room; gives whether there are any.
    fn narrow(&mut self, part: &Part, takes: f64, room: f64, relief: f64) -> bool {
        let most_short = relief + part.short;
        if part.is_own && relief == 0.0 && is_broken(part.sense, room, part.room) {
            self.mended += 1;
        }
        self.room += (room - takes * self.least) * part.share;
        self.bound(takes, room + most_short);
        if part.sense == Sense::Equal {
            self.bound(-takes, most_short - room);
        }
        self.least <= self.most
    }

    /// Keeps the amounts of which `takes` each fit into `room`.
    fn bound(&mut self, takes: f64, room: f64) {
        if takes > 0.0 {
            if room < takes * self.most {
                self.most = (room / takes).floor();
            }
        } else if room < takes * self.least {
            self.least = if takes < 0.0 { (room / takes).ceil() } else { f64::INFINITY };
        }
    }
}

impl Scan {
    pub(super) fn new(ground: &Ground) -> Scan {
        let families = ground.families.iter().map(|it| it.rule.index());
        let rules = families.chain(ground.instances.iter().map(|it| it.rule.index()));
        Scan {
            used: FxHashMap::default(),
            given: FxHashMap::default(),
            refused: vec![0; rules.max().map_or(0, |last| last + 1)],
            bases: Vec::new(),
        }
    }

    /// Forgets the row before.
    pub(super) fn begin(&mut self) {
        self.used.clear();
        self.given.clear();
        self.refused.fill(0);
    }

    /// Notes what the row was given.
    pub(super) fn note(&mut self, choice: &Choice, choice_number: usize, places: &[usize], amount: f64) {
        *self.given.entry((choice_number, places.to_vec())).or_default() += amount;
        for part in choice.hard.iter().chain(&choice.soft).filter(|part| part.is_own) {
            part.each_single(places, &mut |single| {
                *self.used.entry((part.family, single)).or_default() += part.takes * amount;
            });
        }
    }

    /// The best place for the first that a row gets.
    pub(super) fn best(&mut self, placer: &Placer<'_>, own: &Own, kind: &Kind) -> Option<Found> {
        let mut best = None;
        if kind.required > 1 {
            return None;
        }
        for (number, choice) in kind.choices.iter().enumerate() {
            let is_other = kind.required == 1 && choice.lower <= 0.0;
            if !is_other && !is_behind(kind, choice, &best) {
                self.look(placer, own, kind, number, kind.demands, &mut best);
            }
        }
        best
    }

    /// The best place for more of a row that has something: one that a level gains from.
    pub(super) fn more(&mut self, placer: &Placer<'_>, own: &Own, kind: &Kind) -> Option<Found> {
        let mut best = None;
        for (number, choice) in kind.choices.iter().enumerate() {
            if !is_behind(kind, choice, &best) {
                self.look(placer, own, kind, number, 0, &mut best);
            }
        }
        let nothing = vec![0.0; placer.ground.objectives.len()];
        best.filter(|found: &Found| better(&found.gains, &nothing).is_gt())
    }

    /// The rules that stood in the way, and at how many places, the most first.
    pub(super) fn causes(&self) -> Vec<(RuleId, u64)> {
        let rules = (0..).map(RuleId).zip(self.refused.iter().copied());
        let mut causes: Vec<(RuleId, u64)> = rules.filter(|(_, places)| *places > 0).collect();
        causes.sort_by_key(|(rule, places)| (u64::MAX - places, *rule));
        causes
    }

    /// Looks at all places of a choice.
    fn look(
        &mut self,
        placer: &Placer<'_>,
        own: &Own,
        kind: &Kind,
        number: usize,
        demands: u64,
        best: &mut Option<Found>,
    ) {
        let choice = &kind.choices[number];
        let all = choice.sizes.iter().product::<usize>();
        let mut start =
            Interval { least: choice.lower.max(1.0), most: choice.upper, mended: 0, room: 0.0 };
        if start.least > start.most {
            return;
        }
        for part in &choice.hard[..choice.fixed] {
            let (room, relief) = self.room(placer, own, part, part.first);
            if !start.narrow(part, part.takes, room, relief) {
                self.refused[part.rule.index()] += all as u64;
                return;
            }
        }
        let told = &choice.hard[choice.fixed..];
        // Neighbours in the last index that has a choice are looked at one after the other.
        let inner = choice.sizes.iter().rposition(|size| *size > 1).unwrap_or(0);
        let run = choice.sizes.get(inner).copied().unwrap_or(1);
        let mut amounts = Amounts::default();
        let mut places = vec![0; choice.sizes.len()];
        loop {
            self.bases.clear();
            self.bases.extend(told.iter().map(|part| part.single(&places)));
            let is_unit = (start.least, start.most) == (1.0, 1.0);
            if choice.is_simple && is_unit && start.mended >= demands && self.given.is_empty() {
                if let Some((at, room)) = self.tightest(placer, told, inner, run) {
                    let found = || Found {
                        choice: number,
                        places: with(&places, inner, at),
                        amount: 1.0,
                        gains: choice.gains.clone(),
                        room,
                    };
                    let is_better = best.as_ref().is_none_or(|known| {
                        better(&choice.gains, &known.gains).then(known.room.total_cmp(&room)).is_gt()
                    });
                    if is_better {
                        *best = Some(found());
                    }
                }
                if !advance(&mut places, &choice.sizes, inner) {
                    return;
                }
                continue;
            }
            for at in 0..run {
                let mut interval = start;
                let allowed = match choice.is_entangled {
                    true => self.sum_up(placer, own, choice, &with(&places, inner, at), &mut interval),
                    false => self.fits(placer, own, told, (inner, at), &mut interval),
                };
                if let Err(rule) = allowed {
                    self.refused[rule.index()] += 1;
                    continue;
                }
                if let (true, Some(rule)) = (interval.mended < demands, kind.demanded_by) {
                    self.refused[rule.index()] += 1;
                    continue;
                }
                if !self.given.is_empty() {
                    let given = self.given.get(&(number, with(&places, inner, at)));
                    interval.most = interval.most.min(choice.upper - given.unwrap_or(&0.0));
                    if interval.least > interval.most {
                        continue;
                    }
                }
                let Some(amount) = self.amount(placer, choice, &interval, &mut amounts) else {
                    continue;
                };
                let is_better = match best {
                    None => true,
                    Some(known) => {
                        self.gains(placer, own, choice, (&places, inner, at), amount, &mut amounts);
                        match better(&amounts.gains, &known.gains) {
                            std::cmp::Ordering::Equal => interval.room < known.room,
                            told => told.is_gt(),
                        }
                    }
                };
                if is_better {
                    if best.is_none() {
                        self.gains(placer, own, choice, (&places, inner, at), amount, &mut amounts);
                    }
                    let (places, gains) = (with(&places, inner, at), amounts.gains.clone());
                    *best = Some(Found { choice: number, places, amount, gains, room: interval.room });
                }
            }
            if !advance(&mut places, &choice.sizes, inner) {
                return;
            }
        }
    }

    /// The room in a single row, and by how much it may be broken.
    fn room(&self, placer: &Placer<'_>, own: &Own, part: &Part, single: usize) -> (f64, f64) {
        let family = part.family as usize;
        if part.is_own {
            let used = match self.used.is_empty() {
                true => 0.0,
                false => self.used.get(&(part.family, single)).copied().unwrap_or(0.0),
            };
            let room = part.room - own.taken(part.family, single);
            return (room - used, own.relief(part.family, part.sense, room));
        }
        let relief = if part.relieved { placer.slacks.relief(family, single) } else { 0.0 };
        (placer.slacks.room(family, single), relief)
    }

    /// The place of a run at which one unit fits and leaves the least room, where parts are simple. Looks at one row of a
    /// block of places after the other, as their rooms lie side by side.
    fn tightest(
        &mut self,
        placer: &Placer<'_>,
        told: &[Part],
        inner: usize,
        run: usize,
    ) -> Option<(usize, f64)> {
        let mut best = None;
        let mut least = f64::INFINITY;
        let mut left_over = [0.0; BLOCK];
        for begin in (0..run).step_by(BLOCK) {
            let left_over = &mut left_over[..BLOCK.min(run - begin)];
            left_over.fill(0.0);
            for (part, base) in told.iter().zip(&self.bases) {
                let stride = part.strides.get(inner).copied().unwrap_or(0);
                let rooms = &placer.slacks.rooms(part.family as usize)[base + begin * stride..];
                let mut refused = 0;
                let mut look = |left_over: &mut f64, room: f64| {
                    let left = room - part.takes;
                    let fits = left >= -part.short;
                    refused += u64::from(!fits && *left_over < f64::INFINITY);
                    *left_over = if fits { *left_over + left * part.share } else { f64::INFINITY };
                };
                match stride {
                    0 => left_over.iter_mut().for_each(|it| look(it, rooms[0])),
                    1 => left_over.iter_mut().zip(rooms).for_each(|(it, room)| look(it, *room)),
                    _ => {
                        let rooms = rooms.iter().step_by(stride);
                        left_over.iter_mut().zip(rooms).for_each(|(it, room)| look(it, *room));
                    }
                }
                self.refused[part.rule.index()] += refused;
            }
            for (at, room) in left_over.iter().enumerate().filter(|(_, room)| **room < f64::INFINITY) {
                if best.is_none() || *room < least {
                    (best, least) = (Some(begin + at), *room);
                }
            }
        }
        best.map(|at| (at, least))
    }

    /// Narrows the amounts to what the rows of a place allow; else gives the rule that allows none.
    fn fits(
        &self,
        placer: &Placer<'_>,
        own: &Own,
        told: &[Part],
        (inner, at): (usize, usize),
        interval: &mut Interval,
    ) -> Result<(), RuleId> {
        for (part, base) in told.iter().zip(&self.bases) {
            let single = base + at * part.strides.get(inner).unwrap_or(&0);
            let mut narrow = |single: usize| {
                let (room, relief) = self.room(placer, own, part, single);
                interval.narrow(part, part.takes, room, relief)
            };
            let fits = match part.untied.is_empty() {
                true => narrow(single),
                false => each_untied(&part.untied, single, &mut narrow),
            };
            if !fits {
                return Err(part.rule);
            }
        }
        Ok(())
    }

    /// The same where several parts may be in one single row.
    fn sum_up(
        &self,
        placer: &Placer<'_>,
        own: &Own,
        choice: &Choice,
        places: &[usize],
        interval: &mut Interval,
    ) -> Result<(), RuleId> {
        let mut takes: Vec<(u32, usize, usize)> = Vec::new();
        for (number, part) in choice.hard.iter().enumerate() {
            part.each_single(places, &mut |single| takes.push((part.family, single, number)));
        }
        takes.sort_unstable();
        for of_one in takes.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (_, single, number) = of_one[0];
            let part = &choice.hard[number];
            let all: f64 = of_one.iter().map(|(_, _, number)| choice.hard[*number].takes).sum();
            let (room, relief) = self.room(placer, own, part, single);
            if !interval.narrow(part, all, room, relief) {
                return Err(part.rule);
            }
        }
        Ok(())
    }

    /// The amount that the levels would rather have, among those that rows and conditions allow.
    fn amount(
        &mut self,
        placer: &Placer<'_>,
        choice: &Choice,
        interval: &Interval,
        amounts: &mut Amounts,
    ) -> Option<f64> {
        let Interval { least, most, .. } = *interval;
        let is_more = choice.gains.iter().find(|gain| **gain != 0.0).is_some_and(|gain| *gain > 0.0);
        let is_more = is_more && most.is_finite();
        let best = if is_more { most } else { least };
        if choice.formulas.is_empty() {
            return Some(best);
        }
        let count = ((most - least + 1.0) as usize).min(AMOUNTS);
        let step = if is_more { -1.0 } else { 1.0 };
        let mut broken = None;
        let found = (0..count).map(|at| best + step * at as f64).find(|amount| {
            let told = amounts.broken.iter().find(|(known, _)| known == amount).map(|it| it.1);
            let instance = told.unwrap_or_else(|| {
                let instance = broken_by(placer, choice, *amount);
                amounts.broken.push((*amount, instance));
                instance
            });
            broken = broken.or(instance);
            instance.is_none()
        });
        if let (None, Some(instance)) = (found, broken) {
            let rule = placer.ground.instances[instance as usize].rule;
            self.refused[rule.index()] += 1;
        }
        found
    }

    /// What the levels gain from an amount at a place.
    fn gains(
        &self,
        placer: &Placer<'_>,
        own: &Own,
        choice: &Choice,
        (places, inner, at): (&[usize], usize, usize),
        amount: f64,
        amounts: &mut Amounts,
    ) {
        let Amounts { gains, bent, .. } = amounts;
        gains.clear();
        gains.extend(choice.gains.iter().map(|gain| gain * amount));
        if choice.bends {
            let known = bent.as_ref().filter(|(known, _)| *known == amount);
            let more = match known {
                Some((_, more)) => more.clone(),
                None => bends(placer, choice, amount),
            };
            gains.iter_mut().zip(&more).for_each(|(gain, more)| *gain += more);
            *bent = Some((amount, more));
        }
        if choice.soft.is_empty() {
            return;
        }
        let places = with(places, inner, at);
        let mut takes: Vec<(u32, usize, f64, usize)> = Vec::new();
        for (number, part) in choice.soft.iter().enumerate() {
            part.each_single(&places, &mut |single| {
                takes.push((part.family, single, part.takes, number));
            });
        }
        takes.sort_by_key(|it| (it.0, it.1));
        for of_one in takes.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (family, single, _, number) = of_one[0];
            let Some((objective, price)) = choice.soft[number].payer else { continue };
            let sense = placer.ground.families[family as usize].sense;
            let all: f64 = of_one.iter().map(|it| it.2).sum();
            let (room, _) = self.room(placer, own, &choice.soft[number], single);
            let more = breach(sense, room - all * amount) - breach(sense, room);
            gains[objective] -= cost_of_penalties(placer.ground, objective) * price * more;
        }
    }
}

/// What was worked out for a choice, by amount.
#[derive(Default)]
struct Amounts {
    /// The first condition that each breaks.
    broken: Vec<(f64, Option<u32>)>,
    /// What bent goals gain.
    bent: Option<(f64, Vec<f64>)>,
    gains: Vec<f64>,
}

/// Whether no place of a choice can be better than what is known.
fn is_behind(kind: &Kind, choice: &Choice, best: &Option<Found>) -> bool {
    let Some(best) = best else { return false };
    let known = &kind.choices[best.choice];
    let is_one = known.upper <= 1.0 && choice.upper <= 1.0;
    kind.is_plain && is_one && better(&known.gains, &choice.gains).is_gt()
}

/// How much worse an objective gets with each unit of its penalties.
fn cost_of_penalties(ground: &Ground, objective: usize) -> f64 {
    let stated = &ground.objectives[objective];
    if stated.maximize { -stated.penalties } else { stated.penalties }
}

/// The first condition that more of a column breaks.
fn broken_by(placer: &Placer<'_>, choice: &Choice, amount: f64) -> Option<u32> {
    let after = meaning(placer, choice.column, amount);
    choice.formulas.iter().copied().find(|number| {
        let instance = &placer.ground.instances[*number as usize];
        // A strict comparison may be broken by nothing.
        let violation = after.violation(&instance.formula);
        violation.is_some_and(|it| instance.relief.is_none_or(|most| it > most * (1.0 + 1e-9)))
    })
}

/// By objective, what pieces and soft conditions gain from more of a column.
fn bends(placer: &Placer<'_>, choice: &Choice, amount: f64) -> Vec<f64> {
    let ground = placer.ground;
    let (before, after) = (meaning(placer, choice.column, 0.0), meaning(placer, choice.column, amount));
    let mut gains: Vec<f64> = Vec::with_capacity(ground.objectives.len());
    for objective in &ground.objectives {
        let pieces = objective.value.pieces.iter();
        let change: f64 =
            pieces.map(|(piece, value)| value * (after.piece(*piece) - before.piece(*piece))).sum();
        gains.push(if objective.maximize { change } else { -change });
    }
    for instance in &ground.instances {
        let Some(soft) = instance.soft else { continue };
        let paying = ground.objectives.iter().position(|it| it.level == Some(soft.level));
        let Some(objective) = paying else { continue };
        let broken = |it: Option<f64>| it.unwrap_or(0.0);
        let more = broken(after.violation(&instance.formula)) - broken(before.violation(&instance.formula));
        gains[objective] -= cost_of_penalties(ground, objective) * soft.price * more;
    }
    gains
}

fn meaning<'p>(
    placer: &'p Placer<'_>,
    changed: u32,
    amount: f64,
) -> Meaning<'p, impl Fn(u32) -> f64> {
    let column = move |column: u32| {
        placer.totals[column as usize] + if column == changed { amount } else { 0.0 }
    };
    Meaning { pieces: &placer.ground.pieces, column }
}

fn with(places: &[usize], inner: usize, at: usize) -> Vec<usize> {
    let mut places = places.to_vec();
    if let Some(place) = places.get_mut(inner) {
        *place = at;
    }
    places
}

/// The next places with the inner index left alone; gives whether there are any.
fn advance(places: &mut [usize], sizes: &[usize], inner: usize) -> bool {
    for index in (0..places.len()).rev().filter(|index| *index != inner) {
        places[index] += 1;
        if places[index] < sizes[index] {
            return true;
        }
        places[index] = 0;
    }
    false
}

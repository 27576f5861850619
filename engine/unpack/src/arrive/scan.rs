//! The scan of the places that a row may have.

use apportion_check::policy::RuleId;
use apportion_ground::Ground;
use rustc_hash::FxHashMap;

use super::amounts::Amounts;
use super::better;
use super::full::Full;
use super::interval::Interval;
use super::kind::{Choice, Kind, Part};
use super::own::Own;
use crate::bins::Items;
use crate::place::Placer;
use crate::touch::each_untied;

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
    /// What it has added to its own rows of peaks.
    lifted: FxHashMap<(usize, usize), f64>,
    /// The values of its tuples.
    given: FxHashMap<(usize, Vec<usize>), f64>,
    /// By rule: at how many places it stands in the way.
    refused: Vec<u64>,
    pub(super) full: Full,
}

/// Places that are looked at together.
const BLOCK: usize = 256;

impl Scan {
    pub(super) fn new(ground: &Ground) -> Scan {
        let families = ground.families.iter().map(|it| it.rule.index());
        let rules = families.chain(ground.instances.iter().map(|it| it.rule.index()));
        Scan {
            used: FxHashMap::default(),
            lifted: FxHashMap::default(),
            given: FxHashMap::default(),
            refused: vec![0; rules.max().map_or(0, |last| last + 1)],
            full: Full::default(),
        }
    }

    /// Forgets the row before.
    pub(super) fn begin(&mut self) {
        self.used.clear();
        self.lifted.clear();
        self.given.clear();
        self.refused.fill(0);
    }

    /// Notes what the row was given.
    pub(super) fn note(
        &mut self,
        placer: &Placer<'_>,
        choice: &Choice,
        choice_number: usize,
        places: &[usize],
        amount: f64,
    ) {
        *self.given.entry((choice_number, places.to_vec())).or_default() += amount;
        let members: Vec<u32> = places.iter().map(|place| *place as u32).collect();
        for touch in placer.index.peaks.touches.of(choice.column).filter(|it| choice.is_own(it)) {
            touch.each_single(&members, &mut |single| {
                let key = (touch.family as usize, single);
                *self.lifted.entry(key).or_default() += touch.takes * amount;
                true
            });
        }
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

    /// Notes that a rule stands in the way.
    fn refuse(&mut self, rule: Option<RuleId>, places: u64) {
        if let Some(rule) = rule {
            self.refused[rule.index()] += places;
        }
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
                self.refuse(Some(part.rule), all as u64);
                return;
            }
        }
        // Neighbours in the last index that has a choice are looked at one after the other.
        let inner = choice.sizes.iter().rposition(|size| *size > 1).unwrap_or(0);
        let run = choice.sizes.get(inner).copied().unwrap_or(1);
        let mut amounts = Amounts::new(placer, choice);
        let mut places = vec![0; choice.sizes.len()];
        loop {
            let is_unit = (start.least, start.most) == (1.0, 1.0);
            if choice.is_simple && is_unit && start.mended >= demands && self.given.is_empty() {
                if let Some((at, room)) = self.tightest(placer, choice, &places, (inner, run)) {
                    let (places, gains) = (with(&places, inner, at), choice.gains.clone());
                    take(best, Found { choice: number, places, amount: 1.0, gains, room });
                }
            } else {
                for at in 0..run {
                    let places = with(&places, inner, at);
                    match self.place(placer, own, kind, (number, &places), start, demands) {
                        Err(rule) => self.refuse(rule, 1),
                        Ok(interval) => match amounts.best(&interval) {
                            Err(rule) => self.refuse(Some(rule), 1),
                            Ok(amount) => {
                                let room = |part: &Part, single: usize| {
                                    self.room(placer, own, part, single).0
                                };
                                let lifted = |peak: usize, single: usize| {
                                    self.lifted.get(&(peak, single)).copied().unwrap_or(0.0)
                                };
                                amounts.gain(amount, &places, &room, &lifted);
                                let (gains, room) = (amounts.gains.clone(), interval.room);
                                take(best, Found { choice: number, places, amount, gains, room });
                            }
                        },
                    }
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
        choice: &Choice,
        places: &[usize],
        (inner, run): (usize, usize),
    ) -> Option<(usize, f64)> {
        let told = &choice.hard[choice.fixed..];
        let mut best = None;
        let mut least = f64::INFINITY;
        let bases: Vec<usize> = told.iter().map(|part| part.single(places)).collect();
        let stride = |part: &Part| part.strides.get(inner).copied().unwrap_or(0);
        let bins = choice.hard.iter().filter_map(|part| Some((part, part.items?)));
        let bins: Vec<(&Part, Items, usize, usize)> =
            bins.map(|(part, items)| (part, items, part.single(places), stride(part))).collect();
        let mut left_over = [0.0; BLOCK];
        for begin in (0..run).step_by(BLOCK) {
            let left_over = &mut left_over[..BLOCK.min(run - begin)];
            left_over.fill(0.0);
            let mut fitting = left_over.len();
            for (part, base) in told.iter().zip(&bases) {
                let stride = stride(part);
                let rooms = &placer.slacks.rooms(part.family as usize)[base + begin * stride..];
                let left_of = |left_over: f64, room: f64| {
                    let left = room - part.takes;
                    let sum = left_over + left * part.share;
                    if left >= -part.short { sum } else { f64::INFINITY }
                };
                match stride {
                    0 => left_over.iter_mut().for_each(|it| *it = left_of(*it, rooms[0])),
                    1 => {
                        let rooms = left_over.iter_mut().zip(rooms);
                        rooms.for_each(|(it, room)| *it = left_of(*it, *room));
                    }
                    _ => {
                        let rooms = left_over.iter_mut().zip(rooms.iter().step_by(stride));
                        rooms.for_each(|(it, room)| *it = left_of(*it, *room));
                    }
                }
                let fits = left_over.iter().filter(|it| **it < f64::INFINITY).count();
                self.refuse(Some(part.rule), (fitting - fits) as u64);
                fitting = fits;
                if fitting == 0 {
                    break;
                }
            }
            // That most blocks hold nothing better is found without looking at one place after the other.
            if minimum(left_over) >= least {
                continue;
            }
            for (at, room) in left_over.iter().enumerate() {
                if *room < least {
                    let full = bins.iter().find(|(part, items, base, stride)| {
                        let row = (part.family, base + (begin + at) * stride);
                        !self.full.hold(&placer.bins, row, *items, 1.0)
                    });
                    if let Some((part, ..)) = full {
                        self.refuse(Some(part.rule), 1);
                        continue;
                    }
                    (best, least) = (Some(begin + at), *room);
                }
            }
        }
        best.map(|at| (at, least))
    }

    /// The amounts that a place allows, else the rule that allows none, if it is one.
    fn place(
        &mut self,
        placer: &Placer<'_>,
        own: &Own,
        kind: &Kind,
        (number, places): (usize, &[usize]),
        start: Interval,
        demands: u64,
    ) -> Result<Interval, Option<RuleId>> {
        let choice = &kind.choices[number];
        let mut interval = start;
        match choice.is_entangled {
            true => self.sum_up(placer, own, choice, places, &mut interval),
            false => self.fits(placer, own, choice, places, &mut interval),
        }
        .map_err(Some)?;
        if interval.mended < demands {
            return Err(kind.demanded_by);
        }
        if choice.has_bins && interval.least <= interval.most {
            self.hold(placer, choice, places, interval.least).map_err(Some)?;
            // What more finds room is given later.
            if interval.most > interval.least
                && self.hold(placer, choice, places, interval.most).is_err()
            {
                interval.most = interval.least;
            }
        }
        if !self.given.is_empty() {
            let given = self.given.get(&(number, places.to_vec())).unwrap_or(&0.0);
            interval.most = interval.most.min(choice.upper - given);
        }
        if interval.least <= interval.most { Ok(interval) } else { Err(None) }
    }

    /// Narrows the amounts to what the rows of a place allow; else gives the rule that allows none.
    fn fits(
        &self,
        placer: &Placer<'_>,
        own: &Own,
        choice: &Choice,
        places: &[usize],
        interval: &mut Interval,
    ) -> Result<(), RuleId> {
        for part in &choice.hard[choice.fixed..] {
            let fits = each_untied(&part.untied, part.single(places), &mut |single| {
                let (room, relief) = self.room(placer, own, part, single);
                interval.narrow(part, part.takes, room, relief)
            });
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

    /// Whether the bins of a place hold so many units more; else the rule whose bins do not.
    fn hold(
        &mut self,
        placer: &Placer<'_>,
        choice: &Choice,
        places: &[usize],
        units: f64,
    ) -> Result<(), RuleId> {
        for part in &choice.hard {
            let Some(items) = part.items else { continue };
            let holds = each_untied(&part.untied, part.single(places), &mut |single| {
                self.full.hold(&placer.bins, (part.family, single), items, units)
            });
            if !holds {
                return Err(part.rule);
            }
        }
        Ok(())
    }
}

/// The least of many, lane by lane, as the machine compares several at once.
fn minimum(values: &[f64]) -> f64 {
    let least = |a: f64, b: f64| if b < a { b } else { a };
    let (lanes, rest) = values.as_chunks::<8>();
    let mut all = [f64::INFINITY; 8];
    for lanes in lanes {
        all.iter_mut().zip(lanes).for_each(|(all, value)| *all = least(*all, *value));
    }
    all.iter().chain(rest).fold(f64::INFINITY, |all, value| least(all, *value))
}

/// Whether no place of a choice can be better than what is known.
fn is_behind(kind: &Kind, choice: &Choice, best: &Option<Found>) -> bool {
    let Some(best) = best else { return false };
    let known = &kind.choices[best.choice];
    let is_one = known.upper <= 1.0 && choice.upper <= 1.0;
    kind.is_plain && is_one && better(&known.gains, &choice.gains).is_gt()
}

/// Takes what was found if it is better than what is known.
fn take(best: &mut Option<Found>, found: Found) {
    let is_better = best.as_ref().is_none_or(|known| {
        better(&found.gains, &known.gains).then(known.room.total_cmp(&found.room)).is_gt()
    });
    if is_better {
        *best = Some(found);
    }
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

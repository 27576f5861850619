//! Placing the counts of class columns, tuple by tuple.

use std::cmp::Ordering;

use apportion_ground::{Columns, Ground, Running, Sort};
use rustc_hash::FxHashMap;

use crate::bins::Bins;
use crate::index::Index;
use crate::peaks::{Loads, Targets};
use crate::roomiest::Roomiest;
use crate::single::Singles;
use crate::slack::Slacks;
use crate::tallies::Tallied;
use crate::touch::{TOLERANCE, Touch};
use crate::worth::{Worth, breach};

/// A placement under construction.
#[derive(Clone)]
pub(crate) struct Placer<'i> {
    pub(crate) index: &'i Index<'i>,
    pub(crate) ground: &'i Ground,
    pub(crate) slacks: Slacks,
    roomiest: Roomiest,
    pub(crate) bins: Bins,
    pub(crate) tallied: Tallied,
    singles: Singles,
    /// The value of each column: the sum of its tuples' values.
    pub(crate) totals: Vec<f64>,
    pub(crate) worth: Worth,
    /// What the single rows of extremes come to, and what these are to be.
    pub(crate) loads: Loads,
    pub(crate) targets: Targets,
    running: FxHashMap<u32, Vec<&'i Running>>,
    /// Whether rows that balance columns against each other are left out of account.
    pub(crate) ignores_balances: bool,
    /// Which of the members that have room is taken.
    pub(crate) choice: Choice,
}

/// Which of the members that have room is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The one where the least is left.
    Tightest,
    /// The one of whose rows the most equal shares are left, so that none is of use to nobody for want of another.
    Level,
}

/// The members among which the units of one column are placed.
pub(crate) struct Candidates {
    /// Index by index; members that no unit fits are taken out.
    members: Vec<Vec<Member>>,
    /// For each index, the rows that tell only its members apart, so that each index is settled by itself.
    alone: Vec<Vec<usize>>,
    /// The other rows: those that tell pairs apart, and those that tell nothing apart.
    joint: Vec<usize>,
    /// Whether a unit takes room from members that it is not placed at: the column has several parts in
    /// one row.
    entangled: bool,
    unit: Unit,
}

/// The least amount that is placed.
#[derive(Clone, Copy)]
struct Unit {
    amount: f64,
    whole: bool,
}

impl Unit {
    /// What a row or a bound of that size may be short of, of which one takes `takes`: a whole unit that fits
    /// but for rounding fits; of what is divisible, a little less does.
    fn short(self, size: f64, takes: f64) -> f64 {
        if self.whole { (TOLERANCE * size.max(takes)).min(1e-3 * takes) } else { 0.0 }
    }
}

/// In so many steps an amount that need not be whole is spread where extremes are what they are to be everywhere.
const STEPS: f64 = 100.0;

/// What of an amount is nothing: a solver's whole numbers are off by less.
pub(crate) const GRAIN: f64 = 1e-6;

/// What becomes of amounts that need not be whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Divisible {
    /// Those that take room are placed like whole ones: in as few places as it takes.
    Settled,
    /// Every member has the same share, which keeps each sum that the counts keep.
    Even,
}

/// A row number or a code, its place within its class, and what one more unit makes of it: by how much it is beyond what
/// an extreme is to be, and the room that is left there.
#[derive(Clone, Copy)]
struct Member {
    code: u32,
    place: u32,
    beyond: f64,
    room: f64,
}

impl Member {
    /// The one that is taken first comes first.
    fn order(&self, other: &Member) -> Ordering {
        let rooms = || self.room.total_cmp(&other.room).then(self.code.cmp(&other.code));
        self.beyond.total_cmp(&other.beyond).then_with(rooms)
    }
}

impl<'i> Placer<'i> {
    pub(crate) fn new(index: &'i Index<'i>, running: &'i [Running]) -> Placer<'i> {
        let ground = index.ground;
        let mut by_column: FxHashMap<u32, Vec<&Running>> = FxHashMap::default();
        for entry in running {
            let decision = entry.decision as usize;
            if decision < ground.decisions.len()
                && let Some(column) = index.column_of(decision, &entry.at)
            {
                by_column.entry(column).or_default().push(entry);
            }
        }
        let slacks = index.slacks.clone();
        let mut worth = Worth::new(ground);
        for (number, family) in ground.families.iter().enumerate() {
            if family.soft.is_some() && slacks.is_tracked(number) {
                let broken = slacks.rooms(number).iter().map(|room| breach(family.sense, *room));
                worth.charge(number, broken.sum());
            }
        }
        let mut placer = Placer {
            index,
            ground,
            slacks,
            roomiest: Roomiest::default(),
            bins: Bins::default(),
            tallied: Tallied::default(),
            singles: Singles::new(ground.decisions.len()),
            totals: vec![0.0; index.weights.len()],
            worth,
            loads: index.peaks.nothing(),
            targets: Targets::default(),
            running: by_column,
            ignores_balances: false,
            choice: Choice::Tightest,
        };
        placer.move_all();
        placer
    }

    /// With a plan in it.
    pub(crate) fn holding(index: &'i Index<'i>, plan: &Singles) -> Placer<'i> {
        let mut placer = Placer::new(index, &[]);
        for (decision, columns) in index.ground.decisions.iter().enumerate() {
            if columns.moves.is_some() {
                continue;
            }
            for (tuple, value) in plan.sorted(decision) {
                placer.put_at(decision, tuple, value);
            }
        }
        placer
    }

    /// What is placed so far.
    pub(crate) fn singles(&self) -> &Singles {
        &self.singles
    }

    /// Places the counts; gives how much of each found no place.
    pub(crate) fn place_counts(
        &mut self,
        counts: &[f64],
        divisible: Divisible,
        interrupted: &dyn Fn() -> bool,
    ) -> Vec<f64> {
        let mut left_out = counts.to_vec();
        let mut order: Vec<(usize, u32)> = Vec::new();
        for (decision, columns) in self.ground.decisions.iter().enumerate() {
            for at in 0..columns.len() {
                let column = columns.first + at as u32;
                if columns.moves.is_some() {
                    left_out[column as usize] = 0.0;
                }
                if columns.moves.is_some() || counts[column as usize] == 0.0 {
                    continue;
                }
                let settled = divisible == Divisible::Settled && self.only_takes(column);
                if columns.whole && counts[column as usize] < 0.0 {
                    left_out[column as usize] = self.sink(decision, at, counts[column as usize]);
                } else if columns.whole || settled && counts[column as usize] > 0.0 {
                    order.push((decision, column));
                } else {
                    self.spread(decision, at, counts[column as usize]);
                    left_out[column as usize] = 0.0;
                }
            }
        }
        for (decision, column) in &order {
            let kept = self.keep(*decision, *column, left_out[*column as usize]);
            left_out[*column as usize] -= kept;
        }
        let weight = |it: &(usize, u32)| self.index.weights[it.1 as usize];
        order.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.cmp(b)));
        for (decision, column) in order {
            if interrupted() {
                break;
            }
            let left = left_out[column as usize];
            let wanted = if self.ground.decisions[decision].whole { left.round() } else { left };
            left_out[column as usize] = wanted - self.place(decision, column, wanted, interrupted);
        }
        left_out
    }

    /// Whether a column gives no row any room.
    pub(crate) fn only_takes(&self, column: u32) -> bool {
        self.index.hard.of(column).all(|touch| touch.takes >= 0.0)
    }

    /// Whole amounts below 0 go to members one after the other, to each as much as its bound allows. Gives what is
    /// left.
    fn sink(&mut self, decision: usize, at: usize, amount: f64) -> f64 {
        let columns = &self.ground.decisions[decision];
        let (column, lower) = (columns.first + at as u32, columns.lower[at]);
        let members = self.members(columns, at);
        let mut left = amount;
        let mut tuple = vec![0; members.len()];
        each_tuple(&members, 0, &mut tuple, &mut |tuple| {
            let share = left.max(lower);
            if share < 0.0 {
                self.put(decision, column, tuple, share);
                left -= share;
            }
        });
        left
    }

    /// A divisible amount is the same for every member.
    fn spread(&mut self, decision: usize, at: usize, amount: f64) {
        let columns = &self.ground.decisions[decision];
        let column = columns.first + at as u32;
        let members = self.members(columns, at);
        let count: usize = members.iter().map(Vec::len).product();
        let share = amount / count as f64;
        let mut tuple = vec![0; members.len()];
        each_tuple(&members, 0, &mut tuple, &mut |tuple| {
            self.put(decision, column, tuple, share);
        });
    }

    /// Leaves all that runs now where it is, as far as it is allowed there: what the first level gains most from first.
    pub(crate) fn keep_all(&mut self) {
        let mut gains: FxHashMap<u32, f64> = self.gains().into_iter().collect();
        let mut gain = |column: &u32| gains.remove(column).unwrap_or(0.0);
        let running = self.running.keys().map(|column| (gain(column), *column));
        let mut order: Vec<(f64, u32)> = running.collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, column) in order {
            self.keep(self.index.decision_of(column), column, f64::INFINITY);
        }
    }

    /// Leaves what runs now where it is, up to `wanted`.
    fn keep(&mut self, decision: usize, column: u32, wanted: f64) -> f64 {
        let mut kept = 0.0;
        for running in self.running.get(&column).cloned().unwrap_or_default() {
            let most = self.capacity_with(decision, column, &running.at, true);
            let amount = self.portion(decision, running.value.min(wanted - kept).min(most));
            if amount > 0.0 {
                self.put(decision, column, &running.at, amount);
                kept += amount;
            }
        }
        kept
    }

    /// As much of an amount as the decision can have: whole where it must be.
    pub(crate) fn portion(&self, decision: usize, amount: f64) -> f64 {
        if self.ground.decisions[decision].whole { (amount + GRAIN).floor() } else { amount }
    }

    /// Places up to `wanted` of a column; gives how much found a place.
    pub(crate) fn place(
        &mut self,
        decision: usize,
        column: u32,
        wanted: f64,
        interrupted: &dyn Fn() -> bool,
    ) -> f64 {
        if wanted <= 0.0 {
            return 0.0;
        }
        let unit = match self.ground.decisions[decision].whole {
            true => Unit { amount: 1.0, whole: true },
            false => Unit { amount: wanted * TOLERANCE, whole: false },
        };
        let mut placed = 0.0;
        let Some(mut candidates) = self.candidates(decision, column, unit) else { return 0.0 };
        while placed + unit.amount <= wanted && !interrupted() {
            let Some(tuple) = self.next(decision, column, &candidates) else { break };
            // What is tightest for one unit is tightest for the next.
            let most = self.capacity(decision, column, &tuple);
            let step = if unit.whole { unit.amount } else { wanted / STEPS };
            let most = most.min(self.units_within(column, &self.places(decision, &tuple), step));
            let amount = self.portion(decision, most.min(wanted - placed)).max(unit.amount);
            self.put(decision, column, &tuple, amount);
            self.reassess(column, &tuple, &mut candidates);
            placed += amount;
        }
        placed
    }

    /// How much more of a column the rows of a tuple, and its own bound, have room for.
    pub(crate) fn capacity(&self, decision: usize, column: u32, tuple: &[u32]) -> f64 {
        self.capacity_with(decision, column, tuple, false)
    }

    /// The same; what is `relieved` may break rows as far as what runs now breaks them.
    fn capacity_with(&self, decision: usize, column: u32, tuple: &[u32], relieved: bool) -> f64 {
        let columns = &self.ground.decisions[decision];
        let upper = columns.upper[(column - columns.first) as usize];
        let unit = Unit { amount: 1.0, whole: columns.whole };
        let mut most = upper + unit.short(upper, 1.0) - self.singles.value(decision, tuple);
        let places = self.places(decision, tuple);
        let touches = self.index.hard.of(column);
        for touch in touches.clone().filter(|touch| touch.takes > 0.0 && self.counts(touch)) {
            // Several parts in one row take from it together.
            let beside = touches.clone().filter(|other| touch.is_beside(other));
            let takes: f64 = beside.map(|other| other.takes.max(0.0)).sum();
            touch.each_single(&places, &mut |single| {
                let family = touch.family as usize;
                let relief = if relieved { self.slacks.relief(family, single) } else { 0.0 };
                let room = self.slacks.room(family, single) + relief;
                most = most.min((room + unit.short(touch.right, takes)) / takes);
                true
            });
        }
        self.most_packed(column, &places, most)
    }

    /// Whether a row is taken into account.
    fn counts(&self, touch: &Touch<'_>) -> bool {
        !(self.ignores_balances && self.index.balances[touch.family as usize])
    }

    /// None where an index has no member with room.
    fn candidates(&mut self, decision: usize, column: u32, unit: Unit) -> Option<Candidates> {
        let touches = &self.index.hard;
        if touches.of(column).any(|touch| self.is_full(&touch, unit)) {
            return None;
        }
        let columns = &self.ground.decisions[decision];
        let codes = self.members(columns, (column - columns.first) as usize);
        let mut alone = vec![Vec::new(); codes.len()];
        let mut joint = Vec::new();
        for (number, touch) in touches.of(column).enumerate() {
            if !self.counts(&touch) {
                continue;
            }
            let mut told = (0..codes.len()).filter(|index| touch.strides[*index] > 0);
            match (told.next(), told.next()) {
                (Some(index), None) => alone[index].push(number),
                _ => joint.push(number),
            }
        }
        let entangled = touches.of(column).enumerate().any(|(number, touch)| {
            touches.of(column).take(number).any(|other| touch.is_beside(&other))
        });
        let mut members: Vec<Vec<Member>> = Vec::with_capacity(codes.len());
        for (index, ((codes, sort), alone)) in
            codes.iter().zip(&columns.sorts).zip(&alone).enumerate()
        {
            let known = codes.iter().filter_map(|code| {
                let place = self.place_of(*sort, *code);
                let room = self.room_after(column, alone, index, place, unit)?;
                let beyond = self.beyond(column, index, place, unit.amount);
                Some(Member { code: *code, place, beyond, room })
            });
            let known: Vec<Member> = known.collect();
            // Where nothing asks any more, as most of a plan's rows are placed, no host needs to be looked at.
            if known.is_empty() {
                return None;
            }
            members.push(known);
        }
        Some(Candidates { members, alone, joint, entangled, unit })
    }

    /// Whether none of the single rows that a column touches in a class row has room for one more unit.
    fn is_full(&mut self, touch: &Touch<'_>, unit: Unit) -> bool {
        let takes = touch.takes * unit.amount;
        takes > 0.0
            && self.counts(touch)
            && self.roomiest.of(touch, &self.slacks) - takes < -unit.short(touch.right, touch.takes)
    }

    /// Looks again at the members that a unit was placed at.
    fn reassess(&self, column: u32, tuple: &[u32], candidates: &mut Candidates) {
        let Candidates { members, alone, entangled, unit, .. } = candidates;
        for (index, (members, alone)) in members.iter_mut().zip(alone).enumerate() {
            members.retain_mut(|member| {
                if !*entangled && member.code != tuple[index] {
                    return true;
                }
                let room = self.room_after(column, alone, index, member.place, *unit);
                member.room = room.unwrap_or(0.0);
                member.beyond = self.beyond(column, index, member.place, unit.amount);
                room.is_some()
            });
        }
    }

    pub(crate) fn members(&self, columns: &Columns, at: usize) -> Vec<Vec<u32>> {
        let classes = columns.tuple(at).iter().zip(&columns.sorts);
        classes
            .map(|(class, sort)| match sort {
                Sort::Codes => vec![*class],
                Sort::Rows(input) => self.ground.spaces[input.index()].members(*class).to_vec(),
            })
            .collect()
    }

    /// The tuple for one more unit: index by index the member that it leaves the least room at, of those that no extreme
    /// would be beyond its target at; others are tried only where rows tell pairs apart.
    fn next(&self, decision: usize, column: u32, candidates: &Candidates) -> Option<Vec<u32>> {
        let touches = &self.index.hard;
        let least = |members: &'_ Vec<Member>| members.iter().min_by(|a, b| a.order(b)).copied();
        let tightest = candidates.members.iter().map(least);
        let tightest: Option<Vec<u32>> = tightest.map(|it| it.map(|it| it.code)).collect();
        let tuple = tightest?;
        if self.admits(decision, column, &tuple, candidates) {
            return Some(tuple);
        }
        // A row that tells no member from another has no room for any.
        let full = |number: &&usize| {
            let touch = touches.nth(column, **number);
            touch.strides.iter().all(|stride| *stride == 0)
                && !self.has_room(&touch, &vec![0; tuple.len()], candidates.unit)
        };
        if candidates.joint.iter().find(full).is_some() {
            return None;
        }
        let codes = candidates.members.iter().map(|it| it.iter().map(|it| it.code).collect());
        let codes: Vec<Vec<u32>> = codes.collect();
        let mut found = None;
        search(&codes, 0, &mut tuple.clone(), &mut |candidate| {
            let admitted = self.admits(decision, column, candidate, candidates);
            if admitted {
                found = Some(candidate.to_vec());
            }
            admitted
        });
        found
    }

    pub(crate) fn place_of(&self, sort: Sort, member: u32) -> u32 {
        match sort {
            Sort::Codes => 0,
            Sort::Rows(input) => self.slacks.places[input.index()][member as usize],
        }
    }

    fn has_room(&self, touch: &Touch<'_>, places: &[u32], unit: Unit) -> bool {
        let takes = touch.takes * unit.amount;
        let short = unit.short(touch.right, touch.takes);
        takes <= 0.0
            || touch.each_single(places, &mut |single| {
                self.slacks.room(touch.family as usize, single) - takes >= -short
            })
    }

    /// What is least of the member that is to be taken: the room left after one unit, in shares of the rows' sizes,
    /// or how much these shares differ. Absent: it does not fit.
    fn room_after(
        &self,
        column: u32,
        alone: &[usize],
        index: usize,
        place: u32,
        unit: Unit,
    ) -> Option<f64> {
        let (mut rooms, mut lowest, mut highest) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for number in alone {
            let touch = self.index.hard.nth(column, *number);
            let takes = touch.takes * unit.amount;
            let short = unit.short(touch.right, touch.takes);
            let mut least = f64::INFINITY;
            let fits = touch.each_single_of(index, place, &mut |single| {
                let room = self.slacks.room(touch.family as usize, single) - takes;
                least = least.min(room);
                (takes <= 0.0 || room >= -short) && self.is_packed(&touch, single)
            });
            if !fits {
                return None;
            }
            if touch.right > 0.0 {
                let share = least / touch.right;
                rooms += share;
                (lowest, highest) = (share.min(lowest), share.max(highest));
            }
        }
        Some(match self.choice {
            Choice::Tightest => rooms,
            Choice::Level => (highest - lowest).max(0.0),
        })
    }

    /// Whether the tuple's own bound and the rows that tell pairs apart allow one more unit.
    fn admits(&self, decision: usize, column: u32, tuple: &[u32], candidates: &Candidates) -> bool {
        let Candidates { joint, unit, .. } = candidates;
        let columns = &self.ground.decisions[decision];
        let upper = columns.upper[(column - columns.first) as usize];
        let short = unit.short(upper, 1.0);
        if self.singles.value(decision, tuple) + unit.amount > upper + short {
            return false;
        }
        let places = self.places(decision, tuple);
        let touches = &self.index.hard;
        joint.iter().all(|number| self.has_room(&touches.nth(column, *number), &places, *unit))
            && self.all_packed(column, &places, 1.0)
    }

    pub(crate) fn places(&self, decision: usize, tuple: &[u32]) -> Vec<u32> {
        let sorts = &self.ground.decisions[decision].sorts;
        tuple.iter().zip(sorts).map(|(member, sort)| self.place_of(*sort, *member)).collect()
    }

    /// The value of a tuple so far.
    pub(crate) fn value(&self, decision: usize, tuple: &[u32]) -> f64 {
        self.singles.value(decision, tuple)
    }

    /// Sets down what a tuple has, if it has a column.
    pub(crate) fn put_at(&mut self, decision: usize, tuple: &[u32], amount: f64) {
        if let Some(column) = self.index.column_of(decision, tuple) {
            self.put(decision, column, tuple, amount);
        }
    }

    /// Takes away what a tuple has because its row is gone, which moves nothing.
    pub(crate) fn remove_at(&mut self, decision: usize, tuple: &[u32], amount: f64) {
        if let Some(column) = self.index.column_of(decision, tuple) {
            self.set_down(decision, column, tuple, -amount);
        }
    }

    /// Adds to a tuple of a decision, and to what is moved as it follows from that.
    pub(crate) fn put(&mut self, decision: usize, column: u32, tuple: &[u32], amount: f64) {
        let before =
            self.index.running.of(decision, tuple).map(|it| (it, self.value(decision, tuple)));
        self.set_down(decision, column, tuple, amount);
        if let Some((it, before)) = before {
            let change = it.change(before, self.value(decision, tuple));
            if change != 0.0 {
                self.set_down(it.decision, it.column, tuple, change);
            }
        }
    }

    /// Adds to a tuple, and to nothing that follows from it.
    pub(crate) fn set_down(&mut self, decision: usize, column: u32, tuple: &[u32], amount: f64) {
        self.singles.add(decision, tuple, amount);
        self.totals[column as usize] += amount;
        self.worth.add(column, amount);
        let places = self.places(decision, tuple);
        self.tally(column, &places, amount);
        self.loads.add(&self.index.peaks, column, &places, amount);
        let Placer { index, ground, slacks, roomiest, bins, worth, .. } = self;
        for touch in index.hard.of(column) {
            if touch.takes * amount < 0.0 {
                roomiest.clear();
            }
            touch.each_single(&places, &mut |single| {
                slacks.take(touch.family as usize, single, touch.takes * amount);
                if let Some(items) = touch.items {
                    bins.put((touch.family, single), items, amount);
                }
                true
            });
        }
        for touch in index.soft.of(column) {
            let family = touch.family as usize;
            let sense = ground.families[family].sense;
            touch.each_single(&places, &mut |single| {
                let before = breach(sense, slacks.room(family, single));
                slacks.take(family, single, touch.takes * amount);
                worth.charge(family, breach(sense, slacks.room(family, single)) - before);
                true
            });
        }
    }
}

pub(crate) fn each_tuple(
    members: &[Vec<u32>],
    index: usize,
    tuple: &mut Vec<u32>,
    visit: &mut dyn FnMut(&[u32]),
) {
    let Some(choices) = members.get(index) else { return visit(tuple) };
    for member in choices {
        tuple[index] = *member;
        each_tuple(members, index + 1, tuple, visit);
    }
}

/// Visits tuples until one is taken.
fn search(
    members: &[Vec<u32>],
    index: usize,
    tuple: &mut Vec<u32>,
    take: &mut dyn FnMut(&[u32]) -> bool,
) -> bool {
    let Some(choices) = members.get(index) else { return take(tuple) };
    choices.iter().any(|member| {
        tuple[index] = *member;
        search(members, index + 1, tuple, take)
    })
}

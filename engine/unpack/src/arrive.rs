//! One more row, placed beside a plan that stands.
//!
//! What the policy allows a row is worked out once per class: its columns, what each gains, which rows it takes
//! from. A row that arrives is then one scan of the places of its columns against the room that the plan has
//! left. It keeps every hard rule and moves nothing; among the places that are allowed it takes the one that the
//! first level gains most from that tells them apart, then the one where it leaves the least room.
//!
//! One place is looked for first. A row that may have more takes more places as long as a level gains from each. A
//! row whose rules can only be kept in several places at once is refused.

mod amounts;
mod full;
mod interval;
mod kind;
mod own;
mod scan;

use std::cmp::Ordering;

use apportion_check::policy::{InputId, Policy, RuleId};
use apportion_ground::{Ground, Running, Sort};
use rustc_hash::FxHashMap;

use crate::index::Index;
use crate::place::Placer;
use crate::touch::each_untied;
use full::Full;
use kind::{Kind, Part, Reads};
use own::Own;
use scan::{Found, Scan};

/// A plan that rows of one input arrive beside, and leave.
pub struct Arrivals<'i> {
    placer: Placer<'i>,
    input: InputId,
    /// What the plan gives each row of the input.
    given: FxHashMap<u32, Vec<Running>>,
    own: Own,
    reads: Reads,
    kinds: FxHashMap<u32, Kind>,
    scan: Scan,
}

/// Why rows of an input cannot be placed one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A rule ties rows of the input to each other, not by a sum of their decisions.
    Tied(RuleId),
    /// A rule is stated for more single rows than are kept.
    TooMany(RuleId),
    /// A decision has two indices over the input, or values that need not be whole.
    Decision(usize),
}

/// What a row that arrived was given at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The decision, by its position in the policy.
    pub decision: usize,
    /// Row numbers and codes; what stands at [`Placement::arriving`] means nothing.
    pub at: Vec<u32>,
    /// The index that is the row that arrived.
    pub arriving: usize,
    /// How much.
    pub amount: f64,
    class: u32,
    choice: usize,
    places: Vec<usize>,
}

/// What became of a row that arrived.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission {
    /// It was given something.
    Placed {
        /// What, and where.
        placements: Vec<Placement>,
        /// By how much each objective of the ground policy got better; below 0: worse.
        gains: Vec<f64>,
    },
    /// No place is allowed: the hard rules that stand in the way, each with the number of places at which it does,
    /// the most first. None: there is no place that the row might have at all.
    Refused(Vec<(RuleId, u64)>),
}

impl<'i> Arrivals<'i> {
    /// Beside a plan of the policy, given by decision and tuple of row numbers and codes.
    pub fn beside<'a>(
        policy: &Policy,
        index: &'i Index<'i>,
        values: impl IntoIterator<Item = (usize, &'a [u32], f64)>,
        input: InputId,
    ) -> Result<Arrivals<'i>, Unfit> {
        let ground = index.ground;
        fits(index, ground, input)?;
        let mut placer = Placer::new(index, &[]);
        let mut given: FxHashMap<u32, Vec<Running>> = FxHashMap::default();
        for (decision, tuple, value) in values {
            placer.put_at(decision, tuple, value);
            let sorts = ground.decisions.get(decision).into_iter().flat_map(|it| &it.sorts);
            let of_row = sorts.zip(tuple).find(|(sort, _)| **sort == Sort::Rows(input));
            if let Some((_, row)) = of_row {
                let running = Running { decision: decision as u32, at: tuple.to_vec(), value };
                given.entry(*row).or_default().push(running);
            }
        }
        placer.bins.pack_all();
        let own = Own::new(&placer, policy, input).map_err(Unfit::Tied)?;
        if let Some(packing) = ground.packings.iter().find(|it| own.has(it.family)) {
            return Err(Unfit::Tied(ground.families[packing.family as usize].rule));
        }
        let scan = Scan::new(ground);
        let (reads, kinds) = (Reads::new(ground), FxHashMap::default());
        Ok(Arrivals { placer, input, given, own, reads, kinds, scan })
    }

    /// Knows what bins hold as the other does, which stood beside the same plan.
    pub fn learn(&mut self, other: &mut Arrivals<'_>) {
        self.scan.full.learn(&mut other.scan.full);
    }

    /// Places one more row of a class, if it may have a place.
    pub fn admit(&mut self, class: u32) -> Admission {
        let Arrivals { placer, input, own, reads, kinds, scan, .. } = self;
        let kind =
            kinds.entry(class).or_insert_with(|| Kind::new(placer, own, *input, class, reads));
        scan.begin();
        let Some(found) = scan.best(placer, own, kind) else {
            return Admission::Refused(scan.causes());
        };
        let mut gains = vec![0.0; placer.ground.objectives.len()];
        let mut placements = Vec::new();
        let mut next = Some(found);
        while let Some(found) = next {
            gains.iter_mut().zip(&found.gains).for_each(|(all, gain)| *all += gain);
            let placement = placement(placer.ground, kind, class, &found);
            let choice = &kind.choices[found.choice];
            let more = change(placer, &mut scan.full, choice, &placement.places, placement.amount);
            for (objective, more) in more {
                let maximize = placer.ground.objectives[objective].maximize;
                gains[objective] += if maximize { more } else { -more };
            }
            scan.note(placer, choice, found.choice, &found.places, found.amount);
            placements.push(placement);
            next = scan.more(placer, own, kind);
        }
        Admission::Placed { placements, gains }
    }

    /// Gives a row what it was given beside the same plan, where its input had fewer classes; gives whether its class
    /// still has such a place.
    pub fn give_again(&mut self, placement: &mut Placement) -> bool {
        let Arrivals { placer, input, own, reads, kinds, scan, .. } = self;
        let class = placement.class;
        let kind =
            kinds.entry(class).or_insert_with(|| Kind::new(placer, own, *input, class, reads));
        let ground = placer.ground;
        let is_of = |choice: &kind::Choice| {
            let columns = &ground.decisions[choice.decision];
            let tuple = columns.tuple((choice.column - columns.first) as usize).iter();
            let mut at = tuple.zip(&columns.sorts).zip(&placement.at).enumerate();
            choice.decision == placement.decision
                && choice.arriving == placement.arriving
                && at.all(|(index, ((class, sort), at))| match sort {
                    _ if index == choice.arriving => true,
                    Sort::Codes => class == at,
                    Sort::Rows(input) => {
                        ground.spaces[input.index()].class_of[*at as usize] == *class
                    }
                })
        };
        let Some(choice) = kind.choices.iter().position(is_of) else { return false };
        placement.choice = choice;
        let choice = &kind.choices[choice];
        change(placer, &mut scan.full, choice, &placement.places, placement.amount);
        true
    }

    /// Takes back what a row that arrived was given.
    pub fn take_back(&mut self, placement: &Placement) {
        let Arrivals { placer, kinds, scan, .. } = self;
        let choice = kinds.get(&placement.class).and_then(|it| it.choices.get(placement.choice));
        if let Some(choice) = choice {
            change(placer, &mut scan.full, choice, &placement.places, -placement.amount);
        }
    }

    /// Takes back what the plan gave a row, which has left; gives how much there was of it.
    pub fn leave(&mut self, row: u32) -> f64 {
        let given = self.given.remove(&row).unwrap_or_default();
        for it in &given {
            self.placer.remove_at(it.decision as usize, &it.at, it.value);
        }
        self.scan.full.clear();
        given.iter().map(|it| it.value).sum()
    }
}

fn fits(index: &Index<'_>, ground: &Ground, input: InputId) -> Result<(), Unfit> {
    let decided = ground.decisions.iter().enumerate().filter(|(_, it)| it.moves.is_none());
    for (number, columns) in decided {
        let over = columns.sorts.iter().filter(|sort| **sort == Sort::Rows(input)).count();
        if over > 1 || over == 1 && !columns.whole {
            return Err(Unfit::Decision(number));
        }
    }
    for (number, family) in ground.families.iter().enumerate() {
        if !index.slacks.is_tracked(number) {
            return Err(Unfit::TooMany(family.rule));
        }
    }
    Ok(())
}

fn placement(ground: &Ground, kind: &Kind, class: u32, found: &Found) -> Placement {
    let choice = &kind.choices[found.choice];
    let columns = &ground.decisions[choice.decision];
    let tuple = columns.tuple((choice.column - columns.first) as usize);
    let members = tuple.iter().zip(&columns.sorts).zip(&found.places);
    let at = members.map(|((class, sort), place)| match sort {
        Sort::Codes => *class,
        Sort::Rows(input) => ground.spaces[input.index()].members(*class)[*place],
    });
    Placement {
        decision: choice.decision,
        at: at.collect(),
        arriving: choice.arriving,
        amount: found.amount,
        class,
        choice: found.choice,
        places: found.places.clone(),
    }
}

/// Takes an amount of a choice from the room of the rows that others share; gives what bins that levels count add to
/// these, by objective.
fn change(
    placer: &mut Placer<'_>,
    full: &mut Full,
    choice: &kind::Choice,
    places: &[usize],
    amount: f64,
) -> Vec<(usize, f64)> {
    placer.totals[choice.column as usize] += amount;
    for part in choice.hard.iter().chain(&choice.soft).filter(|part| !part.is_own) {
        part.each_single(places, &mut |single| {
            placer.slacks.take(part.family as usize, single, part.takes * amount);
            if let Some(items) = part.items {
                placer.bins.put((part.family, single), items, amount);
                full.forget((part.family, single));
            }
        });
    }
    let members: Vec<u32> = places.iter().map(|place| *place as u32).collect();
    let touches = placer.index.peaks.touches.of(choice.column);
    placer.loads.add_to(touches.filter(|it| !choice.is_own(it)), &members, amount);
    placer.tally(choice.column, &members, amount)
}

impl Part {
    /// The single row of members that are tied.
    fn single(&self, places: &[usize]) -> usize {
        let steps = places.iter().zip(&self.strides).map(|(at, stride)| at * stride);
        self.first + steps.sum::<usize>()
    }

    /// Calls `visit` with each single row; `places` are the members' places within their classes.
    fn each_single(&self, places: &[usize], visit: &mut dyn FnMut(usize)) {
        each_untied(&self.untied, self.single(places), &mut |single| {
            visit(single);
            true
        });
    }
}

/// What is relatively no difference between two gains.
const ROUNDING: f64 = 1e-9;

/// Compares gains, the most important first; the better is the greater.
fn better(a: &[f64], b: &[f64]) -> Ordering {
    let mut both = a.iter().zip(b);
    let told = both.find(|(a, b)| (*a - *b).abs() > ROUNDING * a.abs().max(b.abs()));
    told.map_or(Ordering::Equal, |(a, b)| a.total_cmp(b))
}

//! Counts per class to single machines.
//!
//! A class plan says how many units go from a class of rows to a class of rows; [`unpack`] says which. It
//! is greedy: what runs now stays where it is as far as the counts allow, the largest units come first, and
//! each goes to the member where it leaves the least room, but for one that would be the greatest of what a level keeps
//! small. Every step keeps every hard single row; what
//! fits nowhere is left out and counted. Then the room that is left is filled by whatever the first level
//! of the objective gains most from. [`repair`] does the same without counts, which makes a first plan. Both know sums
//! only: formulas and soft rules are not looked at, so the result must be judged.
//!
//! A [`Packer`] plans the first level anew, by whole fillings of machines that are alike: it grows with the number of
//! their classes, not of machines, and proves a bound that knows what fits into one of them.
//!
//! [`improve`] makes a plan that holds better: a few machines at a time are set free with all that waits, as a
//! small problem of its own that a solver settles, level by level and until the bound of the counts is near.
//!
//! None of them reads a clock; the caller may end them between steps, and then has what was found so far.
//!
//! Afterwards the same policy tells what keeps a row from one more unit, and what it would bring: [`Prospects`].
//!
//! [`Arrivals`] places one more row beside a plan that stands, by the same rows and in microseconds.
//!
//! Start reading at [`unpack`], then at [`Packer`] and [`improve`].

mod arrive;
mod bins;
mod blame;
mod counting;
mod fill;
mod hosts;
mod improve;
mod index;
mod mend;
mod moves;
mod part;
mod patterns;
mod peaks;
mod place;
mod prospect;
mod roomiest;
mod single;
mod slack;
mod tallies;
mod touch;
mod worth;

use apportion_ground::{Columns, Ground, Running};

pub use arrive::{Admission, Arrivals, Placement, Unfit};
pub use improve::{Improved, Patience, Search, improve};
pub use index::Index;
pub use patterns::{Packed, Packer, PatternSearch};
pub use prospect::{Cause, Prospect, Prospects};
pub use single::Singles;

use fill::Manner;
use peaks::Targets;
use place::{Divisible, Placer};

/// What [`unpack`] gives.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// Values of single tuples: the counts, as far as they found a place.
    pub singles: Singles,
    /// For each column, how much of its count found no place.
    pub left_out: Vec<f64>,
    /// The same with the room that was left filled by what the counts do not have.
    pub filled: Singles,
    /// How many units were added beyond the counts.
    pub added: u64,
}

/// Distributes `counts`, one value per column, over the members of the columns' classes.
pub fn unpack(
    index: &Index<'_>,
    counts: &[f64],
    running: &[Running],
    interrupted: &dyn Fn() -> bool,
) -> Unpacked {
    let place = |divisible: Divisible| {
        let mut placer = Placer::new(index, running);
        placer.targets = Targets::of_counts(index.ground, counts);
        let place = |placer: &mut Placer<'_>| placer.place_counts(counts, divisible, interrupted);
        let (mut left_out, _) = placer.unbalanced(place);
        if index.balances.contains(&true) {
            let totals = placer.totals.iter();
            left_out = counts.iter().zip(totals).map(|(count, total)| count - total).collect();
        }
        (placer, left_out)
    };
    let (mut placer, mut left_out) = place(Divisible::Settled);
    if is_short(index.ground, counts, &left_out) && !interrupted() {
        (placer, left_out) = place(Divisible::Even);
    }
    let singles = placer.singles().clone();
    let added = placer.fill(Manner::Small, interrupted);
    Unpacked { singles, left_out, filled: placer.singles().clone(), added }
}

/// A plan that moves nothing: what runs now stays as far as the rules allow, what is worth most first, and the
/// room that is left is filled.
pub fn repair(
    index: &Index<'_>,
    running: &[Running],
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Singles {
    let mut kept = Placer::new(index, running);
    kept.keep_all();
    let filled = |manner: Manner| {
        let mut placer = kept.clone();
        placer.fill(manner, interrupted);
        (placer.gained(), placer.singles().clone())
    };
    // Neither manner is the better one everywhere, and a first plan is all that there is for a while.
    let (small, bound) = rayon::join(|| filled(Manner::Small), || filled(Manner::Bound));
    if bound.0 > small.0 { bound.1 } else { small.1 }
}

/// A plan that keeps every hard row, with the room that is left filled.
pub fn filled(
    index: &Index<'_>,
    plan: &Singles,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Singles {
    let mut placer = Placer::holding(index, plan);
    placer.fill(Manner::Small, interrupted);
    placer.singles().clone()
}

/// Whether an amount that need not be whole found no place, though there is room for it evenly.
fn is_short(ground: &Ground, counts: &[f64], left_out: &[f64]) -> bool {
    let divisible = |it: &&Columns| !it.whole && it.moves.is_none();
    ground.decisions.iter().filter(divisible).any(|columns| {
        let own = columns.first as usize..columns.first as usize + columns.len();
        own.into_iter().any(|at| left_out[at] > SHORT * counts[at].abs())
    })
}

/// What may be missing of an amount: a solver's own tolerance.
const SHORT: f64 = 1e-6;

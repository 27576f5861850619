//! Whether bins hold what a few steps add to them.

use std::rc::Rc;

use apportion_ground::Packing;
use apportion_packing::{Fit, Load, pack};

use super::rows::{Broken, Part, Rows, Step};

/// What the bins of the single rows of a class row hold.
pub(super) type Held = Rc<[Vec<Load>]>;

impl Rows<'_> {
    /// The packing beside a family.
    fn packing(&self, family: u32) -> Option<&Packing> {
        self.ground.packings.iter().find(|packing| packing.family == family)
    }

    /// What is wrong with the bins of a single row after the steps.
    pub(super) fn unpacked(&self, part: &Part, single: usize, steps: &[Step]) -> Option<Broken> {
        let packing = self.packing(part.family)?;
        let Some(held) = self.held(packing, part.row) else { return Some(Broken::Unknown) };
        let mut loads = held[single].clone();
        for step in steps {
            for it in self.parts(step.column) {
                if (it.family, it.row) != (part.family, part.row) {
                    continue;
                }
                let load = self.load(packing, it, step.column, step.amount);
                self.each_single(it, &step.tuple, &mut |touched| {
                    if touched == single {
                        add(&mut loads, load);
                    }
                });
            }
        }
        self.worked(loads.len());
        let loads: Vec<Load> = loads.iter().filter(|load| load.count > 0).copied().collect();
        let bins = self.ground.families[part.family as usize].right[part.row as usize];
        match pack(&loads, bins.max(0.0) as u64) {
            Fit::Packed(_) => None,
            Fit::TooMuch => Some(Broken::Bins(part.family)),
            Fit::Unsettled => Some(Broken::Unknown),
        }
    }

    /// What an amount of a column puts into bins; the count is below 0 where it takes out.
    fn load(&self, packing: &Packing, part: &Part, column: u32, amount: f64) -> (f64, f64) {
        let range =
            self.ground.families[part.family as usize].range(part.row as usize, part.term as usize);
        let columns = &self.ground.families[part.family as usize].columns;
        let entry = range.clone().find(|entry| columns[*entry] == column);
        entry.map_or((1.0, 0.0), |entry| (packing.shares[entry], packing.counts[entry] * amount))
    }

    fn held(&self, packing: &Packing, row: u32) -> Option<Held> {
        let key = (packing.family, row);
        if let Some(known) = self.bins.borrow().get(&key) {
            return known.clone();
        }
        let held = self.held_now(packing, row);
        self.bins.borrow_mut().insert(key, held.clone());
        held
    }

    fn held_now(&self, packing: &Packing, row: u32) -> Option<Held> {
        let family = &self.ground.families[packing.family as usize];
        let mut held = vec![Vec::new(); self.singles(packing.family, row)?];
        for term in 0..family.terms.len() {
            for entry in family.range(row as usize, term) {
                let column = family.columns[entry];
                let part =
                    Part { family: packing.family, row, term: term as u32, coefficient: 1.0 };
                for (tuple, value) in self.values_of(column) {
                    let load = (packing.shares[entry], packing.counts[entry] * value);
                    self.each_single(&part, tuple, &mut |single| add(&mut held[single], load));
                }
            }
        }
        Some(held.into())
    }
}

fn add(loads: &mut Vec<Load>, (share, count): (f64, f64)) {
    match loads.iter_mut().find(|load| load.share == share) {
        Some(load) => load.count = (load.count as f64 + count).round().max(0.0) as u64,
        None => loads.push(Load { share, count: count.round().max(0.0) as u64 }),
    }
}

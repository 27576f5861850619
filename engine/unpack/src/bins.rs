//! What single rows hold in bins, kept as placements come and go.

use std::sync::OnceLock;

use apportion_packing::{Fit, Load, Packing, pack};
use rustc_hash::FxHashMap;

use crate::place::{GRAIN, Placer};
use crate::touch::Touch;

/// The items that one unit of a column puts into the bins of a row.
#[derive(Clone, Copy)]
pub(crate) struct Items {
    /// How many.
    pub(crate) count: f64,
    /// How much of a bin each takes.
    pub(crate) share: f64,
    /// How many bins there are.
    pub(crate) bins: u64,
}

/// A single row of a family that stands for bins.
type Place = (u32, usize);

/// What the bins of single rows hold; those that hold nothing are left out.
#[derive(Clone, Default)]
pub(crate) struct Bins {
    contents: FxHashMap<Place, Contents>,
}

#[derive(Clone, Default)]
struct Contents {
    loads: Vec<Load>,
    /// How many bins there are.
    bins: u64,
    /// A packing of the loads, once it is asked for; of no bins where none is known.
    packing: OnceLock<Packing>,
}

impl Items {
    /// Adds units to what bins hold, or takes them out where they are below 0.
    pub(crate) fn add_to(self, loads: &mut Vec<Load>, units: f64) {
        let change = (units * self.count).round();
        let known = loads.iter_mut().find(|load| load.share == self.share);
        match known {
            Some(load) => load.count = (load.count as f64 + change).max(0.0) as u64,
            None => loads.push(Load { share: self.share, count: change.max(0.0) as u64 }),
        }
        loads.retain(|load| load.count > 0);
    }
}

impl Contents {
    fn packing(&self) -> &Packing {
        self.packing.get_or_init(|| match pack(&self.loads, self.bins) {
            Fit::Packed(packing) => packing,
            Fit::TooMuch | Fit::Unsettled => Packing::default(),
        })
    }
}

impl Bins {
    /// Adds units of a column, or takes them out where they are below 0.
    pub(crate) fn put(&mut self, place: Place, items: Items, units: f64) {
        let contents = self.contents.entry(place).or_default();
        items.add_to(&mut contents.loads, units);
        contents.bins = items.bins;
        contents.packing = OnceLock::new();
        if contents.loads.is_empty() {
            self.contents.remove(&place);
        }
    }

    /// Whether the bins of a row hold so many units more, as far as that can be found out.
    pub(crate) fn hold(&self, place: Place, more: &[Items], units: f64) -> bool {
        let Some(bins) = more.first().map(|items| items.bins) else { return true };
        if let [items] = more
            && self.is_room_for(place, *items, units)
        {
            return true;
        }
        let mut contents = self.contents.get(&place).cloned().unwrap_or_default();
        more.iter().for_each(|items| items.add_to(&mut contents.loads, units));
        matches!(pack(&contents.loads, bins), Fit::Packed(_))
    }

    /// Whether the bins of a row hold so many units more with nothing moved from bin to bin.
    pub(crate) fn is_room_for(&self, place: Place, items: Items, units: f64) -> bool {
        let room = match self.contents.get(&place) {
            Some(contents) => contents.packing().room(items.share),
            None => Packing::empty(items.bins).room(items.share),
        };
        room as f64 >= items.count * units - GRAIN
    }

    /// Packs what all bins hold, which is else done where it is asked for.
    pub(crate) fn pack_all(&self) {
        self.contents.values().for_each(|contents| {
            contents.packing();
        });
    }

    /// What the bins of a row hold.
    pub(crate) fn loads(&self, place: Place) -> &[Load] {
        self.contents.get(&place).map_or(&[], |contents| &contents.loads)
    }
}

impl Placer<'_> {
    /// Whether the bins of one row that a column touches hold one more unit.
    pub(crate) fn is_packed(&self, touch: &Touch<'_>, single: usize) -> bool {
        touch.items.is_none_or(|items| self.bins.hold((touch.family, single), &[items], 1.0))
    }

    /// Whether all bins hold so many units more of a column at a tuple.
    pub(crate) fn all_packed(&self, column: u32, places: &[u32], units: f64) -> bool {
        let mut rows: Vec<(Place, Vec<Items>)> = Vec::new();
        for touch in self.index.hard.of(column) {
            let Some(items) = touch.items else { continue };
            touch.each_single(places, &mut |single| {
                let place = (touch.family, single);
                match rows.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, more)) => more.push(items),
                    None => rows.push((place, vec![items])),
                }
                true
            });
        }
        rows.iter().all(|(place, more)| self.bins.hold(*place, more, units))
    }

    /// How many units of a column all bins hold, if they are at most `most`.
    pub(crate) fn most_packed(&self, column: u32, places: &[u32], most: f64) -> f64 {
        if !self.index.hard.of(column).any(|touch| touch.items.is_some()) {
            return most;
        }
        let most = (most + GRAIN).floor();
        // The most first: as a rule it is one.
        if most <= 0.0 || self.all_packed(column, places, most) {
            return most;
        }
        let (mut held, mut refused) = (0.0, most);
        while refused - held > 1.0 {
            let tried = ((held + refused) / 2.0).floor();
            match self.all_packed(column, places, tried) {
                true => held = tried,
                false => refused = tried,
            }
        }
        held
    }
}

//! The most valuable units that one host has room for, in several rows at once.
//!
//! Depth-first branch and bound, items in the order of their value per unit of room, where room in several rows is
//! summed up at prices. The same sum bounds what is left to gain at each node: a surrogate relaxation (Gavish and
//! Pirkul, "Efficient Algorithms for Solving Multiconstraint Zero-One Knapsack Problems to Optimality",
//! Mathematical Programming 31, 1985).

/// Items, and rows that each have room 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Knapsack {
    pub(super) rows: usize,
    /// By item: what one unit is worth, above 0.
    pub(super) values: Vec<f64>,
    /// By item: most units, a whole number.
    pub(super) most: Vec<f64>,
    /// Item by item: what one unit takes of each row, as a share of it; 0 or more.
    pub(super) takes: Vec<f64>,
}

/// A packing, and what it proves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Packed {
    /// By item.
    pub(super) units: Vec<f64>,
    /// No packing is worth more.
    pub(super) bound: f64,
}

/// Whether units, by item, fit together.
type Holds<'h> = dyn Fn(&[(usize, f64)]) -> bool + 'h;

/// What a row may be short of, as a share of it.
const ROUNDING: f64 = 1e-9;
/// Nodes between two looks at whether the search is over.
const BETWEEN_LOOKS: u32 = 256;

impl Knapsack {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// What one unit of an item takes of each row.
    pub(super) fn takes(&self, item: usize) -> &[f64] {
        &self.takes[item * self.rows..(item + 1) * self.rows]
    }

    pub(super) fn push(&mut self, value: f64, most: f64, takes: &[f64]) {
        self.values.push(value);
        self.most.push(most);
        self.takes.extend_from_slice(takes);
    }

    /// Packs; the value is within `gap` of the best, as a share, if `nodes` are enough to find that before the search
    /// `is_over`. `prices` say what room in each row is worth: the better they are, the fewer nodes it takes. `holds`
    /// refuses units, by item, that have room in all rows and yet do not fit together; then more do not either.
    pub(super) fn pack(
        &self,
        prices: &[f64],
        gap: f64,
        nodes: u32,
        holds: &Holds<'_>,
        is_over: &dyn Fn() -> bool,
    ) -> Packed {
        // What room is worth is never below 0: a solver's arithmetic is.
        let prices: Vec<f64> = prices.iter().map(|price| price.max(0.0) + 0.0).collect();
        let weight = |item: usize| -> f64 {
            self.takes(item).iter().zip(&prices).map(|(takes, price)| takes * price).sum()
        };
        let weights: Vec<f64> = (0..self.len()).map(weight).collect();
        let ratio = |item: usize| self.values[item] / weights[item];
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|a, b| ratio(*b).total_cmp(&ratio(*a)).then(a.cmp(b)));
        let mut sorted = Knapsack { rows: self.rows, ..Knapsack::default() };
        for item in &order {
            sorted.push(self.values[*item], self.most[*item], self.takes(*item));
        }
        let mut search = Search {
            weights: order.iter().map(|item| weights[*item]).collect(),
            of: sorted,
            order: &order,
            holds,
            prices: &prices,
            gap,
            nodes,
            is_over,
            units: vec![0.0; order.len()],
            best: vec![0.0; order.len()],
            value: 0.0,
            open: 0.0,
        };
        search.from(0, &vec![1.0; self.rows], 0.0);
        let mut units = vec![0.0; self.len()];
        for (item, best) in order.iter().zip(&search.best) {
            units[*item] = *best;
        }
        Packed { units, bound: (search.value * (1.0 + gap)).max(search.open) }
    }
}

struct Search<'p> {
    of: Knapsack,
    /// By item: its position in the knapsack that was given.
    order: &'p [usize],
    holds: &'p Holds<'p>,
    /// By item: what one unit takes at the prices.
    weights: Vec<f64>,
    prices: &'p [f64],
    gap: f64,
    /// Nodes that may still be looked at.
    nodes: u32,
    is_over: &'p dyn Fn() -> bool,
    units: Vec<f64>,
    best: Vec<f64>,
    value: f64,
    /// What nodes that were not looked at are worth at most.
    open: f64,
}

impl Search<'_> {
    /// Decides the items from `first` on, in what room is left.
    fn from(&mut self, first: usize, room: &[f64], value: f64) {
        if value > self.value {
            if !self.is_held() {
                return;
            }
            self.value = value;
            self.best.clone_from(&self.units);
        }
        let Some((item, bound)) = self.next(first, room, value) else { return };
        if self.nodes == 0 {
            self.open = self.open.max(bound);
            return;
        }
        self.nodes -= 1;
        if self.nodes.is_multiple_of(BETWEEN_LOOKS) && (self.is_over)() {
            self.nodes = 0;
        }
        let mut units = self.fits(item, room);
        let mut left = room.to_vec();
        while units >= 0.0 {
            for ((left, room), takes) in left.iter_mut().zip(room).zip(self.of.takes(item)) {
                *left = room - takes * units;
            }
            self.units[item] = units;
            self.from(item + 1, &left, value + self.of.values[item] * units);
            units -= 1.0;
        }
        self.units[item] = 0.0;
    }

    fn is_held(&self) -> bool {
        let units = self.order.iter().copied().zip(self.units.iter().copied());
        let units: Vec<(usize, f64)> = units.filter(|(_, units)| *units > 0.0).collect();
        (self.holds)(&units)
    }

    /// The next item that fits, with what is worth at most of it and all after it; none if that is not
    /// enough to be better than the best so far.
    fn next(&self, first: usize, room: &[f64], value: f64) -> Option<(usize, f64)> {
        let enough = self.value * (1.0 + self.gap);
        let mut left: f64 = room.iter().zip(self.prices).map(|(room, price)| room * price).sum();
        let mut bound = value;
        let mut next = None;
        for item in first..self.of.len() {
            let (value, weight) = (self.of.values[item], self.weights[item]);
            // Items after this one are worth no more for what they take.
            let most =
                if weight > 0.0 { bound + value * left.max(0.0) / weight } else { f64::INFINITY };
            if most <= enough {
                return None;
            }
            let units = self.fits(item, room);
            if units < 1.0 {
                continue;
            }
            let next = *next.get_or_insert(item);
            if bound > enough || weight * units >= left {
                return Some((next, most));
            }
            left -= weight * units;
            bound += value * units;
        }
        next.filter(|_| bound > enough).map(|next| (next, bound))
    }

    /// How many units of an item there is room for.
    fn fits(&self, item: usize, room: &[f64]) -> f64 {
        let mut most = self.of.most[item];
        for (takes, room) in self.of.takes(item).iter().zip(room) {
            if *takes * most > room + ROUNDING {
                // As whole as by `floor`, which is a call of the C library where the processor is not known.
                most = ((room + ROUNDING) / takes) as u64 as f64;
            }
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The best value, by trying all.
    fn best(knapsack: &Knapsack, units: &mut Vec<(usize, f64)>, room: &[f64], most: f64) -> f64 {
        let item = units.len();
        if item == knapsack.len() {
            let values = units.iter().map(|(item, units)| knapsack.values[*item] * units);
            return if holds(units, most) { values.sum() } else { 0.0 };
        }
        let mut best_value = 0.0f64;
        let mut left = room.to_vec();
        let mut count = 0.0;
        while count <= knapsack.most[item] && left.iter().all(|left| *left >= -ROUNDING) {
            units.push((item, count));
            best_value = best_value.max(best(knapsack, units, &left, most));
            units.pop();
            count += 1.0;
            left.iter_mut().zip(knapsack.takes(item)).for_each(|(left, takes)| *left -= takes);
        }
        best_value
    }

    /// A rule that no row says: no item beyond the first `most` comes with another of these.
    fn holds(units: &[(usize, f64)], most: f64) -> bool {
        let beyond = units.iter().filter(|(item, _)| *item as f64 >= most);
        beyond.map(|(_, units)| units).sum::<f64>() <= 1.0
    }

    fn knapsack() -> impl Strategy<Value = (Knapsack, Vec<f64>)> {
        let item = (1..9u32, 0..4u32, prop::collection::vec(0..7u32, 3));
        (prop::collection::vec(item, 0..6), prop::collection::vec(-0.5..3.0, 3)).prop_map(
            |(items, prices)| {
                let mut knapsack = Knapsack { rows: 3, ..Knapsack::default() };
                for (value, most, takes) in items {
                    let takes: Vec<f64> = takes.iter().map(|it| f64::from(*it) / 10.0).collect();
                    knapsack.push(value.into(), most.into(), &takes);
                }
                (knapsack, prices)
            },
        )
    }

    proptest! {
        /// Whatever the prices, what is found is the best there is, and fits.
        #[test]
        fn packs_as_well_as_trying_all((knapsack, prices) in knapsack(), most in 0..7u32) {
            let most = f64::from(most);
            let packed = knapsack.pack(&prices, 0.0, u32::MAX, &|units| holds(units, most), &|| false);
            let value: f64 = packed.units.iter().zip(&knapsack.values).map(|(a, b)| a * b).sum();
            let found: Vec<(usize, f64)> = packed.units.iter().copied().enumerate().collect();
            prop_assert!(holds(&found, most));
            prop_assert!((value - best(&knapsack, &mut Vec::new(), &[1.0; 3], most)).abs() < 1e-9);
            prop_assert!(packed.bound <= value + 1e-9);
            for row in 0..3 {
                let units = packed.units.iter().enumerate();
                let taken: f64 = units.map(|(item, units)| knapsack.takes(item)[row] * units).sum();
                prop_assert!(taken <= 1.0 + 1e-6);
            }
        }

        /// Stopped early, it still proves what no packing exceeds.
        #[test]
        fn bounds_what_it_has_not_seen(
            (knapsack, prices) in knapsack(),
            nodes in 0..20u32,
            most in 0..7u32,
        ) {
            let most = f64::from(most);
            let packed = knapsack.pack(&prices, 0.0, nodes, &|units| holds(units, most), &|| false);
            let best = best(&knapsack, &mut Vec::new(), &[1.0; 3], most);
            prop_assert!(packed.bound >= best - 1e-9);
        }
    }
}

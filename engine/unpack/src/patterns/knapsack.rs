//! The most valuable items that a host has room for in several rows at once.
//!
//! Depth-first branch and bound over items in the order of their value per unit of room, where room in several
//! rows is summed up at prices. The prices are the multipliers of the rows at which the relaxed problem is worth
//! the least, found by subgradient steps; the same sum bounds what is left to gain at each node (Gavish and Pirkul,
//! "Efficient Algorithms for Solving Multiconstraint Zero-One Knapsack Problems to Optimality", Mathematical
//! Programming 31, 1985).

/// One item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// What one unit is worth, above 0.
    pub(super) value: f64,
    /// Most units, a whole number.
    pub(super) most: f64,
    /// What one unit takes of each row, as a share of the row; 0 or more.
    pub(super) takes: Vec<f64>,
}

/// Units per item, and what they prove.
pub(super) struct Packed {
    pub(super) units: Vec<f64>,
    /// No packing is worth more.
    pub(super) bound: f64,
}

/// Nodes that are looked at before the best packing so far has to do.
const MOST_NODES: u32 = 3_000;
/// What a row may be short of, as a share of it.
const ROUNDING: f64 = 1e-9;

/// Packs items into rows of room 1 each; the value is within `gap` of the best, as a share, if that is found in time.
pub(super) fn pack(items: &[Item], prices: &[f64], gap: f64) -> Packed {
    let weight = |item: &Item| paid(item, prices);
    let mut order: Vec<(usize, f64)> =
        items.iter().map(weight).enumerate().filter(|(at, _)| items[*at].most >= 1.0).collect();
    let worth = |(at, weight): &(usize, f64)| items[*at].value / weight.max(f64::MIN_POSITIVE);
    order.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.0.cmp(&b.0)));
    let mut search = Search {
        items: order.iter().map(|(at, _)| &items[*at]).collect(),
        weights: order.iter().map(|(_, weight)| *weight).collect(),
        prices,
        gap,
        nodes: 0,
        units: vec![0.0; order.len()],
        best: vec![0.0; order.len()],
        value: 0.0,
        open: 0.0,
    };
    search.from(0, &vec![1.0; prices.len()], 0.0);
    let mut units = vec![0.0; items.len()];
    for ((at, _), value) in order.iter().zip(&search.best) {
        units[*at] = *value;
    }
    let bound = (search.value * (1.0 + gap)).max(search.open);
    Packed { units, bound }
}

fn paid(item: &Item, prices: &[f64]) -> f64 {
    item.takes.iter().zip(prices).map(|(takes, price)| takes * price).sum()
}

struct Search<'i> {
    items: Vec<&'i Item>,
    /// What one unit takes at the prices.
    weights: Vec<f64>,
    prices: &'i [f64],
    gap: f64,
    nodes: u32,
    units: Vec<f64>,
    best: Vec<f64>,
    value: f64,
    /// What nodes that were not looked at may be worth.
    open: f64,
}

impl Search<'_> {
    /// Decides the items from `at` on, in what room is left.
    fn from(&mut self, at: usize, room: &[f64], value: f64) {
        let (at, bound) = self.look(at, room, value);
        if value > self.value {
            self.value = value;
            self.best.clone_from(&self.units);
        }
        if bound <= self.value * (1.0 + self.gap) {
            return;
        }
        if self.nodes >= MOST_NODES {
            self.open = self.open.max(bound);
            return;
        }
        self.nodes += 1;
        let item = self.items[at];
        let mut most = fits(item, room);
        let mut left: Vec<f64> = room.to_vec();
        for (left, takes) in left.iter_mut().zip(&item.takes) {
            *left -= takes * most;
        }
        loop {
            self.units[at] = most;
            self.from(at + 1, &left, value + item.value * most);
            if most < 1.0 {
                break;
            }
            most -= 1.0;
            for (left, takes) in left.iter_mut().zip(&item.takes) {
                *left += takes;
            }
        }
        self.units[at] = 0.0;
    }

    /// The next item that fits, and what no choice of items from there on is worth more than.
    fn look(&self, at: usize, room: &[f64], value: f64) -> (usize, f64) {
        let mut left: f64 = room.iter().zip(self.prices).map(|(room, price)| room * price).sum();
        let mut bound = value;
        let mut next = None;
        for number in at..self.items.len() {
            let item = self.items[number];
            let most = fits(item, room);
            if most < 1.0 {
                continue;
            }
            next.get_or_insert(number);
            let weight = self.weights[number];
            if weight * most >= left {
                bound += item.value * left.max(0.0) / weight.max(f64::MIN_POSITIVE);
                break;
            }
            left -= weight * most;
            bound += item.value * most;
        }
        (next.unwrap_or(self.items.len()), bound)
    }
}

/// How many units of an item there is room for.
fn fits(item: &Item, room: &[f64]) -> f64 {
    let rows = item.takes.iter().zip(room).filter(|(takes, _)| **takes > 0.0);
    rows.map(|(takes, room)| ((room + ROUNDING) / takes).floor()).fold(item.most, f64::min)
}

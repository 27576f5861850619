//! What the levels of the objective are worth, kept as placements come and go.

use apportion_ground::{Family, Ground, Linear, Meaning, Sense};

use crate::place::Placer;

/// Least gain that counts, as a share of the level's value.
pub(crate) const LEAST_GAIN: f64 = 1e-8;

/// The parts of the levels' values that are sums, kept up to date.
#[derive(Clone)]
pub(crate) struct Worth {
    /// By objective: what one unit of each column counts.
    costs: Vec<Vec<f64>>,
    /// By objective: the sum over columns, and the constant.
    sums: Vec<f64>,
    /// By objective: prices of bins times how many there are.
    counted: Vec<f64>,
    /// By objective: prices of soft rows times how far they are broken.
    penalties: Vec<f64>,
    /// By family: the objective that pays for it and the price.
    payers: Vec<Option<(usize, f64)>>,
}

/// How far a row is from being kept; `room` is how much more it could take.
pub(crate) fn breach(sense: Sense, room: f64) -> f64 {
    if sense == Sense::Equal { room.abs() } else { (-room).max(0.0) }
}

impl Worth {
    /// Of nothing placed.
    pub(crate) fn new(ground: &Ground) -> Worth {
        let columns = ground.decisions.iter().map(|it| it.len()).sum();
        let costs = ground.objectives.iter().map(|objective| dense(&objective.value, columns));
        let payers = ground.families.iter().map(|family| payer(ground, family));
        Worth {
            costs: costs.collect(),
            sums: ground.objectives.iter().map(|objective| objective.value.constant).collect(),
            counted: vec![0.0; ground.objectives.len()],
            penalties: vec![0.0; ground.objectives.len()],
            payers: payers.collect(),
        }
    }

    /// What one unit of a column counts in an objective.
    pub(crate) fn cost(&self, objective: usize, column: u32) -> f64 {
        self.costs[objective][column as usize]
    }

    pub(crate) fn add(&mut self, column: u32, amount: f64) {
        for (sum, costs) in self.sums.iter_mut().zip(&self.costs) {
            *sum += costs[column as usize] * amount;
        }
    }

    /// Bins that an objective counts have changed by what counts so much.
    pub(crate) fn count(&mut self, objective: usize, more: f64) {
        self.counted[objective] += more;
    }

    /// The objective that pays for a family's broken rows, and the price.
    pub(crate) fn payer(&self, family: usize) -> Option<(usize, f64)> {
        self.payers[family]
    }

    /// A soft row of a family is broken by so much more.
    pub(crate) fn charge(&mut self, family: usize, more: f64) {
        if let Some((objective, price)) = self.payers[family] {
            self.penalties[objective] += price * more;
        }
    }

    /// The value of each objective but for the mending of what runs now; `totals` are the columns' values, `peak` what an
    /// extreme is that single rows tell.
    fn levels(
        &self,
        ground: &Ground,
        totals: &[f64],
        peak: &dyn Fn(u32) -> Option<f64>,
    ) -> Vec<f64> {
        let meaning = Meaning { pieces: &ground.pieces, column: |it: u32| totals[it as usize] };
        let objectives = ground.objectives.iter().enumerate();
        let mut levels: Vec<f64> = objectives
            .map(|(at, objective)| {
                let pieces = objective.value.pieces.iter();
                let worth = |it: u32| peak(it).unwrap_or_else(|| meaning.piece(it));
                let pieces = pieces.map(|(piece, value)| value * worth(*piece));
                self.sums[at]
                    + self.counted[at]
                    + objective.penalties * self.penalties[at]
                    + pieces.sum::<f64>()
            })
            .collect();
        for instance in &ground.instances {
            let Some(soft) = instance.soft else { continue };
            let paying = ground.objectives.iter().position(|it| it.level == soft.level);
            if let (Some(at), Some(violation)) = (paying, meaning.violation(&instance.formula)) {
                levels[at] += ground.objectives[at].penalties * soft.price * violation;
            }
        }
        levels
    }
}

impl Placer<'_> {
    /// The value of each objective but for the mending of what runs now.
    pub(crate) fn levels(&self) -> Vec<f64> {
        let Placer { ground, index, totals, loads, .. } = self;
        self.worth.levels(ground, totals, &|piece| {
            index.peaks.of_piece(piece).map(|peak| loads.value(&index.peaks, peak))
        })
    }
}

fn dense(linear: &Linear, columns: usize) -> Vec<f64> {
    let mut costs = vec![0.0; columns];
    for entry in &linear.entries {
        costs[entry.column as usize] += entry.value;
    }
    costs
}

fn payer(ground: &Ground, family: &Family) -> Option<(usize, f64)> {
    let soft = family.soft?;
    let objective = ground.objectives.iter().position(|it| it.level == soft.level)?;
    Some((objective, soft.price))
}

//! Tangents to the worth of shares, as rows of a model.

use apportion_lower::{Shares, Utility, Worth};
use apportion_mip::{Model, Objective};

use super::Tier;

/// By what factors of a first share there are points at once: a step of 2 is off by 6 % of the worth at most.
const FIRST: [f64; 9] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 16.0, 256.0, 65536.0];
/// Slopes farther from 1 than by this factor are no numbers for a solver; what lacks them says less, and nothing wrong.
const STEEPEST: f64 = 1e12;
/// Points of one group from which on those far from its share are forgotten, and how many are left.
const MOST_POINTS: usize = 32;
const LEFT_POINTS: usize = 20;
/// Points that are no farther apart than by this part are one.
const SAME: f64 = 1e-9;
/// What a share is at least where a point is taken, beside the greatest.
const LEAST: f64 = 1e-9;
/// What a share is at least about which a column is 0, beside the equal share: the worth of less is too steep.
const ABOUT: f64 = 1e-3;
/// What is nothing of the mean worth in the unit of the equal share.
const NOTHING: f64 = 1e-13;

/// By group: the shares at which there is a tangent, ascending.
pub(super) struct Tangents<'s> {
    points: Vec<Vec<f64>>,
    /// The least share at which there is one.
    least: f64,
    /// By group: whether its share is 0 in any plan.
    fixed: &'s [bool],
}

/// What came of a look at where tangents say too much.
pub(super) struct Refined {
    /// Whether there are points that were not there before.
    pub(super) is_new: bool,
    /// How many groups have a tangent that says too much.
    pub(super) open: usize,
}

/// Columns for what shares are worth, with tangents, about shares that are known.
///
/// The column of a group counts units of its share, each worth as much as one at the share about which it is 0.
#[derive(Clone)]
pub(super) struct Posed {
    /// The first column.
    first: usize,
    /// The equal share of those about which it is posed, the unit in which worth is counted.
    unit: f64,
    /// By group: the share about which its column is 0.
    about: Vec<f64>,
    /// By group: what one of its column counts in the mean worth.
    counts: Vec<f64>,
    /// By group: its tangents, each a slope and what it says of a share of 0.
    lines: Vec<Vec<(f64, f64)>>,
    /// The mean worth where all columns are 0, and the objective 1.
    mean: f64,
    /// What the objective was multiplied by.
    scale: f64,
}

impl<'s> Tangents<'s> {
    pub(super) fn new(worth: &Worth, shares: &[f64], fixed: &'s [bool]) -> Tangents<'s> {
        let greatest = shares.iter().copied().fold(0.0, f64::max);
        // A usual column adds about 1 to a share.
        let greatest = if greatest > 0.0 { greatest } else { 1.0 };
        let least = worth.utility.floor.unwrap_or(LEAST * greatest);
        let points = shares.iter().map(|share| {
            let share = share.max(least);
            let mut points: Vec<f64> = FIRST.iter().map(|factor| share * factor).collect();
            points.push(least);
            points.retain(|point| *point >= least);
            points.sort_by(f64::total_cmp);
            points.dedup_by(|next, kept| is_same(*next, *kept));
            points
        });
        Tangents { points: points.collect(), least, fixed }
    }

    /// Adds columns with these tangents to a model, and their mean worth as its objective.
    pub(super) fn pose(
        &self,
        model: &mut Model,
        tier: &Tier<'_>,
        worth: &Worth,
        shares: &[f64],
    ) -> Posed {
        let unit = worth.equal_share(shares).max(self.least);
        let about = shares.iter().map(|share| share.max(self.least).max(ABOUT * unit)).collect();
        let mut posed = Posed {
            first: model.num_columns(),
            unit,
            about,
            counts: Vec::with_capacity(shares.len()),
            lines: vec![Vec::new(); shares.len()],
            mean: 0.0,
            scale: 1.0,
        };
        let utility = posed.utility(worth);
        let mut goal = Objective { maximize: true, offset: 1.0, ..Objective::default() };
        for group in 0..shares.len() {
            let part = worth.weights[group] / worth.total();
            let here = posed.about[group] / unit;
            posed.counts.push(part * utility.slope(here) / unit);
            posed.mean += part * utility.at(here);
            let column = model.push_column(f64::NEG_INFINITY, f64::INFINITY, false, 0.0);
            goal.costs.push(column..column + 1, posed.counts[group]);
            if self.fixed[group] {
                let nothing = posed.exact(group, 0.0, &utility);
                model.columns.lower[column as usize] = nothing;
                model.columns.upper[column as usize] = nothing;
                posed.lines[group].push((0.0, nothing));
                continue;
            }
            for point in &self.points[group] {
                posed.add(model, tier.columns.start, (group, *point), &utility);
            }
        }
        posed.scale = goal.scale();
        model.set_objective(goal);
        posed
    }

    /// New points at shares where tangents say too much, by so much of the mean worth each, and beside them.
    pub(super) fn refine(&mut self, above: &[f64], shares: [&[f64]; 2]) -> Refined {
        let nothing = NOTHING / above.len().max(1) as f64;
        let mut refined = Refined { is_new: false, open: 0 };
        for (at, points) in self.points.iter_mut().enumerate() {
            if above[at] <= nothing || self.fixed[at] {
                continue;
            }
            refined.open += 1;
            for shares in shares {
                refined.is_new |= insert(points, shares[at].max(self.least));
            }
            if points.len() > MOST_POINTS {
                forget(points, shares[1][at].max(self.least));
            }
        }
        refined
    }
}

impl Posed {
    /// Adds a tangent of a group; `first` is the column of the first share.
    pub(super) fn add(
        &mut self,
        model: &mut Model,
        first: u32,
        (group, point): (usize, f64),
        utility: &Utility,
    ) {
        let slope = utility.slope(point / self.unit) / utility.slope(self.about[group] / self.unit);
        if !(1.0 / STEEPEST..=STEEPEST).contains(&slope) {
            return;
        }
        let at_nothing = self.exact(group, point, utility) - slope * point;
        // Of a steep row both coefficients are as far from 1.
        let even = slope.sqrt();
        let columns = (first + group as u32, (self.first + group) as u32);
        let terms = [(columns.0, -even), (columns.1, 1.0 / even)];
        model.push_row(f64::NEG_INFINITY, at_nothing / even, terms);
        self.lines[group].push((slope, at_nothing));
    }

    /// The utility in the unit of the columns.
    pub(super) fn utility(&self, worth: &Worth) -> Utility {
        worth.utility.in_unit(self.unit)
    }

    /// Where the tangent of a group is that tells most of a share: no nearer to 0 than a solver can tell.
    pub(super) fn point_at(&self, group: usize, share: f64) -> f64 {
        share.max(LEAST * self.about[group])
    }

    /// What the column of a group would be at a share without tangents.
    fn exact(&self, group: usize, share: f64, utility: &Utility) -> f64 {
        let about = self.about[group] / self.unit;
        self.unit * (utility.at(share / self.unit) - utility.at(about)) / utility.slope(about)
    }

    /// A point with the greatest columns that its shares allow.
    pub(super) fn complete(&self, point: &[f64], tier: &Tier<'_>) -> Vec<f64> {
        let mut point = point[..self.first].to_vec();
        let most = |(share, lines): (f64, &Vec<(f64, f64)>)| {
            let most = lines.iter().map(|(slope, at_nothing)| at_nothing + slope * share);
            most.reduce(f64::min).unwrap_or(0.0)
        };
        let shares = tier.values(&point).to_vec();
        point.extend(shares.into_iter().zip(&self.lines).map(most));
        point
    }

    /// The equal share of all that are worth what the objective says.
    pub(super) fn equal_share(&self, objective: f64, worth: &Worth) -> f64 {
        let mean = self.mean + objective / self.scale - 1.0;
        self.unit * self.utility(worth).share_of(mean)
    }

    /// What the objective says where the equal share is this.
    pub(super) fn objective(&self, equal: f64, worth: &Worth) -> f64 {
        let mean = self.utility(worth).at(equal / self.unit);
        (mean - self.mean + 1.0) * self.scale
    }

    /// By group: by how much of the mean worth its column is above what its share is worth.
    pub(super) fn above(&self, point: &[f64], shares: &[f64], worth: &Worth) -> Vec<f64> {
        let utility = self.utility(worth);
        let above = shares.iter().enumerate().map(|(group, share)| {
            self.counts[group] * (point[self.first + group] - self.exact(group, *share, &utility))
        });
        above.map(|above| if above.is_nan() { 0.0 } else { above }).collect()
    }
}

/// Shares at a point once whole columns are whole.
pub(super) fn whole(model: &Model, shares: &Shares, point: &[f64]) -> Vec<f64> {
    let columns = point.iter().zip(&model.columns.integer);
    let whole: Vec<f64> =
        columns.map(|(value, integer)| if *integer { value.round() } else { *value }).collect();
    shares.at(&whole)
}

fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() <= SAME * one.abs().max(other.abs())
}

/// Puts in a share, and one between it and each of its neighbours; says whether any of them is new.
fn insert(points: &mut Vec<f64>, share: f64) -> bool {
    let at = points.partition_point(|point| *point < share);
    let below = at.checked_sub(1).map(|at| points[at]);
    let above = points.get(at).copied();
    let between = [below, above].into_iter().flatten().map(|point| (point * share).sqrt());
    let new: Vec<f64> = between.chain([share]).collect();
    let before = points.len();
    points.extend(new);
    points.sort_by(f64::total_cmp);
    points.dedup_by(|next, kept| is_same(*next, *kept));
    points.len() > before
}

/// Keeps the points next to a share, and the first and the last.
fn forget(points: &mut Vec<f64>, share: f64) {
    let ends = [points[0], points[points.len() - 1]];
    points.sort_by(|a, b| (a / share).ln().abs().total_cmp(&(b / share).ln().abs()));
    points.truncate(LEFT_POINTS);
    points.extend(ends);
    points.sort_by(f64::total_cmp);
    points.dedup();
}

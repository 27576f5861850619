//! What a ground policy means for single tuples, written down from its contract alone.

use apportion_check::policy::LevelId;
use apportion_ground::{
    Columns, Comparison, Family, Formula, Ground, Instance, Linear, Peak, Piece, Sense, Sort, Term,
    Tie,
};

/// A value for each single tuple, in the order of [`tuples`].
pub(super) type Point = Vec<f64>;

/// A single tuple: its class column, its members, and the bounds of its value.
#[derive(Clone, Debug)]
pub(super) struct Single {
    pub(super) decision: u32,
    pub(super) column: u32,
    pub(super) at: Vec<u32>,
    /// The values that are tried: whole ones, or halves too.
    values: Vec<f64>,
}

/// All single tuples, by class column.
pub(super) fn tuples(ground: &Ground) -> Vec<Single> {
    let mut singles = Vec::new();
    for columns in &ground.decisions {
        for at in 0..columns.len() {
            let sorts = columns.sorts.iter().zip(columns.tuple(at));
            for members in products(sorts.map(|(sort, class)| choices(ground, *sort, *class))) {
                singles.push(Single {
                    decision: columns.decision.0,
                    column: columns.first + at as u32,
                    at: members,
                    values: values(columns, at),
                });
            }
        }
    }
    singles
}

fn values(columns: &Columns, at: usize) -> Vec<f64> {
    let step = if columns.whole { 1.0 } else { 0.5 };
    let steps = (columns.lower[at] / step) as i32..=(columns.upper[at] / step) as i32;
    steps.map(|steps| f64::from(steps) * step).collect()
}

/// Every point of these values.
pub(super) fn points(singles: &[Single]) -> Vec<Point> {
    products(singles.iter().map(|it| it.values.clone()))
}

fn choices(ground: &Ground, sort: Sort, class: u32) -> Vec<u32> {
    match sort {
        Sort::Codes => vec![class],
        Sort::Rows(input) => {
            let rows = ground.spaces[input.index()].class_of.iter().enumerate();
            rows.filter(|(_, it)| **it == class).map(|(row, _)| row as u32).collect()
        }
    }
}

fn products<T: Copy>(choices: impl Iterator<Item = Vec<T>>) -> Vec<Vec<T>> {
    choices.fold(vec![Vec::new()], |tuples, choices| {
        let longer = |tuple: &Vec<T>| {
            let tuple = tuple.clone();
            choices
                .iter()
                .map(move |choice| [tuple.as_slice(), &[*choice]].concat())
                .collect::<Vec<_>>()
        };
        tuples.iter().flat_map(longer).collect()
    })
}

/// By how much more than a point says is moved of what runs now, tuple by tuple.
pub(super) fn unsaid_moves(ground: &Ground, singles: &[Single], point: &[f64]) -> Vec<f64> {
    let value = |decision: u32, at: &[u32]| {
        let known = singles.iter().position(|it| it.decision == decision && it.at == at);
        known.map_or(0.0, |position| point[position])
    };
    let of_moves = ground.decisions.iter().filter_map(|it| Some((it, it.moves.as_ref()?)));
    let unsaid = of_moves.flat_map(|(columns, moves)| {
        let said = singles.iter().filter(|it| it.decision == columns.decision.0);
        said.map(|it| {
            let runs = moves.tuples.iter().position(|tuple| **tuple == *it.at);
            let runs = runs.map_or(0.0, |position| moves.running[position]);
            let left = (runs - value(moves.of.0, &it.at)).max(0.0);
            left - value(it.decision, &it.at)
        })
    });
    unsaid.collect()
}

/// What a policy says of a point.
#[derive(Debug, PartialEq)]
pub(super) struct Judgement {
    pub(super) allowed: bool,
    /// By objective.
    pub(super) values: Vec<f64>,
}

/// Judges a point.
pub(super) fn judge(ground: &Ground, singles: &[Single], point: &[f64]) -> Judgement {
    let judge = Judge { ground, singles, point };
    let mut allowed = true;
    let mut penalty = 0.0;
    let mut mending = 0.0;
    for family in &ground.families {
        for row in 0..family.len() {
            let sorts = family.quantifiers.iter().zip(family.key(row));
            for members in products(sorts.map(|(it, class)| choices(ground, it.sort, *class))) {
                let violation = judge.violation(family, row, &members);
                let relief = family
                    .reliefs
                    .iter()
                    .find(|it| it.row as usize == row && *it.members == *members);
                match (family.soft, relief) {
                    (Some(soft), _) => penalty += soft.price * violation,
                    (None, Some(relief)) => {
                        allowed &= violation <= relief.most;
                        mending += violation / unit(relief.most, family.right[row]);
                    }
                    (None, None) => allowed &= violation == 0.0,
                }
            }
        }
    }
    for packing in &ground.packings {
        let family = &ground.families[packing.family as usize];
        for row in 0..family.len() {
            let sorts = family.quantifiers.iter().zip(family.key(row));
            for members in products(sorts.map(|(it, class)| choices(ground, it.sort, *class))) {
                let bins = vec![0.0; family.right[row].max(0.0) as usize];
                let items = judge.items(&family.terms, &members, &|term| {
                    let entries = family.range(row, term);
                    let item = |at| (family.columns[at], packing.counts[at], packing.shares[at]);
                    entries.map(item).collect()
                });
                allowed &= fits(&items, bins);
            }
        }
    }
    for instance in &ground.instances {
        let (violation, constant) = judge.instance_violation(instance);
        match (instance.soft, instance.relief) {
            (Some(soft), _) => penalty += soft.price * violation,
            (None, Some(most)) => {
                allowed &= violation <= most;
                mending += violation / constant.map_or(1.0, |constant| unit(most, constant));
            }
            (None, None) => allowed &= judge.holds(&instance.formula),
        }
    }
    let values = ground.objectives.iter().map(|it| {
        let charged = match it.level {
            None => mending,
            Some(level) if level.0 == 0 => penalty,
            Some(_) => 0.0,
        };
        judge.value(&it.value) + it.penalties * charged + judge.bins(it.level)
    });
    Judgement { allowed, values: values.collect() }
}

fn unit(most: f64, right: f64) -> f64 {
    if most.is_finite() { most } else { right.abs().max(1.0) }
}

struct Judge<'a> {
    ground: &'a Ground,
    singles: &'a [Single],
    point: &'a [f64],
}

/// Whether items go into bins that hold so much already, by trying every bin for every item.
fn fits(items: &[f64], bins: Vec<f64>) -> bool {
    let Some((item, rest)) = items.split_first() else { return true };
    (0..bins.len()).any(|bin| {
        let mut bins = bins.clone();
        bins[bin] += item;
        bins[bin] <= 1.0 + 1e-9 && fits(rest, bins)
    })
}

impl Judge<'_> {
    /// What the bins that a level counts come to.
    fn bins(&self, level: Option<LevelId>) -> f64 {
        let mut value = 0.0;
        for tally in self.ground.tallies.iter().filter(|tally| Some(tally.level) == level) {
            for row in 0..tally.len() {
                let sorts = tally.quantifiers.iter().zip(tally.key(row));
                let choices = sorts.map(|(it, class)| choices(self.ground, it.sort, *class));
                for members in products(choices) {
                    let items = self.items(&tally.terms, &members, &|term| {
                        let entries = tally.range(row, term);
                        let item = |at| (tally.columns[at], tally.counts[at], tally.shares[at]);
                        entries.map(item).collect()
                    });
                    let bins = (0..).find(|bins| fits(&items, vec![0.0; *bins]));
                    value += tally.prices[row] * bins.unwrap_or(0) as f64;
                }
            }
        }
        value
    }

    /// The shares of all items in the bins of a single row; `entries` gives columns, counts and shares of a term.
    fn items(
        &self,
        terms: &[Term],
        members: &[u32],
        entries: &dyn Fn(usize) -> Vec<(u32, f64, f64)>,
    ) -> Vec<f64> {
        let mut items = Vec::new();
        for (number, term) in terms.iter().enumerate() {
            for (column, count, share) in entries(number) {
                for (single, value) in self.singles.iter().zip(self.point) {
                    let tied = single.at.iter().zip(&term.ties).all(|(member, tie)| match tie {
                        Tie::Free => true,
                        Tie::Quantifier(at) => members[*at as usize] == *member,
                    });
                    if single.column == column && tied {
                        items.extend(vec![share; (count * value) as usize]);
                    }
                }
            }
        }
        items
    }

    fn violation(&self, family: &Family, row: usize, members: &[u32]) -> f64 {
        let left = self.single(&family.terms, members, &|number| family.entries(row, number));
        let over = left - family.right[row];
        match family.sense {
            Sense::LessEqual => over.max(0.0),
            Sense::GreaterEqual => (-over).max(0.0),
            Sense::Equal => over.abs(),
        }
    }

    /// The left side of a single row; `entries` gives the columns and coefficients of a term.
    fn single<'e>(
        &self,
        terms: &[Term],
        members: &[u32],
        entries: &dyn Fn(usize) -> (&'e [u32], &'e [f64]),
    ) -> f64 {
        let mut left = 0.0;
        for (number, term) in terms.iter().enumerate() {
            let (columns, values) = entries(number);
            for (column, coefficient) in columns.iter().zip(values) {
                for (single, value) in self.singles.iter().zip(self.point) {
                    let tied = single.at.iter().zip(&term.ties).all(|(member, tie)| match tie {
                        Tie::Free => true,
                        Tie::Quantifier(at) => members[*at as usize] == *member,
                    });
                    if single.column == *column && tied {
                        left += coefficient * value;
                    }
                }
            }
        }
        left
    }

    /// All single rows of a peak.
    fn peak(&self, peak: &Peak) -> Vec<f64> {
        let mut values = Vec::new();
        for row in 0..peak.len() {
            let sorts = peak.quantifiers.iter().zip(peak.key(row));
            for members in products(sorts.map(|(it, class)| choices(self.ground, it.sort, *class)))
            {
                let entries = |number| {
                    let range = peak.range(row, number);
                    (&peak.columns[range.clone()], &peak.values[range])
                };
                values.push(peak.constants[row] + self.single(&peak.terms, &members, &entries));
            }
        }
        values
    }

    /// With the constant of the sum where amounts count.
    fn instance_violation(&self, instance: &Instance) -> (f64, Option<f64>) {
        let Formula::Atom(linear, comparison) = &instance.formula else {
            return (f64::from(!self.holds(&instance.formula)), None);
        };
        let value = self.value(linear);
        let amount = match comparison {
            Comparison::Equal => value.abs(),
            Comparison::Less | Comparison::LessEqual => value.max(0.0),
            Comparison::Greater | Comparison::GreaterEqual => (-value).max(0.0),
            Comparison::NotEqual => return (f64::from(value == 0.0), None),
        };
        (amount, Some(linear.constant))
    }

    fn value(&self, linear: &Linear) -> f64 {
        let column = |column: u32| -> f64 {
            let all = self.singles.iter().zip(self.point);
            all.filter(|(single, _)| single.column == column).map(|(_, value)| value).sum()
        };
        let columns: f64 = linear.entries.iter().map(|it| it.value * column(it.column)).sum();
        let pieces: f64 =
            linear.pieces.iter().map(|(piece, value)| value * self.piece(*piece)).sum();
        linear.constant + columns + pieces
    }

    fn piece(&self, piece: u32) -> f64 {
        let peak = self.ground.peaks.iter().find(|peak| peak.piece == piece);
        let peak = peak.map(|peak| self.peak(peak));
        match (&self.ground.pieces[piece as usize], peak) {
            (Piece::Max(_), Some(rows)) => rows.into_iter().reduce(f64::max).expect("a row"),
            (Piece::Min(_), Some(rows)) => rows.into_iter().reduce(f64::min).expect("a row"),
            (piece, _) => self.plain(piece),
        }
    }

    fn plain(&self, piece: &Piece) -> f64 {
        match piece {
            Piece::Max(parts) => {
                parts.iter().map(|it| self.value(it)).reduce(f64::max).expect("a part")
            }
            Piece::Min(parts) => {
                parts.iter().map(|it| self.value(it)).reduce(f64::min).expect("a part")
            }
            Piece::Abs(part) => self.value(part).abs(),
            Piece::Holds(formula) => f64::from(self.holds(formula)),
            Piece::Choose(test, then, otherwise) => {
                if self.holds(test) {
                    self.value(then)
                } else {
                    self.value(otherwise)
                }
            }
        }
    }

    fn holds(&self, formula: &Formula) -> bool {
        match formula {
            Formula::Constant(value) => *value,
            Formula::And(parts) => parts.iter().all(|it| self.holds(it)),
            Formula::Or(parts) => parts.iter().any(|it| self.holds(it)),
            Formula::Not(inner) => !self.holds(inner),
            Formula::Atom(linear, comparison) => {
                let value = self.value(linear);
                match comparison {
                    Comparison::Equal => value == 0.0,
                    Comparison::NotEqual => value != 0.0,
                    Comparison::Less => value < 0.0,
                    Comparison::LessEqual => value <= 0.0,
                    Comparison::Greater => value > 0.0,
                    Comparison::GreaterEqual => value >= 0.0,
                }
            }
        }
    }
}

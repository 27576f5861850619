//! Small random ground policies: tasks of one class onto boxes of another.

use apportion_check::policy::{DecisionId, InputId, LevelId, RuleId, Type};
use apportion_diagnostic::{SourceId, Span};
use apportion_ground::{
    Columns, Entry, Family, Ground, Linear, Objective, Quantifier, Running, Sense, Slack, Sort,
    Space, Term, Tie,
};
use apportion_unpack::Singles;
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) const TASKS: InputId = InputId(0);
pub(crate) const BOXES: InputId = InputId(1);
pub(crate) const DEMAND: RuleId = RuleId(0);
pub(crate) const CAPACITY: RuleId = RuleId(1);

/// Members of each task class and each box class, what a unit of a task takes and what a box holds.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) tasks: Vec<(u32, f64)>,
    pub(crate) boxes: Vec<(u32, f64)>,
    pub(crate) upper: f64,
    pub(crate) counts: Vec<u32>,
    pub(crate) running: Vec<(u32, u32)>,
    pub(crate) whole: bool,
}

pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let tasks = vec((1..4u32, (1..4u32).prop_map(f64::from)), 1..3);
    let boxes = vec((1..4u32, (1..7u32).prop_map(f64::from)), 1..3);
    let running = vec((0..9u32, 0..9u32), 0..4);
    (tasks, boxes, (1..3u32).prop_map(f64::from), vec(0..6u32, 4), running).prop_map(
        |(tasks, boxes, upper, counts, running)| Shape {
            tasks,
            boxes,
            upper,
            counts,
            running,
            whole: true,
        },
    )
}

/// The same with amounts that need not be whole, of which there is never more than fits.
pub(crate) fn any_shape() -> impl Strategy<Value = Shape> {
    let shape = (shape(), any::<bool>()).prop_map(|(shape, whole)| Shape { whole, ..shape });
    shape.prop_filter("more than fits", |shape| shape.whole || shape.is_feasible())
}

pub(crate) fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

pub(crate) fn space(classes: &[(u32, f64)]) -> Space {
    let mut space = Space { start: vec![0], ..Space::default() };
    for (class, (size, _)) in classes.iter().enumerate() {
        for _ in 0..*size {
            space.members.push(space.class_of.len() as u32);
            space.class_of.push(class as u32);
        }
        space.start.push(space.class_of.len() as u32);
    }
    space
}

/// One row per member of one side: `sum of value * x <= right`.
pub(crate) fn limit(
    rule: RuleId,
    input: InputId,
    index: usize,
    rows: Vec<(Vec<u32>, Vec<f64>, f64)>,
) -> Family {
    let sort = Sort::Rows(input);
    let mut ties = vec![Tie::Free; 2];
    ties[index] = Tie::Quantifier(0);
    let mut family = Family {
        rule,
        span: span(),
        quantifiers: vec![Quantifier { name: "q".into(), sort, ty: Type::Text }],
        sense: Sense::LessEqual,
        terms: vec![Term { decision: DecisionId(0), span: span(), ties }],
        keys: Vec::new(),
        start: vec![0],
        columns: Vec::new(),
        values: Vec::new(),
        right: Vec::new(),
        soft: None,
        reliefs: Vec::new(),
    };
    for (key, (columns, values, right)) in rows.into_iter().enumerate() {
        family.keys.push(key as u32);
        family.columns.extend(columns);
        family.values.extend(values);
        family.start.push(family.columns.len() as u32);
        family.right.push(right);
    }
    family
}

impl Shape {
    pub(crate) fn column(&self, task: usize, place: usize) -> u32 {
        (task * self.boxes.len() + place) as u32
    }

    pub(crate) fn ground(&self) -> Ground {
        let pairs = (0..self.tasks.len()).flat_map(|t| (0..self.boxes.len()).map(move |b| (t, b)));
        let pairs: Vec<(usize, usize)> = pairs.collect();
        let size = |(t, b): &(usize, usize)| f64::from(self.tasks[*t].0 * self.boxes[*b].0);
        let x = Columns {
            decision: DecisionId(0),
            first: 0,
            sorts: vec![Sort::Rows(TASKS), Sort::Rows(BOXES)],
            tuples: pairs.iter().flat_map(|(t, b)| [*t as u32, *b as u32]).collect(),
            whole: self.whole,
            lower: vec![0.0; pairs.len()],
            upper: vec![self.upper; pairs.len()],
            most: pairs.iter().map(|pair| self.upper * size(pair)).collect(),
            moves: None,
        };
        let demand = (0..self.tasks.len()).map(|t| {
            let columns: Vec<u32> = (0..self.boxes.len()).map(|b| self.column(t, b)).collect();
            let values = vec![1.0; columns.len()];
            (columns, values, 2.0)
        });
        let room = self.boxes.iter().enumerate().map(|(b, (_, room))| {
            let columns = (0..self.tasks.len()).map(|t| self.column(t, b)).collect();
            (columns, self.tasks.iter().map(|(_, takes)| *takes).collect(), *room)
        });
        let gains =
            (0..pairs.len() as u32).map(|column| Entry { column, value: 1.0, span: span() });
        let sought = Linear { entries: gains.collect(), ..Linear::default() };
        Ground {
            spaces: vec![space(&self.tasks), space(&self.boxes)],
            families: vec![
                limit(DEMAND, TASKS, 0, demand.collect()),
                limit(CAPACITY, BOXES, 1, room.collect()),
            ],
            decisions: vec![x],
            declared: vec![self.upper; pairs.len()],
            objectives: vec![Objective {
                shares: Vec::new(),
                level: Some(LevelId(0)),
                maximize: true,
                value: sought,
                penalties: 0.0,
                slack: Slack::default(),
            }],
            ..Ground::default()
        }
    }

    pub(crate) fn counts(&self) -> Vec<f64> {
        let columns = self.tasks.len() * self.boxes.len();
        let unit = if self.whole { 1.0 } else { 0.3 };
        self.counts.iter().take(columns).map(|count| f64::from(*count) * unit).collect()
    }

    /// Whether the counts keep the sums of all members' rows and bounds, as those of a solver do.
    pub(crate) fn is_feasible(&self) -> bool {
        let counts = self.counts();
        let count = |task: usize, place: usize| counts[self.column(task, place) as usize];
        let pairs =
            || (0..self.tasks.len()).flat_map(|t| (0..self.boxes.len()).map(move |b| (t, b)));
        let size = |(t, b): (usize, usize)| f64::from(self.tasks[t].0 * self.boxes[b].0);
        pairs().all(|(t, b)| count(t, b) <= self.upper * size((t, b)))
            && self.tasks.iter().enumerate().all(|(t, (members, _))| {
                let sum: f64 = (0..self.boxes.len()).map(|b| count(t, b)).sum();
                sum <= 2.0 * f64::from(*members)
            })
            && self.boxes.iter().enumerate().all(|(b, (members, room))| {
                let takes = self.tasks.iter().enumerate();
                let sum: f64 = takes.map(|(t, (_, takes))| count(t, b) * takes).sum();
                sum <= room * f64::from(*members)
            })
    }

    pub(crate) fn running(&self, ground: &Ground) -> Vec<Running> {
        let [tasks, boxes] = [0, 1].map(|input| ground.spaces[input].class_of.len() as u32);
        let mut at: Vec<[u32; 2]> =
            self.running.iter().map(|(task, place)| [task % tasks, place % boxes]).collect();
        at.sort_unstable();
        at.dedup();
        let running = at.into_iter();
        running.map(|at| Running { decision: 0, at: at.to_vec(), value: 1.0 }).collect()
    }
}

pub(crate) fn entries(singles: &Singles) -> Vec<([u32; 2], f64)> {
    singles.sorted(0).into_iter().map(|(at, value)| ([at[0], at[1]], value)).collect()
}

/// What arithmetic loses.
pub(crate) const ROUNDING: f64 = 1e-8;

/// Whether every single row and every bound is kept.
pub(crate) fn is_kept(shape: &Shape, ground: &Ground, singles: &Singles) -> bool {
    let all = entries(singles);
    let sum = |index: usize, row: u32, takes: bool| -> f64 {
        let of_row = all.iter().filter(|(at, _)| at[index] == row);
        let amounts = of_row.map(|(at, value)| {
            let class = ground.spaces[0].class_of[at[0] as usize] as usize;
            if takes { value * shape.tasks[class].1 } else { *value }
        });
        amounts.sum()
    };
    let demand = (0..ground.spaces[0].class_of.len() as u32)
        .all(|task| sum(0, task, false) <= 2.0 + ROUNDING);
    let rooms = ground.spaces[1].class_of.iter().zip(0..);
    let mut rooms =
        rooms.map(|(class, row)| sum(1, row, true) <= shape.boxes[*class as usize].1 + ROUNDING);
    demand
        && rooms.all(|kept| kept)
        && all.iter().all(|(_, value)| *value <= shape.upper + ROUNDING)
}

/// What the single tuples of each column come to.
pub(crate) fn sums(shape: &Shape, ground: &Ground, singles: &Singles) -> Vec<f64> {
    let mut sums = vec![0.0; shape.tasks.len() * shape.boxes.len()];
    for (at, value) in entries(singles) {
        let [task, place] =
            [0, 1].map(|index| ground.spaces[index].class_of[at[index] as usize] as usize);
        sums[shape.column(task, place) as usize] += value;
    }
    sums
}

pub(crate) fn is_kept_with(shape: &Shape, ground: &Ground, all: &[Running], one: &Running) -> bool {
    let class = |input: usize, row: u32| ground.spaces[input].class_of[row as usize] as usize;
    let takes = |entry: &Running| entry.value * shape.tasks[class(0, entry.at[0])].1;
    let beside = || all.iter().chain([one]);
    let demand: f64 = beside().filter(|it| it.at[0] == one.at[0]).map(|it| it.value).sum();
    let room: f64 = beside().filter(|it| it.at[1] == one.at[1]).map(takes).sum();
    let same: f64 = beside().filter(|it| it.at == one.at).map(|it| it.value).sum();
    demand <= 2.0 && room <= shape.boxes[class(1, one.at[1])].1 && same <= shape.upper
}

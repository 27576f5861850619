//! What unpacking promises, for small random ground policies: tasks of one class onto boxes of another.

use apportion_check::policy::{DecisionId, InputId, LevelId, RuleId, Type};
use apportion_diagnostic::{SourceId, Span};
use apportion_ground::{
    Columns, Entry, Family, Ground, Linear, Objective, Quantifier, Running, Sense, Slack, Sort,
    Space, Term, Tie,
};
use apportion_unpack::{Cause, Index, Prospects, Singles, Unpacked, unpack};
use proptest::collection::vec;
use proptest::prelude::*;

const TASKS: InputId = InputId(0);
const BOXES: InputId = InputId(1);
const DEMAND: RuleId = RuleId(0);
const CAPACITY: RuleId = RuleId(1);

/// Members of each task class and each box class, what a unit of a task takes and what a box holds.
#[derive(Clone, Debug)]
struct Shape {
    tasks: Vec<(u32, f64)>,
    boxes: Vec<(u32, f64)>,
    upper: f64,
    counts: Vec<u32>,
    running: Vec<(u32, u32)>,
    whole: bool,
}

fn shape() -> impl Strategy<Value = Shape> {
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
fn any_shape() -> impl Strategy<Value = Shape> {
    let shape = (shape(), any::<bool>()).prop_map(|(shape, whole)| Shape { whole, ..shape });
    shape.prop_filter("more than fits", |shape| shape.whole || shape.is_feasible())
}

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

fn space(classes: &[(u32, f64)]) -> Space {
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
fn limit(
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
    fn column(&self, task: usize, place: usize) -> u32 {
        (task * self.boxes.len() + place) as u32
    }

    fn ground(&self) -> Ground {
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
                level: Some(LevelId(0)),
                maximize: true,
                value: sought,
                penalties: 0.0,
                slack: Slack::default(),
            }],
            ..Ground::default()
        }
    }

    fn counts(&self) -> Vec<f64> {
        let columns = self.tasks.len() * self.boxes.len();
        let unit = if self.whole { 1.0 } else { 0.3 };
        self.counts.iter().take(columns).map(|count| f64::from(*count) * unit).collect()
    }

    /// Whether the counts keep the sums of all members' rows and bounds, as those of a solver do.
    fn is_feasible(&self) -> bool {
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

    fn running(&self, ground: &Ground) -> Vec<Running> {
        let [tasks, boxes] = [0, 1].map(|input| ground.spaces[input].class_of.len() as u32);
        let mut at: Vec<[u32; 2]> =
            self.running.iter().map(|(task, place)| [task % tasks, place % boxes]).collect();
        at.sort_unstable();
        at.dedup();
        let running = at.into_iter();
        running.map(|at| Running { decision: 0, at: at.to_vec(), value: 1.0 }).collect()
    }
}

fn entries(singles: &Singles) -> Vec<([u32; 2], f64)> {
    singles.sorted(0).into_iter().map(|(at, value)| ([at[0], at[1]], value)).collect()
}

/// What arithmetic loses.
const ROUNDING: f64 = 1e-8;

/// Whether every single row and every bound is kept.
fn is_kept(shape: &Shape, ground: &Ground, singles: &Singles) -> bool {
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
    let mut rooms = rooms.map(|(class, row)| sum(1, row, true) <= shape.boxes[*class as usize].1);
    demand
        && rooms.all(|kept| kept)
        && all.iter().all(|(_, value)| *value <= shape.upper + ROUNDING)
}

/// What the single tuples of each column come to.
fn sums(shape: &Shape, ground: &Ground, singles: &Singles) -> Vec<f64> {
    let mut sums = vec![0.0; shape.tasks.len() * shape.boxes.len()];
    for (at, value) in entries(singles) {
        let [task, place] =
            [0, 1].map(|index| ground.spaces[index].class_of[at[index] as usize] as usize);
        sums[shape.column(task, place) as usize] += value;
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn no_single_row_and_no_bound_is_broken(shape in any_shape()) {
        let ground = shape.ground();
        let Unpacked { singles, filled, .. } =
            unpack(&Index::new(&ground), &shape.counts(), &shape.running(&ground), &|| false);
        prop_assert!(is_kept(&shape, &ground, &singles), "{singles:?}");
        prop_assert!(is_kept(&shape, &ground, &filled), "{filled:?}");
    }

    #[test]
    fn what_is_left_out_is_what_the_counts_have_more(shape in any_shape()) {
        let ground = shape.ground();
        let counts = shape.counts();
        let unpacked = unpack(&Index::new(&ground), &counts, &shape.running(&ground), &|| false);
        let placed = sums(&shape, &ground, &unpacked.singles);
        let all: Vec<f64> =
            placed.iter().zip(&unpacked.left_out).map(|(placed, left)| placed + left).collect();
        let same = all.iter().zip(&counts).all(|(all, count)| (all - count).abs() <= ROUNDING);
        prop_assert!(same, "{all:?} of {counts:?}");
    }

    #[test]
    fn filling_takes_nothing_away(shape in shape()) {
        let ground = shape.ground();
        let unpacked = unpack(&Index::new(&ground), &shape.counts(), &shape.running(&ground), &|| false);
        let mut added = 0.0;
        for (at, value) in entries(&unpacked.filled) {
            added += value - unpacked.singles.value(0, &at);
            prop_assert!(value >= unpacked.singles.value(0, &at));
        }
        prop_assert_eq!(added, unpacked.added as f64);
    }

    #[test]
    fn after_filling_no_unit_fits_anywhere(shape in shape()) {
        let ground = shape.ground();
        let filled = unpack(&Index::new(&ground), &shape.counts(), &[], &|| false).filled;
        for task in 0..ground.spaces[0].class_of.len() as u32 {
            for place in 0..ground.spaces[1].class_of.len() as u32 {
                let one = Running { decision: 0, at: vec![task, place], value: 1.0 };
                let more: Vec<Running> = entries(&filled)
                    .into_iter()
                    .map(|(at, value)| Running { decision: 0, at: at.to_vec(), value })
                    .collect();
                let fits = is_kept_with(&shape, &ground, &more, &one);
                prop_assert!(!fits, "{one:?} beside {filled:?}");
            }
        }
    }

    #[test]
    fn what_blocks_a_task_is_what_one_more_unit_would_break(shape in shape()) {
        let ground = shape.ground();
        let singles = unpack(&Index::new(&ground), &shape.counts(), &[], &|| false).singles;
        let placed = entries(&singles);
        let tasks = 0..ground.spaces[0].class_of.len() as u32;
        let rows: Vec<(usize, u32)> = tasks.map(|task| (0, task)).collect();
        let values = placed.iter().map(|(at, value)| (0, &at[..], *value));
        let prospects = Prospects::beside(&ground, values, &rows, vec![false]);
        let class = |input: usize, row: u32| ground.spaces[input].class_of[row as usize] as usize;
        for task in 0..ground.spaces[0].class_of.len() as u32 {
            let takes = shape.tasks[class(0, task)].1;
            let of_task: f64 = placed.iter().filter(|(at, _)| at[0] == task).map(|it| it.1).sum();
            let (mut capacity, mut demand, mut free) = (false, false, false);
            for place in 0..ground.spaces[1].class_of.len() as u32 {
                if singles.value(0, &[task, place]) >= shape.upper {
                    continue;
                }
                let here = placed.iter().filter(|(at, _)| at[1] == place);
                let used: f64 = here.map(|(at, value)| value * shape.tasks[class(0, at[0])].1).sum();
                let is_full = used + takes > shape.boxes[class(1, place)].1;
                capacity |= is_full;
                demand |= of_task >= 2.0;
                free |= !is_full && of_task < 2.0;
            }
            let prospect = prospects.of(0, task, 1.0);
            prop_assert_eq!(prospect.fits, free.then(|| vec![1.0]));
            let named = |rule| prospect.blocked.keys().flatten().any(|it| *it == Cause::Sum(rule));
            prop_assert_eq!(named(CAPACITY), capacity);
            prop_assert_eq!(named(DEMAND), demand);
        }
    }

    #[test]
    fn what_runs_now_stays_as_far_as_the_counts_go(shape in shape()) {
        let ground = shape.ground();
        let running = shape.running(&ground);
        // One unit runs and one is wanted: it is that one.
        for one in &running {
            let classes = [0, 1].map(|it| ground.spaces[it].class_of[one.at[it] as usize] as usize);
            let column = shape.column(classes[0], classes[1]) as usize;
            let mut counts = vec![0.0; shape.tasks.len() * shape.boxes.len()];
            counts[column] = 1.0;
            let kept = unpack(&Index::new(&ground), &counts, std::slice::from_ref(one), &|| false).singles;
            let fits = shape.tasks[classes[0]].1 <= shape.boxes[classes[1]].1;
            prop_assert_eq!(kept.value(0, &one.at), f64::from(fits));
        }
    }

    #[test]
    fn an_interruption_leaves_a_plan_that_keeps_the_rows(shape in any_shape(), after in 0..4u32) {
        let ground = shape.ground();
        let asked = std::cell::Cell::new(0);
        let interrupted = || {
            asked.set(asked.get() + 1);
            asked.get() > after
        };
        let unpacked = unpack(&Index::new(&ground), &shape.counts(), &[], &interrupted);
        prop_assert!(is_kept(&shape, &ground, &unpacked.filled));
    }
}

/// A million million units are placed as fast as one.
#[test]
fn great_counts_are_placed_at_once() {
    let shape = Shape {
        tasks: vec![(1, 1.0)],
        boxes: vec![(2, 1e12)],
        upper: 1e12,
        counts: Vec::new(),
        running: vec![(0, 1)],
        whole: true,
    };
    let ground = Ground { families: vec![], ..shape.ground() };
    let asked = std::cell::Cell::new(0);
    let interrupted = || {
        asked.set(asked.get() + 1);
        false
    };
    let Unpacked { singles, left_out, .. } =
        unpack(&Index::new(&ground), &[1.5e12], &[], &interrupted);
    assert_eq!(entries(&singles), [([0, 0], 1e12), ([0, 1], 0.5e12)]);
    assert_eq!(left_out, [0.0]);
    assert!(asked.get() < 20, "{} steps", asked.get());
}

fn is_kept_with(shape: &Shape, ground: &Ground, all: &[Running], one: &Running) -> bool {
    let class = |input: usize, row: u32| ground.spaces[input].class_of[row as usize] as usize;
    let takes = |entry: &Running| entry.value * shape.tasks[class(0, entry.at[0])].1;
    let beside = || all.iter().chain([one]);
    let demand: f64 = beside().filter(|it| it.at[0] == one.at[0]).map(|it| it.value).sum();
    let room: f64 = beside().filter(|it| it.at[1] == one.at[1]).map(takes).sum();
    let same: f64 = beside().filter(|it| it.at == one.at).map(|it| it.value).sum();
    demand <= 2.0 && room <= shape.boxes[class(1, one.at[1])].1 && same <= shape.upper
}

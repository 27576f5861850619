//! What the search for better placements promises.

use apportion_check::policy::{LevelId, Type};
use apportion_ground::{
    Comparison, Entry, Formula, Ground, Instance, Linear, Quantifier, Sense, Slack, Soft, Sort,
};
use apportion_unpack::{Improved, Index, Patience, Search, Singles, improve, unpack};
use proptest::prelude::*;

use crate::shape::{CAPACITY, DEMAND, Shape, TASKS, entries, is_kept, shape, span};

/// The search from a greedy plan on, which may look `steps` times whether it is over.
pub(crate) fn improved(ground: &Ground, start: &Singles, steps: u32, stay: bool) -> Improved {
    searched(ground, start, (&[None, None], None), steps, stay)
}

fn searched(
    ground: &Ground,
    start: &Singles,
    (bounds, patience): (&[Option<f64>], Option<Patience>),
    steps: u32,
    stay: bool,
) -> Improved {
    let index = Index::new(ground);
    let asked = std::sync::atomic::AtomicU32::new(0);
    let is_over = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= steps;
    let mut search = Search {
        bounds,
        gap: 0.0,
        seed: 0,
        patience,
        stay,
        is_late: &|_| false,
        is_over: &is_over,
        heard: &mut |_, _| {},
    };
    improve(&index, start, &mut search)
}

pub(crate) fn greedy(shape: &Shape, ground: &Ground) -> Singles {
    unpack(&Index::new(ground), &shape.counts(), &[], &|| false).singles
}

/// The most units that fit, by trying every task at every box and nowhere.
pub(crate) fn most(shape: &Shape, ground: &Ground) -> f64 {
    let tasks = ground.spaces[0].class_of.iter();
    let tasks: Vec<f64> = tasks.map(|class| shape.tasks[*class as usize].1).collect();
    let boxes = ground.spaces[1].class_of.iter();
    let mut rooms: Vec<f64> = boxes.map(|class| shape.boxes[*class as usize].1).collect();
    // A task is served twice at most, at one box no more often than the bound says.
    let units: Vec<(usize, f64)> =
        tasks.iter().enumerate().flat_map(|(task, takes)| [(task, *takes); 2]).collect();
    let mut held = vec![vec![0.0; rooms.len()]; tasks.len()];
    best(&units, &mut rooms, &mut held, shape.upper)
}

fn best(units: &[(usize, f64)], rooms: &mut [f64], held: &mut [Vec<f64>], upper: f64) -> f64 {
    let Some(((task, takes), rest)) = units.split_first() else { return 0.0 };
    let mut most = best(rest, rooms, held, upper);
    for place in 0..rooms.len() {
        if rooms[place] >= *takes && held[*task][place] < upper {
            rooms[place] -= takes;
            held[*task][place] += 1.0;
            most = most.max(1.0 + best(rest, rooms, held, upper));
            held[*task][place] -= 1.0;
            rooms[place] += takes;
        }
    }
    most
}

pub(crate) fn total(singles: &Singles) -> f64 {
    entries(singles).iter().map(|(_, value)| value).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_rule_is_broken_and_nothing_gets_worse(
        shape in shape(),
        steps in 0..9u32,
        stay in any::<bool>(),
    ) {
        let ground = shape.ground();
        let start = greedy(&shape, &ground);
        let better = improved(&ground, &start, steps, stay);
        prop_assert!(is_kept(&shape, &ground, &better.singles), "{better:?}");
        prop_assert!(total(&better.singles) >= total(&start), "{better:?}");
        prop_assert_eq!(better.levels[0], total(&better.singles));
    }

    /// Few enough boxes are one part, which is solved to its end.
    #[test]
    fn a_plan_that_is_one_part_becomes_the_best(shape in shape(), stay in any::<bool>()) {
        let ground = shape.ground();
        prop_assume!(ground.spaces[1].class_of.len() <= 4 && ground.spaces[0].class_of.len() <= 4);
        let better = improved(&ground, &greedy(&shape, &ground), u32::MAX, stay);
        prop_assert!(better.is_settled);
        prop_assert_eq!(total(&better.singles), most(&shape, &ground));
    }

    /// What is left of an amount's room by rounding is given out to nobody, again and again.
    #[test]
    fn amounts_that_need_not_be_whole_come_to_an_end(shape in shape(), thirds in any::<bool>()) {
        let share = if thirds { 3.0 } else { 1.0 };
        let boxes = shape.boxes.iter().map(|(count, room)| (*count, room / share)).collect();
        let shape = Shape { whole: false, boxes, counts: vec![0; shape.counts.len()], ..shape };
        let ground = shape.ground();
        let start = greedy(&shape, &ground);
        let better = improved(&ground, &start, 10_000, false);
        prop_assert!(better.is_settled);
        prop_assert!(is_kept(&shape, &ground, &better.singles), "{better:?}");
        prop_assert!(total(&better.singles) > total(&start), "{better:?}");
    }

    #[test]
    fn patience_ends_where_the_bound_is_near_and_nowhere_else(shape in shape()) {
        let ground = shape.ground();
        let start = greedy(&shape, &ground);
        // What is worth nothing is as far as can be.
        prop_assume!(total(&start) > 0.0);
        let patience = |gap: f64| Some(Patience { parts: 0, gap });
        let search = |patience| searched(&ground, &start, (&[Some(1e9)], patience), u32::MAX, false);
        prop_assert_eq!(search(patience(1e12)).taken, 0);
        prop_assert_eq!(entries(&search(patience(0.1)).singles), entries(&search(None).singles));
    }

    #[test]
    fn the_same_search_finds_the_same(shape in shape()) {
        let ground = shape.ground();
        let start = greedy(&shape, &ground);
        let [one, other] = [(); 2].map(|()| improved(&ground, &start, u32::MAX, false));
        prop_assert_eq!(entries(&one.singles), entries(&other.singles));
    }

    /// What each task has at least, the least that any has to begin with, each keeps: not only all of its class
    /// together.
    #[test]
    fn a_rule_that_asks_for_something_is_kept_by_each_row(shape in shape()) {
        let mut ground = shape.ground();
        let start = greedy(&shape, &ground);
        let served = |singles: &Singles, task: u32| -> f64 {
            entries(singles).iter().filter(|(at, _)| at[0] == task).map(|it| it.1).sum()
        };
        let tasks = 0..ground.spaces[0].class_of.len() as u32;
        let least = tasks.clone().map(|task| served(&start, task)).fold(f64::INFINITY, f64::min);
        let demand = ground.families.iter().find(|family| family.rule == DEMAND).cloned();
        let mut asked = demand.expect("there is one");
        asked.sense = Sense::GreaterEqual;
        asked.right.fill(least);
        ground.families.push(asked);
        // The tasks of the last class are worth the most.
        for (entry, column) in ground.objectives[0].value.entries.iter_mut().zip(0..) {
            entry.value = f64::from(1 + column);
        }
        let better = improved(&ground, &start, u32::MAX, false).singles;
        prop_assert!(is_kept(&shape, &ground, &better), "{better:?}");
        for task in tasks {
            prop_assert!(served(&better, task) >= least, "task {task} of {better:?}");
        }
    }

    /// Serving every task costs what is lacking; the level that pays is the second.
    #[test]
    fn a_second_level_leaves_the_first_what_its_slack_does_not_cover(
        shape in shape(),
        slack in 0..3u32,
    ) {
        let mut ground = shape.ground();
        let first = ground.objectives[0].clone();
        ground.objectives[0].slack = Slack { absolute: f64::from(slack), relative: 0.0 };
        // What is sought next is the opposite.
        ground.objectives.push(apportion_ground::Objective { maximize: false, ..first });
        let start = greedy(&shape, &ground);
        let better = improved(&ground, &start, u32::MAX, false);
        let alone = improved(&shape.ground(), &start, u32::MAX, false);
        let floor = total(&alone.singles) - f64::from(slack);
        prop_assert!(is_kept(&shape, &ground, &better.singles), "{better:?}");
        prop_assert!(total(&better.singles) >= floor.max(0.0), "{better:?}, alone {alone:?}");
        prop_assert!(total(&better.singles) <= total(&alone.singles), "{better:?}, {alone:?}");
    }

    /// A box that holds more than it has room for, as it does now, may do so and no more, while the rest gets better.
    #[test]
    fn what_is_broken_now_gets_no_worse(shape in shape(), held in 1..4u32, steps in 0..30u32) {
        let mut ground = shape.ground();
        ground.objectives.insert(0, apportion_ground::Objective { shares: Vec::new(),
            level: None,
            maximize: false,
            value: apportion_ground::Linear::default(),
            penalties: 1.0,
            slack: Slack::default(),
        });
        let start = greedy(&shape, &ground);
        let over = |singles: &Singles| -> f64 {
            let first = entries(singles).into_iter().filter(|(at, _)| at[1] == 0);
            let takes = first.map(|(at, value)| {
                let class = ground.spaces[0].class_of[at[0] as usize] as usize;
                value * shape.tasks[class].1
            });
            takes.sum::<f64>()
        };
        // What the first box has is lowered below what it holds.
        let now = over(&start);
        prop_assume!(now > 0.0);
        let less = f64::from(held).min(now);
        let mut broken = ground.clone();
        let capacity = broken.families.iter_mut().find(|family| family.rule == CAPACITY);
        let capacity = capacity.expect("there is one");
        let room = capacity.right[0];
        capacity.right[0] = now - less;
        let members = ground.spaces[1].members(0).iter();
        capacity.reliefs = members
            .map(|place| apportion_ground::Relief {
                row: 0,
                members: [*place].into(),
                most: room,
            })
            .collect();
        let better = improved(&broken, &start, steps, false);
        prop_assert!(over(&better.singles) <= now + 1e-9, "{better:?}");
        prop_assert!(is_kept(&shape, &ground, &better.singles), "{better:?}");
        prop_assert!(total(&better.singles) >= total(&start), "{better:?}");
        prop_assert_eq!(better.levels[1], total(&better.singles));
    }

    /// A soft row is charged for what it is broken by, as it would be of a plan made afresh.
    #[test]
    fn penalties_are_counted_as_placements_come_and_go(shape in shape()) {
        let mut ground = shape.ground();
        let demand = ground.families.iter_mut().find(|family| family.rule == DEMAND);
        if let Some(family) = demand {
            family.soft = Some(Soft { level: Some(apportion_check::policy::LevelId(0)), price: 0.75 });
            family.right.fill(1.0);
        }
        ground.objectives[0].penalties = -1.0;
        let better = improved(&ground, &greedy(&shape, &ground), u32::MAX, false);
        let afresh = improved(&ground, &better.singles, 0, false);
        prop_assert!((better.levels[0] - afresh.levels[0]).abs() < 1e-9, "{better:?} {afresh:?}");
    }
}

/// One box is better for each of many tasks, and a few of them are not there.
#[test]
fn the_few_rows_that_a_level_pays_for_are_looked_at_first() {
    const TASKS_IN_ALL: usize = 300;
    let shape = Shape {
        tasks: vec![(1, 1.0); TASKS_IN_ALL],
        boxes: vec![(TASKS_IN_ALL as u32, 1.0), (1, TASKS_IN_ALL as f64)],
        upper: 1.0,
        counts: (0..TASKS_IN_ALL)
            .flat_map(|task| [[0, 1], [1, 0]][usize::from(task % 60 == 7)])
            .collect(),
        running: Vec::new(),
        whole: true,
    };
    let mut ground = shape.ground();
    ground.instances = (0..TASKS_IN_ALL).map(|task| wants(task, shape.column(task, 1))).collect();
    let objective = &mut ground.objectives[0];
    (objective.maximize, objective.penalties) = (false, 1.0);
    objective.value = Linear::default();
    let start = greedy(&shape, &ground);
    // The search ends with the first parts that bring nothing.
    let patience = Some(Patience { parts: 1, gap: 0.0 });
    let found = searched(&ground, &start, (&[None], patience), u32::MAX, false);
    assert_eq!(found.levels[0], 0.0, "{found:?}");
}

/// One of a task is to be what a column stands for; else the level pays for it.
fn wants(task: usize, column: u32) -> Instance {
    let there = Entry { column, value: -1.0, span: span() };
    let missing = Linear { entries: vec![there], constant: 1.0, ..Linear::default() };
    let quantifier = Quantifier { name: "t".into(), sort: Sort::Rows(TASKS), ty: Type::Text };
    Instance {
        rule: DEMAND,
        span: span(),
        key: vec![(quantifier, task as u32)],
        formula: Formula::Atom(missing, Comparison::LessEqual),
        soft: Some(Soft { level: Some(LevelId(0)), price: 1.0 }),
        relief: None,
    }
}

//! Placing items that are not split between bins.

use apportion_check::policy::LevelId;
use apportion_ground::{Family, Ground, Linear, Objective, Packing, Running, Tally};
use apportion_packing::{Fit, Least, Load, functions, least, pack};
use apportion_unpack::{Cause, Index, Prospects, Singles, unpack};
use proptest::prelude::*;

use crate::improve::{greedy, improved, total};
use crate::shape::{CAPACITY, Shape, entries, is_kept, shape, span};

/// How much of a bin a unit of a task takes, and how many bins a box has.
fn share(shape: &Shape, class: usize) -> f64 {
    0.3 * shape.tasks[class].1
}

fn bins(shape: &Shape, class: usize) -> u64 {
    (shape.boxes[class].1 / 2.0).ceil() as u64
}

/// The shape with bins in the place of what a box has room for.
fn packed(shape: &Shape) -> Ground {
    let mut ground = shape.ground();
    let capacity = ground.families.iter().position(|family| family.rule == CAPACITY);
    let number = capacity.expect("there is one");
    let tasks = shape.tasks.len();
    let family = &mut ground.families[number];
    let shares: Vec<f64> =
        (0..shape.boxes.len()).flat_map(|_| (0..tasks).map(|task| share(shape, task))).collect();
    family.values.clone_from(&shares);
    family.right = (0..shape.boxes.len()).map(|class| bins(shape, class) as f64).collect();
    let counts = vec![1.0; shares.len()];
    ground.packings.push(Packing { family: number as u32, counts, shares });
    ground
}

/// The shape with a second level that seeks few bins in use at all boxes.
fn counted(shape: &Shape) -> Ground {
    let mut ground = shape.ground();
    let capacity = ground.families.iter().find(|family| family.rule == CAPACITY);
    let Family { quantifiers, terms, keys, start, columns, .. } =
        capacity.cloned().expect("there is one");
    let tasks = 0..shape.tasks.len();
    let shares: Vec<f64> = tasks.map(|task| share(shape, task).min(1.0)).collect();
    let of_all: Vec<f64> = shape.boxes.iter().flat_map(|_| shares.clone()).collect();
    ground.tallies.push(Tally {
        level: LevelId(1),
        span: span(),
        quantifiers,
        terms,
        keys,
        start,
        counts: vec![1.0; columns.len()],
        columns,
        shares: of_all,
        prices: (1..=shape.boxes.len()).map(|price| price as f64).collect(),
        functions: functions(&shares, &vec![1.0; shares.len()], 4),
    });
    ground.objectives.push(Objective {
        level: Some(LevelId(1)),
        maximize: false,
        value: Linear::default(),
        ..ground.objectives[0].clone()
    });
    ground
}

/// What the second level of [`counted`] is worth.
fn price(shape: &Shape, ground: &Ground, singles: &Singles) -> f64 {
    let class = |input: usize, row: u32| ground.spaces[input].class_of[row as usize] as usize;
    let boxes = 0..ground.spaces[1].class_of.len() as u32;
    let prices = boxes.map(|place| {
        let held = entries(singles).into_iter().filter(|(at, _)| at[1] == place);
        let loads: Vec<Load> = held
            .map(|(at, value)| Load {
                share: share(shape, class(0, at[0])).min(1.0),
                count: value as u64,
            })
            .collect();
        let Least::Known(packing) = least(&loads) else { panic!("{loads:?}") };
        ground.tallies[0].prices[class(1, place)] * packing.bins() as f64
    });
    prices.sum()
}

/// Whether each box packs what it holds, with `more` of a task's class.
fn is_packed(
    shape: &Shape,
    ground: &Ground,
    singles: &Singles,
    place: u32,
    more: Option<u32>,
) -> bool {
    let class = |input: usize, row: u32| ground.spaces[input].class_of[row as usize] as usize;
    let held = entries(singles).into_iter().filter(|(at, _)| at[1] == place);
    let load = |task: u32, count: u64| Load { share: share(shape, class(0, task)), count };
    let mut loads: Vec<Load> = held.map(|(at, value)| load(at[0], value as u64)).collect();
    loads.extend(more.map(|task| load(task, 1)));
    matches!(pack(&loads, bins(shape, class(1, place))), Fit::Packed(_))
}

fn all_packed(shape: &Shape, ground: &Ground, singles: &Singles) -> bool {
    let boxes = 0..ground.spaces[1].class_of.len() as u32;
    boxes.into_iter().all(|place| is_packed(shape, ground, singles, place, None))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn no_bin_holds_more_than_it_has_and_none_could_hold_more(shape in shape()) {
        let ground = packed(&shape);
        let counts = shape.counts();
        let unpacked = unpack(&Index::new(&ground), &counts, &shape.running(&ground), &|| false);
        prop_assert!(all_packed(&shape, &ground, &unpacked.singles), "{unpacked:?}");
        prop_assert!(all_packed(&shape, &ground, &unpacked.filled), "{unpacked:?}");
        for task in 0..ground.spaces[0].class_of.len() as u32 {
            let all = entries(&unpacked.filled);
            let served: f64 = all.iter().filter(|(at, _)| at[0] == task).map(|it| it.1).sum();
            for place in 0..ground.spaces[1].class_of.len() as u32 {
                let may = served < 2.0 && unpacked.filled.value(0, &[task, place]) < shape.upper;
                let fits = is_packed(&shape, &ground, &unpacked.filled, place, Some(task));
                prop_assert!(!(may && fits), "task {task} fits at {place}: {unpacked:?}");
            }
        }
    }

    #[test]
    fn what_is_made_better_is_packed_too(shape in shape(), steps in 0..9u32) {
        let ground = packed(&shape);
        let start = greedy(&shape, &ground);
        let better = improved(&ground, &start, steps, false);
        prop_assert!(all_packed(&shape, &ground, &better.singles), "{better:?}");
        prop_assert!(total(&better.singles) >= total(&start), "{better:?}");
    }

    #[test]
    fn bins_that_a_level_counts_are_those_of_the_plan(
        shape in shape(),
        steps in 0..30u32,
    ) {
        let ground = counted(&shape);
        let start = greedy(&shape, &ground);
        let better = improved(&ground, &start, steps, false);
        prop_assert!((better.levels[1] - price(&shape, &ground, &better.singles)).abs() < 1e-9);
        prop_assert!(is_kept(&shape, &ground, &better.singles), "{better:?}");
        prop_assert!(total(&better.singles) >= total(&start), "{better:?}");
    }

    #[test]
    fn bins_without_room_are_named(shape in shape()) {
        let ground = packed(&shape);
        let singles = unpack(&Index::new(&ground), &shape.counts(), &[], &|| false).singles;
        let placed = entries(&singles);
        let rows: Vec<(usize, u32)> =
            (0..ground.spaces[0].class_of.len() as u32).map(|task| (0, task)).collect();
        let values = placed.iter().map(|(at, value)| (0, &at[..], *value));
        let prospects = Prospects::beside(&ground, values, &rows, vec![false], &|| false);
        for (_, task) in rows {
            let boxes = 0..ground.spaces[1].class_of.len() as u32;
            let mut open = boxes.filter(|place| singles.value(0, &[task, *place]) < shape.upper);
            let full = open.any(|place| !is_packed(&shape, &ground, &singles, place, Some(task)));
            let prospect = prospects.of(0, task, 1.0);
            let named = prospect.blocked.keys().flatten().any(|it| *it == Cause::Sum(CAPACITY));
            prop_assert_eq!(named, full, "task {} beside {:?}", task, placed);
        }
    }
}

#[test]
fn what_lies_in_two_bins_and_fits_into_one_is_put_there() {
    let (tasks, boxes) = (vec![(2, 1.0)], vec![(2, 6.0)]);
    let shape =
        Shape { tasks, boxes, upper: 1.0, counts: vec![2], running: Vec::new(), whole: true };
    let mut ground = counted(&shape);
    ground.families[0].right.fill(1.0);
    let running = [0, 1].map(|at| Running { decision: 0, at: vec![at, at], value: 1.0 });
    let start = unpack(&Index::new(&ground), &shape.counts(), &running, &|| false).singles;
    assert_eq!(price(&shape, &ground, &start), 2.0);
    let better = improved(&ground, &start, u32::MAX, false);
    assert_eq!((better.levels[0], better.levels[1]), (2.0, 1.0));
}

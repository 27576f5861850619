//! Placing items that are not split between bins.

use apportion_ground::{Ground, Packing};
use apportion_packing::{Fit, Load, pack};
use apportion_unpack::{Cause, Index, Prospects, Singles, unpack};
use proptest::prelude::*;

use crate::improve::{greedy, improved, total};
use crate::shape::{CAPACITY, Shape, entries, shape};

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
    fn bins_without_room_are_named(shape in shape()) {
        let ground = packed(&shape);
        let singles = unpack(&Index::new(&ground), &shape.counts(), &[], &|| false).singles;
        let placed = entries(&singles);
        let rows: Vec<(usize, u32)> =
            (0..ground.spaces[0].class_of.len() as u32).map(|task| (0, task)).collect();
        let values = placed.iter().map(|(at, value)| (0, &at[..], *value));
        let prospects = Prospects::beside(&ground, values, &rows, vec![false]);
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

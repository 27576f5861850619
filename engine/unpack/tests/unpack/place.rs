//! What placing counts promises.

use apportion_ground::{Family, Ground, Running, Tie};
use apportion_unpack::{Cause, Index, Prospects, Unpacked, repair, unpack};
use proptest::prelude::*;

use crate::shape::{
    CAPACITY, DEMAND, ROUNDING, Shape, TASKS, any_shape, entries, is_kept, is_kept_with, limit,
    shape, sums,
};

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
        let prospects = Prospects::beside(&ground, values, &rows, vec![false], &|| false);
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
    fn a_repair_moves_nothing_and_leaves_no_room(shape in shape()) {
        let ground = shape.ground();
        let index = Index::new(&ground);
        let before = unpack(&index, &shape.counts(), &[], &|| false).singles;
        let running: Vec<Running> = entries(&before)
            .into_iter()
            .map(|(at, value)| Running { decision: 0, at: at.to_vec(), value })
            .collect();
        let repaired = repair(&index, &running, &|| false);
        prop_assert!(is_kept(&shape, &ground, &repaired));
        for one in &running {
            prop_assert!(repaired.value(0, &one.at) >= one.value, "{one:?}: {repaired:?}");
        }
        // Filled once more, nothing is added.
        let again: f64 = entries(&repaired).iter().map(|(_, value)| value).sum();
        let running: Vec<Running> = entries(&repaired)
            .into_iter()
            .map(|(at, value)| Running { decision: 0, at: at.to_vec(), value })
            .collect();
        let filled = repair(&index, &running, &|| false);
        prop_assert_eq!(entries(&filled).iter().map(|(_, value)| value).sum::<f64>(), again);
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

/// Tasks of one class only beside as many of the other: the first of either has no room before the other is there.
#[test]
fn what_is_in_balance_only_together_is_placed_together() {
    let shape = Shape {
        tasks: vec![(6, 2.0), (6, 3.0)],
        boxes: vec![(4, 7.0)],
        upper: 1.0,
        counts: vec![6, 4],
        running: Vec::new(),
        whole: true,
    };
    let mut ground = shape.ground();
    for sign in [1.0, -1.0] {
        ground.families.push(balance(sign));
    }
    let unpacked = unpack(&Index::new(&ground), &shape.counts(), &[], &|| false);
    let sums = sums(&shape, &ground, &unpacked.filled);
    assert!(is_kept(&shape, &ground, &unpacked.filled));
    assert_eq!(sums, vec![4.0, 4.0], "four of each find room");
    assert_eq!(unpacked.left_out, vec![2.0, 0.0]);
}

/// `sign * (one - other) <= 0`, whichever members they are of.
fn balance(sign: f64) -> Family {
    let mut family = limit(DEMAND, TASKS, 0, vec![(vec![0, 1], vec![sign, -sign], 0.0)]);
    family.quantifiers.clear();
    family.keys.clear();
    family.terms[0].ties = vec![Tie::Free; 2];
    family
}

/// Tasks of which each runs once, filled into boxes.
#[track_caller]
fn fills(tasks: [(u32, f64); 2], gains: [f64; 4], expected: &[([u32; 2], f64)]) {
    let shape = Shape {
        tasks: tasks.to_vec(),
        boxes: vec![(1, 4.0), (1, 4.0)],
        upper: 1.0,
        counts: Vec::new(),
        running: Vec::new(),
        whole: true,
    };
    let mut ground = shape.ground();
    ground.families[0].right = vec![1.0; 2];
    for (entry, gain) in ground.objectives[0].value.entries.iter_mut().zip(gains) {
        entry.value = gain;
    }
    let filled = unpack(&Index::new(&ground), &[0.0; 4], &[], &|| false).filled;
    assert_eq!(entries(&filled), expected);
}

#[test]
fn what_asks_for_little_is_filled_first_though_each_is_one_of_one() {
    let small_ones = [([2, 0], 1.0), ([3, 0], 1.0), ([4, 0], 1.0), ([5, 0], 1.0), ([0, 1], 1.0)];
    let mut expected = small_ones.to_vec();
    expected.sort_by_key(|(at, _)| *at);
    fills([(2, 3.0), (4, 1.0)], [1.0; 4], &expected);
}

#[test]
fn room_that_others_want_is_filled_last() {
    fills([(1, 4.0), (1, 1.0)], [1.0, 0.0, 1.0, 1.0], &[([0, 0], 1.0), ([1, 1], 1.0)]);
}

/// The first task finds its box full; the second makes room there, which the third takes.
#[test]
fn room_that_is_made_is_filled() {
    let shape = Shape {
        tasks: vec![(1, 2.0), (1, -2.0), (1, 2.0)],
        boxes: vec![(1, 1.0)],
        upper: 1.0,
        counts: Vec::new(),
        running: Vec::new(),
        whole: true,
    };
    let mut ground = shape.ground();
    for (entry, gain) in ground.objectives[0].value.entries.iter_mut().zip([3.0, 2.0, 1.0]) {
        entry.value = gain;
    }
    let filled = unpack(&Index::new(&ground), &[0.0; 3], &[], &|| false).filled;
    assert_eq!(entries(&filled), [([1, 0], 1.0), ([2, 0], 1.0)]);
}

//! What placing counts promises.

use apportion_ground::{Ground, Running};
use apportion_unpack::{Cause, Index, Prospects, Unpacked, repair, unpack};
use proptest::prelude::*;

use crate::shape::{
    CAPACITY, DEMAND, ROUNDING, Shape, any_shape, entries, is_kept, is_kept_with, shape, sums,
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

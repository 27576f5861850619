//! What plans by patterns promise.

use apportion_ground::Ground;
use apportion_lower::{Limits, Resolution, lower};
use apportion_unpack::{Index, Packed, Packer, unpack};
use proptest::prelude::*;

use crate::improve::{most, total};
use crate::shape::{Shape, any_shape, entries, is_kept};

/// The last plan by patterns, which may look `steps` times whether it is over.
fn packed(shape: &Shape, ground: &Ground, steps: u32) -> Option<Packed> {
    let index = Index::new(ground);
    let asked = std::sync::atomic::AtomicU32::new(0);
    let is_over = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= steps;
    let start = unpack(&index, &shape.counts(), &[], &|| false).singles;
    let packer = Packer::new(&index, &start, 0).expect("there are hosts");
    let lowered = lower(ground, Resolution::Classes, Limits::default()).expect("it is small");
    let mut search = packer.search(&lowered, &shape.counts(), &start, &is_over);
    let plans = (0..).map_while(|round| search.next(0.5f64.powi(round), &is_over, &mut |_| {}));
    plans.last()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_rule_is_broken_however_soon_it_ends(shape in any_shape(), steps in 0..9u32) {
        let ground = shape.ground();
        if let Some(packed) = packed(&shape, &ground, steps) {
            prop_assert!(is_kept(&shape, &ground, &packed.singles), "{packed:?}");
        }
    }

    /// What is proven holds of every plan.
    #[test]
    fn no_plan_is_worth_more_than_is_proven(shape in any_shape()) {
        let ground = shape.ground();
        prop_assume!(ground.spaces[0].class_of.len() <= 4 && ground.spaces[1].class_of.len() <= 4);
        let packed = packed(&shape, &ground, u32::MAX).expect("it was not stopped");
        let bound = packed.bound.expect("patterns decide everything");
        prop_assert!(total(&packed.singles) <= bound + 1e-6, "{packed:?}");
        if shape.whole {
            prop_assert!(most(&shape, &ground) <= bound + 1e-6, "{packed:?}");
        }
    }

    #[test]
    fn the_same_search_finds_the_same_again(shape in any_shape()) {
        let ground = shape.ground();
        let [one, other] = [(); 2].map(|()| packed(&shape, &ground, u32::MAX));
        let sorted = |packed: Option<Packed>| packed.map(|packed| entries(&packed.singles));
        prop_assert_eq!(sorted(one), sorted(other));
    }
}

/// All room is wanted, and only some mixtures of 6, 5 and 4 fill a box of 20.
#[test]
fn boxes_are_filled_to_the_brim() {
    let shape = Shape {
        tasks: vec![(24, 6.0), (24, 4.0), (24, 5.0)],
        boxes: vec![(36, 20.0)],
        upper: 1.0,
        counts: vec![48, 48, 48],
        running: Vec::new(),
        whole: true,
    };
    let ground = shape.ground();
    let packed = packed(&shape, &ground, u32::MAX).expect("it was not stopped");
    assert!(is_kept(&shape, &ground, &packed.singles));
    assert_eq!(total(&packed.singles), 144.0, "each task is served twice");
}

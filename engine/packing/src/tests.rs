//! Packings against plain enumeration.

use proptest::prelude::*;

use crate::{
    Fit, Function, Least, Load, Packing, ROUNDING, Run, are_nested, functions, least, pack,
};

/// The least number of bins, by trying every bin for every item.
fn enumerated(items: &[f64]) -> usize {
    fn place(items: &[f64], bins: &mut Vec<f64>, best: &mut usize) {
        if bins.len() >= *best {
            return;
        }
        let Some((item, rest)) = items.split_first() else {
            *best = bins.len();
            return;
        };
        for at in 0..bins.len() {
            if bins[at] + item <= 1.0 + ROUNDING {
                bins[at] += item;
                place(rest, bins, best);
                bins[at] -= item;
            }
        }
        bins.push(*item);
        place(rest, bins, best);
        bins.pop();
    }
    let mut best = items.len() + 1;
    place(items, &mut Vec::new(), &mut best);
    best
}

fn loads(items: &[f64]) -> Vec<Load> {
    items.iter().map(|share| Load { share: *share, count: 1 }).collect()
}

/// Whether a packing holds exactly these items, overfills no bin and says each size of a bin once.
fn holds(packing: &Packing, items: &[f64]) -> bool {
    let mut held: Vec<f64> = Vec::new();
    for run in &packing.runs {
        let loads = run.loads.iter();
        let one = loads.flat_map(|load| (0..load.count).map(move |_| load.share));
        (0..run.bins.min(99)).for_each(|_| held.extend(one.clone()));
    }
    let mut items = items.to_vec();
    items.sort_by(f64::total_cmp);
    held.sort_by(f64::total_cmp);
    let is_sound = |run: &Run| {
        run.free() >= -ROUNDING && run.loads.windows(2).all(|pair| pair[0].share > pair[1].share)
    };
    held == items && packing.runs.iter().all(is_sound)
}

/// Items as people have them: a few sizes in hundredths, twelfths or anything.
fn items() -> impl Strategy<Value = Vec<f64>> {
    let size = prop_oneof![
        (1..=100u32).prop_map(|it| f64::from(it) / 100.0),
        (20..=60u32).prop_map(|it| f64::from(it) / 100.0),
        (1..=12u32).prop_map(|it| f64::from(it) / 12.0),
        0.01..1.0f64,
    ];
    let sizes = proptest::collection::vec(size, 1..6);
    (sizes, proptest::collection::vec(any::<prop::sample::Index>(), 0..9))
        .prop_map(|(sizes, picks)| picks.iter().map(|pick| *pick.get(&sizes)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_least_number_of_bins_is_that_of_all_ways(items in items()) {
        let Least::Known(packing) = least(&loads(&items)) else { panic!("not settled: {items:?}") };
        prop_assert!(holds(&packing, &items), "{packing:?}");
        prop_assert_eq!(packing.bins() as usize, enumerated(&items));
    }

    #[test]
    fn what_fits_is_what_needs_no_more_bins(items in items(), bins in 0..6u64) {
        let needed = enumerated(&items) as u64;
        match pack(&loads(&items), bins) {
            Fit::Packed(packing) => prop_assert!(needed <= bins && holds(&packing, &items)),
            Fit::TooMuch => prop_assert!(needed > bins),
            Fit::Unsettled => prop_assert!(false, "not settled"),
        }
    }

    /// Not one bin of items may come to more than 1 by any function.
    #[test]
    fn a_function_never_counts_more_than_a_bin(items in items()) {
        let mut bin: Vec<f64> = Vec::new();
        for item in &items {
            if bin.iter().sum::<f64>() + item <= 1.0 + ROUNDING {
                bin.push(*item);
            }
        }
        for function in crate::function::candidates(&items).into_iter().chain([Function::Sum]) {
            let sum: f64 = bin.iter().map(|share| function.value(*share)).sum();
            prop_assert!(sum <= 1.0 + 2.0 * ROUNDING, "{function:?} of {bin:?} is {sum}");
        }
    }

    #[test]
    fn nested_sizes_need_no_more_bins_than_their_sum(
        factors in proptest::collection::vec(1..4u32, 1..4),
        picks in proptest::collection::vec(0..4usize, 0..9),
    ) {
        let mut parts = 1;
        let sizes: Vec<f64> = factors.iter().map(|factor| { parts *= factor; 1.0 / f64::from(parts) }).collect();
        prop_assert!(are_nested(&sizes));
        let items: Vec<f64> = picks.iter().map(|pick| sizes[pick % sizes.len()]).collect();
        let sum: f64 = items.iter().sum();
        prop_assert_eq!(enumerated(&items), (sum - 1e-6).ceil().max(0.0) as usize);
    }

    #[test]
    fn the_room_of_a_packing_can_be_filled(items in items(), share in 0.05..1.0f64) {
        if let Fit::Packed(packing) = pack(&loads(&items), 4) {
            let more = vec![share; packing.room(share) as usize];
            let all = [items, more].concat();
            prop_assert!(matches!(pack(&loads(&all), 4), Fit::Packed(_)));
        }
    }
}

#[test]
fn a_tenth_fits_ten_times_and_a_sixth_six_times() {
    for parts in 1..200u64 {
        let load = Load { share: 1.0 / parts as f64, count: parts };
        assert!(matches!(pack(&[load], 1), Fit::Packed(_)), "{parts}");
        let load = Load { count: parts + 1, ..load };
        assert_eq!(pack(&[load], 1), Fit::TooMuch, "{parts}");
    }
}

#[test]
fn a_sum_that_fits_may_not() {
    let six_tenths = Load { share: 0.6, count: 4 };
    assert_eq!(pack(&[six_tenths], 3), Fit::TooMuch);
    assert!(matches!(pack(&[six_tenths], 4), Fit::Packed(_)));
}

#[test]
fn first_fit_decreasing_is_not_the_last_word() {
    // It puts 0.4 and 0.4 into one bin, and then needs three.
    let items = [0.4, 0.4, 0.3, 0.3, 0.3, 0.3];
    let Least::Known(packing) = least(&loads(&items)) else { panic!() };
    assert_eq!(packing.bins(), 2);
}

#[test]
fn many_items_are_counted_and_not_listed() {
    let half = Load { share: 0.5, count: 1_000_001 };
    let Least::Known(packing) = least(&[half]) else { panic!() };
    assert_eq!(packing.runs.len(), 3, "full, with the rest, and empty");
    assert_eq!(packing.bins(), 500_001);
}

#[test]
fn what_is_no_share_fits_nowhere() {
    for share in [1.01, 0.0, -1.0, f64::NAN, f64::INFINITY] {
        let load = Load { share, count: 1 };
        assert_eq!(pack(&[load], 9), Fit::TooMuch, "{share}");
        assert_eq!(least(&[load]), Least::Never, "{share}");
        let none = Load { share, count: 0 };
        assert!(matches!(pack(&[none], 0), Fit::Packed(_)), "{share}");
    }
}

#[test]
fn functions_that_tell_nothing_more_are_left_out() {
    assert_eq!(functions(&[0.1], &[1.0], 9), [Function::Sum]);
    let chosen = functions(&[0.6, 0.3], &[1.0, 1.0], 9);
    assert!(chosen.len() > 1 && chosen[0] == Function::Sum, "{chosen:?}");
}

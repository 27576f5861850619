//! What decisions are: sorted tuples against a plain map.

use std::collections::BTreeMap;

use apportion_facts::DecisionValues;
use proptest::prelude::*;

type Tuple = [u32; 3];

fn tuple() -> impl Strategy<Value = Tuple> {
    prop::array::uniform3(0u32..3)
}

fn listed(map: &BTreeMap<Tuple, f64>) -> Vec<(Vec<u32>, f64)> {
    let set = map.iter().filter(|(_, value)| **value != 0.0);
    set.map(|(at, value)| (at.to_vec(), *value)).collect()
}

proptest! {
    #[test]
    fn setting_is_like_setting_in_a_map(
        steps in prop::collection::vec((tuple(), 0i8..4), 0..40),
    ) {
        let mut values = DecisionValues::new(3);
        let mut map = BTreeMap::new();
        for (at, value) in steps {
            values.set(&at, f64::from(value));
            map.insert(at, f64::from(value));
            prop_assert_eq!(values.get(&at), f64::from(value));
        }
        let found: Vec<_> = values.iter().map(|(at, value)| (at.to_vec(), value)).collect();
        prop_assert_eq!(&found, &listed(&map));
        prop_assert_eq!(DecisionValues::from_entries(3, found), values);
    }

    #[test]
    fn a_sum_takes_the_tuples_that_agree(
        entries in prop::collection::vec((tuple(), 1i8..4), 0..20),
        at in prop::array::uniform3(prop::option::of(0u32..3)),
    ) {
        let given = entries.iter().map(|(at, value)| (at.to_vec(), f64::from(*value)));
        let values = DecisionValues::from_entries(3, given);
        let expected: f64 = entries
            .iter()
            .filter(|(tuple, _)| {
                tuple.iter().zip(at).all(|(code, wanted)| wanted.is_none_or(|it| it == *code))
            })
            .map(|(_, value)| f64::from(*value))
            .sum();
        prop_assert_eq!(values.sum(&at), expected);
    }
}

#[test]
fn a_decision_without_indices_has_one_tuple() {
    let mut values = DecisionValues::new(0);
    assert_eq!((values.get(&[]), values.len()), (0.0, 0));
    values.set(&[], 2.5);
    assert_eq!((values.get(&[]), values.sum(&[]), values.len()), (2.5, 2.5, 1));
    values.set(&[], 0.0);
    assert!(values.is_empty());
}

#[test]
fn a_tuple_of_another_length_is_left_alone() {
    let mut values = DecisionValues::new(2);
    values.set(&[1], 1.0);
    values.set(&[1, 2, 3], 1.0);
    assert!(values.is_empty());
    assert!(DecisionValues::from_entries(2, [(vec![1], 1.0)]).is_empty());
}

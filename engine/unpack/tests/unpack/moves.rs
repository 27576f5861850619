//! What is moved of what runs now, while plans are made and made better.

use apportion_check::policy::{DecisionId, LevelId, RuleId};
use apportion_ground::{
    Columns, Entry, Family, Ground, Linear, Moves, Objective, Running, Sense, Slack, Term, Tie,
};
use apportion_unpack::{Index, Singles, unpack};
use proptest::prelude::*;

use crate::improve::{improved, total};
use crate::shape::{Shape, entries, is_kept, shape, span};

/// A shape's policy, of which some runs now: after what is served, as little as can be is to be moved, and at most `most`.
fn ground(shape: &Shape, most: f64) -> (Ground, Vec<Running>) {
    let mut ground = shape.ground();
    let running = shape.running(&ground);
    let x = &ground.decisions[0];
    let mut moves = Moves::new(DecisionId(0), span());
    let mut counting = Columns {
        decision: DecisionId(1),
        first: x.len() as u32,
        sorts: x.sorts.clone(),
        tuples: Vec::new(),
        whole: true,
        lower: Vec::new(),
        upper: Vec::new(),
        most: Vec::new(),
        moves: None,
    };
    for at in 0..x.len() {
        let is_of = |it: &&Running| {
            let classes = it.at.iter().zip(&ground.spaces);
            classes.map(|(row, space)| space.class_of[*row as usize]).eq(x.tuple(at).to_vec())
        };
        let runs: Vec<_> =
            running.iter().filter(is_of).map(|it| (it.at.clone().into(), it.value)).collect();
        if runs.is_empty() {
            continue;
        }
        counting.tuples.extend_from_slice(x.tuple(at));
        counting.lower.push(0.0);
        counting.upper.push(1.0);
        counting.most.push(runs.len() as f64);
        moves.push(at as u32, runs);
    }
    counting.moves = Some(moves);
    let columns: Vec<u32> = (counting.first..).take(counting.len()).collect();
    let entries = columns.iter().map(|column| Entry { column: *column, value: 1.0, span: span() });
    ground.objectives.push(Objective {
        level: Some(LevelId(1)),
        maximize: false,
        value: Linear { entries: entries.collect(), ..Linear::default() },
        penalties: 0.0,
        slack: Slack::default(),
        shares: Vec::new(),
    });
    ground.families.push(Family {
        rule: RuleId(2),
        span: span(),
        quantifiers: Vec::new(),
        sense: Sense::LessEqual,
        terms: vec![Term { decision: DecisionId(1), span: span(), ties: vec![Tie::Free; 2] }],
        keys: Vec::new(),
        start: vec![0, columns.len() as u32],
        values: vec![1.0; columns.len()],
        columns,
        right: vec![most],
        soft: None,
        reliefs: Vec::new(),
    });
    ground.declared.extend(&counting.upper);
    ground.decisions.push(counting);
    (ground, running)
}

/// What a plan moves.
fn moved(running: &[Running], singles: &Singles) -> f64 {
    running.iter().map(|it| (it.value - singles.value(0, &it.at)).max(0.0)).sum()
}

/// The most units that fit, and the least that is moved for as many: by trying every unit everywhere and nowhere.
fn best(shape: &Shape, ground: &Ground, running: &[Running]) -> (f64, f64) {
    let classes = |input: usize| ground.spaces[input].class_of.iter().map(|it| *it as usize);
    let takes: Vec<f64> = classes(0).map(|class| shape.tasks[class].1).collect();
    let rooms: Vec<f64> = classes(1).map(|class| shape.boxes[class].1).collect();
    let mut found = (0.0, f64::INFINITY);
    let mut held = vec![vec![0.0; rooms.len()]; takes.len()];
    let mut search = Search { takes: &takes, upper: shape.upper, running, found: &mut found };
    search.unit(0, &mut rooms.clone(), &mut held);
    found
}

struct Search<'s> {
    takes: &'s [f64],
    upper: f64,
    running: &'s [Running],
    found: &'s mut (f64, f64),
}

impl Search<'_> {
    /// A task is served twice at most.
    fn unit(&mut self, unit: usize, rooms: &mut [f64], held: &mut [Vec<f64>]) {
        let task = unit / 2;
        if task == self.takes.len() {
            let served: f64 = held.iter().flatten().sum();
            let left =
                |it: &Running| (it.value - held[it.at[0] as usize][it.at[1] as usize]).max(0.0);
            let moved: f64 = self.running.iter().map(left).sum();
            if served > self.found.0 || served == self.found.0 && moved < self.found.1 {
                *self.found = (served, moved);
            }
            return;
        }
        self.unit(unit + 1, rooms, held);
        for place in 0..rooms.len() {
            if rooms[place] >= self.takes[task] && held[task][place] < self.upper {
                rooms[place] -= self.takes[task];
                held[task][place] += 1.0;
                self.unit(unit + 1, rooms, held);
                held[task][place] -= 1.0;
                rooms[place] += self.takes[task];
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_is_moved_is_counted_tuple_by_tuple(shape in shape(), steps in 0..9u32) {
        let (ground, running) = ground(&shape, f64::INFINITY);
        let index = Index::new(&ground);
        let start = unpack(&index, &[shape.counts(), vec![0.0; ground.decisions[1].len()]].concat(), &running, &|| false);
        let better = improved(&ground, &start.filled, steps, false);
        prop_assert!(is_kept(&shape, &ground, &better.singles), "{better:?}");
        prop_assert_eq!(&better.levels, &[total(&better.singles), moved(&running, &better.singles)]);
        let told: f64 = better.singles.sorted(1).iter().map(|(_, value)| value).sum();
        prop_assert_eq!(told, moved(&running, &better.singles), "{:?}", entries(&better.singles));
    }

    /// What is moved for nothing goes back; no part moves more than it may.
    #[test]
    fn a_plan_that_is_one_part_moves_as_little_as_can_be(shape in shape(), most in 0..3u32) {
        let (tasks, boxes) = (shape.tasks.iter(), shape.boxes.iter());
        let sizes = [tasks.map(|it| it.0).sum::<u32>(), boxes.map(|it| it.0).sum()];
        prop_assume!(sizes.iter().all(|size| *size <= 3));
        let (free, running) = ground(&shape, f64::INFINITY);
        let none = vec![0.0; free.decisions.iter().map(|it| it.len()).sum()];
        let start = unpack(&Index::new(&free), &none, &[], &|| false).filled;
        let better = improved(&free, &start, u32::MAX, false);
        prop_assert!(better.is_settled);
        prop_assert_eq!((better.levels[0], better.levels[1]), best(&shape, &free, &running));
        let (limited, _) = ground(&shape, f64::from(most));
        let kept = Singles::of(2, running.iter().map(|it| (0, &*it.at, it.value)));
        prop_assume!(is_kept(&shape, &limited, &kept));
        let better = improved(&limited, &kept, u32::MAX, false);
        prop_assert!(moved(&running, &better.singles) <= f64::from(most), "{better:?}");
    }
}

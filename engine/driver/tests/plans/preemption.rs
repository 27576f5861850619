//! What runs is taken away only for what preempts it: the least loss of all assignments, on tiny worlds.

use std::collections::BTreeMap;

use apportion_driver::Options;
use apportion_plan::{ChangeKind, Plan, Status};
use apportion_world::InputBytes;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::brute_force::against_all;
use crate::case::{Case, Silent, trials};
use crate::world::{csv, running};

const FACTS: &str = "edition 2026
    entity Job {
      key id: string; class: enum { gold, silver, batch }; size: count; asked: count; urgency: count
      closed: set<string>
    }
    entity Box { key id: string; room: count }
    input jobs: Job
    input boxes: Box
    place jobs j onto boxes b as x: count <= j.asked where !(b.id in j.closed)
    rule fits { for b in boxes: sum(j in jobs: x[j, b] * j.size) <= b.room }
    rule asked { for j in jobs: x[j, *] <= j.asked }
    objective { service: maximize sum(j in jobs: x[j, *] * priority(j) * j.urgency) }
";

/// Who preempts whom, each with the weight of the class.
const PRIORITIES: [&str; 4] = [
    "gold = 40 preempts batch grace 5 min; silver = 10; batch = 3",
    "gold = 40 preempts silver, batch; silver = 10 preempts batch; batch = 3",
    "gold = 40 preempts silver; silver = 10 preempts batch; batch = 3",
    "gold = 4; silver = 3 preempts batch grace 30 s; batch = 2",
];
const CLASSES: [&str; 3] = ["gold", "silver", "batch"];

#[derive(Clone, Debug)]
struct Job {
    class: usize,
    size: u32,
    asked: u32,
    urgency: u32,
    closed: Option<usize>,
}

/// Three jobs, two boxes, and what runs now.
#[derive(Clone, Debug)]
struct World {
    jobs: Vec<Job>,
    rooms: Vec<u32>,
    now: Vec<(usize, usize)>,
    /// Whether what runs now keeps the rules.
    is_kept: bool,
}

fn worlds() -> impl Strategy<Value = World> {
    let closed = prop_oneof![5 => Just(None), 1 => (0..2usize).prop_map(Some)];
    let job = (0..3usize, 1..4u32, 1..3u32, 1..3u32, closed);
    let job = job.prop_map(|(class, size, asked, urgency, closed)| Job {
        class,
        size,
        asked,
        urgency,
        closed,
    });
    let now = prop::collection::vec((0..3usize, 0..2usize), 0..5);
    let (jobs, rooms) = (prop::collection::vec(job, 3), prop::collection::vec(1..6u32, 2));
    let is_kept = prop_oneof![4 => Just(true), 1 => Just(false)];
    (jobs, rooms, now, is_kept).prop_map(|(jobs, rooms, now, is_kept)| World {
        jobs,
        rooms,
        now,
        is_kept,
    })
}

impl World {
    fn files(&self) -> [InputBytes; 2] {
        let jobs = self.jobs.iter().enumerate().map(|(at, job)| {
            let Job { size, asked, urgency, .. } = job;
            let closed = job.closed.map_or("[]".to_owned(), |it| format!("b{it}"));
            format!("j{at},{},{size},{asked},{urgency},{closed}\n", CLASSES[job.class])
        });
        let rooms = self.rooms.iter().enumerate().map(|(at, room)| format!("b{at},{room}\n"));
        let jobs: String = jobs.collect();
        [
            csv("jobs", format!("id,class,size,asked,urgency,closed\n{jobs}")),
            csv("boxes", format!("id,room\n{}", rooms.collect::<String>())),
        ]
    }

    /// What runs, by job and box; what is kept fits.
    fn runs(&self) -> BTreeMap<(usize, usize), u32> {
        let mut runs: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        for (job, place) in &self.now {
            let Job { size, asked, closed, .. } = self.jobs[*job];
            let of_job: u32 = runs.iter().filter(|(at, _)| at.0 == *job).map(|(_, it)| it).sum();
            let there = runs.iter().filter(|((_, at), _)| at == place);
            let used: u32 = there.map(|((job, _), it)| it * self.jobs[*job].size).sum();
            let fits = used + size <= self.rooms[*place] && of_job < asked;
            if closed != Some(*place) && (fits || !self.is_kept) {
                *runs.entry((*job, *place)).or_default() += 1;
            }
        }
        runs
    }

    fn case(&self, priorities: &str) -> Case {
        let text = format!("{FACTS}\npriority j by j.class {{ {priorities} }}\n");
        let runs = self.runs();
        let runs = runs.iter().map(|((job, place), value)| {
            format!("{{\"at\": [\"j{job}\", \"b{place}\"], \"value\": {value}}}")
        });
        let runs: Vec<String> = runs.collect();
        Case::new(&text, &self.files(), &running(&format!("{{\"x\": [{}]}}", runs.join(", "))))
    }
}

/// What the plan gives, by job and box.
fn values(plan: &Plan) -> BTreeMap<(usize, usize), f64> {
    let number = |word: &str| word[1..].parse::<usize>().expect("a number");
    let entries = plan.decisions["x"].iter();
    entries.map(|it| ((number(&it.at[0]), number(&it.at[1])), it.value)).collect()
}

/// Every job that lost something ran where those that preempt it gained, read off the plan alone. Says how many did.
fn victims(world: &World, priorities: &str, plan: &Plan) -> Result<usize, TestCaseError> {
    let preempts = |by: usize, of: usize| {
        let case = priorities.split("; ").find(|it| it.starts_with(CLASSES[by]));
        let list = case.and_then(|case| case.split("preempts ").nth(1)).unwrap_or_default();
        list.contains(CLASSES[of])
    };
    let (runs, values) = (world.runs(), values(plan));
    let mut count = 0;
    for (at, job) in world.jobs.iter().enumerate() {
        let now: u32 = runs.iter().filter(|((job, _), _)| *job == at).map(|(_, it)| it).sum();
        let planned: f64 = (0..2).filter_map(|place| values.get(&(at, place))).sum();
        let lost = f64::from(now) - planned;
        if lost <= 0.0 {
            continue;
        }
        count += 1;
        let places = (0..2).filter(|place| {
            let gain = |by: usize| {
                let gained = world.jobs.iter().enumerate().filter(|(_, it)| it.class == by);
                gained.fold(0.0, |sum, (job, _)| {
                    let value = values.get(&(job, *place)).copied().unwrap_or_default();
                    sum + value - f64::from(runs.get(&(job, *place)).copied().unwrap_or_default())
                })
            };
            (0..3).filter(|by| preempts(*by, job.class)).map(gain).sum::<f64>() > 0.5
        });
        let may_go: u32 = places.filter_map(|place| runs.get(&(at, place))).sum();
        prop_assert!(lost <= f64::from(may_go), "j{} lost {}\n{:#?}", at, lost, plan.changes);
    }
    for change in plan.changes.iter().filter(|it| it.kind == ChangeKind::Removed) {
        let evicted = change.evicted.as_ref();
        prop_assert!(evicted.is_some_and(|it| !it.room_for.is_empty()), "{:#?}", change);
        for room in evicted.into_iter().flat_map(|it| &it.room_for) {
            let class = |word: &str| CLASSES.iter().position(|it| *it == word).unwrap_or(9);
            let of = evicted.map_or(9, |it| class(&it.class));
            prop_assert!(preempts(class(&room.class), of) && room.amount > 0.5, "{:#?}", change);
        }
    }
    Ok(count)
}

#[test]
fn victims_are_of_least_harm_and_never_of_a_class_that_nothing_there_preempts() {
    let mut runner = TestRunner::new(trials(400, 1000));
    let counts = std::cell::Cell::new((0, 0));
    let outcome = runner.run(&(worlds(), 0..PRIORITIES.len()), |(world, which)| {
        let case = world.case(PRIORITIES[which]);
        // The least loss of all assignments, by the evaluator's word.
        against_all(&case)?;
        if world.is_kept {
            let planned = case.plan(Options { gap: 0.0, ..Options::default() }, &Silent);
            let Ok(planned) = planned else { panic!("{planned:?}\n{}", case.story) };
            prop_assert_eq!(planned.plan.status, Status::Optimal, "{}", case.story);
            let victims = victims(&world, PRIORITIES[which], &planned.plan);
            let victims =
                victims.map_err(|it| TestCaseError::fail(format!("{it}\n{}", case.story)))?;
            let (worlds, taken) = counts.get();
            counts.set((worlds + 1, taken + victims));
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (worlds, taken) = counts.get();
    assert!(taken * 20 > worlds, "{taken} victims in {worlds} worlds say too little");
}

/// Raising a row's weight never lowers what is served of it, where the first level is what is served, weighed, and
/// nothing else reads the weight. For `a` and `b` best before and after, `before(a) >= before(b)` and `after(b) >=
/// after(a)`; the difference of the two is the raise times what the row has more in `b`. It holds for the best plans
/// alone, so neither within a gap nor after a level with a slack; nor where a row changes its class, which changes who
/// may be taken away.
#[test]
fn raising_a_rows_priority_never_lowers_its_service() {
    let mut runner = TestRunner::new(trials(300, 1000));
    let counts = std::cell::Cell::new((0, 0));
    let inputs = (worlds(), 0..PRIORITIES.len(), 0..3usize, 1..4u32);
    let outcome = runner.run(&inputs, |(world, which, job, raise)| {
        let mut raised = world.clone();
        raised.jobs[job].urgency += raise;
        let served = [&world, &raised].map(|world| {
            let case = world.case(PRIORITIES[which]);
            let planned = case.plan(Options { gap: 0.0, ..Options::default() }, &Silent);
            let Ok(planned) = planned else { panic!("{planned:?}\n{}", case.story) };
            let values = values(&planned.plan);
            (0..2).filter_map(|place| values.get(&(job, place))).sum::<f64>()
        });
        prop_assert!(served[1] >= served[0], "{:?} of j{} in {:?}", served, job, world);
        let (worlds, gained) = counts.get();
        counts.set((worlds + 1, gained + u32::from(served[1] > served[0])));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (worlds, gained) = counts.get();
    assert!(gained * 100 > worlds, "{gained} of {worlds} rows gained: they say too little");
}

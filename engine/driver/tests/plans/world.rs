//! Tiny worlds: few rows, fewer different ones, so that rows really are alike.

use std::fmt::Write;

use apportion_world::{Format, InputBytes};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The rows of every input, and what runs now.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    tasks: Vec<Task>,
    boxes: Vec<Room>,
    quotas: (u32, u32),
    /// What prices and worths are multiples of: tiny, no binary fraction, or great.
    grain: f64,
    running: Vec<(usize, usize, u32)>,
}

#[derive(Clone, Debug)]
struct Task {
    size: u32,
    value: u32,
    hot: bool,
    group: usize,
    cap: Option<u32>,
    tagged: bool,
}

#[derive(Clone, Debug)]
struct Room {
    room: u32,
    cost: u32,
    hot: bool,
    spot: bool,
}

/// Two or three tasks, two boxes, two groups.
pub(crate) fn tables() -> impl Strategy<Value = Tables> {
    let cap = prop_oneof![2 => Just(None), 1 => (0..3u32).prop_map(Some)];
    let task = (1..3u32, 1..3u32, any::<bool>(), 0..2usize, cap, any::<bool>()).prop_map(
        |(size, value, hot, group, cap, tagged)| Task { size, value, hot, group, cap, tagged },
    );
    let room = (1..5u32, 1..3u32, any::<bool>(), any::<bool>())
        .prop_map(|(room, cost, hot, spot)| Room { room, cost, hot, spot });
    // Rows are drawn from two patterns, so that a third is like one of them.
    let tasks = (vec(task, 2), vec(0..2usize, 2..=3))
        .prop_map(|(kinds, picks)| picks.iter().map(|pick| kinds[*pick].clone()).collect());
    let boxes = (vec(room, 2), vec(0..2usize, 2))
        .prop_map(|(kinds, picks)| picks.iter().map(|pick| kinds[*pick].clone()).collect());
    let running = vec((0..3usize, 0..2usize, 1..4u32), 0..4);
    let grain = select(vec![1.0, 1.0, 0.1, 1e-7, 1_073_741_824.0]);
    (tasks, boxes, (0..4u32, 0..4u32), grain, running).prop_map(
        |(tasks, boxes, quotas, grain, running)| Tables { tasks, boxes, quotas, grain, running },
    )
}

impl Tables {
    /// The files of all inputs.
    pub(crate) fn inputs(&self) -> Vec<InputBytes> {
        vec![csv("groups", self.groups()), csv("tasks", self.tasks()), csv("boxes", self.boxes())]
    }

    /// How many tasks there are.
    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// The files of all inputs with only the first tasks.
    pub(crate) fn first(&self, tasks: usize) -> Vec<InputBytes> {
        let all = self.tasks();
        let lines: Vec<&str> = all.lines().take(tasks + 1).collect();
        let tasks = csv("tasks", lines.join("\n") + "\n");
        vec![csv("groups", self.groups()), tasks, csv("boxes", self.boxes())]
    }

    /// The files of all inputs with only those tasks and boxes whose bits are set.
    pub(crate) fn only(&self, tasks: u32, boxes: u32) -> Vec<InputBytes> {
        let some = |text: String, bits: u32| {
            let lines = text.lines().enumerate();
            let kept = lines.filter(|(at, _)| *at == 0 || bits >> (at - 1) & 1 == 1);
            kept.map(|(_, line)| format!("{line}\n")).collect()
        };
        let (tasks, boxes) = (some(self.tasks(), tasks), some(self.boxes(), boxes));
        vec![csv("groups", self.groups()), csv("tasks", tasks), csv("boxes", boxes)]
    }

    /// A file of one task alone.
    pub(crate) fn task(&self, task: usize) -> InputBytes {
        let all = self.tasks();
        let lines: Vec<&str> = all.lines().collect();
        csv("tasks", format!("{}\n{}\n", lines[0], lines[task + 1]))
    }

    fn groups(&self) -> String {
        format!("id,quota\ng0,{}\ng1,{}\n", self.quotas.0, self.quotas.1)
    }

    fn tasks(&self) -> String {
        let mut text =
            "id,size,value,kind,group,cap,tags,need[cpu][cores],need[ports][devices],worth\n"
                .to_owned();
        for (at, task) in self.tasks.iter().enumerate() {
            let Task { size, value, group, .. } = task;
            let cap = task.cap.map_or(String::new(), |cap| cap.to_string());
            let tags = if task.tagged { "p" } else { "[]" };
            let kind = kind(task.hot);
            let need = format!("{size},1,{}", f64::from(*value) * self.grain);
            let _ = writeln!(text, "t{at},{size},{value},{kind},g{group},{cap},{tags},{need}");
        }
        text
    }

    fn boxes(&self) -> String {
        let mut text =
            "id,room,cost,kind,fee[firm],fee[spot],have[cpu][cores],have[ports][devices],price\n"
                .to_owned();
        for (at, it) in self.boxes.iter().enumerate() {
            let Room { room, cost, .. } = it;
            let spot = if it.spot { "1" } else { "" };
            let kind = kind(it.hot);
            let price = f64::from(*cost) * self.grain;
            let _ = writeln!(text, "b{at},{room},{cost},{kind},{cost},{spot},{room},2,{price}");
        }
        text
    }

    /// What runs now, by the first two indices and whatever the decision's others are.
    pub(crate) fn running(&self, places: &[&str], rest: &[&str]) -> InputBytes {
        let mut known = Vec::new();
        let mut entries = Vec::new();
        for (task, place, value) in &self.running {
            let (task, place) = (task % self.tasks.len(), place % places.len());
            if known.contains(&(task, place)) {
                continue;
            }
            known.push((task, place));
            let task = format!("t{task}");
            let at: Vec<&str> =
                [task.as_str(), places[place]].into_iter().chain(rest.iter().copied()).collect();
            entries.push(format!("{{\"at\": {at:?}, \"value\": {value}}}"));
        }
        running(&format!("{{\"x\": [{}]}}", entries.join(", ")))
    }
}

/// What runs now, as JSON.
pub(crate) fn running(text: &str) -> InputBytes {
    InputBytes {
        input: "now".to_owned(),
        file: "now.json".to_owned(),
        format: Format::Json,
        bytes: text.as_bytes().to_vec(),
        ..InputBytes::default()
    }
}

fn kind(hot: bool) -> &'static str {
    if hot { "hot" } else { "cold" }
}

/// A file of an input.
pub(crate) fn csv(input: &str, text: String) -> InputBytes {
    InputBytes {
        input: input.to_owned(),
        file: format!("{input}.csv"),
        bytes: text.into_bytes(),
        ..InputBytes::default()
    }
}

//! How long a plan takes after a change, where what is known of the world before is kept.
//!
//! `cargo run --release -p apportion-driver --example changes -- FOLDER [INPUT=FILE ...] -- INPUT=CHANGED ...` reads a
//! project and plans it from nothing, then each changed input from that plan, and prints a line of JSON for each. Seconds
//! are from the bytes of the files to the judged plan with its reasons.

use std::path::Path;
use std::time::Instant;

use apportion_check::Project as Sources;
use apportion_connect::{Overrides, Project};
use apportion_driver::{Observer, Options, Planner, Request, Stage, current_of};
use apportion_facts::{Settings, schema};
use apportion_plan::{ChangeKind, Plan};
use apportion_solve::Progress;
use apportion_world::load;

type Failure = Box<dyn std::error::Error>;

/// Tells the time since it was made.
struct Clock(Instant);

impl Observer for Clock {
    fn stage(&self, _: Stage) {}

    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        false
    }

    fn elapsed(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, files @ ..] = arguments.as_slice() else {
        return Err("usage: changes FOLDER [INPUT=FILE ...] -- INPUT=CHANGED ...".into());
    };
    let (files, changed) = match files.iter().position(|it| it == "--") {
        Some(at) => (&files[..at], &files[at + 1..]),
        None => (files, &[][..]),
    };
    let project = Project::open(Path::new(folder), None).map_err(|it| format!("{:?}", it.0))?;
    let checked = Sources::new(project.files.clone(), &project.manifest.policy).checked();
    let policy = checked.policy.ok_or("the policy has errors")?;
    let settings = Settings::new(&policy, &[], 0.0).map_err(|it| format!("{it:?}"))?;
    let schema = schema(&policy, &settings, &checked.sources).map_err(|it| format!("{it:?}"))?;
    let inputs: Vec<&str> = policy.inputs.iter().map(|input| &*input.name).collect();
    let (usual, limits) = (Options::default(), &project.manifest.solve);
    let options =
        Options { gap: limits.gap.unwrap_or(usual.gap), time_limit: limits.time_limit, ..usual };
    let mut planner = Planner::new(&policy, &schema);
    let mut first: Option<Plan> = None;
    for change in std::iter::once(None).chain(changed.iter().map(Some)) {
        let files = files.iter().chain(change).filter_map(|it| it.split_once('='));
        let files = files.map(|(input, file)| (input.to_owned(), file.into())).collect();
        let read = project.read(&Overrides { files, ..Overrides::default() }, &inputs);
        let read = read.map_err(|it| format!("{it:?}"))?;
        let clock = Clock(Instant::now());
        let loaded = load(&schema, &read.inputs, None);
        let mut world = loaded.world.ok_or_else(|| format!("{:?}", loaded.findings))?;
        if let Some(first) = &first {
            world.current = current_of(&policy, &world, first);
        }
        let load = clock.elapsed();
        let request = Request {
            project: "changes",
            policy: &policy,
            world: &world,
            settings: &settings,
            params: Default::default(),
            options: options.clone(),
            hashes: Default::default(),
            timings: Default::default(),
        };
        let planned = planner.plan(&request, &clock).map_err(|it| format!("{it:?}"))?;
        let seconds = clock.elapsed();
        let moved = planned.plan.changes.iter().filter(|it| it.kind == ChangeKind::Moved);
        let moved: f64 = moved.map(|it| it.amount).sum();
        let level = planned.plan.levels.first().ok_or("there is no level")?;
        let line = serde_json::json!({
            "change": change, "seconds": seconds, "load": load, "value": level.value, "bound": level.bound,
            "moved": moved, "timings": planned.plan.timings,
        });
        println!("{line}");
        first = first.or(Some(planned.plan));
    }
    Ok(())
}

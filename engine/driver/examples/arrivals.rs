//! How long one arrival takes beside a plan that stands: the rows of a file arrive one by one.
//!
//! `cargo run --release -p apportion-driver --example arrivals -- FOLDER ROWS [INPUT=FILE ...]` reads a project, takes
//! what runs now as the plan that stands (`current=plan.json` gives a plan's own), and prints one line of JSON.

use std::path::Path;
use std::time::Instant;

use apportion_check::Project as Sources;
use apportion_connect::{Overrides, Project};
use apportion_driver::{Decision, Index, Options, Request, Standing, ground_request};
use apportion_facts::{Settings, schema};
use apportion_world::load;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, rows, files @ ..] = arguments.as_slice() else {
        return Err("usage: arrivals FOLDER INPUT=ROWS [INPUT=FILE ...]".into());
    };
    let files = files.iter().filter_map(|it| it.split_once('='));
    let files = files.map(|(input, file)| (input.to_owned(), file.into())).collect();
    let (input, rows) = rows.split_once('=').ok_or("INPUT=ROWS names no input")?;
    let project = Project::open(Path::new(folder), None).map_err(|it| format!("{:?}", it.0))?;
    let checked = Sources::new(project.files.clone(), &project.manifest.policy).checked();
    let policy = checked.policy.ok_or("the policy has errors")?;
    let settings = Settings::new(&policy, &[], 0.0).map_err(|it| format!("{it:?}"))?;
    let schema = schema(&policy, &settings, &checked.sources).map_err(|it| format!("{it:?}"))?;
    let read = project.read(&Overrides { files, ..Overrides::default() });
    let read = read.map_err(|it| format!("{it:?}"))?;
    let loaded = load(&schema, &read.inputs, read.current.as_ref());
    let world = loaded.world.ok_or_else(|| format!("{:?}", loaded.findings))?;
    let request = Request {
        project: "arrivals",
        policy: &policy,
        world: &world,
        settings: &settings,
        params: Default::default(),
        options: Options::default(),
        hashes: Default::default(),
        timings: Default::default(),
    };
    let begun = Instant::now();
    let grounded = ground_request(&request).map_err(|it| format!("{it:?}"))?;
    let index = Index::new(&grounded.ground);
    let mut standing =
        Standing::new(&request, &schema, &index, input).map_err(|it| format!("{it:?}"))?;
    let ready = begun.elapsed().as_secs_f64();

    // As one would be read from a queue: a header and one row.
    let own = read.inputs.iter().find(|it| it.input == input).ok_or("no such input")?;
    let text = std::fs::read_to_string(rows)?;
    let (header, lines) = text.split_once('\n').ok_or("no rows")?;
    let (mut reading, mut deciding, mut first) = (Vec::new(), Vec::new(), Vec::new());
    let (mut placed, mut refused, mut unknown) = (0, 0, 0);
    let mut seen = std::collections::HashSet::new();
    for line in lines.lines() {
        let mut bytes = own.clone();
        bytes.bytes = format!("{header}\n{line}\n").into_bytes();
        let begun = Instant::now();
        let row = standing.read(&bytes).map_err(|it| format!("{it:?}"))?;
        let read = begun.elapsed().as_secs_f64();
        let row = row.first().ok_or("no row")?;
        let begun = Instant::now();
        let decision = standing.admit(row);
        let decided = begun.elapsed().as_secs_f64();
        match decision {
            Decision::Placed { .. } => placed += 1,
            Decision::Refused { .. } => refused += 1,
            Decision::NewKind | Decision::Known => {
                unknown += 1;
                continue;
            }
        }
        reading.push(read);
        let is_first = row.class().is_some_and(|class| seen.insert(class));
        if is_first {
            first.push(decided)
        } else {
            deciding.push(decided)
        };
    }
    let show = |name: &str, times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            times.get((share * times.len() as f64) as usize).unwrap_or(&f64::NAN) * 1e6
        };
        format!("\"{name}_us\": {:.1}, \"{name}_p99_us\": {:.1}", at(0.5), at(0.99))
    };
    println!(
        "{{\"placed\": {placed}, \"refused\": {refused}, \"new_kind\": {unknown}, \"ready_s\": {ready:.3}, {}, {}, {}}}",
        show("decide", &mut deciding),
        show("first_of_kind", &mut first),
        show("read", &mut reading),
    );
    Ok(())
}

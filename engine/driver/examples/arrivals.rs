//! How long one arrival takes beside a plan that stands: the rows of a file arrive one by one.
//!
//! `cargo run --release -p apportion-driver --example arrivals -- FOLDER ROWS [INPUT=FILE ...]` reads a project, takes
//! what runs now as the plan that stands (`current=plan.json` gives a plan's own), and prints one line of JSON. Beside the
//! time that passes stands the time that the thread ran (`cpu`), which others on the same machine do not lengthen.

use std::path::Path;
use std::time::Instant;

use apportion_check::Project as Sources;
use apportion_connect::{Overrides, Project};
use apportion_driver::{Decision, Options, Request, Standing};
use apportion_facts::{Settings, schema};
use apportion_world::{InputBytes, load};
use rustix::time::{ClockId, clock_gettime};

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
    let inputs: Vec<&str> = policy.inputs.iter().map(|input| &*input.name).collect();
    let read = project.read(&Overrides { files, ..Overrides::default() }, &inputs);
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
    let mut standing = Standing::new(&request, &schema, input).map_err(|it| format!("{it:?}"))?;
    let ready = begun.elapsed().as_secs_f64();

    // As one would be read from a queue: a header and one row.
    let mut inputs = read.inputs.iter();
    let own = inputs.find(|it| it.input == input).ok_or("no such input")?;
    let mut arriving = InputBytes { bytes: Vec::new(), ..own.clone() };
    let text = std::fs::read_to_string(rows)?;
    let (header, lines) = text.split_once('\n').ok_or("no rows")?;
    let (mut reading, mut compiling) = (Vec::new(), Vec::new());
    let (mut deciding, mut first, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    let (mut placed, mut refused) = (0, 0);
    let mut seen = std::collections::HashSet::new();
    for line in lines.lines() {
        arriving.bytes = format!("{header}\n{line}\n").into_bytes();
        let kinds = standing.kinds();
        let (row, read) = timed(|| standing.read(&arriving));
        let is_new = standing.kinds() > kinds;
        let row = row.map_err(|it| format!("{it:?}"))?;
        let row = row.first().ok_or("no row")?;
        let (decision, decided) = timed(|| standing.admit(row));
        match decision {
            Decision::Placed { .. } => placed += 1,
            Decision::Refused { .. } => refused += 1,
            Decision::Known => continue,
        }
        whole.push(Time { wall: read.wall + decided.wall, cpu: read.cpu + decided.cpu });
        if is_new { &mut compiling } else { &mut reading }.push(read);
        if seen.insert(row.class()) { &mut first } else { &mut deciding }.push(decided);
    }
    let show = |name: &str, times: &[Time]| {
        let wall = percentiles(times.iter().map(|it| it.wall));
        let cpu = percentiles(times.iter().map(|it| it.cpu));
        let histogram = histogram(times.iter().map(|it| it.wall));
        format!(
            "\"{name}_us\": {:.1}, \"{name}_p99_us\": {:.1}, \"{name}_cpu_p99_us\": {:.1}, \"{name}_histogram\": {histogram:?}",
            wall.0, wall.1, cpu.1
        )
    };
    println!(
        "{{\"placed\": {placed}, \"refused\": {refused}, \"new_kinds\": {}, \"ready_s\": {ready:.3}, {}, {}, {}, {}, {}}}",
        compiling.len(),
        show("decide", &deciding),
        show("first_of_kind", &first),
        show("read", &reading),
        show("new_kind", &compiling),
        show("whole", &whole),
    );
    Ok(())
}

/// How long something took, in microseconds.
struct Time {
    wall: f64,
    cpu: f64,
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Time) {
    let (wall, cpu) = (Instant::now(), thread_time());
    let result = work();
    let cpu = thread_time() - cpu;
    (result, Time { wall: wall.elapsed().as_secs_f64() * 1e6, cpu })
}

/// For how many microseconds this thread has run.
fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// How many took at most 10 µs, at most 100 µs and so on up to 1 s, and how many took longer.
fn histogram(times: impl Iterator<Item = f64>) -> [usize; 7] {
    let mut counts = [0; 7];
    for time in times {
        let decade = (0..6).find(|decade| time <= 10f64.powi(decade + 1)).unwrap_or(6);
        counts[decade as usize] += 1;
    }
    counts
}

/// The median and the 99th percentile.
fn percentiles(times: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((share * times.len() as f64) as usize).copied();
    (at(0.5).unwrap_or(f64::NAN), at(0.99).unwrap_or(f64::NAN))
}

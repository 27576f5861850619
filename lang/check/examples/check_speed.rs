//! Lines a second that are parsed and checked, on one and on two threads, and the time of one edit.
//!
//! ```text
//! cargo run --release -p apportion-check --example check_speed
//! ```

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use apportion_check::Project;

const LINES: usize = 50_000;
const EDITED_LINES: usize = 10_000;
const RUNS: usize = 5;
const PATH: &str = "policy/main.alloc";

fn main() {
    let text: Arc<str> = policy(LINES).into();
    let lines = text.lines().count();
    println!("{lines} lines, {} bytes, best of {RUNS} runs", text.len());
    for threads in [1, 2] {
        let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else {
            continue;
        };
        let (took, found) = pool.install(|| best(|| findings(&text)));
        let rate = lines as f64 / took.as_secs_f64();
        println!("parse and check, threads: {threads}   {rate:>10.0} lines/s   ({found} findings)");
    }
    edit();
}

fn findings(text: &Arc<str>) -> usize {
    Project::new(vec![(PATH.to_owned(), Arc::clone(text))], PATH).diagnostics().0.len()
}

/// Changes one number in the middle of a file, back and forth.
fn edit() {
    let before = policy(EDITED_LINES);
    let number = before[before.len() / 2..].find("40 credit").map(|at| at + before.len() / 2);
    let Some(at) = number else { return };
    let after = format!("{}41{}", &before[..at], &before[at + 2..]);
    let texts: [Arc<str>; 2] = [after.into(), before.into()];
    let mut project = Project::new(vec![(PATH.to_owned(), Arc::clone(&texts[1]))], PATH);
    project.diagnostics();
    let mut turn = 0;
    let (took, found) = best(|| {
        project.set_text(PATH, Arc::clone(&texts[turn % 2]));
        turn += 1;
        project.diagnostics().0.len()
    });
    let lines = texts[1].lines().count();
    println!("an edit in one line of {lines}      {took:>10.2?}           ({found} findings)");
}

fn best(mut work: impl FnMut() -> usize) -> (Duration, usize) {
    let mut best = Duration::MAX;
    let mut result = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        result = std::hint::black_box(work());
        best = best.min(start.elapsed());
    }
    (best, result)
}

/// A policy of rules, sums, facts and decisions in which nothing is wrong.
fn policy(lines: usize) -> String {
    let mut text = String::from(
        "resource cpu: cores\nresource memory: GiB\nenum Offer { listed, spare }\n\
         param reserve: ratio = 8 %\n\
         entity Region { key id: string; country: string }\ninput regions: Region\n\
         entity Job { key id: string; home: Region; copies: count; request: amounts; data: set<string> }\n\
         input jobs: Job max 10_000\nobjective { resilience: minimize penalties }\n",
    );
    let mut written = text.lines().count();
    let mut number = 0;
    while written < lines {
        let block = format!(
            r#"/// Where the jobs of group {number} run.
entity Site{number} {{
  key id: string
  region: Region
  tier: enum {{ edge, hub, cloud }}
  capacity: amounts
  reclaim: 1/h?
  price: map<Offer, USD/core/h>
}}
input sites{number}: Site{number} max 5_000
place jobs j onto sites{number} s via Offer o as x{number}: count <= j.copies
  where s.price.has(o) && (o != spare || has(s.reclaim))

let served{number}[j in jobs] = x{number}[j, *, *]   // over all sites
let spend{number} = sum(j in jobs, s in sites{number}, o in {{listed, spare}}:
                  x{number}[j, s, o] * j.request[cpu] * s.price[o])
rule room{number} if broken no worse
  because "{{s.id}} is out of {{r}}" {{
  for s in sites{number}, r in resources:
    sum(j in jobs: x{number}[j, s, *] * j.request[r])
      <= (1 - reserve) * s.capacity[r]
}}
compliance residency{number} cites "GDPR Art. 44" {{
  forbid x{number}[j, s, *] where "pii" in j.data && s.region.country != j.home.country
}}
rule drain{number} soft at resilience, 40 credit per replica {{
  for s in sites{number}: sum(j in jobs: x{number}[j, s, *]) <= 3
}}

"#
        );
        written += block.lines().count();
        number += 1;
        let _ = text.write_str(&block);
    }
    text
}

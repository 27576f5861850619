//! Lines a second that are split and parsed, on one and on two threads.
//!
//! ```text
//! cargo run --release -p apportion-syntax --example parse_speed
//! ```

use std::fmt::Write;
use std::time::{Duration, Instant};

use apportion_syntax::{MAX_TEXT_BYTES, parse_file, split, tokens};

const LINES: usize = 100_000;
const RUNS: usize = 7;

fn main() {
    let text = policy(LINES);
    let lines = text.lines().count();
    assert!(text.len() <= MAX_TEXT_BYTES);
    println!("{lines} lines, {} bytes, best of {RUNS} runs", text.len());
    report("tokens", lines, || tokens(&text).len());
    report("split", lines, || split(&text).len());
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let Ok(pool) = pool else { continue };
        report(&format!("split and parse, threads: {threads}"), lines, || {
            pool.install(|| parse_file(&text).iter().map(|(_, parsed)| parsed.errors.len()).sum())
        });
    }
}

fn report(what: &str, lines: usize, mut work: impl FnMut() -> usize) {
    let mut best = Duration::MAX;
    let mut result = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        result = std::hint::black_box(work());
        best = best.min(start.elapsed());
    }
    let rate = lines as f64 / best.as_secs_f64();
    println!("{what:<34} {rate:>12.0} lines/s   ({result} found)");
}

/// A policy of rules, sums, facts and decisions.
fn policy(lines: usize) -> String {
    let mut text = String::new();
    let mut written = 0;
    let mut number = 0;
    while written < lines {
        let block = format!(
            r#"/// Where the jobs of group {number} run.
entity Site{number} {{
  key id: string
  region: Region
  tier: enum {{ edge, hub, cloud }}
  capacity: amounts
  price: map<Offer, USD/core/h>
}}
input sites{number}: Site{number} max 5_000 fresh within 1 h
place jobs j onto sites{number} s via Offer o as x{number}: count <= j.copies
  where s.price.has(o) && (o != spare || has(s.reclaim))

let served{number}[j in jobs] = x{number}[j, *, *]   // over all sites
let spend{number} = sum(j in jobs, s in sites{number}, o in {{listed, spare}}:
                  x{number}[j, s, o] * j.request[cpu] * s.price[o])
rule room{number} if broken no worse
  because "{{s.id}} is out of {{r}}" {{
  for s in sites{number}, r in resources, t in load.slots:
    sum(j in jobs: x{number}[j, s, *] * j.request[r] * load[j, t].p95)
      <= (1 - reserve) * s.capacity[r]
}}
compliance residency{number} cites "GDPR Art. 44" {{
  forbid x{number}[j, s, *] where "pii" in j.data && s.region.country != j.home.country
}}
rule drain{number} soft at resilience, 40 credit per replica {{
  for s in sites{number}: if open[s] == 0 then commit[s] == 0 cores
}}

"#
        );
        written += block.lines().count();
        number += 1;
        let _ = text.write_str(&block);
    }
    text
}

//! Training jobs on two kinds of accelerator, at throughputs that were measured: the fairest plan is that of a reference.
//!
//! The throughputs are those of Narayanan and others, "Heterogeneity-Aware Cluster Scheduling Policies for Deep Learning
//! Workloads" (OSDI 2020). They lie beside the project, in `../shared/data` or where `APPORTION_DATA` says. The policy is
//! that of the case `plan/published/gavel`.

use std::fmt::Write;
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::markdown::{Block, Document};
use crate::harness::project::Project;
use crate::harness::{binary, data, root, trial_of_data};

const THROUGHPUTS: &str = "gavel/oracle_throughputs.json";
const JOBS: [&str; 6] = [
    "A3C",
    "CycleGAN",
    "LM (batch size 20)",
    "Recommendation (batch size 2048)",
    "ResNet-50 (batch size 64)",
    "Transformer (batch size 64)",
];

/// What a job does per second on one V100, and on one K80.
type Rates = [f64; 2];

/// One test.
pub(crate) fn trials() -> Vec<Trial> {
    let what = "gavel: the fairest throughput is that of comparative advantage".to_owned();
    vec![trial_of_data(what, &[THROUGHPUTS], is_fairest)]
}

fn is_fairest() -> Result<()> {
    let text = std::fs::read_to_string(data(THROUGHPUTS))?;
    let measured: Value = serde_json::from_str(&text)?;
    let rate = |kind: &str, job: &str| {
        let rate = measured[kind][job]["null"].as_f64();
        rate.with_context(|| format!("no throughput of {job} on {kind}"))
    };
    let rates = JOBS.iter().map(|job| Ok([rate("v100", job)?, rate("k80", job)?]));
    let rates = rates.collect::<Result<Vec<Rates>>>()?;
    let mut rows = "id,rate[v100][1/s],rate[k80][1/s]\n".to_owned();
    for (job, [v100, k80]) in JOBS.iter().zip(&rates) {
        writeln!(rows, "{job},{v100},{k80}")?;
    }
    let case = root().join("tests/cases/plan/published/gavel.md");
    let Document { sections, .. } = Document::read(&case)?;
    let section = sections.first().context("the case has no policy")?;
    let is_jobs = |block: &&Block| block.words != ["csv", "jobs"];
    let mut blocks: Vec<Block> = section.blocks.iter().filter(is_jobs).cloned().collect();
    let words = ["csv", "jobs"].map(str::to_owned).to_vec();
    blocks.push(Block { words, text: rows, number: 0, range: Range::default() });
    let project = Project::new(&blocks)?;
    let command = "apportion plan --no-progress --format json --at 2026-11-23";
    let output = binary::shell(command, project.folder())?;
    let plan: Value = serde_json::from_str(&output.stdout).with_context(|| output.seen())?;
    let fairest = fairest(&rates);
    let shares = plan["levels"][0]["shares"]["tiers"][0].as_array().context("no shares")?;
    ensure!(shares.len() == JOBS.len(), "{} shares of {} jobs", shares.len(), JOBS.len());
    for share in shares {
        let value = share["value"].as_f64().context("a share is a number")?;
        ensure!((value - fairest).abs() <= 1e-6 * fairest, "{share} in place of {fairest}");
        // An equal part of both is what the job could have by itself.
        ensure!(value > 1.0, "{share} is no more than a job would have alone");
    }
    Ok(())
}

/// The throughput that all jobs can have together, as a part of what each would do with an equal part of one V100 and one K80:
/// the V100 goes to those whose work it speeds up most.
fn fairest(rates: &[Rates]) -> f64 {
    let mut rates = rates.to_vec();
    rates.sort_by(|a, b| (b[0] / b[1]).total_cmp(&(a[0] / a[1])));
    let fits = |part: f64| {
        let mut left = [1.0_f64, 1.0];
        for [v100, k80] in &rates {
            let work = part * (v100 + k80) / rates.len() as f64;
            let time = left[0].min(work / v100);
            left[0] -= time;
            left[1] -= (work - time * v100) / k80;
        }
        left[1] >= 0.0
    };
    let (mut least, mut most) = (0.0, rates.len() as f64);
    for _ in 0..100 {
        let middle = 0.5 * (least + most);
        if fits(middle) { least = middle } else { most = middle }
    }
    least
}

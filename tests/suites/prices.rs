//! A price list of machines, unconverted: reserving becomes cheaper just where its prices say.
//!
//! The list lies beside the project, in `../shared/data` or where `APPORTION_DATA` says. The policy is that of the case
//! `plan/published/break_even`.

use anyhow::{Context, Result, bail};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::markdown::Document;
use crate::harness::project::Project;
use crate::harness::{binary, data, root, trial_of_data};

const LIST: &str = "catalog/aws_linux_on_demand_reserved_2017-10.csv.gz";
const TYPES: [&str; 4] = ["m4.large", "c4.large", "r4.large", "m4.xlarge"];
const HOURS: u64 = 8760;

/// One test for each type of machine.
pub(crate) fn trials() -> Vec<Trial> {
    let trial = |machine: &'static str| {
        let what = format!("prices: reserving {machine} pays from its break-even on");
        trial_of_data(what, &[LIST], move || switches(machine))
    };
    TYPES.into_iter().map(trial).collect()
}

/// Whether the plan commits to the machine from the first whole hour on at which that is cheaper, and not before.
fn switches(machine: &str) -> Result<()> {
    let (on_demand, reserved) = prices(machine)?;
    let last = reserved * HOURS / on_demand;
    if (reserved * HOURS).is_multiple_of(on_demand) {
        bail!("both cost the same at {last} hours, so that either is right there");
    }
    let case = root().join("tests/cases/plan/published/break_even.md");
    let Document { sections, .. } = Document::read(&case)?;
    let policy = sections.first().context("the case has no policy")?;
    let project = Project::new(&policy.blocks)?;
    for (used, expected) in [(last, 0.0), (last + 1, 1.0)] {
        let command = format!(
            "apportion plan --no-progress --format json --at 2026-11-23 --param 'used={used} h' \
             --param 'on_demand={on_demand}e-4 USD/h' --param 'reserved={reserved}e-4 USD/h'"
        );
        let output = binary::shell(&command, project.folder())?;
        let plan: Value = serde_json::from_str(&output.stdout).with_context(|| output.seen())?;
        let committed = plan["metrics"]["committed"]["value"].as_f64();
        if committed != Some(expected) {
            bail!("{committed:?} instead of {expected} commitments at {used} hours");
        }
    }
    Ok(())
}

/// What an hour costs on demand and, with nothing upfront, reserved for a year, in 1/10,000 USD.
fn prices(machine: &str) -> Result<(u64, u64)> {
    let text = binary::shell(&format!("gzip -dc '{}'", data(LIST).display()), &root())?;
    let mut lines = text.stdout.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().context("the list is empty")?;
    let column = |name: &str| {
        head.iter().position(|it| *it == name).with_context(|| format!("no column {name}"))
    };
    let region = column("region")?;
    let row = lines
        .find(|row| row.first() == Some(&machine) && row.get(region) == Some(&"us-east-1"))
        .with_context(|| format!("no {machine} in the list"))?;
    let price = |name: &str| -> Result<u64> {
        let cell = row.get(column(name)?).context("a short row")?;
        let price: f64 = cell.parse().with_context(|| format!("{name} of {machine}: {cell}"))?;
        Ok((price * 1e4).round() as u64)
    };
    let reserved = price("reserved_usd_per_hour.yrTerm1Standard.noUpfront")?;
    Ok((price("on_demand_usd_per_hour")?, reserved))
}

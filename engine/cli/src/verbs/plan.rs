//! `apportion plan`

use std::io::Write;

use anyhow::Context;
use apportion_driver::{Failure, Options, Planned, Request, plan};
use apportion_plan::{Level, Plan, Status, Style, preview};

use crate::args::{Common, Format, Plan as Arguments};
use crate::exit::Exit;
use crate::input::{self, Input};
use crate::observer::{Terminal, listen_for_interrupts, stopped_without_plan};
use crate::{findings, rejected, verbs};

pub(crate) fn run(it: &Arguments, common: &Common) -> anyhow::Result<Exit> {
    listen_for_interrupts()?;
    let Some(input) = input::read(&it.facts, common)? else { return Ok(Exit::Findings) };
    if common.format == Format::Text {
        findings::print(&input.findings, &input.sources, common)?;
    }
    let names = input.policy.levels.iter().map(|level| level.name.to_string()).collect();
    let terminal = Terminal::new(common, names);
    let request = request(&input, options(&input, it));
    let outcome = plan(&request, &terminal);
    terminal.done();
    match outcome {
        Ok(Planned { plan, findings: found }) => {
            if common.format == Format::Text {
                findings::print(&found, &input.sources, common)?;
            }
            print(plan, it, common)
        }
        Err(Failure::Findings(found)) => {
            findings::print(&found, &input.sources, common)?;
            Ok(Exit::Findings)
        }
        Err(Failure::Rejected(rejected)) => {
            let kept = rejected::keep(&input, &request);
            findings::print(&[rejected::finding(&rejected, &kept)], &input.sources, common)?;
            Ok(Exit::Findings)
        }
    }
}

/// Options of the command line, else of the manifest, else the usual ones.
fn options(input: &Input, it: &Arguments) -> Options {
    let usual = Options::default();
    let manifest = &input.project.manifest.solve;
    Options {
        time_limit: it.time_limit.or(manifest.time_limit),
        gap: it.gap.or(manifest.gap).unwrap_or(usual.gap),
        threads: manifest.threads.unwrap_or(usual.threads),
        seed: manifest.seed.unwrap_or(usual.seed),
        merge: !it.no_classes,
        ..usual
    }
}

/// The request of an input.
pub(crate) fn request(input: &Input, options: Options) -> Request<'_> {
    Request {
        project: &input.project.manifest.name,
        policy: &input.policy,
        world: &input.world,
        settings: &input.settings,
        params: input.params.clone(),
        options,
        hashes: input.hashes.clone(),
        timings: input.timings.clone(),
    }
}

fn print(mut plan: Plan, it: &Arguments, common: &Common) -> anyhow::Result<Exit> {
    if it.no_timings {
        plan.timings = None;
    }
    let json = serde_json::to_string_pretty(&plan)? + "\n";
    if let Some(path) = &it.out {
        std::fs::write(path, &json)
            .with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    let mut out = std::io::stdout().lock();
    if common.format == Format::Json {
        out.write_all(json.as_bytes())?;
    } else if plan.point {
        let style = Style { color: findings::color(common, &std::io::stdout()), all: it.all };
        out.write_all(preview(&plan, style).as_bytes())?;
    } else {
        drop(out);
        verbs::plan::without_point(&plan);
    }
    if common.format == Format::Text && common.verbose > 0 {
        details(&plan);
    }
    if common.format == Format::Text && !common.quiet {
        plan.warnings.iter().for_each(|it| eprintln!("warning[{}]: {}", it.code, it.message));
    }
    Ok(match plan.status {
        Status::Infeasible | Status::Unbounded => Exit::NoPlan,
        Status::Stopped => {
            stopped(&plan, common);
            Exit::Stopped
        }
        Status::Optimal | Status::WithinGap => {
            if it.detailed_exitcode && !plan.changes.is_empty() {
                Exit::Usage
            } else {
                Exit::Done
            }
        }
    })
}

/// What is said where there is no plan.
pub(crate) fn without_point(plan: &Plan) {
    match plan.status {
        Status::Infeasible => {
            eprintln!("error[infeasible]: no placement obeys every rule; that is proven");
        }
        Status::Unbounded => {
            eprintln!("error[unbounded]: a level of the objective can be as good as one likes");
            eprintln!(
                "  = help: bound the decision that it asks for, where it is declared or by a rule"
            );
        }
        _ => {
            let by = plan.stopped_by.as_deref().unwrap_or("a limit").replace('_', " ");
            eprintln!("{}", stopped_without_plan(&by));
        }
    }
}

fn stopped(plan: &Plan, common: &Common) {
    if !plan.point || common.format != Format::Text {
        return;
    }
    let open: Option<&Level> =
        plan.levels.iter().find(|level| level.gap.is_some_and(|gap| gap > 0.0));
    let far = open.and_then(|level| level.gap).map_or(String::new(), |gap| {
        format!(", at most {} % from the best", apportion_units::format_number(gap * 100.0, 2))
    });
    match plan.stopped_by.as_deref() {
        Some("unpacking") => {
            eprintln!(
                "warning[stopped]: the plan is valid{far}; counts per class were settled greedily"
            );
            eprintln!("  = help: `--gap` with a ratio above that accepts it as finished");
        }
        by => {
            let by = by.unwrap_or("a limit").replace('_', " ");
            eprintln!("warning[stopped]: stopped by {by}; the plan is valid{far}");
            eprintln!("  = help: `--time-limit 2min` goes on, `--gap 3%` ends earlier as finished");
        }
    }
}

fn details(plan: &Plan) {
    let size = &plan.model;
    eprintln!(
        "problem: {} rows, {} columns ({} whole), {} coefficients; {} columns if no rows were alike",
        size.rows, size.columns, size.integers, size.nonzeros, size.single_columns
    );
    if let Some(times) = &plan.timings {
        eprintln!(
            "seconds: check {:.3}, load {:.3}, ground {:.3}, lower {:.3}, solve {:.3}, lift {:.3}, judge {:.3}",
            times.check,
            times.load,
            times.ground,
            times.lower,
            times.solve,
            times.lift,
            times.judge
        );
    }
}

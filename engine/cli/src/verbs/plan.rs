//! `apportion plan`

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use apportion_connect::Manifest;
use apportion_diagnostic::{Diagnostic, Severity};
use apportion_driver::{Failure, Observer, Options, Planned, Request, classes_of, plan};
use apportion_plan::{
    Plan, Status, Style, Warning, classes, ended, gap, is_settled_by_rows, percent, preview,
};

use crate::args::{By, Common, Format, Output, Plan as Arguments};
use crate::exit::Exit;
use crate::input::{self, Input};
use crate::observer::{Terminal, listen_for_interrupts, stopped_without_plan};
use crate::partitions::Folder;
use crate::progress::Work;
use crate::workers::Fleet;
use crate::{findings, rejected, verbs, workers};

/// The share of the time that is left for parts, where there is a limit: a plan of the whole has to be made of theirs.
const TIME_OF_PARTS: f64 = 0.75;

pub(crate) fn run(it: &Arguments, common: &Common) -> anyhow::Result<Exit> {
    listen_for_interrupts()?;
    let Some(input) = input::read(&it.facts, common)? else { return Ok(Exit::Findings) };
    if common.format == Format::Text {
        findings::print(&input.findings, &input.sources, common)?;
    }
    let options = options(&input, it);
    let terminal = Terminal::new(common, &input.policy, options.time_limit);
    let request = request(&input, options);
    let outcome = match it.partitions {
        Some(parts) => in_parts(&input, &request, it.by, parts, &terminal)?,
        None => plan(&request, &terminal),
    };
    terminal.done();
    match outcome {
        Ok(Planned { plan, findings: found, .. }) => {
            if common.format == Format::Text {
                findings::print(&found, &input.sources, common)?;
            }
            let warnings = input.findings.iter().chain(&found).filter_map(warning).collect();
            let exit = print(plan, warnings, &it.output, common)?;
            if common.format == Format::Text && common.verbose > 0 && !it.no_classes {
                eprint!("{}", classes(&classes_of(&request, &input.sources)));
            }
            Ok(exit)
        }
        Err(Failure::Findings(found)) => {
            findings::print(&found, &input.sources, common)?;
            Ok(Exit::Findings)
        }
        Err(failure @ Failure::Rejected(_)) if it.partitions.is_some() => {
            findings::print(&verbs::partition::said(failure), &input.sources, common)?;
            Ok(Exit::Findings)
        }
        Err(Failure::Rejected(rejected)) => {
            let kept = rejected::keep(&input, &request);
            findings::print(&[rejected::finding(&rejected, &kept)], &input.sources, common)?;
            Ok(Exit::Findings)
        }
    }
}

/// Plans the parts of a fleet in processes of their own, and what they make together.
fn in_parts(
    input: &Input,
    request: &Request<'_>,
    by: By,
    parts: usize,
    terminal: &Terminal,
) -> anyhow::Result<Result<Planned, Failure>> {
    let place = tempfile::tempdir().context("no folder for parts can be made")?;
    let folder = Folder(place.path());
    terminal.tell(|course| course.begin(Work::Deal));
    let written = verbs::partition::write(input, &request.options, by, parts, &folder)?;
    let (whole, is_sum) = match written {
        Ok(written) => written,
        Err(failure) => return Ok(Err(failure)),
    };
    let until = request.options.time_limit.map(|limit| {
        let (limit, begun) = (limit.as_secs_f64(), terminal.elapsed());
        begun + TIME_OF_PARTS * (limit - begun).max(0.0)
    });
    workers::solve_all(&folder, Fleet { parts: whole.parts.len(), is_sum }, until, terminal)?;
    match folder.plans(&whole.parts) {
        Ok(plans) => Ok(verbs::partition::merged(request, &whole.dealt, &plans, terminal)),
        Err(findings) => Ok(Err(Failure::Findings(findings))),
    }
}

/// Options of the command line, else of the manifest, else the usual ones.
fn options(input: &Input, it: &Arguments) -> Options {
    Options {
        merge: !it.no_classes,
        dominance: !it.keep_dominated,
        ..limits(&input.project.manifest, it.time_limit, it.gap)
    }
}

/// Limits of the command line, else of the manifest, else the usual ones.
pub(crate) fn limits(
    manifest: &Manifest,
    time_limit: Option<Duration>,
    gap: Option<f64>,
) -> Options {
    let usual = Options::default();
    let manifest = &manifest.solve;
    Options {
        time_limit: time_limit.or(manifest.time_limit),
        gap: gap.or(manifest.gap).unwrap_or(usual.gap),
        threads: manifest.threads.unwrap_or(usual.threads),
        seed: manifest.seed.unwrap_or(usual.seed),
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

/// A finding as JSON has it beside a plan; people have read it by then, with its place.
pub(crate) fn warning(finding: &Diagnostic) -> Option<Warning> {
    let Diagnostic { code, message, severity, .. } = finding;
    (*severity == Severity::Warning)
        .then(|| Warning { code: (*code).to_owned(), message: message.clone() })
}

/// Prints a plan, and writes it where that was asked.
pub(crate) fn print(
    mut plan: Plan,
    warnings: Vec<Warning>,
    it: &Output,
    common: &Common,
) -> anyhow::Result<Exit> {
    if it.no_timings {
        plan.timings = None;
    }
    let own = std::mem::replace(&mut plan.warnings, warnings);
    plan.warnings.extend(own.iter().cloned());
    let is_json = common.format == Format::Json;
    let json = match is_json || it.out.is_some() {
        true => serde_json::to_string_pretty(&plan)? + "\n",
        false => String::new(),
    };
    plan.warnings = own;
    if let Some(path) = &it.out {
        std::fs::write(path, &json)
            .with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    let mut out = std::io::stdout().lock();
    if is_json {
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
        _ => eprintln!("{}", stopped_without_plan(&ended(plan))),
    }
}

fn stopped(plan: &Plan, common: &Common) {
    if !plan.point || common.format != Format::Text {
        return;
    }
    let reached = gap(plan);
    match reached {
        Some(reached) if is_settled_by_rows(plan) => eprintln!(
            "warning[stopped]: no better places for single rows were found; this plan is at most {} from what \
             is proven possible",
            percent(reached)
        ),
        Some(reached) if reached > 0.0 => eprintln!(
            "warning[stopped]: {}; the plan is valid, at most {} from the best",
            ended(plan),
            percent(reached)
        ),
        _ => eprintln!("warning[stopped]: {}; the plan is valid", ended(plan)),
    }
    let nearer = reached.and_then(|reached| nearer(plan, reached));
    let advice: Vec<String> = longer(plan).into_iter().chain(nearer).collect();
    if !advice.is_empty() {
        eprintln!("  = help: {}", advice.join("; "));
    }
}

/// Time limits that people set, in seconds, with their words.
const LIMITS: [(f64, &str); 5] =
    [(10.0, "10s"), (30.0, "30s"), (120.0, "2min"), (600.0, "10min"), (3_600.0, "1h")];

/// A limit that gives the search more time than it had.
fn longer(plan: &Plan) -> Option<String> {
    let (had, _) = plan.provenance.settings.get("time-limit")?.split_once(' ')?;
    let had: f64 = had.parse().ok()?;
    let (_, next) = LIMITS.iter().find(|(limit, _)| *limit >= 2.0 * had)?;
    (plan.stopped_by.as_deref() == Some("time_limit"))
        .then(|| format!("`--time-limit {next}` searches longer, from the start again"))
}

/// Gaps that people ask for, in percent.
const GAPS: [f64; 12] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0];

/// A gap that what was reached is within.
fn nearer(plan: &Plan, reached: f64) -> Option<String> {
    let percent = GAPS.iter().find(|percent| **percent >= reached * 100.0 * (1.0 + 1e-9))?;
    let all = plan.levels.iter().all(|level| level.gap.is_some());
    let open = plan.levels.iter().find(|level| level.gap.is_some_and(|gap| gap > 0.0))?;
    Some(match all {
        true => format!("`--gap {percent}%` accepts this as finished"),
        false => format!("`--gap {percent}%` accepts `{}` as it is and goes on", open.name),
    })
}

fn details(plan: &Plan) {
    let size = &plan.model;
    eprintln!(
        "problem: {} rows, {} columns ({} whole), {} coefficients; {} columns are values of decisions, {} if no rows were alike",
        size.rows, size.columns, size.integers, size.nonzeros, size.decisions, size.single_columns
    );
    for it in &size.dominated {
        eprintln!(
            "dominated: {} columns of `{}` stay at their least: others do as much for no more, as `{}` does what `{}` would",
            it.columns, it.decision, it.by, it.example
        );
    }
    if let Some(times) = &plan.timings {
        eprintln!(
            "seconds: check {:.3}, load {:.3}, ground {:.3}, lower {:.3}, solve {:.3}, lift {:.3}, improve {:.3}, judge {:.3}, reasons {:.3}",
            times.check,
            times.load,
            times.ground,
            times.lower,
            times.solve,
            times.lift,
            times.improve,
            times.judge,
            times.reasons
        );
    }
}

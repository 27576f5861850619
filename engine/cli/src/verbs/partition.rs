//! `apportion partition`

use std::io::Write;
use std::path::PathBuf;

use apportion_diagnostic::{Diagnostic, Sources};
use apportion_driver::{
    Failure, Observer, Options, Parting, Parts, Planned, Request, Way, merge, partition, plan_part,
};
use apportion_plan::{Partitioned, Plan};
use apportion_units::counted;

use crate::args::{
    By, Common, Merge, Partition as Arguments, PartitionVerb, SolvePartition, SplitFleet,
};
use crate::exit::Exit;
use crate::findings;
use crate::input::{self, Input};
use crate::observer::{Terminal, listen_for_interrupts, listen_to_standard_input};
use crate::partitions::{Dealt, Folder, Partition, PartitionPlan};
use crate::progress::Work;
use crate::verbs::plan;

pub(crate) fn run(it: &Arguments, common: &Common) -> anyhow::Result<Exit> {
    match &it.what {
        PartitionVerb::Split(it) => split(it, common),
        PartitionVerb::Solve(it) => solve(it, common),
        PartitionVerb::Merge(it) => merge_folder(it, common),
    }
}

fn split(it: &SplitFleet, common: &Common) -> anyhow::Result<Exit> {
    let Some(input) = input::read(&it.facts, common)? else { return Ok(Exit::Findings) };
    findings::print_warnings(&input.findings, &input.sources, common)?;
    let usual = plan::limits(&input.project.manifest, it.time_limit, it.gap);
    let options = Options { seed: it.seed.unwrap_or(usual.seed), ..usual };
    let folder = Folder(&it.into);
    let terminal = Terminal::new(common, &input.policy, None);
    terminal.tell(|course| course.begin(Work::Deal));
    let written = write(&input, &options, it.by, it.parts, &folder)?;
    terminal.done();
    match written {
        Ok((whole, _)) => {
            let parts = counted(whole.parts.len(), "part", "parts");
            folder.write_fleet(whole, input.world)?;
            if !common.quiet {
                writeln!(std::io::stdout(), "{parts} in {}", it.into.display())?;
            }
            Ok(Exit::Done)
        }
        Err(failure) => {
            findings::print(&said(failure), &input.sources, common)?;
            Ok(Exit::Findings)
        }
    }
}

/// Makes the files of a fleet's parts, unless that is refused; gives the whole without its facts, and whether its first
/// level is the sum of the parts'.
pub(crate) fn write(
    input: &Input,
    options: &Options,
    by: By,
    parts: usize,
    folder: &Folder<'_>,
) -> anyhow::Result<Result<(Partition, bool), Failure>> {
    let way = match by {
        By::Random => Way::Random,
        By::Blocks => Way::Blocks,
    };
    let parting = Parting { way, parts, seed: options.seed.into() };
    match partition(&plan::request(input, options.clone()), &input.schema, &parting) {
        Ok(parted) => {
            let is_sum = parted.is_sum;
            Ok(Ok((folder.write_parts(input, options, way, parted)?, is_sum)))
        }
        Err(failure) => Ok(Err(failure)),
    }
}

/// What is said where there are no parts or no plan of them.
pub(crate) fn said(failure: Failure) -> Vec<Diagnostic> {
    match failure {
        Failure::Findings(found) => found,
        Failure::Rejected(rejected) => {
            let message = format!("the plans of the parts together break {}", rejected.what);
            let finding = Diagnostic::error("parts-rejected", message);
            let finding = finding.evidence(rejected.details.join("\n"));
            vec![finding.help("plan it in fewer parts, or whole")]
        }
    }
}

fn solve(it: &SolvePartition, common: &Common) -> anyhow::Result<Exit> {
    listen_for_interrupts()?;
    if it.worker {
        listen_to_standard_input()?;
    }
    let refused = |finding: Diagnostic, sources: &Sources| {
        findings::print(&[finding], sources, common).map(|()| Exit::Findings)
    };
    let (path, out) = match places(it) {
        Ok(places) => places,
        Err(finding) => return refused(*finding, &Sources::default()),
    };
    let file = match Partition::read(&path) {
        Ok(file) => file,
        Err(finding) => return refused(*finding, &Sources::default()),
    };
    if PartitionPlan::read(&out, &file.hash).is_ok_and(|done| is_final(&done.plan)) {
        if !common.quiet {
            writeln!(std::io::stdout(), "{} is done", out.display())?;
        }
        return Ok(Exit::Done);
    }
    let opened = match file.open(&path) {
        Ok(opened) => opened,
        Err((found, sources)) => {
            findings::print(&found, &sources, common)?;
            return Ok(Exit::Findings);
        }
    };
    let time_limit = it.time_limit.or(opened.options.time_limit);
    // Why something is not placed, only the whole can say.
    let options = Options { time_limit, reasons: false, ..opened.options.clone() };
    let request = opened.request(options);
    let terminal = match it.worker {
        true => Terminal::reporting(&opened.policy, time_limit),
        false => Terminal::new(common, &opened.policy, time_limit),
    };
    let outcome = plan_part(&request, &opened.file.shares, &terminal);
    if let Ok(Planned { plan, .. }) = &outcome {
        terminal.tell(|course| course.end(plan));
    }
    terminal.done();
    match outcome {
        Ok(Planned { plan, findings: found, .. }) => {
            findings::print(&found, &opened.sources, common)?;
            // Who runs parts as jobs runs a part again that did not end well.
            let exit = if is_final(&plan) { Exit::Done } else { Exit::Stopped };
            PartitionPlan::write(&out, &opened.file, plan)?;
            Ok(exit)
        }
        Err(failure) => {
            findings::print(&said(failure), &opened.sources, common)?;
            Ok(Exit::Findings)
        }
    }
}

/// Whether a plan is what its limits let it be: one that was interrupted is made again.
fn is_final(plan: &Plan) -> bool {
    plan.stopped_by.as_deref() != Some("interrupt")
}

/// Where a partition is read, and where its plan is written.
fn places(it: &SolvePartition) -> Result<(PathBuf, PathBuf), Box<Diagnostic>> {
    let index = match (it.path.is_dir(), it.index) {
        (true, Some(index)) => Some(index),
        (true, None) => {
            let message = format!("`{}` is a folder: which of its parts?", it.path.display());
            let help = "`--index 0`, or the variable JOB_COMPLETION_INDEX";
            return Err(Box::new(Diagnostic::error("bad-value", message).help(help)));
        }
        (false, _) => None,
    };
    let path = index.map_or(it.path.clone(), |index| Folder(&it.path).part(index));
    let beside = || {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let name = name.strip_prefix("part-").unwrap_or(&name);
        path.with_file_name(format!("plan-{name}"))
    };
    let out = it.out.clone().unwrap_or_else(beside);
    Ok((path, out))
}

fn merge_folder(it: &Merge, common: &Common) -> anyhow::Result<Exit> {
    listen_for_interrupts()?;
    let folder = Folder(&it.folder);
    let path = folder.whole();
    let opened = Partition::read(&path).map_err(|finding| (vec![*finding], Sources::default()));
    let opened = match opened.and_then(|file| file.open(&path)) {
        Ok(opened) => opened,
        Err((found, sources)) => {
            findings::print(&found, &sources, common)?;
            return Ok(Exit::Findings);
        }
    };
    let plans = match folder.plans(&opened.file.parts) {
        Ok(plans) if it.allow_missing || plans.iter().all(Option::is_some) => plans,
        Ok(plans) => {
            findings::print(&[missing(&folder, &plans)], &opened.sources, common)?;
            return Ok(Exit::Findings);
        }
        Err(found) => {
            findings::print(&found, &opened.sources, common)?;
            return Ok(Exit::Findings);
        }
    };
    let options = Options {
        time_limit: it.time_limit.or(opened.options.time_limit),
        ..opened.options.clone()
    };
    let terminal = Terminal::new(common, &opened.policy, options.time_limit);
    let outcome = merged(&opened.request(options), &opened.file.dealt, &plans, &terminal);
    terminal.done();
    match outcome {
        Ok(Planned { plan, findings: found, .. }) => {
            if common.format == crate::args::Format::Text {
                findings::print(&found, &opened.sources, common)?;
            }
            let warnings = found.iter().filter_map(plan::warning).collect();
            plan::print(plan, warnings, &it.output, common)
        }
        Err(failure) => {
            findings::print(&said(failure), &opened.sources, common)?;
            Ok(Exit::Findings)
        }
    }
}

fn missing(folder: &Folder<'_>, plans: &[Option<Plan>]) -> Diagnostic {
    let parts = (0..plans.len()).filter(|index| plans[*index].is_none());
    let parts: Vec<String> = parts.map(|index| index.to_string()).collect();
    let there = counted(parts.len(), "part", "parts");
    let message = format!("`{}` lacks the plans of {there}", folder.0.display());
    Diagnostic::error("missing-parts", message)
        .note(format!("missing: {}", parts.join(", ")))
        .help("`apportion partition solve` makes them; `--allow-missing` plans with what is there")
}

/// The plan of the whole that plans of its parts make.
pub(crate) fn merged(
    request: &Request<'_>,
    dealt: &Dealt,
    plans: &[Option<Plan>],
    observer: &dyn Observer,
) -> Result<Planned, Failure> {
    let found: Vec<&Plan> = plans.iter().flatten().filter(|plan| plan.point).collect();
    let without =
        (0..plans.len()).filter(|index| plans[*index].as_ref().is_none_or(|it| !it.point));
    let without: Vec<u64> = without.map(|index| index as u64).collect();
    let is_exact = dealt.is_exact && without.is_empty();
    let mut planned = merge(request, &Parts { plans: found, is_exact }, observer)?;
    planned.plan.partitioned = Some(Partitioned {
        parts: plans.len() as u64,
        by: match dealt.way {
            Way::Random => "random",
            Way::Blocks => "blocks",
        }
        .to_owned(),
        shared: dealt.shared.clone(),
        exact: dealt.is_exact,
        without_plan: without,
        loss: planned.plan.levels.first().and_then(|it| Some((it.bound? - it.value?).abs())),
    });
    Ok(planned)
}

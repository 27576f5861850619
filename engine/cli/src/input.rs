//! From a folder and arguments to a checked policy and its facts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use apportion_check::policy::Policy;
use apportion_connect::{Overrides, Project, ReadInputs, read_bytes};
use apportion_diagnostic::{Diagnostic, Severity, Sources};
use apportion_facts::{Given, Settings, schema};
use apportion_plan::Timings;
use apportion_units::parse_time;
use apportion_world::schema::Schema;
use apportion_world::{Snapshot, SnapshotError, World, load};
use sha2::{Digest, Sha256};

use crate::args::{Common, Facts};
use crate::findings;
use crate::rollout::roll_out;

/// Everything that a plan is made from.
pub(crate) struct Input {
    pub(crate) project: Project,
    pub(crate) policy: Policy,
    /// Parameters that the manifest or the command line set, as they were written.
    pub(crate) params: BTreeMap<String, String>,
    /// The shape of the world, by which it was read.
    pub(crate) schema: Schema,
    pub(crate) world: World,
    pub(crate) settings: Settings,
    pub(crate) sources: Sources,
    /// Warnings on the way.
    pub(crate) findings: Vec<Diagnostic>,
    pub(crate) hashes: (String, String),
    pub(crate) timings: Timings,
}

/// Reads a project; findings at error level have been printed where this gives nothing.
pub(crate) fn read(facts: &Facts, common: &Common) -> anyhow::Result<Option<Input>> {
    let mut timings = Timings::default();
    let project = match Project::open(&facts.folder, facts.env.as_deref()) {
        Ok(project) => project,
        Err((found, sources)) => {
            findings::print(&found, &sources, common)?;
            return Ok(None);
        }
    };
    let begun = Instant::now();
    let checked =
        apportion_check::Project::new(project.files.clone(), &project.manifest.policy).checked();
    timings.check = begun.elapsed().as_secs_f64();
    let sources = checked.sources;
    let mut found = checked.diagnostics;
    let Some(mut policy) = checked.policy else {
        findings::print(&found, &sources, common)?;
        return Ok(None);
    };
    let refused = roll_out(&mut policy, &project.manifest.rollout, &sources);
    if !refused.is_empty() {
        findings::print(&refused, &project.sources, common)?;
        return Ok(None);
    }
    let begun = Instant::now();
    let world = facts_of(&project, &policy, facts, &sources, &mut found);
    timings.load = begun.elapsed().as_secs_f64();
    let failed = found.iter().any(|finding| finding.severity == Severity::Error);
    let (Some(Read { params, settings, schema, world }), false) = (world, failed) else {
        findings::print(&found, &sources, common)?;
        return Ok(None);
    };
    found.extend(ended(&policy, settings.at()));
    let policy = policy.loosened(settings.at());
    let hashes = (policy_hash(&project), world.hash(&schema));
    Ok(Some(Input {
        project,
        policy,
        params,
        schema,
        world,
        settings,
        sources,
        findings: found,
        hashes,
        timings,
    }))
}

/// Warnings of overrides that no longer apply.
fn ended(policy: &Policy, at: f64) -> impl Iterator<Item = Diagnostic> {
    let ended = policy.overrides.iter().filter(move |it| !it.is_in_force(at));
    ended.map(|it| {
        let rule = &policy.rules[it.rule.index()].name;
        let message = format!("`{rule}` is no longer loosened: the override has ended");
        Diagnostic::warning("override-ended", message)
            .at(it.span, "changes nothing any more")
            .help("leave it out, or give it a later date")
    })
}

/// The facts, and what they were read with.
struct Read {
    params: BTreeMap<String, String>,
    settings: Settings,
    schema: Schema,
    world: World,
}

fn facts_of(
    project: &Project,
    policy: &Policy,
    facts: &Facts,
    sources: &Sources,
    found: &mut Vec<Diagnostic>,
) -> Option<Read> {
    let at = match facts.at.as_deref().map(time).transpose() {
        Ok(at) => at,
        Err(finding) => {
            found.push(*finding);
            return None;
        }
    };
    let snapshot = match facts.world.as_deref().map(read_snapshot).transpose() {
        Ok(snapshot) => snapshot,
        Err(finding) => {
            found.push(*finding);
            return None;
        }
    };
    let at = at.or(snapshot.as_ref().map(|snapshot| snapshot.at));
    let at = at.unwrap_or_else(|| jiff::Timestamp::now().as_second() as f64);
    let given = given(project, facts, snapshot.as_ref());
    // Parameters and files are independent, so the mistakes of both are told at once.
    let settings = Settings::new(policy, &given, at).map_err(|findings| found.extend(findings));
    let source = match snapshot {
        Some(snapshot) => Ok(Source::Snapshot(snapshot)),
        None => {
            let inputs = policy.inputs.iter().map(|input| &*input.name);
            let forecasts = policy.forecasts.iter().map(|forecast| &*forecast.name);
            let inputs: Vec<&str> = inputs.chain(forecasts).collect();
            project.read(&overrides(facts), &inputs).map(Source::Inputs)
        }
    };
    let source = source.map_err(|findings| found.extend(findings));
    let (Ok(settings), Ok(source)) = (settings, source) else { return None };
    let schema = match schema(policy, &settings, sources) {
        Ok(schema) => schema,
        Err(findings) => {
            found.extend(findings);
            return None;
        }
    };
    let world = match source {
        Source::Inputs(read) => load_inputs(&schema, &read, found),
        Source::Snapshot(snapshot) => {
            let shifted = shifted(policy, &settings, snapshot.at);
            let refuse = |error| found.push(unusable(facts.world.as_deref(), &error));
            let fitting = shifted.map_or_else(|| snapshot.fitting(&schema), Err);
            fitting.map_err(refuse).ok()
        }
    };
    let params = given.into_iter().map(|given| (given.name, given.text)).collect();
    world.map(|world| Read { params, settings, schema, world })
}

/// Says that the slots of a forecast are others at the time of the plan than they were for a snapshot.
fn shifted(policy: &Policy, settings: &Settings, taken: f64) -> Option<SnapshotError> {
    let shifted = policy.forecasts.iter().find(|forecast| {
        let length = settings.slots(forecast.slots).1;
        (taken / length).floor() * length != settings.slot_start(forecast.slots, 0)
    })?;
    let what = format!("its forecast `{}` is of other slots than this time's", shifted.name);
    Some(SnapshotError::DoesNotFit(what))
}

/// Where facts are read from.
enum Source {
    Inputs(ReadInputs),
    Snapshot(Snapshot),
}

/// Texts of parameters, the ones that win last.
fn given(project: &Project, facts: &Facts, snapshot: Option<&Snapshot>) -> Vec<Given> {
    let (recorded, origin) = match snapshot {
        Some(snapshot) => (&snapshot.params, "the snapshot"),
        None => (&project.manifest.params, "apportion.toml"),
    };
    let recorded = recorded.iter().map(|(name, text)| (name, text, origin));
    let from_line = facts.params.iter().map(|(name, text)| (name, text, "--param"));
    let given = |(name, text, origin): (&String, &String, &str)| Given {
        name: name.clone(),
        text: text.clone(),
        origin: origin.to_owned(),
    };
    recorded.chain(from_line).map(given).collect()
}

fn overrides(facts: &Facts) -> Overrides {
    Overrides {
        files: facts.inputs.iter().cloned().collect(),
        limits: facts.limits.iter().cloned().collect(),
    }
}

fn load_inputs(schema: &Schema, read: &ReadInputs, found: &mut Vec<Diagnostic>) -> Option<World> {
    for name in read.inputs.iter().map(|input| &input.input) {
        let mut known = schema.inputs.iter().map(|input| &input.name);
        let mut forecasts = schema.forecasts.iter().map(|forecast| &forecast.name);
        if !known.any(|it| it == name) && !forecasts.any(|it| it == name) {
            let message =
                format!("the policy has no input `{name}`, which the manifest gives a source");
            found.push(Diagnostic::warning("unknown-name", message));
        }
    }
    let loaded = load(schema, &read.inputs, read.current.as_ref());
    found.extend(loaded.findings);
    loaded.world
}

fn read_snapshot(path: &Path) -> Result<Snapshot, Box<Diagnostic>> {
    let bytes = read_bytes(path).map_err(|reason| {
        let message = format!("`{}`, the snapshot, cannot be read: {reason}", path.display());
        Box::new(Diagnostic::error("unreadable-file", message))
    })?;
    Snapshot::from_json(&bytes).map_err(|error| Box::new(unusable(Some(path), &error)))
}

fn unusable(path: Option<&Path>, error: &SnapshotError) -> Diagnostic {
    let name = path.unwrap_or(Path::new("the snapshot")).display();
    let message = format!("`{name}` cannot take the place of the inputs");
    let help = "take a new snapshot: `apportion world snapshot --out world.json`";
    Diagnostic::error("unusable-snapshot", message).note(error.to_string()).help(help)
}

/// SHA-256 of the policy's texts with their paths, in hexadecimal.
fn policy_hash(project: &Project) -> String {
    let mut hash = Sha256::new();
    for (path, text) in &project.files {
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn time(at: &str) -> Result<f64, Box<Diagnostic>> {
    parse_time(at).map(f64::floor).ok_or_else(|| {
        let finding = Diagnostic::error("bad-value", format!("--at: `{at}` is no point in time"));
        Box::new(
            finding.help(
                "write a date or a time, in UTC where it names no zone: `2026-11-23T14:00:00Z`",
            ),
        )
    })
}

//! From a folder and arguments to a checked policy and its facts.

use std::time::Instant;

use apportion_check::policy::Policy;
use apportion_connect::{Overrides, Project};
use apportion_diagnostic::{Diagnostic, Severity, Sources};
use apportion_facts::{Given, Settings, schema};
use apportion_plan::Timings;
use apportion_world::{World, load};
use sha2::{Digest, Sha256};

use crate::args::{Common, Facts};
use crate::findings;

/// Everything that a plan is made from.
pub(crate) struct Input {
    pub(crate) project: Project,
    pub(crate) policy: Policy,
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
    let Some(policy) = checked.policy else {
        findings::print(&found, &sources, common)?;
        return Ok(None);
    };
    let begun = Instant::now();
    let world = facts_of(&project, &policy, facts, &sources, &mut found)?;
    timings.load = begun.elapsed().as_secs_f64();
    let failed = found.iter().any(|finding| finding.severity == Severity::Error);
    let (Some((settings, world, world_hash)), false) = (world, failed) else {
        findings::print(&found, &sources, common)?;
        return Ok(None);
    };
    let mut hash = Sha256::new();
    for (path, text) in &project.files {
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let hashes = (hex(hash), world_hash);
    Ok(Some(Input { project, policy, world, settings, sources, findings: found, hashes, timings }))
}

type Read = Option<(Settings, World, String)>;

fn facts_of(
    project: &Project,
    policy: &Policy,
    facts: &Facts,
    sources: &Sources,
    found: &mut Vec<Diagnostic>,
) -> anyhow::Result<Read> {
    let at = time(facts.at.as_deref())?;
    let from_manifest = project.manifest.params.iter().map(|(name, text)| Given {
        name: name.clone(),
        text: text.clone(),
        origin: "apportion.toml".to_owned(),
    });
    let from_line = facts.params.iter().map(|(name, text)| Given {
        name: name.clone(),
        text: text.clone(),
        origin: "--param".to_owned(),
    });
    let given: Vec<Given> = from_manifest.chain(from_line).collect();
    let overrides = Overrides {
        files: facts.inputs.iter().cloned().collect(),
        limits: facts.limits.iter().cloned().collect(),
    };
    // Parameters and files are independent, so the mistakes of both are told at once.
    let settings = Settings::new(policy, &given, at).map_err(|findings| found.extend(findings));
    let read = project.read(&overrides).map_err(|findings| found.extend(findings));
    let (Ok(settings), Ok(read)) = (settings, read) else { return Ok(None) };
    let schema = match schema(policy, &settings, sources) {
        Ok(schema) => schema,
        Err(findings) => {
            found.extend(findings);
            return Ok(None);
        }
    };
    for name in read.inputs.iter().map(|input| &input.input) {
        if !schema.inputs.iter().any(|input| input.name == *name) {
            let message =
                format!("the policy has no input `{name}`, which the manifest gives a source");
            found.push(Diagnostic::warning("unknown-name", message));
        }
    }
    let loaded = load(&schema, &read.inputs, read.current.as_ref());
    found.extend(loaded.findings);
    let mut hash = Sha256::new();
    for input in read.inputs.iter().chain(&read.current) {
        hash.update(input.input.as_bytes());
        hash.update((input.bytes.len() as u64).to_le_bytes());
        hash.update(&input.bytes);
        hash.update((input.limit.unwrap_or(usize::MAX) as u64).to_le_bytes());
    }
    for given in &given {
        hash.update(given.name.as_bytes());
        hash.update([0]);
        hash.update(given.text.as_bytes());
        hash.update([0]);
    }
    hash.update(at.to_le_bytes());
    Ok(loaded.world.map(|world| (settings, world, hex(hash))))
}

fn time(at: Option<&str>) -> anyhow::Result<f64> {
    let Some(at) = at else { return Ok(jiff::Timestamp::now().as_second() as f64) };
    let instant: jiff::Timestamp = at.parse().map_err(|_| {
        anyhow::anyhow!("`--at {at}` is no point in time; write `2026-11-23T14:00:00Z`")
    })?;
    Ok(instant.as_second() as f64)
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
